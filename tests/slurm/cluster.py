"""A real Slurm on this machine: one controller and several nodes, with fake GPUs.

Everything lies in one folder of its own, except the two files that Slurm's programs look for in /etc/slurm: jobs do not
inherit `SLURM_CONF`. The first line of these files says whose they are, and files with another one are never touched.
"""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.conftest import HANG

SYSTEM = Path("/etc/slurm")
OURS = "# Written by the tests of highlow, which also remove it.\n"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol")
CONTROLLER_PORT, FIRST_NODE_PORT = 26817, 26821
GPUS = 2
# Character devices that every user may open, as the kernel's /dev/null and /dev/zero: (major, minor).
DEVICES = ((1, 3), (1, 5))

CONFIGURATION = """\
ClusterName=highlow
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/controller
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
# No control groups here: processes are found by their parents, and a job over its memory is killed by the accounting.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill,UsePss
AccountingStorageType=accounting_storage/none
# Finished jobs stay visible to squeue this long, which is what the status is asked of without accounting.
MinJobAge=600
# A node that does not answer for so many seconds is dead: tests say it of those that they kill, others are slow.
SlurmdTimeout=7200
ReturnToService=2
KillWait=2
# Jobs start as soon as they are there, not half a minute later.
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0,sched_min_interval=0
MpiDefault=none
PartitionName=compute Nodes=ALL Default=YES MaxTime=120 DefaultTime=10 DefMemPerCPU=500
"""


class Job(NamedTuple):
    """A running job: its number, its node, its rule and wildcards, and the process that does the work."""

    number: str
    node: str
    task: str
    process: int


class ForeignConfigurationError(Exception):
    """Another Slurm is configured on this machine."""


def why_not():
    """Return why no cluster can be started here, or an empty string."""
    missing = [name for name in PROGRAMS if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
    if missing:
        return f"no Slurm here ({', '.join(missing)} missing): apt-get install slurm-wlm munge"
    if os.geteuid() != 0:
        return "only root can start Slurm's daemons"
    foreign = [str(path) for path in _system_files() if path.exists() and not path.read_text().startswith(OURS)]
    if foreign:
        return f"{foreign[0]} belongs to another Slurm, which is left alone"
    folder = _running()
    return (
        f"another run of these tests has Slurm's daemons; if there is none, end them: {folder}/*.pid" if folder else ""
    )


def _running():
    """Return the folder of a cluster of these tests whose controller is alive, if there is one."""
    text = _read(_system_files()[0])
    found = re.search(r"^SlurmctldPidFile=(.+)/slurmctld.pid$", text, flags=re.M)
    return found[1] if found and Cluster(found[1]).pid("slurmctld") else ""


def _system_files():
    return [SYSTEM / name for name in ("slurm.conf", "gres.conf")]


class Cluster:
    """Slurm with nodes `n1`, `n2`, ...

    Parameters
    ----------
    folder : Path
        An empty folder with a short path, since a socket lies in it.
    nodes : int
        Number of nodes.
    cpus : int
        Processors of a node; more than there are may be claimed.
    memory : int
        Memory of a node, MB.
    """

    def __init__(self, folder, nodes=2, cpus=1, memory=4000):
        self.folder, self.cpus, self.memory = Path(folder), cpus, memory
        self.nodes = [f"n{index}" for index in range(1, nodes + 1)]
        self.host = socket.gethostname().split(".")[0]

    def start(self):
        """Write the configuration, start every daemon, and wait until the nodes are idle."""
        self._configure()
        self._munged()
        self._daemon("slurmctld")
        for node in self.nodes:
            self.start_node(node)
        self.wait_until(lambda: set(self.states().values()) == {"idle"}, "nodes are not idle")

    def stop(self):
        """End every daemon that was started here, and remove the configuration."""
        names = [*(f"slurmd-{node}" for node in self.nodes), "slurmctld", "munged"]
        pids = [pid for pid in map(self.pid, names) if pid]
        for pid in pids:
            _signal(pid, signal.SIGTERM)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and any(map(_alive, pids)):
            time.sleep(0.1)
        work = [process for step in self._steps() for process in [step, *_descendants(step)]]
        for pid in [*pids, *work]:
            _signal(pid, signal.SIGKILL)
        for path in _system_files():
            if path.exists() and path.read_text().startswith(OURS):
                path.unlink()

    def start_node(self, node):
        """Start the daemon of a node."""
        self._daemon("slurmd", "-N", node)

    def kill_node(self, node):
        """Kill the daemon of a node and every process of its jobs at once, as a power cut does."""
        jobs = [job for job, place in self.jobs() if place == node]
        for pid in [self.pid(f"slurmd-{node}"), *self._steps(jobs)]:
            for child in [pid, *_descendants(pid)]:
                _signal(child, signal.SIGKILL)

    def states(self):
        """Return the state of every node, by name."""
        return dict(line.split() for line in self.ask("sinfo", "-hN", "-o", "%N %T").splitlines())

    def jobs(self, state="RUNNING"):
        """Return (job, node) of the jobs in a state."""
        return [line.split() for line in self.ask("squeue", "-h", "-t", state, "-o", "%i %N").splitlines()]

    def at_work(self, program):
        """Return the jobs of which a process runs a program now."""
        found = []
        for line in self.ask("squeue", "-h", "-t", "RUNNING", "-o", "%i %N %k").splitlines():
            number, node, task = line.split(maxsplit=2)
            processes = [child for step in self._steps([number]) for child in _descendants(step)]
            working = [pid for pid in processes if (words := _command(pid).split()) and _runs(words, program)]
            found += [Job(number, node, task, pid) for pid in working[:1]]
        return found

    def ask(self, *command):
        """Return what one of Slurm's programs prints."""
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=HANG).stdout

    def wait_until(self, condition, complaint, seconds=HANG):
        """Wait until a condition holds; show the end of the logs if it does not."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                logs = [path.read_text(errors="replace")[-1500:] for path in sorted(self.folder.glob("*.log"))]
                raise TimeoutError("\n".join([complaint, *logs]))
            time.sleep(0.2)

    def _configure(self):
        for path in _system_files():
            if path.exists() and not path.read_text().startswith(OURS):
                raise ForeignConfigurationError(str(path))
        (self.folder / "controller").mkdir()
        devices = [self.folder / f"gpu{index}" for index in range(GPUS)]
        for device, numbers in zip(devices, DEVICES, strict=True):
            os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(*numbers))
        lines = [CONFIGURATION.format(host=self.host, port=CONTROLLER_PORT, folder=self.folder)]
        resources = []
        for index, node in enumerate(self.nodes):
            (self.folder / f"spool-{node}").mkdir()
            lines.append(
                f"NodeName={node} NodeHostname={self.host} NodeAddr=127.0.0.1 Port={FIRST_NODE_PORT + index}"
                f" CPUs={self.cpus} RealMemory={self.memory} Gres=gpu:{GPUS}\n"
            )
            resources.append(f"NodeName={node} Name=gpu File={','.join(map(str, devices))}\n")
        SYSTEM.mkdir(exist_ok=True)
        (SYSTEM / "gres.conf").write_text(OURS + "".join(resources))
        (SYSTEM / "slurm.conf").write_text(OURS + "".join(lines))

    def _munged(self):
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        names = {
            "key": key.name,
            "socket": "munge.socket",
            "pid": "munged.pid",
            "log": "munged.log",
            "seed": "munge.seed",
        }
        files = [f"--{name}-file={self.folder / file}" for name, file in names.items() if name != "socket"]
        command = ["munged", "--force", f"--socket={self.folder / names['socket']}", *files]
        self._checked(command)

    def _daemon(self, *command):
        self._checked([command[0], "-f", str(SYSTEM / "slurm.conf"), *command[1:]])

    def _checked(self, command):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SLURM")}
        environment["PATH"] += ":/usr/sbin"
        output = self.folder / f"{command[0]}.out"
        with output.open("a") as file:
            # Into a file: a daemon keeps the pipe of its parent open.
            status = subprocess.run(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, timeout=HANG
            )
        if status.returncode:
            raise RuntimeError(f"{' '.join(command)}: {output.read_text()[-1500:]}")

    def pid(self, daemon):
        """Return the process of a daemon that runs, else 0."""
        path = self.folder / f"{daemon}.pid"
        text = path.read_text().strip() if path.exists() else ""
        return int(text) if text.isdigit() and _alive(int(text)) else 0

    def _steps(self, jobs=None):
        """Return the processes that look after the steps of some jobs, or of all: their folder is that of the logs."""
        own = [pid for pid in _processes() if _working_folder(pid) == str(self.folder)]
        steps = {pid: match[1] for pid in own if (match := re.match(r"slurmstepd: \[(\d+)\.", _command(pid)))}
        return [pid for pid, job in steps.items() if jobs is None or job in jobs]


def _processes():
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def _read(path):
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _command(pid):
    return _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ")


def _working_folder(pid):
    try:
        return str(Path(f"/proc/{pid}/cwd").readlink())
    except OSError:
        return ""


def _runs(words, program):
    """Return whether a command line is Python running a program, and no shell that was told to."""
    return Path(words[0]).name.startswith("python") and len(words) > 1 and words[1].endswith(program)


def _descendants(pid):
    children = [int(word) for path in Path(f"/proc/{pid}/task").glob("*/children") for word in _read(path).split()]
    return [*children, *(found for child in children for found in _descendants(child))]


def _alive(pid):
    return "State:\tZ" not in (text := _read(Path(f"/proc/{pid}/status"))) and bool(text)


def _signal(pid, number):
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
