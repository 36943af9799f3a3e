# Every golden config on the real xl: what `xl create -n` reads out of it is what the spec says. golden-data says which
# keys are compared, and has made /host/in/data; nothing is started here.
load scenario

# named FILE...: JSON files as one object, by CASE/DOMAIN.
named() {
    jq -n 'reduce inputs as $one ({}; .[input_filename | sub("^.*(data|read)/"; "") | sub("\\.json$"; "")] = $one)' "$@"
}

# Apart, since bats looks at each command, and there are many.
read_all() {
    bash -eu << 'SCRIPT'
cd /host/in/data
for config in */*.cfg; do
    case=${config%.cfg} code=0
    mkdir -p "$OLDPWD/read/${case%/*}"
    xl create -n "$config" > "$OLDPWD/read/$case.json" 2> "$OLDPWD/read/$case.err" || code=$?
    echo "$case $code" >> "$OLDPWD/exits"
    [ $code = 0 ] || echo null > "$OLDPWD/read/$case.json"
done
SCRIPT
}

@test "xl reads every golden config as the spec says, and warns of nothing unexpected" {
    local differing
    read_all
    named /host/in/data/*/*.json > want.json
    named read/*/*.json > have.json
    jq -nR '[inputs | {file: (input_filename | sub("^read/"; "") | sub("\\.err$"; "")), line: .}]' read/*/*.err > said.json
    # As many as there are, and no empty comparison.
    [ "$(jq length want.json) $(jq length have.json)" = "$(wc -l < exits) $(wc -l < exits)" ]
    [ "$(jq '[.[].has | length] | add' want.json)" -gt 1000 ]
    differing=$(jq -nr --slurpfile want want.json --slurpfile have have.json --slurpfile said said.json \
        --rawfile exits exits -f /host/in/scenarios/golden.jq)
    echo "$differing"
    [ -z "$differing" ]
}
