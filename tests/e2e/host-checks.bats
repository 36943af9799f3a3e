#!/usr/bin/env bats
# The second check of a spec, against this host; and what xendomains would start beside xensure.
# shellcheck disable=SC2030,SC2031 # each test has variables of its own

load host

setup() {
    setup_host
}

# root FILE...: the simulated host has files of dom0, and these are there.
root() {
    local file
    mkdir -p sim/root/sys/class/net
    for file in "$@"; do
        mkdir -p "sim/root$(dirname "$file")"
        touch "sim/root$file"
    done
}

# bridges NAME...
bridges() {
    local name
    for name in "$@"; do
        mkdir -p "sim/root/sys/class/net/$name/bridge"
    done
}

# The simulated host answers as xl, and files are those of this machine.
real_xl() {
    mkdir -p bin
    ln -s "$XENSIM" bin/xl
    PATH=$PWD/bin:$PATH
    xensure() { "$XENSURE" -c agent.yaml --host dom0-a --toolstack xl --spec spec.yaml "$@"; }
}

@test "validate --host-checks: all that is missing, each at its place; nothing once it is there" {
    root
    spec <<< '  web1:
    ramdisk: /boot/initrd
    disks: [{vdev: xvda, path: /dev/vg/web1}, {vdev: xvdb, path: /srv}]
    vifs: [{bridge: xenbr0}, {bridge: eth0, devid: 1}, {gatewaydev: eth9, script: vif-route, devid: 2}]'
    mkdir -p sim/root/srv sim/root/sys/class/net/eth0
    expect 3 validate --host-checks
    diff <(grep '^spec' out) - << 'END'
spec.yaml:3:41: expected the file '/boot/a' on this host, for 'kernel' of domain 'web1', found none
spec.yaml:6:14: expected the file '/boot/initrd' on this host, for 'ramdisk' of domain 'web1', found none
spec.yaml:7:32: expected the block device or image file '/dev/vg/web1' on this host, for 'disks.path' of domain 'web1', found none
spec.yaml:7:66: expected the block device or image file '/srv' on this host, for 'disks.path' of domain 'web1', found a folder
spec.yaml:8:21: expected the bridge 'xenbr0' on this host, for 'vifs.bridge' of domain 'web1', found none
spec.yaml:8:39: expected the bridge 'eth0' on this host, for 'vifs.bridge' of domain 'web1', found an interface that is no bridge
spec.yaml:8:69: expected the network interface 'eth9' on this host, for 'vifs.gatewaydev' of domain 'web1', found none
END
    said err 'this host does not have what the spec needs: 7 problems'
    json 3 '[.problems[] | select(.severity == "error") | .line] == [3, 6, 7, 7, 8, 8, 8] and .error != null' validate --host-checks
    expect 0 validate
    silent out
    root /boot/a /boot/initrd /dev/vg/web1
    rmdir sim/root/srv
    touch sim/root/srv
    bridges xenbr0 eth0
    mkdir sim/root/sys/class/net/eth9
    expect 0 validate --host-checks
    silent out err
    expect 1 plan --host-checks
}

@test "validate --host-checks: on Open vSwitch every interface may be a bridge, and VLANs stand behind its name" {
    root /boot/a
    spec <<< '  web1: {vifs: [{bridge: ovs0}]}
  web2: {vifs: [{bridge: "ovs0.10:20", script: vif-openvswitch}]}
  web3: {vifs: [{bridge: anything, script: /etc/xen/scripts/my-own}]}'
    expect 3 validate --host-checks
    [ "$(grep -c '^spec' out)" = 3 ]
    said out "'ovs0'" "'ovs0.10:20'" "'/etc/xen/scripts/my-own'"
    root /etc/xen/scripts/my-own
    mkdir -p sim/root/sys/class/net/ovs0
    expect 3 validate --host-checks
    [ "$(grep -c '^spec' out)" = 1 ]
    mkdir -p sim/root/sys/module/openvswitch
    expect 0 validate --host-checks
}

@test "validate --host-checks: the host's release has each key, or it would pass over it without a word" {
    "$XENSIM" sim set xen_version=4.16.2
    spec <<< '  web1:
    vifs:
      - {vlan: "10", trusted: false, mtu: 9000}
  web2: {}'
    expect 3 validate --host-checks
    diff <(grep '^spec' out) - << 'END'
spec.yaml:7:16: expected Xen 4.19 or later on this host, for 'vifs.vlan' of domain 'web1', found 4.16.2, which would pass over it without a word
spec.yaml:7:31: expected Xen 4.17 or later on this host, for 'vifs.trusted' of domain 'web1', found 4.16.2, which would pass over it without a word
END
    expect 4 apply
    said out "lacks vifs.vlan (since Xen 4.19), vifs.trusted (since Xen 4.17), and would pass over that"
    [ -n "$(domid web2)" ] && [ -z "$(domid web1)" ]
    [ ! -e xen/web1.cfg ]
    "$XENSIM" sim set xen_version=4.19.0
    expect 0 validate --host-checks
    expect 0 apply
    in_sync
    # Neither written nor restarted with.
    "$XENSIM" sim set xen_version=4.18.3
    in_sync
    spec <<< '  web1:
    on_change: restart
    kernel: /boot/b
    vifs: [{vlan: "10"}]
  web2: {state: stopped}
  web3: {state: stopped, vifs: [{vlan: "10"}]}'
    before=$(domid web1)
    expect 4 apply
    [ "$(domid web1)" = "$before" ]
    [ ! -e xen/web3.cfg ]
    [ -z "$(domid web2)" ]
}

@test "validate --host-checks: memory and CPUs" {
    "$XENSIM" sim set memory=4096 cpus=2
    spec <<< '  web1: {memory: 4097, vcpus: 2}
  web2: {memory: 4096, vcpus: 3}'
    expect 3 validate --host-checks
    diff <(grep '^spec' out) - << 'END'
spec.yaml:5:18: expected at most the 4096 MiB of this host, for 'memory' of domain 'web1', found 4097 MiB
spec.yaml:6:31: warning: domain 'web2' has 3 virtual CPUs, and this host 2 CPUs
END
    spec <<< '  web2: {memory: 4096, vcpus: 3}'
    expect 0 validate --host-checks
    said out 'warning: '
}

@test "validate --host-checks: domains of this host alone, and only where it is one of the hosts" {
    root
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< '  web1: {host: dom0-a}
  web2: {host: dom0-b, ramdisk: /boot/initrd}'
    expect 3 validate --host-checks
    [ "$(grep -c '^spec' out)" = 1 ]
    spec 'hosts: {dom0-b: {}}' <<< '  web2: {host: dom0-b, ramdisk: /boot/initrd}'
    expect 3 validate --host-checks
    said err "this host, 'dom0-a', is not one of them"
}

@test "validate --host-checks: a toolstack that does not answer is an error, behind all that is wrong" {
    root
    "$XENSIM" sim fault info fail --text 'no xenstore' --times always
    spec <<< '  web1: {on_crash: restart}'
    expect 1 validate --host-checks
    said out 'warning: ' '/boot/a'
    said err 'the toolstack does not answer: ' 'no xenstore'
    spec <<< '  web1: {memory: 0}'
    expect 1 validate --host-checks
    said out "spec.yaml:5:18: expected a size"
    said err 'the spec was refused: 1 problem' 'the toolstack does not answer: '
    json 1 '([.problems[].line] == [3, 5]) and (.error | contains("no xenstore"))' validate --host-checks
    xensure() { "$XENSURE" -c agent.yaml --host dom0-a --toolstack xl --spec spec.yaml "$@"; }
    PATH=/usr/bin:/bin
    if ! command -v xl; then
        expect 1 validate --host-checks
        said out "spec.yaml:5:18: expected a size"
    fi
    # What cannot be read is not looked at.
    echo '{' > spec.yaml
    expect 3 validate --host-checks
}

@test "a release that is not known is told, and holds nothing" {
    spec <<< '  web1: {vifs: [{vlan: "10"}]}'
    "$XENSIM" sim fault info fail --text 'no xenstore' --times always
    expect 2 plan
    said err 'warning: ' "web1" 'is not known' 'no xenstore'
    "$XENSIM" sim fault clear
    "$XENSIM" sim fault info empty --times always
    expect 0 apply
    said err 'warning: ' "web1" 'does not say its release'
    [ -n "$(domid web1)" ]
    in_sync
}

@test "a start that lacks something is warned of, and tried" {
    root
    spec <<< '  web1: {vifs: [{bridge: xenbr9}]}'
    expect 2 plan
    said err "spec.yaml:3:41: warning: expected the file '/boot/a'" "spec.yaml:5:26: warning: expected the bridge 'xenbr9'"
    json 2 '[.problems[].severity] == ["warning", "warning"] and .summary.actions == 1' plan
    expect 0 apply
    said err 'xenbr9'
    [ -n "$(domid web1)" ]
    in_sync
}

@test "a domain is not stopped for a start that would fail" {
    root /boot/a /boot/b
    bridges xenbr0
    spec <<< '  web1: {vifs: [{bridge: xenbr0}], on_change: restart}'
    expect 0 apply
    before=$(domid web1)
    rm sim/root/boot/b
    spec <<< '  web1: {kernel: /boot/b, vifs: [{bridge: xenbr9}], on_change: restart}'
    expect 4 plan
    said out 'HELD: its start would fail, so it is not stopped: this host lacks kernel /boot/b, vifs.bridge xenbr9'
    silent err
    expect 4 apply
    [ "$(domid web1)" = "$before" ]
    run ! grep -q /boot/b xen/web1.cfg
    # A bounce is no other thing.
    spec <<< '  web1: {kernel: /boot/b, vifs: [{bridge: xenbr0}], bounce: 1}'
    expect 4 apply
    said out 'this host lacks kernel /boot/b'
    [ "$(domid web1)" = "$before" ]
    root /boot/b
    expect 0 apply
    [ "$(domid web1)" != "$before" ]
    in_sync
    # Nor for memory that no host of this size has.
    "$XENSIM" sim set memory=4096
    before=$(domid web1)
    spec <<< '  web1: {kernel: /boot/b, vifs: [{bridge: xenbr0}], bounce: 2, memory: 5000}'
    expect 4 apply
    said out 'this host lacks 5000 MiB of memory'
    [ "$(domid web1)" = "$before" ]
    spec <<< '  web1: {kernel: /boot/b, vifs: [{bridge: xenbr0}], bounce: 1}'
    # What runs is in sync, whatever became of its files.
    rm sim/root/boot/b
    in_sync
}

@test "only what would be started or written is looked at" {
    root /boot/a
    spec <<< '  web1: {}
  web2: {}'
    expect 0 apply
    "$XENSIM" sim log clear
    in_sync
    run ! grep -q ' info' <("$XENSIM" sim log show)
    "$XENSIM" sim vanish web2
    rm sim/root/boot/a
    expect 2 plan
    said err "domain 'web2'"
    run ! grep -q "domain 'web1'" err
    [ "$("$XENSIM" sim log show | grep -c ' info')" = 1 ]
    expect 0 plan --only web1
    silent err
}

@test "starts for which there is not enough memory are held" {
    "$XENSIM" sim set memory=8192 dom0_memory=1024
    free=$(xensure -o json host | jq .memory_free_mib)
    spec <<< "  web1: {memory: $((free / 2))}
  web2: {memory: $((free / 2 + 8))}"
    expect 4 plan
    grep -q 'web2 *create .*HELD: it needs .* MiB, and this host has .* MiB left' out
    # The one that fits is started, and nothing fails half-way.
    expect 4 apply
    grep -q 'web2 *create *.*this host has' out
    [ "$("$XENSIM" list | awk '$1 ~ /^web/ {print $1}')" = web1 ]
    run ! grep -q 'create.*web2' <("$XENSIM" sim log show)
    # What is stopped first makes room.
    "$XENSIM" sim set memory=8192
    spec <<< "  web1: {memory: $((free / 2))}"
    expect 0 apply
    silent err
    spec <<< "  web1: {memory: $((free / 2)), state: stopped}
  web2: {memory: $((free / 2 + 8))}"
    expect 2 plan
    silent err
    expect 0 apply
    [ "$("$XENSIM" list | awk '$1 ~ /^web/ {print $1}')" = web2 ]
    # A restart that would not fit stops nothing.
    spec <<< "  web2: {memory: $((free + 64)), maxmem: $((free + 64)), on_change: restart}"
    expect 4 apply
    grep -q 'web2 *restart .*it needs .* MiB more than it has.*so it is not stopped' out
    [ "$("$XENSIM" list | awk '$1 ~ /^web/ {print $1}')" = web2 ]
}

@test "where dom0 gives memory, no start is held for it" {
    "$XENSIM" sim set memory=8192 dom0_memory=1024
    mkdir -p sim/root/etc/xen sim/root/boot
    touch sim/root/boot/a
    spec <<< "  web1: {memory: 16GiB, kernel: /boot/a}"
    expect 4 plan
    said out 'HELD: it needs'
    # With dom0_mem on the hypervisor's command line xl takes none, unless it is told to.
    for settings in '' 'autoballoon="auto"' 'autoballoon = 0' '# autoballoon="on"'; do
        echo "$settings" > sim/root/etc/xen/xl.conf
        expect 4 plan
    done
    for settings in 'autoballoon="on"' 'autoballoon=1' 'autoballoon="what"' 'autoballoon='; do
        echo "$settings" > sim/root/etc/xen/xl.conf
        expect 2 plan
        run ! grep -q HELD out
    done
}

@test "files of this machine, for the real xl" {
    [ "$(id -u)" = 0 ] || skip 'needs root, as xl does'
    real_xl
    touch kernel
    truncate -s 1M disk.img
    spec <<< "  web1: {kernel: $PWD/kernel, disks: [{vdev: xvda, path: $PWD/disk.img}], vifs: [{bridge: lo}]}"
    expect 3 validate --host-checks
    said out "expected the bridge 'lo' on this host" 'found an interface that is no bridge'
    spec <<< "  web1: {kernel: $PWD/kernel, disks: [{vdev: xvda, path: $PWD/disk.img}], vifs: [{gatewaydev: lo, script: vif-route}]}"
    expect 0 validate --host-checks
    expect 0 apply
    silent err
    ln -s kernel linked
    ln -s nowhere dangling
    spec <<< "  web1: {kernel: $PWD/linked, disks: [{vdev: xvda, path: $PWD/dangling}, {vdev: xvdb, path: /dev/null}]}"
    expect 3 validate --host-checks
    said out "$PWD/dangling' on this host, for 'disks.path' of domain 'web1', found none" \
        "/dev/null' on this host, for 'disks.path' of domain 'web1', found something else"
    run ! grep -q "linked'" out
}

@test "a file server that does not answer holds up no run for long" {
    strace -o trace.probe true 2> /dev/null || skip 'no process can be traced here'
    # Leaks cannot be looked for under a tracer, neither ours nor the toolstack's.
    mkdir bin simulated
    ln -s "$XENSIM" simulated/xl
    printf '#!/bin/sh\nASAN_OPTIONS=detect_leaks=0 exec %s "$@"\n' "$PWD/simulated/xl" > bin/xl
    chmod +x bin/xl
    touch kernel
    spec <<< "  web1: {kernel: $PWD/kernel}
  web2: {kernel: $PWD/kernel}"
    # Each look at the file takes longer than all looks of a run may.
    code=0
    PATH=$PWD/bin:$PATH ASAN_OPTIONS=detect_leaks=0 strace -f -o trace -P "$PWD/kernel" -e trace=newfstatat,stat,statx \
        -e inject=newfstatat,stat,statx:delay_enter=8000000 "$XENSURE" -c agent.yaml --host dom0-a --toolstack xl \
        --spec spec.yaml plan > out 2> err || code=$?
    [ "$code" = 2 ]
    said err "'kernel' of domain 'web1', found that a look at it takes too long" \
        "'kernel' of domain 'web2', found that a look at it takes too long"
}

@test "a bridge of this machine, for the real xl" {
    [ "$(id -u)" = 0 ] || skip 'needs root'
    bridge=xstest$((BASHPID % 100000))
    ip link add "$bridge" type bridge 2> /dev/null || skip 'no bridge can be made here'
    real_xl
    touch kernel
    spec <<< "  web1: {kernel: $PWD/kernel, vifs: [{bridge: $bridge}]}"
    code=0
    expect 0 validate --host-checks || code=$?
    ip link delete "$bridge"
    [ "$code" = 0 ]
    expect 3 validate --host-checks
}

# ---- what xendomains would start ----

# Where xendomains would keep its images on the simulated host.
images=sim/root/var/lib/xen/save

@test "a saved image of xendomains holds every start of its domain" {
    root /boot/a
    mkdir -p $images
    touch $images/web1
    spec <<< '  web1: {}
  web2: {}'
    expect 4 apply
    said out 'HELD' "web1" "xendomains has saved it in $PWD/sim/root/var/lib/xen/save/web1" 'restore'
    [ -z "$(domid web1)" ] && [ -n "$(domid web2)" ]
    [ -e $images/web1 ]
    expect 3 validate --host-checks
    said out "spec.yaml:5:3: " "xendomains has saved it"
    rm $images/web1
    expect 0 apply
    # A restart is a start, too.
    touch $images/web1
    in_sync
    before=$(domid web1)
    spec <<< '  web1: {bounce: 1}
  web2: {}'
    expect 4 apply
    said out 'xendomains has saved it'
    [ "$(domid web1)" = "$before" ]
}

@test "a saved image holds the start of a domain that the spec has renamed since" {
    root /boot/a
    spec <<< '  web1: {uuid: 7c71034a-bb0b-5c43-8acc-85edc793a7eb}'
    expect 0 apply
    # It runs on as web1, is saved so when dom0 goes down, and is not brought back.
    spec <<< '  web2: {uuid: 7c71034a-bb0b-5c43-8acc-85edc793a7eb}'
    expect 0 apply
    mkdir -p $images
    touch $images/web1
    "$XENSIM" destroy web1
    "$XENSIM" sim reboot-host
    expect 4 apply
    said out 'HELD' "xendomains has saved it in $PWD/sim/root/var/lib/xen/save/web1"
    [ -z "$(domid web2)" ]
    rm $images/web1
    expect 0 apply
    [ -n "$(domid web2)" ]
}

@test "xendomains may keep its images elsewhere, by its settings" {
    root /boot/a
    mkdir -p sim/root/etc/default sim/root/srv/images
    echo 'XENDOMAINS_SAVE="/srv/images" # not on the small disk' > sim/root/etc/default/xendomains
    touch sim/root/srv/images/web1
    spec <<< '  web1: {}'
    expect 4 plan
    said out 'root/srv/images/web1'
    mkdir sim/root/etc/sysconfig
    mv sim/root/etc/default/xendomains sim/root/etc/sysconfig
    expect 4 plan
    said out 'root/srv/images/web1'
    # Where it keeps them cannot be told: there may be one.
    # shellcheck disable=SC2016 # as it stands there
    echo 'XENDOMAINS_SAVE=$HOME/images' > sim/root/etc/sysconfig/xendomains
    expect 4 plan
    said out 'what xendomains would start or restore is not known' 'XENDOMAINS_SAVE'
    echo 'XENDOMAINS_SAVE=' > sim/root/etc/sysconfig/xendomains
    expect 2 plan
    mkdir -p sim/root/var/lib/xen
    touch $images
    echo > sim/root/etc/sysconfig/xendomains
    expect 4 plan
    said out 'cannot look into'
}

@test "a domain that libvirt has, too, is not started beside it" {
    root /boot/a
    mkdir -p sim/root/{etc,run,var/lib}/libvirt/libxl sim/root/var/lib/libvirt/libxl/save
    touch sim/root/etc/libvirt/libxl/web1.xml sim/root/run/libvirt/libxl/web2.xml \
        sim/root/var/lib/libvirt/libxl/save/web3.save sim/root/etc/libvirt/libxl/web3.xml sim/root/etc/libvirt/libxl/web4.xml.bak
    spec <<< $'  web1: {}\n  web2: {}\n  web3: {}\n  web4: {}'
    expect 4 apply
    said out "libvirt has it, too, by $PWD/sim/root/etc/libvirt/libxl/web1.xml" 'virsh undefine web1' \
        "libvirt runs it, by $PWD/sim/root/run/libvirt/libxl/web2.xml" "\`virsh shutdown web2\`, or if libvirtd does not run, remove the file" \
        "libvirt has saved it in $PWD/sim/root/var/lib/libvirt/libxl/save/web3.save" 'virsh start web3'
    [ -z "$(domid web1)$(domid web2)$(domid web3)" ] && [ -n "$(domid web4)" ]
    expect 3 validate --host-checks
    said out "spec.yaml:5:3: " 'libvirt has it, too'
    rm sim/root/{etc,run}/libvirt/libxl/*.xml sim/root/var/lib/libvirt/libxl/save/*
    expect 0 apply
    # One that runs is let be, until it is to be started again.
    touch sim/root/etc/libvirt/libxl/web1.xml
    in_sync
    before=$(domid web1)
    spec <<< $'  web1: {bounce: 1}\n  web2: {}\n  web3: {}\n  web4: {}'
    expect 4 apply
    said out 'libvirt has it, too'
    [ "$(domid web1)" = "$before" ]
    # What it has cannot be told: it may have any.
    rm -r sim/root/etc/libvirt/libxl
    touch sim/root/etc/libvirt/libxl
    "$XENSIM" sim vanish web4
    expect 4 plan
    said out 'what libvirt has is not known'
}

@test "a link to our file in /etc/xen/auto goes, before anything else; and is something to do" {
    spec <<< '  web1: {}
  web2: {}
  web3: {state: stopped}
  web4: {state: absent}
  web5: {}'
    mkdir xen/auto
    ln -s ../web1.cfg xen/auto/web1
    expect 2 plan
    said out "the link $PWD/xen/auto/web1 would start it at boot beside xensure, and is removed"
    [ -L xen/auto/web1 ]
    expect 0 validate --host-checks
    said out 'warning: the link'
    expect 0 apply
    said out 'would start it at boot'
    [ ! -L xen/auto/web1 ]
    in_sync
    # Of domains that run, that are stopped, and that are no more; under any name; to a file that is gone.
    for name in 1 2 3 4; do
        ln -s "$PWD/xen/web$name.cfg" "xen/auto/$name-web"
    done
    ln -s "$PWD/xen/web1.cfg" xen/auto/again
    expect 2 plan
    planned 'web4 remove-config' 'web1 write-config' 'web2 write-config' 'web3 write-config'
    before=$(stat -c %i xen/web*.cfg)
    expect 0 apply
    [ -z "$(ls xen/auto)" ]
    [ "$(stat -c %i xen/web*.cfg)" = "$before" ]
    in_sync
}

@test "the link is gone before a domain is stopped, and goes although the stop is held" {
    spec <<< '  web1: {}
  web2: {cmdline: sim.mode=ignore}
  web3: {protect: true}'
    expect 0 apply
    mkdir xen/auto
    ln -s ../web1.cfg ../web2.cfg ../web3.cfg xen/auto
    spec <<< '  web1: {state: stopped}
  web2: {state: stopped, stop: {timeout: 1s}}
  web3: {state: stopped, protect: true}'
    [ "$(id -u)" = 0 ] || skip 'needs root, as xl does'
    real_xl
    rm bin/xl
    cat > bin/xl << END
#!/bin/sh
[ "\$1" != shutdown ] || ls $PWD/xen/auto >> $PWD/left
exec $XENSIM "\$@"
END
    chmod +x bin/xl
    expect 4 apply
    [ -e left ]
    run ! grep -qx -e web1.cfg left
    [ -z "$(ls xen/auto)" ]
    [ -n "$(domid web2)" ] && [ -n "$(domid web3)" ]
}

@test "anything else in /etc/xen/auto holds the start of its domain, and is left alone" {
    mkdir xen/auto
    echo 'name = "web1"' > xen/auto/web1.cfg
    ln -s /srv/web2.cfg xen/auto/web2
    spec <<< '  web1: {}
  web2: {}
  web3: {}'
    expect 4 apply
    said out "$PWD/xen/auto/web1.cfg is there, and is no link to its config file" \
        "$PWD/xen/auto/web2 is a link to /srv/web2.cfg, not to its config file" 'move it away'
    [ -z "$(domid web1)$(domid web2)" ] && [ -n "$(domid web3)" ]
    [ "$(ls xen/auto)" = $'web1.cfg\nweb2' ]
    rm xen/auto/*
    expect 0 apply
    # One that runs is let be, until it is to be started again.
    touch xen/auto/web3
    in_sync
    "$XENSIM" sim vanish web3
    expect 4 plan
    said out 'xen/auto/web3 is there'
}

@test "a link to somebody else's file under our name holds, and stays" {
    mkdir xen/auto
    echo 'name = "web1"' > xen/web1.cfg
    ln -s ../web1.cfg xen/auto/web1.cfg
    spec <<< '  web1: {}'
    expect 4 apply
    said out 'was not written by xensure'
    [ -L xen/auto/web1.cfg ]
}

@test "a link that cannot be removed: the domain is neither started nor stopped" {
    [ "$(id -u)" = 0 ] || skip 'needs root'
    spec <<< '  web1: {}
  web2: {}'
    expect 0 apply
    mkdir xen/auto
    ln -s ../web1.cfg xen/auto/web1
    ln -s ../web2.cfg xen/auto/web2
    chattr +i xen/auto 2> /dev/null || mount --bind -o ro xen/auto xen/auto 2> /dev/null || skip 'no folder can be made unchangeable'
    mount -o remount,bind,ro xen/auto 2> /dev/null || true
    spec <<< '  web1: {state: stopped}
  web2: {bounce: 1}'
    code=0
    before=$(domid web1)$(domid web2)
    expect 6 apply || code=$?
    chattr -i xen/auto 2> /dev/null || umount xen/auto
    [ "$code" = 0 ]
    said err 'xendomains would start it at boot' 'cannot remove'
    [ "$(domid web1)$(domid web2)" = "$before" ]
    expect 0 apply
    [ -z "$(ls xen/auto)" ]
}

@test "a disk under two names is one disk" {
    mkdir -p sim/root/dev/vg0 sim/root/dev/mapper sim/root/boot
    touch sim/root/dev/dm-0 sim/root/boot/a
    ln -s ../dm-0 sim/root/dev/vg0/shared
    ln -s ../dm-0 sim/root/dev/mapper/vg0-shared
    one='disks: [{vdev: xvda, path: /dev/vg0/shared}]'
    other='disks: [{vdev: xvda, path: /dev/mapper/vg0-shared}]'
    spec <<< "  a1: {$one}
  a2: {$other}"
    planned 'a1 create' 'a2 create!'
    expect 4 apply
    said out 'its disk /dev/mapper/vg0-shared is in use by a1 as /dev/vg0/shared'
    expect 4 apply
    said out 'in use by a1 (id 1) as /dev/vg0/shared'
    # It is free once the other one has stopped.
    spec <<< "  a1: {$one, state: stopped}
  a2: {$other}"
    planned 'a1 shutdown' 'a2 create'
    expect 0 apply
    in_sync
    # Both may read it.
    spec <<< "  a1: {disks: [{vdev: xvda, path: /dev/vg0/shared, access: ro}]}
  a2: {disks: [{vdev: xvda, path: /dev/mapper/vg0-shared, access: ro}], on_change: restart}"
    expect 0 apply
    in_sync
}
