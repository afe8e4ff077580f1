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

# shellcheck source=src/tests/common.sh
source src/tests/common.sh

missing_packages() {
    have wrk || echo wrk
    have psql || echo postgresql-client
    have python3 || echo python3
    have ps || echo procps
    python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
}

# Below target/, so that later runs use it again.
django() {
    local folder=${CARGO_TARGET_DIR:-target}/bench-django
    if ! cmp -s benches/api_requirements.txt "$folder/requirements.txt"; then
        python3 -m venv --clear "$folder"
        "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement benches/api_requirements.txt
        cp benches/api_requirements.txt "$folder/requirements.txt"
    fi
    realpath "$folder/bin/gunicorn"
}

main() {
    install_missing missing_packages
    if [[ -z ${OPINT_BIN:-} ]]; then
        cargo build --release --locked
    fi
    if [[ -z ${BARE_BIN:-} ]]; then
        BARE_BIN=$(cargo bench --locked --bench bare --no-run --message-format json |
            sed -n 's/.*"name":"bare".*"executable":"\([^"]*\)".*/\1/p')
    fi
    OPINT_BIN=$(realpath "${OPINT_BIN:-${CARGO_TARGET_DIR:-target}/release/opint}")
    GUNICORN=$(django)
    export OPINT_BIN BARE_BIN GUNICORN
    python3 -B benches/api.py "$@"
}

main "$@"
