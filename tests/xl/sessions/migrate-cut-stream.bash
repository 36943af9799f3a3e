# The line between two hosts is cut before a transfer, in it, and before its last record.
prepare_pair
for place in banner config memory context end; do
    fresh
    migrate $place close
    both
done
