#!/usr/bin/env bats
# xensure-fetch by itself: what it takes from a server, and what it does not.
# shellcheck disable=SC2030,SC2031,SC2034,SC2154 # web.bash reads and sets variables; a test may have its own

load host
load web

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    certificates
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    ln -s "$BATS_FILE_TMPDIR/tls" tls
}

teardown() {
    stop_web
}

# ask ITEMS [MORE]: xensure-fetch gets a request with these items (JSON), and MORE members; its answer is in the files bodies
# and trailer.
ask() {
    jq -n --arg ca "$PWD/tls/ca.pem" --argjson items "$1" --argjson more "${2-{\}}" \
        '{format_version: 1, profile: "fetch", timeout_s: 20, bytes_max: 100000, ca_file: $ca,
          items: [$items[] | {bytes_max: 50000, is_optional: false} + .]} + $more | with_entries(select(.value != null))' > request
    "$XENSURE_FETCH" < request | cat > answer
    local length
    length=$((10#$(tail -n 1 answer)))
    tail -c $((length + 12)) answer | head -c $length > trailer
    head -c -$((length + 12)) answer > bodies
    jq -e '.format_version == 1' trailer > /dev/null
}

# get PATH [MORE]: asks for one address of the server.
get() {
    ask "[{\"url\": \"$url$1\"}]" "${@:2}"
}

# outcome NAME [TEXT...]: what became of the first item, and what is said of it.
outcome() {
    [ "$(jq -r '.error // .replies[0].outcome' trailer)" = "$1" ] || { cat trailer; return 1; }
    local text
    for text in "${@:2}"; do
        jq -r '.replies[0].message' trailer | grep -qF -- "$text" || { echo "not said: $text"; cat trailer; return 1; }
    done
    [ "$1" = 'done' ] || [ ! -s bodies ]
}

@test "what a server has" {
    mkdir www
    printf 'xensure: 1\n' > www/spec.yaml
    web www
    get /spec.yaml
    outcome 'done'
    cmp bodies www/spec.yaml
    jq -e '.replies[0] | .etag != null and .last_modified != null and .bytes == 11' trailer
}

@test "several things over one connection, of which some may be missing" {
    mkdir www
    echo one > www/one
    printf two > www/two
    web www
    ask "[{\"url\": \"$url/one\"}, {\"url\": \"$url/none\", \"is_optional\": true}, {\"url\": \"$url/two\"}]"
    [ "$(jq -r '[.replies[].outcome] | join(" ")' trailer)" = 'done absent done' ]
    [ "$(cat bodies)" = "$(printf 'one\ntwo')" ]
    stop_web
}

@test "the first thing that is not had ends it" {
    mkdir www
    echo one > www/one
    web www
    ask "[{\"url\": \"$url/none\"}, {\"url\": \"$url/one\"}]"
    [ "$(jq -r '[.replies[].outcome] | join(" ")' trailer)" = 'refused not-asked' ]
    [ "$(requests)" = '404 /none' ]
}

@test "what was not modified is not sent again, and the rest is asked for all the same" {
    mkdir www
    echo one > www/one
    web www
    get /one
    local etag changed
    etag=$(jq '.replies[0].etag' trailer)
    changed=$(jq '.replies[0].last_modified' trailer)
    ask "[{\"url\": \"$url/one\", \"etag\": $etag}, {\"url\": \"$url/one\", \"last_modified\": $changed}, {\"url\": \"$url/one\"}]"
    [ "$(jq -r '[.replies[].outcome] | join(" ")' trailer)" = 'not-modified not-modified done' ]
    [ "$(jq '.replies[0].etag' trailer)" = "$etag" ]
    echo other > www/one
    ask "[{\"url\": \"$url/one\", \"etag\": $etag}]"
    outcome 'done'
}

@test "a 304 that nobody asked for is no answer" {
    hostile
    get /not-modified
    outcome refused 304
}

@test "limits: of one thing, and of all together" {
    mkdir www
    head -c 1000 /dev/zero > www/zeros
    web www
    ask "[{\"url\": \"$url/zeros\", \"bytes_max\": 1000}]"
    outcome 'done'
    ask "[{\"url\": \"$url/zeros\", \"bytes_max\": 999}]"
    outcome refused 'larger than 999 bytes'
    ask "[{\"url\": \"$url/zeros\"}, {\"url\": \"$url/zeros\"}]" '{"bytes_max": 2000}'
    [ "$(jq -r '[.replies[].outcome] | join(" ")' trailer)" = 'done done' ]
    ask "[{\"url\": \"$url/zeros\"}, {\"url\": \"$url/zeros\"}]" '{"bytes_max": 1999}'
    [ "$(jq -r '[.replies[].outcome] | join(" ")' trailer)" = 'done refused' ]
}

@test "endless answers: a body, headers, the page of an error" {
    hostile
    get /endless
    outcome refused 'larger than 50000 bytes'
    get /endless-headers
    outcome refused 'headers of more than 65536 bytes'
    get /endless-404
    outcome refused 'answered 404'
    ask "[{\"url\": \"$url/endless-404\", \"is_optional\": true}, {\"url\": \"$url/good\"}]"
    [ "$(jq -r '[.replies[].outcome] | join(" ")' trailer)" = 'absent done' ]
    ask "[{\"url\": \"$url/missing-long\", \"is_optional\": true, \"bytes_max\": 100}]"
    outcome absent
}

@test "slow answers: too slow to be waited for, or none at all" {
    hostile
    get /slow '{"timeout_s": 12}'
    outcome unreachable 'too slow'
    get /silent '{"timeout_s": 2}'
    outcome unreachable
    # All things together have the time, not each of them.
    ask "[{\"url\": \"$url/good\"}, {\"url\": \"$url/silent\"}, {\"url\": \"$url/good\"}]" '{"timeout_s": 5}'
    [ "$(jq -r '[.replies[].outcome] | join(" ")' trailer)" = 'done unreachable not-asked' ]
}

@test "an answer that broke off" {
    hostile
    get /half
    outcome refused 'broke off after 500 bytes'
    get /half-chunked
    outcome refused 'broke off after 50 bytes'
    get /nothing
    outcome unreachable
    get /no-http
    outcome unreachable
}

@test "an empty answer, a web page, a part, and other statuses" {
    hostile
    get /empty
    outcome refused 'is empty'
    get /portal
    outcome refused 'is a web page'
    get /portal-status
    outcome refused 511
    get /partial
    outcome refused 206
    get /gone
    outcome refused 410
    ask "[{\"url\": \"$url/gone\", \"is_optional\": true}]"
    outcome absent
}

@test "no encoding is asked for, and a packed answer is not unpacked" {
    hostile
    get /good
    outcome 'done'
    get /packed
    outcome refused 'is packed'
}

@test "redirects: on the same host alone, by HTTPS alone, and not for ever" {
    hostile
    get /here
    outcome 'done'
    get /whole
    outcome 'done'
    get /to-http
    outcome refused 'http://localhost'
    get /to-file
    outcome refused 'file:///etc/passwd'
    get /to-other
    outcome refused 'https://127.0.0.1'
    get /to-user
    outcome refused
    get /circle
    outcome refused 'more than 5 times'
}

@test "what a server calls its body comes back without control characters, or not at all" {
    hostile
    get /long-etag
    outcome 'done'
    [ "$(jq '.replies[0].etag' trailer)" = null ]
    get /binary-etag
    outcome 'done'
    [ "$(jq -r '.replies[0].etag' trailer)" = '"a??"' ]
}

@test "addresses that are none of HTTPS" {
    local bad
    for bad in http://localhost/a file:///etc/passwd https://root:a@localhost/ https:/// ftp://localhost/a /etc/passwd 'https://local host/'; do
        ask "[{\"url\": \"$bad\"}]"
        outcome refused
    done
}

@test "nobody at home: no such name, a closed port" {
    url=https://no-such-host.invalid
    get /a
    outcome unreachable no-such-host.invalid
    url=https://localhost:1
    get /a
    outcome unreachable
}

@test "a name server that says nothing is waited for as long as the request may take" {
    [ "$(id -u)" = 0 ] || skip 'not root'
    unshare -m true 2> /dev/null || skip 'no mount namespace to be had'
    echo 'nameserver 127.9.9.9' > resolv.conf
    echo 'hosts: dns' > nsswitch.conf
    /usr/bin/python3 -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.9.9.9", 53))
print("ready", flush=True)
time.sleep(600)' > ready 3>&- &
    hostile_pid=$!
    wait_until test -s ready
    url=https://specs.example.org
    printf '#!/bin/sh\nmount --bind resolv.conf /etc/resolv.conf\nmount --bind nsswitch.conf /etc/nsswitch.conf\nexec %s\n' \
        "$XENSURE_FETCH" > program
    printf '#!/bin/sh\nexec unshare -m sh ./program\n' > fetch
    chmod +x fetch
    XENSURE_FETCH=./fetch
    get /a '{"timeout_s": 1}'
    outcome unreachable
    # The server of names would still be there.
    kill -0 "$hostile_pid"
}

@test "certificates: another CA, another name, one that has expired, the system's CAs" {
    mkdir www
    echo a > www/a
    for server_certificate in stranger misnamed; do
        web www
        get /a
        outcome unreachable 'SSL'
        stop_web
    done
    server_certificate=server
    web www
    get /a '{"ca_file": null}'
    outcome unreachable 'SSL'
    get /a
    outcome 'done'
    get /a "{\"ca_file\": \"$PWD/tls/other-ca.pem\"}"
    outcome unreachable 'SSL'
}

@test "a certificate that has expired" {
    mkdir www
    echo a > www/a
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" -keyout tls/expired.key -out tls/expired.csr 2> /dev/null
    : > tls/index
    echo 01 > tls/serial
    openssl x509 -req -in tls/expired.csr -CA tls/ca.pem -CAkey tls/ca.key -CAcreateserial -days -1 \
        -extfile <(echo subjectAltName=DNS:localhost) -out tls/expired.pem 2> /dev/null
    server_certificate=expired
    web www
    get /a
    outcome unreachable expired
}

@test "a pin: the server's key, another one, and the CA has to fit all the same" {
    mkdir www
    echo a > www/a
    web www
    get /a "{\"pin\": \"$(pin server)\"}"
    outcome 'done'
    get /a "{\"pin\": \"$(pin stranger)\"}"
    outcome unreachable 'public key'
    get /a "{\"pin\": \"$(pin server)\", \"ca_file\": \"$PWD/tls/other-ca.pem\"}"
    outcome unreachable
}

@test "TLS 1.1 is refused" {
    hostile --tls11
    # The server does speak it.
    echo | openssl s_client -connect "localhost:$port" -CAfile tls/ca.pem -tls1_1 -cipher 'ALL:@SECLEVEL=0' 2>&1 | grep -q 'Protocol *: TLSv1.1'
    get /good
    outcome unreachable
    # Also where the system's own settings would let it.
    unshare -m true 2> /dev/null || skip 'no mount namespace to be had'
    printf '%s\n' 'openssl_conf = all' '[all]' 'ssl_conf = ssl' '[ssl]' 'system_default = default' '[default]' 'MinProtocol = TLSv1' \
        'CipherString = ALL:@SECLEVEL=0' > openssl.cnf
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nmount --bind %s /etc/ssl/openssl.cnf && exec "$@"\n' "$PWD/openssl.cnf" > lenient
    chmod +x lenient
    unshare -m ./lenient curl -s -o probe --cacert tls/ca.pem --tlsv1.0 "$url/good"
    [ "$(cat probe)" = good ]
    unshare -m ./lenient "$XENSURE_FETCH" < request | cat > answer
    grep -q '"outcome":"unreachable"' answer
}

@test "a client certificate, with its key beside it or in the same file" {
    mkdir www
    echo a > www/a
    web www "ssl_client_certificate $PWD/tls/ca.pem;" "ssl_verify_client on;"
    get /a
    outcome refused 400
    get /a "{\"client_certificate\": \"$PWD/tls/client.pem\", \"client_key\": \"$PWD/tls/client.key\"}"
    outcome 'done'
    cat tls/client.pem tls/client.key > both.pem
    get /a "{\"client_certificate\": \"$PWD/both.pem\"}"
    outcome 'done'
}

@test "a proxy is the request's, never the environment's" {
    mkdir www
    echo a > www/a
    web www
    export https_proxy=http://localhost:1 HTTPS_PROXY=http://localhost:1 all_proxy=http://localhost:1
    get /a
    outcome 'done'
    get /a '{"proxy": "http://localhost:1"}'
    outcome unreachable
    proxy
    get /a
    [ ! -s proxy.log ]
    get /a "{\"proxy\": \"$proxy\"}"
    outcome 'done'
    [ "$(cat proxy.log)" = "CONNECT localhost:$port" ]
    # It is no way around the server's certificate.
    get /a "{\"proxy\": \"$proxy\", \"ca_file\": \"$PWD/tls/other-ca.pem\"}"
    outcome unreachable
}

@test "a file that cannot be read is told, and nothing is asked for" {
    mkdir www
    echo a > www/a
    web www
    get /a '{"ca_file": "/nowhere/ca.pem"}'
    jq -e '.error | contains("/nowhere/ca.pem")' trailer
    [ ! -s nginx/access.log ]
}

@test "what is no request" {
    local bad
    for bad in '' 'x' '{}' '{"format_version": 2, "profile": "fetch"}' '{"format_version": 1}'; do
        run ! "$XENSURE_FETCH" <<< "$bad"
    done
    for bad in '{"items": []}' '{"items": [{}]}' '{"timeout_s": 0}' '{"bytes_max": -1}' '{"pin": 5}' '{"proxy": "a\nb"}' '{"profile": "other"}'; do
        url=https://localhost:1
        get /a "$bad"
        jq -e '.error | startswith("expected a ")' trailer
    done
}

@test "the rights are gone before the network hears of it, and it has nothing but its own descriptors" {
    hostile
    jq -n --arg url "$url/silent" --arg ca "$PWD/tls/ca.pem" '{format_version: 1, profile: "fetch", timeout_s: 60, bytes_max: 100,
        ca_file: $ca, items: [{url: $url, bytes_max: 100, is_optional: false}]}' > request
    # One more than its own: it has to go.
    "$XENSURE_FETCH" < request 2> err 9< request > >(cat > answer) &
    local fetch=$!
    # It waits for an answer: all that it does before is done.
    wait_until grep -q silent hostile.log
    confined "$fetch"
    grep -qE '^Max file size +0 +0 ' "/proc/$fetch/limits"
    # The three that it was given, and what a connection takes.
    local fd
    for fd in "/proc/$fetch/fd"/*; do
        [[ ${fd##*/} -le 2 || $(readlink "$fd") =~ ^(socket|pipe|anon_inode): ]] || { ls -l "/proc/$fetch/fd"; return 1; }
    done
    kill "$fetch"
}

@test "root without the user xensure-fetch: nothing is fetched" {
    [ "$(id -u)" = 0 ] || skip 'not root'
    unshare -m true 2> /dev/null || skip 'no mount namespace to be had'
    mkdir www
    echo a > www/a
    web www
    get /a
    outcome 'done'
    grep -v '^xensure-fetch:' /etc/passwd > passwd
    # shellcheck disable=SC2016
    unshare -m sh -c 'mount --bind passwd /etc/passwd; exec "$0"' "$XENSURE_FETCH" < request | cat > answer
    grep -q 'expected a user xensure-fetch' answer
    echo 'xensure-fetch:x:0:0::/:/bin/false' >> passwd
    # shellcheck disable=SC2016
    unshare -m sh -c 'mount --bind passwd /etc/passwd; exec "$0"' "$XENSURE_FETCH" < request | cat > answer
    grep -q 'found one who is' answer
    [ "$(requests | wc -l)" = 1 ]
}
