//! What goes wrong between two servers.
use super::stand_ins::cric::Cric;
use super::stand_ins::{StandIn, Trouble};
use crate::sources::fault::{Fault, Kind};
use crate::sources::http::{Credentials, Http, Limits};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use url::Url;

/// With no patience.
fn limits() -> Limits {
    Limits { silence: Duration::from_secs(1), answer: Duration::from_secs(2), ..super::limits() }
}

fn client() -> Http {
    Http::new(limits()).expect("TLS is there")
}

const PATH: &str = "/api/core/rcsite/query/?json";

async fn stand_in() -> StandIn<Cric> {
    let server = StandIn::start(Cric::default()).await;
    server.service.set("core/rcsite", json!({"AGLT2": {"name": "AGLT2", "country": "United States"}}));
    server
}

async fn ask(http: &Http, server: &StandIn<Cric>) -> Result<Value, Fault> {
    http.get(&Url::parse(&format!("{}{PATH}", server.url)).unwrap(), &Credentials::none()).await
}

#[tokio::test]
async fn what_passes_is_asked_for_again() {
    let server = stand_in().await;
    for trouble in [
        Trouble::Status(502, "<html>Bad Gateway</html>"),
        Trouble::Status(503, r#"{"error": "busy"}"#),
        Trouble::TooMany(Some(0)),
        Trouble::TooMany(None),
        Trouble::CutOff,
        Trouble::Silent,
    ] {
        let before = server.requests().len();
        server.trouble(trouble.clone());
        let answer = ask(&client(), &server).await;
        assert!(answer.is_ok(), "{trouble:?}: {answer:?}");
        assert_eq!(server.requests().len() - before, 2, "{trouble:?}");
    }
}

#[tokio::test]
async fn what_does_not_pass_is_said_in_a_sentence() {
    let server = stand_in().await;
    for (trouble, kind, sentence, requests) in [
        (
            Trouble::Status(401, r#"{"message": "Invalid API key"}"#),
            Kind::Status(401),
            "127.0.0.1 refuses the token (401: Invalid API key)",
            1,
        ),
        (Trouble::Status(403, "{}"), Kind::Status(403), "127.0.0.1 does not allow that (403)", 1),
        (
            Trouble::Status(502, "<html><title>x</title>"),
            Kind::Status(502),
            "127.0.0.1 answers 502 with a page instead of data",
            3,
        ),
        (Trouble::TooMany(None), Kind::Status(429), "127.0.0.1 gets too many requests (429)", 3),
        (
            Trouble::TooMany(Some(3600)),
            Kind::Status(429),
            "127.0.0.1 gets too many requests (429) and asks to wait 3600 s",
            1,
        ),
        (
            Trouble::Page,
            Kind::Unreadable,
            "127.0.0.1 answers with a page instead of data; is the token still valid?",
            1,
        ),
        (
            Trouble::Redirect("http://login.example.org/?next=x".into()),
            Kind::Redirected,
            "127.0.0.1 sends to login.example.org, which is not asked; is the address right?",
            1,
        ),
        (Trouble::Silent, Kind::Slow, "127.0.0.1 did not answer within 1 s", 3),
        (Trouble::Dripping, Kind::Slow, "127.0.0.1 did not answer within 2 s", 3),
    ] {
        let before = server.requests().len();
        for _ in 0..requests {
            server.trouble(trouble.clone());
        }
        let fault = ask(&client(), &server).await.unwrap_err();
        assert_eq!((fault.kind, fault.to_string().as_str()), (kind, sentence), "{trouble:?}");
        assert_eq!(server.requests().len() - before, requests, "{trouble:?}");
    }
    let fault = {
        (0..3).for_each(|_| server.trouble(Trouble::CutOff));
        ask(&client(), &server).await.unwrap_err()
    };
    assert_eq!(fault.kind, Kind::CutOff);
    assert!(fault.to_string().starts_with("127.0.0.1 broke off in the middle of its answer: "), "{fault}");
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_given_the_time() {
    let server = stand_in().await;
    server.trouble(Trouble::TooMany(Some(1)));
    let start = Instant::now();
    ask(&client(), &server).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn nobody_there_is_said_without_the_address() {
    let server = stand_in().await;
    let url = Url::parse(&format!("{}/hooks/secret?token=secret", server.url)).unwrap();
    drop(server);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let credentials = Credentials::bearer("secret").unwrap();
    let fault = client().get::<Value>(&url, &credentials).await.unwrap_err();
    assert_eq!(fault.kind, Kind::Unreachable);
    assert!(!format!("{fault} {fault:?}").contains("secret"), "{fault:?}");
    assert!(fault.to_string().contains("cannot be reached: "), "{fault}");
}

#[tokio::test]
async fn an_answer_without_end_is_not_kept() {
    let server = stand_in().await;
    server.service.set("core/rcsite", json!({"AGLT2": {"name": "x".repeat(300 << 10)}}));
    let small = Http::new(Limits { size: 100 << 10, ..limits() }).unwrap();
    let fault = ask(&small, &server).await.unwrap_err();
    assert_eq!(
        (fault.kind, fault.to_string().as_str()),
        (Kind::TooLarge, "127.0.0.1 answers with more than 100 kB")
    );
}

#[tokio::test]
async fn a_redirect_within_the_server_is_followed() {
    let server = stand_in().await;
    server.trouble(Trouble::Redirect(PATH.into()));
    assert!(ask(&client(), &server).await.is_ok());
}
