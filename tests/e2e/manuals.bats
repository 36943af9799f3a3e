# The manual pages: what the program can do stands in them, and what they show works.

bats_require_minimum_version 1.5.0

setup() {
    pages=$BATS_TEST_DIRNAME/../../agent/man
    cd "$BATS_TEST_TMPDIR" || return
}

# blocks PAGE: writes each example of a page into a file of its own, PAGE-N.
blocks() {
    awk -v page="$1" '/^```$/ { inside = !inside; count += inside; next } inside { print >(page "-" count) }' "$pages/$1.scd"
}

# filled PAGE: the page with the sections that come from the program's tables.
filled() {
    "$XENSURE" --help --format man > commands.scd
    "$XENSURE" schema --format man > keys.scd
    "$XENSIM" --help > xensim-help
    awk -f "$pages/fill.awk" commands.scd keys.scd xensim-help "$pages/$1.scd"
}

@test "each page is filled, and scdoc takes it" {
    command -v scdoc > /dev/null || skip "scdoc is not installed"
    for page in "$pages"/*.scd; do
        name=$(basename "$page" .scd)
        filled "$name" > page
        run ! grep '^@' page
        scdoc < page > /dev/null
    done
    echo '@no such section@' > broken.scd
    run ! awk -f "$pages/fill.awk" commands.scd broken.scd
}

@test "xensure(8) has every command, option and exit code" {
    filled xensure.8 > page
    "$XENSURE" --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on && /^  [a-z]/ { print $1 }' > names
    [ "$(wc -l < names)" -gt 10 ]
    while read -r name; do
        grep -qE "^\*$name\*" page || { echo "no command $name"; return 1; }
        for option in $("$XENSURE" "$name" --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
            grep -qE -- "^(\*-.\*, )?\*$option\*" page || { echo "no option $option"; return 1; }
        done
    done < names
    grep -qF "$(printf '\tauto, xl, xm, or sim (simulated).')" page
    grep -qF "$(printf '\tRead FILE instead of')" page
    sed -n 's/^ *EXIT_[A-Z_]* = \([0-9]*\).*/\1/p' "$BATS_TEST_DIRNAME/../../agent/exit_code.h" > codes
    [ "$(wc -l < codes)" -ge 8 ]
    while read -r code; do
        grep -qxF "*$code*" page || { echo "no exit code $code"; return 1; }
    done < codes
}

@test "xensure(8) has every event of the log, by its id, and every file of the daemon" {
    filled xensure.8 > page
    sed -n 's/^EVENT(\([A-Z_]*\), "\([0-9a-f]*\)".*/\1 \2/p' "$BATS_TEST_DIRNAME/../../agent/log_events.def" > events
    [ "$(wc -l < events)" -ge 14 ]
    [ "$(cut -d ' ' -f 2 events | grep -cE '^[0-9a-f]{32}$')" = "$(wc -l < events)" ]
    [ -z "$(cut -d ' ' -f 2 events | sort | uniq -d)" ]
    while read -r name id; do
        name=${name,,}
        grep -qF "*${name//_/-}* ($id)" page || { echo "no event $name"; return 1; }
    done < events
    for file in agent.yaml agent.lock; do
        grep -q "^_/run/xensure/${file}_" page
        grep -q "\"$file\"" "$BATS_TEST_DIRNAME"/../../agent/daemon*.c
    done
}

@test "xensure-spec(5) and xensure-agent.yaml(5) have every key" {
    filled xensure-spec.5 > spec
    filled xensure-agent.yaml.5 > agent
    "$XENSURE" -o json schema | jq -r '.tables | to_entries[] | .key as $table | .value[] | [$table, .name] | @tsv' > keys
    [ "$(wc -l < keys)" -gt 150 ]
    while IFS=$'\t' read -r table name; do
        case $table in agent | source | hook) page=agent ;; *) page=spec ;; esac
        grep -qE "^\*${name//_/\\\\_}\*" $page || { echo "no key $name of $table"; return 1; }
    done < keys
}

@test "the files that a run leaves are named" {
    export XENSIM_DIR=$PWD/sim
    mkdir etc
    printf '%s\n' 'xensure: 1' 'fleet: lab' 'domains: {web1: {type: pvh, kernel: /a, memory: 64MiB, adopt: true}}' > spec.yaml
    echo 'name = "web1"' > etc/web1.cfg
    printf '%s\n' 'name = "web1"' 'type = "pvh"' 'kernel = "/a"' 'memory = 64' > running.cfg
    "$XENSIM" create running.cfg
    "$XENSURE" --toolstack sim --state-dir "$PWD/state" --xen-config-dir "$PWD/etc" --spec spec.yaml apply
    "$XENSURE" --toolstack sim --state-dir "$PWD/state" suspend --reason tests
    sed -i 's,kernel: /a,kernel: /b,' spec.yaml
    "$XENSURE" --toolstack sim --state-dir "$PWD/state" --xen-config-dir "$PWD/etc" --spec spec.yaml apply --log || [ $? = 4 ]
    [ -e state/told ]
    [ -d state/replaced ]
    for file in state/run/*; do
        grep -qE "^_/run/xensure/$(basename "$file")_" "$pages/xensure.8.scd" || { echo "no file $file"; return 1; }
    done
    rm -r state/run
    for file in state/*; do
        grep -qE "^_/var/lib/xensure/$(basename "$file")/?_" "$pages/xensure.8.scd" || { echo "no file $file"; return 1; }
    done
}

@test "each spec and each agent.yaml that a page shows is right" {
    local count=0
    for page in xensure-spec.5 xensure-agent.yaml.5; do
        blocks $page
        for block in "$page"-*; do
            count=$((count + 1))
            if grep -q '^domains:' "$block"; then
                "$XENSURE" validate "$block"
            else
                printf '%s\n' 'xensure: 1' 'fleet: lab' 'domains: {}' > none.yaml
                "$XENSURE" -c "$block" validate none.yaml
            fi
        done
    done
    [ $count -ge 2 ]
}

@test "what a page shows as commands of a user works" {
    local count=0
    mkdir bin
    ln -s "$XENSURE" bin/xensure
    ln -s "$XENSIM" bin/xensim
    for page in xensure.8 xensim.8; do
        blocks $page
        for block in "$page"-*; do
            grep -q '^\$ ' "$block" || continue
            count=$((count + 1))
            mkdir "in-$block"
            sed 's/^\$ //' "$block" > script
            (cd "in-$block" && PATH=$BATS_TEST_TMPDIR/bin:$PATH bash -eu ../script) > out 2>&1 || { cat out; return 1; }
            grep -q web1 out
        done
    done
    [ $count -ge 2 ]
}
