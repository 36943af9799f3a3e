# The units under a real systemd as process 1 (systemd-host), with the simulated toolstack: what its manual says, and what
# `systemctl` leaves alone.
# shellcheck disable=SC2016 # for the shell over there to expand

load host

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    local units=$BATS_TEST_DIRNAME/../../agent/systemd unit i
    mkdir -p over/usr/bin over/etc/xensure/{spec.d,domains} over/etc/systemd/system
    cp "$XENSURE" "$XENSIM" over/usr/bin
    for unit in xensure.service xensure-agent.service; do
        # There is no Xen here; and what the journal is given is to be found whatever else says something.
        mkdir "over/etc/systemd/system/$unit.d"
        printf '%s\n' '[Unit]' 'ConditionPathExists=' > "over/etc/systemd/system/$unit.d/test.conf"
        sed -e 's,@bindir@,/usr/bin,' -e "/@hardening@/{r $units/hardening.conf
d}" "$units/$unit.in" > "over/etc/systemd/system/$unit"
    done
    cp "$units/xensure.timer" over/etc/systemd/system
    printf '%s\n' 'host: dom0-a' 'toolstack: sim' 'absent_pause: 0s' 'interval: 1h' 'sources: [{path: /etc/xensure/spec.d}]' \
        'directories: {xen_config: /etc/xensure/domains}' > over/etc/xensure/agent.yaml
    cd over/etc/xensure/spec.d && spec <<< '  web1: {}' && cd "$BATS_FILE_TMPDIR" || return 1
    "$BATS_TEST_DIRNAME/systemd-host" host over > begin.log 2>&1 3>&- &
    echo $! > host.pid
    for i in $(seq 600); do
        if [ -e host/ready ]; then
            in_host xensim sim init boot=0s shutdown=0s monitor=process
            return 0
        fi
        kill -0 "$(cat host.pid)" 2> /dev/null || break
        sleep 0.1
    done
    echo "# no systemd after $i looks" >&3
}

teardown_file() {
    kill "$(cat "$BATS_FILE_TMPDIR/host.pid")" 2> /dev/null || true
    while kill -0 "$(cat "$BATS_FILE_TMPDIR/host.pid")" 2> /dev/null; do sleep 0.1; done
}

setup() {
    cd "$BATS_FILE_TMPDIR" || return 1
    [ -e host/ready ] || skip "no systemd as process 1 can be had here"
}

in_host() {
    nsenter -a -r -t "$(cat "$BATS_FILE_TMPDIR/host/pid")" env PATH=/usr/bin:/bin:/usr/sbin:/sbin "$@"
}

# await COMMAND...: waits until it succeeds.
await() {
    wait_until "$@" || { in_host journalctl --no-pager -n 30 || true; return 1; }
}

# property UNIT NAME: what systemd knows of it.
property() {
    in_host systemctl show --value -p "$2" "$1"
}

is() {
    [ "$(property "$1" "$2")" = "$3" ]
}

# journal TEXT [MATCH...]: it has been said.
journal() {
    local text=$1
    shift
    in_host journalctl --no-pager -q -o cat "$@" | grep -qF -- "$text"
}

# monitor: the process that lives as long as web1 does.
monitor() {
    in_host pgrep -f 'create.*web1.cfg' | xargs
}

@test "the daemon: started when it says so, its words in systemctl status and in the journal" {
    in_host systemctl start xensure-agent
    is xensure-agent ActiveState active
    await journal 'a run has ended with 0: in sync' -u xensure-agent
    property xensure-agent StatusText | grep -E '^Last run at .*: in sync \(0\); the next at '
    journal 'web1: create done' XENSURE_DOMAIN=web1 XENSURE_RESULT=done
    [ "$(monitor)" ]
    in_host xensure status --max-age 1h
}

@test "stop and start leave alone what lives as long as a guest" {
    local before id
    before=$(monitor)
    id=$(in_host xensim domid web1)
    in_host systemctl stop xensure-agent
    is xensure-agent ActiveState inactive
    is xensure-agent Result success
    [ "$(monitor)" = "$before" ]
    in_host test -e /run/xensure/last-run.json
    in_host systemctl start xensure-agent
    in_host systemctl restart xensure-agent
    is xensure-agent ActiveState active
    [ "$(monitor)" = "$before" ]
    [ "$(in_host xensim domid web1)" = "$id" ]
}

@test "reload reads agent.yaml anew, and ends when it is read" {
    in_host systemctl reload xensure-agent
    await journal 'agent.yaml was read; a run begins now' -u xensure-agent
    is xensure-agent ActiveState active
}

@test "a daemon that dies or hangs is started anew, and guests are left alone" {
    local before
    before=$(monitor)
    in_host sh -c 'kill -9 "$(systemctl show --value -p MainPID xensure-agent)"'
    await is xensure-agent NRestarts 1
    await is xensure-agent ActiveState active
    # As long as the unit says, but for a shorter time.
    printf '%s\n' '[Service]' 'WatchdogSec=1s' 'RestartSec=0' | in_host tee /etc/systemd/system/xensure-agent.service.d/watchdog.conf
    in_host systemctl daemon-reload
    in_host systemctl restart xensure-agent
    in_host sh -c 'kill -STOP "$(systemctl show --value -p MainPID xensure-agent)"'
    await journal 'Watchdog timeout' -u xensure-agent
    await is xensure-agent ActiveState active
    in_host rm /etc/systemd/system/xensure-agent.service.d/watchdog.conf
    in_host systemctl daemon-reload
    [ "$(monitor)" = "$before" ]
}

@test "an agent.yaml that is wrong is no reason to try again" {
    in_host systemctl stop xensure-agent
    in_host cp /etc/xensure/agent.yaml /etc/xensure/good
    echo 'interval: soon' | in_host tee -a /etc/xensure/agent.yaml
    run ! in_host systemctl start xensure-agent
    is xensure-agent ActiveState failed
    is xensure-agent NRestarts 0
    in_host mv /etc/xensure/good /etc/xensure/agent.yaml
    in_host systemctl reset-failed xensure-agent
}

@test "the timer has runs made; what is held is no failure of the unit" {
    local before
    before=$(monitor)
    in_host systemctl start xensure
    is xensure Result success
    printf '%s\n' '[Timer]' 'OnCalendar=' 'OnCalendar=*:*:*' 'RandomizedDelaySec=0' | {
        in_host mkdir -p /etc/systemd/system/xensure.timer.d
        in_host tee /etc/systemd/system/xensure.timer.d/test.conf
    }
    in_host systemctl daemon-reload
    in_host systemctl start xensure.timer
    in_host systemctl list-timers --no-pager | grep xensure.timer
    spec <<< '  web1: {kernel: /boot/b}'
    in_host tee /etc/xensure/spec.d/spec.yaml < spec.yaml
    await journal 'web1: restart' -u xensure
    in_host systemctl stop xensure.timer
    await is xensure ActiveState inactive
    # systemctl says whether the run has failed.
    in_host systemctl start xensure
    run -4 in_host xensure status
    echo 'domains: [' | in_host tee /etc/xensure/spec.d/spec.yaml
    run -1 in_host systemctl start xensure
    is xensure ExecMainStatus 3
    [ "$(monitor)" = "$before" ]
}
