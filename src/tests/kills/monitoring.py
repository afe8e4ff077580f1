"""Grafana's proxy to an InfluxDB and an Elasticsearch, with made-up numbers of some hours, the same for the same seed. It
answers as src/tests/sources/stand_ins does; what is asked in another way than documented is refused and remembered."""

import json
import random
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from kills.records import BAD_DESTINATION, BAD_SOURCE, MESSAGES, host
from kills.records import SITES as ALL_SITES

TOKEN = "glsa_of-the-tests"
HOUR = 3_600_000
# With both that fail among them.
SITES = ALL_SITES[:9]
# InfluxQL as src/sources/monit/influx.rs writes it.
QUERY = re.compile(
    r"""SELECT sum\("files_done"\) AS "done", sum\("files_total"\) AS "total" FROM "raw"\."ddm_transfer" """
    r"""WHERE "state" = '(transfer|deletion)' AND time >= (\d+)ms AND time < (\d+)ms """
    r"""GROUP BY "src_experiment_site", "dst_experiment_site", "activity\""""
)
SOURCES = [
    {"src": {"terms": {"field": "data.src_experiment_site", "missing_bucket": True}}},
    {"dst": {"terms": {"field": "data.dst_experiment_site", "missing_bucket": True}}},
    {"event": {"terms": {"field": "data.event_type"}}},
]


class Numbers:
    """What happened in the hours from `first` on, `hours` of them; in others, nothing."""

    def __init__(self, seed, first, hours):
        self.seed, self.first, self.hours = seed, first, hours
        self.made = {}
        for number in range(hours):
            self.made[first + number * HOUR] = self.hour(number)

    def of(self, begin, operation):
        return self.made.get(begin, {}).get(operation, {})

    def hour(self, number):
        chance = random.Random(f"{self.seed}/{number}")
        late = number >= self.hours // 2
        transfers = {}
        for source in SITES:
            for destination in SITES:
                if source != destination:
                    bad = late and (destination == BAD_DESTINATION or source == BAD_SOURCE)
                    kinds = [0 if destination == BAD_DESTINATION else 2] if bad else range(len(MESSAGES))
                    transfers[source, destination] = attempts(chance, 0.95 if bad else 0.1, kinds, host(destination))
        deletions = {(None, site): attempts(chance, 0.05, [1], host(site)) for site in SITES}
        return {"transfer": transfers, "deletion": deletions}


def attempts(chance, share, kinds, at):
    """Attempts, successes, and how often each message came and in how many files."""
    total = chance.randrange(20, 200)
    counts, files = Counter(), {}
    for _ in range(round(total * share)):
        scope, code, text = MESSAGES[chance.choice(kinds)]
        message = f"{scope} [{code}] {text.format(chance.randrange(4), at)}"
        counts[message] += 1
        files.setdefault(message, set()).add(chance.randrange(50))
    told = {message: (count, len(files[message])) for message, count in counts.items()}
    return total, total - counts.total(), told


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(self.influx)

    def do_POST(self):
        self.answer(self.search)

    def answer(self, ask):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise ValueError("no token")
            status, told = 200, ask(urlsplit(self.path), body)
        except (ValueError, KeyError, TypeError) as error:
            self.server.complaints.append(f"{self.command} {self.path}: {error!r}")
            status, told = 400, {"error": str(error)}
        text = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def influx(self, url, _):
        asked = parse_qs(url.query, strict_parsing=True)
        if url.path != "/api/datasources/proxy/7730/query" or set(asked) != {"db", "q", "epoch"}:
            raise ValueError("no such query")
        query = QUERY.fullmatch(asked["q"][0])
        if not query or asked["epoch"] != ["ms"] or asked["db"] != ["monit_production_ddm_transfers"]:
            raise ValueError(f"not as expected: {asked}")
        operation, begin, end = query[1], int(query[2]), int(query[3])
        if end - begin != HOUR:
            raise ValueError("not an hour")
        series = [
            {
                "name": "ddm_transfer",
                "tags": {
                    "src_experiment_site": source or "",
                    "dst_experiment_site": destination,
                    "activity": "T0 Export",
                },
                "columns": ["time", "done", "total"],
                "values": [[begin, done, total]],
            }
            for (source, destination), (total, done, _) in self.server.numbers.of(begin, operation).items()
        ]
        return {"results": [{"statement_id": 0, **({"series": series} if series else {})}]}

    def search(self, url, body):
        if url.path != "/api/datasources/proxy/8736/_msearch" or url.query:
            raise ValueError("no such search")
        if self.headers.get("Content-Type") != "application/x-ndjson" or not body.endswith(b"\n"):
            raise ValueError("no lines of JSON")
        head, query = map(json.loads, body.splitlines())
        if set(head) != {"search_type", "ignore_unavailable", "index"} or set(query) != {"size", "query", "aggs"}:
            raise ValueError(f"not as expected: {head}, {query}")
        given = query["query"]["bool"]["filter"][0]["range"]["metadata.timestamp"]
        if int(given["lt"]) - int(given["gte"]) != HOUR or given["format"] != "epoch_millis":
            raise ValueError(f"not an hour: {given}")
        composite = query["aggs"]["links"]["composite"]
        if composite["sources"] != SOURCES:
            raise ValueError(f"not as expected: {composite}")
        found = buckets(self.server.numbers, int(given["gte"]))
        if after := composite.get("after"):
            found = [bucket for bucket in found if order(bucket["key"]) > order(after)]
        found = found[:composite["size"]]
        links = {"buckets": found, **({"after_key": found[-1]["key"]} if found else {})}
        shards = {"total": 6, "successful": 6, "skipped": 0, "failed": 0}
        reply = {"took": 1, "timed_out": False, "_shards": shards, "aggregations": {"links": links}, "status": 200}
        return {"took": 3, "responses": [reply]}


def order(key):
    return [key[name] or "" for name in ("src", "dst", "event")]


def buckets(numbers, begin):
    """Each link with its successes, and with its failures and their messages."""
    found = []
    for operation in ("transfer", "deletion"):
        for (source, destination), (_, done, told) in numbers.of(begin, operation).items():
            key = {"src": source, "dst": destination}
            if done:
                none = {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": []}
                found.append({"key": {**key, "event": f"{operation}-done"}, "doc_count": done, "reasons": none})
            if told:
                reasons = [
                    {"key": text, "doc_count": count, "files": {"value": files}}
                    for text, (count, files) in sorted(told.items())
                ]
                failed = sum(count for count, _ in told.values())
                listed = {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": reasons}
                found.append({"key": {**key, "event": f"{operation}-failed"}, "doc_count": failed, "reasons": listed})
    return sorted(found, key=lambda bucket: order(bucket["key"]))


class Monitoring(ThreadingHTTPServer):
    """Listens on a free port of this machine until it is left."""

    daemon_threads = True

    def __init__(self, numbers):
        super().__init__(("127.0.0.1", 0), Handler)
        self.numbers, self.complaints = numbers, []

    def handle_error(self, request, client_address):
        """Whoever asked was killed before the answer came: nobody is to blame."""

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
