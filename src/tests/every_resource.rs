//! What holds for each entry of the registry, also for those that are added tomorrow.
use super::support::TestApp;
use crate::admin::Verb;
use std::collections::BTreeSet;

#[tokio::test]
async fn every_page_of_every_resource_opens() {
    let (app, mut browser) = TestApp::with_demo().await;
    for resource in app.app.registry.iter() {
        let meta = resource.meta();
        let list = browser.get(&format!("/admin/{}/", meta.slug)).await;
        assert_eq!(list.status, 200, "{}", meta.slug);
        if !list.rows().is_empty() {
            assert_eq!(
                list.all("thead th").len(),
                meta.list.len() + usize::from(list.has("th.ck-col")),
                "{}",
                meta.slug
            );
        }
        if let Some(row) = list.attributes("tbody a.id", "href").first() {
            let form = browser.get(row).await;
            assert_eq!(form.status, 200, "{row}");
            for page in ["delete", "history"] {
                let answer = browser.get(&row.replace("/change/", &format!("/{page}/"))).await;
                let offered = page == "history" || meta.offers(Verb::Delete);
                assert_eq!(answer.status, if offered { 200 } else { 403 }, "{row} {page}");
            }
        }
        let add = browser.get(&format!("/admin/{}/add/", meta.slug)).await.status;
        assert_eq!(add, if meta.offers(Verb::Add) { 200 } else { 403 }, "{}", meta.slug);
    }
}

#[tokio::test]
async fn every_column_sorts_and_every_link_of_a_list_opens() {
    let (app, mut browser) = TestApp::with_demo().await;
    for resource in app.app.registry.iter() {
        let meta = resource.meta();
        for (at, column) in meta.list.iter().enumerate().filter(|(_, column)| column.sortable) {
            for o in [format!("{}", at + 1), format!("-{}", at + 1)] {
                let answer = browser.get(&format!("/admin/{}/?o={o}&n=25", meta.slug)).await;
                assert_eq!(answer.status, 200, "{} by {}", meta.slug, column.title);
            }
        }
        let list = browser.get(&format!("/admin/{}/", meta.slug)).await;
        for href in list.attributes(".facets li a, .pager a, thead a", "href") {
            assert_eq!(
                browser.get(&format!("/admin/{}/{href}", meta.slug)).await.status,
                200,
                "{} {href}",
                meta.slug
            );
        }
    }
}

#[tokio::test]
async fn a_page_takes_the_same_number_of_queries_however_many_rows_it_shows() {
    let (app, mut browser) = TestApp::with_demo().await;
    for resource in app.app.registry.iter() {
        let path = format!("/admin/{}/?_facets=false", resource.meta().slug);
        browser.get(&path).await;
        let mut counts = Vec::new();
        for size in [25, 250] {
            let (page, cost) = app.cost(&mut browser, &format!("{path}&n={size}")).await;
            counts.push((page.rows().len(), cost));
        }
        // Later rows may point at tables that the first do not: one query each.
        assert!(counts[1].1 <= counts[0].1 + 4 && counts[0].1 < 30, "{}: {counts:?}", resource.meta().slug);
    }
}

#[tokio::test]
async fn every_form_refuses_nonsense_politely_and_shows_it_again() {
    let (app, mut browser) = TestApp::with_demo().await;
    for resource in app
        .app
        .registry
        .iter()
        .filter(|resource| resource.meta().offers(Verb::Add) && resource.meta().slug != "users")
    {
        let meta = resource.meta();
        let path = format!("/admin/{}/add/", meta.slug);
        let names: BTreeSet<String> = meta
            .groups
            .iter()
            .flat_map(|group| &group.fields)
            .map(|at| meta.fields[*at].name.clone())
            .collect();
        for nonsense in [
            "<script>alert(1)</script>",
            "\u{0}",
            "x\u{202e}y",
            "999999999999999999999999",
            "-1",
            "NaN",
            "' OR 1=1 --",
            "é".repeat(70_000).as_str(),
        ] {
            let fields: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), nonsense)).collect();
            let answer = browser.post(&path, &fields).await;
            assert!(
                matches!(answer.status, 422 | 413 | 302),
                "{path} {}: {}",
                crate::admin::shorten(nonsense, 20),
                answer.status
            );
            assert!(!answer.html().contains("<script>alert"), "{path}");
        }
        assert_eq!(browser.post(&path, &[]).await.status, 422, "{path} with nothing");
    }
}

#[tokio::test]
async fn nothing_of_a_resource_is_open_to_strangers() {
    let (app, _) = TestApp::with_demo().await;
    let mut nobody = app.signed_in("").await;
    for resource in app.app.registry.iter() {
        let slug = resource.meta().slug;
        for path in ["", "add/", "1/change/", "1/delete/", "1/history/", "1/"] {
            let path = format!("/admin/{slug}/{path}");
            assert_eq!(app.anonymous().get(&path).await.status, 302, "{path}");
            let status = nobody.get(&path).await.status;
            assert_eq!(status, 403, "{path}");
            if !path.ends_with("history/") && !path.ends_with("/1/") {
                assert_eq!(
                    nobody.post(&path, &[("post", "yes"), ("_version", "1")]).await.status,
                    403,
                    "{path}"
                );
            }
        }
    }
}
