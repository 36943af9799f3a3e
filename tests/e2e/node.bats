#!/usr/bin/env bats
# host and console.

load host

setup() {
    setup_host
}

# A toolstack on PATH that answers from files and says how it was called.
fake_xl() {
    mkdir -p bin
    cat > bin/xl <<EOF
#!/bin/sh
echo "\$*" >> $PWD/asked
case \$1 in
info) cat $PWD/info ;;
list) cat $PWD/domains ;;
*) echo "this is xl \$*" ;;
esac
EOF
    chmod +x bin/xl
    PATH=$PWD/bin:$PATH
}

real_xensure() {
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack xl "$@"
}

@test "host shows what the node has" {
    "$XENSIM" sim set memory=16384 cpus=8
    expect 0 host
    silent err
    said out 'toolstack          sim' 'memory             16384 MiB' 'cpus               8' 'domains            0'
    json 0 '.memory_total_mib == 16384 and .cpus == 8 and .domains == 0 and .error == null and .host == "dom0-a"' host
    json 0 '.memory_free_mib + .memory_dom0_mib <= .memory_total_mib' host
}

@test "host tells what is missing or absurd, and never makes it up" {
    fake_xl
    "$XENSIM" list -v > domains
    cp "$BATS_TEST_DIRNAME/../fixtures/xl/info-4.17-underflow.txt" info
    real_xensure -o json host > out 2> err
    jq -e '.memory_total_mib == 261888 and .memory_free_mib == null and .cpus == 64' out
    said err 'free_memory'
    sed -i '/_memory\|^nr_\|per_/d' info
    real_xensure host > out 2> err
    said out 'memory             not known' 'sockets            not known'
    said err 'total_memory'
}

@test "host: a toolstack that does not answer is an error" {
    "$XENSIM" sim fault info fail --times always
    expect 1 host
    said err 'does not answer'
    json 1 '.cpus == null and (.error | contains("does not answer"))' host
}

@test "console becomes the toolstack's console, by id" {
    fake_xl
    spec <<< '  web1: {}'
    expect 0 apply
    "$XENSIM" list -v > domains
    real_xensure console web1 > out
    [ "$(cat out)" = "this is xl console $(domid web1)" ]
    "$XENSIM" pause web1
    "$XENSIM" list -v > domains
    real_xensure console web1 > out 2> err
    said err 'web1 is paused'
    said out 'console'
}

@test "console: a domain that is not here, dom0, and JSON are errors" {
    spec <<< '  web1: {}'
    expect 1 console web1
    said err "there is no domain 'web1' on this host"
    expect 1 console Domain-0
    json 1 '.error != null' console web1
}
