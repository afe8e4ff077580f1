//! The requests about one hour, and what their answers add up to.
use super::answer::{Aggregations, Answer, Cardinality, LinkBucket, Reasons, Reply};
use super::{Found, OPERATIONS, Search};
use crate::sources::fault::{Fault, Kind, saying};
use crate::sources::http::Http;
use crate::sources::monit::sums::{Link, Sums, word};
use crate::sources::record::{LONGEST_MESSAGE, Place, Rejected, clean};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Fewer links to a page are not tried when there are too many buckets.
const SMALLEST_PAGE: usize = 50;

/// The questions about one hour.
pub(super) struct Asking<'a> {
    search: &'a Search,
    http: &'a Http,
    begin: DateTime<Utc>,
    sums: Sums,
    rejected: Vec<Rejected>,
    requests: u32,
}

/// A sub-request that was refused.
struct Refusal {
    fault: Fault,
    too_many_buckets: bool,
}

impl<'a> Asking<'a> {
    pub(super) fn new(search: &'a Search, http: &'a Http, begin: DateTime<Utc>) -> Self {
        Self { search, http, begin, sums: Sums::new(begin), rejected: Vec::new(), requests: 0 }
    }

    /// Forgets what was found, not what it took.
    pub(super) fn forget(&mut self) {
        *self = Self { requests: self.requests, ..Self::new(self.search, self.http, self.begin) };
    }

    pub(super) fn finish(self) -> Found {
        let (tallies, failures) = self.sums.finish();
        Found { tallies, failures, rejected: self.rejected, requests: self.requests }
    }

    /// Page by page; pages become smaller when the server finds them too large.
    pub(super) async fn all_links(&mut self) -> Result<(), Fault> {
        let (mut size, mut after) = (self.search.page, None);
        loop {
            let body = self.search.page(self.begin, size, after.as_ref());
            let aggregations = match self.ask(&[body]).await?.pop() {
                Some(Err(refusal)) if refusal.too_many_buckets && size > SMALLEST_PAGE => {
                    size = (size / 2).max(SMALLEST_PAGE);
                    continue;
                }
                Some(reply) => reply.map_err(|refusal| refusal.fault)?,
                None => return Ok(()),
            };
            let Some(links) = aggregations.links else { return Ok(()) };
            for bucket in &links.buckets {
                self.add_bucket(bucket)?;
            }
            if links.buckets.is_empty() || links.after_key.is_none() {
                return Ok(());
            }
            if links.after_key == after {
                return Err(self.unreadable("answers with the same page again"));
            }
            after = links.after_key;
        }
    }

    pub(super) async fn some_links(&mut self, links: &[Link]) -> Result<(), Fault> {
        let bodies: Vec<Value> = links.iter().map(|link| self.search.link(self.begin, link)).collect();
        let replies = self.ask(&bodies).await?;
        for (link, reply) in links.iter().zip(replies) {
            let aggregations = reply.map_err(|refusal| refusal.fault)?;
            if let Some(reasons) = &aggregations.reasons {
                self.add_reasons(link, reasons)?;
            }
            if let Some(silent) = aggregations.silent.filter(|silent| silent.doc_count > 0) {
                self.sums.fail(link, String::new(), silent.doc_count, None);
            }
        }
        Ok(())
    }

    fn add_bucket(&mut self, bucket: &LinkBucket) -> Result<(), Fault> {
        let event = bucket.key.event.as_deref().unwrap_or_default();
        let found = event.rsplit_once('-').and_then(|(begin, end)| {
            Some((OPERATIONS.into_iter().find(|operation| word(*operation) == begin)?, end))
        });
        let place = |name: &Option<String>| Place::at_site(name.as_deref().unwrap_or_default());
        let link = |operation| Link { operation, src: place(&bucket.key.src), dst: place(&bucket.key.dst) };
        match found {
            Some((operation, "done")) => self.sums.count(&link(operation), None, bucket.doc_count, 0),
            Some((operation, "failed")) => {
                let link = link(operation);
                self.sums.count(&link, None, 0, bucket.doc_count);
                let Some(reasons) = &bucket.reasons else {
                    return Err(self.unreadable("answers without messages"));
                };
                let listed = self.add_reasons(&link, reasons)?;
                let silent = bucket.doc_count.saturating_sub(listed);
                if silent > 0 {
                    self.sums.fail(&link, String::new(), silent, None);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives how many failures have a message.
    fn add_reasons(&mut self, link: &Link, reasons: &Reasons) -> Result<u64, Fault> {
        let mut listed: u64 = 0;
        for bucket in &reasons.buckets {
            let Value::String(text) = &bucket.key else {
                return Err(self.unreadable("answers with messages that are no texts"));
            };
            let message = clean(Cow::Borrowed(text), LONGEST_MESSAGE).into_owned();
            self.sums.fail(
                link,
                message,
                bucket.doc_count,
                bucket.files.as_ref().and_then(Cardinality::count),
            );
            listed = listed.saturating_add(bucket.doc_count);
        }
        let other = reasons.sum_other_doc_count;
        if other > 0 {
            let reason = format!("{other} failures with rarer messages count for the link only");
            self.rejected.push(Rejected::new(format!("messages of {}", link.name()), reason));
        }
        Ok(listed.saturating_add(other))
    }

    /// Sends searches, and gives what each says: an error, or numbers that are whole.
    async fn ask(&mut self, bodies: &[Value]) -> Result<Vec<Result<Aggregations, Refusal>>, Fault> {
        let head = json!({
            "search_type": "query_then_fetch", "ignore_unavailable": true, "index": self.search.indices,
        });
        // One object to a line, and an end to the last line, too.
        let lines: String = bodies.iter().map(|body| format!("{head}\n{body}\n")).collect();
        let (url, credentials) = (&self.search.url, &self.search.credentials);
        self.requests += 1;
        let body = self.http.post(url, credentials, "application/x-ndjson", lines.into_bytes()).await?;
        let answer: Answer =
            serde_json::from_slice(&body).map_err(|error| Fault::of_json(self.host(), &body, &error))?;
        if let Some(error) = answer.error {
            return Err(self.refusal(answer.status.unwrap_or(400), &error).fault);
        }
        if answer.responses.len() != bodies.len() {
            let what = format!("answers {} of {} searches", answer.responses.len(), bodies.len());
            return Err(self.unreadable(&what));
        }
        answer.responses.into_iter().map(|reply| self.whole(reply)).collect()
    }

    fn whole(&mut self, reply: Reply) -> Result<Result<Aggregations, Refusal>, Fault> {
        if let Some(error) = reply.error {
            return Ok(Err(self.refusal(reply.status.unwrap_or(400), &error)));
        }
        let shards = reply.shards.unwrap_or_default();
        if reply.timed_out || shards.failed > 0 {
            let why = if reply.timed_out { "out of time" } else { "some shards failed" };
            return Err(self.unreadable(&format!("answers with a part of the messages only ({why})")));
        }
        match reply.aggregations {
            Some(aggregations) => Ok(Ok(aggregations)),
            None if shards.total == 0 => {
                let reason = format!("no index is called {}", self.search.indices.join(", "));
                self.rejected.push(Rejected::new(format!("messages of {}", self.begin), reason));
                Ok(Ok(Aggregations::default()))
            }
            None => Err(self.unreadable("answers without aggregations")),
        }
    }

    fn refusal(&self, status: u16, error: &Value) -> Refusal {
        let what = format!("refuses the search: {}", saying(error).unwrap_or_else(|| error.to_string()));
        let too_many_buckets = error.to_string().contains("too_many_buckets");
        Refusal { fault: Fault::new(self.host(), Kind::Status(status), what), too_many_buckets }
    }

    fn unreadable(&self, what: &str) -> Fault {
        Fault::unreadable(self.host(), what)
    }

    fn host(&self) -> &'a str {
        self.search.url.host_str().unwrap_or_default()
    }
}
