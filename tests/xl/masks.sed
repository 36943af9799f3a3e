# sed -E: what of a transcript is another one in each run, or on each host, and is not compared. Each with its reason; all
# else is compared to the letter.

# Lists. Ids go on counting while a host is up. Whether a guest holds a CPU (r) or waits (b) at that moment is chance, and
# so is the time that it has used. Widths are compared: a field that is too wide does not match.
s/^(.*) [ 0-9]{4}[0-9] ([ 0-9]{4}[0-9]) ([ 0-9]{4}[0-9])     [r-][b-]([p-][s-][-rscwS?][d-])  [ 0-9]{6}\.[0-9]/\1  <ID> \2 \3     ..\4    <TIME>/
s/^( *"domid": )[0-9]{1,5}(,?)$/\1<ID>\2/
s/^([0-9a-f-]{36})  [0-9]+    /\1  <ID>    /
s/^([^ ]+) +[0-9]+ +(256|512) +(0|50)$/\1 <ID> \2 \3/

# Ids in commands, in messages, and as what domid prints.
s/^(\$ xl [a-z]+) [1-9][0-9]?$/\1 <ID>/
s/^(\$ xl [a-z]+) [1-9][0-9]?$/\1 <ID>/
s/(Domain|domain|domid|dom|Dom) [0-9]+\b/\1 <ID>/g
s/^setting dom[0-9]+ /setting dom<ID> /
s/domid ?= ?[0-9]+\b/domid=<ID>/g
s/^[0-9]{1,5}$/<ID>/
s,(/libxl|/vbd|/vif|device/vbd|device/vif)/[0-9]+/,\1/<ID>/,g

# Process ids.
s/\[[0-9]+\]/[<PID>]/g

# The lines of Xen's source move with each update of Debian's package.
s/((libxl|xc|xg|xl)[a-z0-9_]*\.c):[0-9]+:/\1:<LINE>:/g

# What the machine is, and who compiled Xen.
s/^((host|release|version|cpu_mhz|hw_caps|free_memory|xen_commandline|cc_[a-z_]*|build_id) *: ).*/\1<HOST>/

# Numbers of shared pages and event channels, as they come.
s,^([0-9]+ +[0-9]+  [0-9a-f:]{17} +[0-9]+ +[0-9]+ +)[-0-9]+ +[-0-9]+/[-0-9]+ +,\1<EVENT> <PAGES> ,
s,^([0-9]+ +[0-9]+) +[0-9]+ +([0-9]+ +)[-0-9]+ +[-0-9]+ +(/local),\1 <ID> \2<EVENT> <PAGES> \3,

# Of two xl that talk, each says what it likes first; and what libxl, libxc and the sender say to a broken pipe depends on how much
# of a message, or of the whole stream, had already gone. (compare.bash takes the receiver's lines together with the sender's,
# sorts them, and leaves these out.)

# How long the text of a domain's config is: xl stores more of it than xensim does.
s,(info 0x3/0x0/)[0-9]+,\1<LENGTH>,

# xensim explains options in words of its own.
/^Usage: /,/^--- stderr/{
    /^Usage: |^--- stderr/!d
}
