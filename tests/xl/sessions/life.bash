# pause, unpause, shutdown, reboot, destroy, and how guests end.
# shellcheck disable=SC2154 # folder is the session's
tiny_guests
guest idle1
guest still
guest ign ignore
guest pre idle 'on_poweroff = "preserve"'
guest cr idle 'on_crash = "preserve"'
guest re
for name in still idle1 ign pre cr re; do xl create -q $name.cfg; done
booted still idle1 ign pre cr re

# The wait for the answer of a guest that cannot give one is a minute long.
t xl pause still
t xl list still
begin xl shutdown still

t xl pause nosuch
t xl pause 77
t xl pause
t xl unpause nosuch
t xl unpause 77
t xl unpause idle1
t xl pause idle1
t xl pause idle1
t xl unpause idle1
t xl list idle1
t xl unpause idle1
t xl list idle1

t xl shutdown nosuch
t xl shutdown 77
t xl shutdown
t xl shutdown ign
t xl list ign
t xl shutdown -F ign
t xl list ign
t xl shutdown -w pre
in_state pre ---s--
t xl list -v pre
t xl unpause pre
t xl pause pre
t xl destroy pre
ends cr crash
in_state cr ---sc-
t xl list -v cr
t xl destroy cr
t xl shutdown idle1
gone idle1
t xl list idle1
t xl create -q idle1.cfg
booted idle1
t xl shutdown -w idle1
gone idle1
t xl create -q idle1.cfg
booted idle1
t xl shutdown -ww idle1

t xl reboot nosuch
t xl reboot 77
t xl reboot
before=$(xl domid re)
is_back() {
    [ -n "$(state re)" ] && [ "$(xl domid re)" != "$before" ]
}
t xl reboot re
await 60 're is back' is_back
t xl list -v re
t xl destroy "$(xl domid re)"
t xl destroy re
t xl destroy nosuch
t xl destroy 77
t xl destroy 0
t xl destroy Domain-0
t xl destroy
t xl destroy ign
finish
t xl unpause still
gone still
t xl list
