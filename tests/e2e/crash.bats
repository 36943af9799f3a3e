# xensure killed, or its disk full, in the middle: the next run goes on where it was, creates nothing twice, and loses
# nothing. Here at some of the places; tests/e2e/crash-walk tries them all.
# shellcheck disable=SC2030,SC2031,SC2086,SC2154 # each test has variables of its own; words

load host
load crash

setup() {
    command -v strace > /dev/null || skip "no strace"
    strace -o /dev/null true 2> /dev/null || skip "strace may not trace here"
    setup_host
    crash_setup
}

# places COUNT N: about N of the numbers from 1 to COUNT.
places() {
    [ "$1" = 0 ] || seq 1 $((($1 + $2 - 1) / $2)) "$1"
}

@test "killed at some of its steps" {
    local call count at
    count_calls $crash_calls > counts
    for call in clone3 waitid rename fdatasync unlink; do
        count=$(sed -n "s/^$call //p" counts)
        for at in $(places "$count" 4); do
            killed "$call" "$at"
        done
    done
}

@test "disk full or broken at some of its steps" {
    local call count at
    count_calls $disk_calls > counts
    for call in write fdatasync rename; do
        count=$(sed -n "s/^$call //p" counts)
        for at in $(places "$count" 2); do
            starved "$call" "$at+" ENOSPC
            starved "$call" "$at" EIO
        done
    done
}

# hanging STEP: an apply in the background (its id is in pid) whose first create is held at that step.
hanging() {
    crash_begin
    "$XENSIM" sim fault create hold --at "$1"
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.yaml apply > first.out 2> first.err 3>&- &
    pid=$!
    held
}

@test "killed while a create hangs: the next run waits for it" {
    local step
    for step in parsed named built; do
        hanging "$step"
        kill -9 "$pid"
        wait "$pid" || true
        # It goes on while the next run waits for it, or before.
        (sleep 1; rm sim/held) 3>&- &
        recovered "killed while create hangs at $step"
    done
}

@test "a second run while one works is told so" {
    hanging parsed
    expect 75 apply
    said err 'another run'
    rm sim/held
    wait "$pid"
    silent first.err
    recovered "two at once"
}
