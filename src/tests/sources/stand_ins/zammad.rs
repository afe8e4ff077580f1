//! Zammad's tickets (<https://docs.zammad.org/en/latest/api/ticket/index.html>): search, groups, names.
use super::{Asked, Reply, Service};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::sync::Mutex;

/// Number, name.
const STATES: [(i64, &str); 7] = [
    (1, "new"),
    (2, "in progress"),
    (3, "waiting for reply"),
    (4, "closed"),
    (5, "solved"),
    (6, "unsolved"),
    (7, "verified"),
];
const PRIORITIES: [(i64, &str); 3] = [(1, "less urgent"), (2, "urgent"), (3, "top priority")];
const MOST: usize = 200;

/// In which form tickets are given, whatever is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tests) enum Form {
    /// With names beside the numbers.
    #[default]
    Expanded,
    /// With numbers only.
    Plain,
    /// Numbers, and everything they stand for.
    Full,
}

pub(in crate::tests) struct Zammad {
    /// What the `Authorization` header must be.
    authorization: &'static str,
    form: Form,
    tickets: Mutex<Vec<Value>>,
    groups: Mutex<Vec<Value>>,
}

impl Zammad {
    pub(in crate::tests) fn new(authorization: &'static str) -> Self {
        Self { authorization, form: Form::default(), tickets: Mutex::default(), groups: Mutex::default() }
    }

    pub(in crate::tests) fn giving(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// Adds a ticket, or puts it in place of the one with its number.
    pub(in crate::tests) fn put(&self, id: i64, state: &str, updated: &str, more: Value) {
        let number = |names: &[(i64, &str)], name: &str| {
            names.iter().find(|(_, known)| *known == name).map(|(id, _)| *id)
        };
        let mut ticket = json!({
            "id": id, "number": id.to_string(), "title": format!("Ticket {id}"), "group": "NGI_X", "group_id": 41,
            "state": state, "state_id": number(&STATES, state), "priority": "urgent", "priority_id": 2,
            "owner": "-", "owner_id": 1, "customer": "somebody@example.org", "customer_id": 77,
            "created_at": "2026-11-01T08:00:00.123Z", "updated_at": updated, "close_at": null, "article_count": 1,
        });
        if let (Some(ticket), Value::Object(more)) = (ticket.as_object_mut(), more) {
            ticket.extend(more);
        }
        let mut tickets = self.tickets.lock().expect("not poisoned");
        tickets.retain(|ticket| ticket["id"] != id);
        tickets.push(ticket);
        tickets.sort_by_key(|ticket| ticket["id"].as_i64());
    }

    pub(in crate::tests) fn group(&self, group: Value) {
        self.groups.lock().expect("not poisoned").push(group);
    }

    fn search(&self, asked: &Asked) -> Result<Reply, String> {
        asked.only_parameters(&["query", "sort_by", "order_by", "limit", "expand"])?;
        if asked.parameter("sort_by")? != "id" || asked.parameter("order_by")? != "asc" {
            return Err("not in the order of numbers".into());
        }
        let limit: usize = asked.parameter("limit")?.parse().map_err(|_| "no limit")?;
        if limit == 0 || limit > MOST {
            return Err(format!("limit {limit}"));
        }
        let wanted = condition(asked.parameter("query")?)?;
        let tickets = self.tickets.lock().expect("not poisoned");
        let found: Vec<&Value> = tickets.iter().filter(|ticket| wanted(ticket)).take(limit).collect();
        Ok(Reply::json(200, &self.formed(&found)))
    }

    fn formed(&self, tickets: &[&Value]) -> Value {
        let names = |names: &[(i64, &str)]| -> Map<String, Value> {
            names.iter().map(|(id, name)| (id.to_string(), json!({"id": id, "name": name}))).collect()
        };
        let plain: Vec<Value> = tickets.iter().map(|ticket| plain(ticket)).collect();
        match self.form {
            Form::Expanded => json!(tickets),
            Form::Plain => json!(plain),
            Form::Full => json!({
                "tickets": plain.iter().map(|ticket| ticket["id"].clone()).collect::<Vec<_>>(),
                "tickets_count": plain.len(),
                "assets": {
                    "Ticket": plain.iter().map(|ticket| (ticket["id"].to_string(), ticket.clone())).collect::<Map<_, _>>(),
                    "TicketState": names(&STATES),
                    "TicketPriority": names(&PRIORITIES),
                    "Group": {"41": {"id": 41, "name": "NGI_X"}},
                },
            }),
        }
    }
}

/// Without the names that `expand` adds.
fn plain(ticket: &Value) -> Value {
    let mut ticket = ticket.clone();
    if let Some(fields) = ticket.as_object_mut() {
        for name in ["state", "priority", "group", "owner", "customer"] {
            fields.remove(name);
        }
    }
    ticket
}

/// `(… AND id:>N)`, where the first part is about states or about the time of the last change.
fn condition(query: &str) -> Result<impl Fn(&Value) -> bool, String> {
    let inner = query.strip_prefix('(').and_then(|query| query.strip_suffix(')'));
    let (first, last) = inner.and_then(|inner| inner.rsplit_once(" AND id:>")).ok_or("not by number")?;
    let last: i64 = last.parse().map_err(|_| format!("after number {last}"))?;
    let mut closed = Vec::new();
    let mut since = None;
    if let Some(states) = first.strip_prefix("!(").and_then(|states| states.strip_suffix(')')) {
        for state in states.split(" OR ") {
            let state = state.strip_prefix("(state.name:").and_then(|state| state.strip_suffix(')'));
            closed.push(state.ok_or_else(|| format!("states {states}"))?.to_owned());
        }
    } else {
        let time = first.strip_prefix("updated_at:[").and_then(|time| time.strip_suffix(" TO *]"));
        let time = time.ok_or_else(|| format!("condition {first}"))?;
        since = Some(time.parse::<DateTime<Utc>>().map_err(|error| format!("{error}: {time}"))?);
    }
    Ok(move |ticket: &Value| {
        let updated = ticket["updated_at"].as_str().and_then(|time| time.parse::<DateTime<Utc>>().ok());
        ticket["id"].as_i64() > Some(last)
            && !closed.iter().any(|state| ticket["state"] == state.as_str())
            && since.is_none_or(|since| updated >= Some(since))
    })
}

#[async_trait::async_trait]
impl Service for Zammad {
    async fn answer(&self, asked: &Asked) -> Result<Reply, String> {
        asked.bare()?;
        if asked.header("authorization") != self.authorization {
            let error = "Invalid BasicAuth credentials / token";
            return Ok(Reply::json(401, &json!({"error": error, "error_human": error})));
        }
        let rows = |names: &[(i64, &str)]| -> Value {
            names.iter().map(|(id, name)| json!({"id": id, "name": name, "active": true})).collect()
        };
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/api/v1/tickets/search") => self.search(asked),
            ("GET", "/api/v1/groups") => {
                Ok(Reply::json(200, &json!(*self.groups.lock().expect("not poisoned"))))
            }
            ("GET", "/api/v1/ticket_states") => Ok(Reply::json(200, &rows(&STATES))),
            ("GET", "/api/v1/ticket_priorities") => Ok(Reply::json(200, &rows(&PRIORITIES))),
            _ => Err("no such address".into()),
        }
    }
}
