//! What services say when something fails: known phrases, the kind of fault and the side that each
//! tells. They name the fault of a template and keep templates apart whose beginnings are the same.
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::ops::Range;
use std::sync::LazyLock;

/// Side that a phrase tells.
type Side = Option<&'static str>;

const SOURCE: Side = Some("source");
const DESTINATION: Side = Some("destination");

/// Phrases in lower case with the kind of fault and the side, the most telling first: where a text
/// has several, the first of this list decides.
#[rustfmt::skip]
const PHRASES: &[(&str, &str, Side)] = &[
    ("stayed in the queue for too long", "queue", None),
    ("queued for too long", "queue", None),
    ("beyond its bringonline timeout", "queue", None),
    ("forced-canceled because is has been in staging state", "queue", None),
    ("in the queue for too long", "queue", None),
    ("no space left on device", "no-space", None),
    ("no space left", "no-space", None),
    ("srm_no_free_space", "no-space", DESTINATION),
    ("srm_no_user_space", "no-space", DESTINATION),
    ("not enough space", "no-space", DESTINATION),
    ("not enough free space", "no-space", DESTINATION),
    ("no free space", "no-space", DESTINATION),
    ("insufficient space", "no-space", DESTINATION),
    ("insufficient storage", "no-space", DESTINATION),
    ("space associated with the space token", "no-space", DESTINATION),
    ("quota exceeded", "no-space", DESTINATION),
    ("unable to get quota space", "no-space", DESTINATION),
    ("unable to reserve space", "no-space", DESTINATION),
    ("disk full", "no-space", None),
    ("http 507", "no-space", DESTINATION),
    ("checksum mismatch", "checksum", None),
    ("checksums do not match", "checksum", None),
    ("checksum do not match", "checksum", None),
    ("checksum does not match", "checksum", None),
    ("checksum not validated", "checksum", None),
    ("bad checksum", "checksum", None),
    ("size mismatch", "checksum", None),
    ("did not pass corruption test", "checksum", None),
    ("is corrupted", "checksum", None),
    ("name or service not known", "name-resolution", None),
    ("could not resolve host", "name-resolution", None),
    ("couldn't resolve host", "name-resolution", None),
    ("temporary failure in name resolution", "name-resolution", None),
    ("no address associated with hostname", "name-resolution", None),
    ("unknown host", "name-resolution", None),
    ("unknownhostexception", "name-resolution", None),
    ("host not found", "name-resolution", None),
    ("service busy", "overload", None),
    ("site busy", "overload", None),
    ("server busy", "overload", None),
    ("connection limit exceeded", "overload", None),
    ("too many queued requests", "overload", None),
    ("too many requests", "overload", None),
    ("too many connections", "overload", None),
    ("too many open", "overload", None),
    ("overloaded", "overload", None),
    ("http 429", "overload", None),
    ("http 503", "overload", None),
    ("503 service unavailable", "overload", None),
    ("could not open connection", "connection", None),
    ("unable to connect", "connection", None),
    ("could not connect to server", "connection", None),
    ("could not connect", "connection", None),
    ("couldn't connect to server", "connection", None),
    ("failed to connect", "connection", None),
    ("connection refused", "connection", None),
    ("connection reset by peer", "connection", None),
    ("connection reset", "connection", None),
    ("connection closed", "connection", None),
    ("connection was closed by server", "connection", None),
    ("no route to host", "connection", None),
    ("network is unreachable", "connection", None),
    ("host is down", "connection", None),
    ("broken pipe", "connection", None),
    ("end-of-file was reached", "connection", None),
    ("server returned nothing", "connection", None),
    ("failure when receiving data from the peer", "connection", None),
    ("could not read status line", "connection", None),
    ("transport endpoint is not connected", "connection", None),
    ("ssl connect error", "connection", None),
    ("the operation was aborted", "connection", None),
    ("terminated abruptly", "connection", None),
    ("connection lost", "connection", None),
    ("proxy expired", "authentication", None),
    ("proxy has expired", "authentication", None),
    ("certificate has expired", "authentication", None),
    ("certificate verify failed", "authentication", None),
    ("certificate", "authentication", None),
    ("gss_init_sec_context failed", "authentication", None),
    ("srm_authentication_failure", "authentication", None),
    ("authentication failed", "authentication", None),
    ("authentication", "authentication", None),
    ("auth failed", "authentication", None),
    ("invalid credentials", "authentication", None),
    ("no credentials", "authentication", None),
    ("credential", "authentication", None),
    ("token expired", "authentication", None),
    ("token has expired", "authentication", None),
    ("http 401", "authentication", None),
    ("x509", "authentication", None),
    ("ssl routines", "authentication", None),
    ("handshake failed", "authentication", None),
    ("insecure connection", "authentication", None),
    ("permission denied", "permission", None),
    ("permission refused", "permission", None),
    ("operation not permitted", "permission", None),
    ("srm_authorization_failure", "permission", None),
    ("not authorized", "permission", None),
    ("authorization denied", "permission", None),
    ("authorization", "permission", None),
    ("unauthorized", "permission", None),
    ("access denied", "permission", None),
    ("forbidden", "permission", None),
    ("http 403", "permission", None),
    ("no archive routes", "permission", DESTINATION),
    ("read-only file system", "permission", None),
    ("blacklist", "permission", None),
    ("user timeout over", "timeout", None),
    ("timeout of", "timeout", None),
    ("timeout was reached", "timeout", None),
    ("connection timed out", "timeout", None),
    ("operation timed out", "timeout", None),
    ("timed out", "timeout", None),
    ("etimedout", "timeout", None),
    ("operation timeout", "timeout", None),
    ("timeout", "timeout", None),
    ("deadline exceeded", "timeout", None),
    ("because it was stalled", "timeout", None),
    ("stalled", "timeout", None),
    ("took too long", "timeout", None),
    ("performance marker", "timeout", None),
    ("http 408", "timeout", None),
    ("http 504", "timeout", None),
    ("srm_invalid_path", "file-missing", None),
    ("srm_file_lost", "file-missing", None),
    ("srm_file_unavailable", "file-missing", None),
    ("no such file or directory", "file-missing", None),
    ("no such file", "file-missing", None),
    ("file not found", "file-missing", None),
    ("file might be missing", "file-missing", None),
    ("does not exist", "file-missing", None),
    ("could not resolve any source replicas", "file-missing", SOURCE),
    ("source file", "file-missing", SOURCE),
    ("notfound", "file-missing", None),
    ("not found", "file-missing", None),
    ("http 404", "file-missing", None),
    ("http 410", "file-missing", None),
    ("no sources", "file-missing", SOURCE),
    ("protocol(s) not supported", "protocol", None),
    ("srm_not_supported", "protocol", None),
    ("operation not supported", "protocol", None),
    ("does not support", "protocol", None),
    ("not supported", "protocol", None),
    ("unsupported", "protocol", None),
    ("no common protocol", "protocol", None),
    ("bad request", "protocol", None),
    ("method not allowed", "protocol", None),
    ("not implemented", "protocol", None),
    ("http 400", "protocol", None),
    ("http 405", "protocol", None),
    ("http 501", "protocol", None),
    ("communication error on send", "connection", None),
    ("an end of file occurred", "connection", None),
    ("no read pools online", "storage", SOURCE),
    ("no write pools", "storage", DESTINATION),
    ("failed to select pool", "storage", None),
    ("failed to pin file", "storage", SOURCE),
    ("temporary service error", "storage", None),
    ("srm_internal_error", "storage", None),
    ("srm_failure", "storage", None),
    ("internal server error", "storage", None),
    ("unexpected server error", "storage", None),
    ("input/output error", "storage", None),
    ("i/o error", "storage", None),
    ("bad gateway", "storage", None),
    ("http 500", "storage", None),
    ("http 502", "storage", None),
    ("command failed", "storage", None),
    ("system error in", "storage", None),
    ("a system call failed", "storage", None),
    ("general problem", "storage", None),
    ("davposix::unlink failure", "storage", DESTINATION),
    ("is locked by another upload", "storage", DESTINATION),
    ("file exists", "other", None),
    ("overwrite is not enabled", "other", DESTINATION),
    ("segmentation fault", "other", None),
    ("core dump", "other", None),
    ("bad_alloc", "other", None),
];

/// Most pieces that are kept of the end of a long message.
const MOST: usize = 12;

/// Finds the longest of the phrases at each place.
#[expect(clippy::expect_used, reason = "the phrases are constants, and a test builds this")]
static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(PHRASES.iter().map(|(phrase, _, _)| phrase))
        .expect("constant phrases make an automaton")
});

/// What the phrases of a template tell.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Kind of fault.
    pub kind: Option<&'static str>,
    /// Side at fault.
    pub side: Side,
    /// Where the phrase stands that tells the kind.
    pub place: Option<Range<usize>>,
}

/// Reads the phrases of a template.
pub(super) fn judge(masked: &str) -> Told {
    let mut told = Told::default();
    let (mut first, mut sided) = (usize::MAX, usize::MAX);
    for found in FINDER.find_iter(masked) {
        let index = found.pattern().as_usize();
        let Some((_, kind, side)) = PHRASES.get(index) else { continue };
        if index < first {
            first = index;
            told.kind = Some(*kind);
            told.place = Some(found.range());
        }
        if index < sided && side.is_some() {
            sided = index;
            told.side = *side;
        }
    }
    told
}

/// What tells faults apart in the end of a template: known phrases, codes and words in capitals, in their order.
pub(super) fn telling(masked: &str, from: usize) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut at = from;
    for found in FINDER.find_iter(masked).filter(|found| found.end() > from) {
        keep_codes(masked.get(at..found.start()).unwrap_or_default(), &mut kept);
        keep(masked.get(found.range()).unwrap_or_default().to_ascii_lowercase(), &mut kept);
        at = found.end();
    }
    keep_codes(masked.get(at..).unwrap_or_default(), &mut kept);
    kept.truncate(MOST);
    kept
}

fn keep(piece: String, kept: &mut Vec<String>) {
    if !kept.contains(&piece) {
        kept.push(piece);
    }
}

/// Codes and words in capitals; numbers that are no codes are placeholders by now.
fn keep_codes(text: &str, kept: &mut Vec<String>) {
    let words =
        text.split(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '_' | '<' | '>'));
    for word in words {
        let code = word.len() <= 5 && word.bytes().all(|byte| byte.is_ascii_digit());
        let capitals = word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        if !word.is_empty() && (code || capitals) && kept.len() < MOST {
            keep(word.to_owned(), kept);
        }
    }
}

/// Phrases by their first letter.
static BY_LETTER: LazyLock<[Vec<&'static str>; 128]> = LazyLock::new(|| {
    let mut letters = [const { Vec::new() }; 128];
    for (phrase, _, _) in PHRASES {
        if let Some(same) = phrase.bytes().next().and_then(|first| letters.get_mut(usize::from(first))) {
            same.push(*phrase);
        }
    }
    letters
});

/// Phrases, in lower case, that begin with a letter.
pub(super) fn beginning_with(letter: u8) -> &'static [&'static str] {
    BY_LETTER.get(usize::from(letter.to_ascii_lowercase())).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_in_lower_case_and_unique_and_of_kinds_that_exist() {
        const KINDS: [&str; 13] = [
            "authentication",
            "checksum",
            "connection",
            "file-missing",
            "name-resolution",
            "no-space",
            "other",
            "overload",
            "permission",
            "protocol",
            "queue",
            "storage",
            "timeout",
        ];
        let mut seen = std::collections::HashSet::new();
        for (phrase, kind, _) in PHRASES {
            assert!(seen.insert(phrase), "{phrase}");
            assert!(phrase.len() < 56 && *phrase == phrase.to_ascii_lowercase(), "{phrase}");
            assert!(KINDS.contains(kind), "{kind}");
        }
    }

    #[test]
    fn the_most_telling_phrase_decides() {
        let told = judge("An unknown failure: Connection timed out: no space left on device");
        assert_eq!(told.kind, Some("no-space"));
        assert_eq!(judge("nothing special").kind, None);
    }

    #[test]
    fn the_end_of_a_long_message_is_known_by_its_codes_and_phrases() {
        let text = "Failed, and HTTP 403 then SRM_FAILURE for <URL> of <NUM>: Permission denied";
        assert_eq!(telling(text, 7), ["http 403", "srm_failure", "permission denied"]);
    }
}
