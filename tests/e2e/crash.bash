# shellcheck shell=bash disable=SC2034 # names are for those that load this
# Runs that are killed, or starved of their disk, anywhere. Stands on host.bash; the folder is the present one. strace
# holds xensure alone, so that commands which it has started go on after its death, as they would.
#
# What is run is a scene, in a file of its own (crash-SCENE.bash) with these functions:
#   SCENE_setup             makes the host before, and the spec that is applied to it
#   SCENE_begin             makes that host anew
#   SCENE_apply PROGRAM...  the apply that is watched, run by PROGRAM (strace, with its options)
#   SCENE_recovered WHAT... the next runs do all that the first one did not, and nothing that must not be
# $finished is the exit code of an apply that nothing happens to.

# What changes files, starts commands, or waits for them; a run is killed as it enters one of these.
crash_calls="clone3 ppoll waitid mkdir openat write fdatasync fsync ftruncate rename link unlink"
# What fails on a disk that is full or broken. (No mkdir: the folders are there, and then its error does not matter.)
disk_calls="write fdatasync fsync rename"

# play SCENE: makes it the one that the others here are about.
play() {
    scene=$1
    finished=0
    "${scene}_setup"
}

# traced STRACE-OPTION...: an apply that strace watches; its exit code is in code.
traced() {
    code=0
    # Leaks cannot be looked for under strace.
    ASAN_OPTIONS=detect_leaks=0 "${scene}_apply" strace -qq "$@" > out 2> err || code=$?
}

# some_places COUNT CALL...: about COUNT of the places where a run makes each call, "CALL N" a line.
some_places() {
    local count=$1 call number
    shift
    "${scene}_begin"
    traced -o calls -e trace="$(IFS=, && echo "$*")"
    [ "$code" = "$finished" ] || { echo "exit $code" >&2; cat out err >&2; return 1; }
    for call; do
        number=$(grep -c "^$call(" calls || true)
        [ "$number" = 0 ] || seq 1 $(((number + count - 1) / count)) "$number" | sed "s/^/$call /"
    done
}

# left_behind FOLDER...: no temporary file is in them.
left_behind() {
    [ -z "$(find "$@" -name '.?*' -print)" ] || { echo "left behind:"; find "$@" -name '.?*'; return 1; }
}

# age FOLDER...: temporary files in them are taken for left behind when they have become old.
age() {
    find "$@" -name '.*.xensure-*' -exec touch -d '2 minutes ago' {} +
}

# unlocked: nobody holds the lock. What a run started just before it was killed keeps it until it has become its program.
unlocked() {
    local file
    for file in state/lock dom0-?/state/lock; do
        [ ! -e "$file" ] || flock --wait 120 "$file" true || { echo "$file stays locked"; return 1; }
    done
}

# killed CALL N: a run that is killed as it enters its Nth CALL, and the next.
killed() {
    "${scene}_begin"
    traced -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2"
    [ "$code" = 137 ] || [ "$code" = "$finished" ] || { echo "$1 $2: exit $code"; cat out err; return 1; }
    unlocked || return 1
    "${scene}_recovered" "killed at $1 $2"
}

# merely_untold: what could not be written is what tells of the run, which has done all there was to do, and warns of it.
merely_untold() {
    [ "$code" = "$finished" ] && grep -qE 'warning: the (history is not kept|run is not told in the run directory): ' err
}

# merely_unheard: all that could not be written are warnings, for which there is no other place.
merely_unheard() {
    [ "$code" = "$finished" ] && ! grep INJECTED calls | grep -qvE '^write\(2, .*: warning: '
}

# starved CALL WHEN ERROR: a run whose CALLs fail; it says so, and the next puts it right. WHEN as strace's.
starved() {
    "${scene}_begin"
    traced -o calls -e trace="$1" -e inject="$1:error=$3:when=$2"
    if grep -q INJECTED calls; then
        [ "$code" != 0 ] || merely_untold || merely_unheard || { echo "$1 $2 $3: exit 0"; cat out err; grep INJECTED calls; return 1; }
        [ "$code" -lt 128 ] || { echo "$1 $2 $3: died with $code"; cat out err; return 1; }
        # On a disk that fills up for good, standard error is full here too.
        [ -s out ] || [ -s err ] || [[ "$1 $2" = write\ *+ ]] || { echo "$1 $2 $3: silent"; return 1; }
    fi
    "${scene}_recovered" "$1 $2 fails with $3"
}
