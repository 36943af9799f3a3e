# list, info and their like on a host without guests.
t xl list
t xl list -v
t xl list -l
t xl list -n
t xl list -c
t xl list -Z
t xl list Domain-0
t xl list 0
t xl list ''
t xl list nosuch
t xl list 77
t xl list -l nosuch
t xl list --bogus
t xl list a b
t xl info
t xl info xen_version
t xl info xen_m
t xl info nosuchkey
t xl info a b
