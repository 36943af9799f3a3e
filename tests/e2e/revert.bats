# on_failed_change: what becomes of a domain that does not start as it was changed.
# shellcheck disable=SC2016,SC2030,SC2031,SC2034 # each test has variables of its own, and checks are read by a shell of theirs

load host

setup() {
    setup_host
    profile='type: pvh, kernel: /boot/a, memory: 64, stop: {timeout: 5s}, on_change: restart, on_failed_change: revert'
    spec <<< '  web1: {}'
    expect 0 apply
}

# The kernel that the running domain was created with.
kernel() {
    "$XENSIM" list -l web1 | jq -r '.. | .kernel? // empty'
}

@test "the last config that ran is put back in the same run, and stays" {
    "$XENSIM" sim fault create fail --text 'no such kernel' --status 3
    spec <<< '  web1: {kernel: /boot/b}'
    expect 6 apply
    said out 'as it was changed, it did not start: create exited with 3: no such kernel; the last config that ran was put back'
    [ "$(kernel)" = /boot/a ]
    grep -q '"/boot/a"' xen/web1.cfg
    # It is said, and not tried again.
    expect 4 plan
    said out 'restart' 'kernel /boot/a -> /boot/b did not start; HELD: the last config that ran was put back'
    id=$(domid web1)
    expect 4 apply
    [ "$(domid web1)" = "$id" ] && [ "$(kernel)" = /boot/a ]
    # It is what is started again after a loss, too.
    "$XENSIM" sim vanish web1
    expect 0 apply
    [ "$(kernel)" = /boot/a ]
    expect 4 apply
    # A changed spec is tried at once.
    spec <<< '  web1: {kernel: /boot/c}'
    expect 0 apply
    [ "$(kernel)" = /boot/c ]
    in_sync
}

@test "a guest that crashes at once after the change: the next run puts the last config back" {
    spec <<< '  web1: {kernel: /boot/b, cmdline: sim.mode=crash sim.after=0s}'
    xensure apply > out 2> err || true
    for _ in 1 2; do
        xensure apply > out 2> err || true
    done
    [ "$(kernel)" = /boot/a ]
    expect 4 plan
    said out 'HELD: the last config that ran was put back'
}

@test "forget tries the new config again" {
    "$XENSIM" sim fault create fail
    spec <<< '  web1: {kernel: /boot/b}'
    expect 6 apply
    expect 0 forget web1
    expect 0 apply
    [ "$(kernel)" = /boot/b ]
    in_sync
}

@test "a domain that was put back follows its spec again when that goes back" {
    "$XENSIM" sim fault create fail
    spec <<< '  web1: {kernel: /boot/b}'
    expect 6 apply
    id=$(domid web1)
    spec <<< '  web1: {}'
    expect 0 apply
    [ "$(domid web1)" = "$id" ]
    in_sync
}

@test "where the last config does not start either, it is what is tried again" {
    "$XENSIM" sim fault create fail --times 2
    spec <<< '  web1: {kernel: /boot/b}'
    expect 6 apply
    [ -z "$(domid web1)" ]
    expect 0 apply
    said out 'the last config that ran is put back'
    [ "$(kernel)" = /boot/a ]
}

@test "keep is the default: the new config is said to have failed, and tried again" {
    profile='type: pvh, kernel: /boot/a, memory: 64, stop: {timeout: 5s}, on_change: restart'
    spec <<< '  web1: {}'
    expect 0 apply
    "$XENSIM" sim fault create fail
    spec <<< '  web1: {kernel: /boot/b}'
    expect 6 apply
    [ -z "$(domid web1)" ]
    expect 0 apply
    [ "$(kernel)" = /boot/b ]
    in_sync
}

@test "a run that is killed between the two creates is carried on" {
    "$XENSIM" sim fault create die --times 1
    spec <<< '  web1: {kernel: /boot/b}'
    expect 6 apply
    [ "$(kernel)" = /boot/a ]
    [ "$("$XENSIM" list | grep -c web1)" = 1 ]
}

@test "one that has run for long with its new config is not put back when it ends" {
    spec <<< '  web1: {kernel: /boot/b}'
    expect 0 apply
    in_sync
    "$XENSIM" sim vanish web1
    expect 0 apply
    [ "$(kernel)" = /boot/b ]
    in_sync
}

@test "a guest that takes the new config by a reboot of its own goes back to what ran before, too" {
    profile='type: pvh, kernel: /boot/a, memory: 64, stop: {timeout: 5s}, on_failed_change: revert'
    spec <<< '  web1: {}'
    expect 0 apply
    spec <<< '  web1: {kernel: /boot/b}'
    expect 4 apply
    "$XENSIM" sim guest-reboot web1
    [ "$(kernel)" = /boot/b ]
    expect 0 apply
    "$XENSIM" sim vanish web1
    "$XENSIM" sim fault create fail
    expect 6 apply
    said out 'the last config that ran was put back'
    [ "$(kernel)" = /boot/a ]
}

@test "what came by the guest's own reboot and was seen to stay is what is gone back to" {
    profile='type: pvh, kernel: /boot/a, memory: 64, stop: {timeout: 5s}, on_failed_change: revert'
    spec <<< '  web1: {}'
    expect 0 apply
    spec <<< '  web1: {kernel: /boot/b}'
    expect 4 apply
    "$XENSIM" sim guest-reboot web1
    expect 0 apply
    expect 0 apply
    spec <<< '  web1: {kernel: /boot/c, on_change: restart}'
    "$XENSIM" sim fault create fail
    expect 6 apply
    [ "$(kernel)" = /boot/b ]
}
