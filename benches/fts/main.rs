//! How fast FTS records are read and added up, against `serde_json` parsing the same file in the same run.
//!
//!     cargo bench --bench fts                            1 million records, then a stream of 5 GB
//!     cargo bench --bench fts -- measure 200000 1        so many records, so many GB
//!     cargo bench --bench fts -- generate 1000000 7 >F   writes records of the seed 7; what they hold, to standard error
//!
//! Times are those of the processor for this thread (the machine may be busy); the ratio is that of two such times.
mod records;

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use opint::sources::batch::Batch;
use opint::sources::reading::{Ending, Item, Reading};
use opint::sources::{fts, input};
use records::{Records, Truth};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::HashSet;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Done<T> = Result<T, Box<dyn Error>>;

const ROUNDS: usize = 3;
const SEED: u64 = 7;
/// A batch is handed over when it takes so much memory.
const FULL: usize = 16 << 20;
/// Length of a record, about.
const RECORD: u64 = 3_350;
const CHUNK: usize = 256 << 10;
/// An hour after the last record.
const NOW: &str = "2026-11-20T07:00:00Z";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        [] => measure("1000000", "5"),
        ["measure", count, gigabytes] => measure(count, gigabytes),
        ["generate", count, seed] => generate(count, seed),
        ["stream", bytes] => stream(bytes),
        _ => Err("measure RECORDS GB, or generate RECORDS SEED".into()),
    };
    if let Err(error) = done {
        eprintln!("fts: {error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn generate(count: &str, seed: &str) -> Done<()> {
    let mut records = Records::new(count.parse()?, seed.parse()?);
    let mut out = BufWriter::with_capacity(CHUNK, io::stdout().lock());
    io::copy(&mut records, &mut out)?;
    out.flush()?;
    let Truth { records, done, failed, cancelled, bytes, links, files } = records.truth;
    eprintln!(
        r#"{{"records": {records}, "done": {done}, "failed": {failed}, "cancelled": {cancelled}, "bytes": {bytes}, "links": {}, "files": {}}}"#,
        links.len(),
        files.len()
    );
    Ok(())
}

fn measure(count: &str, gigabytes: &str) -> Done<()> {
    let folder = tempfile::tempdir()?;
    let plain = folder.path().join("records.json");
    let mut records = Records::new(count.parse()?, SEED);
    io::copy(&mut records, &mut BufWriter::with_capacity(CHUNK, File::create(&plain)?))?;
    let truth = records.truth;
    let (gzip, zstd) = (compressed(&plain, "gzip", "gz")?, compressed(&plain, "zstd", "zst")?);
    let sizes = (truth.records as f64, megabytes(fs::metadata(&plain)?.len()));
    println!(
        "{} records, {:.0} MB; the shortest of {ROUNDS} processor times each, taken in turns\n",
        sizes.0, sizes.1
    );

    let bare = |parse: fn(&[u8]) -> bool| move |path: &Path| self::parse(path, parse);
    let read = |path: &Path| load(path, &truth);
    let contenders: [Contender<'_>; 7] = [
        ("bare serde_json, into the fields needed", &plain, Box::new(bare(fields))),
        ("the same, UTF-8 checked once for the line", &plain, Box::new(bare(fields_of_text))),
        ("bare serde_json, into nothing (IgnoredAny)", &plain, Box::new(bare(nothing))),
        ("bare serde_json, into Value", &plain, Box::new(bare(value))),
        ("**read, checked and added up**, plain", &plain, Box::new(read)),
        ("**read, checked and added up**, gzip", &gzip, Box::new(read)),
        ("**read, checked and added up**, zstd", &zstd, Box::new(read)),
    ];
    compare(&contenders, sizes)?;
    for kind in ["plain", "gzip"] {
        memory(kind, gigabytes.parse()?)?;
    }
    Ok(())
}

type Contender<'a> = (&'static str, &'a Path, Box<dyn Fn(&Path) -> Done<()> + 'a>);

/// In turns, since how busy the machine is changes.
fn compare(contenders: &[Contender<'_>], (records, megabytes): (f64, f64)) -> Done<()> {
    let mut shortest = vec![f64::INFINITY; contenders.len()];
    for _ in 0..ROUNDS {
        for ((_, path, work), shortest) in contenders.iter().zip(&mut shortest) {
            let start = processor_time()?;
            work(path)?;
            *shortest = shortest.min((processor_time()? - start).as_secs_f64());
        }
    }
    println!("| | records/s | MB/s | of the parse into fields | of the parse into Value |");
    println!("|---|--:|--:|--:|--:|");
    for ((name, ..), seconds) in contenders.iter().zip(&shortest) {
        let share = |of: f64| format!("{:.0} %", 100.0 * of / seconds);
        let (fields, value) = (share(shortest[0]), share(shortest[3]));
        println!("| {name} | {:.0} | {:.0} | {fields} | {value} |", records / seconds, megabytes / seconds);
    }
    println!();
    Ok(())
}

fn fields(line: &[u8]) -> bool {
    serde_json::from_slice::<Line<'_>>(line).is_ok()
}

fn fields_of_text(line: &[u8]) -> bool {
    str::from_utf8(line).is_ok_and(|line| serde_json::from_str::<Line<'_>>(line).is_ok())
}

fn nothing(line: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(line).is_ok()
}

fn value(line: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(line).is_ok()
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn compressed(path: &Path, program: &str, ending: &str) -> Done<PathBuf> {
    let target = path.with_extension(ending);
    let status =
        Command::new(program).args(["-3", "-c"]).arg(path).stdout(File::create(&target)?).status()?;
    if status.success() { Ok(target) } else { Err(format!("{program} failed").into()) }
}

/// Time this thread had a processor (proc(5), schedstat).
fn processor_time() -> Done<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

/// Parses each line, and does nothing else.
fn parse(path: &Path, parse: fn(&[u8]) -> bool) -> Done<()> {
    let mut input = BufReader::with_capacity(CHUNK, File::open(path)?);
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        if !std::hint::black_box(parse(&line)) {
            return Err("a record is no JSON".into());
        }
        line.clear();
    }
    Ok(())
}

/// Reads and adds up as a run does, and compares with the truth.
fn load(path: &Path, truth: &Truth) -> Done<()> {
    let opened = input::open(path)?;
    let found = add_up(opened.text)?;
    let expected = (truth.done, truth.failed, truth.cancelled, truth.bytes, truth.links.len());
    let counted = (found.done, found.failed, found.cancelled, found.bytes, found.links.len());
    if expected != counted || truth.files.len() != found.files.len() {
        return Err(format!(
            "counted {counted:?}, {} files; it is {expected:?}, {}",
            found.files.len(),
            truth.files.len()
        )
        .into());
    }
    Ok(())
}

#[derive(Default)]
struct Found {
    done: u64,
    failed: u64,
    cancelled: u64,
    bytes: u64,
    links: HashSet<String>,
    files: HashSet<u64>,
}

impl Found {
    fn take(&mut self, batch: &mut Batch) {
        let (tallies, failures) = batch.take();
        for tally in tallies {
            self.done += tally.done;
            self.failed += tally.failed;
            self.cancelled += tally.cancelled;
            self.bytes += tally.bytes.unwrap_or_default();
            let host = |host: Option<String>| host.unwrap_or_default();
            self.links.insert(format!("{} {} {}", tally.hour, host(tally.src.host), host(tally.dst.host)));
        }
        for failure in failures {
            if let opint::sources::record::Files::Hashes(hashes) = failure.files {
                self.files.extend(hashes);
            }
        }
    }
}

fn add_up(text: impl Read) -> Done<Found> {
    let now: DateTime<Utc> = NOW.parse()?;
    let (mut found, mut batch, mut wrong) = (Found::default(), Batch::default(), None);
    let reading = Reading { name: "records", now, from_line: 0 };
    let end = fts::read(text, &reading, &mut |item, _| {
        match item {
            Item::Attempt(attempt) => batch.add(&attempt),
            other => wrong = Some(format!("{other:?}")),
        }
        if batch.weight() > FULL {
            found.take(&mut batch);
        }
        if wrong.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    found.take(&mut batch);
    match wrong {
        None if end.ending == Ending::Whole => Ok(found),
        wrong => Err(wrong.unwrap_or_else(|| format!("{:?}", end.ending)).into()),
    }
}

/// In a process of its own, whose peak is then that of reading alone.
fn memory(kind: &str, gigabytes: f64) -> Done<()> {
    let bytes = (gigabytes * 1e9) as u64;
    let output =
        Command::new(std::env::current_exe()?).args(["stream", &format!("{kind}:{bytes}")]).output()?;
    print!("{}", String::from_utf8_lossy(&output.stdout));
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into()) }
}

/// Reads about so many bytes that are made while they are read, and says how much memory that took.
fn stream(argument: &str) -> Done<()> {
    let (kind, bytes) = argument.split_once(':').ok_or("KIND:BYTES")?;
    let count = bytes.parse::<u64>()? / RECORD;
    let input: Box<dyn Read + Send> = match kind {
        "gzip" => Box::new(Members::new(count)?),
        _ => Box::new(Records::new(count, SEED)),
    };
    let (before, start) = (peak()?, Instant::now());
    let found = add_up(input::unpack(input)?)?;
    let records = found.done + found.failed + found.cancelled;
    println!(
        "{kind} stream of {:.1} GB, {records} records: at most {:.0} MB of memory, of which {:.0} MB before; {:.0} s",
        megabytes(records * RECORD) / 1e3,
        megabytes(peak()?),
        megabytes(before),
        start.elapsed().as_secs_f64()
    );
    Ok(())
}

/// The most memory this process ever had (proc(5), status).
fn peak() -> Done<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? << 10)
}

/// One gzip member, again and again.
struct Members {
    member: Vec<u8>,
    at: usize,
    left: u64,
}

impl Members {
    const RECORDS: u64 = 5_000;

    fn new(records: u64) -> io::Result<Self> {
        let mut member = GzEncoder::new(Vec::new(), Compression::new(3));
        io::copy(&mut Records::new(Self::RECORDS, SEED), &mut member)?;
        Ok(Self { member: member.finish()?, at: 0, left: records / Self::RECORDS })
    }
}

impl Read for Members {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.member.len() {
            (self.at, self.left) = (0, self.left.saturating_sub(1));
        }
        let rest = if self.left > 0 { &self.member[self.at..] } else { &[] };
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

/// The fields that reading needs, as strictly typed as the generator writes them.
#[derive(Deserialize)]
#[expect(dead_code, reason = "parsing them is what is measured")]
struct Line<'a> {
    #[serde(borrow)]
    data: Data<'a>,
    #[serde(borrow)]
    metadata: Metadata<'a>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsing them is what is measured")]
struct Metadata<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "parsing them is what is measured")]
struct Data<'a> {
    #[serde(borrow)]
    t_final_transfer_state: &'a str,
    t_final_transfer_state_flag: i64,
    tr_timestamp_complete: i64,
    timestamp_tr_comp: i64,
    tr_error_scope: &'a str,
    t_error_code: i64,
    #[serde(borrow, rename = "t__error_message")]
    message: Cow<'a, str>,
    src_hostname: &'a str,
    dst_hostname: &'a str,
    src_url: &'a str,
    dst_url: &'a str,
    src_site_name: &'a str,
    dst_site_name: &'a str,
    tr_bt_transfered: i64,
    file_size: i64,
    f_size: i64,
    #[serde(borrow)]
    file_metadata: Client<'a>,
}

#[derive(Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "parsing them is what is measured")]
enum Client<'a> {
    Rucio {
        #[serde(borrow)]
        scope: &'a str,
        name: &'a str,
        src_rse: &'a str,
        dst_rse: &'a str,
        request_type: &'a str,
    },
    Text(&'a str),
    Nothing,
}
