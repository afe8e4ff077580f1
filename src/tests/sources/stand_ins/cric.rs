//! CRIC: JSON at fixed addresses.
use super::{Asked, Reply, Service};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex;

/// Addresses with the parameters that they need.
const ADDRESSES: [(&str, &[&str]); 6] = [
    ("/api/core/rcsite/query/", &["json"]),
    ("/api/core/service/query/", &["json", "type"]),
    ("/api/core/downtime/query/", &["json"]),
    ("/api/atlas/site/query/", &["json"]),
    ("/api/atlas/ddmendpoint/query/", &["json"]),
    ("/api/cms/site/query/", &["json", "preset"]),
];

/// Answers by the word before `/query/`: `core/rcsite`, `core/service`, …; `{}` where nothing was set.
#[derive(Default)]
pub(in crate::tests) struct Cric(Mutex<HashMap<&'static str, Value>>);

impl Cric {
    pub(in crate::tests) fn set(&self, what: &'static str, answer: Value) {
        self.0.lock().expect("not poisoned").insert(what, answer);
    }
}

#[async_trait::async_trait]
impl Service for Cric {
    async fn answer(&self, asked: &Asked) -> Result<Reply, String> {
        let known = ADDRESSES.iter().find(|(path, _)| asked.is("GET", path));
        let (path, parameters) = known.ok_or("no such address")?;
        asked.bare()?;
        asked.only_parameters(parameters)?;
        if parameters.contains(&"type") && asked.parameter("type")? != "SE" {
            return Err("not storage elements".into());
        }
        let what = path.trim_start_matches("/api/").trim_end_matches("/query/");
        let answer = self.0.lock().expect("not poisoned").get(what).cloned();
        Ok(Reply::json(200, &answer.unwrap_or_else(|| json!({}))))
    }
}
