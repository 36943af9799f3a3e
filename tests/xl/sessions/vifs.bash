# Network interfaces that come and go.

guest d1
xl create -q d1.cfg
booted d1
t xl network-list d1
t xl network-attach d1 mac=00:16:3e:5e:6c:03 bridge=xenbr0
t xl network-attach d1 mac=00:16:3e:5e:6c:04 bridge=nosuch
t xl network-attach d1 nonsense=1
t xl network-attach d1 mac=nonsense
t xl network-attach nosuch bridge=xenbr0
t xl network-attach 77 bridge=xenbr0
t xl network-attach
t xl network-list d1
t xl network-list nosuch
t xl list -l d1
t xl network-detach d1 5
t xl network-detach d1 00:16:3e:00:00:00
t xl network-detach nosuch 0
t xl network-detach d1
t xl network-detach d1 00:16:3e:5e:6c:03
t xl network-list d1
