#!/usr/bin/env bats
# The VNC password: in the config files, and nowhere else.

load host

setup() {
    setup_host
    password='s3cr"t'
    echo "$password  " > vncpw
    chmod 600 vncpw
    agent absent_pause=0s "vnc_password_file=$PWD/vncpw"
    spec <<< '  hvm: {type: hvm, vnc: true}
  pv: {type: pv, vfb: [{vnc: true, vnclisten: 0.0.0.0}]}
  plain: {type: hvm, kernel: /boot/a, vnc: false}
  off: {type: hvm, vnc: true, state: stopped}'
}

# The lines with the password.
written() {
    grep -r passwd xen | sort
}

@test "it is written where the spec says vnc, into files that their owner alone can read" {
    expect 0 apply
    silent err
    diff <(written) - << 'END'
xen/hvm.cfg:vncpasswd = "s3cr\"t"
xen/off.cfg:vncpasswd = "s3cr\"t"
xen/pv.cfg:    "vnc=1,vnclisten=0.0.0.0,vncpasswd=s3cr\"t",
END
    [ "$(stat -c %a xen/*.cfg | sort -u)" = 600 ]
    in_sync
    # A file that is not needed is not read.
    rm vncpw
    spec <<< '  plain: {type: hvm, kernel: /boot/a, vnc: false}'
    expect 4 plan
    silent err
}

@test "it is shown nowhere: every command, as text and as JSON, the state, and the log" {
    : > all
    show() {
        xensure "$@" >> all 2>&1 || true
        xensure -o json "$@" >> all 2>&1 || true
    }
    each() {
        local words
        for words in 'plan' 'plan --diff' 'render hvm' 'render pv' 'validate' 'validate --host-checks' 'status' 'host' 'schema'; do
            # shellcheck disable=SC2086 # words
            show $words
        done
    }
    each
    show apply
    each
    # Another password; a file that was edited; a domain that goes; an apply that fails.
    old=$password
    password='n3wer!pw'
    echo "$password" > vncpw
    each
    echo 'vncpasswd = "edited!!"' >> xen/off.cfg
    each
    "$XENSIM" sim fault create fail --text 'no' --times always
    "$XENSIM" sim vanish pv
    show apply
    spec <<< '  hvm: {type: hvm, vnc: true, on_change: restart, memory: 128}
  off: {type: hvm, vnc: true, state: absent}
  foreign: {type: hvm, vnc: true, adopt: true}'
    printf 'vnc = 1\nvncpasswd = "foreign!"\n' > xen/foreign.cfg
    "$XENSIM" sim add-foreign foreign
    each
    show apply
    each
    grep -q 'passwd' all
    run ! grep -F -e "$password" -e "${old%\"*}" -e 'foreign!' -e 'edited!!' all
    # Nor a digest of it, by which one could be tried after the other.
    run ! grep -rF -e "$password" -e "${old%\"*}" state --include=record --include='last*' --exclude-dir=sim --exclude-dir=replaced
    for text in "$password" "$old"; do
        run ! grep -rF "$(printf %s "$text" | sha256sum | cut -d' ' -f1)" state
    done
    [ -n "$(ls state/replaced)" ]
    [ "$(stat -c %a state/replaced/* | sort -u)" = 600 ]
}

@test "render and plan --diff show a mask in its place, and that it changes" {
    expect 0 render hvm
    said out 'vncpasswd = "********"'
    expect 0 render pv
    said out 'vnc=1,vnclisten=0.0.0.0,vncpasswd=********'
    # As render needs no host, it needs no password.
    mv vncpw away
    expect 0 render hvm
    said out '********'
    mv away vncpw
    expect 2 plan --diff
    said out '+vncpasswd = "********"'
    expect 0 apply
    echo another > vncpw
    expect 2 plan --diff
    said out '-vncpasswd = "********"' '+vncpasswd = "******** (another)"'
}

@test "another password is another config file, and restarts nothing" {
    expect 0 apply
    before=$(domid hvm)
    echo another > vncpw
    expect 2 plan
    planned 'hvm write-config' 'pv write-config' 'off write-config'
    said out 'a password in it is another (the next start takes it)'
    expect 0 apply
    [ "$(grep -c 'another"' xen/*.cfg | grep -c :1)" = 3 ]
    [ "$(domid hvm)" = "$before" ]
    in_sync
    # Without one, none is written.
    agent absent_pause=0s
    expect 2 plan
    expect 0 apply
    run ! grep -rq passwd xen
}

@test "a file that others can read is refused, and nothing is done" {
    for mode in 644 640 660 604 601; do
        chmod "$mode" vncpw
        expect 1 apply
        said err "$PWD/vncpw" 'chmod 600'
        expect 1 plan
        [ -z "$(ls xen)" ]
    done
    chmod 600 vncpw
    if [ "$(id -u)" = 0 ]; then
        chown 65534 vncpw
        expect 1 plan
        said err 'belongs to another user'
    fi
}

@test "what is no password is refused, and one that is too long is told of" {
    refused() {
        expect 1 plan
        said err "$PWD/vncpw" "$1"
        run ! grep -F "${2:-nothing to hide}" err
    }
    : > vncpw
    refused 'found nothing'
    printf '\nsecond line\n' > vncpw
    refused 'found nothing' 'second'
    printf '   \nx\n' > vncpw
    refused 'found nothing'
    printf 's\xc3\xa9cret\n' > vncpw
    refused 'printable ASCII' cret
    printf 'a\tbc\n' > vncpw
    refused 'printable ASCII'
    printf 'abc\0def\n' > vncpw
    refused 'printable ASCII' abc
    head -c 5000 /dev/zero | tr '\0' x > vncpw
    refused 'larger than' xxxx
    rm vncpw
    refused 'No such file'
    mkdir vncpw
    chmod 700 vncpw
    refused 'vncpw'
    rmdir vncpw
    # Only one of them says vnc=..., which ends at a comma.
    (umask 077; echo 'a,b' > vncpw)
    expect 3 plan
    said err "domain 'pv'" 'comma'
    run ! grep -F 'a,b' err
    (umask 077; printf 'longer than eight\r\n' > vncpw)
    expect 2 plan
    said err 'agent.yaml:' 'warning: the VNC password is longer than 8 characters'
    run ! grep -F 'than eight' err
    json 2 '.problems[0].severity == "warning"' plan
    expect 0 apply
    grep -F 'vncpasswd = "longer than eight"' xen/hvm.cfg
}

@test "validate --host-checks looks at the file, too; validate does not" {
    chmod 644 vncpw
    expect 0 validate
    expect 3 validate --host-checks
    said out 'agent.yaml:2:20: ' 'chmod 600'
}

@test "it stands in no spec" {
    spec <<< '  hvm: {type: hvm, vnc: true, xen: {vncpasswd: hidden}}'
    expect 3 validate
    said out 'vnc_password_file'
    spec <<< '  hvm: {type: hvm, vnc: true, vncpasswd: hidden}'
    expect 3 validate
    spec <<< '  pv: {type: pv, vfb: [{vnc: true, vncpasswd: hidden}]}'
    expect 3 validate
}
