//! Searching, filtering, sorting and paging a list.
use super::support::TestApp;
use entity::issue;
use sea_orm::{ActiveValue::Set, EntityTrait};

async fn with_causes(names: &[&str]) -> (TestApp, super::support::Client) {
    let app = TestApp::new().await;
    for name in names {
        app.add("causes", &[("name", name)]).await;
    }
    let browser = app.signed_in("Viewers").await;
    (app, browser)
}

#[tokio::test]
async fn every_word_must_match_somewhere_and_wildcards_are_letters() {
    let (_app, mut browser) =
        with_causes(&["Storage overloaded", "Storage full", "100% full_disk", "back\\slash", "Grün"]).await;
    for (q, rows) in [
        ("storage", 2),
        ("full storage", 1),
        ("\"Storage full\"", 1),
        ("\"full Storage\"", 0),
        ("100%", 1),
        ("%", 1),
        ("_", 1),
        ("\\", 1),
        ("STORAGE", 2),
        ("Grün", 1),
        ("nothing", 0),
        ("", 5),
        ("'", 0),
        ("\"", 0),
    ] {
        let query: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let answer = browser.get(&format!("/admin/causes/?q={query}")).await;
        assert_eq!((answer.status, answer.rows().len()), (200, rows), "{q}");
    }
}

#[tokio::test]
async fn a_search_reaches_what_a_row_points_at() {
    let app = TestApp::new().await;
    app.issue("421 Service busy: Connection limit exceeded", "WT2", "INFN-T1").await;
    app.issue("421 Service busy: Connection limit exceeded", "MWT2", "INFN-T1").await;
    app.issue("Operation timed out", "WT2", "INFN-T1").await;
    let mut browser = app.signed_in("Viewers").await;
    for (q, rows) in [
        ("%22Connection+limit+exceeded%22", 2),
        ("%22Connection+limit+exceeded%22+WT2", 2),
        ("%22limit+exceeded%22+MWT2", 1),
        ("infn+timed", 1),
        ("bu", 2),
        ("limit+timed", 0),
        ("%231", 1),
    ] {
        assert_eq!(browser.get(&format!("/admin/issues/?q={q}")).await.rows().len(), rows, "{q}");
    }
}

#[tokio::test]
async fn odd_searches_are_told_and_harmless() {
    let (_app, mut browser) = with_causes(&["One"]).await;
    let answer = browser.get("/admin/causes/?q=%00&fault_kind__isnull=true").await;
    assert_eq!((answer.status, answer.rows().len()), (200, 1));
    assert!(answer.text().contains("NUL"));
    let answer = browser.get(&format!("/admin/causes/?q={}", "a+".repeat(300))).await;
    assert_eq!(answer.status, 200);
    let answer = browser.get(&format!("/admin/causes/?q={}", "x".repeat(5000))).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("first 400 characters"));
}

#[tokio::test]
async fn sorting_keeps_earlier_columns_as_further_keys() {
    let app = TestApp::new().await;
    for (name, tier) in [("Chris-1", "1"), ("Bob", "1"), ("Chris-2", "2")] {
        app.add("sites", &[("name", name), ("tier", tier)]).await;
    }
    let mut browser = app.signed_in("Viewers").await;
    let rows = async |browser: &mut super::support::Client, o: &str| {
        let rows = browser.get(&format!("/admin/sites/?o={o}")).await.rows();
        rows.into_iter().filter(|name| name != "UNKNOWN").collect::<Vec<_>>()
    };
    assert_eq!(rows(&mut browser, "1").await, ["Bob", "Chris-1", "Chris-2"]);
    assert_eq!(rows(&mut browser, "-3.1").await, ["Chris-2", "Bob", "Chris-1"]);
    assert_eq!(rows(&mut browser, "3.-1").await, ["Chris-1", "Bob", "Chris-2"]);
    for odd in ["99", "abc", "0", "-", "..", "1.99.x"] {
        assert_eq!(rows(&mut browser, odd).await[0], "Bob", "{odd}");
    }
    let page = browser.get("/admin/sites/?o=-3.1&q=C").await;
    assert_eq!(page.attributes("th[aria-sort]", "aria-sort"), ["ascending", "descending"]);
    assert!(page.attributes("thead a", "href").iter().all(|href| href.contains("q=C")), "the search stays");
    // What cannot be sorted has no link.
    let issues = browser.get("/admin/issues/").await;
    app.issue("x", "A", "B").await;
    drop(issues);
    let issues = browser.get("/admin/issues/").await;
    assert_eq!(issues.all("thead th a").iter().filter(|title| title.starts_with("Message")).count(), 0);
}

#[tokio::test]
async fn filters_combine_and_each_can_be_removed() {
    let app = TestApp::new().await;
    for (name, tier, status) in [("A", "1", "active"), ("B", "2", "active"), ("C", "2", "disabled")] {
        app.add("sites", &[("name", name), ("tier", tier), ("status", status)]).await;
    }
    let mut browser = app.signed_in("Viewers").await;
    for (query, rows) in [
        ("status__exact=active", &["A", "B"][..]),
        ("status__exact=active&status__exact=disabled", &["A", "B", "C"]),
        ("status__in=active,disabled", &["A", "B", "C"]),
        ("tier__gte=2", &["B", "C"]),
        ("tier__lt=2", &["A"]),
        ("tier__isnull=true", &["UNKNOWN"]),
        ("tier__isnull=0", &["A", "B", "C"]),
        ("tier__exact=2&status__exact=active", &["B"]),
        ("status=disabled", &["C"]),
        ("tier__exact=", &["A", "B", "C", "UNKNOWN"]),
    ] {
        assert_eq!(browser.get(&format!("/admin/sites/?{query}")).await.rows(), rows, "{query}");
    }
    let page = browser.get("/admin/sites/?tier__exact=2&status__exact=active&q=B&o=-1").await;
    assert_eq!(page.all(".chip").len(), 3);
    let clear = page.attributes("a.small", "href").into_iter().find(|href| !href.contains("status")).unwrap();
    assert!(clear.contains("q=B") && clear.contains("o=-1") && !clear.contains("tier"), "{clear}");
    assert!(!browser.get("/admin/sites/").await.text().contains("Clear all filters"));
}

#[tokio::test]
async fn facets_say_how_many_rows_a_choice_would_leave() {
    let app = TestApp::new().await;
    for (name, tier, status) in
        [("A", "1", "active"), ("B", "2", "active"), ("C", "2", "disabled"), ("D", "2", "active")]
    {
        app.add("sites", &[("name", name), ("tier", tier), ("status", status)]).await;
    }
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/sites/?tier__exact=2&status__exact=disabled").await;
    let facets = page.all(".facets li a");
    assert!(
        facets.contains(&"Active 2".to_owned()) && facets.contains(&"Disabled 1".to_owned()),
        "{facets:?}"
    );
    // Each count is the number of rows that the link gives.
    let links = page.attributes(".facets li a", "href");
    for (title, href) in facets.iter().zip(links) {
        if let Some((_, count)) = title.rsplit_once(' ').filter(|(name, _)| *name == "Active") {
            let both = browser.get(&format!("/admin/sites/{href}")).await.rows().len();
            assert_eq!(both, count.parse::<usize>().unwrap() + 1, "chosen beside the other: {title}");
        }
    }
    assert!(browser.get("/admin/sites/?_facets=false").await.all(".facets .ct").is_empty());
}

#[tokio::test]
async fn bad_filters_are_dropped_one_by_one_and_said() {
    let app = TestApp::new().await;
    app.add("sites", &[("name", "A"), ("tier", "1")]).await;
    let mut browser = app.signed_in("Viewers").await;
    for query in [
        "tier__exact=x&status__exact=active",
        "status__exact=bogus&tier__exact=1",
        "tier__gte=99999999999999999999&status__exact=active",
        "unknown=1&status__exact=active",
        "tier__isnull=maybe&tier__exact=1",
    ] {
        let page = browser.get(&format!("/admin/sites/?{query}")).await;
        assert_eq!((page.status, page.rows()), (200, vec!["A".to_owned()]), "{query}");
        assert!(page.text().contains("ignored"), "{query}");
    }
    for query in [
        "note__exact=x",
        "name__regex=(",
        "status__regex=(",
        "tier__icontains=1",
        "password__exact=x",
        "foo__bar=1",
        "status__exact__exact=1",
        "name=x",
    ] {
        assert_eq!(browser.get(&format!("/admin/sites/?{query}")).await.status, 400, "{query}");
    }
    for query in [
        "category__note__icontains=x",
        "src_site__note=x",
        "src_site__name__regex=x",
        "src_site__cause__name=x",
        "message__icontains=x",
    ] {
        assert_eq!(browser.get(&format!("/admin/issues/?{query}")).await.status, 400, "{query}");
    }
    for query in [
        "src_site__name__icontains=a",
        "src_site__id__exact=1",
        "src_site__exact=1",
        "category__isnull=true",
        "last_seen__gte=2026-11-20&last_seen__lt=2026-11-22",
        "last_seen__gte=yesterday",
    ] {
        assert_eq!(browser.get(&format!("/admin/issues/?{query}")).await.status, 200, "{query}");
    }
}

async fn many(app: &TestApp, count: i64) {
    let site = app.site("WT2").await;
    let seen: chrono::DateTime<chrono::Utc> = "2026-11-21T09:00:00Z".parse().unwrap();
    let rows: Vec<_> = (0..count)
        .map(|number| issue::ActiveModel {
            operation: Set(entity::vocabulary::Operation::Deletion),
            dst_site_id: Set(Some(site)),
            message: Set(format!("Message {number}")),
            message_hash: Set(format!("{number}")),
            status: Set(issue::Status::New),
            first_seen: Set(seen),
            last_seen: Set(seen),
            failures_total: Set(number % 3),
            files_total: Set(0),
            attribution: Set(issue::Attribution::Unclear),
            reopened_count: Set(0),
            dedup_key: Set(format!("key-{number}")),
            created_at: Set(seen),
            updated_at: Set(seen),
            version: Set(1),
            ..Default::default()
        })
        .collect();
    for batch in rows.chunks(500) {
        issue::Entity::insert_many(batch.to_vec()).exec_without_returning(&app.app.db).await.unwrap();
    }
}

#[tokio::test]
async fn pages_hold_every_row_once_by_number_and_by_next() {
    let app = TestApp::new().await;
    many(&app, 130).await;
    let mut browser = app.signed_in("Viewers").await;
    for o in ["", "&o=2", "&o=-2.8"] {
        let mut by_number = Vec::new();
        for page in 1..=6 {
            by_number.extend(browser.get(&format!("/admin/issues/?n=25&p={page}{o}")).await.rows());
        }
        assert_eq!(by_number.iter().collect::<std::collections::BTreeSet<_>>().len(), 130, "{o}");
        let mut by_next = Vec::new();
        let mut href = format!("?n=25{o}");
        loop {
            let page = browser.get(&format!("/admin/issues/{href}")).await;
            by_next.extend(page.rows());
            match page.attributes("a[rel=next]", "href").into_iter().next() {
                Some(next) => href = next,
                None => break,
            }
        }
        assert_eq!(by_next, by_number, "{o}");
        let last = browser.get(&format!("/admin/issues/{href}")).await;
        let back = browser.get(&format!("/admin/issues/{}", last.attributes("a[rel=prev]", "href")[0])).await;
        assert_eq!(back.rows(), by_number[100..125], "{o}");
    }
}

#[tokio::test]
async fn a_page_beyond_the_end_is_the_last_one_with_all_filters() {
    let app = TestApp::new().await;
    many(&app, 30).await;
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/issues/?n=25&p=99&operation__exact=deletion").await;
    assert_eq!((page.status, page.rows().len()), (200, 5));
    assert!(page.text().contains("does not exist"));
    assert_eq!(page.all(".chip").len(), 1);
    for odd in ["abc", "-1", "0", "99999999999999999999", "1e3"] {
        assert_eq!(browser.get(&format!("/admin/issues/?n=25&p={odd}")).await.status, 200, "{odd}");
    }
    assert_eq!(browser.get("/admin/issues/?n=3").await.rows().len(), 30, "sizes are those offered");
}

#[tokio::test]
async fn long_lists_are_counted_up_to_a_bound() {
    let app = TestApp::new().await;
    many(&app, 10_050).await;
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/issues/").await;
    assert!(page.text().contains("10,000+ issues"), "{}", &page.text()[..200]);
    assert!(browser.get("/admin/issues/?count=exact").await.text().contains("10,050 issues"));
    let far = browser.get("/admin/issues/?p=101").await;
    assert_eq!(far.rows().len(), 50);
    let beyond = browser.get("/admin/issues/?p=4000").await;
    assert_eq!((beyond.status, beyond.rows().len()), (200, 100));
    assert!(beyond.text().contains("last rows"));
}

#[tokio::test]
async fn the_list_survives_a_visit_to_a_form_and_back() {
    let app = TestApp::new().await;
    app.add("causes", &[("name", "One"), ("fault_kind", "timeout")]).await;
    let mut browser = app.signed_in("Operators").await;
    let state = "q=One&fault_kind__exact=timeout&o=-1&n=25";
    let list = browser.get(&format!("/admin/causes/?{state}")).await;
    let row = list.attributes("tbody a.id", "href").remove(0);
    let form = browser.get(&row).await;
    let action = form.attributes("form[data-guard]", "action").remove(0);
    let version = form.value("input[name=_version]").unwrap();
    let saved = browser
        .post(
            &action,
            &[("name", "One more"), ("fault_kind", "timeout"), ("_version", &version), ("_save", "1")],
        )
        .await;
    assert_eq!(saved.location(), format!("/admin/causes/?{state}"));
    for selector in [".tools", ".save"] {
        assert!(form.html().contains("_changelist_filters"), "{selector}");
    }
    let add = list.attributes("a.btn.primary", "href").remove(0);
    let action = browser.get(&add).await.attributes("form[data-guard]", "action").remove(0);
    let again = browser.post(&action, &[("name", "Two"), ("_addanother", "1")]).await;
    assert!(again.location().starts_with("/admin/causes/add/?_changelist_filters="));
    browser.get("/admin/").await;
    assert!(!browser.get("/admin/causes/1/change/").await.html().contains("_changelist_filters"));
}

#[tokio::test]
async fn users_are_filtered_by_group() {
    let app = TestApp::new().await;
    for (name, group) in [("anna", "Operators"), ("ben", "Shifters"), ("cleo", "")] {
        app.user(name, group).await;
    }
    let mut browser = app.signed_in("superuser").await;
    let page = browser.get("/admin/users/").await;
    let links = page.all(".facets li a").into_iter().zip(page.attributes(".facets li a", "href"));
    let href = links.into_iter().find(|(title, _)| title == "Operators").map(|(_, href)| href).unwrap();
    let filtered = browser.get(&format!("/admin/users/{href}")).await;
    assert_eq!(filtered.rows(), ["anna"]);
    assert_eq!(filtered.all(".chip"), ["Groups Operators"]);
    let odd = browser.get("/admin/users/?groups__exact=x&is_active__exact=true").await;
    assert_eq!((odd.status, odd.rows().len()), (200, 4));
    assert!(odd.text().contains("ignored"));
    assert_eq!(browser.get("/admin/users/?permissions__exact=1").await.status, 400);
}

#[tokio::test]
async fn a_choice_can_be_given_up_again() {
    let app = TestApp::new().await;
    app.add("sites", &[("name", "A"), ("tier", "1")]).await;
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/sites/?status__exact=active&tier__exact=1&o=-1").await;
    let links: Vec<_> =
        page.all(".facets li a").into_iter().zip(page.attributes(".facets li a", "href")).collect();
    let (_, all) = links.iter().find(|(title, _)| title == "All").unwrap();
    assert!(!all.contains("status") && all.contains("tier__exact=1") && all.contains("o=-1"), "{all}");
}

#[tokio::test]
async fn many_values_of_one_filter_are_bounded_and_said() {
    let app = TestApp::new().await;
    app.add("sites", &[("name", "A")]).await;
    let mut browser = app.signed_in("Viewers").await;
    let same = "status=active&".repeat(500);
    assert_eq!(browser.get(&format!("/admin/sites/?{same}")).await.rows(), ["A"]);
    let other: String = (0..500).map(|number| format!("tier={number}&")).collect();
    let page = browser.get(&format!("/admin/sites/?{other}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("At most 200 values"));
    assert_eq!(browser.get(&format!("/admin/sites/?q={}", "x".repeat(9000))).await.status, 400);
    assert_eq!(
        browser.get(&format!("/admin/issues/?src_site__name__icontains={}", "x".repeat(5000))).await.status,
        200
    );
}

#[tokio::test]
async fn filters_tell_nothing_about_records_one_may_not_see() {
    let app = TestApp::new().await;
    let id = app.user("secret-name", "").await;
    let mut browser = app.signed_in("Viewers").await;
    for query in
        ["user__is_superuser__exact=true", "user__username__icontains=s", "user__last_login__gte=2020-01-01"]
    {
        assert_eq!(browser.get(&format!("/admin/actions-taken/?{query}")).await.status, 400, "{query}");
    }
    let page = browser.get(&format!("/admin/actions-taken/?user__exact={id}")).await;
    assert_eq!(page.status, 200);
    assert!(!page.html().contains("secret-name"));
}
