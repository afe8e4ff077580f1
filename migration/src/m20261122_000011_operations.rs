//! Which changes were one operation, and the exact values before and after each: for taking back what was done.
use crate::columns::{Columns, add, index};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, "audit_log", Columns::of(manager).text("operation", 64)).await?;
        add(manager, "audit_log", ColumnDef::new("trace").text().to_owned()).await?;
        manager.create_index(index("audit_log", &["operation"])).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let operation = Index::drop().name("ix_audit_log_operation").table("audit_log").to_owned();
        manager.drop_index(operation).await?;
        for column in ["trace", "operation"] {
            manager.alter_table(Table::alter().table("audit_log").drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
