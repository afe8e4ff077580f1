#!/usr/bin/env bash
# Measures the pages of the admin beside Django admin's (benches/admin.py), and writes benches/admin.md. Without
# $TEST_POSTGRES_URL, it gets a PostgreSQL from src/tests/services.sh. Arguments go to admin.py.
#
#   OPINT_BIN   the program to measure, instead of building it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -z ${TEST_POSTGRES_URL:-} ]]; then
    exec src/tests/services.sh benches/admin.sh "$@"
fi

# shellcheck source=benches/django.sh
source benches/django.sh

prepare
python3 -B benches/admin.py "$@"
