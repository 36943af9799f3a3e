#!/usr/bin/env bats
# What an operator says to the record: claim, forget, suspend, resume.

load host

setup() {
    setup_host
}

is_listed() {
    "$XENSIM" list | grep -q "^$1 "
}

@test "claim: a domain of a fleet with several hosts starts once somebody says that it belongs here" {
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< '  web1: {host: dom0-a}
  web2: {host: dom0-a}
  web3: {host: dom0-b}'
    expect 4 apply
    said out 'xensure claim web1'
    run ! grep -q web3 out
    expect 0 claim web1
    expect 4 apply
    is_listed web1
    run ! is_listed web2
    expect 0 claim --all
    said out '2 domains belong to the host dom0-a'
    expect 0 apply
    is_listed web2
}

@test "claim: needs a name of this host or --all, and not both" {
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< '  web3: {host: dom0-b}'
    expect 1 claim
    expect 1 claim web3
    expect 1 claim --all web3
    said err 'or --all'
    json 1 '.format_version == 1 and (.error | contains("web3"))' claim web3
}

@test "a domain whose config file alone was written is not claimed by that" {
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< '  web1: {host: dom0-a, state: stopped}'
    expect 0 apply
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< '  web1: {host: dom0-a}'
    expect 4 apply
    said out 'xensure claim web1'
}

@test "suspend holds everything and says why; resume ends it" {
    spec <<< '  web1: {}'
    expect 0 suspend --reason 'new disks' --for 2h
    expect 4 apply
    said out 'suspended: new disks (until ' 'xensure resume ends that'
    expect 4 plan
    run ! is_listed web1
    expect 0 resume
    said out resumed
    expect 0 apply
    is_listed web1
    expect 0 resume
    said out 'was not suspended'
}

@test "suspend: another's reason and end are not replaced; the same reason takes a new end" {
    spec <<< '  web1: {}'
    expect 0 suspend --reason 'new disks' --for 2h
    cp state/suspended before
    expect 1 suspend --reason 'other work'
    said err 'this host is suspended already: new disks (until ' "xensure resume"
    silent out
    cmp before state/suspended
    json 1 '.error | test("suspended already: new disks")' suspend --reason 'other work' --for 8h
    expect 0 suspend --reason 'new disks'
    said out 'suspended: new disks'
    expect 4 plan
    said out 'SUSPENDED: new disks'
    run ! grep until out
    # One that is over is nobody's any more.
    printf '1\nlong ago\n' > state/suspended
    expect 0 suspend --reason 'other work'
    # What cannot be read may be anybody's.
    printf 'garbage' > state/suspended
    expect 1 suspend --reason 'other work'
    said err 'for a reason that cannot be read'
    expect 0 resume
    expect 0 suspend --reason 'other work'
}

@test "suspend: needs a reason and a time that can be read, and ends by itself" {
    spec <<< '  web1: {}'
    expect 1 suspend
    said err '--reason TEXT'
    expect 1 suspend --reason x --for soon
    said err "found 'soon'"
    printf '1\nlong ago\n' > state/suspended || { mkdir state && printf '1\nlong ago\n' > state/suspended; }
    expect 2 plan
    printf 'garbage' > state/suspended
    expect 4 plan
    said out 'for a reason that cannot be read'
}

@test "forget ends the protection of a domain that left the spec, and keeps that it is ours" {
    spec <<< '  web1: {protect: true, disks: [{vdev: xvda, path: /dev/one}]}
  web2: {}'
    expect 0 apply
    spec <<< '  web2: {}
  web3: {disks: [{vdev: xvda, path: /dev/one}]}'
    expect 4 apply
    said out 'xensure forget web1' 'its disk /dev/one is in use by web1'
    expect 0 forget web1
    said out 'no longer protected'
    expect 4 forget web1
    said err 'recorded as running'
    # Its disk is not given away.
    expect 4 apply
    run ! is_listed web3
    is_listed web1
    echo 'prune: true' >> agent.yaml
    expect 0 apply
    run ! is_listed web1
    is_listed web3
    expect 1 forget web9
    said err "nothing is recorded of a domain 'web9'"
}

@test "forget lets a domain be tried again that was held after too many starts" {
    "$XENSIM" sim fault create fail --times always
    spec <<< '  web1: {restart: {limit: 1}}'
    expect 6 apply
    said err 'web1: create failed'
    expect 4 apply
    said out 'xensure forget web1'
    "$XENSIM" sim fault clear
    expect 0 forget web1
    said out 'no counted tries any more'
}

@test "a run of one domain alone does not hide from status what another run held" {
    spec <<< '  web1: {}'
    expect 0 apply --only web1
    expect 0 status
    said out 'of web1 alone: done, in sync'
    spec <<< $'  web1: {protect: true, state: stopped}\n  web2: {}'
    expect 4 apply
    expect 0 apply --only web2
    expect 1 apply --only web3
    expect 4 status
    said out 'it is protected' 'something is held (exit code 4)'
    json 4 '.last_run.only == null' status
}

# A command shows in the list before it has ended.
end_is_unknown() {
    expect 0 status
    said out 'web1 create: begun, and its end is not known'
}

@test "status shows what was begun and not ended" {
    "$XENSIM" sim fault create hold
    spec <<< '  web1: {}'
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.yaml apply > first.out 2> first.err 3>&- &
    pid=$!
    held
    kill -9 "$pid"
    expect 0 status
    said out 'no run of xensure has ended here yet' 'begun:' 'web1 create: its command works'
    rm sim/held
    wait_until end_is_unknown
    is_listed web1
    expect 0 apply
    run ! grep -q begun <("$XENSURE" -c agent.yaml status)
}

@test "what a profile names and this host lacks is told once, not once a domain" {
    mkdir -p sim/root
    spec <<< $'  web1: {kernel: /boot/nothere}\n  web2: {kernel: /boot/other}\n  web3: {}\n  web4: {}'
    expect 2 plan
    [ "$(grep -c 'warning: expected the file' err)" = 3 ]
}

@test "a reboot of the host is no start that counts against restart.limit" {
    spec <<< '  web1: {restart: {limit: 2}}'
    expect 0 apply
    for _ in 1 2 3 4; do
        "$XENSIM" sim reboot-host
        expect 0 apply
    done
    in_sync
}

@test "what others may write is not obeyed: agent.yaml" {
    spec <<< '  web1: {}'
    chmod 666 agent.yaml
    expect 1 apply
    said err 'agent.yaml'
    run ! is_listed web1
    chmod 644 agent.yaml
    expect 0 apply
}

@test "a generation that goes away is one that goes down; an empty record is not believed" {
    spec 'generation: 5' <<< '  web1: {}'
    expect 0 apply
    spec <<< '  web1: {}'
    expect 3 plan
    said err 'no generation' '--accept-generation 0'
    expect 3 apply
    expect 0 apply --accept-generation 0
    expect 0 apply
    : > state/record
    expect 1 apply
    said err 'the record is empty' 'put a good copy back'
    rm state/record
    expect 0 apply
}

@test "plan and status say that the host is suspended" {
    spec <<< '  web1: {}'
    expect 0 apply
    expect 0 suspend --reason 'disk work'
    expect 0 plan
    said out 'SUSPENDED: disk work'
    expect 0 status
    said out 'SUSPENDED: disk work'
}

@test "agent.yaml: what cannot be read is an error" {
    spec <<< '  web1: {}'
    cat >> agent.yaml <<'EOF'
sources: [{branch: main}]
EOF
    expect 2 plan
    code=0
    "$XENSURE" -c agent.yaml --toolstack sim plan > out 2> err || code=$?
    [ "$code" = 1 ]
    said err 'source 1 of agent.yaml: expected one of' 'found none'
    echo 'trust: {needed: true}' > agent.yaml
    expect 1 plan
    said err "expected a key of 'trust'" 'agent.yaml was refused'
    echo 'checks: {"a b": [/bin/true], rel: [true], none: [], deep: [/bin/true, [x]], text: /bin/true}' > agent.yaml
    expect 1 plan
    said err 'expected the absolute path of a program, found' 'expected a list of a program and at most 63 arguments' \
        "expected a text, found a list" 'agent.yaml was refused'
    [ "$(grep -c 'agent.yaml:1:.*expected' err)" = 5 ]
    echo 'on_event: [{event: [applied], command: [true]}, {event: [gone]}]' > agent.yaml
    expect 1 plan
    said err "absolute path of a program as the first word of \`command\`, found 'true'" "found 'gone'" \
        "expected the key 'command' in a program of on_event"
    echo 'paralel: 3' > agent.yaml
    expect 1 plan
    said err "did you mean 'parallel'?"
}

@test "a state directory that others can write is not believed" {
    spec <<< '  web1: {}'
    expect 0 apply
    chmod 777 state
    expect 1 apply
    said err 'only root and the user who runs xensure can write'
    chmod 700 state
    expect 0 apply
}

@test "warnings: of a plan, and of an apply that does something; one that has nothing to do is silent" {
    spec 'expires: 2020-01-01T00:00:00Z' <<< '  web1: {}'
    expect 0 validate
    said out 'warning: the spec expired on 2020-01-01'
    spec <<< '  web1: {type: hvm, kernel: /boot/a, vnc: true, vnclisten: 0.0.0.0, on_crash: restart}'
    expect 2 plan
    said err "the display of domain 'web1' has no password and listens on '0.0.0.0'" 'on_crash'
    expect 0 apply
    said err 'has no password'
    expect 0 apply
    silent out err
    expect 0 plan
    said err 'has no password'
    "$XENSIM" rename web1 www
    expect 0 plan
    said err "domain 'web1' (id 1) runs under the name 'www'"
}

@test "keys that xl and xm call otherwise are told by their name here" {
    spec <<< '  web1: {extra: quiet, disk: [], builder: hvm}'
    expect 3 validate
    said out "did you mean 'cmdline'" "did you mean 'disks'" "did you mean 'type'"
}

@test "--extra without --only is refused before anything is done" {
    spec <<< '  web1: {}'
    expect 0 apply
    expect 1 apply --extra single
    said err '--extra needs --only NAME'
    expect 0 status
}

@test "suspend stops a run that is under way: what has begun is ended, nothing more is begun" {
    agent absent_pause=0s parallel=1
    "$XENSIM" sim fault create hold
    spec <<< $'  web1: {}\n  web2: {}'
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.yaml apply > first.out 2> first.err 3>&- &
    pid=$!
    held
    expect 0 suspend --reason 'wrong spec'
    said out 'a run is under way' 'begins nothing more'
    rm sim/held
    code=0
    wait "$pid" || code=$?
    [ "$code" = 4 ]
    said first.out 'done    web1' 'not begun: this host was suspended meanwhile: wrong spec'
    is_listed web1
    run ! is_listed web2
}
