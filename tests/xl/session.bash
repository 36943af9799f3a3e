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

# t COMMAND...: shows it.
t() {
    local code=0
    timeout "${LIMIT:-100}" "$@" > out 2> err < /dev/null || code=$?
    show out err "$code" "$@"
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

# show OUT ERR CODE COMMAND...: appends it to the transcript, where the session's folder is called /session.
show() {
    local word words='' out=$1 err=$2 code=$3
    shift 3
    for word; do
        case $word in
        '' | *[!A-Za-z0-9_.,:/=@+-]*) words+=" '$word'" ;;
        *) words+=" $word" ;;
        esac
    done
    {
        printf '$%s\n--- stdout\n' "$words"
        cat "$out"
        echo '--- stderr'
        cat "$err"
        printf -- '--- exit %d\n\n' "$code"
    } | sed "s,$folder,/session,g" >> "$transcript"
}

# uuid_of TEXT: the same one each time.
uuid_of() {
    printf %s "$1" | md5sum | sed -E 's/(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/'
}

# guest NAME [MODE [LINE...]]: NAME.cfg, of a PV guest (guest/init tells the modes); LINEs of the file come last, and win.
guest() {
    local name=$1 mode=${2:-idle}
    [ $# -lt 2 ] && shift 1 || shift 2
    # xensim has no console to tick on.
    local sim_mode=${mode/tick/idle}
    cat > "$name.cfg" <<CFG
name = "$name"
uuid = "$(uuid_of "$name")"
type = "pv"
kernel = "$folder/vmlinux"
ramdisk = "$folder/guest.cpio"
memory = 96
vcpus = 1
cmdline = "console=hvc0 quiet name=$name mode=$mode sim.mode=$sim_mode"
CFG
    [ $# -eq 0 ] || printf '%s\n' "$@" >> "$name.cfg"
}

# await SECONDS WHAT COMMAND...: until it succeeds.
await() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ $SECONDS -lt $end ] || { echo "never: $what" >&2; xl list -v >&2; return 1; }
        sleep 0.2
    done
}

# booted NAME...: its own programs run (on the simulated host, they do so from the start).
booted() {
    local name
    [ "$TOOLSTACK" = xl ] || return 0
    for name; do await 240 "$name has booted" grep -q "$name: sees" "/var/log/xen/console/guest-$name.log"; done
}

# state NAME: its six letters; nothing when it is not there.
state() {
    xl list "$1" 2> /dev/null | awk 'NR == 2 { print $5 }'
}

is_in_state() {
    [[ $(state "$1") == $2 ]]
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
    [ "$(xl list "$1" | awk 'NR == 2 { print $3 }')" = "$2" ]
}
