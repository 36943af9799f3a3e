# Prints the code of C files as FILE:LINE:CODE: comments blank, strings and characters empty, so that what is searched
# for is code and not prose. Lines of #include stay as they are.
FNR == 1 { in_comment = 0 }
{
    line = $0
    code = ""
    if (!in_comment && line ~ /^[ \t]*#[ \t]*include/) {
        print FILENAME ":" FNR ":" line
        next
    }
    quote = ""
    for (i = 1; i <= length(line); i++) {
        c = substr(line, i, 1)
        pair = substr(line, i, 2)
        if (in_comment) {
            if (pair == "*/") {
                in_comment = 0
                i++
            }
        } else if (quote != "") {
            if (c == "\\") {
                i++
            } else if (c == quote) {
                quote = ""
                code = code c
            }
        } else if (pair == "/*") {
            in_comment = 1
            code = code " "
            i++
        } else if (pair == "//") {
            break
        } else {
            if (c == "\"" || c == "'") {
                quote = c
            }
            code = code c
        }
    }
    print FILENAME ":" FNR ":" code
}
