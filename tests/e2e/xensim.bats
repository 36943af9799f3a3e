# The simulated toolstack: what its guests do, faults, and the simulator's own subcommands. (What it answers is held against a
# real xl by transcripts.bats.)

load host

setup() {
    export ASAN_OPTIONS=detect_leaks=1
    export XENSIM_DIR=$BATS_TEST_TMPDIR/sim
    mkdir "$BATS_TEST_TMPDIR/bin"
    ln -s "$XENSIM" "$BATS_TEST_TMPDIR/bin/xl"
    PATH=$BATS_TEST_TMPDIR/bin:$PATH
    cd "$BATS_TEST_TMPDIR" || return
    "$XENSIM" sim init boot=0s shutdown=0s restart_pause=0s ack_timeout=0.1s
    config d1
}

# config NAME [LINE...]: NAME.cfg, a pvh guest.
config() {
    local name=$1
    shift
    printf 'name = "%s"\ntype = "pvh"\nkernel = "/boot/vmlinux"\nmemory = 96\nvcpus = 1\n' "$name" > "$name.cfg"
    [ $# -eq 0 ] || printf '%s\n' "$@" >> "$name.cfg"
}

# await PATTERN COMMAND...: until its output fits.
await() {
    wait_until fits "$@"
}
fits() {
    "${@:2}" | grep -q -- "$1"
}

state() {
    xl list "$1" | awk 'NR == 2 { print $5 }'
}

# there PATH: "there" or "gone".
there() {
    if [ -e "$1" ]; then echo there; else echo gone; fi
}

# on HOST COMMAND...: with another simulated host.
on() {
    local host=$1
    shift
    XENSIM_DIR=$XENSIM_DIR/hosts/$host "$@"
}

@test "a create that fails has used up its id, as libxl does it" {
    xl create -q d1.cfg
    run -3 xl create -q d1.cfg
    xl create -q d1.cfg 'name="d2"'
    [ "$(xl domid d2)" = 3 ]
}

@test "a newline in a name stays one domain" {
    config n
    sed -i 's/^name.*/name = "a\\n% b"/' n.cfg
    xl create -q n.cfg
    [ "$(xl domname 1)" = "$(printf 'a\n%% b')" ]
}

@test "shutdown" {
    xl create -q d1.cfg
    config ign 'cmdline = "sim.mode=ignore"'
    xl create -q ign.cfg
    xl shutdown ign
    xl shutdown -w d1
    run ! xl list d1
    [ "$(state ign)" = -b---- ]
    run -143 timeout 0.3 xl shutdown -w ign || [ "$status" = 124 ]
    config hung 'cmdline = "sim.mode=hung"'
    xl create -q hung.cfg
    run -1 xl shutdown hung
    xl create -q -p d1.cfg
    run -1 xl shutdown d1
    # The request is still there, and is acted on later.
    xl unpause d1
    await Domain-0 xl list
    run ! xl list d1
}

@test "shutdown -a -w, and -ww" {
    xl create -q d1.cfg
    xl create -q d1.cfg 'name="d2"'
    run xl shutdown -a -w
    [ "$status" = 0 ]
    [ "${lines[0]}" = 'Shutting down domain 1' ]
    [ "${lines[2]}" = 'Waiting for 2 domains' ]
    [ "$(xl list | wc -l)" = 2 ]
    xl create -q d1.cfg
    run xl shutdown -ww d1
    [ "${lines[-1]}" = 'Domain 3 has been destroyed' ]
}

@test "shutdown without PV drivers" {
    config h 'type = "hvm"' 'extra = "sim.pv=no"'
    xl create -q h.cfg
    run -1 xl shutdown h
    [[ ${lines[1]} == 'PV control interface not available: external graceful shutdown not possible.' ]]
    [[ ${lines[3]} == 'shutdown failed (rc=-10)' ]]
    run -0 xl shutdown -F h
    [[ ${lines[1]} == 'PV control interface not available: sending ACPI power button event.' ]]
    run ! xl list h
}

@test "preserve and crash show their reason" {
    config off 'on_poweroff = "preserve"'
    config cr 'on_crash = "preserve"' 'cmdline = "sim.mode=crash sim.after=0"'
    xl create -q off.cfg
    xl create -q cr.cfg
    xl shutdown -w off
    [ "$(state off)" = ---s-- ]
    [ "$(state cr)" = ---sc- ]
    [ "$(xl list -v off | awk 'NR == 2 { print $8 }')" = 0 ]
    [ "$(xl list -v cr | awk 'NR == 2 { print $8 }')" = 3 ]
    run -1 xl shutdown off
}

@test "reboot: absent for a while, then a new id and the same uuid" {
    "$XENSIM" sim set restart_pause=3s
    xl create -q d1.cfg
    uuid=$(xl list -v d1 | awk 'NR == 2 { print $7 }')
    run -0 xl reboot d1
    [ "$output" = 'Rebooting domain 1' ]
    await '^deaths$' ls "$XENSIM_DIR"
    run ! xl list d1
    await 'd1 .* 2 ' xl list
    [ "$(xl list -v d1 | awk 'NR == 2 { print $7 }')" = "$uuid" ]
}

@test "create -e leaves nobody to act" {
    xl create -q -e d1.cfg
    xl shutdown -w d1
    [ "$(state d1)" = ---s-- ]
}

@test "rename-restart and coredump-destroy" {
    config rr 'on_crash = "rename-restart"'
    config cd 'on_crash = "coredump-destroy"'
    xl create -q rr.cfg
    xl create -q cd.cfg
    "$XENSIM" sim crash rr cd
    await 'rr-2[0-9]*T[0-9]*Z .*---sc-' xl list
    await '^rr .*-b----' xl list
    run ! xl list cd
    [ -e "$XENSIM_DIR/dump/cd" ]
}

@test "config-update takes effect at the next reboot" {
    xl create -q d1.cfg
    cp d1.cfg new.cfg
    echo 'memory = 128' >> new.cfg
    xl config-update d1 new.cfg
    [ "$(xl list d1 | awk 'NR == 2 { print $3 }')" = 96 ]
    xl reboot d1
    await 'd1 .* 128 ' xl list
}

@test "pause counts" {
    xl create -q d1.cfg
    xl pause d1
    [ "$(state d1)" = -bp--- ]
    xl pause d1
    xl unpause d1
    [[ $(state d1) == ??p--- ]]
    xl unpause d1
    [ "$(state d1)" = -b---- ]
    run -0 xl unpause 99
}

@test "memory" {
    config d1 'maxmem = 128'
    xl create -q d1.cfg
    xl mem-set d1 80
    [ "$(xl list d1 | awk 'NR == 2 { print $3 }')" = 80 ]
    xl mem-max d1 256
    xl mem-set d1 256m
    run -1 xl mem-max d1 64
    run -1 xl mem-set d1 x
    [ "$(xl info free_memory)" = $((16384 - 1024 - 256)) ]
    config still 'cmdline = "sim.balloon=no"'
    xl create -q still.cfg
    xl mem-set still 64
    [ "$(xl list still | awk 'NR == 2 { print $3 }')" = 96 ]
    xl list -l still | grep -q '"target_memkb": 65536'
}

@test "vcpus and scheduler" {
    xl create -q d1.cfg
    xl create -q d1.cfg 'name="big"' 'maxvcpus=2'
    xl vcpu-set big 2
    [ "$(xl list big | awk 'NR == 2 { print $4 }')" = 2 ]
    run -1 xl vcpu-set big 0
    run -1 xl vcpu-set big 9
    [[ $output == 'You are overcommmitting!'* ]]
    xl sched-credit2 -d big -w 512 -c 50
    xl sched-credit2 -d big | grep -q '^big  *2  *512  *50$'
    xl list -l big | grep -q '"weight": 512'
    run -1 xl sched-credit2 -d big -w 0
    run -1 xl sched-credit2 -w 5
    run -1 xl sched-credit -d big -w 5
    xl vcpu-list big | grep -c '^big' | grep -qx 2
}

@test "disks and vifs come and go" {
    xl create -q d1.cfg
    xl block-attach d1 phy:/dev/vg/a,xvdb,w
    run -1 xl block-attach d1 phy:/dev/vg/b,xvdb,w
    [[ $output == *'libxl_device_disk_add failed.' ]]
    xl block-list d1 | grep -q '^51728 '
    xl list -l d1 | grep -q '"pdev_path": "/dev/vg/a"'
    xl block-detach d1 xvdb
    [ "$(xl block-list d1 | wc -l)" = 1 ]
    xl network-attach d1 bridge=xenbr0
    xl network-attach d1 mac=00:16:3e:00:00:07
    run -1 xl network-attach d1 foo=bar
    [ "$output" = "unrecognized argument \`foo=bar'" ]
    xl network-detach d1 00:16:3e:00:00:07
    xl network-detach d1 0
    run -1 xl network-detach d1 0
    [[ $output == *'Unknown device 0.' ]]
}

@test "CDs are changed in HVM guests" {
    config h 'type = "hvm"' 'disk = ["file:/a.iso,hdc:cdrom,r"]'
    xl create -q h.cfg
    xl cd-insert h hdc /b.iso
    xl list -l h | grep -q '"pdev_path": "/b.iso"'
    xl cd-eject h hdc
    run ! grep -q pdev_path <(xl list -l h)
    run ! xl cd-insert h xvda /b.iso
}

@test "rename, domid, domname, vm-list, uptime, console" {
    xl create -q d1.cfg
    xl create -q d1.cfg 'name="d2"'
    run -1 xl rename d1 d2
    [ "${lines[1]}" = "Can't rename domain 'd1'." ]
    xl rename d1 d1new
    [ "$(xl domid d1new)" = 1 ]
    [ "$(xl domname 1)" = d1new ]
    xl vm-list | grep -Eq '^[0-9a-f-]{36}  1    d1new  *$'
    xl uptime d1new | grep -Eq '^d1new  *1  0:0[0-9]:[0-9][0-9]$'
    run -0 xl console d1new
}

@test "info has the keys of xl, in its form" {
    run -0 xl info
    [[ $output == *$'\nnr_cpus                : 4\n'* ]]
    [[ $output == *$'\nvirt_caps              : pv hvm '* ]]
    [[ $output == *$'\ntotal_memory           : 16384\n'* ]]
    [[ $output == *$'\nxen_version            : 4.17.7\n'* ]]
    [ "$(xl info xen_version)" = 4.17.7 ]
    [ "$(xl info xen_m | tr '\n' ' ')" = '4 17 ' ]
}

@test "migrate: the domain runs over there" {
    "$XENSIM" sim host b
    xl create -q d1.cfg
    uuid=$(xl list -v d1 | awk 'NR == 2 { print $7 }')
    run -1 xl migrate d1 nosuchhost
    [[ $output == *'truncated reading banner from migration receiver stream'* ]]
    run -0 xl migrate -s ssh d1 b
    [[ $output == *'Migration successful.' ]]
    run ! xl list d1
    [ "$(on b state d1)" = -b---- ]
    [ "$(on b xl list -v d1 | awk 'NR == 2 { print $7 }')" = "$uuid" ]
    "$XENSIM" sim host c
    on b xl migrate d1 c
    [ "$(on c state d1)" = -b---- ]
    "$XENSIM" sim set name=hub
    on c xl migrate -p d1 hub
    [ "$(state d1)" = --p--- ]
}

@test "migrate: what fails leaves the domain where it was" {
    "$XENSIM" sim host b
    xl create -q d1.cfg
    on b xl create -q -p d1.cfg
    run -1 xl migrate d1 b
    [ "${lines[-1]}" = 'Migration failed due to problems at target.' ]
    [ "$(state d1)" = -b---- ]
    [ "$(on b state d1)" = --p--- ]
    on b xl destroy d1
    on b "$XENSIM" sim set memory=1100
    run -1 xl migrate d1 b
    [[ $output == *'Migration failed, resuming at sender.'* ]]
    on b "$XENSIM" sim set memory=4096
    xl pause d1
    run -1 xl migrate d1 b
    [ "${lines[-1]}" = 'Migration failed, failed to suspend at sender.' ]
    [[ $(state d1) == ??p--- ]]
    [ "$(on b xl list | wc -l)" = 2 ]
}

@test "usage" {
    run -1 xl nosuchcommand
    [ "$output" = 'command not implemented' ]
    run -1 xl
    [ "${lines[0]}" = 'Usage xl [-vfNtT] <subcommand> [args]' ]
    run -0 xl help
    run -0 xl list -h
    run -0 xl -v list
    run -0 xl li
    run -1 xl --nonsense list
    [ "$output" = 'unknown global option' ]
    run -0 "$XENSIM" --help
    [[ $output == *'sim.mode=MODE'* ]]
}

@test "guests end of their own" {
    config off 'cmdline = "sim.mode=off sim.after=0"'
    config again 'cmdline = "sim.mode=reboot sim.after=0.2"'
    xl create -q off.cfg
    run ! xl list off
    xl create -q again.cfg
    # It reboots on and on: its id is that of its second start, or of a later one.
    await '^again  *\([3-9]\|[1-9][0-9][0-9]*\) ' xl list
    config boot 'cmdline = "sim.boot=1h"'
    xl create -q boot.cfg
    [ "$(state boot)" = r----- ]
}

@test "what is done to guests" {
    "$XENSIM" sim seed --count 6 --prefix g
    "$XENSIM" sim poweroff g1
    run ! xl list g1
    "$XENSIM" sim vanish g2
    run ! xl list g2
    "$XENSIM" sim zombie g3
    xl list | grep -Eq '^\(null\)  *3  *0  *1  *--p--d '
    run -0 xl destroy 3
    xl list | grep -q '^(null)'
    "$XENSIM" sim hang g4
    [ "$(state g4)" = r----- ]
    "$XENSIM" sim guest-reboot g5
    await '^g5 .* [7-9] ' xl list
    "$XENSIM" sim kill-monitor g6
    "$XENSIM" sim crash g6
    [ "$(state g6)" = ---sc- ]
    run -1 "$XENSIM" sim crash nosuch
    boot_id=$(cat "$XENSIM_DIR/boot_id")
    "$XENSIM" sim reboot-host
    [ "$(xl list | wc -l)" = 2 ]
    [ "$(cat "$XENSIM_DIR/boot_id")" != "$boot_id" ]
}

@test "seed takes names and uuids from config files" {
    mkdir configs
    config web 'uuid = "6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001"'
    mv web.cfg configs/
    "$XENSIM" sim seed --from configs d1.cfg
    xl list -v web | grep -q '6f1c2b0e-7d3a-4c1e-9b54-0d2f6a1e0001'
    [ "$(state d1)" = -b---- ]
    run -1 "$XENSIM" sim seed d1.cfg
    "$XENSIM" sim add-foreign stranger
    [ "$(state stranger)" = -b---- ]
}

@test "faults: once, N times, always, later" {
    "$XENSIM" sim fault list fail --status 7 --text 'no list'
    run -7 xl list
    [ "$output" = 'no list' ]
    run -0 xl list
    "$XENSIM" sim fault '*' fail --times 2 --skip 1
    run -0 xl list
    run -1 xl list
    run -1 xl info
    run -0 xl list
    "$XENSIM" sim fault info fail --times always
    for _ in 1 2 3; do run -1 xl info; done
    "$XENSIM" sim fault list | grep -q '^info fail'
    "$XENSIM" sim fault clear
    run -0 xl info
}

@test "faults: spoilt output" {
    "$XENSIM" sim fault list empty
    run -0 xl list
    [ -z "$output" ]
    "$XENSIM" sim fault list truncate --bytes 10
    run -0 xl list
    [ "$output" = 'Name      ' ] || [ "${#output}" = 10 ]
    "$XENSIM" sim fault list garble
    run -0 xl list
    [[ $output != Name* ]]
    "$XENSIM" sim fault list hang
    run -124 timeout 0.3 xl list
    "$XENSIM" sim fault list hang --seconds 1
    run -0 timeout 120 xl list
}

@test "faults: create dies or fails at its steps" {
    for row in 'parsed none' 'named --p---' 'built --p---' 'unpaused -b----' 'done -b----'; do
        read -r step state <<< "$row"
        "$XENSIM" sim fault create die --at "$step"
        run -137 xl create d1.cfg
        if [ "$state" = none ]; then
            run ! xl list d1
        else
            [ "$(state d1)" = "$state" ]
            xl destroy d1
        fi
    done
    "$XENSIM" sim fault create did --status 3 --text 'lost'
    run -3 xl create d1.cfg
    [ "$(state d1)" = -b---- ]
    "$XENSIM" sim fault destroy nothing
    run -0 xl destroy d1
    [ "$(state d1)" = -b---- ]
}

@test "the log has every call" {
    "$XENSIM" sim log on
    xl list > /dev/null
    run ! xl destroy 'no such'
    "$XENSIM" sim fault list die
    run -137 xl list
    "$XENSIM" sim log show | cut -f 3- | sed 's, [^ ]*/xl,,; s,\t[^ ]*/xl,\txl,' > ours
    printf '0\txl list\n1\txl destroy %s\ndie\txl list\n' "'no such'" | tr '\t' ' ' > expected
    diff <(tr '\t' ' ' < ours) expected
    "$XENSIM" sim log off
    [ ! -e "$XENSIM_DIR/log" ]
}

@test "the monitor as a process acts while nobody looks, and its death is noticed" {
    "$XENSIM" sim set monitor=process
    xl create -q d1.cfg
    pid=$(sed -n 's/^monitor //p' "$XENSIM_DIR/domains/1")
    [ "$pid" -gt 1 ]
    tr '\0' ' ' < "/proc/$pid/cmdline" | grep -q '^xl create -q d1.cfg '
    xl shutdown d1
    await '^gone$' there "$XENSIM_DIR/domains/1"
    await '^gone$' there "/proc/$pid"
    xl create -q d1.cfg
    kill -9 "$(sed -n 's/^monitor //p' "$XENSIM_DIR/domains/2")"
    xl shutdown -w d1
    [ "$(state d1)" = ---s-- ]
}

@test "two creates of one name: one wins" {
    xl create -q d1.cfg 2> /dev/null &
    first=$!
    code=0
    xl create -q d1.cfg 2> /dev/null || code=$?
    other=0
    wait "$first" || other=$?
    [ $((code + other)) = 3 ]
    [ "$(xl list | grep -c '^d1 ')" = 1 ]
}

@test "a bad state folder is an error" {
    echo 'nonsense: 1' >> "$XENSIM_DIR/host"
    run -1 xl list
    [[ $output == *"expected 'key: value'"* ]]
    run -1 "$XENSIM" sim set nonsense=1
    XENSIM_DIR=/dev/null/x run -1 xl list
}
