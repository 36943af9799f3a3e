"""The specs that are measured."""

HEADER = "xensure: 1\nfleet: bench\ngeneration: 1\n"


def mac(index):
    return f"00:16:3e:{index >> 16 & 255:02x}:{index >> 8 & 255:02x}:{index & 255:02x}"


def small_spec(count, state, changed=None):
    """COUNT small domains in one STATE, as they are written when profiles carry what they share. CHANGED: more lines of
    some of them, by their number."""
    lines = [HEADER, "profiles:\n  default:\n    type: pvh\n    kernel: /boot/vmlinuz-guest\n    memory: 16MiB\n"]
    lines.append(f"    state: {state}\ndomains:\n")
    for index in range(count):
        lines.append(
            f"  web{index:05d}:\n"
            f"    disks:\n      - {{vdev: xvda, path: /dev/vg0/web{index:05d}, access: rw}}\n"
            f"    vifs:\n      - {{mac: {mac(index)}, bridge: xenbr0}}\n"
        )
        lines.append((changed or {}).get(index, ""))
    return "".join(lines)


DOMAIN = """\
  web{index:05d}:
    profile: small
    state: running
    type: pvh
    memory: 1GiB
    maxmem: 2GiB
    vcpus: 2
    maxvcpus: 4
    cpus: "0-3"
    cpu_weight: 256
    kernel: /boot/vmlinuz-guest
    ramdisk: /boot/initrd-guest
    root: /dev/xvda1
    cmdline: "ro quiet console=hvc0"
    on_crash: destroy
    on_change: hold
    protect: false
    stop:
      timeout: 180s
      force: false
    restart:
      limit: 5
      within: 8h
    disks:
      - vdev: xvda
        path: /dev/vg0/web{index:05d}-root
        access: rw
      - vdev: xvdb
        path: /dev/vg0/web{index:05d}-data
        access: rw
    vifs:
      - mac: {mac}
        bridge: xenbr0
"""


def large_spec(count):
    """COUNT domains that say everything themselves, about 30 lines each."""
    lines = [HEADER, "profiles:\n  small: {memory: 512MiB, vcpus: 1}\ndomains:\n"]
    lines += [DOMAIN.format(index=index, mac=mac(index)) for index in range(count)]
    return "".join(lines)
