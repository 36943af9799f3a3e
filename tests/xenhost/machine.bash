# shellcheck shell=bash
# Emulated machines that run a real Xen: what `run` and `shell` share. To be sourced, after set -euo pipefail.
#
# Everything is below $xenhost (build/xenhost, or $XENHOST_FOLDER): the image, and a folder for each run. An emulated machine
# lives as long as the script that started it, and not a second longer than its time limit.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
xenhost=${XENHOST_FOLDER:-$here/../../build/xenhost}

# What QEMU 7.2 emulates well enough for Xen. Not: SMAP (dom0's return to its user space faults), RDTSCP (a guest that uses it
# is killed), XSAVE and with it AVX (lost in guests). Its SVM with nested paging is what PVH guests run on.
cpu=qemu64,+svm,+npt,+rdrand,+ssse3,+sse4.1,+sse4.2,+popcnt

# shellcheck disable=SC2100 # no sum
qemu=qemu-system-x86_64
need_qemu() {
    local program
    for program in $qemu cpio dpkg-deb gcc xz; do
        command -v "$program" >/dev/null || {
            echo "$program is not installed (tests/install-packages xen)" >&2
            return 75
        }
    done
}

# make_shared FOLDER XENSURE: what dom0 gets to see as /host, with XENSURE and the libraries it needs.
make_shared() {
    local folder=$1 library
    mkdir -p "$folder"/{in/bin,in/lib,out}
    cp "$2" "$folder/in/bin/xensure"
    while read -r library; do
        cp "$library" "$folder/in/lib/"
    done < <(ldd "$2" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }')
}

# start_machine NAME SHARED TASK LIMIT OPTION...: starts QEMU as a job; its process id is then in $machine. Its console
# is OPTION's -serial. With LIMIT (seconds), it is killed after that time: the exit code is then 124 or 137.
start_machine() {
    local name=$1 shared=$2 task=$3 limit=$4 words
    shift 4
    # What costs time and is not needed: checks of themselves, clearing of memory, security modules. The kernel's arguments go
    # through QEMU's list of modules, which commas separate.
    words='console=hvc0 quiet loglevel=3 mitigations=off cryptomgr.notests rodata=off nokaslr init_on_alloc=0 apparmor=0 audit=0'
    words+=" panic=5 xenhost.name=$name xenhost.task=$task"
    case $name in
    dom0-a) words+=' xenhost.address=10.0.0.1' ;;
    dom0-b) words+=' xenhost.address=10.0.0.2' ;;
    esac
    # Whatever becomes of this script: setpriv has the kernel end what it started.
    setpriv --pdeathsig TERM timeout --foreground --kill-after=10 "$limit" setpriv --pdeathsig KILL \
        $qemu -name "$name" -machine pc -accel tcg,thread=multi,tb-size=256 -cpu "$cpu" -smp "${XENHOST_CPUS:-2}" \
        -m "${XENHOST_MEMORY:-2048}" -nodefaults -no-user-config -display none -vga none -no-reboot \
        -kernel "$xenhost/xen" -append "xen console=com1 com1=115200,8n1 loglvl=warning guest_loglvl=warning \
noreboot=1 bootscrub=0 spec-ctrl=no xpti=no dom0_mem=${XENHOST_DOM0_MEMORY:-768}M,max:${XENHOST_DOM0_MEMORY:-768}M dom0_max_vcpus=1" \
        -initrd "$xenhost/vmlinux $words,$xenhost/dom0.cpio" \
        -virtfs "local,path=$shared,mount_tag=host,security_model=none,multidevs=remap" "$@" <&0 &
    # shellcheck disable=SC2034 # for the caller
    machine=$!
}

# stop_machine PID: ends it, if it is there.
stop_machine() {
    kill "$1" 2>/dev/null || return 0
    wait "$1" || true
}
