#!/usr/bin/env bats
# Some short walks of fleet-walk, which are the same each time.

load host

@test "three hosts, to which much happens at random: nothing runs twice, nothing healthy is stopped, and all ends well" {
    TMPDIR=$BATS_TEST_TMPDIR "$BATS_TEST_DIRNAME/fleet-walk" --steady --seed 2 --walks 3 --steps 16
}

@test "a walk sees what it is to see" {
    local folder=$BATS_TEST_TMPDIR/lying
    # An xensure that says that all is well, and does nothing.
    mkdir "$folder"
    printf '#!/bin/bash\ncase " $* " in *" render "*) exec %q "$@" ;; esac\n' "$XENSURE" > "$folder/xensure"
    chmod +x "$folder/xensure"
    XENSURE=$folder/xensure TMPDIR=$BATS_TEST_TMPDIR run "$BATS_TEST_DIRNAME/fleet-walk" --steady --seed 2 --steps 16
    [ "$status" = 1 ]
    [[ "$output" = *I5:* ]]
}
