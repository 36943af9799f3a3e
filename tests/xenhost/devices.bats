# Disks and virtual network interfaces, on block devices and bridges of dom0.
# shellcheck disable=SC2154 # one and two are of devices
load scenario
load devices

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
