#!/usr/bin/env bats
# Metrics for Prometheus, and the alerts that go with them.

load host

setup() {
    setup_host
    agent absent_pause=0s "metrics=$PWD/xensure.prom"
    rules=$BATS_TEST_DIRNAME/../../examples/monitoring
}

# has LINE...: the metrics have each line.
has() {
    local line
    for line in "$@"; do
        grep -qxF -- "$line" xensure.prom || { echo "no line $line"; cat xensure.prom; return 1; }
    done
}

# good: promtool has nothing to say of them.
good() {
    command -v promtool > /dev/null || skip "promtool is not installed"
    promtool check metrics < xensure.prom > said 2>&1 || { cat said; return 1; }
    silent said
}

@test "a run that does something, one that holds something, and what promtool says" {
    "$XENSIM" sim add-foreign web2
    spec 'generation: 7' 'expires: 2099-01-01T00:00:00Z' <<< $'  web1: {}\n  web2: {}\n  off: {state: stopped}'
    expect 5 apply
    good
    has 'xensure_run_exit_code 5' 'xensure_spec_generation 7' 'xensure_spec_expiry_timestamp_seconds 4070908800' \
        'xensure_domain_want{domain="web1",state="running"} 1' 'xensure_domain_have{domain="web1",state="running"} 1' \
        'xensure_domain_have{domain="web2",state="none"} 1' 'xensure_domain_conflict{domain="web2"} 1' \
        'xensure_domain_want{domain="off",state="stopped"} 1' 'xensure_domain_have{domain="off",state="none"} 1' \
        'xensure_run_actions{result="done",cause="change"} 2' 'xensure_domain_starts{domain="web1"} 1' \
        'xensure_suspended 0' 'xensure_reports_only 0'
    [ "$(stat -c %a xensure.prom)" = 644 ]
    [ "$(find . -name '*prom*' | wc -l)" = 1 ]
}

@test "drift and change are told apart, also what is only reported" {
    spec <<< $'  web1: {maxmem: 256}\n  web2: {}'
    expect 0 apply
    "$XENSIM" mem-set web1 32
    "$XENSIM" destroy web2
    expect 0 apply
    has 'xensure_run_actions{result="done",cause="drift"} 2' 'xensure_domain_differences{domain="web1",cause="drift"} 0'
    agent absent_pause=0s "metrics=$PWD/xensure.prom" mode=report
    "$XENSIM" mem-set web1 32
    spec <<< $'  web1: {maxmem: 256}\n  web2: {kernel: /boot/b}'
    expect 4 apply
    has 'xensure_domain_differences{domain="web1",cause="drift"} 1' 'xensure_reports_only 1' \
        'xensure_domain_differences{domain="web1",cause="change"} 0' 'xensure_domain_held{domain="web1"} 1' \
        'xensure_domain_differences{domain="web2",cause="change"} 1'
    good
}

@test "a run that was refused is told, without what it does not know; --only leaves all as it is" {
    spec 'generation: 7' <<< '  web1: {}'
    expect 0 apply
    cp xensure.prom before
    expect 0 apply --only web1
    cmp before xensure.prom
    echo nonsense > spec.yaml
    expect 3 apply
    has 'xensure_run_exit_code 3' 'xensure_suspended 0'
    run ! grep -q -e domain -e generation xensure.prom
    grep -q '^xensure_success_timestamp_seconds 1' xensure.prom
    # What `status --max-age` goes by, and no later than that.
    has "$(grep '^xensure_applied_timestamp_seconds 1' before)"
    grep -q '^xensure_error_timestamp_seconds 1' xensure.prom
    good
}

@test "metrics go into a folder, too; where they cannot be written is a warning" {
    agent absent_pause=0s "metrics=$PWD/folder"
    mkdir folder
    spec <<< '  web1: {}'
    expect 0 apply
    [ -s folder/xensure.prom ]
    agent absent_pause=0s "metrics=$PWD/nowhere/x.prom"
    expect 0 apply
    silent out err
    expect 0 apply --log
    said err 'xensure: warning: the metrics are not written: ' "$PWD/nowhere/x.prom"
    # A run of one domain writes none, and does not know.
    expect 0 apply --log --only web1
    expect 0 apply --log
    silent out err
    mkdir nowhere
    expect 0 apply --log
    silent out err
    rm -r nowhere
    spec <<< $'  web1: {}\n  web2: {}'
    expect 0 apply
    said err 'xensure: warning: the metrics are not written: ' "$PWD/nowhere/x.prom"
    expect 0 apply --log
    said err 'warning: the metrics are not written'
}

@test "every metric is in the manual, and each that an alert asks for is written" {
    spec 'generation: 7' 'expires: 2099-01-01T00:00:00Z' <<< '  web1: {}'
    expect 0 apply
    "$XENSIM" sim fault list fail --times always
    cp xensure.prom good.prom
    expect 1 apply
    sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' good.prom xensure.prom | sort -u > names
    [ "$(wc -l < names)" -gt 20 ]
    while read -r name; do
        grep -q "^\*${name//_/\\\\_}\*" "$BATS_TEST_DIRNAME/../../agent/man/xensure.8.scd" || { echo "not told: $name"; return 1; }
    done < names
    grep -o 'xensure_[a-z_]*' "$rules/xensure.rules.yml" | sort -u | comm -23 - names > unknown
    silent unknown
}

@test "the alerts are right, and go off when they should" {
    command -v promtool > /dev/null || skip "promtool is not installed"
    promtool check rules "$rules/xensure.rules.yml"
    promtool test rules "$rules/xensure.rules.test.yml"
}
