# Migrations that succeed: seen from both sides while they run, and the options -p and -C.
# shellcheck disable=SC2154 # begun_job is of session.bash
prepare_pair
fresh
t xl list -v
start_migration never hold
: > during-a
while kill -0 "$begun_job" 2> /dev/null; do
    xl list -v >> during-a
    on_b 'xl list -v' >> during-b
done
cp during-a during-b "$(dirname "$transcript")/" || true
end_migration
both
# The way back, and -p: nobody runs until somebody unpauses.
fresh
migrate never hold -p
both
tb xl unpause m1
both
tb xl list -l m1
# -C sends another config: what the target then holds as its own.
fresh
guest other idle 'name = "m1"' 'type = "pvh"' 'memory = 256' 'vcpus = 1' "uuid = \"$(xl list -v m1 | awk 'NR == 2 { print $7 }')\"" \
    'on_crash = "preserve"' 'on_poweroff = "restart"'
migrate never hold -C other.cfg
both
tb xl list -l m1
