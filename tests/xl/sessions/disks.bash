# Disks that come and go.
# shellcheck disable=SC2154 # folder is the session's
guest d1
xl create -q d1.cfg
booted d1
t xl block-list d1
t xl block-attach d1 "$folder/disk.img,raw,xvda,w"
t xl block-attach d1 "$folder/other.img,raw,xvda,w"
t xl block-attach d1 "$folder/nosuch.img,raw,xvdb,w"
t xl block-attach d1 nonsense
t xl block-attach nosuch "$folder/disk.img,raw,xvdb,w"
t xl block-attach 77 "$folder/disk.img,raw,xvdb,w"
t xl block-attach d1
t xl block-list d1
t xl list -l d1
t xl block-detach d1 xvdb
t xl block-detach d1 nonsense
t xl block-detach nosuch xvda
t xl block-detach d1
t xl block-detach d1 xvda
t xl block-list d1
