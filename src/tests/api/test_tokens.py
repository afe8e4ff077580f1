"""Who may ask: tokens that are wrong, over, taken back or narrow, and accounts that are closed."""

import time
from datetime import datetime, timedelta, timezone

import pytest
from program import ADMIN, PASSWORD, Client, csrf, make_token, refused, told


@pytest.fixture(scope="module")
def group(admin):
    def named(name):
        return admin.one("/api/groups/", q=name)["id"]

    return named


def test_without(nobody):
    for path in ("/api/sites/", "/api/actions/1/", "/api/board/", "/auth/rest-auth/user/"):
        answer = nobody.get(path)
        assert refused(answer, 401) == {"detail": "Authentication credentials were not provided."}
        assert answer.headers["WWW-Authenticate"].startswith("Token")
    for method in ("post", "put", "patch", "delete"):
        refused(getattr(nobody, method)("/api/actions/1/" if method != "post" else "/api/actions/", json={}), 401)


def test_both_words(admin, server):
    for value in (f"Token {admin.token}", f"Bearer {admin.token}", f"token {admin.token}", f"bearer   {admin.token}"):
        answer = Client(server).get("/auth/rest-auth/user/", headers={"Authorization": value})
        assert answer.status_code == 200 and answer.json()["username"] == ADMIN, value


@pytest.mark.parametrize(
    "value",
    ["", "Token", "Token ", "Basic YWRtaW46eA==", "x", "Token a b", "Token \x80", "Token " + "x" * 5000, "Token opint_'--"],
)
def test_wrong(server, value):
    answer = Client(server).get("/api/sites/", headers={"Authorization": value.encode("latin-1")})
    refused(answer, 401)
    assert "WWW-Authenticate" in answer.headers


def test_a_wrong_token_beside_a_session(server):
    """The token decides: what a program sends with it is not done in somebody else's name."""
    page = Client(server)
    page.headers["Sec-Fetch-Site"] = "same-origin"
    assert page.post("/auth/rest-auth/login/", json={"username": ADMIN, "password": PASSWORD}).status_code == 200
    assert page.get("/api/sites/").status_code == 200
    refused(page.get("/api/sites/", headers={"Authorization": "Token wrong"}), 401)


def test_session_with_csrf(server):
    page = Client(server)
    assert (
        page.post(
            "/auth/rest-auth/login/", json={"username": ADMIN, "password": PASSWORD}, headers={"Sec-Fetch-Site": "same-origin"}
        ).status_code
        == 200
    )
    refused(page.post("/api/causes/", json={"name": "Session"}), 403)
    refused(page.post("/api/causes/", json={"name": "Session"}, headers={"X-CSRFToken": "wrong"}), 403)
    refused(
        page.post("/api/causes/", json={"name": "Session"}, headers={"X-CSRFToken": "wrong", "Sec-Fetch-Site": "same-origin"}),
        403,
    )
    token = csrf(page.get("/admin/causes/add/").text)
    answer = page.post("/api/causes/", json={"name": "Session"}, headers={"X-CSRFToken": token})
    assert answer.status_code == 201, told(answer)


def test_logout(server):
    client = server.client()
    assert client.get("/auth/rest-auth/user/").json()["username"] == ADMIN
    assert client.post("/auth/rest-auth/logout/", json={}).status_code == 200
    refused(client.get("/api/sites/"), 401)
    refused(client.get("/auth/rest-auth/user/"), 401)


def test_revoked(server, admin):
    token = make_token(server)
    client = Client(server, token)
    assert client.get("/api/sites/").status_code == 200
    row = [row for row in admin.walk("/api/api-tokens/") if token.startswith(row["prefix"])][0]
    assert "token_hash" not in row and token not in str(row)
    assert admin.delete(f"/api/api-tokens/{row['id']}/").status_code == 204
    refused(client.get("/api/sites/"), 401)


def test_expired(server, admin):
    token = make_token(server)
    client = Client(server, token)
    assert client.get("/api/sites/").status_code == 200
    row = [row for row in admin.walk("/api/api-tokens/") if token.startswith(row["prefix"])][0]
    soon = datetime.now(timezone.utc) + timedelta(seconds=2)
    answer = admin.patch(f"/api/api-tokens/{row['id']}/", json={"expires_at": soon.isoformat()})
    assert answer.status_code == 200, told(answer)
    deadline = time.monotonic() + 70
    while client.get("/api/sites/").status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.5)
    refused(client.get("/api/sites/"), 401)
    assert datetime.now(timezone.utc) < soon + timedelta(seconds=62), "it was believed for too long after its end"


def test_a_closed_account(server, admin):
    row, client = server.user("leaver", admin)
    assert client.get("/api/sites/").status_code == 200
    answer = admin.patch(f"/api/users/{row['id']}/", json={"is_active": False})
    assert answer.status_code == 200, told(answer)
    refused(client.get("/api/sites/"), 401)
    refused(server.login("leaver"), 400, non_field_errors="Unable to log in with provided credentials.")


def test_the_own_account(admin):
    """Nobody locks themselves out."""
    own = admin.one("/api/users/", q=ADMIN)
    for change in ({"is_active": False}, {"is_superuser": False}, {"is_staff": False}):
        answer = admin.patch(f"/api/users/{own['id']}/", json=change)
        assert answer.status_code in (400, 403, 409, 422), told(answer)
    assert admin.delete(f"/api/users/{own['id']}/").status_code in (400, 403, 409, 422)
    assert admin.one("/api/users/", q=ADMIN)["is_active"] is True


def test_groups(server, admin, group):
    """A token has the rights of its user: what their groups may, and no more."""
    for name, may_add in (("Viewers", False), ("Shifters", False), ("Operators", True)):
        _, client = server.user(f"one-of-{name.lower()}", admin, is_superuser=False, groups=[group(name)])
        assert client.get("/api/causes/").status_code == 200
        answer = client.post("/api/causes/", json={"name": f"By {name}"})
        assert answer.status_code == (201 if may_add else 403), told(answer)
        refused(client.get("/api/users/"), 403)
        refused(client.patch("/api/users/1/", json={"is_superuser": True}), 403)


def test_no_ladder(server, admin, group):
    """Who may change users makes nobody, themselves included, more than they are."""
    row, client = server.user("climber", admin, is_superuser=False, groups=[group("Operators")])
    scoped = Client(server, make_token(server, scopes=["users:write", "groups:write", "api-tokens:write"]))
    for who in (client, scoped):
        for change in ({"is_superuser": True}, {"groups": [group("Admins")]}):
            answer = who.patch(f"/api/users/{row['id']}/", json=change)
            assert answer.status_code in (400, 403), told(answer)


def test_scopes(server, admin):
    reader = Client(server, make_token(server, scopes=["sites:read"]))
    assert reader.get("/api/sites/").status_code == 200
    refused(reader.post("/api/sites/", json={"name": "SCOPED"}), 403)
    refused(reader.get("/api/causes/"), 403)
    refused(reader.get("/api/users/"), 403)
    refused(reader.get("/api/issues/transfer/"), 403)

    writer = Client(server, make_token(server, scopes=["sites:write"]))
    made = writer.post("/api/sites/", json={"name": "SCOPED"})
    assert made.status_code == 201 and writer.get("/api/sites/").status_code == 200, told(made)
    assert writer.patch(f"/api/sites/{made.json()['id']}/", json={"note": "x"}).status_code == 200
    refused(writer.post("/api/causes/", json={"name": "x"}), 403)
    assert writer.delete(f"/api/sites/{made.json()['id']}/").status_code == 204

    # An issue names sites: to make one of those needs the right for it.
    issues = Client(server, make_token(server, scopes=["issues:write"]))
    known = admin.make("/api/sites/", name="KNOWN")
    issue = {"message": "Timed out", "dst_site": "KNOWN", "type": "deletion-failure"}
    assert issues.post("/api/issues/transfer/", json=issue).status_code == 201, known
    refused(issues.post("/api/issues/transfer/", json={**issue, "dst_site": "NOBODY-KNOWS"}), 400, dst_site=None)


def test_scopes_of_actions(server, admin):
    """Finding an action only needs to read; making one is writing."""
    admin.make("/api/actions/", action="Known")
    reader = Client(server, make_token(server, scopes=["actions:read"]))
    assert reader.post("/api/actions/", json={"action": "Known"}).status_code == 200
    refused(reader.post("/api/actions/", json={"action": "Unheard of"}), 403)


def test_only_hashes_are_kept(server, admin):
    token = make_token(server)
    assert Client(server, token).get("/api/sites/").status_code == 200
    kept = server.database.text()
    assert token[:12] in kept and token not in kept
    assert token not in server.log() and admin.token not in server.log()


def test_guessing_is_slowed_down(serve):
    """Right tokens go on from the same address: others behind it are not to blame."""
    with serve() as server:
        good, wrong = server.client(), Client(server, "opint_wrong")
        found = [wrong.get("/api/sites/").status_code for _ in range(70)]
        assert found == sorted(found) and set(found) == {401, 429} and found.count(401) >= 50, found
        answer = wrong.get("/api/sites/")
        refused(answer, 429)
        assert int(answer.headers["Retry-After"]) > 0
        assert good.get("/api/sites/").status_code == 200
        assert Client(server).get("/api/sites/").status_code == 401


def test_guessing_passwords_is_slowed_down(serve):
    with serve() as server:
        answers = [server.login("admin", f"wrong {number}") for number in range(8)]
        assert [answer.status_code for answer in answers] == [400] * 5 + [429] * 3, [told(answer) for answer in answers]
        refused(answers[-1], 429)
        assert int(answers[-1].headers["Retry-After"]) > 0
        # The right one waits, too, or a guesser would know.
        refused(server.login(), 429)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"username": ADMIN},
        {"password": PASSWORD},
        {"username": None, "password": None},
        {"username": [], "password": {}},
        {"username": "a\0b", "password": "x"},
        {"username": "x" * 100_000, "password": "x"},
        {"username": "nobody", "password": "x" * 100_000},
        {"email": "nobody@example.org", "password": "x"},
        {"email": "a\0@b", "password": "x"},
    ],
)
def test_logins_that_make_no_sense(serve_once, body):
    refused(serve_once.post("/auth/rest-auth/login/", json=body), 400, non_field_errors=None)


@pytest.fixture(scope="module")
def serve_once(serve):
    """A server whose patience other tests did not use up."""
    with serve() as running:
        yield Client(running)
