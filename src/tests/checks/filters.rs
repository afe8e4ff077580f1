//! Checks 29 and 31 to 36: the filters of a list.
use crate::tests::list_state::sites;
use crate::tests::support::{Answer, TestApp, encoded};

#[tokio::test]
async fn check_29_every_kind_of_filter_narrows_and_values_of_one_mean_or() {
    let app = TestApp::new().await;
    let (a, b) = (app.site("A").await.to_string(), app.site("B").await.to_string());
    for (reference, system, site, open) in
        [("1", "jira", &*a, "true"), ("2", "snow", &*b, "false"), ("3", "snow", "", "true")]
    {
        let fields =
            [("reference", reference), ("system", system), ("title", "x"), ("site", site), ("is_open", open)];
        app.add("tickets", &fields).await;
    }
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/tickets/?o=1").await;
    for (field, title, rows) in [
        ("system", "Jira", &["1"][..]),
        ("system", "Snow", &["2", "3"]),
        ("site", "A", &["1"]),
        ("site", "None", &["3"]),
        ("site", "Any", &["1", "2"]),
        ("is_open", "Yes", &["1", "3"]),
        ("is_open", "No", &["2"]),
        ("site", "All", &["1", "2", "3"]),
    ] {
        assert_eq!(browser.get(&page.choice("tickets", field, title)).await.rows(), rows, "{field} {title}");
    }
    let one = browser.get(&page.choice("tickets", "site", "A")).await;
    let both = one.choice("tickets", "site", "B");
    assert_eq!(both.matches("site__exact=").count(), 2, "{both}");
    assert_eq!(browser.get(&both).await.rows(), ["1", "2"]);
}

#[tokio::test]
async fn check_31_counts_are_what_a_click_would_leave() {
    let (app, mut browser) = sites().await;
    let page = browser.get("/admin/sites/?tier__exact=2").await;
    let links = "details[data-remember='facet-sites-status'] li a";
    let choices: Vec<_> = page.all(links).into_iter().zip(page.attributes(links, "href")).collect();
    assert_eq!(choices.len(), 4, "all, and three to choose from: {choices:?}");
    for (title, href) in &choices[1..] {
        let (_, count) = title.rsplit_once(' ').unwrap();
        let rows = browser.get(&format!("/admin/sites/{href}")).await.rows().len();
        assert_eq!(rows, count.parse::<usize>().unwrap(), "{title}");
    }
    assert!(browser.get("/admin/sites/?_facets=false").await.all(".facets .ct").is_empty());
    app.sites((0..5_000).map(|number| format!("SITE-{number}"))).await;
    app.issue("x", "A", "B").await;
    let page = browser.get("/admin/issues/?status__exact=new").await;
    assert_eq!(page.status, 200);
    let a = page.choice("issues", "src_site", "A");
    assert_eq!(browser.get(&a).await.rows().len(), 1);
}

#[tokio::test]
async fn check_32_all_filters_are_cleared_at_once_and_the_search_stays() {
    let (_app, mut browser) = sites().await;
    let clear = |page: &Answer| {
        let links = page.all("main a").into_iter().zip(page.attributes("main a", "href"));
        links.filter(|(title, _)| title == "Clear all filters").map(|(_, href)| href).collect::<Vec<_>>()
    };
    for path in ["/admin/sites/", "/admin/sites/?q=B&o=-1"] {
        assert!(clear(&browser.get(path).await).is_empty(), "{path}");
    }
    let page = browser.get("/admin/sites/?tier__exact=2&status__exact=active&q=B&o=-1").await;
    assert_eq!(clear(&page), ["?q=B&o=-1"]);
}

#[tokio::test]
async fn check_33_only_what_is_declared_can_be_looked_up_and_passwords_never() {
    let (app, mut browser) = sites().await;
    for query in [
        "sites/?note__exact=x",
        "sites/?name__regex=(",
        "sites/?status__regex=(",
        "sites/?tier__icontains=1",
        "sites/?password__exact=x",
        "sites/?foo__bar=1",
        "sites/?status__exact__exact=1",
        "sites/?name=x",
        "issues/?category__note__icontains=x",
        "issues/?src_site__note=x",
        "issues/?src_site__name__regex=x",
        "issues/?src_site__cause__name=x",
        "issues/?message__icontains=x",
    ] {
        assert_eq!(browser.get(&format!("/admin/{query}")).await.status, 400, "{query}");
    }
    for query in [
        "src_site__name__icontains=a",
        "src_site__id__exact=1",
        "src_site__exact=1",
        "category__isnull=true",
        "last_seen__gte=2026-11-20&last_seen__lt=2026-11-22",
    ] {
        assert_eq!(browser.get(&format!("/admin/issues/?{query}")).await.status, 200, "{query}");
    }
    let mut admin = app.signed_in("superuser").await;
    for query in ["password=a", "password__exact=x", "password__icontains=a", "password__startswith=%24"] {
        assert_eq!(admin.get(&format!("/admin/users/?{query}")).await.status, 400, "{query}");
        let by_relation = format!("/admin/api-tokens/?user__{query}");
        assert_eq!(admin.get(&by_relation).await.status, 400, "{by_relation}");
    }
}

#[tokio::test]
async fn check_34_a_filter_that_makes_no_sense_is_dropped_alone_and_said() {
    let (app, mut browser) = sites().await;
    app.issue("old", "A", "B").await;
    let muted = app.issue("muted", "A", "C").await;
    app.change("issues", muted, &[("status", "muted")]).await;
    for (kept, query) in [
        ("sites/?tier__exact=1", "unknown=1"),
        ("sites/?tier__exact=1", "status__exact=bogus"),
        ("sites/?tier__exact=1", "tier__isnull=maybe"),
        ("sites/?tier__exact=1", "tier__gte=99999999999999999999"),
        ("sites/?tier__exact=1", "tier__gte=x"),
        ("issues/?status__exact=muted", "src_site__exact=abc"),
        ("issues/?status__exact=muted", "category__id__exact=%27"),
        ("issues/?status__exact=muted", "last_seen__gte=yesterday"),
        ("issues/?status__exact=muted", "last_seen__lt=2026-02-30"),
        ("issues/?status__exact=muted", "last_seen__year=2026&last_seen__month=13"),
    ] {
        let page = browser.get(&format!("/admin/{kept}&{query}")).await;
        assert_eq!((page.status, page.rows().len()), (200, 1), "{query}");
        assert!(page.text().contains("was ignored"), "{query}: {}", page.text());
    }
}

#[tokio::test]
async fn check_35_no_value_of_any_filter_breaks_a_list() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("superuser").await;
    for resource in app.app.registry.iter() {
        let meta = resource.meta();
        for at in &meta.filters {
            let name = &meta.fields[*at].name;
            for lookup in ["exact", "in", "isnull", "gte", "lt", "icontains", "regex", "startswith"] {
                for value in [
                    "1",
                    "x",
                    "",
                    "true",
                    "2026-11-21",
                    "(",
                    "%00",
                    "999999999999999999999999",
                    "'; DROP TABLE site; --",
                ] {
                    let query = format!("{name}__{lookup}={}&n=25&_facets=false", encoded(value));
                    let status = browser.get(&format!("/admin/{}/?{query}", meta.slug)).await.status;
                    assert!(matches!(status, 200 | 400), "{} {query}: {status}", meta.slug);
                }
            }
        }
    }
}

#[tokio::test]
async fn check_36_whether_something_is_empty_is_asked_in_words_and_numbers() {
    let (_app, mut browser) = sites().await;
    for (value, rows) in [
        ("true", &["UNKNOWN"][..]),
        ("1", &["UNKNOWN"]),
        ("false", &["A", "B", "C"]),
        ("0", &["A", "B", "C"]),
    ] {
        assert_eq!(browser.get(&format!("/admin/sites/?tier__isnull={value}")).await.rows(), rows, "{value}");
    }
}
