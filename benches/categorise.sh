#!/usr/bin/env bash
# Measures how messages are sorted into categories, beside the way of the original application (difflib in Python), on
# the same messages in the same run; prints a table.
#
#   benches/categorise.sh [FILE…]
#
# A FILE is JSON Lines with "message" and, for accuracy, "template" (the right category), or plain text with a message
# in each line. Without one, messages are made up.
#
#   BENCH_MESSAGES     most messages of a file that are used, drawn by lot, always the same ones (500)
#   CATEGORISE_BENCH   the program to measure, instead of building it
set -euo pipefail
readonly here=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly messages=${BENCH_MESSAGES:-500}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
    echo "categorise.sh: $*" >&2
    exit 1
}

say() {
    echo "categorise.sh: $*" >&2
}

categorise() {
    if [[ -n ${CATEGORISE_BENCH:-} ]]; then
        "$CATEGORISE_BENCH" "$@"
    else
        cargo bench --quiet --bench categorise -- "$@"
    fi
}

# Draws messages of a file, always the same ones, into a file that both read.
draw() {
    local file=$1 sample=$2
    shuf --random-source=<(yes) -n "$messages" "$file" >"$sample"
}

main() {
    local file path sample ours theirs
    command -v python3 >/dev/null || fail 'install python3'
    if [[ $# -eq 0 ]]; then
        say 'making up messages'
        categorise --write "$folder/made-up.jsonl"
        set -- "$folder/made-up.jsonl"
    fi
    {
        printf '%s\t' file messages 'right categories' 'ours: categories' GA FGA F1 'µs each' 'messages/s'
        printf '%s\t' 'difflib: categories' GA FGA F1 'µs each'
        printf '%s\n' 'times faster'
        for file in "$@"; do
            path=$file
            [[ $path == /* ]] || path=$here/$path
            [[ -r $path ]] || fail "cannot read $file"
            sample=$folder/sample-$(basename "$path")
            draw "$path" "$sample"
            say "$(basename "$path"): ours"
            ours=$(categorise "$sample")
            say "$(basename "$path"): difflib"
            theirs=$(benches/difflib_baseline.py "$sample")
            paste <(echo "$ours") <(echo "$theirs") |
                awk -F '\t' -v OFS='\t' -v file="$(basename "$path")" '{
                    print file, $2, $3, $4, $5, $6, $7, $8, sprintf("%.0f", 1e6 / $8), $12, $13, $14, $15, sprintf("%.0f", $16), sprintf("%.0f", $16 / $8)
                }'
        done
    } >"$folder/table"
    column -t -s $'\t' "$folder/table"
}

main "$@"
