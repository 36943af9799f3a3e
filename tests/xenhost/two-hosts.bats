# Two real Xen hosts on one cable.
load scenario

@test "the other host answers, and a guest moves there while it runs" {
    for _ in {1..60}; do
        ! ssh dom0-b true 2>/dev/null || break
        sleep 1
    done
    run -0 ssh dom0-b xl list
    [[ ${lines[1]} == "Domain-0 "* ]]
    by_hand m1 'type = "pvh"' 'memory = 128'
    sees m1
    timeout 600 xl migrate -s plain m1 dom0-b
    [ -z "$(domid m1)" ]
    run -0 ssh dom0-b xl list
    [[ $output == *m1* ]]
    ssh dom0-b xl shutdown -w m1
}
