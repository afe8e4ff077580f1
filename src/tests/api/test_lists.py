"""Lists as a client of Django REST framework walks, sorts and filters them."""

from datetime import datetime

import pytest
from program import Client, refused, told

SIZE = 7
ORIGINAL = (
    "/api/issues/transfer/",
    "/api/issues/workflow/",
    "/api/issuecategories/",
    "/api/issuecauses/",
    "/api/actions/",
    "/api/solutions/",
)
OURS = ("/api/sites/", "/api/tickets/", "/api/suggested-actions/", "/api/actions-taken/", "/api/issues/", "/api/causes/")


@pytest.fixture(scope="module")
def admin(server):
    client = server.client()
    sites = [
        client.make("/api/sites/", name=f"SITE-{number:03}", status="active", tier=number % 3 + 1, country="CH")
        for number in range(25)
    ]
    causes = [client.make("/api/issuecauses/", cause=f"Cause {number}")["id"] for number in range(9)]
    categories = [
        client.make("/api/issuecategories/", regex=f"Error {number} of the storage", cause=causes[number % 9])["id"]
        for number in range(16)
    ]
    actions = [client.make("/api/actions/", action=f"Action {number}")["id"] for number in range(15)]
    for number in range(230):
        client.make(
            "/api/issues/transfer/",
            message=f"Error {number % 16} of the storage: file-{number:05}",
            src_site=sites[number % 5]["name"],
            dst_site=sites[number // 10]["name"],
            category=categories[number % 16],
            amount=number,
            type="transfer-failure",
            status=("New", "Ongoing", "Resolved")[number % 3],
        )
    for number in range(30):
        client.make(
            "/api/issues/workflow/",
            message=f"Exit code {number}",
            workflow=f"task_{number}",
            amount=number,
            status="New",
            type="workflow-failure",
            category=None,
        )
        client.make(
            "/api/solutions/",
            category=categories[number % 16],
            solution=actions[number % 15],
            affected_site="dst_site",
            real_cause=None,
        )
        client.make(
            "/api/tickets/",
            system="ggus",
            reference=f"{700000 + number}",
            title=f"Transfers fail {number}",
            site=sites[number % 25]["id"],
        )
    issue = client.get("/api/issues/transfer/", params={"page_size": 1}).json()["results"][0]["id"]
    for number in range(9):
        client.make("/api/actions-taken/", issue=issue, action=actions[number])
    for number in range(15):
        client.make("/api/suggested-actions/", category=categories[number], action=actions[number], prior=0.8)
    return client


@pytest.fixture(scope="module")
def lists(admin):
    """Path and parameters of each list, from the API's own description."""
    document = admin.get("/api/openapi.json").json()
    found = {}
    for path, methods in document["paths"].items():
        parameters = {one["name"]: one for one in methods.get("get", {}).get("parameters", [])}
        if "page_size" in parameters:
            found[path] = parameters
    assert set(ORIGINAL + OURS) <= set(found), f"not described: {set(ORIGINAL + OURS) - set(found)}"
    return found


def test_root(admin, lists):
    root = admin.get("/api/", headers={"Accept": "application/json"})
    assert root.status_code == 200, told(root)
    assert {url.removeprefix(admin.server.url) for url in root.json().values()} >= set(lists)


def test_every_list_page_by_page(admin, lists):
    rows = {}
    for path in lists:
        whole = admin.get(path, params={"page_size": 1000})
        assert whole.status_code == 200, told(whole)
        rows[path] = admin.walk(path, page_size=SIZE)
        keys = [row["id"] for row in rows[path]]
        assert len(keys) == len(set(keys)), f"{path} has rows twice"
        assert rows[path] == whole.json()["results"], f"{path} differs in pages of {SIZE} and in one page"
    assert all(rows[path] for path in ORIGINAL + OURS), "a list that was filled is empty"


def test_every_row_is_there_alone(admin, lists):
    for path in lists:
        for row in admin.get(path, params={"page_size": 3}).json()["results"]:
            answer = admin.get(f"{path}{row['id']}/")
            assert answer.status_code == 200 and answer.json() == row, told(answer)


def test_pages_by_number(admin, lists):
    for path in lists:
        count = admin.get(path, params={"page_size": 1}).json()["count"]
        last = max(1, -(-count // SIZE))
        by_number = [
            row["id"]
            for page in range(1, last + 1)
            for row in admin.get(path, params={"page": page, "page_size": SIZE}).json()["results"]
        ]
        assert by_number == [row["id"] for row in admin.walk(path, page_size=SIZE)], path
        at_end = admin.get(path, params={"page": "last", "page_size": SIZE}).json()
        assert at_end["next"] is None and [row["id"] for row in at_end["results"]] == by_number[(last - 1) * SIZE :]
        assert refused(admin.get(path, params={"page": last + 1, "page_size": SIZE}), 404) == {"detail": "Invalid page."}


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "99999999999999999999", "1e3", "\0"])
def test_no_such_page(admin, page):
    for path in ("/api/sites/", "/api/actions/"):
        assert refused(admin.get(path, params={"page": page}), 404) == {"detail": "Invalid page."}


@pytest.mark.parametrize(
    ("size", "rows"),
    [
        ("1000000000", 230),
        ("99999999999999999999", 100),
        ("0", 100),
        ("-5", 100),
        ("x", 100),
        ("", 100),
        ("3", 3),
        ("1000", 230),
    ],
)
def test_page_size(admin, size, rows):
    """What makes no sense is the usual size, and what is too much is the largest, as in Django REST framework."""
    answer = admin.get("/api/issues/transfer/", params={"page_size": size})
    assert answer.status_code == 200 and len(answer.json()["results"]) == rows, told(answer)


def sortable(parameters):
    return [name.strip(" .") for name in parameters["ordering"]["description"].rsplit(":", 1)[1].split(",")]


def test_every_order(admin, lists):
    """Both ways, page by page: all rows, and numbers and times in their order."""
    for path, parameters in lists.items():
        names = sortable(parameters)
        assert "id" in names, path
        keys = {row["id"] for row in admin.walk(path, page_size=1000)}
        for name in names:
            for order in (name, f"-{name}"):
                rows = admin.walk(path, ordering=order, page_size=SIZE * 3)
                assert len(rows) == len(keys) and {row["id"] for row in rows} == keys, f"{path} by {order}"
                # What points at a row is sorted by that row's name, as in the admin.
                if name in ("category", "site", "action", "cause", "issue", "user", "src_site", "dst_site"):
                    continue
                values = [row[name] for row in rows if row[name] is not None]
                if (
                    name == "id"
                    or name.endswith(("_at", "_seen", "last_modified"))
                    or all(isinstance(one, int | float) for one in values)
                ):
                    assert values == sorted(values, reverse=order[0] == "-"), f"{path} by {order}"


def test_two_orders(admin):
    rows = admin.walk("/api/sites/", ordering="-tier,name", page_size=SIZE)
    placed = [(-row["tier"], row["name"]) for row in rows if row["tier"] is not None]
    assert placed == sorted(placed) and len(placed) == 25


def test_filters_of_ours(admin):
    issues, sites = admin.walk("/api/issues/", page_size=1000), admin.walk("/api/sites/", page_size=1000)
    category = issues[0]["category"] or issues[-1]["category"]
    moment = issues[len(issues) // 2]["last_seen"]

    def at(text):
        return datetime.fromisoformat(text)

    for path, rows, query, passes in (
        ("/api/issues/", issues, {"status": "new"}, lambda row: row["status"] == "new"),
        ("/api/issues/", issues, {"status__exact": "new"}, lambda row: row["status"] == "new"),
        ("/api/issues/", issues, {"status__in": "new,ongoing"}, lambda row: row["status"] in ("new", "ongoing")),
        ("/api/issues/", issues, {"category": category}, lambda row: row["category"] == category),
        ("/api/issues/", issues, {"category__isnull": "true"}, lambda row: row["category"] is None),
        ("/api/issues/", issues, {"src_site__isnull": "false"}, lambda row: row["src_site"] is not None),
        ("/api/issues/", issues, {"last_seen__gte": moment}, lambda row: at(row["last_seen"]) >= at(moment)),
        ("/api/issues/", issues, {"last_seen__lt": moment}, lambda row: at(row["last_seen"]) < at(moment)),
        (
            "/api/issues/",
            issues,
            {"operation": "workflow", "status": "new"},
            lambda row: row["operation"] == "workflow" and row["status"] == "new",
        ),
        ("/api/issues/", issues, {"q": "file-00123"}, lambda row: "file-00123" in row["message"]),
        ("/api/issues/", issues, {"q": "FILE-0012"}, lambda row: "file-0012" in row["message"]),
        ("/api/issues/", issues, {"q": '"Exit code 1"'}, lambda row: "Exit code 1" in row["message"]),
        ("/api/sites/", sites, {"tier": 2}, lambda row: row["tier"] == 2),
        ("/api/sites/", sites, {"tier__gte": 2}, lambda row: (row["tier"] or 0) >= 2),
        ("/api/sites/", sites, {"tier__lt": 2}, lambda row: row["tier"] is not None and row["tier"] < 2),
        ("/api/sites/", sites, {"q": "SITE-01"}, lambda row: "SITE-01" in row["name"]),
    ):
        found = {row["id"] for row in admin.walk(path, page_size=50, **query)}
        assert found == {row["id"] for row in rows if passes(row)}, f"{path} {query}"


@pytest.mark.parametrize(
    "query",
    ["no_such_field=1", "name__regex=x", "status__gte=new", "status=no_such_word", "tier=x", "tier=1&no_such=1", "password=x"],
)
def test_filters_that_make_no_sense(admin, query):
    answer = admin.get(f"/api/sites/?{query}")
    assert answer.status_code == 400, told(answer)
    assert answer.headers["Content-Type"] == "application/json"


def test_filters_of_the_original(admin):
    rows = admin.walk("/api/issues/transfer/", page_size=1000)
    categories = sorted({row["category"] for row in rows})[:2]
    for query, passes in (
        ({"id": rows[7]["id"]}, lambda row: row["id"] == rows[7]["id"]),
        ({"message": "FILE-0012"}, lambda row: "file-0012" in row["message"]),
        ({"message": "100%"}, lambda row: False),
        ({"message": "_"}, lambda row: False),
        ({"categories": ",".join(map(str, categories))}, lambda row: row["category"] in categories),
        ({"no_such_filter": "1"}, lambda row: True),
    ):
        found = {row["id"] for row in admin.walk("/api/issues/transfer/", page_size=50, **query)}
        assert found == {row["id"] for row in rows if passes(row)}, query
    assert [row["workflow"] for row in admin.walk("/api/issues/workflow/", workflow="task_3")] == ["task_3"]


def test_next_keeps_the_question(admin):
    answer = admin.get(
        "/api/issues/transfer/", params={"message": "Error 1 of", "ordering": "-id", "page_size": 5, "format": "json"}
    )
    following = admin.get(answer.json()["next"]).json()
    assert all("Error 1 of" in row["message"] for row in following["results"])
    assert len(following["results"]) == 5 and following["results"][0]["id"] < answer.json()["results"][-1]["id"]


def test_rows_made_meanwhile_do_not_shift_pages(admin):
    """The next page goes on after the last row, not at a number of rows."""
    first = admin.get("/api/actions/", params={"ordering": "-id", "page_size": 5}).json()
    for number in range(3):
        admin.make("/api/actions/", action=f"Meanwhile {number}")
    second = admin.get(first["next"]).json()
    assert [row["id"] for row in second["results"]] == [first["results"][-1]["id"] - number for number in range(1, 6)]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("application/*", "application/json"),
        ("text/html", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json;q=0.5, text/html", "text/html"),
        ("text/html;q=0.5, application/json", "application/json"),
    ],
)
def test_accept(admin, accept, kind):
    for path in ("/api/", "/api/sites/", "/api/actions/", "/api/actions/1/"):
        answer = admin.get(path, headers={"Accept": accept})
        assert answer.status_code == 200 and answer.headers["Content-Type"].split(";")[0] == kind, f"{accept}: {told(answer)}"
        # A cache must not give a program the page.
        assert "accept" in answer.headers.get("Vary", "").lower(), f"{accept}: Vary is {answer.headers.get('Vary')}"


def test_format_wins(admin):
    for accept in ("text/html", "application/xml", "*/*"):
        answer = admin.get("/api/sites/?format=json", headers={"Accept": accept})
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json", told(answer)
    refused(admin.get("/api/sites/?format=xml"), 404)


def test_nothing_else_can_be_had(admin):
    for accept in ("application/xml", "text/csv", "image/*"):
        refused(admin.get("/api/sites/", headers={"Accept": accept}), 406)


def test_head(admin):
    for path in ("/api/", "/api/sites/", "/api/actions/1/", "/api/openapi.json"):
        head, got = admin.head(path), admin.get(path, headers={"Accept-Encoding": "identity"})
        assert head.status_code == 200 and not head.content, told(head)
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
    assert admin.head("/api/sites/99999/").status_code == 404


def test_options(admin, lists):
    for path in lists:
        answer = admin.options(path)
        assert answer.status_code == 200, told(answer)
        body = answer.json()
        assert {"name", "description", "renders", "parses"} <= set(body) and "application/json" in body["renders"]
        post = body.get("actions", {}).get("POST")
        assert ("POST" in answer.headers.get("Allow", "")) == (post is not None), (
            f"{path}: Allow is {answer.headers.get('Allow')}"
        )
        for name, field in (post or {}).items():
            assert {"type", "required", "read_only", "label"} <= set(field), f"{path} {name}"


def test_slash(admin, server):
    for path in ("/api/sites", "/api/issues/transfer", "/api/actions/1", "/api"):
        answer = admin.get(f"{path}?page_size=2")
        assert answer.status_code == 301 and answer.headers["Location"].endswith(f"{path}/?page_size=2"), told(answer)
    followed = admin.get("/api/sites?page_size=2", allow_redirects=True)
    assert followed.status_code == 200 and len(followed.json()["results"]) == 2
    # A body would be lost on the way.
    assert Client(server, admin.token).post("/api/sites", json={"name": "LOST"}).status_code in (404, 405)


def test_methods(admin):
    answer = admin.delete("/api/sites/")
    refused(answer, 405)
    assert {"GET", "POST", "OPTIONS"} <= {method.strip() for method in answer.headers["Allow"].split(",")}
    refused(admin.post("/api/loader-runs/", json={}), 405)
    refused(admin.delete("/api/audit-log/1/"), 405)


def test_unknown_addresses(admin):
    for path in (
        "/api/no-such/",
        "/api/sites/99999/",
        "/api/sites/x/",
        "/api/sites/-1/",
        "/api/sites/99999999999999999999/",
        "/api/sites/1.0/",
        "/api/sites/%00/",
        "/auth/rest-auth/no-such/",
    ):
        refused(admin.get(path), 404)


def test_rows_of_another_endpoint(admin):
    """Transfers and workflows stand in one table: neither shows the other's."""
    transfer = admin.get("/api/issues/transfer/").json()["results"][0]["id"]
    workflow = admin.get("/api/issues/workflow/").json()["results"][0]["id"]
    for path in (f"/api/issues/transfer/{workflow}/", f"/api/issues/workflow/{transfer}/"):
        refused(admin.get(path), 404)
        refused(admin.patch(path, json={"status": "Resolved"}), 404)
        refused(admin.delete(path), 404)


def test_shift(admin):
    issue = admin.get("/api/issues/transfer/").json()["results"][0]["id"]
    for path in (
        "/api/board/",
        "/api/board/?hours=24",
        "/api/matrix/",
        f"/api/issues/{issue}/series/",
        f"/api/issues/{issue}/suggestions/",
    ):
        answer = admin.get(path)
        assert answer.status_code == 200 and isinstance(answer.json(), dict), told(answer)
    refused(admin.get("/api/issues/99999/series/"), 404)
    assert admin.get(f"/api/issues/{issue}/series/?hours=x").status_code == 400


def test_long_questions(admin):
    assert admin.get("/api/sites/", params={"q": "x" * 9000}).status_code == 400
    assert admin.get("/api/issues/", params={"category__in": ",".join(map(str, range(2000)))}).status_code == 400
    assert admin.get("/api/issues/transfer/", params={"categories": ",".join(map(str, range(500)))}).status_code == 400
    assert admin.get("/api/sites/", params={"q": "a\0b"}).status_code in (200, 400)
    assert admin.get("/api/issues/transfer/", params={"message": "a\0b"}).status_code == 400


def test_compressed(admin):
    answer = admin.get("/api/issues/transfer/", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip" and answer.json()["count"] == 230


def test_headers(admin):
    answer = admin.get("/api/sites/")
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and answer.headers["X-Request-Id"]
    assert "no-cache" in answer.headers.get("Cache-Control", "") or "no-store" in answer.headers.get("Cache-Control", ""), (
        answer.headers
    )
