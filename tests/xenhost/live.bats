# What changes while a guest runs, and what waits for its own reboot. (Memory and CPUs: lifecycle.)
# shellcheck disable=SC2154 # one and two are of devices
load scenario
load devices

# wants KEYS [WORD...]: domain web1.
wants() {
    spec <<< "  web1: {$1, $(guest web1 "${@:2}")}"
}

# lists FILTER TEXT: what `xl list -l` says of web1; and it is the guest that it was.
lists() {
    [ "$(config web1 "$1")" = "$2" ] && [ "$(domid web1)" = "$id" ]
}

disks='[.disks[] | .vdev + "=" + .pdev_path] | join(" ")'

@test "disks come, and go when the spec says so" {
    xvda="{vdev: xvda, path: $one}" xvdb="{vdev: xvdb, path: $two, access: ro}"
    wants "disks: [$xvda]"
    expect 0 apply
    sees web1 0 xvda:8192:rw:one
    id=$(domid web1)
    wants "disks: [$xvda, $xvdb]"
    planned 'web1 attach-disk'
    expect 0 apply
    sees web1 0 'xvda:8192:rw:one xvdb:8192:ro:two'
    lists "$disks" "\"xvda=$one xvdb=$two\""
    in_sync
    # It may be mounted.
    wants "disks: [$xvda]"
    planned 'web1 restart!'
    expect 4 apply
    lists "$disks" "\"xvda=$one xvdb=$two\""
    wants "disks: [$xvda], detach_disks: true"
    planned 'web1 detach-disk'
    expect 0 apply
    sees web1 0 xvda:8192:rw:one
    lists "$disks" "\"xvda=$one\""
    in_sync
}

# A Linux lets go of a disk when it is told to, since 5.14 even of one that is open (drivers/block/xen-blkfront.c,
# blkfront_closing); a guest that is paused cannot.
@test "a disk is taken even from a guest that holds it, but not from one that does not let go" {
    xvda="{vdev: xvda, path: $one}" xvdb="{vdev: xvdb, path: $two}"
    wants "disks: [$xvda, $xvdb]" mode=hold
    expect 0 apply
    says web1 'web1: holds xvdb'
    id=$(domid web1)
    wants "state: paused, disks: [$xvda, $xvdb]" mode=hold
    expect 0 apply
    wants "state: paused, disks: [$xvda], detach_disks: true" mode=hold
    planned 'web1 detach-disk'
    expect 4 apply
    said out 'the guest has not let go of xvdb'
    lists "$disks" "\"xvda=$one xvdb=$two\""
    # It runs on, and is asked again.
    wants "disks: [$xvda], detach_disks: true" mode=hold
    await "it lets go" xensure apply > out 2> err
    lists "$disks" "\"xvda=$one\""
    runs web1
    in_sync
}

@test "vifs come, go and change; a weight changes" {
    eth0='{bridge: xenbr0, mac: "00:16:3e:00:00:0a"}' eth1='mac: "00:16:3e:00:00:0b"'
    wants "vifs: [$eth0]"
    expect 0 apply
    sees web1 0 '' eth0:00:16:3e:00:00:0a
    id=$(domid web1)
    wants "cpu_weight: 512, vifs: [$eth0, {bridge: xenbr1, $eth1}]"
    planned 'web1 set-scheduler' 'web1 attach-vif'
    expect 0 apply
    sees web1 0 '' 'eth0:00:16:3e:00:00:0a eth1:00:16:3e:00:00:0b'
    lists '[.b_info.sched_params.weight, (.nics[] | .mac + "@" + .bridge)]' \
        '[512,"00:16:3e:00:00:0a@xenbr0","00:16:3e:00:00:0b@xenbr1"]'
    [ "$(xl sched-credit2 -d "$id" | awk 'NR == 2 { print $3 }')" = 512 ]
    [ "$(port_of web1 1)" = xenbr1 ]
    in_sync
    wants "cpu_weight: 512, vifs: [$eth0, {bridge: xenbr0, $eth1}]"
    planned 'web1 detach-vif' 'web1 attach-vif'
    expect 0 apply
    await "it is in the other bridge" is_moved
    sees web1 0 '' 'eth0:00:16:3e:00:00:0a eth1:00:16:3e:00:00:0b'
    in_sync
    wants "cpu_weight: 512, vifs: [$eth0]"
    planned 'web1 detach-vif'
    expect 0 apply
    sees web1 0 '' eth0:00:16:3e:00:00:0a
    lists '[.nics[] | .mac]' '["00:16:3e:00:00:0a"]'
    in_sync
}

is_moved() {
    [ "$(port_of web1 1)" = xenbr0 ]
}

@test "what waits for a start comes with the guest's own reboot, beside what came before it" {
    xvda="{vdev: xvda, path: $one}" xvdb="{vdev: xvdb, path: $two}"
    wants "maxmem: 128, disks: [$xvda]" release=1
    expect 0 apply
    up web1 release=1
    id=$(domid web1)
    wants "maxmem: 128, memory: 128, on_crash: preserve, disks: [$xvda, $xvdb]" release=2
    expect 4 apply
    said out 'restart'
    lists '[.b_info.target_memkb, .on_crash, (.disks | length)]' '[131072,null,2]'
    # Not before the guest could hear it.
    sees web1 0 'xvda:8192:rw:one xvdb:8192:rw:two'
    xl reboot web1
    up web1 release=2
    [ "$(domid web1)" -gt "$id" ]
    id=$(domid web1)
    lists '[.b_info.target_memkb, .on_crash, (.disks | length)]' '[131072,"preserve",2]'
    sees web1 0 'xvda:8192:rw:one xvdb:8192:rw:two'
    in_sync
}
