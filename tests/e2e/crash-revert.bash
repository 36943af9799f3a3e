# shellcheck shell=bash disable=SC2034,SC2154 # $finished is read, and $code set, by crash.bash
# A run that puts back what ran before a change, for crash.bash: of one that is not created as it was changed, and of one
# whose guest crashes so.

revert_setup() {
    touch boot-a boot-b
    "$XENSIM" sim set shutdown=0.05s check_files=yes
    profile="type: pvh, kernel: $PWD/boot-a, memory: 64, stop: {timeout: 5s}, on_change: restart, on_failed_change: revert"
    spec <<< $'  stays: {}\n  fails: {}\n  crashes: {}\n  takes: {}'
    expect 0 apply
    # That it ran is seen by the next run.
    expect 0 apply
    cp xen/fails.cfg xen/crashes.cfg .
    stays_id=$(domid stays)
    mkdir base
    mv sim state xen base
    # There is no boot-c.
    spec <<SPEC
  stays: {}
  fails: {kernel: $PWD/boot-c}
  crashes: {cmdline: sim.mode=crash sim.after=0s}
  takes: {kernel: $PWD/boot-b}
SPEC
    finished=6
}

revert_begin() {
    rm -rf sim state xen
    cp -a base/. .
    "$XENSIM" sim log clear
}

revert_apply() {
    "$@" "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.yaml apply
}

# same_config NAME: its config file is the one that ran before.
same_config() {
    diff <(grep -v '^#' "$1.cfg") <(grep -v '^#' "xen/$1.cfg")
}

# revert_recovered WHAT...: the next runs bring all to run by what was proved, but for what runs as it was changed; that is
# not tried again, no config file was lost meanwhile, and what is healthy runs on.
revert_recovered() {
    local run code=0 name ids
    for name in stays fails crashes takes; do
        [ -s "xen/$name.cfg" ] || { echo "$*: the config of $name is lost"; return 1; }
    done
    age xen state
    for run in 1 2 3 4 5; do
        code=0
        xensure apply > out 2> err || code=$?
        [[ $code =~ ^[046]$ ]] || { echo "$*: run $run ends with $code"; cat out err; return 1; }
        ! planned 'fails restart!' 'crashes restart!' > /dev/null || break
        # Of what was tried twice, the third try is a while later.
        ! grep -q 'next try is in' out || sleep 10
    done
    planned 'fails restart!' 'crashes restart!' || { echo "$*: not put back after $run runs"; cat out err; return 1; }
    [ "$(grep -c 'HELD: the last config that ran was put back' <(xensure plan 2>&1))" = 2 ] || { echo "$*: told so"; return 1; }
    ids=$(domid stays),$(domid fails),$(domid crashes),$(domid takes)
    expect 4 apply || { echo "$*"; return 1; }
    [ "$(domid stays),$(domid fails),$(domid crashes),$(domid takes)" = "$ids" ] || { echo "$*: tried again"; return 1; }
    [ "$(domid stays)" = "$stays_id" ] || { echo "$*: one that lives was stopped"; return 1; }
    [ "$("$XENSIM" list -v | awk 'NR > 2 { print $1, $5 }' | sort | xargs)" = \
        "crashes -b---- fails -b---- stays -b---- takes -b----" ] || { echo "$*: domains"; "$XENSIM" list -v; return 1; }
    [ "$("$XENSIM" list -l | jq -r '.[].config | select(.c_info.name == "takes") | .. | .kernel? // empty')" = "$PWD/boot-b" ] ||
        { echo "$*: what was changed well was put back"; return 1; }
    { same_config fails && same_config crashes; } || { echo "$*: their config files are not what ran"; return 1; }
    [ "$(cd xen && echo *)" = "crashes.cfg fails.cfg stays.cfg takes.cfg" ] || { echo "$*: files"; ls xen; return 1; }
    left_behind xen state || { echo "$*"; return 1; }
}
