# What a real xl says to the sessions of tests/xl, held against the transcripts that are kept of it. (xensim is held against the
# same ones, by tests/e2e/transcripts.bats.) After a failure, the new ones are in a/out/transcripts of the run's folder.
load scenario
load keep

setup_file() {
    # xl waits for a minute for the answer of a paused guest.
    export BATS_TEST_TIMEOUT=600
}

@test "an empty host: list, info" { as_kept lists-empty; }
@test "list, ids and names" { as_kept lists; }
@test "states, and names that are hard to read" { as_kept states; }
@test "create" { as_kept create; }
@test "names, rename, config-update, console" { as_kept names; }
@test "pause, shutdown, reboot, destroy" { as_kept life; }
@test "memory, CPUs, scheduler" { as_kept tuning; }
@test "disks" { as_kept disks; }
@test "vifs" { as_kept vifs; }
