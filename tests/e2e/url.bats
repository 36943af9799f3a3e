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

sign() { # NAME FILE ARG...: in the place of another's signature
    [ $# -gt 2 ] || rm -f "$2.minisig"
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

@test "the source is away, and nobody looks: it is said once a day, also where it comes and goes" {
    expect 0 apply
    silent err
    stop_web
    expect 0 apply
    said err "xensure: warning: url $url/spec.yaml does not answer: " '; the copy that was fetched on ' ' ago) is used (said once a day)'
    [ "$(wc -l < err)" = 1 ]
    expect 0 apply
    silent out err
    # A log has its own.
    expect 0 apply --log
    said err 'does not answer'
    nginx -q -p nginx -c nginx.conf -e "$PWD/nginx/error.log"
    in_sync
    stop_web
    expect 0 apply
    silent out err
    # The daily line again, and nothing is left of it when all is well.
    sed -i -E "s/^[0-9]+ people/$(($(date +%s) - 86400)) people/" state/told
    expect 0 apply
    said err 'does not answer'
    expect 0 apply
    silent out err
    sed -i -E "s/^[0-9]+ people/$(($(date +%s) - 86400)) people/" state/told
    nginx -q -p nginx -c nginx.conf -e "$PWD/nginx/error.log"
    in_sync
    run ! grep -q people state/told
    # Nor does a log say it each time that it comes.
    expect 0 apply --log
    stop_web
    expect 0 apply --log
    silent out err
    sed -i -E "s/^[0-9]+ log copy/$(($(date +%s) - 86400)) log copy/" state/told
    expect 0 apply --log
    said err 'does not answer'
    # What was refused is an alarm each time.
    nginx -q -p nginx -c nginx.conf -e "$PWD/nginx/error.log"
    local time
    for time in 1 2; do
        mv www/spec.yaml.minisig .
        publish 2 '  web1: {}'
        echo >> www/spec.yaml
        expect 3 apply --log
        said err 'gives what is refused'
        publish 1 '  web1: {}'
        mv spec.yaml.minisig www/
        expect 0 apply --log
    done
}

# patient TIME: the source is asked again after this time.
patient() {
    follow "$url/spec.yaml" "fetch_interval: $1"
}

# asked: how often it was.
asked() {
    requests | grep -c ' /spec.yaml$' || true
}

# asked_ago SECONDS: the last question is so long ago.
asked_ago() {
    local file
    file=$(echo state/sources/*/asked)
    sed -i "1s/^[0-9]*/$(($(date +%s) - $1))/" "$file"
}

@test "fetch_interval: the source is asked once in it, by apply and plan, and then again" {
    patient 1h
    expect 0 apply
    : > nginx/access.log
    publish 2 $'  web1: {}\n  web2: {}'
    in_sync
    [ "$(asked)" = 0 ]
    json 0 '.sources[0].copy == false and .sources[0].trouble == null' plan
    # What stands in agent.yaml counts, at once.
    patient 0s
    expect 2 plan
    patient 1h
    asked_ago 3601
    expect 2 plan
    expect 0 apply
    is_listed web2
    # The clock was put right.
    : > nginx/access.log
    asked_ago -60
    in_sync
    [ "$(asked)" -gt 0 ]
    # Who takes a spec by its generation wants the one that is there.
    : > nginx/access.log
    expect 0 apply --accept-generation 2
    [ "$(asked)" -gt 0 ]
    # Spoilt, it says nothing.
    local text
    for text in '' 'x' "$(date +%s) - answered" "$(date +%s)" "$(date +%s) $(cat sim/boot_id) gone"$'\n\n'; do
        : > nginx/access.log
        printf '%s' "$text" > "$(echo state/sources/*/asked)"
        in_sync
        [ "$(asked)" -gt 0 ]
    done
}

@test "fetch_interval: a source that is silent or refused stays so until it is asked again" {
    patient 1h
    expect 0 apply
    stop_web
    asked_ago 3601
    # Nobody is there: it is told each time, and asked once.
    expect 0 apply
    cp "$(echo state/sources/*/asked)" before
    "$XENSIM" destroy web1
    expect 0 apply
    said err 'does not answer' 'the copy that was fetched'
    is_listed web1
    json 0 '.sources[0].copy == true and .sources[0].trouble != null' apply
    cmp before "$(echo state/sources/*/asked)"
}

@test "fetch_interval: what was refused stays an alarm until the source is asked again" {
    patient 1h
    expect 0 apply
    write www/spec.yaml 2 $'  web1: {}\n  web2: {}'
    sign c www/spec.yaml
    asked_ago 3601
    expect 3 apply
    : > nginx/access.log
    expect 3 apply
    said err 'gives what is refused'
    expect 3 plan
    [ "$(asked)" = 0 ]
    run ! is_listed web2
    sign a www/spec.yaml
    asked_ago 3601
    expect 0 apply
    is_listed web2
}

@test "fetch_interval: after a boot of dom0 the source is asked at once, and keep_for counts on" {
    patient 24h
    expect 0 apply
    "$XENSIM" sim reboot-host
    : > nginx/access.log
    expect 0 apply
    [ "$(asked)" -gt 0 ]
    : > nginx/access.log
    # It was asked, and has not answered for long: changes end, within the interval, too.
    sed -i 's/^fetched .*/fetched 1700000000/' state/sources/*/copy
    echo "1700000000 $(cat sim/boot_id)" > "$(echo state/sources/*/answered)"
    printf '%s %s silent\ndoes not answer: so\n' "$(date +%s)" "$(cat sim/boot_id)" > "$(echo state/sources/*/asked)"
    expect 0 plan
    said err 'longer ago than `trust.keep_for`'
    [ "$(asked)" = 0 ]
    # It has answered when it was asked, which is too long ago: it is asked.
    printf '%s %s answered\n\n' "$(date +%s)" "$(cat sim/boot_id)" > "$(echo state/sources/*/asked)"
    expect 0 apply
    [ "$(asked)" -gt 0 ]
    silent err
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

# taken_over PATH WHAT: somebody has the server, and gives this (hostile-server) in the place of PATH.
taken_over() {
    local before=$port
    stop_web
    rm -f hostile.port
    hostile --port "$before" --then www --instead "$1" "$2"
}

@test "whatever a server does: told as what it is, and the copy is kept" {
    expect 0 apply
    publish 2 '  web1: {}
  web2: {}'
    local row
    # What it does in the place of the spec, and what is said of it.
    for row in '/half|gives no spec.yaml: the answer broke off' '/half-chunked|gives no spec.yaml: the answer broke off' \
        '/partial|answered 206' '/portal|is a web page' '/portal-status|answered 511' '/gone|answered 410' '/packed|is packed' \
        '/endless|larger than 16777216 bytes' '/endless-headers|headers of more than' '/endless-404|answered 404' \
        '/to-http|not HTTPS on the same host' '/to-other|not HTTPS on the same host' '/circle|sends on more than' \
        '/no-http|does not answer' '/nothing|does not answer' '/slow|does not answer: Operation too slow'; do
        taken_over /spec.yaml "${row%%|*}"
        json 0 '.sources[0] | .copy and .generation == 1' plan
        said err "${row#*|}" 'the copy that was fetched'
    done
    kept 0 'does not answer'
    taken_over /spec.yaml.minisig /endless
    kept 0 'gives no spec.yaml.minisig: the answer is larger than'
    taken_over /spec.yaml.minisig /half
    kept 0 'gives no spec.yaml.minisig: the answer broke off'
    run ! is_listed web2
    # What was published all the while, once it comes through.
    taken_over /other /good
    expect 0 apply
    is_listed web2
}

@test "404, an empty file, a web page: told as what they are, and the copy is kept" {
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

@test "what was signed for another address is refused, also of the same keys and fleet" {
    expect 0 apply
    write www/staging.yaml 5 '  evil: {}'
    sign a www/staging.yaml
    cp www/staging.yaml www/spec.yaml
    cp www/staging.yaml.minisig www/spec.yaml.minisig
    kept 3 'gives what is refused' 'expected `file:spec.yaml` in its trusted comment, found file:staging.yaml'
    run ! is_listed evil
    # minisign says the name, too, unless it is told otherwise.
    minisign -S -s a.key -m www/spec.yaml -t 'generation 5'
    kept 3 'found none'
    minisign -S -s a.key -m www/spec.yaml
    expect 4 apply
    is_listed evil
}

@test "every signature that counts is for this address" {
    follow "$url/spec.yaml" '' "{keys: [$PWD/a.pub, $PWD/b.pub], threshold: 2, first_use: allow}"
    cp www/spec.yaml www/other.yaml
    sign b www/other.yaml
    cp www/other.yaml.minisig "www/spec.yaml.$(sed -n '1s/.* //p' b.pub).minisig"
    expect 3 apply
    said err 'found 1;' 'found file:other.yaml'
    [ -z "$(changes)" ]
    sign b www/spec.yaml --name-by-key
    expect 0 apply
}

@test "a folder that was signed under another name is refused" {
    folder
    cp -r www/lab www/racks
    follow "$url/racks/"
    expect 3 apply
    said err 'expected `file:racks/MANIFEST` in its trusted comment, found file:lab/MANIFEST'
    minisign -S -s a.key -m www/racks/MANIFEST
    expect 3 apply
    said err 'found file:MANIFEST' '`xensure sign` writes it'
    [ -z "$(changes)" ]
    (cd www/racks && "$XENSURE" sign . --secret-key ../../a.key)
    expect 0 apply
    is_listed web1
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
    # It is as long as the first one; nginx tells files apart by their second.
    touch -d '1 minute ago' www/lab/MANIFEST
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
    # It is signed for the address that agent.yaml says.
    expect 3 apply
    said err 'found file:spec.yaml'
    cp www/spec.yaml www/here.yaml
    sign a www/here.yaml --signature www/spec.yaml.minisig
    rm www/here.yaml
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

@test "not modified, without a copy: refused" {
    lying
    local command
    for command in plan apply; do
        expect 1 $command
        said err 'gives no spec.yaml: it says that it was not modified, which was not asked' 'no copy of it here'
    done
    [ -z "$(changes)" ]
}

# small FILE GENERATION REST: a spec without profiles, signed by a, as one of several sources.
small() {
    printf 'xensure: 1\nfleet: lab\ngeneration: %s\n%s\n' "$2" "$3" > "$1"
    sign a "$1"
}

@test "what is refused only together with other sources, or on this host: the copies go on" {
    local lab='lab-a: {type: pvh, kernel: /boot/a, memory: 64}'
    small www/other.yaml 1 "domains: {$lab}"
    agent absent_pause=0s "sources=[{url: \"$url/spec.yaml\", ca_file: $PWD/tls/ca.pem}, {url: \"$url/other.yaml\", ca_file: $PWD/tls/ca.pem, names: [\"lab-*\"]}]" \
        "trust={keys: [$PWD/a.pub], first_use: allow}"
    expect 0 apply
    is_listed lab-a
    # Beyond its bounds, a domain of another source, a profile that nobody has.
    small www/other.yaml 2 "domains: {$lab, db1: {type: pvh, kernel: /boot/a, memory: 64}}"
    kept 3 'url '"$url"'/other.yaml gives what is refused: it is signed, and refused: ' "found 'db1'"
    small www/other.yaml 2 "domains: {$lab, web1: {type: pvh, kernel: /boot/a, memory: 64}}"
    kept 3 'it is signed, and refused' "web1"
    small www/other.yaml 2 "domains: {lab-a: {profile: none}}"
    kept 3 'it is signed, and refused'
    run ! is_listed db1
    # What another one gives meanwhile is no fault of its own, and taken.
    publish 2 '  web1: {cpu_weight: 300}'
    expect 3 plan
    run ! grep -q "spec.yaml gives what is refused" err
    json 3 '[.sources[] | [.generation, .copy]] == [[2, false], [1, true]]' plan
    small www/other.yaml 2 "profiles: {default: {kernel: /boot/evil}}
domains: {$lab}"
    json 3 '[.sources[] | [.generation, .copy]] == [[2, false], [1, true]]' plan
    said err "other.yaml gives what is refused: it is signed, and refused: " "expected the profile 'default' once"
    # It is told each time, and what is good again is taken.
    in_trouble() { jq -e '.sources[1].trouble | contains("refused")' out; }
    expect 3 -o json plan
    in_trouble
    small www/other.yaml 3 "domains: {$lab, lab-b: {type: pvh, kernel: /boot/a, memory: 64}}"
    expect 0 apply
    silent err
    is_listed lab-b
}

@test "a new spec that is for other hosts, while a guest has crashed: the copy goes on" {
    expect 0 apply
    small www/spec.yaml 2 'hosts: {dom0-z: {address: 10.0.0.1}}
domains: {}'
    kept 3 'gives what is refused' "this host, 'dom0-a', is not one of them"
    small www/spec.yaml 2 'domains: {web1: {profile: none}}'
    kept 3 'gives what is refused' 'it is signed, and refused'
    publish 2 '  web1: {}'
    expect 0 apply
    silent err
}

@test "what is refused together, without a copy: exit code 3, and nothing is done" {
    small www/spec.yaml 2 'domains: {web1: {profile: none}}'
    local command
    for command in plan apply; do
        expect 3 $command
        said err 'the spec was refused: 3 problems'
    done
    [ -z "$(changes)" ]
}

# unheard WORDS...: the source has not answered, and the copy is used.
unheard() {
    local answered
    answered=$(cat state/sources/*/answered)
    "$XENSIM" sim reboot-host
    expect 0 apply
    said err "$@" 'the copy that was fetched'
    json 0 '.sources[0].copy' apply
    [ "$(cat state/sources/*/answered)" = "$answered" ]
}

@test "what fetches says that nothing is there, or that what was not asked for so was not modified: no answer" {
    expect 0 apply
    # Whoever answers so makes no copy look like what was just published.
    lying absent
    unheard 'gives no spec.yaml: it is said to be absent'
    lying not-modified
    unheard 'gives no spec.yaml.minisig: it says that it was not modified, which was not asked'
    lying not-modified absent
    unheard 'gives no spec.yaml: it says that it was not modified, which was not asked'
    lying unreachable
    unheard 'does not answer: it is not said why'
    # The server may say it of the spec alone; that is believed.
    XENSURE=$BATS_TEST_TMPDIR/bin/xensure
    cp "$XENSURE_FETCH" bin/xensure-fetch
    expect 0 apply
    silent err
    json 0 '.sources[0].copy | not' apply
}
