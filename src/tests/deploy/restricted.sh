#!/usr/bin/env bash
# Runs the image $1 as OKD's restricted-v2 does (an arbitrary user of group 0, no capabilities, a read-only root) on a
# network where nothing is but its database, and asks it what a visitor would.
#
#   restricted.sh IMAGE COMMIT BUILD
set -euo pipefail

# shellcheck source=src/tests/deploy/podman.sh
source "$(dirname "${BASH_SOURCE[0]}")/podman.sh"

readonly image=$1 commit=$2 build=$3 user=1000620000
readonly restricted=(--user "$user:0" --cap-drop=ALL --security-opt=no-new-privileges --read-only
    --read-only-tmpfs=false --passwd=false --no-healthcheck --network "restricted-$$"
    --env "DATABASE_URL=postgres://opint:secret@database-$$/opint")

clean_up() {
    podman rm --force --time 0 "web-$$" "database-$$" >/dev/null 2>&1 || true
    podman network rm "restricted-$$" >/dev/null 2>&1 || true
}

start() {
    quietly podman network create --internal "restricted-$$"
    start_database "database-$$" "restricted-$$"
    quietly podman run --rm "${restricted[@]}" "$image" migrate --wait 60
    quietly podman run --detach --name "web-$$" "${restricted[@]}" "$image"
    address=$(podman inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "web-$$")
    process=$(podman inspect --format '{{.State.Pid}}' "web-$$")
    within 30 answers /readyz || fail "$image is not ready: $(podman logs "web-$$" 2>&1)"
}

# $1: a path. The server answers to the name localhost only.
get() {
    curl --silent --show-error --fail --max-time 5 --header 'Host: localhost' "http://$address:${2:-8080}$1"
}

answers() {
    get "$1" >/dev/null 2>&1
}

# What the kernel says of the process.
check_rights() {
    local status=/proc/$process/status
    expect "user" "$user" "$(awk '/^Uid:/ { print $2 }' "$status")"
    expect "group" 0 "$(awk '/^Gid:/ { print $2 }' "$status")"
    expect "capabilities" 0000000000000000 "$(awk '/^CapBnd:/ { print $2 }' "$status")"
    expect "no new privileges" 1 "$(awk '/^NoNewPrivs:/ { print $2 }' "$status")"
    expect "root" ro "$(awk '$2 == "/" { split($4, o, ","); print o[1] }' "/proc/$process/mounts")"
    expect "default routes" 0 "$(awk '$2 == "00000000"' "/proc/$process/net/route" | wc -l)"
}

check_pages() {
    local page style
    page=$(get /admin/login/)
    [[ $page == *csrfmiddlewaretoken* ]] || fail "the sign-in page of $image has no form"
    style=$(grep -o '/static/[^"]*\.css' <<<"$page" | head -n 1)
    answers "$style" || fail "$image does not serve ${style:-a style sheet}"
    get /metrics 9090 | grep '^opint_build_info' | grep "\"$commit\"" | grep -q "\"$build\"" ||
        fail "the metrics of $image name another build"
    podman exec "web-$$" /opt/app-root/bin/opint healthcheck || fail "the health check of $image fails"
}

check_stop() {
    local memory began=${EPOCHREALTIME/[.,]/} took
    memory=$(awk '/^VmHWM:/ { print $2 }' "/proc/$process/status")
    quietly podman stop --time 20 "web-$$"
    took=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
    expect "exit status" 0 "$(podman inspect --format '{{.State.ExitCode}}' "web-$$")"
    ((took < 2000)) || fail "$image took $took ms to stop"
    note "restricted: pages, static files, metrics and health check answer; $((memory / 1000)) MB; stopped in $took ms"
}

trap clean_up EXIT
start
check_rights
check_pages
check_stop
