# What comes from outside and is not as it should be: lists, toolstacks, specs, folders, disks. A fake xl stands on
# PATH: it prints the file `list`, does what the file `do` says, and writes down what it is asked.
# shellcheck disable=SC2030,SC2031,SC2317 # each test has variables of its own, and functions

load host

setup() {
    setup_host
    mkdir bin
    cat > bin/xl << 'END'
#!/bin/bash
cd "${0%/*}/.." || exit 99
echo "$*" >> asked
case "$1 $2" in
    'list -v') [ ! -e on-list ] || . ./on-list; cat list ;;
    'list -l') [ -e "details-$3" ] && cat "details-$3" ;;
    'info ') cat info ;;
    *) [ ! -e on-change ] || . ./on-change ;;
esac
END
    chmod +x bin/xl
    PATH=$PWD/bin:$PATH
    agent absent_pause=0s
    row > list
    heard lists-empty 'xl info' > info
    touch kernel
    spec <<< "  web1: {kernel: $PWD/kernel}"
}

# heard SESSION COMMAND [N]: what a real xl printed to it the first (Nth) time, in a transcript of tests/fixtures/xl.
heard() {
    awk -v command="$ $2" -v number="${3:-1}" '
        $0 == "--- stderr" { prints = 0 }
        prints
        $0 == "--- stdout" && before == command { prints = ++seen == number }
        { before = $0 }' "$BATS_TEST_DIRNAME/../fixtures/xl/transcripts/$1.txt"
}

xensure() {
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack "${toolstack:-xl}" --spec spec.yaml "$@"
}

# row [NAME ID MEM VCPUS STATE TIME UUID]...: a list as xl prints it.
row() {
    printf '%-40s %5s %5s %5s\t%s\t%s   %-35s %s\t%s\n' Name ID Mem VCPUs State 'Time(s)' UUID Reason-Code 'Security Label'
    set -- Domain-0 0 1024 4 r----- 99.9 00000000-0000-0000-0000-000000000000 "$@"
    while [ $# -gt 0 ]; do
        printf '%-40s %5s %5s %5s     %s  %8s %s %8s %16s\n' "$1" "$2" "$3" "$4" "$5" "$6" "$7" - -
        shift 7
    done
}

# The uuid of web1 in the fleet lab.
own_uuid() {
    "$XENSURE" -c agent.yaml --spec spec.yaml render web1 | sed -n 's/^uuid = "\(.*\)"/\1/p'
}

# only_looked: xl was asked for nothing but what looks; and nothing was written but what a run keeps of itself.
only_looked() {
    run ! grep -vE '^(list -v|list -l [0-9]+|info)$' asked
    [ -z "$(ls xen)" ] || { ls xen; return 1; }
}

# refused TEXT: neither plan nor apply does anything, both exit with 1 and say TEXT. They run at a time, for the
# pauses between their four attempts.
refused() {
    local plan_code=0 apply_code=0
    xensure -o json plan > plan.out 2> plan.err &
    xensure apply > apply.out 2> apply.err || apply_code=$?
    wait $! || plan_code=$?
    [ "$plan_code $apply_code" = '1 1' ] || { echo "plan $plan_code, apply $apply_code"; cat ./*.err; return 1; }
    said plan.err "$1"
    said apply.err "$1"
    jq -se 'length == 1 and (.[0] | .actions == [] and .error != null)' plan.out > /dev/null
    only_looked
}

uuid_of() {
    printf '%08x-0000-4000-8000-000000000000' "$1"
}

@test "real lists: foreign domains of all kinds are told and never touched" {
    {
        row a-very-long-domain-name-of-more-than-forty-characters-in-all-1234567890 1 512 1 -b---- 3.1 "$(uuid_of 1)" \
            'with blanks  and more' 2 512 1 r----- 12345678.9 "$(uuid_of 2)" '(null)' 3 0 1 --ps-d 9.0 "$(uuid_of 3)" \
            vm-7--incoming 4 0 1 --p--- 0.0 "$(uuid_of 4)" gone--migratedaway 5 512 1 ---ss- 3.0 "$(uuid_of 5)" \
            '123' 6 9999999 128 rbpscd 0.1 "$(uuid_of 6)" 'web1 7 512 1 -b---- 1.0 x' 8 512 1 ------ 3.0 "$(uuid_of 8)" \
            'grüße' 32751 1 1 -b---- 1.0 "$(uuid_of 9)"
    } > list
    spec <<< '  none: {state: absent}'
    expect 0 apply
    silent out err
    json 0 '[.foreign[].domain] == ["a-very-long-domain-name-of-more-than-forty-characters-in-all-1234567890",
        "with blanks  and more", "(null)", "vm-7--incoming", "gone--migratedaway", "123", "web1 7 512 1 -b---- 1.0 x",
        "grüße"]' plan
    only_looked
}

@test "real lists: what xl of any version prints is read" {
    spec <<< '  none: {state: absent}'
    for file in "$BATS_TEST_DIRNAME"/../fixtures/xl/list-4*-v.txt; do
        cp "$file" list
        expect 0 plan
        silent err
    done
    for number in 1 2; do
        heard states 'xl list -v' $number > list
        [ "$(wc -l < list)" = 13 ]
        expect 0 plan
        silent err
    done
    # Widths need not be xl's.
    printf 'Name ID Mem VCPUs State Time(s) UUID Reason-Code Security Label\n' > list
    printf 'Domain-0 0 1024 4 r----- 1.0 %s - -\nother    7   64  1  -b----  1.5  %s  -  -\n' "$(uuid_of 0)" "$(uuid_of 7)" >> list
    json 0 '.foreign == [{domain: "other", uuid: "'"$(uuid_of 7)"'", domid: 7}]' plan
    only_looked
}

@test "our domain in every state that passes: waited for, nothing is run" {
    uuid=$(own_uuid)
    for state in --p--- ---ss- ---sr- -----d ---s-d --ps-d; do
        row web1 5 64 1 "$state" 0.0 "$uuid" > list
        rm -rf state xen/* asked
        expect 4 plan
        said out '! web1' 'wait: '
        expect 4 apply
        only_looked
    done
    for name in '(null)' web1--incoming web1--migratedaway migrating-web1; do
        row "$name" 5 64 1 -b---- 5.0 "$uuid" > list
        rm -rf state xen/* asked
        expect 4 apply
        said out 'wait: '
        only_looked
    done
}

@test "our domain runs: any letters that mean it" {
    uuid=$(own_uuid)
    for state in r----- -b---- ------ rb----; do
        row web1 5 64 1 "$state" 5.0 "$uuid" > list
        rm -rf state xen
        mkdir xen
        expect 2 plan
        said out '~ web1   write-config'
        run ! grep -q create out
    done
}

@test "our uuid twice, our name with another uuid: conflicts" {
    uuid=$(own_uuid)
    row web1 5 64 1 -b---- 5.0 "$uuid" web1-copy 6 64 1 -b---- 5.0 "$uuid" > list
    expect 5 apply
    said out 'run twice'
    only_looked
    row web1 5 64 1 -b---- 5.0 "$(uuid_of 5)" > list
    expect 5 apply
    said out 'which is not ours'
    only_looked
}

@test "a list that is not whole: what fits is shown, nothing is done" {
    row good 1 64 1 -b---- 5.0 "$(uuid_of 1)" > whole
    {
        cat whole
        echo 'what is this line'
    } > list
    refused "line 4 does not fit: 'what is this line'"
    said apply.out 'seen in the part of the list that could be read' '  good (id 1)'
    jq -e '[.seen[].domain] == ["Domain-0", "good"]' plan.out
    # The same id twice; a row that is cut off.
    { cat whole; tail -n 1 whole; } > list
    refused 'line 4'
    head -c -20 whole > list
    refused 'line 3'
}

@test "a list that says nothing: empty, header only, no Domain-0, garbled, too long" {
    : > list
    refused 'the list is empty'
    row | head -n 1 > list
    refused 'id 0'
    { row | head -n 1; row a 1 64 1 -b---- 5.0 "$(uuid_of 1)" | tail -n 1; } > list
    refused 'id 0'
    head -c 3000 /dev/urandom > list
    refused 'xl list'
    echo 'xl: something is wrong, but the exit code is 0' > list
    refused 'xl list'
}

@test "xl fails: for a moment, for good, by a signal, by hanging" {
    # shellcheck disable=SC2016 # for the fake
    echo '[ $(grep -c "list -v" asked) -ge 3 ] || { echo "cannot init xl context" >&2; exit 1; }' > on-list
    expect 2 plan
    silent err
    [ "$(grep -c 'list -v' asked)" = 3 ]
    rm asked
    echo 'echo "xenstored is not there" >&2; exit 3' > on-list
    expect 1 plan
    said err 'xl list exited with 3: xenstored is not there'
    silent out
    [ "$(grep -c 'list -v' asked)" = 4 ]
    only_looked
    # shellcheck disable=SC2016
    echo 'kill -SEGV $$' > on-list
    expect 1 apply
    said err 'xl list was killed by signal 11'
    only_looked
    # Nobody waits for so long.
    echo 'exec sleep 3600' > on-list
    agent absent_pause=0s timeouts.list=1s
    rm asked
    json 1 '.error | test("did not answer within 1 s")' apply
    [ "$(grep -c 'list -v' asked)" = 1 ]
    only_looked
}

@test "a list that prints without end is cut" {
    echo 'yes "not a list at all, and no end of it"; exit' > on-list
    expect 1 plan
    said err 'xl list printed more than'
}

@test "xl is missing, no program, or not to be executed" {
    rm bin/xl
    refused_path=/usr/bin:/bin
    PATH=$refused_path toolstack=xl expect 1 apply
    said err 'there is no xl on PATH'
    PATH=$refused_path toolstack=auto expect 1 plan
    said err 'there is neither xl nor xm on PATH' '--toolstack sim'
    printf '#!/no/such/interpreter\n' > bin/xl
    chmod +x bin/xl
    expect 1 plan
    said err "$PWD/bin/xl"
    [ -z "$(ls xen)" ]
}

@test "the list fails in the middle of a run: what was begun is told, nothing is begun anew" {
    echo 'echo broken > list' > on-change
    spec <<< $'  web1: {}\n  web2: {after: [web1]}'
    expect 6 apply
    said out 'FAILED  web1' 'HELD    web2'
    [ "$(grep -vc -e '^list' -e '^info' asked)" = 1 ]
}

@test "one mistake in a spec: exit 3, and nothing is run or written" {
    bad=0
    while IFS= read -r line; do
        spec <<< "  $line"
        for command in plan apply; do
            expect 3 $command
            said err 'spec.yaml:5:'
            silent out
        done
        expect 3 validate
        said out 'spec.yaml:5:'
        bad=$((bad + 1))
    done << 'END'
web1: {memory: 1024X}
web1: {memroy: 1024}
web1: {state: Running}
web1: {state: "running", vcpus: "2"}
web1: {vcpus: 02}
web1: {protect: yes}
web1: {memory: ~}
web1: &a {vcpus: 1}
web1: !!map {vcpus: 1}
web1: {vcpus: 1, vcpus: 1}
web1: {after: [web1]}
web1: {after: [nosuch]}
web1: {host: dom0-b, disks: nonsense}
web1: {uuid: 1234}
web1: {profile: nosuch}
Domain-0: {}
web1--incoming: {}
END
    [ "$bad" = 17 ]
    [ ! -e asked ] && [ ! -e state ] && [ -z "$(ls xen)" ]
    # All mistakes are listed, not the first alone.
    { for i in {1..50}; do echo "  w$i: {vcpus: none}"; done; } | spec
    expect 3 apply
    [ "$(grep -c '^spec.yaml:' err)" = 50 ]
    [ ! -e asked ] && [ ! -e state ]
}

@test "paths that are no spec" {
    mkdir folder
    mkfifo pipe
    for path in nosuch.yaml pipe /dev/null/x; do
        code=0
        "$XENSURE" -c agent.yaml --toolstack xl --spec $path plan > out 2> err < /dev/null || code=$?
        [ "$code" = 1 ]
        said err "$path"
    done
    head -c 17M /dev/zero | tr '\0' '#' > big.yaml
    run ! "$XENSURE" -c agent.yaml --toolstack xl --spec big.yaml plan
    [[ $output == *big.yaml* ]]
    # Of a folder no more is read than a source may have.
    for i in 1 2 3; do
        head -c 9M /dev/zero | tr '\0' '#' > folder/$i.yaml
    done
    mkfifo folder/4.yaml
    run -3 "$XENSURE" -c agent.yaml validate folder
    [[ $output == *'2.yaml'*'16777216 bytes'* ]]
    [ ! -e asked ]
}

@test "a spec that others can write is refused" {
    chmod g+w spec.yaml
    expect 3 apply
    said err 'spec.yaml' 'its group or everybody can write it'
    expect 2 plan
    said err 'warning: ' 'would refuse this spec'
    chmod g-w spec.yaml
    mkdir -p open/closed
    cp spec.yaml open/closed
    chmod 777 open
    xensure() { "$XENSURE" -c agent.yaml --toolstack xl --spec open/closed/spec.yaml "$@"; }
    expect 3 apply
    said err "$PWD/open:"
    chmod +t open
    expect 2 plan
    silent err
    # Into the folder of the spec itself everybody could put one more file.
    xensure() { "$XENSURE" -c agent.yaml --toolstack xl --spec open "$@"; }
    mv open/closed/spec.yaml open
    expect 3 apply
    said err 'can add files to it'
    mv open/spec.yaml open/closed
    xensure() { "$XENSURE" -c agent.yaml --toolstack xl --spec open/closed/spec.yaml "$@"; }
    # A link on the way that others can turn elsewhere, although both ends are safe.
    chmod 777 open
    chmod -t open
    mkdir safe
    cp spec.yaml safe
    ln -s ../safe/spec.yaml open/current.yaml
    ln -s open/current.yaml link.yaml
    xensure() { "$XENSURE" -c agent.yaml --toolstack xl --spec "$spec" "$@"; }
    for spec in link.yaml ./safe/../link.yaml; do
        expect 3 apply
        said err "$PWD/open:"
    done
    chmod 755 open
    for spec in link.yaml ./safe/../link.yaml "$PWD//open/closed/./../current.yaml"; do
        expect 2 plan
        silent err
    done
    ln -s loop.yaml loop.yaml
    spec=loop.yaml expect 1 apply
    xensure() { "$XENSURE" -c agent.yaml --toolstack xl --spec open/closed/spec.yaml "$@"; }
    if [ "$(id -u)" = 0 ]; then
        chown 65534 open/closed/spec.yaml
        expect 3 apply
        said err 'belongs to another user'
    fi
    [ ! -e state ]
    run ! grep -v -e '^list' -e '^info' asked
}

@test "folders that cannot be written: said before anything is started" {
    [ "$(id -u)" = 0 ] || skip 'needs root, as xl does'
    expect 1 --state-dir "$PWD/spec.yaml/state" apply
    said err 'cannot use the state directory'
    expect 1 --state-dir /proc/nosuch apply
    said err 'cannot use the state directory'
    [ ! -e asked ]
    expect 1 --xen-config-dir "$PWD/spec.yaml" apply
    said err 'the folder of config files'
    expect 1 --xen-config-dir "$PWD/a=b" apply
    said err "without '='"
    [ ! -e asked ]
    # One that is not there is made; plan makes nothing.
    expect 2 --xen-config-dir "$PWD/new/xen" plan
    [ ! -e new ]
    echo 'exit 1' > on-change
    expect 6 --xen-config-dir "$PWD/new/xen" apply
    [ -e new/xen/web1.cfg ]
}

@test "a full disk: nothing is started" {
    [ "$(id -u)" = 0 ] || skip 'needs root, as xl does'
    mkdir full
    mount -t tmpfs -o size=64k tmpfs full 2> /dev/null || skip 'no tmpfs can be mounted here'
    dd if=/dev/zero of=full/filler bs=4k 2> /dev/null || true
    code=0
    expect 1 --state-dir "$PWD/full/state" apply || code=$?
    mkdir full/xen 2> /dev/null || true
    expect 6 --xen-config-dir "$PWD/full" apply || code=$?
    umount full
    [ "$code" = 0 ]
    said out 'No space left on device'
    only_looked
}

@test "no root where xl needs it; none where it only looks" {
    [ "$(id -u)" = 0 ] || skip 'becomes another user'
    chmod 755 . "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
    chmod 1777 .
    as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$XENSURE" -c agent.yaml --toolstack xl --spec - "$@" < spec.yaml; }
    as_nobody --version > /dev/null 2>&1 || skip 'others cannot reach the program'
    xensure() { as_nobody "$@"; }
    expect 1 apply
    said err 'xl needs root' 'nothing was started'
    [ ! -e asked ] && [ ! -e state ]
    expect 2 plan
    silent err
    [ ! -e state ]
}

@test "no xensim beside xensure or on PATH: that is all there is to say" {
    local code=0
    mkdir alone
    cp "$XENSURE" alone
    spec <<< '  web1: {}'
    PATH=/usr/bin:/bin alone/xensure -c agent.yaml --toolstack sim --spec spec.yaml plan 2> err || code=$?
    [ "$code" = 1 ]
    diff - err <<< 'xensure: there is no xensim on PATH'
}
