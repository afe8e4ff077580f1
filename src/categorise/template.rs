//! From a message to the template it shares with others of its category.
use super::clean::{is_cut, tidy};
use super::context;
use super::ending;
use super::fault_kind;
use super::head;
use super::phrases;
use super::scan::scan;
use super::title;
use super::token::{Class, Kind, Token};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Longest template, in bytes.
const LONGEST: usize = 4000;

/// After so many bytes of template, only codes and known phrases count.
const WINDOW: usize = 300;

/// What stands for a message without text.
const EMPTY: &str = "no message";

/// Changes when templates of the same messages change, so that old and new ones are not mixed up.
const VERSION: &str = "opint template 1";

/// What a message has in common with others of its category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The message with placeholders for what varies; at most 4096 characters.
    pub text: String,
    /// Hex SHA-256 over the operation and the text: the identity of the category.
    pub hash: String,
    /// The same in short plain words, at most 200 characters; several templates may share it.
    pub title: String,
    /// Coarse kind of fault, a word of `entity::vocabulary::FaultKind`.
    pub fault_kind: &'static str,
    /// Side that the text blames, `source` or `destination`.
    pub side: Option<&'static str>,
    /// Whether the source had cut the message.
    pub cut: bool,
}

/// The template of a message: a pure function of the operation and the text.
///
/// So the same messages make the same categories in any order and in any number of runs, which a
/// parser that learns from what it has seen (Drain: He et al., ICWS 2017) cannot promise.
#[must_use]
pub fn template(operation: &str, text: &str) -> Template {
    let cut = is_cut(text);
    let text = tidy(text);
    let masked = masked(&text, cut);
    let head = head::parse(&masked);
    let told = phrases::judge(&masked);
    let fault_kind = told.kind.unwrap_or_else(|| fault_kind::of(&masked, &head));
    // Where nothing is left, something was to be written: at the destination, but for jobs on their own disks.
    let full = fault_kind == "no-space" && operation != "workflow";
    Template {
        hash: hash(operation, &masked),
        fault_kind,
        side: head.side().or(told.side).or(full.then_some("destination")),
        title: title::of(&masked, &head, told.place),
        cut,
        text: masked,
    }
}

/// Tokens of a cleaned text, each with its final class.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = scan(text);
    context::resolve(text, &mut tokens, &head::parse(text));
    tokens
}

fn masked(text: &str, cut: bool) -> String {
    let mut tokens = tokens(text);
    ending::settle(text, &mut tokens, cut);
    let mut masker = Masker::new(text);
    for token in &tokens {
        masker.add(token);
    }
    let mut masked = masker.finish();
    if cut {
        ending::complete(&mut masked);
    }
    if masked.is_empty() { EMPTY.into() } else { masked }
}

/// Writes a template token by token.
struct Masker<'t> {
    text: &'t str,
    masked: String,
    /// White space came since the last word.
    blank: bool,
    /// What was written last, if it was a placeholder, and how long the template was after it.
    last: Option<(Kind, usize)>,
    /// How long the template was when the window was full, if it is.
    window: Option<usize>,
}

impl<'t> Masker<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, masked: String::with_capacity(256), blank: false, last: None, window: None }
    }

    fn add(&mut self, token: &Token) {
        if self.masked.len() > LONGEST {
            return;
        }
        if self.window.is_none() && self.masked.len() >= WINDOW {
            self.window = Some(self.masked.len());
        }
        let text = token.text(self.text);
        match token.class {
            Class::Blank => self.blank = true,
            Class::Quote | Class::Joined => {}
            Class::Mark => self.mark(text),
            Class::Word | Class::Number | Class::Code => self.word(text),
            Class::Setting => {
                self.masked.push('=');
                self.blank = false;
                self.placeholder(Kind::Value);
            }
            Class::Variable(kind) => self.placeholder(kind),
        }
    }

    /// Punctuation, spaced as in a book, since sources differ in that.
    fn mark(&mut self, text: &str) {
        let Some(mark) = text.chars().next() else { return };
        let closes = matches!(mark, ',' | ';' | ':' | '.' | '?' | ')' | ']' | '}');
        let sentence_ends = mark == '.' && self.last.is_some_and(|(_, end)| end == self.masked.len());
        if self.masked.is_empty() && closes || sentence_ends || self.ends_with_many(mark) {
            return;
        }
        if self.blank && !closes && !self.after_opening() {
            self.masked.push(' ');
        }
        self.masked.push_str(text);
        self.blank = matches!(mark, ',' | ';');
    }

    /// A line of equals signs is as good as three.
    fn ends_with_many(&self, mark: char) -> bool {
        !self.blank && self.masked.bytes().rev().take_while(|byte| *byte as char == mark).take(3).count() == 3
    }

    fn after_opening(&self) -> bool {
        self.masked.is_empty() || self.masked.ends_with(['(', '[', '{'])
    }

    fn space(&mut self) {
        if self.blank && !self.after_opening() {
            self.masked.push(' ');
        }
        self.blank = false;
    }

    fn word(&mut self, text: &str) {
        self.space();
        self.masked.push_str(text);
    }

    /// A placeholder; of several in a row, the first is enough.
    fn placeholder(&mut self, kind: Kind) {
        if let Some((last, end)) = self.last
            && last == kind
            && self
                .masked
                .get(end..)
                .is_some_and(|between| between.bytes().all(|byte| matches!(byte, b',' | b';' | b' ')))
            && (self.blank || self.masked.len() > end)
        {
            self.masked.truncate(end);
            self.window = self.window.map(|window| window.min(end));
            self.blank = false;
            return;
        }
        self.space();
        self.masked.push_str(kind.placeholder());
        self.last = Some((kind, self.masked.len()));
    }

    fn finish(mut self) -> String {
        if let Some(window) = self.window {
            let kept = phrases::telling(&self.masked, window);
            self.masked.truncate(window);
            if !kept.is_empty() {
                let _ = write!(self.masked, " … {}", kept.join(" "));
            }
        }
        let end = self.masked.trim_end_matches([' ', '.', ',', ';', ':', '!']).len();
        self.masked.truncate(end);
        self.masked
    }
}

fn hash(operation: &str, masked: &str) -> String {
    let mut hasher = Sha256::new();
    for part in [VERSION, operation, masked] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let mut hex = String::with_capacity(64);
    for byte in hasher.finalize() {
        for digit in [byte >> 4, byte & 15] {
            hex.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hash_of(text: &str) -> String {
        template("transfer", text).hash
    }

    #[test]
    fn different_faults_do_not_share_a_template() {
        for (one, other) in [
            ("SOURCE [70] x", "DESTINATION [70] x"),
            ("TRANSFER [110] SOURCE CHECKSUM x", "TRANSFER [110] DESTINATION CHECKSUM x"),
            ("STAGING [70] [SE][Ls][] x", "SOURCE [70] [SE][Ls][] x"),
            ("TRANSFER [110] Operation timed out", "Operation timed out"),
            ("TRANSFER [70] x", "TRANSFER [110] x"),
            ("HTTP 403 : odd", "HTTP 404 : odd"),
            ("Unexpected server error: 500", "Unexpected server error: 502"),
            ("Rejected GET: 403 Forbidden", "Rejected GET: 404 Not Found"),
            ("error 421 Service busy", "error 451 Service busy"),
            ("curl error (28): x", "curl error (56): x"),
            ("error: [3010] x", "error: [3011] x"),
            ("[SE][Ls][SRM_FAILURE] x", "[SE][Ls][SRM_INVALID_PATH] x"),
            ("[SE][Ls][] x", "[SE][Mkdir][] x"),
            ("[SE][PrepareToGet][] x", "[SE][PrepareToPut][] x"),
            ("Failed to stat file (Connection refused)", "Failed to delete file (Connection refused)"),
            ("A got a SIGABRT signal (exit code 134)", "A got a SIGSEGV signal (exit code 139)"),
            ("A got a SIGABRT signal (exit code 134)", "A got a SIGABRT signal (exit code 6)"),
            ("return code from A (65)", "return code from A (64)"),
            ("database COOLOFL_LAR/OFLP200", "database COOLOFL_TRT/OFLP200"),
            ("SRM_GET_TURL not supported", "SRM_PUT_TURL not supported"),
        ] {
            assert_ne!(hash_of(one), hash_of(other), "{one} | {other}");
        }
        assert_ne!(template("transfer", "x").hash, template("deletion", "x").hash);
    }

    #[test]
    fn the_same_fault_shares_a_template() {
        for (one, other) in [
            ("to se1.example.org:443 failed", "to gridftp.site.example.net failed"),
            ("to se1.example.org:443 failed", "to 192.0.2.1:443 failed"),
            (
                "Replica davs://a.example.org/b/c is corrupted.",
                "Replica root://b.example.net:1094//d is corrupted",
            ),
            ("open /eos/a/b.root", "open \"/pnfs/c/d\""),
            ("[SE][Ls][] x : y", "[SE][Ls][] x: y"),
            ("moment.\nDetails: x", "moment.\\nDetails: x"),
            ("moment.\nDetails: x", "moment.\\Details:  x."),
            ("after 1 attempts", "after 17 attempts"),
            ("files '/a/1', '/a/2', '/a/3' lost", "files '/b/1' lost"),
            ("STAGING [70] [SE][BringOnline][] x", "STAGING [70] [SE][StatusOfBringOnlineRequest][] x"),
            ("caf\u{e9}", "cafe\u{301}"),
        ] {
            assert_eq!(template("transfer", one).text, template("transfer", other).text, "{one}");
        }
    }

    #[test]
    fn messages_without_text_have_a_template_of_their_own() {
        for text in ["", "   ", "\n\t", "\"\"", "..."] {
            assert_eq!(template("transfer", text).text, EMPTY, "{text:?}");
        }
        assert_ne!(hash_of(""), template("deletion", "").hash);
    }

    #[test]
    fn a_hash_does_not_change_by_accident() {
        // Categories in databases are bound to it: change VERSION when it must change.
        assert_eq!(
            hash_of("SOURCE [70] lost 3 of se.example.org"),
            "e5fc0c0c4d3de81fb5324e1ee5f925009ec294e92883029e6a5cb71704bda3bd"
        );
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        let template = template("transfer", &crate::categorise::clean(b"lost \xff\xfe\x00\x1b of 17"));
        assert_eq!(template.text, "lost \u{fffd}\u{fffd} of <NUM>");
    }

    #[test]
    fn of_a_long_message_only_codes_and_phrases_count_at_the_end() {
        let beginning = "it went wrong and then ".repeat(14);
        let one = template("transfer", &format!("{beginning} at first HTTP 403 : Permission denied"));
        let other = template("transfer", &format!("{beginning} in the end, HTTP 403 : permission denied"));
        let third = template("transfer", &format!("{beginning} in the end, HTTP 404 : permission denied"));
        assert_eq!(one.hash, other.hash);
        assert_ne!(one.hash, third.hash);
        assert!(one.text.ends_with(" … http 403 permission denied"), "{}", one.text);
    }

    #[test]
    fn hostile_text_takes_no_longer_than_other_text() {
        let pieces = [
            "[",
            "(a=",
            "a.",
            "a:",
            "1:",
            "=",
            "/",
            "http://",
            "/CN=A ",
            "'a",
            "1 ",
            "1,111,",
            "Jan ",
            "a1 ",
            "!=",
            "500-a",
            "[::1]:",
            "a:b1234567.",
            "a.example.org:1:",
            "error 500 ",
            "\\",
            "<NUM>",
            "م",
            "e\u{301}",
            "{[(<",
        ];
        for piece in pieces {
            let text = piece.repeat(1_000_000 / piece.len());
            let template = template("transfer", &text);
            assert!(template.cut && template.text.chars().count() <= 4096, "{piece}");
            assert!(template.title.chars().count() <= 200, "{piece}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_a_template(text in "\\PC{0,600}") {
            let template = template("transfer", &text);
            prop_assert!(template.text.chars().count() <= 4096 && template.title.chars().count() <= 200);
            prop_assert_eq!(template.hash.len(), 64);
            let parts: String = crate::categorise::marked(&text).iter().map(|part| part.text).collect();
            prop_assert_eq!(parts, text);
        }

        #[test]
        fn any_words_of_the_field_have_a_template(
            words in proptest::collection::vec(proptest::sample::select(WORDS.as_slice()), 0..120),
        ) {
            let text = words.concat();
            let template = template("transfer", &text);
            prop_assert!(!template.text.is_empty() && template.text.chars().count() <= 4096);
            let parts: String = crate::categorise::marked(&text).iter().map(|part| part.text).collect();
            prop_assert_eq!(parts, text);
        }

        #[test]
        fn numbers_and_names_do_not_matter(number in 10_000u32.., host in "[a-z]{3,9}[0-9]{1,3}", path in "(/[a-z0-9_]{1,9}){2,6}") {
            let text = format!("SOURCE [70] lost davs://{host}.example.org:443{path} and {path} of {host}.example.org: {number} files");
            prop_assert_eq!(template("transfer", &text).text, "SOURCE [70] lost <URL> and <PATH> of <HOST>: <NUM> files");
        }
    }

    const WORDS: [&str; 44] = [
        " ",
        " ",
        " ",
        "SOURCE",
        "[70]",
        "[",
        "]",
        "(",
        ")",
        "{",
        "<",
        ">",
        "=",
        "!=",
        ":",
        "::",
        "//",
        "/",
        "\"",
        "'",
        "\\n",
        ",",
        ";",
        ".",
        "|",
        "é",
        "…",
        "\u{fffd}",
        "http://",
        "a.example.org",
        ":443",
        "12",
        "403",
        "May",
        "07:08:09",
        "/CN=",
        "A",
        "[SE]",
        "Ls",
        "adler32",
        "0a1b2c3d",
        "log.",
        "_DATADISK",
        "Details: ",
    ];
}
