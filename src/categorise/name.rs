//! Names of files, storage elements, accounts and data.
use super::shape::{self, Count};
use super::token::{Class, Kind};

/// Endings of data files.
const DATA: [&str; 22] = [
    "bz2", "dat", "db", "evgen", "evnt", "gz", "h5", "hits", "json", "lhe", "log", "out", "parquet", "pool",
    "raw", "root", "tar", "tgz", "txt", "xml", "zip", "zst",
];

/// Ends of the names of storage elements.
pub(super) const STORES: [&[u8]; 3] = [b"DISK", b"TAPE", b"BUFFER"];

/// `user.name`, `group.name`, `name@example.org`.
pub(super) fn is_account(word: &[u8]) -> bool {
    let name = word.strip_prefix(b"user.").or_else(|| word.strip_prefix(b"group."));
    name.is_some_and(|name| name.first().is_some_and(u8::is_ascii_alphanumeric) && !name.contains(&b'.'))
}

/// Whether the word is the name of a data file.
pub(super) fn is_data_file(word: &[u8], count: &Count) -> bool {
    let mut parts = word.rsplit(|byte| *byte == b'.');
    let mut last = parts.next().unwrap_or_default();
    if last.iter().all(u8::is_ascii_digit) {
        last = parts.next().unwrap_or_default();
    }
    let data = DATA.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(last));
    let packed = matches!(last, b"root" | b"tgz" | b"gz" | b"tar" | b"zip" | b"lhe");
    data && (count.digits > 0 || count.dots >= 2 || packed)
}

/// `SITE_DATADISK`, `T2_AA_Town`, `ATLASDATADISK`.
pub(super) fn is_store(word: &[u8], count: &Count) -> bool {
    if let [b'T', b'0'..=b'3', b'_', a, b, b'_', rest @ ..] = word {
        return a.is_ascii_uppercase() && b.is_ascii_uppercase() && !rest.is_empty();
    }
    count.lower + count.dots + count.other == 0
        && word.len() >= 8
        && STORES.iter().any(|end| word.ends_with(end))
}

/// Whether the last word of a text is what a cut has left of the name of a storage element.
pub(super) fn is_cut_store(word: &[u8]) -> bool {
    const PURPOSES: [&[u8]; 8] = [
        b"CALIBDISK",
        b"DATADISK",
        b"DATATAPE",
        b"LOCALGROUPDISK",
        b"LOCALGROUPTAPE",
        b"MCTAPE",
        b"PRODDISK",
        b"SCRATCHDISK",
    ];
    let Some(at) = word.iter().rposition(|byte| *byte == b'_') else { return false };
    let (site, purpose) = (word.get(..at).unwrap_or_default(), word.get(at + 1..).unwrap_or_default());
    let capitals =
        |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
    purpose.len() >= 2
        && site.len() >= 3
        && site.iter().all(capitals)
        && PURPOSES.iter().any(|p| p.starts_with(purpose))
}

/// Whether what stands after the colon makes a data identifier of it.
pub(super) fn is_data_name(scope: &[u8], name: &[u8]) -> bool {
    const LABELS: [&[u8]; 14] = [
        b"ad",
        b"adler32",
        b"checksum",
        b"checksumvalue",
        b"error",
        b"file",
        b"guid",
        b"host",
        b"id",
        b"line",
        b"md5",
        b"pool",
        b"rse",
        b"uuid",
    ];
    let scoped = scope.first().is_some_and(u8::is_ascii_lowercase)
        && scope.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    scoped
        && name.len() >= 8
        && !shape::is_in(scope, &LABELS)
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+'))
        && matches!(shape::of(name), Class::Variable(Kind::Path | Kind::Id | Kind::User))
}
