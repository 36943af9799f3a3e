# What changes while the domain runs: by which commands, when they do nothing, and what a guest's own reboot brings.
# shellcheck disable=SC2030,SC2031,SC2034 # each test has variables of its own

load host

setup() {
    setup_host
    "$XENSIM" sim set detach_timeout=0.05s
}

# commands: the changing commands of xl since the log was cleared, with their arguments, a line each.
commands() {
    "$XENSIM" sim log show | cut -f4- | sed 's/^[^ ]* //' | grep -vE '^(list|info|sim|network-list)( |$)' | sed "s#$PWD/##" || true
}

# ran LINE...: just these, and forgets them.
ran() {
    diff <([ $# -eq 0 ] || printf '%s\n' "$@") <(commands)
    "$XENSIM" sim log clear
}

# Domain web1 from its keys as they are, applied.
runs_with() {
    spec <<< "  web1: {$1}"
    expect 0 apply
    id=$(domid web1)
    "$XENSIM" sim log clear
}

wants() {
    spec <<< "  web1: {$1}"
}

lives_on() {
    [ "$(domid web1)" = "$id" ]
}

A='{vdev: xvda, path: /dev/a}'
B='{vdev: xvdb, path: /dev/b}'

@test "affinity, pool and weight, each by its command" {
    "$XENSIM" sim set pools=Pool-0,fast
    runs_with 'vcpus: 2'
    wants 'vcpus: 2, cpus: "0-1", cpus_soft: ["0", "1"], pool: fast'
    planned 'web1 set-scheduler'
    expect 0 apply
    ran 'cpupool-migrate 1 fast' 'vcpu-pin 1 all 0-1 all' 'vcpu-pin 1 0 0-1 0' 'vcpu-pin 1 1 0-1 1' 'config-update 1 xen/web1.cfg'
    in_sync
    wants 'vcpus: 2, cpus: "0-1"'
    expect 0 apply
    ran 'cpupool-migrate 1 Pool-0' 'vcpu-pin 1 all 0-1 all' 'config-update 1 xen/web1.cfg'
    wants 'vcpus: 2, cpus: "0-1", cpu_weight: 512, cap: 50'
    expect 0 apply
    ran 'sched-credit2 -d 1 -w 512 -c 50' 'config-update 1 xen/web1.cfg'
    in_sync
    lives_on
}

# lists WHICH: how often xl was asked for this list since its log was cleared.
lists() {
    "$XENSIM" sim log show | grep -cE "list $1" || true
}

@test "a change is looked at by itself, and by a list of all where it does not tell" {
    runs_with 'maxmem: 256'
    wants 'maxmem: 256, memory: 128'
    expect 0 apply
    [ "$(lists -v)" = 1 ]
    "$XENSIM" sim log clear
    wants 'maxmem: 256, memory: 64'
    "$XENSIM" sim fault mem-set fail
    expect 6 apply
    [ "$(lists -v)" = 2 ]
    said out 'memory'
    expect 0 apply
    [ "$(memory web1)" = 64 ]
    in_sync
}

@test "a guest that ends while it is changed is not taken for one that was changed" {
    runs_with 'maxmem: 256'
    wants 'maxmem: 256, memory: 128'
    "$XENSIM" sim fault mem-set hold
    xensure apply > out 2> err &
    held
    "$XENSIM" sim vanish web1
    rm sim/held
    code=0
    wait $! || code=$?
    [ "$code" = 6 ]
    said out 'it has ended or was started again meanwhile'
}

@test "the weight by the scheduler of the host, and at the next start where that has none" {
    "$XENSIM" sim set scheduler=credit
    runs_with ''
    wants 'cpu_weight: 512'
    expect 0 apply
    ran 'sched-credit -d 1 -w 512 -c 0'
    in_sync
    "$XENSIM" sim set scheduler=rtds
    wants 'cpu_weight: 300'
    planned 'web1 write-config'
    expect 0 apply
    said out "the host's scheduler has no such thing"
    ran 'config-update 1 xen/web1.cfg'
    json 0 '.waiting[0].changes == [{key: "cpu_weight", have: "512", want: "300", how: "next-start"}]' plan
    lives_on
}

@test "pinning that xl says with 0 that it did not do is not done" {
    runs_with ''
    wants 'cpus: "1"'
    "$XENSIM" sim fault vcpu-pin fail --status 0 --text 'Could not set affinity.'
    expect 6 apply
    said err 'Could not set affinity'
    planned 'web1 set-scheduler'
    expect 0 apply
    in_sync
    wants 'cpus: "64"'
    expect 6 apply
    said err 'vcpu hard affinity map is empty'
}

@test "a disk that leaves the spec is not taken from a guest that runs, unless it says so" {
    runs_with "disks: [$A, $B]"
    wants "disks: [$A]"
    planned 'web1 restart!'
    expect 4 apply
    said out "it may be mounted; \`detach_disks: true\` takes it"
    ran 'config-update 1 xen/web1.cfg'
    [ "$(vdevs)" = 'xvda=/dev/a xvdb=/dev/b' ]
    lives_on
    # Its own reboot brings that, and so does a restart that is allowed.
    reboots
    [ "$(vdevs)" = 'xvda=/dev/a' ]
    in_sync
    wants "disks: [$A, $B]"
    expect 0 apply
    wants "disks: [$A], on_change: restart"
    expect 0 apply
    [ "$(vdevs)" = 'xvda=/dev/a' ]
    in_sync
}

@test "a device that somebody took away comes back, and one that somebody gave is left" {
    runs_with "vcpus: 1, disks: [$A, $B], vifs: [{mac: '00:16:3e:00:00:01', bridge: br0}]"
    "$XENSIM" block-detach web1 xvdb
    "$XENSIM" network-detach web1 00:16:3e:00:00:01
    "$XENSIM" sim log clear
    # They are seen where there is a reason to look closer.
    "$XENSIM" mem-set web1 32
    planned 'web1 set-memory' 'web1 attach-disk' 'web1 attach-vif'
    expect 0 apply
    [ "$(vdevs) $(macs)" = 'xvda=/dev/a xvdb=/dev/b 00:16:3e:00:00:01@br0' ]
    in_sync
    "$XENSIM" block-attach web1 vdev=xvdz,target=/srv/usb
    "$XENSIM" network-attach web1 mac=00:16:3e:00:00:99 bridge=br0
    "$XENSIM" mem-set web1 32
    planned 'web1 set-memory'
    said <(xensure plan) 'somebody did that on the host, and it stays until then'
    expect 0 apply
    [ "$(vdevs)" = 'xvda=/dev/a xvdb=/dev/b xvdz=/srv/usb' ]
    lives_on
}

@test "a vif that could not be connected is not taken for one that is there" {
    "$XENSIM" sim set bridges=br0
    runs_with 'vifs: [{mac: "00:16:3e:00:00:01", bridge: br0}]'
    wants 'vifs: [{mac: "00:16:3e:00:00:01", bridge: br0}, {mac: "00:16:3e:00:00:02", bridge: br1}]'
    expect 6 apply
    said err '00:16:3e:00:00:02 is not there'
    [ "$(macs)" = '00:16:3e:00:00:01@br0' ]
    "$XENSIM" sim set bridges=br0,br1
    expect 0 apply
    [ "$(macs)" = '00:16:3e:00:00:01@br0 00:16:3e:00:00:02@br1' ]
    in_sync
}

@test "a device that is there already is not attached once more" {
    runs_with 'vifs: [{mac: "00:16:3e:00:00:01", bridge: br0}]'
    "$XENSIM" network-attach web1 mac=00:16:3e:00:00:02 bridge=br1
    "$XENSIM" sim log clear
    wants 'vifs: [{mac: "00:16:3e:00:00:01", bridge: br0}, {mac: "00:16:3e:00:00:02", bridge: br1}]'
    expect 0 apply
    ran
    [ "$(macs)" = '00:16:3e:00:00:01@br0 00:16:3e:00:00:02@br1' ]
    in_sync
}

@test "a vif is not replaced for a MAC that nobody gave" {
    runs_with 'vifs: [{mac: "00:16:3e:00:00:01", bridge: br0}]'
    wants 'vifs: [{bridge: br0}]'
    planned 'web1 restart!'
    said <(xensure plan) "a \`mac\` is left out of the spec"
    expect 4 apply
    [ "$(macs)" = '00:16:3e:00:00:01@br0' ]
    wants 'vifs: [{mac: "00:16:3e:00:00:02", bridge: br0}]'
    planned 'web1 detach-vif' 'web1 attach-vif'
}

@test "xl info is asked only where it decides" {
    runs_with 'maxmem: 128'
    wants 'maxmem: 128, memory: 128, vcpus: 1'
    expect 0 apply
    run ! grep -q 'info$' <("$XENSIM" sim log show)
    wants 'maxmem: 128, memory: 128, cpu_weight: 100'
    expect 0 apply
    grep -q 'info$' <("$XENSIM" sim log show)
}

@test "disks are attached and detached by their vdev" {
    runs_with "disks: [$A]"
    wants "disks: [$A, $B, {vdev: xvdc, path: '/srv/a b.img', access: ro, backendtype: qdisk}]"
    planned 'web1 attach-disk'
    json 2 '.actions[0].changes == [{key: "disks", have: null, want: "{vdev: \"xvdb\", path: \"/dev/b\"}", how: "live"},
        {key: "disks", have: null, want: "{vdev: \"xvdc\", path: \"/srv/a b.img\", access: \"ro\", backendtype: \"qdisk\"}", how: "live"}]' plan
    expect 0 apply
    ran 'block-attach 1 vdev=xvdb,access=rw,format=raw,target=/dev/b' \
        "block-attach 1 'vdev=xvdc,access=ro,format=raw,backendtype=qdisk,target=/srv/a b.img'"
    [ "$(vdevs)" = 'xvda=/dev/a xvdb=/dev/b xvdc=/srv/a b.img' ]
    in_sync
    wants "disks: [{vdev: xvdc, path: '/srv/a b.img', access: ro, backendtype: qdisk}, $A], detach_disks: true"
    planned 'web1 detach-disk'
    expect 0 apply
    ran 'block-detach 1 xvdb'
    in_sync
    wants "disks: [$A, {vdev: xvdc, path: '/srv/a b.img', access: ro, backendtype: qdisk}], detach_disks: true"
    expect 0 apply
    lives_on
    grep -q xvdb xen/web1.cfg && return 1
    in_sync
}

@test "a disk that runs with other settings, and the first disk, wait for a start" {
    runs_with "disks: [$A, $B]"
    wants "disks: [$A, {vdev: xvdb, path: /dev/other}]"
    planned 'web1 restart!'
    wants "disks: [$B]"
    planned 'web1 restart!'
    expect 4 apply
    [ "$(vdevs)" = 'xvda=/dev/a xvdb=/dev/b' ]
    lives_on
    wants "disks: [$B], on_change: restart"
    expect 0 apply
    [ "$(vdevs)" = 'xvdb=/dev/b' ]
    in_sync
}

@test "a guest that does not let go of a disk keeps it, and is asked again" {
    runs_with "disks: [$A, $B], cmdline: sim.detach=no"
    wants "disks: [$A], cmdline: sim.detach=no, detach_disks: true"
    for _ in 1 2; do
        expect 4 apply
        said out 'the guest has not let go of xvdb'
        planned 'web1 detach-disk'
    done
    [ "$(vdevs)" = 'xvda=/dev/a xvdb=/dev/b' ]
    [ "$(commands | grep -c -- '^block-detach 1 xvdb$')" = 2 ]
    run ! grep -qE 'force|-f' <(commands)
    run ! grep -q xvdb xen/web1.cfg
    # What it does not keep it from: the rest, and another disk.
    wants "disks: [$A, {vdev: xvdc, path: /dev/c}], cmdline: sim.detach=no, detach_disks: true, cpu_weight: 100"
    expect 4 apply
    [ "$(vdevs)" = 'xvda=/dev/a xvdb=/dev/b xvdc=/dev/c' ]
    planned 'web1 detach-disk'
    lives_on
}

@test "a guest that is to run on does so before it is asked for a disk" {
    runs_with "disks: [$A, $B]"
    wants "state: paused, disks: [$A, $B]"
    expect 0 apply
    wants "disks: [$A], detach_disks: true"
    "$XENSIM" sim log clear
    expect 0 apply
    ran 'unpause 1' 'block-detach 1 xvdb'
    [ "$(vdevs)" = 'xvda=/dev/a' ]
    lives_on
    in_sync
}

@test "protect keeps the disks of a domain; an older Xen would take them by force" {
    runs_with "disks: [$A, $B]"
    wants "disks: [$A], detach_disks: true, protect: true"
    planned 'web1 detach-disk!' 'web1 write-config'
    expect 4 apply
    ran # nothing, not even for the guest's own reboot
    "$XENSIM" sim set xen_version=4.14.6
    wants "disks: [$A], detach_disks: true"
    planned 'web1 restart!'
    said <(xensure plan) 'this Xen would take it by force'
    [ "$(vdevs)" = 'xvda=/dev/a xvdb=/dev/b' ]
}

@test "a disk moves from one domain to another, and not before it is free" {
    spec <<< "  web1: {disks: [$A, $B]}
  web2: {disks: [{vdev: xvda, path: /dev/2}]}"
    expect 0 apply
    id=$(domid web1)
    spec <<< "  web1: {disks: [$A], detach_disks: true}
  web2: {disks: [{vdev: xvda, path: /dev/2}, $B]}"
    planned 'web1 detach-disk' 'web2 attach-disk'
    "$XENSIM" sim fault block-detach fail
    expect 4 apply
    said out 'the detach-disk of web1, which comes before it, is held'
    [ "$(vdevs)" = 'xvda=/dev/a xvdb=/dev/b' ]
    expect 0 apply
    in_sync
    lives_on
}

@test "vifs are attached and detached by their MAC, and changed by both" {
    local one='{mac: "00:16:3e:00:00:01", bridge: br0}' two='{mac: "00:16:3e:00:00:02", bridge: br1, devid: 5}'
    runs_with "vifs: [$one]"
    wants "vifs: [$one, $two]"
    planned 'web1 attach-vif'
    expect 0 apply
    ran 'network-attach 1 mac=00:16:3e:00:00:02 bridge=br1 devid=5'
    [ "$("$XENSIM" network-list web1 | awk 'END { print $1 }')" = 5 ]
    in_sync
    wants "vifs: [{mac: '00:16:3e:00:00:01', bridge: br9}]"
    planned 'web1 detach-vif' 'web1 attach-vif'
    expect 0 apply
    ran 'network-detach 1 00:16:3e:00:00:01' 'network-detach 1 00:16:3e:00:00:02' 'network-attach 1 mac=00:16:3e:00:00:01 bridge=br9'
    [ "$(macs)" = '00:16:3e:00:00:01@br9' ]
    in_sync
    lives_on
}

@test "a vif whose place is not free is not attached" {
    runs_with 'vifs: [{mac: "00:16:3e:00:00:01", bridge: br0}]'
    wants 'vifs: [{mac: "00:16:3e:00:00:01", bridge: br1}]'
    "$XENSIM" sim fault network-detach fail
    expect 4 apply
    [ "$(macs)" = '00:16:3e:00:00:01@br0' ]
    expect 0 apply
    [ "$(macs)" = '00:16:3e:00:00:01@br1' ]
    in_sync
}

@test "a CD is changed in the drive of an HVM guest; its emulated disks stay" {
    local hda='{vdev: hda, path: /dev/a}'
    hvm() { runs_with "type: hvm, kernel: /boot/a, disks: [$1]"; }
    hvm "$hda, {vdev: hdc, devtype: cdrom, access: ro}"
    wants "type: hvm, disks: [$hda, {vdev: hdc, devtype: cdrom, access: ro, path: /srv/x.iso}]"
    planned 'web1 change-cd'
    expect 0 apply
    ran 'cd-insert 1 hdc /srv/x.iso'
    [ "$(vdevs)" = 'hda=/dev/a hdc=/srv/x.iso' ]
    in_sync
    wants "type: hvm, disks: [$hda, {vdev: hdc, devtype: cdrom, access: ro}]"
    expect 0 apply
    ran 'cd-eject 1 hdc'
    in_sync
    wants "type: hvm, disks: [$hda, {vdev: hdb, path: /dev/b}]"
    planned 'web1 restart!'
    wants "type: hvm, disks: [$hda, {vdev: hdc, devtype: cdrom, access: ro}, {vdev: xvdb, path: /dev/b}]"
    planned 'web1 attach-disk'
}

# The guest reboots by itself, and runs again.
reboots() {
    "$XENSIM" sim guest-reboot web1
    [ -n "$(domid web1)" ] && [ "$(domid web1)" != "$id" ]
    id=$(domid web1)
}

@test "what waits for a start comes with the guest's own reboot, and is known to have come" {
    runs_with 'cmdline: one'
    wants 'cmdline: two, on_crash: preserve'
    expect 4 apply
    ran 'config-update 1 xen/web1.cfg'
    expect 4 apply
    [ -z "$(commands)" ]
    lives_on
    reboots
    [ "$("$XENSIM" list -l web1 | jq -r '.[].config.b_info.cmdline')" = two ]
    in_sync
    json 0 '.waiting == []' plan
}

@test "what is taken back before the reboot is taken back from Xen's monitor, too" {
    runs_with 'cmdline: one'
    wants 'cmdline: two'
    expect 4 apply
    "$XENSIM" sim log clear
    wants 'cmdline: one'
    planned 'web1 write-config'
    expect 0 apply
    ran 'config-update 1 xen/web1.cfg'
    in_sync
    reboots
    [ "$("$XENSIM" list -l web1 | jq -r '.[].config.b_info.cmdline')" = one ]
    in_sync
}

@test "a live change outlives the reboot, beside what was stored before it" {
    runs_with "disks: [$A], maxmem: 128"
    wants "disks: [$A], maxmem: 128, on_crash: preserve"
    expect 0 apply
    wants "disks: [$A, $B], maxmem: 128, memory: 128, on_crash: preserve"
    expect 0 apply
    reboots
    [ "$(vdevs) $(memory web1)" = 'xvda=/dev/a xvdb=/dev/b 128' ]
    in_sync
}

@test "where it is not sure what Xen's monitor has, nothing is claimed of the reboot, and nothing restarted" {
    for fault in 'fail --status 1' 'did --status 1' die; do
        runs_with 'cmdline: one'
        wants 'cmdline: two, on_change: hold'
        # shellcheck disable=SC2086 # words
        "$XENSIM" sim fault config-update $fault
        expect 4 apply
        reboots
        # Whichever of both it runs with now.
        for cmdline in one two; do
            wants "cmdline: $cmdline, on_change: restart"
            expect 0 apply
            lives_on
            in_sync
        done
        wants 'state: absent'
        expect 0 apply
    done
}

@test "a config that takes another's disk is not stored for a reboot" {
    spec <<< "  web1: {disks: [$A]}
  web2: {disks: [$B]}"
    expect 0 apply
    "$XENSIM" sim log clear
    spec <<< "  web1: {disks: [{vdev: xvda, path: /dev/b}]}
  web2: {disks: [$A]}"
    planned 'web1 restart!' 'web2 restart!' 'web2 attach-disk!'
    expect 4 apply
    [ -z "$(commands)" ]
}

@test "a disk that another domain has under another name is not attached, nor stored" {
    mkdir -p sim/root/dev/vg0 sim/root/dev/mapper sim/root/boot
    touch sim/root/dev/dm-0 sim/root/dev/a sim/root/dev/2 sim/root/boot/a
    ln -s ../dm-0 sim/root/dev/vg0/shared
    ln -s ../dm-0 sim/root/dev/mapper/vg0-shared
    spec <<< "  web1: {disks: [$A]}
  web2: {disks: [{vdev: xvda, path: /dev/2}, {vdev: xvdb, path: /dev/vg0/shared}]}"
    expect 0 apply
    spec <<< "  web1: {disks: [$A, {vdev: xvdb, path: /dev/mapper/vg0-shared}]}
  web2: {disks: [{vdev: xvda, path: /dev/2}, {vdev: xvdb, path: /dev/vg0/shared}]}"
    planned 'web1 attach-disk!'
    expect 4 apply
    said out "in use by web2 (id $(domid web2)) as /dev/vg0/shared"
    [ "$(vdevs)" = 'xvda=/dev/a' ]
}
