//! How fast and how well messages are sorted into categories; `benches/categorise.sh` runs it beside the baseline.
//!
//! Each argument is a file: JSON Lines with `message` and, where it is known, `template`, the right category; or plain
//! text with a message in each line. Without a file, messages are made up; `--write FILE` writes those instead.
//! Prints a line for each file, with tabs between: name, messages, right categories, categories made, grouping
//! accuracy, F1 of groups, F1 of pairs (`-` without labels), microseconds for a message.
use opint::categorise::template;
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long each file is measured at least.
const LONG_ENOUGH: Duration = Duration::from_secs(2);

/// How many messages are made up.
const MADE_UP: usize = 5000;

struct Message {
    operation: &'static str,
    text: String,
    right: Option<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench").peekable();
    if arguments.next_if(|argument| argument == "--write").is_some() {
        let mut file = std::fs::File::create(arguments.next().ok_or("--write needs a file")?)?;
        for Message { text, right, .. } in made_up() {
            writeln!(file, "{}", serde_json::json!({"message": text, "template": right}))?;
        }
        return Ok(());
    }
    let files: Vec<String> = arguments.collect();
    if files.is_empty() {
        report("made up", &made_up());
    }
    for file in &files {
        report(file, &read(Path::new(file))?);
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<Message>, Box<dyn std::error::Error>> {
    let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let lines = text.lines().filter(|line| !line.is_empty());
    if path.extension().is_none_or(|ending| ending != "jsonl") {
        return Ok(lines
            .map(|line| Message { operation: "workflow", text: line.to_owned(), right: None })
            .collect());
    }
    lines
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line)?;
            let field = |name: &str| row.get(name).and_then(|value| value.as_str()).map(str::to_owned);
            Ok(Message {
                operation: "transfer",
                text: field("message").unwrap_or_default(),
                right: field("template"),
            })
        })
        .collect()
}

fn report(name: &str, messages: &[Message]) {
    let (labelled, made): (Vec<_>, Vec<_>) = messages
        .iter()
        .map(|message| (message.right.as_deref(), template(message.operation, &message.text).hash))
        .unzip();
    let pairs: Vec<(&str, &str)> =
        labelled.iter().zip(&made).filter_map(|(right, made)| Some(((*right)?, made.as_str()))).collect();
    let groups = made.iter().collect::<BTreeSet<_>>().len();
    let right = pairs.iter().map(|(right, _)| right).collect::<BTreeSet<_>>().len();
    let scores = if pairs.is_empty() {
        "-\t-\t-".to_owned()
    } else {
        let [accuracy, groups, pairs] = accuracy(&pairs);
        format!("{accuracy:.3}\t{groups:.3}\t{pairs:.3}")
    };
    let each = time(messages).as_secs_f64() * 1e6;
    println!("{name}\t{}\t{right}\t{groups}\t{scores}\t{each:.2}", messages.len());
}

/// Median of the passes over all messages, for each message.
fn time(messages: &[Message]) -> Duration {
    let began = Instant::now();
    let mut passes = Vec::new();
    while began.elapsed() < LONG_ENOUGH || passes.len() < 3 {
        let pass = Instant::now();
        for message in messages {
            black_box(template(message.operation, black_box(&message.text)));
        }
        passes.push(pass.elapsed());
    }
    passes.sort();
    let count = u32::try_from(messages.len().max(1)).unwrap_or(u32::MAX);
    passes.get(passes.len() / 2).copied().unwrap_or_default() / count
}

/// Share of the messages whose group is exactly the right one (GA), F1 of groups (FGA), F1 of pairs of messages.
fn accuracy(pairs: &[(&str, &str)]) -> [f64; 3] {
    let mut by_right: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_made: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_both: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for &(right, made) in pairs {
        *by_right.entry(right).or_default() += 1;
        *by_made.entry(made).or_default() += 1;
        *by_both.entry((right, made)).or_default() += 1;
    }
    let exact: Vec<usize> = by_both
        .iter()
        .filter(|((right, made), count)| {
            by_right.get(right) == Some(count) && by_made.get(made) == Some(count)
        })
        .map(|(_, count)| *count)
        .collect();
    let two = |count: &usize| (count * (count - 1) / 2) as f64;
    let f1 = |common: f64, right: f64, made: f64| {
        if right + made > 0.0 { 2.0 * common / (right + made) } else { 1.0 }
    };
    [
        exact.iter().sum::<usize>() as f64 / pairs.len() as f64,
        f1(exact.len() as f64, by_right.len() as f64, by_made.len() as f64),
        f1(
            by_both.values().map(two).sum(),
            by_right.values().map(two).sum(),
            by_made.values().map(two).sum(),
        ),
    ]
}

/// What services could say; `{…}` is filled in.
const SHAPES: [&str; 20] = [
    "SOURCE [70] srm-ifce err: Communication error on send, err: [SE][Ls][] httpg://{host}:8446/srm/managerv2: CGSI-gSOAP running on {host} reports could not open connection to {host}:8446",
    "TRANSFER [70] DESTINATION OVERWRITE srm-ifce err: Communication error on send, err: [SE][srmRm][] httpg://{host}:8446/srm/managerv2: CGSI-gSOAP running on {host} reports Error reading token data header: Connection closed",
    "TRANSFER [110] TRANSFER  Operation timed out",
    "SOURCE [2] HTTP 404 : File not found after {number} attempts",
    "DESTINATION [13] HTTP 403 : Permission refused after {number} attempts",
    "TRANSFER [5] TRANSFER CHECKSUM MISMATCH Source and destination checksums do not match {hex} != {hex}",
    "TRANSFER [5] TRANSFER ERROR: Copy failed (3rd pull). Last attempt: Rejected GET: 500 Server Error",
    "TRANSFER [5] TRANSFER ERROR: Copy failed (3rd pull). Last attempt: Rejected GET: 404 Not Found",
    "TRANSFER [70] TRANSFER globus_xio: Unable to connect to {host}:2811 globus_xio: System error in connect: Connection refused",
    "Deletion NOTFOUND of mc16_13TeV:{file} as davs://{host}:443/dpm{path}/{file} on {site}_DATADISK",
    "The requested service is not available at the moment.\nDetails: An unknown exception occurred.\nDetails: DavPosix::unlink  HTTP 500 : Unexpected server error: 500 with url davs://{host}:443{path}/{file}",
    "STAGING [2] error on the bring online request: [SE][BringOnline][SRM_INVALID_PATH] SURL is not local: srm://{host}:8446/srm/managerv2?SFN={path}/{file}",
    "Replica root://{host}:1094/{path}/{file} is corrupted.",
    "DESTINATION [28] Error on XrdCl::CopyProcess::Run(): [ERROR] Server responded with an error: [3009] Unable to create {path}/{file}; No space left on device",
    "TRANSFER [5] SOURCE SRM_GET_TURL error on the turl request: [SE][StatusOfGetRequest][SRM_FAILURE] Failed to pin file [rc=10025, msg=No read pools online for [net={address}, protocol=DCap/3, store=atlas:disk@osm, cache=, linkgroup=]].",
    "Non-zero return code from HITtoRDO (65); Logfile error in log.HITtoRDO: \"Segmentation fault: Event counter: {number}; Run: {number}; Evt: {number}; Current algorithm: {word}Alg; Current Function: unknown\"",
    "RAWtoESD got a SIGSEGV signal (exit code 139); Long FATAL message at line {number} (see jobReport for further details)",
    "File {file} did not pass corruption test",
    "Could not contact {host} since {time}: request {uuid} was given up after {number} s",
    "user /DC=org/DC=example/CN={word} {number} is not authorized to write to {path}",
];

fn made_up() -> Vec<Message> {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    (0..MADE_UP)
        .map(|_| {
            let shape = SHAPES[dice.below(SHAPES.len())];
            Message { operation: "transfer", text: dice.fill(shape), right: Some(shape.to_owned()) }
        })
        .collect()
}

/// Xorshift: the same numbers in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit.max(1) as u64).unwrap_or_default()
    }

    fn fill(&mut self, shape: &str) -> String {
        let mut text = String::new();
        let mut rest = shape;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or_default();
            text.push_str(before);
            text.push_str(&self.value(name));
            rest = after;
        }
        text + rest
    }

    fn word(&mut self) -> String {
        (0..3 + self.below(9))
            .map(|_| char::from(b'a' + u8::try_from(self.below(26)).unwrap_or_default()))
            .collect()
    }

    fn value(&mut self, name: &str) -> String {
        match name {
            "host" => format!("{}{:02}.{}.example.org", self.word(), self.below(40), self.word()),
            "path" => (0..2 + self.below(5)).map(|_| format!("/{}", self.word())).collect(),
            "file" => format!("AOD.{:08}._{:06}.pool.root.1", self.below(100_000_000), self.below(1_000_000)),
            "site" => self.word().to_uppercase(),
            "hex" => format!("{:08x}", self.below(1 << 32)),
            "uuid" => {
                format!(
                    "{:08x}-{:04x}-4{:03x}-8000-{:012x}",
                    self.below(1 << 32),
                    self.below(1 << 16),
                    self.below(1 << 12),
                    self.below(1 << 48)
                )
            }
            "address" => format!("192.0.2.{}", self.below(255)),
            "time" => format!(
                "2024-{:02}-{:02} {:02}:{:02}:{:02}",
                1 + self.below(12),
                1 + self.below(28),
                self.below(24),
                self.below(60),
                self.below(60)
            ),
            "word" => self.word(),
            _ => self.below(100_000).to_string(),
        }
    }
}
