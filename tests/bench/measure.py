#!/usr/bin/python3
"""tests/bench/measure.py BUILD [NAME]...: see tests/bench/run.

Wall times are medians of fresh processes; the two sides of a ratio take turns. Prints a table with one line for each
thing measured; the exit code is 1 if something could not be measured.
"""
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

import specs
import web

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3"
MINISIGN = "/usr/bin/minisign"
LOAD_YAML = "import sys, yaml; yaml.load(open(sys.argv[1], 'rb'), Loader=yaml.CSafeLoader)"
COUNTS = [1, 100, 1000, 10000]
LIMIT_S = 600
ACTIONS, PARALLEL, SINGLES = 100, 16, 10


class NotMeasured(Exception):
    pass


class Bench:
    """The programs under measurement and a folder to work in (on the disk that the build is on, not in memory)."""

    def __init__(self, build):
        self.launch = os.path.join(build, "tests/bench/launch")
        self.peer = os.path.join(build, "peer/root")
        self.scratch = os.path.join(build, "scratch")
        self.result = os.path.join(build, "result")
        self.programs = os.path.join(build, "programs")
        shutil.rmtree(self.scratch, ignore_errors=True)
        os.makedirs(self.scratch)
        self.link_programs(build)

    def link_programs(self, build):
        """xensure, xensim, and xensim as the xl that Ganeti finds, in one folder in front of PATH."""
        shutil.rmtree(self.programs, ignore_errors=True)
        os.makedirs(self.programs)
        for name, path in [("xensure", "agent/xensure"), ("xensim", "xenbackend/sim/xensim"), ("xl", "xenbackend/sim/xensim")]:
            os.symlink(os.path.join(build, path), os.path.join(self.programs, name))

    def program(self, name):
        path = os.path.join(self.programs, name)
        if not os.path.exists(path):
            raise NotMeasured(f"{os.readlink(path)} is not there")
        return path

    def folder(self, name):
        path = os.path.join(self.scratch, name)
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        return path

    def measure(self, how, argv, sim=None, expect=0):
        """Runs ARGV once; its time in ms (HOW "time"), its own CPU time in ms ("cpu") or its peak memory in MiB ("peak")."""
        environment = {"PATH": self.programs + ":/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": self.scratch}
        if sim is not None:
            environment["XENSIM_DIR"] = sim
        shown = f"{' '.join(argv)[:160]}"
        try:
            run = subprocess.run([self.launch, how, self.result] + argv, env=environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            raise NotMeasured(f"{shown}: not done after {LIMIT_S} s") from None
        if run.returncode != 0:
            raise NotMeasured(f"{shown}: {last_line(run.stdout)}")
        with open(self.result, encoding="ascii") as result:
            number, status = map(int, result.read().split())
        if status != expect:
            raise NotMeasured(f"{shown}: exit code {status} instead of {expect}: {last_line(run.stdout)}")
        return number / 1024 if how == "peak" else number / 1000

    def median(self, runs, *sides):
        """The median of RUNS runs of each side (a function that returns a number); the sides take turns."""
        numbers = [[] for _ in sides]
        for _ in range(runs):
            for side, list_ in zip(sides, numbers):
                list_.append(side())
        return [statistics.median(list_) for list_ in numbers]


def last_line(output):
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "(it said nothing)"


def row(what, ours, theirs="", ratio="", target="", is_met=None):
    met = "" if is_met is None else ("met" if is_met else "MISSED")
    print(f"{what:<46} {ours:>12} {theirs:>14} {ratio:>12}   {target:<22} {met}", flush=True)


def milliseconds(number):
    return f"{number:.1f} ms" if number < 1000 else f"{number / 1000:.2f} s"


def mebibytes(number):
    return f"{number:.1f} MiB"


class Host:
    """A simulated host, its folders and its spec of COUNT domains; `settled()` has it run them all."""

    def __init__(self, bench, name, count):
        self.bench, self.count = bench, count
        self.folder = bench.folder(name)
        self.sim = os.path.join(self.folder, "sim")
        self.configs = os.path.join(self.folder, "xen")
        self.spec = os.path.join(self.folder, "spec.yaml")
        self.state = os.path.join(self.folder, "state")
        self.config = os.path.join(self.folder, "agent.yaml")
        self.configure("fleet: bench")
        for path in (self.sim, self.configs, self.state):
            os.makedirs(path)
        self.xensim("init", "--memory", "1048576")

    def write_spec(self, state, changed=None):
        with open(self.spec, "w", encoding="ascii") as file:
            file.write(specs.small_spec(self.count, state, changed))

    def xensim(self, *command):
        self.bench.measure("time", [self.bench.program("xensim"), "sim", *command], self.sim)

    def xensure(self, *command):
        return [self.bench.program("xensure"), "-c", self.config, "--toolstack", "sim", "--state-dir", self.state,
                "--xen-config-dir", self.configs, "--spec", self.spec, *command]

    def apply(self, how="time"):
        return self.bench.measure(how, self.xensure("apply"), self.sim)

    def configure(self, *lines):
        with open(self.config, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        return self

    def settled(self, state="running", *settings):
        """Writes the config files, has the simulated host start them all at once if they are to run, and lets xensure
        look once; what follows is a run without a change, and that is checked."""
        for path in (self.sim, self.configs, self.state):
            shutil.rmtree(path, ignore_errors=True)
            os.makedirs(path)
        self.xensim("init", "--memory", "1048576", *settings)
        self.write_spec("stopped")
        self.apply()
        if state == "running":
            self.xensim("seed", "--from", self.configs)
            self.write_spec("running")
            self.apply()
        self.bench.measure("time", self.xensure("plan"), self.sim)
        return self

    def ganeti(self, how="time"):
        # One more than the domains: Ganeti's list has Domain-0 removed, as ours.
        return self.bench.measure(how, [PYTHON, os.path.join(HERE, "ganeti_peer.py"), self.bench.peer, "list", str(self.count)],
                                  self.sim)

    def xl_list(self):
        return self.bench.measure("time", [self.bench.program("xl"), "list"], self.sim)


def measure_list(bench):
    host = Host(bench, "list-1000", 1000).settled()
    host.ganeti()
    ours, theirs, alone = bench.median(15, host.apply, host.ganeti, host.xl_list)
    row("no-change apply, 1,000 domains | Ganeti's list", milliseconds(ours), milliseconds(theirs), f"1/{theirs / ours:.1f}",
        "at most 1/5", ours <= theirs / 5)
    row("  of which the simulated `xl list` itself", milliseconds(alone))
    before = None
    for count in COUNTS:
        grown = host if count == 1000 else Host(bench, f"list-{count}", count).settled()
        (ours,) = bench.median(9, grown.apply)
        factor = "" if before is None else f"x {ours / before:.1f}"
        row(f"  no-change apply, {count:,} domain{'s' if count > 1 else ''}", milliseconds(ours), "", factor)
        before = ours


def measure_validate(bench):
    path = os.path.join(bench.folder("validate"), "spec.yaml")
    with open(path, "w", encoding="ascii") as file:
        file.write(specs.large_spec(10000))
    size = os.path.getsize(path) / 1e6
    load = [PYTHON, "-c", LOAD_YAML, path]
    (theirs,) = bench.median(3, lambda: bench.measure("time", load))
    validate = [bench.program("xensure"), "validate", path]
    (ours,) = bench.median(9, lambda: bench.measure("time", validate))
    row(f"validate, 10,000 domains ({size:.1f} MB) | CSafeLoader", milliseconds(ours), milliseconds(theirs), f"1/{theirs / ours:.1f}",
        "at most 1/20", ours <= theirs / 20)
    ours, theirs = bench.measure("peak", validate), bench.measure("peak", load)
    row("  peak memory", mebibytes(ours), mebibytes(theirs), f"1/{theirs / ours:.1f}", "at most 64 MiB", ours <= 64)


def measure_write(bench):
    def ours():
        host = Host(bench, "write-ours", 1000)
        host.write_spec("stopped")
        time = host.apply()
        written = len([name for name in os.listdir(host.configs) if name.endswith(".cfg")])
        if written != 1000:
            raise NotMeasured(f"xensure wrote {written} config files instead of 1000")
        return time

    def theirs():
        return bench.measure("time", [PYTHON, os.path.join(HERE, "ganeti_peer.py"), bench.peer, "write", "1000",
                                      os.path.join(bench.folder("write-theirs"), "out")])

    theirs()
    ours, theirs = bench.median(5, ours, theirs)
    row("1,000 config files, durably | Ganeti's writer", milliseconds(ours), milliseconds(theirs), f"{ours / theirs:.2f}", "none")
    print("  xensure: with its record and journal, file and folder synced; Ganeti: with a file for each NIC, folder not synced")


def measure_memory(bench):
    host = Host(bench, "memory", 1000).settled()
    ours, theirs = host.apply("peak"), host.ganeti("peak")
    row("peak memory, no-change apply, 1,000 domains", mebibytes(ours), mebibytes(theirs), f"1/{theirs / ours:.1f}", "at most 16 MiB",
        ours <= 16)


def measure_parallel(bench):
    """Many actions at once: against the lower bound, against one after the other as xendomains does it, and what it costs."""
    for what, before, after, setting, seconds, command in [
            ("graceful stops", "running", "stopped", "shutdown", 5, ["shutdown", "-w"]),
            ("creates", "stopped", "running", "build", 1, ["create"])]:
        host = Host(bench, what.replace(" ", "-"), ACTIONS).configure(f"parallel: {PARALLEL}", f"limits: {{stops: {ACTIONS}}}")
        host.settled(before, "boot=0s", f"{setting}={seconds}s")
        singles = [[bench.program("xl"), *command, os.path.join(host.configs, f"web{index:05d}.cfg") if before == "stopped" else
                    f"web{index:05d}"] for index in range(SINGLES)]
        theirs = sum(bench.measure("time", single, host.sim) for single in singles) / SINGLES * ACTIONS
        host.settled(before, "boot=0s", f"{setting}={seconds}s")
        host.write_spec(after)
        begin = time.monotonic()
        cpu = host.apply("cpu")
        ours = (time.monotonic() - begin) * 1000
        bound = -(-ACTIONS // PARALLEL) * seconds * 1000
        row(f"{ACTIONS} {what} of {seconds} s, {PARALLEL} at a time | one by one", milliseconds(ours), milliseconds(theirs), f"1/{theirs / ours:.1f}")
        row("  against the lower bound", milliseconds(ours), milliseconds(bound), f"x {ours / bound:.3f}", "at most x 1.15", ours <= 1.15 * bound)
        row("  CPU time of xensure meanwhile", milliseconds(cpu), "", f"{cpu / ours * 100:.2f} %", "at most 2 %", cpu <= ours / 50)
    print(f"  one by one: {SINGLES} were measured, and counted {ACTIONS // SINGLES} times")


def measure_change(bench):
    """One domain of 1,000 changed (its memory, live), against a run without a change and the command itself."""
    host = Host(bench, "change", 1000).settled("running", "boot=0s")
    memory = [16]

    def changed():
        memory[0] = 14 if memory[0] == 16 else 16
        host.write_spec("running", {500: f"    memory: {memory[0]}MiB\n"})
        return host.apply()

    def command():
        return bench.measure("time", [bench.program("xl"), "mem-set", "web00500", str(memory[0])], host.sim)

    changed()
    ours, unchanged, alone = bench.median(9, changed, host.apply, command)
    bound = 1.3 * unchanged + alone
    row("1,000 domains, one changed | 1.3 x none, + command", milliseconds(ours), milliseconds(bound), f"x {ours / bound:.2f}", "at most x 1", ours <= bound)
    row("  of which a run without a change", milliseconds(unchanged))
    row("  of which the command itself", milliseconds(alone))


def measure_signature(bench):
    """A signature check as a command of its own, against minisign's; both read the file and hash it."""
    folder = bench.folder("signature")
    path, public, secret = (os.path.join(folder, name) for name in ("spec.yaml", "a.pub", "a.key"))
    with open(path, "wb") as file:
        file.write(os.urandom(8_000_000))
    xensure = bench.program("xensure")
    bench.measure("time", [xensure, "keygen", "--no-password", "--public-key", public, "--secret-key", secret])
    bench.measure("time", [xensure, "sign", path, "--secret-key", secret])
    ours, theirs = bench.median(31, lambda: bench.measure("time", [xensure, "verify", path, "--public-key", public]),
                                lambda: bench.measure("time", [MINISIGN, "-V", "-q", "-p", public, "-m", path]))
    row("signature check, 8 MB | minisign -V", milliseconds(ours), milliseconds(theirs), f"x {ours / theirs:.2f}", "at most x 1.3",
        ours <= 1.3 * theirs)


def measure_elsewhere(bench):
    """A run whose source is elsewhere and has not changed, against one with the same spec in a local file."""
    host = Host(bench, "elsewhere", 100)
    host.write_spec("running")
    xensure, public, secret = bench.program("xensure"), os.path.join(host.folder, "a.pub"), os.path.join(host.folder, "a.key")
    bench.measure("time", [xensure, "keygen", "--no-password", "--public-key", public, "--secret-key", secret])
    bench.measure("time", [xensure, "sign", host.spec, "--secret-key", secret])
    server = web.Web(bench.folder("web"), host.folder)

    def side(name, source):
        config = os.path.join(host.folder, f"{name}.yaml")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"sources: [{{{source}}}]\ntrust: {{keys: [{public}], required: true, first_use: allow}}\n"
                       f"directories: {{state: {host.state}, xen_config: {host.configs}}}\n")
        return lambda: bench.measure("time", [xensure, "-c", config, "--toolstack", "sim", "apply"], host.sim)

    try:
        # The address first: what a file said before would have to be accepted over again.
        elsewhere = side("elsewhere", f'url: "{server.url}/spec.yaml", ca_file: {server.ca}')
        local = side("local", f"path: {host.spec}")
        elsewhere()
        local()
        theirs, ours = bench.median(31, local, elsewhere)
    finally:
        server.close()
    row("no-change apply, source says 304 | local file", milliseconds(ours), milliseconds(theirs), f"+ {ours - theirs:.1f} ms",
        "at most + 15 ms", ours - theirs <= 15)


MEASUREMENTS = {"list": measure_list, "validate": measure_validate, "write": measure_write, "memory": measure_memory,
                "parallel": measure_parallel, "change": measure_change,
                "signature": measure_signature, "elsewhere": measure_elsewhere}


def main(build, *names):
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        sys.exit(f"nothing to measure is called {unknown[0]} (there are {', '.join(MEASUREMENTS)})")
    print(f"{os.cpu_count()} CPUs (load {os.getloadavg()[0]:.1f}), Linux {platform.release()}, Python {platform.python_version()}; medians, fresh processes")
    row("", "xensure", "the other", "ratio", "target")
    bench = Bench(build)
    failed = False
    for name in names or MEASUREMENTS:
        try:
            MEASUREMENTS[name](bench)
        except NotMeasured as reason:
            print(f"{name}: could not be measured: {reason}", flush=True)
            failed = True
    shutil.rmtree(bench.scratch, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
