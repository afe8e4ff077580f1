//! Moving chosen issues to another category.
use super::support::TestApp;
use crate::recategorise::{waiting, work};
use crate::resources::issue_key;
use entity::{issue, recategorisation, recategorisation_move};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};

async fn category(app: &TestApp, title: &str) -> i64 {
    app.add("error-categories", &[("title", title), ("priority", "100")]).await
}

/// An issue of a category on a link, with a hundred failures of sixty files.
async fn issue(app: &TestApp, message: &str, link: (&str, &str), category: i64) -> i64 {
    let (source, destination) = (app.site(link.0).await.to_string(), app.site(link.1).await.to_string());
    let fields = [
        ("operation", "transfer"),
        ("message", message),
        ("src_site", &source),
        ("dst_site", &destination),
        ("category", &category.to_string()),
        ("first_seen", "2026-11-20T08:00"),
        ("last_seen", "2026-11-21T09:00"),
        ("failures_total", "100"),
        ("files_total", "60"),
    ];
    app.add("issues", &fields).await
}

async fn all(app: &TestApp) -> Vec<issue::Model> {
    issue::Entity::find().order_by_asc(issue::Column::Id).all(&app.app.db).await.unwrap()
}

async fn one(app: &TestApp, id: i64) -> issue::Model {
    issue::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap()
}

fn facts(rows: &[issue::Model]) -> Vec<(i64, Option<i64>, i64, i64, &str)> {
    rows.iter()
        .map(|row| (row.id, row.category_id, row.failures_total, row.files_total, row.dedup_key.as_str()))
        .collect()
}

async fn state(app: &TestApp) -> (recategorisation::State, i64, i64) {
    let row = recategorisation::Entity::find().order_by_desc(recategorisation::Column::Id);
    let row = row.one(&app.app.db).await.unwrap().unwrap();
    assert_eq!(row.kind, recategorisation::Kind::Move);
    (row.state, row.seen, row.moved)
}

#[tokio::test]
async fn chosen_issues_are_looked_at_then_moved_and_can_be_moved_back() {
    let app = TestApp::new().await;
    let (old, new) = (category(&app, "Old").await, category(&app, "New <b>").await);
    let first = issue(&app, "refused", ("A", "B"), old).await;
    let there = issue(&app, "no space", ("A", "B"), new).await;
    let second = issue(&app, "refused too", ("C", "D"), old).await;
    let kept = issue(&app, "not chosen", ("E", "F"), old).await;
    let before = all(&app).await;
    let mut browser = app.signed_in("Operators").await;
    let ticked = [first, there, second].map(|id| id.to_string());
    let mut fields: Vec<(&str, &str)> = ticked.iter().map(|id| ("_selected_action", id.as_str())).collect();
    let list = browser.get("/admin/issues/").await;
    assert!(list.all("#act option").contains(&"Move to another category…".to_owned()));
    fields.push(("action", "move"));
    let sent = browser.post("/admin/issues/?status__exact=new", &fields).await;
    assert_eq!((sent.status, sent.location().as_str()), (307, "/issues/move/?status__exact=new"));
    let asked = browser.post(&sent.location(), &fields).await;
    assert_eq!(asked.status, 200);
    assert!(asked.text().contains("3 issues") && asked.has("select[name=category][required]"));
    assert!(!asked.has("button[name=post]"), "nothing is moved before it was looked at");
    let target = new.to_string();
    fields.extend([("category", target.as_str()), ("_expected", "3"), ("_previewed", "")]);
    let page = browser.post(&sent.location(), &fields).await;
    let text = page.text();
    for word in
        ["2 of 3 would move", "1 are there already", "1 of those that move", "A → B", "is there already"]
    {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(page.has(&format!("td a[href='/issues/{there}/']")), "says which takes in which");
    assert!(!page.html().contains("<b>New") && !page.html().contains("New <b>"));
    fields.push(("post", "yes"));
    assert_eq!(browser.post("/issues/move/", &fields).await.status, 422, "another category than looked at");
    assert_eq!(facts(&all(&app).await), facts(&before));
    fields.push(("_previewed", &target));
    let done = browser.post("/issues/move/", &fields).await;
    assert_eq!(done.status, 302, "{}", done.text());
    let progress = browser.get(&done.location()).await.text();
    assert!(progress.contains("Done") && progress.contains("2 of 2 issues looked at, 2 moved"), "{progress}");
    let rows = all(&app).await;
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [there, second, kept]);
    assert_eq!((rows[0].failures_total, rows[0].files_total), (200, 120));
    assert_eq!((rows[1].category_id, rows[2].category_id), (Some(new), Some(old)));
    let key = |row: &issue::Model| {
        issue_key(row.operation, row.src_site_id, row.dst_site_id, None, row.category_id, &row.message_hash)
    };
    assert!(rows.iter().all(|row| row.dedup_key == key(row)));
    for id in [there, second] {
        let history = browser.get(&format!("/admin/issues/{id}/history/")).await.text();
        assert!(history.contains("a-operators"), "{history}");
    }
    assert_eq!(browser.post(&done.location(), &[("do", "undo")]).await.status, 302);
    work(&app.app).await.unwrap();
    assert_eq!(facts(&all(&app).await), facts(&before));
    assert!(!waiting(&app.app).await.unwrap());
}

#[tokio::test]
async fn many_move_in_the_background_and_can_be_stopped() {
    let app = TestApp::new().await;
    let (old, new) = (category(&app, "Old").await, category(&app, "New").await.to_string());
    for number in 0..60 {
        issue(&app, "x", ("A", &format!("S{number}")), old).await;
    }
    let before = all(&app).await;
    let mut browser = app.signed_in("Operators").await;
    let list = format!("?category__exact={old}");
    let fields = [
        ("select_across", "1"),
        ("category", &new),
        ("_previewed", &new),
        ("_expected", "60"),
        ("post", "yes"),
    ];
    let asked = browser.post(&format!("/issues/move/{list}"), &fields[..2]).await;
    assert!(asked.text().contains("60 issues: all that match") && asked.text().contains("first 20"));
    let stopped = browser.post(&format!("/issues/move/{list}"), &fields).await.location();
    assert_eq!(state(&app).await, (recategorisation::State::Queued, 0, 0));
    assert_eq!(browser.post(&stopped, &[("do", "stop")]).await.status, 302);
    work(&app.app).await.unwrap();
    assert_eq!(browser.post(&stopped, &[("do", "undo")]).await.status, 302);
    work(&app.app).await.unwrap();
    assert_eq!(state(&app).await.0, recategorisation::State::Undone);
    assert_eq!(facts(&all(&app).await), facts(&before), "what was only planned is not moved back either");
    assert_eq!(recategorisation_move::Entity::find().count(&app.app.db).await.unwrap(), 0);
    let location = browser.post(&format!("/issues/move/{list}"), &fields).await.location();
    // One was deleted, and one moved, while it waited.
    issue::Entity::delete_by_id(before[0].id).exec(&app.app.db).await.unwrap();
    assert!(waiting(&app.app).await.unwrap());
    work(&app.app).await.unwrap();
    assert_eq!(state(&app).await, (recategorisation::State::Done, 60, 59));
    assert!(all(&app).await.iter().all(|row| row.category_id == new.parse().ok()));
    assert_eq!(browser.post(&location, &[("do", "undo")]).await.status, 302);
    work(&app.app).await.unwrap();
    assert_eq!(facts(&all(&app).await), facts(&before[1..]));
}

#[tokio::test]
async fn what_cannot_be_moved_is_said() {
    let app = TestApp::new().await;
    let (old, new) = (category(&app, "Old").await.to_string(), category(&app, "New").await);
    let merged = app
        .add(
            "error-categories",
            &[("title", "Gone"), ("priority", "1"), ("state", "merged"), ("merged_into", &old)],
        )
        .await;
    let (id, other) = (
        issue(&app, "x", ("A", "B"), old.parse().unwrap()).await.to_string(),
        issue(&app, "y", ("C", "D"), old.parse().unwrap()).await.to_string(),
    );
    let mut browser = app.signed_in("Operators").await;
    for category in ["", "abc", "-1", "99999999999999999999", "777", &merged.to_string()] {
        let fields =
            [("_selected_action", &*id), ("category", category), ("_previewed", category), ("post", "yes")];
        let answer = browser.post("/issues/move/", &fields).await;
        assert_eq!(answer.status, 422, "{category}");
        assert_eq!(answer.all("#category-errors .err").len(), 1, "{category}");
        let path = format!("/issues/move/?issue={id}&category={category}");
        assert_eq!(browser.get(&path).await.status, 422, "{path}");
    }
    let same = [("_selected_action", &*id), ("category", &*old), ("_previewed", &*old), ("post", "yes")];
    let answer = browser.post("/issues/move/", &same).await;
    assert!(answer.status == 422 && answer.text().contains("in “Old” already"), "{}", answer.text());
    let typed = [("_selected_action", &*id), ("category", ""), ("category__typed", "new")];
    assert!(browser.post("/issues/move/", &typed).await.text().contains("1 of 1 would move"));
    // One of the two vanishes after the preview.
    issue::Entity::delete_by_id(other.parse::<i64>().unwrap()).exec(&app.app.db).await.unwrap();
    let new = new.to_string();
    let stale = [
        ("_selected_action", &*id),
        ("_selected_action", &*other),
        ("category", &*new),
        ("_previewed", &*new),
        ("_expected", "2"),
        ("post", "yes"),
    ];
    let answer = browser.post("/issues/move/", &stale).await;
    assert_eq!(answer.status, 422);
    let text = answer.text();
    assert!(text.contains("One of the chosen issues is gone") && text.contains("there are 1 now"), "{text}");
    for fields in [&[("_selected_action", &*other)][..], &[("_selected_action", "x")], &[]] {
        let answer = browser.post("/issues/move/", fields).await;
        assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/issues/"));
        assert!(browser.get("/admin/issues/").await.text().contains("Nothing was done"));
    }
    for path in ["/issues/move/", "/issues/move/?issue=999", "/issues/move/?issue=%00&category=x"] {
        assert_eq!(browser.get(path).await.status, 302, "{path}");
    }
    assert_eq!(recategorisation::Entity::find().count(&app.app.db).await.unwrap(), 1, "only the merge");
}

#[tokio::test]
async fn only_those_who_may_sort_issues_move_them() {
    let app = TestApp::new().await;
    let old = category(&app, "Old").await;
    let id = issue(&app, "x", ("A", "B"), old).await;
    let page = format!("/issues/move/?issue={id}");
    for group in ["Viewers", "Shifters"] {
        let mut browser = app.signed_in(group).await;
        assert!(!browser.get("/admin/issues/").await.html().contains("Move to another category"));
        assert!(!browser.get(&format!("/issues/{id}/")).await.has(&format!("a[href='{page}']")));
        assert_eq!(browser.get(&page).await.status, 403);
        let fields = [("_selected_action", &*id.to_string()), ("action", "move")];
        assert_eq!(browser.post("/issues/move/", &fields).await.status, 403);
        assert_eq!(browser.post("/admin/issues/", &fields).await.status, 302, "not an action of theirs");
    }
    let mut operator = app.signed_in("Operators").await;
    assert!(operator.get(&format!("/issues/{id}/")).await.has(&format!("a[href='{page}']")));
    assert_eq!(operator.get(&page).await.status, 200);
    assert_eq!(app.anonymous().get(&page).await.status, 302);
}

#[tokio::test]
async fn the_form_of_an_issue_moves_it_where_nothing_is_and_else_says_how() {
    let app = TestApp::new().await;
    let (old, new) = (category(&app, "Old").await, category(&app, "New").await.to_string());
    let id = issue(&app, "x", ("A", "B"), old).await;
    let mut browser = app.signed_in("Operators").await;
    let path = format!("/admin/issues/{id}/change/");
    let (source, destination) = (app.site("A").await.to_string(), app.site("B").await.to_string());
    let fields = |category: &str, version: &str| {
        [
            ("operation", "transfer"),
            ("src_site", &*source),
            ("dst_site", &*destination),
            ("category", category),
            ("status", "new"),
            ("_version", version),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let post = async |browser: &mut super::support::Client, category: &str, version: &str| {
        let fields = fields(category, version);
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        browser.post(&path, &fields).await
    };
    assert_eq!(post(&mut browser, &new, "1").await.status, 302);
    let row = one(&app, id).await;
    let key = issue_key(row.operation, row.src_site_id, row.dst_site_id, None, row.category_id, "");
    assert_eq!((row.category_id, row.dedup_key), (new.parse().ok(), key));
    let other = issue(&app, "y", ("A", "B"), old).await;
    let refused = post(&mut browser, &old.to_string(), "2").await;
    assert_eq!(refused.status, 422);
    let why = refused.all("#category-errors .err");
    assert!(why[0].contains(&format!("Issue {other}")) && why[0].contains("Move to another"), "{why:?}");
    let link = format!("a[href='/issues/move/?issue={id}']");
    assert!(refused.has(&link), "and the way there is on the page");
    assert_eq!(one(&app, id).await.category_id, new.parse().ok());
}
