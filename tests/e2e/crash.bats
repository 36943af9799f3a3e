# xensure killed, or its disk full, in the middle: the next run goes on where it was, creates nothing twice, and loses
# nothing. Here at some of the places; tests/e2e/crash-walk tries them all.
# shellcheck disable=SC2030,SC2031,SC2086,SC2154 # each test has variables of its own; words

load host
load fleet
load crash
load crash-busy
load crash-revert
load crash-move
load crash-names

setup() {
    command -v strace > /dev/null || skip "no strace"
    strace -o /dev/null true 2> /dev/null || skip "strace may not trace here"
    setup_host
}

# some_killed COUNT CALL...: killed at about COUNT places of each call.
some_killed() {
    local place places
    some_places "$@" > places
    mapfile -t places < places
    for place in "${places[@]}"; do
        killed "${place% *}" "${place#* }"
    done
}

# some_starved COUNT CALL...: the same with a disk that is full from there on, or broken once.
some_starved() {
    local place places
    some_places "$@" > places
    mapfile -t places < places
    for place in "${places[@]}"; do
        starved "${place% *}" "${place#* }+" ENOSPC
        starved "${place% *}" "${place#* }" EIO
    done
}

@test "killed at some of its steps" {
    play busy
    some_killed 4 clone3 waitid rename fdatasync unlink
}

@test "disk full or broken at some of its steps" {
    play busy
    some_starved 2 write fdatasync rename
}

@test "killed, or on a full disk, while what ran before is put back" {
    play revert
    some_killed 1 clone3 rename
    some_starved 1 rename
}

@test "killed, or on a full disk, while domains get the names that the spec has swapped" {
    play names
    some_killed 2 clone3 rename fdatasync
    some_starved 1 rename fdatasync
}

@test "killed, or on a full disk, while it sends a domain to another host" {
    play move
    some_killed 2 clone3 waitid fdatasync fsync rename unlink
    some_starved 1 rename
}

@test "a config file that cannot be removed after a migration is no success, and the next run removes it" {
    play move
    move_begin
    traced -o calls -e trace=unlink -e inject=unlink:error=EIO:when=2
    [ "$code" = 6 ]
    said out 'its config file is still here' 'web1.cfg'
    lives dom0-b
    fleet_apply dom0-a env > out
    [ "$(ls dom0-a/xen)" = auto ]
    lives dom0-b
}

@test "killed, or on a full disk, while it takes over a domain that another host has sent" {
    play take
    some_killed 1 fdatasync rename
    some_starved 1 rename
}

# hanging STEP: an apply in the background (its id is in pid) whose first create is held at that step.
hanging() {
    busy_begin
    "$XENSIM" sim fault create hold --at "$1"
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.yaml apply > first.out 2> first.err 3>&- &
    pid=$!
    held
}

@test "killed while a create hangs: the next run waits for it" {
    local step
    play busy
    for step in parsed named built; do
        hanging "$step"
        kill -9 "$pid"
        wait "$pid" || true
        unlocked
        # It goes on while the next run waits for it, or before.
        (sleep 1; rm sim/held) 3>&- &
        busy_recovered "killed while create hangs at $step"
    done
}

# two_programs: strace has seen xensure, and a child of it that is to become a command.
two_programs() {
    [ "$(grep -c 'execve(' calls)" = 2 ]
}

@test "killed before a command has become its program: no run begins until it can be seen" {
    local pid
    play busy
    busy_begin
    : > calls
    busy_apply env ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o calls -e trace=execve \
        -e inject=execve:delay_enter=3600s:when=1 > first.out 2> first.err 3>&- &
    wait_until two_programs
    pid=$(awk 'NR == 1 { print $1 }' calls)
    kill -9 "$pid"
    expect 75 apply
    said err 'another run'
    # The child goes on when nobody holds it any more.
    kill -9 "$(awk '/^TracerPid/ { print $2 }' "/proc/$(awk 'NR == 2 { print $1 }' calls)/status")"
    unlocked
    busy_recovered "killed before a command has become its program"
}

@test "a second run while one works is told so" {
    play busy
    hanging parsed
    expect 75 apply
    said err 'another run'
    rm sim/held
    wait "$pid"
    silent first.err
    busy_recovered "two at once"
}
