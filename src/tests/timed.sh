#!/usr/bin/env bash
# Makes targets one after the other and says how long each took; those within one argument run side by side.
#
#   src/tests/timed.sh lint "test-api test-kill-load"
set -euo pipefail

declare -a took=()
report() {
    printf 'timed.sh: %s\n' "${took[@]}"
}
trap report EXIT

for targets in "$@"; do
    begin=$SECONDS
    took+=("$targets: not done")
    read -ra side_by_side <<<"$targets"
    "${MAKE:-make}" --jobs=2 --output-sync=target "${side_by_side[@]}"
    took[-1]="$targets: $((SECONDS - begin)) s"
done
