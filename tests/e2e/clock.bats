# The clock is set while a run waits: by a day forward, and by a day back. It waits as long as it is to, and no longer, and
# the next runs are as they were. The clock is that of xensure alone ($MOVING_CLOCK_LIBRARY), never this machine's.
# shellcheck disable=SC2030,SC2031 # each test has variables of its own

load host

setup() {
    setup_host
    set_clock 0
    # What waits for ever is ended.
    printf '#!/bin/sh\nexec env MOVING_CLOCK=%q LD_PRELOAD=%q ASAN_OPTIONS=%q timeout 100 %q "$@"\n' "$PWD/clock" \
        "$MOVING_CLOCK_LIBRARY" "${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" "$XENSURE" > moved
    chmod +x moved
    XENSURE=$PWD/moved
}

# set_clock SECONDS: it is so much ahead.
set_clock() {
    echo "$1" > clock.new
    mv clock.new clock
}

# begun COMMAND DOMAIN: the simulated host was asked for it.
begun() {
    grep -qE " $1 ([^ ]* )*([^ ]*/)?$2(\.cfg)?\$" <("$XENSIM" sim log show)
}

# jumps SECONDS COMMAND DOMAIN: apply runs in the background, and the clock jumps once it has come to this command.
jumps() {
    expect 0 apply 3>&- &
    run=$!
    wait_until begun "$2" "$3"
    set_clock "$1"
}

# ended: that run ended as it should, and the clock had moved for it by SECONDS; the next has nothing to do.
ended() {
    wait "$run"
    local off=$(($(jq .time state/last-run.json) - $(date +%s) - $1))
    [ "${off#-}" -lt 600 ]
    in_sync
}

lists() {
    "$XENSIM" sim log show | grep -c ' list -v$'
}

# looked COUNT: so many lists were asked for.
looked() {
    [ "$(lists)" -ge "$1" ]
}

# stops GRACE SECONDS: web1, which does not do as it is asked, is to stop; the clock jumps when it has been asked.
stops() {
    local web1="cmdline: sim.mode=ignore, stop: {timeout: $1, force: true}"
    spec <<< "  web1: {$web1}"
    expect 0 apply
    id=$(domid web1)
    "$XENSIM" sim log clear
    spec <<< "  web1: {$web1, state: stopped}"
    jumps "$2" shutdown "$id"
}

@test "a clock that is set forward ends no grace early" {
    stops 90s 86400
    # It goes on looking, and does nothing else, until the guest shuts down by itself.
    wait_until looked $(($(lists) + 3))
    [ -n "$(domid web1)" ]
    "$XENSIM" sim poweroff web1
    ended 86400
    run ! begun destroy "$id"
}

@test "one that is set back makes no grace last" {
    stops 3s -86400
    ended -86400
    begun destroy "$id"
    [ -z "$(domid web1)" ]
}

# when COMMAND NAME: milliseconds since 1970 of its first line in the log, by this machine's clock.
when() {
    date -d "$("$XENSIM" sim log show | awk -v command="$1" -v name="$2" '$5 == command && $NF ~ name { print $1; exit }')" +%s%3N
}

# is_ready_after SECONDS: what comes after db is started when db has run for 3 s, although the clock has jumped so.
is_ready_after() {
    spec <<< $'  app: {after: [db]}\n  db: {ready: {running: 3s}}'
    jumps "$1" unpause 1
    ended "$1"
    [ $(($(when create '/app.cfg$') - $(when unpause '^1$'))) -ge 2900 ]
}

@test "a clock that is set forward makes nothing ready early" {
    is_ready_after 86400
}

@test "one that is set back makes nothing wait for it" {
    is_ready_after -86400
}
