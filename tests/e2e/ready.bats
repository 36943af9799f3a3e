# What comes `after` a domain waits until that is ready.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034 # each test has variables of its own, and checks are read by a shell of theirs

load host

setup() {
    setup_host
}

# check COMMAND: agent.yaml has the check `db`, which runs this shell command.
check() {
    agent absent_pause=0s parallel=1 "timeouts={check: ${limit:-60s}}" "checks={db: [/bin/sh, -c, '$1']}"
}

# Of one run: the lines of the simulated host's log that change something.
started() {
    "$XENSIM" sim log show | awk '$5 == "create" { print $NF }' | sed 's|.*/||; s|\.cfg||' | xargs
}

@test "ready.running: what comes after waits, and takes nobody's place meanwhile" {
    agent absent_pause=0s parallel=1
    spec <<< $'  app: {after: [db]}\n  db: {ready: {running: 2s}}\n  other: {}'
    begin=$(date +%s%N)
    expect 0 apply
    [ $(($(date +%s%N) - begin)) -ge 2000000000 ]
    [ "$(started)" = 'db other app' ]
    in_sync
    # One that has run for long is not waited for.
    "$XENSIM" sim vanish app
    expect 0 apply
    [ "$(started)" = 'db other app app' ]
}

@test "ready.check: what comes after waits until it succeeds" {
    check 'echo x >> tries; [ $(wc -l < tries) -ge 3 ]'
    touch tries
    chmod 666 tries
    spec <<< $'  app: {after: [db]}\n  db: {ready: {check: db}}'
    expect 0 apply
    [ "$(started)" = 'db app' ]
    [ "$(wc -l < tries)" = 3 ]
    # Nothing is asked where nothing is started.
    in_sync
    [ "$(wc -l < tries)" = 3 ]
}

@test "a check that does not succeed in time holds what comes after, and nothing else" {
    check 'echo not yet >&2; exit 7'
    spec <<< $'  app: {after: [db]}\n  db: {ready: {check: db, within: 1s}}\n  web: {after: [app]}\n  other: {}'
    expect 4 apply
    said out 'HELD    app' "db, which comes before it, is not ready: its check 'db' exited with 7: not yet" 'HELD    web'
    [ -n "$(domid db)" ] && [ -n "$(domid other)" ] && [ -z "$(domid app)" ] && [ -z "$(domid web)" ]
    # The next run looks once, and does not wait.
    expect 4 apply
    said out 'HELD    app' 'exited with 7'
    check 'exit 0'
    expect 0 apply
    in_sync
}

@test "a check that hangs is ended, and one that cannot be run holds" {
    limit=2s check 'sleep 600'
    spec <<< $'  app: {after: [db]}\n  db: {ready: {check: db, within: 1s}}'
    expect 4 apply
    said out 'HELD    app' "its check 'db' did not answer within 2 s"
    agent absent_pause=0s 'checks={db: [/nowhere/check]}'
    expect 4 apply
    said out 'HELD    app' "is not ready: its check 'db' "
    [ -z "$(domid app)" ]
}

@test "a check runs as nobody, without our environment" {
    [ "$(id -u)" = 0 ] || skip 'only root has rights to give up'
    chmod o+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" . 2> /dev/null || true
    touch told
    chmod 666 told
    SECRET=1 check 'id -u > told; id -G >> told; env >> told'
    spec <<< $'  app: {after: [db]}\n  db: {ready: {check: db}}'
    SECRET=1 expect 0 apply
    [ "$(sed -n 1p told)" = 65534 ] && [ "$(sed -n 2p told)" = 65534 ]
    run ! grep -q -e SECRET -e XENSURE told
}

@test "a check that this host does not have holds what comes after, before anything is touched" {
    spec <<< $'  app: {after: [db]}\n  db: {ready: {check: http}}'
    expect 4 plan
    said out 'HELD: db, which comes before it, is ready by the check '"'http'"', and this host has none of that name'
    expect 4 apply
    [ "$(started)" = db ]
}

@test "one that ends before it is ready holds what comes after" {
    spec <<< $'  app: {after: [db]}\n  db: {cmdline: sim.mode=off sim.after=200ms, ready: {running: 1s, within: 2s}}'
    expect 4 apply
    said out 'HELD    app' 'db, which comes before it, is not ready: it does not run'
}

@test "a restart waits for what comes before, and is not stopped if that is not ready" {
    check 'exit 1'
    spec <<< $'  app: {after: [db], on_change: restart}\n  db: {}'
    expect 0 apply
    id=$(domid app)
    spec <<< $'  app: {after: [db], on_change: restart, kernel: /boot/b}\n  db: {ready: {check: db}}'
    expect 4 apply
    said out 'HELD    app' 'is not ready'
    [ "$(domid app)" = "$id" ]
    check 'exit 0'
    expect 0 apply
    [ "$(domid app)" != "$id" ]
}

@test "what comes after is stopped first, whatever the check says" {
    check 'exit 1'
    spec <<< $'  app: {}\n  db: {}'
    expect 0 apply
    "$XENSIM" sim log clear
    spec <<< $'  app: {after: [db], state: stopped}\n  db: {ready: {check: db}, state: stopped}'
    expect 0 apply
    [ "$("$XENSIM" sim log show | awk '$5 == "shutdown" { print $6 }' | wc -l)" = 2 ]
    in_sync
}
