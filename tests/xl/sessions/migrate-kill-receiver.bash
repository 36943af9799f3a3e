# `xl migrate-receive` is killed while what stands at a place is under way, which then still arrives.
prepare_pair
for place in memory end ready go; do
    fresh
    start_migration "$place" hold
    held
    kill_receiver KILL
    let_go
    end_migration
    both
done
