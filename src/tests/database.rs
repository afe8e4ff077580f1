//! The database: migrating, and what happens when it is away.
use super::support::TestApp;
use crate::db::{migrate, pending};
use crate::error::Error;
use entity::site;
use migration::{Migrator, MigratorTrait};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait, QueryFilter,
    TransactionTrait,
};

#[tokio::test]
async fn several_that_start_at_once_migrate_once() {
    let app = TestApp::on_empty_database().await;
    let replicas = [app.replica().await, app.replica().await, app.replica().await];
    assert!(!pending(&app.app.db).await.unwrap().is_empty());
    let one = |app: &TestApp| {
        let app = app.app.clone();
        async move { migrate(&app.db, &app.registry).await }
    };
    let (a, b, c, d) = tokio::join!(one(&app), one(&replicas[0]), one(&replicas[1]), one(&replicas[2]));
    for result in [a, b, c, d] {
        result.unwrap();
    }
    assert!(pending(&app.app.db).await.unwrap().is_empty());
    assert_eq!(entity::group::Entity::find().count(&app.app.db).await.unwrap(), 4);
}

#[tokio::test]
async fn writers_who_cross_are_told_to_try_again() {
    let app = TestApp::new().await;
    // SQLite has one writer at a time: nobody crosses.
    if app.app.db.get_database_backend() == DbBackend::Sqlite {
        return;
    }
    let (a, b) = (app.site("A").await, app.site("B").await);
    let (one, other) = (app.app.db.begin().await.unwrap(), app.app.db.begin().await.unwrap());
    let touch = async |txn: &DatabaseTransaction, id: i64| {
        site::Entity::update_many()
            .col_expr(site::Column::Tier, Expr::value(2))
            .filter(site::Column::Id.eq(id))
            .exec(txn)
            .await
    };
    touch(&one, a).await.unwrap();
    touch(&other, b).await.unwrap();
    let (first, second) = tokio::join!(touch(&one, b), async {
        let crossed = touch(&other, a).await;
        // Whoever is left gets on once this one gives way.
        other.rollback().await.unwrap();
        crossed
    });
    let refused = [first.err(), second.err()].into_iter().flatten().map(Error::from).collect::<Vec<_>>();
    assert!(matches!(&refused[..], [Error::Crossed]), "{refused:?}");
    assert_eq!(refused[0].status(), 503);
}

#[tokio::test]
async fn the_schema_can_be_taken_down_again() {
    let app = TestApp::new().await;
    Migrator::down(&app.app.db, None).await.unwrap();
    assert_eq!(pending(&app.app.db).await.unwrap().len(), Migrator::migrations().len());
    migrate(&app.app.db, &app.app.registry).await.unwrap();
}

#[tokio::test]
async fn readiness_follows_the_schema() {
    let app = TestApp::on_empty_database().await;
    let mut probe = app.anonymous();
    assert_eq!(probe.get("/healthz").await.status, 200);
    let answer = probe.get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert!(answer.html().starts_with("migrations pending: m2"), "{}", answer.html());
    migrate(&app.app.db, &app.app.registry).await.unwrap();
    assert_eq!(probe.get("/readyz").await.status, 200);
}

#[tokio::test]
async fn without_a_database_the_page_says_so_and_nothing_more() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("superuser").await;
    app.app.db.clone().close().await.unwrap();
    for path in ["/admin/", "/admin/issues/", "/issues/1/"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        let text = answer.text();
        assert!(
            text.contains("cannot reach its database")
                && !text.contains("superuser")
                && !text.to_lowercase().contains("sql"),
            "{text}"
        );
    }
    assert_eq!(browser.get("/healthz").await.status, 200);
    assert_eq!(browser.get("/readyz").await.status, 503);
}

#[tokio::test]
async fn constraints_live_in_the_database() {
    let app = TestApp::new().await;
    let quote = if app.app.db.get_database_backend() == sea_orm::DbBackend::MySql { "`" } else { "\"" };
    let now = "CURRENT_TIMESTAMP";
    let long = "x".repeat(200);
    for sql in [
        format!(
            "INSERT INTO site (name, status, tier, created_at, updated_at) VALUES ('A', 'active', 7, {now}, {now})"
        ),
        format!(
            "INSERT INTO site (name, status, created_at, updated_at) VALUES ('A', 'closed', {now}, {now})"
        ),
        format!(
            "INSERT INTO site (name, status, created_at, updated_at) VALUES ('{long}', 'active', {now}, {now})"
        ),
        format!(
            "INSERT INTO site (name, status, created_at, updated_at) VALUES ('UNKNOWN', 'active', {now}, {now})"
        ),
        format!(
            "INSERT INTO {quote}group{quote} (name, created_at, updated_at) VALUES ('Viewers', {now}, {now})"
        ),
        format!(
            "INSERT INTO site_alias (site_id, kind, value, created_at, updated_at) VALUES (999, 'host', 'a', {now}, {now})"
        ),
        format!(
            "INSERT INTO downtime (site_id, starts_at, ends_at, severity, classification, created_at, updated_at) VALUES (1, '2026-02-02', '2026-02-01', 'outage', 'scheduled', {now}, {now})"
        ),
    ] {
        assert!(app.app.db.execute_unprepared(&sql).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn the_demo_fills_an_empty_database_and_refuses_any_other() {
    let app = TestApp::new().await;
    let accounts = crate::demo::load(&app.app).await.unwrap();
    assert_eq!(accounts.len(), 4);
    let hours = entity::issue_hour::Entity::find().count(&app.app.db).await.unwrap();
    assert!(hours > 4000, "{hours}");
    let mut browser = app.anonymous();
    assert_eq!(browser.sign_in(&accounts[0].0, &accounts[0].2, "").await.status, 302);
    let again = crate::demo::load(&app.app).await.unwrap();
    assert_ne!(again[0].2, accounts[0].2, "new passwords");
    assert_eq!(entity::issue_hour::Entity::find().count(&app.app.db).await.unwrap(), hours, "loaded once");
    let other = TestApp::new().await;
    other.add("causes", &[("name", "Real")]).await;
    other.site("WT2").await;
    assert!(crate::demo::load(&other.app).await.unwrap_err().to_string().contains("empty databases only"));
}

/// Only SQLite can be made to fail like this without the rights of the machine's administrator.
#[tokio::test]
async fn a_full_or_read_only_disk_is_said_and_nothing_is_written_by_halves() {
    let app = TestApp::new().await;
    if app.app.db.get_database_backend() != sea_orm::DbBackend::Sqlite {
        return;
    }
    let mut browser = app.signed_in("Operators").await;
    browser.get("/admin/causes/add/").await;
    // All connections of the pool at once, so that the limit holds for whichever is used.
    let mut held = Vec::new();
    for _ in 0..crate::db::SQLITE_CONNECTIONS {
        let txn = sea_orm::TransactionTrait::begin(&app.app.db).await.unwrap();
        txn.execute_unprepared("PRAGMA max_page_count = 1").await.unwrap();
        held.push(txn);
    }
    drop(held);
    let long = "x".repeat(4000);
    let mut refused = 0;
    for number in 0..200 {
        let answer = browser
            .post("/admin/causes/add/", &[("name", &format!("Cause {number}")), ("description", &long)])
            .await;
        if answer.status == 503 {
            assert!(answer.text().contains("nothing can be saved now"), "{}", answer.text());
            refused += 1;
            break;
        }
        assert_eq!(answer.status, 302);
    }
    assert_eq!(refused, 1, "the disk was full at some time");
    let causes = entity::cause::Entity::find().count(&app.app.db).await.unwrap();
    let added = sea_orm::QueryFilter::filter(
        entity::audit_log::Entity::find(),
        sea_orm::ColumnTrait::eq(&entity::audit_log::Column::Resource, "causes"),
    );
    assert_eq!(added.count(&app.app.db).await.unwrap(), causes, "a row and its history, or neither");
}

#[tokio::test]
async fn a_newer_schema_is_left_alone_and_served() {
    let app = TestApp::new().await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_future', 0)";
    app.app.db.execute_unprepared(newer).await.unwrap();
    assert_eq!(app.anonymous().get("/readyz").await.status, 200, "pods of the release before still serve");
    crate::db::migrate(&app.app.db, &app.app.registry).await.expect("one can go back to the release before");
    let older = "DELETE FROM seaql_migrations WHERE version LIKE 'm20261121_000008%'";
    app.app.db.execute_unprepared(older).await.unwrap();
    assert_eq!(app.anonymous().get("/readyz").await.status, 503);
    let error = crate::db::migrate(&app.app.db, &app.app.registry).await.unwrap_err();
    assert!(error.to_string().contains("m20991231_000001_future"), "{error}");
}
