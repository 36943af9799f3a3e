# Migrations that cannot be: usage, no such domain, no way to the other host, a name that is taken there, no memory there, a
# guest that is paused.
prepare_pair
fresh
t xl migrate nosuch dom0-b
t xl migrate 77 dom0-b
t xl migrate m1
t xl migrate
t xl migrate -s false m1 dom0-b
fresh
t xl migrate -s nosuchprogram m1 dom0-b
fresh
t xl list m1

# The name is taken by another domain: found out only when all is over there, and given back.
blocker_on_b m1 96
migrate never hold
both
on_b 'xl destroy m1'

# The name with --incoming is taken, as by what an earlier migration has left.
blocker_on_b m1--incoming 96
migrate never hold
both
on_b 'xl destroy m1--incoming'

# No memory there.
blocker_on_b hog 1190
migrate never hold
both
on_b 'xl destroy hog'

# A paused guest cannot suspend itself.
xl pause m1
migrate never hold
both
xl unpause m1
where
