//! Invented FTS "complete" records: always the same for the same seed, with their true counts.
//!
//! The shape is that of the archive: every field FTS sends, some 3 kB, hosts and paths that differ, a sixth of the
//! attempts failed, some files failing again and again.
use std::collections::HashSet;
use std::io::{self, Read, Write};

/// End of the first record: 2026-11-20T00:00:00Z, in milliseconds.
const START: u64 = 1_795_132_800_000;
/// Records end within so many hours.
const HOURS: u64 = 6;
const SITES: u64 = 120;
/// Files that fail again and again, until everybody knows them.
const STUCK: u64 = 500;

/// What error messages look like: scope, code, phase, category, text. `{}` stands for what differs.
const MESSAGES: [(&str, u16, &str, &str, &str); 8] = [
    (
        "DESTINATION",
        110,
        "TRANSFER_PREPARATION",
        "CONNECTION_TIMED_OUT",
        "DESTINATION OVERWRITE Result Operation timed out after 3 attempts",
    ),
    (
        "SOURCE",
        2,
        "TRANSFER_PREPARATION",
        "NO_SUCH_FILE_OR_DIRECTORY",
        "SOURCE CHECKSUM HTTP 404 : File not found after 1 attempts ({url})",
    ),
    (
        "TRANSFER",
        70,
        "TRANSFER",
        "COMMUNICATION_ERROR_ON_SEND",
        "TRANSFER ERROR: Copy failed (3rd push). Last attempt: Transfer failed: failure: problem sending data: {host} failed to respond",
    ),
    (
        "TRANSFER",
        5,
        "TRANSFER",
        "INPUT_OUTPUT_ERROR",
        "TRANSFER ERROR: Copy failed (3rd pull). Last attempt: transfer from {host} stopped after {number} bytes",
    ),
    (
        "DESTINATION",
        28,
        "TRANSFER_PREPARATION",
        "NO_SPACE_LEFT_ON_DEVICE",
        "DESTINATION MAKE_PARENT HTTP 507 : no space left in the space token",
    ),
    (
        "SOURCE",
        70,
        "TRANSFER_PREPARATION",
        "COMMUNICATION_ERROR_ON_SEND",
        "srm-ifce err: Communication error on send, err: [SE][StatusOfBringOnlineRequest][] httpg://{host}:8443/srm/managerv2: CGSI-gSOAP running on fts{number}.example.org reports could not open connection to {host}:8443",
    ),
    ("TRANSFER", 112, "TRANSFER", "HOST_IS_DOWN", "Could not open connection to {host} \\\"refused\\\""),
    (
        "GENERAL_FAILURE",
        125,
        "TRANSFER_SERVICE",
        "OPERATION_CANCELED",
        "Transfer agent was killed after {number} s",
    ),
];

/// What the records say, counted while they are made.
#[derive(Debug, Default, PartialEq)]
pub struct Truth {
    /// All of them.
    pub records: u64,
    /// Successes.
    pub done: u64,
    /// Failures.
    pub failed: u64,
    /// Neither.
    pub cancelled: u64,
    /// Bytes of the successes.
    pub bytes: u64,
    /// Pairs of storage and hour with any attempt.
    pub links: HashSet<(u64, u64, u64)>,
    /// Files among the failures; for clients that give no name of theirs, another one at each destination.
    pub files: HashSet<(u64, Option<u64>)>,
}

/// Makes records; as a [`Read`], until there are enough.
pub struct Records {
    state: u64,
    left: u64,
    pending: Vec<u8>,
    given: usize,
    /// Counts so far.
    pub truth: Truth,
}

impl Records {
    /// So many records, the same ones for the same seed.
    pub fn new(count: u64, seed: u64) -> Self {
        Self { state: seed, left: count, pending: Vec::new(), given: 0, truth: Truth::default() }
    }

    /// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere.
    fn random(&mut self, below: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    /// Appends the next record and its line end; false when there are enough.
    pub fn line(&mut self, out: &mut Vec<u8>) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        let number = self.truth.records;
        let source = self.random(SITES);
        let destination = (source + 1 + self.random(12)) % SITES;
        let end = START + self.random(HOURS * 3_600_000);
        let size = 1_000_000 + self.random(4_000_000_000);
        let flag: i8 = match self.random(100) {
            0..=15 => 0,
            16 => -1,
            _ => 1,
        };
        let file = if flag == 0 && self.random(3) == 0 { self.random(STUCK) } else { STUCK + number };
        // Clients other than Rucio know a file by its address only, which differs from destination to destination.
        let identity = (file, (!is_rucio(number)).then_some(destination));
        self.count(flag, size, identity, (source, destination, end / 3_600_000));
        let error = (flag == 0).then(|| self.message(source, destination, file));
        let record = Record { number, source, destination, end, size, flag, file, error };
        record.write(out).expect("memory takes it");
        true
    }

    fn count(&mut self, flag: i8, size: u64, file: (u64, Option<u64>), link: (u64, u64, u64)) {
        self.truth.records += 1;
        self.truth.links.insert(link);
        match flag {
            1 => {
                self.truth.done += 1;
                self.truth.bytes += size;
            }
            0 => {
                self.truth.failed += 1;
                self.truth.files.insert(file);
            }
            _ => self.truth.cancelled += 1,
        }
    }

    fn message(&mut self, source: u64, destination: u64, file: u64) -> (usize, String) {
        let kind = self.random(MESSAGES.len() as u64) as usize;
        let text = MESSAGES[kind]
            .4
            .replace("{url}", &format!("davs://{}:2880/{}", host(source), path(file)))
            .replace("{host}", &host(if kind == 3 { source } else { destination }))
            .replace("{number}", &(100 + self.random(400)).to_string());
        (kind, text)
    }
}

impl Read for Records {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.pending.len() {
            let mut pending = std::mem::take(&mut self.pending);
            pending.clear();
            while pending.len() < 64 << 10 && self.line(&mut pending) {}
            (self.pending, self.given) = (pending, 0);
        }
        let count = buffer.len().min(self.pending.len() - self.given);
        buffer[..count].copy_from_slice(&self.pending[self.given..self.given + count]);
        self.given += count;
        Ok(count)
    }
}

fn is_rucio(number: u64) -> bool {
    number % 10 < 8
}

fn host(site: u64) -> String {
    format!("se{}.site-{site:03}.example.org", site % 3)
}

fn path(file: u64) -> String {
    format!(
        "pnfs/example.org/data/rucio/mc23_13p6TeV/{:02x}/{:02x}/AOD.{file:010}._000001.pool.root.1",
        file % 251,
        file % 241
    )
}

struct Record {
    number: u64,
    source: u64,
    destination: u64,
    end: u64,
    size: u64,
    flag: i8,
    file: u64,
    error: Option<(usize, String)>,
}

impl Record {
    fn write(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let Self { number, end, size, .. } = self;
        let (source, destination, path) = (host(self.source), host(self.destination), path(self.file));
        write!(
            out,
            r#"{{"data": {{"tr_id": "2026-11-20-0412__{source}__{destination}__{number}__aaaa", "job_id": "{number:08x}-0f77-11ea-a4a0-02163e01866e", "file_id": {}, "endpnt": "fts3-atlas.example.org", "vo": "atlas", "user_dn": "", "activity": "Production Output", "channel_type": "urlcopy", "t_channel": "davs://{source}__davs://{destination}", "src_url": "davs://{source}:2880/{path}", "dst_url": "davs://{destination}:443/{path}", "src_hostname": "{source}", "dst_hostname": "{destination}", "src_se": "davs://{source}", "dst_se": "davs://{destination}", "src_site_name": "", "dst_site_name": "", "protocol": "davs", "timestamp_tr_st": {}, "timestamp_tr_comp": {}, "tr_timestamp_start": {}, "tr_timestamp_complete": {end}, "timestamp_chk_src_st": 0, "timestamp_chk_src_ended": 0, "timestamp_checksum_dest_st": 0, "timestamp_checksum_dest_ended": 0, "timestamp_checksum_src_diff": 0, "timestamp_checksum_dst_diff": 0, "t_timeout": 4000, "chk_timeout": 0, "#,
            2_000_000_000 + number,
            end - 70_000,
            end - 500,
            end - 71_000,
        )?;
        self.outcome(out)?;
        write!(
            out,
            r#""f_size": {size}, "file_size": {size}, "tr_bt_transfered": {}, "nstreams": 1, "buf_size": 0, "tcp_buf_size": 0, "block_size": 0, "scitag": 0, "srm_space_token_src": "", "srm_space_token_dst": "", "src_srm_v": "", "dest_srm_v": "", "time_srm_prep_st": 0, "time_srm_prep_end": 0, "time_srm_fin_st": 0, "time_srm_fin_end": 0, "srm_preparation_time": 0, "srm_finalization_time": 0, "srm_overhead_time": 0, "srm_overhead_percentage": 0.0, "transfer_time": 69500, "operation_time": 70333, "throughput": 31.25, "latency": 70333, "retry": 0, "retry_max": 0, "job_m_replica": "false", "job_multihop": false, "transfer_lasthop": true, "is_recoverable": true, "is_archiving": false, "ipver": "ipv6", "ipv6": true, "eviction_code": -1, "cleanup_code": -1, "final_destination": "", "transfer_type": "streamed", "auth_method": "certificate", "overwrite_on_disk_flag": "", "overwrite_on_disk_deletion_code": -1, "src_protocol": "davs", "dst_protocol": "davs", "protocol_translation": false, "remote_access": false, "log_link": "https://fts3-atlas.example.org:8449/var/log/fts3/transfers/2026-11-20/{source}__{destination}/{number}", "#,
            if self.flag == 1 { *size } else { 0 },
        )?;
        self.metadata(out)?;
        writeln!(
            out,
            r#""job_metadata": {{"issuer": "rucio", "multi_sources": false}}}}, "metadata": {{"_id": "{number:032x}", "producer": "fts", "type": "complete", "type_prefix": "raw", "topic": "fts_raw_complete", "timestamp": {}, "hostname": "fts3-atlas-01.example.org", "version": "001"}}}}"#,
            end + 9000,
        )
    }

    fn outcome(&self, out: &mut Vec<u8>) -> io::Result<()> {
        let (scope, code, phase, category) = self.error.as_ref().map_or(("", 0, "", ""), |(kind, _)| {
            let (scope, code, phase, category, _) = MESSAGES[*kind];
            (scope, code, phase, category)
        });
        let text = self.error.as_ref().map_or("", |(_, text)| text);
        let (state, job) = match self.flag {
            1 => ("Ok", "FINISHED"),
            0 => ("Error", "FAILED"),
            _ => ("Abort", "CANCELED"),
        };
        write!(
            out,
            r#""t_error_code": {code}, "tr_error_scope": "{scope}", "t_failure_phase": "{phase}", "tr_error_category": "{category}", "t__error_message": "{text}", "t_final_transfer_state": "{state}", "t_final_transfer_state_flag": {}, "job_state": "{job}", "#,
            self.flag
        )
    }

    /// Most clients are Rucio; others send nothing or a text.
    fn metadata(&self, out: &mut Vec<u8>) -> io::Result<()> {
        match self.number % 10 {
            8 => write!(out, r#""file_metadata": null, "#),
            9 => write!(out, r#""file_metadata": "a client of its own", "#),
            _ => write!(
                out,
                r#""file_metadata": {{"activity": "Production Output", "name": "AOD.{:010}._000001.pool.root.1", "scope": "mc23_13p6TeV", "src_rse": "SITE-{:03}_DATADISK", "dst_rse": "SITE-{:03}_DATADISK", "dest_rse_id": "a1b2c3d4e5f60718293a4b5c6d7e8f90", "src_rse_id": "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "src_type": "DISK", "dst_type": "DISK", "request_id": "{:032x}", "request_type": "transfer", "filesize": {}, "adler32": "0a1b2c3d", "md5": null, "verify_checksum": true}}, "#,
                self.file, self.source, self.destination, self.number, self.size
            ),
        }
    }
}
