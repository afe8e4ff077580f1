//! The REST API as programs use it.
use super::support::{Client, TestApp};
use chrono::Duration;
use entity::{audit_log, solution};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::{Value, json};

/// A program with a token of a new user of a group.
async fn program(app: &TestApp, group: &str) -> Client {
    let name = format!("p-{}", group.to_lowercase());
    app.user(&name, group).await;
    let mut client = app.anonymous();
    let body = json!({ "username": name, "password": super::support::PASSWORD });
    let answer = client.call("POST", "/auth/rest-auth/login/", Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.html());
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    client.headers.push(("authorization".into(), format!("Token {token}")));
    client
}

#[tokio::test]
async fn the_originals_lists_have_its_fields_and_words() {
    let app = TestApp::new().await;
    let id = app.issue("421 Service busy", "WT2", "INFN-T1").await;
    app.change("issues", id, &[("status", "ongoing")]).await;
    let mut program = program(&app, "Operators").await;
    let list = program.call("GET", "/api/issues/transfer/?format=json&ordering=-last_modified", None).await;
    assert_eq!(list.status, 200, "{}", list.html());
    let list = list.json();
    assert_eq!((&list["count"], &list["next"], &list["previous"]), (&json!(1), &Value::Null, &Value::Null));
    let modified = list["results"][0]["last_modified"].clone();
    assert_eq!(
        list["results"][0],
        json!({
            "id": id, "message": "421 Service busy", "src_site": "WT2", "dst_site": "INFN-T1", "category": null,
            "amount": 100, "type": "transfer-failure", "status": "Ongoing", "last_modified": modified,
        })
    );
    assert_eq!(modified, "2026-11-21T09:30:00.000000Z");
    assert_eq!(program.call("GET", "/api/issues/workflow/", None).await.json()["count"], 0);
    assert_eq!(program.call("GET", &format!("/api/issues/workflow/{id}/"), None).await.status, 404);
    assert_eq!(program.call("GET", &format!("/api/issues/{id}/"), None).await.json()["status"], "ongoing");
}

#[tokio::test]
async fn the_originals_rows_are_made_changed_and_deleted() {
    let app = TestApp::new().await;
    let mut program = program(&app, "Operators").await;
    let cause = program.call("POST", "/api/issuecauses/", Some(json!({ "cause": "Door down" }))).await;
    assert_eq!(cause.status, 201, "{}", cause.html());
    let regex = "Connection  refused [at] door (1)";
    let category = json!({ "regex": regex, "cause": cause.json()["id"] });
    let category = program.call("POST", "/api/issuecategories/", Some(category)).await;
    assert_eq!((category.status, &category.json()["regex"]), (201, &json!(regex)), "{}", category.html());
    assert_eq!(category.json()["amount"], 0);
    let issue = json!({
        "message": "Connection refused", "src_site": "NEW-SITE", "dst_site": "", "type": "deletion-failure",
        "amount": "12", "category": category.json()["id"], "more": 1,
    });
    let made = program.call("POST", "/api/issues/transfer/", Some(issue)).await;
    assert_eq!(made.status, 201, "{}", made.html());
    let row = made.json();
    assert_eq!(
        (&row["src_site"], &row["dst_site"], &row["amount"], &row["status"]),
        (&json!("NEW-SITE"), &json!("UNKNOWN"), &json!(12), &json!("New"))
    );
    let path = format!("/api/issues/transfer/{}/", row["id"]);
    assert_eq!(made.location(), format!("http://localhost{path}"));
    let changed = program.call("PATCH", &path, Some(json!({ "status": "Resolved" }))).await;
    assert_eq!((changed.status, &changed.json()["status"]), (200, &json!("Resolved")));
    assert_eq!(
        program.call("PATCH", &path, Some(json!({ "status": "over" }))).await.json(),
        json!({ "status": ["\"over\" is not a valid choice."] })
    );
    assert_eq!(program.call("DELETE", &path, None).await.status, 204);
    assert_eq!(program.call("GET", &path, None).await.json(), json!({ "detail": "Not found." }));
    let by_api = audit_log::Entity::find()
        .filter(audit_log::Column::Source.eq(audit_log::Source::Api))
        .filter(audit_log::Column::Username.eq("p-operators"))
        .count(&app.app.db);
    assert_eq!(by_api.await.unwrap(), 6, "cause, category, site, issue, its change, its deletion");
}

#[tokio::test]
async fn an_action_is_asked_for_by_name_or_number() {
    let app = TestApp::new().await;
    let mut program = program(&app, "Shifters").await;
    let mut ask = async |action: Value| {
        let answer = program.call("POST", "/api/actions/", Some(json!({ "action": action }))).await;
        (answer.status, answer.json())
    };
    let (status, made) = ask(json!("Proposed")).await;
    assert_eq!((status, &made["action"]), (201, &json!("Proposed")));
    for same in [json!("Proposed"), made["id"].clone(), json!(made["id"].to_string())] {
        assert_eq!(ask(same).await, (200, made.clone()));
    }
    assert_eq!(ask(json!(999)).await.0, 400);
    assert_eq!(ask(json!([1])).await, (400, json!({ "action": ["Not a valid string."] })));
    assert_eq!(ask(Value::Null).await, (400, json!({ "action": ["This field may not be null."] })));
    assert_eq!(ask(json!("x".repeat(200))).await.0, 400);
}

#[tokio::test]
async fn solutions_are_suggestions_records_and_answers_under_one_sequence() {
    let app = TestApp::new().await;
    let issue = app.issue("421 Service busy", "WT2", "INFN-T1").await;
    let category = app.add("error-categories", &[("title", "Busy")]).await;
    app.change("issues", issue, &[("category", &category.to_string())]).await;
    let ticket = app.add("actions", &[("name", "Submit a ticket")]).await;
    let proposed = app.add("actions", &[("name", "Proposed"), ("is_retired", "true")]).await;
    let mut program = program(&app, "Operators").await;
    let suggestion =
        json!({ "category": category, "proposed_action": ticket, "propability": "80", "score": "False" });
    let suggestion = program.call("POST", "/api/solutions/", Some(suggestion)).await;
    assert_eq!(suggestion.status, 201, "{}", suggestion.html());
    assert_eq!(
        (&suggestion.json()["propability"], &suggestion.json()["proposed_action"]),
        (&json!(80.0), &json!(ticket))
    );
    let answer = json!({ "category": category, "solution": proposed, "affected_site": "dst_site", "real_cause": null });
    let answer = program.call("POST", "/api/solutions/", Some(answer)).await.json();
    assert_eq!(
        answer,
        json!({
            "id": answer["id"], "category": category, "proposed_action": null, "solution": proposed, "real_cause": null,
            "propability": 0.0, "score": false, "affected_site": "dst_site", "last_modified": answer["last_modified"],
        })
    );
    let kept =
        solution::Entity::find_by_id(answer["id"].as_i64().unwrap()).one(&app.app.db).await.unwrap().unwrap();
    assert_eq!(kept.meant_action_id, Some(ticket), "“Proposed” is what was offered");
    let issue = issue.to_string();
    let action = ticket.to_string();
    app.add("actions-taken", &[("issue", &issue), ("action", &action), ("worked", "yes")]).await;
    let list = program.call("GET", "/api/solutions/", None).await.json();
    assert_eq!(list["count"], 3);
    assert_eq!(
        (&list["results"][2]["solution"], &list["results"][2]["category"], &list["results"][2]["score"]),
        (&json!(ticket), &json!(category), &json!(true))
    );
    let wrong = json!({ "category": category, "solution": ticket, "affected_site": "x" });
    let wrong = program.call("POST", "/api/solutions/", Some(wrong)).await;
    assert_eq!(
        (wrong.status, wrong.json()),
        (400, json!({ "affected_site": ["\"x\" is not a valid choice."] }))
    );
    for place in 0..3 {
        let path = format!("/api/solutions/{}/", list["results"][place]["id"]);
        let changed = program.call("PATCH", &path, Some(json!({ "propability": 50 }))).await;
        assert_eq!(changed.status, 200, "{}", changed.html());
        assert_eq!(program.call("DELETE", &path, None).await.status, 204);
    }
    assert_eq!(program.call("GET", "/api/solutions/", None).await.json()["count"], 0);
    assert_eq!(program.call("GET", "/api/suggested-actions/", None).await.json()["count"], 0);
}

#[tokio::test]
async fn an_answer_of_the_originals_client_makes_the_next_suggestion_better() {
    let app = TestApp::new().await;
    let issue = app.issue("421 Service busy", "WT2", "INFN-T1").await;
    let category = app.add("error-categories", &[("title", "Busy")]).await;
    app.change("issues", issue, &[("category", &category.to_string())]).await;
    let wait = app.add("actions", &[("name", "Wait")]).await;
    let ticket = app.add("actions", &[("name", "Submit a ticket")]).await;
    let mut program = program(&app, "Shifters").await;
    for (action, times) in [(wait, 1), (ticket, 3)] {
        for _ in 0..times {
            let answer = json!({ "category": category, "solution": action, "affected_site": "src_site" });
            assert_eq!(program.call("POST", "/api/solutions/", Some(answer)).await.status, 201);
        }
    }
    let list = program.call("GET", &format!("/api/issues/{issue}/suggestions/"), None).await.json();
    assert_eq!(
        (&list["suggestions"][0]["action"], &list["suggestions"][0]["worked"]),
        (&json!(ticket), &json!(3))
    );
}

#[tokio::test]
async fn lists_come_in_pages_sorted_and_filtered() {
    let app = TestApp::new().await;
    for number in 0..25 {
        app.add("causes", &[("name", &format!("Cause {number:02}"))]).await;
    }
    let mut program = program(&app, "Viewers").await;
    let mut path = "/api/causes/?page_size=10&ordering=-id".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = program.call("GET", &path, None).await.json();
        assert_eq!(page["count"], 25);
        seen.extend(page["results"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()));
        match page["next"].as_str() {
            Some(next) => path = next.strip_prefix("http://localhost").unwrap().to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), 25);
    assert!(seen.is_sorted_by(|one, next| one > next));
    let count = async |program: &mut Client, query: &str| {
        let answer = program.call("GET", &format!("/api/causes/{query}"), None).await;
        (answer.status, answer.json())
    };
    assert_eq!(count(&mut program, "?page=9").await, (404, json!({ "detail": "Invalid page." })));
    assert_eq!(count(&mut program, "?page=x").await, (404, json!({ "detail": "Invalid page." })));
    assert_eq!(count(&mut program, "?page=0").await.0, 404);
    let last = count(&mut program, "?page=last&page_size=10").await.1;
    assert_eq!(last["results"].as_array().unwrap().len(), 5);
    let all = count(&mut program, "?page_size=99999999").await.1;
    assert_eq!(all["results"].as_array().unwrap().len(), 25);
    assert_eq!(count(&mut program, "?q=07").await.1["count"], 1);
    assert_eq!(count(&mut program, "?fault_kind=nothing").await.0, 400);
    assert_eq!(count(&mut program, "?nonsense=1").await.0, 400);
    assert_eq!(program.call("GET", "/api/issuecauses/?nonsense=1", None).await.json()["count"], 25);
    assert_eq!(program.call("GET", "/api/issuecauses/?id=x", None).await.status, 400);
}

#[tokio::test]
async fn a_newer_version_is_not_overwritten() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "Door down")]).await;
    let mut program = program(&app, "Operators").await;
    let path = format!("/api/causes/{id}/");
    let tag = program.call("GET", &path, None).await.header("etag");
    assert_eq!(tag, "\"1\"");
    app.change("causes", id, &[("description", "Again.")]).await;
    program.headers.push(("if-match".into(), tag));
    let answer = program.call("PATCH", &path, Some(json!({ "name": "Other" }))).await;
    assert_eq!(answer.status, 412, "{}", answer.html());
    assert_eq!(program.call("DELETE", &path, None).await.status, 412);
    program.headers.pop();
    assert_eq!(
        program.call("PUT", &path, Some(json!({ "description": "x" }))).await.json(),
        json!({ "name": ["This field is required."] })
    );
    let put = program.call("PUT", &path, Some(json!({ "name": "Other" }))).await.json();
    assert_eq!(
        (&put["name"], &put["description"], &put["version"]),
        (&json!("Other"), &json!("Again."), &json!(3))
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_in_the_shapes_that_clients_know() {
    let app = TestApp::new().await;
    let mut program = program(&app, "Operators").await;
    let mut send = async |kind: &str, body: &str| {
        program.headers.push(("content-type".into(), kind.into()));
        let answer = program.raw("POST", "/api/causes/", body.as_bytes().to_vec()).await;
        program.headers.pop();
        (answer.status, answer.json())
    };
    for (kind, body, status) in [
        ("application/json", "{", 400),
        ("application/json", "[]", 400),
        ("application/json", "\"x\"", 400),
        ("application/json", "{\"name\": {}}", 400),
        ("application/json", "{\"name\": \"a\\u0000b\"}", 400),
        ("application/json", "{\"name\": null}", 400),
        ("application/json", "{}", 400),
        ("application/json", "{\"name\": \"a\", \"colour\": 1}", 400),
        ("application/json", "{\"name\": \"a\", \"fault_kind\": \"bad\"}", 400),
        ("application/xml", "<a/>", 415),
        ("application/json", &format!("{{\"name\": \"{}\"}}", "x".repeat(3 << 20)), 413),
        ("application/json", &"[".repeat(100_000), 400),
        ("application/x-www-form-urlencoded", "name=By+form", 201),
    ] {
        let (given, answer) = send(kind, body).await;
        assert_eq!(given, status, "{}: {answer}", crate::admin::shorten(body, 60));
    }
    assert_eq!(
        send("application/json", "{\"name\": \"a\", \"colour\": 1}").await.1,
        json!({ "colour": ["There is no such field."] })
    );
    let page = program.call("PUT", "/api/causes/", Some(json!({}))).await;
    assert_eq!((page.status, page.json()), (405, json!({ "detail": "Method \"PUT\" not allowed." })));
    assert!(page.header("allow").contains("GET"));
    for path in
        ["/api/nothing/", "/api/causes/x/", "/api/causes/999999/", "/api/causes/99999999999999999999/"]
    {
        assert_eq!(program.call("GET", path, None).await.json(), json!({ "detail": "Not found." }), "{path}");
    }
    assert_eq!(program.call("GET", "/api/causes", None).await.location(), "/api/causes/");
}

#[tokio::test]
async fn a_browser_gets_a_page_and_others_json() {
    let app = TestApp::new().await;
    app.add("causes", &[("name", "<script>alert(1)</script>")]).await;
    let mut program = program(&app, "Viewers").await;
    for (accept, kind) in [
        ("application/json, text/plain, */*", "application/json"),
        ("*/*", "application/json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/xml", "application/json"),
    ] {
        program.headers.push(("accept".into(), accept.into()));
        let answer = program.call("GET", "/api/causes/", None).await;
        assert_eq!(answer.header("content-type"), kind, "{accept}");
        assert_eq!(answer.status == 406, accept == "application/xml");
        assert!(!kind.starts_with("text/html") || !answer.html().contains("<script>alert"));
        assert_eq!(
            program.call("GET", "/api/causes/?format=json", None).await.header("content-type"),
            "application/json"
        );
        program.headers.pop();
    }
    assert_eq!(program.call("GET", "/api/causes/?format=xml", None).await.status, 404);
    let options = program.call("OPTIONS", "/api/issues/transfer/", None).await.json();
    assert_eq!(options["name"], "Issue list");
    assert_eq!(options["actions"], Value::Null, "a viewer takes nothing");
}

#[tokio::test]
async fn the_shifts_pages_are_data_too() {
    let app = TestApp::new().await;
    let id = app.issue("421 Service busy", "WT2", "INFN-T1").await;
    let mut program = program(&app, "Viewers").await;
    for path in ["/api/board/", "/api/matrix/", &format!("/api/issues/{id}/series/"), "/api/"] {
        let answer = program.call("GET", path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.html());
    }
    assert_eq!(program.call("GET", "/api/board/?hours=3", None).await.status, 400);
    assert_eq!(program.call("GET", &format!("/api/issues/{id}/series/?hours=x"), None).await.status, 400);
    app.wait(Duration::hours(15));
    assert_eq!(program.call("GET", "/api/board/", None).await.status, 401, "the token is over");
}

#[tokio::test]
async fn the_documents_name_every_endpoint() {
    let app = TestApp::new().await;
    let mut program = program(&app, "Viewers").await;
    let document = program.call("GET", "/api/openapi.json", None).await.json();
    assert_eq!(document["openapi"], "3.1.0");
    for endpoint in ["issues/transfer", "issuecategories", "solutions", "sites", "actions-taken"] {
        assert!(document["paths"][format!("/api/{endpoint}/")]["get"].is_object(), "{endpoint}");
    }
    assert_eq!(document["paths"]["/api/users/"]["post"], Value::Null, "passwords are for people");
    let page = program.get("/api/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("issues_transfer") || page.text().contains("/api/issues/transfer/"));
}
