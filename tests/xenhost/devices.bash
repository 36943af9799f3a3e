# shellcheck shell=bash disable=SC2034 # the disks are for the scenarios
# Block devices of dom0, $one and $two, which begin with these words; and its bridges xenbr0 and xenbr1. To be loaded after
# scenario, whose setup and teardown this replaces.

setup() {
    local disk bridge
    setup_host
    for disk in one two; do
        printf '%s\n' "$disk" > $disk.img
        truncate -s 4M $disk.img
    done
    one=$(losetup --find --show one.img) two=$(losetup --find --show two.img)
    for bridge in xenbr0 xenbr1; do
        ip link add $bridge type bridge
        ip link set $bridge up
    done
}

teardown() {
    remove_guests
    ip link del xenbr0
    ip link del xenbr1
    losetup -d "$one" "$two"
}

# port_of NAME DEVID: the bridge that one of the domain's vifs is plugged into.
port_of() {
    basename "$(readlink "/sys/class/net/vif$(domid "$1").$2/master")"
}

# taken_over NAME...: a plan does nothing but adopt them, and then there is nothing to do, and nothing was done to them.
taken_over() {
    local before
    before=$(xl list -v | awk 'NR > 2 { print $1, $2, $7 }')
    planned "${@/%/ adopt}"
    json 2 'all(.actions[]; .changes == [] and .held == null)' plan
    expect 0 apply
    in_sync
    [ "$(xl list -v | awk 'NR > 2 { print $1, $2, $7 }')" = "$before" ]
}
