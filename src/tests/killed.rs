//! Loads whose process ended at a bad moment. `src/tests/kill_load.py` ends real processes at random ones.
use super::loading::{file, records, run};
use super::support::TestApp;
use crate::incidents::{judge, judge_loaded};
use crate::loading::{Run, Window, owed};
use chrono::Duration;
use entity::loader_run::Source;
use entity::{incident, issue, loader_run};
use sea_orm::{EntityTrait, PaginatorTrait};

#[tokio::test]
async fn what_died_before_it_was_judged_is_judged_by_a_rerun_that_reads_nothing() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), "a.json", records().as_bytes());
    run(&app, std::slice::from_ref(&path)).await.unwrap();
    // Here it was killed.
    assert_eq!(incident::Entity::find().count(&app.app.db).await.unwrap(), 0);
    assert_eq!(run(&app, &[path]).await.unwrap().counts.read, 0);
    let judged = judge_loaded(&app.app).await.unwrap().expect("somebody owes it");
    assert_eq!((judged.opened, judged.issues), (1, 5));
    for issue in issue::Entity::find().all(&app.app.db).await.unwrap() {
        assert_eq!(issue.attribution, issue::Attribution::Destination, "{:?}", issue.evidence);
    }
    assert_eq!(judge_loaded(&app.app).await.unwrap(), None, "once is enough");
    for run in loader_run::Entity::find().all(&app.app.db).await.unwrap() {
        assert_eq!(run.checkpoint, None);
    }
}

#[tokio::test]
async fn a_run_under_way_still_owes_when_another_is_judged() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    let mut dying = Run::start(&app.app, Source::Fts, Window::default()).await.unwrap();
    dying.counts.read = 5;
    let txn = crate::db::begin(&app.app.db).await.unwrap();
    dying.keep(&txn, app.app.now()).await.unwrap();
    txn.commit().await.unwrap();
    judge(&app.app, None).await.unwrap();
    assert!(owed::unjudged(&app.app).await.unwrap().is_empty(), "not while it goes on");
    app.wait(Duration::minutes(5));
    let nothing = file(folder.path(), "nothing.json", b"");
    assert_eq!(run(&app, &[nothing]).await.unwrap().counts.read, 0);
    assert_eq!(owed::unjudged(&app.app).await.unwrap(), [dying.id]);
    assert!(judge_loaded(&app.app).await.unwrap().is_some());
    assert!(owed::unjudged(&app.app).await.unwrap().is_empty());
}
