#!/usr/bin/env bats
# Whoever owns the web server, the network or an old signature gains nothing: each attack on what is believed, by a server
# that gives what was signed once. (Those on the transport are in fetch.bats and url.bats.)
# shellcheck disable=SC2034,SC2154,SC2016 # web.bash reads and sets variables; backticks in messages

load host
load signing
load web

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    certificates
    pair a
}

setup() {
    setup_host
    ln -s "$BATS_FILE_TMPDIR/tls" tls
    cp "$BATS_FILE_TMPDIR"/a.* .
    mkdir www old
    web www
    follow 'first_use: allow'
    publish 5 '  web1: {maxmem: 512}'
}

teardown() {
    stop_web
}

# Without --spec: the sources of agent.yaml count.
xensure() {
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim "$@"
}

# follow TRUST [KEY=VALUE...]: agent.yaml has one source, and trusts the key a.
follow() {
    local trust=$1
    shift
    agent absent_pause=0s "sources=[$(source_at spec.yaml)]" "trust={keys: [$PWD/a.pub]${trust:+, $trust}}" "$@"
}

source_at() {
    echo "{url: \"$url/$1\", ca_file: $PWD/tls/ca.pem, timeout: 10s}"
}

# publish GENERATION DOMAINS [LINE...]: www/spec.yaml, signed; what was there before is in the folder old.
publish() {
    local generation=$1 domains=$2
    shift 2
    [ ! -e www/spec.yaml ] || cp www/spec.yaml* old/
    spec "generation: $generation" "$@" <<< "$domains"
    mv spec.yaml www/
    rm -f www/spec.yaml.minisig
    sign a www/spec.yaml
}

# replay: the server gives what it gave before.
replay() {
    cp old/* www/
}

is_listed() {
    "$XENSIM" list | grep -q "^$1 "
}

# unmoved TEXT...: what the server gives is refused with exit code 3 and these words; the copy is used, so that a guest that
# is gone is started again, and nothing else is done.
unmoved() {
    "$XENSIM" destroy web1
    xensure forget web1 > /dev/null # how often it was started already
    expect 3 plan
    said err 'gives what is refused' "$@" 'the copy that was fetched'
    said out '· a COPY, fetched on '
    expect 3 apply
    said err 'gives what is refused' "$@"
    is_listed web1
    [ "$(memory web1)" = 64 ]
    json 3 '.sources[0].copy and .actions == [] and .error == null' apply
    expect 3 status
    said out '· a COPY, fetched on '
}

@test "rollback: what was signed once is not taken again" {
    expect 0 apply
    publish 6 '  web1: {maxmem: 512, vcpus: 1}'
    expect 0 apply
    replay
    unmoved 'the spec has the generation 5, and 6 was applied here before' \
        'publish the old content with a higher one, or xensure apply --accept-generation 5); the copy'
    # Neither without the copy, since the record is kept apart from it.
    rm -r state/sources
    "$XENSIM" sim log clear
    expect 3 apply
    said err 'the spec has the generation 5, and 6 was applied here before'
    [ -z "$(changes)" ]
    publish 7 '  web1: {maxmem: 512}'
    expect 0 apply
    in_sync
    # To go back is to publish the old content with a higher generation; the operator's word is another way.
    replay
    expect 0 apply --accept-generation 5
    json 0 '.sources[0].generation == 5' apply
}

@test "the same generation with other bytes is an alarm of its own" {
    expect 0 apply
    publish 5 '  web1: {maxmem: 512, memory: 128}'
    unmoved 'another spec with the same generation, 5, was applied here before, and both are signed'
}

@test "a generation far ahead, which no later one could follow" {
    follow 'first_use: allow, max_generation_jump: 10'
    expect 0 apply
    publish 9223372036854775807 '  web1: {maxmem: 512, memory: 128}'
    unmoved 'which is more than 10 beyond 5'
    publish 15 '  web1: {maxmem: 512, memory: 128}'
    expect 0 apply
    [ "$(memory web1)" = 128 ]
}

@test "the wrong audience: another fleet's spec, signed by the same key" {
    expect 0 apply
    publish 6 '  web1: {maxmem: 512, memory: 128}'
    sed -i 's/fleet: lab/fleet: office/' www/spec.yaml
    sign a www/spec.yaml
    unmoved "it is for the fleet 'office', and this host is of 'lab'"
    # And this fleet's, given to an agent of another one.
    rm -r state
    replay
    follow 'first_use: allow' fleet=office
    "$XENSIM" sim log clear
    expect 3 apply
    said err "the spec is for the fleet 'lab', and this host is of 'office' (agent.yaml)"
    [ -z "$(changes)" ]
    # A host that is not in it.
    publish 7 '  web1: {host: dom0-b}' 'hosts: {dom0-b: {}}'
    follow 'first_use: allow'
    expect 3 apply
    said err "this host, 'dom0-a', is not one of them"
    [ -z "$(changes)" ]
}

@test "what is signed, and no spec, changes nothing" {
    expect 0 apply
    publish 6 '  web1: {maxmem: 512, colour: red}'
    unmoved 'it is signed, and no spec' "spec.yaml:6:23: expected a key of a domain, found 'colour'"
    publish 6 '  web1: {maxmem: 512}'
    sed -i /generation/d www/spec.yaml
    sign a www/spec.yaml
    unmoved "expected the key 'generation', which a signed spec must have"
}

# more GENERATION: www/more.yaml, signed.
more() {
    printf 'xensure: 1\nfleet: lab\ngeneration: %s\ndomains: {web2: {maxmem: 512}}\n' "$1" > www/more.yaml
    sign a www/more.yaml
}

@test "mix and match: of several sources, none is an old one, and none holds the others back" {
    more 1
    agent absent_pause=0s "sources=[$(source_at spec.yaml), $(source_at more.yaml)]" "trust={keys: [$PWD/a.pub], first_use: allow}"
    expect 0 apply
    publish 6 '  web1: {maxmem: 512, vcpus: 1}'
    expect 0 apply
    replay
    more 2
    sed -i 's/512/1024/' www/more.yaml
    sign a www/more.yaml
    expect 3 apply
    said err 'spec.yaml gives what is refused: the spec has the generation 5, and 6 was applied here before'
    json 3 '[.sources[] | [.generation, .copy]] == [[6, true], [2, false]]' apply
    # The highest generation of all hides nothing.
    cp www/more.yaml* old/
    more 7
    expect 3 apply
    cp old/more.yaml* www/
    json 3 '[.sources[] | [.generation, .copy]] == [[6, true], [7, true]]' apply
}

@test "of several refusals each is told, in one run" {
    more 1
    agent absent_pause=0s "sources=[$(source_at spec.yaml), $(source_at more.yaml)]" "trust={keys: [$PWD/a.pub], first_use: allow}"
    expect 0 apply
    cp www/more.yaml* old/
    publish 6 '  web1: {maxmem: 512, vcpus: 1}'
    cp www/more.yaml* old/
    more 2
    expect 0 apply
    replay
    rm -r state/sources
    "$XENSIM" sim log clear
    expect 3 apply
    said err 'the spec has the generation 5, and 6 was applied here before' 'the spec has the generation 1, and 2 was applied here before'
    [ -z "$(changes)" ]
}

@test "freeze: what is not renewed stops changes, and no domain" {
    publish 5 '  web1: {maxmem: 512}
  web2: {}' 'expires: 2100-01-01T00:00:00Z'
    expect 0 apply --only web1
    # The end has come, by the newest signature that was seen; the clock may say what it likes.
    sed -i 's/^signed-time .*/signed-time 4102444801/' state/record
    "$XENSIM" destroy web1
    expect 4 apply
    said err 'the clock of this host is behind the newest signature' 'the spec expired on 2100-01-01T00:00:00Z'
    is_listed web1
    run ! is_listed web2
    # One that was not applied here before is not taken at all.
    publish 6 '  web1: {maxmem: 512, memory: 128}' 'expires: 2100-01-01T00:00:00Z'
    expect 3 apply
    said err 'the spec expired on 2100-01-01T00:00:00Z and was never applied here'
    publish 6 '  web1: {maxmem: 512, memory: 128}' 'expires: 2100-02-01T00:00:00Z'
    expect 0 apply
    [ "$(memory web1)" = 128 ]
}

# A site's spec and a team's, which names bound: www/spec.yaml and www/more.yaml.
beside() {
    agent absent_pause=0s "sources=[$(source_at spec.yaml), $(source_at more.yaml | sed 's/}$/, names: [web2, "lab-*"]}/')]" \
        "trust={keys: [$PWD/a.pub], first_use: allow}" "$@"
}

# team GENERATION DOMAINS [LINE]: www/more.yaml, signed.
team() {
    printf '%s\n' 'xensure: 1' 'fleet: lab' "generation: $1" ${3:+"$3"} "domains: {$2}" > www/more.yaml
    sign a www/more.yaml
}

gone() {
    "$XENSIM" destroy "$1"
    xensure forget "$1" > /dev/null
}

# signed_by_a_wrong_clock NAME: www/NAME.yaml, by a signature of the year 2100.
signed_by_a_wrong_clock() {
    rm -f "www/$1.yaml.minisig"
    minisign -S -s a.key -t $'timestamp:4102444800\tfile:'"$1.yaml"$'\thashed' -m "www/$1.yaml"
}

@test "a bounded source that signs with a time to come ends changes of its own domains alone" {
    local lab='web2: {type: pvh, kernel: /boot/a, maxmem: 512, memory: 64}'
    publish 5 '  web1: {maxmem: 512}' 'expires: 2090-01-01T00:00:00Z'
    team 1 "$lab" 'expires: 2090-01-01T00:00:00Z'
    beside
    expect 0 apply
    team 2 'web2: {type: pvh, kernel: /boot/a, maxmem: 512, memory: 128}' 'expires: 2200-01-01T00:00:00Z'
    signed_by_a_wrong_clock more
    expect 0 apply
    run ! grep -q 'clock of this host' err
    run ! grep -q signed-time.4102444800 state/record
    publish 6 '  web1: {maxmem: 512, memory: 128}' 'expires: 2090-01-01T00:00:00Z'
    expect 0 apply
    [ "$(memory web1)" = 128 ]
    # By its own word, its end has come.
    team 3 'web2: {type: pvh, kernel: /boot/a, maxmem: 512, memory: 64}' 'expires: 2090-01-01T00:00:00Z'
    signed_by_a_wrong_clock more
    publish 7 '  web1: {maxmem: 512, memory: 64}' 'expires: 2090-01-01T00:00:00Z'
    expect 3 apply
    said err 'more.yaml gives what is refused: the spec expired on 2090-01-01T00:00:00Z and was never applied here'
    [ "$(memory web1)" = 64 ]
    # And it goes on as soon as it signs by a right one.
    sign a www/more.yaml
    expect 0 apply
    [ "$(memory web2)" = 64 ]
}

@test "a signature made by a clock that was ahead: the operator's word for the next one ends that" {
    publish 6 '  web1: {maxmem: 512}' 'expires: 2090-01-01T00:00:00Z'
    expect 0 apply
    publish 7 '  web1: {maxmem: 512, memory: 128}'
    signed_by_a_wrong_clock spec
    expect 0 apply
    said err 'was made on 2100-01-01T00:00:00Z: that is taken as the time' 'say once xensure apply --accept-generation N'
    publish 8 '  web1: {maxmem: 512}' 'expires: 2090-01-01T00:00:00Z'
    expect 3 apply
    said err 'the spec expired on 2090-01-01T00:00:00Z and was never applied here'
    [ "$(memory web1)" = 128 ]
    expect 0 apply --accept-generation 8
    run ! grep -q 'was not needed' err
    [ "$(memory web1)" = 64 ]
    publish 9 '  web1: {maxmem: 512, memory: 128}' 'expires: 2090-01-01T00:00:00Z'
    expect 0 apply
    silent err
    [ "$(memory web1)" = 128 ]
    # No clock is as wrong as this.
    publish 10 '  web1: {maxmem: 512}' 'expires: 2090-01-01T00:00:00Z'
    rm www/spec.yaml.minisig
    minisign -S -s a.key -t $'timestamp:99999999999999\tfile:spec.yaml\thashed' -m www/spec.yaml
    expect 0 apply
    silent err
}

@test "keys of its own: whom a team trusts signs nothing of the site" {
    local site more
    pair b
    team 1 'web2: {type: pvh, kernel: /boot/a, memory: 64}'
    rm www/more.yaml.minisig
    sign b www/more.yaml
    site=$(source_at spec.yaml | sed "s,}\$,\, keys: [$PWD/a.pub]},")
    more=$(source_at more.yaml | sed "s,}\$,\, keys: [$PWD/b.pub]\, names: [web2]},")
    agent absent_pause=0s "sources=[$site, $more]" 'trust={first_use: allow}'
    expect 0 apply
    is_listed web1
    is_listed web2
    publish 6 '  web1: {state: stopped}'
    rm www/spec.yaml.minisig
    sign b www/spec.yaml
    unmoved 'spec.yaml: expected a signature by the trusted key'
    publish 7 '  web1: {maxmem: 512}'
    rm www/more.yaml.minisig
    team 2 'web2: {type: pvh, kernel: /boot/a, memory: 64, state: stopped}'
    expect 3 apply
    said err 'more.yaml gives what is refused'
    is_listed web2
    # Who follows is of the one source.
    rm www/more.yaml.minisig
    sign b www/more.yaml
    pair c
    publish 8 '  web1: {maxmem: 512}' "signers: [$(key c)]"
    expect 0 apply
    run ! is_listed web2
    publish 9 '  web1: {maxmem: 512, memory: 128}'
    unmoved 'the spec is signed by keys that others have followed since the generation 8'
    rm www/spec.yaml.minisig
    sign c www/spec.yaml
    expect 0 apply
    [ "$(memory web1)" = 128 ]
    # As many as are asked for; and a path is held to them, too.
    agent absent_pause=0s "sources=[$(source_at spec.yaml | sed "s,}\$,\, keys: [$PWD/a.pub]\, threshold: 2},")]"
    expect 1 apply
    said err 'expected at least 2 different keys'
    mkdir local
    spec 'generation: 20' <<< '  web1: {maxmem: 512}'
    mv spec.yaml local/
    agent absent_pause=0s "sources=[{path: $PWD/local/spec.yaml, keys: [$PWD/a.pub]}]"
    expect 3 apply
    said err 'local/spec.yaml: expected a signature'
    sign a local/spec.yaml
    expect 0 apply
    [ "$(memory web1)" = 64 ]
}

@test "the operator's word for what keys of before have signed lasts" {
    pair b
    expect 0 apply
    publish 6 '  web1: {maxmem: 512}' "signers: [$(key b)]"
    expect 0 apply
    publish 7 '  web1: {maxmem: 512, memory: 128}'
    expect 3 apply
    said err 'xensure apply --accept-generation 7'
    expect 0 apply --accept-generation 7
    [ "$(memory web1)" = 128 ]
    in_sync
    gone web1
    expect 0 apply
    is_listed web1
    # It was for this one alone.
    publish 8 '  web1: {maxmem: 512}'
    expect 3 apply
    said err 'the spec is signed by keys that others have followed since the generation 6'
    [ "$(memory web1)" = 128 ]
}

@test "a new spec that has expired already: its source is named, and its copy goes on" {
    local lab='web2: {type: pvh, kernel: /boot/a, memory: 64}'
    team 1 "$lab"
    beside
    expect 0 apply
    team 2 'web2: {type: pvh, kernel: /boot/a, memory: 128}' 'expires: 2020-01-01T00:00:00Z'
    gone web1
    gone web2
    expect 3 plan
    said err "more.yaml gives what is refused: the spec expired on 2020-01-01T00:00:00Z and was never applied here"
    run ! grep -q 'what should run is kept' err
    run ! grep -q 'spec.yaml gives' err
    expect 3 apply
    is_listed web1
    is_listed web2
    [ "$(memory web2)" = 64 ]
    json 3 '[.sources[] | [.generation, .copy]] == [[5, false], [1, true]] and .error == null' apply
    expect 3 status
    said out 'from url '"$url"'/more.yaml · generation 1 ·' '· a COPY, fetched on '
    # Of the sole source, too.
    follow 'first_use: allow'
    publish 6 '  web1: {maxmem: 512, memory: 128}' 'expires: 2020-01-01T00:00:00Z'
    gone web1
    expect 3 apply
    said err 'spec.yaml gives what is refused: the spec expired on 2020-01-01T00:00:00Z and was never applied here'
    is_listed web1
    [ "$(memory web1)" = 64 ]
    # Without a copy there is nothing to go on with.
    rm -r state/sources
    expect 3 apply
    said err "the spec expired on 2020-01-01T00:00:00Z and was never applied here"
    run ! grep -q 'what should run is kept' err
}

@test "freeze: a source within bounds that has expired stops the changes of its own domains alone" {
    lab() { printf '%s: {type: pvh, kernel: /boot/a, memory: 64}' "$1"; }
    team 1 "$(lab web2), $(lab lab-1)" 'expires: 2100-01-01T00:00:00Z'
    beside prune=true
    expect 0 apply
    # What it brought last was applied to others only.
    team 2 "$(lab web2), $(lab lab-2)" 'expires: 2100-01-01T00:00:00Z'
    expect 0 apply --only web1
    sed -i 's/^signed-time .*/signed-time 4102444801/' state/record
    publish 6 '  web1: {maxmem: 512, memory: 128}
  web3: {}'
    gone web2
    planned 'lab-1 shutdown!' 'lab-1 remove-config!' 'web1 set-memory' 'web3 create' 'web2 create' 'lab-2 create!'
    expect 4 apply
    said err "the spec of url $url/more.yaml expired on 2100-01-01T00:00:00Z: what should run of its domains is kept"
    said out "the spec of url $url/more.yaml expired on 2100-01-01T00:00:00Z and brings no changes"
    [ "$(memory web1)" = 128 ]
    is_listed web2
    is_listed web3
    is_listed lab-1
    run ! is_listed lab-2
    expect 4 status
    said out '· EXPIRED on 2100-01-01T00:00:00Z'
    json 4 '[.last_run.sources[].expired] == [null, "on 2100-01-01T00:00:00Z"]' status
    # One without bounds ends the changes of all.
    publish 7 '  web1: {maxmem: 512, memory: 128}
  web3: {}
  web4: {}' 'expires: 2100-01-01T00:00:00Z'
    sed -i 's/^signed-time .*/signed-time 0/' state/record
    expect 0 apply --only web1
    sed -i 's/^signed-time .*/signed-time 4102444801/' state/record
    planned 'lab-1 shutdown!' 'lab-1 remove-config!' 'web4 create!' 'lab-2 create!'
}

@test "a source within bounds that is away for too long stops the changes of its own domains alone" {
    lab() { printf '%s: {type: pvh, kernel: /boot/a, memory: 64}' "$1"; }
    team 1 "$(lab web2)"
    beside
    expect 0 apply
    team 2 "$(lab web2), $(lab lab-2)"
    expect 0 apply --only web1
    rm www/more.yaml
    for copy in state/sources/*/; do
        grep -q more.yaml "$copy/copy" || continue
        sed -i 's/^fetched .*/fetched 1700000000/' "$copy/copy"
        echo '1700000000 boot-of-then' > "$copy/answered"
    done
    publish 6 '  web1: {maxmem: 512, memory: 128}'
    expect 4 apply
    said err "the source of the spec of url $url/more.yaml answered last on 2023-11-14T22:13:20Z, longer ago than"
    [ "$(memory web1)" = 128 ]
    is_listed web2
    run ! is_listed lab-2
}

# The source has answered last years ago.
forget_answers() {
    sed -i 's/^fetched .*/fetched 1700000000/' state/sources/*/copy
    echo '1700000000 boot-of-then' > "$(echo state/sources/*/answered)"
}

@test "a source that is away for too long: what should run is kept, and nothing is stopped or changed" {
    publish 5 '  web1: {maxmem: 512}
  web2: {}'
    expect 0 apply --only web1
    stop_web
    forget_answers
    "$XENSIM" destroy web1
    expect 4 apply
    said err 'the source of the spec answered last on 2023-11-14T22:13:20Z, longer ago than `trust.keep_for`'
    said out 'brings no changes any more'
    is_listed web1
    run ! is_listed web2
    follow 'first_use: allow, keep_for: 3650d'
    expect 0 apply
    is_listed web2
}

@test "the first specs of several sources are taken on a word for each" {
    more 7
    agent absent_pause=0s "sources=[$(source_at spec.yaml), $(source_at more.yaml)]" "trust={keys: [$PWD/a.pub]}"
    expect 3 apply
    said err "or xensure apply --accept-generation $url/spec.yaml=5)" "or xensure apply --accept-generation $url/more.yaml=7)"
    expect 3 status
    said out "  no spec of url $url/more.yaml was"
    expect 3 apply --accept-generation "$url/spec.yaml=5"
    said err "$url/more.yaml=7)"
    run ! grep -q 'spec.yaml=5)' err
    expect 3 apply --accept-generation "$url/spec.yaml=7" --accept-generation "$url/more.yaml=5"
    # A number alone is a word for one source.
    expect 3 apply --accept-generation 5 --accept-generation 7
    said err 'a number alone is a word for one'
    expect 1 apply --accept-generation "$url/other.yaml=5"
    said err "expected one of the sources 'url $url/spec.yaml', 'url $url/more.yaml', found '$url/other.yaml=5'"
    for word in "$url/spec.yaml=" =5 x "a=-5" 5x; do
        expect 1 apply --accept-generation "$word"
        said err "or SOURCE=NUMBER, for --accept-generation, found '$word'"
    done
    [ -z "$(changes)" ]
    expect 0 apply --accept-generation "$url/spec.yaml=5" --accept-generation "url $url/more.yaml=7"
    # Of one of them, the number is enough, where no other needs it.
    more 6
    rm -r state/sources
    expect 3 apply
    expect 3 apply --accept-generation "$url/spec.yaml=6"
    expect 0 apply --accept-generation 6
    in_sync
}

@test "status tells nothing of a spec that was refused as if it were applied" {
    follow ''
    expect 3 apply
    said err 'no spec of url '
    expect 3 status
    said out 'host dom0-a · fleet lab · SPEC REFUSED' 'error: no spec of url '
    run ! grep -q -e '· generation 5' -e '^from ' out
    expect 0 apply --accept-generation 5
    # Nor does it take the place of what is.
    publish 6 '  web1: {maxmem: 512, memory: 128}'
    rm -r state/sources
    publish 4 '  web1: {maxmem: 512, memory: 128}'
    expect 3 apply
    expect 3 status
    said out 'host dom0-a · fleet lab · generation 5 · SPEC REFUSED' 'the last run that looked at the host:' 'done, in sync'
    run ! grep -q 'generation 4 ·' out
}

@test "why a copy is used is told once, and in full by status" {
    expect 0 apply
    publish 6 '  web1: {maxmem: 512}'
    rm www/spec.yaml.minisig
    expect 3 plan
    said err 'gives what is refused: '
    said out ': the source gives what is refused'
    run ! grep -q 'refused: ' out
    expect 3 apply
    expect 3 status
    said out ': the source gives what is refused: ' '· A NEW SPEC REFUSED, the copy before it is used' \
        'a new spec was refused, and the copy before it used (exit code 3)'
    # The comment of a config file says where it is from as people write it.
    head -n 1 xen/web1.cfg > err
    said err ", $url/spec.yaml"
}

@test "a wiped state directory: the first spec is taken on the operator's word" {
    follow ''
    expect 2 plan
    said err '`apply` would refuse this spec: no spec of url https://localhost' 'it has the generation 5' '--accept-generation 5'
    [ ! -e state ]
    expect 3 apply
    said err 'so nothing here tells the newest from an old one' 'first_use: allow' '--accept-generation 5'
    [ -z "$(changes)" ]
    expect 3 apply --accept-generation 4
    expect 3 claim --all
    expect 0 apply --accept-generation 5
    is_listed web1
    in_sync
    publish 6 '  web1: {maxmem: 512, memory: 128}'
    expect 0 apply
    # The record alone was lost: the copy says nothing of what came after it.
    rm state/record
    replay
    expect 3 apply
    said err 'no spec of url https://localhost'
    [ "$(memory web1)" = 128 ]
}

@test "a copy that has decayed, or was changed, is not used" {
    expect 0 apply
    local copy=(state/sources/*/copy)
    sed -i 's/maxmem: 512/maxmem: 513/' "${copy[0]}"
    expect 0 plan
    said err 'the copy that is kept here is not used: spec.yaml: expected a signature by the trusted key'
    # It is fetched anew.
    expect 0 apply
    in_sync
    sed -i 's/maxmem: 512/maxmem: 513/' "${copy[0]}"
    stop_web
    "$XENSIM" sim log clear
    expect 1 apply
    said err 'does not answer' 'no copy of it here that can be used'
    echo garbage > "${copy[0]}"
    expect 1 apply
    said err 'expected the copy of a source as xensure keeps it'
    [ -z "$(changes)" ]
}

@test "of several hosts, one that was booted does not start by an old copy what may run elsewhere" {
    publish 5 '  web1: {host: dom0-a, maxmem: 512}' 'hosts: {dom0-a: {}, dom0-b: {address: 127.0.0.1}}'
    printf '#!/bin/sh\nexit 255\n' > ssh
    chmod +x ssh
    follow 'first_use: allow' "ssh=[$PWD/ssh]"
    expect 4 apply
    expect 0 claim --all
    expect 0 apply
    is_listed web1
    stop_web
    # In the same boot nobody can have it.
    "$XENSIM" destroy web1
    expect 0 apply
    is_listed web1
    "$XENSIM" sim reboot-host
    expect 4 apply
    said out 'its source has not answered since dom0 was booted'
    run ! is_listed web1
    expect 0 apply --accept-stale
    is_listed web1
}

@test "validate and render take the copy, and ask nobody" {
    expect 1 validate
    said err 'is not asked by this command (and there is no copy of it here' '`xensure validate PATH`'
    expect 0 validate www/spec.yaml
    expect 1 render web1
    said err '`--spec PATH`'
    expect 0 render web1 --spec www/spec.yaml
    expect 0 apply
    : > nginx/access.log
    expect 0 validate
    expect 0 render web1
    said out 'maxmem = 512'
    [ ! -s nginx/access.log ]
}

@test "of several hosts, a server that replays an old spec has not answered" {
    publish 4 '  web1: {host: dom0-a, maxmem: 512}' 'hosts: {dom0-a: {}, dom0-b: {address: 127.0.0.1}}'
    publish 5 '  web1: {host: dom0-a, maxmem: 512}' 'hosts: {dom0-a: {}, dom0-b: {address: 127.0.0.1}}'
    printf '#!/bin/sh\nexit 255\n' > ssh
    chmod +x ssh
    follow 'first_use: allow' "ssh=[$PWD/ssh]"
    expect 0 claim --all
    expect 0 apply
    replay
    "$XENSIM" sim reboot-host
    expect 3 apply
    said out 'its source has not answered since dom0 was booted'
    run ! is_listed web1
    publish 5 '  web1: {host: dom0-a, maxmem: 512}' 'hosts: {dom0-a: {}, dom0-b: {address: 127.0.0.1}}'
    expect 0 apply
    is_listed web1
}

# key NAME: its text, as a spec names it.
key() {
    sed -n 2p "$1.pub"
}

# hand_over KEY...: the generation 6 names these keys, and the first of them has signed 7.
hand_over() {
    local name keys=''
    for name in "$@"; do keys+="${keys:+, }$(key "$name")"; done
    expect 0 apply
    publish 6 '  web1: {maxmem: 512}' "signers: [$keys]"
    expect 0 apply
    publish 7 '  web1: {maxmem: 512}'
    rm www/spec.yaml.minisig
    sign "$1" www/spec.yaml
    expect 0 apply
}

@test "new keys: named by a spec that the old ones signed, from the next generation on" {
    pair b c d
    expect 0 apply
    publish 6 '  web1: {maxmem: 512}' "signers: [$(key b), $(key c)]" 'signers_threshold: 2'
    expect 0 apply
    # The spec that named them goes on, by its old signature, from the server and from the copy.
    in_sync
    stop_web
    expect 0 apply
    nginx -q -p nginx -c nginx.conf -e "$PWD/nginx/error.log"
    # What the old key signs is nothing any more.
    publish 7 '  web1: {maxmem: 512, memory: 128}'
    unmoved 'the spec is signed by keys that others have followed since the generation 6'
    rm www/spec.yaml.minisig
    sign b www/spec.yaml --name-by-key
    unmoved 'expected signatures by 2 of the 2 trusted keys, found 1'
    sign c www/spec.yaml --name-by-key
    expect 0 apply
    [ "$(memory web1)" = 128 ]
    jq -s '[.[0].sources[0].signers[]] | sort' <(xensure -o json plan) > signers
    jq -n '[$ARGS.positional[]] | sort' --args "$(cat b.id)" "$(cat c.id)" | diff - signers
    in_sync
    # And on to the next: those named stay until others are.
    publish 8 '  web1: {maxmem: 512, memory: 64}' "signers: [$(key d)]"
    rm www/spec.yaml.*
    sign b www/spec.yaml --name-by-key
    sign c www/spec.yaml --name-by-key
    expect 0 apply
    publish 9 '  web1: {maxmem: 512, memory: 128}'
    rm www/spec.yaml.*
    sign d www/spec.yaml
    expect 0 apply
    [ "$(memory web1)" = 128 ]
    in_sync
}

@test "new keys: who revokes a key, or trusts others, begins anew" {
    pair b
    hand_over b
    # The old key was stolen, and what it named is the thief's.
    follow "first_use: allow, revoked: [$(cat a.id)]"
    expect 1 apply
    said err 'expected at least 1 different key that is not revoked, found 0'
    pair c
    agent absent_pause=0s "sources=[$(source_at spec.yaml)]" "trust={keys: [$PWD/a.pub, $PWD/c.pub], revoked: [$(cat a.id)]}"
    publish 8 '  web1: {maxmem: 512, memory: 128}'
    rm www/spec.yaml.minisig
    sign b www/spec.yaml
    expect 3 apply
    [ "$(memory web1)" = 64 ]
    rm www/spec.yaml.minisig
    sign c www/spec.yaml
    expect 0 apply
    [ "$(memory web1)" = 128 ]
}

@test "new keys: that they count is told, and that they count no more" {
    pair b c
    hand_over b c
    expect 0 plan
    said out "· signed by $(cat b.id) · by keys that generation 6 named"
    expect 0 status
    said out "· signed by $(cat b.id) · by keys that generation 6 named"
    json 0 '.last_run.sources[0].keys_since == 6' status
    # `verify` goes by agent.yaml.
    cp www/spec.yaml* .
    expect 3 verify spec.yaml
    expect 0 verify --public-key b.pub spec.yaml
    # Another key beside the old one: those named are gone, and no silence hides it.
    pair d
    publish 8 '  web1: {maxmem: 512}'
    cp agent.yaml before.yaml
    sed -i "s,a.pub,a.pub\, $PWD/d.pub," agent.yaml
    expect 0 plan
    said err "url $url/spec.yaml: the keys that its generation 6 named (" "$(cat b.id)" "$(cat c.id)" \
        ") count no more, since \`trust\` in agent.yaml was changed; its keys do ($(cat a.id), $(cat d.id))"
    expect 0 apply
    said err 'named (' "$(cat b.id)" ') count no more'
    in_sync
    expect 0 status
    run ! grep -q 'by keys that' out
}

@test "new keys: where they count no more, of agent.yaml's keys only those are named that count" {
    pair b c d
    hand_over b c
    publish 8 '  web1: {maxmem: 512}'
    sed -i "s,a.pub,a.pub\, $PWD/d.pub," agent.yaml
    sed -i "s,^trust: {,&revoked: [\"$(cat d.id)\"]\, ," agent.yaml
    expect 0 plan
    said err "count no more, since \`trust\` in agent.yaml was changed; its keys do ($(cat a.id))"
}

@test "new keys: who puts them into agent.yaml in place of the old ones drops none" {
    pair b
    hand_over b
    sed -i 's,a.pub,b.pub,' agent.yaml
    in_sync
}

@test "new keys: none that could not be followed, and none by a spec that nobody signed" {
    pair b
    expect 0 apply
    publish 6 '  web1: {maxmem: 512}' "signers: [$(key b)]" 'signers_threshold: 2'
    unmoved 'expected at least 2 different keys'
    publish 6 '  web1: {maxmem: 512}' 'signers: [RWxyz]'
    unmoved "expected the second line of a public key's file"
    publish 6 '  web1: {maxmem: 512}' 'signers_threshold: 2'
    unmoved "expected 'signers' beside 'signers_threshold'"
    # An unsigned local spec names nobody.
    agent absent_pause=0s "sources=[{path: $PWD/spec.yaml}]" "trust={keys: [$PWD/a.pub]}"
    spec 'generation: 10' "signers: [$(key b)]" <<< '  web1: {maxmem: 512}'
    expect 0 apply
    run ! grep -q '^signers' state/record
}
