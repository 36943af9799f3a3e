# What a shell offers when somebody presses Tab.

load host

setup() {
    setup_host
    files=$BATS_TEST_DIRNAME/../../agent/completion
    spec <<< '  {web1: {}, web2: {}, db1: {}}'
    mkdir bin
    ln -s "$XENSURE" bin/xensure
    PATH=$PWD/bin:$PATH
}

# offers WORD... -- OFFERED...: after these words, the last of which is begun, xensure offers just that.
offers() {
    local words=()
    while [ "$1" != -- ]; do
        words+=("$1")
        shift
    done
    shift
    "$XENSURE" complete -- "${words[@]}" | cut -f 1 > out
    [ "$(cat out)" = "$(printf '%s\n' "$@")" ] || { echo "offered after ${words[*]}:"; cat out; return 1; }
}

@test "commands, options and their values" {
    offers sus -- suspend
    offers --state-dir x re -- render resume
    offers plan --d -- --diff
    offers status --d --
    offers --toolstack x -- xl xm
    offers -o '' -- text json
    offers apply --only web1 --acc -- --accept-loss --accept-generation --accept-stale
    offers nonsense '' --
    offers he -- help
    offers help st -- status
    offers help status '' --
    [ "$("$XENSURE" complete -- '' | wc -l)" = $(($("$XENSURE" complete -- help '' | wc -l) + 1)) ]
}

@test "names of domains, of the spec and of the record" {
    offers --spec spec.yaml render '' -- db1 web1 web2
    offers --spec spec.yaml apply --only w -- web1 web2
    offers --spec missing.yaml console '' --
    expect 0 apply
    spec <<< '  {web3: {}}'
    offers -c agent.yaml --spec spec.yaml forget web -- web1 web2 web3
    offers -c agent.yaml forget web -- web1 web2
    # A spec that is refused is read as far as it goes.
    echo '  web4: {memory: no}' > spec.yaml
    offers -c agent.yaml --spec spec.yaml forget d -- db1
    # Nobody waits for the network, or for standard input, because of a key.
    offers -c agent.yaml --spec - forget d -- db1
    echo 'sources: [{url: "https://127.0.0.1:1/spec.yaml"}]' >> agent.yaml
    offers -c agent.yaml forget d -- db1
}

@test "file names are left to the shell, and nothing is told on standard error" {
    offers validate s --
    offers --spec s --
    run -0 --separate-stderr "$XENSURE" complete -- -c missing.yaml render ''
    [ -z "$output$stderr" ]
}

@test "in bash" {
    # shellcheck disable=SC2016  # for that bash to expand
    run -0 bash -eu -c '. "$1"; COMP_WORDS=(xensure --spec spec.yaml render w) COMP_CWORD=4; _xensure; echo "${COMPREPLY[*]}"' \
        bash "$files/xensure.bash"
    [ "$output" = "web1 web2" ]
}

# bash_offers FILE FUNCTION WORD... : what bash has to offer for the last of the words.
bash_offers() {
    # shellcheck disable=SC2016  # for that bash to expand
    run -0 bash -eu -c '. "$1"; function=$2; shift 2; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); "$function"; echo "${COMPREPLY[*]}"' \
        bash "$files/$1" "$2" "${@:3}"
}

@test "xensim in bash: its subcommands, all that its help tells" {
    ln -s "$XENSIM" bin/xensim
    bash_offers xensim.bash _xensim xensim vc
    [ "$output" = 'vcpu-list vcpu-pin vcpu-set' ]
    bash_offers xensim.bash _xensim xensim si
    [ "$output" = sim ]
    bash_offers xensim.bash _xensim xensim sim ''
    [ "$output" = 'init set show host seed add-foreign add-halted crash poweroff guest-reboot watchdog suspend hang vanish zombie kill-receiver kill-monitor reboot-host fault log' ]
    # Each is one.
    local name names=$output
    for name in $names; do
        "$XENSIM" sim "$name" > told 2>&1 || true
        run ! grep -F 'expected a subcommand' told
    done
    "$XENSIM" sim nonsense > told 2>&1 || grep -F 'expected a subcommand' told
    # Domains are not asked for: that would use up a fault, and stand in the log.
    "$XENSIM" sim init log=yes
    bash_offers xensim.bash _xensim xensim destroy ''
    [ -z "$output" ]
    [ -z "$("$XENSIM" sim log show)" ]
}

@test "in fish" {
    command -v fish > /dev/null || skip "fish is not installed"
    export HOME=$PWD
    run -0 fish -c "source $files/xensure.fish; complete -C 'xensure --spec spec.yaml render w'"
    [ "$output" = "$(printf 'web1\nweb2')" ]
    run -0 fish -c "source $files/xensure.fish; complete -C 'xensure sus'"
    [ "$output" = $'suspend\tfreeze everything, until `resume`' ]
    run -0 fish -c "source $files/xensure.fish; complete -C 'xensure validate spe'"
    [ "$output" = spec.yaml ]
}

@test "in zsh" {
    command -v zsh > /dev/null || skip "zsh is not installed"
    run -0 zsh -f "$BATS_TEST_DIRNAME/completion.zsh" "$files" 'xensure --spec spec.yaml render d'
    [[ $output == *'render db1'* ]]
    run -0 zsh -f "$BATS_TEST_DIRNAME/completion.zsh" "$files" 'xensure sus'
    [[ $output == *'xensure suspend'* ]]
}
