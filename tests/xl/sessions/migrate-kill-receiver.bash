# `xl migrate-receive` is killed while what stands at a place is under way.
prepare_pair
kill_at() {
    local place=$1 signal=$2
    fresh
    start_migration "$place" hold
    held
    t xl list -v
    tb xl list -v
    kill_receiver "$signal"
    let_go
    end_migration
    both
}
kill_at memory TERM
kill_at memory KILL
kill_at end KILL
kill_at ready KILL
kill_at go KILL
