# Sourced: makes an environment with what requirements.txt names in a temporary folder and puts it first in PATH.
# shellcheck shell=bash
folder=$(mktemp -d "${TMPDIR:-/tmp}/opint-openshift.XXXXXX")
trap 'rm -rf "$folder"' EXIT
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "${0##*/}: needs Python 3.11 or later" >&2
    exit 1
}
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    --requirement "$(dirname "${BASH_SOURCE[0]}")/requirements.txt"
PATH=$folder/venv/bin:$PATH
