# Disks and virtual network interfaces, on block devices and bridges of dom0.
load scenario

setup() {
    setup_host
    for disk in one two; do
        printf '%s\n' "$disk" > $disk.img
        truncate -s 4M $disk.img
    done
    one=$(losetup --find --show one.img) two=$(losetup --find --show two.img)
    ip link add xenbr0 type bridge
    ip link add xenbr1 type bridge
    ip link set xenbr0 up
    ip link set xenbr1 up
}

teardown() {
    remove_guests
    ip link del xenbr0
    ip link del xenbr1
    losetup -d "$one" "$two"
}

# port_of NAME DEVID: the bridge that one of the domain's vifs is plugged into.
port_of() {
    basename "$(readlink "/sys/class/net/vif$(domid "$1").$2/master")"
}

@test "disks and vifs: what the guest sees, and what dom0 does" {
    spec << SPEC
  web1:
    $(guest web1)
    disks:
      - {vdev: xvda, path: $one}
      - {vdev: xvdb, path: $two, access: ro}
    vifs:
      - {bridge: xenbr0, mac: 00:16:3e:00:00:0a}
      - {bridge: xenbr1}
SPEC
    expect 0 apply
    made=$(sed -n "s/.*mac=\([0-9a-f:]*\),bridge=xenbr1.*/\1/p" xen/web1.cfg)
    [[ $made == 00:16:3e:??:??:?? ]]
    sees web1 0 'xvda:8192:rw:one xvdb:8192:ro:two' "eth0:00:16:3e:00:00:0a eth1:$made"
    [ "$(port_of web1 0) $(port_of web1 1)" = 'xenbr0 xenbr1' ]
    [ "$(config web1 '[.disks[] | [.vdev, .pdev_path, .readwrite // 0]]')" = "[[\"xvda\",\"$one\",1],[\"xvdb\",\"$two\",0]]" ]
    [ "$(config web1 '[.nics[] | [.mac, .bridge]]')" = "[[\"00:16:3e:00:00:0a\",\"xenbr0\"],[\"$made\",\"xenbr1\"]]" ]
    in_sync
}

@test "a disk that is in use: Xen refuses the second domain, and it leaves nothing" {
    cat > other.cfg << CFG
name = "other"
kernel = "/boot/vmlinux"
ramdisk = "/boot/guest.cpio"
memory = 96
disk = ["phy:$one,xvda,w"]
cmdline = "console=hvc0 quiet name=other"
CFG
    xl create -q other.cfg
    sees other 0 xvda:8192:rw:one
    spec <<< "  web1: {disks: [{vdev: xvda, path: $one}], $(guest web1)}"
    expect 6 apply
    said out 'FAILED' 'web1'
    gone web1
    [ "$(config other '.disks[0].pdev_path')" = "\"$one\"" ] && runs other
    # When it is free, the next start gets it.
    xl destroy other
    within 60 "the back-off is over" xensure apply > out 2> err
    sees web1 0 xvda:8192:rw:one
    in_sync
}
