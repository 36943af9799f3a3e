# A host that xm drives: xensure and the simulated host, called by the name of xm.
# shellcheck disable=SC2030,SC2031,SC2119,SC2120 # each test has variables of its own; spec takes header lines, if any

load host

setup() {
    setup_host
    mkdir bin
    ln -s "$XENSIM" bin/xm
    touch kernel-a kernel-b
    PATH=$PWD/bin:$PATH
    agent absent_pause=0s toolstack=xm
}

# The same as in host.bash, for xm: a pv guest, since it has no pvh.
spec() {
    {
        printf 'xensure: 1\nfleet: lab\n'
        [ $# -eq 0 ] || printf '%s\n' "$@"
        printf 'profiles: {default: {type: pv, kernel: %s/kernel-a, memory: 64, stop: {timeout: 5s}}}\ndomains:\n' "$PWD"
        cat
    } > spec.yaml
}

xensure() {
    "$XENSURE" -c agent.yaml --host dom0-a --spec spec.yaml "$@"
}

# A toolstack NAME on PATH that answers from the files brief, long and info, and notes what it is asked.
fake() {
    rm -f "bin/$1" # it may be a link to the simulated one
    cat > "bin/$1" <<END
#!/bin/sh
echo "$1 \$*" >> $PWD/asked
case "\$*" in
'list --long') cat $PWD/long ;;
list*) cat $PWD/brief ;;
info) cat $PWD/info ;;
*) echo "this is $1 \$*" ;;
esac
END
    chmod +x "bin/$1"
}

@test "validate, plan, apply, and nothing to do" {
    spec <<< $'  web1: {vcpus: 2, disks: [{vdev: xvda, path: /dev/vg0/web1}], vifs: [{bridge: xenbr0}]}\n  web2: {state: paused}'
    expect 0 validate
    planned 'web1 create' 'web2 create'
    expect 0 apply
    [ "$(state web1) $(memory web1) $(vcpus web1)" = '-b---- 64 2' ]
    [[ $(state web2) == --p--- ]]
    [ "$(changes | sort | uniq -c | xargs)" = '2 create 1 unpause' ]
    [ "$(stat -c %a xen/web1.cfg)" = 600 ]
    [ "$(grep -v '^#' xen/web1.cfg | head -n 4)" = "name = \"web1\"
uuid = \"$(uuid web1)\"
builder = \"linux\"
memory = 64" ]
    said xen/web1.cfg '    "phy:/dev/vg0/web1,xvda,w",' 'on_crash = "destroy"' ',bridge=xenbr0",'
    run -1 grep -E '^(type|on_watchdog) ' xen/web1.cfg
    in_sync
    expect 0 status
}

@test "devices and CPUs change with a restart alone" {
    spec <<< '  web1: {disks: [{vdev: xvda, path: /dev/vg0/web1}]}'
    expect 0 apply
    spec <<< '  web1: {disks: [{vdev: xvda, path: /dev/vg0/web1}, {vdev: xvdb, path: /dev/vg0/b}], vifs: [{bridge: xenbr0}], cpus: "1"}'
    planned 'web1 restart!'
    said <(xensure plan) "this host's toolstack cannot do that while it runs"
    expect 4 apply
    [ "$(changes | sort | uniq -c | xargs)" = '1 create 1 unpause' ]
}

@test "whatever xm can have: applied, and planned again, nothing is left to do" {
    "$XENSIM" sim set memory=1000000
    count=0
    for golden in "$BATS_TEST_DIRNAME"/../golden/config/*/spec.yaml; do
        cp "$golden" spec.yaml
        expect 0 validate > /dev/null 2>&1 || continue
        rm -rf state xen/*
        "$XENSIM" sim reboot-host
        expect 0 apply || { echo "$golden"; return 1; }
        expect 0 apply && expect 0 plan || { echo "$golden"; return 1; }
        count=$((count + 1))
    done
    [ "$count" -ge 12 ]
}

@test "every command goes to xm, by id" {
    spec <<< '  web1: {memory: 64, maxmem: 256, vcpus: 1, maxvcpus: 4}'
    expect 0 apply
    "$XENSIM" sim log clear
    spec <<< '  web1: {memory: 128, maxmem: 256, vcpus: 3, maxvcpus: 4, cpu_weight: 512, cap: 50}'
    planned 'web1 set-memory' 'web1 set-vcpus' 'web1 set-scheduler'
    expect 0 apply
    spec <<< '  web1: {state: paused, memory: 128, maxmem: 256, vcpus: 3, maxvcpus: 4, cpu_weight: 512, cap: 50}'
    expect 0 apply
    spec <<< '  web1: {memory: 128, maxmem: 256, vcpus: 3, maxvcpus: 4, cpu_weight: 512, cap: 50}'
    expect 0 apply
    in_sync
    spec <<< '  web1: {state: stopped, memory: 128, maxmem: 256, vcpus: 3, maxvcpus: 4, cpu_weight: 512, cap: 50}'
    expect 0 apply
    in_sync
    [ "$("$XENSIM" sim log show | grep -vE ' (list|info)' | awk '{ print $5, $6, $7, $8, $9, $10, $11 }' | sed 's/ *$//')" = "mem-set 1 128
vcpu-set 1 3
sched-credit -d 1 -w 512 -c 50
pause 1
unpause 1
shutdown 1" ]
}

@test "what somebody changed by hand is drift, and put right" {
    spec <<< '  web1: {maxmem: 256}'
    expect 0 apply
    xm mem-set web1 128
    planned 'web1 set-memory'
    expect 0 apply
    said out '128 -> 64 MiB (live): changed on the host'
    xm pause web1
    planned 'web1 unpause'
    expect 0 apply
    echo '# edited' >> xen/web1.cfg
    sed -i 's/memory = 64/memory = 65/' xen/web1.cfg
    planned 'web1 write-config'
    expect 0 apply
    in_sync
    xm destroy web1
    planned 'web1 create'
    expect 0 apply
    [ "$(domid web1)" = 2 ]
    in_sync
}

@test "a guest that crashed or rebooted" {
    spec <<< $'  web1: {}\n  web2: {}'
    expect 0 apply
    # xend acts on it at once, as it was told.
    "$XENSIM" sim crash web1
    "$XENSIM" sim guest-reboot web2
    expect 0 apply
    said out 'web1  create'
    [ "$(state web1) $(state web2) $(domid web2)" = "-b---- -b---- 3" ]
    in_sync
    # What it was told to keep is cleared away, when xm says that it crashed.
    spec <<< '  web1: {on_crash: preserve}'
    expect 4 apply
    xm destroy web1
    expect 4 apply
    "$XENSIM" sim crash web1
    [ "$(xm list | awk '/^web1/ { print $5 }')" = ----c- ]
    planned 'web1 destroy' 'web2 shutdown!' 'web1 create'
    expect 4 apply
    [ "$(state web1)" = -b---- ]
}

@test "a guest that has ended, of which xm does not say why, is left alone" {
    spec <<< '  web1: {on_poweroff: preserve}'
    expect 0 apply
    "$XENSIM" sim poweroff web1
    expect 4 plan
    said out 'the list does not say why'
    expect 4 apply
    [ "$(xm list | awk '/^web1/ { print $5 }')" = ---s-- ]
    spec <<< '  web1: {on_guest_poweroff: leave}'
    expect 3 plan
    said err "the key 'on_guest_poweroff' of domain 'web1' cannot be written for xm"
}

@test "stopped keeps the config, absent removes it, a changed kernel waits or restarts" {
    spec <<< $'  a: {}\n  b: {}\n  c: {}'
    expect 0 apply
    before=$(domid c)
    spec <<< $'  a: {state: stopped}\n  b: {state: absent}\n  c: {kernel: '"$PWD"'/kernel-b}'
    planned 'a shutdown' 'b shutdown' 'b remove-config' 'c restart!'
    expect 4 apply
    [ "$(domid a)$(domid b)" = '' ]
    [ "$(domid c)" = "$before" ]
    [ -e xen/a.cfg ]
    [ ! -e xen/b.cfg ]
    spec <<< $'  a: {state: stopped}\n  b: {state: absent}\n  c: {kernel: '"$PWD"'/kernel-b, on_change: restart}'
    expect 0 apply
    said xen/c.cfg "kernel = \"$PWD/kernel-b\""
    [ "$(domid c)" = 4 ]
    in_sync
}

@test "a guest that does not shut down is destroyed only if it may be" {
    spec <<< '  web1: {cmdline: sim.mode=ignore, stop: {timeout: 1s}}'
    expect 0 apply
    spec <<< '  web1: {cmdline: sim.mode=ignore, state: stopped, stop: {timeout: 1s}}'
    expect 4 apply
    said out 'it has not shut down within 1 s'
    [ "$(state web1)" = -b---- ]
    spec <<< '  web1: {cmdline: sim.mode=ignore, state: stopped, stop: {timeout: 1s, force: true}}'
    expect 0 apply
    [ -z "$(state web1)" ]
    in_sync
}

@test "adopt: a domain that somebody else started is taken over as it is" {
    printf 'name = "web1"\nkernel = "/boot/a"\nmemory = 64\n' > by-hand
    xm create -q by-hand
    spec <<< '  web1: {}'
    expect 5 plan
    said out 'which is not ours'
    spec <<< '  web1: {adopt: true}'
    planned 'web1 adopt'
    before=$(uuid web1)
    expect 0 apply
    [ "$(uuid web1) $(domid web1)" = "$before 1" ]
    said xen/web1.cfg "uuid = \"$before\""
    in_sync
}

@test "domains that xend keeps and that do not run are not there, and not in the way" {
    "$XENSIM" sim add-halted off
    "$XENSIM" sim add-halted web2
    spec <<< $'  web1: {}\n  off: {state: absent}'
    planned 'web1 create'
    expect 0 apply
    in_sync
    json 0 '.domains == 1' host
    # The name of one that xend keeps with another uuid is taken: xend says so.
    spec <<< $'  web1: {}\n  web2: {}'
    expect 6 apply
    said out "VM name 'web2' already exists"
    [ -z "$(domid web2)" ]
}

@test "a name that is the id of another is not taken for it" {
    spec <<< '  web1: {}'
    expect 0 apply
    spec <<< $'  web1: {}\n  web2: {}'
    expect 0 apply
    "$XENSIM" sim add-halted 1
    spec <<< $'  web1: {state: stopped}\n  web2: {state: stopped}'
    expect 6 apply
    said out "a domain has the name '1', and xm would take it for the one that has this id"
    [ "$(state web1) $(state web2)" = '-b---- ' ]
    expect 1 console web1
    said err "a domain has the name '1'"
}

@test "a domain that the long list lacks has no uuid, and holds what needs one" {
    spec <<< $'  web1: {}\n  web2: {}'
    expect 0 apply
    "$XENSIM" sim set left_out=web1
    xm destroy web2
    "$XENSIM" sim log clear
    spec <<< $'  web1: {state: stopped}\n  web2: {}\n  web3: {}'
    expect 4 apply
    said out 'the list does not say by its uuid whether it is ours' \
        "the list does not say the uuid of the domain with id $(domid web1)"
    [ "$(state web1) $(domid web2)$(domid web3)" = '-b---- ' ]
    [ -z "$(changes)" ]
    # It was looked at four times, in case that the host had changed in between.
    [ "$("$XENSIM" sim log show | grep -c 'list --long')" -ge 4 ]
    "$XENSIM" sim set left_out=
    expect 0 apply
    [ -z "$(domid web1)" ]
    [ -n "$(domid web2)" ]
    [ -n "$(domid web3)" ]
    in_sync
}

@test "a host that changes between the two lists is looked at again" {
    spec <<< $'  web1: {}\n  web2: {}'
    expect 0 apply
    # While the long list is held up, a domain goes and another comes.
    "$XENSIM" sim fault list hold --skip 1
    (
        held
        "$XENSIM" sim vanish web2
        "$XENSIM" sim add-foreign other
        rm sim/held
    ) 3>&- &
    local meanwhile=$!
    expect 2 plan
    wait "$meanwhile"
    said out 'web2' 'create'
    run -1 grep -F 'does not say' out
}

@test "xm down, failing, hanging, garbled: nothing is changed" {
    spec <<< $'  web1: {}\n  web2: {}'
    expect 0 apply
    spec <<< $'  web1: {state: stopped}\n  web2: {}\n  web3: {}'
    "$XENSIM" sim set xend=down
    "$XENSIM" sim log clear
    for command in plan apply host; do
        expect 1 $command
        said err 'Unable to connect to xend'
    done
    "$XENSIM" sim set xend=running
    # --skip 1: the long list.
    for fault in 'fail --text no' empty 'truncate --bytes 200' garble 'truncate --bytes 500 --skip 1' 'garble --skip 1' \
        'empty --skip 1' 'nothing --skip 1' 'fail --skip 1'; do
        "$XENSIM" sim fault clear
        # shellcheck disable=SC2086 # words
        "$XENSIM" sim fault list $fault --times 20
        expect 1 apply
        said err 'xm list'
    done
    "$XENSIM" sim fault clear
    for skip in 0 1; do
        # The other list answers, before it.
        limit=$((1 + skip * 5))
        agent absent_pause=0s toolstack=xm timeouts.list=${limit}s
        "$XENSIM" sim fault list hang --skip $skip
        expect 1 apply
        said err "did not answer within $limit s"
        "$XENSIM" sim fault clear
    done
    agent absent_pause=0s toolstack=xm
    [ -z "$(changes)" ]
    # One that passes is tried again.
    "$XENSIM" sim fault list fail --skip 1
    expect 0 apply
    in_sync
}

@test "commands of xm that fail, are killed, or say 0 and do nothing" {
    for fault in 'create fail' 'create did --status 1' 'create die --at parsed' 'create die --at built' 'create nothing' \
        'unpause fail' 'unpause die' 'unpause nothing' 'unpause did'; do
        "$XENSIM" sim init boot=0s shutdown=0s restart_pause=0s log=yes
        rm -rf state xen/*
        spec <<< '  web1: {}'
        # shellcheck disable=SC2086 # words
        "$XENSIM" sim fault $fault
        xensure apply > out 2> err || true
        "$XENSIM" sim fault clear
        for _ in 1 2 3; do xensure apply > out 2> err && break; done
        [ "$(state web1)" = -b---- ] || { echo "$fault: $(state web1)"; cat out err; return 1; }
        [ "$(xm list | grep -c '^web1 ')" = 1 ]
        in_sync || { echo "$fault"; return 1; }
    done
}

# hangs: a command has come to where it hangs.
hangs() {
    "$XENSIM" sim log show | awk '$3 == "hang" { found = 1 } END { exit !found }'
}

@test "a creation that was cut off is begun anew: nobody waited for its devices" {
    spec <<< '  web1: {}'
    "$XENSIM" sim fault create die --at built
    expect 6 apply
    said out 'create was cut off, and what it left was destroyed'
    [ -z "$(domid web1)" ]
    expect 0 apply
    [ "$(state web1) $(domid web1)" = '-b---- 2' ]
    in_sync
    # The same where xensure was killed as well.
    spec <<< $'  web1: {}\n  web2: {}'
    "$XENSIM" sim fault create hang --at built
    "$XENSURE" -c agent.yaml --host dom0-a --spec spec.yaml apply > out 2> err &
    run=$!
    wait_until hangs
    kill -9 $run
    wait $run || true
    kill -9 "$("$XENSIM" sim log show | awk '$3 == "hang" { print $2 }')"
    planned 'web2 destroy' 'web2 create'
    expect 0 apply
    [ "$(state web2) $(domid web2)" = '-b---- 4' ]
    in_sync
}

@test "what xm does not have is refused before anything is done" {
    refused() {
        spec <<< "  web1: {$1}"
        expect 3 plan
        said err "the key '$2' of domain 'web1' cannot be written for xm: $3"
        expect 3 apply
        [ -z "$(changes)" ]
        [ ! -e xen/web1.cfg ]
    }
    refused 'type: pvh' type "xm does not have 'pvh'"
    refused "cpus_soft: '0'" cpus_soft 'xm has no such key'
    refused 'vnc: true' vnc 'xm has it for hvm guests alone'
    refused 'vifs: [{mtu: 1400}]' vifs.mtu 'xm has no such key'
    refused 'xen: {dryrun: 1}' xen.dryrun 'xm has no such key'
    refused 'type: hvm' kernel 'xm boots hvm guests from their disks'
    spec <<< $'  web1: {type: pvh}\n  web2: {vnc: true}\n  web3: {}'
    expect 3 validate
    said out "spec.yaml:5:" "the key 'type' of domain 'web1' cannot be written for xm" "spec.yaml:6:" "the key 'vnc' of domain 'web2'"
    said err 'the spec was refused: 2 problems'
    json 3 '.problems | length == 2' validate
    expect 0 --toolstack auto validate
    expect 0 --toolstack xl validate
    # The domains of other hosts may have what they like.
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< $'  web1: {host: dom0-b, type: pvh}\n  web2: {host: dom0-a}'
    expect 0 validate
    expect 3 --host dom0-b validate
    spec <<< '  web1: {type: pvh}'
    expect 3 render web1
    expect 0 --toolstack xl render web1
    said out 'type = "pvh"'
}

@test "render and diff speak xm's language" {
    spec <<< '  web1: {cmdline: ro, root: /dev/xvda1, cap: 50}'
    expect 0 render web1
    said out 'builder = "linux"' 'root = "/dev/xvda1"' 'extra = "ro"' 'cpu_cap = 50'
    expect 2 plan --diff
    said out '+builder = "linux"'
    python3 -c 'import ast, sys; ast.parse(sys.stdin.read())' < <(xensure render web1)
}

@test "what this host's release of xm does not know yet is told, and holds" {
    "$XENSIM" sim set xen_version=3.4.2
    spec <<< $'  web1: {vcpus: 1, maxvcpus: 2}\n  web2: {}'
    expect 3 validate --host-checks
    said out "spec.yaml:5:30: expected Xen 4.0 or later on this host, for 'maxvcpus' of domain 'web1', found 3.4.2"
    expect 4 apply
    said out 'lacks maxvcpus (since Xen 4.0), and would pass over that'
    [ "$(domid web1),$(state web2)" = ',-b----' ]
    "$XENSIM" sim set xen_version=4.0.0
    expect 0 validate --host-checks
    expect 0 apply
    in_sync
}

@test "the password of displays" {
    printf 's3cr"t\\\n' > vncpw
    chmod 600 vncpw
    agent absent_pause=0s toolstack=xm "vnc_password_file=$PWD/vncpw"
    spec <<< $'  hvm: {type: hvm, kernel: /usr/lib/xen/boot/hvmloader, vnc: true}\n  pv: {vfb: [{vnc: true, vnclisten: 0.0.0.0}]}\n  plain: {}'
    expect 0 apply
    diff <(grep -r passwd xen | sort) - << 'END'
xen/hvm.cfg:vncpasswd = "s3cr\"t\\"
xen/pv.cfg:    "vnc=1,vnclisten=0.0.0.0,vncpasswd=s3cr\"t\\",
END
    in_sync
}

@test "kernel arguments of one start" {
    spec <<< '  web1: {root: /dev/xvda1, cmdline: sim.mode=busy}'
    expect 0 apply --only web1 --extra 'sim.mode=idle single'
    said <("$XENSIM" sim log show) "extra=sim.mode=busy sim.mode=idle single"
    [ "$(state web1)" = -b---- ]
    said xen/web1.cfg 'extra = "sim.mode=busy"'
    in_sync
}

@test "folders that xm would execute are refused" {
    spec <<< '  web1: {}'
    expect 1 --xen-config-dir "$PWD/it's" plan
    said err 'without quotes and backslashes'
    expect 1 --xen-config-dir "$PWD/a=b" plan
    said err "without '='"
}

@test "console and host, from what old releases print" {
    fake xm
    cat "$BATS_TEST_DIRNAME/../fixtures/xm/list-4.4.txt" > brief
    cat "$BATS_TEST_DIRNAME/../fixtures/xm/list-long-4.4.txt" > long
    cat "$BATS_TEST_DIRNAME/../fixtures/xl/info-4.0-xm.txt" > info
    json 0 '.toolstack == "xm" and .xen_version == "4.0.1" and .memory_total_mib == 16373 and .memory_free_mib == 2345 and
        .cpus == 8 and .sockets == 2 and .domains == 8 and .memory_dom0_mib == 4096' host
    silent err
    cat "$BATS_TEST_DIRNAME/../fixtures/xm/info-3.3.txt" > info
    json 0 '.xen_version == "3.3.1" and .nodes == 2 and .memory_free_mib == 1024' host
    said err 'xen_commandline is missing'
    expect 0 console web1
    said out 'this is xm console 3'
    expect 1 console halted
    said err "there is no domain 'halted' on this host"
    # A domain that does not run is called 7, which is the id of db1.
    expect 1 console db1
    said err "a domain has the name '7'"
}

@test "real-looking lists: who is there, and what waits" {
    fake xm
    cat "$BATS_TEST_DIRNAME/../fixtures/xm/list-4.4.txt" > brief
    cat "$BATS_TEST_DIRNAME/../fixtures/xm/list-long-4.4.txt" > long
    uuid=6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e000
    spec << END
  web1: {uuid: ${uuid}1, memory: 1024, maxmem: 2048, vcpus: 2}
  crashed: {uuid: ${uuid}3, memory: 512}
  halted: {uuid: ${uuid}4, state: stopped}
  app1: {uuid: ${uuid}6, memory: 512}
  new1: {uuid: ${uuid}7, memory: 128, maxmem: 256}
  paused1: {uuid: ${uuid}8, memory: 128, maxmem: 256}
END
    planned 'paused1 unpause' 'crashed destroy' 'web1 write-config' 'halted write-config' 'paused1 write-config' \
        'crashed create' 'app1 create!' 'new1 create!'
    expect 4 plan
    said out 'its name begins with migrating-' 'it is paused and has never run'
    json 4 '.foreign | map(.domain) | sort == ["a-name-that-is-longer-than-the-forty-columns-of-the-list", "db1", "name with blanks"]' plan
}

# auto ARG...: xensure with what is on PATH.
auto() {
    agent absent_pause=0s
    # shellcheck disable=SC2119,SC2120
    "$XENSURE" -c agent.yaml --host dom0-a --spec spec.yaml "$@" > out 2> err
}

@test "auto takes what the host has, and never the simulated one" {
    spec <<< '  web1: {}'
    auto plan || [ $? = 2 ]
    said <("$XENSIM" sim log show) 'bin/xm list'
    silent err
    rm bin/xm
    fake xl
    "$XENSIM" list -v > brief
    auto plan || [ $? = 2 ]
    said asked 'xl list -v'
    silent err
    rm bin/xl
    ln -s "$XENSIM" bin/xensim
    run -1 auto plan
    said err 'there is neither xl nor xm on PATH'
    expect 1 --toolstack nonsense plan
    said err "expected the toolstack auto, xl, xm or sim, found 'nonsense'"
}

@test "with both, it says which it takes and why" {
    [ ! -e /var/lock/subsys/xend ] && [ ! -e /var/lock/xend ] || skip 'xend runs here'
    spec <<< '  web1: {}'
    fake xl
    "$XENSIM" list -v > brief
    auto plan || [ $? = 2 ]
    said err 'xl and xm are both on PATH; xend does not run, so xl is driven' 'in agent.yaml settles it'
    [ "$(wc -l < err)" = 1 ]
    said asked 'xl list -v'
    # Settled, nothing is said.
    agent absent_pause=0s toolstack=xl
    expect 2 plan
    silent err
}

@test "all that xm does not have is told in one go, each at its place" {
    spec <<< $'  a: {type: pvh}\n  b: {type: pv, vifs: [{mtu: 1500, devid: 3}], xen: {zz: 1}}'
    for command in plan apply validate; do
        expect 3 "$command"
        cat out err > all
        [ "$(grep -c 'cannot be written for xm' all)" = 4 ]
        said all 'spec.yaml:5:13: ' "'type' of domain 'a'" 'spec.yaml:6:30: ' 'spec.yaml:6:43: ' 'spec.yaml:6:54: '
        said all '4 problems'
    done
    # Each device by itself; and what is not about one key alone.
    spec <<< $'  a: {type: pv, disks: [{vdev: xvda, path: /a}, {vdev: xvdb, path: "/b,c"}], vifs: [{mtu: 1500}, {mtu: 1501}]}
  b: {type: hvm, on_guest_poweroff: leave}'
    expect 3 validate
    said out 'spec.yaml:5:68: ' 'spec.yaml:5:91: ' 'spec.yaml:5:104: '
    said out "'kernel' of domain 'b'" "'on_guest_poweroff' of domain 'b'"
}

@test "import: of files; what runs does not tell its settings" {
    mkdir cfg
    cat > cfg/web.cfg <<CFG
name = "web"
kernel = "$PWD/kernel-a"
memory = 64
disk = [ "phy:/dev/vg0/web,ioemu:hda,w" ]
CFG
    xm create cfg/web.cfg > out 2>&1
    expect 1 import --running
    said err "the running domain web (id 1): left out: the toolstack does not tell its settings"
    expect 0 import cfg
    cp out spec.yaml
    said spec.yaml "uuid: $(uuid web)" 'adopt: true' 'vdev: hda'
    run ! grep -q 'state: stopped' spec.yaml
}

@test "xm shows no devices, so that it is asked no more where details are due" {
    agent absent_pause=0s toolstack=xm details_interval=0s
    spec <<< '  web1: {disks: [{vdev: xvda, path: /dev/a}]}'
    expect 0 apply
    "$XENSIM" sim log clear
    in_sync
    [ "$("$XENSIM" sim log show | grep -c 'list --long')" = 2 ] # who they are: one for each run
}
