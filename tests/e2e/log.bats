# `apply --log`, for cron and timers: what is done as it is done, what is held or wrong when that is new, and nothing else.
# And the programs of `on_event`.

load host

setup() {
    setup_host
    spec <<< '  web1: {}'
}

teardown() {
    [ -z "${first:-}" ] || { kill "$first" && wait "$first"; } 2> /dev/null || true
    [ ! -s begun ] || xargs kill < begun 2> /dev/null || true
}

# hooks EVENT...: a program takes these events; the documents are in the files EVENT-N.json.
hooks() {
    local IFS=,
    cat > hook <<'EOF'
#!/bin/sh
n=1
while [ -e "$XENSURE_EVENT-$n.json" ]; do n=$((n + 1)); done
cat > "$XENSURE_EVENT-$n.json"
EOF
    sed -i "2i cd '$PWD' || exit 1" hook
    chmod +x hook
    agent absent_pause=0s "on_event=[{event: [$*], command: [$PWD/hook]}]"
}

@test "a run that does something says what, as it does it, and one in sync is silent" {
    expect 0 apply --log
    silent out
    diff - <(sed 's/[0-9.]* s$/N s/' err) <<'EOF'
xensure: web1: create begins: pvh, 64 MiB, 1 vcpu: in the spec, not running
xensure: web1: create done in N s
EOF
    expect 0 apply --log
    silent out err
}

@test "what fails is said each time, with what was tried" {
    "$XENSIM" sim fault create fail
    expect 6 apply --log
    said err 'web1: create begins' 'web1: create failed after ' 'exited with'
    silent out
    [ "$(grep -c failed err)" = 1 ]
}

@test "a hold is said when it begins, again when its reason changes, and once a day" {
    expect 0 apply --log
    spec <<< '  web1: {kernel: /boot/b}'
    expect 4 apply --log
    said err 'web1: restart (kernel /boot/a -> /boot/b needs a restart) is held: on_change is hold'
    silent out
    expect 4 apply --log
    silent out err
    # Who looks by hand sees it, and that counts for nothing.
    expect 4 apply
    said out 'HELD'
    expect 4 apply --log
    silent out err
    spec <<< '  web1: {kernel: /boot/b, protect: true}'
    expect 4 apply --log
    said err 'web1: restart' 'is held: it is protected'
    spec <<< '  web1: {kernel: /boot/b, protect: false}'
    expect 4 apply --log
    said err 'is held: on_change is hold'
    expect 4 apply --log
    silent out err
    sed -i 's/^[0-9]*/1/' state/told
    expect 4 apply --log
    said err 'is held: on_change is hold'
    # Over, and begun again.
    spec <<< '  web1: {}'
    expect 0 apply --log
    spec <<< '  web1: {kernel: /boot/b}'
    expect 4 apply --log
    said err 'is held: on_change is hold'
}

@test "what is wrong is said once, and what was held before is not said again after it" {
    expect 0 apply
    spec <<< '  web1: {kernel: /boot/b}'
    expect 4 apply --log
    spec <<< '  web1: {kernle: /boot/b}'
    expect 3 apply --log
    said err 'spec.yaml:5:10' "did you mean 'kernel'" 'the spec was refused'
    expect 3 apply --log
    silent out err
    "$XENSIM" sim fault list fail --times 20
    spec <<< '  web1: {kernel: /boot/b}'
    expect 1 apply --log
    said err 'list'
    expect 1 apply --log
    silent out err
    "$XENSIM" sim fault clear
    expect 4 apply --log
    silent out err
}

@test "a spec that is wrong from the first run on is said once, too" {
    spec <<< '  web1: {kernle: /boot/b}'
    expect 3 apply --log
    said err "did you mean 'kernel'"
    expect 3 apply --log
    silent out err
    spec <<< '  web1: {}'
    expect 0 apply
    [ "$(stat -c %a state)" = 700 ]
}

@test "a run that is under way is said once to each who comes, and JSON stays one document" {
    expect 0 apply
    exec 9> state/lock
    flock -n 9
    expect 75 apply --log
    said err 'another run'
    expect 75 apply --log
    silent out err
    flock -u 9
    spec <<< '  web1: {}
  web2: {}'
    json 0 '.actions[0].result == "done"' apply --log
    said err 'web2: create done'
}

@test "what was said is kept in a file that may be anything" {
    expect 0 apply
    spec <<< '  web1: {kernel: /boot/b}'
    local text
    for text in '' 'x' '99999999999999999999 log hold' '5' $'\xff\xfe' '99999999999 log hold web1 restart: on_change is hold'; do
        printf '%s' "$text" > state/told
        expect 4 apply --log
        said err 'is held'
    done
    rm state/told
    mkdir state/told
    expect 4 apply --log
    said err 'is held' 'will be said again'
}

@test "a hold for want of memory is said once, whether something comes before it or not" {
    "$XENSIM" sim set memory=8192 dom0_memory=1024
    local free
    free=$(xensure -o json host | jq .memory_free_mib)
    spec <<< "  web1: {}
  web2: {memory: $((free - 32))}"
    expect 4 apply --log
    said err 'web1: create done' 'web2: create' 'is held: it needs'
    expect 4 apply --log
    silent out err
}

@test "a hold for want of memory is said once, whether a plan or its carrying out has found it" {
    "$XENSIM" sim set memory=8192 dom0_memory=1024
    agent absent_pause=0s parallel=1
    local free code=0
    free=$(xensure -o json host | jq .memory_free_mib)
    spec <<< "  web1: {}
  web2: {memory: $((free - 512)), after: [web1]}"
    "$XENSIM" sim fault create hold
    xensure apply --log > out 2> err &
    held
    "$XENSIM" sim add-foreign --memory 1024 stranger
    rm sim/held
    wait $! || code=$?
    [ "$code" = 4 ]
    said err 'web1: create done' 'web2: create' 'is held: it needs'
    expect 4 apply --log
    silent out err
}

@test "on_event: what was done, what failed, and what is held, each once" {
    hooks applied failed held
    expect 0 apply
    jq -e '.event == "applied" and .host == "dom0-a" and .fleet == "lab" and .exit_code == 0 and .error == null and
        (.actions | length == 1) and .actions[0].domain == "web1" and .actions[0].result == "done"' applied-1.json
    expect 0 apply
    spec <<< '  web1: {kernel: /boot/b}
  web2: {}'
    "$XENSIM" sim fault create fail
    expect 6 apply
    jq -e '.actions | length == 1 and .[0].domain == "web2" and .[0].result == "failed"' failed-1.json
    jq -e '.actions | length == 1 and .[0].domain == "web1" and (.[0].held | test("on_change"))' held-1.json
    [ ! -e applied-2.json ]
    spec <<< '  web1: {kernle: /boot/b}'
    expect 3 apply
    expect 3 apply
    jq -e '.actions == [] and (.error | test("refused")) and
        (.problems | length == 1 and .[0].line == 5 and .[0].severity == "error" and (.[0].message | test("kernel")))' failed-2.json
    spec <<< '  web1: {kernel: /boot/b}'
    expect 4 apply
    [ "$(echo ./*-?.json)" = './applied-1.json ./failed-1.json ./failed-2.json ./held-1.json' ]
}

@test "on_event: a conflict is one, and no hold" {
    hooks held conflict
    "$XENSIM" sim add-foreign web1
    expect 5 apply
    expect 5 apply
    jq -e '.exit_code == 5 and .actions[0].domain == "web1"' conflict-1.json
    [ "$(echo ./*-?.json)" = './conflict-1.json' ]
}

@test "on_event: a program that fails, hangs or is not there is a warning, and holds nothing up for long" {
    agent absent_pause=0s "on_event=[{event: [applied], command: [/bin/sh, -c, 'echo no such hook >&2; exit 3']}, {event: [applied], command: [/no/such/hook]}]"
    expect 0 apply
    said err 'warning: on_event: /bin/sh exited with 3: no such hook' 'warning: on_event: cannot run /no/such/hook'
    agent absent_pause=0s timeouts.hook=1s "on_event=[{event: [applied], command: [/bin/sleep, '600']}, {event: [applied], command: [/no/such/hook]}]"
    "$XENSIM" destroy web1
    expect 0 apply
    said err 'warning: on_event: /bin/sleep did not answer within 1 s' 'warning: on_event: cannot run /no/such/hook'
    expect 0 apply
    silent out err
}

@test "on_event: a program that takes its time holds no other run up, and all is kept before it" {
    expect 0 apply
    printf '#!/bin/sh\necho $$ >> begun\nexec sleep 600\n' > hook
    sed -i "2i cd '$PWD' || exit 1" hook
    chmod +x hook
    agent absent_pause=0s timeouts.hook=600s "on_event=[{event: [held], command: [$PWD/hook]}]"
    spec <<< '  web1: {kernel: /boot/b}'
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.yaml apply > first.out 2> first.err 3>&- &
    local code=0
    first=$!
    while [ ! -s begun ]; do
        kill -0 "$first"
        sleep 0.05
    done
    jq -e '.exit_code == 4' state/last-run.json
    jq -e '.exit_code == 4' state/run/last-run.json
    # It does not wait, and does not say again what was said.
    timeout 300 "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.yaml apply > out 2> err || code=$?
    [ "$code" = 4 ]
    [ "$(wc -l < begun)" = 1 ]
}

@test "on_event: the example posts to a webhook" {
    local webhook=$BATS_TEST_DIRNAME/../../examples/hooks/webhook
    [[ $("$webhook" --help) == 'webhook [--text] URL: '* ]]
    cat > server.py <<'EOF'
import http.server, sys
class Take(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        text = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/gone":
            open("posted" + self.path.replace("/", "-"), "wb").write(text)
        self.send_response(404 if self.path == "/gone" else 200)
        self.end_headers()
server = http.server.HTTPServer(("127.0.0.1", 0), Take)
print(server.server_port, flush=True)
for _ in range(3):
    server.handle_request()
EOF
    mkfifo fifo
    timeout 300 python3 server.py > fifo 2> server.err 3>&- &
    local port
    read -r port < fifo
    agent absent_pause=0s "on_event=[{event: [applied], command: [$webhook, 'http://127.0.0.1:$port/all']}, \
        {event: [applied], command: [$webhook, --text, 'http://127.0.0.1:$port/text']}, \
        {event: [applied], command: [$webhook, 'http://127.0.0.1:$port/gone']}]"
    expect 0 apply
    said err "warning: on_event: $webhook exited with" '404'
    jq -e '.event == "applied" and .actions[0].domain == "web1"' posted-all
    jq -e '.text == "dom0-a: applied\nweb1: create: pvh, 64 MiB, 1 vcpu: in the spec, not running"' posted-text
}

@test "to the journal, with fields" {
    [ "$(id -u)" = 0 ] && unshare -m true 2> /dev/null || skip "needs a mount namespace"
    spec 'generation: 7' <<< '  web1: {}
  web2: {}'
    "$XENSIM" sim fault create fail --at named
    unshare -m "$BATS_TEST_DIRNAME/datagrams.py" journal journal "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim \
        --spec spec.yaml apply --log > out || [ $? = 6 ]
    silent out
    jq -se 'all(has("MESSAGE_ID") and .SYSLOG_IDENTIFIER == "xensure" and .XENSURE_GENERATION == "7")' journal
    jq -se 'map(select(.XENSURE_RESULT == "done")) | length == 1 and .[0].PRIORITY == "5" and .[0].XENSURE_ACTION == "create" and
        (.[0].XENSURE_DURATION_MS | tonumber >= 0) and (.[0].XENSURE_REASON | test("not running"))' journal
    jq -se 'map(select(.XENSURE_RESULT == "failed")) | length == 1 and .[0].PRIORITY == "3"' journal
    jq -se 'map(select(.XENSURE_DOMAIN == "web1")) | length == 2 and .[0].MESSAGE_ID != .[1].MESSAGE_ID' journal
    # Each id is in the manual.
    "$XENSURE" --help --format man > page
    jq -r .MESSAGE_ID journal | sort -u | while read -r id; do grep -q "$id" page || { echo "no id $id"; exit 1; }; done
}
