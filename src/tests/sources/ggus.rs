//! Tickets of GGUS's Zammad.
use super::stand_ins::zammad::{Form, Zammad};
use super::stand_ins::{StandIn, Trouble};
use super::{client, time};
use crate::sources::ggus::{Found, Ggus, Ticket, TokenStyle};
use serde_json::json;

const TOKEN: &str = "Token token=abc";

async fn start(form: Form) -> (StandIn<Zammad>, Ggus) {
    let server = StandIn::start(Zammad::new(TOKEN).giving(form)).await;
    let ggus = Ggus::new(&server.url, "abc", TokenStyle::default()).unwrap();
    (server, ggus)
}

fn numbers(found: &Found) -> Vec<i64> {
    found.tickets.iter().map(|ticket| ticket.id).collect()
}

#[tokio::test]
async fn all_forms_of_answers_say_the_same() {
    let mut all: Vec<Vec<Ticket>> = Vec::new();
    for form in [Form::Expanded, Form::Plain, Form::Full] {
        let (server, ggus) = start(form).await;
        server.service.put(
            1_000_981,
            "in progress",
            "2026-11-03T08:00:00.000Z",
            json!({
                "title": "AGLT2: destination <b>transfer</b> failures", "type": "TEAM", "area": "", "vo_support": "ATLAS",
                "wlcg_sites": "AGLT2", "cms_site_names": ["T2_US_Nebraska:Nebraska", null], "notified_groups": [12, "13"],
            }),
        );
        let found = ggus.tickets(&client(), None).await.unwrap();
        let [ticket] = &found.tickets[..] else { panic!("{found:?}") };
        assert_eq!((&*ticket.reference, &*ticket.state, ticket.open), ("1000981", "in progress", true));
        assert_eq!(ticket.title, "AGLT2: destination <b>transfer</b> failures");
        assert_eq!((ticket.kind.as_deref(), ticket.area.as_deref()), (Some("TEAM"), None));
        assert_eq!(
            (ticket.priority.as_deref(), &ticket.vos[..]),
            (Some("urgent"), &["atlas".to_owned()][..])
        );
        assert_eq!(
            (&ticket.sites[..], &ticket.groups[..]),
            (&["AGLT2".to_owned(), "T2_US_Nebraska".into()][..], &[12, 13][..])
        );
        assert_eq!(ticket.opened, Some(time("2026-11-01T08:00:00.123Z")));
        assert_eq!((ticket.changed, ticket.closed), (Some(time("2026-11-03T08:00:00Z")), None));
        assert_eq!(found.latest, ticket.changed);
        assert!(ticket.url.ends_with("/#ticket/zoom/1000981"), "{}", ticket.url);
        // A plain answer names no groups, only their numbers: the rest is the same.
        let group = if form == Form::Plain { None } else { Some("NGI_X") };
        assert_eq!(ticket.group.as_deref(), group);
        let same = Ticket { group: None, url: String::new(), ..ticket.clone() };
        all.push(vec![same]);
    }
    assert!(all.windows(2).all(|two| two[0] == two[1]), "{all:#?}");
}

#[tokio::test]
async fn open_ones_at_first_then_whatever_changed() {
    let (server, ggus) = start(Form::Expanded).await;
    for id in 1..=250 {
        let state = if id % 50 == 0 { "solved" } else { "new" };
        server.service.put(1_000_000 + id, state, "2026-11-02T08:00:00Z", json!({}));
    }
    let found = ggus.tickets(&client(), None).await.unwrap();
    assert_eq!((found.tickets.len(), found.requests), (245, 4));
    assert!(found.tickets.iter().all(|ticket| ticket.open));
    assert!(numbers(&found).is_sorted());

    server.service.put(
        1_000_007,
        "solved",
        "2026-11-03T08:00:00Z",
        json!({"close_at": "2026-11-03T08:00:00Z"}),
    );
    server.service.put(1_000_251, "waiting for reply", "2026-11-03T09:00:00Z", json!({}));
    // The search index is late: this one was changed before the last one that was seen.
    server.service.put(1_000_009, "in progress", "2026-11-02T07:50:00Z", json!({}));
    let changed = ggus.tickets(&client(), Some(time("2026-11-02T08:10:00Z"))).await.unwrap();
    assert!(!numbers(&changed).contains(&1_000_009) && changed.tickets.len() == 250);
    let changed = ggus.tickets(&client(), Some(time("2026-11-03T08:05:00Z"))).await.unwrap();
    assert_eq!(numbers(&changed), [1_000_007, 1_000_251]);
    assert_eq!((changed.tickets[0].open, changed.tickets[1].open), (false, true));
    assert_eq!(changed.latest, Some(time("2026-11-03T09:00:00Z")));
    let nothing = ggus.tickets(&client(), Some(time("2026-11-04T08:00:00Z"))).await.unwrap();
    assert_eq!(nothing, Found { requests: 1, ..Found::default() });
}

#[tokio::test]
async fn told_groups_tell_the_site_if_the_ticket_does_not() {
    let (server, ggus) = start(Form::Expanded).await;
    let updated = "2026-11-03T08:00:00Z";
    server.service.put(1, "new", updated, json!({"notified_groups": [5, 6], "wlcg_sites": []}));
    server.service.put(2, "new", updated, json!({"notified_groups": "6", "wlcg_sites": "AGLT2, BNL-ATLAS"}));
    server.service.put(3, "new", updated, json!({"notified_groups": [7]}));
    server
        .service
        .group(json!({"id": 5, "name": "EGI::NGI_DE::DESY-HH", "name_last": "DESY-HH", "active": true}));
    server.service.group(json!({"id": 6, "name": "CMS T2_CH_CSCS", "cms_site_name": "T2_CH_CSCS:Lugano"}));
    server.service.group(json!({"id": 7, "name": "CMS Transfers", "cms_site_name": null}));
    let found = ggus.tickets(&client(), None).await.unwrap();
    let sites: Vec<_> = found.tickets.iter().map(|ticket| ticket.sites.join(" ")).collect();
    assert_eq!(sites, ["DESY-HH T2_CH_CSCS", "AGLT2 BNL-ATLAS", ""]);
}

#[tokio::test]
async fn fields_are_named_as_configured() {
    let (server, mut ggus) = start(Form::Expanded).await;
    server.service.put(1, "new", "2026-11-03T08:00:00Z", json!({"our_sites": ["X"], "wlcg_sites": "Y"}));
    ggus.fields.sites = "our_sites".into();
    assert_eq!(ggus.tickets(&client(), None).await.unwrap().tickets[0].sites, ["X"]);
}

#[tokio::test]
async fn the_token_is_sent_as_configured() {
    for (style, authorization) in [
        (TokenStyle::Zammad, "Token token=abc"),
        (TokenStyle::Plain, "Token abc"),
        (TokenStyle::Bearer, "Bearer abc"),
    ] {
        let server = StandIn::start(Zammad::new(authorization)).await;
        let ggus = Ggus::new(&server.url, "abc", style).unwrap();
        assert!(ggus.tickets(&client(), None).await.is_ok(), "{style:?}");
    }
    let server = StandIn::start(Zammad::new(TOKEN)).await;
    let ggus = Ggus::new(&server.url, "wrong", TokenStyle::Zammad).unwrap();
    let fault = ggus.tickets(&client(), None).await.unwrap_err();
    let sentence = "127.0.0.1 refuses the token (401: Invalid BasicAuth credentials / token)";
    assert_eq!(fault.to_string(), sentence);
    assert!(!format!("{ggus:?}").contains("wrong"));
}

#[tokio::test]
async fn a_source_that_fails_half_way_gives_nothing() {
    let (server, ggus) = start(Form::Expanded).await;
    for id in 1..=150 {
        server.service.put(id, "new", "2026-11-02T08:00:00Z", json!({}));
    }
    for (trouble, sentence) in [
        (Trouble::Status(422, r#"{"error": "Invalid query"}"#), "answers 422: Invalid query"),
        (
            Trouble::Status(403, r#"{"error": "Not authorized", "error_human": "Missing permissions!"}"#),
            "does not allow that (403: Missing permissions!)",
        ),
        (Trouble::Status(200, r#"{"tickets": "?"}"#), "answers with something unexpected"),
        (Trouble::Status(200, r#"[{"id": 7, "state": "new"}]"#), "answers with the same tickets again"),
        (
            Trouble::Status(200, r#"{"tickets": [7], "assets": {}}"#),
            "answers with a part of the tickets only",
        ),
        (Trouble::Status(200, r#"[{"state": "new"}]"#), "answers with a ticket without a number"),
    ] {
        server.trouble(Trouble::Nothing);
        server.trouble(trouble);
        let fault = ggus.tickets(&client(), None).await;
        assert!(fault.as_ref().is_err_and(|fault| fault.to_string().contains(sentence)), "{fault:?}");
    }
    server.trouble(Trouble::TooMany(Some(0)));
    server.trouble(Trouble::Status(500, "<html>"));
    assert_eq!(ggus.tickets(&client(), None).await.unwrap().tickets.len(), 150);
}

#[test]
fn both_generations_of_tickets_have_a_page() {
    let ggus = Ggus::new("https://helpdesk.ggus.eu/", "abc", TokenStyle::Zammad).unwrap();
    assert_eq!(ggus.page("1000981"), "https://helpdesk.ggus.eu/#ticket/zoom/1000981");
    assert_eq!(ggus.page("168123"), "https://ggus.eu/?mode=ticket_info&ticket_id=168123");
}
