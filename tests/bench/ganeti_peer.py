#!/usr/bin/python3
"""Ganeti's Xen support, as a fresh process would use it:

  ganeti_peer.py ROOT list COUNT            lists all domains once through GetAllInstancesInfo(), that is `xl list`
  ganeti_peer.py ROOT write COUNT FOLDER    writes the config files of COUNT domains into FOLDER/xen

ROOT is where tests/bench/unpack-peer unpacked the modules. Nothing of Ganeti is changed but where it writes to.
"""
import os
import sys


def domain_name(index):
    return f"web{index:05d}"


def list_domains(hv_xen, count):
    hypervisor = hv_xen.XenPvmHypervisor(_cmd="xl")
    found = len(hypervisor.GetAllInstancesInfo())
    if found != count:
        sys.exit(f"Ganeti listed {found} domains instead of {count}")


def write_configs(hv_xen, count, folder):
    from ganeti import constants, objects

    class Here(hv_xen.XenPvmHypervisor):
        _ROOT_DIR = folder + "/run"
        _NICS_DIR = folder + "/run/nic"
        _MIGRATION_DIR = folder + "/run/migration"
        _DIRS = [_ROOT_DIR, _NICS_DIR, _MIGRATION_DIR]

    os.makedirs(folder + "/xen/auto")
    hypervisor = Here(_cfgdir=folder + "/xen", _cmd="xl")
    parameters = dict(constants.HVC_DEFAULTS[constants.HT_XEN_PVM], kernel_path="/boot/vmlinuz-guest")
    for index in range(count):
        nic = objects.NIC(
            mac=f"00:16:3e:00:{index >> 8:02x}:{index & 255:02x}",
            uuid=f"{index:08x}-0000-4000-8000-000000000000",
            nicparams={constants.NIC_MODE: constants.NIC_MODE_BRIDGED, constants.NIC_LINK: "xenbr0", constants.NIC_VLAN: ""},
        )
        disk = objects.Disk(dev_type=constants.DT_PLAIN, mode=constants.DISK_RDWR)
        name = domain_name(index)
        instance = objects.Instance(
            name=name,
            nics=[nic],
            disks=[],
            tags=set(),
            hvparams=parameters,
            beparams={constants.BE_MAXMEM: 64, constants.BE_MINMEM: 64, constants.BE_VCPUS: 1},
        )
        hypervisor._MakeConfigFile(instance, 64, [(disk, f"/dev/vg0/{name}", None)])


def main(root, command, count, folder=None):
    sys.path[:0] = [root + "/usr/share/ganeti/3.0", root + "/usr/lib/python3/dist-packages"]
    from ganeti.hypervisor import hv_xen

    if command == "list":
        list_domains(hv_xen, int(count))
    else:
        write_configs(hv_xen, int(count), folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
