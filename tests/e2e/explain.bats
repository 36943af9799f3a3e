#!/usr/bin/env bats
# explain: why a domain is as it is, and what comes next.

load host

setup() {
    setup_host
}

@test "what is wanted and from where, what is otherwise, what comes next, what was done" {
    spec 'generation: 41' <<< $'  web1: {maxmem: 256}\n  web2: {}'
    expect 0 apply
    "$XENSIM" mem-set web1 32
    sed -i 's/memory = 64/memory = 65/' xen/web1.cfg
    spec 'generation: 42' <<< $'  web1: {maxmem: 256, kernel: /boot/b}\n  web2: {}'
    expect 0 explain web1
    silent err
    said out 'web1 · host dom0-a · fleet lab · generation 42' 'wanted:    running (spec.yaml:6)' \
        'is:        running (id ' 'on disk:   its config file is not as the spec says' 'recorded:  running' \
        'restart: kernel /boot/a -> /boot/b needs a restart' 'HELD: on_change is hold' '(the spec moved)' \
        'set-memory: 32 -> 64 MiB (live): changed on the host' '(the host moved)' \
        'create done: pvh, 64 MiB, 1 vcpu: in the spec, not running [generation 41]'
    grep -qE '^  memory .*64 MiB .*profile default \(spec.yaml:4\) +BUT on disk: 65 MiB; running: 32 MiB' out
    grep -qE '^  kernel .*/boot/b .*the spec \(spec.yaml:6\) +BUT on disk: /boot/a; .*recorded: /boot/a' out
    run ! grep -q -e web2 -e cpu_weight out
    json 0 '.format_version == 1 and .domain == "web1" and .wanted == "running" and .state == "running"
        and .error == null and (.actions | length == 2) and .actions[0].held != null and (.history | length == 1)
        and .history[0].generation == 41 and .history[0].result == "done" and .history[0].commits == []' explain web1
    jq -e '.keys[] | select(.key == "memory") | .wanted == "64 MiB" and .from == "profile default"
        and .on_disk == "65 MiB" and .running == "32 MiB" and .recorded == null' out
    expect 0 explain web2
    said out 'on disk:   its config file is as the spec says' 'nothing is to be done'
    run ! grep -q BUT out
}

@test "a device that is gone is told of as none" {
    spec <<< '  web1: {vifs: [{bridge: xenbr0}]}'
    expect 0 apply
    "$XENSIM" network-detach web1 0
    expect 0 explain web1
    grep -qE '^  vifs .* BUT running: none$' out
}

@test "it changes nothing, and ends with 0 whatever the plan is" {
    spec <<< $'  web1: {}\n  web2: {state: stopped}'
    "$XENSIM" sim add-foreign web1
    expect 0 explain web1
    said out "it is not xensure's" 'HELD: a domain of this name is here' 'recorded:  nothing' 'what was done: nothing is known'
    [ ! -e state ]
    [ -z "$(changes)" ]
    expect 0 explain web2
    said out 'wanted:    stopped' 'is:        not here' 'on disk:   its config file is not there'
    "$XENSIM" sim add-foreign stranger
    expect 0 explain stranger
    said out 'wanted:    it is not in the spec' "it is not xensure's"
}

@test "a name that nobody knows, and no name" {
    spec <<< '  web1: {}'
    expect 1 explain web9
    said err "there is no domain 'web9' in the spec, the record or the list"
    json 1 '(.error | contains("web9")) and .keys == [] and .history == []' explain web9
    expect 1 explain
}

@test "without a spec and without a list, what is known is told" {
    spec <<< '  web1: {}'
    expect 0 apply
    spec <<< '  web1: {memry: 1}'
    expect 3 explain web1
    said out 'wanted:    not known' 'recorded:  running' 'next: nothing, since ' 'create done'
    said err "did you mean 'memory'"
    spec <<< '  web1: {}'
    "$XENSIM" sim fault list fail --times always
    expect 1 explain web1
    said out 'recorded:  running' 'create done'
}

@test "the history outlives a domain, tells failures, and is bounded" {
    spec <<< '  web1: {}'
    "$XENSIM" sim fault create fail --times 1
    expect 6 apply
    expect 0 forget web1
    expect 0 apply
    spec <<< '  web1: {state: absent}'
    expect 0 apply
    expect 0 explain web1
    said out 'create FAILED: ' 'shutdown done: ' 'remove-config done: '
    printf '{"time": 1, "domain": "web1", "ac' >> state/history
    expect 0 explain web1
    yes '{"time": 1, "domain": "other", "action": "create", "result": "done"}' | head -c 1100000 >> state/history
    spec <<< '  web1: {}'
    expect 0 apply
    [ -e state/history.1 ]
    [ "$(wc -l < state/history)" = 1 ]
    json 0 '[.history[] | .action] == ["create", "create", "shutdown", "remove-config", "create"]' explain web1
}

@test "what may be a secret is not shown" {
    spec <<< "  web1: {cmdline: 'root=/dev/xvda1 password=hunter2'}"
    expect 0 apply
    spec <<< "  web1: {cmdline: 'root=/dev/xvda1 password=hunter4'}"
    expect 0 explain web1
    said out 'restart: (not shown: there may be a secret in it)'
    grep -q '^  cmdline .*there may be a secret in it' out
    run ! grep -q hunter out
}
