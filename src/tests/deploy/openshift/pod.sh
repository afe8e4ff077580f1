#!/usr/bin/env bash
# Runs an image with podman as OKD would run it by openshift/app.yaml, openshift/worker.yaml and openshift/env/test.env,
# first the application, then a worker: see pod.py.
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
for template in app worker; do
    python "$here/template.py" "$openshift/$template.yaml" --param-file "$openshift/env/test.env" \
        --ignore-unknown-parameters -o "$folder/$template.json"
done
pod=(--image "$1" --network "${POD_NETWORK:-podman}" --seconds "${POD_SECONDS:-12}"
    --secret "opint:database-url=$POD_DATABASE_URL")
python "$here/pod.py" "$folder/app.json" Deployment/opint "${pod[@]}" \
    --secret opint:admin-password=a-good-long-password-1
# The systems that it would load from are not there, which is no reason to be found dead.
python "$here/pod.py" "$folder/worker.json" Deployment/opint-worker --beside "$folder/app.json" "${pod[@]}" \
    --secret=opint-worker:{monit-token,ggus-token,mattermost-webhook-url,smtp-url}=
