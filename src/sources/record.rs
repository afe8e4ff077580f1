//! What sources give: plain facts, without a database behind them.
use chrono::{DateTime, Utc};
use entity::vocabulary::Operation;
use std::borrow::Cow;
use std::fmt;

/// Names longer than this are cut: no site, host or storage element has one, and no column takes it.
const LONGEST_NAME: usize = 255;
/// Names of activities longer than this are cut: Rucio's and FTS's have none that long.
const LONGEST_ACTIVITY: usize = 64;
/// Messages longer than this are cut: FTS itself cuts at 1024 characters.
pub const LONGEST_MESSAGE: usize = 4096;

/// All a source says about where something happened; which site that is, others find out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place<T = String> {
    /// Name of the site, in the experiment's or in CRIC's words.
    pub site: Option<T>,
    /// Rucio storage element.
    pub rse: Option<T>,
    /// Host name, in lower case.
    pub host: Option<T>,
}

impl<T> Default for Place<T> {
    fn default() -> Self {
        Self { site: None, rse: None, host: None }
    }
}

impl Place {
    /// A place of which the site's name alone is known. `UNKNOWN` is how the monitoring says that it is not.
    #[must_use]
    pub fn at_site(name: &str) -> Self {
        let site = known(Cow::Borrowed(name)).map(Cow::into_owned);
        Self { site, rse: None, host: None }
    }
}

impl<T: AsRef<str>> Place<T> {
    /// With names of its own.
    pub(super) fn owned(&self) -> Place {
        let own = |name: &Option<T>| name.as_ref().map(|name| name.as_ref().to_owned());
        Place { site: own(&self.site), rse: own(&self.rse), host: own(&self.host) }
    }
}

impl<T: AsRef<str>> fmt::Display for Place<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.site.as_ref().or(self.rse.as_ref()).or(self.host.as_ref());
        f.write_str(name.map_or("UNKNOWN", AsRef::as_ref))
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It worked.
    Done,
    /// It did not.
    Failed,
    /// It was called off, which counts as neither.
    Cancelled,
}

/// One attempt that ended, as a line of a file tells it.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt<'a> {
    /// What was being done.
    pub operation: Operation,
    /// How it ended.
    pub outcome: Outcome,
    /// From where.
    pub src: Place<Cow<'a, str>>,
    /// To where.
    pub dst: Place<Cow<'a, str>>,
    /// What for, such as `Production Input`, if the source tells.
    pub activity: Option<Cow<'a, str>>,
    /// For jobs: what they were doing.
    pub workflow: Option<Cow<'a, str>>,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// What went wrong; empty unless it failed.
    pub message: Cow<'a, str>,
    /// The file that failed, by [`file_hash`].
    pub file: Option<u64>,
    /// Bytes moved, or of the file that was not.
    pub bytes: Option<u64>,
}

/// Attempts on one link in one hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// What was being done.
    pub operation: Operation,
    /// From where.
    pub src: Place,
    /// To where.
    pub dst: Place,
    /// What for, if the source tells.
    pub activity: Option<String>,
    /// Start of the hour in which they ended.
    pub hour: DateTime<Utc>,
    /// Attempts that succeeded.
    pub done: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Attempts that were called off.
    pub cancelled: u64,
    /// Bytes of those that succeeded, where known.
    pub bytes: Option<u64>,
}

/// Failures with one message on one link, or in one workflow, in one hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// What was being done.
    pub operation: Operation,
    /// From where.
    pub src: Place,
    /// To where.
    pub dst: Place,
    /// For jobs: what they were doing.
    pub workflow: Option<String>,
    /// Start of the hour in which they ended.
    pub hour: DateTime<Utc>,
    /// The whole message, with the `SCOPE [errno]` at its beginning; empty if there was none.
    pub message: String,
    /// Attempts that failed like that.
    pub failures: u64,
    /// Which files failed.
    pub files: Files,
    /// Size of the file, summed over the attempts, where known.
    pub bytes: Option<u64>,
}

/// Files among failures. Attempts are more: a file is tried again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// Each once, by [`file_hash`], in ascending order; can be united with those of another batch.
    Hashes(Vec<u64>),
    /// Only their number is known, and about.
    Count(u64),
    /// The source does not say.
    Unknown,
}

/// Something that could not be used, or not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// File and line, or request.
    pub place: String,
    /// What was wrong, in a sentence.
    pub reason: String,
}

impl Rejected {
    /// At a place, for a reason.
    pub(super) fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into() }
    }
}

/// The first eight bytes, big-endian, of SHA-256 over the name of a file. It is stored, so it may never change.
/// Names hold people's names; the hash does not.
#[must_use]
pub fn file_hash<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    use sha2::Digest;
    let mut digest = sha2::Sha256::new();
    for part in parts {
        digest.update(part);
    }
    let bytes: [u8; 32] = digest.finalize().into();
    bytes.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

/// A name, unless it is one of the words for having none.
pub(super) fn known(name: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let name = clean(trim(name), LONGEST_NAME);
    let none = ["", "UNKNOWN", "None", "null"].iter().any(|none| name.eq_ignore_ascii_case(none));
    (!none).then_some(name)
}

/// A host name as it is compared: in lower case, without the dot at its end.
pub(super) fn host(name: Cow<'_, str>) -> Option<Cow<'_, str>> {
    let name = known(name)?;
    if name.ends_with('.') || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Some(Cow::Owned(name.trim_end_matches('.').to_ascii_lowercase()));
    }
    Some(name)
}

/// Text without control characters (PostgreSQL takes no NUL), not longer than so many bytes.
pub(super) fn clean(text: Cow<'_, str>, longest: usize) -> Cow<'_, str> {
    let control = |byte: u8| (byte < b' ' && byte != b'\n' && byte != b'\t') || byte == 0x7f;
    if text.len() <= longest && !text.bytes().any(control) {
        return text;
    }
    let end = text.floor_char_boundary(longest);
    let swap = |c: char| if u8::try_from(c).is_ok_and(control) { ' ' } else { c };
    Cow::Owned(text[..end].chars().map(swap).collect())
}

/// The name of an activity, if it is one: `None` for nothing but blanks.
pub(super) fn activity<'a>(name: Cow<'a, str>) -> Option<Cow<'a, str>> {
    let name = trim(clean(name, LONGEST_ACTIVITY));
    (!name.is_empty()).then_some(name)
}

fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() < text.len() => Cow::Owned(text.trim().to_owned()),
        owned @ Cow::Owned(_) => owned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_file_never_changes() {
        assert_eq!(file_hash(["mc23", ":", "AOD.1"]), file_hash(["mc23:AOD.1"]));
        // printf abc | sha256sum
        assert_eq!(file_hash(["abc"]), 0xba78_16bf_8f01_cfea);
    }

    #[test]
    fn words_for_no_name_are_no_names() {
        for none in ["", "  ", "UNKNOWN", "unknown", "None", "null"] {
            assert_eq!(known(none.into()), None, "{none}");
        }
        assert_eq!(host("SE1.Example.ORG.".into()).as_deref(), Some("se1.example.org"));
        assert_eq!(Place::at_site(" BNL-ATLAS ").to_string(), "BNL-ATLAS");
        assert_eq!(Place::at_site("UNKNOWN").to_string(), "UNKNOWN");
    }

    #[test]
    fn what_no_database_takes_is_taken_out() {
        assert_eq!(clean("a\0b\u{1b}[1m\nc".into(), 100), "a b [1m\nc");
        assert_eq!(clean("ää".into(), 3), "ä");
        assert!(known("x".repeat(1000).into()).is_some_and(|name| name.len() == LONGEST_NAME));
    }
}
