# The line between two hosts is cut in the handshake: the target's answer, the source's leave, the target's report do not arrive.
prepare_pair
for place in ready go report; do
    fresh
    migrate $place close
    both
done

# With -p, the last of them leaves a guest that runs nowhere, under its real name.
fresh
migrate report close -p
both

# The target could not start its copy, and says so; but its leave to go on at the source does not arrive.
fresh
blocker_on_b m1 96
migrate back close
both
