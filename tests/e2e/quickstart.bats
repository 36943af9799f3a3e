# examples/quickstart and examples/fleet, with the programs of this build: they check themselves what they show.

bats_require_minimum_version 1.5.0

setup() {
    root=$BATS_TEST_DIRNAME/../..
    cd "$BATS_TEST_TMPDIR" || return
    export TMPDIR=$BATS_TEST_TMPDIR/tmp
    mkdir "$TMPDIR"
    unset XENSIM_DIR
    [ -x "$XENSURE" ] && [ -x "$XENSIM" ]
}

@test "the quickstart runs, and leaves nothing behind" {
    run -0 "$root/examples/quickstart"
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "the fleet runs, and leaves nothing behind" {
    run -0 "$root/examples/fleet"
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "the gitops demonstration runs, and leaves nothing behind" {
    run -0 "$root/examples/gitops/demonstration"
    [ -z "$(ls -A "$TMPDIR")" ]
}

# fleet FOLDER MEMORY: a spec of two hosts, in files that their group can write, as `git archive` makes them.
fleet() {
    mkdir "$1"
    printf '%s\n' 'xensure: 1' 'fleet: lab' 'generation: 1' 'hosts: {dom0-a: {}, dom0-b: {}}' 'domains:' \
        "  web1: {host: dom0-a, type: pvh, kernel: /boot/a, memory: $2, maxmem: 1GiB}" > "$1/lab.yaml"
    chmod -R g+w "$1"
}

@test "review: the plan of the change alone, whoever else can write the checkout; what hides it is told in the comment" {
    mkdir bin
    ln -s "$XENSURE" bin/xensure
    ln -s "$XENSIM" bin/xensim
    PATH=$PWD/bin:$PATH
    fleet old 64MiB
    fleet new 128MiB
    run -0 --separate-stderr "$root/examples/gitops/review" old new
    [ -z "$stderr" ]
    [[ $output = *'~ web1   set-memory  64 -> 128 MiB (live): changed in the spec'* ]]
    [[ $output = *'**dom0-b**: nothing'* ]]
    [[ $output != *create* ]]
    # An old spec that is wrong.
    echo nonsense >> old/lab.yaml
    run -0 "$root/examples/gitops/review" old new
    [[ $output = *'**dom0-a** does not become by itself what the old spec says'* ]]
}

@test "the quickstart fails when a program does something else" {
    # An xensure that finds everything in order, whatever happens.
    printf '#!/bin/sh\nexit 0\n' > "$BATS_TEST_TMPDIR/xensure"
    chmod +x "$BATS_TEST_TMPDIR/xensure"
    run -1 env XENSURE="$BATS_TEST_TMPDIR/xensure" "$root/examples/quickstart"
    [[ $output == *"expected the exit code 2, found 0"* ]]
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "the quickstart fails when the output is not what it says" {
    # The right exit codes, and no word.
    printf '#!/bin/sh\n"%s" "$@" > /dev/null\n' "$XENSURE" > "$BATS_TEST_TMPDIR/xensure"
    chmod +x "$BATS_TEST_TMPDIR/xensure"
    run -1 env XENSURE="$BATS_TEST_TMPDIR/xensure" "$root/examples/quickstart"
    [[ $output == *"expected output that fits"* ]]
}

@test "the plans in README.md are plans of the quickstart" {
    "$root/examples/quickstart" > shown
    awk '/^host dom0-a · fleet lab .* to do/ { inside = 1 } /^```/ { inside = 0 } inside' "$root/README.md" > claimed
    [ "$(grep -c '^  [-+~!>] ' claimed)" -ge 3 ]
    while IFS= read -r line; do
        grep -qxF -- "$line" shown || { echo "not shown: $line"; return 1; }
    done < claimed
}
