# Completion of xensure in bash. All that it offers comes from xensure itself.

_xensure() {
    local line
    COMPREPLY=()
    while IFS=$'\t' read -r line _; do
        COMPREPLY+=("$line")
    done < <("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}

# Where nothing is offered: names of files.
complete -o bashdefault -o default -F _xensure xensure
