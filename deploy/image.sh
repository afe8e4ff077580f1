#!/usr/bin/env bash
# Builds the container image with podman or docker, whichever there is. The environment may say:
#   IMAGE                 name of the image [opint]; it is tagged with the version and with latest
#   CONTAINER_TOOL        podman or docker
#   OPINT_BUILD_NUMBER    number of the build; CI systems' own counters are known
#   OPINT_BUILD_COMMIT    commit [the one checked out]
# Arguments go to the build: deploy/image.sh --build-arg RUNTIME_IMAGE=scratch
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
image=${IMAGE:-opint}
number=${OPINT_BUILD_NUMBER:-${GITHUB_RUN_NUMBER:-${CI_PIPELINE_IID:-}}}
version=$(sed -n '/^\[workspace.package\]/,/^$/s/^version = "\(.*\)"/\1/p' Cargo.toml)

# A commit that is not all of it is not called so.
commit() {
    git describe --always --abbrev=40 --dirty --match='' 2>/dev/null || echo unknown
}

# Without user and password, if somebody put them there.
source_url() {
    git remote get-url origin 2>/dev/null | sed -E 's#//[^/@]*@#//#' || true
}

tool() {
    local name
    for name in ${CONTAINER_TOOL:-podman docker}; do
        if type -P "$name" >/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "image.sh: install podman or docker" >&2
    return 1
}

tool=$(tool)
# podman's own format has no health check.
[[ $tool != podman ]] || set -- --format docker "$@"
exec "$tool" build \
    --build-arg "VERSION=$version" \
    --build-arg "SOURCE=${CI_PROJECT_URL:-$(source_url)}" \
    --build-arg "OPINT_BUILD_COMMIT=${OPINT_BUILD_COMMIT:-$(commit)}" \
    --build-arg "OPINT_BUILD_NUMBER=$number" \
    --tag "$image:$version" --tag "$image:latest" "$@" .
