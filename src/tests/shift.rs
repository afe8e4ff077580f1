//! The shift board and the matrix, over HTTP, with numbers that are counted here once more.
use super::support::{Answer, Client, TestApp};
use crate::loading::attempts::{Attempts, Ended, Ends};
use chrono::{DateTime, Duration, Utc};
use entity::vocabulary::Operation;
use entity::{issue_hour, settings};
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, Statement};

/// The last hour that is counted: the clock stands at half past nine.
fn hour() -> DateTime<Utc> {
    "2026-11-21T09:00:00Z".parse().expect("a time")
}

/// A grid in which everything goes well but to BAD, which fails from everywhere.
struct Grid {
    app: TestApp,
    sites: Vec<i64>,
    bad: i64,
    issue: i64,
}

const SITES: [&str; 5] = ["ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON"];

impl Grid {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let mut sites = Vec::new();
        for name in SITES {
            sites.push(app.site(name).await);
        }
        let bad = app.site("BAD").await;
        let category = app.add("error-categories", &[("title", "Storage overloaded")]).await;
        let issue =
            app.issue("DESTINATION [70] 421 Service busy: Connection limit exceeded", "ALPHA", "BAD").await;
        let change = [("category", category.to_string())];
        app.change("issues", issue, &[("category", &change[0].1)]).await;
        let grid = Self { app, sites, bad, issue };
        grid.count(hour(), 95, 5).await;
        grid
    }

    /// Counts an hour of all links: `failed` of `done + failed` attempts to BAD fail.
    async fn count(&self, hour: DateTime<Utc>, failed: i64, done: i64) {
        let mut attempts = Attempts::default();
        for src in &self.sites {
            for dst in self.sites.iter().filter(|dst| *dst != src) {
                let ended = Ended { done: 100, failed: 0, ..Ended::default() };
                let activity = Some("Production Input");
                attempts.add(Operation::Transfer, Ends { src: *src, dst: *dst }, hour, activity, ended);
            }
            let ended = Ended { done, failed, ..Ended::default() };
            attempts.add(
                Operation::Transfer,
                Ends { src: *src, dst: self.bad },
                hour,
                Some("T0 Export"),
                ended,
            );
        }
        let db = &self.app.app.db;
        let txn = crate::db::begin(db).await.expect("begins");
        attempts.write(&txn).await.expect("writes");
        failures(&txn, self.issue, hour, failed).await;
        txn.commit().await.expect("commits");
        self.app.app.forget();
    }

    /// The sum of a column over the hours from a moment to ten o'clock, by a statement of its own.
    async fn sum(&self, column: &str, from: DateTime<Utc>, more: &str) -> i64 {
        let db = &self.app.app.db;
        let backend = db.get_database_backend();
        let (integer, [first, second]) = match backend {
            sea_orm::DbBackend::MySql => ("signed", ["?", "?"]),
            sea_orm::DbBackend::Postgres => ("bigint", ["$1", "$2"]),
            _ => ("bigint", ["?", "?"]),
        };
        let sql = format!(
            "SELECT CAST(SUM({column}) AS {integer}) FROM link_hour \
             WHERE operation = 'transfer' AND hour >= {first} AND hour < {second}{more}"
        );
        let values = [from.into(), (hour() + Duration::hours(1)).into()];
        let row =
            db.query_one_raw(Statement::from_sql_and_values(backend, sql, values)).await.expect("answers");
        row.expect("a row").try_get_by_index(0).expect("a number")
    }
}

async fn failures(txn: &sea_orm::DatabaseTransaction, issue: i64, hour: DateTime<Utc>, failed: i64) {
    let row = issue_hour::ActiveModel {
        issue_id: Set(issue),
        hour: Set(hour),
        failures: Set(failed),
        distinct_files: Set(None),
        bytes: Set(None),
    };
    issue_hour::Entity::insert(row).exec_without_returning(txn).await.expect("writes");
}

async fn shifter(grid: &Grid) -> Client {
    grid.app.signed_in("Shifters").await
}

#[tokio::test]
async fn the_board_names_the_one_to_blame_first() {
    let grid = Grid::new().await;
    let mut browser = shifter(&grid).await;
    let board = browser.get("/").await;
    assert_eq!(board.status, 200, "{}", board.text());
    let text = board.text();
    assert!(
        text.contains("BAD causes 100 % of all failed transfers. One site needs action; it has no ticket."),
        "{text}"
    );
    assert_eq!(board.all(".board tbody .c-site a.id"), ["BAD"]);
    assert_eq!(board.all(".board .c-fail a"), ["475"]);
    assert_eq!(board.all(".board tbody .c-links"), ["5 of 5"]);
    assert_eq!(board.all(".board tbody .c-eff"), ["5.0 %"]);
    assert_eq!(board.all(".board .c-cat a"), ["Storage overloaded"]);
    assert!(
        board.all(".board .why summary")[0]
            .starts_with("Blame: BAD. Fails as destination from all 5 sources")
    );
}

#[tokio::test]
async fn its_numbers_are_those_of_the_database() {
    let grid = Grid::new().await;
    grid.count(hour() - Duration::hours(1), 40, 60).await;
    grid.count(hour() - Duration::hours(2), 10, 90).await;
    let mut browser = shifter(&grid).await;
    for (hours, from) in [(1, hour()), (4, hour() - Duration::hours(3))] {
        let board = browser.get(&format!("/?hours={hours}")).await;
        let (done, failed) = (grid.sum("done", from, "").await, grid.sum("failed", from, "").await);
        let to_bad = grid.sum("failed", from, &format!(" AND dst_site_id = {}", grid.bad)).await;
        let per_hour = |count: i64| crate::admin::thousands((count + hours / 2) / hours);
        let kpis = board.all(".kpi dt + dd");
        assert_eq!(kpis[0], format!("{:.1} %", ((done * 1000 / (done + failed)) as f64) / 10.0), "{hours}");
        assert_eq!(kpis[1], format!("{} /h", per_hour(done)));
        assert_eq!(kpis[2], format!("{} /h", per_hour(failed)));
        assert_eq!(board.all(".board .c-fail a"), [per_hour(to_bad)]);
    }
}

#[tokio::test]
async fn the_board_does_not_empty_at_the_full_hour() {
    let grid = Grid::new().await;
    grid.app.wait(Duration::minutes(36));
    grid.count(hour() + Duration::hours(1), 5, 0).await;
    let mut browser = shifter(&grid).await;
    let board = browser.get("/").await;
    // 100 failures on each of five links in 66 minutes.
    assert!(board.text().contains("09:00 to 10:06 UTC"), "{}", board.text());
    assert_eq!(board.all(".board .c-fail a"), ["455"]);
    assert!(browser.get("/sites/BAD/").await.text().contains("525 attempts since 09:00"));
    grid.app.wait(Duration::minutes(24));
    grid.app.app.forget();
    assert!(browser.get("/").await.text().contains("last hour to 10:30 UTC"));
}

#[tokio::test]
async fn an_activity_counts_alone() {
    let grid = Grid::new().await;
    let mut browser = shifter(&grid).await;
    let calm = browser.get("/?activity=Production+Input").await;
    assert!(calm.text().contains("Nothing needs action. No transfers failed."), "{}", calm.text());
    let bad = browser.get("/?activity=T0+Export").await;
    assert_eq!(bad.all(".board .c-fail a"), ["475"]);
    let none = browser.get("/?activity=Nobody").await;
    assert_eq!(none.status, 200);
}

#[tokio::test]
async fn a_site_that_somebody_looks_after_is_in_hand_and_comes_back() {
    let grid = Grid::new().await;
    let mut browser = shifter(&grid).await;
    let site = grid.bad.to_string();
    let note =
        [("text", "Disk server is being replaced"), ("site", &*site), ("watch_until", "2026-11-21T10:00")];
    grid.app.add("handover-notes", &note).await;
    let board = browser.get("/").await;
    assert!(!board.has(".board"), "{}", board.text());
    assert!(board.text().contains("watched until 10:00"), "{}", board.text());
    grid.app.wait(Duration::minutes(31));
    assert!(browser.get("/").await.has(".board"));
    let ticket = [
        ("system", "ggus"),
        ("reference", "144201"),
        ("title", "x"),
        ("site", &*site),
        ("changed_at", "2026-11-21T09:59"),
    ];
    grid.app.add("tickets", &ticket).await;
    let board = browser.get("/").await;
    assert!(!board.has(".board") && board.text().contains("GGUS 144201"), "{}", board.text());
    // A ticket that nobody touches for a day is no answer.
    grid.app.wait(Duration::hours(25));
    grid.count(hour() + Duration::hours(25), 95, 5).await;
    let mut browser = grid.app.sign_in("a-shifters").await;
    let board = browser.get("/").await;
    assert!(board.all("tbody .c-tick")[0].contains("no reply for 25 h"), "{}", board.text());
}

#[tokio::test]
async fn a_link_that_somebody_did_something_about_is_in_hand() {
    let grid = Grid::new().await;
    let issue = grid.app.issue("TRANSFER globus_xio: Unable to connect", "ALPHA", "BETA").await;
    let mut attempts = Attempts::default();
    let ended = Ended { done: 0, failed: 900, ..Ended::default() };
    attempts.add(Operation::Transfer, Ends { src: grid.sites[0], dst: grid.sites[1] }, hour(), None, ended);
    let txn = crate::db::begin(&grid.app.app.db).await.expect("begins");
    attempts.write(&txn).await.expect("writes");
    failures(&txn, issue, hour(), 900).await;
    txn.commit().await.expect("commits");
    grid.app.app.forget();
    let mut browser = shifter(&grid).await;
    assert_eq!(browser.get("/").await.all(".board tbody .c-site a.id"), ["ALPHA → BETA", "BAD"]);
    let action = grid.app.add("actions", &[("name", "Call the network people")]).await.to_string();
    let record = [("issue", &*issue.to_string()), ("action", &action), ("taken_at", "2026-11-21T09:20")];
    grid.app.add("actions-taken", &record).await;
    let board = browser.get("/").await;
    assert_eq!(board.all(".board tbody .c-site a.id"), ["BAD"]);
    assert!(board.text().contains("Call the network people"), "{}", board.text());
}

#[tokio::test]
async fn a_downtime_excuses() {
    let grid = Grid::new().await;
    let site = grid.bad.to_string();
    let downtime = [
        ("site", &*site),
        ("starts_at", "2026-11-21T06:00"),
        ("ends_at", "2026-11-21T18:00"),
        ("severity", "outage"),
        ("classification", "scheduled"),
    ];
    grid.app.add("downtimes", &downtime).await;
    let board = shifter(&grid).await.get("/").await;
    assert!(board.text().contains("downtime until 18:00"), "{}", board.text());
    assert!(board.text().contains("Nothing needs action."));
}

#[tokio::test]
async fn few_failures_are_not_listed() {
    let grid = Grid::new().await;
    let mut browser = shifter(&grid).await;
    browser.get("/").await;
    let settings = settings::Entity::find().one(&grid.app.app.db).await.expect("answers").expect("a row");
    grid.app.change("settings", settings.id, &[("action_failures", "500")]).await;
    let board = browser.get("/").await;
    assert!(board.text().contains("Nothing needs action."), "{}", board.text());
    assert!(board.text().contains("1 with fewer failures are not listed."), "{}", board.text());
}

#[tokio::test]
async fn wrong_parameters_are_said_and_left_out() {
    let grid = Grid::new().await;
    let mut browser = shifter(&grid).await;
    for query in ["hours=7", "hours=x", "operation=%3Cb%3E", "activity=%00", "hours=99999999999999999999"] {
        for page in ["/", "/matrix/"] {
            let answer = browser.get(&format!("{page}?{query}")).await;
            assert_eq!(answer.status, 200, "{page} {query}");
            assert!(answer.text().contains("It was left out."), "{page} {query}: {}", answer.text());
        }
    }
    for query in ["site=Nowhere", "sort=size", "show=x", "as=%3Cscript%3E"] {
        let answer = browser.get(&format!("/matrix/?{query}")).await;
        assert!(answer.text().contains("It was left out."), "{query}");
    }
}

#[tokio::test]
async fn an_empty_database_has_a_calm_board() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    let board = browser.get("/").await;
    assert_eq!(board.status, 200);
    assert!(board.text().contains("Nothing needs action."), "{}", board.text());
    let matrix = browser.get("/matrix/").await;
    assert!(matrix.text().contains("Nothing was tried in this window."), "{}", matrix.text());
}

#[tokio::test]
async fn both_ask_for_a_sign_in_and_a_right() {
    let app = TestApp::new().await;
    for page in ["/", "/matrix/", "/revision/"] {
        assert_eq!(app.anonymous().get(page).await.status, 302, "{page}");
    }
    let mut nobody = app.signed_in("").await;
    for page in ["/", "/matrix/", "/revision/"] {
        assert_eq!(nobody.get(page).await.status, 403, "{page}");
    }
}

#[tokio::test]
async fn an_open_board_can_tell_that_it_is_old() {
    let grid = Grid::new().await;
    let mut browser = shifter(&grid).await;
    let revision = |answer: &Answer| {
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        (answer["revision"].to_string(), answer["names"].to_string())
    };
    let first = revision(&browser.get("/revision/").await);
    assert_eq!(first.1, r#"["BAD"]"#);
    assert_eq!(revision(&browser.get("/revision/").await), first);
    let site = grid.bad.to_string();
    grid.app
        .add("handover-notes", &[("text", "x"), ("site", &site), ("watch_until", "2026-11-21T12:00")])
        .await;
    assert_ne!(revision(&browser.get("/revision/").await), first);
}

#[tokio::test]
async fn the_matrix_has_each_link_once() {
    let grid = Grid::new().await;
    let mut browser = shifter(&grid).await;
    let matrix = browser.get("/matrix/").await;
    assert_eq!(matrix.status, 200, "{}", matrix.text());
    assert_eq!(matrix.all(".mx thead th").len(), 7);
    assert_eq!(matrix.all(".mx tbody tr").len(), 6);
    // Five sources to BAD: the only cells that lead anywhere.
    let cells = matrix.attributes(".mx td a", "aria-label");
    assert_eq!(cells.len(), 5, "{cells:?}");
    assert_eq!(cells[0], "ALPHA to BAD: 5 %, 95 of 100 failed");
    assert_eq!(matrix.all(".mx thead th")[1], "BAD", "worst first");
    let list = browser.get("/matrix/?as=list").await;
    assert_eq!(list.all("table.list tbody tr").len(), 5);
    assert!(!list.has(".mx"));
    let one = browser.get("/matrix/?site=ALPHA").await;
    assert_eq!(one.all(".mx tbody tr").len(), 6);
    assert_eq!(one.status, 200);
    let failures = browser.get("/matrix/?show=failures&sort=name&sites=all").await;
    assert_eq!(failures.all(".mx td a"), ["95"; 5]);
}

#[tokio::test]
async fn names_with_markup_stay_text() {
    let grid = Grid::new().await;
    let evil = grid.app.site("<b onclick=x>\"EVIL\"&'").await;
    let mut attempts = Attempts::default();
    let ended = Ended { done: 0, failed: 500, ..Ended::default() };
    attempts.add(Operation::Transfer, Ends { src: grid.sites[0], dst: evil }, hour(), None, ended);
    let txn = crate::db::begin(&grid.app.app.db).await.expect("begins");
    attempts.write(&txn).await.expect("writes");
    txn.commit().await.expect("commits");
    grid.app.app.forget();
    let mut browser = shifter(&grid).await;
    for page in ["/", "/matrix/", "/matrix/?as=list"] {
        let answer = browser.get(page).await;
        assert!(!answer.html().contains("<b onclick"), "{page}");
        assert!(answer.text().contains("EVIL") || page == "/", "{page}");
    }
}

#[tokio::test]
async fn the_cost_does_not_grow_with_the_rows() {
    let grid = Grid::new().await;
    let mut browser = shifter(&grid).await;
    let cost = async |browser: &mut Client, page: &str| grid.app.cost(browser, page).await.1;
    let before = (cost(&mut browser, "/").await, cost(&mut browser, "/matrix/").await);
    let mut attempts = Attempts::default();
    for number in 0..3 {
        let site = grid.app.site(&format!("MORE-{number}")).await;
        for src in &grid.sites {
            let ended = Ended { done: 5, failed: 200, ..Ended::default() };
            attempts.add(Operation::Transfer, Ends { src: *src, dst: site }, hour(), None, ended);
        }
    }
    let txn = crate::db::begin(&grid.app.app.db).await.expect("begins");
    attempts.write(&txn).await.expect("writes");
    txn.commit().await.expect("commits");
    let after = (cost(&mut browser, "/").await, cost(&mut browser, "/matrix/").await);
    assert_eq!(before, after);
}
