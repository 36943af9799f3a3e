# shellcheck shell=bash disable=SC2034 # variables of host.bash
# What scenarios share: a real Xen host, and guests that say on their consoles what they were given. The rest is of the
# end-to-end tests (tests/e2e/host.bash), whose functions do here what they do on the simulated host.
#
# The machine is emulated, and slow at that: a scenario waits for what it wants to see (`await`), never for a time.

XENSURE=/usr/local/bin/xensure XENSIM=xl TOOLSTACK=xl
load host

# Guests are a Linux, which takes its seconds to boot, and sees disks, vifs, CPUs and memory come and go.
profile='type: pv, kernel: /boot/vmlinux, ramdisk: /boot/guest.cpio, memory: 96, stop: {timeout: 60s}'
by_hand=('kernel = "/boot/vmlinux"' 'ramdisk = "/boot/guest.cpio"' 'memory = 96')

# tiny_guests: from now on they are tiny_guest.c, which is up at once, has one CPU, and sees no devices.
tiny_guests() {
    profile='type: pv, kernel: /boot/tiny, memory: 32, stop: {timeout: 60s}'
    by_hand=('kernel = "/boot/tiny"' 'memory = 32')
}

# A host with no guests; spec, state and config files are in a folder of the test.
setup_host() {
    # At each command of a function, bats notes where it is, which takes as long here as a process: only the test's own
    # commands are left to it. (What ends that for good has to see to it itself.)
    set +T
    declare -ft bats_error_trap bats_check_status_from_trap bats_teardown_trap
    make_host
}

make_host() {
    cd "$BATS_TEST_TMPDIR" || return 1
    unset NO_COLOR
    rm -f /var/log/xen/console/guest-*.log
    mkdir xen
    # shellcheck disable=SC2119 # no arguments
    agent
}

# What tells why a test failed, in the folder of the run: its own folder, the guests' consoles, and the list.
keep_remains() {
    local remains=/host/out/$BATS_TEST_NUMBER-${BATS_TEST_NAME:0:40}
    mkdir -p "$remains"
    cp -r "$BATS_TEST_TMPDIR/." /var/log/xen/console "$remains/" || true
    timeout 20 xl list -v > "$remains/list" 2>&1 < /dev/null || true
}

# Whatever guests the test left behind.
remove_guests() {
    [ -n "${BATS_TEST_COMPLETED:-}" ] || keep_remains
    await "no guest is left" no_guest_left
}

no_guest_left() {
    local id
    guest_ids || return 1
    for id in "${ids[@]}"; do
        xl destroy "$id" || true
    done
    [ ${#ids[@]} = 0 ]
}

# A scenario file with more to set up has its own, after `load scenario`, and calls these two.
setup() {
    setup_host
}

teardown() {
    remove_guests
}

# agent [KEY=VALUE...]: writes agent.yaml as host.bash does, with times that this slow machine never needs, unless it hangs.
# shellcheck disable=SC2120 # arguments of the scenarios
agent() {
    local row
    local -A has=()
    for row in "$@" "directories={state: $PWD/state, xen_config: $PWD/xen}" absent_pause=3s 'timeouts={list: 120s, create: 600s}'; do
        [ -n "${has[${row%%=*}]:-}" ] || echo "${row%%=*}: ${row#*=}"
        has[${row%%=*}]=yes
    done > agent.yaml
}

# in_sync: apply has nothing to do, and says nothing.
in_sync() {
    expect 0 apply
    silent out err
}

# look NAME: its row of the list, field by field in $row; nothing when it is not there.
look() {
    local line
    xl list -v > domains || return 1
    row=()
    while read -ra line; do
        [ "${line[0]:-}" != "$1" ] || row=("${line[@]}")
    done < domains
}

# As in host.bash.
field() {
    local row
    look "$1"
    echo "${row[$2 - 1]:-}"
}

# What makes the kernel of a guest start soon: no tests of itself, no page tables made anew.
guest_kernel='console=hvc0 quiet mitigations=off cryptomgr.notests rodata=off nokaslr init_on_alloc=0'

# words NAME [WORD...]: a guest's kernel command line, with the WORDs for guest/init.
words() {
    echo "$guest_kernel name=$*"
}

# guest NAME [WORD...]: settings of a domain: its kernel's command line.
guest() {
    printf 'cmdline: "%s"' "$(words "$@")"
}

# up NAME [WORD...]: it was started with these words.
up() {
    says "$1" "$1: up with $(words "$@")"
}

# ends NAME KEY: once it is up, it does that by itself: c crashes, o powers off, b reboots. What it wrote is forgotten.
ends() {
    sees "$1"
    cleared "$1"
    xl sysrq "$1" "$2"
}

# by_hand NAME [LINE...]: a domain that somebody has started, with a uuid of its own; LINEs go into its config, NAME.cfg.
by_hand() {
    printf '%s\n' "name = \"$1\"" "cmdline = \"$guest_kernel name=$1\"" "${by_hand[@]}" "${@:2}" > "$1.cfg"
    xl create -q "$1.cfg"
}

# guest_ids: the ids of all domains but dom0, in $ids.
guest_ids() {
    local line
    ids=()
    xl list > domains || return 1
    while read -ra line; do
        # From the right, since a name may have blanks.
        [[ ${line[-5]} =~ ^(0|ID)$ ]] || ids+=("${line[-5]}")
    done < domains
}

# To wait at, since `sleep` would be a new process each time.
exec {never}<> <(:)

# await WHAT COMMAND...: waits until it succeeds. A busy machine may be ten times as slow as an idle one, hence the limit.
await() {
    local limit=300 what=$1 end
    shift
    end=$((SECONDS + limit))
    until "$@"; do
        [ $SECONDS -lt $end ] || { echo "not within $limit s: $what"; return 1; }
        read -r -t 0.5 -u "$never" _ || true
    done
}

# What host.bash does with a process for each step, which costs here, is done without.

# read_file FILE: into $content.
read_file() {
    IFS= read -r -d '' content < "$1" || true
}

# actions: as in host.bash, and in $actions. From the plan's text, since jq starts for half a second here.
actions() {
    local line
    xensure plan > plan.txt 2> err || true
    actions=''
    while IFS= read -r line; do
        [[ $line =~ ^'  '([-+~\>!])' '([^ ]+)' '+([a-z-]+)'  ' ]] || continue
        actions+="${BASH_REMATCH[2]} ${BASH_REMATCH[3]}"
        [ "${BASH_REMATCH[1]}" != '!' ] || actions+='!'
        actions+=$'\n'
    done < plan.txt
    printf %s "$actions"
}

planned() {
    local wanted
    printf -v wanted '%s\n' "$@"
    actions > /dev/null
    [ "$actions" = "$wanted" ] || { echo "planned is not"; printf %s "$wanted"; cat plan.txt err; return 1; }
}

said() {
    local content text
    read_file "$1"
    for text in "${@:2}"; do
        [[ $content == *"$text"* ]] || { echo "$1 does not say: $text"; cat "$1"; return 1; }
    done
}

spec() {
    local domains
    IFS= read -r -d '' domains || true
    printf 'xensure: 1\nfleet: lab\nprofiles: {default: {%s}}\ndomains:\n%s' "$profile" "$domains" > spec.yaml
}

# console NAME: what guests of this name have written.
console() {
    read_console "$1"
    printf '%s' "$written"
}

# The same into $written. Without a process, since that costs more here than most of what is waited for.
read_console() {
    local content=''
    read_file "/var/log/xen/console/guest-$1.log" 2> /dev/null || true
    written=${content//$'\r'/}
}

# cleared NAME...: forgets it.
cleared() {
    local name
    for name in "$@"; do
        : > "/var/log/xen/console/guest-$name.log"
    done
}

# says NAME TEXT: it writes a line that has this.
says() {
    await "$1 says '$2'" console_has "$1" "$2" || { console "$1"; return 1; }
}

console_has() {
    read_console "$1"
    [[ $written == *"$2"* ]]
}

# sees NAME [CPUS [DISKS [VIFS]]]: the guest is up, and sees just these (by default one CPU, no disk, no vif), as guest/init
# writes them: '0-1', 'xvda:8192:rw:hello', 'eth0:00:16:3e:00:00:01'; several with blanks between.
sees() {
    local want="cpus ${2:-0}, disks${3:+ $3}, vifs${4:+ $4}"
    await "$1 sees $want" last_seen "$1" "$want" || { console "$1"; return 1; }
}

last_seen() {
    read_console "$1"
    # The last line of its kind, if it is whole, from the CPUs on.
    [[ $written == *"$1: sees "*"MiB, "*$'\n'* ]] || return 1
    written=${written##*"$1: sees "}
    [[ $written == *$'\n'* ]] || return 1
    written=${written%%$'\n'*}
    [ "${written#* MiB, }" = "$2" ]
}

# guest_memory NAME: how much the guest says it has, in MiB.
guest_memory() {
    read_console "$1"
    written=${written##*"$1: sees "}
    echo "${written%% MiB,*}"
}

# config NAME FILTER: what the jq FILTER makes of the domain's configuration, as `xl list -l` tells it.
config() {
    xl list -l "$1" | jq -c ".[0].config | $2"
}

# long_list: all domains of `xl list -l`, "name uuid" a line, without dom0.
long_list() {
    xl list -l | jq -r '.[] | select(.domid != 0) | .config.c_info | "\(.name) \(.uuid)"' | sort
}

# runs NAME: it does, or waits for something to do.
runs() {
    local row
    look "$1"
    [[ ${row[4]:-} == [r-][b-]---- ]]
}

# gone NAME...: none of them is in the list.
gone() {
    local name row
    for name in "$@"; do
        look "$name" && [ ${#row[@]} = 0 ] || return 1
    done
}
