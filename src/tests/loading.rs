//! From files and monitoring to issues, blame and messages.
use super::sources::stand_ins::StandIn;
use super::sources::stand_ins::cric::Cric;
use super::sources::stand_ins::grafana::{Grafana, TOKEN};
use super::sources::stand_ins::influxdb::Database;
use super::sources::stand_ins::mattermost::Mattermost;
use super::sources::stand_ins::search::Search;
use super::sources::stand_ins::zammad::Zammad;
use super::support::TestApp;
use crate::loading::files::{Files, load};
use crate::loading::{Loaded, Progress, Window};
use crate::worker::Job;
use chrono::{DateTime, Duration, Utc};
use entity::loader_run::Source;
use entity::{
    incident, issue, issue_hour, link_hour, loaded_file, loader_rejection, loader_run, notification, ticket,
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};

/// One FTS record that ended at a minute after eight.
pub(super) fn record(number: usize, link: (&str, &str), minute: i64, message: Option<&str>) -> String {
    let start: DateTime<Utc> = "2026-11-21T08:00:00Z".parse().unwrap();
    let end = (start + Duration::minutes(minute)).timestamp_millis();
    let mut data = json!({
        "tr_id": format!("t{number}"), "src_site_name": link.0, "dst_site_name": link.1,
        "timestamp_tr_comp": end, "tr_timestamp_complete": end, "f_size": 10,
        "t_final_transfer_state_flag": i32::from(message.is_none()),
        "file_metadata": {"scope": "mc", "name": format!("file{}", number % 7)},
    });
    if let Some(message) = message {
        data["t__error_message"] = message.into();
        data["tr_error_scope"] = "DESTINATION".into();
        data["t_error_code"] = 110.into();
    }
    json!({"data": data, "metadata": {"type": "complete"}}).to_string() + "\n"
}

/// Fifty attempts on each of some links, over two hours; all to one destination fail.
pub(super) fn records() -> String {
    let sites = ["AGLT2", "BNL-ATLAS", "CERN-PROD", "DESY-HH", "INFN-T1", "RAL-LCG2"];
    let mut text = String::new();
    for (from, source) in sites.iter().enumerate() {
        for (to, destination) in sites.iter().enumerate().filter(|(to, _)| *to != from) {
            for number in 0..50 {
                let id = from * 1000 + to * 100 + number;
                let bad = *destination == "INFN-T1";
                let message =
                    format!("Result Operation timed out after {number} attempts at se{id}.example.org:2811");
                let minute = i64::try_from(number).unwrap() * 2 + 10;
                text += &record(id, (source, destination), minute, bad.then_some(message.as_str()));
            }
        }
    }
    text
}

pub(super) async fn run(app: &TestApp, paths: &[PathBuf]) -> anyhow::Result<Loaded> {
    let files = Files { source: Source::Fts, paths, window: Window::default(), dry_run: false };
    load(&app.app, files, &mut Progress::default()).await
}

pub(super) fn file(folder: &Path, name: &str, text: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// Failures and attempts as they are counted: by issue, by hour, by link.
async fn totals(app: &TestApp) -> (i64, i64, i64, i64, i64) {
    let db = &app.app.db;
    let issues = issue::Entity::find().all(db).await.unwrap();
    let hours = issue_hour::Entity::find().all(db).await.unwrap();
    let links = link_hour::Entity::find().all(db).await.unwrap();
    (
        issues.iter().map(|row| row.failures_total).sum(),
        issues.iter().map(|row| row.files_total).sum(),
        hours.iter().map(|row| row.failures).sum(),
        links.iter().map(|row| row.failed).sum(),
        links.iter().map(|row| row.done).sum(),
    )
}

#[tokio::test]
async fn a_file_counts_once_under_whatever_name_and_grows() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    let text = records();
    let half = text.match_indices('\n').nth(700).unwrap().0 + 1;
    let part = file(folder.path(), "part.json", &text.as_bytes()[..half]);
    assert_eq!(run(&app, &[part]).await.unwrap().counts.read, 701);
    let whole = file(folder.path(), "whole.json", text.as_bytes());
    assert_eq!(
        run(&app, std::slice::from_ref(&whole)).await.unwrap().counts.read,
        799,
        "only what it grew by"
    );
    let once = totals(&app).await;
    assert_eq!((once.0, once.2, once.3, once.4), (250, 250, 250, 1250));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let packed = file(folder.path(), "copy.gz", &packed.finish().unwrap());
    for again in [whole, packed] {
        let loaded = run(&app, &[again]).await.unwrap();
        assert_eq!((loaded.counts.read, loaded.counts.made, loaded.counts.changed), (0, 0, 0));
    }
    assert_eq!(totals(&app).await, once);
    assert_eq!(issue::Entity::find().count(&app.app.db).await.unwrap(), 5, "one for each link that fails");
    let issue = issue::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    assert_eq!(issue.files_total, 7, "fifty failures of seven files");
    assert!(
        issue.category_id.is_some() && issue.message.starts_with("DESTINATION [110]"),
        "{}",
        issue.message
    );
    let other = file(folder.path(), "other.json", text.replacen("t101", "another", 1).as_bytes());
    let error = run(&app, &[other]).await.unwrap_err().to_string();
    assert!(error.contains("differ"), "{error}");
    assert_eq!(totals(&app).await, once);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_with_its_line_and_the_rest_counts() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut text = record(1, ("A-SITE", "B-SITE"), 5, Some("x"));
    text += "{\"data\": {torn\n";
    text += &record(2, ("<b>SITE</b>", "B-SITE"), 6, Some("x"));
    text += &record(3, ("A-SITE", "B-SITE"), 7 * 24 * 60, Some("in a week"));
    text += &record(4, ("A-SITE", "B-SITE"), 8, None);
    let loaded = run(&app, &[file(folder.path(), "bad.json", text.as_bytes())]).await.unwrap();
    assert_eq!(loaded.counts.read, 3);
    let told = loader_rejection::Entity::find()
        .order_by_asc(loader_rejection::Column::Id)
        .all(&app.app.db)
        .await
        .unwrap();
    let places: Vec<&str> = told.iter().map(|row| row.place.as_str()).collect();
    assert!(places.iter().any(|place| place.ends_with("bad.json:2")), "{places:?}");
    assert!(places.iter().any(|place| place.ends_with("bad.json:4")), "{places:?}");
    assert!(told.iter().any(|row| row.reason.contains("no site can be called")), "{told:?}");
    let row = loader_run::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    assert_eq!(row.state, loader_run::State::Partial);
    let mut browser = app.signed_in("superuser").await;
    let page = browser.get(&format!("/admin/loader-runs/{}/change/", row.id)).await.text();
    assert!(page.contains("bad.json:2"), "the run shows what it rejected");
}

#[tokio::test]
async fn one_run_of_a_source_at_a_time_and_a_dead_one_is_taken_over() {
    let app = TestApp::new().await;
    let first = crate::loading::Run::start(&app.app, Source::Fts, Window::default()).await.unwrap();
    let Err(busy) = crate::loading::Run::start(&app.app, Source::Fts, Window::default()).await else {
        panic!("two at once")
    };
    assert!(busy.to_string().contains("is under way"), "{busy}");
    app.wait(Duration::minutes(5));
    let second = crate::loading::Run::start(&app.app, Source::Fts, Window::default()).await.unwrap();
    let txn = crate::db::begin(&app.app.db).await.unwrap();
    assert!(first.keep(&txn, app.app.now()).await.is_err(), "whoever slept through its lease writes nothing");
    drop(txn);
    second.finish(&app.app, None).await.unwrap();
    let states: Vec<_> =
        loader_run::Entity::find().order_by_asc(loader_run::Column::Id).all(&app.app.db).await.unwrap();
    assert_eq!(states[0].state, loader_run::State::Failed);
    assert_eq!(states[1].state, loader_run::State::Ok);
}

#[tokio::test]
async fn a_failing_destination_is_blamed_becomes_an_incident_and_shows_on_the_pages() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    run(&app, &[file(folder.path(), "a.json", records().as_bytes())]).await.unwrap();
    let summary = crate::incidents::judge(&app.app, None).await.unwrap();
    assert_eq!((summary.opened, summary.open, summary.issues), (1, 1, 5));
    let again = crate::incidents::judge(&app.app, None).await.unwrap();
    assert_eq!((again.opened, again.open), (0, 1), "the same counts, the same result");
    let incident = incident::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    assert_eq!((incident.role, incident.failures), (incident::Role::Destination, 250));
    assert!(
        incident.evidence.as_deref().unwrap_or_default().contains("Fails as destination from"),
        "{incident:?}"
    );
    for issue in issue::Entity::find().all(&app.app.db).await.unwrap() {
        assert_eq!(issue.attribution, issue::Attribution::Destination, "{:?}", issue.evidence);
        assert_eq!(issue.incident_id, Some(incident.id));
    }
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get(&format!("/admin/incidents/{}/change/", incident.id)).await.text();
    assert!(page.contains("Fails as destination from") && page.contains("Operation timed out"), "{page}");
}

/// A monitoring with numbers in a real InfluxDB and messages in a stand-in, and a Mattermost.
struct World {
    app: TestApp,
    database: Database,
    grafana: StandIn<Grafana>,
    mattermost: StandIn<Mattermost>,
}

impl World {
    async fn new() -> Self {
        let database = Database::new().await;
        let service = Grafana { influxdb: Some(database.url.clone()), search: Search::default() };
        let grafana = StandIn::start(service).await;
        let mattermost = StandIn::start(Mattermost::new("secret-hook")).await;
        let influx = format!("{}/api/datasources/proxy/7730/query?db={}", grafana.url, database.name);
        let search = format!("{}/api/datasources/proxy/8736/_msearch", grafana.url);
        let hook = format!("{}/hooks/secret-hook", mattermost.url);
        let app = TestApp::with(&[
            ("MONIT_INFLUX_URL", &influx),
            ("MONIT_SEARCH_URL", &search),
            ("MONIT_TOKEN", TOKEN),
            ("MATTERMOST_WEBHOOK_URL", &hook),
            ("OPINT_BASE_URL", "https://opint.example.org"),
        ])
        .await;
        Self { app, database, grafana, mattermost }
    }

    /// An hour of the monitoring, in which one destination works or does not.
    async fn hour(&self, start: &str, works: bool) {
        let at: DateTime<Utc> = start.parse().unwrap();
        let millis = (at + Duration::minutes(20)).timestamp_millis();
        let sites = ["AGLT2", "BNL-ATLAS", "CERN-PROD", "DESY-HH", "INFN-T1", "RAL-LCG2"];
        for source in sites {
            for destination in sites.iter().filter(|destination| **destination != source) {
                let bad = *destination == "INFN-T1" && !works;
                let done = if bad { 1 } else { 40 };
                let line = format!(
                    "ddm_transfer,state=transfer,src_experiment_site={source},dst_experiment_site={destination} files_done={done},files_total=40 {millis}"
                );
                self.database.write(&line).await;
                if bad {
                    let reason =
                        "DESTINATION [110] DESTINATION OVERWRITE Result Operation timed out after 3 attempts";
                    for file in 0..39 {
                        let time = (at + Duration::minutes(20)).to_rfc3339();
                        let file = format!("{source}-{file}");
                        self.grafana.service.search.event(
                            &time,
                            "transfer-failed",
                            (source, destination),
                            reason,
                            &file,
                        );
                    }
                }
            }
        }
    }

    async fn round(&self) -> Vec<String> {
        let mut said = Vec::new();
        for job in [Job::LoadMonit, Job::Blame, Job::Notify] {
            said.push(job.run(&self.app.app).await.unwrap());
        }
        said
    }

    fn texts(&self) -> Vec<String> {
        let messages = self.mattermost.service.messages();
        messages.iter().map(|message| message["text"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

#[tokio::test]
async fn an_incident_is_told_once_and_its_end_once() {
    let world = World::new().await;
    world.hour("2026-11-21T07:00:00Z", false).await;
    world.hour("2026-11-21T08:00:00Z", false).await;
    let said = world.round().await;
    assert_eq!(world.texts().len(), 1, "{said:?}");
    let text = &world.texts()[0];
    assert!(text.contains("INFN-T1 fails as destination of transfers"), "{text}");
    assert!(text.contains("[Details](https://opint.example.org/sites/INFN-T1/)"), "{text}");
    let page = world.app.signed_in("Viewers").await.get("/sites/INFN-T1/").await.text();
    assert!(page.contains("Fails as destination from 5 of 5 sources since"), "{page}");
    let once = totals(&world.app).await;
    world.app.wait(Duration::minutes(10));
    world.round().await;
    assert_eq!(world.texts().len(), 1, "the same hours again: nothing new");
    assert_eq!(totals(&world.app).await, once, "an hour that is read again is replaced");
    world.hour("2026-11-21T09:00:00Z", true).await;
    world.hour("2026-11-21T10:00:00Z", true).await;
    world.app.wait(Duration::hours(2));
    world.round().await;
    world.round().await;
    let texts = world.texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[1].contains("INFN-T1 works again"), "{}", texts[1]);
    let page = world.app.signed_in("superuser").await.get("/admin/notifications/").await.text();
    assert!(!page.contains("secret-hook"), "the address of a webhook is its password");
}

#[tokio::test]
async fn a_ticket_keeps_a_message_back_until_it_is_solved() {
    let world = World::new().await;
    let zammad = StandIn::start(Zammad::new("Token token=key")).await;
    zammad.service.put(
        1_000_981,
        "in progress",
        "2026-11-21T08:00:00Z",
        json!({"title": "INFN-T1 <b>down</b>", "wlcg_sites": "INFN-T1"}),
    );
    world.hour("2026-11-21T07:00:00Z", false).await;
    world.hour("2026-11-21T08:00:00Z", false).await;
    let ggus = world.app.replica_with(&[("GGUS_URL", &zammad.url), ("GGUS_TOKEN", "key")]).await;
    Job::LoadMonit.run(&world.app.app).await.unwrap();
    Job::Blame.run(&world.app.app).await.unwrap();
    let said = Job::LoadGgus.run(&ggus.app).await.unwrap();
    let row = ticket::Entity::find().one(&world.app.app.db).await.unwrap().expect(&said);
    assert_eq!(
        (row.reference.as_str(), row.is_open, row.title.as_str()),
        ("1000981", true, "INFN-T1 <b>down</b>")
    );
    Job::Notify.run(&world.app.app).await.unwrap();
    assert_eq!(world.texts().len(), 0);
    let kept = notification::Entity::find().one(&world.app.app.db).await.unwrap().unwrap();
    assert_eq!(kept.suppressed_by, Some(notification::SuppressedBy::Ticket));
    zammad.service.put(
        1_000_981,
        "solved",
        "2026-11-21T09:20:00Z",
        json!({"title": "INFN-T1 down", "wlcg_sites": "INFN-T1"}),
    );
    Job::LoadGgus.run(&ggus.app).await.unwrap();
    Job::Notify.run(&world.app.app).await.unwrap();
    assert_eq!(world.texts().len(), 1);
}

#[tokio::test]
async fn a_channel_that_is_away_gets_its_message_later() {
    let world = World::new().await;
    world.hour("2026-11-21T07:00:00Z", false).await;
    world.hour("2026-11-21T08:00:00Z", false).await;
    world.mattermost.trouble(super::sources::stand_ins::Trouble::TooMany(Some(120)));
    let said = world.round().await;
    assert!(said[2].contains("0 sent, 1 to be tried again"), "{said:?}");
    let told = Job::Notify.run(&world.app.app).await.unwrap();
    assert!(told.contains("0 sent"), "not before the time the channel said: {told}");
    world.app.wait(Duration::minutes(3));
    let told = Job::Notify.run(&world.app.app).await.unwrap();
    assert!(told.contains("1 sent"), "{told}");
}

/// Two categories on one link, three failures each.
async fn two_categories() -> (TestApp, Vec<issue::Model>) {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for (number, message) in
        ["Connection refused by the door", "No space left on the device"].iter().enumerate()
    {
        for extra in 0..3 {
            text += &record(number * 10 + extra, ("A-SITE", "B-SITE"), 5, Some(message));
        }
    }
    run(&app, &[file(folder.path(), "a.json", text.as_bytes())]).await.unwrap();
    let issues = issues(&app).await;
    assert_eq!(issues.len(), 2);
    (app, issues)
}

async fn issues(app: &TestApp) -> Vec<issue::Model> {
    issue::Entity::find().order_by_asc(issue::Column::Id).all(&app.app.db).await.unwrap()
}

fn facts(rows: &[issue::Model]) -> Vec<(i64, Option<i64>, i64, i64)> {
    rows.iter().map(|row| (row.id, row.category_id, row.failures_total, row.files_total)).collect()
}

#[tokio::test]
async fn a_merge_moves_issues_and_can_be_undone() {
    let (app, before) = two_categories().await;
    let sums = totals(&app).await;
    let (from, into) = (before[0].category_id.unwrap(), before[1].category_id.unwrap().to_string());
    let mut browser = app.signed_in("Operators").await;
    let merge = format!("/admin/error-categories/{from}/merge/");
    assert!(browser.get(&merge).await.text().contains("1 issues move there"));
    let answer = browser.post(&merge, &[("merged_into", &into)]).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let place = answer.header("location");
    crate::recategorise::work(&app.app).await.unwrap();
    assert_eq!(issues(&app).await.len(), 1, "one link, one category, one issue");
    assert_eq!(totals(&app).await, sums, "nothing is lost");
    let history = browser.get(&format!("/admin/issues/{}/history/", before[1].id)).await.text();
    assert!(history.contains("Counts of"), "{history}");
    assert!(browser.get(&place).await.text().contains("1 moved"));
    assert_eq!(browser.post(&place, &[("do", "undo")]).await.status, 302);
    crate::recategorise::work(&app.app).await.unwrap();
    assert_eq!(facts(&issues(&app).await), facts(&before));
    assert_eq!(totals(&app).await, sums);
    assert!(!crate::recategorise::waiting(&app.app).await.unwrap());
}

#[tokio::test]
async fn a_pattern_is_previewed_then_moves_issues_and_can_be_undone() {
    let (app, before) = two_categories().await;
    let into = before[1].category_id.unwrap();
    let category = async || {
        let row = entity::error_category::Entity::find_by_id(into).one(&app.app.db).await.unwrap();
        row.unwrap()
    };
    let mut browser = app.signed_in("Operators").await;
    let page = format!("/admin/error-categories/{into}/pattern/");
    let tried = browser.get(&format!("{page}?pattern=refused&priority=5")).await.text();
    assert!(tried.contains("What would move") && tried.contains("Connection refused"), "{tried}");
    assert_eq!(facts(&issues(&app).await), facts(&before), "a preview moves nothing");
    assert_eq!(browser.get(&format!("{page}?pattern=a(?!b)&priority=5")).await.status, 422);
    let version = category().await.version.to_string();
    let form = [("pattern", "refused"), ("priority", "5"), ("_version", version.as_str())];
    let saved = browser.post(&page, &form).await;
    assert_eq!(saved.status, 302, "{}", saved.text());
    crate::recategorise::work(&app.app).await.unwrap();
    assert_eq!(issues(&app).await.len(), 1);
    browser.post(&saved.header("location"), &[("do", "undo")]).await;
    crate::recategorise::work(&app.app).await.unwrap();
    assert_eq!(facts(&issues(&app).await), facts(&before));
    assert_eq!(category().await.pattern, None, "the pattern is what it was");
    assert!(!crate::recategorise::waiting(&app.app).await.unwrap());
}

#[tokio::test]
async fn of_many_workers_one_does_a_job() {
    let app = TestApp::new().await;
    assert!(crate::worker::schedule::due(&app.app).await.unwrap().is_empty(), "before its first time");
    app.wait(Duration::hours(25));
    let replica = app.replica().await;
    replica.wait(Duration::hours(25));
    let due = crate::worker::schedule::due(&app.app).await.unwrap();
    assert_eq!(due.len(), Job::ALL.len());
    for row in &due {
        let both = [
            crate::worker::schedule::claim(&app.app, row).await.unwrap(),
            crate::worker::schedule::claim(&replica.app, row).await.unwrap(),
        ];
        assert_eq!(both, [true, false], "{}", row.job);
        crate::worker::schedule::finish(&app.app, row, Ok("done".into())).await.unwrap();
    }
    assert!(crate::worker::schedule::due(&app.app).await.unwrap().is_empty());
    let page = app.signed_in("superuser").await.get("/admin/schedules/").await.text();
    assert!(page.contains("load-monit") && page.contains("done"), "{page}");
}

#[tokio::test]
async fn old_hours_become_days_and_sums_stay() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    run(&app, &[file(folder.path(), "a.json", records().as_bytes())]).await.unwrap();
    app.wait(Duration::days(100));
    let said = Job::Retention.run(&app.app).await.unwrap();
    assert!(said.starts_with("1 days became daily sums"), "{said}");
    assert_eq!(issue_hour::Entity::find().count(&app.app.db).await.unwrap(), 0);
    let days = entity::issue_day::Entity::find().all(&app.app.db).await.unwrap();
    assert_eq!(days.iter().map(|day| day.failures).sum::<i64>(), 250);
    let links = entity::link_day::Entity::find().all(&app.app.db).await.unwrap();
    assert_eq!(links.iter().map(|day| day.done).sum::<i64>(), 1250);
    assert_eq!(
        loaded_file::Entity::find()
            .filter(loaded_file::Column::IsComplete.eq(true))
            .count(&app.app.db)
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn cric_gives_sites_their_names_and_storage_and_twice_changes_nothing() {
    let cric = StandIn::start(Cric::default()).await;
    cric.service.set(
        "core/rcsite",
        json!({
            "INFN-T1": {"country_code": "it", "rc_tier_level": 1, "state": "ACTIVE", "sites": [{"name": "T1_IT_CNAF", "vo_name": "CMS"}]},
            "AGLT2": {"country_code": "us", "rc_tier_level": 2, "state": "ACTIVE"},
        }),
    );
    let door = |endpoint: &str| json!({"d": {"endpoint": endpoint, "state": "ACTIVE"}});
    cric.service.set(
        "core/service",
        json!({
            "CNAF_SE": {"name": "CNAF_SE", "rcsite": "INFN-T1", "state": "ACTIVE", "protocols": door("davs://xfer.cr.cnaf.infn.it:8443")},
        }),
    );
    let app = TestApp::with(&[("CRIC_URL", &cric.url)]).await;
    app.add("sites", &[("name", "AGLT2"), ("note", "ours")]).await;
    let said = Job::LoadCric.run(&app.app).await.unwrap();
    assert!(said.contains("2 sites and endpoints made, 1 changed"), "{said}");
    let said = Job::LoadCric.run(&app.app).await.unwrap();
    assert!(said.contains("0 sites and endpoints made, 0 changed"), "{said}");
    let rows =
        entity::site::Entity::find().order_by_asc(entity::site::Column::Name).all(&app.app.db).await.unwrap();
    assert_eq!(
        (rows[0].name.as_str(), rows[0].tier, rows[0].note.as_deref()),
        ("AGLT2", Some(2), Some("ours"))
    );
    let folder = tempfile::tempdir().unwrap();
    let host = record(1, ("", ""), 5, Some("x"))
        .replace("\"src_site_name\":\"\"", "\"src_hostname\":\"xfer.cr.cnaf.infn.it\"");
    let text = host.replace("\"dst_site_name\":\"\"", "\"dst_site_name\":\"T1_IT_CNAF\"");
    run(&app, &[file(folder.path(), "a.json", text.as_bytes())]).await.unwrap();
    let infn = rows.iter().find(|row| row.name == "INFN-T1").map(|row| row.id);
    let issue = &issues(&app).await[0];
    assert_eq!((issue.src_site_id, issue.dst_site_id), (infn, infn), "by the host, and by CMS's name");
}

#[tokio::test]
async fn failed_jobs_become_issues_of_their_workflow() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    let job = json!({
        "pandaid": 1, "jobstatus": "failed", "processingtype": "reco", "computingsite": "AGLT2",
        "piloterrordiag": "Payload failed due to unknown reason", "piloterrorcode": 1305,
        "endtime": "2026-11-21 08:00:00",
    });
    let path = file(folder.path(), "jobs.json", format!("{job}\n").as_bytes());
    let files = Files { source: Source::Panda, paths: &[path], window: Window::default(), dry_run: false };
    load(&app.app, files, &mut Progress::default()).await.unwrap();
    let issue = &issues(&app).await[0];
    assert_eq!(issue.operation, entity::vocabulary::Operation::Workflow);
    assert!(issue.workflow.is_some() && issue.category_id.is_some(), "{issue:?}");
}
