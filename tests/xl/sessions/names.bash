# Names that xl takes, and how they are looked up; rename, config-update, console.
# shellcheck disable=SC2154 # folder is the session's
number=0
for name in a-very-long-domain-name-of-more-than-forty-characters-in-all-1234567890 'with space' 4711 $'tab\tinside' 'grüße' ''; do
    number=$((number + 1))
    guest "n$number" idle "name = \"$name\""
    t xl create -p "n$number.cfg"
done
guest zero idle 'name = "Domain-0"'
t xl create -p zero.cfg
t xl list
t xl domid 4711
t xl domid 'with space'
t xl list 4711
t xl pause 4711
t xl destroy 4711
t xl rename 'with space' ''
t xl rename 'with space' without
t xl rename without a-very-long-domain-name-of-more-than-forty-characters-in-all-1234567890
t xl rename nosuch other
t xl rename without
t xl domid without
t xl destroy without
t xl list
guest cu
xl create -q -p cu.cfg
guest new idle 'name = "cu"' 'memory = 128'
t xl config-update nosuch "$folder/new.cfg"
t xl config-update cu "$folder/nosuch.cfg"
t xl config-update cu "$folder/new.cfg"
t xl config-update cu
t xl list cu
t xl console nosuch
t xl console 77
t xl console
