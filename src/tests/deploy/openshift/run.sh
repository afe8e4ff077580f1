#!/usr/bin/env bash
# Tests what is in openshift/ and deploy/kubernetes/, without a cluster: the templates as oc would process them, the
# scripts against a stand-in for oc. Arguments go to Python's unittest: run.sh test_scripts.Promote
#
#   OPENSHIFT_SCHEMA   a full schema of OpenShift's kinds, if there is one: see schema.py
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=src/tests/deploy/openshift/venv.sh
source ./venv.sh

if [[ -z ${OPENSHIFT_SCHEMA:-} ]]; then
    echo 'run.sh: no OPENSHIFT_SCHEMA, so of the kinds of OpenShift only the fields used here are checked'
fi
command -v kubectl >/dev/null || echo 'run.sh: no kubectl, so deploy/kubernetes is not built'
PYTHONDONTWRITEBYTECODE=1 python -m unittest "$@"
