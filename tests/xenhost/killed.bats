# Programs that die or hang in the middle: xl, xensure, and at last Xen's own store.
load scenario

# A vif script that waits: an xl create with such a vif stands still, with the domain half made. `go` lets it go on.
setup() {
    setup_host
    rm -f /run/vif-go
    ip link add xenbr0 type bridge
    cat > /etc/xen/scripts/vif-wait << 'SCRIPT'
#!/bin/bash
while [ "$1" = online ] && [ ! -e /run/vif-go ]; do sleep 0.2; done
exec /etc/xen/scripts/vif-bridge "$@"
SCRIPT
    chmod +x /etc/xen/scripts/vif-wait
    slow='vifs: [{bridge: xenbr0, script: vif-wait, mac: "00:16:3e:00:00:01"}]'
}

teardown() {
    touch /run/vif-go
    remove_guests
    ip link del xenbr0
}

# started: an apply in the background (its id is in $run) that stands still in `xl create`, whose id is in $create.
started() {
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack xl --spec spec.yaml apply > first.out 2> first.err 3>&- &
    run=$!
    await "xl create makes the domain" standing
    create=$(pgrep -f "create -p $PWD/xen/web1.cfg")
}

standing() {
    [ "$(state web1)" = --p--- ] && pgrep -f 'vif-wait online' > /dev/null
}

@test "xl killed in mid-create: what it left is cleared away, and the domain made anew" {
    spec <<< "  web1: {$slow, $(guest web1)}"
    started
    half=$(domid web1)
    kill -KILL "$create"
    code=0
    wait "$run" || code=$?
    cat first.out first.err
    [ "$code" = 6 ] || [ "$code" = 0 ]
    touch /run/vif-go
    await "a run brings it" xensure apply > out 2> err
    [ "$(domid web1)" -gt "$half" ]
    sees web1 0 '' eth0:00:16:3e:00:00:01
    [ "$(long_list)" = "web1 $(uuid web1)" ]
    [ "$(xl list | grep -c web1)" = 1 ]
    in_sync
}

@test "xensure killed in mid-create: the next run waits for that create, and makes no second one" {
    spec <<< "  web1: {$slow, $(guest web1)}"
    started
    id=$(domid web1)
    kill -KILL "$run"
    wait "$run" || true
    [ "$(state web1)" = --p--- ] && kill -0 "$create"
    (sleep 3; touch /run/vif-go) 3>&- &
    expect 0 apply
    [ "$(domid web1)" = "$id" ]
    sees web1 0 '' eth0:00:16:3e:00:00:01
    [ "$(long_list)" = "web1 $(uuid web1)" ]
    in_sync
}

# What is known of the domain, here and there: none of it may change.
remembered() {
    domid web1
    find state xen -type f ! -name lock ! -name last-run.json ! -name runs -exec cksum {} + | sort
}

@test "a store that does not answer: the list is cut off, and nothing is done" {
    tiny_guests
    spec <<< "  web1: {$(guest web1)}"
    expect 0 apply
    sees web1
    agent 'timeouts={list: 4s, create: 600s}'
    before=$(remembered)
    pkill -STOP -x xenstored
    spec <<< "  web1: {state: stopped, $(guest web1)}"$'\n'"  web2: {$(guest web2)}"
    code=0
    xensure apply > out 2> err || code=$?
    pkill -CONT -x xenstored
    cat out err
    [ "$code" = 1 ]
    said err 'xl list did not answer within 4 s'
    await "xl answers again" timeout 5 xl list
    [ "$(remembered)" = "$before" ]
    gone web2 && runs web1
    agent
    expect 0 apply
    gone web1
    sees web2
}
