//! A whole application with a clock that stands still until it is told to move.
use super::client::{Answer, Client};
use super::database::TestDatabase;
use crate::admin::{Deed, Input, Save, Target, key_number};
use crate::app::App;
use crate::auth::account;
use crate::config::Config;
use axum::Router;
use chrono::{DateTime, Duration, Utc};
use entity::audit_log::Source;
use entity::{group, permission, user_group, user_permission};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

/// Password of every account of the tests.
pub(in crate::tests) const PASSWORD: &str = "violet-otter-carousel";

/// Hashed once: hashing is slow on purpose.
static HASH: LazyLock<tokio::sync::OnceCell<String>> = LazyLock::new(tokio::sync::OnceCell::new);

pub(in crate::tests) struct TestApp {
    pub(in crate::tests) app: App,
    pub(in crate::tests) router: Router,
    clock: Arc<Mutex<DateTime<Utc>>>,
    database: TestDatabase,
    queries: Arc<AtomicU64>,
}

impl TestApp {
    /// With the schema, the groups and nobody.
    pub(in crate::tests) async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With variables of the environment.
    pub(in crate::tests) async fn with(variables: &[(&str, &str)]) -> Self {
        Self::on(TestDatabase::new().await, variables).await
    }

    /// On a database without a schema.
    pub(in crate::tests) async fn on_empty_database() -> Self {
        Self::on(TestDatabase::empty().await, &[]).await
    }

    /// With the sample data, and its administrator signed in.
    pub(in crate::tests) async fn with_demo() -> (Self, Client) {
        let app = Self::new().await;
        let accounts = crate::demo::load(&app.app).await.expect("the demo loads");
        let mut browser = app.anonymous();
        assert_eq!(browser.sign_in(&accounts[0].0, &accounts[0].2, "").await.status, 302);
        (app, browser)
    }

    async fn on(database: TestDatabase, variables: &[(&str, &str)]) -> Self {
        let url = database.url.clone();
        let config = Config::read(&|name| match name {
            "DATABASE_URL" => Some(url.clone()),
            _ => variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
        })
        .expect("the configuration is right");
        let start = "2026-11-21T09:30:00Z".parse().expect("a time");
        let clock = Arc::new(Mutex::new(start));
        let hand = clock.clone();
        let mut db = crate::db::connect(&config.database_url).await.expect("connects");
        let queries = Arc::new(AtomicU64::new(0));
        let counter = queries.clone();
        db.set_metric_callback(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let app = App::new(db, config, Arc::new(move || *hand.lock().expect("not poisoned")));
        Self { router: crate::web::router(&app), app, clock, database, queries }
    }

    /// Statements sent so far.
    pub(in crate::tests) fn queries(&self) -> u64 {
        self.queries.load(Ordering::Relaxed)
    }

    /// A page, and the statements that it takes when nothing is remembered of earlier ones. What is kept for some
    /// seconds would otherwise run out in one of two visits, and what is read anew in the background be counted
    /// with one of them: so the first cost that comes twice in a row.
    pub(in crate::tests) async fn cost(&self, browser: &mut Client, path: &str) -> (Answer, u64) {
        let mut last = None;
        for _ in 0..20 {
            self.app.forget();
            let before = self.queries();
            let page = browser.get(path).await;
            let cost = self.queries() - before;
            if last.replace(cost) == Some(cost) {
                return (page, cost);
            }
        }
        panic!("{path} takes another number of statements each time")
    }

    /// Another process on the same database.
    pub(in crate::tests) async fn replica(&self) -> Self {
        self.replica_with(&[]).await
    }

    /// Another process on the same database, with variables of its own.
    pub(in crate::tests) async fn replica_with(&self, variables: &[(&str, &str)]) -> Self {
        let database = TestDatabase::named(&self.database.url);
        Self::on(database, variables).await
    }

    pub(in crate::tests) fn wait(&self, time: Duration) {
        *self.clock.lock().expect("not poisoned") += time;
    }

    pub(in crate::tests) fn deed(&self) -> Deed {
        Deed::system(Source::System, self.app.now())
    }

    /// Writes a row as the system and gives its key.
    pub(in crate::tests) async fn add(&self, slug: &str, fields: &[(&str, &str)]) -> i64 {
        let deed = self.deed();
        let resource = self.app.registry.get(slug).expect("a resource");
        let save = Save { registry: &self.app.registry, resource, deed: &deed, given: Vec::new() };
        let input =
            Input::partial(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let txn = crate::db::begin(&self.app.db).await.expect("begins");
        let saved = save.run(&txn, Target::New, &input).await.expect("is valid");
        txn.commit().await.expect("commits");
        self.app.forget();
        key_number(saved.row.key()).expect("has a key")
    }

    /// Changes a row as the system.
    pub(in crate::tests) async fn change(&self, slug: &str, key: i64, fields: &[(&str, &str)]) {
        let deed = self.deed();
        let resource = self.app.registry.get(slug).expect("a resource");
        let save = Save { registry: &self.app.registry, resource, deed: &deed, given: Vec::new() };
        let input =
            Input::partial(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let txn = crate::db::begin(&self.app.db).await.expect("begins");
        save.run(&txn, Target::Row(&key.to_string(), None), &input).await.expect("is valid");
        txn.commit().await.expect("commits");
        self.app.forget();
    }

    /// An issue on a link between two sites that are made if they are not there.
    pub(in crate::tests) async fn issue(&self, message: &str, source: &str, destination: &str) -> i64 {
        let (source, destination) =
            (self.site(source).await.to_string(), self.site(destination).await.to_string());
        self.add(
            "issues",
            &[
                ("operation", "transfer"),
                ("message", message),
                ("src_site", &source),
                ("dst_site", &destination),
                ("first_seen", "2026-11-20T08:00"),
                ("last_seen", "2026-11-21T09:00"),
                ("failures_total", "100"),
                ("files_total", "60"),
            ],
        )
        .await
    }

    pub(in crate::tests) async fn site(&self, name: &str) -> i64 {
        let known = entity::site::Entity::find()
            .filter(entity::site::Column::Name.eq(name))
            .one(&self.app.db)
            .await
            .expect("answers");
        match known {
            Some(site) => site.id,
            None => self.add("sites", &[("name", name)]).await,
        }
    }

    /// An account in a group, `""` for none, `superuser` for one who may do everything.
    pub(in crate::tests) async fn user(&self, name: &str, group_name: &str) -> i64 {
        let hash =
            HASH.get_or_init(|| async { self.app.hasher.hash(PASSWORD.into()).await.expect("hashes") }).await;
        let mut input = Input::partial([("username".to_owned(), name.to_owned())]);
        input.set("is_superuser", (group_name == "superuser").to_string());
        let txn = crate::db::begin(&self.app.db).await.expect("begins");
        let saved =
            account::create(&self.app, &txn, &self.deed(), hash.clone(), &input).await.expect("is valid");
        let id = key_number(saved.row.key()).expect("has a key");
        let group = group::Entity::find()
            .filter(group::Column::Name.eq(group_name))
            .one(&txn)
            .await
            .expect("answers");
        if let Some(group) = group {
            let link = user_group::ActiveModel { user_id: Set(id), group_id: Set(group.id) };
            user_group::Entity::insert(link).exec_without_returning(&txn).await.expect("is new");
        }
        txn.commit().await.expect("commits");
        id
    }

    /// A browser in which somebody new has signed in who has these rights and no group.
    pub(in crate::tests) async fn with_rights(&self, name: &str, rights: &[&str]) -> Client {
        let user_id = self.user(name, "").await;
        for right in rights {
            let link = user_permission::ActiveModel {
                user_id: Set(user_id),
                permission_id: Set(self.right(right).await),
            };
            user_permission::Entity::insert(link).exec_without_returning(&self.app.db).await.expect("is new");
        }
        self.sign_in(name).await
    }

    /// Key of a right.
    pub(in crate::tests) async fn right(&self, codename: &str) -> i64 {
        let row = permission::Entity::find().filter(permission::Column::Codename.eq(codename));
        row.one(&self.app.db).await.expect("answers").expect("is known").id
    }

    /// Key of a group.
    pub(in crate::tests) async fn group(&self, name: &str) -> i64 {
        let row = group::Entity::find().filter(group::Column::Name.eq(name));
        row.one(&self.app.db).await.expect("answers").expect("is known").id
    }

    /// A browser that nobody has signed in with.
    pub(in crate::tests) fn anonymous(&self) -> Client {
        Client::new(self.router.clone())
    }

    /// A browser in which a new member of a group has signed in.
    pub(in crate::tests) async fn signed_in(&self, group: &str) -> Client {
        let name = format!("a-{}", group.to_lowercase());
        self.user(&name, group).await;
        self.sign_in(&name).await
    }

    pub(in crate::tests) async fn sign_in(&self, name: &str) -> Client {
        let mut client = self.anonymous();
        let answer = client.sign_in(name, PASSWORD, "").await;
        assert_eq!(answer.status, 302, "{}", answer.text());
        client
    }
}
