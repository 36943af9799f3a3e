# Domains that get another name in the spec: what is known of them goes with them.

load host

# One after the other, so that the ids are known.
setup() {
    setup_host
    agent absent_pause=0s parallel=1
}

a='uuid: aaaaaaaa-0000-4000-8000-000000000001'
b='uuid: bbbbbbbb-0000-4000-8000-000000000002'
c='uuid: cccccccc-0000-4000-8000-000000000003'

# rows: what runs, "name uuid" a line.
rows() {
    "$XENSIM" list -v | awk 'NR > 2 { print $1, substr($7, 1, 1) }' | sort
}

# is_newer_than ID NAME: a life of the domain is here that began after the one with this id.
is_newer_than() {
    [ "$(domid "$2")" -gt "$1" ]
}

# recorded NAME TEXT...: the block of a domain in the record has each text.
recorded() {
    sed -n "/^domain $1\$/,/^end\$/p" state/record > block
    said block "${@:2}"
}

@test "two domains that swap their names in the spec run on, and nothing that is known of them is lost" {
    spec <<< "  a: {$a, protect: true, disks: [{vdev: xvda, path: /dev/vg/a}]}
  b: {$b, disks: [{vdev: xvda, path: /dev/vg/b}]}"
    expect 0 apply
    local before
    before=$(rows)
    "$XENSIM" sim log clear
    spec <<< "  b: {$a, protect: true, disks: [{vdev: xvda, path: /dev/vg/a}]}
  a: {$b, disks: [{vdev: xvda, path: /dev/vg/b}]}"
    expect 0 apply
    [ -z "$(changes)" ]
    [ "$(rows)" = "$before" ]
    for _ in 1 2; do
        recorded b "${a/:/}" 'flags running claimed protected' 'domid 1' 'path: "/dev/vg/a"' 'former a'
        recorded a "${b/:/}" 'flags running claimed' 'domid 2' 'path: "/dev/vg/b"' 'former b'
        run ! grep -q protected block
        expect 0 apply
    done
    said xen/a.cfg "${b#*: }"
    said xen/b.cfg "${a#*: }"
    # Nobody has edited these files.
    [ ! -e state/replaced ]
    # It is protected under its new name, also when it leaves the spec.
    agent absent_pause=0s parallel=1 prune=true
    spec <<< "  a: {$b, disks: [{vdev: xvda, path: /dev/vg/b}]}
  other: {}"
    expect 4 apply
    said out 'b' 'it is protected (xensure forget b ends that)'
    [ "$(rows | grep -v other)" = "$before" ]
}

@test "a domain that has swapped its name reboots under the one that it has, while the other is taken" {
    spec <<< "  a: {$a, disks: [{vdev: xvda, path: /dev/vg/a}]}
  b: {$b, disks: [{vdev: xvda, path: /dev/vg/b}]}"
    expect 0 apply
    local before name
    before=$(rows)
    "$XENSIM" sim log clear
    spec <<< "  b: {$a, disks: [{vdev: xvda, path: /dev/vg/a}], on_crash: preserve}
  a: {$b, disks: [{vdev: xvda, path: /dev/vg/b}, {vdev: xvdb, path: /dev/vg/x}], on_crash: preserve}"
    expect 0 apply
    [[ "$(changes)" = block-attach* ]]
    expect 0 apply
    run ! grep -q '^stor' state/record
    for name in a b; do
        "$XENSIM" reboot "$name"
        wait_until is_newer_than 2 "$name"
    done
    [ "$(rows)" = "$before" ]
    # Once the names are free, the config is stored under the new one.
    "$XENSIM" rename a passing
    "$XENSIM" rename b a
    "$XENSIM" rename passing b
    expect 0 apply
    grep -q '^stored' state/record
    in_sync
}

@test "two domains that have swapped their names and are saved by xendomains under the old ones are not started" {
    spec <<< "  a: {$a}
  b: {$b}"
    expect 0 apply
    spec <<< "  b: {$a}
  a: {$b}"
    expect 0 apply
    mkdir -p sim/root/var/lib/xen/save sim/root/boot
    touch sim/root/var/lib/xen/save/a sim/root/boot/a
    "$XENSIM" destroy a
    "$XENSIM" destroy b
    expect 4 apply
    [ "$(grep -c 'xendomains has saved it in' out)" = 2 ]
    [ -z "$(rows)" ]
    rm sim/root/var/lib/xen/save/a
    expect 0 apply
    [ "$(rows)" = $'a b\nb a' ]
    in_sync
}

@test "three domains whose names go round in the spec run on, and come under their new ones when they are started anew" {
    spec <<< "  a: {$a, bounce: 1}
  b: {$b, bounce: 1}
  c: {$c, bounce: 1}"
    expect 0 apply
    local before
    before=$(rows)
    "$XENSIM" sim log clear
    spec <<< "  b: {$a, bounce: 1}
  c: {$b, bounce: 1}
  a: {$c, bounce: 1}"
    for _ in 1 2; do
        expect 0 apply
        recorded b "${a/:/}" 'flags running claimed' 'domid 1' 'bounce 1' 'kernel: "/boot/a"' 'former a'
        recorded c "${b/:/}" 'flags running claimed' 'domid 2' 'bounce 1' 'kernel: "/boot/a"' 'former b'
        recorded a "${c/:/}" 'flags running claimed' 'domid 3' 'bounce 1' 'kernel: "/boot/a"' 'former c'
    done
    [ -z "$(changes)" ]
    [ "$(rows)" = "$before" ]
    # Each has the name of another that runs: no restart stops what could not be started again.
    spec <<< "  b: {$a, bounce: 2}
  c: {$b, bounce: 1}
  a: {$c, bounce: 1}"
    expect 5 apply
    said out 'its name is taken'
    [ "$(rows)" = "$before" ]
    # A boot of dom0 frees the names.
    "$XENSIM" sim reboot-host
    expect 0 apply
    [ "$(rows)" = $'a c\nb a\nc b' ]
    in_sync
    run ! grep -q former state/record
}

@test "a domain gets no name of one that left the spec and runs on, and neither is forgotten" {
    spec <<< "  a: {$a, protect: true}
  b: {$b, protect: true}
  c: {$c}"
    expect 0 apply
    local before
    before=$(rows)
    "$XENSIM" sim log clear
    spec <<< "  b: {$a, protect: true}
  a: {$c}"
    expect 4 apply
    said out 'its name is still that of the domain with the uuid bbbbbbbb-0000-4000-8000-000000000002, which left the spec and is here (id 2;' \
        'which the spec calls b by now'
    for _ in 1 2; do
        [ -z "$(changes)" ]
        [ "$(rows)" = "$before" ]
        recorded a "${a/:/}" 'flags running claimed protected'
        recorded b "${b/:/}" 'flags running claimed protected'
        recorded c "${c/:/}" 'flags running claimed'
        expect 4 apply
    done
    # Gone, it is protected still.
    "$XENSIM" shutdown -w b
    expect 4 apply
    said out 'which left the spec and is protected (xensure forget b ends that)'
    expect 0 forget b
    expect 0 apply
    recorded b "${a/:/}" 'flags running claimed protected' 'domid 1' 'former a'
    recorded a "${c/:/}" 'flags running claimed' 'domid 3' 'former c'
    [ "$(rows)" = $'a a\nc c' ]
}

@test "a domain that left the spec and is saved by xendomains is not forgotten for one that gets its name" {
    spec <<< "  w: {$b}
  x: {$a}"
    expect 0 apply
    # Its dom0 boots, and by the same commit it leaves the spec and its name goes to another.
    mkdir -p sim/root/var/lib/xen/save sim/root/boot
    touch sim/root/var/lib/xen/save/w sim/root/boot/a
    "$XENSIM" sim reboot-host
    spec <<< "  w: {$a}"
    for _ in 1 2; do
        expect 4 apply
        said out 'its name is still that of the domain with the uuid bbbbbbbb-0000-4000-8000-000000000002, which left the spec: xendomains has saved it in'
        [ -z "$(rows)" ]
        recorded w "${b/:/}"
        recorded x "${a/:/}"
    done
    # It comes back by a third name.
    spec <<< "  x: {$a}
  w2: {$b}"
    expect 4 apply
    grep -qE 'HELD +w2 +create .*xendomains has saved it in' out
    [ "$(rows)" = 'x a' ]
}

@test "a domain that the spec renames while its guest reboots is not started beside it" {
    spec <<< "  web: {$a}"
    expect 0 apply
    agent absent_pause=2s
    "$XENSIM" sim set restart_pause=1s
    spec <<< "  app: {$a}"
    "$XENSIM" sim log clear
    "$XENSIM" reboot web
    expect 0 apply
    run ! grep -q create <(changes)
    wait_until test -n "$(domid web)"
    [ "$(rows)" = 'web a' ]
}

@test "a disk that a renamed domain still has goes to no other, also when nothing is left of its old name" {
    local disks='disks: [{vdev: xvda, path: /dev/vg/a}, {vdev: xvdb, path: /dev/vg/x}]'
    spec <<< "  web: {$a, $disks}"
    expect 0 apply
    # Its file is written by the new name, by a run that does nothing else; then it gets that name.
    spec <<< "  app: {$a, $disks}"
    planned 'app write-config'
    expect 0 apply
    "$XENSIM" rename web app
    planned 'web remove-config'
    expect 0 apply
    in_sync
    run ! grep -q web state/record
    spec <<< "  app: {$a, disks: [{vdev: xvda, path: /dev/vg/a}]}
  other: {disks: [{vdev: xvda, path: /dev/vg/x}]}"
    for _ in 1 2; do
        expect 4 apply
        said out 'its disk /dev/vg/x is in use by app'
        [ -z "$(domid other)" ]
    done
}

@test "what is kept under former names goes with the record of a domain" {
    agent absent_pause=0s prune=true parallel=1
    spec <<< "  web: {$a}
  db: {$b}"
    expect 0 apply
    spec <<< "  app: {$a}
  data: {$b}"
    expect 0 apply
    [ -e xen/web.cfg ] && [ -e xen/db.cfg ]
    spec <<< "  app: {$a, state: absent}
  other: {}"
    expect 0 apply
    expect 0 apply
    [ "$(cd xen && echo *)" = other.cfg ]
    run ! grep -qE 'web|app|db|data' state/record
}

@test "validate --host-checks looks for images of former names, too" {
    mkdir -p sim/root/var/lib/xen/save sim/root/boot
    touch sim/root/boot/a
    spec <<< "  web: {$a}"
    expect 0 apply
    spec <<< "  app: {$a}"
    touch sim/root/var/lib/xen/save/web
    # Before a run knows of the new name, and after.
    for _ in 1 2; do
        expect 3 validate --host-checks
        said out "a start of domain 'app', found: xendomains has saved it in $PWD/sim/root/var/lib/xen/save/web"
        expect 0 apply
    done
    rm sim/root/var/lib/xen/save/web
    expect 0 validate --host-checks
}

@test "a claim is of the domain, not of the name that it was recorded under" {
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< "  web: {host: dom0-a, $a}"
    expect 0 claim web
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< "  app: {host: dom0-a, $a}"
    expect 0 claim app
    expect 0 claim --all
    [ "$(grep -c '^domain ' state/record)" = 1 ]
    recorded web "${a/:/}" 'flags claimed'
    # What the name was before is no claim of what has it now.
    spec 'hosts: {dom0-a: {}, dom0-b: {}}' <<< "  web: {host: dom0-a, $b}"
    expect 0 claim web
    recorded web "${b/:/}" 'flags claimed'
}

@test "explain, forget and --only know a domain by its former name, too" {
    spec <<< "  web: {$a, protect: true}"
    expect 0 apply
    spec <<< "  app: {$a, protect: true}"
    expect 0 apply
    expect 0 explain web
    said out 'recorded:  running, and called app, protected' 'id 1'
    run ! grep -q "not xensure's" out
    expect 1 forget web
    said err 'the spec has renamed it: xensure forget app'
    "$XENSIM" rename web app
    spec <<< "  app: {$a}"
    expect 2 plan --only web
    said out 'web' 'remove-config'
    expect 0 apply --only web
    [ ! -e xen/web.cfg ]
    in_sync
}
