# Each command of the toolstack failing in each way there is: nothing that lives is stopped, nothing is created twice,
# and the next runs bring the host to the spec.
# shellcheck disable=SC2030,SC2031,SC2034 # each test has variables of its own

load host

setup() {
    setup_host
    "$XENSIM" sim set shutdown=0.05s
}

# What each command is given to do: web1 before, web1 after, and what it is then: id moved or not, state, Mem, VCPUs.
wanted() {
    before='' same_id=yes state='-b----' memory=64 vcpus=1 devices=''
    case $1 in
        create | unpause) after='{}' same_id=no ;;
        pause) before='{}' after='{state: paused}' state='-bp---' ;;
        shutdown) before='{}' after='{state: stopped, stop: {timeout: 1s}}' state='' ;;
        destroy)
            before='{cmdline: sim.mode=ignore, stop: {timeout: 1s, force: true}}'
            after='{state: stopped, cmdline: sim.mode=ignore, stop: {timeout: 1s, force: true}}' state=''
            ;;
        mem-set) before='{maxmem: 256}' after='{maxmem: 256, memory: 128}' memory=128 ;;
        vcpu-set) before='{maxvcpus: 4}' after='{maxvcpus: 4, vcpus: 2}' vcpus=2 ;;
        sched-credit2) before='{cpu_weight: 100}' after='{cpu_weight: 200}' ;;
        vcpu-pin) before='{}' after='{cpus: "1"}' ;;
        cpupool-migrate) before='{pool: fast}' after='{}' ;;
        config-update) before='{}' after='{on_crash: preserve}' ;;
        block-attach) before='{}' after='{disks: [{vdev: xvda, path: /dev/a}]}' devices=xvda ;;
        block-detach) before='{disks: [{vdev: xvda, path: /dev/a}, {vdev: xvdb, path: /dev/b}]}'
            after='{disks: [{vdev: xvda, path: /dev/a}], detach_disks: true}' devices=xvda ;;
        network-attach) before='{}' after='{vifs: [{mac: "00:16:3e:00:00:01"}]}' devices=00:16:3e:00:00:01 ;;
        network-detach) before='{vifs: [{mac: "00:16:3e:00:00:01"}]}' after='{}' ;;
        cd-insert) before='{type: hvm, disks: [{vdev: hdc, devtype: cdrom, access: ro}]}'
            after='{type: hvm, disks: [{vdev: hdc, devtype: cdrom, access: ro, path: /srv/x}]}' devices=hdc/srv/x ;;
        cd-eject) before='{type: hvm, disks: [{vdev: hdc, devtype: cdrom, access: ro, path: /srv/x}]}'
            after='{type: hvm, disks: [{vdev: hdc, devtype: cdrom, access: ro}]}' devices=hdc ;;
    esac
}

spec_with() {
    spec <<< "  stays: {}${1:+
  web1: $1}"
}

# What web1 has: its vdevs but for the first of several disks' paths, with what lies in a drive, and its MACs.
devices() {
    "$XENSIM" list -l web1 | jq -r '[.[].config | (.disks // [] | .[] | .vdev + (if .is_cdrom == 1 then .pdev_path // "" else "" end)),
        (.nics // [] | .[].mac)] | join(" ")'
}

# as_wanted WHAT: the host is as it should be, and in the meantime nothing happened that must not.
as_wanted() {
    [ "$(field stays 2) $(field other 5)" = "$stays_id -b----" ] || { echo "$1: one that lives was stopped"; return 1; }
    [ "$(state web1)" = "$state" ] || { echo "$1: web1 is $(state web1)"; return 1; }
    [ -z "$state" ] || [ "$(memory web1) $(vcpus web1)" = "$memory $vcpus" ] || { echo "$1: web1 has $(memory web1) MiB"; return 1; }
    [ -z "$state" ] || [ "$same_id" = no ] || [ "$(domid web1)" = "$web1_id" ] || { echo "$1: web1 was made anew"; return 1; }
    [ -z "$state" ] || [ "$(devices)" = "$devices" ] || { echo "$1: web1 has $(devices)"; return 1; }
    [ "$("$XENSIM" list | grep -c '^web1 ')" -le 1 ] || { echo "$1: web1 is there twice"; return 1; }
}

# faulty COMMAND KIND [OPTION...]: one run in which the first call of the command goes wrong, and the next.
faulty() {
    local code=0 run what="$*" before after same_id state memory vcpus devices stays_id web1_id
    wanted "$1"
    "$XENSIM" sim init boot=0s shutdown=0.05s restart_pause=0s ack_timeout=0.1s log=yes pools=Pool-0,fast
    rm -rf state xen/*
    "$XENSIM" sim add-foreign other
    spec_with "$before"
    expect 0 apply
    stays_id=$(domid stays)
    web1_id=$(domid web1)
    spec_with "$after"
    "$XENSIM" sim log clear
    "$XENSIM" sim fault "$@"
    [ -z "${create_limit:-}" ] || agent absent_pause=0s "timeouts.create=$create_limit"
    xensure apply > out 2> err || code=$?
    case $code in
        0 | 4 | 6) ;;
        *) echo "$what: exit $code"; cat out err; return 1 ;;
    esac
    [ "$code" = 0 ] || said out web1
    [ "$(field stays 2)" = "$stays_id" ] || { echo "$what: one that lives was stopped"; return 1; }
    "$XENSIM" sim fault clear
    agent absent_pause=0s
    for run in 1 2 3; do
        code=0
        xensure apply > out 2> err || code=$?
        [ "$code" != 0 ] || break
    done
    expect 0 plan || { echo "$what: not in sync after $run runs"; return 1; }
    as_wanted "$what"
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

# The commands that change what a domain has while it runs.
live='vcpu-pin cpupool-migrate block-attach block-detach network-attach network-detach cd-insert cd-eject config-update'

@test "commands on a running domain that fail, having done nothing or all, or are killed" {
    for command in $live; do
        faulty "$command" fail --status 1 --text 'libxl: error: no'
        faulty "$command" did --status 1 --text 'xl: child error'
        faulty "$command" die
        faulty "$command" die --at 'done'
    done
}

@test "commands on a running domain that say 0 and do nothing, or hang for a while" {
    for command in block-attach block-detach network-attach network-detach cd-insert cd-eject; do
        faulty "$command" nothing
    done
    faulty block-detach hang --seconds 1
}

@test "commands that are killed, before and after" {
    for command in create unpause pause shutdown destroy mem-set vcpu-set sched-credit2; do
        faulty "$command" die
    done
    for command in unpause shutdown mem-set; do
        faulty "$command" die --at 'done'
    done
    for step in parsed named building built unpaused; do
        faulty create die --at "$step"
    done
}

@test "commands that hang for a while" {
    for command in create unpause pause shutdown destroy mem-set vcpu-set sched-credit2; do
        faulty "$command" hang --seconds 1
    done
}

@test "a create that hangs is cut off, wherever it is" {
    local create_limit=1s
    for step in start parsed named built 'done'; do
        faulty create hang --at "$step"
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
