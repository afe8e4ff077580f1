//! The page about one site.
use super::support::TestApp;
use crate::loading::attempts::{Attempts, Ended, Ends};
use chrono::{DateTime, Duration, Utc};
use entity::incident::{self, Role, State};
use entity::issue::{self, Attribution};
use entity::vocabulary::Operation;
use entity::{action_taken, issue_hour, site_alias};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveEnum, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

/// The hour that runs when the clock of the tests starts.
fn hour(age: i64) -> DateTime<Utc> {
    let last: DateTime<Utc> = "2026-11-21T09:00:00Z".parse().unwrap();
    last - Duration::hours(age)
}

impl TestApp {
    /// Attempts on links, each with how many hours ago they ended.
    async fn count(&self, operation: Operation, rows: &[(&str, &str, i64, i64, i64)]) {
        let mut attempts = Attempts::default();
        for (source, destination, age, done, failed) in rows {
            let ends = Ends { src: self.site(source).await, dst: self.site(destination).await };
            let ended = Ended { done: *done, failed: *failed, ..Ended::default() };
            attempts.add(operation, ends, hour(*age), None, ended);
        }
        let txn = crate::db::begin(&self.app.db).await.unwrap();
        attempts.write(&txn).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// An issue with failures in the last hour, of a category, blamed on the destination.
    async fn failing(&self, message: &str, link: (&str, &str), category: Option<i64>, failures: i64) -> i64 {
        let id = self.issue(message, link.0, link.1).await;
        issue::Entity::update_many()
            .col_expr(issue::Column::CategoryId, Expr::value(category))
            .col_expr(issue::Column::Attribution, Expr::value(Attribution::Destination.to_value()))
            .filter(issue::Column::Id.eq(id))
            .exec(&self.app.db)
            .await
            .unwrap();
        let row = issue_hour::ActiveModel {
            issue_id: Set(id),
            hour: Set(hour(0)),
            failures: Set(failures),
            distinct_files: Set(None),
            bytes: Set(None),
        };
        issue_hour::Entity::insert(row).exec_without_returning(&self.app.db).await.unwrap();
        id
    }

    async fn incident(&self, site: &str, partner: Option<&str>, role: Role, operation: Operation) -> i64 {
        let partner = match partner {
            Some(name) => Some(self.site(name).await),
            None => None,
        };
        let row = incident::ActiveModel {
            site_id: Set(self.site(site).await),
            partner_site_id: Set(partner),
            role: Set(role),
            operation: Set(operation),
            state: Set(State::Open),
            started_at: Set(hour(7)),
            failures: Set(8490),
            attempts: Set(8700),
            evidence: Set(Some("Nothing arrives there.".into())),
            open_key: Set(Some(format!("{site}-{role:?}-{operation:?}"))),
            created_at: Set(hour(7)),
            updated_at: Set(hour(7)),
            version: Set(1),
            ..Default::default()
        };
        incident::Entity::insert(row).exec(&self.app.db).await.unwrap().last_insert_id
    }

    /// A site that fails as destination from two of three sources, and works as source.
    async fn bad_day() -> Self {
        let app = Self::new().await;
        let week: Vec<_> = (1..=7).map(|day| ("BNL", "WT2", day * 24, 100, 10)).collect();
        app.count(Operation::Transfer, &week).await;
        let rows = [
            ("BNL", "WT2", 0, 5, 295),
            ("AGLT2", "WT2", 0, 0, 115),
            ("MWT2", "WT2", 0, 90, 0),
            ("WT2", "BNL", 0, 995, 5),
            ("BNL", "WT2", 3, 100, 10),
        ];
        app.count(Operation::Transfer, &rows).await;
        app
    }
}

#[tokio::test]
async fn the_head_says_what_fails_since_when_and_who_knows() {
    let app = TestApp::bad_day().await;
    app.incident("WT2", None, Role::Destination, Operation::Transfer).await;
    let wt2 = app.site("WT2").await.to_string();
    let mut browser = app.signed_in("Viewers").await;
    let text = browser.get("/sites/WT2/").await.text();
    let lead = "Fails as destination from 2 of 3 sources since 02:00 ; 410 failures an hour, \
                41 × usual. No ticket is open.";
    assert!(text.contains(lead), "{text}");
    for words in ["18.8 %", "505 attempts in the last hour", "usual is 10 /h", "Nothing arrives there."] {
        assert!(text.contains(words), "{words}: {text}");
    }
    app.add("tickets", &[("reference", "144183"), ("title", "Door is closed"), ("site", &wt2)]).await;
    let down = [
        ("site", &*wt2),
        ("starts_at", "2026-11-21T06:00"),
        ("ends_at", "2026-11-21T18:00"),
        ("severity", "outage"),
        ("classification", "unscheduled"),
    ];
    app.add("downtimes", &down).await;
    let text = browser.get("/sites/WT2/").await.text();
    assert!(text.contains("A downtime is announced until 18:00. GGUS 144183 is open."), "{text}");
    assert!(text.contains("Door is closed") && text.contains("unscheduled outage"), "{text}");
    // As its own, for the others.
    let text = browser.get("/sites/BNL/").await.text();
    assert!(text.contains("Fails as source to 1 of 1 destination ; 295 failures an hour"), "{text}");
    let text = browser.get("/sites/MWT2/").await.text();
    assert!(text.contains("Works: 100 % of 90 attempts in the last hour."), "{text}");
}

#[tokio::test]
async fn links_and_errors_name_the_issue_and_whom_to_blame() {
    let app = TestApp::bad_day().await;
    let category = app.add("error-categories", &[("title", "Storage overloaded")]).await;
    let first = app.failing("421 Service <b>busy</b>", ("BNL", "WT2"), Some(category), 295).await;
    let second = app.failing("421 Service busy again", ("AGLT2", "WT2"), Some(category), 100).await;
    app.failing("Something rare", ("AGLT2", "WT2"), None, 15).await;
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/sites/WT2/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.all("table.links tbody th"), ["BNL", "AGLT2", "BNL"]);
    assert_eq!(
        page.attributes("table.links tbody td a", "href"),
        [format!("/issues/{first}/"), format!("/issues/{second}/")]
    );
    let rows = page.all("table.links tbody tr");
    assert_eq!(rows[0], "BNL 1.6 % 295 300 Storage overloaded WT2");
    assert_eq!(rows[2], "BNL 99.5 % 5 1,000 no message not clear");
    assert!(page.has("table.links .h6") && page.has("table.links .h7"));
    let text = page.text();
    assert!(text.contains("421 Service <b>busy</b>"), "markup is text: {text}");
    assert!(text.contains("Storage overloaded 421 Service <b>busy</b> 395 96.3 % 2 WT2"), "{text}");
    assert!(text.contains("Not classified yet Something rare 15 3.6 % 1 WT2"), "{text}");
    // Four hours: a quarter of the rate, and the failures of an earlier hour.
    let text = browser.get("/sites/WT2/?hours=4").await.text();
    assert!(text.contains("BNL 25.6 % 305 410"), "{text}");
    assert!(text.contains("in the last 4 hours"), "{text}");
    let links = page.attributes("nav[aria-label=\"About this site\"] a", "href");
    assert_eq!(
        links,
        ["/matrix/?site=WT2", "/report/?site=WT2", "https://wlcg-cric.cern.ch/core/rcsite/detail/WT2/"]
    );
}

#[tokio::test]
async fn what_people_did_and_wrote_is_there() {
    let app = TestApp::bad_day().await;
    let category = app.add("error-categories", &[("title", "Storage overloaded")]).await;
    let action = app.add("actions", &[("name", "Wait one hour")]).await;
    let (action_key, category_key) = (action.to_string(), category.to_string());
    app.add("suggested-actions", &[("category", &*category_key), ("action", &*action_key), ("prior", "0.7")])
        .await;
    let issue = app.failing("421 Service busy", ("BNL", "WT2"), Some(category), 295).await;
    let mut shifter = app.signed_in("Shifters").await;
    let fields = [
        ("action", &*action_key),
        ("side", "unknown"),
        ("worked", "no"),
        ("comment", "Still <i>busy</i>"),
        ("ticket", "144200"),
    ];
    assert_eq!(shifter.post(&format!("/issues/{issue}/"), &fields).await.status, 302);
    let wt2 = app.site("WT2").await.to_string();
    app.add(
        "handover-notes",
        &[("site", &*wt2), ("text", "Recovers by itself"), ("watch_until", "2026-11-21T12:00")],
    )
    .await;
    app.add("mutes", &[("site", &*wt2), ("reason", "Known to be slow")]).await;
    let page = shifter.get("/sites/WT2/").await;
    let text = page.text();
    for words in [
        "Wait one hour did not work",
        "Still <i>busy</i>",
        "GGUS 144200",
        "Recovers by itself",
        "watched until 12:00",
        "Nobody is told about this site: Known to be slow",
        "Against “Storage overloaded”",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(page.has("form[action=\"/handover/\"] input[name=text]"));
    assert!(page.attributes("footer a", "href").contains(&format!("/issues/{issue}/#record")));
    let record = action_taken::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    assert_eq!(record.site_id, None, "it is found by its issue");
    assert!(shifter.get("/sites/BNL/").await.text().contains("GGUS 144200"), "nobody's, so it is both's");
}

#[tokio::test]
async fn names_that_are_nearly_right_lead_on() {
    let app = TestApp::new().await;
    let glasgow = app.site("UKI-SCOTGRID-GLASGOW").await;
    app.site("INFN-T1").await;
    app.site("odd name/ü?#").await;
    let alias = site_alias::ActiveModel {
        site_id: Set(glasgow),
        vo: Set("cms".into()),
        kind: Set(site_alias::Kind::ExperimentSite),
        value: Set("T2_UK_Glasgow".into()),
        created_at: Set(app.app.now()),
        updated_at: Set(app.app.now()),
        version: Set(1),
        ..Default::default()
    };
    site_alias::Entity::insert(alias).exec(&app.app.db).await.unwrap();
    let answer = app.anonymous().get("/sites/INFN-T1/?hours=4").await;
    assert_eq!(
        (answer.status, &*answer.location()),
        (302, "/admin/login/?next=%2Fsites%2FINFN-T1%2F%3Fhours%3D4")
    );
    let mut browser = app.signed_in("Viewers").await;
    let answer = browser.get("/sites/infn-t1/?hours=4").await;
    assert_eq!((answer.status, &*answer.location()), (302, "/sites/INFN-T1/?hours=4"));
    let page = browser.get("/sites/T2_UK_Glasgow/").await;
    assert_eq!(page.status, 404);
    assert_eq!(page.attributes("main .btn", "href"), ["/sites/UKI-SCOTGRID-GLASGOW/"]);
    let page = browser.get("/sites/INFN/").await;
    assert_eq!((page.status, page.all("main .btn")), (404, vec!["INFN-T1".to_owned()]));
    for name in ["nothing-like-it", "%00", "%3Cscript%3E", &"x".repeat(3000), "%F0%9F%92%A9", "%25"] {
        assert_eq!(browser.get(&format!("/sites/{name}/")).await.status, 404, "{name}");
    }
    let path = crate::shift::site_path("odd name/ü?#");
    let page = browser.get(&path).await;
    assert_eq!((page.status, page.all("h1")), (200, vec!["odd name/ü?#".to_owned()]));
    assert!(page.text().contains("No attempts in the last hour."));
    let page = browser.get("/sites/UNKNOWN/").await;
    assert_eq!(page.status, 200);
    let record = browser.get(&format!("/admin/sites/{glasgow}/change/")).await;
    assert!(record.attributes("a", "href").contains(&"/sites/UKI-SCOTGRID-GLASGOW/".to_owned()));
}

#[tokio::test]
async fn wrong_parameters_are_dropped_and_said() {
    let app = TestApp::bad_day().await;
    let mut browser = app.signed_in("Viewers").await;
    for query in
        ["hours=0", "hours=-1&operation=", "hours=99999999999999999999", "operation=workflow", "hours=%00"]
    {
        let page = browser.get(&format!("/sites/WT2/?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        assert!(page.has("main .note.warn"), "{query}");
    }
    let page = browser.get("/sites/WT2/?operation=deletion&hours=24").await;
    assert!(!page.has("main .note.warn") && !page.has("table.links"));
    assert!(page.text().contains("No attempts in the last 24 hours."));
    app.count(Operation::Deletion, &[("UNKNOWN", "WT2", 0, 30, 970)]).await;
    app.incident("WT2", None, Role::Destination, Operation::Deletion).await;
    let text = browser.get("/sites/WT2/?operation=deletion").await.text();
    assert!(
        text.contains("Fails in deletions since 02:00 : 3.0 % of 1,000 attempts worked in the last hour; 970 failures an hour, new today."),
        "{text}"
    );
    app.wait(Duration::hours(5));
    assert!(browser.get("/sites/WT2/").await.text().contains("The counts are old."));
}

#[tokio::test]
async fn rights_decide_what_is_shown() {
    let app = TestApp::bad_day().await;
    app.incident("WT2", None, Role::Destination, Operation::Transfer).await;
    let mut nobody = app.signed_in("").await;
    assert_eq!(nobody.get("/sites/WT2/").await.status, 403);
    let page = app.signed_in("Viewers").await.get("/sites/WT2/").await;
    assert!(page.has("#h-i") && !page.has("form[action=\"/handover/\"]") && !page.has("[data-edit]"));
    assert!(app.signed_in("Operators").await.get("/sites/WT2/").await.has("[data-edit]"));
}

#[tokio::test]
async fn the_page_asks_so_many_questions_and_no_more() {
    let app = TestApp::bad_day().await;
    let category = app.add("error-categories", &[("title", "Storage overloaded")]).await;
    app.incident("WT2", None, Role::Destination, Operation::Transfer).await;
    let mut browser = app.signed_in("superuser").await;
    browser.get("/sites/WT2/").await;
    let mut counts = Vec::new();
    for round in 0..3_i64 {
        for number in 0..=round * 4 {
            let name = format!("SITE-{round}-{number}");
            app.count(Operation::Transfer, &[(&name, "WT2", 0, 0, 20), ("WT2", &name, 0, 0, 20)]).await;
            app.failing("421 Service busy", (&name, "WT2"), Some(category), 20).await;
        }
        let (page, cost) = app.cost(&mut browser, "/sites/WT2/?hours=24").await;
        assert_eq!(page.status, 200);
        counts.push(cost);
    }
    // The first reads once what was recorded, for the suggestions.
    assert!(counts[1] == counts[2] && counts.iter().all(|count| *count <= 30), "{counts:?}");
}
