# Memory, CPUs, the scheduler.
# shellcheck disable=SC2154 # folder is the session's
guest d1 idle 'memory = 160' 'maxmem = 192' 'maxvcpus = 2'
xl create -q d1.cfg
booted d1
t xl mem-set d1 128
mem_is d1 128
t xl list d1
t xl mem-set d1 144m
t xl mem-set d1 163840k
mem_is d1 160
t xl mem-set d1 256
t xl mem-set d1 100000
t xl mem-set d1 x
t xl mem-set d1 12x
t xl mem-set nosuch 128
t xl mem-set 77 128
t xl mem-set d1
t xl mem-max d1 64
t xl mem-max d1 256
t xl mem-set d1 192
mem_is d1 192
t xl mem-max nosuch 64
t xl list -l d1
t xl vcpu-set d1 2
t xl vcpu-set d1 3
t xl vcpu-set d1 0
t xl vcpu-set d1 x
t xl vcpu-set nosuch 1
t xl vcpu-set 77 1
t xl vcpu-set d1
t xl vcpu-pin d1 0 1
t xl vcpu-pin d1 all all
t xl vcpu-pin d1 0 9
t xl vcpu-pin d1 7 1
t xl vcpu-pin nosuch 0 1
t xl sched-credit2 -d d1
t xl sched-credit2 -d d1 -w 512
t xl sched-credit2 -d d1 -w 512 -c 50
t xl sched-credit2 -d d1
t xl sched-credit2 -d d1 -w 0
t xl sched-credit2 -d d1 -w 70000
t xl sched-credit2 -d nosuch -w 512
t xl sched-credit2 -w 5
t xl sched-credit2
t xl sched-credit -d d1 -w 512
t xl list -l d1
# Taken for what it says: the guest is asked to give up all it has, and what becomes of it is chance.
t xl mem-set d1 0
