"""Every call of the original's React client, with the headers that axios 0.19 sends from a page, and what the client reads
out of the answers. It has no token: it reads anonymously, and writes as the browser that signed in."""

import json
from datetime import datetime

import pytest
from program import ADMIN, PASSWORD, Client, Page, refused, told

ACCEPT = "application/json, text/plain, */*"
TRANSFER = ["id", "message", "src_site", "dst_site", "category", "amount", "type", "status", "last_modified"]
WORKFLOW = ["id", "message", "workflow", "category", "amount", "type", "status", "last_modified"]
SOLUTION = [
    "id",
    "category",
    "proposed_action",
    "solution",
    "real_cause",
    "propability",
    "score",
    "affected_site",
    "last_modified",
]
ISSUES = "/api/issues/transfer/?format=json&ordering=-last_modified"
# More than a page has.
MANY = 130


class React(Page):
    """`API` of the client's src/config/api.js."""

    def fetch(self, path):
        return self.get(path, headers={"Accept": ACCEPT})

    def submit(self, path, body):
        # As JSON.stringify writes it.
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
        headers = {"Accept": ACCEPT, "Content-Type": "application/json;charset=utf-8"}
        return self.post(path, data=text, headers=headers)


@pytest.fixture(scope="module")
def server(serve):
    with serve(OPINT_ANONYMOUS_READ="true") as running:
        yield running


@pytest.fixture(scope="module")
def filled(server):
    """What the original's loader wrote, through the API."""
    loader = server.client()
    category = loader.make("/api/issuecategories/", regex="SRC [110] Operation timed out", cause=None)["id"]
    for name in ("Unknown", "Proposed", "Ask the site", "Open a ticket"):
        loader.make("/api/actions/", action=name)
    for number in range(MANY):
        loader.make(
            "/api/issues/transfer/",
            message=f"SRC [110] Operation timed out after {number} s",
            src_site="UNKNOWN",
            dst_site=f"SITE-{number:03}",
            category=category,
            amount=number + 1,
            type="deletion-failure",
            status="New",
        )
    loader.make(
        "/api/issues/workflow/",
        message="Exit code 50664",
        workflow="pdmvserv_task_B2G",
        category=None,
        amount=3,
        type="workflow-failure",
        status="Ongoing",
    )
    return category


@pytest.fixture
def react(server, filled):
    return React(server)


@pytest.fixture
def signed_in(react):
    answer = react.submit("/auth/rest-auth/login/", {"username": ADMIN, "password": PASSWORD})
    assert answer.status_code == 200, told(answer)
    return react


def results(answer, names):
    """`res.data.results`, whose rows have exactly these fields."""
    assert answer.status_code == 200, told(answer)
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert list(body) == ["count", "next", "previous", "results"]
    for row in body["results"]:
        assert list(row) == names
        datetime.fromisoformat(row["last_modified"])
    return body["results"]


def test_issues(react, filled):
    answer = react.fetch(ISSUES)
    rows = results(answer, TRANSFER)
    assert answer.json()["count"] == MANY and len(rows) == 100
    assert answer.json()["previous"] is None
    assert rows[0]["message"] == f"SRC [110] Operation timed out after {MANY - 1} s"
    assert rows[0] | {"id": 0, "last_modified": ""} == {
        "id": 0,
        "message": f"SRC [110] Operation timed out after {MANY - 1} s",
        "src_site": "UNKNOWN",
        "dst_site": f"SITE-{MANY - 1:03}",
        "category": filled,
        "amount": MANY,
        "type": "deletion-failure",
        "status": "New",
        "last_modified": "",
    }
    times = [row["last_modified"] for row in rows]
    assert times == sorted(times, reverse=True)


def test_next_page_goes_on(react):
    first = react.fetch(ISSUES).json()
    second = react.fetch(first["next"])
    rows = results(second, TRANSFER)
    assert len(rows) == MANY - 100 and second.json()["next"] is None
    assert "page=2" in first["next"] and "ordering=-last_modified" in first["next"] and "format=json" in first["next"]
    assert not {row["id"] for row in rows} & {row["id"] for row in first["results"]}
    assert results(react.fetch(second.json()["previous"]), TRANSFER) == first["results"]


def test_detail_is_looked_up_in_the_first_page(react, server):
    last = react.fetch(ISSUES + "&page=2").json()["results"][-1]
    touched = server.client().patch(f"/api/issues/transfer/{last['id']}/", json={"status": "Ongoing"})
    assert touched.status_code == 200, told(touched)
    found = [row for row in react.fetch(ISSUES).json()["results"] if row["id"] == last["id"]]
    assert found == [touched.json()] and found[0]["status"] == "Ongoing"
    assert react.fetch(f"/api/issues/transfer/{last['id']}/?format=json").json() == found[0]


def test_no_such_page(react):
    assert refused(react.fetch(ISSUES + "&page=3"), 404) == {"detail": "Invalid page."}
    assert refused(react.fetch(ISSUES + "&page=x"), 404) == {"detail": "Invalid page."}


def test_workflow_issues(react):
    rows = results(react.fetch("/api/issues/workflow/?format=json"), WORKFLOW)
    assert [(row["workflow"], row["type"], row["status"]) for row in rows] == [
        ("pdmvserv_task_B2G", "workflow-failure", "Ongoing")
    ]


def test_categories(react, filled, server):
    newer = server.client().make("/api/issuecategories/", regex="421 Service busy")
    rows = results(react.fetch("/api/issuecategories/?format=json"), ["id", "amount", "regex", "cause", "last_modified"])
    assert [row["id"] for row in rows] == [newer["id"], filled]
    assert rows[1] | {"last_modified": "", "amount": 0} == {
        "id": filled,
        "amount": 0,
        "regex": "SRC [110] Operation timed out",
        "cause": None,
        "last_modified": "",
    }
    assert isinstance(rows[1]["amount"], int)


def test_actions(react):
    rows = results(react.fetch("/api/actions/?format=json"), ["id", "action", "last_modified"])
    # What the form offers.
    offered = [row["action"] for row in rows if row["action"] not in ("Unknown", "Proposed")]
    assert offered[:2] == ["Ask the site", "Open a ticket"]
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)


def test_login(react):
    answer = react.submit("/auth/rest-auth/login/", {"username": ADMIN, "password": PASSWORD})
    assert answer.status_code == 200, told(answer)
    assert answer.json()["token"] and answer.json()["user"]["username"] == ADMIN


def test_login_by_address(react):
    answer = react.submit("/auth/rest-auth/login/", {"email": f"{ADMIN}@example.org", "password": PASSWORD})
    assert answer.status_code == 200 and answer.json()["user"]["username"] == ADMIN, told(answer)


def test_wrong_login(react):
    answer = react.submit("/auth/rest-auth/login/", {"username": ADMIN, "password": "wrong"})
    # The client says "Invalid credentials" at 400, and "Something went wrong" at others.
    assert refused(answer, 400) == {"non_field_errors": ["Unable to log in with provided credentials."]}
    assert "opint_session" not in react.cookies


def test_cern_login(react):
    refused(react.submit("/auth/rest-auth/cern/", {"code": "abc", "access_token": ""}), 400, non_field_errors=None)


def test_action_of_the_list(signed_in):
    listed = signed_in.fetch("/api/actions/?format=json").json()["results"]
    for row in listed:
        for action in (row["action"], row["id"], str(row["id"])):
            answer = signed_in.submit("/api/actions/", {"action": action})
            assert answer.status_code in (200, 201) and answer.json() == row, told(answer)
    assert signed_in.fetch("/api/actions/?format=json").json()["results"] == listed


def test_new_action(signed_in):
    answer = signed_in.submit("/api/actions/", {"action": "Restart the dCache door – twice"})
    assert answer.status_code == 201 and list(answer.json()) == ["id", "action", "last_modified"], told(answer)
    again = signed_in.submit("/api/actions/", {"action": "Restart the dCache door – twice"})
    assert again.json() == answer.json()


def test_no_action(signed_in):
    # The original fell over at the first.
    for action in ("99999", 99999, "", None, {"text": "x"}, ["x"], "x" * 200):
        refused(signed_in.submit("/api/actions/", {"action": action}), 400, action=None)
    refused(signed_in.submit("/api/actions/", {}), 400, action="This field is required.")


def test_solution(signed_in, filled):
    action = signed_in.submit("/api/actions/", {"action": "Proposed"}).json()["id"]
    body = {"category": filled, "solution": action, "affected_site": "dst_site", "real_cause": None}
    answers = [signed_in.submit("/api/solutions/", body) for _ in range(2)]
    for answer in answers:
        assert answer.status_code == 201 and list(answer.json()) == SOLUTION, told(answer)
        assert answer.json() | {"id": 0, "last_modified": ""} == {
            "id": 0,
            "category": filled,
            "proposed_action": None,
            "solution": action,
            "real_cause": None,
            "propability": 0.0,
            "score": False,
            "affected_site": "dst_site",
            "last_modified": "",
        }
        read = signed_in.fetch(f"/api/solutions/{answer.json()['id']}/?format=json")
        assert read.status_code == 200 and read.json() == answer.json(), told(read)
    # Answers pile up: each is somebody's.
    assert answers[0].json()["id"] != answers[1].json()["id"]


@pytest.mark.parametrize("site", ["unknown", "src_site", "dst_site"])
def test_affected_site(signed_in, filled, site):
    action = signed_in.submit("/api/actions/", {"action": "Ask the site"}).json()["id"]
    body = {"category": filled, "solution": action, "affected_site": site, "real_cause": None}
    answer = signed_in.submit("/api/solutions/", body)
    assert answer.status_code == 201 and answer.json()["affected_site"] == site, told(answer)


def test_wrong_affected_site(signed_in, filled):
    answer = signed_in.submit("/api/solutions/", {"category": filled, "solution": 1, "affected_site": "x", "real_cause": None})
    assert refused(answer, 400) == {"affected_site": ['"x" is not a valid choice.']}


def test_solution_of_nothing(signed_in, filled):
    for field, body in (
        ("category", {"category": 99999, "solution": 1}),
        ("category", {"solution": 1}),
        ("category", {"category": None, "solution": 1}),
        ("category", {"category": "x", "solution": 1}),
        ("solution", {"category": filled, "solution": 99999}),
        ("solution", {"category": filled, "solution": "x"}),
        ("real_cause", {"category": filled, "solution": 1, "real_cause": 99999}),
    ):
        refused(
            signed_in.submit("/api/solutions/", {"affected_site": "unknown", "real_cause": None, **body}), 400, **{field: None}
        )


def test_suggestion(server, filled):
    loader = server.client()
    action = loader.make("/api/actions/", action="Open a ticket")["id"]
    made = loader.make("/api/solutions/", category=filled, proposed_action=action, propability=80)
    assert (made["proposed_action"], made["solution"], made["propability"]) == (action, None, 80.0)
    assert loader.get(f"/api/solutions/{made['id']}/").json() == made
    assert made in loader.walk("/api/solutions/", page_size=2)


def test_nobody_may_write(react, server, filled):
    """Not without a session, and with one only from a page of this server: the original let everybody."""
    action, solution = {"action": "Nothing"}, {"category": filled, "solution": 1, "affected_site": "unknown"}
    for path, body in (("/api/actions/", action), ("/api/solutions/", solution)):
        refused(react.submit(path, body), 401)
    answer = react.submit("/auth/rest-auth/login/", {"username": ADMIN, "password": PASSWORD})
    assert answer.status_code == 200, told(answer)
    for site in ("cross-site", "same-site", "none"):
        react.site = site
        for path, body in (("/api/actions/", action), ("/api/solutions/", solution)):
            refused(react.submit(path, body), 403)
    assert not [row for row in react.fetch("/api/actions/?format=json").json()["results"] if row["action"] == "Nothing"]


def test_a_login_from_another_page_gives_no_session(server):
    for site in ("cross-site", "same-site", None):
        other = React(server)
        other.site = site
        answer = other.submit("/auth/rest-auth/login/", {"username": ADMIN, "password": PASSWORD})
        assert answer.status_code == 200, told(answer)
        other.site = "same-origin"
        refused(other.submit("/api/actions/", {"action": "Nothing"}), 401)


def test_logout(signed_in):
    answer = signed_in.submit("/auth/rest-auth/logout/", {})
    assert answer.status_code == 200, told(answer)
    refused(signed_in.submit("/api/actions/", {"action": "Nothing"}), 401)


def test_anonymous_sees_what_viewers_may(react, server):
    for path in ("/api/users/", "/api/api-tokens/", "/api/audit-log/", "/api/groups/"):
        refused(react.fetch(path), 403)
    refused(Client(server, "opint_wrong").get("/api/actions/"), 401)


def test_filters(react, filled):
    def ids(query):
        return [row["id"] for row in react.fetch(f"/api/issues/transfer/?format=json&{query}").json()["results"]]

    everything = ids("ordering=id")
    assert everything == sorted(everything) == ids("")
    assert ids("ordering=-id&page=2") == everything[MANY - 101 :: -1]
    assert ids(f"id={everything[3]}") == [everything[3]]
    assert len(ids("message=AFTER%2012%20S")) == 1
    assert len(ids(f"categories={filled},99999")) == 100 and ids("categories=99999") == []
    by_site = react.fetch("/api/issues/transfer/?ordering=-dst_site").json()["results"]
    assert len(by_site) == 100
    # What the original did not know, it passed over.
    assert ids("no_such_filter=1") == everything and ids("ordering=no_such_field") == everything


def test_pages_for_people(react):
    answer = react.get("/api/actions/", headers={"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"})
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"), told(answer)
    assert "Ask the site" in answer.text
