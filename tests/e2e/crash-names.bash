# shellcheck shell=bash
# A run in which two domains swap their names in the spec, and a third gets another one and is restarted, for crash.bash.

names_setup() {
    local a=aaaaaaaa-0000-4000-8000-000000000001 b=bbbbbbbb-0000-4000-8000-000000000002
    local c=cccccccc-0000-4000-8000-000000000003
    agent absent_pause=0s parallel=1
    spec <<< "  a: {uuid: $a, protect: true}
  b: {uuid: $b}
  web: {uuid: $c, on_change: restart}"
    expect 0 apply
    mkdir base
    mv sim state xen base
    spec <<< "  b: {uuid: $a, protect: true}
  a: {uuid: $b}
  app: {uuid: $c, on_change: restart, kernel: /boot/b}"
}

names_begin() {
    rm -rf sim state xen
    cp -a base/. .
    "$XENSIM" sim log clear
}

names_apply() {
    "$@" "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.yaml apply
}

# names_recovered WHAT...: the next runs bring all to what the spec says; each domain is there once, those that only swapped
# their names were not touched, and nothing that is known of them is lost.
names_recovered() {
    local run code
    age xen state
    for run in 1 2 3 4 5; do
        code=0
        xensure apply > out 2> err || code=$?
        [ "$code" = 0 ] || { echo "$*: run $run ends with $code"; cat out err; return 1; }
        [ "$("$XENSIM" list -v | awk 'NR > 2 { print substr($7, 1, 1) }' | sort | xargs)" = "a b c" ] ||
            { echo "$*: domains"; "$XENSIM" list -v; return 1; }
        [ -n "$(actions)" ] || break
    done
    [ -z "$(actions)" ] || { echo "$*: not done after $run runs"; actions; return 1; }
    [ "$("$XENSIM" list -v | awk '$1 ~ /^(a|b|app)$/ { print $1, $1 == "app" ? "-" : $2, substr($7, 1, 1) }' | sort | xargs)" = \
        "a 1 a app - c b 2 b" ] || { echo "$*: what only swapped its name was touched"; "$XENSIM" list -v; return 1; }
    [ "$(awk '/^domain / { name = $2 } /^uuid / { uuid = substr($2, 1, 1) } /^flags / { last[name] = uuid " " $0 }
        END { for (name in last) print name, last[name] }' state/record | sort | xargs)" = "a b flags running claimed app c flags running claimed b a flags running claimed protected" ] ||
        { echo "$*: the record"; cat state/record; return 1; }
    { [ "$(grep -l '/boot/b' xen/*)" = xen/app.cfg ] && grep -q bbbbbbbb xen/a.cfg && grep -q aaaaaaaa xen/b.cfg; } ||
        { echo "$*: config files"; head -3 xen/*; return 1; }
    [ "$(cd xen && echo *)" = "a.cfg app.cfg b.cfg" ] || { echo "$*: files"; ls xen; return 1; }
    left_behind xen state || { echo "$*"; return 1; }
}
