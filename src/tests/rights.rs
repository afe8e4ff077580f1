//! The pages that say who may do what.
use super::support::TestApp;

#[tokio::test]
async fn the_page_of_a_resource_names_everybody_who_may_do_something_and_why() {
    let app = TestApp::new().await;
    app.user("viewer", "Viewers").await;
    app.user("operator", "Operators").await;
    app.user("root", "superuser").await;
    app.user("stranger", "").await;
    app.with_rights("alone", &["sites.change"]).await;
    let gone = app.user("gone", "Operators").await;
    app.change("users", gone, &[("is_active", "false")]).await;
    let mut admin = app.signed_in("Admins").await;
    let page = admin.get("/admin/rights/?resource=sites").await;
    assert_eq!(page.status, 200);
    let rows = page.all("tbody tr");
    let of = |name: &str| rows.iter().find(|row| row.starts_with(name)).cloned();
    assert_eq!(of("viewer").as_deref(), Some("viewer Viewers no no no"));
    assert_eq!(of("operator").as_deref(), Some("operator Operators Operators Operators Operators"));
    assert_eq!(of("root").as_deref(), Some("root superuser superuser superuser superuser"));
    assert_eq!(of("alone").as_deref(), Some("alone given to them alone no given to them alone no"));
    assert_eq!((of("stranger"), of("gone")), (None, None), "who may do nothing is not listed");
    let found = admin.get("/admin/rights/?resource=sites&q=OPER").await;
    assert_eq!(found.all("tbody tr").len(), 1);
    let all = admin.get("/admin/rights/").await;
    let sites = all.all("tbody tr").into_iter().find(|row| row.starts_with("Sites")).unwrap();
    assert_eq!(
        sites,
        "Sites Admins, Operators, Shifters, Viewers Admins, Operators Admins, Operators Admins, Operators"
    );
}

#[tokio::test]
async fn the_page_of_a_user_says_what_they_may_do_and_through_which_group() {
    let app = TestApp::new().await;
    let id = app.user("ann", "Shifters").await;
    let mut admin = app.signed_in("Admins").await;
    let page = admin.get(&format!("/admin/users/{id}/rights/")).await;
    let issues = page.all("tbody tr").into_iter().find(|row| row.starts_with("Issues")).unwrap();
    assert!(issues.starts_with("Issues Shifters"), "{issues}");
    app.change("users", id, &[("is_staff", "false")]).await;
    assert!(admin.get(&format!("/admin/users/{id}/rights/")).await.text().contains("ann cannot sign in now"));
    let mut viewer = app.signed_in("Viewers").await;
    let own = viewer.get("/admin/account/rights/").await;
    assert!(own.text().contains("What you may do") && own.text().contains("Viewers"));
}

#[tokio::test]
async fn who_may_do_what_is_told_to_those_who_may_look_at_users_and_groups() {
    let app = TestApp::new().await;
    let id = app.user("ann", "Shifters").await;
    let mut operator = app.signed_in("Operators").await;
    for path in [
        "/admin/rights/".to_owned(),
        "/admin/rights/?format=csv".into(),
        format!("/admin/users/{id}/rights/"),
    ] {
        assert_eq!(operator.get(&path).await.status, 403, "{path}");
        assert_eq!(app.anonymous().get(&path).await.status, 302, "{path}");
    }
    let mut users = app.with_rights("half", &["users.view"]).await;
    assert_eq!(users.get("/admin/rights/").await.status, 403);
    assert_eq!(users.get(&format!("/admin/users/{id}/rights/")).await.status, 200);
    let mut admin = app.signed_in("Admins").await;
    for odd in ["resource=nothing", "resource=%00x"] {
        assert_eq!(admin.get(&format!("/admin/rights/?{odd}")).await.status, 404, "{odd}");
    }
    for odd in ["resource=sites&q=%00", "resource=sites&q=%25&after=%27", "resource=sites&after=%00"] {
        assert_eq!(admin.get(&format!("/admin/rights/?{odd}")).await.status, 200, "{odd}");
    }
}

#[tokio::test]
async fn the_file_has_everybody_and_no_formulae_and_the_page_costs_the_same_for_many() {
    let app = TestApp::new().await;
    app.with_rights("@sum", &["sites.view", "causes.add"]).await;
    let mut admin = app.signed_in("Admins").await;
    let file = admin.get("/admin/rights/?format=csv").await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").contains("rights-all.csv"));
    let text = file.html();
    assert!(text.starts_with("\"user\",\"name\",\"resource\",\"right\",\"through\"\r\n"));
    assert!(text.contains("\"'@sum\",\"\",\"sites\",\"view\",\"given to them alone\"\r\n"), "{text}");
    let one = admin.get("/admin/rights/?format=csv&resource=causes").await.html();
    assert!(one.contains("\"'@sum\",\"\",\"causes\",\"add\"") && !one.contains("\"sites\""));
    let path = "/admin/rights/?resource=sites";
    let (_, few) = app.cost(&mut admin, path).await;
    for number in 0..60 {
        app.user(&format!("u{number:02}"), "Viewers").await;
    }
    let (page, many) = app.cost(&mut admin, path).await;
    assert_eq!((page.all("tbody tr").len(), few), (50, many));
    let next = page.attributes("a[rel=next]", "href");
    let rest = admin.get(&format!("/admin/rights/{}", next[0])).await;
    assert_eq!(rest.all("tbody tr").len(), 12, "the others");
    assert_eq!(admin.get("/admin/rights/?format=csv&resource=sites").await.html().matches("\"u").count(), 61);
}
