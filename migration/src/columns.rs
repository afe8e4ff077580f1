//! Columns as the three databases need them, so that a table reads the same for all.
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Builds columns for one database.
#[derive(Clone, Copy)]
pub(crate) struct Columns(pub(crate) DbBackend);

impl Columns {
    pub(crate) fn of(manager: &SchemaManager<'_>) -> Self {
        Self(manager.get_database_backend())
    }

    /// A table with an id.
    pub(crate) fn table(self, name: &'static str) -> TableCreateStatement {
        let mut table = self.bare(name);
        table.col(ColumnDef::new("id").big_integer().not_null().auto_increment().primary_key());
        table
    }

    /// A table without an id. MariaDB compares text by bytes, as the other two do.
    pub(crate) fn bare(self, name: &'static str) -> TableCreateStatement {
        let mut table = Table::create();
        table.table(name);
        if self.0 == DbBackend::MySql {
            table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
        }
        table
    }

    /// A table with an id, the times of its making and last change, and a version.
    pub(crate) fn editable(self, name: &'static str) -> TableCreateStatement {
        let mut table = self.table(name);
        table
            .col(self.moment("created_at").not_null())
            .col(self.moment("updated_at").not_null())
            .col(self.number("version", 1).check(Expr::col("version").gte(1)));
        table
    }

    /// Text of at most `max` characters. SQLite does not look at the length of a
    /// `varchar`, so it gets a check.
    pub(crate) fn text(self, name: &'static str, max: u32) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.string_len(max);
        if self.0 == DbBackend::Sqlite {
            column.check(Expr::cust(format!("length(\"{name}\") <= {max}")));
        }
        column
    }

    /// Longer text, outside the row, of at most `max` characters.
    pub(crate) fn long_text(self, name: &'static str, max: u32) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.text();
        column.check(match self.0 {
            DbBackend::Sqlite => Expr::cust(format!("length(\"{name}\") <= {max}")),
            DbBackend::MySql => Expr::cust(format!("char_length(`{name}`) <= {max}")),
            _ => Expr::cust(format!("char_length(\"{name}\") <= {max}")),
        });
        column
    }

    /// Text of any length, which the program itself bounds. MariaDB's `text` ends at 64 KiB.
    pub(crate) fn large_text(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.0 {
            DbBackend::MySql => column.custom("longtext"),
            _ => column.text(),
        };
        column
    }

    /// One of a few words.
    pub(crate) fn choice(self, name: &'static str, words: &[&'static str]) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.string_len(20).check(Expr::col(name).is_in(words.iter().copied()));
        column
    }

    /// A point in time, UTC. MariaDB's `timestamp` ends in 2038 and drops
    /// fractions, hence `datetime(6)` there.
    pub(crate) fn moment(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.0 {
            DbBackend::MySql => column.custom("datetime(6)"),
            _ => column.timestamp_with_time_zone(),
        };
        column
    }

    /// A whole number with a default.
    pub(crate) fn number(self, name: &'static str, default: i32) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.integer().not_null().default(default);
        column
    }

    /// A count: never below 0.
    pub(crate) fn count(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.big_integer().not_null().default(0).check(Expr::col(name).gte(0));
        column
    }

    /// Yes or no.
    pub(crate) fn flag(self, name: &'static str, default: bool) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.boolean().not_null().default(default);
        column
    }

    /// A key of another table.
    pub(crate) fn key(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column.big_integer();
        column
    }

    /// A share between 0 and 1.
    pub(crate) fn share(self, name: &'static str) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        column
            .double()
            .check(Expr::col(name).is_null().or(Expr::col(name).gte(0.0).and(Expr::col(name).lte(1.0))));
        column
    }
}

/// `from.column` points at `to.id`.
pub(crate) fn foreign(
    from: &'static str,
    column: &'static str,
    to: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .name(format!("fk_{from}_{}", column.trim_end_matches("_id")))
        .from(from, column)
        .to(to, "id")
        .on_delete(on_delete)
        .to_owned()
}

/// An index over columns, in that order.
pub(crate) fn index(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    named("ix", table, columns)
}

/// An index that refuses duplicates.
pub(crate) fn unique(table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    named("uq", table, columns).unique().to_owned()
}

fn named(prefix: &str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    index.name(format!("{prefix}_{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    index
}

/// Makes tables, then their indexes.
pub(crate) async fn create(
    manager: &SchemaManager<'_>,
    tables: Vec<TableCreateStatement>,
    indexes: Vec<IndexCreateStatement>,
) -> Result<(), DbErr> {
    for table in tables {
        manager.create_table(table).await?;
    }
    for index in indexes {
        manager.create_index(index).await?;
    }
    Ok(())
}

/// Drops tables in the order given.
pub(crate) async fn drop(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).to_owned()).await?;
    }
    Ok(())
}

/// Adds a column to a table that is already there.
pub(crate) async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await
}
