"""The same client on a page of another origin: it may ask where that is configured, and brings the token of its login."""

import pytest
from program import ADMIN, PASSWORD, Page, refused, told

CLIENT, OTHER = "https://client.example.org", "https://other.example.org"
LOGIN = {"username": ADMIN, "password": PASSWORD}


@pytest.fixture(scope="module")
def server(serve):
    with serve(OPINT_CORS_ORIGINS=f"{CLIENT},http://localhost:3000", OPINT_ANONYMOUS_READ="true") as running:
        yield running


def preflight(page, path, method, headers="content-type"):
    """What a browser asks before it sends more than a form could."""
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return page.options(path, headers={key: value for key, value in asked.items() if value})


@pytest.mark.parametrize("origin", [CLIENT, "http://localhost:3000"])
@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/auth/rest-auth/login/", "POST"),
        ("/api/actions/", "POST"),
        ("/api/solutions/", "POST"),
        ("/api/actions/1/", "PATCH"),
        ("/api/actions/1/", "PUT"),
        ("/api/actions/1/", "DELETE"),
        ("/api/issues/transfer/", "GET"),
    ],
)
def test_preflight(server, origin, path, method):
    answer = preflight(Page(server, origin), path, method, "authorization,content-type")
    assert answer.status_code in (200, 204), told(answer)
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert method in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert "authorization" in allowed and "content-type" in allowed
    # The wildcard and a cookie would be everybody's session.
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


def test_preflight_of_another_origin(server):
    answer = preflight(Page(server, OTHER), "/api/actions/", "POST")
    assert "Access-Control-Allow-Origin" not in answer.headers, told(answer)


def test_reads(server):
    answer = Page(server, CLIENT).get("/api/actions/?format=json", headers={"Accept": "application/json, text/plain, */*"})
    assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == CLIENT, told(answer)
    # A cache must not give one origin's answer to another.
    assert "origin" in answer.headers["Vary"].lower()


def test_other_origins_read_nothing(server):
    for origin in (OTHER, "null", f"{CLIENT}.evil.example", CLIENT.replace("https", "http")):
        answer = Page(server, origin).get("/api/actions/?format=json")
        assert "Access-Control-Allow-Origin" not in answer.headers, told(answer)


def test_token_of_the_login_writes(server):
    page = Page(server, CLIENT)
    answer = page.post("/auth/rest-auth/login/", json=LOGIN)
    assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == CLIENT, told(answer)
    # Without it, the session of the page would not do.
    refused(page.post("/api/actions/", json={"action": "Nothing"}), 401)
    for scheme in ("Token", "Bearer"):
        page.headers["Authorization"] = f"{scheme} {answer.json()['token']}"
        made = page.post("/api/actions/", json={"action": f"With {scheme}"})
        assert made.status_code == 201 and made.headers["Access-Control-Allow-Origin"] == CLIENT, told(made)
    for name in ("etag", "location"):
        assert name in made.headers["Access-Control-Expose-Headers"].lower()


def test_a_session_does_not_count(server):
    page = Page(server)
    assert page.post("/auth/rest-auth/login/", json=LOGIN).status_code == 200
    assert page.post("/api/actions/", json={"action": "Here"}).status_code == 201
    page.origin, page.site = CLIENT, "cross-site"
    refused(page.post("/api/actions/", json={"action": "There"}), 403)


def test_faults_can_be_read(server):
    """The client tells 400 from others, which it can only where it may read the answer."""
    page = Page(server, CLIENT)
    wrong = {"username": ADMIN, "password": "wrong"}
    for answer, status in (
        (page.post("/auth/rest-auth/login/", json=wrong), 400),
        (page.post("/api/actions/", json={"action": "x"}), 401),
        (page.get("/api/actions/99999/"), 404),
        (page.get("/api/users/"), 403),
        (page.delete("/api/actions/"), 405),
        (page.post("/api/actions/", data=b"x" * 3_000_000, headers={"Content-Type": "application/json"}), 413),
    ):
        assert answer.status_code in (status, 401) and answer.headers.get("Access-Control-Allow-Origin") == CLIENT, told(answer)


def test_pages_are_for_no_other_origin(server):
    answer = Page(server, CLIENT).get("/admin/login/")
    assert "Access-Control-Allow-Origin" not in answer.headers, told(answer)


def test_everybody(serve):
    with serve(OPINT_CORS_ORIGINS="*", OPINT_ANONYMOUS_READ="true") as server:
        page = Page(server, OTHER)
        assert preflight(page, "/api/actions/", "POST").headers["Access-Control-Allow-Origin"] == "*"
        answer = page.get("/api/actions/")
        assert answer.status_code == 200 and answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_nobody(serve):
    """Neither other origins nor anonymous readers, unless configured."""
    with serve() as server:
        page = Page(server, CLIENT)
        assert "Access-Control-Allow-Origin" not in preflight(page, "/api/actions/", "POST").headers
        for answer in (page.get("/api/actions/"), Page(server).get("/api/actions/")):
            refused(answer, 401)
            assert "Access-Control-Allow-Origin" not in answer.headers
