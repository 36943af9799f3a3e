# faults.bats, for commands that are killed, or hang.
# shellcheck disable=SC2030,SC2031,SC2034 # each test has variables of its own

load host
load faults

setup() {
    faults_setup
}

@test "commands that are killed, before and after" {
    for command in create unpause pause shutdown destroy mem-set vcpu-set sched-credit2; do
        faulty "$command" die
    done
    for command in unpause shutdown mem-set; do
        faulty "$command" die --at 'done'
    done
    for step in parsed named building built unpaused; do
        faulty create die --at "$step"
    done
}

@test "commands that hang for a while" {
    for command in create unpause pause shutdown destroy mem-set vcpu-set sched-credit2; do
        faulty "$command" hang --seconds 1
    done
}

@test "a create that hangs is cut off, wherever it is" {
    local create_limit=1s
    for step in start parsed named built 'done'; do
        faulty create hang --at "$step"
    done
}
