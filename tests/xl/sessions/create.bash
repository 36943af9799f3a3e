# create: done, refused, failed.
# shellcheck disable=SC2154 # folder is the session's
guest d1
t xl create d1.cfg
t xl create d1.cfg
guest again
sed -i 's/name = "again"/name = "d1"/' again.cfg
t xl create again.cfg
guest d2
t xl create -p d2.cfg
t xl create -q d2.cfg 'name="d3"' "uuid=\"$(xl list -v d1 | awk 'NR == 2 { print $7 }')\""
t xl list -v
guest dry idle 'maxmem = 128' "disk = [\"$folder/disk.img,raw,xvda,w\", \"phy:/dev/vg0/data,xvdb,r\"]" \
    'vif = ["mac=00:16:3e:5e:6c:02,bridge=xenbr0", "bridge=nosuch"]'
t xl create -n dry.cfg
guest dry idle 'type = "pvh"'
t xl create -n dry.cfg
t xl create nosuch.cfg
printf 'name = "bad\n' > bad.cfg
t xl create bad.cfg
printf 'name = "bad"\nmemory = 96M\n' > bad.cfg
t xl create bad.cfg
printf 'memory = 96\n' > noname.cfg
t xl create noname.cfg
printf 'name = "nokernel"\nmemory = 96\n' > nokernel.cfg
t xl create nokernel.cfg
guest e1 idle "kernel = \"$folder/nosuch\""
t xl create e1.cfg
guest e2 idle "ramdisk = \"$folder/nosuch\""
t xl create e2.cfg
guest e3 idle "kernel = \"$folder/nosuch\"" 'type = "pvh"'
t xl create e3.cfg
guest e4 idle 'memory = 100000'
t xl create e4.cfg
guest e5 idle 'memory = 100000' 'type = "pvh"'
t xl create e5.cfg
guest e6 idle 'disk = ["nonsense"]'
t xl create e6.cfg
guest e7 idle "disk = [\"$folder/nosuch.img,raw,xvda,w\"]"
t xl create e7.cfg
guest e8 idle 'vif = ["bridge=nosuch"]'
t xl create e8.cfg
guest e9 idle 'uuid = "nonsense"'
t xl create e9.cfg
guest e10 idle 'on_crash = "nonsense"'
t xl create e10.cfg
guest e11 idle 'type = "nonsense"'
t xl create e11.cfg
guest e12 idle 'vcpus = 4' 'maxvcpus = 2'
t xl create e12.cfg
t xl create
t xl create -z d2.cfg
t xl create -q nosuch.cfg
t xl list
