# A guest, from a spec to its own console.
load scenario

@test "create, nothing more to do, stop" {
    spec <<< '  web1: {cmdline: "console=hvc0 quiet name=web1"}'
    planned 'web1 create'
    expect 0 apply
    booted web1
    [ "$(memory web1)" = 96 ] && [ "$(vcpus web1)" = 1 ]
    in_sync
    spec <<< '  web1: {state: stopped, cmdline: "console=hvc0 quiet name=web1"}'
    expect 0 apply
    [ -z "$(domid web1)" ]
    in_sync
}
