# Two real Xen hosts on one cable.
load scenario

@test "the other host answers, and a guest moves there while it runs" {
    for _ in {1..60}; do
        ! ssh dom0-b true 2>/dev/null || break
        sleep 1
    done
    run -0 ssh dom0-b xl list
    [[ ${lines[1]} == "Domain-0 "* ]]
    cat >m1.cfg <<'CFG'
name = "m1"
type = "pvh"
kernel = "/boot/vmlinux"
ramdisk = "/boot/guest.cpio"
memory = 128
cmdline = "console=hvc0 quiet name=m1"
CFG
    xl create -q m1.cfg
    for _ in {1..60}; do
        ! grep -q 'm1: memory' /var/log/xen/console/guest-m1.log || break
        sleep 1
    done
    timeout 60 xl migrate -s plain m1 dom0-b
    [ -z "$(domid m1)" ]
    run -0 ssh dom0-b xl list
    [[ $output == *m1* ]]
    ssh dom0-b xl shutdown -w m1
}
