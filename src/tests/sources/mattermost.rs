//! Sending a message: the stand-in for Mattermost, and what the client says of it.
use super::client;
use super::stand_ins::mattermost::Mattermost;
use super::stand_ins::{StandIn, Trouble};
use crate::sources::fault::Kind;
use crate::sources::http::Credentials;
use serde_json::json;
use url::Url;

#[tokio::test]
async fn a_message_arrives_once_or_the_hook_says_why_not() {
    let server = StandIn::start(Mattermost::new("xyz-key")).await;
    let hook = |key: &str| Url::parse(&format!("{}/hooks/{key}", server.url)).unwrap();
    let send = async |key: &str, text: &str| {
        let body = json!({"text": text, "username": "opint"}).to_string().into_bytes();
        client().with_attempts(1).post(&hook(key), &Credentials::none(), "application/json", body).await
    };
    assert_eq!(send("xyz-key", "**AGLT2** fails").await.unwrap(), b"ok");
    assert_eq!(server.service.messages().len(), 1);
    assert_eq!(server.service.messages()[0]["text"], "**AGLT2** fails");

    let fault = send("xyz-key", "").await.unwrap_err();
    assert_eq!(
        (fault.is_temporary(), &*fault.to_string()),
        (false, "127.0.0.1 answers 400: No text specified.")
    );
    let fault = send("another", "x").await.unwrap_err();
    assert_eq!((fault.is_temporary(), fault.kind), (false, Kind::Status(400)));
    server.trouble(Trouble::TooMany(Some(2)));
    let fault = send("xyz-key", "x").await.unwrap_err();
    assert_eq!((fault.is_temporary(), fault.wait.unwrap().as_secs()), (true, 2));
    server.trouble(Trouble::Status(500, "{}"));
    assert!(send("xyz-key", "x").await.unwrap_err().is_temporary());
}

#[tokio::test]
#[should_panic(expected = "unknown field txt")]
async fn a_message_with_a_misspelt_field_fails_the_test() {
    let server = StandIn::start(Mattermost::new("k")).await;
    let hook = Url::parse(&format!("{}/hooks/k", server.url)).unwrap();
    let body = json!({"txt": "x"}).to_string().into_bytes();
    let answer = client().post(&hook, &Credentials::none(), "application/json", body).await;
    assert!(answer.is_err());
}
