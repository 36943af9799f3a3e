# A guest that moves between two real hosts: migrations that succeed, that are refused, and that break at each place, on purpose.
# What xl says, what both hosts list and where the guest goes on is held against the transcripts that are kept of it;
# xensure-protocol(7) is made of them.
load scenario
load keep

setup_file() {
    # Some of xl's own waits are a minute long.
    export BATS_TEST_TIMEOUT=900
}

# A guest that a session has left is gone on with, and so are the consoles.
setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

# A session begins with what it needs, and may find what another has left.
teardown() {
    true
}

@test "what is left of a migration is taken up again" { as_kept migrate-recover; }
@test "the receiver is killed" { as_kept migrate-kill-receiver; }
@test "the line is cut in the handshake" { as_kept migrate-cut-handshake; }
@test "the line is cut before the transfer, in it, and before its end" { as_kept migrate-cut-stream; }
@test "the sender is killed" { as_kept migrate-kill-sender; }
@test "a migration that succeeds, -p and -C" {
    as_kept migrate-done
}
@test "migrations that cannot be" { as_kept migrate-refused; }
