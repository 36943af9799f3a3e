#!/usr/bin/env bats
# Specs in a git repository: real git and ssh-keygen, a local repository and one behind nginx.
# shellcheck disable=SC2016,SC2154,SC2317 # backticks in messages; $url is web.bash's; a test has functions of its own

load host
load web

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    certificates
    local name
    for name in anna ben eve; do
        ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$name"
    done
}

setup() {
    setup_host
    ln -s "$BATS_FILE_TMPDIR/tls" tls
    # The user that fetches has to get here.
    chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_FILE_TMPDIR/tls" .
    chmod a+x "$(dirname "$PWD")"
    export HOME=$PWD GIT_CONFIG_NOSYSTEM=1
    git config --global user.name A
    git config --global user.email a@example.org
    git config --global gpg.format ssh
    git config --global init.defaultBranch main
    keys=$BATS_FILE_TMPDIR
    echo "anna@example.org $(cat "$keys/anna.pub")" > signers
    follow
    repository
}

teardown() {
    stop_web
    local server
    for server in "${sshd:-}" "${fcgiwrap:-}"; do [ -z "$server" ] || kill "$server" 2> /dev/null || true; done
}

# follow KEY=VALUE...: agent.yaml has one source, the repository, with these keys beside those that every test needs.
follow() {
    local row more=
    for row in "$@"; do more+=", ${row%%=*}: ${row#*=}"; done
    agent absent_pause=0s 'trust={first_use: allow}' \
        "sources=[{git: \"${repository:-$PWD/fleet}\", allowed_signers: $PWD/signers$more}]"
    sed -i "s|^directories: {|&mirrors: $PWD/mirrors, |" agent.yaml
}

xensure() {
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim "$@"
}

# repository [ARG...]: a new one in the folder fleet, whose one commit anna has signed.
repository() {
    rm -rf fleet
    git init -q "$@" fleet
    publish 1 web1
}

# publish GENERATION DOMAIN...: a signed commit (by $signer, anna if that is not set) of a spec with these domains.
publish() {
    local generation=$1 name
    shift
    for name in "$@"; do echo "  $name: {}"; done | spec "generation: $generation"
    mv spec.yaml fleet/spec.yaml
    commit "Generation $generation"
}

commit() {
    git -C fleet add -A
    git -C fleet -c "user.signingkey=$keys/${signer:-anna}" commit -q -S -m "$1"
}

head_of() {
    git -C fleet rev-parse "${1:-HEAD}"
}

domains() {
    "$XENSIM" list | awk 'NR > 2 { print $1 }' | sort | tr '\n' ' '
}

# refused TEXT...: what is there now is not taken by plan or apply, which say why; the copy goes on.
refused() {
    local command
    for command in plan apply; do
        expect 3 "$command"
        said err 'gives what is refused' "$@" 'the copy that was fetched'
    done
    [ "$(domains)" = 'web1 ' ]
}

@test "a branch is followed from commit to commit" {
    [ "$(actions)" = 'web1 create' ]
    expect 0 apply
    [ "$(domains)" = 'web1 ' ]
    expect 0 apply
    silent out err
    publish 2 web1 web2
    publish 3 web1 web3
    expect 0 apply
    [ "$(domains)" = 'web1 web3 ' ]
    # The commit is in the record, and shown.
    grep -q "$(head_of)" state/record
    expect 0 plan
    said out "from git $PWD/fleet main · generation 3 · commit $(head_of | cut -c1-12)" \
        "signed by $(ssh-keygen -lf "$keys/anna.pub" | cut -d' ' -f2)"
    # Config files say so, too.
    grep -F "signed by $(ssh-keygen -lf "$keys/anna.pub" | cut -d' ' -f2), " xen/web3.cfg
    json 0 ".last_run.sources[0].commit == \"$(head_of)\"" status
    [ "$(find state/sources -name 'copy*' | wc -l)" = 2 ]
    # So does `explain`, and where the spec before is.
    expect 0 explain web3
    said out "from git $PWD/fleet main · generation 3 · commit $(head_of | cut -c1-12)" "[commit $(head_of | cut -c1-12)]" \
        " from git $PWD/fleet main · generation 1 · commit $(head_of HEAD~2 | cut -c1-12) · $(echo "$PWD"/state/sources/*/copy.1)"
    json 0 ".sources[0].commit == \"$(head_of)\" and ([.earlier[].commit] == [\"$(head_of HEAD~2)\"])" explain web3
    jq -e '[.earlier[].generation] == [1]' out
    grep -q 'generation: 1$' "$(jq -r '.earlier[0].file' out)"
}

@test "plan leaves nothing behind" {
    expect 2 plan
    [ ! -e mirrors ] && [ ! -e state ]
    expect 0 apply
    local before
    before=$(find mirrors state -printf '%p %T@ %s\n' | sort)
    publish 2 web1 web2
    expect 2 plan
    [ "$(find mirrors state -printf '%p %T@ %s\n' | sort)" = "$before" ]
    # Nor the folder that it was made in for once.
    mkdir bin
    cp "$XENSURE" "$XENSIM" bin
    printf '#!/bin/sh\ntee %s | %s\n' "$PWD/asked" "$XENSURE_FETCH" > bin/xensure-fetch
    chmod 755 bin/xensure-fetch
    xensure() { bin/xensure -c agent.yaml --host dom0-a --toolstack sim "$@"; }
    expect 2 plan
    local folder
    folder=$(jq -r .folder asked)
    [[ $folder = /tmp/xensure-git-*/mirror ]]
    [ ! -e "${folder%/mirror}" ]
}

@test "what a plan that was killed has left goes with the next one, and nothing beside it" {
    mkdir bin precious
    touch precious/file
    cp "$XENSURE" "$XENSIM" bin
    xensure() { bin/xensure -c agent.yaml --host dom0-a --toolstack sim "$@"; }
    cat > bin/xensure-fetch << END
#!/bin/bash
folder=\$(jq -r .folder)
mkdir -p "\$folder/objects"
touch "\$folder/objects/a"
ln -s "$PWD/precious" "\$folder/objects/link"
dirname "\$folder" > "$PWD/left"
kill -9 \$PPID
END
    chmod 755 bin/xensure-fetch
    xensure plan > out 2> err || true
    local left
    left=$(cat left)
    [ -e "$left/mirror/objects/a" ]
    cp "$XENSURE_FETCH" bin/xensure-fetch
    # One that has just begun may not have its lock yet.
    expect 2 plan
    [ -e "$left/mirror/objects/a" ]
    touch -d '2 minutes ago' "$left"
    flock "$left" bin/xensure -c agent.yaml --host dom0-a --toolstack sim plan > out 2> err || [ $? = 2 ]
    [ -e "$left/mirror/objects/a" ]
    # A link of this name is nobody's folder.
    ln -s "$PWD/precious" "$left.link"
    expect 2 plan
    [ -h "$left.link" ]
    rm "$left.link"
    [ ! -e "$left" ]
    [ -e precious/file ]
}

@test "a commit that nobody signed who may is refused, and what runs stays" {
    expect 0 apply
    echo '# more' >> fleet/spec.yaml
    git -C fleet commit -q -am 'Not signed'
    refused 'expected a signed commit, found no signature'
    signer=eve commit=x publish 2 web1 web2
    refused 'is of nobody who may sign'
    # On top of them, one that is signed counts: whoever signs it vouches for what is below.
    publish 3 web1 web2
    expect 0 apply
    [ "$(domains)" = 'web1 web2 ' ]
}

@test "without a copy, what is refused ends the run" {
    signer=eve publish 2 web1
    expect 3 apply
    said err 'is of nobody who may sign' 'there is no copy of it here'
    [ ! -e state/record ]
    [ "$(domains)" = '' ]
}

@test "who may sign, for what and when" {
    expect 0 apply
    publish 2 web1
    echo "anna@example.org namespaces=\"file\" $(cat "$keys/anna.pub")" > signers
    expect 3 apply
    said err "may sign, but not in the namespace 'git'" 'there is no copy of it here'
    # A key that has run out signs nothing new, whatever time the commit says; what it has signed, and was applied, stays.
    echo "anna@example.org $(cat "$keys/anna.pub")" > signers
    expect 0 apply
    echo "anna@example.org valid-before=\"$(date -u +%Y%m%d%H%M -d '+1 day')Z\" $(cat "$keys/anna.pub")" > signers
    expect 0 apply
    silent err
    GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' publish 3 web1
    echo "anna@example.org valid-before=\"20200601Z\" $(cat "$keys/anna.pub")" > signers
    expect 3 apply
    said err 'may not sign any more (valid-before)'
}

@test "a file of signers that is not one, or that others can write" {
    echo "anna ssh-rsa AAAA" > signers
    expect 1 apply
    said err "$PWD/signers: line 1: expected 'ssh-ed25519' or the options" "found 'ssh-rsa'"
    : > signers
    expect 1 plan
    said err 'expected one signer at least, found none'
    echo "anna@example.org $(cat "$keys/anna.pub")" > signers
    chmod 666 signers
    expect 1 apply
    said err "$PWD/signers: expected a path that only root"
    expect 2 plan
    said err '`apply` would refuse this file'
    rm signers
    expect 1 apply
    [ ! -e state/record ]
}

@test "a branch that was set back is refused" {
    publish 2 web1
    publish 3 web1
    expect 0 apply
    local newest
    newest=$(head_of)
    git -C fleet reset -q --hard HEAD~1
    refused "does not come after $newest" 'to go back: commit the old content on top of that one'
    # Nor is one that forked before it, though it is signed, and its generation is higher.
    publish 4 web1 web2
    refused "does not come after $newest"
    # Who has to, can say so.
    expect 3 apply --accept-generation 3
    expect 0 apply --accept-generation 4
    [ "$(domains)" = 'web1 web2 ' ]
    local refused
    refused=$(head_of)
    git -C fleet reset -q --hard "$newest"
    expect 3 plan
    said err "does not come after $refused"
    # A merge of both comes after both.
    git -C fleet -c "user.signingkey=$keys/anna" merge -q -S -s ours -m 'Merge' "$refused"
    publish 5 web1 web2 web3
    expect 0 apply
    [ "$(domains)" = 'web1 web2 web3 ' ]
}

@test "the first spec of a repository is asked for" {
    sed -i 's/first_use: allow/first_use: ask/' agent.yaml
    expect 3 apply
    said err 'so nothing here tells the newest from an old one'
    expect 0 apply --accept-generation 1
    [ "$(domains)" = 'web1 ' ]
    expect 0 apply
}

@test "generations hold, too" {
    publish 3 web1
    expect 0 apply
    publish 2 web1 web2
    refused 'the spec has the generation 2, and 3 was applied here before'
    publish 3 web1 web2
    refused 'another spec with the same generation'
}

# away TEXT...: nothing is done, apply has nothing to tell, and plan tells what is the matter.
away() {
    expect 0 apply
    expect 0 plan
    said err "$@" 'the copy that was fetched'
    [ "$(domains)" = 'web1 ' ]
}

@test "a repository that is away, or has no such branch, changes nothing" {
    expect 0 apply
    mv fleet elsewhere
    away 'does not answer: git could not ask the repository'
    mkdir fleet
    away 'does not answer'
    rmdir fleet
    mv elsewhere fleet
    git -C fleet branch -m other
    away 'gives no spec: the repository has no refs/heads/main'
    follow branch=other
    expect 0 apply
    expect 0 plan
    silent err
}

@test "a folder of the repository, and a ref" {
    mkdir -p fleet/hosts/lab/below
    mv fleet/spec.yaml fleet/hosts/lab/
    echo 'no spec' | tee fleet/hosts/lab/.hidden.yaml fleet/hosts/lab/below/a.yaml fleet/hosts/lab/README > fleet/hosts/other.yaml
    printf 'xensure: 1\ndomains:\n  web2: {}\n' > fleet/hosts/lab/more.yaml
    commit 'Move it'
    git -C fleet update-ref refs/released/lab HEAD
    git -C fleet reset -q --hard HEAD~1
    follow ref=refs/released/lab subdir=hosts/lab
    expect 0 apply
    [ "$(domains)" = 'web1 web2 ' ]
    follow ref=refs/released/lab subdir=hosts/none
    expect 3 plan
    said err "expected the folder 'none', found none"
    follow ref=refs/released/lab subdir=hosts/lab/README
    expect 3 plan
    said err "expected the folder 'README', found a file"
    follow ref=refs/released/lab
    expect 3 plan
    said err 'expected files *.yaml in the uppermost folder of the commit' 'found none'
}

@test "a repository with ids of SHA-256" {
    repository --object-format=sha256
    expect 0 apply
    publish 2 web1 web2
    expect 0 apply
    [ "$(domains)" = 'web1 web2 ' ]
    [ "$(head_of | wc -c)" = 65 ]
    grep -q "$(head_of)" state/record
    git -C fleet reset -q --hard HEAD~1
    expect 3 apply
    said err 'does not come after'
}

@test "nothing of a hostile repository is followed" {
    local mark=$PWD/mark
    touch "$mark"
    chmod 666 "$mark"
    # The process without rights could run it, and write in the mirror.
    local hook="$PWD/fleet/.git/hook" run="sh $PWD/fleet/.git/hook"
    printf '#!/bin/sh\nfor file in %s %s; do [ ! -e $file ] || echo the hook ran >> $file; done\n' "$mark" "$PWD/mirrors/*/gitconfig" > "$hook"
    chmod 755 "$hook"
    local name
    for name in post-checkout reference-transaction post-merge pre-receive update post-update; do
        cp "$hook" "fleet/.git/hooks/$name"
    done
    echo '*.yaml filter=evil diff=evil' > fleet/.gitattributes
    printf '[submodule "x"]\n\tpath = x\n\turl = ext::%s\n' "$run" > fleet/.gitmodules
    git -C fleet update-index --add --cacheinfo "160000,$(head_of),x"
    commit 'Filters and submodules'
    git -C fleet config filter.evil.smudge "$run"
    git -C fleet config core.fsmonitor "$run"
    git -C fleet config core.sshCommand "$run"
    git -C fleet config uploadpack.packObjectsHook "$run"
    git -C fleet config protocol.ext.allow always
    git -C fleet config core.hooksPath "$PWD/fleet/.git/hooks"
    # An object that is missing could be asked of another repository, by a program.
    git -C fleet config extensions.partialClone evil
    git -C fleet config remote.evil.promisor true
    git -C fleet config remote.evil.url "ext::$run"
    # It runs where it is let, as it has with the commit.
    [ -s "$mark" ]
    : > "$mark"
    expect 0 apply
    [ "$(domains)" = 'web1 ' ]
    [ ! -s "$mark" ] && ! grep -r "the hook ran" mirrors
    rm "fleet/.git/objects/$(git -C fleet rev-parse HEAD~1: | sed 's|^..|&/|')"
    git -C fleet config core.fsmonitor false
    git -C fleet config core.hooksPath /dev/null
    publish 2 web1 web2
    git -C fleet config core.fsmonitor "$run"
    git -C fleet config core.hooksPath "$PWD/fleet/.git/hooks"
    expect 0 apply
    [ "$(domains)" = 'web1 web2 ' ]
    [ ! -s "$mark" ] && ! grep -r "the hook ran" mirrors
}

@test "what fetches is not believed" {
    expect 0 apply
    publish 2 web1 web2
    mkdir bin
    cp "$XENSURE" "$XENSIM" bin
    xensure() { bin/xensure -c agent.yaml --host dom0-a --toolstack sim "$@"; }
    # One that gives a file of its own in the place of the one that was signed.
    printf '#!/bin/sh\n%s | sed s/web2/evil/\n' "$XENSURE_FETCH" > bin/xensure-fetch
    chmod 755 bin/xensure-fetch
    refused 'expected the bytes of' 'found those of'
    # One that says that another commit is the newest.
    printf '#!/bin/sh\n%s | sed "s/\\"etag\\":\\"%s/\\"etag\\":\\"%s/"\n' "$XENSURE_FETCH" "$(head_of)" "$(head_of HEAD~1 | tr 0-9a-f 1-9a-f0)" \
        > bin/xensure-fetch
    refused 'expected the commit' 'found nothing'
}

# on_kernel LACKS RULES: the program that fetches says that the kernel has not these (JSON) to confine it with.
on_kernel() {
    cat > bin/xensure-fetch << END
#!/usr/bin/python3
import json, subprocess, sys
said = subprocess.run(["$XENSURE_FETCH"], stdin=sys.stdin, stdout=subprocess.PIPE).stdout
start = len(said) - 12 - int(said[-11:])
trailer = json.loads(said[start:-12])
for reply in trailer["replies"]:
    reply["lacks"], reply["lacks_rules"] = json.loads('[$1, $2]')
end = json.dumps(trailer)
sys.stdout.buffer.write(said[:start] + f"{end}\\n{len(end):010}\\n".encode())
END
    chmod 755 bin/xensure-fetch
}

@test "a kernel without Landlock: plan says so, and apply says nothing" {
    mkdir bin
    cp "$XENSURE" "$XENSIM" bin
    xensure() { bin/xensure -c agent.yaml --host dom0-a --toolstack sim "$@"; }
    on_kernel '"La"' null
    expect 2 plan
    said err 'xensure-fetch is confined less than it should be: this kernel has no La'
    expect 0 apply
    silent err
    # `status` says it, also when the last run has asked nobody.
    expect 0 status
    said out 'xensure-fetch is confined less than it should be: this kernel has no La'
    json 0 '.last_run.confinement_lacks == "La"' status
    cp agent.yaml before.yaml
    agent "sources=[{path: $PWD/fleet/spec.yaml}]"
    expect 0 apply
    json 0 '.last_run.confinement_lacks == "La"' status
    cp before.yaml agent.yaml
    # That newer kernels have more rules is for `status` alone.
    on_kernel null '"ports"'
    expect 0 plan
    silent err
    expect 0 apply
    expect 0 status
    said out 'xensure-fetch is confined as far as this kernel goes: its Landlock has no rules for ports'
    json 0 '.last_run | .confinement_lacks == null and .confinement_lacks_rules == "ports"' status
    on_kernel null null
    expect 0 apply
    json 0 '.last_run | .confinement_lacks == null and .confinement_lacks_rules == null' status
    run ! grep confined <(xensure status)
}

@test "a link is no spec" {
    expect 0 apply
    ln -s /etc/passwd fleet/other.yaml
    commit 'A link'
    refused "expected 'other.yaml' to be a file, found a symbolic link"
}

@test "signatures that have to be, with git sources alone, need no key of minisign" {
    agent absent_pause=0s 'trust={first_use: allow, required: true}' \
        "sources=[{git: \"$PWD/fleet\", allowed_signers: $PWD/signers}]"
    sed -i "s|^directories: {|&mirrors: $PWD/mirrors, |" agent.yaml
    expect 0 apply
    in_sync
    # Beside one that has to be signed by them, they are needed.
    printf 'xensure: 1\nfleet: lab\ngeneration: 1\ndomains: {}\n' > more.yaml
    sed -i "s|^sources: .|&{path: $PWD/more.yaml}, |" agent.yaml
    expect 1 plan
    said err 'expected at least 1 different key that is not revoked, found 0'
}

@test "what a spec from git may name is bounded" {
    expect 0 apply
    printf '  web2: {type: pvh, kernel: /boot/a, memory: 64, vifs: [{bridge: xenbr0, script: /tmp/evil}]}\n' >> fleet/spec.yaml
    sed -i 's/^generation: 1/generation: 2/' fleet/spec.yaml
    commit 'A program'
    expect 3 apply
    said err 'gives what is refused' 'expected a program that agent.yaml allows' '/tmp/evil'
    [ "$(domains)" = 'web1 ' ]
}

@test "what agent.yaml says of a repository is checked" {
    follow branch=main ref=refs/heads/main
    expect 1 plan
    said err 'source 1 of agent.yaml: expected `branch` or `ref`, found both'
    agent "sources=[{git: $PWD/fleet}]"
    expect 1 plan
    said err 'source 1 of agent.yaml: expected `allowed_signers` beside `git`'
    local repository place
    for place in http://host/fleet.git git@host:fleet.git https://user:password@host/fleet.git ext::sh --upload-pack=x fleet \
        https://host ssh://-oProxyCommand=x/y "file://$PWD/fleet"; do
        repository=$place
        follow
        expect 1 plan
        said err 'https://HOST/PATH (without a name or password)'
    done
    repository=
    for place in subdir=../x subdir=/x subdir=.git branch=-x branch=a..b ref=main; do
        follow "$place"
        expect 1 plan
        said err "agent.yaml:"
    done
}

@test "mirrors where others could lead them elsewhere are not used" {
    mkdir -p open/in
    chmod 777 open
    sed -i "s|mirrors: [^,]*,|mirrors: $PWD/open/in/mirrors,|" agent.yaml
    expect 1 apply
    said err 'could not be asked: the folder of the mirrors cannot be used' "$PWD/open: expected a path that only root"
    [ -z "$(find open -name '*.git')" ]
    # `plan` says so before, whether the folder is there or not.
    expect 2 plan
    said err '`apply` could not ask: the folder of the mirrors cannot be used' "$PWD/open: expected a path that only root" \
        "(xensure makes it; it has to be root's"
    rm -r open/in
    expect 2 plan
    said err '`apply` could not ask: '
    chmod 755 open
    expect 2 plan
    silent err
    expect 0 apply
    [ "$(id -u)" = 0 ] || return 0
    chown xensure-fetch open/in/mirrors
    expect 0 plan
    said err '`apply` could not ask: ' "$PWD/open/in/mirrors: expected a path that only root"
}

@test "over https, with a certificate that holds" {
    git clone -q --bare fleet www/fleet.git
    git -C www/fleet.git update-server-info
    chmod -R a+rX www
    web www
    repository=$url/fleet.git follow "ca_file=$PWD/tls/ca.pem"
    expect 0 apply
    [ "$(domains)" = 'web1 ' ]
    expect 0 apply
    silent out err
    publish 2 web1 web2
    git -C fleet push -q "$PWD/www/fleet.git" main
    git -C www/fleet.git update-server-info
    expect 0 apply
    [ "$(domains)" = 'web1 web2 ' ]
    # By a proxy of the source's own.
    proxy
    repository=$url/fleet.git follow "ca_file=$PWD/tls/ca.pem" "proxy=\"$proxy\""
    publish 3 web1 web2
    git -C fleet push -q "$PWD/www/fleet.git" main
    git -C www/fleet.git update-server-info
    expect 0 apply
    json 0 '.last_run.sources[0].generation == 3' status
    grep -qx "CONNECT localhost:$port" proxy.log
    stop_web
    expect 0 plan
    said err 'does not answer'
    web www
    repository=$url/fleet.git follow "ca_file=$PWD/tls/other-ca.pem"
    expect 1 plan
    said err 'does not answer' 'certificate'
    [ "$(domains)" = 'web1 web2 ' ]
}

@test "over https, from a server that speaks git's protocol" {
    git clone -q --bare fleet served/fleet.git
    chmod -R a+rX served
    mkdir www
    /usr/sbin/fcgiwrap -s "unix:$PWD/fcgi" 3>&- &
    fcgiwrap=$!
    wait_until test -S fcgi
    chmod 666 fcgi
    web www "location / { fastcgi_pass unix:$PWD/fcgi; fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;" \
        "fastcgi_param GIT_PROJECT_ROOT $PWD/served; fastcgi_param GIT_HTTP_EXPORT_ALL 1; fastcgi_param PATH_INFO \$uri;" \
        'fastcgi_param QUERY_STRING $args; fastcgi_param REQUEST_METHOD $request_method; fastcgi_param CONTENT_TYPE $content_type;' \
        'fastcgi_param CONTENT_LENGTH $content_length; fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;' \
        'fastcgi_param GIT_PROTOCOL $http_git_protocol; fastcgi_param REMOTE_ADDR $remote_addr; }'
    repository=$url/fleet.git follow "ca_file=$PWD/tls/ca.pem"
    expect 0 apply
    [ "$(domains)" = 'web1 ' ]
    requests | grep -q '^200 /fleet.git/git-upload-pack$'
    publish 2 web1 web2
    publish 3 web1 web2 web3
    git -C fleet push -q "$PWD/served/fleet.git" main
    expect 2 plan
    expect 0 apply
    [ "$(domains)" = 'web1 web2 web3 ' ]
    # What is there already is asked for with one question.
    : > nginx/access.log
    expect 0 apply
    [ "$(requests | grep -c upload-pack)" = 2 ]
    json 0 ".last_run.sources[0].commit == \"$(head_of)\"" status
}

# ssh_server: sshd on $port of this machine, whose key is ssh/host; whoever has the key ssh/login may log in.
ssh_server() {
    mkdir -p ssh
    # As root, sshd wants this folder, which is made at boot.
    [ "$(id -u)" != 0 ] || mkdir -p /run/sshd
    local name
    for name in host login stranger; do
        [ -e "ssh/$name" ] || ssh-keygen -q -t ed25519 -N '' -f "ssh/$name"
    done
    cp ssh/login.pub ssh/authorized
    # The secret keys of who fetches.
    [ "$(id -u)" != 0 ] || chown xensure-fetch ssh/login ssh/stranger
    port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    printf '%s\n' "ListenAddress 127.0.0.1:$port" "HostKey $PWD/ssh/host" "PidFile none" "AuthorizedKeysFile $PWD/ssh/authorized" \
        "StrictModes no" "UsePAM no" "PermitRootLogin prohibit-password" "PasswordAuthentication no" > ssh/config
    /usr/sbin/sshd -D -f "$PWD/ssh/config" -E "$PWD/ssh/log" 3>&- &
    sshd=$!
    wait_until grep -q listening ssh/log
    echo "[127.0.0.1]:$port $(cat ssh/host.pub)" > ssh/known
}

@test "over ssh, from a host that is known, with a key of its own" {
    ssh_server
    local address
    address="ssh://$(id -un)@127.0.0.1:$port$PWD/fleet"
    repository=$address follow "ssh_key=$PWD/ssh/login" "known_hosts=$PWD/ssh/known"
    expect 0 apply
    [ "$(domains)" = 'web1 ' ]
    expect 0 apply
    silent out err
    publish 2 web1 web2
    expect 2 plan
    expect 0 apply
    [ "$(domains)" = 'web1 web2 ' ]
    json 0 ".last_run.sources[0].commit == \"$(head_of)\"" status
    # Whoever does not have the key gets nothing, and nobody is asked for a password.
    publish 3 web1 web2 web3
    repository=$address follow "ssh_key=$PWD/ssh/stranger" "known_hosts=$PWD/ssh/known"
    expect 0 plan
    said err 'does not answer' 'Permission denied' 'the copy that was fetched'
    # A host with another key is not asked, nor is one that nobody knows.
    echo "[127.0.0.1]:$port $(cat ssh/stranger.pub)" > ssh/known
    repository=$address follow "ssh_key=$PWD/ssh/login" "known_hosts=$PWD/ssh/known"
    expect 0 plan
    said err 'does not answer' 'Host key verification failed' 'the copy that was fetched'
    repository=$address follow "ssh_key=$PWD/ssh/login"
    expect 0 plan
    said err 'does not answer' 'Host key verification failed' 'the copy that was fetched'
    expect 0 apply
    [ "$(domains)" = 'web1 web2 ' ]
}

# ask MORE: xensure-fetch by itself gets a request for the repository with these members (JSON); what it says is in the file said.
ask() {
    mkdir -p mirrors
    jq -n --arg url "$PWD/fleet" --arg folder "$PWD/mirrors/x" --argjson more "$1" '{format_version: 1, profile: "git", url: $url,
        ref: "refs/heads/main", folder: $folder, known: "", here: "", timeout_s: 20, bytes_max: 100000} + $more' > request
    "$XENSURE_FETCH" < request | tail -n 2 | head -n 1 > said
    jq -r '.error // (.replies[0] | "\(.outcome): \(.message)")' said
}

# silent_server: one that takes the connection and says nothing, at the port in the file port.
silent_server() {
    /usr/bin/python3 -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(600)' > port 3>&- &
    server=$!
    wait_until test -s port
}

@test "xensure-fetch: limits of bytes and of time" {
    [ "$(ask '{}')" = 'done: null' ]
    [ "$(ask "{\"here\": \"$(head_of)\"}")" = 'not-modified: null' ]
    [ "$(ask '{"bytes_max": 100}')" = 'refused: expected commits and files of at most 100 bytes' ]
    silent_server
    [ "$(ask "{\"url\": \"https://127.0.0.1:$(cat port)/x\", \"timeout_s\": 1}")" = 'unreachable: git was not done within 1 s' ]
    kill "$server"
}

@test "xensure-fetch: git runs without rights" {
    silent_server
    export SSH_AUTH_SOCK=$PWD/agent https_proxy=http://localhost:1
    ask "{\"url\": \"https://127.0.0.1:$(cat port)/x\", \"timeout_s\": 60}" > answer &
    local asking=$! helper
    asked() {
        helper=$(pgrep -f "git-remote-https.*127.0.0.1:$(cat port)/x" | head -n 1)
        [ -n "$helper" ]
    }
    await asked
    confined "$helper"
    confined "$(ps -o ppid= -p "$helper" | tr -d ' ')"
    # What it was started with is ours alone.
    tr '\0' '\n' < "/proc/$helper/environ" > environment
    grep -q "^GIT_CONFIG_GLOBAL=$PWD/mirrors/x/gitconfig$" environment
    run ! grep -E "^(HOME=$HOME|SSH_AUTH_SOCK|https_proxy)" environment
    kill "$server"
    wait "$asking"
    grep -q '^unreachable: git could not ask the repository' answer
}

@test "xensure-fetch: the folder of a mirror" {
    ask '{}'
    [ "$(stat -c %U mirrors/x)" = "$([ "$(id -u)" = 0 ] && echo xensure-fetch || id -un)" ]
    rm -r mirrors/x
    mkdir elsewhere
    ln -s ../elsewhere mirrors/x
    [[ "$(ask '{}')" = "$PWD/mirrors/x: "* ]]
    [ "$(stat -c %U elsewhere)" = "$(id -un)" ]
    rm mirrors/x
    chmod 777 mirrors
    [ "$(ask '{}')" = "$PWD/mirrors: expected a folder that only root can write" ]
    [ ! -e mirrors/x ]
}

@test "xensure-fetch: a mirror that was left half-way" {
    [ "$(ask '{}')" = 'done: null' ]
    publish 2 web2
    # What a git that was killed leaves.
    touch mirrors/x/sha1.git/refs/xensure/head.lock mirrors/x/sha1.git/config.lock
    [ "$(ask '{}')" = 'done: null' ]
    [ "$(cat mirrors/x/sha1.git/refs/xensure/head)" = "$(head_of)" ]
    rm mirrors/x/sha1.git/HEAD
    [ "$(ask '{}')" = 'done: null' ]
    # Halves of packs, which would fill the disk.
    touch mirrors/x/sha1.git/objects/pack/tmp_pack_abc mirrors/x/sha1.git/objects/pack/pack-1.pack.temp
    [ "$(ask '{}')" = 'done: null' ]
    [ -z "$(find mirrors/x -name 'tmp_*' -o -name '*.temp')" ]
    # Two at a time would be in each other's way.
    publish 3 web3
    [ "$(flock mirrors/x "$BASH" -c "$(declare -f ask); ask '{}'")" = 'unreachable: another run asks it just now' ]
    [ "$(ask '{}')" = 'done: null' ]
}

@test "not modified, without a copy: refused" {
    lying
    local command
    for command in plan apply; do
        expect 1 $command
        said err 'it says that it was not modified, which was not asked' 'no copy of it here'
    done
    lying absent
    expect 1 apply
    said err 'gives no spec: it is said to be absent' 'no copy of it here'
    [ -z "$(changes)" ]
}

# await COMMAND...: waits until it succeeds.
await() {
    wait_until "$@" || { cat log; return 1; }
}

@test "the daemon follows a repository of this host at once, with a work tree and without" {
    local daemon end=0
    follow
    sed -i "s|^directories: {|&run: $PWD/run, |; 1i interval: 1h" agent.yaml
    "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim agent 2> log 3>&- &
    daemon=$!
    await grep -q 'web1: create done' log
    await grep -q 'ended with 0' log
    publish 2 web1 web2
    await grep -q 'web2: create done' log
    # The same branch, packed before and pushed to.
    git clone -q --bare fleet bare.git
    git -C fleet remote add bare "$PWD/bare.git"
    repository=$PWD/bare.git follow
    sed -i "s|^directories: {|&run: $PWD/run, |; 1i interval: 1h" agent.yaml
    kill -HUP "$daemon"
    await grep -q 'agent.yaml was read' log
    publish 3 web1 web2 web3
    git -C fleet push -q bare main
    await grep -q 'web3: create done' log
    kill "$daemon"
    wait "$daemon" || end=$?
    [ "$end" = 0 ]
}

@test "xensure-fetch: a mirror that has grown too large goes, also where git has failed" {
    [ "$(ask '{}')" = 'done: null' ]
    publish 2 web2
    rm "fleet/.git/objects/$(git -C fleet rev-parse HEAD: | sed 's|^..|&/|')"
    [[ "$(ask '{}')" = 'refused: git could not fetch the repository: '* ]]
    [ -e mirrors/x/sha1.git ]
    fallocate -l 520M mirrors/x/sha1.git/objects/pack/other
    [[ "$(ask '{}')" = 'refused: git could not fetch the repository: '* ]]
    [ ! -e mirrors/x/sha1.git ]
}

@test "xensure-fetch: a git that would pass over the settings is not used" {
    [ "$(id -u)" = 0 ] || skip 'not root'
    unshare -m true 2> /dev/null || skip 'no mount namespace to be had'
    local git version
    git=$(realpath "$(command -v git)")
    printf '#!/bin/sh\ncase $1 in version) echo "git version $(cat %s)" ;; *) echo "git has run" >&2; exit 1 ;; esac\n' /usr/share/git-version > git
    chmod 755 git
    # shellcheck disable=SC2016
    printf '#!/bin/sh\nmount --bind %s %s\nmount -t tmpfs none /usr/share\necho "$version" > /usr/share/git-version\nexec %s\n' \
        "$PWD/git" "$git" "$XENSURE_FETCH" > program
    printf '#!/bin/sh\nexec unshare -m sh %s\n' "$PWD/program" > fetch
    chmod 755 fetch
    XENSURE_FETCH=$PWD/fetch
    for version in 1.9.1 2.31.9; do
        [ "$(version=$version ask '{}')" = "refused: expected git 2.32 or newer, found 'git version $version'" ]
    done
    for version in 2.32.0 2.39.5 3.0; do
        [ "$(version=$version ask '{}')" = 'unreachable: git could not ask the repository: exited with 1: git has run' ]
    done
}

@test "without git: what to install is said, and the copy goes on" {
    [ "$(id -u)" = 0 ] || skip 'not root'
    unshare -m true 2> /dev/null || skip 'no mount namespace to be had'
    expect 0 apply
    local git
    git=$(realpath "$(command -v git)")
    publish 2 web1 web2
    # shellcheck disable=SC2016
    xensure() { unshare -m sh -c 'mount --bind /dev/null "$1" && shift && exec "$@"' sh "$git" "$XENSURE" -c agent.yaml --host dom0-a --toolstack sim "$@"; }
    expect 0 plan
    said err 'gives no spec: expected the program git, found none (it is in the package git)' 'the copy that was fetched'
    rm -r state/sources
    expect 1 plan
    said err 'it is in the package git' 'no copy of it here'
    # Whoever has other sources alone needs none.
    agent "sources=[{path: $PWD/fleet/spec.yaml}]"
    expect 2 plan
}

@test "a repository of this machine that cannot be read: who has to be able to is named" {
    repository=$PWD/nowhere follow
    expect 1 apply
    said err 'does not answer' 'the user xensure-fetch has to be able to read it'
}
