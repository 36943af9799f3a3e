# What can be taken up again after a broken migration, with what xl 4.17 has.
prepare_pair

# Suspended at the source, and the sender is dead. To unpause it does not wake it; but it can be moved once more.
suspend_m1() {
    fresh
    start_migration end hold
    held
    kill_sender KILL
    let_go
    end_migration
}
suspend_m1
t xl unpause m1
t xl pause m1
t xl unpause m1
t xl list -v
migrate never hold
both

# A migration that breaks in the memory resumes its guest, also one that was suspended before.
suspend_m1
resume_m1
both

# The leave to start was lost: on at the target, which has all of the guest.
fresh
migrate go close
tb xl unpause m1--incoming
tb xl rename m1--incoming m1
both
t xl destroy m1--migratedaway
both

# The leave to start was lost: back at the source.
fresh
migrate go close
tb xl destroy m1--incoming
t xl rename m1--migratedaway m1
resume_m1
both
