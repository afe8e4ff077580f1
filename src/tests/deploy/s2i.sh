#!/usr/bin/env bash
# Tests the s2i builder, by its own test, and the build that copies the program out of its output.
set -euo pipefail

# shellcheck source=src/tests/deploy/podman.sh
source "$(dirname "${BASH_SOURCE[0]}")/podman.sh"

readonly sources=$DEPLOY_FOLDER/s2i-sources builder=localhost/opint-test/builder output=localhost/opint-test/s2i
readonly commit=0123456789abcdef0123456789abcdef01234567

build_builder() {
    podman build --quiet --format docker --build-arg "BASE_IMAGE=$DEPLOY_RUST" --tag "$builder" "$sources/s2i" >/dev/null
}

# The Dockerfile is the one in the BuildConfig, and so are the files it is given.
chain() {
    local context=$DEPLOY_FOLDER/chained
    mkdir -p "$context"
    "$DEPLOY_PYTHON" - "$repository/openshift/builder.yaml" >"$context/Dockerfile" <<'PYTHON'
import sys
from ruamel.yaml import YAML
for thing in YAML(typ="safe").load(open(sys.argv[1]))["objects"]:
    text = thing.get("spec", {}).get("source", {}).get("dockerfile")
    if text:
        print(text)
PYTHON
    podman run --rm --network none "$output" cat /opt/app-root/bin/opint >"$context/opint"
    chmod 755 "$context/opint"
    # OpenShift itself puts the name of the build into the image.
    echo 'ENV OPENSHIFT_BUILD_NAME=opint-3' >>"$context/Dockerfile"
    sed -i "s|\${RUNTIME_IMAGE}|$DEPLOY_STATIC|" "$context/Dockerfile"
    podman build --quiet --format docker --tag "$DEPLOY_S2I_IMAGE" "$context" >/dev/null
}

copy_sources "$sources"
build_builder
IMAGE_NAME=$builder "$sources/s2i/test/run" "$output"
note 's2i: the second build, without a network, took the dependencies from the first'
chain
"$deploy_tests/restricted.sh" "$DEPLOY_S2I_IMAGE" "$commit" 3
