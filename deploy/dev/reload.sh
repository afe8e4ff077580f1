#!/usr/bin/env bash
# Builds, serves the demo and works; when a source changes, builds again and, if that works, starts both anew. It looks
# once a second, since a container is not told of changes in a folder that comes from another system.
set -euo pipefail

readonly watched=(Cargo.toml Cargo.lock entity migration src static templates)
processes=() seen=$(mktemp)

# Folders, too: theirs is the time of a removal.
changed() {
    [[ -n $(find "${watched[@]}" -newer "$seen" -print -quit) ]]
}

stop() {
    [[ ${#processes[@]} -gt 0 ]] || return 0
    kill "${processes[@]}" 2>/dev/null || true
    wait "${processes[@]}" || true
    processes=()
}

start() {
    "${CARGO_TARGET_DIR:-target}/debug/opint" "$@" &
    processes+=($!)
}

reload() {
    touch "$seen"
    if cargo build --locked; then
        stop
        start serve --demo
        start worker
    fi
}

trap 'stop; rm -f "$seen"; exit 0' INT TERM
reload
while true; do
    sleep 1 &
    wait $!
    ! changed || reload
done
