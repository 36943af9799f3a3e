# Each command of the toolstack failing in each way there is: nothing that lives is stopped, nothing is created twice,
# and the next runs bring the host to the spec.
# shellcheck disable=SC2030,SC2031,SC2034 # each test has variables of its own

load host
load faults

setup() {
    faults_setup
}

@test "commands that fail, having done nothing" {
    for command in create unpause pause shutdown destroy mem-set vcpu-set sched-credit2; do
        faulty "$command" fail --status 3 --text 'libxl: error: no'
    done
}

@test "commands that fail, having done it" {
    for command in create unpause pause shutdown destroy mem-set vcpu-set sched-credit2; do
        faulty "$command" did --status 3 --text 'xl: child error'
    done
}

@test "commands that say 0 and do nothing" {
    for command in create unpause pause shutdown destroy mem-set vcpu-set; do
        faulty "$command" nothing
    done
}

@test "commands that print rubbish, or nothing" {
    for command in create unpause pause shutdown destroy mem-set vcpu-set sched-credit2; do
        faulty "$command" garble
        faulty "$command" empty
    done
}

# At every byte: tests/unit/test_xen_list.c.
@test "a list that is cut off anywhere: nothing is done on it" {
    local bytes length
    spec <<< $'  stays: {}\n  web1: {}'
    expect 0 apply
    "$XENSIM" list -v > whole
    length=$(wc -c < whole)
    spec <<< $'  stays: {state: stopped}\n  web1: {}\n  web2: {}'
    "$XENSIM" sim log clear
    for bytes in 0 1 $((length / 3)) $((length / 2)) $((length - 20)) $((length - 1)); do
        "$XENSIM" sim fault clear
        "$XENSIM" sim fault list truncate --bytes "$bytes" --times always
        code=0
        xensure plan > out 2> err || code=$?
        [ "$code" = 1 ] || { echo "cut at $bytes: exit $code"; cat out err; return 1; }
    done
    [ -z "$(changes)" ]
}

@test "the host's store is down in the middle: all commands fail, then nothing is known" {
    spec <<< $'  stays: {}\n  web1: {on_change: restart}'
    expect 0 apply
    stays_id=$(domid stays)
    spec <<< $'  stays: {}\n  web1: {on_change: restart, kernel: /boot/b}\n  web2: {}'
    "$XENSIM" sim fault '*' fail --skip 4 --times always --status 1 --text 'xs_open: Connection refused'
    code=0
    xensure apply > out 2> err || code=$?
    case $code in 1 | 6) ;; *) echo "exit $code"; cat out err; return 1 ;; esac
    "$XENSIM" sim fault clear
    expect 0 apply || expect 0 apply
    in_sync
    [ "$(domid stays)" = "$stays_id" ]
    [ "$("$XENSIM" list | awk 'NR > 2 { print $1 }' | sort | xargs)" = 'stays web1 web2' ]
}

# meanwhile SPEC COMMAND...: SPEC is applied, and while its first create is held COMMAND happens.
meanwhile() {
    spec <<< "$1"
    shift
    rm -f sim/held
    "$XENSIM" sim fault create hold
    { code=0; xensure apply > out 2> err || code=$?; echo "$code" > code; } 3>&- &
    held
    "$@"
    rm sim/held
    wait $!
}

@test "a spec that is replaced in mid-run: the run ends with the one that it has read, the next has the new one" {
    spec <<< '  stays: {}'
    expect 0 apply
    stays_id=$(domid stays)
    replace() { spec <<< $'  stays: {}\n  web2: {}'; }
    meanwhile $'  stays: {}\n  web1: {}' replace
    [ "$(cat code)" = 0 ] && [ -n "$(domid web1)" ] && [ -z "$(domid web2)" ]
    # web1 left the spec, and runs on.
    expect 4 apply
    [ -n "$(domid web1)" ] && [ -n "$(domid web2)" ] && [ "$(domid stays)" = "$stays_id" ]
}

@test "a config file that is edited in mid-run is not lost, and written again by the next run" {
    spec <<< '  stays: {}'
    expect 0 apply
    edit() { echo '# by hand' >> xen/stays.cfg; }
    meanwhile $'  stays: {}\n  web1: {}' edit
    [ "$(cat code)" = 0 ]
    expect 0 apply
    grep -rq '# by hand' state/replaced
    in_sync
}

@test "domains that are renamed, destroyed or created by hand in mid-run" {
    spec <<< $'  a: {}\n  b: {}'
    expect 0 apply
    hand() {
        "$XENSIM" rename a other
        "$XENSIM" destroy b
        expect 0 render web2
        "$XENSIM" create -q out
    }
    a_uuid=$(uuid a)
    meanwhile $'  a: {state: paused}\n  b: {state: paused}\n  web1: {}\n  web2: {}' hand || true
    case $(cat code) in 0 | 4 | 5 | 6) ;; *) cat out err; return 1 ;; esac
    # None of them is there twice, and what was renamed was not stopped.
    [ -z "$("$XENSIM" list -v | awk 'NR > 2 { print $7 }' | sort | uniq -d)" ]
    "$XENSIM" list -v | grep -q "^other .*$a_uuid"
    "$XENSIM" rename other a
    xensure apply > out 2> err || true
    expect 0 apply
    in_sync
    [ "$("$XENSIM" list | awk 'NR > 2 { print $1 }' | sort | xargs)" = 'a b web1 web2' ]
}

@test "a list that fails at any place of a run" {
    local fault at
    for fault in 'garble --times always' 'fail --times 2' 'die --times 1' 'empty --times 2' 'truncate --bytes 150 --times 3' \
        'nothing --times 2'; do
        for at in 0 2; do
            "$XENSIM" sim init boot=0s shutdown=0.05s restart_pause=0s log=yes
            rm -rf state xen/*
            spec <<< $'  stays: {}\n  web1: {on_change: restart}\n  web2: {}'
            expect 0 apply
            stays_id=$(domid stays)
            spec <<< $'  stays: {}\n  web1: {on_change: restart, kernel: /boot/b}\n  web2: {state: stopped}\n  web3: {}'
            # shellcheck disable=SC2086 # words
            "$XENSIM" sim fault list $fault --skip "$at"
            code=0
            timeout 500 "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.yaml apply > out 2> err || code=$?
            case $code in
                0 | 1 | 6) ;;
                *) echo "$fault at $at: exit $code"; cat out err; return 1 ;;
            esac
            "$XENSIM" sim fault clear
            [ "$(domid stays)" = "$stays_id" ]
            expect 0 apply || expect 0 apply
            expect 0 plan
            [ "$(domid stays)" = "$stays_id" ]
            [ "$("$XENSIM" list | awk 'NR > 2 { print $1 }' | sort | xargs)" = 'stays web1 web3' ]
            [ "$("$XENSIM" sim log show | grep -cE '	0	.* create -p .*/web1.cfg$')" = 2 ]
        done
    done
}

@test "a list that hangs is cut off, and nothing is carried out on it" {
    spec <<< '  web1: {}'
    "$XENSIM" sim fault list hang
    agent absent_pause=0s timeouts.list=1s
    expect 1 apply
    said err 'did not answer within 1 s'
    [ -z "$(changes)" ]
    agent absent_pause=0s
    expect 0 apply
}
