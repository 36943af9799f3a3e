# Completion of xensim in bash. All that it offers stands in `xensim --help`; domains are not asked for, since each call
# counts for the faults and the log of the simulated host.

_xensim() {
    local from names
    COMPREPLY=()
    # shellcheck disable=SC2016 # as it stands there
    case $COMP_CWORD:${COMP_WORDS[1]} in
    1:*) from='xl:' names=sim ;;
    2:sim) from='`xensim sim`:' names= ;;
    *) return 0 ;;
    esac
    # The names at the beginning of a line, of several with commas between them.
    names+=$("${COMP_WORDS[0]}" --help 2>/dev/null | awk -v title="Subcommands of $from" '
        $0 == title { on = 1; next }
        $0 == "" { on = 0 }
        on && /^  [a-z]/ {
            for (i = 1; i <= NF; i++) {
                print " " $i
                if (sub(/,$/, "", $i) == 0) break
            }
        }' | tr -d ,)
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "${COMP_WORDS[COMP_CWORD]}" | awk '!seen[$0]++')
}

complete -o bashdefault -o default -F _xensim xensim
