#!/usr/bin/env bats
# status: how a host is, at a glance; also after runs that came to nothing.

load host

setup() {
    setup_host
}

@test "in sync: the spec, since when it is here, and when the last run was" {
    spec 'generation: 7' 'expires: 2099-01-01T00:00:00Z' <<< '  web1: {}'
    expect 0 apply
    expect 0 status
    said out 'host dom0-a · fleet lab · generation 7 · in sync' 'last run ' 'done, in sync (exit code 0)' \
        'spec applied here since ' 'it expires in ' 'recorded here: 1 domain, 1 of them running'
    run ! grep -q 'next run' out
    since=$(jq .spec_since state/run/last-run.json)
    expect 0 apply
    [ "$(jq .spec_since state/run/last-run.json)" = "$since" ]
    json 0 '.last_applied == null and .next_run == null and .suspended == null and .last_run.spec_since > 1e9' status
}

@test "a spec that was refused is told, with what is wrong, and what was held before it" {
    spec 'generation: 7' <<< '  web1: {}'
    expect 0 apply
    spec 'generation: 8' <<< '  web1: {kernel: /boot/b}'
    expect 4 apply
    find state xen -type f ! -path 'state/run/*' -exec cksum {} + | sort > before
    spec 'generation: 9' <<< '  web1: {memry: 64MiB}'
    expect 3 apply
    expect 3 apply
    find state xen -type f ! -path 'state/run/*' -exec cksum {} + | sort | diff before -
    expect 3 status
    said out 'host dom0-a · fleet lab · generation 8 · SPEC REFUSED, NOT KNOWN whether it is in sync' \
        'the spec was refused (exit code 3)' "did you mean 'memory'" 'so ended the last 2 runs, since ' \
        'the last run that looked at the host: ' 'something is held (exit code 4)' 'web1 restart: kernel'
    json 3 '.last_run.exit_code == 3 and (.last_run.problems | length > 0) and .last_applied.exit_code == 4
        and .runs_alike == 2' status
    spec 'generation: 9' <<< '  web1: {kernel: /boot/b}'
    expect 4 apply
    expect 4 status
    said out 'generation 9 · NOT IN SYNC: 1 held, 0 failed'
    json 4 '.last_run.error_time < .last_run.time + 1 and .last_run.success_time == .last_run.time' status
}

@test "a spec that cannot be read is told on a host where nothing was ever applied" {
    expect 1 apply
    [ ! -e state ]
    sed -i "s|state: |run: $PWD/elsewhere, state: |" agent.yaml
    expect 1 apply
    [ ! -e state ]
    expect 1 status
    said out 'it ended with an error (exit code 1)' 'spec.yaml'
}

@test "a run whose result could not be kept is told" {
    spec <<< '  web1: {}'
    expect 0 apply
    rm state/last-run.json
    mkdir -p state/last-run.json/full
    expect 1 apply
    said err 'cannot keep the result of the run'
    rm -r state/last-run.json
    expect 1 status
    said out 'it ended with an error (exit code 1)' 'cannot keep the result of the run'
}

@test "a run directory that cannot be written is a warning, and an old one is not believed" {
    spec <<< '  web1: {}'
    expect 0 apply
    rm -r state/run
    touch state/run
    # What cron would mail every minute is told where somebody looks, or with other news.
    expect 0 apply
    silent out err
    spec <<< $'  web1: {}\n  web2: {}'
    expect 0 apply
    said err 'warning: the run is not told in the run directory'
    expect 0 apply --log
    said err 'xensure: warning: the run is not told in the run directory'
    expect 0 apply --log
    silent out err
    expect 1 status
    rm state/run
    expect 0 status
    said out 'in sync (exit code 0)'
}

@test "the run directory is where agent.yaml says; a run that finds the lock taken leaves nothing" {
    spec <<< '  web1: {}'
    sed -i "s|state: |run: $PWD/elsewhere, state: |" agent.yaml
    expect 0 apply
    [ ! -e state/run ]
    jq -es 'length == 1 and .[0].done == 1 and .[0].actions == [{domain: "web1", action: "create", cause: "change",
        result: "done"}]' elsewhere/runs
    exec 9< state/lock
    flock 9
    expect 75 apply
    exec 9<&-
    jq -es 'length == 1' elsewhere/runs
    expect 0 status
}

@test "the last 50 runs are told, and what is spoilt among them is passed over" {
    spec <<< '  web1: {}'
    expect 0 apply
    for n in $(seq 60); do echo "{\"time\": $n, \"exit_code\": 6, \"error_time\": $n}"; done > state/run/runs
    printf '{"time":' >> state/run/runs
    expect 0 apply
    jq -es 'length == 50 and .[0].time == 12 and .[49].exit_code == 0 and .[49].error_time == 60' state/run/runs
}

@test "the next run is told where it is known" {
    spec <<< '  web1: {}'
    expect 0 apply
    echo $(($(date +%s) + 3600)) > state/run/next-run
    expect 0 status
    said out 'next run in '
    json 0 '.next_run > 1e9' status
    echo 1700000000 > state/run/next-run
    expect 0 status
    said out 'next run: due ' ' ago'
    echo soon > state/run/next-run
    expect 0 status
    run ! grep -q 'next run' out
}

# ended AGO: the last run has ended so many seconds ago, and all that is remembered of it is as old.
ended() {
    local file
    for file in state/last-run.json state/run/last-run.json; do
        jq --argjson ago "$1" '.time -= $ago | .applied_time -= $ago' "$file" > older
        cp older "$file"
    done
    jq -c --argjson ago "$1" '.time -= $ago | .applied_time -= $ago' state/run/runs > older
    cp older state/run/runs
}

@test "--max-age: a host on which nothing has run for too long is not in sync" {
    # Where nothing has ever run, nothing is known.
    expect 0 status
    expect 1 status --max-age 1h
    said out 'no run of xensure has ended here yet' 'OVERDUE: no run over all domains' 'every 60 minutes'
    json 1 '.overdue and .max_age == 3600 and .last_run == null and .error == null' status --max-age 1h
    spec <<< '  web1: {}'
    expect 0 apply
    expect 0 status --max-age 1h
    said out 'in sync'
    run ! grep -q OVERDUE out
    json 0 '.overdue == false and .last_run.applied_time == .last_run.time' status --max-age 1h
    json 0 '.overdue == null and .max_age == null' status
    ended 7000
    expect 0 status --max-age 2h
    expect 1 status --max-age 115m
    said out 'fleet lab · OVERDUE, NOT KNOWN whether it is in sync' 'done, in sync (exit code 0)' \
        'OVERDUE: the last run over all domains' 'ended 116 minutes ago' 'every 115 minutes'
    silent err
    json 1 '.overdue and .last_run.exit_code == 0' status --max-age 115m
    # Without it, as ever.
    expect 0 status
    said out 'lab · in sync'
    # A clock that was set back.
    ended -7100
    expect 1 status --max-age 1m
    said out 'ended in the future'
}

@test "--max-age: what was refused, looked at one domain or found the lock taken is no run over all" {
    spec <<< '  web1: {}'
    expect 0 apply
    ended 7000
    expect 0 apply --only web1
    expect 0 status
    expect 1 status --max-age 1h
    said out 'ended 116 minutes ago'
    exec 9< state/lock
    flock 9
    expect 75 apply
    exec 9<&-
    expect 1 status --max-age 1h
    spec <<< '  web1: {memry: 64}'
    expect 3 apply
    # What is known of the last one goes on from run to run.
    expect 3 apply
    expect 3 status
    expect 1 status --max-age 1h
    said out 'OVERDUE, NOT KNOWN' 'the spec was refused (exit code 3)' 'ended 116 minutes ago'
    expect 3 status --max-age 2h
    # A list that cannot be had.
    spec <<< '  web1: {}'
    "$XENSIM" sim fault list fail --times 9
    expect 1 apply
    "$XENSIM" sim fault clear
    json 1 '.overdue and .last_run.exit_code == 1' status --max-age 1h
    # And a boot, which empties the run directory.
    rm -r state/run
    json 1 .overdue status --max-age 1h
    json 1 '.overdue == false' status --max-age 2h
    # One that held or failed to do something has looked at all.
    spec <<< '  web1: {kernel: /boot/b}'
    expect 4 apply
    expect 4 status --max-age 1h
    "$XENSIM" destroy web1
    "$XENSIM" sim fault create fail
    expect 6 apply
    expect 6 status --max-age 1h
}

@test "--max-age: what is no time is refused" {
    local text
    for text in 0 -1 soon 5 1w '' 400d; do
        json 1 '.error | test("max-age")' status --max-age "$text"
        said err '--max-age'
    done
    expect 1 plan --max-age 1h
    said err 'plan has no option --max-age'
}

@test "mode: report shows everything and carries nothing out" {
    spec <<< '  web1: {}'
    expect 0 apply
    spec <<< $'  web1: {mode: report, memory: 32}\n  web2: {}'
    expect 4 apply
    said out 'done    web2' 'HELD    web1  set-memory' ' in the spec has it carried out'
    [ "$(memory web1)" = 64 ]
    agent absent_pause=0s mode=report
    "$XENSIM" destroy web2
    expect 4 plan
    said out '! web2' 'in agent.yaml has this host act'
    "$XENSIM" sim log clear
    expect 4 apply
    [ -z "$(changes)" ]
    expect 4 status
    said out 'mode is report: nothing is carried out on this host'
    agent absent_pause=0s mode=watch
    expect 1 plan
    said err "expected one of"
}

@test "drift and change are told apart, in each action" {
    spec <<< $'  web1: {maxmem: 256}\n  web2: {}\n  web3: {}\n  web4: {}'
    expect 0 apply
    "$XENSIM" mem-set web1 32
    "$XENSIM" destroy web2
    "$XENSIM" pause web3
    rm xen/web4.cfg
    spec <<< $'  web1: {maxmem: 256}\n  web2: {}\n  web3: {}\n  web4: {}\n  web5: {}'
    json 2 '[.actions[] | [.domain, .cause]] | sort == [["web1", "drift"], ["web2", "drift"], ["web3", "drift"],
        ["web4", "drift"], ["web5", "change"]]' plan
}
