# Migrations that succeed: -p leaves the guest paused, -C sends another config. (Without them: migrate-recover.)
prepare_pair
fresh
migrate never hold -p
both
tb xl unpause m1
both

fresh
guest other idle 'name = "m1"' 'type = "pvh"' 'memory = 256' "uuid = \"$(xl list -v m1 | awk 'NR == 2 { print $7 }')\"" 'on_crash = "preserve"'
migrate never hold -C other.cfg
both
tb xl list -l m1
