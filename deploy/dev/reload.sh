#!/usr/bin/env bash
# Builds and serves the demo; when a source changes, builds again and, if that works, starts anew. It looks once a
# second, since a container is not told of changes in a folder that comes from another system.
set -euo pipefail

readonly watched=(Cargo.toml Cargo.lock entity migration src static templates)
server='' seen=$(mktemp)

# Folders, too: theirs is the time of a removal.
changed() {
    [[ -n $(find "${watched[@]}" -newer "$seen" -print -quit) ]]
}

stop() {
    [[ -n $server ]] || return 0
    kill "$server" 2>/dev/null || true
    wait "$server" || true
    server=''
}

reload() {
    touch "$seen"
    if cargo build --locked; then
        stop
        "${CARGO_TARGET_DIR:-target}/debug/opint" serve --demo &
        server=$!
    fi
}

trap 'stop; rm -f "$seen"; exit 0' INT TERM
reload
while true; do
    sleep 1 &
    wait $!
    ! changed || reload
done
