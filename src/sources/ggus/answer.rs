//! The three forms in which Zammad gives tickets: a list, a list with names instead of numbers (`expand`), and numbers
//! with everything they stand for beside them (`full`).
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::HashMap;

type Row = Map<String, Value>;

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Answer {
    List(Vec<Row>),
    Full {
        tickets: Vec<i64>,
        #[serde(default)]
        assets: HashMap<String, HashMap<String, Row>>,
    },
}

impl Answer {
    /// The tickets; names that come with them are kept. `None` if the answer counts tickets that it does not hold.
    pub(super) fn tickets(self, names: &mut Names) -> Option<Vec<Row>> {
        match self {
            Self::List(rows) => Some(rows),
            Self::Full { tickets, mut assets } => {
                for (kind, asset) in
                    [("state", "TicketState"), ("priority", "TicketPriority"), ("group", "Group")]
                {
                    if let Some(rows) = assets.get(asset) {
                        let rows: Vec<Row> = rows.values().cloned().collect();
                        names.add(kind, &rows);
                    }
                }
                let mut rows = assets.remove("Ticket").unwrap_or_default();
                tickets.iter().map(|id| rows.remove(&id.to_string())).collect()
            }
        }
    }
}

/// Names of states, priorities and groups by number.
#[derive(Default)]
pub(super) struct Names(HashMap<&'static str, HashMap<i64, String>>);

impl Names {
    /// Adds those of one kind.
    pub(super) fn add(&mut self, kind: &'static str, rows: &Vec<Row>) {
        let names = self.0.entry(kind).or_default();
        for row in rows {
            if let (Some(id), Some(name)) = (super::ticket::id(row), row.get("name").and_then(Value::as_str))
            {
                names.insert(id, name.to_owned());
            }
        }
    }

    /// Whether a ticket gives a number only, and nobody asked yet what it stands for.
    pub(super) fn lack(&self, kind: &str, ticket: &Row) -> bool {
        ticket.get(kind).is_none_or(Value::is_null)
            && ticket.get(&format!("{kind}_id")).is_some_and(Value::is_number)
            && !self.0.contains_key(kind)
    }

    /// What a ticket says itself, or what its number stands for.
    pub(super) fn of(&self, kind: &str, ticket: &Row) -> Option<String> {
        let said = ticket.get(kind).and_then(Value::as_str).map(str::to_owned);
        said.or_else(|| {
            let id = ticket.get(&format!("{kind}_id")).and_then(Value::as_i64)?;
            self.0.get(kind)?.get(&id).cloned()
        })
    }
}
