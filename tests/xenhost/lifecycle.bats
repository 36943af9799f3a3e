# What a spec says becomes what runs, and what runs becomes what the spec says: the actions, one by one.
load scenario

@test "create a PV and a PVH guest; a second apply does nothing" {
    spec << SPEC
  para: {vcpus: 2, maxvcpus: 3, cpu_weight: 512, $(guest para)}
  hard: {type: pvh, memory: 128, maxmem: 128, $(guest hard)}
SPEC
    planned 'para create' 'hard create'
    expect 0 apply
    silent err
    sees para 0-1
    sees hard
    up para
    [ "$(memory para) $(vcpus para)" = '96 2' ] && [ "$(memory hard) $(vcpus hard)" = '128 1' ]
    runs para && runs hard
    said xen/para.cfg "uuid = \"$(uuid para)\"" 'name = "para"'
    [ "$(config para '[.c_info.type, .c_info.uuid, .b_info.target_memkb, .b_info.kernel, .b_info.sched_params.weight]')" = \
        "[\"pv\",\"$(uuid para)\",98304,\"/boot/vmlinux\",512]" ]
    [ "$(config hard '[.c_info.type, .c_info.uuid, .b_info.target_memkb, .b_info.cmdline, .on_reboot, .on_crash]')" = \
        "[\"pvh\",\"$(uuid hard)\",131072,\"$(words hard)\",\"restart\",null]" ]
    before=$(domid para),$(domid hard)
    in_sync
    [ "$(domid para),$(domid hard)" = "$before" ]
}

@test "memory and vcpus change while the guest runs" {
    spec <<< "  web1: {memory: 96, maxmem: 256, vcpus: 1, maxvcpus: 3, $(guest web1)}"
    expect 0 apply
    sees web1
    id=$(domid web1) little=$(guest_memory web1)
    spec <<< "  web1: {memory: 160, maxmem: 256, vcpus: 3, maxvcpus: 3, $(guest web1)}"
    planned 'web1 set-memory' 'web1 set-vcpus'
    expect 0 apply
    said out 'set-memory  96 -> 160 MiB (live)' 'set-vcpus   1 -> 3 (live)'
    sees web1 0-2
    has_more() { [ "$(guest_memory web1)" = $((little + 64)) ]; }
    await "it has 64 MiB more than $little" has_more
    [ "$(domid web1) $(memory web1) $(vcpus web1)" = "$id 160 3" ]
    [ "$(config web1 '[.b_info.target_memkb, .b_info.max_memkb]')" = '[163840,262144]' ]
    in_sync
    # What somebody else changes is put right.
    xl mem-set web1 128
    xl vcpu-set web1 1
    sees web1 0
    planned 'web1 set-memory' 'web1 set-vcpus'
    expect 0 apply
    said out '128 -> 160 MiB (live): changed on the host'
    sees web1 0-2
    await "it has its memory again" has_more
    in_sync
    # Beyond its maximum it needs a restart, which nobody asked for.
    spec <<< "  web1: {memory: 160, maxmem: 512, vcpus: 3, maxvcpus: 3, $(guest web1)}"
    planned 'web1 restart!'
    expect 4 apply
    [ "$(domid web1)" = "$id" ]
}

@test "another kernel: held, or brought by a restart" {
    tiny_guests
    ln -s tiny /boot/tiny-new
    spec <<< "  web1: {$(guest web1)}"
    expect 0 apply
    sees web1
    id=$(domid web1)
    spec <<< "  web1: {kernel: /boot/tiny-new, $(guest web1 release=2)}"
    planned 'web1 restart!'
    expect 4 apply
    [ "$(domid web1) $(config web1 .b_info.kernel)" = "$id \"/boot/tiny\"" ]
    spec <<< "  web1: {kernel: /boot/tiny-new, on_change: restart, $(guest web1 release=2)}"
    planned 'web1 restart'
    cleared web1
    expect 0 apply
    says web1 'guest: asked to shut down'
    up web1 release=2
    sees web1
    [ "$(domid web1)" -gt "$id" ] && [ "$(config web1 .b_info.kernel)" = '"/boot/tiny-new"' ]
    in_sync
    rm /boot/tiny-new
}

@test "pause and unpause, and created paused" {
    tiny_guests
    spec <<< "  web1: {$(guest web1 mode=tick)}"$'\n'"  naps: {state: paused, $(guest naps)}"
    expect 0 apply
    [ "$(state naps)" = --p--- ]
    says web1 'web1: tick'
    long_list > before
    [ "$(wc -l < before)" = 2 ]
    [ -z "$(console naps)" ]
    in_sync
    spec <<< "  web1: {state: paused, $(guest web1 mode=tick)}"$'\n'"  naps: {$(guest naps)}"
    planned 'naps unpause' 'web1 pause'
    expect 0 apply
    [[ $(state web1) == [r-][b-]p--- ]]
    sees naps
    in_sync
    # It stands still, until somebody else wakes it.
    console web1 > still
    in_sync
    console web1 | diff still -
    xl unpause web1
    ticks() { ! console web1 | cmp -s still -; }
    await "it goes on" ticks
    xl pause naps
    planned 'naps unpause' 'web1 pause'
    expect 0 apply
    [[ $(state web1) == [r-][b-]p--- ]] && runs naps
    in_sync
    # The same domains all the time.
    long_list | diff before -
}
