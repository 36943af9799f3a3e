# Transcripts, compared command by command. To be sourced.

compare_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

masked() {
    LC_ALL=C sed -E -f "$compare_folder/masks.sed"
}

# records FILE: the masked transcript, with an ASCII record separator in front of each command and note. Of a migration, all
# lines of the sender and the receiver are one list, sorted; those of the libraries are left out (masks.sed tells why).
records() {
    tr -d '\0' < "$1" | masked | LC_ALL=C awk '
        function flush_lines() {
            printf "%s", lines | "sort"
            close("sort")
            lines = ""
        }
        /^[$#] / { if (is_migration) flush_lines(); printf "\036"; is_migration = /^\$ xl migrate -s .via/; print; fflush(); next }
        is_migration && (/^(libxl|xc|xl): / || /receiver/ || /libxl_domain_suspend failed/ || $0 == "") { next }
        is_migration { lines = lines $0 "\n"; next }
        { print; fflush() }
        END { if (is_migration) flush_lines() }'
}

# compare KEPT NEW [SESSION]: fails, and shows each command that xl answered differently. With SESSION, those that
# differences.txt lists for it are expected to differ.
compare() {
    local kept new session=${3:-} i command reason failed=0
    local -A expected=()
    mapfile -d $'\x1e' -t kept < <(records "$1")
    mapfile -d $'\x1e' -t new < <(records "$2")
    if [ -n "$session" ]; then
        while IFS='|' read -r command reason; do
            expected[$command]=$reason
        done < <(sed -nE "s/^$session *\| *([^|]*[^| ]) *\| */\1|/p" "$compare_folder/differences.txt")
    fi
    for i in "${!kept[@]}"; do
        [ -n "${kept[i]}${new[i]:-}" ] || continue
        command=${kept[i]%%$'\n'*}
        if [ "${kept[i]}" = "${new[i]:-}" ]; then
            [ -z "${expected[$command]:-}" ] || {
                echo "$command: listed as a difference, and is none"
                failed=1
            }
        elif [ -z "${expected[$command]:-}" ]; then
            diff <(printf %s "${kept[i]}") <(printf %s "${new[i]:-}") | sed "1i $command"
            failed=1
        fi
    done
    [ ${#kept[@]} -eq ${#new[@]} ] || {
        echo "${#kept[@]} commands were kept, and ${#new[@]} are new"
        failed=1
    }
    return $failed
}
