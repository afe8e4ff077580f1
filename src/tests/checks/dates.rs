//! Checks 30 and 37: filters by date, which go by the calendar of UTC, as all that OpInt shows.
use crate::tests::support::TestApp;

/// An issue of a site of its own, last seen then.
async fn seen(app: &TestApp, name: &str, at: &str) {
    let site = app.site(name).await.to_string();
    let fields = [
        ("operation", "deletion"),
        ("message", name),
        ("dst_site", site.as_str()),
        ("first_seen", "2019-01-01T00:00"),
        ("last_seen", at),
    ];
    app.add("issues", &fields).await;
}

#[tokio::test]
async fn check_30_days_months_and_years_are_those_of_the_calendar() {
    let app = TestApp::new().await;
    // It is half past nine on Saturday, 21 November 2026. Half past eleven at night in UTC is the next day in
    // Zurich, and not here.
    for (name, at) in [
        ("midnight", "2026-11-21T00:00"),
        ("late", "2026-11-20T23:30"),
        ("week", "2026-11-14T00:00"),
        ("before", "2026-11-13T23:30"),
        ("month", "2026-11-01T00:00"),
        ("october", "2026-10-31T23:30"),
        ("year", "2026-01-01T00:00"),
        ("old", "2025-12-31T23:30"),
    ] {
        seen(&app, name, at).await;
    }
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/issues/").await;
    let all = page.rows();
    for (title, rows) in [("Today", 1), ("Past 7 days", 3), ("This month", 5), ("This year", 7), ("All", 8)] {
        let chosen = browser.get(&page.choice("issues", "last_seen", title)).await;
        assert_eq!(chosen.rows(), all[..rows], "{title}");
    }
}

#[tokio::test]
async fn check_37_dates_lead_from_years_to_days_and_back() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    assert!(!browser.get("/admin/issues/").await.has(".dates"), "nothing to choose from");
    seen(&app, "A", "2026-11-20T23:59").await;
    seen(&app, "B", "2026-11-21T00:00").await;
    // One month of data begins with its days.
    let page = browser.get("/admin/issues/").await;
    assert_eq!(page.all(".dates a"), ["20", "21"]);
    assert_eq!(page.all(".dates b"), ["November 2026"]);
    seen(&app, "C", "2026-02-28T12:00").await;
    assert_eq!(browser.get("/admin/issues/").await.all(".dates a"), ["February", "November"]);
    seen(&app, "D", "2025-12-31T23:59").await;
    let years = browser.get("/admin/issues/?o=-2").await;
    assert_eq!(years.all(".dates a"), ["2025", "2026"]);
    let year = browser.get(&format!("/admin/issues/{}", years.attributes(".dates a", "href")[1])).await;
    assert_eq!(
        (year.rows().len(), year.all(".dates a")),
        (3, vec!["‹ All dates".into(), "February".into(), "November".into()])
    );
    let month = browser.get(&format!("/admin/issues/{}", year.attributes(".dates a", "href")[2])).await;
    assert_eq!(month.all(".dates a"), ["‹ All dates", "‹ 2026", "20", "21"]);
    let day = browser.get(&format!("/admin/issues/{}", month.attributes(".dates a", "href")[2])).await;
    assert_eq!(day.rows(), ["A"]);
    assert_eq!(day.all(".dates a"), ["‹ All dates", "‹ 2026", "‹ November 2026"]);
    assert_eq!(day.all(".chip"), ["Last seen 20 November 2026"]);
    assert_eq!(day.attributes(".chip a", "href"), ["?o=-2"]);
    // With a filter, only what passes it is offered.
    let filtered = browser.get("/admin/issues/?dst_site__name__icontains=D").await;
    assert_eq!(filtered.all(".dates a"), ["31"]);
    // The hour that Zurich skips in March is one like any other: the calendar is UTC's.
    seen(&app, "E", "2026-03-29T02:30").await;
    let gap = browser.get("/admin/issues/?dst_site__name__icontains=E").await;
    assert_eq!(gap.all(".dates a"), ["29"]);
    let day = browser.get(&format!("/admin/issues/{}", gap.attributes(".dates a", "href")[0])).await;
    assert_eq!(day.rows(), ["E"]);
}
