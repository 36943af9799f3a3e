# faults.bats, for the commands that change what a domain has while it runs.
# shellcheck disable=SC2030,SC2031,SC2034 # each test has variables of its own

load host
load faults

setup() {
    faults_setup
}

# The commands that change what a domain has while it runs.
live='vcpu-pin cpupool-migrate block-attach block-detach network-attach network-detach cd-insert cd-eject config-update'

@test "commands on a running domain that fail, having done nothing or all, or are killed" {
    for command in $live; do
        faulty "$command" fail --status 1 --text 'libxl: error: no'
        faulty "$command" did --status 1 --text 'xl: child error'
        faulty "$command" die
        faulty "$command" die --at 'done'
    done
}

@test "commands on a running domain that say 0 and do nothing" {
    for command in block-attach block-detach network-attach network-detach cd-insert cd-eject; do
        faulty "$command" nothing
    done
}

@test "commands on a running domain that print rubbish, or hang for a while" {
    for command in $live; do
        faulty "$command" garble
        faulty "$command" hang --seconds 1
    done
}
