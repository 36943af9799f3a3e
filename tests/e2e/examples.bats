# Every file of examples/specs, and every spec in the documents: valid, planned and written.

bats_require_minimum_version 1.5.0

setup() {
    specs=$BATS_TEST_DIRNAME/../../examples/specs
    export XENSIM_DIR=$BATS_TEST_TMPDIR/sim
    cd "$BATS_TEST_TMPDIR" || return
    mkdir xen
    "$XENSIM" sim init boot=0s shutdown=0s
    # The other hosts of an example are not there.
    echo 'ssh: [/bin/false]' > agent.yaml
}

# of SPEC WHAT: the names of its hosts or domains; nothing for hosts that it does not have.
of() {
    /usr/bin/python3 -c 'import sys, yaml
print(*yaml.load(open(sys.argv[1]), Loader=yaml.BaseLoader).get(sys.argv[2], {}))' "$1" "$2"
}

# on HOST SPEC COMMAND...: xensure as this host, which has a state folder of its own.
on() {
    local host=$1 spec=$2
    shift 2
    "$XENSURE" -c agent.yaml --toolstack sim --host "$host" --state-dir "state-$host" --xen-config-dir xen --spec "$spec" "$@"
}

# each FUNCTION: runs it with every spec. A name that fails is told, and an empty folder is no success.
each() {
    local spec count=0
    for spec in "$specs"/*; do
        case $spec in
        *.yaml) ;;
        *)
            echo "no spec, and run by no test: $spec"
            return 1
            ;;
        esac
        "$1" "$spec" || { echo "$1: $spec"; return 1; }
        count=$((count + 1))
    done
    [ "$count" -ge 4 ]
}

is_valid() {
    "$XENSURE" validate "$1" > problems 2>&1 || { cat problems; return 1; }
    # A warning in an example would be copied.
    [ ! -s problems ] || { cat problems; return 1; }
}

@test "every example is valid, without a warning" {
    each is_valid
}

# On a host where nothing runs, each domain that should run is to be created, or is held and says why.
is_planned() {
    local hosts host code
    hosts=$(of "$1" hosts)
    for host in ${hosts:-dom0-a}; do
        code=0
        on "$host" "$1" -o json plan > plan.json || code=$?
        [ "$code" = 2 ] || [ "$code" = 4 ] || { echo "exit code $code"; return 1; }
        jq -e '.error == null and (.problems | length) == 0 and (.actions | length) > 0 and
            all(.actions[]; .action == "create" or .action == "write-config")' plan.json || return 1
        [ ! -e "state-$host" ] || { echo "the plan wrote a file"; return 1; }
    done
}

@test "every example is planned on an empty host" {
    each is_planned
}

is_written() {
    local hosts names name
    hosts=$(of "$1" hosts)
    hosts=${hosts%% *}
    names=$(of "$1" domains)
    [ -n "$names" ] || return 1
    for name in $names; do
        on "${hosts:-dom0-a}" "$1" render "$name" > "$name.cfg" || return 1
        # -n: read it as create would, and stop there.
        "$XENSIM" create -n "$name.cfg" > dry-run 2>&1 || { cat dry-run; return 1; }
    done
}

@test "every domain of every example is written as a config that the toolstack takes" {
    each is_written
}

# Carried out, and nothing is left to do. With several hosts, each is told first that its domains are its own.
is_applied() {
    local hosts host
    hosts=$(of "$1" hosts)
    for host in ${hosts:-dom0-a}; do
        "$XENSIM" sim init boot=0s shutdown=0s --memory 65536 || return 1
        rm -rf "state-$host" xen/*
        [ -z "$hosts" ] || on "$host" "$1" claim --all || return 1
        on "$host" "$1" apply > applied || { cat applied; return 1; }
        on "$host" "$1" plan > planned || { cat planned; return 1; }
        grep -q ' · in sync$' planned || return 1
    done
}

@test "every example is applied, and in sync then" {
    each is_applied
}

@test "a fleet: what runs nowhere is held, and what somebody started is kept" {
    run -4 on dom0-b "$specs/fleet.yaml" apply
    [[ $output == *"the spec has several hosts"* ]]
    "$XENSURE" --spec "$specs/fleet.yaml" render web2 > web2.cfg
    "$XENSIM" create web2.cfg
    run -0 on dom0-b "$specs/fleet.yaml" apply
    "$XENSIM" sim crash web2
    # From now on the record says that it belongs here.
    echo 'absent_pause: 0s' >> agent.yaml
    run -2 on dom0-b "$specs/fleet.yaml" plan
    [[ $output == *"+ web2   create"* ]]
}

@test "the specs in the documents are valid" {
    count=0
    for document in README.md CONTRIBUTING.md examples/gitops/README.md; do
        awk -v name="${document//\//-}" '
            /^```yaml$/ { inside = 1; file = name "-" ++count ".yaml"; next }
            /^```$/ { inside = 0 }
            inside { print > file }' "$specs/../../$document"
    done
    for block in *.md-*.yaml; do
        if grep -q '^xensure:' "$block"; then
            is_valid "$block"
            count=$((count + 1))
        else
            # What is no spec is an agent.yaml.
            run -0 "$XENSURE" -c "$block" validate "$specs/lab.yaml"
            [ -z "$output" ]
        fi
    done
    [ "$count" -ge 1 ]
}

@test "README.md: a spec is signed, applied, tampered with and refused, as it is shown" {
    awk '/^The whole way, on a simulated host/ { shown = 1 }
        /^```$/ { inside = shown = 0 }
        inside
        shown && /^```sh$/ { inside = 1 }' "$specs/../../README.md" > block.sh
    mkdir bin
    ln -s "$XENSURE" bin/xensure
    ln -s "$XENSIM" bin/xensim
    run -0 --separate-stderr env PATH="$PWD/bin:$PATH" TMPDIR="$PWD" bash block.sh
    local text
    for text in '1 to do' ' · signed by ' '+ web1   create' 'done    web1  create' 'exit code 3' '· generation 2 · ' 'done    web1  set-memory'; do
        grep -qF -- "$text" <<< "$output" || { echo "not said: $text"; echo "$output"; return 1; }
    done
    [ "$(grep -c '^exit code 3$' <<< "$output")" = 2 ]
    # shellcheck disable=SC2154 # of --separate-stderr
    [ "$(wc -l <<< "$stderr")" = 2 ]
    grep -q 'spec.yaml: expected a signature by the trusted key ' <<< "$stderr"
    grep -q 'another spec with the same generation, 1, was applied here before' <<< "$stderr"
}

@test "README.md names every command, and no other" {
    "$XENSURE" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z][a-z]*\).*/\1/p' | sort > commands
    [ -s commands ]
    sed -n '/^| command /,/^$/p' "$specs/../../README.md" | cut -d '|' -f 2 | grep -o '`[a-z][a-z]*' | tr -d '`' | sort > named
    diff commands named
}
