#!/usr/bin/env bats
# Several hosts that share a spec: who may start a domain, and moving one. Whatever happens, no uuid runs on two of them.
# shellcheck disable=SC2016,SC2030,SC2031 # programs for other shells to expand; each test has variables of its own

load host
load fleet

setup() {
    fleet_setup
}

# web1_on HOST [LINE...]: the spec with web1 on that host.
web1_on() {
    fleet_spec "${@:2}" <<< "  web1: {host: $1, vifs: [{bridge: xenbr0}]}"
}

# settled HOST: both hosts have seen a spec with web1 on that one, where it runs.
settled() {
    web1_on "$1" "${@:2}"
    on "$([ "$1" = dom0-a ] && echo dom0-b || echo dom0-a)" 0 apply
    on "$1" 0 apply
    lives "$1"
}

# ---- who may start it ----

@test "a new fleet starts by itself, once each host has said that it has nothing" {
    fleet_spec <<< $'  web1: {host: dom0-a}\n  web2: {host: dom0-b}'
    on dom0-a 4 apply
    said out 'dom0-b has not applied a spec yet'
    on dom0-b 0 apply
    on dom0-a 0 apply
    lives dom0-a
    on dom0-a 0 apply
    silent out err
}

@test "plan asks too, and puts nothing down" {
    web1_on dom0-a
    on dom0-b 0 apply
    on dom0-a 2 plan
    said out '+ web1   create'
    [ ! -e dom0-a/state ]
    on dom0-a 0 apply
}

# What stands in the place of ssh, and what is said of the host then.
answers() {
    cat <<'TABLE'
exit 255#does not answer: the command that asks it exited with 255
echo "ssh: connect to host $1 port 22: No route to host" >&2; exit 255#No route to host
kill -9 $$#was killed by signal 9
true#does not answer
echo hello#no JSON
honest; echo "Welcome!"#no JSON
honest | head -c 150#no JSON
honest | jq '.time -= 121'#old one
honest | jq '.time += 1000'#another time
honest | jq '.fleet = "shop"'#is of the fleet 'shop'
honest | jq '.host = "dom0-c"'#where 'dom0-c' answers
honest | jq '.list_trouble = "xl list hangs"'#does not know its own domains: xl list hangs
honest | jq '.error = "no disk"'#it says: no disk
honest | jq '.format_version = 2'#'format_version' is 2
honest | jq 'del(.domains)'#'domains' is not a list
head -c 40000000 /dev/zero#printed more than
TABLE
}

@test "another host that does not answer as it should holds the start, and is named" {
    local answer text
    web1_on dom0-a
    on dom0-b 0 apply
    mv reach honest
    while IFS='#' read -r answer text; do
        reach "${answer/honest/\"\$FLEET/honest\" \"\$@\"}"
        on dom0-a 4 apply || { echo "with: $answer"; return 1; }
        said out 'dom0-b' "$text" 'xensure claim web1' || { echo "with: $answer"; return 1; }
        lives
    done < <(answers)
}

@test "a host whose ssh hangs is given up" {
    web1_on dom0-a
    on dom0-b 0 apply
    configure dom0-a 'timeouts: {ask: 1s}'
    reach 'exec sleep 60'
    on dom0-a 4 apply
    said out 'dom0-b' 'did not answer within 1 s' 'xensure claim web1'
    lives
}

@test "a list that fails over there holds the start" {
    web1_on dom0-a
    on dom0-b 0 apply
    sim dom0-b sim fault list fail --times always --text 'cannot init xl context'
    on dom0-a 4 apply
    said out 'does not know its own domains' 'cannot init xl context'
    lives
}

@test "an address that cannot be asked: none in the spec, no program" {
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< '  web1: {host: dom0-a}'
    on dom0-a 4 apply
    said out 'dom0-b has no `address`'
    web1_on dom0-a
    configure dom0-a "ssh: [$FLEET/nothing]" 2> /dev/null
    sed -i '/reach/d' dom0-a/agent.yaml
    on dom0-a 4 apply
    said out 'dom0-b cannot be asked'
    sed -i 's/^ssh:.*/ssh: [ssh]/' dom0-a/agent.yaml
    on dom0-a 1 apply
    said err 'absolute path'
}

@test "the operator's word starts it although nobody answers" {
    web1_on dom0-a
    reach 'exit 255'
    on dom0-a 4 apply
    on dom0-a 0 claim web1
    on dom0-a 0 apply
    lives dom0-a
}

@test "but not where it is on another host" {
    settled dom0-b
    web1_on dom0-a
    on dom0-a 0 claim web1
    on dom0-a 4 apply
    said out 'it is on dom0-b, as web1, running'
    lives dom0-b
}

@test "a host that was booted starts its own, although no other is up" {
    settled dom0-a
    reach 'exit 255'
    sim dom0-a sim reboot-host
    on dom0-a 0 apply
    lives dom0-a
    # The next generation, too: no spec was between the two.
    settled_generation=1
    reach 'exec env "XENSIM_DIR=$FLEET/sim/hosts/$1" "$XENSURE" -c "$FLEET/$1/agent.yaml" --host "$1" --toolstack sim "${@:3}"'
    web1_on dom0-a "generation: $settled_generation"
    on dom0-a 0 apply
    reach 'exit 255'
    sim dom0-a sim reboot-host
    web1_on dom0-a 'generation: 2'
    on dom0-a 0 apply
    lives dom0-a
    # But not the one after that.
    sim dom0-a sim reboot-host
    web1_on dom0-a 'generation: 4'
    on dom0-a 4 apply
    said out 'with an earlier spec' 'xensure claim web1'
    lives
}

@test "off while the spec moves it away and back: the old record starts nothing" {
    settled dom0-a 'generation: 1'
    mv reach online
    reach '[ "$1" != dom0-a ] || exit 255; exec "$FLEET/online" "$@"'
    sim dom0-a sim reboot-host
    # dom0-a is off. The operator knows that, and gives the domain to dom0-b.
    web1_on dom0-b 'generation: 2'
    on dom0-b 4 apply
    said out 'dom0-a does not answer'
    on dom0-b 0 claim web1
    on dom0-b 0 apply
    lives dom0-b
    web1_on dom0-a 'generation: 3'
    # It is back, and cannot ask; then it can.
    mv reach half
    reach 'exit 255'
    on dom0-a 4 apply
    said out 'with an earlier spec'
    lives dom0-b
    mv online reach
    on dom0-a 4 apply
    said out 'it is on dom0-b, as web1, running'
    lives dom0-b
    once
    # dom0-b sends it back.
    on dom0-b 0 apply
    lives dom0-a
    on dom0-a 0 apply
}

@test "two hosts with two specs that both give it to themselves: none starts it" {
    export SPEC=a.yaml
    web1_on dom0-a 'generation: 2' && mv spec.yaml a.yaml
    web1_on dom0-b 'generation: 1' && mv spec.yaml b.yaml
    on dom0-a 4 apply
    SPEC=b.yaml on dom0-b 4 apply
    on dom0-a 4 apply
    said out 'the spec that dom0-b has applied last gives it to dom0-b'
    SPEC=b.yaml on dom0-b 4 apply
    lives
    on dom0-b 0 apply
    on dom0-a 0 apply
    lives dom0-a
}

@test "what a host wants is on disk before it asks" {
    web1_on dom0-a
    on dom0-b 0 apply
    mv reach honest
    reach 'grep -q "^wanted web1 " "$FLEET/dom0-a/state/record" || exit 255; exec "$FLEET/honest" "$@"'
    on dom0-a 0 apply
    lives dom0-a
}

@test "renamed and given away in one spec, while it does not run: the record under the old name is no claim" {
    settled dom0-a 'generation: 1'
    local uuid
    uuid=$(sim dom0-a list -v | awk '$1 == "web1" { print $7 }')
    sim dom0-a sim reboot-host
    fleet_spec 'generation: 2' <<< "  web9: {host: dom0-b, uuid: $uuid}"
    on dom0-b 4 apply
    said out 'the record of dom0-a says that it runs there' 'xensure apply there, with this spec, ends that'
    on dom0-a 0 apply
    on dom0-b 0 apply
    [ "$(sim dom0-b list -v | awk '$1 == "web9" { print $7 }')" = "$uuid" ]
    # Given back under the old name, what dom0-a knew of it starts nothing.
    sim dom0-b sim reboot-host
    fleet_spec 'generation: 3' <<< '  web1: {host: dom0-a}'
    on dom0-a 4 apply
    said out 'the record of dom0-b'
    on dom0-b 0 apply
    on dom0-a 0 apply
    lives dom0-a
}

@test "what left the spec on one host and runs on there keeps its disk from a new one elsewhere" {
    local disk='disks: [{vdev: xvda, path: /dev/san/data}]'
    fleet_spec 'generation: 1' <<< "  old: {host: dom0-a, $disk}"
    on dom0-b 0 apply
    on dom0-a 0 apply
    fleet_spec 'generation: 2' <<< "  web1: {host: dom0-b, $disk}"
    on dom0-a 4 apply
    on dom0-b 4 plan
    on dom0-b 4 apply
    said out 'its disk /dev/san/data is in use by old on dom0-a, to which the spec does not give it'
    lives
    on dom0-a 4 -o json status
    jq -e '.domains | map(select(.name == "old")) == [{name: "old", uuid: .[0].uuid, seen: "running", recorded: "running",
        wanted: false, disks: [{path: "/dev/san/data", access: "rw"}]}]' out
    # The spec may say that these are two disks; or the old one is stopped.
    fleet_spec 'generation: 3' <<< "  web1: {host: dom0-b, $disk}"$'\n'"  old: {host: dom0-a, $disk}"
    on dom0-b 2 plan
    fleet_spec 'generation: 3' <<< "  web1: {host: dom0-b, $disk}"
    sim dom0-a shutdown -w old
    on dom0-b 4 apply
    said out 'its disk /dev/san/data was in use by old on dom0-a, which may only reboot (an apply on dom0-a finds out'
    on dom0-a 0 apply
    on dom0-b 0 apply
    lives dom0-b
}

@test "a disk that another host's domain has yet is not attached, nor stored for the guest's own reboot" {
    fleet_spec 'generation: 1' <<< $'  old: {host: dom0-a, disks: [{vdev: xvda, path: /dev/a}, {vdev: xvdb, path: /dev/san/data}]}
  web1: {host: dom0-b, disks: [{vdev: xvda, path: /dev/b}]}'
    on dom0-b 4 apply
    on dom0-a 0 apply
    on dom0-b 0 apply
    fleet_spec 'generation: 2' <<< $'  old: {host: dom0-a, disks: [{vdev: xvda, path: /dev/a}]}
  web1: {host: dom0-b, kernel: /boot/b, disks: [{vdev: xvda, path: /dev/b}, {vdev: xvdb, path: /dev/san/data}]}'
    on dom0-b 4 apply
    said out 'attach-disk' 'in use by old on dom0-a'
    sim dom0-b reboot web1
    wait_until lives dom0-b
    [ "$(sim dom0-b list -l web1 | jq -r '[.[].config.disks[].vdev] | join(" ")')" = xvda ]
    sim dom0-a block-detach old xvdb
    on dom0-a 4 apply
    on dom0-b 4 apply
    [ "$(sim dom0-b list -l web1 | jq -r '[.[].config.disks[].vdev] | join(" ")')" = xvda ]
}

@test "what runs with a disk that its spec does not give it any more does not move with it" {
    local data='{vdev: xvdb, path: /dev/san/data}'
    fleet_spec 'generation: 1' <<< "  web1: {host: dom0-a, disks: [{vdev: xvda, path: /dev/a}, $data]}"
    on dom0-b 0 apply
    on dom0-a 0 apply
    # It keeps the disk until it is started again.
    fleet_spec 'generation: 2' <<< "  web1: {host: dom0-b, disks: [{vdev: xvda, path: /dev/a}]}"$'\n'"  heir: {host: dom0-b, disks: [$data]}"
    on dom0-b 4 apply
    on dom0-a 4 apply
    said out 'it runs with the disk /dev/san/data' 'dom0-b would not know that'
    on dom0-b 4 apply
    said out 'its disk /dev/san/data is in use by web1 on dom0-a'
    lives dom0-a
    run ! grep -q heir <(sim dom0-b list)
    sim dom0-a shutdown -w web1
    on dom0-a 0 apply
    on dom0-b 0 apply
    lives dom0-b
    grep -q heir <(sim dom0-b list)
}

# disks HOST: what web1 has there.
disks() {
    sim "$1" list -l web1 | jq -r '[.[].config.disks[] | "\(.vdev)=\(.pdev_path)"] | join(" ")'
}

@test "a disk that another host has by now is not given back, nor started with again" {
    local data='{vdev: xvdb, path: /dev/san/data}'
    local mine="  web1: {host: dom0-a, disks: [{vdev: xvda, path: /dev/a}, $data]}"
    fleet_spec 'generation: 1' <<< "$mine"
    on dom0-b 0 apply
    on dom0-a 0 apply
    # Somebody takes it from the guest, to work with it elsewhere, and says so in the spec for a while.
    sim dom0-a block-detach web1 xvdb
    fleet_spec 'generation: 2' <<< "$mine"$'\n'"  heir: {host: dom0-b, disks: [{vdev: xvda, path: /dev/san/data}]}"
    on dom0-b 0 apply
    fleet_spec 'generation: 3' <<< "$mine"
    ages 4000 dom0-a/state
    on dom0-a 4 apply
    said out 'attach-disk' 'its disk /dev/san/data is in use by heir on dom0-b'
    [ "$(disks dom0-a)" = xvda=/dev/a ]
    sim dom0-a sim reboot-host
    on dom0-a 4 apply
    said out 'create' 'its disk /dev/san/data is in use by heir on dom0-b'
    lives
    sim dom0-b shutdown -w heir
    on dom0-b 0 apply
    on dom0-a 0 apply
    [ "$(disks dom0-a)" = 'xvda=/dev/a xvdb=/dev/san/data' ]
}

@test "what changes with a move is made when the guest is there: a disk at once, a kernel at its next start" {
    local data='{vdev: xvdb, path: /dev/san/data}'
    fleet_spec 'generation: 1' <<< "  web1: {host: dom0-a, disks: [{vdev: xvda, path: /dev/a}]}"
    on dom0-b 0 apply
    on dom0-a 0 apply
    fleet_spec 'generation: 2' <<< "  web1: {host: dom0-b, kernel: /boot/b, disks: [{vdev: xvda, path: /dev/a}, $data]}"
    on dom0-b 4 apply
    on dom0-a 0 apply
    lives dom0-b
    [ "$(disks dom0-b)" = xvda=/dev/a ]
    on dom0-b 0 apply
    [ "$(disks dom0-b)" = 'xvda=/dev/a xvdb=/dev/san/data' ]
    on dom0-b 0 plan
    said out 'waiting for the next start' 'kernel /boot/a -> /boot/b'
}

@test "one that is missing for a moment where it ran is not given away yet" {
    settled dom0-a
    sed -i 's/absent_pause: 0s/absent_pause: 1s/' dom0-a/agent.yaml
    web1_on dom0-b
    # It reboots: Xen's monitor makes it again.
    sim dom0-a sim set restart_pause=0.7s
    sim dom0-a sim guest-reboot web1
    on dom0-b 4 apply
    said out 'dom0-a'
    on dom0-a 0 apply
    lives dom0-b
    once
}

# ---- a host that was taken out of `hosts` ----

# alone HOST...: the spec with web1 on the first of these, which are all hosts.
alone() {
    local host all=
    for host in "$@"; do all="$all$host: {address: $host}, "; done
    spec "hosts: {${all%, }}" <<< "  web1: {host: $1, vifs: [{bridge: xenbr0}]}"
}

@test "a host that was taken out is asked, and what runs there is not started here" {
    settled dom0-b
    alone dom0-a
    on dom0-a 4 apply
    said out 'it is on dom0-b, as web1, running' 'taken out of `hosts`'
    lives dom0-b
    # Without a list of hosts, too.
    spec <<< '  web1: {vifs: [{bridge: xenbr0}]}'
    on dom0-a 4 apply
    said out 'it is on dom0-b, as web1, running'
    lives dom0-b
    # Its record is worth as much as those of the others, until it is forgotten here.
    sim dom0-b destroy web1
    on dom0-a 4 apply
    said out 'the record of dom0-b says that it runs there' 'xensure forget --former-host dom0-b'
    on dom0-a 0 forget --former-host dom0-b
    on dom0-a 0 apply
    lives dom0-a
    on dom0-a 0 apply
    silent out err
}

@test "a host that was taken out and does not answer holds what the record is not sure of, and is forgotten" {
    settled dom0-b
    reach 'exit 255'
    alone dom0-a
    on dom0-a 4 plan
    said out 'dom0-b, which was taken out of `hosts`, does not answer' 'xensure claim web1' 'xensure forget --former-host dom0-b'
    on dom0-a 4 apply
    lives dom0-b
    sim dom0-b destroy web1
    on dom0-a 1 forget dom0-b
    said err 'xensure forget --former-host dom0-b'
    on dom0-a 1 forget --former-host dom0-z
    on dom0-a 1 forget
    on dom0-a 1 forget web1 --former-host dom0-b
    on dom0-a 0 forget --former-host dom0-b
    on dom0-a 0 apply
    lives dom0-a
    # One that a spec names again is one of the fleet again.
    web1_on dom0-a
    on dom0-a 0 apply
    alone dom0-a
    on dom0-a 0 apply
    sim dom0-a destroy web1
    sim dom0-a sim reboot-host
    rm -r dom0-a/xen/web1.cfg
    sed -i '/^claim/d; /^flags/s/ .*//' dom0-a/state/record
    on dom0-a 4 apply
    said out 'dom0-b, which was taken out'
}

@test "what the record is sure of starts, whatever has become of a host that was taken out" {
    settled dom0-a
    reach 'exit 255'
    alone dom0-a
    on dom0-a 0 apply
    sim dom0-a sim reboot-host
    on dom0-a 0 apply
    lives dom0-a
}

@test "who takes the place of a host learns of it from the others" {
    settled dom0-b
    web1_on dom0-b
    alone dom0-c dom0-a
    on dom0-a 0 apply
    on dom0-c 4 apply
    said out 'dom0-b, which was taken out of `hosts`, ' 'xensure forget --former-host dom0-b'
    on dom0-c 4 apply
    said out 'dom0-b, which was taken out of `hosts`, has no address here'
    lives dom0-b
    sim dom0-b destroy web1
    # The word of an operator here holds, although dom0-a still knows of it.
    on dom0-c 0 forget --former-host dom0-b
    on dom0-c 0 apply
    lives dom0-c
}

# ---- moving it ----

@test "a domain moves by the spec, runs once at any moment, and is taken over untouched" {
    local id
    settled dom0-a
    sim dom0-a sim set migrate=0.5s
    cp dom0-a/xen/web1.cfg before.cfg
    web1_on dom0-b
    on dom0-a 4 apply
    said out 'dom0-b has not applied a spec yet that gives it the domain'
    on dom0-b 4 apply
    said out 'it is on dom0-a, as web1, running'
    watched on dom0-a 0 apply
    lives dom0-b
    id=$(sim dom0-b list | awk '$1 == "web1" { print $2 }')
    # The source forgets it, and starts it no more.
    [ ! -e dom0-a/xen/web1.cfg ]
    run ! grep -q '^domain' dom0-a/state/record
    sim dom0-a sim reboot-host
    on dom0-a 0 apply
    silent out err
    # The target writes its file, and touches nothing else.
    sim dom0-b sim log clear
    on dom0-b 0 apply
    [ "$(sim dom0-b list | awk '$1 == "web1" { print $2 }')" = "$id" ]
    run ! grep -qvx -e list -e info <(sim dom0-b sim log show | awk '{ print $5 }')
    diff <(grep -v '^#' before.cfg) <(grep -v '^#' dom0-b/xen/web1.cfg)
    on dom0-b 0 apply
    silent out err
    # It is a domain like any other there: crashes are put right, changes are seen.
    sim dom0-b sim vanish web1
    on dom0-b 0 apply
    lives dom0-b
    fleet_spec <<< '  web1: {host: dom0-b, vifs: [{bridge: xenbr0}], kernel: /boot/b}'
    on dom0-b 4 apply
    said out 'needs a restart'
}

# watched COMMAND...: no list shows a uuid running twice while it works.
watched() {
    (until [ -e over ]; do once >> twice 2>&1 || true; done) 3>&- &
    local watcher=$! code=0
    "$@" || code=$?
    touch over
    wait "$watcher"
    rm over
    [ ! -s twice ] || { cat twice; return 1; }
    return "$code"
}

@test "a domain that changes its kernel meanwhile is known by what the spec said when it came" {
    settled dom0-a
    web1_on dom0-b
    on dom0-b 4 apply
    on dom0-a 0 apply
    on dom0-b 0 apply
    fleet_spec <<< '  web1: {host: dom0-b, vifs: [{bridge: xenbr0}], kernel: /boot/b, on_change: restart}'
    on dom0-b 0 apply
    said out restart
    lives dom0-b
}

@test "three hosts: it goes on, and nobody starts it in between" {
    local way='hosts: {dom0-a: {address: dom0-a}, dom0-b: {address: dom0-b}, dom0-c: {address: dom0-c}}'
    spec "$way" <<< '  web1: {host: dom0-a}'
    on dom0-b 0 apply
    on dom0-c 0 apply
    on dom0-a 0 apply
    local from=dom0-a to
    for to in dom0-b dom0-c dom0-a; do
        spec "$way" <<< "  web1: {host: $to}"
        on "$to" 4 apply
        on "$from" 0 apply
        lives "$to"
        once
        # The guest ends before the xensure there has seen it.
        sim "$to" sim vanish web1
        on "$from" 0 apply
        on "$to" 0 apply
        lives "$to"
        from=$to
    done
}

@test "the boot link goes before, stays away when the domain does, and comes back when it stays" {
    settled dom0-a
    mkdir dom0-a/xen/auto
    ln -s ../web1.cfg dom0-a/xen/auto/web1
    ln -s ../web1.cfg 'dom0-a/xen/auto/10 web1'
    web1_on dom0-b
    on dom0-b 4 apply
    sim dom0-a sim fault migrate close --at ready
    on dom0-a 6 apply
    said err 'the connection broke'
    for link in web1 '10 web1'; do
        [ "$(realpath "dom0-a/xen/auto/$link")" = "$(realpath dom0-a/xen/web1.cfg)" ]
    done
    # Somebody clears away what was left there, and it is tried again.
    sim dom0-b destroy web1--incoming
    on dom0-a 0 apply
    [ -z "$(ls dom0-a/xen/auto)" ]
    lives dom0-b
}

@test "renamed, and then moved: the boot link under the old name goes, too" {
    settled dom0-a 'generation: 1'
    local uuid
    uuid=$(sim dom0-a list -v | awk '$1 == "web1" { print $7 }')
    fleet_spec 'generation: 2' <<< "  web9: {host: dom0-a, uuid: $uuid, vifs: [{mac: '00:16:3e:00:00:01', bridge: xenbr0}]}"
    on dom0-b 0 apply
    on dom0-a 0 apply
    sim dom0-a rename 1 web9
    mkdir dom0-a/xen/auto
    ln -s ../web1.cfg dom0-a/xen/auto/web1
    on dom0-a 2 plan
    said out 'the spec calls it web9, and the link' 'is removed'
    on dom0-a 0 apply
    [ -z "$(ls dom0-a/xen/auto)" ]
    on dom0-a 0 apply
    said out 'web1  remove-config  the spec has renamed it, and it runs as web9'
    on dom0-a 0 apply
    silent out err
    # Moved on under a third name before anything is left of the second: its link goes, too, and so does what it led to.
    fleet_spec 'generation: 3' <<< "  web7: {host: dom0-a, uuid: $uuid, vifs: [{mac: '00:16:3e:00:00:01', bridge: xenbr0}]}"
    on dom0-a 0 apply
    sim dom0-a rename 1 web7
    ln -s ../web9.cfg dom0-a/xen/auto/web9
    fleet_spec 'generation: 4' <<< "  web7: {host: dom0-b, uuid: $uuid, vifs: [{mac: '00:16:3e:00:00:01', bridge: xenbr0}]}"
    on dom0-b 4 apply
    on dom0-a 0 apply
    said out 'the spec calls it web7, and the link' 'web7  migrate'
    [ -z "$(ls dom0-a/xen/auto)" ]
    [ -z "$(find dom0-a/xen -name '*.cfg')" ]
    on dom0-b 0 apply
    once
    on dom0-a 0 apply
    silent out err
}

@test "what the target says stands in the way" {
    settled dom0-a
    web1_on dom0-b
    on dom0-b 4 apply
    sim dom0-b sim add-foreign web1
    on dom0-a 4 apply
    said out 'web1 with another uuid is on dom0-b'
    sim dom0-b destroy web1
    sim dom0-b sim add-foreign --memory 15340 hog
    on dom0-a 4 apply
    said out 'MiB free'
    sim dom0-b destroy hog
    sim dom0-b sim set xen_version=4.16.1
    on dom0-a 4 apply
    said out 'dom0-b has Xen 4.16.1, which is older'
    sim dom0-b sim set xen_version=4.18.0
    mv reach there
    reach 'exit 255'
    on dom0-a 4 apply
    said out 'dom0-b does not answer'
    run ! grep -q ' migrate ' <(sim dom0-a sim log show)
    lives dom0-a
    mv there reach
    on dom0-a 0 apply
    lives dom0-b
}

@test "what xl uses in place of ssh, which no shell can misunderstand" {
    local text
    settled dom0-a
    web1_on dom0-b
    on dom0-b 4 apply
    for text in 'ssh; reboot' 'ssh $(reboot)' '-oProxyCommand=x' "ssh 'x'" 'ssh > x' 'a|b' 'a&b'; do
        configure dom0-a "migrate_transport: \"$text\""
        on dom0-a 1 apply
        said err 'expected a command of plain words'
    done
    configure dom0-a 'migrate_transport: ssh -p 2222'
    on dom0-a 0 apply
    sim dom0-a sim log show | grep -q 'migrate -s .*ssh -p 2222.* 1 dom0-b'
    lives dom0-b
}

@test "a PV guest of a Xen without shadow paging: named, and not tried every minute" {
    settled dom0-a
    web1_on dom0-b
    on dom0-b 4 apply
    sim dom0-a sim fault migrate fail --times always \
        --text 'xc: error: Failed to enable logdirty: 95,22,0 (22 = Invalid argument): Internal error'
    on dom0-a 6 apply
    said err 'no shadow paging'
    on dom0-a 4 apply
    said out 'no shadow paging' 'xensure forget web1 tries again'
    lives dom0-a
    sim dom0-a sim fault clear
    on dom0-a 0 forget web1
    on dom0-a 0 apply
    lives dom0-b
}

@test "failures in a row are tried at growing intervals, and each is named" {
    settled dom0-a
    web1_on dom0-b
    on dom0-b 4 apply
    sim dom0-a sim fault migrate fail --times always --text 'ssh: Host key verification failed.'
    on dom0-a 6 apply
    said err "does not know the other host's key"
    on dom0-a 6 apply
    on dom0-a 4 apply
    said out 'the next try is in' "does not know the other host's key"
    lives dom0-a
}

# ---- broken migrations ----

# broken STEP KIND: a migration from dom0-a that ends at that step (xensure-protocol(7)): close, the line is cut; die, the
# sender is killed.
broken() {
    settled dom0-a
    web1_on dom0-b
    on dom0-b 4 apply
    sim dom0-a sim fault migrate "$2" --at "$1"
}

# untouched CODE: neither host does anything, in whatever order they run.
untouched() {
    local host before
    before=$(rows)
    for host in dom0-b dom0-a dom0-a dom0-b; do
        code=0
        on "$host" 4 apply 2> /dev/null || on "$host" 5 apply || return 1
        once
        [ "$(rows)" = "$before" ] || { echo "$host did something:"; rows; return 1; }
    done
    on dom0-a "$1" apply
}

rows() {
    local host
    for host in dom0-a dom0-b; do
        sim "$host" list -v | awk -v host=$host 'NR > 2 { print host, $1, $2, $5, $7 }'
    done
}

@test "broken in the middle: it runs on here, and nothing is left there" {
    broken memory close
    on dom0-a 6 apply
    said err 'it runs on here' 'the connection broke'
    once
    lives dom0-a
    [ "$(sim dom0-b list | grep -c web1)" = 0 ]
    on dom0-a 0 apply
    lives dom0-b
}

@test "broken when all was there: it runs on here, and half of it is left there" {
    broken ready close
    on dom0-a 6 apply
    said err 'it runs on here' 'destroy web1--incoming there'
    once
    untouched 4
    said out 'it is on dom0-b too, as web1--incoming, paused'
    lives dom0-a
    sim dom0-b destroy web1--incoming
    on dom0-a 0 apply
    lives dom0-b
}

@test "broken while the guest was suspended: it runs nowhere, and is left so" {
    broken context die
    on dom0-a 4 apply
    said out 'it runs nowhere' 'suspended here' 'xensure-protocol(7)' 'xensure forget web1'
    untouched 4
    # As it was told.
    sim dom0-a destroy web1
    untouched 4
    said out 'neither here nor on dom0-b'
    on dom0-a 0 forget web1
    on dom0-b 0 apply
    lives dom0-b
    on dom0-a 0 apply
}

@test "broken when it had been given away: it runs nowhere, and is left so" {
    broken go close
    on dom0-a 4 apply
    said out 'it was given away' 'which may still let it run'
    untouched 4
    sim dom0-b destroy web1--incoming
    untouched 4
    sim dom0-a destroy web1--migratedaway
    on dom0-a 0 forget web1
    on dom0-b 0 apply
    lives dom0-b
}

@test "broken when it ran there already: told as what may run twice, until it is cleared away" {
    broken report die
    on dom0-a 5 apply
    said out 'it runs on dom0-b' 'destroy id 1 here'
    # dom0-b takes it over all the same.
    on dom0-b 0 apply
    on dom0-a 5 apply
    on dom0-a 5 plan
    once
    lives dom0-b
    sim dom0-a destroy web1--migratedaway
    on dom0-a 0 apply
    said out 'it runs on dom0-b'
    on dom0-a 0 apply
    silent out err
}

@test "the command says that it failed, and the domain is there: believed by looking" {
    settled dom0-a
    web1_on dom0-b
    on dom0-b 4 apply
    sim dom0-a sim fault migrate did --text 'Migration failed'
    on dom0-a 0 apply
    said out 'it runs on dom0-b'
    lives dom0-b
}

@test "the command says that it is done, and nothing happened: believed by looking" {
    settled dom0-a
    web1_on dom0-b
    on dom0-b 4 apply
    sim dom0-a sim fault migrate nothing
    on dom0-a 6 apply
    said err 'it runs on here'
    lives dom0-a
}

@test "nobody knows how it ended while the other host is silent" {
    settled dom0-a
    web1_on dom0-b
    on dom0-b 4 apply
    mv reach there
    # Silent once it runs there.
    reach '! "$XENSIM_LIST" | grep -q "^web1 " || exit 255; exec "$FLEET/there" "$@"'
    sed -i "s|\"\$XENSIM_LIST\"|XENSIM_DIR=$FLEET/sim/hosts/dom0-b $XENSIM list|" reach
    on dom0-a 4 apply
    said out 'whether it runs on dom0-b is not known' 'does not answer'
    [ -e dom0-a/xen/web1.cfg ]
    # Given back to this host meanwhile, it is not started.
    web1_on dom0-a
    on dom0-a 4 apply
    said out 'whether it runs on dom0-b is not known'
    lives dom0-b
    web1_on dom0-b
    mv there reach
    on dom0-a 0 apply
    [ ! -e dom0-a/xen/web1.cfg ]
    lives dom0-b
}

# ---- a run that ends before the migration does ----

# slow: the next migration from dom0-a waits for the guest for as long as that is paused.
slow() {
    sim dom0-a sim set ack_timeout=600s
    sim dom0-a sim fault migrate hold --at memory
}

# begun: waits until half of web1 is on dom0-b, pauses the guest, and lets the migration go on.
begun() {
    wait_until test -e sim/hosts/dom0-a/held
    wait_until is_incoming
    sim dom0-a pause web1
    rm sim/hosts/dom0-a/held
}

is_incoming() {
    sim dom0-b list | grep '^web1--incoming '
}

@test "a migration is never broken off: the run that waits for it ends, and a later one sees the end" {
    settled dom0-a
    configure dom0-a 'timeouts: {migrate: 1s}'
    web1_on dom0-b
    on dom0-b 4 apply
    slow
    begun 3>&- &
    local beginning=$!
    on dom0-a 4 apply
    said out 'still under way'
    wait "$beginning"
    [ -n "$(migrating)" ]
    on dom0-a 4 apply
    said out 'still under way'
    on dom0-a 4 forget web1
    said err 'still under way'
    on dom0-b 4 apply
    once
    sim dom0-a unpause web1
    over
    on dom0-a 0 apply
    lives dom0-b
    on dom0-b 0 apply
}

@test "xensure is killed while it migrates: the next runs wait, and then see the end" {
    local order pid
    for order in 'dom0-a dom0-b' 'dom0-b dom0-a'; do
        rm -rf dom0-? sim reach
        fleet_setup
        settled dom0-a
        web1_on dom0-b
        on dom0-b 4 apply
        slow
        XENSIM_DIR=$FLEET/sim/hosts/dom0-a "$XENSURE" -c dom0-a/agent.yaml --host dom0-a --toolstack sim \
            --spec spec.yaml apply > /dev/null 2>&1 3>&- &
        pid=$!
        begun
        kill -9 "$pid"
        wait "$pid" || true
        for host in $order; do
            on "$host" 4 apply
        done
        once
        sim dom0-a unpause web1
        over
        for host in $order $order; do
            on "$host" 0 apply
            once
        done
        lives dom0-b
    done
}

@test "given back while it migrates: the run that sees it over there does not say that all is well" {
    settled dom0-a
    web1_on dom0-b
    on dom0-b 4 apply
    sim dom0-a sim fault migrate hold --at memory
    XENSIM_DIR=$FLEET/sim/hosts/dom0-a "$XENSURE" -c dom0-a/agent.yaml --host dom0-a --toolstack sim \
        --spec spec.yaml apply > /dev/null 2>&1 3>&- &
    local pid=$!
    wait_until test -e sim/hosts/dom0-a/held
    kill -9 "$pid"
    wait "$pid" || true
    rm sim/hosts/dom0-a/held
    over
    lives dom0-b
    web1_on dom0-a
    on dom0-a 4 apply
    said out 'it runs on dom0-b' 'belongs here' 'sends it back'
    lives dom0-b
    # What is held there names this host, and the next runs bring it back.
    on dom0-b 0 apply
    on dom0-a 0 apply
    lives dom0-a
    on dom0-a 0 apply
    silent out err
}

@test "a domain that xendomains has saved here is started on no other host, whatever the spec calls it by now" {
    local name images=$FLEET/sim/hosts/dom0-a/root/var/lib/xen/save
    mkdir -p "$images" sim/hosts/dom0-{a,b}/root/boot
    touch sim/hosts/dom0-{a,b}/root/boot/a
    fleet_spec <<< "  web1: {host: dom0-a, uuid: 7c71034a-bb0b-5c43-8acc-85edc793a7eb}"
    on dom0-a 0 claim web1
    on dom0-a 0 apply
    touch "$images/web1"
    sim dom0-a sim reboot-host
    for name in web1 app1; do
        fleet_spec <<< "  $name: {host: dom0-b, uuid: 7c71034a-bb0b-5c43-8acc-85edc793a7eb}"
        for _ in 1 2; do
            on dom0-b 4 apply
            said out "$name" 'the record of dom0-a says that it runs there'
            on dom0-a 4 apply
            said out "$name" "xendomains has saved it in $images/web1" 'or remove the file'
        done
    done
    rm "$images/web1"
    on dom0-a 0 apply
    on dom0-b 0 apply
    sim dom0-b list | grep -q '^app1 '
}
