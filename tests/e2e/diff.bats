#!/usr/bin/env bats
# plan --diff, and extra kernel arguments for one start.

load host

setup() {
    setup_host
}

@test "plan --diff shows each config file that would change, as a diff that patch takes" {
    spec <<< '  web1: {cmdline: ro}
  web2: {}'
    expect 2 plan --diff
    said out '--- /dev/null' "+++ b$PWD/xen/web1.cfg" '+cmdline = "ro"' "+++ b$PWD/xen/web2.cfg"
    [ ! -e xen/web1.cfg ]
    expect 0 apply
    expect 0 plan --diff
    silent out
    spec <<< '  web1: {cmdline: rw}
  web2: {state: absent}'
    expect 4 plan --diff
    said out "--- a$PWD/xen/web1.cfg" '-cmdline = "ro"' '+cmdline = "rw"' '+++ /dev/null'
    run ! grep -q '# xensure' out
    sed -i '/^#/d' xen/web1.cfg
    (cd / && patch -p1 --dry-run) < <(sed '/web2/,$d' out)
    json 4 '[.actions[] | select(.domain == "web1") | .diff | contains("+cmdline")] == [true]' plan --diff
    expect 1 apply --diff
}

@test "apply --only NAME --extra adds kernel arguments to that one start" {
    spec <<< '  web1: {root: /dev/xvda1, cmdline: "ro quiet"}
  web2: {}'
    expect 1 apply --extra single
    said err '--only'
    expect 0 apply --only web1 --extra 'single debug="a b"'
    "$XENSIM" list -l web1 | grep -F '"cmdline": "root=/dev/xvda1 ro quiet single debug=\"a b\""'
    run ! grep -q single xen/web1.cfg
    expect 1 apply --only web1 --extra single
    said err 'has no effect'
    expect 0 apply
    in_sync
    "$XENSIM" sim vanish web1
    expect 0 apply
    run ! grep -q single <("$XENSIM" list -l web1)
}
