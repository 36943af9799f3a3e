# Sessions (tests/xl) in dom0, and the transcripts that are kept of them. To be loaded after scenario.

# shellcheck disable=SC1091 # tests/xl is beside the scenarios
source "$BATS_TEST_DIRNAME/xl/compare.bash"
source "$BATS_TEST_DIRNAME/xl/pair.bash"
export TOOLSTACK=xl

# as_kept NAME: xl says in a session what it said when its transcript was kept. The new one is brought out.
as_kept() {
    local name=$1 new=/host/out/transcripts code=0
    mkdir -p $new
    # One that hangs is ended while what hangs can still be looked at.
    timeout 500 "$BATS_TEST_DIRNAME/xl/session" "$name" $new/"$name.txt" || code=$?
    cp "session-$name/trace" $new/"$name.trace"
    [ $code = 0 ] || {
        processes > $new/"$name.processes"
        [ ! -e /usr/local/bin/via ] ||
            timeout 100 bash -c "$(declare -f on_b); on_b \"\$1\"" - "eval $(printf %q "$(declare -f processes); processes")" > $new/"$name.processes-b" || true
        tail -n 20 "session-$name/trace"
        return 1
    }
    [ -e "$BATS_TEST_DIRNAME/transcripts/$name.txt" ] ||
        skip "no transcript is kept of $name: look at a/out/transcripts/$name.txt (run --keep), and keep it"
    compare "$BATS_TEST_DIRNAME/transcripts/$name.txt" $new/"$name.txt"
}

# processes: of this host, and what they have open.
processes() {
    local process file
    for process in /proc/[0-9]*; do
        echo "${process#/proc/} $(cat "$process/wchan") $(tr '\0' ' ' < "$process/cmdline")"
        for file in "$process"/fd/*; do
            echo "  ${file##*/} $(readlink "$file")"
        done
    done 2> /dev/null
}
