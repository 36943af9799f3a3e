# xensim is held against what a real xl 4.17 said to the same commands (tests/fixtures/xl/transcripts, made by tests/xenhost).
# What differs is listed in tests/xl/differences.txt, with its reason.

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export TOOLSTACK=sim
    # shellcheck source=tests/xl/compare.bash
    source "$BATS_TEST_DIRNAME/../xl/compare.bash"
}

as_real() {
    "$BATS_TEST_DIRNAME/../xl/session" "$1" "$1.txt"
    compare "$BATS_TEST_DIRNAME/../fixtures/xl/transcripts/$1.txt" "$1.txt" "$1"
}

@test "an empty host: list, info" { as_real lists-empty; }
@test "list, ids and names" { as_real lists; }
@test "states, and names that are hard to read" { as_real states; }
@test "create" { as_real create; }
@test "names, rename, config-update, console" { as_real names; }
@test "pause, shutdown, reboot, destroy" { as_real life; }
@test "memory, CPUs, scheduler" { as_real tuning; }
@test "disks" { as_real disks; }
@test "vifs" { as_real vifs; }
@test "migrate: it succeeds, -p and -C" { as_real migrate-done; }
@test "migrations that cannot be" { as_real migrate-refused; }
@test "migrate: the line is cut before the transfer, in it, and before its end" { as_real migrate-cut-stream; }
@test "migrate: the line is cut in the handshake" { as_real migrate-cut-handshake; }
@test "migrate: the sender is killed" { as_real migrate-kill-sender; }
@test "migrate: the receiver is killed" { as_real migrate-kill-receiver; }
@test "migrate: what is left is taken up again" { as_real migrate-recover; }
