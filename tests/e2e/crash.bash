# shellcheck shell=bash disable=SC2034 # names are for those that load this
# A run that changes many things, to be killed or starved of its disk anywhere. Stands on host.bash; the folder is the
# present one. strace holds xensure alone, so that commands which it has started go on after its death, as they would.

# What changes files, starts commands, or waits for them; a run is killed as it enters one of these.
crash_calls="clone3 ppoll waitid mkdir openat write fdatasync fsync ftruncate rename link unlink"
# What fails on a disk that is full or broken. (No mkdir: the folders are there, and then its error does not matter.)
disk_calls="write fdatasync fsync rename"

# The host before: as the spec before says, and kept in the folder base.
crash_setup() {
    spec <<'SPEC'
  stays: {}
  grows: {memory: 64, maxmem: 256}
  rebuilt: {on_change: restart}
  halts: {}
  goes: {}
  naps: {}
  swaps: {disks: [{vdev: xvda, path: /dev/s}], vifs: [{mac: '00:16:3e:00:00:07', bridge: br0}]}
SPEC
    "$XENSIM" sim set shutdown=0.05s
    expect 0 apply
    printf 'name = "foreign"\n' > xen/foreign.cfg
    "$XENSIM" sim add-foreign other
    stays_id=$(domid stays)
    grows_id=$(domid grows)
    swaps_id=$(domid swaps)
    mkdir base
    mv sim state xen base
    spec <<'SPEC'
  stays: {}
  grows: {memory: 128, maxmem: 256}
  rebuilt: {kernel: /boot/b, on_change: restart}
  halts: {state: stopped}
  goes: {state: absent}
  naps: {state: paused}
  swaps: {disks: [{vdev: xvda, path: /dev/s}, {vdev: xvdb, path: /dev/t}], vifs: [{mac: '00:16:3e:00:00:07', bridge: br1}]}
  new1: {}
  new2: {state: paused, after: [new1]}
  later: {state: stopped}
SPEC
}

# The host before, anew.
crash_begin() {
    rm -rf sim state xen
    cp -a base/. .
    "$XENSIM" sim log clear
}

# traced STRACE-OPTION... : an apply that strace watches; its exit code is in code.
traced() {
    code=0
    # Leaks cannot be looked for under strace.
    ASAN_OPTIONS=detect_leaks=0 strace -qq "$@" "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.yaml \
        apply > out 2> err || code=$?
}

# count_calls CALL...: how often a run makes each, "CALL N" a line.
count_calls() {
    local call all
    all=$(IFS=, && echo "$*")
    crash_begin
    traced -o calls -e trace="$all"
    [ "$code" = 0 ] || { echo "exit $code" >&2; cat out err >&2; return 1; }
    for call in "$@"; do
        echo "$call $(grep -c "^$call(" calls || true)"
    done
}

# recovered WHAT...: the next runs bring the host to the spec, nothing was created twice, nothing of another's was
# touched, no file was lost, and no temporary one is left.
recovered() {
    local run code=0 name
    # Temporary files are taken for left behind when they have become old.
    find xen state -name '.*.xensure-*' -exec touch -d '2 minutes ago' {} +
    for run in 1 2 3; do
        code=0
        xensure apply > out 2> err || code=$?
        [ "$code" != 0 ] || break
        # What was cut off may have to be tried again; a conflict or an error is none of that.
        [ "$code" = 4 ] || [ "$code" = 6 ] || { echo "$*: run $run ends with $code"; cat out err; return 1; }
    done
    xensure plan > out 2> err || { echo "$*: not in sync after $run runs"; cat out err; return 1; }
    [ "$(field stays 2) $(field grows 2) $(field swaps 2)" = "$stays_id $grows_id $swaps_id" ] || { echo "$*: one that lives was stopped"; return 1; }
    [ "$(field other 2)" ] || { echo "$*: the foreign domain is gone"; return 1; }
    [ "$("$XENSIM" list | awk 'NR > 1 { print $1 }' | sort | xargs)" = \
        "Domain-0 grows naps new1 new2 other rebuilt stays swaps" ] || { echo "$*: domains"; "$XENSIM" list; return 1; }
    [ "$(memory grows) $(state naps) $(state new2)" = "128 -bp--- --p---" ] || { echo "$*: states"; "$XENSIM" list; return 1; }
    [ "$("$XENSIM" list -l swaps | jq -rc '.[].config | [.disks[].pdev_path, .nics[].bridge]')" = '["/dev/s","/dev/t","br1"]' ] ||
        { echo "$*: devices"; "$XENSIM" list -l swaps; return 1; }
    for name in rebuilt new1 new2; do
        [ "$("$XENSIM" sim log show | grep -cE "	0	.* create -p .*/$name\.cfg$")" = 1 ] ||
            { echo "$*: $name was not created once"; "$XENSIM" sim log show; return 1; }
    done
    [ "$(cd xen && echo *)" = "foreign.cfg grows.cfg halts.cfg later.cfg naps.cfg new1.cfg new2.cfg rebuilt.cfg stays.cfg swaps.cfg" ] ||
        { echo "$*: config files"; ls -A xen; return 1; }
    [ "$(cat xen/foreign.cfg)" = 'name = "foreign"' ] || { echo "$*: another's file was changed"; return 1; }
    [ -z "$(find xen state -name '.?*' -print)" ] || { echo "$*: left behind:"; find xen state -name '.?*'; return 1; }
}

# killed CALL N: a run that is killed as it enters its Nth CALL, and the next.
killed() {
    crash_begin
    traced -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2"
    [ "$code" = 137 ] || [ "$code" = 0 ] || { echo "$1 $2: exit $code"; cat out err; return 1; }
    recovered "killed at $1 $2"
}

# starved CALL WHEN ERROR: a run whose CALLs fail; it says so, and the next puts it right. WHEN as strace's.
starved() {
    crash_begin
    traced -o calls -e trace="$1" -e inject="$1:error=$3:when=$2"
    if grep -q INJECTED calls; then
        [ "$code" != 0 ] || { echo "$1 $2 $3: exit 0"; cat out err; grep INJECTED calls; return 1; }
        [ "$code" -lt 128 ] || { echo "$1 $2 $3: died with $code"; cat out err; return 1; }
        # On a disk that fills up for good, standard error is full here too.
        [ -s out ] || [ -s err ] || [[ "$1 $2" = write\ *+ ]] || { echo "$1 $2 $3: silent"; return 1; }
    fi
    recovered "$1 $2 fails with $3"
}
