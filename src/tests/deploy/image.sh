#!/usr/bin/env bash
# Tests the Dockerfile and deploy/image.sh: what gets into the image and what does not, its labels, that a change of
# the sources builds no dependency again, and that it runs under OKD's restrictions.
set -euo pipefail

# shellcheck source=src/tests/deploy/podman.sh
source "$(dirname "${BASH_SOURCE[0]}")/podman.sh"

readonly sources=$DEPLOY_FOLDER/image-sources name=${DEPLOY_IMAGE%:*}
readonly commit=0123456789abcdef0123456789abcdef01234567

# The sources, older than any build as after a checkout of something old, and beside them what must never get into an
# image.
plant() {
    local bait
    rm -rf "$sources"
    copy_sources "$sources"
    find "$sources" -exec touch --date=2020-01-01 {} +
    for bait in .git/config target/bait secrets/bait .env .env.local src/.env demo.db src/tests/browser/node_modules/bait; do
        mkdir -p "$(dirname "$sources/$bait")"
        echo 'bait' >"$sources/$bait"
    done
}

# What a build can see at all.
check_context() {
    local seen
    podman build --quiet --ignorefile "$sources/.dockerignore" --tag "$name:context" --file - "$sources" \
        <<<$'FROM scratch\nCOPY . /' >/dev/null
    seen=$(files "$name:context")
    ! grep -E '(^|/)(\.git|\.env.*|target|secrets|node_modules|tests|bait|.*\.db)(/|$)' <<<"$seen" ||
        fail '.dockerignore lets these through'
    grep -qx 'src/main.rs' <<<"$seen" || fail '.dockerignore keeps the sources away'
    podman rmi --force "$name:context" >/dev/null
}

# All files of the image $1.
files() {
    local root
    root=$(podman image mount "$1")
    find "$root" -mindepth 1 -printf '%P\n'
    podman image unmount "$1" >/dev/null
}

# $1: name of the log, which is shown if the build fails; the rest are flags.
build() {
    local log=$DEPLOY_FOLDER/image-$1.log
    (cd "$sources" && IMAGE=$name CONTAINER_TOOL=podman OPINT_BUILD_COMMIT=$commit OPINT_BUILD_NUMBER=7 \
        deploy/image.sh --build-arg "BUILD_IMAGE=$DEPLOY_RUST" --build-arg "RUNTIME_IMAGE=$DEPLOY_STATIC" \
        --build-arg "PROFILE=${DEPLOY_PROFILE:-release}" "${@:2}") \
        >"$log" 2>&1 || { tail -n 40 "$log" >&2; fail 'the build failed'; }
}

# Packages that the log $1 says were compiled, from the line on that begins with $2.
compiled() {
    sed "1,/^$2/d" "$DEPLOY_FOLDER/image-$1.log" | sed -n 's/^ *Compiling \([^ ]*\) .*/\1/p' | sort -u | xargs
}

inspect() {
    podman image inspect --format "$1" "$DEPLOY_IMAGE"
}

check_contents() {
    local extra
    extra=$(files "$DEPLOY_IMAGE" | grep -vxE 'data|etc(/.*)?|opt(/app-root(/bin(/opint)?)?)?' || true)
    [[ -z $extra ]] || fail "the image holds more than it needs: $extra"
    note "image: $(($(inspect '{{.Size}}') / 1000000)) MB, of it nothing but the program and certificates"
}

check_configuration() {
    local version label
    version=$(podman run --rm --network none "$DEPLOY_IMAGE" --version)
    [[ $version == *"$commit"*"build 7)"* ]] || fail "--version says $version"
    label='{{index .Labels "%s"}}'
    expect revision "$commit" "$(inspect "${label/\%s/org.opencontainers.image.revision}")"
    expect licence Apache-2.0 "$(inspect "${label/\%s/org.opencontainers.image.licenses}")"
    expect title OpInt "$(inspect "${label/\%s/org.opencontainers.image.title}")"
    expect number 7 "$(inspect "${label/\%s/build.number}")"
    expect version "$(cut -d ' ' -f 2 <<<"$version")" "$(inspect "${label/\%s/org.opencontainers.image.version}")"
    expect user 1001:0 "$(inspect '{{.User}}')"
    expect 'entry point' '[/opt/app-root/bin/opint] [serve]' "$(inspect '{{.Config.Entrypoint}} {{.Config.Cmd}}')"
    expect ports 'map[8080/tcp:{} 9090/tcp:{}]' "$(inspect '{{.Config.ExposedPorts}}')"
    expect 'health check' '[CMD /opt/app-root/bin/opint healthcheck]' "$(inspect '{{.HealthCheck.Test}}')"
}

# Without any configuration, it serves from an SQLite file in its working directory.
check_sqlite() {
    local container
    container=$(podman run --detach --no-healthcheck --network none --user 1000620000:0 --cap-drop=ALL "$DEPLOY_IMAGE")
    within 30 podman exec "$container" /opt/app-root/bin/opint healthcheck 2>/dev/null ||
        fail "on SQLite: $(podman logs "$container" 2>&1)"
    podman rm --force --time 5 "$container" >/dev/null
}

# Dependencies are compiled in a stage that a change of the sources leaves alone, our own packages only after it.
check_cache() {
    expect 'packages compiled with the sources' 'entity migration opint' "$(compiled first '\[2')"
    echo '// A change.' >>"$sources/src/main.rs"
    build second --target dependencies --tag "$name:dependencies"
    grep -q 'cargo build' "$DEPLOY_FOLDER/image-second.log" || fail 'the second build says nothing of the dependencies'
    expect 'packages compiled for a change of the sources' '' "$(compiled second '.*STEP 1')"
    note 'image: after a change of the sources, the dependencies are taken from the first build'
}

plant
check_context
build first
podman tag "$name:latest" "$DEPLOY_IMAGE"
check_contents
check_configuration
check_sqlite
check_cache
"$deploy_tests/restricted.sh" "$DEPLOY_IMAGE" "$commit" 7
