# completion.zsh FOLDER LINE: what an interactive zsh, with the functions of FOLDER, shows when Tab is pressed behind LINE.
zmodload zsh/zpty
folder=$1 line=$2
zpty shell zsh -f -i
# Reads until $1 is seen, or nothing comes any more.
read_until() {
    local piece
    while zpty -r shell piece "*$1*"; do
        print -r -- "$piece"
        [[ $piece == *"$1"* ]] && return
    done
}
zpty -w shell "PS1= fpath=($folder \$fpath); autoload -Uz compinit; compinit -u -D; LISTMAX=0; print re''ady"
read_until ready > /dev/null
zpty -w -n shell "$line"$'\t'
zpty -w -n shell $'\C-a: \C-e\r'
zpty -w shell "print fini''shed"
read_until finished
zpty -d shell
