# Keys of ours, and signatures by them, for tests that load it beside host.

# pair NAME: a key of ours without a password, in NAME.key and NAME.pub; its id is in the file NAME.id.
pair() {
    local name
    for name in "$@"; do
        "$XENSURE" keygen --no-password --secret-key "$name.key" --public-key "$name.pub" > /dev/null
        key_id "$name.pub" > "$name.id"
    done
}

key_id() {
    sed -n 2p "$1" | base64 -d | od -An -tx1 -j2 -N8 | tr a-f A-F | awk '{ for (i = 8; i > 0; i--) printf "%s", $i }'
}

sign() { # NAME FILE ARG...
    local name=$1
    shift
    "$XENSURE" sign --secret-key "$name.key" "$@" > /dev/null
}
