# Sessions with two hosts: the session runs on dom0-a, and reaches dom0-b. To be sourced after session.bash.
#
# On real hosts, the transport of a migration is `via PLACE close|hold` (migration_relay tells the places): it stops where it is
# told to, between two messages of the two xl. On xensim, faults to order do the same.
# shellcheck disable=SC2154 # folder, transcript and others are of `session` and session.bash

# prepare_pair: once for a boot of both hosts. dom0-b then does what it is sent, without ssh, which is slow in emulation.
prepare_pair() {
    local _
    if [ "$TOOLSTACK" = sim ]; then
        "$XENSIM" sim host dom0-b
        on_b "$XENSIM sim init $sim_settings"
        return
    fi
    ! on_b true 2> /dev/null || return 0
    for _ in {1..120}; do
        ! ssh dom0-b true 2> /dev/null || break
        sleep 1
    done
    ssh dom0-b "tcpsvd -l dom0-b 10.0.0.2 9998 bash -c 'IFS= read -r line; eval \"\$line\"' 2> /var/log/orders.log > /dev/null < /dev/null &"
    cp "$xl_folder/via" "$xl_folder/resume" "$xl_folder/../migration_relay" /usr/local/bin/
    chmod +x /usr/local/bin/*
    ssh dom0-b 'cat > /usr/local/bin/receive && chmod +x /usr/local/bin/receive' < "$xl_folder/receive"
    await 30 'dom0-b takes orders' on_b true
}

# on_b LINE: what dom0-b says to a line of bash.
on_b() {
    if [ "$TOOLSTACK" = xl ]; then
        exec 8<> /dev/tcp/10.0.0.2/9998 || return 1
        echo "$*" >&8
        cat <&8
        exec 8<&-
    else
        XENSIM_DIR=$folder/sim/hosts/dom0-b bash -c "$*"
    fi
}

# tb COMMAND...: shows it, done on dom0-b.
tb() {
    local code
    if [ "$TOOLSTACK" = xl ]; then
        code=$(on_b "timeout 100 ${*@Q} > /tmp/out 2> /tmp/err < /dev/null; echo \$?")
        on_b 'cat /tmp/out' > out
        on_b 'cat /tmp/err' > err
    else
        code=0
        on_b "${*@Q}" > out 2> err || code=$?
    fi
    show out err "$code" ssh dom0-b "$@"
}

note() {
    printf '# %s\n\n' "$*" >> "$transcript"
}

are_empty() {
    [ "$(xl list | wc -l)$(on_b 'xl list | wc -l')" = 22 ]
}

# m1: a guest that counts seconds on its console, runs here, and nowhere else. One that is fine is kept.
fresh() {
    [ "$TOOLSTACK" = sim ] || rm -f /run/via /run/via.go
    if [ "$(xl list | wc -l)$(on_b 'xl list | wc -l')" = 32 ] && is_in_state m1 '[r-][b-]----'; then return 0; fi
    xl list | awk 'NR > 2 { print $2 }' | while read -r id; do xl destroy "$id" || true; done
    on_b "xl list | awk 'NR > 2 { print \$2 }' | while read -r id; do xl destroy \$id; done" > /dev/null
    await 30 'both hosts are empty' are_empty
    guest m1 tick 'type = "pvh"' 'memory = 128'
    rm -f /var/log/xen/console/guest-m1*.log
    on_b 'rm -f /var/log/xen/console/guest-m1*.log'
    if [ "$TOOLSTACK" = sim ]; then
        xl create -q m1.cfg
    else
        start_m1
    fi
}

# start_m1: a guest of this type boots for half a minute, hence once for all sessions of a boot; the others restore it.
start_m1() {
    local saved=/run/m1.saved
    if [ ! -e $saved ]; then
        xl create -q m1.cfg
        await 600 'm1 has booted' ticks
        xl save m1 $saved.part 2> /dev/null
        mv $saved.part $saved
        rm -f /var/log/xen/console/guest-m1*.log
    fi
    xl restore $saved 2> /dev/null
    await 120 'm1 goes on' ticks
}

ticks() {
    [ -n "$(tick_a)" ]
}

# The last number that m1 said on a host.
tick_a() {
    cat /var/log/xen/console/guest-m1*.log 2> /dev/null | sed -n 's/^m1: tick \([0-9]*\).*/\1/p' | tail -n 1
}
tick_b() {
    on_b 'cat /var/log/xen/console/guest-m1*.log 2> /dev/null' | sed -n 's/^m1: tick \([0-9]*\).*/\1/p' | tail -n 1
}

# Rows of m1 that is neither paused nor shut down.
runs='^m1[^ ]* .* [r-][b-]---- '

# Where m1 goes on: what its console says (on xensim, what the list says).
where() {
    local hosts='' a b now seconds=2
    if [ "$TOOLSTACK" = xl ]; then
        a=$(tick_a) b=$(tick_b)
        # Long enough for a guest that runs on a busy machine; and the other one has as long to show that it runs, too.
        ! { xl list && on_b xl list; } | grep -Eq "$runs" || seconds=12
        for ((; seconds > 0; seconds--)); do
            sleep 1
            now=$(tick_a)
            [ "${now:-0}" -gt "$((${a:-0} + 2))" ] && hosts=dom0-a
            now=$(tick_b)
            [ "${now:-0}" -gt "$((${b:-0} + 2))" ] && hosts+=dom0-b
            [ -z "$hosts" ] || break
        done
    else
        xl list | grep -Eq "$runs" && hosts=dom0-a
        on_b xl list | grep -Eq "$runs" && hosts+=dom0-b
    fi
    note "m1 goes on at: ${hosts:-no host}"
}

# both: shows the lists of both hosts, and where the guest goes on.
both() {
    t xl list -v
    tb xl list -v
    where
}

# migrate PLACE HOW [OPTION...]: shows a migration of m1 to dom0-b that is stopped there; and what the receiver said.
migrate() {
    start_migration "$@"
    end_migration
}

start_migration() {
    local place=$1 how=$2
    shift 2
    if [ "$TOOLSTACK" = xl ]; then
        rm -f /run/via /run/via.go
        on_b 'rm -f /tmp/receiver.*'
        begin xl migrate -s "via $place $how" "$@" m1 dom0-b
    else
        rm -f "$XENSIM_DIR/held"
        [ "$place" = never ] || "$XENSIM" sim fault migrate "$how" --at "$place"
        begin xl migrate -s "via $place $how" "$@" m1 dom0-b
    fi
}

# The migration stands at its place.
held() {
    if [ "$TOOLSTACK" = xl ]; then
        await 300 'the place is reached' test -e /run/via
    else
        await 300 'the place is reached' test -e "$XENSIM_DIR/held"
    fi
}

let_go() {
    if [ "$TOOLSTACK" = xl ]; then touch /run/via.go; else rm "$XENSIM_DIR/held"; fi
}

end_migration() {
    finish
    [ "$TOOLSTACK" = xl ] || return 0
    # The receiver may still be cleaning up.
    for _ in {1..50}; do
        [ -z "$(on_b 'cat /tmp/receiver.exit 2> /dev/null')" ] || break
        sleep 0.2
    done
    on_b 'cat /tmp/receiver.err' > err
    {
        printf -- '--- stderr of the receiver\n'
        cat err
        printf -- '--- exit of the receiver %s\n\n' "$(on_b 'cat /tmp/receiver.exit 2> /dev/null')"
    } >> "$transcript"
}

# What restores the domain has said so: from then on it has nothing to say to `xl migrate-receive` before its end, and reads on
# when that is killed.
receives() {
    [ "$TOOLSTACK" = sim ] || [ -n "$(on_b "grep 'Restoring domain' /tmp/receiver.err")" ]
}

# kill_sender SIGNAL, kill_receiver SIGNAL
kill_sender() {
    note "the sender (xl migrate) gets SIG$1"
    # It is the child of timeout.
    kill "-$1" "$(cat /proc/[0-9]*/stat 2> /dev/null | awk -v parent="$begun_job" '$4 == parent { print $1 }')"
}

kill_receiver() {
    await 120 'the receiver restores the domain' receives
    note "the receiver (xl migrate-receive) gets SIG$1"
    if [ "$TOOLSTACK" = xl ]; then
        on_b "kill -$1 \$(cat /tmp/receiver.pid)"
    else
        on_b "$XENSIM sim kill-receiver m1--incoming"
    fi
}

# blocker_on_b NAME MIB: a paused domain there.
blocker_on_b() {
    local kernel=/boot/vmlinux
    [ "$TOOLSTACK" = xl ] || kernel=$folder/vmlinux
    on_b "printf 'name = \"%s\"\nuuid = \"%s\"\nkernel = \"%s\"\nmemory = %d\n' $1 $(uuid_of "blocker $1") $kernel $2 > /tmp/blocker.cfg; \
xl create -q -p /tmp/blocker.cfg; rm /tmp/blocker.cfg"
}

# resume_m1: on Xen 4.17, the way to wake a guest that was left suspended.
resume_m1() {
    [ "$TOOLSTACK" = xl ] || "$XENSIM" sim fault migrate close --at memory
    t xl migrate -s resume m1 dom0-b
}
