//! Columns, filters in one form, dates, page sizes: everything about a list that stands in its address.
use super::support::{Client, TestApp};
use sea_orm::EntityTrait;

/// Three sites: one of tier 1, two of tier 2, of which one is disabled; beside the one that is always there.
pub(super) async fn sites() -> (TestApp, Client) {
    let app = TestApp::new().await;
    for (name, tier, status) in [("A", "1", "active"), ("B", "2", "active"), ("C", "2", "disabled")] {
        app.add("sites", &[("name", name), ("tier", tier), ("status", status)]).await;
    }
    let browser = app.signed_in("Viewers").await;
    (app, browser)
}

/// Sends a form of the page with GET, as a browser would, with some fields set anew.
async fn submit(browser: &mut Client, path: &str, label: &str, fields: &[(&str, &str)]) -> String {
    let page = browser.get(path).await;
    let form = format!("form[aria-label=\"{label}\"]");
    assert!(page.has(&form), "{path} has {form}");
    let mut pairs: Vec<(String, String)> = Vec::new();
    for kind in ["[type=hidden]", "[type=text]", "[type=number]", "[type=checkbox][checked]"] {
        let inputs = format!("{form} input{kind}[value]");
        let names = page.attributes(&inputs, "name");
        let values = page.attributes(&inputs, "value");
        pairs.extend(names.into_iter().zip(values));
    }
    for name in page.attributes(&format!("{form} select"), "name") {
        let options = format!("{form} select[name={name}] option");
        let chosen = page.attributes(&format!("{options}[selected]"), "value");
        let first = page.attributes(&options, "value").into_iter().next();
        pairs.extend(chosen.into_iter().next().or(first).map(|value| (name, value)));
    }
    pairs.retain(|(name, _)| !fields.iter().any(|(set, _)| set == name));
    pairs.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let list = path.split('?').next().unwrap();
    let answer = browser.get(&format!("{list}?{query}")).await;
    assert_eq!(answer.status, 302, "{query}");
    answer.location()
}

#[tokio::test]
async fn columns_are_chosen_and_put_in_order_and_stay() {
    let (_app, mut browser) = sites().await;
    let page = browser.get("/admin/sites/?cols=status,name,id&o=-1&q=B").await;
    assert_eq!(page.all("thead th:not(.ck-col)").len(), 3);
    let heads = page.all("thead th:not(.ck-col)");
    assert!(
        heads[0].starts_with("Status") && heads[1].starts_with("Name") && heads[2].starts_with("Id"),
        "{heads:?}"
    );
    assert_eq!(page.rows(), ["Active"], "the first column leads to the row");
    for href in page.attributes("thead a, .facets li a, .pager a, .chip a", "href") {
        assert!(href.contains("cols=status%2Cname%2Cid"), "{href}");
    }
    // Numbers of the order mean the columns declared, whatever is shown.
    assert_eq!(
        browser.get("/admin/sites/?cols=status,name&o=-1").await.all("tbody tr td:nth-child(3)")[0],
        "UNKNOWN"
    );
    let fields = [("_at_tier", "1"), ("_at_name", "2"), ("cols", "name"), ("cols", "tier")];
    let chosen =
        submit(&mut browser, "/admin/sites/?q=B&status__exact=active&o=-1", "Columns", &fields).await;
    assert_eq!(chosen, "/admin/sites/?q=B&status__exact=active&o=-1&cols=tier%2Cname");
    let again = submit(&mut browser, &chosen, "Columns", &[("_reset", "1")]).await;
    assert_eq!(again, "/admin/sites/?q=B&status__exact=active&o=-1");
    let compact = browser.get("/admin/sites/?density=compact&q=B").await;
    assert!(compact.has("table[data-density=compact]"));
    assert!(compact.attributes(".tools > a.btn", "href").contains(&"?q=B".to_owned()));
}

#[tokio::test]
async fn odd_and_secret_columns_are_left_out_and_said() {
    let app = TestApp::new().await;
    let mut admin = app.signed_in("superuser").await;
    for (list, cols) in [
        ("users", "password,username"),
        ("users", "username,nothing"),
        ("api-tokens", "token_hash"),
        ("issues", "dedup_key,message_hash,status"),
        ("users", "%00,%3Cscript%3E,username"),
    ] {
        let page = admin.get(&format!("/admin/{list}/?cols={cols}")).await;
        assert_eq!(page.status, 200, "{cols}");
        assert!(page.text().contains("There is no column"), "{cols}: {}", page.text());
        assert!(!page.html().contains("argon2") && !page.html().contains("<script>"), "{cols}");
    }
    assert_eq!(admin.get("/admin/users/?cols=,,,").await.status, 200);
    let same = admin.get("/admin/users/?cols=username,username&cols=username").await;
    assert_eq!(same.all("thead th").len(), 1 + usize::from(same.has("th.ck-col")));
    // A column that points at records one may not see is not offered.
    app.issue("x", "A", "B").await;
    let mut limited = app.with_rights("limited", &["issues.view"]).await;
    let page = limited.get("/admin/issues/?cols=message,incident").await;
    assert!(page.text().contains("no column “incident”"), "{}", page.text());
    assert!(!page.has("input[name=_at_incident]") && page.has("input[name=_at_workflow]"));
}

#[tokio::test]
async fn every_operator_of_the_filters_narrows_and_can_be_removed_alone() {
    let (_app, mut browser) = sites().await;
    for (query, rows) in [
        ("status__not=active", &["C", "UNKNOWN"][..]),
        ("tier__not=2", &["A", "UNKNOWN"]),
        ("tier__not=2&tier__not=1", &["UNKNOWN"]),
        ("tier__gte=1&tier__lt=2", &["A"]),
        ("tier__isnull=true", &["UNKNOWN"]),
    ] {
        let page = browser.get(&format!("/admin/sites/?{query}")).await;
        assert_eq!(page.rows(), rows, "{query}");
        assert_eq!(page.all(".chip").len(), query.split('&').count(), "{query}");
    }
    let page = browser.get("/admin/sites/?tier__not=2&tier__not=1&status__exact=active").await;
    let left = page.attributes(".chip a", "href").remove(0);
    assert_eq!(left, "?tier__not=1&status__exact=active");
    for query in
        ["tier__istartswith=1", "tier__icontains=1", "name__not=A", "status__year=2026", "tier__between=1"]
    {
        assert_eq!(browser.get(&format!("/admin/sites/?{query}")).await.status, 400, "{query}");
    }
    for query in ["tier__not=x&tier__gte=2", "status__not=bogus&tier__gte=2"] {
        let page = browser.get(&format!("/admin/sites/?{query}")).await;
        assert!(page.text().contains("ignored") && page.rows() == ["B", "C"], "{query}");
    }
}

#[tokio::test]
async fn text_columns_are_filtered_by_part_and_by_beginning() {
    let app = TestApp::new().await;
    for (number, status) in [("1", "in progress"), ("2", "In review"), ("3", "100% done"), ("4", "solved_")] {
        app.add("tickets", &[("system", "ggus"), ("reference", number), ("title", "x"), ("status", status)])
            .await;
    }
    let mut browser = app.signed_in("Viewers").await;
    for (query, rows) in [
        ("status__icontains=PRO", 1),
        ("status__istartswith=in", 2),
        ("status__istartswith=progress", 0),
        ("status__icontains=%25", 1),
        ("status__icontains=_", 1),
        ("status__istartswith=%25", 0),
        ("status__not=solved_", 3),
        ("status__in=in+progress,solved_", 2),
        ("status__icontains=%00", 4),
    ] {
        let page = browser.get(&format!("/admin/tickets/?{query}")).await;
        assert_eq!((page.status, page.rows().len()), (200, rows), "{query}");
    }
}

#[tokio::test]
async fn one_form_holds_all_filters_and_keeps_what_it_does_not_show() {
    let app = TestApp::new().await;
    app.issue("one", "WT2", "INFN-T1").await;
    app.issue("two", "MWT2", "INFN-T1").await;
    let other = app.site("MWT2").await.to_string();
    let mut browser = app.signed_in("Viewers").await;
    let start = "/admin/issues/?q=one+two&o=-2&cols=message%2Cstatus&_facets=false&status__exact=new&status__not=muted";
    let applied = submit(&mut browser, start, "All filters", &[("_v_status", "resolved")]).await;
    assert_eq!(
        applied,
        "/admin/issues/?q=one+two&o=-2&cols=message%2Cstatus&_facets=false&status__not=muted&status__exact=resolved"
    );
    // A name stands for the row of that name, or for all that have it in theirs.
    let exact = submit(&mut browser, "/admin/issues/", "All filters", &[("_t_src_site", "mwt2")]).await;
    assert_eq!(exact, format!("/admin/issues/?src_site__exact={other}"));
    let part = submit(&mut browser, "/admin/issues/?q=x", "All filters", &[("_t_src_site", "wt")]).await;
    assert_eq!(part, "/admin/issues/?q=x&src_site__name__icontains=wt");
    let none = submit(&mut browser, "/admin/issues/?q=x", "All filters", &[("_t_src_site", "nowhere")]).await;
    assert_eq!(none, "/admin/issues/?q=x");
    assert!(browser.get(&none).await.text().contains("nothing is called “nowhere”"));
    // A chosen row is a tick to take away.
    let page = browser.get(&exact).await;
    assert_eq!(page.attributes("input[name=_v_src_site][checked]", "value"), [other]);
    let page = browser
        .get("/admin/issues/?failures_total__gte=50&last_seen__gte=-24h&last_seen__lt=today%2B1d")
        .await;
    assert_eq!(page.value("input[name=_from_failures_total]").as_deref(), Some("50"));
    assert_eq!(page.value("input[name=_from_last_seen]").as_deref(), Some("-24h"));
    assert_eq!(page.rows().len(), 2);
    let chips = page.all(".chip").join(" ");
    assert!(chips.contains("from 24 hours ago") && chips.contains("before 1 day after today"), "{chips}");
    for odd in [
        "_op_status=is",
        "_v_status=new",
        "_was_status=q,o,src_site__exact",
        "_from_last_seen=%00",
        "_op_=",
        "_t_=",
    ] {
        let answer = browser.get(&format!("/admin/issues/?q=one&src_site__exact=1&{odd}")).await;
        assert_eq!(answer.status, 302, "{odd}");
        assert!(answer.location().contains("q=one&src_site__exact=1"), "{odd}: {}", answer.location());
        assert_eq!(browser.get(&answer.location()).await.status, 200, "{odd}");
    }
}

#[tokio::test]
async fn dates_that_make_no_sense_are_dropped_alone_and_said() {
    let app = TestApp::new().await;
    app.issue("x", "A", "B").await;
    let mut browser = app.signed_in("Viewers").await;
    for (query, rows) in [
        ("last_seen__year=2026&last_seen__month=13", 1),
        ("last_seen__year=99999", 1),
        ("last_seen__year=-1", 1),
        ("last_seen__year=x&status__exact=new", 1),
        ("last_seen__month=11", 1),
        ("last_seen__year=2026&last_seen__day=21", 1),
        ("last_seen__year=2025&last_seen__month=2&last_seen__day=30", 0),
        ("last_seen__year=2026&last_seen__month=%00", 1),
        ("last_seen__year=2199&last_seen__month=12&last_seen__day=32", 0),
    ] {
        let page = browser.get(&format!("/admin/issues/?{query}")).await;
        assert_eq!((page.status, page.rows().len()), (200, rows), "{query}");
        assert!(page.text().contains("was ignored"), "{query}: {}", page.text());
    }
    assert_eq!(browser.get("/admin/issues/?first_seen__year=2026").await.status, 400);
}

#[tokio::test]
async fn the_page_size_is_remembered() {
    let app = TestApp::new().await;
    app.causes((0..60).map(|number| format!("Cause {number:02}"))).await;
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/causes/?n=25").await;
    assert_eq!(page.rows().len(), 25);
    assert_eq!(browser.get("/admin/causes/").await.rows().len(), 25);
    assert_eq!(browser.get("/admin/causes/?n=50").await.rows().len(), 50);
    assert_eq!(browser.get("/admin/causes/?p=2").await.rows().len(), 10);
    browser.cookies.insert("opint_rows".into(), "1000000".into());
    assert_eq!(browser.get("/admin/causes/").await.rows().len(), 60, "sizes are those offered");
}

#[tokio::test]
async fn issues_are_found_by_whether_they_have_a_ticket() {
    let app = TestApp::new().await;
    let with = app.issue("with", "A", "B").await;
    app.issue("without", "A", "C").await;
    let ticket = app.add("tickets", &[("system", "ggus"), ("reference", "1"), ("title", "x")]).await;
    let link = entity::ticket_issue::ActiveModel {
        ticket_id: sea_orm::ActiveValue::Set(ticket),
        issue_id: sea_orm::ActiveValue::Set(with),
        certainty: sea_orm::ActiveValue::Set(entity::ticket_issue::Certainty::Exact),
        created_at: sea_orm::ActiveValue::Set(app.app.now()),
        ..Default::default()
    };
    entity::ticket_issue::Entity::insert(link).exec_without_returning(&app.app.db).await.unwrap();
    let mut browser = app.signed_in("Viewers").await;
    for (query, row) in [("true", "without"), ("false", "with")] {
        let page = browser.get(&format!("/admin/issues/?ticket__isnull={query}")).await;
        assert_eq!(page.rows(), [row], "{query}");
        assert_eq!(page.all(".chip").len(), 1);
    }
    let odd = browser.get("/admin/issues/?ticket__isnull=perhaps&status__exact=new").await;
    assert_eq!((odd.status, odd.rows().len()), (200, 2));
    assert!(odd.text().contains("was ignored"));
    assert_eq!(browser.get("/admin/issues/?ticket__title=x").await.status, 400);
}

#[tokio::test]
async fn a_list_that_the_database_gives_up_on_says_so_and_keeps_its_filters() {
    let app = TestApp::new().await;
    app.issue("x", "A", "B").await;
    let lock = match sea_orm::ConnectionTrait::get_database_backend(&app.app.db) {
        // Nothing keeps a reader of SQLite waiting.
        sea_orm::DbBackend::Sqlite => return,
        sea_orm::DbBackend::Postgres => "LOCK TABLE issue IN ACCESS EXCLUSIVE MODE",
        _ => "LOCK TABLES issue WRITE",
    };
    let mut browser = app.signed_in("Viewers").await;
    let holder = crate::db::begin(&app.app.db).await.unwrap();
    sea_orm::ConnectionTrait::execute_unprepared(&holder, lock).await.unwrap();
    let page = browser.get("/admin/issues/?status__exact=new&o=-2").await;
    assert_eq!((page.status, page.rows().len()), (200, 0));
    assert!(page.text().contains("This filter took too long: narrow it"), "{}", page.text());
    assert_eq!(page.all(".chip"), ["Status new"]);
    if lock.starts_with("LOCK TABLES") {
        sea_orm::ConnectionTrait::execute_unprepared(&holder, "UNLOCK TABLES").await.unwrap();
    }
    holder.rollback().await.unwrap();
}

#[tokio::test]
async fn the_usual_order_is_shown_before_anybody_clicks() {
    let app = TestApp::new().await;
    app.issue("x", "A", "B").await;
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/issues/").await;
    assert_eq!(page.attributes("th[aria-sort]", "aria-sort"), ["descending"]);
    assert!(page.all("th[aria-sort]")[0].starts_with("Last seen"));
}
