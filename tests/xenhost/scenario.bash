# shellcheck shell=bash disable=SC2034 # variables of host.bash
# What scenarios share: a real Xen host, and guests that say on their consoles what they were given. The rest is of the
# end-to-end tests (tests/e2e/host.bash), whose functions do here what they do on the simulated host.
#
# The machine is emulated, and slow at that: a scenario waits for what it wants to see (`within`), never for a time.

XENSURE=/usr/local/bin/xensure XENSIM=xl TOOLSTACK=xl
load host

profile='type: pv, kernel: /boot/vmlinux, ramdisk: /boot/guest.cpio, memory: 96, stop: {timeout: 60s}'

# A host with no guests; spec, state and config files are in a folder of the test.
setup_host() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset NO_COLOR
    rm -f /var/log/xen/console/guest-*.log
    mkdir xen
    agent absent_pause=3s
}

# What tells why a test failed, in the folder of the run: its own folder, the guests' consoles, and the list.
keep_remains() {
    local remains=/host/out/$BATS_TEST_NUMBER-${BATS_TEST_NAME:0:40}
    mkdir -p "$remains"
    cp -r "$BATS_TEST_TMPDIR/." /var/log/xen/console "$remains/" || true
    timeout 20 xl list -v > "$remains/list" 2>&1 < /dev/null || true
}

# Whatever guests the test left behind.
remove_guests() {
    local id
    [ -n "${BATS_TEST_COMPLETED:-}" ] || keep_remains
    for id in $(guest_ids); do
        xl destroy "$id" || true
    done
    within 60 "no guest is left" no_guests
}

# A scenario file with more to set up has its own, after `load scenario`, and calls these two.
setup() {
    setup_host
}

teardown() {
    remove_guests
}

# guest NAME [WORD...]: settings of a domain: its kernel's command line with the WORDs, for the guest (guest/init).
guest() {
    printf 'cmdline: "console=hvc0 quiet name=%s"' "$*"
}

guest_ids() {
    xl list | awk 'NR > 1 { print $(NF - 4) }' | grep -vx 0
}

no_guests() {
    [ -z "$(guest_ids)" ]
}

# within SECONDS WHAT COMMAND...: waits until it succeeds.
within() {
    local limit=$1 what=$2 end
    shift 2
    end=$((SECONDS + limit))
    until "$@"; do
        [ $SECONDS -lt $end ] || { echo "not within $limit s: $what"; return 1; }
        sleep 0.3
    done
}

# console NAME: what guests of this name have written.
console() {
    tr -d '\r' < "/var/log/xen/console/guest-$1.log" 2> /dev/null
}

# cleared NAME...: forgets it.
cleared() {
    local name
    for name in "$@"; do
        : > "/var/log/xen/console/guest-$name.log"
    done
}

# says NAME TEXT: it writes a line that has this.
says() {
    within 120 "$1 says '$2'" console_has "$1" "$2" || { console "$1"; return 1; }
}

console_has() {
    console "$1" | grep -qF -- "$2"
}

# sees NAME [CPUS [DISKS [VIFS]]]: the guest is up, and sees just these (by default one CPU, no disk, no vif), as guest/init
# writes them: '0-1', 'xvda:8192:rw:hello', 'eth0:00:16:3e:00:00:01'; several with blanks between.
sees() {
    local want="cpus ${2:-0}, disks${3:+ $3}, vifs${4:+ $4}"
    within 120 "$1 sees $want" last_seen "$1" "$want" || { console "$1"; return 1; }
}

last_seen() {
    [ "$(console "$1" | sed -n "s/^$1: sees [0-9]* MiB, //p" | tail -n 1)" = "$2" ]
}

# guest_memory NAME: how much the guest says it has, in MiB.
guest_memory() {
    console "$1" | sed -n "s/^$1: sees \([0-9]*\) MiB,.*/\1/p" | tail -n 1
}

# config NAME FILTER: what the jq FILTER makes of the domain's configuration, as `xl list -l` tells it.
config() {
    xl list -l "$1" | jq -c ".[0].config | $2"
}

# runs NAME: it does, or waits for something to do.
runs() {
    [[ $(state "$1") == [r-][b-]---- ]]
}

# gone NAME...: none of them is in the list.
gone() {
    local name
    for name in "$@"; do
        [ -z "$(domid "$name")" ] || return 1
    done
}
