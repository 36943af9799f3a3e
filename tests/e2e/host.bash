# What the tests of xensure share: a simulated host of their own, a spec, and what a run is expected to do.
# $XENSURE and $XENSIM are the programs. (Scenarios on a real Xen, tests/xenhost, take it too; $XENSIM is xl there.)

bats_require_minimum_version 1.5.0

# The host dom0-a in a folder of its own, with guests that boot and shut down at once.
setup_host() {
    cd "$BATS_TEST_TMPDIR" || return 1
    export XENSIM_DIR=$PWD/sim
    unset NO_COLOR
    mkdir xen
    "$XENSIM" sim init boot=0s shutdown=0s restart_pause=0s ack_timeout=0.1s log=yes
    agent absent_pause=0s
}

# agent KEY=VALUE...: writes agent.yaml; a.b=c becomes a: {b: c}.
agent() {
    local row
    for row in "$@" "directories={state: $PWD/state, xen_config: $PWD/xen}"; do
        case ${row%%=*} in
            *.*) echo "${row%%.*}: {$(sed 's/^[^.]*\.//; s/=/: /' <<< "$row")}" ;;
            *) echo "${row%%=*}: ${row#*=}" ;;
        esac
    done > agent.yaml
}

# What spec takes for granted of every domain.
profile='type: pvh, kernel: /boot/a, memory: 64, stop: {timeout: 5s}'

# spec [LINE...]: writes spec.yaml: a header, a profile, and the domains from standard input; LINEs go into the header.
spec() {
    {
        printf 'xensure: 1\nfleet: lab\n'
        [ $# -eq 0 ] || printf '%s\n' "$@"
        printf 'profiles: {default: {%s}}\ndomains:\n' "$profile"
        cat
    } > spec.yaml
}

xensure() {
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack "${TOOLSTACK:-sim}" --spec spec.yaml "$@"
}

# expect CODE ARG...: xensure ends with CODE; what it printed is in the files out and err.
expect() {
    local wanted=$1 code=0
    shift
    xensure "$@" > out 2> err || code=$?
    [ "$code" = "$wanted" ] || { echo "exit $code instead of $wanted: $*"; cat out err; return 1; }
}

# json CODE FILTER ARG...: the same with -o json, whose one document the jq FILTER is true of.
json() {
    local code=$1 filter=$2
    shift 2
    expect "$code" -o json "$@"
    jq -se 'length == 1' out > /dev/null || { echo "not one JSON document"; cat out; return 1; }
    jq -e "$filter" out > /dev/null || { echo "not so: $filter"; cat out; return 1; }
}

# said FILE TEXT...: the file (out, err) has each text.
said() {
    local file=$1 text
    shift
    for text in "$@"; do
        grep -qF -- "$text" "$file" || { echo "$file does not say: $text"; cat "$file"; return 1; }
    done
}

# wait_until COMMAND...: waits until it succeeds; a machine that is busy may take its time. Fails loudly after two minutes.
wait_until() {
    local ends=$((SECONDS + 120))
    until "$@" > /dev/null 2>&1; do
        [ "$SECONDS" -lt "$ends" ] || { echo "never so: $*"; return 1; }
        sleep 0.02
    done
}

# held: waits until a command has come to where `xensim sim fault COMMAND hold` holds it; `rm sim/held` lets it go on.
held() {
    wait_until test -e sim/held
}

# silent FILE...: they are empty.
silent() {
    local file
    for file in "$@"; do
        [ ! -s "$file" ] || { echo "$file is not empty:"; cat "$file"; return 1; }
    done
}

# actions: what plan shows, "domain action" a line, with an exclamation mark where it is held.
actions() {
    xensure -o json plan 2> err | jq -r '.actions[] | "\(.domain) \(.action)\(if .held then "!" else "" end)"'
}

# planned LINE...: plan shows just these actions, in this order.
planned() {
    diff <(printf '%s\n' "$@") <(actions)
}

# field NAME COLUMN: a column of the domain's row in the list; empty when it is not there.
field() {
    "$XENSIM" list -v | awk -v name="$1" -v column="$2" '$1 == name { print $column }'
}
domid() { field "$1" 2; }
memory() { field "$1" 3; }
vcpus() { field "$1" 4; }
state() { field "$1" 5; }
uuid() { field "$1" 7; }

# vdevs, macs: what web1 has for its disks and its vifs, in one line.
vdevs() {
    "$XENSIM" list -l web1 | jq -r '[.[].config.disks // [] | .[] | "\(.vdev)=\(.pdev_path // "")"] | join(" ")'
}
macs() {
    "$XENSIM" list -l web1 | jq -r '[.[].config.nics // [] | .[] | "\(.mac)@\(.bridge)"] | join(" ")'
}

# in_sync: nothing is to do, apply does it, and says nothing.
in_sync() {
    expect 0 apply
    silent out err
    expect 0 plan
    silent err
}

# changes: the changing commands that the simulated host was asked since its log was cleared, without options.
changes() {
    "$XENSIM" sim log show | awk '{ print $5 }' | grep -vx -e list -e info -e sim || true
}

# ages SECONDS [STATE]: the last whole look was so much earlier.
ages() {
    local state=${2:-state} file
    for file in "$state/last-run.json" "$state/run/last-run.json" "$state/run/runs"; do
        jq -c --argjson ago "$1" '.details_time -= $ago' "$file" > older
        cp older "$file"
    done
}
