#!/usr/bin/env bash
# Makes the database at the first start, as the entry point of docker.io/library/postgres does.
set -euo pipefail

password=${POSTGRES_PASSWORD:-}
[[ -z ${POSTGRES_PASSWORD_FILE:-} ]] || password=$(<"$POSTGRES_PASSWORD_FILE")
user=${POSTGRES_USER:-postgres}

if [[ $EUID -eq 0 ]]; then
    chown -R postgres "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
if [[ ! -s $PGDATA/PG_VERSION ]]; then
    initdb --username="$user" --pwfile=<(printf '%s' "$password") --auth-host=scram-sha-256 --auth-local=trust --no-sync
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    echo "CREATE DATABASE \"${POSTGRES_DB:-$user}\"" | postgres --single -j postgres
fi
exec "$@" -c listen_addresses='*'
