#!/usr/bin/env bats
# What a spec is made of: several sources, each with its own past, and what is told of them.

# shellcheck disable=SC2016 # backticks in messages

load host
load signing

setup() {
    setup_host
}

xensure() {
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim "$@"
}

# source FILE GENERATION DOMAINS: a spec of its own.
source_of() {
    printf 'xensure: 1\nfleet: lab\ngeneration: %s\ndomains: {%s}\n' "$2" "$3" > "$1"
}

guest() {
    printf '%s: {type: pvh, kernel: /boot/a, memory: %s}' "$1" "${2:-64}"
}

sources() {
    local file list=''
    for file in "$@"; do list+="${list:+, }{path: $PWD/$file}"; done
    agent absent_pause=0s "sources=[$list]"
}

@test "what a run acts on is told by plan, apply, status and in config files" {
    pair a b
    agent absent_pause=0s "trust={keys: [$PWD/a.pub, $PWD/b.pub], threshold: 2, required: true}" "sources=[{path: $PWD/spec.yaml}]"
    spec 'generation: 7' <<< '  web1: {}'
    sign a spec.yaml --name-by-key
    sign b spec.yaml --name-by-key
    expect 2 plan
    digest=$(jq -r '.sources[0].digest' <(xensure -o json plan))
    [ "${#digest}" = 64 ]
    line="from path $PWD/spec.yaml · generation 7 · digest ${digest:0:12} · signed by $(cat a.id), $(cat b.id)"
    [ "$(sed -n 2p out)" = "$line" ]
    expect 0 apply
    [ "$(sed -n 2p out)" = "$line" ]
    expect 0 status
    said out "$line"
    expect 0 explain web1
    [ "$(sed -n 2p out)" = "$line" ]
    json 0 '.sources[0] | .generation == 7 and .digest == "'"$digest"'" and .signers == ["'"$(cat a.id)"'", "'"$(cat b.id)"'"]' explain web1
    head -n 1 xen/web1.cfg > err
    said err "from fleet lab, generation 7, signed by $(cat a.id) $(cat b.id), $PWD/spec.yaml"
    json 0 '.sources == [{source: "path '"$PWD"'/spec.yaml", generation: 7, digest: "'"$digest"'", signers: ["'"$(cat a.id)"'", "'"$(cat b.id)"'"],
        commit: null, fetched: null, copy: false, trouble: null, expired: null, keys_since: null}]' plan
    json 0 '.last_run.sources[0].generation == 7' status
    # A new generation alone writes no config file.
    cp -p xen/web1.cfg before.cfg
    spec 'generation: 8' <<< '  web1: {}'
    sign a spec.yaml --name-by-key
    sign b spec.yaml --name-by-key
    expect 0 apply
    [ before.cfg -ot xen/web1.cfg ] && return 1
    cmp before.cfg xen/web1.cfg
    json 0 '.last_run.sources[0].generation == 8' status
}

@test "one local source that nobody has signed is not worth a line" {
    agent absent_pause=0s "sources=[{path: $PWD/spec.yaml}]"
    spec <<< '  web1: {}'
    expect 2 plan
    run ! grep -q '^from' out
    json 2 '.sources | length == 1 and .[0].signers == [] and (.[0].digest | length) == 64' plan
}

@test "each of several sources is held against its own past" {
    sources a.yaml b.yaml
    source_of a.yaml 5 "$(guest web1)"
    source_of b.yaml 100 "$(guest web2)"
    expect 0 apply
    said out "from path $PWD/a.yaml · generation 5 ·" "from path $PWD/b.yaml · generation 100 ·"
    grep -q 'generation 5$' xen/web1.cfg
    grep -q 'generation 100$' xen/web2.cfg
    # What was done is told by the source that it is from.
    expect 0 explain web1
    said out "[generation 5 of path $PWD/a.yaml]"
    json 0 '.history[0] | .generation == 100 and .source == "path '"$PWD"'/b.yaml"' explain web2
    # An old one does not hide behind the highest.
    source_of a.yaml 4 "$(guest web1 128)"
    expect 3 plan
    said err 'the spec has the generation 4, and 5 was applied here before'
    expect 3 apply
    expect 4 apply --accept-generation 4
    source_of a.yaml 6 "$(guest web1)"
    expect 0 apply
    # One may leave, and be no older when it comes back.
    sources a.yaml
    expect 4 apply
    source_of b.yaml 99 "$(guest web2)"
    sources a.yaml b.yaml
    expect 3 apply
    said err 'the spec has the generation 99, and 100 was applied here before'
    source_of b.yaml 101 "$(guest web2)"
    expect 0 apply
    # What --spec gives has no past of its own: that of the whole counts.
    source_of c.yaml 100 "$(guest web1), $(guest web2)"
    expect 3 apply --spec c.yaml
    said err 'the spec has the generation 100, and 101 was applied here before'
    source_of c.yaml 101 "$(guest web1), $(guest web2)"
    expect 0 apply --spec c.yaml
}

@test "two signed sources where others can write: each has its generation, and neither may be another" {
    pair a
    sources a.yaml b.yaml
    echo "trust: {keys: [$PWD/a.pub]}" >> agent.yaml
    source_of a.yaml 5 "$(guest web1)"
    source_of b.yaml 9 "$(guest web2)"
    chmod 666 a.yaml b.yaml
    sign a a.yaml
    expect 3 apply
    said err 'b.yaml: expected a signature by the trusted key'
    sign a b.yaml
    expect 0 apply
    cp a.yaml old; cp a.yaml.minisig old.minisig
    source_of a.yaml 5 "$(guest web1 128)"
    sign a a.yaml
    expect 3 apply
    said err 'another spec with the same generation, 5, was applied here before'
    source_of a.yaml 6 "$(guest web1)"
    sign a a.yaml
    expect 0 apply
    cp old a.yaml; cp old.minisig a.yaml.minisig
    expect 3 apply
    said err 'the spec has the generation 5, and 6 was applied here before'
}

@test "a clock that was set back does not revive what expired" {
    pair a
    agent absent_pause=0s "trust={keys: [$PWD/a.pub], required: true}" "sources=[{path: $PWD/spec.yaml}]"
    spec 'generation: 1' 'expires: 2100-01-01T00:00:00Z' <<< '  web1: {}'
    minisign -S -s a.key -m spec.yaml -t $'timestamp:4102444799\tfile:spec.yaml'
    expect 0 apply
    said err 'the clock of this host is behind the newest signature, which was made on 2099-12-31T23:59:59Z'
    minisign -S -s a.key -m spec.yaml -t $'timestamp:4102444801\tfile:spec.yaml'
    expect 0 apply
    # The record remembers, whatever the next signature says.
    spec 'generation: 2' 'expires: 2100-01-01T00:00:00Z' <<< '  web1: {memory: 128}'
    sign a spec.yaml
    expect 3 apply
    said err 'the spec expired on 2100-01-01T00:00:00Z and was never applied here'
    [ "$(memory web1)" = 64 ]
    # The way out is a later end.
    spec 'generation: 2' 'expires: 2100-01-02T00:00:00Z' <<< '  web1: {memory: 128}'
    sign a spec.yaml
    expect 4 apply
    # With a threshold, no single clock decides.
    pair b
    agent absent_pause=0s "trust={keys: [$PWD/a.pub, $PWD/b.pub], threshold: 2}" "sources=[{path: $PWD/spec.yaml}]"
    rm -r state
    spec 'generation: 1' 'expires: 2100-01-01T00:00:00Z' <<< '  web1: {memory: 64}'
    chmod 666 spec.yaml
    minisign -S -s a.key -m spec.yaml -t $'timestamp:4102444801\tfile:spec.yaml'
    sign b spec.yaml --name-by-key
    expect 0 apply
    run ! grep -q 'clock' err
}

@test "a source is of one kind" {
    agent 'sources=[{ca_file: /etc/ca.pem}]'
    expect 1 plan
    said err 'source 1 of agent.yaml: expected one of `path`, `url` or `git`, found none'
    agent 'sources=[{path: /a}, {path: /a, url: "https://h/a.yaml"}]'
    expect 1 plan
    said err 'source 2 of agent.yaml: expected one of `path`, `url` or `git`, found several'
}

# bounded KEYS: b.yaml is a source within bounds, beside a.yaml without.
bounded() {
    agent absent_pause=0s "sources=[{path: $PWD/a.yaml}, {path: $PWD/b.yaml, $1}]"
}

# beyond TEXT...: b.yaml is refused with these words, and nothing is done.
beyond() {
    expect 3 plan
    said err "$@"
    expect 3 apply
    [ -z "$(changes)" ]
    expect 3 validate
}

@test "a source defines only the names that agent.yaml lets it" {
    bounded 'names: ["lab-*", extra]'
    source_of a.yaml 1 "$(guest web1)"
    source_of b.yaml 1 "$(guest web2)"
    beyond "b.yaml:4:11: expected a domain that agent.yaml lets this source define (\`names\`), found 'web2'"
    source_of b.yaml 1 "$(guest lab-1), $(guest extra)"
    sed -i 's/lab-1: {/&uuid: 7c71034a-bb0b-5c43-8acc-85edc793a7eb, /' b.yaml
    beyond "expected no 'uuid' in a source whose"
    source_of b.yaml 1 "$(guest lab-1), $(guest extra)"
    expect 0 apply
    in_sync
}

@test "a source within bounds of names brings no hosts, whom those of others would ask" {
    bounded 'names: ["lab-*"]'
    source_of a.yaml 1 "web1: {host: dom0-a, type: pvh, kernel: /boot/a, memory: 64}"
    sed -i 's,^domains,hosts: {dom0-a: {}}\n&,' a.yaml
    source_of b.yaml 1 "lab-1: {host: dom0-a, type: pvh, kernel: /boot/a, memory: 64}"
    expect 0 validate
    sed -i 's,^domains,hosts: {evil: {address: 127.0.0.1}}\n&,' b.yaml
    printf '#!/bin/sh\ntouch %s\n' "$PWD/asked" > ssh
    chmod +x ssh
    sed -i "\$a ssh: [$PWD/ssh]" agent.yaml
    beyond 'b.yaml:4:8: expected no `hosts` in a source whose `names` agent.yaml bounds, found some'
    [ ! -e asked ]
    # Alone, it is the spec of all of them.
    agent absent_pause=0s "sources=[{path: $PWD/b.yaml, names: [\"lab-*\"]}]"
    sed -i 's/evil: .*/dom0-a: {}}/' b.yaml
    expect 0 validate
}

@test "a source gives only the disks that agent.yaml lets it" {
    disk() {
        source_of b.yaml 1 "lab-1: {type: pvh, kernel: /boot/a, memory: 64, disks: [{vdev: xvda, path: $1}]}"
    }
    bounded 'disks: ["/dev/vg-lab/*"]'
    source_of a.yaml 1 'web1: {type: pvh, kernel: /boot/a, memory: 64, disks: [{vdev: xvda, path: /dev/sda}]}'
    local path
    for path in /dev/sda /dev/vg-lab /dev/vg-lab/ /dev/vg-lab/../sda /dev/vg-lab/a/b /dev/vg-lab2/a; do
        disk "$path"
        expect 3 apply
        [ -z "$(changes)" ]
    done
    disk /dev/sda
    beyond "b.yaml:4:86: expected a disk that agent.yaml lets this source use (\`disks\`), found '/dev/sda'"
    # Nor by a profile of another source, which has no bounds.
    sed -i 's,^domains,profiles: {given: {disks: [{vdev: xvda\, path: /dev/sdb}]}}\n&,' a.yaml
    source_of b.yaml 1 'lab-1: {profile: given, type: pvh, kernel: /boot/a, memory: 64}'
    beyond "found '/dev/sdb'"
    disk /dev/vg-lab/a
    expect 0 apply
}

@test "a source within bounds of disks names no other file of dom0, and no image with a header" {
    lab() {
        source_of b.yaml 1 "lab-1: {type: pvh, kernel: /boot/a, memory: 64, $1}"
    }
    source_of a.yaml 1 'web1: {type: pvh, kernel: /root/a, ramdisk: /etc/issue, memory: 64}'
    bounded 'disks: ["/dev/vg-lab/*"]'
    lab 'ramdisk: /etc/shadow'
    beyond "b.yaml:4:68: expected a file that agent.yaml lets this source use (\`files\`), found '/etc/shadow'"
    lab 'pvshim_path: /etc/shadow'
    beyond "found '/etc/shadow'"
    lab 'type: hvm, firmware: /boot/../etc/shadow'
    sed -i 's/type: pvh, kernel: .boot.a, //' b.yaml
    beyond "found '/boot/../etc/shadow'"
    lab 'disks: [{vdev: xvda, path: /dev/vg-lab/a, format: qcow2}]'
    beyond "expected a format that agent.yaml lets this source use (\`formats\`), found 'qcow2'"
    bounded 'disks: ["/dev/vg-lab/*"], files: ["/boot/*", "/srv/lab/*"], formats: [raw, qcow2]'
    lab 'ramdisk: /srv/lab/../../etc/shadow'
    expect 3 plan
    lab 'ramdisk: /boot/sub/a'
    beyond "found '/boot/sub/a'"
    bounded 'names: ["lab-*"], files: ["/boot/b"]'
    lab 'ramdisk: /boot/b'
    beyond "found '/boot/a'"
    bounded 'disks: ["/dev/vg-lab/*"], files: ["/boot/*", "/srv/lab/*"], formats: [raw, qcow2]'
    lab 'ramdisk: /srv/lab/a, disks: [{vdev: xvda, path: /dev/vg-lab/a, format: qcow2}]'
    expect 0 apply
}

@test "a source within bounds reaches no device of the host, nor a file or program by any other key" {
    lab() {
        source_of b.yaml 1 "lab-1: {type: hvm, memory: 64, $1}"
    }
    source_of a.yaml 1 'web1: {type: hvm, memory: 64, pci: ["01:00.0"], serial: "file:/root/a"}'
    bounded 'disks: ["/dev/vg-lab/*"]'
    lab 'channel: [{connection: socket, name: a, path: /etc/cron.d/a}]'
    beyond "expected a file that agent.yaml lets this source use (\`files\`), found '/etc/cron.d/a'"
    lab 'pci: ["01:00.0"]'
    beyond "expected a device that agent.yaml lets this source use (\`devices\`), found 'pci:01:00.0'"
    lab 'dtdev: [/soc/uart]'
    beyond "found 'dtdev:/soc/uart'"
    lab 'ioports: ["2f8-2ff"]'
    beyond "found 'ioports:2f8-2ff'"
    lab 'iomem: ["fe000,1"]'
    beyond "found 'iomem:fe000,1'"
    lab 'irqs: [9]'
    beyond "found 'irqs:9'"
    lab 'usbdev: [{hostbus: 3, hostaddr: 7}]'
    beyond "found 'usbdev:3.7'"
    lab 'usb: true, usbdevice: [tablet, "host:1.2"]'
    beyond "found 'usbdevice:host:1.2'"
    lab 'usb: true, usbdevice: "disk:/dev/sda"'
    beyond "found 'usbdevice:disk:/dev/sda'"
    # The addresses of the host, and the displays of others.
    lab 'vnc: true, vnclisten: 0.0.0.0'
    beyond "found 'vnclisten:0.0.0.0'"
    lab 'vnc: true, vnclisten: "127.0.0.1:7"'
    beyond "found 'vnclisten:127.0.0.1:7'"
    lab 'vnc: true, vncdisplay: 7'
    beyond "found 'vncdisplay:7'"
    lab 'sdl: true, display: ":0"'
    beyond "found 'display::0'"
    lab 'vfb: [{vnc: true, vncdisplay: 7, vnclisten: 10.0.0.5}]'
    sed -i 's/type: hvm/type: pv, kernel: .boot.a/' b.yaml
    beyond "found 'vnclisten:10.0.0.5'" "found 'vncdisplay:7'"
    # What runs a program is for `allow_programs`, in a source of this host, too.
    lab 'serial: "file:/etc/cron.d/a"'
    beyond "expected a program that agent.yaml allows (\`allow_programs\`), found 'serial' in a source with bounds"
    lab 'xen: {nic_hack: ["a"]}'
    beyond "found 'xen' in a source with bounds"
    lab 'serial: pty, usb: true, usbdevice: tablet, vnc: true, vnclisten: 127.0.0.1, vncunused: true'
    expect 0 apply
    bounded 'disks: ["/dev/vg-lab/*"], files: ["/run/lab/*"], devices: ["pci:01:*", "usbdev:3.*", "vncdisplay:7", "vnclisten:10.0.0.*"]'
    lab 'pci: ["02:00.0"]'
    "$XENSIM" sim log clear
    expect 3 plan
    lab 'vnc: true, vncdisplay: 8'
    expect 3 plan
    lab 'vnc: true, vnclisten: 10.0.1.5'
    expect 3 plan
    lab 'vnc: true, vncdisplay: 7, vnclisten: 10.0.0.5, pci: ["01:00.0"], usbdev: [{hostbus: 3, hostaddr: 7}], channel: [{connection: socket, name: a, path: /run/lab/a}]'
    expect 0 validate
}

@test "a source within bounds runs no program in dom0, whatever it is bounded by, and by a bare name neither" {
    local bound
    source_of a.yaml 1 "$(guest web1)"
    for bound in 'names: ["lab-*"]' 'formats: [raw]' 'files: ["/boot/*"]'; do
        bounded "$bound"
        source_of b.yaml 1 'lab-1: {type: pv, bootloader: pygrub, memory: 64}'
        beyond "b.yaml:4:41: expected a program that agent.yaml allows (\`allow_programs\`), found 'bootloader' in a source with bounds"
        source_of b.yaml 1 'lab-1: {type: hvm, memory: 64, xen: {nic_hack: ["a"]}}'
        beyond "found 'xen' in a source with bounds"
        source_of b.yaml 1 'lab-1: {type: pvh, kernel: /boot/a, memory: 64, vifs: [{script: vif-route}]}'
        beyond "found 'script' in a source with bounds"
    done
    source_of b.yaml 1 'lab-1: {type: pv, bootloader: pygrub, memory: 64}'
    sed -i '$a allow_programs: [pygrub]' agent.yaml
    expect 0 validate
}

@test "a source within bounds reaches neither dom0 nor other domains by a name, a label or a switch" {
    lab() {
        source_of b.yaml 1 "lab-1: {$1, memory: 64}"
    }
    refused() {
        local text="type: $1, $3"
        [ "$1" = hvm ] || text="type: $1, kernel: /boot/a, $3"
        lab "$text"
        beyond "expected a device that agent.yaml lets this source use (\`devices\`), found '$2'"
    }
    source_of a.yaml 1 "$(guest web1)"
    bounded 'disks: ["/dev/vg-lab/*"]'
    refused pvh vifname:eth0 'vifs: [{vifname: eth0}]'
    refused pvh ip:10.0.0.5 'vifs: [{ip: "10.0.0.1 10.0.0.5"}]'
    refused pvh mtu:68 'vifs: [{mtu: 68}]'
    refused pvh vlan:10p/20 'vifs: [{vlan: "10p/20"}]'
    refused pvh seclabel:system_u:system_r:dom0_t 'seclabel: "system_u:system_r:dom0_t"'
    refused pvh init_seclabel:a 'init_seclabel: a'
    refused hvm device_model_stubdomain_seclabel:a 'device_model_stubdomain_seclabel: a'
    refused pvh driver_domain:true 'driver_domain: true'
    refused pvh pool:fast 'pool: fast'
    refused pvh xenstore_quota:nodes=9999 'xenstore_quota: ["nodes=9999"]'
    refused hvm gfx_passthru:true 'gfx_passthru: true'
    refused hvm gfx_passthru:igd 'gfx_passthru: igd'
    refused hvm pci_permissive:true 'pci_permissive: true'
    refused hvm sdl:true 'sdl: true'
    refused pv sdl:true 'vfb: [{sdl: true}]'
    refused hvm soundhw:hda 'soundhw: hda'
    refused hvm usbdevice:braille 'usb: true, usbdevice: [tablet, braille]'
    refused hvm device_model_user:root 'device_model_user: root'
    refused pv bootloader_user:root 'bootloader_user: root'
    refused pv bootloader_restrict:false 'bootloader_restrict: false'
    refused pvh on_crash:coredump-restart 'on_crash: coredump-restart'
    refused pvh unique-id:web1 'vkb: [{backend-type: linux, unique-id: web1}]'
    # What is off reaches nothing.
    lab 'type: hvm, sdl: false, gfx_passthru: false, driver_domain: false, on_crash: preserve, usb: true, usbdevice: mouse'
    expect 0 validate
    lab 'type: pv, kernel: /boot/a, bootloader_restrict: true, vfb: [{sdl: false}], vifs: [{mac: "00:16:3e:00:00:01", model: e1000}]'
    sed -i 's/, model: e1000//' b.yaml
    expect 0 validate
    # One who may have a device has not all of its registers thereby.
    bounded 'disks: ["/dev/vg-lab/*"], devices: ["pci:01:*", "vifname:lab-*", "ip:10.0.7.*", "sdl:true", "pool:fast", "on_crash:*"]'
    refused hvm pci_permissive:true 'pci: ["01:00.0,permissive=1"]'
    refused pvh ip:10.0.0.5 'vifs: [{ip: "10.0.7.1 10.0.0.5"}]'
    lab 'type: hvm, pci: ["01:00.0"], vifs: [{vifname: lab-1, ip: "10.0.7.1 10.0.7.2"}], sdl: true, pool: fast, on_crash: coredump-destroy'
    expect 0 validate
}

@test "a source within bounds of disks has no other domain serve it; bridges are bounded where that is said" {
    lab() {
        source_of b.yaml 1 "lab-1: {type: pvh, kernel: /boot/a, memory: 64, $1}"
    }
    source_of a.yaml 1 "$(guest web1)"
    bounded 'disks: ["/dev/vg-lab/*"]'
    lab 'vifs: [{bridge: xenbr0, backend: net}]'
    beyond "b.yaml:4:92: expected a device that agent.yaml lets this source use (\`devices\`), found 'backend:net'"
    lab 'disks: [{vdev: xvda, path: /dev/vg-lab/a, backend: storage}]'
    beyond "found 'backend:storage'"
    lab 'channel: [{connection: pty, name: a, backend: "7"}]'
    beyond "found 'backend:7'"
    lab 'vkb: [{backend-type: linux, backend: other}]'
    beyond "found 'backend:other'"
    lab 'vifs: [{bridge: xenbr0, backend: Domain-0}, {}], disks: [{vdev: xvda, path: /dev/vg-lab/a, backend: "0"}]'
    expect 0 validate
    bounded 'disks: ["/dev/vg-lab/*"], devices: ["backend:stor*"]'
    lab 'disks: [{vdev: xvda, path: /dev/vg-lab/a, backend: storage}], vifs: [{}]'
    expect 0 validate
    # Bridges, and what would be a way around them.
    bounded 'bridges: ["xenbr-lab*", eth1]'
    lab 'vifs: [{bridge: xenbr0}]'
    beyond "expected a bridge that agent.yaml lets this source use (\`bridges\`), found 'xenbr0'"
    lab 'vifs: [{bridge: xenbr-lab1}, {ip: 10.0.0.1}]'
    beyond "b.yaml:4:88: expected a \`bridge\` that agent.yaml lets this source use (\`bridges\`), found none"
    lab 'vifs: [{bridge: xenbr-lab1, gatewaydev: eth0}]'
    beyond "found 'eth0'"
    lab 'vifs: [{bridge: xenbr-lab1, backend: net}]'
    beyond "found 'backend:net'"
    lab 'vifs: [{bridge: xenbr-lab1, script: /root/any}]'
    beyond "found 'script' in a source with bounds"
    sed -i 's/{type: pvh, kernel: .boot.a,/{type: hvm,/' b.yaml
    lab 'pci: ["01:00.0"]'
    sed -i 's/{type: pvh, kernel: .boot.a,/{type: hvm,/' b.yaml
    beyond "found 'pci:01:00.0'"
    lab 'vifs: [{bridge: xenbr-lab1, gatewaydev: eth1}, {bridge: xenbr-lab2, script: vif-bridge}], ramdisk: /srv/any'
    expect 0 validate
}

@test "a local source within bounds that has expired holds its own domains alone, and is named" {
    lapse() { sed -i 's/^generation.*/&\nexpires: 2020-01-01T00:00:00Z/' "$1"; }
    bounded 'names: ["lab-*"]'
    source_of a.yaml 1 "$(guest web1)"
    source_of b.yaml 1 "$(guest lab-1)"
    expect 0 apply
    source_of a.yaml 2 "$(guest web1), $(guest web2)"
    source_of b.yaml 1 "$(guest lab-1), $(guest lab-2)"
    lapse b.yaml
    "$XENSIM" destroy lab-1
    planned 'web2 create' 'lab-1 create' 'lab-2 create!'
    said err "the spec of path $PWD/b.yaml expired on 2020-01-01T00:00:00Z: what should run of its domains is kept"
    # What has expired before it was here is refused, in its name; of a local source there is no copy.
    source_of b.yaml 2 "$(guest lab-1)"
    lapse b.yaml
    expect 3 plan
    said err "the spec of path $PWD/b.yaml expired on 2020-01-01T00:00:00Z and was never applied here"
    run ! grep -q 'is kept' err
    # Whoever has no bounds, or brings hosts, speaks for all.
    source_of b.yaml 1 "$(guest lab-1)"
    source_of a.yaml 1 "$(guest web1), $(guest web2)"
    lapse a.yaml
    planned 'web2 create!' 'lab-1 create'
    said err "the spec of path $PWD/a.yaml expired on 2020-01-01T00:00:00Z: what should run is kept"
    bounded 'disks: ["/dev/vg-lab/*"]'
    source_of a.yaml 1 'web1: {host: dom0-a, type: pvh, kernel: /boot/a, memory: 64}, web2: {host: dom0-a, type: pvh, kernel: /boot/a, memory: 64}'
    source_of b.yaml 1 'lab-1: {host: dom0-a, type: pvh, kernel: /boot/a, memory: 64}'
    sed -i 's,^domains,hosts: {dom0-a: {}}\n&,' b.yaml
    lapse b.yaml
    planned 'web2 create!' 'lab-1 create'
}

@test "a profile of a source within bounds reaches no domain of another one" {
    bounded 'names: ["lab-*"]'
    source_of a.yaml 1 "$(guest web1)"
    source_of b.yaml 1 "$(guest lab-1)"
    sed -i 's,^domains,profiles: {default: {kernel: /boot/evil}}\n&,' b.yaml
    beyond "b.yaml:4:12: expected a profile that domains of its own source alone take, since agent.yaml bounds that, found that domain 'web1' (at $PWD/a.yaml:4) takes it"
    sed -i 's/default:/own:/' b.yaml
    expect 0 apply
}

@test "new keys of a local source, whose signatures are named by their keys" {
    pair a b c
    agent absent_pause=0s "trust={keys: [$PWD/a.pub], required: true}" "sources=[{path: $PWD/spec.yaml}]"
    spec 'generation: 1' "signers: [$(sed -n 2p b.pub), $(sed -n 2p c.pub)]" 'signers_threshold: 2' <<< '  web1: {}'
    sign a spec.yaml --name-by-key
    expect 0 apply
    in_sync
    spec 'generation: 2' <<< '  web1: {cpu_weight: 300}'
    sign a spec.yaml --name-by-key
    expect 3 apply
    said err 'the spec is signed by keys that others have followed since the generation 1'
    sign b spec.yaml --name-by-key
    sign c spec.yaml --name-by-key
    expect 0 apply
    in_sync
}
