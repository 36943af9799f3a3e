# What `xl create -n` made of the golden configs against what golden-data says of them: a line for each difference.
#
# $want, $have: CASE/DOMAIN.json -> what golden-data wrote, and what xl printed. $said: the lines of standard error, as
# {file, line}; $exits: lines of "CASE/DOMAIN EXIT-CODE".
def at($item):
  if ($item.path | last) == "length" then getpath($item.path[:-1]) | if . == null then null else length end
  else try getpath($item.path) catch "(no such place)" end;

($exits | split("\n") | map(select(. != "") | split(" ") | {(.[0]): (.[1] | tonumber)}) | add) as $exit
| ($said[0] | map(select(.line | startswith("Parsing config from ") | not)) | group_by(.file)
    | map({(.[0].file): map(.line)}) | add // {}) as $lines
| $want[0] | to_entries[]
| .key as $case
| .value as $wanted
| (if $exit[$case] != $wanted.exit then "exit code \($exit[$case]), expected \($wanted.exit)" else empty end),
  (($lines[$case] // []) | select(. != $wanted.says) | "xl said \(tojson), expected \($wanted.says | tojson)"),
  ($wanted | select(.exit == 0) | .has[]
    | . as $item
    | ($have[0][$case] | at($item)) as $found
    | select($found != .value)
    | "\(.key) is \($found | tojson), expected \(.value | tojson), at \(.path | map(tostring) | join(" / "))")
| "\($case): \(.)"
