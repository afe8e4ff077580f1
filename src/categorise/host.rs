//! Names and addresses of hosts.
use super::shape;
use super::token::{Class, Kind};

/// Last labels of host names that are no file endings. Those of two letters count when two labels stand before.
const DOMAINS: [&str; 16] = [
    "arpa", "cern", "cloud", "com", "edu", "gov", "grid", "info", "int", "internal", "lan", "local", "mil",
    "net", "org", "site",
];

/// Last labels of two letters that make a host of a word with a single dot.
const COUNTRIES: [&str; 42] = [
    "ar", "au", "br", "ca", "ch", "cl", "cn", "co", "cz", "de", "dk", "ee", "es", "eu", "fi", "fr", "gr",
    "hk", "hr", "hu", "ie", "il", "ir", "jp", "kr", "lt", "lv", "mx", "nl", "nz", "pl", "pt", "ro", "rs",
    "ru", "se", "si", "sk", "tr", "tw", "ua", "uk",
];

/// Endings of two letters that are those of files, not of hosts.
const SOURCES: [&str; 8] = ["cc", "gz", "hh", "js", "py", "rs", "sh", "so"];

/// Longest address, in bytes; longer words are not looked at again and again.
const LONGEST: usize = 64;

/// Whether the word is the name of a host.
pub(super) fn is_host(word: &[u8]) -> bool {
    let mut labels = 0;
    let mut last: &[u8] = b"";
    for label in word.split(|byte| *byte == b'.') {
        let first_last = label.first().zip(label.last());
        if !first_last.is_some_and(|(a, b)| a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric())
            || !label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        {
            return is_address(word);
        }
        labels += 1;
        last = label;
    }
    if labels < 2 || word.last().is_some_and(u8::is_ascii_digit) {
        return is_address(word);
    }
    let known = |list: &[&str]| list.iter().any(|known| known.as_bytes() == last);
    match last.len() {
        2 if labels > 2 => last.iter().all(u8::is_ascii_lowercase) && !known(&SOURCES),
        2 => word.len() > 5 && known(&COUNTRIES),
        _ => known(&DOMAINS),
    }
}

/// Four numbers with dots between.
pub(super) fn is_address(word: &[u8]) -> bool {
    let mut parts = 0;
    for part in word.split(|byte| *byte == b'.') {
        if !matches!(part.len(), 1..=3) || !part.iter().all(u8::is_ascii_digit) {
            return false;
        }
        parts += 1;
    }
    parts == 4
}

/// Whether the last word of a text is what a cut has left of a host name. Where that is not likely, a single letter
/// must be left of the last label.
pub(super) fn is_cut_host(word: &[u8], likely: bool) -> bool {
    let labels = word.iter().filter(|byte| **byte == b'.').count() + 1;
    let single = matches!(word, [.., b'.', _]);
    (if likely { labels >= 2 } else { labels >= 3 && single })
        && word.first().is_some_and(u8::is_ascii_alphanumeric)
        && word
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
}

/// IPv6, without brackets.
pub(super) fn is_ipv6(word: &[u8]) -> bool {
    if word.len() > LONGEST {
        return false;
    }
    let colons = word.iter().filter(|byte| **byte == b':').count();
    let digits = word.iter().any(u8::is_ascii_digit);
    let double = word.windows(2).any(|pair| pair == b"::");
    digits
        && (double && colons >= 2 || colons == 7)
        && word.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
}

/// Whether the word is a host with a port, and where the port ends.
pub(super) fn authority(word: &[u8]) -> Option<usize> {
    let colon = word.iter().position(|byte| *byte == b':')?;
    let (host, port) = (word.get(..colon)?, word.get(colon + 1..)?);
    let digits = port.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let ends = matches!(port.get(digits), None | Some(b'/' | b':' | b'.'));
    let named = is_host(host)
        || host == b"localhost"
        || !host.contains(&b'.') && shape::of(host) == Class::Variable(Kind::Id) && matches!(digits, 2..=5);
    (named && ends && matches!(digits, 1..=5)).then_some(colon + 1 + digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_told_from_words_with_points() {
        for host in
            ["se01.grid.example.org", "example.org", "SE.Example.ORG.uk", "192.0.2.17", "a-b.c.pl", "x.cern"]
        {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for word in [
            "java.net.SocketException",
            "org.dcache.pool",
            "failed.Please",
            "e.g",
            "s3_clnt.c",
            "a.b.py",
            "lib.x.so",
            "1.2.3",
            ".org",
            "x..org",
        ] {
            assert!(!is_host(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn addresses_of_the_new_kind_have_two_colons_or_seven() {
        assert!(is_ipv6(b"2001:db8::1") && is_ipv6(b"2001:db8:1:2:3:4:5:6"));
        assert!(!is_ipv6(b"12:34:56") && !is_ipv6(b"std::bad") && !is_ipv6(b"::"));
    }

    #[test]
    fn a_port_ends_a_host() {
        assert_eq!(authority(b"se.example.org:2880"), Some(19));
        assert_eq!(authority(b"se.example.org:2880/path"), Some(19));
        assert_eq!(authority(b"localhost:80"), Some(12));
        assert_eq!(authority(b"clnt.c:1264"), None);
        assert_eq!(authority(b"Details:500"), None);
    }
}
