//! Checks 21 to 28: the search of a list.
use crate::tests::support::{TestApp, encoded};
use entity::user_group;
use sea_orm::{ActiveValue::Set, EntityTrait};

#[tokio::test]
async fn check_21_quotes_keep_words_together() {
    let app = TestApp::new().await;
    // The number of a ticket is searched from its beginning, as the names are in Django's table.
    for reference in ["John Mauchly", "Grace Hopper", "John Doe", "John O\"Hara", "John O'Hara"] {
        app.add("tickets", &[("system", "other"), ("reference", reference), ("title", "x")]).await;
    }
    let mut browser = app.signed_in("Viewers").await;
    for (q, rows) in [
        ("\"John Doe\"", 1),
        ("'John Doe'", 1),
        ("John Doe", 0),
        ("\"John Doe\" John", 1),
        ("'John Doe' John", 1),
        ("John Doe John", 0),
        ("\"John Do\"", 1),
        ("'John Do'", 1),
        ("'John O'Hara'", 0),
        ("'John O\\'Hara'", 1),
        ("\"John O\"Hara\"", 0),
        ("\"John O\\\"Hara\"", 1),
    ] {
        let page = browser.get(&format!("/admin/tickets/?q={}", encoded(q))).await;
        assert_eq!((page.status, page.rows().len()), (200, rows), "{q}");
    }
}

#[tokio::test]
async fn check_22_all_words_are_needed_in_any_column_and_any_order() {
    let app = TestApp::new().await;
    app.issue("some msg", "CERN-PROD", "WT2").await;
    app.issue("msg of another", "WT2", "NEVIS").await;
    app.issue("other", "NEVIS", "CERN-PROD").await;
    let mut browser = app.signed_in("Viewers").await;
    for (q, rows) in [("CERN", 2), ("msg", 2), ("CERN+msg", 1), ("msg+CERN", 1), ("CERN+nowhere", 0)] {
        assert_eq!(browser.get(&format!("/admin/issues/?q={q}")).await.rows().len(), rows, "{q}");
    }
}

#[tokio::test]
async fn check_23_percent_underscore_and_backslash_are_letters() {
    let app = TestApp::new().await;
    app.causes(["plain", "100% full", "disk_full", "back\\slash"].map(str::to_owned)).await;
    let mut browser = app.signed_in("Viewers").await;
    for (q, row) in [("%", "100% full"), ("_", "disk_full"), ("\\", "back\\slash")] {
        assert_eq!(browser.get(&format!("/admin/causes/?q={}", encoded(q))).await.rows(), [row], "{q}");
    }
}

#[tokio::test]
async fn check_24_a_search_with_nul_is_told_and_the_rest_kept() {
    let app = TestApp::new().await;
    app.causes(["One".to_owned()]).await;
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/causes/?q=%00&fault_kind__isnull=true").await;
    assert_eq!((page.status, page.rows().len()), (200, 1));
    assert!(page.text().contains("NUL"), "{}", page.text());
    assert!(page.all(".chip").iter().any(|chip| chip.starts_with("Fault kind")));
}

#[tokio::test]
async fn check_25_a_row_found_in_several_ways_stands_once() {
    let app = TestApp::new().await;
    let user_id = app.user("anna", "Operators").await;
    let link = user_group::ActiveModel { user_id: Set(user_id), group_id: Set(app.group("Shifters").await) };
    user_group::Entity::insert(link).exec_without_returning(&app.app.db).await.unwrap();
    let mut browser = app.signed_in("superuser").await;
    let list = browser.get("/admin/users/").await;
    let both: Vec<String> = list
        .all(".facets li a")
        .into_iter()
        .zip(list.attributes(".facets li a", "href"))
        .filter(|(title, _)| title == "Operators" || title == "Shifters")
        .map(|(_, href)| href.trim_start_matches('?').to_owned())
        .collect();
    let page = browser.get(&format!("/admin/users/?{}&q=anna", both.join("&"))).await;
    assert_eq!(page.rows(), ["anna"]);
    assert_eq!(page.all(".pager span")[0], "1–1 of 1");
    // A search reads a row and what it points at, never what points at it: no row comes twice by that, and
    // words in two rows below one record do not make one of them.
    app.issue("x", "WT2", "WT2").await;
    assert_eq!(browser.get("/admin/issues/?q=wt2").await.rows().len(), 1);
    let category = app.add("error-categories", &[("title", "Busy"), ("priority", "1")]).await.to_string();
    for text in ["alpha", "beta"] {
        let action = app.add("actions", &[("name", &format!("Do {}", &text[..1]))]).await.to_string();
        let fields = [("category", &*category), ("action", &*action), ("text", text)];
        app.add("suggested-actions", &fields).await;
    }
    for (list, q, rows) in [
        ("suggested-actions", "alpha", 1),
        ("suggested-actions", "alpha+beta", 0),
        ("suggested-actions", "busy", 2),
        ("error-categories", "alpha+beta", 0),
        ("error-categories", "busy", 1),
    ] {
        assert_eq!(browser.get(&format!("/admin/{list}/?q={q}")).await.rows().len(), rows, "{list} {q}");
    }
}

#[tokio::test]
async fn check_26_a_word_said_eighty_times_is_looked_for_once() {
    let app = TestApp::new().await;
    app.issue("x", "WT2", "INFN-T1").await;
    app.issue("x", "NEVIS", "INFN-T1").await;
    let mut browser = app.signed_in("Viewers").await;
    let (once, cost) = app.cost(&mut browser, "/admin/issues/?q=wt2").await;
    let (often, same) = app.cost(&mut browser, &format!("/admin/issues/?q={}", "wt2+".repeat(80))).await;
    assert_eq!((once.rows().len(), often.rows()), (1, once.rows()));
    assert_eq!(same, cost);
}

#[tokio::test]
async fn check_27_a_column_of_numbers_passes_over_words_that_are_none() {
    let app = TestApp::new().await;
    let id = app.issue("foo", "A", "B").await;
    app.issue("foo", "A", "C").await;
    let mut browser = app.signed_in("Viewers").await;
    for (q, rows) in [(format!("foo+{id}"), 1), ("foo".into(), 2), ("foo+4711".into(), 0)] {
        let page = browser.get(&format!("/admin/issues/?q={q}")).await;
        assert_eq!((page.status, page.rows().len()), (200, rows), "{q}");
    }
}

#[tokio::test]
async fn check_28_a_search_says_how_many_match_and_leads_back_to_all() {
    let app = TestApp::new().await;
    app.causes(["One", "Two", "Three", "Four", "Five", "Six"].map(str::to_owned)).await;
    let mut browser = app.signed_in("Viewers").await;
    let (all, plain) = app.cost(&mut browser, "/admin/causes/").await;
    assert_eq!((all.rows().len(), all.all(".head p")), (6, vec!["6 causes".to_owned()]));
    let (found, searched) = app.cost(&mut browser, "/admin/causes/?q=One").await;
    assert_eq!(found.all(".head p"), ["1 cause matches · show all"]);
    assert_eq!(found.attributes(".head p a", "href"), ["/admin/causes/"]);
    // Django counts the whole table as well unless that is switched off; here nobody ever does.
    assert!(searched <= plain, "{searched} statements, {plain} without a search");
}
