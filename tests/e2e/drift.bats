# What somebody takes from a domain that runs, or gives it, by hand: seen when `details_interval` is over, though the short
# list shows nothing of it. No domain is ever restarted or stopped for it.
# shellcheck disable=SC2030,SC2031 # each test has variables of its own

load host

A='{vdev: xvda, path: /dev/a}'
B='{vdev: xvdb, path: /dev/b}'
V='{mac: "00:16:3e:00:00:01", bridge: br0}'

setup() {
    setup_host
    "$XENSIM" sim set detach_timeout=0.05s
}

# runs_with KEYS: domain web1, applied, and looked at for the first time.
runs_with() {
    spec <<< "  web1: {$1}"
    expect 0 apply
    id=$(domid web1)
    "$XENSIM" sim log clear
}

# looks: the long lists that were asked for since the log was cleared, a line each; and forgets them.
looks() {
    "$XENSIM" sim log show | grep -oE 'list -l( [0-9]+)?$' || true
    "$XENSIM" sim log clear
}

# lives_on: it is still the same life of it, and nothing was done that ends one.
lives_on() {
    [ "$(domid web1)" = "$id" ]
    run ! grep -qE ' (shutdown|destroy|reboot) ' <("$XENSIM" sim log show)
}

waiting() {
    xensure -o json plan 2> err | jq -c '[.waiting[] | .changes[] | [.have != null, .want != null]]'
}

@test "a CD that was taken out by hand is put in again; another one stays" {
    runs_with 'type: hvm, disks: [{vdev: hda, path: /dev/a}, {vdev: hdc, devtype: cdrom, access: ro, path: /srv/x.iso}]'
    "$XENSIM" cd-eject web1 hdc
    in_sync
    ages 3700
    planned 'web1 change-cd'
    said <(xensure plan) 'changed on the host'
    expect 0 apply
    [ "$(vdevs)" = 'hda=/dev/a hdc=/srv/x.iso' ]
    in_sync
    "$XENSIM" cd-insert web1 hdc /srv/tools.iso
    ages 3700
    in_sync
    [ "$(waiting)" = '[[true,true]]' ]
    [ "$(vdevs)" = 'hda=/dev/a hdc=/srv/tools.iso' ]
    # It is looked at until it is as the spec says.
    "$XENSIM" cd-insert web1 hdc /srv/x.iso
    in_sync
    [ "$(waiting)" = '[]' ]
    lives_on
}

@test "what was taken away by hand is seen when the interval is over, and given back" {
    runs_with "disks: [$A, $B], vifs: [$V]"
    "$XENSIM" block-detach web1 xvdb
    "$XENSIM" network-detach web1 00:16:3e:00:00:01
    "$XENSIM" sim log clear
    in_sync
    ages 3590
    in_sync
    [ -z "$(looks)" ]
    ages 20
    planned 'web1 attach-disk' 'web1 attach-vif'
    said <(xensure plan) 'changed on the host'
    [ "$(looks)" = $'list -l\nlist -l' ]
    json 0 'all(.actions[]; .result == "done")' apply
    [ "$(vdevs) $(macs)" = 'xvda=/dev/a xvdb=/dev/b 00:16:3e:00:00:01@br0' ]
    lives_on
    # The look was taken: the next is an interval away.
    looks
    in_sync
    [ -z "$(looks)" ]
}

@test "the first run only notes the time, and an interval of 0s looks in each run but that" {
    agent absent_pause=0s details_interval=0s
    runs_with "disks: [$A]"
    [ -z "$(looks)" ]
    in_sync
    [ "$(looks)" = $'list -l\nlist -l' ]
    # Of one domain alone.
    expect 0 apply --only web1
    [ "$(looks)" = 'list -l' ]
}

@test "what was given by hand stays, is told in every run until it is gone, and asks for no restart" {
    agent absent_pause=0s details_interval=1h
    runs_with "disks: [$A], vifs: [$V], on_change: restart, detach_disks: true"
    "$XENSIM" block-attach web1 vdev=xvdz,target=/srv/usb
    "$XENSIM" network-attach web1 mac=00:16:3e:00:00:99 bridge=br0
    ages 4000
    for _ in 1 2 3; do
        json 0 '.actions == []' apply
        [ "$(waiting)" = '[[true,false],[true,false]]' ]
        lives_on
    done
    said <(xensure plan) 'somebody did that on the host, and it stays until then'
    [ "$(vdevs) $(macs)" = 'xvda=/dev/a xvdz=/srv/usb 00:16:3e:00:00:01@br0 00:16:3e:00:00:99@br0' ]
    # It is looked at by itself meanwhile, and no more once there is nothing.
    looks
    expect 0 apply
    [ "$(looks)" = "list -l $id" ]
    "$XENSIM" block-detach web1 xvdz
    "$XENSIM" network-detach web1 00:16:3e:00:00:99
    "$XENSIM" sim log clear
    expect 0 apply
    [ "$(looks)" = "list -l $id" ]
    [ "$(waiting)" = '[]' ]
    looks
    in_sync
    [ -z "$(looks)" ]
}

@test "what could not be given back is tried again in the next run" {
    runs_with "disks: [$A, $B]"
    "$XENSIM" block-detach web1 xvdb
    ages 4000
    "$XENSIM" sim fault block-attach fail
    expect 6 apply
    [ "$(vdevs)" = xvda=/dev/a ]
    lives_on
    planned 'web1 attach-disk'
    # A run over another domain, and one that is refused, forget nothing.
    spec <<< "  web1: {disks: [$A, $B]}
  web2: {}"
    expect 0 apply --only web2
    cp spec.yaml good.yaml
    echo 'nonsense: 1' >> spec.yaml
    expect 3 apply
    cp good.yaml spec.yaml
    planned 'web1 attach-disk'
    expect 0 apply
    [ "$(vdevs)" = 'xvda=/dev/a xvdb=/dev/b' ]
    in_sync
    lives_on
}

@test "a disk that was taken away is not given back while another domain has it, whoever that is" {
    mkdir -p sim/root/dev/vg0 sim/root/boot
    touch sim/root/dev/a sim/root/dev/b sim/root/boot/a
    ln -s ../b sim/root/dev/vg0/b
    runs_with "disks: [$A, $B]"
    "$XENSIM" sim add-foreign stranger
    "$XENSIM" block-detach web1 xvdb
    "$XENSIM" block-attach stranger vdev=xvdq,target=/dev/vg0/b
    ages 4000
    for _ in 1 2; do
        expect 4 apply
        said out 'its disk /dev/b was taken away by hand' 'and stranger (id 2) has it by now'
        [ "$(vdevs)" = xvda=/dev/a ]
    done
    "$XENSIM" block-detach stranger xvdq
    "$XENSIM" sim fault list fail --at long-all --times always
    planned 'web1 attach-disk!'
    "$XENSIM" sim fault clear
    expect 0 apply
    [ "$(vdevs)" = 'xvda=/dev/a xvdb=/dev/b' ]
    in_sync
}

@test "other settings changed by hand are set back live, or told; a domain that is paused is one that runs" {
    runs_with "disks: [$A], cpu_weight: 300, state: paused"
    "$XENSIM" sched-credit2 -d web1 -w 100
    "$XENSIM" block-detach web1 xvda
    ages 4000
    planned 'web1 set-scheduler' 'web1 attach-disk'
    expect 0 apply
    in_sync
    [ "$(vdevs) $(state web1)" = 'xvda=/dev/a --p---' ]
    lives_on
}

@test "a list of details that fails, hangs or is garbage shows nothing, which is told" {
    local fault
    agent absent_pause=0s timeouts.list=1s
    runs_with "disks: [$A, $B]"
    "$XENSIM" block-detach web1 xvdb
    ages 4000
    for fault in 'fail --at long --times always' 'garble --skip 1' 'truncate --bytes 300 --skip 1' 'empty --skip 1' \
        'hang --at long --times always'; do
        # shellcheck disable=SC2086 # words
        "$XENSIM" sim fault list $fault
        expect 0 plan
        said err 'devices that somebody has taken or given by hand are not seen this time'
        said out 'in sync'
        "$XENSIM" sim fault clear
        lives_on
    done
    planned 'web1 attach-disk'
}

@test "a clock that was set back does not switch it off, and one set forward looks early" {
    runs_with "disks: [$A, $B]"
    "$XENSIM" block-detach web1 xvdb
    ages -86400
    planned 'web1 attach-disk'
    expect 0 apply
    "$XENSIM" sim log clear
    in_sync
    [ -z "$(looks)" ]
}

@test "a domain that nobody has started from here, and one that has left the spec, are left as they are" {
    spec <<< "  web1: {disks: [$A, $B]}
  web2: {disks: [{vdev: xvda, path: /dev/2}]}"
    expect 0 apply
    "$XENSIM" sim add-foreign stranger
    "$XENSIM" block-detach web1 xvdb
    "$XENSIM" block-attach web2 vdev=xvdz,target=/srv/usb
    spec <<< "  web2: {disks: [{vdev: xvda, path: /dev/2}]}
  stranger: {}"
    ages 4000
    planned 'web1 shutdown!' 'stranger create!'
    expect 5 apply
    [ "$(vdevs)" = 'xvda=/dev/a' ]
    [ "$(jq -c .drifted state/last-run.json)" = '["web2"]' ]
}

@test "many that have drifted are looked at by one list" {
    seq 1 9 | sed 's/.*/  d&: {disks: [{vdev: xvda, path: "\/dev\/&"}]}/' | spec
    expect 0 apply
    for n in $(seq 1 9); do "$XENSIM" block-attach "d$n" "vdev=xvdz,target=/srv/$n"; done
    ages 4000
    expect 0 apply
    "$XENSIM" sim log clear
    expect 0 apply
    [ "$(looks)" = 'list -l' ]
}
