# The line between two hosts is cut before a transfer, in it, and before its last record. (Cut at `config`, xl does sometimes end
# with SIGSEGV, so that its transcript would not be the same twice.)
prepare_pair
for place in banner memory context end; do
    fresh
    migrate $place close
    both
done
