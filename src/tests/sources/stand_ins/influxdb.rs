//! A real InfluxDB 1.x, one for all tests of this process. It ends with the process, whatever ends that.
use crate::sources::http::Credentials;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;
use url::Url;

static SERVER: OnceCell<Server> = OnceCell::const_new();
static COUNTER: AtomicU32 = AtomicU32::new(0);

const SECONDS_TO_START: u64 = 60;

/// Waits for its standard input, which ends with the tests, then ends the server and removes its folder.
const KEEPER: &str = r#"influxd -config /dev/null >"$1/log" 2>&1 & server=$!
read -r _; kill -KILL $server; wait $server 2>/dev/null; rm -rf "$1""#;

struct Server {
    url: Url,
    _keeper: Child,
}

/// A database on it.
pub(in crate::tests) struct Database {
    /// Address of the server.
    pub(in crate::tests) url: Url,
    pub(in crate::tests) name: String,
}

impl Database {
    /// An empty one, with a retention policy `raw` as the monitoring has.
    pub(in crate::tests) async fn new() -> Self {
        let url = SERVER.get_or_init(start).await.url.clone();
        let name = format!("tests {}", COUNTER.fetch_add(1, Ordering::Relaxed));
        let made = Self { url, name };
        let query = format!("CREATE DATABASE \"{}\" WITH DURATION INF NAME \"raw\"", made.name);
        let url = made.address("query", &[("q", &query)]);
        crate::tests::sources::client()
            .post(&url, &Credentials::none(), "application/x-www-form-urlencoded", Vec::new())
            .await
            .expect("makes a database");
        made
    }

    /// Adds points in line protocol, with times in milliseconds.
    pub(in crate::tests) async fn write(&self, lines: &str) {
        let url = self.address("write", &[("db", &self.name), ("rp", "raw"), ("precision", "ms")]);
        crate::tests::sources::client()
            .post(&url, &Credentials::none(), "text/plain", lines.into())
            .await
            .expect("writes");
    }

    fn address(&self, path: &str, parameters: &[(&str, &str)]) -> Url {
        let mut url = self.url.join(path).expect("an address");
        url.query_pairs_mut().extend_pairs(parameters);
        url
    }
}

/// Another process may take the port before the server does: then another one is tried.
async fn start() -> Server {
    for _ in 0..3 {
        let folder = tempfile::Builder::new().prefix("opint-influxdb.").tempdir().expect("a folder").keep();
        let (http, rpc) = (free_port(), free_port());
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(&folder)
            .env("INFLUXDB_META_DIR", folder.join("meta"))
            .env("INFLUXDB_DATA_DIR", folder.join("data"))
            .env("INFLUXDB_DATA_WAL_DIR", folder.join("wal"))
            .env("INFLUXDB_HTTP_BIND_ADDRESS", format!("127.0.0.1:{http}"))
            .env("INFLUXDB_BIND_ADDRESS", format!("127.0.0.1:{rpc}"))
            .env("INFLUXDB_REPORTING_DISABLED", "true")
            .env("INFLUXDB_MONITOR_STORE_ENABLED", "false")
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh is there");
        let deadline = Instant::now() + Duration::from_secs(SECONDS_TO_START);
        let url = Url::parse(&format!("http://127.0.0.1:{http}/")).expect("an address");
        while Instant::now() < deadline {
            let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(!log.contains("not found"), "InfluxDB is missing; install it: apt-get install influxdb");
            // Its own word: on the port, somebody else's server might answer.
            if log.contains("Listening for signals") {
                return Server { url, _keeper: keeper };
            }
            if log.contains("address already in use") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        drop(keeper.stdin.take());
        keeper.wait().expect("ends");
    }
    panic!("InfluxDB did not start in {SECONDS_TO_START} s");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("has an address").port()
}
