//! The end of a message that its source has cut.
//!
//! Whether a cut message and the whole one share a template cannot be promised: the words that would
//! tell may be gone. Looking at the first 256 characters of every message only would promise it, but
//! then the length of a path decides which words count: of messages that differ in nothing but the
//! length of a path, half would fall apart. So a message is taken as it comes, and the end of a cut
//! one is completed as far as all known sentences that begin like it agree.
use super::host::is_cut_host;
use super::name::is_cut_store;
use super::phrases;
use super::token::{Class, Kind, Token};

/// What storage and transfer software says at length, as a template shows it.
const SENTENCES: [&str; 17] = [
    "CGSI-gSOAP running on <HOST> reports Error reading token data header: Connection closed",
    "CGSI-gSOAP running on <HOST> reports Error reading token data header: Connection reset by peer",
    "CGSI-gSOAP running on <HOST> reports could not open connection to <HOST>",
    "An unknown exception occurred. Details: ",
    "Communication error on send, err: [SE]",
    "Deletion NOTFOUND of <DID> as <URL> on <RSE>",
    "Error reading token data header: Connection ",
    "Server responded with an error: [",
    "System error in connect: Connection ",
    "The requested service is not available at the moment. Details: An unknown exception occurred. Details: ",
    "Unable to connect to <HOST> globus_xio: System error in connect: Connection ",
    "Unexpected server error: ",
    "globus_ftp_client: the server responded with an error ",
    "globus_xio: A system call failed: Connection ",
    "globus_xio: System error in connect: Connection ",
    "globus_xio: Unable to connect to <HOST> globus_xio: System error in connect: Connection ",
    "has been exceeded, or all performance markers during that period indicated zero bytes transferred",
];

/// Shortest ending that is completed to a sentence, in bytes.
const SHORT: usize = 5;

/// Shortest ending that is completed to a phrase, in bytes.
const SHORT_PHRASE: usize = 8;

/// No phrase is as long as this, in bytes.
const LONG_PHRASE: usize = 56;

/// Addresses begin so.
const SCHEMES: [&str; 13] = [
    "dav", "davs", "file", "ftp", "gsiftp", "http", "httpg", "https", "root", "roots", "s3s", "srm", "xroot",
];

/// Sees to the last word, of which nobody knows whether it is whole: what is left of an address or a host is one, and
/// any other word of a cut text goes.
pub(super) fn settle(text: &str, tokens: &mut Vec<Token>, cut: bool) {
    if cut {
        drop_marks(text, tokens);
    }
    let named = is_named(text, tokens);
    let Some(last) = tokens.last_mut() else { return };
    let word = last.text(text);
    match last.class {
        Class::Word | Class::Variable(Kind::Id | Kind::Path)
            if is_cut_host(word.as_bytes(), cut || named) || cut && named && !word.starts_with('/') =>
        {
            last.class = Class::Variable(Kind::Host);
        }
        Class::Word | Class::Variable(Kind::Id) if is_cut_store(word.as_bytes()) => {
            last.class = Class::Variable(Kind::Rse);
        }
        Class::Word if cut && SCHEMES.contains(&word) => last.class = Class::Variable(Kind::Url),
        Class::Word if cut => {
            tokens.pop();
        }
        _ => {}
    }
}

/// Punctuation at the very end belongs to the word that is not whole: `host.`, `srm:/`.
fn drop_marks(text: &str, tokens: &mut Vec<Token>) {
    while let Some(last) = tokens.last()
        && last.class == Class::Mark
        && matches!(last.text(text), "." | "-" | ":" | "/")
    {
        tokens.pop();
    }
}

/// Whether the last word stands where a host must follow.
fn is_named(text: &str, tokens: &[Token]) -> bool {
    let [.., before, between, last, blank, _] = tokens else { return false };
    let before = if between.class == Class::Blank { before.text(text) } else { "" };
    blank.class == Class::Blank
        && matches!(
            (before, last.text(text)),
            ("connect" | "connected" | "connection", "to")
                | ("running", "on")
                | ("from" | "to" | "on", "host")
        )
}

/// Completes the end of a cut template as far as all known sentences that begin so agree.
pub(super) fn complete(masked: &mut String) {
    let starts = masked.char_indices().rev().map(|(at, _)| at).filter(|at| is_start(masked, *at));
    let mut agreed = "";
    for start in starts.take(16) {
        let tail = masked.get(start..).unwrap_or_default();
        if tail.len() >= SHORT {
            let known = SENTENCES.iter().copied().filter(|sentence| sentence.starts_with(tail));
            agreed = agree(known, tail.len()).unwrap_or(agreed);
        }
        if (SHORT_PHRASE..LONG_PHRASE).contains(&tail.len()) {
            let first = tail.as_bytes().first().copied().unwrap_or_default();
            let known =
                phrases::beginning_with(first).iter().copied().filter(|phrase| begins_with(phrase, tail));
            agreed = agree(known, tail.len()).unwrap_or(agreed);
        }
    }
    let agreed = agreed.trim_end().to_owned();
    masked.push_str(&agreed);
}

fn begins_with(phrase: &str, head: &str) -> bool {
    phrase.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head))
}

/// What the sentences go on with after the given length, as far as they agree.
fn agree<'s>(mut sentences: impl Iterator<Item = &'s str>, from: usize) -> Option<&'s str> {
    let first = sentences.next()?.get(from..)?;
    let common = sentences.fold(first.len(), |common, next| {
        let next = next.get(from..).unwrap_or_default();
        common.min(first.bytes().zip(next.bytes()).take_while(|(a, b)| a == b).count())
    });
    let common = first.get(..common)?;
    // Not half a word.
    let whole = common.len() == first.len();
    let end = if whole { common.len() } else { common.rfind(' ').unwrap_or(0) };
    common.get(..end)
}

fn is_start(text: &str, at: usize) -> bool {
    at == 0 || text.get(..at).is_some_and(|before| before.ends_with([' ', '(', ':', '[']))
}

#[cfg(test)]
mod tests {
    use crate::categorise::template;

    const BEGINNING: &str = "SOURCE [70] srm-ifce err: Communication error on send, err: [SE][Ls][] ";

    /// A message as long as the limit, with an end.
    fn cut(end: &str) -> String {
        let url = "httpg://se.example.org:8443/".to_owned();
        let filler = "a".repeat(256 - BEGINNING.len() - url.len() - end.len());
        format!("{BEGINNING}{url}{filler}{end}")
    }

    #[test]
    fn a_cut_message_is_completed_as_far_as_is_known() {
        let whole =
            "CGSI-gSOAP running on fts1.example.org reports could not open connection to se.example.org:8443";
        let whole =
            template("transfer", &format!("{BEGINNING}httpg://se.example.org:8443/srm/managerv2: {whole}"));
        for end in [
            "reports could not op",
            "reports could not open connection to se",
            "reports could not open connection ",
        ] {
            let cut = template("transfer", &cut(&format!(": CGSI-gSOAP running on fts1.example.org {end}")));
            assert!(cut.cut && !whole.cut);
            assert_eq!(cut.text, whole.text, "{end}");
            assert_eq!(cut.hash, whole.hash, "{end}");
        }
    }

    #[test]
    fn what_cannot_be_known_is_not_made_up() {
        let cut = template("transfer", &cut(": CGSI-gSOAP running on fts1.example.org rep"));
        assert!(cut.text.ends_with("<URL>: CGSI-gSOAP running on <HOST> reports"), "{}", cut.text);
    }

    #[test]
    fn an_address_or_a_host_that_is_cut_is_one_all_the_same() {
        assert!(template("transfer", &cut(" see davs:/")).text.ends_with(" see <URL>"));
        assert!(template("transfer", &cut(" on EXAMPLE_SCRATCHDI")).text.ends_with(" on <RSE>"));
        assert!(template("transfer", &cut(" running on se-a.exa")).text.ends_with(" running on <HOST>"));
        assert!(template("transfer", "cannot talk to se.town.example.o").text.ends_with(" to <HOST>"));
        assert!(template("transfer", &cut(" and then hal")).text.ends_with(" and then"));
    }
}
