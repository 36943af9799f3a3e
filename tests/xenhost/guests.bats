# Guests that do as they like: ignore a shutdown, crash, power themselves off, reboot at the wrong moment.
load scenario
tiny_guests

@test "a guest that ignores a shutdown: left as it is, or destroyed with stop.force" {
    spec <<< "  web1: {stop: {timeout: 4s}, $(guest web1 mode=ignore)}"
    expect 0 apply
    sees web1
    id=$(domid web1)
    spec <<< "  web1: {state: stopped, stop: {timeout: 4s}, $(guest web1 mode=ignore)}"
    expect 4 apply
    said out 'it has not shut down within 4 s, and stop.force is off'
    [ "$(domid web1)" = "$id" ] && runs web1
    [ "$(config web1 .b_info.cmdline)" = "\"$(words web1 mode=ignore)\"" ]
    spec <<< "  web1: {state: stopped, stop: {timeout: 4s, force: true}, $(guest web1 mode=ignore)}"
    planned 'web1 shutdown'
    expect 0 apply
    gone web1
    [ -z "$(long_list)" ]
    in_sync
}

@test "a guest that crashes is started again, at growing intervals, and held in the end" {
    spec <<< "  web1: {restart: {limit: 2, within: 1h}, $(guest web1)}"
    expect 0 apply
    ends web1 c
    await "its monitor clears it away" gone web1
    planned 'web1 create'
    expect 0 apply
    said out 'web1' 'create'
    ends web1 c
    await "it crashes again" gone web1
    # The second start within the hour was the last that is allowed.
    expect 4 apply
    said out 'HELD' 'web1' 'restart.limit'
    gone web1
    # What remains of a crashed guest is cleared away first, where the monitor leaves it.
    spec <<< "  web2: {on_crash: preserve, $(guest web2)}"
    expect 0 apply --only web2
    ends web2 c
    has_crashed() { [ "$(state web2)" = ---sc- ]; }
    await "it crashes" has_crashed
    id=$(domid web2)
    actions | grep -x -e 'web2 .*' > shown
    printf 'web2 %s\n' destroy create | diff - shown
    expect 0 apply
    said out 'the guest crashed'
    [ "$(domid web2)" -gt "$id" ]
}

@test "a guest that powers itself off: started again, or left" {
    spec <<< "  a: {$(guest a)}"$'\n'"  b: {on_guest_poweroff: leave, $(guest b)}"
    expect 0 apply
    ends a o
    ends b o
    is_off() { [ "$(state b)" = ---s-- ]; }
    await "its remains are kept" is_off
    await "its monitor clears it away" gone a
    planned 'b destroy' 'a create'
    expect 0 apply
    said out 'done' 'b' 'destroy'
    [ -n "$(domid a)" ] && gone b
    # b stays off.
    spec <<< "  b: {on_guest_poweroff: leave, $(guest b)}"
    expect 0 apply --only b
    gone b
}

# held_reboot NAME: the guest reboots, and is in no list until its monitor goes on (kill -CONT $monitor): xl waits for two seconds
# between the two domains (tools/xl/xl_vmcontrol.c, create_domain), and is stopped there.
held_reboot() {
    local log=/var/log/xen/xl-$1.log
    monitor=$(pgrep -f "create -p $PWD/xen/$1.cfg")
    while :; do
        sees "$1"
        cleared "$1"
        : > "$log"
        xl reboot "$1"
        await "the old domain is cleared away" grep -q 'Rebooting now' "$log"
        kill -STOP "$monitor"
        ! gone "$1" || break
        # Too late.
        kill -CONT "$monitor"
    done
}

stopped() {
    [ -s looked ] && grep -q '^State:.T' "/proc/$(cat looked)/status"
}

@test "a guest that reboots in the middle of a run is waited for, not created twice" {
    spec <<< "  web1: {$(guest web1)}"
    expect 0 apply
    sees web1
    id=$(domid web1) uuid=$(uuid web1)
    held_reboot web1
    # A run that stands still once it has a list without the domain.
    mkdir bin
    cat > bin/xl << 'XL'
#!/bin/bash
/usr/sbin/xl "$@"
code=$?
[ "$1" != list ] || [ -e looked ] || { echo "$PPID" > looked && kill -STOP "$PPID"; }
exit $code
XL
    chmod +x bin/xl
    PATH=$PWD/bin:$PATH xensure apply > out 2> err 3>&- &
    job=$!
    await "it stands still" stopped
    gone web1
    kill -CONT "$monitor"
    await "the reboot is over" runs web1
    kill -CONT "$(cat looked)"
    code=0
    wait "$job" || code=$?
    cat out err
    [ "$code" = 0 ]
    silent out err
    [ "$(domid web1)" -gt "$id" ] && [ "$(uuid web1)" = "$uuid" ]
    sees web1
    [ "$(console web1 | grep -c ': up with')" = 1 ]
    [ "$(long_list)" = "web1 $uuid" ]
    in_sync
}
