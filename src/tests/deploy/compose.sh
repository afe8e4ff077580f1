#!/usr/bin/env bash
# Brings compose.yaml up with the replicas, by docker-compose on podman's socket, and looks at the sample data through
# the proxy and through either replica.
set -euo pipefail

# shellcheck source=src/tests/deploy/podman.sh
source "$(dirname "${BASH_SOURCE[0]}")/podman.sh"

readonly folder=$DEPLOY_FOLDER/compose project=opint-test-$$ socket=$DEPLOY_FOLDER/podman.sock
service='' prober=''

# Only the files that compose.yaml names: what else it needed would be missed.
prepare() {
    mkdir -p "$folder"
    cp -r "$repository/compose.yaml" "$repository/deploy" "$folder/"
    "$folder/deploy/secrets.sh"
    expect 'mode of secrets/' 700 "$(stat -c %a "$folder/secrets")"
    echo https://chat.example.org/hooks/secret-of-the-worker >"$folder/secrets/mattermost-webhook-url"
    export OPINT_IMAGE=$DEPLOY_IMAGE POSTGRES_IMAGE=$DEPLOY_POSTGRES HAPROXY_IMAGE=$DEPLOY_HAPROXY
    OPINT_WEB_PORT=$(free_port) OPINT_PROXY_PORT=$(free_port)
    export OPINT_WEB_PORT OPINT_PROXY_PORT
    # One that neither the machine nor our podman uses.
    export OPINT_PROXY_SUBNET=10.213.240.0/24
    export DOCKER_HOST=unix://$socket
}

# podman leaves the times of health checks to systemd; where there is none, they have to be asked for.
probe() {
    local container
    while true; do
        for container in $(podman ps --quiet --filter health=starting); do
            podman healthcheck run "$container" || true
        done
        sleep 0.5
    done >/dev/null 2>&1
}

start_podman_service() {
    podman system service --time 0 "unix://$socket" >"$DEPLOY_FOLDER/service.log" 2>&1 &
    service=$!
    within 20 test -S "$socket" || fail "podman's service did not start: $(<"$DEPLOY_FOLDER/service.log")"
    probe &
    prober=$!
}

compose() {
    docker-compose --project-name "$project" --file "$folder/compose.yaml" "$@"
}

clean_up() {
    local status=$?
    if [[ -n $service ]]; then
        compose --profile replicas down --volumes --timeout 5 >/dev/null 2>&1 || true
        kill "$prober" "$service" 2>/dev/null || true
        wait 2>/dev/null || true
    fi
    exit "$status"
}

up() {
    local log=$DEPLOY_FOLDER/compose.log
    # Both workers at once: Compose 1 takes podman's networks for others when it is called a second time.
    compose --profile replicas up --detach --no-build --scale worker=2 >"$log" 2>&1 ||
        { cat "$log" >&2; compose logs --tail 20 >&2; fail 'compose did not come up'; }
    expect 'exit status of migrate' 0 "$(podman inspect --format '{{.State.ExitCode}}' "$(container migrate)")"
    within 60 healthy web || fail 'web is not healthy'
    within 60 healthy replica || fail 'the replica is not healthy'
    within 60 healthy worker || fail 'the worker is not healthy'
}

# Compose 1 puts underscores between the parts of the name, Compose 2 hyphens.
container() {
    podman ps --all --quiet --filter "label=com.docker.compose.project=$project" \
        --filter "label=com.docker.compose.service=$1"
}

# One of the containers of a service.
one_of() {
    container "$1" | head -n 1
}

# All containers of the service.
healthy() {
    [[ $(container "$1" | xargs podman inspect --format '{{.State.Healthcheck.Status}}' | sort -u) == healthy ]]
}

# Each as hard as compose.yaml says.
check_hardened() {
    local name status
    for name in db web worker replica proxy; do
        status=/proc/$(podman inspect --format '{{.State.Pid}}' "$(one_of "$name")")/status
        expect "capabilities of $name" 0000000000000000 "$(awk '/^CapBnd:/ { print $2 }' "$status")"
        expect "new privileges of $name" 1 "$(awk '/^NoNewPrivs:/ { print $2 }' "$status")"
        [[ $(awk '/^Uid:/ { print $2 }' "$status") != 0 ]] || fail "$name runs as root"
        expect "read-only root of $name" true \
            "$(podman inspect --format '{{.HostConfig.ReadonlyRootfs}}' "$(one_of "$name")")"
    done
    for name in db-password mattermost-webhook-url; do
        ! podman inspect "$(container web)" "$(container db)" "$(one_of worker)" |
            grep -qF "$(<"$folder/secrets/$name")" || fail "$name is in the environment of a container"
    done
    ! podman exec "$(one_of worker)" /opt/app-root/bin/opint healthcheck 2>/dev/null || fail 'the worker serves pages'
}

# Asks for the page $1 through the proxy, with the session. --show-error, since an answer may come from anywhere.
page() {
    curl --silent --show-error --fail --max-time 10 --cookie "$folder/cookies" --cookie-jar "$folder/cookies" \
        "http://localhost:$OPINT_PROXY_PORT$1" "${@:2}"
}

# The demo prints its accounts; one signs in with a session that every replica knows.
sign_in() {
    local password token
    password=$(compose logs --no-color web | sed -n 's/.*| *admin  *\([^ ]*\)  *Admins.*/\1/p' | tail -n 1)
    [[ -n $password ]] || fail 'the demo printed no account'
    token=$(page /admin/login/ | sed -n 's/.*name="csrfmiddlewaretoken" value="\([^"]*\)".*/\1/p' | head -n 1)
    page /admin/login/ --output /dev/null --data-urlencode "csrfmiddlewaretoken=$token" --data-urlencode username=admin \
        --data-urlencode "password=$password"
}

# The proxy takes turns and says whom it asked.
check_sample_data() {
    local answer number server
    local -A seen=()
    for number in {1..8}; do
        answer=$(page /admin/issues/ --include)
        grep -q '/admin/issues/[0-9]*/change/' <<<"$answer" || fail "request $number shows no issue of the sample data"
        server=$(tr -d '\r' <<<"$answer" | sed -n 's/^[Xx]-[Ss]erved-[Bb]y: //p')
        seen[$server]=1
    done
    expect 'replicas that answered' 'replica web' "$(printf '%s\n' "${!seen[@]}" | sort | xargs)"
    note "compose: healthy; the sample data are there through ${!seen[*]}"
}

# One replica goes; nobody notices.
check_restart() {
    local asking failures=$folder/failures
    : >"$failures"
    while true; do
        page /healthz --output /dev/null 2>>"$failures" || true
    done &
    asking=$!
    compose stop replica >/dev/null 2>&1
    kill "$asking"
    wait "$asking" 2>/dev/null || true
    [[ ! -s $failures ]] || fail "while a replica stopped: $(sort "$failures" | uniq -c)"
    expect 'exit status of the replica' 0 "$(podman inspect --format '{{.State.ExitCode}}' "$(container replica)")"
    note 'compose: a replica stopped without one failed request'
}

# Two workers share the jobs; one that is told to stop ends in order, and the health check of the other goes on.
check_workers() {
    local workers=() one
    mapfile -t workers < <(container worker)
    expect 'number of workers' 2 "${#workers[@]}"
    for one in "${workers[@]}"; do
        within 30 podman exec "$one" /opt/app-root/bin/opint healthcheck --worker 2>/dev/null ||
            fail 'a worker is not healthy'
    done
    podman stop --time 30 "${workers[0]}" >/dev/null
    expect 'exit status of a worker' 0 "$(podman inspect --format '{{.State.ExitCode}}' "${workers[0]}")"
    podman exec "${workers[1]}" /opt/app-root/bin/opint healthcheck --worker || fail 'the other worker is not healthy'
    note 'compose: of two workers one stopped in order and the other works on'
}

# The development profile's loop, with a cargo that only pretends.
check_reload() {
    local source=$DEPLOY_FOLDER/reload loop
    rm -rf "$source"
    mkdir -p "$source"/{bin,target/debug,entity,migration,src,static,templates}
    touch "$source"/Cargo.{toml,lock}
    printf '#!/bin/sh\necho built\n' >"$source/bin/cargo"
    printf '#!/bin/sh\ntrap "echo $1 stopped; exit 0" TERM\necho $1 begun\nwhile :; do sleep 0.1; done\n' >"$source/target/debug/opint"
    chmod +x "$source/bin/cargo" "$source/target/debug/opint"
    (cd "$source" && PATH=$source/bin:$PATH exec "$repository/deploy/dev/reload.sh") >"$source/log" &
    loop=$!
    within 10 eval "[[ \$(grep -c begun '$source/log') == 2 ]]" || fail 'the development loop does not start both'
    touch "$source/src/main.rs"
    within 10 eval "[[ \$(grep -c begun '$source/log') == 4 ]]" || fail 'a change does not start the server anew'
    kill "$loop"
    wait "$loop" || fail 'the development loop does not stop'
    # The two in whatever order.
    expect 'log of the server in development' 'built serve begun built serve stopped serve begun serve stopped' \
        "$(grep -v worker "$source/log" | xargs)"
    expect 'log of the worker in development' 'built worker begun built worker stopped worker begun worker stopped' \
        "$(grep -v serve "$source/log" | xargs)"
}

trap clean_up EXIT
check_reload
prepare
start_podman_service
up
check_hardened
sign_in
check_sample_data
check_restart
check_workers
