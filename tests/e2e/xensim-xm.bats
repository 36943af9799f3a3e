# The simulated toolstack as xm: its lists, exit codes and messages, held against what the sources of xm 4.4 say (Xen
# tools/python/xen/xm/main.py, create.py; xend/XendDomain.py).

load host

setup() {
    export ASAN_OPTIONS=detect_leaks=1
    export XENSIM_DIR=$BATS_TEST_TMPDIR/sim
    mkdir "$BATS_TEST_TMPDIR/bin"
    ln -s "$XENSIM" "$BATS_TEST_TMPDIR/bin/xl"
    ln -s "$XENSIM" "$BATS_TEST_TMPDIR/bin/xm"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH
    cd "$BATS_TEST_TMPDIR" || return
    "$XENSIM" sim init boot=0s shutdown=0s restart_pause=0s
    config d1
}

# config NAME [LINE...]: NAME.cfg, a guest as xm has it.
config() {
    local name=$1
    shift
    printf 'name = "%s"\nkernel = "/boot/vmlinuz"\nmemory = 96\nvcpus = 1\n' "$name" > "$name.cfg"
    [ $# -eq 0 ] || printf '%s\n' "$@" >> "$name.cfg"
}

# row NAME: its line of the brief list.
row() {
    xm list | grep "^$1 "
}

# await TEXT COMMAND...: until it prints just that.
await() {
    wait_until says "$@"
}
says() {
    [ "$("${@:2}")" = "$1" ]
}

# value NAME KEY: of the long list.
value() {
    xm list --long "$1" | sed -n "s/^    ($2 \(.*\))$/\1/p"
}

@test "the brief list: blanks alone, sorted by name, other columns than xl's" {
    xm create -q d1.cfg
    config a
    xm create -q a.cfg
    xm list > out
    [ "$(head -n 1 out)" = 'Name                                        ID   Mem VCPUs      State   Time(s)' ]
    run -1 grep -q "$(printf '\t')" out
    [ "$(awk 'NR > 1 { print $1 }' out | xargs)" = 'Domain-0 a d1' ]
    [[ $(row d1) == 'd1                                           1    96     1     -b----      0.0' ]]
    # xl lists by id, and both are of one host.
    [ "$(xl list | awk 'NR > 1 { print $1 }' | xargs)" = 'Domain-0 d1 a' ]
}

@test "domains that xend keeps, and that do not run" {
    "$XENSIM" sim add-halted --memory 256 --vcpus 2 off
    [ "$(row off)" = 'off                                              256     2                 0.0' ]
    [ "$(xl list | grep -c off)" = 0 ]
    xm list --long off > out
    run -1 grep -qE '\((domid|state|online_vcpus) ' out
    grep -qx '    (status 0)' out
    run -1 xm destroy off
    [[ $output == *"Domain 'off' is not started"* ]]
    # It is one of those that run as soon as one with its uuid does.
    uuid=$(value off uuid)
    config off "uuid = \"$uuid\""
    xm create -q off.cfg
    [ "$(xm list | grep -c '^off ')" = 1 ]
    [[ $(row off) == *' -b---- '* ]]
}

@test "the long list says who a domain is, and what it was given" {
    config d1 'maxmem = 256' 'vcpus = 1' 'maxvcpus = 4' 'cpu_weight = 100' 'cpu_cap = 50' \
        'uuid = "6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001"'
    xm create -q d1.cfg
    [ "$(value d1 uuid)" = 6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001 ]
    [ "$(value d1 domid) $(value d1 memory) $(value d1 maxmem)" = '1 96 256' ]
    [ "$(value d1 vcpus) $(value d1 online_vcpus) $(value d1 cpu_weight) $(value d1 cpu_cap)" = '4 1 100 50' ]
    [ "$(value d1 state) $(value d1 status)" = '-b---- 2' ]
    xm pause d1
    [ "$(value d1 status)" = 1 ]
    # The id does as well as the name.
    [ "$(value 1 name)" = d1 ]
    # One that xend cannot read is left out of the whole list, without a word.
    xm list --long > out
    grep -q '(name d1)' out
    "$XENSIM" sim set left_out=d1
    xm list --long > out
    run -1 grep -q '(name d1)' out
    [ -n "$(row d1)" ]
}

@test "states: one letter for a crash, none for another reason" {
    config d1 'on_poweroff = "preserve"' 'on_crash = "preserve"'
    config d2 'on_crash = "preserve"'
    config d3 'extra = "sim.mode=busy"'
    for name in d1 d2 d3; do xm create -q $name.cfg; done
    "$XENSIM" sim poweroff d1
    "$XENSIM" sim crash d2
    [ "$(row d1 | awk '{ print $5 }') $(row d2 | awk '{ print $5 }') $(row d3 | awk '{ print $5 }')" = '---s-- ----c- r-----' ]
    [ "$(value d1 status) $(value d2 status)" = '0 5' ]
    # xend does not show what is dying.
    "$XENSIM" sim zombie d3
    run -1 row d3
}

@test "create: what is said, and what xend refuses" {
    run -0 xm create d1.cfg
    [ "${lines[0]}" = 'Using config file "d1.cfg".' ]
    [ "${lines[1]}" = 'Started domain d1 (id=1)' ]
    run -1 xm create d1.cfg
    [[ $output == *"Error: Domain 'd1' already exists with ID '1'"* ]]
    config d2 "uuid = \"$(value d1 uuid)\""
    run -1 xm create d2.cfg
    [[ $output == *"Domain 'd2' already exists with ID '1'"* ]]
    "$XENSIM" sim add-halted d3
    config d3
    run -1 xm create d3.cfg
    [[ $output == *"VM name 'd3' already exists"* ]]
    config big 'memory = 999999'
    run -1 xm create big.cfg
    [[ $output == *'I need '* ]]
    run -1 xm create nosuch.cfg
    [[ $output == *'Unable to open config file: nosuch.cfg'* ]]
    config bad 'disk = ["phy:/dev/a,xvda"]'
    run -1 xm create bad.cfg
    [[ $output == *'Invalid disk specifier: phy:/dev/a,xvda'* ]]
    [ "$(xm list | wc -l)" = 4 ]
    run -0 xm create -n -q bad.cfg extra=x disk=
    [ "$(xm list | wc -l)" = 4 ]
}

@test "create runs nothing that stands in its file" {
    config d1 'import os' "os.system('touch ran')"
    run -1 xm create d1.cfg
    [[ $output == *'d1.cfg:5: expected'* ]]
    config d1 '  memory = 5'
    run -1 xm create d1.cfg
    [ ! -e ran ]
}

@test "create: variables behind the file count in place of its own" {
    config d1 'extra = "sim.mode=busy"'
    xm create -q -p d1.cfg 'extra=sim.mode=ignore x' memory=64
    [ "$(value d1 memory) $(value d1 status)" = '64 1' ]
    xm unpause d1
    xm shutdown d1
    sleep 0.1
    [[ $(row d1) == *' -b---- '* ]]
}

@test "pause, unpause, shutdown, reboot, destroy: by name or by id" {
    config d1 'on_reboot = "restart"'
    xm create -q d1.cfg
    xm pause 1
    [[ $(row d1) == *' -bp--- '* ]]
    xm unpause d1
    [[ $(row d1) == *' -b---- '* ]]
    # It returns at once; the guest takes its time.
    "$XENSIM" sim set restart_pause=0s
    xm reboot d1
    await 2 value d1 domid
    xm shutdown d1
    await '' row d1
    run -3 xm list d1
    xm create -q d1.cfg
    xm destroy d1
    run -3 xm destroy d1
    [ "$output" = "Error: Domain 'd1' does not exist." ]
}

@test "a name goes before an id" {
    config 2
    xm create -q d1.cfg
    xm create -q 2.cfg
    xm create -q <(sed s/d1/d3/ d1.cfg)
    # `2` is both the name and the id of one domain; now the name of another, too.
    xm destroy 2
    "$XENSIM" sim add-halted 3
    run -1 xm destroy 3
    [[ $output == *"Domain '3' is not started"* ]]
    [ "$(xm list | awk 'NR > 1 && NF == 6 { print $1 }' | xargs)" = 'Domain-0 d1 d3' ]
}

@test "memory, CPUs and the scheduler" {
    config d1 'maxmem = 256' 'maxvcpus = 4'
    xm create -q d1.cfg
    xm mem-set d1 128
    [ "$(value d1 memory)" = 128 ]
    run -1 xm mem-set d1 512
    [[ $output == *memory_static_max* ]]
    run -1 xm mem-set d1 12x
    xm vcpu-set d1 3
    [ "$(value d1 online_vcpus)" = 3 ]
    run -1 xm vcpu-set d1 5
    [[ $output == *'greater than max vcpus'* ]]
    xm sched-credit -d d1 -w 512 -c 50
    [ "$(value d1 cpu_weight) $(value d1 cpu_cap)" = '512 50' ]
    run -1 xm sched-credit -d d1 -w 70000
    run -3 xm sched-credit -d nosuch -w 7
    run -1 xm sched-credit -w 7
    run -0 xm sched-credit -d d1
    [[ ${lines[1]} =~ ^d1\ +1\ +512\ +50$ ]]
}

@test "info, with values of several lines before 4.1" {
    "$XENSIM" sim set memory=8192 cpus=8 xen_version=4.0.1
    xm info > out
    grep -qx 'total_memory           : 8192' out
    grep -qx 'xen_major              : 4' out
    grep -qx '                         node1:4-7' out
    "$XENSIM" sim set xen_version=4.4.1
    xm info > out
    run -1 grep -q '^ ' out
    grep -qx 'xen_minor              : 4' out
}

@test "xend is down: every command says so" {
    "$XENSIM" sim set xend=down
    for command in list info 'destroy d1' 'create d1.cfg'; do
        # shellcheck disable=SC2086 # words
        run -1 xm $command
        [ "$output" = 'Error: Unable to connect to xend: No such file or directory. Is xend running?' ]
    done
    "$XENSIM" sim set xend=running
    run -0 xm list
}

@test "usage, and faults to order" {
    run -1 xm
    run -1 xm nonsense
    [ "${lines[0]}" = 'Error: Subcommand nonsense not found!' ]
    run -1 xm list --nonsense
    run -1 xm destroy
    [[ $output == *"'xm destroy' requires 1 argument."* ]]
    run -0 "$XENSIM" --help
    [[ $output == *'Subcommands of xm'* && $output == *'add-halted'* ]]
    "$XENSIM" sim fault list fail --status 1 --text 'Xend has probably crashed!'
    run -1 xm list
    [ "$output" = 'Xend has probably crashed!' ]
    "$XENSIM" sim fault create die --at built
    run -137 xm create -p d1.cfg
    [ "$(value d1 status)" = 1 ]
}
