# `xensure agent`: runs at once, at intervals, when it is told to and when a spec has changed; ends within a second, and
# leaves what works alone. And its units, as far as they can be read where systemd does not run.
# shellcheck disable=SC2030,SC2031 # each test has variables of its own

load host

setup() {
    setup_host
    mkdir spec.d
    daemon_agent
    specs 'web1: {}'
}

teardown() {
    [ -z "${daemon:-}" ] || { kill "$daemon" && wait "$daemon"; } || true
    [ -z "${notifier:-}" ] || { kill "$notifier" && wait "$notifier"; } || true
    local pid
    # Commands that hang on purpose.
    for pid in $(pgrep -f "$BATS_TEST_TMPDIR" || true); do
        [ "$pid" = $$ ] || kill "$pid" 2> /dev/null || true
    done
}

# daemon_agent KEY=VALUE...: agent.yaml of a daemon that does nothing unasked for an hour.
daemon_agent() {
    agent absent_pause=0s interval=1h "sources=[{path: $PWD/spec.d}]" toolstack=sim host=dom0-a "$@"
    sed -i "s,^directories: {,&run: $PWD/run; ," agent.yaml
    sed -i '/^directories/s/;/,/' agent.yaml
}

# specs DOMAIN...: spec.d/a.yaml, put in place by a rename.
specs() {
    spec < <(printf '  %s\n' "$@")
    mv spec.yaml spec.d/a.yaml
}

# begin [VARIABLE=VALUE...]: a daemon, whose id is in daemon and whose log is in the file log; waits for its first run.
begin() {
    [ -z "${notifier:-}" ] || { kill "$notifier"; wait "$notifier" || true; rm notify notified; }
    "$BATS_TEST_DIRNAME/datagrams.py" notify "$PWD/notify" notified 3>&- &
    notifier=$!
    await test -S notify
    env NOTIFY_SOCKET="$PWD/notify" "$@" "$XENSURE" -c agent.yaml agent > out 2> log 3>&- &
    daemon=$!
    await grep -q '^READY=1' notified
}

# await COMMAND...: waits until it succeeds.
await() {
    wait_until "$@" || { cat log notified; return 1; }
}

# has COUNT PATTERN FILE: at least so many lines of a file have it.
has() {
    [ "$(grep -c -- "$2" "$3")" -ge "$1" ]
}

# runs N: N runs have ended, as systemd was told.
runs() {
    has "$1" '^STATUS=Last run' notified
}

# end: ends the daemon; its exit code is in code.
end() {
    code=0
    kill "$daemon"
    wait "$daemon" || code=$?
    daemon=
}

logged() {
    await grep -qF -- "$1" log
}

@test "runs at once, tells systemd, and ends with 0" {
    begin
    logged 'a run has ended with 0: in sync'
    [ "$(state web1)" ]
    await grep -qE '^STATUS=Last run at [0-9:]{8}: in sync \(0\); the next at [0-9:]{8}$' notified
    end
    [ "$code" = 0 ]
    await grep -q '^STOPPING=1' notified
    diff - <(sed 's/done in [0-9.]* s$/done in N s/' log) <<'EOF'
xensure: the daemon has begun; it looks every 3600 s
xensure: web1: create begins: pvh, 64 MiB, 1 vcpu: in the spec, not running
xensure: web1: create done in N s
xensure: a run has ended with 0: in sync
xensure: the daemon ends
EOF
    silent out
}

@test "what its runs do is told by explain, status and the metrics, as that of any other run" {
    daemon_agent "metrics=$PWD/xensure.prom"
    begin
    await runs 1
    await test -s run/next-run
    # Its sources are those of agent.yaml.
    "$XENSURE" -o json -c agent.yaml explain web1 > out
    jq -e '[.history[] | [.action, .result]] == [["create", "done"]]' out
    "$XENSURE" -o json -c agent.yaml status > out
    jq -e '.last_run.exit_code == 0 and .last_applied == null and .runs_alike == 1 and .next_run > .last_run.time + 3000' out
    grep -qx 'xensure_run_exit_code 0' xensure.prom
    grep -qx 'xensure_run_actions{result="done",cause="change"} [1-9]' xensure.prom
    # And what a run does that cron begins meanwhile.
    "$XENSIM" destroy web1
    "$XENSURE" -c agent.yaml apply --log > out 2> err
    said err 'web1: create done'
    "$XENSURE" -o json -c agent.yaml explain web1 > out
    jq -e '[.history[] | [.action, .cause, .result]] == [["create", "change", "done"], ["create", "drift", "done"]]' out
    "$XENSURE" -o json -c agent.yaml status > out
    jq -e '.runs_alike == 2 and .next_run > .last_run.time and (.last_run.actions | length == 1)' out
    grep -q '^xensure_run_actions{result="done",cause="drift"} [1-9]' xensure.prom
    end
    # Nobody has it in mind any more.
    "$XENSURE" -o json -c agent.yaml status > out
    jq -e '.next_run == null' out
}

@test "runs at intervals, and says what is new alone" {
    daemon_agent interval=1s
    sed -i '2d' agent.yaml
    begin
    await runs 3
    [ "$(wc -l < log)" = 4 ]
    specs 'web1: {kernel: /boot/b}'
    logged 'is held: on_change'
    sleep 0.1
    local before
    before=$(grep -c '^STATUS=Last' notified)
    await runs $((before + 2))
    [ "$(grep -c 'is held: on_change' log)" = 1 ]
    [ "$(grep -c 'ended with 4' log)" = 1 ]
}

@test "a spec that changes is acted on at once, however it changes" {
    begin
    logged 'ended with 0'
    specs 'web1: {}' 'web2: {}'
    logged 'web2: create done'
    # In place.
    printf '  web3: {}\n' >> spec.d/a.yaml
    logged 'web3: create done'
    # The folder is another.
    mkdir other
    spec <<< '  web4: {}'
    mv spec.yaml other/a.yaml
    mv spec.d old
    mv other spec.d
    logged 'web4: create done'
    # In the other one, too; and what is no spec is none.
    local before
    before=$(grep -c '^STATUS=Last' notified)
    touch spec.d/.a.yaml.swp
    specs 'web5: {}'
    logged 'web5: create done'
    # The link is another.
    mkdir one two
    cp spec.d/a.yaml one
    sed 's/web5/web6/' one/a.yaml > two/a.yaml
    ln -s one link
    mv spec.d gone
    mv -T link spec.d
    await runs $((before + 2))
    ln -s two link
    mv -T link spec.d
    logged 'web6: create done'
    # What the link leads to is another.
    mkdir three
    sed 's/web6/web7/' two/a.yaml > three/a.yaml
    mv two was
    mv three two
    logged 'web7: create done'
}

@test "SIGHUP: a run now, with the agent.yaml of now; one that is wrong is told, and the old one kept" {
    begin
    logged 'ended with 0'
    # What runs go by is what was read: this is looked at on a reload alone.
    "$XENSIM" destroy web1
    sed -i "s,^sources.*,sources: [{path: $PWD/spec.e}]," agent.yaml
    mkdir spec.e
    spec <<< '  web9: {}'
    mv spec.yaml spec.e/a.yaml
    specs 'web1: {memory: 64}'
    logged 'web1: create begins: pvh, 64 MiB, 1 vcpu: it was running and is gone'
    kill -HUP "$daemon"
    logged 'agent.yaml was read'
    logged 'web9: create done'
    grep -A2 '^RELOADING=1' notified | grep -qE '^MONOTONIC_USEC=[0-9]+'
    echo 'interval: soon' > agent.yaml
    kill -HUP "$daemon"
    logged "agent.yaml:1:11: expected"
    logged 'agent.yaml stays as it was'
    "$XENSIM" destroy web9
    kill -HUP "$daemon"
    await has 2 'web9: create done' log
    # What the daemon itself goes by.
    daemon_agent interval=1s
    sed -i '2d' agent.yaml
    kill -HUP "$daemon"
    await has 2 'agent.yaml was read' log
    local before
    before=$(grep -c '^STATUS=Last' notified)
    await runs $((before + 3))
    chmod 666 agent.yaml
    end
    [ "$code" = 0 ]
}

@test "a start that cannot be is an error, and no run begins" {
    local code=0
    echo 'interval: soon' >> agent.yaml
    timeout 300 "$XENSURE" -c agent.yaml agent 2> err || code=$?
    [ "$code" = 1 ]
    said err 'agent.yaml' 'was refused'
    daemon_agent
    chmod 666 agent.yaml
    code=0
    timeout 300 "$XENSURE" -c agent.yaml agent 2> err || code=$?
    [ "$code" = 1 ]
    said err 'agent.yaml'
    chmod 644 agent.yaml
    code=0
    timeout 300 "$XENSURE" -c agent.yaml --spec - agent 2> err < spec.d/a.yaml || code=$?
    [ "$code" = 1 ]
    said err 'not from standard input'
    touch run
    code=0
    timeout 300 "$XENSURE" -c agent.yaml agent 2> err || code=$?
    [ "$code" = 1 ]
    said err 'cannot use the run directory'
    rm run
    [ -z "$(changes)" ]
    begin
    code=0
    timeout 300 "$XENSURE" -o json -c agent.yaml agent > out2 2> err || code=$?
    [ "$code" = 1 ]
    said err 'another daemon'
    jq -se 'length == 1 and (.[0].error | test("another daemon"))' out2
}

created_once() {
    [ "$("$XENSIM" sim log show | grep -cE "	0	.* create -p .*/web1\.cfg$")" = 1 ]
}

@test "a signature that comes later is acted on, too" {
    mkdir keys
    "$XENSURE" keygen --no-password --secret-key keys/k --public-key keys/k.pub
    spec 'generation: 1' <<< '  web1: {}'
    "$XENSURE" sign --name-by-key --secret-key keys/k spec.yaml
    mkdir in
    mv spec.yaml in/s.yaml
    daemon_agent "trust={required: true, keys: [$PWD/keys/k.pub]}"
    sed -i "s,^sources.*,sources: [{path: $PWD/in/s.yaml}]," agent.yaml
    begin
    logged 'ended with 3'
    for file in spec.yaml.*.minisig; do
        mv "$file" "in/s.${file#spec.}"
    done
    logged 'web1: create done'
}

# hangs: a daemon whose run creates web1, which hangs until `rm sim/held`; the id of the command is in hanging, and that of
# the run in run.
hangs() {
    "$XENSIM" sim fault create hold --at built
    begin
    await test -e sim/held
    hanging=$(pgrep -f "create -p $PWD/xen/web1.cfg" | head -n 1)
    run=$(pgrep -P "$daemon")
}

@test "stopped while a command works: it goes on, and the next start takes it up" {
    hangs
    end
    [ "$code" = 0 ]
    kill -0 "$hanging"
    run ! kill -0 "$run"
    said log 'its run was broken off, and the next one carries on'
    begin
    rm sim/held
    logged 'ended with 0'
    created_once
    [[ "$(state web1)" != *p* ]]
}

@test "what lives on for a guest is left alone by stop and restart" {
    "$XENSIM" sim set monitor=process
    begin
    logged 'ended with 0'
    # As KillMode=process does: the signal goes to the daemon alone.
    local monitors
    monitors=$(pgrep -f "$PWD/xen/web1.cfg" | xargs)
    [ "$monitors" ]
    local id
    id=$(domid web1)
    end
    begin
    logged 'ended with 0'
    end
    [ "$(pgrep -f "$PWD/xen/web1.cfg" | xargs)" = "$monitors" ]
    [ "$(domid web1)" = "$id" ]
}

@test "a run that dies is told, and the next one carries on" {
    hangs
    kill -9 "$run"
    logged 'a run was killed by signal 9 (Killed); what it has begun goes on, and the next one carries on'
    kill -0 "$daemon"
    kill -HUP "$daemon"
    rm sim/held
    logged 'ended with 0'
    created_once
}

@test "a run that lasts is told, again whenever that has doubled, and goes on" {
    daemon_agent timeouts.slow_run=1s
    hangs
    await has 3 "a run has not ended for [0-9]* seconds* (process $run)" log
    # After one second, two at the earliest, and four.
    sed -n 's/.*not ended for \([0-9]*\) second.*/\1/p' log > lasted
    [ "$(sed -n 1p lasted)" -lt "$(sed -n 2p lasted)" ]
    [ "$(sed -n 3p lasted)" -ge 4 ]
    kill -0 "$run"
    # The next one has its own time, and one that does not last is not told of.
    kill "$hanging"
    await runs 1
    local told
    told=$(grep -c 'has not ended' log)
    kill -HUP "$daemon"
    logged 'ended with 0'
    [ "$(grep -c 'has not ended' log)" = "$told" ]
}

@test "a run that does not end is broken off, and its commands are not" {
    # Again and again, until one has come so far.
    daemon_agent timeouts.run=3s interval=1s
    sed -i '2d' agent.yaml
    hangs
    logged 'a run did not answer within 3 s; what it has begun goes on'
    kill -0 "$daemon"
    kill -0 "$hanging"
    rm sim/held
}

# hook LINE...: the program of on_event, which puts its id into the file begun and goes on with these lines.
hook() {
    printf '%s\n' '#!/bin/sh' "echo \$\$ >> $PWD/begun" "$@" > hook
    chmod 755 hook
}

# gone PID: no such process is there, or it has ended and nobody has taken notice of it.
gone() {
    ! kill -0 "$1" || [ "$(ps -o stat= -p "$1" | cut -c 1)" = Z ]
}

@test "a program of on_event that hangs delays the next run as long as it may take itself, and is ended" {
    daemon_agent timeouts.hook=1s "on_event=[{event: [applied], command: [$PWD/hook]}]"
    hook 'exec sleep 600'
    begin
    logged 'did not answer within 1 s'
    gone "$(head -n 1 begun)"
    specs 'web1: {}' 'web2: {}'
    logged 'web2: create done'
}

@test "stopped while a program of on_event hangs: nothing of it is left" {
    local pid
    daemon_agent timeouts.hook=600s "on_event=[{event: [applied], command: [$PWD/hook]}]"
    # It takes no notice of SIGTERM, nor does what it has started.
    hook 'trap "" TERM' "sleep 600 & echo \$! >> $PWD/begun" 'wait'
    begin
    await has 2 . begun
    end
    [ "$code" = 0 ]
    while read -r pid; do
        await gone "$pid"
    done < begun
    # All was kept before it.
    jq -e '.exit_code == 0' run/last-run.json
}

@test "the program is replaced: runs go on, with the new one" {
    local old=$XENSURE
    mkdir bin
    cp "$old" "$XENSIM" bin
    XENSURE=$PWD/bin/xensure
    begin
    await runs 1
    printf '#!/bin/sh\ntouch %s\nexec %s "$@"\n' "$PWD/new" "$old" > bin/next
    chmod 755 bin/next
    mv bin/next bin/xensure
    specs 'web1: {}' 'web2: {}'
    logged 'web2: create done'
    [ -e new ]
    run ! grep -q 'could not be started' log
}

@test "a spec that changes again and again has no run begin within a second of the last one" {
    local began toucher
    began=$(date +%s%N)
    begin
    (while sleep 0.4; do touch spec.d/a.yaml; done) 3>&- &
    toucher=$!
    await runs 8
    kill "$toucher"
    [ $(($(date +%s%N) - began)) -ge 7000000000 ]
}

@test "the watchdog is fed, and by the process that it is meant for alone" {
    begin WATCHDOG_USEC=200000
    await has 3 '^WATCHDOG=1' notified
    end
    begin WATCHDOG_USEC=200000 WATCHDOG_PID=1
    await runs 1
    run ! grep WATCHDOG notified
}

has_descriptors() {
    [ "$(find "/proc/$daemon/fd" -type l | wc -l)" = "$1" ]
}

has_no_child() {
    [ -z "$(pgrep -P "$daemon")" ]
}

@test "runs leave neither descriptors nor processes behind" {
    begin
    await runs 1
    await has_no_child
    local i before
    before=$(find "/proc/$daemon/fd" -type l | wc -l)
    for i in $(seq 2 12); do
        kill -HUP "$daemon"
        await runs "$i"
    done
    # It tells of a run before it has put everything away.
    await has_descriptors "$before"
    await has_no_child
}

@test "the units are right, as far as systemd can tell without running" {
    command -v systemd-analyze > /dev/null || skip "no systemd"
    local unit units=$BATS_TEST_DIRNAME/../../agent/systemd
    for unit in xensure.service xensure-agent.service; do
        sed -e "s,@bindir@/xensure,$XENSURE," -e "/@hardening@/{r $units/hardening.conf
d}" "$units/$unit.in" > "$unit"
        run ! grep '@' "$unit"
        grep -qx KillMode=process "$unit"
        grep -qx OOMPolicy=continue "$unit"
        grep -qx TasksMax=infinity "$unit"
        run ! grep -E '^(MemoryMax|MemoryHigh|NoNewPrivileges|Protect|Private)' "$unit"
        # Each line of what guests' programs inherit has its reason.
        awk '/^#/ { reason = 1; next } /^$/ { reason = 0; next } !reason { print; bad = 1 } { reason = 0 } END { exit bad }' "$units/hardening.conf"
    done
    cp "$units/xensure.timer" .
    systemd-analyze verify --man=no ./xensure.service ./xensure-agent.service ./xensure.timer > verified 2>&1
    silent verified
    systemd-analyze security --offline=true --no-pager ./xensure-agent.service | grep 'exposure' | sed 's/^/# /' >&3
    # A mistake would be seen.
    sed -i 's/^KillMode=.*/KillMod=process/' xensure.service
    systemd-analyze verify --man=no ./xensure.service > verified 2>&1 || true
    [ -s verified ]
}
