# Which domains are the spec's, and which are left alone: stopped, absent, of somebody else, adopted; and the names they have.
load scenario

@test "stopped keeps the config file, absent removes it" {
    tiny_guests
    spec <<< "  a: {$(guest a)}"$'\n'"  b: {$(guest b)}"
    expect 0 apply
    sees a
    sees b
    spec <<< "  a: {state: stopped, $(guest a)}"$'\n'"  b: {state: absent, $(guest b)}"
    planned 'a shutdown' 'b shutdown' 'b remove-config'
    expect 0 apply
    gone a b
    [ -z "$(long_list)" ]
    says a 'guest: asked to shut down'
    says b 'guest: asked to shut down'
    [ -e xen/a.cfg ] && [ ! -e xen/b.cfg ]
    in_sync
    spec <<< "  a: {$(guest a)}"$'\n'"  b: {$(guest b)}"
    cleared a b
    expect 0 apply
    runs a && runs b
    sees a
    sees b
    printf '%s\n' "a $(uuid a)" "b $(uuid b)" | diff - <(long_list)
    in_sync
}

@test "domains of others are left alone; a name that is taken is a conflict" {
    tiny_guests
    by_hand web2
    by_hand stranger
    sees stranger
    config web2 . > web2.before
    config stranger . > stranger.before
    before="$(domid web2) $(uuid web2) $(domid stranger)"
    spec <<< "  web1: {$(guest web1)}"$'\n'"  web2: {state: stopped, $(guest web2)}"
    expect 5 apply
    said out 'web2'
    sees web1
    sees web2
    [ "$(domid web2) $(uuid web2) $(domid stranger)" = "$before" ]
    runs web2 && runs stranger
    spec <<< "  web1: {$(guest web1)}"
    in_sync
    expect 0 plan
    said out "not ours, left alone: web2 (id $(domid web2)), stranger (id $(domid stranger))"
    run ! console_has stranger 'asked to shut down'
    run ! console_has web2 'asked to shut down'
    config web2 . | diff web2.before -
    config stranger . | diff stranger.before -
}

@test "adopt: a domain that runs is taken over as it is, with its uuid" {
    by_hand web1 'maxmem = 160'
    id=$(domid web1) uuid=$(uuid web1)
    cp web1.cfg xen/web1.cfg
    config web1 . > before
    spec <<< "  web1: {adopt: true, maxmem: 160, $(guest web1)}"
    planned 'web1 adopt'
    expect 2 plan
    said out "uuid: $uuid"
    expect 0 apply
    [ "$(domid web1) $(uuid web1)" = "$id $uuid" ]
    config web1 . | diff before -
    said xen/web1.cfg "$uuid"
    cmp web1.cfg state/replaced/web1.cfg.*
    in_sync
    # From now on it is kept as the spec says, also by this name.
    spec <<< "  web1: {uuid: $uuid, memory: 112, maxmem: 160, $(guest web1)}"
    planned 'web1 set-memory'
    expect 0 apply
    [ "$(domid web1) $(config web1 .b_info.target_memkb)" = "$id 114688" ]
    xl destroy web1
    expect 0 apply
    [ "$(uuid web1)" = "$uuid" ] && [ "$(domid web1)" -gt "$id" ]
    in_sync
}

@test "a name of 63 characters, and arguments for one start" {
    tiny_guests
    long=$(printf 'n%.0s' {1..63})
    spec <<< "  $long: {$(guest "$long")}"
    expect 0 apply --only "$long" --extra once=1
    up "$long" once=1
    # The name is longer than the list's first column.
    runs "$long"
    [ "$(memory "$long") $(config "$long" .c_info.name)" = "32 \"$long\"" ]
    in_sync
    spec <<< "  $long: {state: stopped, $(guest "$long")}"
    expect 0 apply
    gone "$long"
}
