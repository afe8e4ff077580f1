"""Rows made, changed and deleted, and writes that others made meanwhile."""

import threading

import pytest
from program import Client, refused, told

# Path, fields of a new row, a change, and what must not be left out.
ROWS = [
    ("/api/sites/", {"name": "NEW-SITE", "status": "active", "tier": 2}, {"tier": 3}, "name"),
    ("/api/causes/", {"name": "A cable was cut"}, {"description": "Under the sea."}, "name"),
    ("/api/tickets/", {"system": "ggus", "reference": "700001", "title": "Transfers fail"}, {"status": "solved"}, "reference"),
    ("/api/error-categories/", {"title": "Busy", "pattern": "Service busy"}, {"priority": 7}, "title"),
    ("/api/issuecauses/", {"cause": "A disk is full"}, {"cause": "Two disks are full"}, "cause"),
    ("/api/issuecategories/", {"regex": "421 Service busy"}, {"regex": "425 Service busy"}, "regex"),
    (
        "/api/issues/transfer/",
        {"message": "Timed out", "src_site": "A", "dst_site": "B", "type": "transfer-failure"},
        {"status": "Resolved"},
        "message",
    ),
    ("/api/issues/workflow/", {"message": "Exit code 1", "workflow": "task"}, {"status": "Resolved"}, "workflow"),
]
EACH = pytest.mark.parametrize(("path", "fields", "change", "needed"), ROWS, ids=[row[0].strip("/") for row in ROWS])


def kept(row, change=()):
    """What a write leaves alone."""
    return {name: value for name, value in row.items() if name not in {*change, "last_modified", "updated_at", "version"}}


@EACH
def test_a_life(admin, path, fields, change, needed):
    made = admin.post(path, json=fields)
    assert made.status_code == 201, told(made)
    row = made.json()
    assert row | fields == row, told(made)
    where = f"{path}{row['id']}/"
    assert made.headers["Location"] == f"{admin.server.url}{where}"
    tag = made.headers["ETag"]

    read = admin.get(where)
    assert read.json() == row and read.headers["ETag"] == tag, told(read)
    # Counts grow without a new version: whoever reads, reads all.
    assert admin.get(where, headers={"If-None-Match": tag}).status_code == 200

    changed = admin.patch(where, json=change, headers={"If-Match": tag})
    assert changed.status_code == 200, told(changed)
    now = changed.json()
    assert now | change == now
    assert kept(now, change) == kept(row, change), told(changed)
    assert changed.headers["ETag"] != tag

    # What somebody has read long ago is not written over.
    for stale in (
        admin.patch(where, json=fields, headers={"If-Match": tag}),
        admin.put(where, json=fields, headers={"If-Match": tag}),
        admin.delete(where, headers={"If-Match": tag}),
    ):
        refused(stale, 412)
    assert admin.get(where).json() == now

    without = {name: value for name, value in fields.items() if name != needed}
    refused(admin.post(path, json=without), 400, **{needed: "This field is required."})
    # What is fixed once a row is made is passed over afterwards.
    fixed = path == "/api/issues/transfer/"
    if not fixed:
        refused(admin.put(where, json=without), 400, **{needed: "This field is required."})
        refused(admin.patch(where, json={needed: None}), 400, **{needed: None})
    put = admin.put(where, json=fields, headers={"If-Match": f'"0", {changed.headers["ETag"]}'})
    assert put.status_code == 200, told(put)
    whole = admin.put(where, json=put.json())
    assert whole.status_code == 200 and kept(whole.json()) == kept(put.json()), told(whole)

    gone = admin.delete(where, headers={"If-Match": "*"})
    if "categories" in path and gone.status_code == 409:
        # Issues were sorted anew because of the change, and that is kept.
        assert "recategorisations" in refused(gone, 409)["detail"]
        return
    assert gone.status_code == 204 and not gone.content, told(gone)
    refused(admin.get(where), 404)
    refused(admin.delete(where), 404)
    refused(admin.patch(where, json=change), 404)


def test_tags_stand_for_what_is_shown(admin):
    """Also where that stands in other tables: nobody is told that nothing has changed when something has."""
    category = admin.make("/api/issuecategories/", regex="Tagged")["id"]
    action = admin.make("/api/actions/", action="Tagged")["id"]
    solution = admin.make("/api/solutions/", category=category, proposed_action=action, propability=80)
    where = f"/api/solutions/{solution['id']}/"
    tag = admin.get(where).headers["ETag"]
    assert admin.patch(where, json={"propability": 40}, headers={"If-Match": tag}).json()["propability"] == 40
    read = admin.get(where, headers={"If-None-Match": tag})
    assert read.status_code == 200 and read.json()["propability"] == 40, told(read)
    refused(admin.patch(where, json={"propability": 20}, headers={"If-Match": tag}), 412)

    issue = admin.make("/api/issues/transfer/", message="Tagged", src_site="TAGGED", dst_site="B", type="transfer-failure")
    where = f"/api/issues/transfer/{issue['id']}/"
    tag = admin.get(where).headers["ETag"]
    site = admin.one("/api/sites/", q="TAGGED")
    assert admin.patch(f"/api/sites/{site['id']}/", json={"name": "RENAMED"}).status_code == 200
    read = admin.get(where, headers={"If-None-Match": tag})
    assert read.status_code == 200 and read.json()["src_site"] == "RENAMED", told(read)

    group = admin.one("/api/groups/", q="Viewers")
    user = admin.one("/api/users/", q="admin")
    where = f"/api/users/{user['id']}/"
    tag = admin.get(where).headers["ETag"]
    changed = admin.patch(where, json={"groups": [group["id"]]})
    assert changed.status_code == 200 and changed.json()["groups"] == [group["id"]], told(changed)
    assert admin.get(where, headers={"If-None-Match": tag}).status_code == 200


def test_what_nobody_knows(admin):
    """Ours refuse a field that is not there: it is a typing error. The original passed over it, and so do its endpoints."""
    refused(admin.post("/api/sites/", json={"name": "X", "no_such": 1}), 400, no_such="There is no such field.")
    assert admin.get("/api/sites/?q=X").json()["count"] == 0
    made = admin.post("/api/issuecauses/", json={"cause": "Known", "no_such": 1})
    assert made.status_code == 201 and "no_such" not in made.json(), told(made)
    refused(admin.patch(f"/api/causes/{made.json()['id']}/", json={"no_such": 1}), 400, no_such=None)


def test_what_is_only_shown(admin):
    made = admin.make("/api/sites/", name="SHOWN", id=77777, version=99, created_at="2001-01-01T00:00:00Z")
    assert made["id"] != 77777 and made["version"] == 1 and not made["created_at"].startswith("2001")
    changed = admin.patch(f"/api/sites/{made['id']}/", json={"id": 77777, "version": 99, "note": "x"})
    assert changed.status_code == 200 and changed.json()["id"] == made["id"] and changed.json()["version"] == 2, told(changed)


def test_needed_by_others(admin):
    issue = admin.make("/api/issues/transfer/", message="Timed out", src_site="NEEDED", dst_site="B", type="transfer-failure")
    site = admin.one("/api/sites/", q="NEEDED")
    refused(admin.delete(f"/api/sites/{site['id']}/"), 409)
    assert admin.get(f"/api/sites/{site['id']}/").status_code == 200
    assert admin.delete(f"/api/issues/transfer/{issue['id']}/").status_code == 204
    assert admin.delete(f"/api/sites/{site['id']}/").status_code == 204


def test_twice(admin):
    for path, fields in (
        ("/api/sites/", {"name": "TWICE"}),
        ("/api/causes/", {"name": "Twice"}),
        ("/api/issuecauses/", {"cause": "Twice again"}),
        ("/api/tickets/", {"system": "ggus", "reference": "700009", "title": "Twice"}),
        (
            "/api/issues/transfer/",
            {"message": "Twice", "src_site": "A", "dst_site": "B", "type": "deletion-failure", "category": None},
        ),
    ):
        assert admin.post(path, json=fields).status_code == 201
        answer = admin.post(path, json=fields)
        assert answer.status_code in (400, 409), told(answer)


def test_forms(admin):
    """What a form sends is text, which is read as what it stands for."""
    made = admin.post("/api/sites/", data={"name": "FORM", "tier": "2", "status": "active"})
    assert made.status_code == 201 and made.json()["tier"] == 2, told(made)
    made = admin.post("/api/issuecauses/", data={"cause": "By a form"})
    assert made.status_code == 201 and made.json()["cause"] == "By a form", told(made)


def test_text_is_kept_as_it_is(admin):
    for text in ("'; DROP TABLE site; --", "<script>alert(1)</script>", "Größe 文字 🙂", "%_\\", 'a"b', "a" * 100):
        made = admin.make("/api/causes/", name=text)
        assert made["name"] == text
        page = admin.get(f"/api/causes/{made['id']}/", headers={"Accept": "text/html"})
        assert "<script>alert" not in page.text


def test_what_was_done_is_told(admin):
    made = admin.make("/api/causes/", name="To be told")
    row = admin.get("/api/audit-log/", params={"ordering": "-id", "page_size": 1}).json()["results"][0]
    assert (row["source"], row["username"], row["verb"], row["object_label"]) == ("api", "admin", "add", made["name"]), row


def test_at_the_same_time(admin):
    """Of writers that have read the same version, one wins."""
    made = admin.post("/api/causes/", json={"name": "Raced for"})
    where, tag, found = f"/api/causes/{made.json()['id']}/", made.headers["ETag"], []

    def write(number):
        client = Client(admin.server, admin.token)
        found.append(client.patch(where, json={"description": f"by {number}"}, headers={"If-Match": tag}).status_code)

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200] + [412] * 7 or (found.count(200) == 1 and set(found) <= {200, 409, 412}), found
    assert admin.get(where).json()["version"] == 2


def test_get_or_create_at_the_same_time(admin):
    found = []

    def ask():
        answer = Client(admin.server, admin.token).post("/api/actions/", json={"action": "Raced for"})
        found.append((answer.status_code, answer.text if answer.status_code > 201 else answer.json()["id"]))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key for _, key in found}) == 1 and sorted(status for status, _ in found) == [200] * 7 + [201], found
