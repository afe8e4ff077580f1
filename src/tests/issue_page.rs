//! The page of an issue.
use super::support::TestApp;
use chrono::{DateTime, Duration, DurationRound, Utc};
use entity::vocabulary::Operation;
use entity::{downtime, incident, issue, issue_hour, ticket_issue};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveEnum, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

pub(in crate::tests) async fn blame(app: &TestApp, id: i64, incident: Option<i64>) {
    issue::Entity::update_many()
        .col_expr(issue::Column::Attribution, Expr::value(issue::Attribution::Destination.to_value()))
        .col_expr(issue::Column::Confidence, Expr::value(0.91))
        .col_expr(issue::Column::Evidence, Expr::value("Fails as destination from all 7 sources <b>."))
        .col_expr(issue::Column::IncidentId, Expr::value(incident))
        .filter(issue::Column::Id.eq(id))
        .exec(&app.app.db)
        .await
        .unwrap();
}

pub(in crate::tests) async fn an_incident(app: &TestApp, site: i64) -> i64 {
    let fields = [
        ("site", &*site.to_string()),
        ("role", "destination"),
        ("operation", Operation::Transfer.to_value().as_str()),
        ("started_at", "2026-11-21T06:00"),
    ]
    .map(|(name, value)| (name, value.to_owned()));
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    app.add("incidents", &fields).await
}

/// Failures of an issue in hours before now, the hour that goes on first.
pub(in crate::tests) async fn hours(app: &TestApp, id: i64, failures: &[i64]) {
    let hour: DateTime<Utc> = app.app.now().duration_trunc(Duration::hours(1)).unwrap();
    let rows = failures.iter().zip(0..).map(|(failures, age)| issue_hour::ActiveModel {
        issue_id: Set(id),
        hour: Set(hour - Duration::hours(age)),
        failures: Set(*failures),
        distinct_files: Set(None),
        bytes: Set(None),
    });
    issue_hour::Entity::insert_many(rows).exec_without_returning(&app.app.db).await.unwrap();
}

async fn link(app: &TestApp, ticket: i64, issue: i64) {
    let link = ticket_issue::ActiveModel {
        ticket_id: Set(ticket),
        issue_id: Set(issue),
        linked_by_id: Set(None),
        certainty: Set(ticket_issue::Certainty::Exact),
        created_at: Set(app.app.now()),
    };
    ticket_issue::Entity::insert(link).exec_without_returning(&app.app.db).await.unwrap();
}

#[tokio::test]
async fn the_page_says_what_fails_whom_to_blame_and_why() {
    let app = TestApp::new().await;
    let id = app
        .issue("DESTINATION [70] lost 'se.example.org:443' <script>alert(1)</script>", "WT2", "A/B C")
        .await;
    let other = app.issue("something else", "INFN-T1", "A/B C").await;
    let incident = an_incident(&app, app.site("A/B C").await).await;
    for id in [id, other] {
        blame(&app, id, Some(incident)).await;
    }
    hours(&app, id, &[3, 1006, 40]).await;
    hours(&app, other, &[7]).await;
    let mut viewer = app.signed_in("Viewers").await;
    let page = viewer.get(&format!("/issues/{id}/")).await;
    assert_eq!(page.status, 200);
    assert!(page.all(".msg mark").contains(&"se.example.org:443".to_owned()));
    assert!(!page.has("script:not([src])") && page.text().contains("<script>alert(1)</script>"));
    let text = page.text();
    for words in [
        "1,006 failures/h",
        "Blame: A/B C.",
        "from all 7 sources <b>.",
        "This explains about 9 of 10 failures.",
        "Error number 70",
        &format!("incident {incident} at A/B C since 06:00 UTC: open"),
        "2 issues not over",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("0.91") && !text.contains("91 %"));
    let links = page.attributes(".link a", "href");
    for href in [
        "/sites/WT2/",
        "/sites/A%2FB%20C/",
        "https://wlcg-cric.cern.ch/core/rcsite/detail/WT2/",
        "https://wlcg-cric.cern.ch/core/rcsite/detail/A%2FB%20C/",
    ] {
        assert!(links.contains(&href.to_owned()), "{href}: {links:?}");
    }
    assert!(page.attributes("table.list a.id", "href").contains(&format!("/issues/{other}/")));
}

#[tokio::test]
async fn what_happened_stands_in_the_chart_and_in_a_table() {
    let app = TestApp::new().await;
    let id = app.issue("x", "WT2", "INFN-T1").await;
    hours(&app, id, &[5, 9, 9]).await;
    let site = app.site("INFN-T1").await.to_string();
    let ticket = app
        .add(
            "tickets",
            &[
                ("reference", "1000981"),
                ("title", "INFN-T1 <i>down</i>"),
                ("site", &site),
                ("opened_at", "2026-11-20T10:00"),
            ],
        )
        .await;
    link(&app, ticket, id).await;
    app.add("tickets", &[("reference", "1000982"), ("title", "Other"), ("site", &site)]).await;
    let down = downtime::ActiveModel {
        site_id: Set(site.parse().unwrap()),
        starts_at: Set(app.app.now() - Duration::days(2)),
        ends_at: Set(app.app.now() - Duration::days(1)),
        severity: Set(downtime::Severity::Outage),
        classification: Set(downtime::Classification::Scheduled),
        description: Set(Some("New disks".into())),
        created_at: Set(app.app.now()),
        updated_at: Set(app.app.now()),
        version: Set(1),
        ..Default::default()
    };
    downtime::Entity::insert(down).exec_without_returning(&app.app.db).await.unwrap();
    let page = app.signed_in("Viewers").await.get(&format!("/issues/{id}/")).await;
    assert_eq!(page.attributes("svg.chart rect.dt", "width").len(), 1);
    assert_eq!(page.attributes("svg.chart .mk", "x1").len(), 1);
    assert_eq!(page.all("svg.chart desc").len(), 1);
    let text = page.text();
    for words in ["GGUS 1000981 opened", "New disks", "about this issue", "Worst hour", "Sat 21 Nov 23 9"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let open = page.all("#ticket > ul a.id");
    assert_eq!(open, ["GGUS 1000981", "GGUS 1000982"]);
}

#[tokio::test]
async fn the_text_of_a_ticket_is_ready_to_copy() {
    let app = TestApp::with(&[("OPINT_BASE_URL", "https://opint.example")]).await;
    let id = app.issue("DESTINATION [70] it broke </textarea><b>", "WT2", "INFN-T1").await;
    blame(&app, id, None).await;
    let page = app.signed_in("Shifters").await.get(&format!("/issues/{id}/")).await;
    let subject = page.value("#tsub").unwrap();
    assert!(subject.starts_with("INFN-T1: transfers fail"), "{subject}");
    let body = page.all("#ttxt").pop().unwrap();
    for words in [
        "Dear INFN-T1 admins,",
        "since 20 Nov 2026 08:00 UTC transfers of INFN-T1 fail: 100 failures so far",
        "WT2 -> INFN-T1",
        "it broke </textarea><b>",
        &format!("https://opint.example/issues/{id}/"),
    ] {
        assert!(body.contains(words), "{words}: {body}");
    }
    assert!(
        page.attributes("#ticket a.btn", "href").contains(&"https://helpdesk.ggus.eu/#ticket/create".into())
    );
}

#[tokio::test]
async fn a_page_costs_the_same_however_much_there_is() {
    let app = TestApp::new().await;
    let id = app.issue("x", "WT2", "INFN-T1").await;
    let incident = an_incident(&app, app.site("INFN-T1").await).await;
    blame(&app, id, Some(incident)).await;
    let other = app.issue("x", "BNL-ATLAS", "INFN-T1").await;
    blame(&app, other, Some(incident)).await;
    let wait = app.add("actions", &[("name", "Wait")]).await.to_string();
    let mut shifter = app.signed_in("Shifters").await;
    let path = format!("/issues/{id}/");
    let fields = [("action", &*wait), ("side", "destination"), ("ticket", "1000981")];
    assert_eq!(shifter.post(&path, &fields).await.status, 302);
    app.wait(Duration::hours(5));
    let (_, few) = app.cost(&mut shifter, &path).await;
    for number in 0..12 {
        let other = app.issue(&format!("x{number}"), &format!("S{number}"), "INFN-T1").await;
        blame(&app, other, Some(incident)).await;
        app.wait(Duration::minutes(15));
        let reference = (2_000_000 + number).to_string();
        let fields = [("action", &*wait), ("side", "destination"), ("ticket", &*reference)];
        assert_eq!(shifter.post(&path, &fields).await.status, 302);
    }
    app.wait(Duration::hours(5));
    let (_, many) = app.cost(&mut shifter, &path).await;
    assert_eq!(few, many);
    assert!(many <= 32, "{many} statements");
}

#[tokio::test]
async fn an_issue_that_is_gone_says_where_it_went() {
    let app = TestApp::new().await;
    let id = app.issue("x", "WT2", "INFN-T1").await;
    let mut admin = app.signed_in("superuser").await;
    let mut shifter = app.signed_in("Shifters").await;
    let answer = admin.post(&format!("/admin/issues/{id}/delete/"), &[("post", "yes")]).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let page = shifter.get(&format!("/issues/{id}/")).await;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("was deleted") && page.text().contains("a-superuser"), "{}", page.text());
    let typed = [("action", "other"), ("other", "Rang them"), ("comment", "Long <b>story</b>")];
    let answer = shifter.post(&format!("/issues/{id}/"), &typed).await;
    assert_eq!(answer.status, 409);
    assert!(answer.text().contains("Nothing was recorded"));
    let kept = answer.all("#typed").pop().unwrap();
    assert!(kept.contains("Rang them") && kept.contains("Long <b>story</b>"), "{kept}");
    assert_eq!(shifter.get("/issues/987654/").await.status, 404);
}

#[tokio::test]
async fn an_incident_that_is_over_is_told_as_such() {
    let app = TestApp::new().await;
    let id = app.issue("x", "WT2", "INFN-T1").await;
    let incident = an_incident(&app, app.site("INFN-T1").await).await;
    blame(&app, id, Some(incident)).await;
    incident::Entity::update_many()
        .col_expr(incident::Column::State, Expr::value("closed"))
        .col_expr(incident::Column::EndedAt, Expr::value(app.app.now() - Duration::hours(1)))
        .filter(incident::Column::Id.eq(incident))
        .exec(&app.app.db)
        .await
        .unwrap();
    let text = app.signed_in("Viewers").await.get(&format!("/issues/{id}/")).await.text();
    assert!(
        text.contains("over, 0 failures") && text.contains(&format!("ended Incident {incident}")),
        "{text}"
    );
}
