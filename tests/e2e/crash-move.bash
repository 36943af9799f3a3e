# shellcheck shell=bash disable=SC2154 # $code is set by crash.bash
# A domain that moves to another host, for crash.bash: `move` is the run of the host that sends it, `take` the next one of
# the host that has got it. Stands on fleet.bash, too.

move_setup() {
    fleet_setup
    fleet_spec <<< "  web1: {host: dom0-a, vifs: [{bridge: xenbr0}]}"
    on dom0-b 0 apply
    on dom0-a 0 apply
    mkdir dom0-a/xen/auto
    ln -s ../web1.cfg dom0-a/xen/auto/web1
    grep -v '^#' dom0-a/xen/web1.cfg > config
    fleet_spec <<< "  web1: {host: dom0-b, vifs: [{bridge: xenbr0}]}"
    on dom0-b 4 apply
    mkdir base
    cp -a dom0-? sim base
    turn=0
}

take_setup() {
    move_setup
    on dom0-a 0 apply
    rm -rf base
    mkdir base
    cp -a dom0-? sim base
}

move_begin() {
    rm -rf dom0-? sim
    cp -a base/. .
}

take_begin() { move_begin; }

# fleet_apply HOST PROGRAM...
fleet_apply() {
    local host=$1
    shift
    XENSIM_DIR=$FLEET/sim/hosts/$host "$@" "$XENSURE" -c "$host/agent.yaml" --host "$host" --toolstack sim \
        --spec spec.yaml apply
}

move_apply() { fleet_apply dom0-a "$@"; }
take_apply() { fleet_apply dom0-b "$@"; }

# kept: the domain has a config file, as it was, on one host at least.
kept() {
    local host
    for host in dom0-a dom0-b; do
        ! diff -q config <(grep -v '^#' "$host/xen/web1.cfg" 2> /dev/null) > /dev/null || return 0
    done
    # Nobody has written it at the target before that has run, and what runs there is its own witness.
    lives dom0-b > /dev/null
}

# move_recovered WHAT...: however the two hosts take turns now, the domain runs once at any moment, and at last on dom0-b
# alone, where its config file is then; it was created once, and the link to boot it is gone.
move_recovered() {
    local host round code order='dom0-a dom0-b'
    turn=$((1 - turn))
    [ "$turn" = 0 ] || order='dom0-b dom0-a'
    { once && kept; } || { echo "$*"; return 1; }
    age dom0-?/xen dom0-?/state
    for round in 1 2 3 4; do
        for host in $order; do
            code=0
            over && fleet_apply "$host" env > out 2> err || code=$?
            [[ $code =~ ^[046]$ ]] || { echo "$*: round $round, $host: exit $code"; cat out err; return 1; }
            { once && kept; } || { echo "$*"; return 1; }
        done
    done
    for host in dom0-a dom0-b; do
        on "$host" 0 apply || { echo "$*"; return 1; }
        silent out err || { echo "$*"; return 1; }
    done
    lives dom0-b || { echo "$*"; return 1; }
    [ "$(for host in dom0-a dom0-b; do sim $host sim log show; done | grep -c ' create ')" = 1 ] ||
        { echo "$*: created anew"; return 1; }
    [ "$(cd dom0-a/xen && find . | sort | xargs) $(ls -A dom0-b/xen)" = '. ./auto web1.cfg' ] ||
        { echo "$*: files"; find dom0-?/xen; return 1; }
    diff config <(grep -v '^#' dom0-b/xen/web1.cfg) || { echo "$*: config"; return 1; }
    left_behind dom0-?/xen dom0-?/state || { echo "$*"; return 1; }
}

take_recovered() { move_recovered "$@"; }
