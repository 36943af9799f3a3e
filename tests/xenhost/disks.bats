# Disks that somebody else has, one that a guest boots from, and those of guests that are imported.
# shellcheck disable=SC2154 # one and two are of devices
load scenario
load devices

@test "a disk that is in use: Xen refuses the second domain, and it leaves nothing" {
    by_hand other "disk = ['phy:$one,xvda,w']"
    sees other 0 xvda:8192:rw:one
    spec <<< "  web1: {disks: [{vdev: xvda, path: $one}], $(guest web1)}"
    expect 6 apply
    said out 'FAILED' 'web1'
    gone web1
    [ "$(config other '.disks[0].pdev_path')" = "\"$one\"" ] && runs other
    # When it is free, the next start gets it.
    xl destroy other
    await "the back-off is over" xensure apply > out 2> err
    sees web1 0 xvda:8192:rw:one
    in_sync
}

# Its disk stands for a guest's: the kernel is in dom0, where the bootloader puts it in any case.
boot_loaded() {
    cat > /usr/local/bin/loader << 'LOADER'
#!/bin/bash
for word; do
    case $word in
    --output=*) output=${word#*=} ;;
    --output-directory=*) folder=${word#*=} ;;
    --words=*) words=${word#*=} ;;
    esac
done
cp /boot/vmlinux "$folder/kernel"
cp /boot/guest.cpio "$folder/ramdisk"
printf 'kernel %s\0ramdisk %s\0args %s\0' "$folder/kernel" "$folder/ramdisk" "$words" > "$output"
LOADER
    chmod +x /usr/local/bin/loader
    cat > booted.cfg << CFG
name = "booted"
bootloader = "/usr/local/bin/loader"
bootloader_args = ["--words=$(words booted)", "--more"]
memory = 96
disk = ["phy:$two,xvda,w"]
vif = ["mac=00:16:3e:00:00:0d,bridge=xenbr1,devid=3"]
CFG
    xl create -q booted.cfg
}

@test "adopt a domain with a bootloader and a vif of another number" {
    boot_loaded
    sees booted 0 xvda:8192:rw:two eth0:00:16:3e:00:00:0d
    agent fleet=lab
    expect 0 import --running
    said out 'bootloader: /usr/local/bin/loader' '00:16:3e:00:00:0d'
    profile='memory: 96' spec << SPEC
  booted:
    type: pv
    adopt: true
    bootloader: /usr/local/bin/loader
    bootloader_args: ["--words=$(words booted)", --more]
    disks: [{vdev: xvda, path: $two}]
    vifs: [{bridge: xenbr1, mac: 00:16:3e:00:00:0d, devid: 3}]
SPEC
    taken_over booted
    [ "$(port_of booted 3)" = xenbr1 ]
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
