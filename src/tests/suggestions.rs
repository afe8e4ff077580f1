//! Suggestions from what people recorded.
use super::support::TestApp;
use crate::admin::{Input, Save, Target};
use crate::suggestions::{Context, Suggestion, Tally, Tick, rank};
use chrono::Duration;
use entity::vocabulary::{Operation, Side};
use entity::{action_taken, incident, issue};
use sea_orm::{ActiveValue::Set, EntityTrait};

/// An error with two suggested actions, at two sites.
struct Story {
    app: TestApp,
    category: i64,
    issue: i64,
    wait: i64,
    ticket: i64,
    suggestion: i64,
}

impl Story {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let category =
            app.add("error-categories", &[("title", "No space left"), ("fault_kind", "no-space")]).await;
        let wait = app.add("actions", &[("name", "Wait one hour")]).await;
        let ticket = app.add("actions", &[("name", "Submit ticket")]).await;
        let suggestion = suggest(&app, category, wait, "0").await;
        suggest(&app, category, ticket, "1").await;
        let issue = issue_of(&app, category, "WT2").await;
        Self { app, category, issue, wait, ticket, suggestion }
    }

    async fn record(&self, action: i64, site: &str, worked: &str) -> i64 {
        let site = self.app.site(site).await;
        self.app
            .add(
                "actions-taken",
                &[
                    ("issue", &self.issue.to_string()),
                    ("action", &action.to_string()),
                    ("side", "destination"),
                    ("site", &site.to_string()),
                    ("worked", worked),
                ],
            )
            .await
    }

    async fn change(&self, slug: &str, key: i64, field: &str, value: &str) {
        change(&self.app, slug, key, field, value).await;
    }

    async fn context(&self, site: &str) -> Context {
        Context {
            category: Some(self.category),
            operation: Operation::Transfer,
            side: Side::Destination,
            site: Some(self.app.site(site).await),
        }
    }

    async fn at(&self, site: &str) -> Vec<Suggestion> {
        let context = self.context(site).await;
        rank(&self.app.app, self.app.app.now(), &[context]).await.unwrap().remove(0)
    }

    async fn about(&self, action: i64, site: &str) -> Option<Suggestion> {
        self.at(site).await.into_iter().find(|suggestion| suggestion.action == action)
    }
}

async fn suggest(app: &TestApp, category: i64, action: i64, position: &str) -> i64 {
    let (category, action) = (category.to_string(), action.to_string());
    app.add("suggested-actions", &[("category", &category), ("action", &action), ("position", position)])
        .await
}

async fn issue_of(app: &TestApp, category: i64, destination: &str) -> i64 {
    let issue =
        app.issue(&format!("No space left on {destination}, {category}"), "BNL-ATLAS", destination).await;
    change(app, "issues", issue, "category", &category.to_string()).await;
    issue
}

async fn change(app: &TestApp, slug: &str, key: i64, field: &str, value: &str) {
    let deed = app.deed();
    let resource = app.app.registry.get(slug).unwrap();
    let save = Save { registry: &app.app.registry, resource, deed: &deed, given: Vec::new() };
    let txn = crate::db::begin(&app.app.db).await.unwrap();
    let input = Input::partial([(field.to_owned(), value.to_owned())]);
    save.run(&txn, Target::Row(&key.to_string(), None), &input).await.unwrap();
    txn.commit().await.unwrap();
    app.app.counts.forget();
}

/// Waits for what is done in the background.
async fn eventually(happened: impl AsyncFn() -> bool) {
    for _ in 0..500 {
        if happened().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("it did not happen");
}

#[tokio::test]
async fn a_recorded_outcome_changes_what_is_offered_next_and_says_why() {
    let story = Story::new().await;
    let before = story.at("WT2").await;
    assert_eq!((before[0].action, before[1].action), (story.wait, story.ticket));
    assert_eq!(before[0].why, "No experience yet, suggested by DDM ops.");
    story.record(story.wait, "WT2", "no").await;
    for _ in 0..3 {
        story.record(story.ticket, "WT2", "yes").await;
    }
    let here = story.at("WT2").await;
    assert_eq!((here[0].action, here[1].action), (story.ticket, story.wait));
    assert_eq!(here[0].here, Tally { worked: 3, tries: 3 });
    assert_eq!(here[0].why, "Worked 3 of 3 times for this error, all at WT2.");
    assert_eq!(here[0].ticks, [Tick::Worked; 3]);
    assert!(here[0].probability > before[1].probability);
    let elsewhere = story.about(story.ticket, "INFN-T1").await.unwrap();
    assert!(elsewhere.probability > before[1].probability && elsewhere.probability < here[0].probability);
    assert_eq!(elsewhere.why, "Worked 3 of 3 times for this error, not yet tried at INFN-T1.");
}

#[tokio::test]
async fn an_error_that_nobody_handled_yet_borrows_from_its_kind() {
    let story = Story::new().await;
    for _ in 0..3 {
        story.record(story.ticket, "WT2", "yes").await;
    }
    let other = story.app.add("error-categories", &[("title", "Quota"), ("fault_kind", "no-space")]).await;
    let context = Context { category: Some(other), ..story.context("WT2").await };
    let unclassified = Context { category: None, ..context };
    let lists = rank(&story.app.app, story.app.app.now(), &[context, unclassified]).await.unwrap();
    assert_eq!(lists[0][0].why, "Worked 3 of 3 times for errors of this kind.");
    assert_eq!(lists[1][0].why, "Worked 3 of 3 times for all errors together.");
    assert!(lists.iter().all(|list| list.len() == 1));
}

#[tokio::test]
async fn what_operators_withdraw_is_offered_only_if_it_helped() {
    let story = Story::new().await;
    story.change("suggested-actions", story.suggestion, "is_active", "false").await;
    assert_eq!(story.about(story.wait, "WT2").await, None);
    story.record(story.wait, "WT2", "no").await;
    assert_eq!(story.about(story.wait, "WT2").await, None);
    story.record(story.wait, "WT2", "yes").await;
    let offered = story.about(story.wait, "WT2").await.unwrap();
    assert_eq!((offered.suggested_action, offered.error), (None, Tally { worked: 1, tries: 2 }));
    // Not so an action that is not done any more.
    story.change("actions", story.wait, "is_retired", "true").await;
    assert_eq!(story.about(story.wait, "WT2").await, None);
}

#[tokio::test]
async fn outcomes_given_later_corrected_or_taken_back_count_at_once() {
    let story = Story::new().await;
    let record = story.record(story.ticket, "WT2", "pending").await;
    let tally = async || story.about(story.ticket, "WT2").await.unwrap().error;
    assert_eq!(tally().await, Tally::default());
    for (outcome, expected) in [
        ("yes", Tally { worked: 1, tries: 1 }),
        ("no", Tally { worked: 0, tries: 1 }),
        ("unknown", Tally::default()),
        ("yes", Tally { worked: 1, tries: 1 }),
    ] {
        story.app.wait(Duration::seconds(1));
        story.change("actions-taken", record, "worked", outcome).await;
        assert_eq!(tally().await, expected, "{outcome}");
    }
    action_taken::Entity::delete_by_id(record).exec(&story.app.app.db).await.unwrap();
    story.app.app.counts.forget();
    assert_eq!(tally().await, Tally::default());
}

#[tokio::test]
async fn what_another_process_records_is_known_within_seconds() {
    let story = Story::new().await;
    let other = story.app.replica().await;
    let context = story.context("WT2").await;
    let tally = async || {
        let list = rank(&other.app, other.app.now(), &[context]).await.unwrap().remove(0);
        list.into_iter().find(|suggestion| suggestion.action == story.ticket).unwrap().error
    };
    assert_eq!(tally().await, Tally::default());
    story.record(story.ticket, "WT2", "yes").await;
    other.wait(Duration::seconds(31));
    eventually(async || tally().await == Tally { worked: 1, tries: 1 }).await;
}

#[tokio::test]
async fn experience_goes_with_the_issue_to_its_new_category() {
    let story = Story::new().await;
    story.record(story.ticket, "WT2", "yes").await;
    assert_eq!(story.about(story.ticket, "WT2").await.unwrap().error.tries, 1);
    let other = story.app.add("error-categories", &[("title", "Quota")]).await;
    story.change("issues", story.issue, "category", &other.to_string()).await;
    story.app.wait(Duration::seconds(31));
    eventually(async || story.about(story.ticket, "WT2").await.unwrap().error.tries == 0).await;
    let context = Context { category: Some(other), ..story.context("WT2").await };
    let list = rank(&story.app.app, story.app.app.now(), &[context]).await.unwrap().remove(0);
    assert_eq!((list[0].action, list[0].error.tries), (story.ticket, 1));
}

#[tokio::test]
async fn an_incident_that_ends_soon_after_an_action_makes_it_likely_that_it_worked() {
    let story = Story::new().await;
    let now = story.app.app.now();
    story.record(story.ticket, "WT2", "pending").await;
    let row = incident::ActiveModel {
        site_id: Set(story.app.site("WT2").await),
        role: Set(incident::Role::Destination),
        operation: Set(Operation::Transfer),
        state: Set(incident::State::Closed),
        started_at: Set(now - Duration::hours(3)),
        ended_at: Set(Some(now + Duration::hours(2))),
        failures: Set(10),
        attempts: Set(10),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
        ..Default::default()
    };
    let incident = incident::Entity::insert(row).exec(&story.app.app.db).await.unwrap().last_insert_id;
    let link =
        issue::ActiveModel { id: Set(story.issue), incident_id: Set(Some(incident)), ..Default::default() };
    issue::Entity::update(link).exec(&story.app.app.db).await.unwrap();
    story.app.wait(Duration::hours(3));
    eventually(async || !story.about(story.ticket, "WT2").await.unwrap().ticks.is_empty()).await;
    let likely = story.about(story.ticket, "WT2").await.unwrap();
    assert_eq!((likely.ticks, likely.error), (vec![Tick::Likely], Tally::default()));
    assert_eq!(likely.why, "Likely worked once for this error, not confirmed.");
}

#[tokio::test]
async fn a_board_takes_as_many_statements_as_one_issue_and_nearly_none_for_the_evidence() {
    let story = Story::new().await;
    story.record(story.ticket, "WT2", "yes").await;
    let mut contexts = vec![story.context("WT2").await];
    for number in 1..20 {
        let category = story.app.add("error-categories", &[("title", &format!("Error {number}"))]).await;
        let site = story.app.site(&format!("Site-{number}")).await;
        contexts.push(Context { category: Some(category), site: Some(site), ..contexts[0] });
    }
    let count = async |contexts: &[Context]| {
        let before = story.app.queries();
        let lists = rank(&story.app.app, story.app.app.now(), contexts).await.unwrap();
        assert_eq!(lists.len(), contexts.len());
        story.app.queries() - before
    };
    assert_eq!(count(&contexts).await, 9, "what was recorded is read once");
    assert_eq!((count(&contexts[..1]).await, count(&contexts).await), (4, 4));
    story.app.app.counts.forget();
    assert_eq!(count(&contexts).await, 6, "something was written, but nothing recorded");
    story.record(story.ticket, "WT2", "yes").await;
    assert_eq!((count(&contexts).await, count(&contexts).await), (7, 4));
    assert_eq!(count(&[]).await, 0);
}
