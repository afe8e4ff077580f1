//! Lists kept under a name: one's own, those of others, those that everybody has.
use super::support::{Answer, Client, TestApp};

async fn sites() -> TestApp {
    let app = TestApp::new().await;
    for (name, tier, status) in [("A", "1", "active"), ("B", "2", "active"), ("C", "2", "disabled")] {
        app.add("sites", &[("name", name), ("tier", tier), ("status", status)]).await;
    }
    app
}

/// Saves the list as it is, and gives the answer.
async fn save(browser: &mut Client, state: &str, fields: &[(&str, &str)]) -> Answer {
    let path = format!("/admin/sites/views/?{state}");
    assert_eq!(browser.get(&path).await.status, 200);
    browser.post(&path, fields).await
}

#[tokio::test]
async fn a_list_is_saved_under_a_name_and_comes_back_with_one_click() {
    let app = sites().await;
    let mut browser = app.signed_in("Viewers").await;
    let state = "tier__exact=2&status__exact=active&o=-1&cols=name%2Ctier&density=compact&n=25&p=3";
    let list = browser.get(&format!("/admin/sites/?{state}")).await;
    let link = list.attributes(".tabs a", "href").into_iter().find(|href| href.contains("/views/?")).unwrap();
    assert!(link.contains("cols=name%2Ctier") && !link.contains("p=3"), "{link}");
    let form = browser.get(&link).await;
    assert!(
        form.text().contains("The filter on “Tier”") && form.text().contains("The columns"),
        "{}",
        form.text()
    );
    let saved = browser.post(&link, &[("name", "Tier 2"), ("_save", "")]).await;
    assert_eq!(saved.status, 302);
    let page = browser.get(&saved.location()).await;
    assert!(page.text().contains("The view “Tier 2” was saved."));
    assert_eq!(page.rows(), ["B"]);
    assert_eq!(page.all("thead th:not(.ck-col)").len(), 2);
    assert_eq!(page.all(".tabs [aria-current]"), ["Tier 2"]);
    assert!(page.has("table[data-density=compact]"));
    // Its links carry the whole state, so that one drills on from there.
    let wider = page.attributes(".chip a", "href").into_iter().find(|href| !href.contains("status")).unwrap();
    let wider = browser.get(&format!("/admin/sites/{wider}")).await;
    assert_eq!(wider.rows(), ["C", "B"]);
    assert_eq!(wider.all(".tabs [aria-current]"), ["Tier 2"], "it began there");
    assert!(wider.text().contains("Replace or edit “Tier 2”"));
    // What the address says besides goes before what the view keeps.
    let other = saved.location() + "&tier__exact=1";
    assert_eq!(browser.get(&other).await.rows(), ["A"]);
}

#[tokio::test]
async fn a_view_is_renamed_replaced_and_deleted_by_its_owner_and_the_history_keeps_it() {
    let app = sites().await;
    let mut browser = app.signed_in("Viewers").await;
    let first = save(&mut browser, "tier__exact=2", &[("name", "Second tier")]).await.location();
    let key = first.rsplit('=').next().unwrap().to_owned();
    let edit = format!("/admin/sites/views/{key}/?tier__exact=1");
    let form = browser.get(&edit).await;
    let version = form.value("input[name=_version]").unwrap();
    let fields = [("name", "First tier"), ("replace", "on"), ("_version", version.as_str())];
    assert_eq!(browser.post(&edit, &fields).await.location(), first);
    assert_eq!(browser.get(&first).await.rows(), ["A"]);
    assert_eq!(browser.post(&edit, &fields).await.status, 409, "an older form writes nothing");
    let taken = save(&mut browser, "", &[("name", "First tier")]).await;
    assert_eq!(taken.status, 422);
    assert!(taken.text().contains("There is a view of this name already"));
    assert_eq!(save(&mut browser, "", &[("name", "  ")]).await.status, 422);
    assert_eq!(save(&mut browser, "", &[("name", &"x".repeat(101))]).await.status, 422);
    let long = format!("q={}", "x".repeat(3000));
    assert!(
        save(&mut browser, &long, &[("name", "Long")])
            .await
            .text()
            .contains("more filters than a view can keep")
    );
    let gone = browser.post(&edit, &[("_delete", "1")]).await;
    assert_eq!(gone.location(), "/admin/sites/?tier__exact=1");
    assert_eq!(browser.post(&edit, &[("_delete", "1")]).await.status, 404);
    let opened = browser.get(&first).await;
    assert_eq!(opened.status, 200);
    assert!(opened.text().contains("There is no view") && opened.rows().len() == 4, "{}", opened.text());
    let mut admin = app.signed_in("Admins").await;
    let history =
        admin.get(&format!("/admin/audit-log/?resource__exact=saved-views&object_pk__exact={key}")).await;
    assert_eq!(history.rows().len(), 3, "added, changed, deleted");
}

#[tokio::test]
async fn private_views_are_nobody_elses_and_sharing_takes_the_right_to_change() {
    let app = sites().await;
    let mut viewer = app.signed_in("Viewers").await;
    let mut operator = app.signed_in("Operators").await;
    let own = save(&mut operator, "tier__exact=1", &[("name", "Mine")]).await.location();
    let shared =
        save(&mut operator, "tier__exact=2", &[("name", "Ours"), ("is_shared", "on")]).await.location();
    let page = viewer.get("/admin/sites/").await;
    let tabs = page.all(".tabs a");
    assert!(tabs.contains(&"Ours shared by a-operators".to_owned()), "{tabs:?}");
    assert!(!tabs.contains(&"Mine".to_owned()));
    assert_eq!(viewer.get(&shared).await.rows(), ["B", "C"]);
    assert!(viewer.get(&own).await.text().contains("There is no view"));
    for key in [own.rsplit('=').next().unwrap(), shared.rsplit('=').next().unwrap()] {
        let path = format!("/admin/sites/views/{key}/");
        assert_eq!(viewer.get(&path).await.status, 404, "{path}");
        assert_eq!(viewer.post(&path, &[("_delete", "1")]).await.status, 404, "{path}");
        assert_eq!(viewer.post(&path, &[("name", "Stolen")]).await.status, 404, "{path}");
        assert_eq!(operator.get(&format!("/admin/causes/views/{key}/")).await.status, 404, "of another list");
        assert_eq!(viewer.get(&format!("/admin/saved-views/{key}/change/")).await.status, 403);
    }
    let refused = save(&mut viewer, "", &[("name", "All"), ("is_shared", "on")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("takes the right to change sites"));
    let mut nobody = app.signed_in("").await;
    assert_eq!(nobody.get("/admin/sites/views/").await.status, 403);
    assert_eq!(nobody.post("/admin/sites/views/", &[("name", "x")]).await.status, 403);
    assert_eq!(app.anonymous().get("/admin/sites/views/").await.status, 302);
    for odd in ["abc", "-1", "0", "99999999999999999999", "%00"] {
        assert_eq!(viewer.get(&format!("/admin/sites/views/{odd}/")).await.status, 404, "{odd}");
        assert_eq!(viewer.get(&format!("/admin/sites/?view={odd}")).await.status, 200, "{odd}");
    }
}

#[tokio::test]
async fn a_list_opens_with_the_view_that_its_reader_chose_and_the_bare_list_stays_in_reach() {
    let app = sites().await;
    let mut browser = app.signed_in("Viewers").await;
    let first =
        save(&mut browser, "tier__exact=2", &[("name", "Two"), ("is_default", "on")]).await.location();
    assert_eq!(browser.get("/admin/sites/").await.location(), first);
    let page = browser.get(&first).await;
    assert_eq!(page.rows(), ["B", "C"]);
    let all = page.attributes(".tabs a", "href").remove(0);
    let bare = browser.get(&all).await;
    assert_eq!((bare.status, bare.rows().len()), (200, 4));
    assert_eq!(bare.all(".tabs [aria-current]"), ["All sites"]);
    // A list that is emptied of its filters by and by does not turn into the usual view.
    let filtered = browser.get("/admin/sites/?q=A").await;
    let emptied = filtered.attributes(".chip a", "href").remove(0);
    assert_eq!(browser.get(&format!("/admin/sites/{emptied}")).await.rows().len(), 4);
    // Only one view opens first, and only for its owner.
    let second =
        save(&mut browser, "tier__exact=1", &[("name", "One"), ("is_default", "on")]).await.location();
    assert_eq!(browser.get("/admin/sites/").await.location(), second);
    let mut other = app.signed_in("Operators").await;
    assert_eq!(other.get("/admin/sites/").await.status, 200);
}

#[tokio::test]
async fn a_view_whose_column_or_filter_is_gone_still_opens_and_says_what_is_missing() {
    let app = sites().await;
    let user = app.user("anna", "Viewers").await;
    let query = "tier__exact=2&note__exact=x&password__regex=(&cols=name,gone,status&colour__exact=red&status__exact=bogus";
    let row = entity::saved_view::ActiveModel {
        user_id: sea_orm::ActiveValue::Set(user),
        resource: sea_orm::ActiveValue::Set("sites".into()),
        name: sea_orm::ActiveValue::Set("Old".into()),
        query: sea_orm::ActiveValue::Set(query.into()),
        created_at: sea_orm::ActiveValue::Set(app.app.now()),
        updated_at: sea_orm::ActiveValue::Set(app.app.now()),
        ..Default::default()
    };
    let id = sea_orm::EntityTrait::insert(row).exec(&app.app.db).await.unwrap().last_insert_id;
    let mut browser = app.sign_in("anna").await;
    let page = browser.get(&format!("/admin/sites/?view={id}")).await;
    assert_eq!((page.status, page.rows()), (200, vec!["B".to_owned(), "C".to_owned()]));
    assert_eq!(page.all("thead th:not(.ck-col)").len(), 2, "the columns that are there");
    for said in ["“note__exact”", "“password__regex”", "no column “gone”", "bogus"] {
        assert!(page.text().contains(said), "{said}: {}", page.text());
    }
    assert_eq!(browser.get(&format!("/admin/sites/views/{id}/")).await.status, 200);
    assert_eq!(browser.get("/admin/sites/?note__exact=x").await.status, 400, "an address is refused as ever");
}

#[tokio::test]
async fn every_list_has_views_that_open_and_moving_times_move() {
    let app = TestApp::new().await;
    app.issue("one", "A", "B").await;
    app.issue("two", "A", "C").await;
    let mut browser = app.signed_in("superuser").await;
    for resource in app.app.registry.iter() {
        for view in resource.meta().views {
            let path = format!("/admin/{}/?view={}", resource.meta().slug, view.slug);
            let page = browser.get(&path).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(!page.has(".note.warn"), "{path}: {}", page.text());
            assert_eq!(page.all(".tabs [aria-current]"), [view.title], "{path}");
        }
    }
    assert_eq!(browser.get("/admin/issues/?view=day").await.rows().len(), 2);
    assert_eq!(browser.get("/admin/issues/?view=new").await.rows().len(), 2);
    let exported = async |browser: &mut Client| {
        browser.get("/admin/issues/export/json/?view=day").await.json().as_array().map(Vec::len)
    };
    assert_eq!(exported(&mut browser).await, Some(2));
    let unknown = browser.get("/admin/issues/export/json/?view=99").await;
    assert!(unknown.status == 400 && unknown.text().contains("Nothing was exported"), "{}", unknown.text());
    app.wait(chrono::Duration::hours(30));
    let mut browser = app.sign_in("a-superuser").await;
    assert_eq!(exported(&mut browser).await, Some(0));
    let page = browser.get("/admin/issues/?view=day").await;
    assert_eq!((page.status, page.rows().len()), (200, 0), "the day has gone by");
}

#[tokio::test]
async fn an_administrator_sees_all_views_and_nobody_else_does() {
    let app = sites().await;
    let mut viewer = app.signed_in("Viewers").await;
    save(&mut viewer, "tier__exact=2", &[("name", "Two")]).await;
    let mut admin = app.signed_in("Admins").await;
    assert_eq!(admin.get("/admin/saved-views/").await.rows(), ["Two"]);
    let odd = admin
        .post(
            "/admin/saved-views/add/",
            &[("name", "x"), ("resource", "nothing"), ("query", "q=x"), ("_save", "")],
        )
        .await;
    assert_eq!(odd.status, 422);
    assert!(odd.text().contains("There is no list of this name"));
    for group in ["Operators", "Shifters"] {
        let mut other = app.signed_in(group).await;
        assert_eq!(other.get("/admin/saved-views/").await.status, 403, "{group}");
    }
}
