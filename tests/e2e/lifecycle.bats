# What becomes of domains: xensure and a simulated host, from the first start to the last trace.
# shellcheck disable=SC2030,SC2031 # each test has variables of its own

load host

setup() {
    setup_host
}

@test "create: config, paused, unpaused; a second run does nothing" {
    spec <<< '  web1: {vcpus: 2}'
    planned 'web1 create'
    expect 0 apply
    [ "$(state web1)" = -b---- ] && [ "$(memory web1)" = 64 ] && [ "$(vcpus web1)" = 2 ]
    [ "$(changes | xargs)" = 'create unpause' ]
    [ "$(stat -c %a xen/web1.cfg)" = 600 ]
    said xen/web1.cfg "$(uuid web1)" 'fleet lab' 'name = "web1"'
    in_sync
    [ "$(changes | xargs)" = 'create unpause' ]
    # A uuid is made of fleet and name: always the same.
    before=$(uuid web1)
    "$XENSIM" destroy web1
    rm -r state xen/web1.cfg
    expect 0 apply
    [ "$(uuid web1)" = "$before" ]
}

@test "memory and vcpus change live, and outlive a reboot" {
    spec <<< '  web1: {memory: 64, maxmem: 256, vcpus: 1, maxvcpus: 4}'
    expect 0 apply
    spec <<< '  web1: {memory: 128, maxmem: 256, vcpus: 3, maxvcpus: 4}'
    planned 'web1 set-memory' 'web1 set-vcpus'
    "$XENSIM" sim log clear
    expect 0 apply
    [ "$(changes | xargs)" = 'mem-set vcpu-set' ]
    [ "$(memory web1)" = 128 ] && [ "$(vcpus web1)" = 3 ] && [ "$(domid web1)" = 1 ]
    said xen/web1.cfg 'memory = 128' 'vcpus = 3'
    in_sync
    # Somebody else's mem-set is put right.
    "$XENSIM" mem-set web1 100
    planned 'web1 set-memory'
    expect 0 apply
    said out '100 -> 128 MiB (live): changed on the host'
    in_sync
    # Beyond the maximum, a restart is needed.
    spec <<< '  web1: {memory: 512, maxmem: 512, vcpus: 3, maxvcpus: 4}'
    planned 'web1 restart!'
}

@test "weight and cap: by the command of the scheduler that the host runs" {
    for scheduler in credit2 credit; do
        "$XENSIM" sim init boot=0s shutdown=0s scheduler=$scheduler log=yes
        rm -rf state xen/*
        spec <<< '  web1: {cpu_weight: 100}'
        expect 0 apply
        spec <<< '  web1: {cpu_weight: 512, cap: 50}'
        planned 'web1 set-scheduler'
        expect 0 apply
        "$XENSIM" "sched-$scheduler" -d web1 | grep -q '^web1  *1  *512  *50$'
        in_sync
    done
}

@test "more vcpus than the host has CPUs, at the start and live" {
    "$XENSIM" sim set cpus=2
    spec <<< $'  a: {vcpus: 4}\n  b: {vcpus: 1, maxvcpus: 4}'
    expect 0 apply
    spec <<< $'  a: {vcpus: 4}\n  b: {vcpus: 4, maxvcpus: 4}'
    planned 'b set-vcpus'
    expect 0 apply
    [ "$(vcpus a) $(vcpus b)" = '4 4' ]
    in_sync
}

@test "a change that needs a restart: held, or done with on_change: restart" {
    spec <<< '  web1: {}'
    expect 0 apply
    spec <<< '  web1: {kernel: /boot/b}'
    planned 'web1 restart!'
    expect 4 apply
    [ "$(domid web1)" = 1 ]
    spec <<< '  web1: {kernel: /boot/b, on_change: restart}'
    planned 'web1 restart'
    "$XENSIM" sim log clear
    expect 0 apply
    [ "$(changes | xargs)" = 'shutdown create unpause' ]
    [ "$(domid web1)" = 2 ]
    said xen/web1.cfg /boot/b
    in_sync
    # What is held is brought by the next start, whoever makes it.
    spec <<< '  web1: {kernel: /boot/c}'
    expect 4 apply
    "$XENSIM" shutdown -w web1
    expect 0 apply
    said xen/web1.cfg /boot/c
    in_sync
}

@test "details that are not told restart nothing; the next run asks again" {
    spec <<< '  web1: {on_change: restart}'
    expect 0 apply
    id=$(domid web1)
    # By the record this is above its maximum; the host may know better.
    spec <<< '  web1: {on_change: restart, memory: 128}'
    "$XENSIM" sim fault list fail --at long --times always
    expect 4 apply
    said out 'what memory it can be given while it runs is not known'
    [ "$(domid web1)" = "$id" ]
    "$XENSIM" sim fault clear
    expect 0 apply
    [ "$(domid web1)" != "$id" ] && [ "$(memory web1)" = 128 ]
    in_sync
}

@test "pause and unpause, both ways" {
    spec <<< '  web1: {}'
    expect 0 apply
    spec <<< '  web1: {state: paused}'
    planned 'web1 pause'
    expect 0 apply
    [[ $(state web1) == ??p--- ]]
    in_sync
    "$XENSIM" unpause web1
    planned 'web1 pause'
    spec <<< '  web1: {}'
    in_sync
    "$XENSIM" pause web1
    planned 'web1 unpause'
    expect 0 apply
    [ "$(state web1)" = -b---- ]
    spec <<< $'  web1: {}\n  p: {state: paused}'
    expect 0 apply
    [ "$(state p)" = --p--- ]
    in_sync
    # One that has never run is ours all the same.
    spec <<< $'  web1: {}\n  p: {}'
    planned 'p unpause'
    expect 0 apply
    [ "$(state p)" = -b---- ]
    in_sync
}

@test "stopped keeps the config, absent removes it" {
    spec <<< $'  a: {}\n  b: {}'
    expect 0 apply
    spec <<< $'  a: {state: stopped}\n  b: {state: absent}'
    planned 'a shutdown' 'b shutdown' 'b remove-config'
    expect 0 apply
    [ -z "$(domid a)$(domid b)" ] && [ -e xen/a.cfg ] && [ ! -e xen/b.cfg ]
    in_sync
    spec <<< $'  a: {}\n  b: {}'
    expect 0 apply
    [ "$(state a) $(state b)" = '-b---- -b----' ]
    in_sync
    # Never started: stopped gets its config, absent has nothing.
    spec <<< $'  a: {}\n  b: {}\n  c: {state: stopped}\n  d: {state: absent}'
    planned 'c write-config'
    expect 0 apply
    [ -e xen/c.cfg ] && [ ! -e xen/d.cfg ]
    in_sync
}

@test "foreign domains are told and left alone; a name that is taken is a conflict" {
    "$XENSIM" sim add-foreign stranger
    "$XENSIM" sim add-foreign web2
    spec <<< $'  web1: {}\n  web2: {}'
    planned 'web1 create' 'web2 create!'
    expect 5 apply
    [ "$(domid web1)" = 3 ] && [ "$(domid web2)" = 2 ] && [ "$(domid stranger)" = 1 ]
    [ "$(changes | xargs)" = 'create unpause' ]
    expect 5 apply
    spec <<< '  web1: {}'
    in_sync
    said out 'not ours, left alone: stranger (id 1), web2 (id 2)'
}

@test "adopt: taken over with its uuid, its config kept aside" {
    "$XENSIM" sim add-foreign --uuid 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001 --memory 64 web1
    echo '# by hand' > xen/web1.cfg
    spec <<< '  web1: {adopt: true, kernel: /boot/foreign}'
    planned 'web1 adopt'
    expect 2 plan
    said out 'uuid: 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001'
    expect 0 apply
    [ "$(domid web1)" = 1 ] && [ -z "$(changes)" ]
    said xen/web1.cfg 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001
    grep -qx '# by hand' state/replaced/web1.cfg.*
    in_sync
    # It keeps its uuid when it is started anew, and when the spec names it.
    "$XENSIM" destroy web1
    expect 0 apply
    [ "$(uuid web1)" = 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001 ]
    # `adopt` has done its work, and may go.
    spec <<< '  web1: {kernel: /boot/foreign}'
    in_sync
    expect 0 render web1
    said out 'uuid = "6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001"'
    spec <<< '  web1: {uuid: 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001, kernel: /boot/foreign}'
    in_sync
}

@test "adopt: what it runs with is recorded, and what differs is changed as for any domain" {
    uuid=6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001
    "$XENSIM" sim add-foreign --uuid "$uuid" --memory 96 web1
    spec <<< "  web1: {adopt: true, uuid: $uuid, on_change: restart, on_crash: preserve}"
    planned 'web1 adopt'
    json 2 '.actions[0].changes | map({key, have, want, how}) == [
        {key: "memory", have: "96 MiB", want: "64 MiB", how: "live"},
        {key: "on_crash", have: "destroy", want: "preserve", how: "next-start"},
        {key: "kernel", have: "/boot/foreign", want: "/boot/a", how: "re-create"}]' plan
    expect 2 plan
    said out 'it runs, and goes on as it is; left for the next plan: memory 96 -> 64 MiB'
    expect 0 apply
    [ "$(domid web1)" = 1 ] && [ -z "$(changes)" ]
    # From now on it is a domain as any.
    planned 'web1 restart'
    spec <<< "  web1: {uuid: $uuid, on_crash: preserve}"
    planned 'web1 restart!' 'web1 set-memory'
    expect 4 apply
    [ "$(domid web1)" = 1 ] && [ "$(memory web1)" = 64 ]
    "$XENSIM" destroy web1
    expect 0 apply
    in_sync
}

@test "adopt: what cannot be seen is not different" {
    "$XENSIM" sim add-foreign --uuid 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001 --memory 64 web1
    "$XENSIM" sim fault list fail --at long --times always
    spec <<< "  web1: {adopt: true, on_change: restart}"
    json 2 '.actions[0].changes == []' plan
    expect 0 apply
    in_sync
    [ "$(domid web1)" = 1 ]
}

@test "a record that is lost begins anew with what runs, and restarts nothing" {
    spec <<< '  web1: {}'
    expect 0 apply
    rm -r state
    echo '# edited' >> xen/web1.cfg
    spec <<< '  web1: {kernel: /boot/b, on_change: restart}'
    planned 'web1 write-config'
    expect 0 apply
    in_sync
    json 0 '.waiting[0].changes[0] | .key == "kernel" and .have == "/boot/a" and .want == "/boot/b"' plan
    [ "$(domid web1)" = 1 ]
    # Its next start, for whatever reason, brings it.
    "$XENSIM" destroy web1
    expect 0 apply
    json 0 '.waiting == []' plan
}

@test "adopt: what it runs with is recorded, and what differs is held as for any domain" {
    uuid=6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001
    "$XENSIM" sim add-foreign --uuid "$uuid" --memory 96 web1
    spec <<< "  web1: {adopt: true, uuid: $uuid}"
    planned 'web1 adopt'
    expect 0 apply
    [ "$(domid web1)" = 1 ] && [ -z "$(changes)" ]
    planned 'web1 restart!' 'web1 set-memory'
    expect 4 apply
    [ "$(domid web1)" = 1 ]
}

@test "where the record was lost, what differs restarts nothing" {
    spec <<< '  web1: {on_change: restart, cmdline: a=1}'
    expect 0 apply --only web1 --extra single
    rm state/record
    echo '# x' >> xen/web1.cfg
    planned 'web1 write-config'
    expect 0 apply
    [ "$(domid web1)" = 1 ]
}

@test "a guest that crashed is cleared away and started" {
    spec <<< '  web1: {on_crash: preserve}'
    expect 0 apply
    "$XENSIM" sim crash web1
    [ "$(state web1)" = ---sc- ]
    planned 'web1 destroy' 'web1 create'
    expect 0 apply
    said out 'the guest crashed'
    [ "$(state web1)" = -b---- ] && [ "$(domid web1)" = 2 ]
    in_sync
    # By default Xen's monitor has cleared it away already.
    spec <<< $'  web1: {on_crash: preserve}\n  web2: {}'
    expect 0 apply
    "$XENSIM" sim crash web2
    planned 'web2 create'
    expect 0 apply
    in_sync
}

@test "a guest that powered itself off: started, or left" {
    spec <<< $'  a: {}\n  b: {on_guest_poweroff: leave}'
    expect 0 apply
    "$XENSIM" sim poweroff a b
    [ "$(state b)" = ---s-- ]
    planned 'b destroy' 'a create'
    expect 0 apply
    [ "$(state a)" = -b---- ] && [ -z "$(domid b)" ]
    in_sync
    # A new bounce starts it.
    spec <<< $'  a: {}\n  b: {on_guest_poweroff: leave, bounce: 1}'
    expect 0 apply
    [ "$(state b)" = -b---- ]
    in_sync
}

@test "a guest that reboots meanwhile is waited for, not created twice" {
    agent absent_pause=6s
    "$XENSIM" sim set restart_pause=3s
    spec <<< '  web1: {}'
    expect 0 apply
    "$XENSIM" sim log clear
    "$XENSIM" sim guest-reboot web1
    [ -z "$(domid web1)" ]
    expect 0 apply
    silent out err
    [ -z "$(changes)" ] && [ "$(domid web1)" = 2 ]
    in_sync
    # One that does not come back is.
    agent absent_pause=1s
    "$XENSIM" sim vanish web1
    expect 0 apply
    said out 'it was running and is gone'
    [ "$(domid web1)" = 3 ]
}

@test "after a reboot of the host everything is started, at once" {
    agent absent_pause=1h
    printf '  d%d: {}\n' 1 2 3 4 5 6 | spec
    expect 0 apply
    "$XENSIM" sim reboot-host
    expect 0 apply
    said out '6 done' 'not running since the host was booted'
    in_sync
}

@test "a guest that ignores a shutdown: left without stop.force, destroyed with it" {
    spec <<< '  web1: {cmdline: sim.mode=ignore, stop: {timeout: 1s}}'
    expect 0 apply
    spec <<< '  web1: {cmdline: sim.mode=ignore, stop: {timeout: 1s}, state: stopped}'
    expect 4 apply
    said out 'it has not shut down within 1 s, and stop.force is off'
    [ "$(state web1)" = -b---- ]
    json 4 '.actions[0] | .result == "held" and (.held | test("stop.force"))' apply
    spec <<< '  web1: {cmdline: sim.mode=ignore, stop: {timeout: 1s, force: true}, state: stopped}'
    expect 0 apply
    said out 'it did not shut down in time, and was destroyed'
    [ -z "$(domid web1)" ]
    in_sync
}

@test "a guest that Xen's monitor starts again is not shut down in vain, and is destroyed with stop.force" {
    spec <<< '  web1: {on_poweroff: restart}'
    expect 0 apply
    local id
    id=$(domid web1)
    "$XENSIM" sim log clear
    for wanted in 'state: stopped' 'kernel: /boot/b, on_change: restart'; do
        spec <<< "  web1: {on_poweroff: restart, $wanted}"
        expect 4 apply
        said out "Xen's monitor would start it again each time" 'stop: {force: true}'
    done
    spec <<< '  web2: {state: stopped}'
    agent absent_pause=0s prune=true
    expect 4 apply
    said out "Xen's monitor would start it again each time"
    [ "$(domid web1)" = "$id" ]
    run ! grep -qw shutdown <("$XENSIM" sim log show)
    spec <<< '  web1: {on_poweroff: restart, stop: {force: true, timeout: 5s}, kernel: /boot/b, on_change: restart}'
    expect 0 apply
    [ "$("$XENSIM" list | grep -c '^web1 ')" = 1 ]
    expect 0 plan
    spec <<< '  web1: {on_poweroff: restart, stop: {force: true, timeout: 5s}, state: stopped}'
    expect 0 apply
    said out 'it was started again, by Xen'"'"'s monitor or by hand, and was destroyed (stop.force)'
    [ -z "$(domid web1)" ]
    expect 0 plan
}

@test "a paused guest is not waited for: held without stop.force, destroyed with it" {
    spec <<< '  web1: {state: paused, stop: {timeout: 300s}}'
    expect 0 apply
    "$XENSIM" sim log clear
    spec <<< '  web1: {state: stopped, stop: {timeout: 300s}}'
    expect 4 apply
    said out 'hears no request to shut down'
    [ -z "$(changes)" ]
    spec <<< '  web1: {state: stopped, stop: {timeout: 300s, force: true}}'
    expect 2 plan
    said out 'it is paused, and is destroyed (stop.force), the spec says stopped'
    expect 0 apply
    said out 'it was paused, and was destroyed'
    [ -z "$(domid web1)" ]
}

@test "after: starts in order, stops in reverse" {
    spec <<< $'  c: {after: [b]}\n  b: {after: [a]}\n  a: {}'
    planned 'a create' 'b create' 'c create'
    expect 0 apply
    [ "$(domid a) $(domid b) $(domid c)" = '1 2 3' ]
    spec <<< $'  c: {after: [b], state: stopped}\n  b: {after: [a], state: stopped}\n  a: {state: stopped}'
    planned 'c shutdown' 'b shutdown' 'a shutdown'
    "$XENSIM" sim log clear
    expect 0 apply
    [ "$("$XENSIM" sim log show | awk '$5 == "shutdown" { print $6 }' | xargs)" = '3 2 1' ]
    # What comes after something that does not start is held.
    spec <<< $'  c: {after: [b]}\n  b: {after: [a], memory: 1TiB}\n  a: {}'
    expect 4 apply
    said out 'HELD    b' 'it needs' 'HELD    c' 'the create of b, which comes before it, is held'
    [ -n "$(domid a)" ] && [ -z "$(domid c)" ]
    spec <<< $'  c: {after: [b]}\n  b: {after: [a]}\n  a: {}'
    "$XENSIM" sim fault create fail
    expect 6 apply
    said out 'HELD    c' 'the create of b, which comes before it, failed'
    [ -n "$(domid a)" ] && [ -z "$(domid c)" ]
}

@test "what left the spec runs on, and is stopped with prune" {
    spec <<< $'  a: {}\n  b: {}'
    expect 0 apply
    spec <<< '  a: {}'
    planned 'b shutdown!'
    expect 4 apply
    said out 'not in the spec; prune is off'
    [ -n "$(domid b)" ]
    agent absent_pause=0s prune=true
    planned 'b shutdown' 'b remove-config'
    expect 0 apply
    [ -z "$(domid b)" ] && [ ! -e xen/b.cfg ]
    in_sync
}

@test "protect holds stops, also of what left the spec" {
    spec <<< $'  a: {protect: true}\n  b: {protect: true}\n  c: {protect: true}'
    expect 0 apply
    before="$(domid a) $(domid b) $(domid c)"
    agent absent_pause=0s prune=true
    spec <<< $'  a: {protect: true, state: absent}\n  b: {protect: true, kernel: /boot/b, on_change: restart}'
    actions > shown
    said shown 'a shutdown!' 'a remove-config!' 'b restart!' 'c shutdown!'
    run ! grep -v '!$' shown
    "$XENSIM" sim log clear
    expect 4 apply
    said out "\`protect: false\` ends that" 'xensure forget c ends that'
    [ -z "$(changes)" ]
    [ "$(domid a) $(domid b) $(domid c)" = "$before" ]
    spec <<< $'  a: {state: absent}\n  b: {kernel: /boot/b, on_change: restart}\n  c: {state: stopped}'
    expect 0 apply
    [ "$(domid a)$(domid c)" = '' ] && [ "$(domid b)" = 4 ]
}

@test "the stops limit holds all stops of a run, and no start" {
    printf '  d%d: {}\n' 1 2 3 4 | spec
    expect 0 apply
    { printf '  d%d: {state: stopped}\n' 1 2 3 4; echo '  new: {}'; } | spec
    planned 'd1 shutdown!' 'd2 shutdown!' 'd3 shutdown!' 'd4 shutdown!' 'new create'
    expect 4 apply
    said out '4 stops are planned and limits.stops allows 3' 'apply --allow-stops 4' '1 done, 4 held'
    [ -n "$(domid d1)" ] && [ -n "$(domid new)" ]
    expect 4 apply --allow-stops 3
    expect 0 apply --allow-stops 4
    [ -z "$(domid d1)$(domid d2)$(domid d3)$(domid d4)" ]
    in_sync
    agent absent_pause=0s limits.stops=0
    spec <<< $'  d1: {state: stopped}\n  new: {state: stopped}'
    expect 4 apply
}

@test "an empty spec stops nothing" {
    agent absent_pause=0s prune=true
    spec <<< '  a: {}'
    expect 0 apply
    printf 'xensure: 1\nfleet: lab\ndomains: {}\n' > spec.yaml
    expect 4 apply
    said out 'an empty spec stops nothing'
    [ -n "$(domid a)" ]
    printf 'xensure: 1\nfleet: lab\n' > spec.yaml
    expect 3 apply
    : > spec.yaml
    expect 3 apply
    [ -n "$(domid a)" ]
}

@test "most domains gone without a reboot of the host: held until it is accepted" {
    printf '  d%d: {}\n' 1 2 3 4 5 6 | spec
    expect 0 apply
    "$XENSIM" sim vanish d1 d2 d3 d4 d5
    expect 4 apply
    said out '5 of 6 domains that were running are gone' 'apply --accept-loss'
    [ -z "$(domid d1)" ]
    expect 0 apply --accept-loss
    in_sync
}

@test "bounce restarts once; the first sight of one does not" {
    spec <<< '  a: {bounce: 3}'
    expect 0 apply
    in_sync
    spec <<< '  a: {bounce: 4}'
    planned 'a restart'
    expect 0 apply
    [ "$(domid a)" = 2 ]
    in_sync
}

@test "config files: edited and missing ones are written, others' never replaced" {
    spec <<< $'  a: {}\n  b: {}'
    expect 0 apply
    before="$(domid a) $(domid b)"
    echo 'extra = "by hand"' >> xen/a.cfg
    rm xen/b.cfg
    planned 'a write-config' 'b write-config'
    expect 0 apply
    run ! grep 'by hand' xen/a.cfg
    grep -q 'by hand' state/replaced/a.cfg.*
    [ "$(domid a) $(domid b)" = "$before" ]
    in_sync
    echo 'name = "c"' > xen/c.cfg
    ln -s nowhere xen/d.cfg
    spec <<< $'  a: {}\n  b: {}\n  c: {}\n  d: {}'
    planned 'c create!' 'd create!'
    expect 4 apply
    said out 'was not written by xensure'
    [ "$(cat xen/c.cfg)" = 'name = "c"' ] && [ -z "$(domid c)" ]
    rm xen/c.cfg xen/d.cfg
    expect 0 apply
    in_sync
}

@test "several hosts: without a record of its own a host starts nothing" {
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< $'  a: {host: dom0-a}\n  b: {host: dom0-b}'
    planned 'a create!'
    expect 4 apply
    [ -z "$(changes)" ]
    # One that was taken out of the spec may still run it, until somebody says that it does not.
    spec 'hosts: {dom0-a: {}}' <<< '  a: {host: dom0-a}'
    expect 4 apply
    said out 'dom0-b, which was taken out of'
    expect 0 forget --former-host dom0-b
    expect 0 apply
    # Its own record says that it belongs here.
    "$XENSIM" sim vanish a
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< $'  a: {host: dom0-a}\n  b: {host: dom0-b}'
    expect 0 apply
    in_sync
    # One that belongs elsewhere is never stopped.
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< $'  a: {host: dom0-b}\n  b: {host: dom0-b}'
    planned 'a migrate!'
    expect 4 apply
    [ -n "$(domid a)" ]
}

@test "an expired spec keeps what it brought, and brings nothing new" {
    spec 'generation: 2' 'expires: 2099-01-01T00:00:00Z' <<< '  a: {}'
    expect 0 apply
    past='expires: 2020-01-01T00:00:00Z'
    spec 'generation: 2' "$past" <<< '  a: {}'
    "$XENSIM" sim vanish a
    expect 0 apply
    [ "$(domid a)" = 2 ]
    spec 'generation: 2' "$past" <<< $'  a: {state: stopped}\n  b: {}'
    local id
    id=$(domid a)
    expect 4 apply
    said out 'expired' 'publish one with a later'
    [ "$(domid a)" = "$id" ] && [ -z "$(domid b)" ]
    # Nor by any other stop, or a change of what runs.
    agent absent_pause=0s prune=true
    for change in '  b: {}' '  a: {bounce: 1}' '  a: {memory: 32}' '  a: {state: paused}'; do
        spec 'generation: 2' "$past" <<< "$change"
        expect 4 apply
        [ "$("$XENSIM" list | awk 'NR > 2 { print $1, $2, $3, $5 }')" = "a $id 64 -b----" ]
    done
    # One that was never applied here is refused.
    rm -r state
    expect 3 apply
    # And the way on.
    "$XENSIM" destroy a
    spec 'generation: 3' 'expires: 2099-01-01T00:00:00Z' <<< '  b: {}'
    expect 0 apply
    [ -n "$(domid b)" ]
}

@test "names of 63 characters, and twenty domains at once" {
    long=$(printf 'n%.0s' {1..63})
    { printf '  d%02d: {}\n' {1..19}; echo "  $long: {}"; } | spec
    expect 0 apply
    said out '20 done'
    [ "$(state "$long")" = -b---- ] && [ -e "xen/$long.cfg" ]
    in_sync
    [ "$("$XENSIM" list | wc -l)" = 22 ]
    spec <<< "  n$long: {}"
    expect 3 plan
}

@test "memory that runs out: that start is held, the others go on" {
    "$XENSIM" sim set memory=1400
    spec <<< $'  a: {}\n  big: {memory: 4GiB}\n  z: {}'
    expect 4 apply
    said out '2 done, 1 held' 'HELD    big' 'it needs' 'stop another domain, or give one less memory'
    [ -n "$(domid a)" ] && [ -n "$(domid z)" ] && [ -z "$(domid big)" ]
    # Nothing was tried in vain, so that nothing is waited for.
    "$XENSIM" sim set memory=16384
    expect 0 apply
    in_sync
}

@test "memory that is short without being known: that start fails, the others go on" {
    "$XENSIM" sim set memory=1400
    mkdir -p sim/root/etc/xen sim/root/boot
    touch sim/root/boot/a
    # Where dom0 gives memory, what is free is not known.
    echo 'autoballoon="on"' > sim/root/etc/xen/xl.conf
    spec <<< $'  a: {}\n  big: {memory: 4GiB}\n  z: {}'
    expect 6 apply
    said out '2 done, 1 FAILED' 'FAILED  big'
    [ -n "$(domid a)" ] && [ -n "$(domid z)" ] && [ -z "$(domid big)" ]
    "$XENSIM" sim set memory=16384
    # A failing domain is tried again ever later; a changed spec is tried at once.
    spec <<< $'  a: {}\n  big: {memory: 3GiB}\n  z: {}'
    expect 0 apply
    in_sync
}

@test "a domain that is being created, received or sent by others is waited for" {
    spec <<< '  a: {}'
    expect 0 render a
    cp out other.cfg
    "$XENSIM" create -q -p other.cfg
    actions > shown
    grep -q '!$' shown
    expect 4 apply
    said out 'somebody else is creating it'
    [ "$(state a)" = --p--- ]
    "$XENSIM" unpause a
    expect 0 apply
    in_sync
}

@test "what is known of a domain goes with it when the spec renames it" {
    local uuid=11111111-2222-4333-8444-555555555555 id
    spec <<< "  web1: {uuid: $uuid}"
    expect 0 apply
    id=$(domid web1)
    spec <<< "  web2: {uuid: $uuid, kernel: /boot/b}"
    for _ in 1 2 3; do
        expect 4 apply
        said out 'web2' 'kernel /boot/a -> /boot/b needs a restart'
    done
    # It runs under its old name, and what is kept of that stays.
    [ "$(domid web1)" = "$id" ]
    [ -e xen/web1.cfg ]
    said state/record 'former web1'
}

@test "what is kept under an old name goes when the domain runs under its new one, and not before" {
    local uuid=11111111-2222-4333-8444-555555555555
    spec <<< "  web1: {uuid: $uuid}"
    expect 0 apply
    spec <<< "  web2: {uuid: $uuid}"
    expect 0 apply
    expect 0 apply
    [ -e xen/web1.cfg ]
    spec <<< "  web2: {uuid: $uuid, bounce: 1}"
    expect 0 apply
    [ -n "$(domid web2)" ]
    # A file that somebody else has put there by then stays, and so does what is recorded of the name.
    cp xen/web1.cfg ours.cfg
    echo 'name = "web1"' > xen/web1.cfg
    [ -z "$(actions)" ]
    cp ours.cfg xen/web1.cfg
    planned 'web1 remove-config'
    said <(xensure plan) 'the spec has renamed it, and it runs as web2'
    # Renamed by hand again meanwhile: not now.
    "$XENSIM" rename web2 web1
    [ -z "$(actions)" ]
    "$XENSIM" rename web1 web2
    "$XENSIM" sim log clear
    expect 0 apply
    [ -z "$(changes)" ]
    [ "$(cd xen && echo *)" = web2.cfg ]
    in_sync
    run ! grep -q web1 state/record
}

@test "renamed and changed in one go, and started again by Xen's monitor meanwhile: it runs once" {
    local settings='uuid: 7c71034a-bb0b-5c43-8acc-85edc793a7eb, on_poweroff: restart, on_change: restart'
    "$XENSIM" sim set restart_pause=1s
    spec <<< "  web: {$settings, stop: {force: true}}"
    expect 0 apply
    spec <<< "  app: {$settings, stop: {force: true}, kernel: /boot/b}"
    expect 0 apply --allow-stops 1
    sleep 1.5
    [ "$("$XENSIM" list -v | grep -c 7c71034a-bb0b-5c43-8acc-85edc793a7eb)" = 1 ]
    [ -n "$(domid app)" ]
}

@test "what protects a domain, and what is known of its disks, is kept when it is renamed" {
    local settings='uuid: 7c71034a-bb0b-5c43-8acc-85edc793a7eb'
    agent absent_pause=0s prune=true
    spec <<< "  web: {$settings}"
    expect 0 apply
    spec <<< "  app: {$settings}"
    expect 0 apply
    spec <<< "  app: {$settings, protect: true}"
    expect 0 apply
    spec <<< '  other: {}'
    expect 4 apply
    said out 'xensure forget app ends that'
    [ -n "$(domid web)" ]
}

@test "a domain whose old name xendomains has an image of keeps what is recorded of that name" {
    local settings='uuid: 7c71034a-bb0b-5c43-8acc-85edc793a7eb'
    spec <<< "  web: {$settings}"
    expect 0 apply
    mkdir -p sim/root/var/lib/xen/save
    touch sim/root/var/lib/xen/save/web
    spec <<< "  app: {$settings}"
    expect 0 apply
    "$XENSIM" rename web app
    expect 0 apply
    "$XENSIM" destroy app
    expect 4 apply
    said out 'xendomains has saved it in'
    [ -z "$(domid app)" ]
}
