//! What a word looks like: a host, a path, an identifier. Each rule knows the word only.
use super::date::is_date;
use super::host::{is_address, is_host};
use super::name::{STORES, is_account, is_data_file, is_store};
use super::token::{Class, Kind};

/// Words with digits in them that mean what they say.
const TECHNICAL: [&str; 44] = [
    "adler32", "aes128", "aes256", "base64", "castor2", "crc32", "crc32c", "eos5", "float32", "float64",
    "fts3", "gfal2", "globus5", "gsi2", "http1", "http2", "http3", "int16", "int32", "int64", "ipv4", "ipv6",
    "latin1", "md5", "nfs3", "nfs4", "oauth2", "p12", "pkcs11", "pkcs12", "python2", "python3", "s3", "sha1",
    "sha224", "sha256", "sha384", "sha512", "srm2", "srmv1", "srmv2", "uint64", "utf8", "x509",
];

/// Words before a number that make one word with it: `HTTP404`.
const CODED: [&[u8]; 6] = [b"code", b"errno", b"error", b"http", b"rc", b"status"];

/// No word that people write is longer, in bytes.
const LONGEST_WORD: usize = 120;

/// What can be counted in a word.
#[derive(Default)]
pub(super) struct Count {
    pub digits: usize,
    pub lower: usize,
    pub upper: usize,
    pub hex: usize,
    pub dots: usize,
    pub dashes: usize,
    pub underscores: usize,
    pub other: usize,
    pub longest: usize,
}

impl Count {
    fn of(word: &[u8]) -> Self {
        let mut count = Self::default();
        let mut run = 0;
        for &byte in word {
            run = if byte.is_ascii_digit() { run + 1 } else { 0 };
            count.longest = count.longest.max(run);
            count.hex += usize::from(byte.is_ascii_hexdigit());
            match byte {
                b'0'..=b'9' => count.digits += 1,
                b'a'..=b'z' => count.lower += 1,
                b'A'..=b'Z' => count.upper += 1,
                b'.' => count.dots += 1,
                b'-' => count.dashes += 1,
                b'_' => count.underscores += 1,
                _ => count.other += 1,
            }
        }
        count
    }
}

/// What a word without blanks, colons and slashes is.
pub(super) fn of(word: &[u8]) -> Class {
    if word.len() > LONGEST_WORD {
        return Class::Variable(Kind::Id);
    }
    let count = Count::of(word);
    if count.digits == 0 {
        return letters(word, &count);
    }
    if count.digits + count.dots + count.dashes == word.len() && is_number(word) {
        return if is_address(word) { Class::Variable(Kind::Host) } else { Class::Number };
    }
    if is_date(word) {
        return Class::Variable(Kind::Time);
    }
    if is_named(word) {
        return Class::Word;
    }
    if let Some(kind) = quantity(word).or_else(|| machine_made(word, &count)) {
        return Class::Variable(kind);
    }
    if count.dots > 0 {
        return dotted(word, &count);
    }
    if is_store(word, &count) {
        return Class::Variable(Kind::Rse);
    }
    if is_identifier(word, &count) { Class::Variable(Kind::Id) } else { Class::Word }
}

/// What a word of letters only is.
pub(super) fn of_letters(word: &[u8]) -> Class {
    if word.len() > LONGEST_WORD {
        return Class::Variable(Kind::Id);
    }
    let store = || word.len() >= 8 && word.iter().all(u8::is_ascii_uppercase);
    if word.last().is_some_and(u8::is_ascii_uppercase)
        && store()
        && STORES.iter().any(|end| word.ends_with(end))
    {
        Class::Variable(Kind::Rse)
    } else if word == b"localhost" {
        Class::Variable(Kind::Host)
    } else {
        Class::Word
    }
}

fn letters(word: &[u8], count: &Count) -> Class {
    if count.dots > 0 && is_host(word) || word == b"localhost" {
        Class::Variable(Kind::Host)
    } else if count.dots > 0 && is_account(word) {
        Class::Variable(Kind::User)
    } else if count.dots > 0 && is_data_file(word, count) {
        Class::Variable(Kind::Path)
    } else if count.upper > 0 && is_store(word, count) {
        Class::Variable(Kind::Rse)
    } else {
        Class::Word
    }
}

fn dotted(word: &[u8], count: &Count) -> Class {
    if is_host(word) {
        Class::Variable(Kind::Host)
    } else if is_account(word) {
        Class::Variable(Kind::User)
    } else if is_data_file(word, count) || count.longest >= 3 {
        Class::Variable(Kind::Path)
    } else if is_identifier(word, count) {
        Class::Variable(Kind::Id)
    } else {
        Class::Word
    }
}

/// Digits, perhaps with a sign, a fraction, further parts of a version.
fn is_number(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    digits.first().is_some_and(u8::is_ascii_digit) && !digits.contains(&b'-')
}

/// Words with digits that mean what they say: `x509`, `3rd`, `HTTP404`.
fn is_named(word: &[u8]) -> bool {
    let head = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if head > 0 && matches!(word.get(head..), Some(b"st" | b"nd" | b"rd" | b"th")) {
        return true;
    }
    let letters = word.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (name, rest) = word.split_at(letters);
    if matches!(rest.len(), 1..=5) && rest.iter().all(u8::is_ascii_digit) && is_in(name, &CODED) {
        return true;
    }
    if rest.len() <= 4 && is_in(name, &[b"UTF", b"SHA", b"AES", b"TLSv", b"SSLv", b"HTTP"]) {
        return true;
    }
    word.len() <= 8 && TECHNICAL.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(word))
}

pub(super) fn is_in(word: &[u8], words: &[&[u8]]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// A number with its unit in one word.
fn quantity(word: &[u8]) -> Option<Kind> {
    let head = word.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    match word.get(head..)? {
        _ if head == 0 => None,
        b"B" | b"kB" | b"KB" | b"MB" | b"GB" | b"TB" | b"PB" | b"KiB" | b"MiB" | b"GiB" | b"TiB" | b"PiB" => {
            Some(Kind::Size)
        }
        b"ns" | b"us" | b"ms" | b"s" | b"sec" | b"secs" | b"m" | b"min" | b"mins" | b"h" | b"d" => {
            Some(Kind::Time)
        }
        _ => None,
    }
}

/// UUIDs, hexadecimal words and addresses in memory.
fn machine_made(word: &[u8], count: &Count) -> Option<Kind> {
    let pure = count.hex + count.dashes == word.len();
    if pure && count.hex >= 8 && (count.lower > 0) != (count.upper > 0) {
        return Some(Kind::Id);
    }
    let tail =
        word.windows(2).position(|pair| pair == b"0x" || pair == b"0X").and_then(|at| word.get(at + 2..))?;
    (tail.len() >= 4 && tail.iter().all(u8::is_ascii_hexdigit)).then_some(Kind::Id)
}

/// Whether a word is a name that differs from message to message.
fn is_identifier(word: &[u8], count: &Count) -> bool {
    if count.lower == 0 && count.dashes == 0 && count.other == 0 {
        return count.longest >= 4;
    }
    let ends_in_digit = word.last().is_some_and(u8::is_ascii_digit);
    let starts_lower = word.first().is_some_and(|byte| !byte.is_ascii_uppercase());
    count.longest >= 3
        || count.digits * 10 >= word.len() * 3
        || ends_in_digit && starts_lower
        || count.dashes + count.underscores > 0 && has_number_between(word)
}

/// `pool_12_atlas`: a number of its own between dashes.
fn has_number_between(word: &[u8]) -> bool {
    word.split(|byte| matches!(byte, b'-' | b'_'))
        .any(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_judged_by_their_looks() {
        use Kind::{Host, Id, Path, Rse, Size, Time, User};
        for (word, kind) in [
            ("0f3c9a1e-1111-4222-8333-444455556666", Some(Id)),
            ("deadbee5", Some(Id)),
            ("0x7fff0eb662d8", Some(Id)),
            ("incident0x7fff0eb662d8", Some(Id)),
            ("pool_12_atlas", Some(Id)),
            ("fts802", Some(Id)),
            ("wn-07", Some(Id)),
            ("AAAA1111BBBB", Some(Id)),
            ("EXAMPLE-SITE_DATADISK", Some(Rse)),
            ("T2_XX_Town_Disk", Some(Rse)),
            ("ATLASSCRATCHDISK", Some(Rse)),
            ("AOD.123456._000001.pool.root.1", Some(Path)),
            ("log.123456._000001.job.log.tgz.1", Some(Path)),
            ("AOD.pool.root", Some(Path)),
            ("user.somebody", Some(User)),
            ("se01.example.org", Some(Host)),
            ("12.5GiB", Some(Size)),
            ("30s", Some(Time)),
            ("SRM_INVALID_PATH", None),
            ("SIGSEGV", None),
            ("HTTP404", None),
            ("ssl3_get_server_certificate", None),
            ("x509", None),
            ("3rd", None),
            ("MD5", None),
            ("IPv6", None),
            ("OFLP200", None),
            ("HIGG5D2Kernel", None),
            ("end-of-file", None),
            ("effaced", None),
            ("DISK", None),
        ] {
            assert_eq!(of(word.as_bytes()), kind.map_or(Class::Word, Class::Variable), "{word}");
        }
        assert_eq!(of(b"-12.5"), Class::Number);
        assert_eq!(of("x".repeat(500).as_bytes()), Class::Variable(Id));
    }
}
