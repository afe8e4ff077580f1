#!/usr/bin/env bash
# Tests everything around the program: the image, the s2i builder, compose.yaml and the objects for OpenShift. It needs
# Debian 12 and root, but no registry of images: base images are made from Debian's packages. All it makes is in a
# temporary folder (5 GB) and goes with it.
#
#   src/tests/deploy/run.sh                 everything
#   src/tests/deploy/run.sh lint openshift  these steps
#
# With DEPLOY_FOLDER=/some/folder, images and layers stay there for the next run, which then need not make them again.
# With DEPLOY_PROFILE=dev, the image is built in half the time.
set -euo pipefail

export DEPLOY_FOLDER=${DEPLOY_FOLDER:-}
# shellcheck source=src/tests/deploy/podman.sh
source "$(dirname "${BASH_SOURCE[0]}")/podman.sh"

kept=$DEPLOY_FOLDER
step_process=''

missing_packages() {
    local package
    while read -r command package; do
        have "$command" || echo "$package"
    done <<'LIST'
curl curl
docker-compose docker-compose
git git
iptables iptables
make make
mmdebstrap mmdebstrap
podman podman
runc runc
LIST
    for package in aardvark-dns catatonit netavark python3-venv; do
        dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

check_machine() {
    [[ $EUID -eq 0 ]] || fail 'containers with users and networks of their own need root: sudo make test-deploy'
    grep -qsx 'VERSION_CODENAME=bookworm' /etc/os-release ||
        fail 'base images are made from the packages of Debian 12: run this there, or in a container of it'
}

# In /var/tmp: /tmp may be in memory.
make_folder() {
    [[ -n $kept ]] || DEPLOY_FOLDER=$(mktemp -d "${TMPDIR:-/var/tmp}/opint-deploy.XXXXXX")
    mkdir -p "$DEPLOY_FOLDER/tmp"
    export TMPDIR=$DEPLOY_FOLDER/tmp
}

# Checkers from PyPI, by this machine's own configuration of pip.
install_checkers() {
    local venv=$DEPLOY_FOLDER/venv
    export DEPLOY_PYTHON=$venv/bin/python PATH=$venv/bin:$PATH
    [[ ! -x $venv/bin/hadolint ]] || return 0
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet -r "$deploy_tests/requirements.txt"
}

# Runs the step $1 in a session of its own, which can be ended as a whole.
run_step() {
    setsid "${BASH_SOURCE[0]}" --step "$1" </dev/null &
    step_process=$!
    wait "$step_process"
    step_process=''
}

# A step that is under way cleans up after itself when it is told to end, unless it takes too long.
end_step() {
    [[ -n $step_process ]] || return 0
    kill -TERM -- "-$step_process" 2>/dev/null || true
    within 60 step_ended || kill -KILL -- "-$step_process" 2>/dev/null || true
}

step_ended() {
    ! kill -0 -- "-$step_process" 2>/dev/null
}

# Layers that are still mounted, the innermost first.
unmount_storage() {
    local mounted
    mapfile -t mounted < <(awk -v folder="$DEPLOY_FOLDER/" 'index($2, folder) == 1 { print $2 }' /proc/mounts | tac)
    [[ ${#mounted[@]} -eq 0 ]] || umount "${mounted[@]}"
}

clean_up() {
    local status=$?
    trap '' INT TERM HUP
    [[ -d $DEPLOY_FOLDER ]] || exit "$status"
    end_step
    podman rm --all --force --time 0 >/dev/null 2>&1 || true
    podman network prune --force >/dev/null 2>&1 || true
    if [[ -z $kept ]]; then
        unmount_storage || true
        rm -rf --one-file-system "$DEPLOY_FOLDER"
    fi
    exit "$status"
}

step_lint() {
    local scripts
    cd "$repository"
    mapfile -t scripts < <(git ls-files --cached --others --exclude-standard | xargs grep -lE '^#!/usr/bin/env bash|^# shellcheck shell=bash')
    shellcheck --external-sources --severity=warning "${scripts[@]}"
    hadolint Dockerfile s2i/Dockerfile src/tests/deploy/stand-ins/Dockerfile
    check_schema vendor.compose-spec compose.yaml
    check_schema vendor.github-workflows .github/workflows/*.yml
    check_schema vendor.gitlab-ci .gitlab-ci.yml
}

# $1: name of a schema that comes with the checker; the rest are files.
check_schema() {
    local says
    says=$(check-jsonschema --builtin-schema "$@") || fail "$says"
}

step_bases() {
    make_bases
}

step_image() {
    "$deploy_tests/image.sh"
}

step_s2i() {
    "$deploy_tests/s2i.sh"
}

step_compose() {
    "$deploy_tests/compose.sh"
}

step_openshift() {
    "$deploy_tests/openshift/run.sh"
}

# Both images as pods, each with a new database.
step_pods() {
    local image
    for image in "$DEPLOY_IMAGE" "$DEPLOY_S2I_IMAGE"; do
        quietly podman network create pods
        start_database pods-database pods
        POD_DATABASE_URL=postgres://opint:secret@pods-database/opint POD_NETWORK=pods \
            "$deploy_tests/openshift/pod.sh" "$image"
        quietly podman rm --force --time 0 pods-database
        quietly podman network rm pods
    done
}

main() {
    local step began
    if [[ ${1:-} == --step ]]; then
        "step_$2"
        return
    fi
    check_machine
    install_missing missing_packages
    trap clean_up EXIT
    make_folder
    configure_podman
    install_checkers
    [[ $# -gt 0 ]] || set -- lint bases image s2i compose openshift pods
    for step in "$@"; do
        began=$SECONDS
        echo "$step"
        run_step "$step"
        echo "  took $((SECONDS - began)) s"
    done
}

main "$@"
