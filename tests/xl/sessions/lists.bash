# list, domid, domname, vm-list of guests.
# shellcheck disable=SC2154 # folder is the session's

guest web1
guest db1 idle 'type = "pvh"' 'memory = 128' 'maxmem = 256' 'vcpus = 2' 'maxvcpus = 4' "disk = [\"$folder/disk.img,raw,xvda,w\"]" \
    'vif = ["mac=00:16:3e:5e:6c:01,bridge=xenbr0"]' 'on_crash = "preserve"' 'on_watchdog = "preserve"' 'cpu_weight = 512' 'cap = 50'
xl create -q -p web1.cfg
xl create -q -p db1.cfg
t xl list
t xl list -v
t xl list -v -c -n
t xl list -l web1
t xl list -l db1
t xl list web1
t xl list -v db1
t xl domid web1
t xl domid nosuch
t xl domid
t xl domname 0
t xl domname "$(xl domid web1)"
t xl domname 77
t xl domname abc
t xl vm-list
t xl network-list db1
t xl block-list db1
t xl nosuchcommand
t xl list -h
