# Every golden config on the real xl: what `xl create -n` reads out of it is what the spec says. golden-data says which
# keys are compared, and has made /host/in/data; nothing is started here.
load scenario

# What xl prints of each config is in read/CASE/DOMAIN.json; what it says beside that in `said`, its exit codes in `exits`.
read_all() {
    local here=$PWD configs folders config code error
    cd /host/in/data || return 1
    configs=(*/*.cfg) folders=("${configs[@]%/*}")
    mkdir -p "${folders[@]/#/$here/read/}"
    for config in "${configs[@]}"; do
        code=0
        xl create -n "$config" > "$here/read/${config%.cfg}.json" 2> "$here/error" || code=$?
        echo "${config%.cfg} $code" >> "$here/exits"
        while IFS= read -r error; do echo "${config%.cfg} $error"; done < "$here/error" >> "$here/said"
        [ $code = 0 ] || echo null > "$here/read/${config%.cfg}.json"
    done
    cd "$here" || return 1
}

@test "xl reads every golden config as the spec says, and warns of nothing unexpected" {
    local differing count
    read_all
    jq -nr --slurpfile want /host/in/data/want.json --rawfile said said --rawfile exits exits -f /host/in/scenarios/golden.jq \
        read/*/*.json > differing
    # The last line. As many as there are, and no empty comparison.
    differing=$(grep -v ' configs, ' differing || true) count=$(tail -n 1 differing)
    echo "$differing"
    [ -z "$differing" ]
    [[ $count =~ ^([0-9]+)' configs, '([0-9]+)' read, '([0-9]+)' values'$ ]]
    [ "${BASH_REMATCH[1]}" = "$(wc -l < exits)" ] && [ "${BASH_REMATCH[2]}" = "${BASH_REMATCH[1]}" ]
    [ "${BASH_REMATCH[3]}" -gt 1000 ]
}
