# What the scripts here share; sourced, not run.
# shellcheck shell=bash
shopt -s inherit_errexit

NAME=${NAME:-opint}
ROLLOUT_TIMEOUT=${ROLLOUT_TIMEOUT:-10m}
TRIGGER_SECONDS=${TRIGGER_SECONDS:-60}

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

wrong_usage() {
    echo "${0##*/}: $*; ${0##*/} --help says more." >&2
    exit 2
}

need_oc() {
    command -v oc >/dev/null || fail 'oc is not installed; get it from your cluster under ? > Command line tools'
    oc whoami >/dev/null 2>&1 || fail 'oc is not signed in; run oc login first'
}

need_projects() {
    [[ -n ${TEST_PROJECT:-} ]] || wrong_usage 'set TEST_PROJECT to the project with the builds'
    [[ -n ${PROD_PROJECT:-} ]] || wrong_usage 'set PROD_PROJECT to the project of production'
    [[ $TEST_PROJECT != "$PROD_PROJECT" ]] || wrong_usage 'TEST_PROJECT and PROD_PROJECT must be two projects'
    need_oc
}

is_number() {
    [[ $1 =~ ^[1-9][0-9]*$ ]]
}

is_version() {
    [[ $1 =~ ^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$ ]]
}

# Lines of a tag and the digest of its image, of the project $1.
tags_of() {
    oc -n "$1" get "imagestream/$NAME" \
        -o 'jsonpath={range .status.tags[*]}{.tag}{" "}{.items[0].image}{"\n"}{end}' ||
        fail "cannot read the image stream $NAME of $1; openshift/apply $1 PARAMETERS app makes it"
}

# The digest of the tag $1 among the lines $2, or nothing.
digest_of() {
    awk -v tag="$1" '$1 == tag { print $2 }' <<<"$2"
}

# Versions among the lines $1, oldest first.
versions_in() {
    local tag
    while read -r tag _; do
        if is_version "$tag"; then
            echo "$tag"
        fi
    done <<<"$1" | sort -V
}

# The Deployment of the pods $1, which are web or worker.
deployment_of() {
    case $1 in
        web) echo "$NAME" ;;
        worker) echo "$NAME-worker" ;;
    esac
}

# Whether the project $1 has a worker.
has_worker() {
    local found
    found=$(oc -n "$1" get "deployment/$(deployment_of worker)" --ignore-not-found -o name) ||
        fail "cannot look for the Deployment $(deployment_of worker) of $1"
    [[ -n $found ]]
}

# The digest that the pods $2 of the project $1 are to run; nothing before their first image.
digest_in_use() {
    local image deployment
    deployment=$(deployment_of "$2")
    image=$(oc -n "$1" get "deployment/$deployment" \
        -o "jsonpath={.spec.template.spec.containers[?(@.name==\"$2\")].image}") ||
        fail "cannot read the Deployment $deployment of $1; openshift/apply $1 PARAMETERS app makes it"
    if [[ $image == *@* ]]; then
        echo "${image#*@}"
    fi
}

# Waits until production's pods $1 run the digest $2. Their Deployment is changed by the cluster's image trigger a moment
# after the tag; before that, its rollout would look finished.
wait_for_pods() {
    local deployment in_use deadline=$((SECONDS + TRIGGER_SECONDS))
    deployment=$(deployment_of "$1")
    while in_use=$(digest_in_use "$PROD_PROJECT" "$1") && [[ $in_use != "$2" ]]; do
        ((SECONDS < deadline)) || fail "the Deployment $deployment of $PROD_PROJECT does not follow the tag stable:" \
            "apply its template there with IMAGE_TAG=stable"
        sleep 1
    done
    oc -n "$PROD_PROJECT" rollout status "deployment/$deployment" "--timeout=$ROLLOUT_TIMEOUT" ||
        fail "the new pods did not get ready; the old ones go on. Look at" \
            "oc -n $PROD_PROJECT logs deployment/$deployment --all-containers, and go back with openshift/rollback"
}

# Points production at the digest $1 and waits until its pods run it.
put_into_production() {
    local pod pods=(web)
    if has_worker "$PROD_PROJECT"; then
        pods+=(worker)
    fi
    oc tag "$TEST_PROJECT/$NAME@$1" "$PROD_PROJECT/$NAME:stable"
    for pod in "${pods[@]}"; do
        wait_for_pods "$pod" "$1"
    done
}
