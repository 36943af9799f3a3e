# shellcheck shell=bash
# What the demonstrations share: the programs, commands that are shown and checked, and a folder that goes away. Sourced.
#
# Every command is printed before it runs, and its exit code and output are checked: a demonstration is a test, too. With
# XENSURE and XENSIM set to programs that are there already, nothing is installed or built.
export LC_ALL=C.UTF-8
umask 022 # a spec that others can write is refused
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
demonstration=$(basename "$0")

build() {
    local folder=$root/build/quickstart again=() log
    # Elsewhere than on Debian, meson says what is missing.
    if command -v dpkg-query >/dev/null; then "$root/tests/install-packages" build; fi
    mkdir -p "$folder"
    log=$folder/build.log
    [ ! -f "$folder/build.ninja" ] || again=(--reconfigure)
    if ! {
        meson setup "${again[@]}" "$folder" "$root" --buildtype=release -Dtests=false && ninja -C "$folder"
    } >"$log" 2>&1; then
        tail -n 40 "$log" >&2
        echo "$demonstration: the build failed, see $log" >&2
        exit 1
    fi
    XENSURE=$folder/agent/xensure XENSIM=$folder/xenbackend/sim/xensim
}

# find_programs: builds them unless they are given, and puts them on PATH.
find_programs() {
    if [ -z "${XENSURE:-}" ] || [ -z "${XENSIM:-}" ]; then build; fi
    PATH=$(dirname "$XENSURE"):$(dirname "$XENSIM"):$PATH
}

# enter_folder: goes into a new folder, $here, that is removed at the end.
enter_folder() {
    here=$(mktemp -d)
    trap 'rm -rf "$here"' EXIT
    cd "$here" || exit
}

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; fi

# because SENTENCE: why the next command is run.
because() {
    printf '\n# %s\n' "$1"
}

# run EXIT-CODE COMMAND...: anything else than this exit code is a failure.
run() {
    local wanted=$1 code=0
    shift
    printf '%s$ %s%s\n' "$bold" "$(show "$@")" "$plain"
    "$@" >output 2>&1 || code=$?
    cat output
    if [ "$code" -ne "$wanted" ]; then
        echo "$demonstration: expected the exit code $wanted, found $code" >&2
        exit 1
    fi
    [ "$code" -eq 0 ] || echo "(exit code $code)"
}

# The command as one would type it.
show() {
    local word
    printf '%s' "$1"
    for word in "${@:2}"; do
        case $word in
        *[\ \;\$\'\"]*) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
}

# says PATTERN...: the last command printed it.
says() {
    local pattern
    for pattern; do
        if ! grep -qE -- "$pattern" output; then
            echo "$demonstration: expected output that fits '$pattern'" >&2
            exit 1
        fi
    done
}

is_quiet() {
    if [ -s output ]; then
        echo "$demonstration: expected no output" >&2
        exit 1
    fi
}
