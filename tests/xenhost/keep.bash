# Sessions (tests/xl) in dom0, and the transcripts that are kept of them. To be loaded after scenario.

# shellcheck disable=SC1091 # tests/xl is beside the scenarios
source "$BATS_TEST_DIRNAME/xl/compare.bash"
export TOOLSTACK=xl

# as_kept NAME: xl says in a session what it said when its transcript was kept. The new one is brought out.
as_kept() {
    local name=$1 new=/host/out/transcripts code=0
    mkdir -p $new
    "$BATS_TEST_DIRNAME/xl/session" "$name" $new/"$name.txt" || code=$?
    [ $code = 0 ] || {
        cp "session-$name/trace" $new/"$name.trace"
        tail -n 20 "session-$name/trace"
        return 1
    }
    [ -e "$BATS_TEST_DIRNAME/transcripts/$name.txt" ] ||
        skip "no transcript is kept of $name: look at a/out/transcripts/$name.txt (run --keep), and keep it"
    compare "$BATS_TEST_DIRNAME/transcripts/$name.txt" $new/"$name.txt"
}
