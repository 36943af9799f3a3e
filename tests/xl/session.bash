# What a session calls. To be sourced (by `session`).
# shellcheck disable=SC2154,SC2053,SC2015 # folder and transcript are of `session`; a pattern; both ways are fine

prepare_host() {
    truncate -s 1M disk.img other.img
    if [ "$TOOLSTACK" = xl ]; then
        ln /boot/vmlinux /boot/guest.cpio . 2> /dev/null || cp /boot/vmlinux /boot/guest.cpio .
        [ -e /sys/class/net/xenbr0 ] || brctl addbr xenbr0
    else
        echo kernel > vmlinux
        echo files > guest.cpio
        export XENSIM_DIR=$folder/sim
        # As large as the emulated host.
        sim_settings='boot=0s shutdown=0s restart_pause=0.5s ack_timeout=0.3s check_files=yes bridges=xenbr0'
        sim_settings+=' memory=2047 dom0_memory=768 cpus=2'
        # shellcheck disable=SC2086 # words
        "$XENSIM" sim init $sim_settings
        mkdir bin
        ln -s "$XENSIM" bin/xl
        PATH=$folder/bin:$PATH
    fi
}

# tiny_guests: the guests of this session need no devices; on a real host they are then up at once (tests/xenhost/tiny_guest.c).
tiny_guests() {
    [ "$TOOLSTACK" != xl ] || { rm vmlinux && cp /boot/tiny vmlinux; }
}

# Processes are slow on an emulated host; so what bash can do itself, it does here.

# t COMMAND...: shows it.
t() {
    local code=0
    head_of "$@"
    "$@" >> "$transcript" 2> err < /dev/null || code=$?
    tail_of err "$code"
}

# begin COMMAND...: starts one that takes its time; `finish` waits for it, and shows it.
begin() {
    begun=("$@")
    timeout 900 "$@" > begun.out 2> begun.err < /dev/null &
    begun_job=$!
}

finish() {
    local code=0
    wait "$begun_job" || code=$?
    show begun.out begun.err "$code" "${begun[@]}"
}

# show OUT ERR CODE COMMAND...: appends it to the transcript.
show() {
    head_of "${@:4}"
    cat "$1" >> "$transcript"
    tail_of "$2" "$3"
}

# head_of COMMAND..., tail_of ERR CODE: what stands in a transcript before and after what was written on standard output.
head_of() {
    local word words=''
    for word; do
        case $word in
        '' | *[!A-Za-z0-9_.,:/=@+-]*) words+=" '$word'" ;;
        *) words+=" $word" ;;
        esac
    done
    printf '$%s\n--- stdout\n' "$words" >> "$transcript"
}

tail_of() {
    local text
    {
        echo '--- stderr'
        # A text with a 0 in it is not read whole.
        if IFS= read -r -d '' text < "$1"; then cat "$1"; else printf %s "$text"; fi
        printf -- '--- exit %d\n\n' "$2"
    } >> "$transcript"
}

# uuid_of TEXT: the same one each time.
uuid_of() {
    local sum
    read -r sum _ < <(printf %s "$1" | md5sum)
    echo "${sum:0:8}-${sum:8:4}-4${sum:13:3}-8${sum:17:3}-${sum:20:12}"
}

# guest NAME [MODE [LINE...]]: NAME.cfg, of a PV guest (guest/init tells the modes); LINEs of the file come last, and win.
guest() {
    local name=$1 mode=${2:-idle}
    [ $# -lt 2 ] && shift 1 || shift 2
    # xensim has no console to tick on.
    local sim_mode=${mode/tick/idle}
    printf '%s\n' "name = \"$name\"" "uuid = \"$(uuid_of "$name")\"" 'type = "pv"' "kernel = \"$folder/vmlinux\"" \
        "ramdisk = \"$folder/guest.cpio\"" 'memory = 96' 'vcpus = 1' \
        "cmdline = \"console=hvc0 quiet name=$name mode=$mode sim.mode=$sim_mode\"" "$@" > "$name.cfg"
}

# To wait at, without a process.
exec {never}<> <(:)

# await SECONDS WHAT COMMAND...: until it succeeds.
await() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ $SECONDS -lt $end ] || { echo "never: $what" >&2; xl list -v >&2; return 1; }
        read -r -t 0.2 -u "$never" _ || true
    done
}

# booted NAME...: its own programs run (on the simulated host, they do so from the start).
booted() {
    local name
    [ "$TOOLSTACK" = xl ] || return 0
    for name; do await 240 "$name has booted" has_booted "$name"; done
}

has_booted() {
    local text
    IFS= read -r -d '' text 2> /dev/null < "/var/log/xen/console/guest-$1.log" || true
    [[ ${text:-} == *"$1: sees"* ]]
}

# ends NAME HOW: the guest does that by itself: crash, poweroff, guest-reboot; and, if it is tiny, watchdog or suspend.
ends() {
    local -A keys=([poweroff]=o [guest-reboot]=b [suspend]=2 [crash]=c [watchdog]=4)
    if [ "$TOOLSTACK" = xl ]; then xl sysrq "$1" "${keys[$2]}"; else "$XENSIM" sim "$2" "$1"; fi
}

# remains NAME: destroys it while a backend of dom0 holds a page of it: its console's. no_remains: which it lets go of then.
remains() {
    remaining=$(xl domid "$1")
    if [ "$TOOLSTACK" = xl ]; then
        pkill -STOP -x xenconsoled
        xl destroy "$remaining"
    else
        "$XENSIM" sim zombie "$remaining"
    fi
}

no_remains() {
    if [ "$TOOLSTACK" = xl ]; then pkill -CONT -x xenconsoled; else "$XENSIM" sim vanish "$remaining"; fi
}

# look NAME: its row of the list, in $row; nothing when it is not there.
look() {
    row=()
    xl list "$1" > listed 2> /dev/null || return 0
    { read -r _ && read -ra row; } < listed || true
}

# state NAME: its six letters; nothing when it is not there.
state() {
    local row
    look "$1"
    echo "${row[4]:-}"
}

is_in_state() {
    local row
    look "$1"
    [[ ${row[4]:-} == $2 ]]
}

# in_state NAME PATTERN, gone NAME: waits for that.
in_state() {
    await 60 "$1 is $2" is_in_state "$1" "$2"
}

gone() {
    in_state "$1" ''
}

# mem_is NAME MIB: waits until it holds that much.
mem_is() {
    await 60 "$1 holds $2 MiB" has_memory "$1" "$2"
}

has_memory() {
    local row
    look "$1"
    [ "${row[2]:-}" = "$2" ]
}
