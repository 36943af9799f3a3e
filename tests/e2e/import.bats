#!/usr/bin/env bats
# A spec of what is there: of config files, and of domains that run.

load host.bash

setup() {
    setup_host
    agent absent_pause=0s fleet=lab
    mkdir cfg
    cat > cfg/router.cfg <<'CFG'
# A paravirtual guest, as xen-tools writes it.
bootloader = '/usr/lib/xen-4.17/bin/pygrub'
vcpus       = '2'
memory      = '128'
root        = '/dev/xvda2 ro'
disk        = [
                  'phy:/dev/vg0/router-disk,xvda2,w',
                  'phy:/dev/vg0/router-swap,xvda1,w',
              ]
name        = 'router'
vif         = [ 'ip=192.0.2.7 ,mac=00:16:3E:0A:0B:0C,bridge=xenbr0' ]
on_poweroff = 'destroy'
on_reboot   = 'restart'
on_crash    = 'destroy'
CFG
    cat > cfg/web.cfg <<'CFG'
name = "web"
type = "pvh"
kernel = "/boot/vmlinuz"
ramdisk = "/boot/initrd"
cmdline = "root=/dev/xvda1 ro quiet"
memory = 64
maxmem = 256
vcpus = 1
maxvcpus = 4
cpu_weight = 512
disk = [ "format=qcow2,vdev=xvda,access=rw,target=/srv/web.qcow2" ]
vif = [ "bridge=xenbr1,vifname=web0", "" ]
CFG
    cat > cfg/win.cfg <<'CFG'
name = "win"
builder = "hvm"
memory = 96
disk = [ "/dev/vg0/win,raw,hda,rw", "/srv/setup.iso,raw,hdc,devtype=cdrom" ]
vif = [ "mac=00:16:3e:00:00:99,bridge=xenbr0,model=e1000" ]
boot = "dc"
vnc = 1
vnclisten = "127.0.0.1"
vncpasswd = "geheim"
usb = 1
usbdevice = "tablet"
localtime = 1
viridian = 1
acpi = 1
hap = 0
CFG
}

# by_hand NAME...: what an administrator would have done.
by_hand() {
    local name
    for name in "$@"; do
        "$XENSIM" create "cfg/$name.cfg" > out 2>&1
    done
    "$XENSIM" sim log clear
}

# import CODE ARG...: writes spec.yaml.
import() {
    expect "$1" import "${@:2}"
    cp out spec.yaml
}

identities() {
    "$XENSIM" list -v | awk 'NR > 2 { print $1, $2, $7 }'
}

# taken_over NAME...: plan does nothing but adopt them, and neither that nor anything afterwards touches a domain.
taken_over() {
    local before
    before=$(identities)
    planned "${@/%/ adopt}"
    json 2 'all(.actions[]; .changes == [] and .held == null)' plan
    expect 0 apply
    in_sync
    [ -z "$(changes)" ] || { changes; return 1; }
    [ "$(identities)" = "$before" ]
}

@test "what runs: adopted, and nothing else" {
    by_hand router web win
    import 0 --running
    said err 'b_info.type.hvm.vnc.passwd: left out: a secret stands in no spec'
    run ! grep -rq geheim out err
    run ! grep -q 'no MAC' err
    for uuid in $(identities | awk '{ print $3 }'); do said spec.yaml "uuid: $uuid"; done
    taken_over router web win
    # A start from then on is as the one by hand.
    "$XENSIM" list -l web | grep -v '"domid"' > before
    "$XENSIM" destroy web
    expect 0 apply
    "$XENSIM" list -l web | grep -v '"domid"' > after
    diff before after
    in_sync
}

@test "what runs: renamed, hot-plugged, ballooned" {
    by_hand router web
    "$XENSIM" mem-set web 100
    "$XENSIM" vcpu-set web 3
    "$XENSIM" block-attach web /srv/more.img,raw,xvdb,rw
    "$XENSIM" network-attach web bridge=xenbr2 mac=00:16:3e:00:00:77
    "$XENSIM" rename web www
    "$XENSIM" sim log clear
    import 0 --running
    said spec.yaml 'memory: 100MiB' 'vcpus: 3' 'path: /srv/more.img' 'mac: 00:16:3e:00:00:77'
    taken_over router www
}

@test "what runs: what we have already is not adopted" {
    spec <<< '  mine: {}'
    expect 0 apply
    by_hand web
    import 0 --running
    [ "$(grep -c 'adopt: true' spec.yaml)" = 1 ]
    taken_over web
}

@test "what runs: one that is stuck does not keep the others from it" {
    agent absent_pause=0s fleet=lab 'timeouts={list: 4s}'
    by_hand router web win
    "$XENSIM" sim fault list hang --at "long-$(domid web)" --times always
    import 1 --running
    said err "the running domain web (id $(domid web)): left out: the toolstack does not tell its settings"
    said spec.yaml '# not here: the running domain web'
    taken_over router win
}

@test "what runs: ended ones and those on their way are left out" {
    by_hand router
    sed 's/web/half/; $a on_poweroff = "preserve"' cfg/web.cfg > cfg/half.cfg
    by_hand half
    "$XENSIM" sim poweroff half
    "$XENSIM" create -p cfg/web.cfg > out 2>&1
    import 1 --running
    said err 'half (id 2): left out: it has ended' 'web (id 3): left out: wait: '
    grep -q '^  router:' spec.yaml
    run ! grep -Eq '^  (half|web):' spec.yaml
}

@test "what runs: nothing, and no host at all" {
    import 0 --running
    said out 'domains: {}'
    PATH=/usr/bin:/bin expect 1 --toolstack xl import --running
    silent out
    [ -s err ]
}

@test "files: of domains that run, taken over with the files" {
    cp cfg/*.cfg xen/
    by_hand router web win
    import 0
    said err 'the file has no MAC address for vif 0'
    run ! grep -rq geheim out err
    taken_over router web win
    for name in router web win; do
        grep -q '^# xensure: uuid' "xen/$name.cfg"
        diff "cfg/$name.cfg" state/replaced/"$name".cfg.*
    done
    # They are ours now.
    expect 0 import
    said err 'xen/web.cfg is left out: xensure has written it itself'
    said out 'domains: {}'
}

@test "files: anywhere, one by one and as a folder" {
    by_hand router web win
    import 1 cfg/win.cfg cfg
    said err "left out: 'win' is in cfg/win.cfg already"
    taken_over win router web
}

@test "files: of domains that are off" {
    sed -i 's/, "" \]/ ]/' cfg/web.cfg
    cp cfg/web.cfg xen/
    by_hand router
    import 0 cfg/router.cfg xen/web.cfg
    said spec.yaml 'state: stopped'
    planned 'router adopt' 'web write-config'
    expect 0 apply
    in_sync
    [ -z "$(changes)" ]
    diff cfg/web.cfg state/replaced/web.cfg.*
    # It is started when it is asked for, with the config that it had.
    sed -i '/state: stopped/d' spec.yaml
    expect 0 apply
    [ "$(memory web)" = 64 ]
    in_sync
}

# refused CODE NAME TEXT FILE...: import leaves the domain out, and says that.
refused() {
    import "$1" "${@:4}"
    said err "$3"
    said spec.yaml "# not here: "
    run ! grep -Eq "^  $2:" spec.yaml
    run ! grep -q 'state: stopped' spec.yaml
}

@test "files: a domain that runs under another name" {
    echo 'uuid = "11111111-2222-4333-8444-555555555555"' >> cfg/web.cfg
    by_hand web router
    "$XENSIM" rename web www
    refused 1 web "the domain with its uuid is here as 'www' (id 1), and the file calls it 'web'" cfg/web.cfg
    # Of a migration the name alone tells.
    "$XENSIM" rename router router--incoming
    refused 1 router "the domain with its name is here as 'router--incoming' (id 2), and the file calls it 'router'" \
        cfg/router.cfg
    said err 'it is being received'
    # Two that may be it.
    "$XENSIM" sim add-foreign web
    refused 1 web '2 domains that are here may be this one' cfg/web.cfg
}

@test "files: a guest that just reboots is no stopped one" {
    by_hand web
    "$XENSIM" sim set restart_pause=1s
    agent absent_pause=3s
    "$XENSIM" sim guest-reboot web
    import 0 cfg/web.cfg
    said spec.yaml "uuid: $(uuid web)"
    run ! grep -q 'state: stopped' spec.yaml
    # One that is long in coming back is.
    "$XENSIM" sim set restart_pause=1h
    agent absent_pause=0s
    "$XENSIM" sim guest-reboot web
    import 0 cfg/web.cfg
    said spec.yaml 'state: stopped'
}

@test "files: a domain that is gone at the second look only" {
    by_hand web
    "$XENSIM" sim fault list hold --skip 1
    expect 1 import cfg/web.cfg cfg/router.cfg &
    held
    "$XENSIM" sim fault clear
    "$XENSIM" sim vanish web
    rm sim/held
    wait $!
    said err 'cfg/web.cfg: left out: it was in the list, and a moment later it was not'
    grep -A3 '^  router:' out | grep -q 'state: stopped'
    run ! grep -q '^  web:' out
    # And one of which the second look fails.
    "$XENSIM" sim fault list garble --skip 1 --times always
    refused 1 router 'it is not in the list, and there was no second look' cfg/router.cfg
}

@test "files: a domain that is on its way, or has ended" {
    "$XENSIM" create -p cfg/web.cfg > out 2>&1
    refused 1 web 'web.cfg: left out: wait: it is paused and has never run' cfg/web.cfg
    sed 's/"web"/"half"/; $a on_poweroff = "preserve"' cfg/web.cfg > cfg/half.cfg
    by_hand half
    "$XENSIM" sim poweroff half
    refused 1 half 'half.cfg: left out: it has ended' cfg/half.cfg
}

@test "files: a domain that is recorded as one that runs here" {
    spec <<< '  web: {}'
    expect 0 apply
    "$XENSIM" sim vanish web
    refused 1 web 'recorded as one that runs here' cfg/web.cfg
}

@test "files: a domain of ours that is paused stays so" {
    spec <<< '  web: {state: paused}'
    expect 0 apply
    import 0 cfg/web.cfg
    said spec.yaml 'state: paused'
    import 0 --running
    said spec.yaml 'state: paused'
}

@test "files: code is refused with its line, and never executed" {
    cat > cfg/code.cfg <<'CFG'
name = "code"
memory = 64
import os
os.system("touch executed")
CFG
    printf 'name = "secret"\nvncpasswd = "ge" + "heim"\n' > cfg/secret.cfg
    printf 'name = "cr"\r\nmemory = 64\r\n' > cfg/cr.cfg
    by_hand router
    import 1 cfg/code.cfg cfg/secret.cfg cfg/cr.cfg cfg/missing.cfg cfg/router.cfg
    [ ! -e executed ]
    said err 'cfg/code.cfg:3:1: ' '    import os' 'cfg/secret.cfg:2:' 'cfg/cr.cfg:1:' 'cfg/missing.cfg: '
    run ! grep -rq heim out err
    said spec.yaml '# not here: cfg/code.cfg: '
    taken_over router
}

@test "files: a spec that needs a hand is printed, and says so" {
    printf 'name = "pair"\nmemory = 64\nkernel = "/k"\ndisk = ["/d1,raw,xvda,w", "/d2,raw,xvda,w"]\n' > cfg/pair.cfg
    import 1 cfg/pair.cfg
    said out 'path: /d2'
    said err 'expected a vdev of its own' 'the spec is not right'
    json 1 '.error != null and (.spec | contains("/d2")) and (.problems | length > 0)' import cfg/pair.cfg
}

@test "files: a domain with a device that no spec can have stays another's" {
    cp cfg/*.cfg xen/
    sed -i 's|^disk = .*|disk = [ "/srv/web.qcow2,qcow2,xvda,w", "/srv/b,raw,xvdb,w,colo,colo-host=h,colo-port=1,colo-export=e,active-disk=a,hidden-disk=h" ]|' xen/web.cfg
    by_hand web router
    import 1 xen/web.cfg xen/router.cfg
    said err 'xen/web.cfg: left out: a device of it cannot be in a spec' 'disk: left out: a spec has no '
    run ! grep -q '^  web:' spec.yaml
    said spec.yaml '#   web:' '#     adopt: true' '#       - {vdev: xvda, path: /srv/web.qcow2, format: qcow2}'
    taken_over router
    cmp <(sed -n 1,3p xen/web.cfg) <(sed -n 1,3p cfg/web.cfg)
    json 1 '[.notes[] | select(.domain == "web")] | any(.key == null and .left_out)' import xen/web.cfg
    # It is there for who puts it right.
    sed -i 's/^# \(  \+.*\)/\1/' spec.yaml
    grep -q '^  web:' spec.yaml
    expect 0 validate
    planned 'web adopt'
}

@test "files: a value that is left out is an error" {
    echo 'pci = [ "5:0.0" ]' >> cfg/router.cfg
    sed -i 's/"bridge=xenbr1/"mac=00:16:3e:XX:XX:XX,bridge=xenbr1/' cfg/web.cfg
    printf 'cmdline = "a\\nb"\n' >> cfg/web.cfg
    import 1 cfg/router.cfg
    import 1 cfg/web.cfg
    said err 'vif.mac: left out' 'cmdline: left out' 'is not in the spec'
    # What no toolstack looks at is none.
    echo 'vncviewer = 0' >> cfg/win.cfg
    import 0 cfg/win.cfg
}

@test "files: on a machine without Xen" {
    PATH=/usr/bin:/bin expect 0 --toolstack xl import cfg
    said err 'the host was not asked which domains run'
    [ "$(grep -c 'adopt: true' out)" = 3 ]
    run ! grep -q 'state: stopped' out
}

@test "files: an empty folder, and one with too many" {
    mkdir none many
    import 1 none
    said err 'none: expected files called *.cfg in the folder, found none'
    import 0
    said err "there is no *.cfg in $PWD/xen"
    # Our own are none to be imported, and no mistake.
    spec <<< '  mine: {}'
    expect 0 apply
    import 0 xen
    touch many/{1..10001}.cfg
    import 1 many
    said err 'many: expected at most 10000 files called *.cfg in a folder, found more'
    said out 'domains: {}'
    rm many/10001.cfg
    # Empty files are domains without a name: all of them are told.
    import 1 many
    [ "$(grep -c 'a domain needs a name' err)" = 10000 ]
}

@test "files: names with any bytes in them" {
    local odd=$'odd\n\e[31m\xff.cfg'
    echo 'x = {' > "$odd"
    json 1 '.notes | length == 1 and (.[0].source | startswith("odd\\n\\x1b[31m"))' import "$odd"
    import 1 "$odd"
    run ! grep -q $'\e' err out
    iconv -f utf-8 -t utf-8 err out > /dev/null
    [ "$(grep -c . err)" -le 3 ]
}

@test "the fleet: agent.yaml's, the record's, or one to be put in" {
    by_hand web
    agent absent_pause=0s
    import 0 --running
    said spec.yaml 'fleet: CHANGE-ME'
    said err 'no fleet is known'
    sed -i 's/CHANGE-ME/shop/' spec.yaml
    taken_over web
    import 0 --running
    said spec.yaml 'fleet: shop'
}

@test "JSON: one document, with the spec and what is not in it" {
    by_hand router web win
    json 0 '.format_version == 1 and .error == null and .problems == []
        and (.spec | startswith("# Made by"))
        and any(.notes[]; .domain == "win" and .left_out and (.key | endswith("vnc.passwd")))' import --running
    silent err
    jq -r .spec out > spec.yaml
    taken_over router web win
    json 1 '.notes | length == 1 and .[0].line == 0 and .[0].left_out' import cfg/missing.cfg
    json 1 '.spec == null and .error != null' import --running cfg/web.cfg
}

@test "what two hosts run becomes one spec, as the guide of examples/gitops says" {
    local host
    mkdir fleet
    for host in dom0-a dom0-b; do
        "$XENSIM" sim init boot=0s
        # What they have in common becomes a profile.
        for name in 1 2; do
            printf '%s\n' "name = \"$host-$name\"" 'type = "pvh"' 'kernel = "/boot/a"' 'memory = 64' > one.cfg
            "$XENSIM" create one.cfg
        done
        xensure import --running > "fleet/$host.yaml" 2> err || true
        [ "$host" = dom0-b ] || cp -r sim sim-a
    done
    printf '%s\n' 'xensure: 1' 'fleet: lab' 'generation: 1' 'hosts: {dom0-a: {address: 10.0.0.11}, dom0-b: {address: 10.0.0.12}}' 'domains: {}' > fleet/lab.yaml
    run -3 "$XENSURE" validate fleet
    sed -n '/^for host in/,/^done/p' "$BATS_TEST_DIRNAME/../../examples/gitops/README.md" > adapt
    [ "$(wc -l < adapt)" = 3 ]
    bash -eu adapt
    "$XENSURE" validate fleet
    XENSIM_DIR=$PWD/sim-a "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec fleet -o json plan > out || [ $? = 2 ]
    jq -e '[.actions[].action] == ["adopt", "adopt"]' out
}

@test "where a spec was applied already, import says how the two go together" {
    spec <<< '  web1: {}'
    expect 0 apply
    "$XENSIM" sim add-foreign stranger
    expect 0 import --running
    said err 'a spec was applied here already' 'take into it the domains that are new' '(it has or had web1)'
    said out '  stranger:' '  web1:'
    json 0 '.remarks | length == 1' import --running
    # What the sentence says is what works.
    sed -n '/^  stranger:/,/^$/p' <(xensure import --running 2> err) >> spec.yaml
    planned 'stranger adopt'
    expect 0 apply
    in_sync
}
