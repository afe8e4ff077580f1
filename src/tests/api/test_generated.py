"""Requests made up from the API's own description, right and wrong ones: every answer is one that the description tells of,
and none is a fault of the server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from program import make_token

HERE = Path(__file__).parent
# Two minutes on a quiet machine; a busy one may take its time.
CASES, SECONDS = 10_000, 1500
SEED = 6
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
)


@pytest.fixture(scope="module")
def server(serve):
    with serve(RUST_LOG="warn") as running:
        yield running


def test_generated(server, admin, tmp_path, capsys):
    token = make_token(server)
    own = [row["id"] for row in admin.walk("/api/api-tokens/") if token.startswith(row["prefix"])][0]
    document = admin.get("/api/openapi.json").json()
    operations = [path for path, methods in document["paths"].items() for method in methods if method != "parameters"]
    # By chance; with those that try every edge of the description, and sequences of requests, they are more than
    # four times as many.
    each = CASES // (4 * len(operations)) + 3
    report = tmp_path / "report.json"
    # One worker: CPython 3.11 cannot parse in two threads at once, which hypothesis does.
    command = [
        Path(sys.executable).parent / "schemathesis",
        "run",
        f"{server.url}/api/openapi.json",
        "--header",
        f"Authorization: Token {token}",
        "--checks",
        ",".join(CHECKS),
        "--max-examples",
        each,
        "--seed",
        SEED,
        "--phases",
        "examples,coverage,fuzzing,stateful",
        "--workers",
        1,
        "--generation-database",
        "none",
        "--generation-with-security-parameters",
        "false",
        "--continue-on-failure",
        "--suppress-health-check",
        "all",
        "--request-timeout",
        30,
        "--warnings",
        "off",
        "--no-color",
        "--report",
        "json",
        "--report-json-path",
        report,
    ]
    variables = {"SCHEMATHESIS_HOOKS": "hooks", "OPINT_OWN_TOKEN": str(own), "PYTHONPATH": str(HERE)}
    done = subprocess.run(
        [str(word) for word in command],
        check=False,
        timeout=SECONDS,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **variables},
    )
    said = done.stdout + done.stderr
    assert report.is_file(), said
    found = json.loads(report.read_text())
    cases = found["test_cases"]["generated"]
    with capsys.disabled():
        print(f"\n{len(operations)} operations, {cases} requests in {found['running_time']:.0f} s")
    # It has each fault with a curl command.
    assert done.returncode == 0, said
    assert found["complete"] and cases >= CASES, said
    # It was let in to the end.
    assert admin.get("/auth/rest-auth/user/", headers={"Authorization": f"Token {token}"}).status_code == 200
