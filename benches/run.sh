#!/usr/bin/env bash
# Measures how fast the release build answers, on SQLite and PostgreSQL with few and with many issues, and writes
# benches/report.md. Makes and fills databases of its own; without $TEST_POSTGRES_URL, it gets a PostgreSQL from
# src/tests/services.sh.
#
#   OPINT_BIN       the program to measure, instead of building it
#   BENCH_SECONDS   seconds for each measurement (5)
#   BENCH_ROWS      issues in the databases compared ("10000 1000000")
#   BENCH_DIR       folder for the SQLite databases; they are kept in it and used again (a temporary folder)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -z ${TEST_POSTGRES_URL:-} ]]; then
    exec src/tests/services.sh benches/run.sh
fi

readonly report=benches/report.md connections=8 starts=5 page_rows=100 deep_page=2000
readonly seconds=${BENCH_SECONDS:-5} sizes=${BENCH_ROWS:-10000 1000000}
readonly password=violet-otter-carousel
folder='' server='' port='' cookie='' postmaster=''

fail() {
    echo "run.sh: $*" >&2
    exit 1
}

say() {
    echo "run.sh: $*" >&2
}

install_missing() {
    local command packages=() root=()
    for command in wrk sqlite3 curl; do
        command -v "$command" >/dev/null || packages+=("$command")
    done
    [[ ${#packages[@]} -gt 0 ]] || return 0
    command -v apt-get >/dev/null || fail "install these: ${packages[*]}"
    [[ $EUID -eq 0 ]] || root=(sudo -n)
    say "installing ${packages[*]}"
    "${root[@]}" apt-get update -qq >/dev/null
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}" \
        >/dev/null
}

clean_up() {
    local status=$?
    stop_server
    if [[ -n $folder ]]; then
        rm -rf "$folder"
    fi
    exit "$status"
}

thousands() {
    sed ':a; s/\B[0-9]\{3\}\>/,&/; ta' <<<"$1"
}

median() {
    sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

# --- Databases ---

on_postgres() {
    psql -q -X -v ON_ERROR_STOP=1 -d "${2:-$TEST_POSTGRES_URL}" -c "$1"
}

ask_postgres() {
    psql -X -At -d "$TEST_POSTGRES_URL" -c "$1"
}

# Address of the database of that kind and size.
address() {
    case $1 in
        SQLite) echo "sqlite://$data/bench-$2.db" ;;
        PostgreSQL) echo "${TEST_POSTGRES_URL%/*}/opint_bench_$2" ;;
    esac
}

prepare() {
    DATABASE_URL=$1 "$opint" migrate >/dev/null
}

# Both hold the same rows: PostgreSQL's are copied from SQLite's.
seed() {
    local rows=$1 file=$data/bench-$1.db url columns table
    if [[ ! -e $file ]]; then
        say "seeding SQLite with $(thousands "$rows") issues"
        prepare "sqlite://$file.new?mode=rwc"
        sqlite3 "$file.new" ".parameter set :rows $rows" '.read benches/seed.sql' >/dev/null
        DATABASE_URL=sqlite://$file.new "$opint" createsuperuser --username bench --password-file "$folder/password" \
            >/dev/null
        # What was written last is still in a file beside.
        sqlite3 "$file.new" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
        mv "$file.new" "$file"
    fi
    say "seeding PostgreSQL with $(thousands "$rows") issues"
    url=$(address PostgreSQL "$rows")
    on_postgres "DROP DATABASE IF EXISTS ${url##*/}" 2>/dev/null
    on_postgres "CREATE DATABASE ${url##*/}"
    prepare "$url"
    for table in site error_category issue; do
        columns=$(sqlite3 "$file" "SELECT group_concat(name) FROM pragma_table_info('$table')")
        sqlite3 -csv -newline $'\n' "$file" "SELECT $columns FROM $table WHERE '$table' <> 'site' OR id > 1000" |
            on_postgres "COPY $table ($columns) FROM STDIN (FORMAT csv)" "$url"
    done
    DATABASE_URL=$url "$opint" createsuperuser --username bench --password-file "$folder/password" >/dev/null
    on_postgres 'VACUUM ANALYZE' "$url"
    on_postgres CHECKPOINT "$url"
}

# --- The server ---

free_port() {
    local port
    while true; do
        port=$((20000 + RANDOM % 12000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}

# Starts the server on the database $1 and prints the milliseconds until it has answered with a page.
start_server() {
    local began answer='' deadline=$((SECONDS + 30))
    port=$(free_port)
    began=$EPOCHREALTIME
    DATABASE_URL=$1 OPINT_LISTEN=127.0.0.1:$port "$opint" serve >>"$folder/server.log" 2>&1 &
    server=$!
    until [[ $answer == *' 200 '* ]]; do
        if ! kill -0 "$server" || ((SECONDS >= deadline)); then
            fail "the server did not start: $(tail "$folder/server.log")"
        fi
        # A subshell, since a failed redirection of exec ends the shell.
        answer=$(
            exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$port" || exit 0
            printf 'GET /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
            head -n 1 <&3
        ) || sleep 0.002
    done
    awk -v from="$began" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.0f\n", (to - from) * 1000 }' >"$folder/started"
}

stop_server() {
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    server=''
}

# Megabytes: VmRSS now, VmHWM at most so far.
memory() {
    awk -v name="$1:" '$1 == name { printf "%.1f\n", $2 / 1024 }' "/proc/$server/status"
}

get() {
    curl -sS --fail -H "Cookie: $cookie" "http://127.0.0.1:$port$1"
}

token() {
    sed -n 's/.*name="csrfmiddlewaretoken" value="\([^"]*\)".*/\1/p' | sed -n 1p
}

cookies() {
    awk 'NF >= 7 && $1 != "#" { printf "%s%s=%s", joint, $6, $7; joint = "; " }' "$1"
}

# Signs in; sets cookie, and what a sign-in needs: anonymous, form.
sign_in() {
    local jar=$folder/jar url=http://127.0.0.1:$port/admin/login/ status
    rm -f "$jar"
    form="csrfmiddlewaretoken=$(curl -sS --fail -c "$jar" "$url" | token)&username=bench&password=$password&next="
    anonymous=$(cookies "$jar")
    status=$(curl -sS -b "$jar" -c "$jar" -o /dev/null -w '%{http_code}' --data "$form" "$url")
    [[ $status == 30[23] ]] || fail "signing in gave $status"
    cookie=$(cookies "$jar")
}

# --- Measuring ---

# Processor time used so far by the server and by the database's processes, also those that ended, in milliseconds.
server_time() {
    awk -v tick="$tick" '{ print ($14 + $15) * tick }' "/proc/$server/stat"
}

database_time() {
    if [[ $kind == SQLite || ! -d /proc/$postmaster ]]; then
        echo 0
    else
        { cat /proc/[0-9]*/stat 2>/dev/null || true; } |
            awk -v tick="$tick" -v parent="$postmaster" '
                $4 == parent { sum += $14 + $15 } $1 == parent { sum += $14 + $15 + $16 + $17 } END { print sum * tick }'
    fi
}

# Waits until nothing is left of what was asked before: a database goes on after its client is gone.
settle() {
    local before=-1 now deadline=$((SECONDS + 60))
    now=$(($(server_time) + $(database_time)))
    while ((now - before > 2 * tick && SECONDS < deadline)); do
        sleep 0.25
        before=$now
        now=$(($(server_time) + $(database_time)))
    done
}

load() {
    local clients=$1 duration=$2 path=$3 cookie=$4 form=${5:-} fresh=${6:-}
    wrk -t1 -c"$clients" -d"${duration}s" --timeout 30s -s benches/wrk.lua "http://127.0.0.1:$port$path" -- \
        "Cookie: $cookie" 'Accept-Encoding: br' 'Content-Type: application/x-www-form-urlencoded' \
        "body=$form" "fresh=$fresh" | sed -n 's/^result //p'
}

# Measures one address; the line: kind, size, name, requests per second, p50, p99, failed, processor time per request
# of the server and of the database, p50 of the first visit.
measure() {
    local name=$1 path=$2 cookie=$3 form=${4:-} first=${5:-} server_before database_before fresh=-
    local requests failed rate p50 p99
    settle
    # The first visit counts; the others find the counts made.
    if [[ -z $form ]]; then
        get "$path" >/dev/null || say "$name: no page"
    fi
    load "$connections" 1 "$path" "$cookie" "$form" >/dev/null
    server_before=$(server_time) database_before=$(database_time)
    read -r requests failed rate p50 p99 < <(load "$connections" "$seconds" "$path" "$cookie" "$form")
    local server_after database_after
    server_after=$(server_time) database_after=$(database_time)
    if [[ $first == first ]]; then
        settle
        read -r _ _ _ fresh _ < <(load 1 "$seconds" "$path" "$cookie" '' fresh)
    fi
    awk -v OFS='\t' -v kind="$kind" -v rows="$rows" -v name="$name" -v n="$requests" -v failed="$failed" \
        -v rate="$rate" -v p50="$p50" -v p99="$p99" -v fresh="$fresh" \
        -v server="$server_before $server_after" -v database="$database_before $database_after" 'BEGIN {
            split(server, s, " "); split(database, d, " ")
            n = n ? n : 1
            if (p50 == 0) p50 = p99 = "-"
            if (fresh == 0) fresh = "-"
            print kind, rows, name, rate, p50, p99, failed, (s[2] - s[1]) / n, (d[2] - d[1]) / n, fresh
        }' | tee -a "$folder/results" >&2
}

measure_all() {
    local list=/admin/issues/ last next css attempt
    for ((attempt = 0; attempt < starts; attempt++)); do
        stop_server
        start_server "$url"
        cat "$folder/started" >>"$folder/starts"
    done
    sleep 1
    echo "$kind	$rows	$(median <"$folder/starts")	$(memory VmRSS)" >"$folder/facts.line"
    rm "$folder/starts"
    sign_in

    last=$((rows / page_rows < deep_page ? rows / page_rows : deep_page))
    next=$(get "$list?p=$((last - 1))" | grep -o '<a href="[^"]*" rel="next"' | sed 's/^<a href="//; s/" .*//; s/&#38;/\&/g; s/&amp;/\&/g')
    [[ $next == *after=* ]] || fail 'there is no next page'
    css=$(get "$list" | grep -o '/static/[^"]*\.css' | sed -n 1p)

    measure 'first page' "$list" "$cookie" '' first
    measure 'deep page, by number' "$list?p=$last" "$cookie" '' first
    measure 'deep page, by Next' "$list$next" "$cookie" '' first
    measure 'filter: status New' "$list?status__exact=new" "$cookie" '' first
    measure 'search: "Connection limit exceeded"' "$list?q=%22Connection+limit+exceeded%22" "$cookie" '' first
    measure 'search: a word in 20 rows' "$list?q=quarantine" "$cookie" '' first
    measure 'search: timeout INFN-T1' "$list?q=timeout+INFN-T1" "$cookie" '' first
    measure 'filter, search, sort by failures' \
        "$list?status__exact=new&q=%22Connection+limit+exceeded%22&o=-2" "$cookie" '' first
    measure 'change form' "$list$((rows / 2))/change/" "$cookie"
    measure 'static file' "$css" ''
    echo "$(cat "$folder/facts.line")	$(memory VmHWM)" >"$folder/facts.line"
    measure 'sign-in' /admin/login/ "$anonymous" "$form"
    echo "$(cat "$folder/facts.line")	$(memory VmHWM)	$(memory VmRSS)" >>"$folder/facts"
    stop_server
}

# --- The report ---

version_of() {
    awk -v name="$1" '$0 == "name = \"" name "\"" { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock
}

table() {
    awk -F '\t' -v kind="$1" -v small="$small" -v large="$large" '
        function cell(value) { return value == "-" ? "" : value >= 100 ? sprintf("%.0f", value) : value >= 10 ? sprintf("%.1f", value) : sprintf("%.2f", value) }
        function cells(key) {
            return (failed[key] > 0 ? failed[key] " failed" : rate[key] == 0 ? "none answered" : sprintf("%.0f", rate[key])) " | " cell(p50[key]) " | " cell(p99[key]) " | " \
                cell(server[key]) (kind == "SQLite" ? "" : " + " cell(database[key])) " | " cell(fresh[key])
        }
        $1 == kind {
            key = $2 SUBSEP $3
            if (!($3 in seen)) { seen[$3] = 1; names[++count] = $3 }
            rate[key] = $4; p50[key] = $5; p99[key] = $6; failed[key] = $7; server[key] = $8; database[key] = $9; fresh[key] = $10
        }
        END {
            for (at = 1; at <= count; at++) {
                a = small SUBSEP names[at]; b = large SUBSEP names[at]
                times = rate[b] > 0 ? sprintf("%.2f", rate[a] / rate[b]) : ""
                first = fresh[a] > 0 && fresh[b] > 0 ? sprintf("%.2f", fresh[b] / fresh[a]) : ""
                print "| " names[at] " | " cells(a) " | " cells(b) " | " times " | " first " |"
            }
        }' "$folder/results"
}

write_report() {
    local small large kind
    small=${sizes%% *} large=${sizes##* }
    cat <<MD
# How fast it is

Written by \`make bench\` (\`benches/run.sh\`) on $(date -u '+%-d %B %Y, %H:%M UTC').

- Machine: $(nproc) cores ($(sed -n 's/^model name\s*: //p' /proc/cpuinfo | sed -n 1p)), $(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo) of memory, $(. /etc/os-release && echo "$PRETTY_NAME"), Linux $(uname -r); load average before the start: $busy
- Program: $("$opint" --version), $(rustc --version 2>/dev/null | cut -d' ' -f1,2), logging as usual, into a file
- SQLite as compiled into libsqlite3-sys $(version_of libsqlite3-sys); the file of $(thousands "$large") issues has $(du -m "$data/bench-$large.db" | cut -f1) MB
- PostgreSQL $(ask_postgres 'SHOW server_version'), shared_buffers $(ask_postgres 'SHOW shared_buffers'), on the same machine; the database of $(thousands "$large") issues has $(($(ask_postgres "SELECT pg_database_size('opint_bench_$large')") / 1024 / 1024)) MB
- Load: $(wrk -v 2>/dev/null | sed -n '1s/ Copyright.*//p'), \`wrk -t1 -c$connections -d${seconds}s -s benches/wrk.lua\` over loopback, after a second of warming up. **Server, database and wrk share the $(nproc) cores.**

Lists have $page_rows rows to a page. A deep page is page $(thousands $deep_page), or the last of a smaller database. CPU is processor time in ms for each request, of the server and, on PostgreSQL, of the database. *First visit* is p50 of one connection without the counts that the server keeps for 15 s: each request asks for a list that nobody asked for before. *Times* compares costs: requests/s, then first visits.

MD
    for kind in SQLite PostgreSQL; do
        cat <<MD
## $kind

| | $(thousands "$small"): req/s | p50 ms | p99 ms | CPU ms | first visit ms | $(thousands "$large"): req/s | p50 ms | p99 ms | CPU ms | first visit ms | times | first visit, times |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|
$(table "$kind")

MD
    done
    cat <<MD
## Start and memory

From the start of the program on an existing database to its first page, median of $starts; resident memory of the server before anybody signs in, at most during the lists, forms and files above, at most during sign-ins (each takes 19 MiB for argon2), and after it all.

| | Issues | First answer ms | At rest MB | Under load MB | During sign-ins MB | Afterwards MB |
|---|--:|--:|--:|--:|--:|--:|
$(awk -F '\t' '{ print "| " $1 " | " $2 " | " $3 " | " $4 " | " $5 " | " $6 " | " $7 " |" }' "$folder/facts")

## Aims

| Aim | Reached | |
|---|---|---|
$(aims)
MD
}

aims() {
    awk -F '\t' -v large="$large" -v small="$small" '
        function judge(aim, text, met) { print "| " aim " | " text " | " (met ? "yes" : "**no**") " |" }
        FNR == NR {
            rate[$1, $2, $3] = $4
            if ($10 != "-" && !($3 in seen)) { seen[$3] = 1; names[++count] = $3 }
            next
        }
        { if ($3 > slowest) slowest = $3; if ($4 > most) most = $4 }
        END {
            split("SQLite PostgreSQL", kinds, " ")
            for (k = 1; k <= 2; k++) {
                worst = 0
                for (at = 1; at <= count; at++) {
                    times = rate[kinds[k], large, names[at]] > 0 ? rate[kinds[k], small, names[at]] / rate[kinds[k], large, names[at]] : 999
                    if (times > worst) { worst = times; which = names[at] }
                }
                judge("Lists cost at most 1.5 times as much, " kinds[k], (worst == 999 ? "no answer" : sprintf("%.2f times", worst)) " (" which ")", worst <= 1.5)
                judge("More than 500 first pages/s, " kinds[k], sprintf("%.0f/s", rate[kinds[k], large, "first page"]), rate[kinds[k], large, "first page"] > 500)
            }
            judge("Less than 40 MB at rest", most " MB", most < 40)
            judge("First answer within 300 ms", slowest " ms", slowest <= 300)
        }' "$folder/results" "$folder/facts"
}

main() {
    local kind rows url anonymous form busy tick data
    busy=$(cut -d' ' -f1 /proc/loadavg)
    tick=$((1000 / $(getconf CLK_TCK)))
    trap clean_up EXIT
    folder=$(mktemp -d "${TMPDIR:-/tmp}/opint-bench.XXXXXX")
    data=${BENCH_DIR:-$folder}
    printf '%s' "$password" >"$folder/password"
    install_missing
    if [[ -z ${OPINT_BIN:-} ]]; then
        cargo build --release --locked
    fi
    opint=$(realpath "${OPINT_BIN:-${CARGO_TARGET_DIR:-target}/release/opint}")
    # Only a superuser may ask; without the number, the database's processor time stays 0.
    postmaster=$(ask_postgres "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)" 2>/dev/null) || postmaster=none
    for rows in $sizes; do
        seed "$rows"
    done
    for kind in SQLite PostgreSQL; do
        for rows in $sizes; do
            say "measuring $kind with $(thousands "$rows") issues"
            url=$(address "$kind" "$rows")
            measure_all
        done
    done
    write_report >"$folder/report.md"
    cp "$folder/report.md" "$report"
    say "the report is $report"
}

main
