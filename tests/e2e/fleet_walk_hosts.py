"""Simulated hosts of a fleet for fleet-walk: each has a folder, a state and an agent.yaml of its own, and reaches the others
through the program `reach` in place of ssh. What truly runs is read from the simulator's files: a list may be told to lie."""
import hashlib, os, re, shutil, signal, subprocess, time
from collections import namedtuple

XENSURE = os.environ.get("XENSURE", "")
XENSIM = os.environ.get("XENSIM", "")
# Of a run that a fault makes hang, or of a killed one: what its commands may take to end.
ENDS_WITHIN_S = 60

Guest = namedtuple("Guest", "domid uuid name lives has_run paused suspended writes")


class Host:
    def __init__(self, fleet, name):
        self.name = name
        self.fleet = fleet
        self.folder = os.path.join(fleet.folder, name)
        self.state = os.path.join(self.folder, "state")
        self.xen = os.path.join(self.folder, "xen")
        self.sim_folder = os.path.join(fleet.folder, "sim/hosts", name)
        self.environment = dict(os.environ, XENSIM_DIR=self.sim_folder)
        os.makedirs(self.xen)
        self.sim("sim", "init", "--name", name, "boot=0s", "shutdown=0s", "restart_pause=0s", "ack_timeout=0.1s", "migrate=0s",
                 "mode=busy", "log=yes")
        with open(os.path.join(self.folder, "agent.yaml"), "w") as file:
            file.write(f"directories: {{state: {self.state}, xen_config: {self.xen}, run: {self.folder}/run}}\n"
                       f"absent_pause: 0s\nssh: [{fleet.folder}/reach]\n")

    def sim(self, *words):
        return subprocess.run([XENSIM, *words], env=self.environment, capture_output=True, text=True)

    def command(self, *words):
        return [XENSURE, "-c", os.path.join(self.folder, "agent.yaml"), "--host", self.name, "--toolstack", "sim",
                "--spec", os.path.join(self.fleet.folder, "spec.yaml"), *words]

    def start(self, *words):
        return subprocess.Popen(self.command(*words), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True)

    def xensure(self, *words):
        """The exit code, and all that was said."""
        process = self.start(*words)
        out, errors = process.communicate()
        return process.returncode, out + errors

    def guests(self):
        """What the simulator knows, whatever faults its commands have."""
        self.sim("vm-list")  # lets happen what is due
        guests = []
        for name in sorted(os.listdir(os.path.join(self.sim_folder, "domains")), key=lambda name: name.zfill(9)):
            try:
                with open(os.path.join(self.sim_folder, "domains", name)) as file:
                    facts = dict(line.rstrip("\n").split(" ", 1) for line in file if " " in line)
                with open(os.path.join(self.sim_folder, "configs", name)) as file:
                    config = file.read()
            except FileNotFoundError:
                continue
            is_half = facts["name"].endswith(("--incoming", "--migratedaway"))
            is_over = facts["reason"] != "-1" or facts["is_zombie"] != "0" or facts["restart_at_ms"] != "0"
            paused = facts["pause_count"] != "0"
            has_run = facts["ran_ms"] != "0" or facts["running_since_ms"] != "0"
            writes = set() if is_over else set(re.findall(r"^disk .*?(/disk/[\w-]+)", config, re.M))
            guests.append(Guest(int(facts["domid"]), facts["uuid"], facts["name"], not is_half and not is_over, has_run, paused,
                                facts["reason"] == "2", writes))
        return guests

    def commands(self):
        """The commands that change something which the host was asked since the log was cleared."""
        try:
            with open(os.path.join(self.sim_folder, "log")) as file:
                lines = [line.rstrip("\n").split("\t", 3)[-1] for line in file]
        except FileNotFoundError:
            lines = []
        words = (re.sub(r"^(\S*/)?xensim ", "", line) for line in lines)
        return [line for line in words if line.split(" ")[0] not in ("list", "info", "sim", "vm-list")]

    def clear_log(self):
        self.sim("sim", "log", "clear")

    def forget_state(self):
        shutil.rmtree(self.state, ignore_errors=True)

    def texts(self):
        """Digests of all config files, and of the copies of those that were replaced."""
        digests = set()
        for top in (self.xen, os.path.join(self.state, "replaced")):
            for folder, _, names in os.walk(top):
                for name in names:
                    with open(os.path.join(folder, name), "rb") as file:
                        digests.add(hashlib.sha256(file.read()).hexdigest())
        return digests


class Fleet:
    def __init__(self, folder, names):
        self.folder = folder
        self.unreachable = set()
        subprocess.run([XENSIM, "sim", "init", "--name", "hub"], env=dict(os.environ, XENSIM_DIR=folder + "/sim"), check=True)
        subprocess.run([XENSIM, "sim", "host", *names], env=dict(os.environ, XENSIM_DIR=folder + "/sim"), check=True,
                       stdout=subprocess.DEVNULL)
        self.hosts = {name: Host(self, name) for name in names}
        os.mkdir(folder + "/off")
        with open(folder + "/reach", "w") as file:
            file.write(f"""#!/bin/bash
[ ! -e {folder}/off/$1 ] || exit 255
exec env XENSIM_DIR={folder}/sim/hosts/$1 {XENSURE} -c {folder}/$1/agent.yaml --host "$1" --toolstack sim "${{@:3}}"
""")
        os.chmod(folder + "/reach", 0o755)

    def set_reachable(self, name, is_reachable):
        """For ssh, and so for the questions of others; the simulator moves guests without it."""
        path = os.path.join(self.folder, "off", name)
        if is_reachable:
            if os.path.exists(path):
                os.unlink(path)
            self.unreachable.discard(name)
        else:
            open(path, "w").close()
            self.unreachable.add(name)

    def processes(self):
        """Of xl that still work on a host of this fleet: a killed run leaves them behind."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
                with open(f"/proc/{pid}/environ", "rb") as file:
                    variables = file.read()
            except OSError:
                continue
            if words[0].endswith(b"xensim") and b"XENSIM_DIR=" + self.folder.encode() in variables:
                found.append(int(pid))
        return found

    def wait_for_commands(self):
        ends = time.monotonic() + ENDS_WITHIN_S
        while self.processes():
            if time.monotonic() > ends:
                return False
            time.sleep(0.02)
        return True


def kill(process):
    """As a host that loses its power would, but for what the run has started."""
    process.send_signal(signal.SIGKILL)
    out, errors = process.communicate()
    return process.returncode, out + errors
