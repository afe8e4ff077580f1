//! A migrated database per test: copied from a template where the database can copy.
use crate::resources::registry;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use tokio::sync::OnceCell;

static COUNTER: AtomicU32 = AtomicU32::new(0);
static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

/// Where new databases come from.
enum Template {
    Sqlite(TempDir),
    Postgres(String),
    /// Its name, and what makes its tables again.
    MariaDb(String, Vec<(String, String)>),
}

/// A database, and what must live as long as it does.
pub(super) struct TestDatabase {
    pub(super) url: String,
    _folder: Option<TempDir>,
}

fn server() -> Option<String> {
    std::env::var("OPINT_TEST_DATABASE_URL").ok().filter(|url| !url.is_empty())
}

fn with_name(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).expect("OPINT_TEST_DATABASE_URL is an address");
    url.set_path(name);
    url.to_string()
}

fn name(what: &str) -> String {
    format!("opint_{what}_{}_{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed))
}

async fn execute(server: &str, sql: &str) {
    let db = Database::connect(server).await.expect("the test server answers");
    db.execute_unprepared(sql).await.expect(sql);
    db.close().await.expect("closes");
}

async fn migrate(url: &str) {
    let db: DatabaseConnection = crate::db::connect(url).await.expect("connects");
    crate::db::migrate(&db, &registry()).await.expect("migrates");
    db.close().await.expect("closes");
}

async fn template() -> &'static Template {
    TEMPLATE
        .get_or_init(|| async {
            let Some(server) = server() else {
                let folder = TempDir::new().expect("a temporary folder");
                migrate(&format!("sqlite://{}/template.db?mode=rwc", folder.path().display())).await;
                return Template::Sqlite(folder);
            };
            if !server.starts_with("postgres") {
                return mariadb_template().await;
            }
            let name = name("template");
            execute(&server, &format!("CREATE DATABASE {name}")).await;
            migrate(&with_name(&server, &name)).await;
            Template::Postgres(name)
        })
        .await
}

/// Migrating takes a hundred statements, making the tables as they end up a third of that.
async fn mariadb_template() -> Template {
    let database = TestDatabase::empty().await;
    migrate(&database.url).await;
    let db = Database::connect(&database.url).await.expect("connects");
    let query = |sql: String| Statement::from_string(DbBackend::MySql, sql);
    let names = db.query_all_raw(query("SHOW TABLES".into())).await.expect("lists tables");
    let mut tables = Vec::new();
    for name in names {
        let name: String = name.try_get_by_index(0).expect("a name");
        let create = db
            .query_one_raw(query(format!("SHOW CREATE TABLE `{name}`")))
            .await
            .expect("shows")
            .expect("a table");
        tables.push((name, create.try_get_by_index(1).expect("a statement")));
    }
    db.close().await.expect("closes");
    let name = database.url.rsplit('/').next().unwrap_or_default().to_owned();
    Template::MariaDb(name, tables)
}

async fn copy_mariadb(template: &str, tables: &[(String, String)], url: &str) {
    let mut options = ConnectOptions::new(url.to_owned());
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.expect("connects");
    db.execute_unprepared("SET FOREIGN_KEY_CHECKS = 0").await.expect("sets");
    for (name, create) in tables {
        db.execute_unprepared(create).await.expect("makes the table");
        let copy = format!("INSERT INTO `{name}` SELECT * FROM `{template}`.`{name}`");
        db.execute_unprepared(&copy).await.expect("copies rows");
    }
    db.close().await.expect("closes");
}

impl TestDatabase {
    pub(super) async fn new() -> Self {
        match template().await {
            Template::Sqlite(template) => {
                let folder = TempDir::new().expect("a temporary folder");
                std::fs::copy(template.path().join("template.db"), folder.path().join("test.db"))
                    .expect("copies");
                Self { url: format!("sqlite://{}/test.db", folder.path().display()), _folder: Some(folder) }
            }
            Template::Postgres(template) => {
                let (server, name) = (server().unwrap_or_default(), name("test"));
                execute(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
                Self { url: with_name(&server, &name), _folder: None }
            }
            Template::MariaDb(template, tables) => {
                let database = Self::empty().await;
                copy_mariadb(template, tables, &database.url).await;
                database
            }
        }
    }

    /// One without a schema.
    pub(super) async fn empty() -> Self {
        let Some(server) = server() else {
            let folder = TempDir::new().expect("a temporary folder");
            return Self {
                url: format!("sqlite://{}/test.db?mode=rwc", folder.path().display()),
                _folder: Some(folder),
            };
        };
        let name = name("empty");
        execute(&server, &format!("CREATE DATABASE {name}")).await;
        Self { url: with_name(&server, &name), _folder: None }
    }
}

impl TestDatabase {
    /// One that another test database looks after.
    pub(super) fn named(url: &str) -> Self {
        Self { url: url.to_owned(), _folder: None }
    }
}
