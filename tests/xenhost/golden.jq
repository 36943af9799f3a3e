# What `xl create -n` made of the golden configs against what golden-data says of them: a line for each difference, and how much
# was compared.
#
# The input: what xl printed, CASE/DOMAIN.json files. $want: what golden-data wrote. $said: "CASE/DOMAIN LINE", lines of standard
# error; $exits: "CASE/DOMAIN EXIT-CODE".
def at($item):
  if ($item.path | last) == "length" then getpath($item.path[:-1]) | if . == null then null else length end
  else try getpath($item.path) catch "(no such place)" end;
def lines: split("\n") | map(select(. != "") | index(" ") as $blank | {file: .[:$blank], text: .[$blank + 1:]});

(reduce inputs as $one ({}; .[input_filename | ltrimstr("read/") | rtrimstr(".json")] = $one)) as $have
| ($exits | lines | map({(.file): (.text | tonumber)}) | add) as $exit
| ($said | lines | map(select(.text | startswith("Parsing config from ") | not)) | group_by(.file)
    | map({(.[0].file): map(.text)}) | add // {}) as $lines
| $want[0]
| (to_entries[]
  | .key as $case
  | .value as $wanted
  | (if $exit[$case] != $wanted.exit then "exit code \($exit[$case]), expected \($wanted.exit)" else empty end),
    (($lines[$case] // []) | select(. != $wanted.says) | "xl said \(tojson), expected \($wanted.says | tojson)"),
    ($wanted | select(.exit == 0) | .has[]
      | . as $item
      | ($have[$case] | at($item)) as $found
      | select($found != .value)
      | "\(.key) is \($found | tojson), expected \(.value | tojson), at \(.path | map(tostring) | join(" / "))")
  | "\($case): \(.)"),
  "\(length) configs, \($have | length) read, \([.[].has | length] | add) values"
