# All that can be seen of a domain in a list: its states, how it ended, and names that are hard to read.
# shellcheck disable=SC2154 # folder is the session's
tiny_guests
kept=('on_poweroff = "preserve"' 'on_reboot = "preserve"' 'on_crash = "preserve"' 'on_watchdog = "preserve"')
for name in off01 reboot01 susp01 crashed01 wd01; do
    guest "$name" idle "${kept[@]}"
    xl create -q "$name.cfg"
done
guest web01
xl create -q web01.cfg
guest paused01 idle 'vcpus = 2'
xl create -q -p paused01.cfg
number=0
for name in this-is-a-very-long-domain-name-exceeding-forty-columns.example.org 'name with  spaces' '' 4711; do
    number=$((number + 1))
    guest "n$number" idle "name = \"$name\""
    xl create -q -p "n$number.cfg"
done
booted web01 off01 reboot01 susp01 crashed01 wd01
ends off01 poweroff
ends reboot01 guest-reboot
ends susp01 suspend
ends crashed01 crash
ends wd01 watchdog
in_state off01 ---s--
in_state reboot01 ---sr-
in_state susp01 ---ss-
in_state crashed01 ---sc-
in_state wd01 ---sw-
t xl list
t xl list -v
t xl list -v -c -n
t xl list -n
t xl list -c
t xl list -Z
t xl list -l

# What a backend still uses of a domain stays.
remains web01
t xl list -v
no_remains
t xl list paused01
