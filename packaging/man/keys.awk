# From what `opend -help` prints to the rows of a man page. -v table=keys: a .TP a key;
# table=variables: the variables that it names besides OPEND_<KEY>, one a line.
function roff(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    sub(/^[.']/, "\\\\\\&&", text)
    return text
}

/^  -[a-z][a-z0-9_]* / && table == "keys" {
    name = substr($1, 2)
    text = $0
    sub(/^  -[a-z0-9_]+ +/, "", text)
    printf ".TP\n\\fB%s\\fR\n%s\n", roff(name), roff(text)
    rows++
}

/^  [A-Z][A-Z0-9_]* +[a-z][a-z0-9_]*$/ && table == "variables" {
    printf ".br\n\\fB%s\\fR: %s\n", $1, roff($2)
    rows++
}

END {
    if (table == "keys" && rows < 10) {
        print "keys.awk: no keys in the output of opend -help: is it of another form?" >"/dev/stderr"
        exit 1
    }
}
