# Many domains, and too little memory.
load scenario
tiny_guests

@test "twenty domains at once" {
    local i
    # dom0 comes before so many guests that are busy.
    xl sched-credit2 -d 0 -w 8192
    for i in {01..20}; do
        echo "  d$i: {$(guest "d$i")}"
    done | spec
    expect 0 apply
    said out '20 done'
    for i in {01..20}; do
        sees "d$i"
        up "d$i"
    done
    xl list -v > listed
    [ "$(awk '$1 ~ /^d[0-9][0-9]$/ { print $1, $3, $4 }' listed | sort)" = "$(printf 'd%02d 32 1\n' {1..20})" ]
    [ "$(awk 'NR > 1 { print $7 }' listed | sort | uniq -d)" = '' ]
    diff <(awk '$1 ~ /^d/ { print $1, $7 }' listed | sort) <(long_list)
    [ "$(awk 'NR > 1 { print $5 }' listed | grep -cE '^[r-][b-]----$')" = 21 ]
    in_sync
    xl sched-credit2 -d 0 -w 256
}

@test "not enough memory: the start is held before anything is done, and the others are not disturbed" {
    spec <<< "  small: {$(guest small)}"$'\n'"  big: {memory: 64GiB, $(guest big)}"
    expect 4 apply
    said out '1 done, 1 held' 'it needs 65536 MiB'
    gone big
    [ "$(long_list)" = "small $(uuid small)" ]
    sees small
    id=$(domid small)
    expect 4 apply
    [ "$(domid small)" = "$id" ] && gone big
    spec <<< "  small: {$(guest small)}"$'\n'"  big: {memory: 128, $(guest big)}"
    await "it is tried again, and fits" xensure apply > out 2> err
    sees big
    [ "$(domid small) $(memory big)" = "$id 128" ]
    in_sync
}
