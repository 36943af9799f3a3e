# What scenarios share: a real Xen host, and guests that say on their consoles what they were given. The rest is of the
# end-to-end tests (tests/e2e/host.bash), whose functions do here what they do on the simulated host.

# shellcheck shell=bash disable=SC2034 # variables of host.bash
XENSURE=/usr/local/bin/xensure XENSIM=xl TOOLSTACK=xl
load host

profile='type: pv, kernel: /boot/vmlinux, ramdisk: /boot/guest.cpio, memory: 96, stop: {timeout: 30s}'

# A folder of its own for each test, with spec, state and config files; and no guests.
setup_host() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset NO_COLOR
    mkdir xen
    agent absent_pause=3s
}

setup() {
    setup_host
}

# Whatever the test left behind; the next one starts with an empty host.
teardown() {
    local id
    for id in $(xl list | awk 'NR > 1 && $1 != "Domain-0" { print $(NF - 4) }'); do
        xl destroy "$id" || true
    done
    within 30 "no guest left" no_guests
}

no_guests() {
    [ "$(xl list | wc -l)" = 2 ]
}

# within SECONDS WHAT COMMAND...: waits until it succeeds.
within() {
    local limit=$1 what=$2 end
    shift 2
    end=$((SECONDS + limit))
    until "$@"; do
        [ $SECONDS -lt $end ] || { echo "not within $limit s: $what"; xl list -v; return 1; }
        sleep 0.5
    done
}

# console NAME: what the guest has written since it was last created.
console() {
    tr -d '\r' < "/var/log/xen/console/guest-$1.log"
}

# says NAME TEXT [SECONDS]: the guest says so on its console, within some time (60 seconds).
says() {
    within "${3:-60}" "$1 says '$2'" has_said "$1" "$2"
}

has_said() {
    console "$1" 2> /dev/null | grep -qF -- "$2"
}

# booted NAME...: they run, and their own programs do.
booted() {
    local name
    for name in "$@"; do
        says "$name" "$name: memory"
    done
}
