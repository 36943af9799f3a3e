# shellcheck shell=bash disable=SC2154 # $code is set by crash.bash
# A run that changes many things at once, for crash.bash.

# The host before: as the spec before says, and kept in the folder base.
busy_setup() {
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
busy_begin() {
    rm -rf sim state xen
    cp -a base/. .
    "$XENSIM" sim log clear
}

busy_apply() {
    "$@" "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.yaml apply
}

# busy_recovered WHAT...: the next runs bring the host to the spec, nothing was created twice, nothing of another's was
# touched, no file was lost, and no temporary one is left.
busy_recovered() {
    local run code=0 name
    age xen state
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
    left_behind xen state || { echo "$*"; return 1; }
}

