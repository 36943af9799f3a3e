# The line between two hosts is cut in the handshake: the target's answer, or its report, does not arrive. (Where the source's
# leave to start is lost: migrate-recover.)
prepare_pair
for place in ready report; do
    fresh
    migrate $place close
    both
done

# The target could not start its copy, and says so; but its leave to go on at the source does not arrive.
fresh
blocker_on_b m1 96
migrate back close
both
