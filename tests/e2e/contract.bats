# The command line: every command, as text and as JSON, every exit code, and what goes to which stream.

load host

setup() {
    setup_host
}

# The three domains of the manual's sample plan, applied, and then the spec changed.
sample() {
    spec 'generation: 41' << 'END'
  db1: {memory: 1024, vcpus: 2}
  web1: {memory: 1024, maxmem: 4GiB}
END
    expect 0 apply
    spec 'generation: 42' << 'END'
  db1: {memory: 1024, vcpus: 2, kernel: /boot/b}
  web1: {memory: 2048, maxmem: 4GiB}
  web3: {memory: 1024, vcpus: 2}
END
}

@test "plan: the sample of the manual" {
    sample
    expect 4 plan
    silent err
    sed -E 's/ \(its next start.*//' out > shown
    diff shown - << 'END'
host dom0-a · fleet lab · generation 42 · 2 to do, 1 held

  ! db1    restart     kernel /boot/a -> /boot/b needs a restart; HELD: on_change is hold
  ~ web1   set-memory  1024 -> 2048 MiB (live): changed in the spec
  + web3   create      pvh, 1024 MiB, 2 vcpus: in the spec, not running
END
}

@test "plan: JSON has the fields of the contract" {
    sample
    "$XENSIM" sim add-foreign stranger
    json 4 '.format_version == 1 and .host == "dom0-a" and .fleet == "lab" and .generation == 42
        and .waiting == [] and .problems == [] and .error == null and .summary == {actions: 2, held: 1}' plan
    json 4 '[.actions[] | [.domain, .action, (.held == null)]]
        == [["db1", "restart", false], ["web1", "set-memory", true], ["web3", "create", true]]' plan
    json 4 '[.actions[] | keys] | unique == [["action", "cause", "changes", "domain", "held", "reason"]]' plan
    json 4 '.actions[0].changes == [{key: "kernel", have: "/boot/a", want: "/boot/b", how: "re-create"}]' plan
    json 4 '.actions[1].changes == [{key: "memory", have: "1024 MiB", want: "2048 MiB", how: "live"}]' plan
    json 4 '.actions[2].changes == [] and (.actions | all(.reason | length > 0))' plan
    json 4 '.foreign[0] | .domain == "stranger" and (.uuid | length == 36) and .domid == 3' plan
    json 4 'keys - ["format_version", "host", "fleet", "generation", "sources", "actions", "foreign", "waiting", "problems",
        "error", "summary"] == []' plan
    silent err
}

@test "apply: what became of each action, as text and as JSON" {
    sample
    json 4 '[.actions[] | [.domain, .result, (.held == null)]]
        == [["db1", "held", false], ["web1", "done", true], ["web3", "done", true]]' apply
    jq -e '.summary == {actions: 2, held: 1} and .actions[0].message == .actions[0].held
        and .actions[1].message == null and .error == null and .format_version == 1' out
    silent err
    expect 4 apply
    said out 'host dom0-a · fleet lab · generation 42 · 0 done, 1 held' '  HELD    db1  restart  kernel /boot/a'
    silent err
}

@test "in sync: apply says nothing, plan says so, JSON is a document" {
    spec <<< '  web1: {}'
    expect 0 apply
    said out '· 1 done' '  done    web1  create  pvh, 64 MiB, 1 vcpu: in the spec, not running'
    in_sync
    said out 'host dom0-a · fleet lab · in sync'
    json 0 '.actions == [] and .summary == {actions: 0, held: 0} and .generation == null' apply
    json 0 '.actions == []' plan
    json 0 '.last_run.exit_code == 0 and .error == null' status
}

@test "changes that wait for the next start are listed" {
    spec <<< '  web1: {on_crash: preserve}'
    expect 0 apply
    spec <<< '  web1: {on_crash: destroy}'
    json 2 '.actions[0].action == "write-config" and .actions[0].changes[0].how == "next-start"' plan
    expect 0 apply
    json 0 '.actions == [] and .waiting == [{domain: "web1", changes: [{key: "on_crash", have: "preserve",
        want: "destroy", how: "next-start"}]}]' plan
    expect 0 plan
    said out 'in sync' 'waiting for the next start:' '  web1  on_crash preserve -> destroy'
}

@test "exit codes of plan: 0, 2, 4, 5, and the worst of them" {
    spec <<< '  web1: {}'
    expect 2 plan
    expect 0 apply
    expect 0 plan
    spec <<< '  web1: {kernel: /boot/b}'
    expect 4 plan
    "$XENSIM" sim add-foreign web2
    spec <<< $'  web1: {kernel: /boot/b}\n  web2: {}\n  web3: {}'
    expect 5 plan
    said out '! web2   create' 'HELD: a domain of this name is here'
    json 5 '.summary == {actions: 1, held: 2} and .foreign == []' plan
}

@test "exit codes of apply: 6 before 4, 5 before 6" {
    spec <<< '  held: {}'
    expect 0 apply
    printf '  held: {kernel: /boot/b}\n  bad: {}\n' | spec
    "$XENSIM" sim fault create fail --times always
    expect 6 apply
    said out '1 held' '1 FAILED' '  FAILED  bad' 'create exited with'
    json 6 '.actions[1] | .result == "failed" and .held == null and (.message | test("exited with"))' apply
    "$XENSIM" sim add-foreign taken
    printf '  held: {kernel: /boot/b}\n  bad: {}\n  taken: {}\n' | spec
    expect 5 apply
    expect 5 status
    said out 'CONFLICT' 'held:' '  bad create: ' '  taken create: '
    json 5 '.last_run.exit_code == 5' status
}

@test "status: before the first run, after it, and when its file is spoilt" {
    spec <<< '  web1: {}'
    expect 0 status
    said out 'host dom0-a: no run of xensure has ended here yet'
    json 0 '.format_version == 1 and .host == "dom0-a" and .last_run == null and .error == null' status
    [ ! -e state ]
    expect 0 apply
    expect 0 status
    said out 'in sync (exit code 0)' 'recorded here: 1 domain, 1 of them running' '  web1 create: pvh'
    silent err
    json 0 '.last_run | .exit_code == 0 and .time > 1e9 and .actions[0].result == "done"' status
    for text in nonsense '[]' '{}' '{"time": 1, "exit_code": "0"}'; do
        echo "$text" > state/last-run.json
        expect 1 status
        silent out
        said err last-run.json
        json 1 '.last_run == null and (.error | length > 0)' status
    done
    echo nonsense > state/record
    expect 1 status
    said err state/record
}

@test "validate: problems are its result" {
    printf '  web1: {memory: 12XiB}\n  web2: {vcpus: 0}\n' | spec
    expect 3 validate
    said out 'spec.yaml:5:18: expected' 'spec.yaml:6:17: expected' '  web1: {memory: 12XiB}' '^'
    said err 'xensure: the spec was refused: 2 problems'
    run ! grep spec.yaml err
    json 3 '.format_version == 1 and (.problems | length == 2) and (.error | test("refused"))' validate
    jq -e '.problems[0] | .file == "spec.yaml" and .line == 5 and .column == 18 and .severity == "error"
        and (.message | startswith("expected"))' out
    for command in plan apply; do
        expect 3 $command
        silent out
        said err 'spec.yaml:5:18: expected' 'spec.yaml:6:17: expected' 'the spec was refused: 2 problems'
        json 3 '(.problems | length == 2) and .actions == [] and .host == "dom0-a" and (.error | test("refused"))' $command
        said err 'spec.yaml:5:18: expected'
    done
    [ ! -e state ] && [ -z "$(ls xen)" ]
}

@test "validate tells which hosts a spec is for" {
    spec 'hosts: {dom0-a: {address: 10.0.0.11}, dom0-b: {}}' <<< '  web1: {host: dom0-a}'
    json 0 '.hosts == {"dom0-a": {address: "10.0.0.11"}, "dom0-b": {address: null}}' validate spec.yaml
    echo '  web2: {host: dom0-c}' >> spec.yaml
    json 3 '.hosts == {}' validate spec.yaml
    spec <<< '  web1: {}'
    json 0 '.hosts == {}' validate spec.yaml
}

@test "validate: warnings change no exit code; paths; no host is needed" {
    spec <<< '  web1: {on_crash: restart}'
    expect 0 validate
    said out 'spec.yaml:5:' 'warning: '
    silent err
    json 0 '.problems[0].severity == "warning" and .error == null' validate
    spec <<< '  web1: {}'
    mv spec.yaml other.yaml
    expect 0 validate other.yaml
    silent out err
    expect 1 validate other.yaml nosuch.yaml
    said err nosuch.yaml
    printf 'hosts: {a: {}}\ndomains:\n  web2: {host: a, type: pvh, memory: 64, kernel: /boot/a}\n' > hosts
    cat <(echo 'xensure: 1') <(echo 'fleet: lab') hosts > hosts.yaml
    expect 0 validate hosts.yaml
    printf 'xensure: 1\nfleet: lab\ndomains: {}\n' | "$XENSURE" validate -
}

@test "the spec: several paths, a folder, standard input" {
    mkdir d d/below
    spec <<< '  a1: {}'
    mv spec.yaml d/a.yaml
    printf 'xensure: 1\ndomains: {b1: {}}\n' > d/b.yaml
    printf 'xensure: 1\ndomains: {no: {}}\n' | tee d/.hidden.yaml d/c.yml > d/below/d.yaml
    printf 'xensure: 1\ndomains: {c1: {}}\n' > c.yaml
    xensure() { "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim "$@"; }
    expect 2 --spec d plan --spec c.yaml
    said out '+ a1' '+ b1' '+ c1' '3 to do'
    cat d/a.yaml <(echo ---) c.yaml > all
    expect 2 --spec - plan < all
    said out '+ a1' '+ c1' '2 to do'
    expect 1 plan
    said err 'no spec is given'
    expect 1 --spec d --spec d/a.yaml plan
    said err 'd/a.yaml is given twice'
    expect 1 --spec - --spec - plan < all
    said err '- is given twice'
    agent absent_pause=0s "sources=[{path: $PWD/d}, {path: $PWD/c.yaml}]"
    run -3 xensure plan
    rm c.yaml
    printf 'xensure: 1\nfleet: lab\ndomains: {c1: {type: pvh, memory: 64, kernel: /boot/a}}\n' > c.yaml
    expect 2 plan
    said out '3 to do'
    mkdir empty
    expect 3 --spec empty plan
    : > d/a.yaml
    expect 3 --spec d/a.yaml plan
}

@test "every failure is one JSON document, and a sentence on stderr" {
    spec <<< '  web1: {}'
    PATH=/usr/bin:/bin
    json 1 '.error | test("nosuch.yaml")' --spec nosuch.yaml plan
    said err 'xensure: '
    json 1 '.error | test("nosuch")' --only nosuch plan
    json 1 '.error | test("nosuch")' --only nosuch apply
    json 1 '.error | test("nosuch")' render nosuch
    json 1 '.error | test("no xl on PATH")' --toolstack xl plan
    json 1 '.error | test("xm")' --toolstack xm plan
    json 1 '.error | test("toolstack")' --toolstack virsh apply
    json 1 '.error | test("agent.yaml")' -c nosuch/agent.yaml plan
    json 1 '.error' -c nosuch/agent.yaml validate
    json 1 '.error' -c nosuch/agent.yaml status
    json 1 '.error' -c nosuch/agent.yaml render web1
    json 1 '.error | test("option")' --nosuch plan
    json 1 '.error | test("command")' nosuch
    json 1 '.error | test("command")'
    json 1 '.error' plan extra
    json 1 '.error' render
    json 1 '.error | test("format")' schema --format nosuch
    json 1 '.error' schema --format man
    json 1 '.error | test("state")' --state-dir "$PWD/agent.yaml/x" apply
    echo 'parallel: 0' >> agent.yaml
    json 1 '(.error | test("agent.yaml")) and .problems[0].file == "agent.yaml"' plan
    json 1 '.problems[0].line == 3' status
    for words in '--output json' '--output=json' '-o text -o json'; do
        # shellcheck disable=SC2086 # words
        run -1 --separate-stderr "$XENSURE" $words nosuch
        jq -e .error <<< "$output"
    done
}

@test "usage errors: exit 1, said on stderr" {
    spec <<< '  web1: {}'
    for words in '' nosuch '--nosuch plan' 'plan extra' 'apply extra' 'status extra' 'schema extra' render 'render a b' \
        '-o xml plan' '--color blue plan' 'apply --allow-stops x' 'apply --allow-stops -1' 'apply --accept-generation -2' \
        'plan --allow-stops 3' 'plan --accept-loss' 'plan --accept-stale' 'status --only web1' 'validate --only web1' 'plan --format json' \
        'plan --only' 'apply --only web1 --only web2' 'apply --accept-loss=yes'; do
        # shellcheck disable=SC2086 # words
        expect 1 $words
        silent out
        said err 'xensure: ' 'xensure --help'
    done
    for words in 'validate' 'status' 'schema' 'sign spec.yaml' '-o json plan'; do
        # shellcheck disable=SC2086 # words
        TOOLSTACK=foo expect 1 $words
        said err "expected the toolstack auto, xl, xm or sim, found 'foo'"
    done
    for option in --host --state-dir --xen-config-dir --only --spec --toolstack --config; do
        expect 1 plan $option ''
        said err "expected a value for $option"
    done
    [ ! -e state ]
}

@test "options stand before and behind the command" {
    spec <<< '  web1: {}'
    cd xen
    for words in '-o json plan' 'plan -o json' '--output=json plan' 'plan --output json'; do
        # shellcheck disable=SC2086 # words
        run -2 --separate-stderr "$XENSURE" --toolstack sim $words --host=h --spec ../spec.yaml \
            --state-dir ../state --xen-config-dir .
        jq -e '.host == "h"' <<< "$output"
    done
}

@test "--help and --version" {
    expect 0 --help
    silent err
    "$XENSURE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\).*/\1/p' > commands
    [ "$(wc -l < commands)" -ge 18 ]
    while read -r command; do
        said out "  $command"
        expect 0 "$command" --help
        silent err
        said out "Usage: xensure [OPTION...] $command" --spec
        cp out long
        expect 0 -h "$command"
        diff out long
        expect 0 --help
    done < commands
    for words in 'help' '--help' 'help plan' 'plan --help'; do
        # shellcheck disable=SC2086 # words
        expect 0 $words
        silent err
        cp out "${words// /-}"
    done
    diff help --help
    diff help-plan plan---help
    expect 1 help nosuch
    said err "there is no command 'nosuch'"
    expect 0 apply --help
    said out --only --allow-stops --accept-loss --accept-generation --accept-stale
    expect 0 --version
    grep -Eqx 'xensure [0-9.]+' out
}

@test "render" {
    spec << 'END'
  web1: {cmdline: 'a "quoted" b', disks: [{vdev: xvda, path: /dev/vg/a}], vifs: [{mac: 00:16:3e:00:00:01, bridge: br0}]}
  old: {adopt: true}
END
    expect 0 render web1
    silent err
    said out 'name = "web1"' 'memory = 64' /dev/vg/a 00:16:3e:00:00:01
    cp out config
    json 0 '.format_version == 1 and .domain == "web1" and .error == null and (.config | test("memory = 64"))' render web1
    diff config <(jq -r .config out | sed '$d')
    expect 0 apply --only web1
    diff config <(sed '/^#/d' xen/web1.cfg)
    expect 1 render nosuch
    silent out
    said err "there is no domain 'nosuch' in the spec"
    # A domain that was taken over keeps its uuid in its config.
    "$XENSIM" sim add-foreign --uuid 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001 old
    expect 0 apply
    expect 0 render old
    said out 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001
    diff out <(sed '/^#/d' xen/old.cfg)
}

@test "schema" {
    run -0 --separate-stderr "$XENSURE" schema
    [[ $output == *'memory (required)'* && $output == *'absent_pause'* && -z $stderr ]]
    json 0 '.format_version == 1 and .error == null and (.tables.domain | map(.name) | contains(["memory", "disks"]))' schema
    cp out one
    expect 0 schema --format json
    diff one out
}

@test "schema --format man is the manual's section of keys: every key, with what it means" {
    expect 0 -o json schema
    cp out schema.json
    expect 0 schema --format man
    # Scdoc gives some characters a meaning; none of them ends a name or a sentence.
    sed 's/\\//g' out > manual
    jq -r '.tables[][] | "*\(.name)*\t\(.doc)"' schema.json > rows
    [ "$(wc -l < rows)" -gt 200 ]
    while IFS=$'\t' read -r name doc; do
        grep -A1 -F -- "$name" manual | grep -qxF -- $'\t'"$doc" || { echo "not there: $name $doc"; return 1; }
    done < rows
    [ "$(grep -c '^\*' manual)" = "$(wc -l < rows)" ]
    said out '*memory* (required)' 'Guests: hvm.' 'Since Xen: 4.19.' 'A change takes effect: live.'
    command -v scdoc > /dev/null || skip 'no scdoc here'
    { printf 'xensure(5)\n\n'; cat out; } | scdoc > xensure.5
    [ "$(grep -c 'KEYS OF' xensure.5)" = "$(jq '.tables | length' schema.json)" ]
}

@test "colour: on terminals, when asked for, and never against NO_COLOR" {
    spec <<< '  web1: {}'
    escape=$'\033['
    expect 2 plan
    run ! grep -F "$escape" out
    expect 2 --color always plan
    said out "$escape"
    export XENSURE
    on_terminal() { script -qec "$XENSURE -c agent.yaml --host h --toolstack sim --spec spec.yaml $*" /dev/null < /dev/null; }
    if command -v script > /dev/null; then
        TERM=xterm on_terminal plan | grep -qF "$escape"
        run ! grep -F "$escape" <(NO_COLOR=1 TERM=xterm on_terminal plan)
        run ! grep -F "$escape" <(TERM=xterm on_terminal --color never plan)
        run ! grep -F "$escape" <(TERM=dumb on_terminal plan)
        NO_COLOR=1 on_terminal --color always plan | grep -qF "$escape"
        expect 0 apply
        on_terminal apply | grep -q 'in sync'
        on_terminal validate | grep -q 'valid: fleet lab, 1 domain'
    fi
    printf '  web1: {memory: x}\n' | spec
    expect 3 --color always validate
    said out "$escape"
    expect 3 --color always plan
    said err "$escape"
}

@test "on a terminal, what is under way is shown as it goes on; a line each otherwise, and none in a log" {
    command -v script > /dev/null || skip 'no script(1)'
    terminal() { # TERM WORD...: apply on such a terminal, which is in shown
        TERM=$1 script -qec "stty cols 34; $XENSURE -c agent.yaml --host h --toolstack sim --spec spec.yaml ${*:2}" /dev/null \
            < /dev/null > shown
    }
    spec <<< $'  web1: {}\n  web2: {}'
    "$XENSIM" sim fault create hold
    terminal xterm apply 3>&- &
    held
    # It grows while nothing happens. (Either may have come first, and be held.)
    wait_until grep -qE 'web[12] create [2-9] s' shown
    rm sim/held
    wait $!
    grep -q '^.*0 of 2 done: web[12] create 0 s' shown
    grep -qE '1 of 2 done: web[12] create [0-9]* s' shown
    # No line is longer than the terminal, and none is left of it.
    tr '\r' '\n' < shown | sed 's/\x1b\[[0-9;]*[A-Za-z]//g' | grep 'of 2 done' > lines
    [ -z "$(awk 'length > 33' lines)" ]
    grep -q '\.\.\.$' lines
    tr -d '\r' < shown | sed 's/^.*\x1b\[K//' > left
    said left 'web1: create done after' 'web2: create done after' '2 done'
    run ! grep 'of 2 done' left
    expect 0 apply
    spec <<< $'  web1: {state: stopped}\n  web2: {state: paused}'
    terminal dumb apply
    said shown 'web1: shutdown ...' 'web1: shutdown done after'
    run ! grep -q $'\033\\[K' shown
    spec <<< '  web3: {}'
    terminal xterm -o json apply || [ $? = 4 ]
    run ! grep -q $'\033\\[K' shown
    terminal xterm apply || [ $? = 4 ]
    run ! grep -q $'\033\\[K' shown
}

@test "--only: one domain alone" {
    printf '  web1: {}\n  web2: {}\n' | spec
    expect 2 plan --only web2
    said out '1 to do' '+ web2'
    expect 0 apply --only web2
    [ -n "$(domid web2)" ] && [ -z "$(domid web1)" ]
    expect 0 plan --only web2
    planned 'web1 create'
    expect 1 apply --only web3
    said err "there is no domain 'web3'"
}

@test "a result that cannot be written is an error" {
    spec <<< '  web1: {}'
    for words in plan '-o json plan' validate\ nosuch schema '-o json status' --help; do
        code=0
        # shellcheck disable=SC2086 # words
        xensure $words > /dev/full 2> err || code=$?
        [ "$code" = 1 ]
        said err 'xensure: '
    done
    code=0
    xensure plan >&- 2> err || code=$?
    [ "$code" = 1 ]
    # What is printed to a closed stream does not end up in a file.
    code=0
    xensure -o json apply >&- 2>&- || code=$?
    [ "$code" = 1 ]
    run ! grep -r format_version state --include=lock --include=record
    in_sync
}

@test "75: another run holds the lock" {
    spec <<< '  web1: {}'
    mkdir state
    exec 9> state/lock
    flock -n 9
    expect 75 apply
    silent out
    said err 'another run' 'state'
    json 75 '.error | test("lock")' apply
    [ -z "$(changes)" ]
    expect 2 plan
    flock -u 9
    expect 0 apply
}

@test "specs of another host, fleet, generation, or time" {
    spec 'generation: 5' <<< '  web1: {}'
    expect 0 apply
    spec 'generation: 4' <<< '  web1: {}'
    expect 3 plan
    silent out
    said err 'generation 4' '5 was applied' --accept-generation
    json 3 '.error | test("generation")' apply
    expect 3 apply --accept-generation 3
    expect 0 apply --accept-generation 4
    expect 0 apply --accept-generation 4
    said err 'was not needed'
    expect 0 apply
    spec 'generation: 6' 'expires: 2020-01-01T00:00:00Z' <<< '  web2: {}'
    expect 3 plan
    said err expired
    sed -i s/lab/other/ spec.yaml
    expect 3 plan
    said err "the fleet 'other'" "'lab'"
    agent absent_pause=0s fleet=third
    expect 3 apply
    said err "'third' (agent.yaml)"
    rm -r state
    spec 'hosts: {dom0-x: {}}' <<< '  web1: {host: dom0-x}'
    expect 3 apply
    said err "this host, 'dom0-a', is not one of them"
    [ ! -e state ]
    expect 0 validate
}
