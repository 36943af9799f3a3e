# Xen's store is gone for good, which ends what xl can do: nothing after this works, so it is the last file of its boot.
load scenario
tiny_guests

# The domains stay, and xl could not remove them.
teardown() {
    [ -n "${BATS_TEST_COMPLETED:-}" ] || keep_remains
}

@test "the store has died: xl hangs, and xensure does nothing, says so, and ends" {
    spec <<< "  web1: {$(guest web1)}"
    expect 0 apply
    sees web1
    agent 'timeouts={list: 2s, create: 600s}'
    id=$(domid web1)
    find xen state -type f ! -name lock ! -name last-run.json ! -name runs -exec cksum {} + | sort > before
    # Those that watch over guests.
    pgrep -x xl | sort > monitors
    pkill -KILL -x xenstored
    run -124 timeout 5 xl list
    spec <<< "  web1: {state: absent, $(guest web1)}"$'\n'"  web2: {$(guest web2)}"
    expect 1 plan
    said err 'xl list did not answer within 2 s'
    expect 1 apply
    said err 'xl list did not answer within 2 s'
    find xen state -type f ! -name lock ! -name last-run.json ! -name runs -exec cksum {} + | sort | diff before -
    # No xl is left behind, and the hypervisor has the domain, and no second one.
    pgrep -x xl | sort | diff monitors -
    /usr/lib/xen-4.17/bin/lsevtchn "$id"
    run ! /usr/lib/xen-4.17/bin/lsevtchn $((id + 1))
}
