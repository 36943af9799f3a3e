# shellcheck shell=bash disable=SC2034 # names are for those that load this
# One run in which a command of the toolstack goes wrong, and the next ones: nothing that lives is stopped, nothing is
# created twice, and the host comes to the spec. Stands on host.bash.

faults_setup() {
    setup_host
    "$XENSIM" sim set shutdown=0.05s
}

# What each command is given to do: web1 before, web1 after, and what it is then: id moved or not, state, Mem, VCPUs.
wanted() {
    before='' same_id=yes state='-b----' memory=64 vcpus=1 devices=''
    case $1 in
        create | unpause) after='{}' same_id=no ;;
        pause) before='{}' after='{state: paused}' state='-bp---' ;;
        shutdown) before='{}' after='{state: stopped, stop: {timeout: 1s}}' state='' ;;
        destroy)
            before='{cmdline: sim.mode=ignore, stop: {timeout: 1s, force: true}}'
            after='{state: stopped, cmdline: sim.mode=ignore, stop: {timeout: 1s, force: true}}' state=''
            ;;
        mem-set) before='{maxmem: 256}' after='{maxmem: 256, memory: 128}' memory=128 ;;
        vcpu-set) before='{maxvcpus: 4}' after='{maxvcpus: 4, vcpus: 2}' vcpus=2 ;;
        sched-credit2) before='{cpu_weight: 100}' after='{cpu_weight: 200}' ;;
        vcpu-pin) before='{}' after='{cpus: "1"}' ;;
        cpupool-migrate) before='{pool: fast}' after='{}' ;;
        config-update) before='{}' after='{on_crash: preserve}' ;;
        block-attach) before='{}' after='{disks: [{vdev: xvda, path: /dev/a}]}' devices=xvda ;;
        block-detach) before='{disks: [{vdev: xvda, path: /dev/a}, {vdev: xvdb, path: /dev/b}]}'
            after='{disks: [{vdev: xvda, path: /dev/a}], detach_disks: true}' devices=xvda ;;
        network-attach) before='{}' after='{vifs: [{mac: "00:16:3e:00:00:01"}]}' devices=00:16:3e:00:00:01 ;;
        network-detach) before='{vifs: [{mac: "00:16:3e:00:00:01"}]}' after='{}' ;;
        cd-insert) before='{type: hvm, disks: [{vdev: hdc, devtype: cdrom, access: ro}]}'
            after='{type: hvm, disks: [{vdev: hdc, devtype: cdrom, access: ro, path: /srv/x}]}' devices=hdc/srv/x ;;
        cd-eject) before='{type: hvm, disks: [{vdev: hdc, devtype: cdrom, access: ro, path: /srv/x}]}'
            after='{type: hvm, disks: [{vdev: hdc, devtype: cdrom, access: ro}]}' devices=hdc ;;
    esac
}

spec_with() {
    spec <<< "  stays: {}${1:+
  web1: $1}"
}

# What web1 has: its vdevs but for the first of several disks' paths, with what lies in a drive, and its MACs.
devices() {
    "$XENSIM" list -l web1 | jq -r '[.[].config | (.disks // [] | .[] | .vdev + (if .is_cdrom == 1 then .pdev_path // "" else "" end)),
        (.nics // [] | .[].mac)] | join(" ")'
}

# as_wanted WHAT: the host is as it should be, and in the meantime nothing happened that must not.
as_wanted() {
    [ "$(field stays 2) $(field other 5)" = "$stays_id -b----" ] || { echo "$1: one that lives was stopped"; return 1; }
    [ "$(state web1)" = "$state" ] || { echo "$1: web1 is $(state web1)"; return 1; }
    [ -z "$state" ] || [ "$(memory web1) $(vcpus web1)" = "$memory $vcpus" ] || { echo "$1: web1 has $(memory web1) MiB"; return 1; }
    [ -z "$state" ] || [ "$same_id" = no ] || [ "$(domid web1)" = "$web1_id" ] || { echo "$1: web1 was made anew"; return 1; }
    [ -z "$state" ] || [ "$(devices)" = "$devices" ] || { echo "$1: web1 has $(devices)"; return 1; }
    [ "$("$XENSIM" list | grep -c '^web1 ')" -le 1 ] || { echo "$1: web1 is there twice"; return 1; }
}

# faulty COMMAND KIND [OPTION...]: one run in which the first call of the command goes wrong, and the next.
faulty() {
    local code=0 run what="$*" before after same_id state memory vcpus devices stays_id web1_id
    wanted "$1"
    "$XENSIM" sim init boot=0s shutdown=0.05s restart_pause=0s ack_timeout=0.1s log=yes pools=Pool-0,fast
    rm -rf state xen/*
    "$XENSIM" sim add-foreign other
    spec_with "$before"
    expect 0 apply
    stays_id=$(domid stays)
    web1_id=$(domid web1)
    spec_with "$after"
    "$XENSIM" sim log clear
    "$XENSIM" sim fault "$@"
    [ -z "${create_limit:-}" ] || agent absent_pause=0s "timeouts.create=$create_limit"
    xensure apply > out 2> err || code=$?
    case $code in
        0 | 4 | 6) ;;
        *) echo "$what: exit $code"; cat out err; return 1 ;;
    esac
    [ "$code" = 0 ] || said out web1
    [ "$(field stays 2)" = "$stays_id" ] || { echo "$what: one that lives was stopped"; return 1; }
    "$XENSIM" sim fault clear
    agent absent_pause=0s
    for run in 1 2 3; do
        code=0
        xensure apply > out 2> err || code=$?
        [ "$code" != 0 ] || break
    done
    expect 0 plan || { echo "$what: not in sync after $run runs"; return 1; }
    as_wanted "$what"
}
