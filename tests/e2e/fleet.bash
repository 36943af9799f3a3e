# shellcheck shell=bash
# A fleet of simulated hosts: dom0-a, dom0-b, dom0-c, each with a folder, a state and an agent.yaml of its own, which
# reach each other through the program `reach` in place of ssh. Stands on host.bash.

fleet_setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset NO_COLOR
    export FLEET=$PWD
    XENSIM_DIR=$FLEET/sim "$XENSIM" sim init --name hub
    XENSIM_DIR=$FLEET/sim "$XENSIM" sim host dom0-a dom0-b dom0-c
    local host
    for host in dom0-a dom0-b dom0-c; do
        mkdir "$host" "$host/xen"
        XENSIM_DIR=$FLEET/sim/hosts/$host "$XENSIM" sim init --name "$host" boot=0s shutdown=0s restart_pause=0s \
            ack_timeout=0.1s migrate=0s log=yes
        configure "$host"
    done
    # shellcheck disable=SC2016 # for that shell to expand
    reach 'exec env "XENSIM_DIR=$FLEET/sim/hosts/$1" "$XENSURE" -c "$FLEET/$1/agent.yaml" --host "$1" \
    --toolstack sim "${@:3}"'
}

# configure HOST [LINE...]: writes the agent.yaml of a host.
configure() {
    local host=$1
    shift
    {
        echo "directories: {state: $FLEET/$host/state, xen_config: $FLEET/$host/xen}"
        echo "absent_pause: 0s"
        echo "ssh: [$FLEET/reach]"
        [ $# -eq 0 ] || printf '%s\n' "$@"
    } > "$host/agent.yaml"
}

# reach SHELL: what stands in the place of ssh: ADDRESS xensure ARG...
reach() {
    # shellcheck disable=SC2016 # for that shell to expand
    printf '#!/bin/bash\nFLEET=%q XENSURE=%q\n%s\n' "$FLEET" "$XENSURE" "$1" > "$FLEET/reach.new"
    chmod +x "$FLEET/reach.new"
    mv "$FLEET/reach.new" "$FLEET/reach"
}

# sim HOST ARG...: xensim there.
sim() {
    XENSIM_DIR=$FLEET/sim/hosts/$1 "$XENSIM" "${@:2}"
}

# fleet_spec [LINE...]: writes spec.yaml for all hosts; the domains come from standard input.
fleet_spec() {
    spec "$@" 'hosts: {dom0-a: {address: dom0-a}, dom0-b: {address: dom0-b}}'
}

# on HOST CODE ARG...: xensure on that host ends with CODE; what it printed is in out and err.
on() {
    local host=$1 wanted=$2 code=0
    XENSIM_DIR=$FLEET/sim/hosts/$host "$XENSURE" -c "$host/agent.yaml" --host "$host" --toolstack sim \
        --spec "${SPEC:-spec.yaml}" "${@:3}" > out 2> err || code=$?
    [ "$code" = "$wanted" ] || { echo "$host: exit $code instead of $wanted: ${*:3}"; cat out err; return 1; }
}

# lives HOST...: the domain web1 is in the lists of just these hosts, under its own name.
lives() {
    local host there=
    for host in dom0-a dom0-b dom0-c; do
        ! sim "$host" list | grep -q '^web1 ' || there="$there$host "
    done
    [ "$there" = "$*${1:+ }" ] || { echo "web1 is on: $there"; return 1; }
}

# once: no uuid runs on two hosts: of all rows of all lists that can run, each uuid comes once. While a domain goes from
# dom0-a to dom0-b, the lists have to be made in this order: what ran there before ran here afterwards would be twice.
once() {
    local host twice
    twice=$(for host in dom0-c dom0-b dom0-a; do sim "$host" list -v; done |
        awk '$2 > 0 && $5 ~ /^[r-][b-][-][-]/ { print $7 }' | sort | uniq -d)
    [ -z "$twice" ] || { echo "runs twice: $twice"; return 1; }
}

# migrating: the process of a migration from dom0-a, of this test.
migrating() {
    local process
    for process in $(pgrep -f 'migrate 1 dom0-b'); do
        ! tr '\0' '\n' < "/proc/$process/environ" 2> /dev/null | grep -qx "XENSIM_DIR=$FLEET/sim/hosts/dom0-a" ||
            echo "$process"
    done
}

# over: waits until none is left.
over() {
    wait_until has_migrated
}

has_migrated() {
    [ -z "$(migrating)" ]
}
