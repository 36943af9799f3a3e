#!/usr/bin/env bats
# Signatures: keygen, sign and verify beside the real minisign, and what `trust` in agent.yaml makes of them.
# shellcheck disable=SC2016,SC2317 # backticks in messages; a test has functions of its own

load host
load signing

setup() {
    setup_host
    spec 'generation: 1' <<< '  web1: {}'
}

# trust VALUE...: agent.yaml trusts the keys a.pub and so on that the first VALUE names, and has the others.
trust() {
    local keys=() name more
    for name in $1; do keys+=("$PWD/$name.pub"); done
    shift
    more=$(printf ', %s' "$@")
    agent absent_pause=0s "trust={keys: [$(IFS=,; echo "${keys[*]}")]${1+$more}}"
}

is_listed() {
    "$XENSIM" list | grep -q "^$1 "
}

# refused TEXT...: neither plan nor apply goes on, and both say why; nothing has changed.
refused() {
    local command
    for command in plan apply; do
        expect 3 "$command"
        said err "$@"
        silent out
    done
    [ -z "$(changes)" ]
}

@test "keygen, sign and verify: what they write and say" {
    expect 0 keygen --no-password
    said out "made the key $(key_id xensure.pub)" 'keep xensure.key secret'
    [ "$(stat -c %a xensure.key xensure.pub | tr '\n' ' ')" = '600 644 ' ]
    expect 0 sign spec.yaml
    said out "signed by the key $(key_id xensure.pub): spec.yaml.minisig"
    [ "$(stat -c %a spec.yaml.minisig)" = 644 ]
    expect 0 verify spec.yaml --public-key xensure.pub
    said out "signed by the key $(key_id xensure.pub): timestamp:" 'file:spec.yaml'
    silent err
    json 0 '.verified and .error == null and .file == "spec.yaml" and (.signers | length) == 1' verify spec.yaml --public-key xensure.pub
    json 0 '.signature == "other" and (.trusted_comment | test("^timestamp:[0-9]+\tfile:spec.yaml\thashed\ta b$")) and .error == null' sign spec.yaml --signature other --trusted-comment 'a b'
    expect 0 verify spec.yaml --public-key xensure.pub --signature other
    said out $'\ta b'
    # Nothing that is there is overwritten by a key, and nothing that is no signature by one.
    cp xensure.key before
    json 1 '.key_id == null and (.error | contains("xensure.key is there already"))' keygen --no-password
    rm xensure.pub
    expect 1 keygen --no-password
    expect 1 sign spec.yaml --signature xensure.key
    said err 'xensure.key is there already, and is not a signature'
    cmp before xensure.key
    [ ! -e xensure.pub ]
    # A dangling link is there, too.
    ln -s nowhere new.key
    expect 1 keygen --no-password --secret-key new.key --public-key new.pub
    [ ! -e nowhere ] && [ ! -e new.pub ]
    chmod 644 xensure.key
    expect 0 sign spec.yaml
    said err 'others can read it (chmod 600)'
}

@test "sign replaces no signature of another key" {
    pair a b
    expect 0 sign spec.yaml --secret-key a.key
    cp spec.yaml.minisig before
    expect 1 sign spec.yaml --secret-key b.key
    said err "spec.yaml.minisig is a signature by another key, $(cat a.id)" 'nothing was written' '--name-by-key'
    cmp before spec.yaml.minisig
    json 1 '.signature == null and (.error | contains("--name-by-key"))' sign spec.yaml --secret-key b.key
    expect 0 sign spec.yaml --secret-key b.key --name-by-key
    said out "spec.yaml.$(cat b.id).minisig"
    # Nor is the list of a folder, which that one signed.
    mkdir spec.d
    cp spec.yaml spec.d/a.yaml
    expect 0 sign spec.d --secret-key a.key
    cp spec.d/MANIFEST before
    echo '# more' >> spec.d/a.yaml
    expect 1 sign spec.d --secret-key b.key
    said err 'nothing was written'
    cmp before spec.d/MANIFEST
    # One's own is made anew.
    expect 0 sign spec.yaml --secret-key a.key --trusted-comment again
    expect 0 sign spec.yaml --secret-key b.key --name-by-key --trusted-comment again
    agent "trust={keys: [$PWD/a.pub, $PWD/b.pub], threshold: 2, required: true}"
    expect 0 verify spec.yaml
}

@test "what is asked wrongly is told, with exit code 1" {
    pair a
    expect 1 verify spec.yaml
    said err 'no key is given' '--public-key FILE'
    expect 1 verify spec.yaml --public-key spec.yaml
    said err 'spec.yaml is not a public key: line 1: '
    expect 1 verify spec.yaml --public-key nothere.pub
    expect 1 verify spec.yaml --public-key a.pub --signature nothere
    expect 1 verify nothere.yaml --public-key a.pub
    expect 1 verify --public-key a.pub
    expect 1 sign spec.yaml --secret-key a.pub
    said err 'a.pub is not a secret key: line 2: '
    expect 1 sign spec.yaml
    said err 'xensure.key'
    expect 1 sign nothere.yaml --secret-key a.key
    expect 1 sign spec.yaml --secret-key a.key --trusted-comment $'two\nlines'
    said err 'one line of UTF-8'
    expect 1 sign spec.yaml --secret-key ''
    expect 1 plan --secret-key a.key
    said err 'plan has no option --secret-key'
    expect 1 keygen --no-password --password-file pw
    [ ! -e spec.yaml.minisig ]
}

@test "minisign checks what xensure signs, and the other way round" {
    pair a
    minisign -G -W -p m.pub -s m.key > /dev/null
    head -c 3000000 /dev/urandom > large
    : > empty
    local file
    for file in spec.yaml large empty; do
        sign a "$file" --trusted-comment "über $file"
        minisign -V -H -p a.pub -m "$file" > out
        said out "file:$file" "über $file"
        minisign -S -s a.key -m "$file"
        expect 0 verify "$file" --public-key a.pub
        minisign -S -s m.key -m "$file" -c 'what you like' -t 'from minisign'
        expect 0 verify "$file" --public-key m.pub
        said out "$(key_id m.pub): from minisign"
        sign m "$file"
        minisign -V -H -q -p m.pub -m "$file"
    done
    # minisign makes the public half of our key as we do, but for zeros in front of the id in its comment.
    minisign -R -s a.key -p again.pub > /dev/null
    [ "$(sed -n 2p a.pub)" = "$(sed -n 2p again.pub)" ]
}

@test "keys with a password go both ways, and the password is never an argument" {
    echo 'pass wörd' > pw
    expect 0 keygen --password-file pw
    printf 'pass wörd\n' | minisign -S -s xensure.key -m spec.yaml
    expect 0 verify spec.yaml --public-key xensure.pub
    printf 'other\nother\n' | minisign -G -p m.pub -s m.key > /dev/null
    rm spec.yaml.minisig
    echo other | "$XENSURE" sign spec.yaml --secret-key m.key --password-file - > out
    minisign -V -q -p m.pub -m spec.yaml
    expect 1 sign spec.yaml --secret-key m.key --password-file pw
    said err 'm.key: the password is wrong, or the key is damaged'
    minisign -V -q -p m.pub -m spec.yaml
    # Without a terminal, nobody is asked.
    code=0
    setsid --wait "$XENSURE" sign spec.yaml > out 2> err < /dev/null || code=$?
    [ "$code" = 1 ]
    said err 'there is no terminal' '--password-file FILE'
    : > empty
    expect 1 keygen --password-file empty --secret-key e.key --public-key e.pub
    said err 'found an empty one'
    [ ! -e e.key ]
    head -c 1024 /dev/zero | tr '\0' x > long
    expect 1 keygen --password-file long --secret-key e.key --public-key e.pub
    said err 'at most 1023 bytes'
}

@test "on a terminal the password is asked for, and not shown" {
    cat > type.py << 'END'
import os, pty, sys
answers = sys.argv[1].split("/")
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
said = b""
while True:
    try:
        got = os.read(terminal, 1000)
    except OSError:
        break
    if not got:
        break
    said += got
    if said.endswith(b": ") and answers:
        os.write(terminal, answers.pop(0).encode() + b"\n")
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
    /usr/bin/python3 type.py 'pa55/pa55' "$XENSURE" keygen > out
    said out 'Password for the new key: ' 'once more: ' 'made the key'
    /usr/bin/python3 type.py 'pa55' "$XENSURE" sign spec.yaml >> out
    said out 'Password for xensure.key: '
    run ! grep -q pa55 out
    run ! /usr/bin/python3 type.py 'one/two' "$XENSURE" keygen --secret-key x.key --public-key x.pub
    [[ $output == *'the two passwords are not the same'* ]]
    run ! /usr/bin/python3 type.py $'\x03' "$XENSURE" sign spec.yaml
    [[ $output == *'no password was given'* ]]
    minisign -V -q -p xensure.pub -m spec.yaml
}

@test "whoever is ended at the prompt leaves a terminal that shows what is typed" {
    cat > end.py << 'END'
import os, pty, signal, sys, termios
def shown():
    return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
pid, terminal = pty.fork()
if pid == 0:
    signal.signal(int(sys.argv[1]), signal.SIG_DFL)  # it may be ignored here, as by nohup
    os.execv(sys.argv[2], sys.argv[2:])
said = b""
while not said.endswith(b": "):
    said += os.read(terminal, 1000)
keep = os.open(f"/proc/{pid}/fd/0", os.O_RDWR | os.O_NOCTTY)  # or the terminal goes with the process
assert not shown(), "it is hidden by then"
os.kill(pid, int(sys.argv[1]))
ended = os.waitpid(pid, 0)[1]
assert os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == int(sys.argv[1]), ended
assert shown(), "it is shown again"
END
    for number in 15 1 2; do
        /usr/bin/python3 end.py $number "$XENSURE" keygen
    done
    [ ! -e xensure.key ]
}

@test "required: what is signed is applied, and what is not, or otherwise, is refused" {
    pair a b
    trust a 'required: true'
    refused 'spec.yaml: expected a signature by the trusted key '"$(cat a.id)"', found none beside it'
    expect 0 validate
    sign b spec.yaml
    refused "spec.yaml.minisig: the key $(cat b.id) is none of those"
    rm spec.yaml.minisig
    sign a spec.yaml
    echo '# more' >> spec.yaml
    refused "spec.yaml.minisig: the key $(cat a.id): the key did not sign these bytes"
    # What is not signed is not even parsed.
    echo '{{{' > spec.yaml
    refused 'the key did not sign these bytes'
    spec 'generation: 1' <<< '  web1: {}'
    : > spec.yaml.minisig
    refused 'spec.yaml.minisig: line 1: expected one more line, found the end'
    rm spec.yaml.minisig
    sign a spec.yaml
    expect 2 plan
    expect 0 apply
    is_listed web1
    in_sync
}

@test "a signature is refused where anything but its untrusted comment was changed" {
    pair a
    trust a 'required: true'
    sign a spec.yaml --trusted-comment 'generation one'
    cp spec.yaml.minisig good
    sed '1s/:.*/: it is another/' good > spec.yaml.minisig
    expect 2 plan
    sed 's/generation one/generation two/' good > spec.yaml.minisig
    refused 'the key did not sign its trusted comment'
    sed 's/$/\r/' good > spec.yaml.minisig
    refused 'expected lines that end in LF, found a CR'
    { cat good; echo; } > spec.yaml.minisig
    refused 'line 4: expected the end behind it, found more'
    head -n 3 good > spec.yaml.minisig
    refused 'line 4: expected one more line'
    head -c 100000 /dev/zero > spec.yaml.minisig
    expect 1 plan
    said err 'spec.yaml.minisig is larger than'
    # A file that is signed in the older way vouches for nothing: those 64 bytes could be another file's hash.
    minisign -S -l -s a.key -m spec.yaml
    minisign -V -q -p a.pub -m spec.yaml
    refused 'found one of the older kind'
    minisign -S -s a.key -m spec.yaml
    { head -n 1 spec.yaml.minisig; { printf Ed; sed -n 2p spec.yaml.minisig | base64 -d | tail -c +3; } | base64 -w0; echo
        tail -n 2 spec.yaml.minisig; } > swapped
    /usr/bin/python3 -c 'import hashlib, sys; sys.stdout.buffer.write(hashlib.blake2b(open("spec.yaml", "rb").read()).digest())' > 64bytes
    minisign -V -q -p a.pub -m 64bytes -x swapped
    cp swapped 64bytes.minisig
    expect 3 verify 64bytes --public-key a.pub
    said err 'found one of the older kind'
}

@test "a threshold counts different keys" {
    pair a b c
    trust 'a b c' 'threshold: 2' 'required: true'
    sign a spec.yaml
    sign a spec.yaml --name-by-key
    refused 'expected signatures by 2 of the 3 trusted keys, found 1' "the key $(cat a.id) has signed" "the key $(cat a.id) once more"
    sign b spec.yaml --name-by-key
    expect 2 plan
    json 0 '[.signers[].key_id] | length == 2' verify spec.yaml
    # The names are not what counts.
    mv "spec.yaml.$(cat b.id).minisig" "spec.yaml.$(cat c.id).minisig"
    expect 2 plan
    cp spec.yaml.minisig "spec.yaml.$(cat b.id).minisig"
    rm "spec.yaml.$(cat c.id).minisig"
    refused 'found 1'
    # One key under two names, or two ids, is one key.
    cp a.pub b.pub
    trust 'a b' 'threshold: 2' 'required: true'
    expect 1 plan
    said err '`trust` in agent.yaml: expected at least 2 different keys'
    { head -n 1 a.pub; { printf 'Ed12345678'; sed -n 2p a.pub | base64 -d | tail -c +11; } | base64 -w0; echo; } > b.pub
    expect 1 plan
    said err "found that of $PWD/a.pub under another id"
}

@test "a key that is revoked counts no more, wherever it is" {
    pair a b
    sign a spec.yaml
    trust 'a b' 'required: true'
    expect 2 plan
    trust 'a b' 'required: true' "revoked: [$(cat a.id)]"
    refused "spec.yaml.minisig: the key $(cat a.id) is revoked"
    trust b 'required: true' "revoked: [\"$(cat a.id)\"]"
    refused "the key $(cat a.id) is revoked"
    rm spec.yaml.minisig
    sign b spec.yaml
    expect 2 plan
    trust 'a b' 'threshold: 2' "revoked: [$(cat a.id)]"
    expect 1 plan
    said err 'expected at least 2 different keys that are not revoked, found 1'
    trust 'a b' 'revoked: [xyz]'
    expect 1 plan
    said err '16 digits'
}

@test "required without keys, and keys that others can write, are refused" {
    pair a
    agent absent_pause=0s 'trust={required: true}'
    expect 1 plan
    said err 'expected at least 1 different key that is not revoked, found 0'
    trust a 'required: true'
    sign a spec.yaml
    chmod 666 a.pub
    expect 2 plan
    said err '`apply` would refuse this key: '"$PWD/a.pub"
    expect 1 apply
    said err "$PWD/a.pub: expected a path that only root"
    chmod 644 a.pub
    expect 0 apply
    echo garbage > a.pub
    expect 1 plan
    said err "$PWD/a.pub is not a public key: line 1: "
}

@test "every file of a folder has to be signed, and standard input never is" {
    pair a
    trust a 'required: true'
    mkdir spec.d
    mv spec.yaml spec.d/a.yaml
    printf 'xensure: 1\ndomains: {web2: {}}\n' > spec.d/b.yaml
    sign a spec.d/a.yaml
    xensure() { "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec "${SPEC:-spec.d}" "$@"; }
    refused 'spec.d/b.yaml: expected a signature by'
    sign a spec.d/b.yaml
    expect 0 apply
    is_listed web2
    in_sync
    SPEC=-
    expect 3 apply < spec.d/a.yaml
    said err 'standard input, which has no signature beside it'
    expect 3 plan < spec.d/a.yaml
}

@test "a signed spec needs a generation, and a generation says one thing only" {
    pair a
    trust a 'required: true'
    spec <<< '  web1: {}'
    sign a spec.yaml
    refused "expected the key 'generation', which a signed spec must have"
    spec 'generation: 5' <<< '  web1: {}'
    sign a spec.yaml
    expect 0 apply
    spec 'generation: 5' <<< '  web1: {memory: 128}'
    sign a spec.yaml
    expect 3 plan
    said err 'another spec with the same generation, 5, was applied here before'
    expect 3 apply
    [ "$(memory web1)" = 64 ]
    spec 'generation: 4' <<< '  web1: {memory: 128}'
    sign a spec.yaml
    expect 3 apply
    said err 'the spec has the generation 4, and 5 was applied here before'
    # Nor does it claim anything.
    expect 3 claim web1
    said err 'the spec has the generation 4, and 5 was applied here before'
    # The operator can say so.
    spec 'generation: 5' <<< '  web1: {cpu_weight: 300}'
    sign a spec.yaml
    expect 0 apply --accept-generation 5
    silent err
    in_sync
    # Signed once more it is the same spec.
    sign a spec.yaml --trusted-comment again
    in_sync
    # Where no signature is required, a spec can be edited as it likes.
    agent absent_pause=0s
    spec 'generation: 5' <<< '  web1: {cpu_weight: 400}'
    expect 0 apply
    spec 'generation: 5' <<< '  web1: {cpu_weight: 500}'
    expect 0 apply
    # A killed or failed run has put the digest down as well as the generation.
    trust a 'required: true'
    spec 'generation: 6' <<< '  web2: {}'
    sign a spec.yaml
    "$XENSIM" sim fault create fail --times always
    expect 6 apply --only web2
    spec 'generation: 6' <<< '  web3: {}'
    sign a spec.yaml
    expect 3 apply
}

@test "a generation that is too far ahead is refused" {
    agent absent_pause=0s 'trust={max_generation_jump: 10}'
    spec 'generation: 1000' <<< '  web1: {}'
    expect 0 apply
    spec 'generation: 1010' <<< '  web1: {}'
    expect 0 apply
    spec 'generation: 1021' <<< '  web1: {memory: 128}'
    expect 3 plan
    said err 'the generation 1021, which is more than 10 beyond 1010' '--accept-generation 1021'
    expect 3 apply --accept-generation 1020
    expect 4 apply --accept-generation 1021
    spec 'generation: 1022' <<< '  web1: {memory: 64}'
    expect 0 apply
}

@test "a file that others can write is applied if it is signed, and only then" {
    pair a
    chmod 666 spec.yaml
    expect 3 apply
    said err 'expected a path that only root'
    trust a
    expect 3 apply
    said err 'its group or everybody can write it; and spec.yaml: expected a signature by the trusted key'
    expect 2 plan
    said err '`apply` would refuse this spec: '
    sign a spec.yaml
    expect 2 plan
    silent err
    expect 0 apply
    is_listed web1
    in_sync
    # Of another file of the same keys it is none, whoever put it here.
    spec 'generation: 2' <<< '  web1: {memory: 128}'
    cp spec.yaml other.yaml
    sign a other.yaml
    chmod 666 spec.yaml
    mv other.yaml.minisig spec.yaml.minisig
    expect 3 apply
    said err 'expected `file:spec.yaml` in its trusted comment, found file:other.yaml'
    expect 3 verify spec.yaml
    said err 'found file:other.yaml'
    expect 0 verify spec.yaml --public-key a.pub
    chmod 644 spec.yaml
    expect 0 verify spec.yaml
    spec <<< '  web1: {memory: 128}'
    chmod 666 spec.yaml
    expect 3 apply
    [ "$(memory web1)" = 64 ]
    # What makes dom0 run a program is for local specs, and others can write this one.
    spec 'generation: 2' <<< '  web1: {type: pv, bootloader: /usr/bin/mine, kernel: /boot/a}'
    chmod 666 spec.yaml
    sign a spec.yaml
    expect 3 apply
    said err 'expected a program that agent.yaml allows'
    spec 'generation: 2' <<< '  web1: {type: hvm, serial: [pty, "mon:tcp:0.0.0.0:4444,server,nowait"]}'
    chmod 666 spec.yaml
    sign a spec.yaml
    expect 3 apply
    said err "found 'serial' in a spec that is not local"
    spec 'generation: 2' <<< '  web1: {type: pv, bootloader: /usr/bin/mine, kernel: /boot/a}'
    sign a spec.yaml
    chmod 644 spec.yaml
    trust a 'required: true'
    expect 4 apply
}

@test "a spec that others can write sends nobody to other hosts" {
    printf '#!/bin/bash\necho "$@" >> %q\nexit 255\n' "$PWD/asked" > ssh
    chmod +x ssh
    agent absent_pause=0s "ssh=[$PWD/ssh]"
    spec 'hosts: {dom0-a: {}, dom0-b: {address: evil.example}}' <<< '  web1: {host: dom0-a}'
    expect 4 plan
    [ -s asked ]
    rm asked
    chmod 666 spec.yaml
    expect 4 plan
    [ ! -e asked ]
    expect 3 apply
    [ ! -e asked ]
}

@test "of several files that others can write, one could be old: they are refused" {
    pair a
    trust a
    mkdir -m 777 spec.d
    mv spec.yaml spec.d/a.yaml
    sign a spec.d/a.yaml
    "$XENSURE" -c agent.yaml --toolstack sim --spec spec.d apply > out 2> err || code=$?
    [ "$code" = 3 ]
    said err 'spec.d: expected a folder with a signed manifest, found none in it'
    printf 'xensure: 1\nfleet: lab\ngeneration: 1\ndomains: {}\n' > more.yaml
    "$XENSURE" -c agent.yaml --toolstack sim --spec more.yaml --spec spec.d/a.yaml apply > out 2> err || code=$?
    [ "$code" = 3 ]
    said err 'a signature helps only where the spec is one file or folder'
}

@test "a folder is signed as a whole: no file of it can be another, an old one, missing or added" {
    xensure() { "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.d "$@"; }
    pair a b
    trust a 'required: true'
    mkdir spec.d
    mv spec.yaml spec.d/a.yaml
    printf 'xensure: 1\ndomains: {web2: {}}\n' > spec.d/b.yaml
    sign a spec.d
    ls spec.d > listed
    printf '%s\n' MANIFEST MANIFEST.minisig a.yaml b.yaml | diff - listed
    (cd spec.d && b2sum --quiet -c MANIFEST && b2sum ./*.yaml | sed 's,\./,,' | cmp - MANIFEST)
    minisign -V -q -p a.pub -m spec.d/MANIFEST
    expect 0 verify spec.d
    expect 0 apply
    is_listed web2
    in_sync
    "$XENSIM" sim log clear
    cp -r spec.d good
    echo '# more' >> spec.d/b.yaml
    refused 'spec.d/b.yaml: expected the bytes that the signed manifest lists, found others'
    expect 3 verify spec.d
    # A signature of the file itself is no way out: it may be an old one.
    sign a spec.d/b.yaml
    refused 'spec.d/b.yaml: expected the bytes that the signed manifest lists'
    rm spec.d/b.yaml
    refused 'spec.d: expected the 2 files that its signed manifest lists, found 1'
    expect 3 verify spec.d
    rm -r spec.d && cp -r good spec.d
    cp spec.d/b.yaml spec.d/c.yaml
    refused 'spec.d/c.yaml: expected a file that the signed manifest lists, found another'
    rm spec.d/c.yaml
    sed -i 's/b.yaml/c.yaml/' spec.d/MANIFEST
    refused 'the key did not sign these bytes'
    rm spec.d/MANIFEST.minisig
    sign b spec.d
    refused "the key $(cat b.id) is none of those"
    printf 'what is this\n' > spec.d/MANIFEST
    rm spec.d/MANIFEST.minisig
    sign a spec.d/MANIFEST
    refused 'spec.d/MANIFEST: line 1 of the manifest: expected 128 hexadecimal digits'
    # Others can write it, and that does no harm now.
    rm -r spec.d && cp -r good spec.d
    chmod 777 spec.d
    expect 0 plan
    silent err
    echo '# more' >> spec.d/b.yaml
    expect 3 apply
    said err 'expected the bytes that the signed manifest lists'
    trust a
    expect 3 apply
    said err 'its group or everybody can write it; and spec.d/b.yaml: expected the bytes'
    mkdir none
    expect 1 sign none --secret-key a.key
}

@test "verify says what plan says, also of a manifest that is none" {
    xensure() { "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim --spec spec.d "$@"; }
    same() { # CODE TEXT
        expect "$1" verify spec.d
        said err "$2"
        expect "$1" plan
        said err "$2"
    }
    pair a b
    trust a 'required: true'
    mkdir spec.d
    mv spec.yaml spec.d/a.yaml
    sign a spec.d
    expect 0 verify spec.d
    said out "signed by the key $(cat a.id)"
    expect 2 plan
    : > spec.d/MANIFEST
    sign a spec.d/MANIFEST
    same 3 'spec.d/a.yaml: expected a file that the signed manifest lists'
    echo 'what is this' > spec.d/MANIFEST
    sign a spec.d/MANIFEST
    same 3 'line 1 of the manifest: expected 128 hexadecimal digits'
    # A link to nothing: the files are not signed one by one instead.
    sign a spec.d/a.yaml
    rm spec.d/MANIFEST
    expect 0 verify spec.d
    ln -s nowhere spec.d/MANIFEST
    same 1 'spec.d/MANIFEST'
    rm spec.d/MANIFEST
    # What is no spec by its size.
    { echo '# large'; head -c 17000000 /dev/zero | tr '\0' '#'; } > spec.d/b.yaml
    sign a spec.d/b.yaml
    same 1 'is larger than'
    expect 0 verify spec.d/b.yaml --public-key a.pub
    rm spec.d/b.yaml
    chmod 666 a.pub
    expect 1 verify spec.d
    said err "$PWD/a.pub: expected a path that only root"
    expect 0 verify spec.d --public-key a.pub
    expect 1 verify spec.d --public-key a.pub --signature spec.d/a.yaml.minisig
    said err 'expected --signature for a file'
}

@test "sign replaces no MANIFEST but its own" {
    pair a
    mkdir spec.d
    mv spec.yaml spec.d/a.yaml
    (cd spec.d && sha256sum a.yaml > MANIFEST)
    cp spec.d/MANIFEST before
    expect 1 sign spec.d --secret-key a.key
    said err 'spec.d/MANIFEST is there already, and is not a manifest as xensure writes it: line 1'
    cmp before spec.d/MANIFEST
    [ ! -e spec.d/MANIFEST.minisig ]
    rm spec.d/MANIFEST
    ln -s nowhere spec.d/MANIFEST
    expect 1 sign spec.d --secret-key a.key
    said err 'it is a link to nothing'
    [ -L spec.d/MANIFEST ]
    rm spec.d/MANIFEST
    sign a spec.d
    echo '# more' >> spec.d/a.yaml
    sign a spec.d
    expect 0 verify spec.d --public-key a.pub
}

@test "a file of any size is signed and checked" {
    pair a
    truncate -s 200M huge
    sign a huge
    minisign -V -q -p a.pub -m huge
    expect 0 verify huge --public-key a.pub
    printf x | dd of=huge bs=1 seek=150000000 conv=notrunc 2> /dev/null
    expect 3 verify huge --public-key a.pub
    mkfifo pipe
    expect 1 verify pipe --public-key a.pub --signature huge.minisig
    said err 'not a regular file'
}

@test "a wrong agent.yaml is told in full" {
    agent 'trust={threshold: 0}'
    expect 1 verify spec.yaml
    said err 'agent.yaml:1:20: expected an integer' 'agent.yaml was refused'
}

@test "schema tells the keys of trust" {
    expect 0 schema
    said out 'trust.keys' 'trust.threshold' 'trust.required' 'trust.revoked'
}
