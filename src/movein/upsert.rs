//! Issues by the thousand: made, or added to those that are there, in one statement on all three databases.
use entity::issue::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Expr, OnConflict, SimpleExpr};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, Iden};

/// Rows to a statement: SQLite takes 32,766 values, and a row has 16.
const CHUNK: usize = 1000;

/// Makes issues, or adds to those of the same operation, link, workflow and category: counts are added, times
/// widened, message and status are those of the newest.
pub(super) async fn issues(txn: &DatabaseTransaction, mut rows: Vec<ActiveModel>) -> anyhow::Result<()> {
    let words = Words(txn.get_database_backend());
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(CHUNK));
        // MariaDB computes one after the other, with what was set before: what is compared with comes last.
        let conflict = OnConflict::column(Column::DedupKey)
            .values([
                (Column::Version, words.version()),
                (Column::Message, words.newest(Column::Message)),
                (Column::MessageHash, words.newest(Column::MessageHash)),
                (Column::Status, words.newest(Column::Status)),
                (Column::FailuresTotal, words.sum(Column::FailuresTotal)),
                (Column::FirstSeen, words.bound("LEAST", "min", Column::FirstSeen)),
                (Column::LastSeen, words.bound("GREATEST", "max", Column::LastSeen)),
            ])
            .to_owned();
        Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(txn).await?;
        rows = rest;
    }
    Ok(())
}

struct Words(DbBackend);

impl Words {
    /// What is there, and what comes.
    fn both(&self, column: Column) -> (String, String) {
        let name = column.to_string();
        match self.0 {
            DbBackend::MySql => (format!("`issue`.`{name}`"), format!("VALUES(`{name}`)")),
            _ => (format!("\"issue\".\"{name}\""), format!("excluded.\"{name}\"")),
        }
    }

    fn newer(&self) -> String {
        let (old, new) = self.both(Column::LastSeen);
        format!("{new} > {old}")
    }

    fn newest(&self, column: Column) -> SimpleExpr {
        let (old, new) = self.both(column);
        Expr::cust(format!("CASE WHEN {} THEN {new} ELSE {old} END", self.newer()))
    }

    /// A form opened before must not write the old status back.
    fn version(&self) -> SimpleExpr {
        let ((old, _), (was, is)) = (self.both(Column::Version), self.both(Column::Status));
        Expr::cust(format!("CASE WHEN {} AND {was} <> {is} THEN {old} + 1 ELSE {old} END", self.newer()))
    }

    fn sum(&self, column: Column) -> SimpleExpr {
        let (old, new) = self.both(column);
        Expr::cust(format!("{old} + {new}"))
    }

    fn bound(&self, name: &str, sqlite: &str, column: Column) -> SimpleExpr {
        let (old, new) = self.both(column);
        let name = if self.0 == DbBackend::Sqlite { sqlite } else { name };
        Expr::cust(format!("{name}({old}, {new})"))
    }
}
