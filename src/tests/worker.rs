//! How a worker shows that it works, and that it ends when told to.
use super::support::TestApp;
use crate::worker::{health, work};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use chrono::Duration;
use std::time::Duration as Wait;
use tokio::sync::oneshot;
use tower::ServiceExt;

async fn status(router: &Router, path: &str) -> u16 {
    let request = Request::get(path).body(Body::empty()).unwrap();
    router.clone().oneshot(request).await.unwrap().status().as_u16()
}

/// Until the worker has turned.
async fn felt(router: &Router) {
    for _ in 0..500 {
        if status(router, "/healthz").await == 200 {
            return;
        }
        tokio::time::sleep(Wait::from_millis(10)).await;
    }
    panic!("the worker did not begin");
}

#[tokio::test]
async fn a_worker_is_healthy_while_its_loop_turns() {
    let app = TestApp::new().await;
    let pulse = health::Pulse::default();
    let router = health::router(&app.app, pulse.clone());
    assert_eq!(status(&router, "/healthz").await, 503, "it has not begun");
    assert_eq!(status(&router, "/metrics").await, 200);
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = tokio::spawn(work(app.app.clone(), pulse, async { drop(stopped.await) }));
    felt(&router).await;
    stop.send(()).unwrap();
    tokio::time::timeout(Wait::from_secs(20), worker).await.expect("ends in time").unwrap().unwrap();
    app.wait(Duration::seconds(59));
    assert_eq!(status(&router, "/healthz").await, 200, "it may finish what is under way");
    app.wait(Duration::seconds(1));
    assert_eq!(status(&router, "/healthz").await, 503);
}

#[tokio::test]
async fn a_worker_lives_on_while_its_database_is_away() {
    let app = TestApp::new().await;
    app.app.db.clone().close().await.unwrap();
    let pulse = health::Pulse::default();
    let router = health::router(&app.app, pulse.clone());
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = tokio::spawn(work(app.app.clone(), pulse, async { drop(stopped.await) }));
    felt(&router).await;
    app.wait(Duration::minutes(5));
    felt(&router).await;
    stop.send(()).unwrap();
    worker.await.unwrap().unwrap();
}
