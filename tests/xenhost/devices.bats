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

@test "what runs, imported: it is adopted, and nothing else is to do" {
    by_hand para 'vcpus = 2' 'maxvcpus = 3' 'maxmem = 128' "disk = ['phy:$one,xvda,w']" \
        "vif = ['mac=00:16:3e:00:00:0b,bridge=xenbr0', 'mac=00:16:3e:00:00:0c,bridge=xenbr1,rate=10Mb/s']"
    by_hand hard 'type = "pvh"' 'on_crash = "preserve"' 'cpu_weight = 300'
    xl pause hard
    xl mem-set para 112
    sees para 0-1 xvda:8192:rw:one 'eth0:00:16:3e:00:00:0b eth1:00:16:3e:00:00:0c'
    agent fleet=lab
    expect 0 import --running
    cp out spec.yaml
    said spec.yaml 'state: paused'
    taken_over para hard
    # Another start of it is the same.
    config para 'del(.c_info.run_hotplug_scripts)' > before
    xl destroy para
    expect 0 apply
    sees para 0-1 xvda:8192:rw:one 'eth0:00:16:3e:00:00:0b eth1:00:16:3e:00:00:0c'
    config para 'del(.c_info.run_hotplug_scripts)' | diff before -
    in_sync
}
