#!/usr/bin/env bash
# Runs an image with podman as OKD would run it by openshift/app.yaml and openshift/env/test.env: see pod.py.
#
#   POD_DATABASE_URL=postgres://opint:secret@database/opint src/tests/deploy/openshift/pod.sh IMAGE
#
# Environment:
#   POD_DATABASE_URL   a database that containers of the network below reach; its schema is brought up
#   POD_NETWORK        podman's network for the pod [podman]
#   POD_SECONDS        how long the pod is watched before it is stopped [12]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here

if [[ $# -ne 1 || -z ${POD_DATABASE_URL:-} ]]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
# shellcheck source=src/tests/deploy/openshift/venv.sh
source "$here/venv.sh"

openshift=$here/../../../../openshift
python "$here/template.py" "$openshift/app.yaml" --param-file "$openshift/env/test.env" --ignore-unknown-parameters \
    -o "$folder/app.json"
python "$here/pod.py" "$folder/app.json" Deployment/opint --image "$1" --network "${POD_NETWORK:-podman}" \
    --seconds "${POD_SECONDS:-12}" --secret "opint:database-url=$POD_DATABASE_URL" \
    --secret opint:admin-password=a-good-long-password-1
