#!/usr/bin/env bats
# Sources at an HTTPS address: what is followed, what is refused, and what goes on without them.
# shellcheck disable=SC2034,SC2154,SC2016,SC2317 # web.bash reads and sets variables; backticks in messages; a test has functions of its own

load host
load web

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    certificates
    local name
    for name in a b c; do
        "$XENSURE" keygen --no-password --secret-key "$name.key" --public-key "$name.pub" > /dev/null
    done
}

setup() {
    setup_host
    ln -s "$BATS_FILE_TMPDIR/tls" tls
    cp "$BATS_FILE_TMPDIR"/[abc].key "$BATS_FILE_TMPDIR"/[abc].pub .
    mkdir www
    web www
    publish 1 '  web1: {}'
    follow "$url/spec.yaml"
}

teardown() {
    stop_web
}

# Without --spec: the sources of agent.yaml count.
xensure() {
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim "$@"
}

# write FILE GENERATION DOMAINS: a spec.
write() {
    spec "generation: $2" <<< "$3"
    mv spec.yaml "$1"
}

sign() { # NAME FILE ARG...
    "$XENSURE" sign --secret-key "$1.key" "${@:2}" > /dev/null
}

# publish GENERATION DOMAINS: www/spec.yaml, signed by a.
publish() {
    write www/spec.yaml "$1" "$2"
    rm -f www/spec.yaml.minisig
    sign a www/spec.yaml
}

# follow ADDRESS [MORE [TRUST]]: agent.yaml has one source, with MORE keys of it; it trusts a alone, or what TRUST says.
follow() {
    agent absent_pause=0s "sources=[{url: \"$1\", ca_file: $PWD/tls/ca.pem, timeout: 10s${2:+, $2}}]" \
        "trust=${3:-{keys: [$PWD/a.pub], first_use: allow\}}"
}

is_listed() {
    "$XENSIM" list | grep -q "^$1 "
}

# kept: what runs is kept by the copy: a guest that is gone is started again, although the source gives nothing good. Exit
# code and words are given.
kept() {
    local code=$1
    shift
    "$XENSIM" destroy web1
    xensure forget web1 > /dev/null # how often it was started already
    expect "$code" apply
    said err "$@" 'the copy that was fetched'
    is_listed web1
    expect "$code" plan
    said err "$@"
}

@test "a spec at an address is applied, and then followed" {
    expect 2 plan
    said out web1
    expect 0 apply
    is_listed web1
    in_sync
    publish 2 '  web1: {}
  web2: {}'
    expect 2 plan
    expect 0 apply
    is_listed web2
    in_sync
}

@test "what is there already is not sent again" {
    expect 0 apply
    : > nginx/access.log
    expect 0 apply
    [ "$(requests | head -n 1)" = '304 /spec.yaml' ]
    [ "$(requests | grep -c '^304')" = 1 ]
}

@test "plan keeps nothing, and asks anew each time" {
    expect 2 plan
    [ ! -e state/sources ]
    [ ! -e state ] || [ -z "$(find state -type f)" ]
    : > nginx/access.log
    expect 2 plan
    [ "$(requests | head -n 1)" = '200 /spec.yaml' ]
}

@test "the source is away: what should run is kept, with a warning and exit code 0" {
    expect 0 apply
    stop_web
    kept 0 'does not answer'
    # Another certificate is no answer either.
    server_certificate=stranger
    web www
    follow "$url/spec.yaml"
    expect 1 apply
    said err 'does not answer' 'no copy of it here'
}

@test "the source is away before there is a copy: exit code 1, and nothing is done" {
    stop_web
    for command in plan apply; do
        expect 1 $command
        said err 'does not answer' 'no copy'
        silent out
    done
    [ -z "$(changes)" ]
}

@test "404, an empty file, a web page, half a file, another status: told as what they are, and the copy is kept" {
    expect 0 apply
    mv www/spec.yaml spec.kept
    kept 0 'gives no spec.yaml' 'answered 404'
    : > www/spec.yaml
    kept 0 'gives no spec.yaml' 'is empty'
    echo '<!DOCTYPE html><html>Welcome to our wireless network</html>' > www/spec.yaml
    kept 0 'gives no spec.yaml' 'is a web page'
    cp spec.kept www/spec.yaml
    in_sync
}

@test "a portal in front of the signature alone" {
    expect 0 apply
    echo '<html>Welcome</html>' > www/spec.yaml.minisig
    kept 0 'gives no spec.yaml.minisig' 'is a web page'
}

@test "what nobody has signed is refused with exit code 3, loudly, and the copy is kept" {
    expect 0 apply
    write www/spec.yaml 2 '  evil: {vcpus: 1}'
    kept 3 'gives what is refused' 'expected a signature'
    run ! is_listed evil
    rm www/spec.yaml.minisig
    kept 3 'gives what is refused' 'expected a signature'
    sign b www/spec.yaml
    kept 3 'gives what is refused'
    run ! is_listed evil
    # Half of a good one.
    publish 2 '  web1: {}'
    truncate -s -5 www/spec.yaml
    kept 3 'gives what is refused'
    publish 2 '  web1: {}'
    in_sync
}

@test "what nobody has signed, without a copy: exit code 3, and nothing is done" {
    rm www/spec.yaml.minisig
    sign b www/spec.yaml
    for command in plan apply; do
        expect 3 $command
        said err 'gives what is refused'
    done
    follow "$url/spec.yaml" '' '{first_use: allow}'
    expect 3 apply
    said err 'a key that is trusted'
    [ -z "$(changes)" ]
}

@test "a spec that was published between two answers is fetched once more" {
    mkdir first
    cp www/spec.yaml first/
    publish 2 '  web1: {}
  web2: {}'
    hostile --first first --then www
    follow "$url/spec.yaml"
    expect 0 apply
    silent err
    is_listed web2
    [ ! -e first/spec.yaml ]
}

@test "what does not fit together the second time, too, is refused" {
    mkdir first
    write first/spec.yaml 2 '  web2: {}'
    write www/spec.yaml 2 '  web3: {}'
    hostile --first first --then www
    follow "$url/spec.yaml"
    expect 3 apply
    [ ! -e first/spec.yaml ]
    [ -z "$(changes)" ]
}

@test "a server that says wrongly that nothing was modified" {
    publish 2 '  web1: {vcpus: 2, maxvcpus: 4}'
    expect 0 apply
    local stamp size
    stamp=$(stat -c %y www/spec.yaml)
    size=$(stat -c %s www/spec.yaml)
    publish 3 '  web1: {vcpus: 3, maxvcpus: 4}'
    # nginx knows a file by its second and its size.
    touch -d "$stamp" www/spec.yaml
    [ "$(stat -c %s www/spec.yaml)" = "$size" ]
    : > nginx/access.log
    expect 0 apply
    requests | grep -q '^304 /spec.yaml$'
    requests | grep -q '^200 /spec.yaml$'
    [ "$(vcpus web1)" = 3 ]
}

@test "signatures of several people, each in a file of its own" {
    follow "$url/spec.yaml" '' "{keys: [$PWD/a.pub, $PWD/b.pub, $PWD/c.pub], threshold: 2, first_use: allow}"
    expect 3 apply
    rm www/spec.yaml.minisig
    sign b www/spec.yaml --name-by-key
    sign c www/spec.yaml --name-by-key
    expect 0 apply
    is_listed web1
    # One of them is taken back: the copy, too, has a signature less.
    local files=(www/spec.yaml.*.minisig) id
    id=${files[0]#www/spec.yaml.}
    id=${id%.minisig}
    follow "$url/spec.yaml" '' "{keys: [$PWD/a.pub, $PWD/b.pub, $PWD/c.pub], threshold: 2, first_use: allow, revoked: [$id]}"
    expect 3 apply
    said err 'the copy that is kept here is not used'
    # The same bytes, signed anew.
    sign a www/spec.yaml
    expect 0 apply
    in_sync
}

# folder: www/lab with two files, signed by a.
folder() {
    mkdir -p www/lab
    write www/lab/one.yaml "${1:-1}" '  web1: {}'
    printf 'xensure: 1\ndomains:\n  web2: {}\n' > www/lab/two.yaml
    sign a www/lab
}

@test "a folder: its manifest, and the files that it lists" {
    folder
    follow "$url/lab/"
    expect 0 apply
    is_listed web1
    is_listed web2
    : > nginx/access.log
    in_sync
    [ "$(requests | sort -u | grep -v 404)" = "$(printf '200 /lab/MANIFEST.minisig\n304 /lab/MANIFEST')" ]
}

@test "of a folder that has changed, what is new is fetched" {
    folder
    follow "$url/lab/"
    expect 0 apply
    printf 'xensure: 1\ndomains:\n  web3: {}\n' > 'www/lab/a third%.yaml'
    write www/lab/one.yaml 2 '  web1: {}'
    sign a www/lab
    : > nginx/access.log
    expect 0 apply
    is_listed web3
    [ "$(requests | grep -c yaml)" = 2 ]
    in_sync
}

@test "of a folder: a file that nobody signed, that is missing, that is another one; and no manifest" {
    folder
    follow "$url/lab/"
    expect 0 apply
    # What the manifest does not list is not asked for, and what is here already need not be there.
    printf 'xensure: 1\ndomains:\n  evil: {}\n' > www/lab/three.yaml
    folder 2
    sed -i /three/d www/lab/MANIFEST
    sign a www/lab/MANIFEST
    rm www/lab/two.yaml
    : > nginx/access.log
    expect 0 apply
    requests > asked
    run ! grep -e three -e two asked
    # What is listed is another file, or none.
    rm www/lab/three.yaml
    folder 3
    echo '  web4: {}' >> www/lab/two.yaml
    sign a www/lab
    echo '  evil: {}' >> www/lab/two.yaml
    kept 3 'gives what is refused' two.yaml
    rm www/lab/two.yaml
    kept 0 'gives no two.yaml' 404
    rm -r www/lab
    kept 0 'gives no MANIFEST' 404
    run ! is_listed evil
    run ! is_listed web4
}

@test "a redirect is followed on the same host alone" {
    stop_web
    web www "location = /here.yaml { return 302 /spec.yaml; }" "location = /here.yaml.minisig { return 302 /spec.yaml.minisig; }" \
        "location = /away.yaml { return 302 https://127.0.0.1:1/spec.yaml; }"
    follow "$url/here.yaml"
    expect 0 apply
    is_listed web1
    follow "$url/away.yaml"
    expect 1 apply
    said err 'not HTTPS on the same host'
}

@test "pin, client certificate, proxy: of the source's own keys" {
    follow "$url/spec.yaml" "pin: \"$(pin stranger)\""
    expect 1 apply
    said err 'does not answer'
    follow "$url/spec.yaml" "pin: \"$(pin server)\""
    expect 0 apply
    stop_web
    web www "ssl_client_certificate $PWD/tls/ca.pem;" "ssl_verify_client on;"
    follow "$url/spec.yaml"
    expect 1 apply
    said err 'answered 400'
    follow "$url/spec.yaml" "client_certificate: $PWD/tls/client.pem, client_key: $PWD/tls/client.key"
    expect 0 apply
    follow "$url/spec.yaml" 'proxy: "http://localhost:1"'
    expect 0 plan
    said err 'does not answer' 'the copy that was fetched'
}

@test "several sources: a site's spec, and a host's own additions" {
    agent absent_pause=0s "sources=[{url: \"$url/spec.yaml\", ca_file: $PWD/tls/ca.pem}, {path: $PWD/own.yaml}]" "trust={keys: [$PWD/a.pub], first_use: allow}"
    printf 'xensure: 1\nfleet: lab\ndomains:\n  own1: {type: pvh, kernel: /boot/a, memory: 64}\n' > own.yaml
    expect 0 apply
    is_listed web1
    is_listed own1
}

@test "keys of a source that say nothing useful" {
    local bad
    for bad in 'http://localhost/a.yaml' 'https://localhost/a' 'https://u:p@localhost/a.yaml' 'https://localhost/a.yaml?b'; do
        follow "$bad"
        expect 1 plan
        said out 'expected an address' || said err 'expected an address'
    done
    follow "$url/spec.yaml" 'pin: abc'
    expect 1 plan
    follow "$url/spec.yaml" "git: https://localhost/a"
    expect 1 plan
    said err 'expected one of'
}

@test "programs that a spec from elsewhere names are those that agent.yaml allows" {
    publish 2 '  web1: {bootloader: /opt/evil}'
    expect 3 apply
    said err bootloader
    [ -z "$(changes)" ]
}

# marked: xensure with a program beside it that fetches, and leaves a mark.
marked() {
    mkdir bin
    cp "$XENSURE" bin/xensure
    cp "$XENSIM" bin/xensim
    printf '#!/bin/sh\ntouch %s/started\nexec %s\n' "$PWD" "$XENSURE_FETCH" > bin/xensure-fetch
    chmod +x bin/xensure-fetch
    XENSURE=$PWD/bin/xensure
}

@test "without a source elsewhere nothing is started that fetches" {
    marked
    expect 0 apply
    [ -e started ]
    rm started
    spec 'generation: 2' <<< '  web1: {}'
    agent absent_pause=0s "sources=[{path: $PWD/spec.yaml}]"
    expect 0 apply
    expect 0 plan
    [ ! -e started ]
}

@test "xensure itself opens no socket of the network, and knows no libcurl" {
    strace -o trace.probe true 2> /dev/null || skip 'no process can be traced here'
    # Leaks cannot be looked for under a tracer.
    ASAN_OPTIONS=detect_leaks=0 strace -o trace -e trace=network "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim apply > out 2> err
    is_listed web1
    run ! grep AF_INET trace
    ldd "$XENSURE" > libraries
    run ! grep -i -E 'curl|libssl|libcrypto|nghttp' libraries
    ldd "$XENSURE_FETCH" | grep -q libcurl
}

@test "the program that fetches is not there: exit code 1; with a copy, what should run is kept" {
    marked
    mv bin/xensure-fetch fetch
    expect 1 apply
    said err 'expected the program xensure-fetch'
    mv fetch bin/xensure-fetch
    expect 0 apply
    rm bin/xensure-fetch
    kept 1 'could not be asked' 'expected the program xensure-fetch'
}
