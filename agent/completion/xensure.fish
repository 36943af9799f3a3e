# Completion of xensure in fish. All that it offers comes from xensure itself.

function __xensure_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines ($words[1] complete -- $words[2..-1] 2>/dev/null)
    if test (count $lines) -gt 0
        printf '%s\n' $lines
    else
        __fish_complete_path (commandline -ct)
    end
end

complete -c xensure -f -a '(__xensure_complete)'
