# plan shows exactly what apply would do, and changes nothing.
# shellcheck disable=SC2030,SC2031 # each test has variables of its own

load host

setup() {
    setup_host
}

# snapshot: every file below, with its size and times; but for those of the test and of xensim.
snapshot() {
    find . -path ./sim -prune -o -type d -printf '%p %m\n' -o -type f ! -name out ! -name err ! -name asked \
        ! -name 'snapshot*' -printf '%p %m %s %T@ %C@\n' | sort
}

# A fake xl that shows what the simulated host has now, runs no program, and writes down what it is asked.
fake_xl() {
    mkdir bin
    cat > bin/xl << 'END'
#!/bin/bash
cd "${0%/*}/.." || exit 99
printf '%s\n' "$*" >> asked
[ "$1 $2" = 'list -v' ] && printf '%s\n' "$(< list)"
END
    chmod +x bin/xl
    # shellcheck disable=SC2094 # list is no file there
    "$XENSIM" list -v > list
    export PATH=$PWD/bin:$PATH
}

# Something of every kind is to do: live, restart, stop, start, start after it, a second look, a conflict.
busy_host() {
    # The fake xl stands on the real host: its boot has to be that of the record, or there is no second look.
    cat /proc/sys/kernel/random/boot_id > "$XENSIM_DIR/boot_id"
    { printf '  d%d: {maxmem: 512, maxvcpus: 4}\n' 1 2 3 4; printf '  %s: {}\n' gone left; } | spec 'generation: 1'
    expect 0 apply
    "$XENSIM" sim vanish gone
    "$XENSIM" sim add-foreign stranger
    "$XENSIM" mem-set d1 100
    echo edited >> xen/d2.cfg
    spec 'generation: 2' << 'END'
  d1: {maxmem: 512, maxvcpus: 4}
  d2: {maxmem: 512, maxvcpus: 4}
  d3: {maxmem: 512, maxvcpus: 4, vcpus: 2, kernel: /boot/b, on_change: restart}
  d4: {state: absent}
  gone: {}
  new: {after: [gone]}
  stranger: {}
END
}

@test "plan runs nothing but the list, its details and info, and writes nothing" {
    busy_host
    fake_xl
    plan() { "$XENSURE" -c agent.yaml --host dom0-a --toolstack xl --spec spec.yaml plan "$@"; }
    : > asked
    snapshot > snapshot.before
    for words in '' '-o json' '--only d1'; do
        code=0
        # shellcheck disable=SC2086 # words
        plan $words > out 2> err || code=$?
        [ "$code" = "$([ "$words" = '--only d1' ] && echo 0 || echo 5)" ]
    done
    snapshot > snapshot.after
    diff snapshot.before snapshot.after
    run ! grep -vE '^(list (-v|-l [0-9]+)|info)$' asked
    # Of the host, once a look, since what is free changes; and only where something would be started or written.
    [ "$(grep -c info asked)" = 4 ]
    # What is gone was looked for twice; d1 alone needs no second look. Its details were asked for each time.
    [ "$(grep -c 'list -v' asked)" = 5 ]
    [ "$(grep -c 'list -l' asked)" -ge 3 ]
}

@test "plan makes not even its folders" {
    spec <<< '  web1: {}'
    rmdir xen
    snapshot > snapshot.before
    expect 2 plan
    expect 2 plan -o json
    snapshot > snapshot.after
    diff snapshot.before snapshot.after
    [ ! -e state ] && [ ! -e xen ]
}

@test "every program that is run and every file that is opened: traced" {
    strace -o trace.probe true 2> /dev/null || skip 'no process can be traced here'
    busy_host
    fake_xl
    # Leaks cannot be looked for under a tracer.
    code=0
    ASAN_OPTIONS=detect_leaks=0 strace -ff -o trace -s 200 -e trace=process,file,desc "$XENSURE" -c agent.yaml \
        --host dom0-a --toolstack xl --spec spec.yaml plan > out 2> err || code=$?
    [ "$code" = 5 ]
    grep -h '^execve(' trace.[0-9]* | sed -E 's/^execve\("([^"]*)", \[([^]]*)\].*/\1 \2/' | sort -u > programs
    run ! grep -vE "^($XENSURE|$PWD/bin/xl) " programs
    grep -F "$PWD/bin/xl" programs | sed 's/.*xl", //' | sort > arguments
    run ! grep -vE '^("list", "(-v"|-l", "[0-9]+")|"info")$' arguments
    # Our own process: opens for reading alone, and changes no name, no mode, no lock.
    own=$(grep -lF "execve(\"$XENSURE\"" trace.[0-9]*)
    grep -E '^open(at)?\(' "$own" | grep -vE 'O_RDONLY|= -1 ' > opened || true
    silent opened
    grep -E '^(creat|unlink|rename|mkdir|rmdir|link|symlink|mknod|chmod|fchmod|chown|fchown|lchown|truncate|ftruncate|utime|setxattr|flock|fallocate|fsync|fdatasync)' \
        "$own" > changed || true
    silent changed
    grep -E '^(open|openat)\(.*O_RDONLY' "$own" | grep -q spec.yaml # the trace is one
}

# same NAME: the actions that apply reports are those that plan showed, with reasons and changes.
same() {
    local filter='[.actions[] | {domain, action, reason, held, changes}]'
    xensure -o json plan > planned.json 2> err || [ $? -le 5 ]
    xensure -o json apply > applied.json 2> err || [ $? -le 5 ]
    diff <(jq "$filter" planned.json) <(jq "$filter" applied.json) || { echo "plan and apply differ: $1"; return 1; }
    diff <(jq '.foreign, .summary' planned.json) <(jq '.foreign, .summary' applied.json)
    jq -e '.actions | all(.result == if .held then "held" else "done" end)' applied.json > /dev/null
    jq -e '.actions | length > 0' planned.json > /dev/null || { echo "nothing to compare: $1"; return 1; }
}

@test "apply does what plan showed: a dozen times" {
    "$XENSIM" sim add-foreign taken
    printf '  d%d: {maxmem: 512}\n' 1 2 3 | spec
    same creates
    { printf '  d%d: {maxmem: 512}\n' 1 2 3; echo '  taken: {}'; } | spec
    same 'a conflict'
    { printf '  d%d: {maxmem: 512, memory: 128}\n' 1 2; echo '  d3: {maxmem: 512, state: paused}'; } | spec
    same 'live changes'
    spec <<< $'  d1: {maxmem: 512, memory: 128, kernel: /boot/b}\n  d2: {maxmem: 512, memory: 128, bounce: 2}\n  d3: {maxmem: 512}'
    same 'a held restart, an unpause'
    spec <<< $'  d1: {maxmem: 512, memory: 128, kernel: /boot/b, on_change: restart}\n  d2: {maxmem: 512, memory: 128, bounce: 3}\n  d3: {maxmem: 512, on_crash: preserve}'
    same 'restarts, a change for the next start'
    "$XENSIM" sim vanish d1
    "$XENSIM" sim crash d2
    same 'what is gone'
    "$XENSIM" mem-set d2 100
    echo edited >> xen/d3.cfg
    same drift
    spec <<< $'  d1: {maxmem: 512, memory: 128, kernel: /boot/b, state: stopped}\n  d2: {maxmem: 512, memory: 128, state: absent}'
    same 'stops, and what left the spec'
    agent absent_pause=0s prune=true 'limits={stops: 0, stops_percent: 0}'
    same 'too many stops'
    agent absent_pause=0s prune=true
    same prune
    { printf '  e%d: {}\n' 1 2 3 4 5 6; echo '  taken: {adopt: true}'; } | spec
    same 'an adoption'
    "$XENSIM" sim vanish e1 e2 e3 e4 e5 e6
    same 'a loss'
    "$XENSIM" sim reboot-host
    same 'after a reboot'
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< $'  new: {host: dom0-a}\n  e1: {host: dom0-b}'
    same 'several hosts'
}
