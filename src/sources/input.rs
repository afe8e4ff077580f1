//! Finds and opens input files: plain, gzip or zstd, whatever their names say, and standard input.
use chrono::{Days, NaiveDate};
use flate2::bufread::MultiGzDecoder;
use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The name of standard input.
pub const STDIN: &str = "-";
/// What is asked of the system at once.
const CHUNK: usize = 256 << 10;
/// Folders within folders, at most: links can make circles.
const DEEPEST: u8 = 16;

/// An open input.
pub struct Opened {
    /// Its text.
    pub text: Box<dyn Read + Send>,
    /// Bytes of the file, if it has an end.
    pub size: Option<u64>,
    /// Bytes of them taken so far, compressed as they are.
    pub taken: Arc<AtomicU64>,
}

/// Opens a file, or standard input for `-`.
///
/// # Errors
/// When it is not there or cannot be read.
pub fn open(path: &Path) -> io::Result<Opened> {
    if path == Path::new(STDIN) {
        return opened(io::stdin(), None);
    }
    let file = File::open(path)?;
    let facts = file.metadata()?;
    opened(file, facts.is_file().then_some(facts.len()))
}

fn opened(input: impl Read + Send + 'static, size: Option<u64>) -> io::Result<Opened> {
    let taken = Arc::new(AtomicU64::new(0));
    let text = unpack(Counted { input, taken: taken.clone() })?;
    Ok(Opened { text, size, taken })
}

/// The text of a stream that is compressed or not: its first bytes tell. A gzip stream may have several members
/// (RFC 1952, 2.2), a zstd stream several frames, skippable ones too (RFC 8878, 3.1).
///
/// # Errors
/// When the stream cannot be read.
pub fn unpack(mut input: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut magic = Vec::new();
    input.by_ref().take(4).read_to_end(&mut magic)?;
    let kind = magic.clone();
    let input = Cursor::new(magic).chain(input);
    Ok(match kind[..] {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(BufReader::with_capacity(CHUNK, input))),
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => {
            Box::new(zstd::Decoder::with_buffer(BufReader::with_capacity(CHUNK, input))?)
        }
        _ => Box::new(input),
    })
}

/// Counts what passes.
struct Counted<R> {
    input: R,
    taken: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.taken.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// All files meant: of a folder, those in it and in folders below, in order, each once. Hidden ones and those
/// that begin with `_` are none (Hadoop's `_SUCCESS`). With a window, folders `YYYY/MM/DD` and `YYYY/MM/DD.tmp`
/// outside of it are left out; records may lie in the folder of the day before or after, since it is that of their arrival.
///
/// # Errors
/// When one is not there, cannot be read, or is an empty folder.
pub fn files(paths: &[PathBuf], window: Option<(NaiveDate, NaiveDate)>) -> io::Result<Vec<PathBuf>> {
    let (mut found, mut seen) = (Vec::new(), HashSet::new());
    for path in paths {
        if path == Path::new(STDIN) || !path.is_dir() {
            found.push(path.clone());
            continue;
        }
        let before = found.len();
        walk(path, DEEPEST, &mut found)?;
        if found.len() == before {
            return Err(io::Error::other(format!("{} holds no files", path.display())));
        }
    }
    found.retain(|path| window.is_none_or(|window| within(path, window)));
    found.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    Ok(found)
}

fn walk(folder: &Path, deepest: u8, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let explain = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", folder.display()));
    if deepest == 0 {
        return Err(io::Error::other(format!("{} lies too deep", folder.display())));
    }
    let mut paths = Vec::new();
    for entry in folder.read_dir().map_err(explain)? {
        let entry = entry.map_err(explain)?;
        if !entry.file_name().to_string_lossy().starts_with(['.', '_']) {
            paths.push(entry.path());
        }
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, deepest - 1, found)?;
        } else if path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

fn within(path: &Path, (first, last): (NaiveDate, NaiveDate)) -> bool {
    let before = first.checked_sub_days(Days::new(1)).unwrap_or(first);
    let after = last.checked_add_days(Days::new(1)).unwrap_or(last);
    day(path).is_none_or(|day| before <= day && day <= after)
}

/// The day of `YYYY/MM/DD/part-0.json.gz`.
fn day(path: &Path) -> Option<NaiveDate> {
    let names: Vec<_> = path.parent()?.iter().rev().take(3).map(|name| name.to_str()).collect();
    let [Some(day), Some(month), Some(year)] = names[..] else { return None };
    let number =
        |text: &str, digits: usize| (text.len() == digits).then(|| text.parse::<u32>().ok()).flatten();
    let day = day.strip_suffix(".tmp").unwrap_or(day);
    NaiveDate::from_ymd_opt(number(year, 4)?.try_into().ok()?, number(month, 2)?, number(day, 2)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_folder_by_dates_gives_its_files_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let names = [
            "2019/11/24/part-0.json.gz",
            "2019/11/25/_SUCCESS",
            "2019/11/25/part-0.json.gz",
            "2019/11/25/part-1.json.gz",
            "2019/11/26.tmp/.part-0.crc",
            "2019/11/26.tmp/part-0.json",
            "2019/11/28/part-0.json",
        ];
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let given = |window| {
            let paths = [folder.path().join("2019/11/25/part-1.json.gz"), folder.path().to_owned()];
            let found = files(&paths, window).unwrap();
            found
                .iter()
                .map(|path| path.strip_prefix(folder.path()).unwrap().to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(given(None), [names[3], names[0], names[2], names[5], names[6]]);
        let date = |day| NaiveDate::from_ymd_opt(2019, 11, day).unwrap();
        assert_eq!(given(Some((date(26), date(26)))), [names[3], names[2], names[5]]);
        assert!(files(&[folder.path().join("2019/11/25")], None).is_ok());
        fs::create_dir(folder.path().join("empty")).unwrap();
        let error = files(&[folder.path().join("empty")], None).unwrap_err();
        assert!(error.to_string().ends_with("empty holds no files"), "{error}");
    }
}
