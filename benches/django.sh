# shellcheck shell=bash
# Sourced by the scripts that measure beside Django.

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
    if ! cmp -s benches/django_requirements.txt "$folder/requirements.txt"; then
        python3 -m venv --clear "$folder"
        "$folder/bin/pip" install --quiet --disable-pip-version-check --requirement benches/django_requirements.txt
        cp benches/django_requirements.txt "$folder/requirements.txt"
    fi
    realpath "$folder/bin/gunicorn"
}

# Sets OPINT_BIN, unless it is set, and GUNICORN.
prepare() {
    install_missing missing_packages
    if [[ -z ${OPINT_BIN:-} ]]; then
        cargo build --release --locked
    fi
    OPINT_BIN=$(realpath "${OPINT_BIN:-${CARGO_TARGET_DIR:-target}/release/opint}")
    GUNICORN=$(django)
    export OPINT_BIN GUNICORN
}
