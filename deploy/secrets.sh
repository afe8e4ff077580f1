#!/usr/bin/env bash
# Makes the secrets of compose.yaml in secrets/, unless they are there. The folder is for its owner only; the files in
# it are readable, since a container sees them one by one and with another user. What opens other systems nobody can
# make up: those files are empty until somebody writes into them.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
umask 022
mkdir -p -m 700 secrets
if [[ ! -s secrets/db-password ]]; then
    head -c 24 /dev/urandom | base64 | tr '+/' '-_' >secrets/db-password
fi
for name in oidc-client-secret monit-token ggus-token mattermost-webhook-url smtp-url; do
    touch "secrets/$name"
done
# Written anew each time: it only repeats the password.
printf 'postgres://opint:%s@db/opint\n' "$(<secrets/db-password)" >secrets/database-url
