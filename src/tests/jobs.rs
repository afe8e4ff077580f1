//! Bulk actions on more rows than anybody waits for: asked for, done in the background, cancelled, taken over.
use super::support::{Answer, Client, PASSWORD, TestApp};
use crate::admin::jobs::{self, Taken};
use chrono::Duration;
use entity::bulk_job::{self, State};
use entity::{audit_log, cause, user, user_group};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use std::time::Duration as Wait;

/// So many rows are done while somebody waits, and so many in one transaction.
const LIMIT: [(&str, &str); 1] = [("OPINT_BULK_ROWS", "20")];
const LIST: &str = "/admin/causes/?q=Old";
const DELETE: [(&str, &str); 2] = [("action", "delete_selected"), ("select_across", "1")];
/// Beyond any row there is: cut to the last.
const EVERY: (&str, &str) = ("_highest", "9223372036854775807");
const EDIT: [(&str, &str); 5] = [
    ("action", "edit_selected"),
    ("select_across", "1"),
    ("set-description", "1"),
    ("new-description", "seen"),
    ("reason", "quiet"),
];

async fn old(app: &TestApp, number: u32) {
    let row = |number: u32| cause::ActiveModel {
        name: Set(format!("Old {number:05}")),
        created_at: Set(app.app.now()),
        updated_at: Set(app.app.now()),
        ..Default::default()
    };
    for batch in (0..number).map(row).collect::<Vec<_>>().chunks(500) {
        cause::Entity::insert_many(batch.to_vec()).exec_without_returning(&app.app.db).await.unwrap();
    }
}

/// So many old causes, one that is not old, and a browser.
async fn with_old(number: u32) -> (TestApp, Client) {
    let app = TestApp::with(&LIMIT).await;
    old(&app, number).await;
    app.add("causes", &[("name", "Kept")]).await;
    let browser = app.signed_in("Operators").await;
    (app, browser)
}

/// The same in a process that is about to end, so that another has to do what is asked for.
async fn with_old_elsewhere(number: u32) -> (TestApp, Client, TestApp) {
    let (app, browser) = with_old(number).await;
    app.app.stop();
    let replica = app.replica_with(&LIMIT).await;
    (app, browser, replica)
}

/// Asks for a job, and gives where it is.
async fn begun(browser: &mut Client, list: &str, fields: &[(&str, &str)]) -> String {
    let mut fields = fields.to_vec();
    fields.extend([("post", "yes"), ("confirm", "delete")]);
    let answer = browser.post(list, &fields).await;
    let here = answer.location();
    assert!(answer.status == 302 && here.starts_with("/admin/jobs/"), "{here} {}", answer.text());
    here
}

/// The page once nothing goes on any more.
async fn settled(browser: &mut Client, here: &str) -> Answer {
    for _ in 0..3000 {
        let page = browser.get(here).await;
        if !page.has("[data-progress]") {
            return page;
        }
        tokio::time::sleep(Wait::from_millis(20)).await;
    }
    panic!("the job does not end")
}

/// The one job that there is to do.
async fn taken(app: &TestApp) -> Taken {
    let mut jobs = jobs::take(&app.app).await.unwrap();
    assert_eq!(jobs.len(), 1);
    jobs.remove(0)
}

async fn last(app: &TestApp) -> bulk_job::Model {
    let job = bulk_job::Entity::find().order_by_desc(bulk_job::Column::Id).one(&app.app.db).await.unwrap();
    job.expect("there is a job")
}

async fn number_of_jobs(app: &TestApp) -> u64 {
    bulk_job::Entity::find().count(&app.app.db).await.unwrap()
}

async fn causes(app: &TestApp) -> u64 {
    cause::Entity::find().count(&app.app.db).await.unwrap()
}

/// What a job left in the audit log.
async fn entries(app: &TestApp, job: &bulk_job::Model) -> Vec<audit_log::Model> {
    let of_job = audit_log::Column::Operation.eq(&job.operation);
    audit_log::Entity::find().filter(of_job).all(&app.app.db).await.unwrap()
}

#[tokio::test]
async fn more_rows_than_anybody_waits_for_go_in_the_background() {
    let (app, mut browser) = with_old(70).await;
    let page = browser.post(LIST, &DELETE).await;
    let text = page.text();
    assert_eq!(page.status, 200, "{text}");
    assert!(text.contains("70 causes: all that match"), "{text}");
    assert!(text.contains("More than 20 rows are done in the background"), "{text}");
    assert_eq!(page.all("main section li").len(), 20, "the first of them");
    for confirm in ["", "70", "remove"] {
        let fields = [DELETE[0], DELETE[1], ("post", "yes"), ("confirm", confirm)];
        let answer = browser.post(LIST, &fields).await;
        assert_eq!(answer.status, 422, "{confirm}");
        assert!(answer.text().contains("Type the word delete to confirm. Nothing was begun."));
    }
    assert_eq!(number_of_jobs(&app).await, 0);
    let here = begun(&mut browser, LIST, &DELETE).await;
    let page = settled(&mut browser, &here).await;
    assert!(page.text().contains("Done") && page.text().contains("70 deleted."), "{}", page.text());
    assert_eq!(browser.get("/admin/causes/").await.rows(), ["Kept"]);
    let job = last(&app).await;
    assert_eq!((job.state, job.done, job.same, job.refused), (State::Done, 70, 0, 0));
    let entries = entries(&app, &job).await;
    assert_eq!(entries.len(), 70, "one entry each, of one operation");
    assert!(entries.iter().all(|entry| entry.username == "a-operators" && entry.address.is_some()));
    // Fewer than that are done while one waits, as ever.
    app.add("causes", &[("name", "Old again")]).await;
    assert!(browser.post(LIST, &DELETE).await.has("input[name=_expected]"));
}

#[tokio::test]
async fn how_many_there_are_is_said_as_far_as_it_was_counted_and_exactly_on_demand() {
    let app = TestApp::new().await;
    old(&app, 10_050).await;
    let mut browser = app.signed_in("Operators").await;
    let count = "button[name=step][value=count]";
    let page = browser.post(LIST, &DELETE).await;
    assert!(page.text().contains("10,000+ causes: all that match"), "{}", page.text());
    assert!(page.has(count) && !page.has("input[name=post]"));
    let page = browser.post(LIST, &[DELETE[0], DELETE[1], ("step", "count")]).await;
    assert!(page.text().contains("10,050 causes: all that match"), "{}", page.text());
    assert!(!page.has(count));
    let page = browser.post("/admin/causes/?q=Old&count=exact", &DELETE).await;
    assert!(page.text().contains("10,050 causes"), "who counted on the list has counted");
    let mut fields = EDIT.to_vec();
    let page = browser.post(LIST, &fields[..2]).await;
    assert!(page.text().contains("10,000+ causes") && page.has("input[name=set-description]"));
    fields.push(("step", "preview"));
    let page = browser.post(LIST, &fields).await;
    assert!(page.text().contains("Of the first 20: 20 will change."), "{}", page.text());
    assert_eq!(page.all("button[name=post]"), ["Change 10,000+ causes in the background"]);
    assert!(page.has(count));
    fields.pop();
    fields.push(("step", "count"));
    let page = browser.post(LIST, &fields).await;
    assert_eq!(page.all("button[name=post]"), ["Change 10,050 causes in the background"]);
    assert_eq!(number_of_jobs(&app).await, 0);
}

#[tokio::test]
async fn rows_that_come_later_are_left_alone() {
    let (app, mut browser, replica) = with_old_elsewhere(30).await;
    let page = browser.post(LIST, &DELETE).await;
    let seen = page.value("input[name=_highest]").unwrap();
    for (odd, kept) in
        [("x", &*seen), ("", &*seen), ("-1", "-1"), ("99999999999999999999", &*seen), (EVERY.1, &*seen)]
    {
        let page = browser.post(LIST, &[DELETE[0], DELETE[1], ("_highest", odd)]).await;
        let highest = page.value("input[name=_highest]");
        assert_eq!((page.status, highest.as_deref()), (200, Some(kept)), "{odd}");
    }
    app.add("causes", &[("name", "Old, but later")]).await;
    begun(&mut browser, LIST, &[DELETE[0], DELETE[1], ("_highest", &seen)]).await;
    app.add("causes", &[("name", "Old, but last")]).await;
    taken(&replica).await.run().await;
    assert_eq!(browser.get("/admin/causes/").await.rows(), ["Kept", "Old, but last", "Old, but later"]);
    assert_eq!(last(&app).await.done, 30);
}

#[tokio::test]
async fn a_job_is_cancelled_half_way_and_the_little_that_it_did_is_taken_back() {
    let (app, mut browser, replica) = with_old_elsewhere(70).await;
    let here = begun(&mut browser, LIST, &DELETE).await;
    assert!(browser.get(&here).await.text().contains("Waiting"));
    let job = taken(&replica).await;
    assert!(job.step().await.unwrap());
    let page = browser.get(&here).await;
    assert!(page.text().contains("Under way") && page.text().contains("20 deleted."), "{}", page.text());
    let part: u32 = page.value("progress").unwrap().parse().unwrap();
    assert!((20..40).contains(&part), "{part}");
    assert_eq!(browser.post(&here, &[("do", "cancel")]).await.status, 302);
    assert!(!job.step().await.unwrap(), "that was all");
    let page = browser.get(&here).await;
    assert!(page.text().contains("Cancelled") && page.text().contains("20 deleted."), "{}", page.text());
    assert_eq!(causes(&app).await, 51);
    assert_eq!(browser.post(&here, &[("do", "cancel")]).await.status, 302);
    assert!(browser.get(&here).await.text().contains("over already"));
    let undo = page.attributes("main form[action^='/admin/undo/']", "action").remove(0);
    assert_eq!(browser.post(&undo, &[("next", &here)]).await.location(), here);
    assert!(browser.get(&here).await.text().contains("20 records are as they were"));
    assert_eq!(causes(&app).await, 71);
    app.wait(Duration::minutes(11));
    let page = browser.get(&here).await;
    assert!(!page.has("main form[action^='/admin/undo/']"), "too late");
    assert!(page.text().contains("audit log"), "{}", page.text());
    assert_ne!(begun(&mut browser, LIST, &DELETE).await, here, "another may begin");
}

#[tokio::test]
async fn what_a_dead_process_left_is_taken_over_and_nothing_is_done_twice() {
    let (app, mut browser, one) = with_old_elsewhere(70).await;
    let other = app.replica_with(&LIMIT).await;
    let edit: Vec<_> = EDIT.into_iter().chain([EVERY]).collect();
    let here = begun(&mut browser, LIST, &edit).await;
    let dead = taken(&one).await;
    assert!(dead.step().await.unwrap());
    assert!(jobs::take(&other.app).await.unwrap().is_empty(), "somebody is at it");
    other.wait(Duration::minutes(3));
    let alive = taken(&other).await;
    // It was only slow: what it does now is given up.
    assert!(!dead.step().await.unwrap());
    alive.run().await;
    let rows = cause::Entity::find().filter(cause::Column::Name.ne("Kept")).all(&app.app.db).await.unwrap();
    assert!(rows.iter().all(|row| (row.description.as_deref(), row.version) == (Some("seen"), 2)));
    let job = last(&app).await;
    assert_eq!((job.state, job.done), (State::Done, 70));
    let entries = entries(&app, &job).await;
    assert_eq!(entries.len(), 70);
    assert!(entries.iter().all(|entry| entry.reason.as_deref() == Some("quiet")));
    assert!(browser.get(&here).await.text().contains("70 changed."));
    let again = begun(&mut browser, LIST, &edit).await;
    taken(&other).await.run().await;
    let text = browser.get(&again).await.text();
    assert!(text.contains("0 changed, 70 had these values already."), "{text}");
}

#[tokio::test]
async fn a_batch_that_is_cut_off_leaves_nothing_by_halves() {
    let (app, mut browser, replica) = with_old_elsewhere(70).await;
    let edit: Vec<_> = EDIT.into_iter().chain([EVERY]).collect();
    begun(&mut browser, LIST, &edit).await;
    // Fewer than it takes, should each of them come to its end.
    for patience in [1, 3, 9] {
        let job = taken(&replica).await;
        drop(tokio::time::timeout(Wait::from_millis(patience), job.step()).await);
        let (row, entries) = (last(&app).await, entries(&app, &last(&app).await).await);
        assert_eq!(row.done, i64::try_from(entries.len()).unwrap(), "a batch with its progress, or neither");
        replica.wait(Duration::minutes(3));
    }
    taken(&replica).await.run().await;
    let job = last(&app).await;
    assert_eq!((job.done, entries(&app, &job).await.len()), (70, 70));
    let rows = cause::Entity::find().filter(cause::Column::Version.eq(2));
    assert_eq!(rows.count(&app.app.db).await.unwrap(), 70);
}

#[tokio::test]
async fn a_process_that_is_about_to_end_gives_its_jobs_back() {
    let (app, mut browser, one) = with_old_elsewhere(30).await;
    begun(&mut browser, LIST, &DELETE).await;
    let job = taken(&one).await;
    one.app.stop();
    job.run().await;
    assert_eq!((last(&app).await.state, last(&app).await.claim), (State::Waiting, None));
    assert!(jobs::take(&one.app).await.unwrap().is_empty(), "nor does it take any more");
    taken(&app.replica_with(&LIMIT).await).await.run().await;
    assert_eq!(causes(&app).await, 1);
}

#[tokio::test]
async fn who_loses_the_right_meanwhile_stops_the_job_and_it_says_so() {
    let (app, mut browser, replica) = with_old_elsewhere(70).await;
    let here = begun(&mut browser, LIST, &DELETE).await;
    let job = taken(&replica).await;
    assert!(job.step().await.unwrap());
    let groups = user_group::Entity::delete_many().filter(user_group::Column::UserId.gt(0));
    groups.exec(&app.app.db).await.unwrap();
    assert!(!job.step().await.unwrap());
    assert_eq!((causes(&app).await, last(&app).await.state), (51, State::Failed));
    let text = browser.get(&here).await.text();
    assert!(text.contains("a-operators lacks the right “causes.view” now."), "{text}");
    assert!(text.contains("What was done until then stays done."), "{text}");
}

#[tokio::test]
async fn an_account_that_is_closed_meanwhile_stops_its_jobs() {
    let (app, mut browser, replica) = with_old_elsewhere(30).await;
    let here = begun(&mut browser, LIST, &DELETE).await;
    let close = user::Entity::update_many().col_expr(user::Column::IsActive, Expr::value(false));
    close.filter(user::Column::Username.eq("a-operators")).exec(&app.app.db).await.unwrap();
    taken(&replica).await.run().await;
    assert_eq!(causes(&app).await, 31);
    assert_eq!(browser.get(&here).await.status, 302);
    let text = app.signed_in("superuser").await.get(&here).await.text();
    assert!(text.contains("The account a-operators is not active any more."), "{text}");
}

#[tokio::test]
async fn a_filter_that_is_not_understood_is_nothing_to_go_by() {
    let (app, mut browser, replica) = with_old_elsewhere(30).await;
    for bad in ["?fault_kind__exact=bogus", "?version__exact=1", "?nonsense__x=1"] {
        let fields = [DELETE[0], DELETE[1], ("post", "yes"), ("confirm", "delete")];
        let answer = browser.post(&format!("/admin/causes/{bad}"), &fields).await;
        assert_eq!(answer.status, 400, "{bad}");
    }
    assert_eq!(number_of_jobs(&app).await, 0);
    // Nor is one that stops being understood.
    for (bad, why) in [
        ("q=Old&fault_kind__exact=bogus", "The list is not the one asked for any more."),
        ("q=Old&version__exact=1", "is not allowed"),
    ] {
        let here = begun(&mut browser, LIST, &DELETE).await;
        let other = bulk_job::Entity::update_many().col_expr(bulk_job::Column::Query, Expr::value(bad));
        other.filter(bulk_job::Column::State.eq(State::Waiting)).exec(&app.app.db).await.unwrap();
        taken(&replica).await.run().await;
        let text = browser.get(&here).await.text();
        assert!(text.contains("Stopped") && text.contains(why), "{text}");
    }
    assert_eq!(causes(&app).await, 31);
}

#[tokio::test]
async fn a_job_is_seen_by_whoever_asked_for_it_and_by_superusers() {
    let (app, mut browser, _) = with_old_elsewhere(30).await;
    let here = begun(&mut browser, LIST, &DELETE).await;
    let part = format!("{here}progress/");
    app.user("second", "Operators").await;
    let mut other = app.anonymous();
    for path in [&*here, &*part, "/admin/jobs/"] {
        assert_eq!(other.get(path).await.status, 302, "{path}");
    }
    other.sign_in("second", PASSWORD, "").await;
    assert_eq!((other.get(&here).await.status, other.get(&part).await.status), (404, 404));
    assert_eq!(other.post(&here, &[("do", "cancel")]).await.status, 404);
    assert!(other.get("/admin/jobs/").await.text().contains("No background jobs yet"));
    assert_eq!(browser.get("/admin/jobs/").await.attributes("tbody a", "href"), [here.as_str()]);
    for odd in ["abc", "-1", "0", "99999999999999999999", "%00", "1'"] {
        assert_eq!(browser.get(&format!("/admin/jobs/{odd}/")).await.status, 404, "{odd}");
    }
    assert_eq!(browser.post(&here, &[("do", "nonsense")]).await.status, 400);
    assert_eq!(browser.post_bare(&here, &[("do", "cancel")]).await.status, 403, "without the token");
    assert_eq!(last(&app).await.state, State::Waiting);
    let mut superuser = app.signed_in("superuser").await;
    let list = superuser.get("/admin/jobs/").await;
    assert!(list.text().contains("a-operators") && list.text().contains("Waiting"), "{}", list.text());
    assert_eq!(superuser.post(&here, &[("do", "cancel")]).await.status, 302);
    assert_eq!(last(&app).await.state, State::Cancelled);
}

#[tokio::test]
async fn a_person_has_one_job_at_a_time_on_the_same_records() {
    let (app, mut browser, _) = with_old_elsewhere(30).await;
    let here = begun(&mut browser, LIST, &DELETE).await;
    assert_eq!(begun(&mut browser, LIST, &DELETE).await, here, "as after a double click");
    assert!(browser.get(&here).await.text().contains("this job of yours on causes is not over"));
    assert_eq!(number_of_jobs(&app).await, 1);
    app.user("second", "Operators").await;
    assert_ne!(begun(&mut app.sign_in("second").await, LIST, &DELETE).await, here);
}

#[tokio::test]
async fn what_cannot_be_done_is_left_alone_and_named() {
    let app = TestApp::with(&LIMIT).await;
    for number in 10..35 {
        app.site(&format!("SITE-{number}")).await;
    }
    app.issue("busy <b>", "SITE-11", "SITE-32").await;
    let mut browser = app.signed_in("Operators").await;
    let here = begun(&mut browser, "/admin/sites/?q=SITE-", &DELETE).await;
    let page = settled(&mut browser, &here).await;
    assert!(page.text().contains("23 deleted, 2 left alone."), "{}", page.text());
    let named = page.all("main section li");
    assert_eq!(named.len(), 2);
    assert!(named[0].contains("SITE-11") && named[0].contains("used by 1 issue"), "{named:?}");
    let list = browser.get("/admin/sites/?q=SITE-").await.rows();
    assert_eq!(list, ["SITE-11", "SITE-32"]);
}

#[tokio::test]
async fn the_page_of_a_job_works_without_a_script() {
    let (_app, mut browser, replica) = with_old_elsewhere(30).await;
    let here = begun(&mut browser, LIST, &DELETE).await;
    let refresh = "<noscript><meta http-equiv=\"refresh\" content=\"3\"></noscript>";
    let page = browser.get(&here).await;
    assert!(page.html().contains(refresh) && page.has("progress") && page.has("button[value=cancel]"));
    let part = browser.get(&format!("{here}progress/")).await;
    assert!(part.status == 200 && part.has("[data-told]") && !part.has("main, [data-over]"));
    taken(&replica).await.run().await;
    let page = browser.get(&here).await;
    assert!(!page.html().contains(refresh) && !page.has("button[value=cancel]"));
    assert!(browser.get(&format!("{here}progress/")).await.has("[data-over]"));
}
