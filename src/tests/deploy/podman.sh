# shellcheck shell=bash
# Sourced by the tests of the containers: a podman that shares nothing with the machine's own, base images made of
# Debian's packages, and what the tests have in common.
#
# The environment of everything that run.sh starts:
#   DEPLOY_FOLDER         for temporary files; podman's configuration, storage and state are below it
#   DEPLOY_DEBIAN         Debian 12, minimal
#   DEPLOY_RUST           stands in for docker.io/library/rust: rustc, cargo and a C compiler
#   DEPLOY_STATIC         stands in for gcr.io/distroless/static-debian12: certificates and nothing else
#   DEPLOY_POSTGRES       stands in for docker.io/library/postgres, with the same environment
#   DEPLOY_HAPROXY        stands in for docker.io/library/haproxy
#   DEPLOY_IMAGE          what the Dockerfile makes (image.sh)
#   DEPLOY_S2I_IMAGE      what the s2i builder and the chained build make (s2i.sh)

export DEPLOY_DEBIAN=localhost/opint-test/debian DEPLOY_RUST=localhost/opint-test/rust \
    DEPLOY_STATIC=localhost/opint-test/static DEPLOY_POSTGRES=localhost/opint-test/postgres \
    DEPLOY_HAPROXY=localhost/opint-test/haproxy DEPLOY_IMAGE=localhost/opint-test/opint:dockerfile \
    DEPLOY_S2I_IMAGE=localhost/opint-test/opint:s2i
deploy_tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$deploy_tests/../../.." && pwd)
readonly deploy_tests repository

# shellcheck source=src/tests/common.sh
source "$deploy_tests/../common.sh"

# A limit of the machine, or the number $2 if that is less: a container cannot have more than we have.
limit() {
    local ours
    ours=$(ulimit -H "$1")
    [[ $ours != unlimited && $ours -lt $2 ]] || ours=$2
    echo "$ours:$ours"
}

# Without the rights to mount in one another, overlays need the help of FUSE: so it is inside a container.
mount_program() {
    [[ $(stat -f -c %T "$DEPLOY_FOLDER") == overlayfs ]] || return 0
    have fuse-overlayfs || fail "$DEPLOY_FOLDER is inside a container: set TMPDIR to a volume"
    echo "mount_program = \"$(type -P fuse-overlayfs)\""
}

# runc and cgroupfs: they work without systemd, too, and with every kind of control groups. Locks in files: those in
# shared memory are one set for the whole machine. The subnet is another than the one that the machine's podman uses.
configure_podman() {
    export CONTAINERS_CONF=$DEPLOY_FOLDER/containers.conf CONTAINERS_STORAGE_CONF=$DEPLOY_FOLDER/storage.conf
    cat >"$CONTAINERS_CONF" <<CONF
[containers]
default_ulimits = ["nofile=$(limit -n 65536)", "nproc=$(limit -u 32768)"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "$DEPLOY_FOLDER/state"
[network]
network_backend = "netavark"
network_config_dir = "$DEPLOY_FOLDER/networks"
default_subnet = "10.213.0.0/24"
default_subnet_pools = [{"base" = "10.213.16.0/20", "size" = 24}]
CONF
    cat >"$CONTAINERS_STORAGE_CONF" <<CONF
[storage]
driver = "overlay"
graphroot = "$DEPLOY_FOLDER/storage"
runroot = "$DEPLOY_FOLDER/run"
[storage.options.overlay]
$(mount_program)
CONF
}

# Debian's repositories as this machine reaches them, one line each.
debian_repositories() {
    apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 'Origin: Debian' |
        sort -u
}

# How the machine gets out: its proxy for apt, if it has one.
apt_proxies() {
    apt-config dump --format '%F "%v";%n' | grep -E '^Acquire::https?::(.*::)?Proxy ' || true
}

# The part of the machine's cargo configuration that says where crates come from; found from any folder by cargo.
cargo_registries() {
    local file
    for file in "${CARGO_HOME:-$HOME/.cargo}"/config.toml "${CARGO_HOME:-$HOME/.cargo}"/config; do
        [[ ! -f $file ]] || awk '/^\[/ { ours = /^\[(source|registry|registries|http|net)[].]/ } ours' "$file"
    done
}

make_debian() {
    local bundle=/etc/ssl/certs/ca-certificates.crt folder=$DEPLOY_FOLDER/debian hooks=()
    mkdir -p "$folder/root/.cargo"
    # Whoever has to trust a certificate of the house to get out has it in the bundle.
    [[ ! -f $bundle ]] || hooks+=("--customize-hook=copy-in $bundle /etc/ssl/certs")
    apt_proxies >"$folder/apt.conf"
    cargo_registries >"$folder/root/.cargo/config.toml"
    debian_repositories >"$folder/sources.list"
    mmdebstrap --quiet --variant=minbase --include=ca-certificates --skip=cleanup/apt/lists \
        --aptopt="$folder/apt.conf" --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
        --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
        "${hooks[@]}" --customize-hook="sync-in $folder/root /" \
        bookworm - "$folder/sources.list" | podman import --quiet --change 'CMD ["/bin/bash"]' - "$DEPLOY_DEBIAN"
}

# $1: a stage of stand-ins/Dockerfile; $2: the image's name; $3 and on: flags.
make_stand_in() {
    podman build --quiet --format docker --target "$1" --build-arg "DEBIAN=$DEPLOY_DEBIAN" --tag "$2" "${@:3}" \
        "$deploy_tests/stand-ins"
}

# The folder of the machine's own Rust, if it has one from Rust's makers that is new enough.
toolchain() {
    local root needed version
    root=$(rustc --print sysroot 2>/dev/null) || return 0
    [[ $root != /usr && -x $root/bin/cargo ]] || return 0
    needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$repository/Cargo.toml")
    version=$("$root/bin/rustc" --version | cut -d ' ' -f 2)
    if printf '%s\n' "$needed" "$version" | sort --version-sort --check=silent; then
        echo "$root"
    fi
}

# Rust's makers' compiler is the one in the image that this stands for. Debian's takes twice the time.
make_rust() {
    local folder
    folder=$(toolchain)
    if [[ -n $folder ]]; then
        make_stand_in machines-rust "$DEPLOY_RUST" --volume "$folder:/toolchain:ro"
    else
        make_stand_in rust "$DEPLOY_RUST"
    fi
}

# The base images, unless DEPLOY_FOLDER has them from an earlier run.
make_bases() {
    podman image exists "$DEPLOY_DEBIAN" || make_debian
    podman image exists "$DEPLOY_RUST" || make_rust
    podman image exists "$DEPLOY_STATIC" || make_stand_in static "$DEPLOY_STATIC"
    podman image exists "$DEPLOY_POSTGRES" || make_stand_in postgres "$DEPLOY_POSTGRES"
    podman image exists "$DEPLOY_HAPROXY" || make_stand_in haproxy "$DEPLOY_HAPROXY"
}

# What the tests have in common.

note() {
    echo "  $*"
}

# $1: what; $2: what it should be; $3: what it is.
expect() {
    [[ $3 == "$2" ]] || fail "$1: $3 instead of $2"
}

# Waits $1 seconds at most until the command "$@" after it works.
within() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.2
    done
}

# What the command says is of interest if it fails only: without systemd and syslog, podman's helpers say much.
quietly() {
    local says
    says=$("$@" 2>&1) || fail "$* failed: $says"
}

# Starts a PostgreSQL named $1 on the network $2: postgres://opint:secret@$1/opint
start_database() {
    quietly podman run --detach --name "$1" --network "$2" --env POSTGRES_USER=opint --env POSTGRES_PASSWORD=secret \
        "$DEPLOY_POSTGRES"
}

# Copies to $1 what would be committed: builds of it do not depend on what else lies in the working tree.
copy_sources() {
    mkdir -p "$1"
    git -C "$repository" ls-files --cached --others --exclude-standard -z |
        tar -C "$repository" --null --files-from=- --ignore-failed-read -cf - 2>/dev/null | tar -C "$1" -xf -
}
