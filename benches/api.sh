#!/usr/bin/env bash
# Measures the API beside Django REST framework and a bare handler (benches/api.py), and writes benches/api.md. Without
# $TEST_POSTGRES_URL, it gets a PostgreSQL from src/tests/services.sh. Arguments go to api.py.
#
#   OPINT_BIN   the program to measure, instead of building it
#   BARE_BIN    the bare handler, instead of building it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -z ${TEST_POSTGRES_URL:-} ]]; then
    exec src/tests/services.sh benches/api.sh "$@"
fi

# shellcheck source=benches/django.sh
source benches/django.sh

prepare
if [[ -z ${BARE_BIN:-} ]]; then
    BARE_BIN=$(cargo build --locked --release --example bare --message-format json |
        sed -n 's/.*"name":"bare".*"executable":"\([^"]*\)".*/\1/p')
fi
export BARE_BIN
python3 -B benches/api.py "$@"
