# awk -f fill.awk SECTIONS... PAGE: prints the page; a line @NAME@ in it becomes what stands under "## NAME" in the other files, or,
# of what stands before any such heading, the file that is called so.
FNR == 1 {
    files++
    section = FILENAME
    sub(/.*\//, "", section)
}
files < ARGC - 1 && /^## / {
    section = substr($0, 4)
    next
}
files < ARGC - 1 {
    text[section] = text[section] $0 "\n"
    next
}
/^@.*@$/ {
    name = substr($0, 2, length($0) - 2)
    if (!(name in text)) {
        print FILENAME ":" FNR ": there is no section " name > "/dev/stderr"
        exit 1
    }
    sub(/^\n/, "", text[name])
    printf "%s", text[name]
    next
}
{ print }
