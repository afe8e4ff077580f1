//! A migrated database per test: copied from a template where the database can copy.
use crate::resources::registry;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use tokio::sync::OnceCell;

static COUNTER: AtomicU32 = AtomicU32::new(0);
static TEMPLATE: OnceCell<Template> = OnceCell::const_new();

/// Where new databases come from.
enum Template {
    Sqlite(TempDir),
    Postgres(String),
    MariaDb,
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
                return Template::MariaDb;
            }
            let name = name("template");
            execute(&server, &format!("CREATE DATABASE {name}")).await;
            migrate(&with_name(&server, &name)).await;
            Template::Postgres(name)
        })
        .await
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
            Template::MariaDb => {
                let database = Self::empty().await;
                migrate(&database.url).await;
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
