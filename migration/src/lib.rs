//! OpInt's schema, step by step. Steps only grow: what has been released is never changed.
//! The same steps run on SQLite, PostgreSQL and MariaDB; `columns.rs` knows the differences.

mod columns;
mod m20261121_000001_people;
mod m20261121_000002_grid;
mod m20261121_000003_knowledge;
mod m20261121_000004_issues;
mod m20261121_000005_evidence;
mod m20261121_000006_search;
mod m20261121_000007_loading;
mod m20261121_000008_shift;
mod m20261122_000009_clients;
mod m20261122_000010_exchange;
mod m20261122_000011_operations;
mod m20261122_000013_notes;
mod m20261122_000014_jobs;

pub use sea_orm_migration::{MigrationTrait, MigratorTrait, SchemaManager};

/// All steps, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_people::Migration),
            Box::new(m20261121_000002_grid::Migration),
            Box::new(m20261121_000003_knowledge::Migration),
            Box::new(m20261121_000004_issues::Migration),
            Box::new(m20261121_000005_evidence::Migration),
            Box::new(m20261121_000006_search::Migration),
            Box::new(m20261121_000007_loading::Migration),
            Box::new(m20261121_000008_shift::Migration),
            Box::new(m20261122_000009_clients::Migration),
            Box::new(m20261122_000010_exchange::Migration),
            Box::new(m20261122_000011_operations::Migration),
            Box::new(m20261122_000013_notes::Migration),
            Box::new(m20261122_000014_jobs::Migration),
        ]
    }
}
