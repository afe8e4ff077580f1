"""What makes no sense is refused with a sentence, never with a fault of the server."""

import json
import threading

import pytest
from program import Client, refused, told

WRITES = (
    "/api/sites/",
    "/api/issues/transfer/",
    "/api/issues/workflow/",
    "/api/issuecategories/",
    "/api/issuecauses/",
    "/api/actions/",
    "/api/solutions/",
    "/api/tickets/",
    "/api/suggested-actions/",
    "/api/actions-taken/",
    "/auth/rest-auth/login/",
)
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def category(admin):
    return admin.make("/api/issuecategories/", regex="Timed out")["id"]


@pytest.fixture(scope="module", autouse=True)
def nothing_failed(server):
    """No line of the log tells of a fault."""
    yield
    lines = [line for line in server.log().splitlines() if " ERROR " in line or "panicked" in line]
    assert not lines, "\n".join(lines[:10])


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"name": }',
        b"{'name': 'x'}",
        b"\xff\xfe",
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b"[]",
        b"[{}]",
        b'"x"',
        b"1",
        b"null",
        b"true",
        b"1e999",
        b'{"a": 1e999}',
        b'{"a": NaN}',
        b"{} {}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"name":' + b"[" * 120 + b"]" * 120 + b"}",
        b"\0" * 100,
    ],
    ids=lambda body: repr(body[:16]),
)
def test_malformed(admin, path, body):
    answer = admin.post(path, data=body, headers=JSON)
    assert answer.status_code == 400, told(answer)
    assert answer.headers["Content-Type"] == "application/json" and isinstance(answer.json(), dict), told(answer)


@pytest.mark.parametrize(
    ("path", "field", "values"),
    [
        ("/api/sites/", "name", [None, "", "   ", [], {}, True, "x" * 129, "a\0b", "x" * 100_000]),
        ("/api/sites/", "tier", ["x", [], {}, True, 1.5, -1, 4, 10**30, "10" * 50, 1e300]),
        ("/api/sites/", "country", ["Italy", "it", [], {}, 7]),
        ("/api/sites/", "status", ["no-such", "", None, 1, [], {}, True, "ACTIVE"]),
        ("/api/sites/", "latitude", ["x", 91, -91, [], {}, True, 1e300, "NaN", "inf"]),
        ("/api/tickets/", "site", ["x", 99999, [], {}, True, 1.5, -1, 10**30, 0]),
        ("/api/tickets/", "url", ["javascript:alert(1)", "x", [], {}, 7]),
        ("/api/tickets/", "opened_at", ["yesterday", "2026-13-01T00:00:00Z", [], {}, True, 7, "10000000-01-01T00:00:00Z"]),
        ("/api/tickets/", "is_open", ["perhaps", [], {}, 7, "2"]),
        ("/api/suggested-actions/", "prior", ["x", -0.1, 1.1, [], {}, True, 1e300, "NaN"]),
        ("/api/issuecauses/", "cause", [None, "", "  ", [], {}, True, "x" * 129, "a\0b"]),
        ("/api/issuecategories/", "regex", [None, "", "  ", [], {}, True, 7, "x" * 513, "a\0b"]),
        ("/api/issuecategories/", "cause", ["x", 99999, [], {}, True, 1.5, -1, 10**30]),
        ("/api/issues/transfer/", "message", [None, "", [], {}, True, "x" * 5000, "a\0b"]),
        ("/api/issues/transfer/", "src_site", [[], {}, True, 7, "x" * 129, "a\0b"]),
        ("/api/issues/transfer/", "status", ["new", "Old", None, "", [], {}, 1]),
        ("/api/issues/transfer/", "type", ["workflow-failure", "x", None, [], {}, 1]),
        ("/api/issues/transfer/", "category", ["x", 99999, [], {}, True, 1.5, 10**30]),
        ("/api/issues/transfer/", "amount", ["x", [], {}, 1.5, 10**30, -1]),
        ("/api/issues/workflow/", "workflow", [None, "", [], {}, "x" * 129, "a\0b"]),
        ("/api/solutions/", "propability", ["x", -1, 101, [], {}, True, 1e300, "NaN"]),
        ("/api/solutions/", "score", ["x", [], {}, 7]),
        ("/api/solutions/", "affected_site", ["x", "", None, [], {}, 7, "SRC_SITE"]),
        ("/api/solutions/", "solution", ["x", 99999, [], {}, True, 1.5, 10**30, -1]),
        ("/api/solutions/", "real_cause", ["x", 99999, [], {}, True, 1.5]),
        ("/api/solutions/", "category", ["x", 99999, [], {}, True, 1.5, None, ""]),
        ("/api/actions/", "action", [None, "", "  ", [], {}, True, "x" * 129, "a\0b", 10**30, -1, "99999999999999999999"]),
    ],
)
def test_wrong_values(admin, category, path, field, values):
    fine = {
        "/api/sites/": {"name": "FINE"},
        "/api/tickets/": {"system": "ggus", "reference": "1", "title": "x"},
        "/api/suggested-actions/": {"category": category, "action": 1},
        "/api/issuecauses/": {},
        "/api/issuecategories/": {"regex": "x"},
        "/api/issues/transfer/": {"message": "x", "src_site": "A", "dst_site": "B"},
        "/api/issues/workflow/": {"message": "x", "workflow": "x"},
        "/api/actions/": {},
        "/api/solutions/": {"category": category, "solution": 1, "affected_site": "unknown"},
    }[path]
    wrong = []
    for value in values:
        answer = admin.post(path, json={**fine, field: value})
        body = answer.json() if answer.headers.get("Content-Type") == "application/json" else {}
        if answer.status_code != 400 or not (isinstance(body.get(field), list) or "non_field_errors" in body):
            wrong.append(f"{field} = {str(value)[:60]!r}: {answer.status_code} {answer.text[:200]}")
            if answer.status_code == 201:
                admin.delete(f"{path}{body['id']}/")
    assert not wrong, "\n".join(wrong)


def test_keys_of_other_tables(admin, category):
    """A number that is somebody else's key is no key here."""
    beyond = max(row["id"] for row in admin.walk("/api/sites/", page_size=1000)) + 50
    users = admin.get("/api/users/").json()["results"][0]["id"]
    for path in ("/api/causes/", "/api/actions/", "/api/solutions/", "/api/tickets/", "/api/issues/", "/api/api-tokens/"):
        refused(admin.get(f"{path}{beyond}/"), 404)
    refused(
        admin.post("/api/tickets/", json={"system": "ggus", "reference": "2", "title": "x", "site": beyond}), 400, site=None
    )
    refused(admin.get(f"/api/sites/{users}-1/"), 404)


def test_too_large(admin):
    for path in WRITES:
        text = json.dumps({"name": "x" * 3_000_000}).encode()
        refused(admin.post(path, data=text, headers=JSON), 413)
        # Without a length, until it is too much.
        refused(admin.post(path, data=(text[at : at + 65536] for at in range(0, len(text), 65536)), headers=JSON), 413)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "x",
        "",
        "application/json/x",
        "text/json",
    ],
)
def test_other_types(admin, kind):
    for path in WRITES:
        refused(admin.post(path, data=b'{"name": "x"}', headers={"Content-Type": kind}), 415)


def test_types_that_will_do(admin):
    for place, kind in enumerate(("application/json; charset=utf-8", "APPLICATION/JSON", "application/json;charset=utf-8")):
        answer = admin.post("/api/causes/", data=json.dumps({"name": f"Kind {place}"}).encode(), headers={"Content-Type": kind})
        assert answer.status_code == 201, told(answer)


def test_many_fields(admin):
    answer = admin.post("/api/sites/", json={f"f{number}": number for number in range(50_000)})
    assert answer.status_code == 400, told(answer)
    answer = admin.post(
        "/api/sites/",
        data="&".join(f"f{number}=1" for number in range(50_000)),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 400, told(answer)


def test_the_same_name_twice(admin):
    answer = admin.post("/api/causes/", data=b'{"name": "First", "name": "Second"}', headers=JSON)
    assert answer.status_code in (201, 400), told(answer)


def test_strange_headers(admin, server):
    for name, value in (
        ("If-Match", "x"),
        ("If-Match", '"'),
        ("If-Match", ""),
        ("If-Match", "W/"),
        ("If-Match", ", ,"),
        ("If-Match", '"99999999999999999999"'),
    ):
        made = admin.make("/api/issuecauses/", cause=f"Header {value[:5]} {len(value)}")
        answer = admin.patch(f"/api/issuecauses/{made['id']}/", json={"cause": "Changed"}, headers={name: value})
        refused(answer, 412)
    for value in ("x", '"', "*/*/*", "a" * 5000, ";q=2", "text/html;q=x"):
        answer = admin.get("/api/sites/", headers={"Accept": value})
        assert answer.status_code < 500, told(answer)
    answer = Client(server).get("/api/", headers={"Host": "evil.example.org"})
    assert answer.status_code in (200, 400, 401), told(answer)


def test_many_at_once(admin):
    """Refusals at the same time as writes: nobody's request spoils another's."""
    found = []

    def ask(number):
        client = Client(admin.server, admin.token)
        for turn in range(10):
            answer = client.post("/api/causes/", json={"name": f"At once {number} {turn}" if turn % 2 else None})
            found.append((turn % 2, answer.status_code))

    threads = [threading.Thread(target=ask, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for good, status in found if good} == {201} and {status for good, status in found if not good} == {400}
