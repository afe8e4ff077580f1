#!/usr/bin/env bash
# Runs a command beside a PostgreSQL and a MariaDB of its own, both on free loopback ports and with their data in a
# temporary folder. When the command ends, the servers are stopped, the folder is removed, and the command's exit
# status is passed on. The command finds in its environment:
#   TEST_POSTGRES_URL, TEST_MARIADB_URL   a database each; the user may create more, and extensions
#   CHROMIUM                              a browser for the browser tests
#
#   src/tests/services.sh make test-all
#   src/tests/services.sh --build-tools   only installs what a build needs
#
# Whatever is missing is installed from Debian's packages. Servers that the system runs are neither used nor stopped.
set -euo pipefail

# shellcheck source=src/tests/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly seconds_to_start=60 seconds_to_stop=10
folder='' postgres_pid='' mariadb_pid=''

# Debian keeps the server's programs out of PATH, in one folder for each major version: the newest is taken.
postgres_bin() {
    local newest
    newest=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1)
    [[ -n $newest ]] && dirname "$newest"
}

# A service's programs are in /usr/sbin, which an ordinary user's PATH lacks.
mariadb_server() {
    PATH=$PATH:/usr/sbin type -P mariadbd
}

browser() {
    if [[ -n ${CHROMIUM:-} ]]; then
        echo "$CHROMIUM"
    else
        command -v chromium || command -v chromium-browser || command -v google-chrome
    fi
}

missing_build_packages() {
    have cc || echo gcc libc6-dev
    have mold || echo mold
}

missing_packages() {
    missing_build_packages
    postgres_bin >/dev/null || echo postgresql
    { mariadb_server >/dev/null && have mariadb && have mariadb-install-db; } || echo mariadb-server
    browser >/dev/null || echo chromium
    have influxd || echo influxdb
    # Without fonts, pages and screenshots show boxes for letters.
    [[ -d /usr/share/fonts/truetype/dejavu ]] || echo fonts-dejavu-core
    [[ -d /usr/share/fonts/truetype/liberation ]] || echo fonts-liberation
    have python3 || echo python3
    # Django for src/tests/movein.py comes by pip, into a folder that is removed again.
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
    have node || echo nodejs
    have npm || echo npm
}

# Becomes the command "$@", to be called in a process of its own. Neither server runs as root, so the packages' users
# take their place there. The signal reaches the server also when this script is killed and can't stop it itself.
become() {
    local user=$1 signal=$2 as=()
    shift 2
    if [[ $EUID -eq 0 ]]; then
        as=("--reuid=$user" "--regid=$user" --init-groups)
    fi
    cd /
    exec setpriv "${as[@]}" --pdeathsig "$signal" -- "$@" </dev/null
}

# A folder below the temporary one that belongs to the user the server runs as.
server_folder() {
    mkdir -m 700 "$folder/$1"
    if [[ $EUID -eq 0 ]]; then
        chown "$2:" "$folder/$1"
    fi
}

# MD5, not SCRAM: a debug build takes long for the many rounds of SCRAM, at each connection of each test. C.UTF-8 is
# everywhere, and knows letters outside ASCII, which pg_trgm needs.
create_postgres() {
    become postgres KILL "$(postgres_bin)/initdb" --pgdata="$folder/postgres/data" --username=opint \
        --pwfile="$folder/password" --auth=md5 --encoding=UTF8 --locale=C.UTF-8 --no-sync
}

create_mariadb() {
    become mysql KILL mariadb-install-db --no-defaults --datadir="$folder/mariadb/data" --skip-test-db \
        --auth-root-authentication-method=normal
}

# The data needs to survive nothing, so nothing waits for the disk.
serve_postgres() {
    become postgres INT "$(postgres_bin)/postgres" -D "$folder/postgres/data" -k "$folder/postgres" \
        -h 127.0.0.1 -p "$1" -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
        -c wal_level=minimal -c max_wal_senders=0 -c max_connections=300
}

# The character set is the one that Debian's configuration, left out here, gives.
serve_mariadb() {
    become mysql TERM "$(mariadb_server)" --no-defaults --datadir="$folder/mariadb/data" \
        --socket="$folder/mariadb/socket" --pid-file="$folder/mariadb/pid" --init-file="$folder/users.sql" \
        --bind-address=127.0.0.1 --port="$1" --max-connections=300 --skip-name-resolve --skip-log-bin \
        --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci \
        --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync --skip-sync-frm \
        --skip-innodb-doublewrite --innodb-fast-shutdown=2
}

# Both are asked through their sockets in the folder: on the port, somebody else's server might answer.
postgres_answers() {
    "$(postgres_bin)/pg_isready" -q -h "$folder/postgres" -p "$1"
}

mariadb_answers() {
    MYSQL_PWD=opint mariadb --no-defaults --socket="$folder/mariadb/socket" --user=opint --execute='SELECT 1' opint
}

# Starts the server $1 and waits until it answers; sets $1_pid and $1_port. A server whose port was taken by then
# ends at once, so another port is tried.
start() {
    local name=$1 attempt deadline
    local -n pid=${name}_pid port=${name}_port
    for attempt in 1 2 3; do
        port=$(free_port)
        "serve_$name" "$port" >"$folder/$name.log" 2>&1 &
        pid=$!
        deadline=$((SECONDS + seconds_to_start))
        while kill -0 "$pid" 2>/dev/null && ((SECONDS < deadline)); do
            if "${name}_answers" "$port" >/dev/null 2>&1; then
                return
            fi
            sleep 0.1
        done
        stop "$pid" KILL
        pid=''
    done
    cat "$folder/$name.log" >&2
    fail "$name did not start in $attempt attempts"
}

# Stops the process $1 of ours by the signal $2, or by force when it takes too long.
stop() {
    local pid=$1 signal=$2 deadline=$((SECONDS + seconds_to_stop))
    [[ -n $pid ]] || return 0
    kill "-$signal" "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null && ((SECONDS < deadline)); do
        sleep 0.05
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# PostgreSQL's INT ends its sessions, where TERM would wait for them.
clean_up() {
    local status=$?
    trap '' INT TERM HUP
    stop "$postgres_pid" INT
    stop "$mariadb_pid" TERM
    if [[ -n $folder ]]; then
        rm -rf "$folder"
    fi
    exit "$status"
}

start_all() {
    local creating postgres_port mariadb_port
    folder=$(mktemp -d "${TMPDIR:-/tmp}/opint-services.XXXXXX")
    chmod 711 "$folder"
    server_folder postgres postgres
    server_folder mariadb mysql
    cat >"$folder/users.sql" <<'SQL'
CREATE DATABASE opint;
CREATE USER opint@'%' IDENTIFIED BY 'opint';
GRANT ALL PRIVILEGES ON *.* TO opint@'%';
SQL
    echo opint >"$folder/password"
    chmod 644 "$folder/users.sql" "$folder/password"

    create_postgres >"$folder/postgres.log" 2>&1 &
    creating=$!
    (create_mariadb) >"$folder/mariadb.log" 2>&1 || { cat "$folder/mariadb.log" >&2; fail 'no MariaDB was made'; }
    wait "$creating" || { cat "$folder/postgres.log" >&2; fail 'no PostgreSQL was made'; }

    start postgres
    start mariadb
    PGPASSWORD=opint psql -q -X -h "$folder/postgres" -p "$postgres_port" -U opint -d postgres \
        -c 'CREATE DATABASE opint' </dev/null
    export TEST_POSTGRES_URL=postgres://opint:opint@127.0.0.1:$postgres_port/opint
    export TEST_MARIADB_URL=mysql://opint:opint@127.0.0.1:$mariadb_port/opint
    echo "services.sh: PostgreSQL on port $postgres_port, MariaDB on port $mariadb_port" >&2
}

main() {
    [[ $# -gt 0 ]] || fail 'which command is to run beside the services?'
    if [[ $1 == --build-tools ]]; then
        install_missing missing_build_packages
        return
    fi
    install_missing missing_packages
    CHROMIUM=$(browser)
    export CHROMIUM
    trap clean_up EXIT
    start_all
    "$@"
}

main "$@"
