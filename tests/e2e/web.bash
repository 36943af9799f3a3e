# Web servers on loopback: nginx with TLS and a CA made on the spot, and one that does what no server should.
# $XENSURE_FETCH is the program that fetches; the servers of a test end with it.
# shellcheck disable=SC2034 # tests read what it sets

# certificates: a CA (ca.pem), another one (other-ca.pem), and certificates of localhost by each, in the folder tls.
certificates() {
    mkdir -p tls
    local ca
    for ca in ca other-ca; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$ca" -keyout "tls/$ca.key" \
            -out "tls/$ca.pem" 2> /dev/null
    done
    certificate ca server localhost
    certificate other-ca stranger localhost
    certificate ca misnamed specs.example.org
    certificate ca client dom0-a
}

# certificate CA NAME HOST [DAYS]: tls/NAME.pem and tls/NAME.key.
certificate() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$3" -keyout "tls/$2.key" -out "tls/$2.csr" 2> /dev/null
    openssl x509 -req -in "tls/$2.csr" -CA "tls/$1.pem" -CAkey "tls/$1.key" -CAcreateserial -days "${4:-2}" \
        -extfile <(echo "subjectAltName=DNS:$3") -out "tls/$2.pem" 2> /dev/null
    cat "tls/$1.pem" >> "tls/$2.pem"
}

# pin NAME: the pin of a certificate's key.
pin() {
    echo "sha256//$(openssl x509 -in "tls/$1.pem" -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64)"
}

# web FOLDER [LINE...]: nginx serves the folder on $port, with the LINEs in its server block, until the test ends.
web() {
    local folder=$1
    shift
    mkdir -p nginx
    chmod 755 . "$folder"
    # A port that is free now may be taken by the time that it is bound: then another one.
    local tries
    for tries in 1 2 3 4 5; do
        port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
        nginx_config "$PWD/$folder" "$@" > nginx/nginx.conf
        if nginx -q -p nginx -c nginx.conf -e "$PWD/nginx/error.log" 2> nginx/start.log; then break; fi
        [ "$tries" -lt 5 ] || { cat nginx/start.log; return 1; }
    done
    url=https://localhost:$port
}

nginx_config() {
    local folder=$1
    shift
    printf '%s\n' "user root;" "worker_processes 1;" "pid $PWD/nginx/pid;" "error_log $PWD/nginx/error.log;" "events {}" "http {" \
        "access_log $PWD/nginx/access.log;" "types { text/html html; }" "default_type text/plain;" \
        "client_body_temp_path $PWD/nginx/a; proxy_temp_path $PWD/nginx/b; fastcgi_temp_path $PWD/nginx/c; uwsgi_temp_path $PWD/nginx/d; scgi_temp_path $PWD/nginx/e;" \
        "server {" "listen 127.0.0.1:$port ssl;" "server_name localhost;" "root $folder;" \
        "ssl_certificate $PWD/tls/${server_certificate:-server}.pem;" "ssl_certificate_key $PWD/tls/${server_certificate:-server}.key;" "$@" "}" "}"
}

# stop_web: the servers end.
stop_web() {
    [ ! -f nginx/pid ] || kill "$(cat nginx/pid)" 2> /dev/null || true
    [ -z "${hostile_pid:-}" ] || kill "$hostile_pid" 2> /dev/null || true
    hostile_pid=
    [ -z "${proxy_pid:-}" ] || kill "$proxy_pid" 2> /dev/null || true
    proxy_pid=
}

# proxy: a web proxy at $proxy; whom it is asked for is in the file proxy.log.
proxy() {
    "$BATS_TEST_DIRNAME/connect-proxy" > proxy.port 2> proxy.log 3>&- &
    proxy_pid=$!
    wait_until test -s proxy.port
    proxy=http://localhost:$(cat proxy.port)
}

# confined PID: this process has given up its rights.
confined() {
    local status user
    status=$(cat "/proc/$1/status")
    user=$(id -u)
    [ "$user" != 0 ] || user=$(id -u xensure-fetch)
    local row
    for row in "Uid: $user $user $user $user" 'NoNewPrivs: 1' 'Seccomp: 2' 'CapPrm: 0000000000000000' 'CapEff: 0000000000000000' \
        'CapAmb: 0000000000000000'; do
        tr '\t' ' ' <<< "$status" | grep -qFx -- "$row" || { echo "process $1 is not confined: $row"; echo "$status"; return 1; }
    done
    [ "$(id -u)" != 0 ] || grep -qE '^Groups:[[:space:]]*$' <<< "$status"
    grep -qE '^Max core file size +0 +0 ' "/proc/$1/limits"
}

# requests: what nginx was asked for: "STATUS PATH" a line.
requests() {
    awk '{ print $9, $7 }' nginx/access.log
}

# hostile [OPTION...]: tests/e2e/hostile-server on $port.
hostile() {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/hostile-server" tls/server.pem tls/server.key "$@" > hostile.port 2> hostile.log 3>&- &
    hostile_pid=$!
    wait_until test -s hostile.port
    port=$(cat hostile.port)
    url=https://localhost:$port
}

# lying [FIRST [OTHERS]]: the program that fetches says this of the first file that it is asked for, and of all others:
# not-modified (so also when left out), absent, unreachable.
lying() {
    mkdir -p bin
    [ -e bin/xensure ] || cp "$XENSURE" "$XENSIM" bin
    cat > bin/xensure-fetch << END
#!/usr/bin/python3
import json, sys
asked = json.load(sys.stdin)
says = lambda outcome: {"outcome": outcome, "bytes": 0, "etag": None, "last_modified": None, "message": None}
replies = [says("${2:-${1:-not-modified}}") for item in asked.get("items", [0])]
replies[0] = says("${1:-not-modified}")
answer = json.dumps({"format_version": 1, "error": None, "replies": replies})
sys.stdout.write("%s\\n%010d\\n" % (answer, len(answer)))
END
    chmod 755 bin/xensure-fetch
    XENSURE=$PWD/bin/xensure
}
