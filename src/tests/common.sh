# shellcheck shell=bash
# Sourced by the scripts that prepare what tests need.

fail() {
    echo "${0##*/}: $*" >&2
    exit 1
}

# Administrators' programs are in /usr/sbin, which an ordinary user's PATH lacks.
have() {
    PATH=$PATH:/usr/sbin type -P "$1" >/dev/null
}

# Below the range that the kernel hands out to clients. Another process can still be faster.
free_port() {
    local port
    while true; do
        port=$((20000 + RANDOM % 12000))
        if ! (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
}

# Installs the packages that the function named by $1 prints, if any.
install_missing() (
    local packages root=()
    # Two runs at once must not meet at apt's locks: this file itself serves as theirs.
    exec 9<"${BASH_SOURCE[0]}"
    flock 9
    mapfile -t packages < <("$1" | tr ' ' '\n')
    [[ ${#packages[@]} -gt 0 ]] || return 0
    have apt-get || fail "install these (by their names in Debian): ${packages[*]}"
    if [[ $EUID -ne 0 ]]; then
        # Nobody may be there to type a password: -n fails where one is asked for.
        sudo -n true 2>/dev/null || fail "as root, run: apt-get install ${packages[*]}"
        root=(sudo -n)
    fi
    echo "${0##*/}: installing ${packages[*]}" >&2
    {
        "${root[@]}" apt-get update -qq
        "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
            -o DPkg::Lock::Timeout=300 "${packages[@]}"
    } </dev/null >/dev/null 9<&-
)
