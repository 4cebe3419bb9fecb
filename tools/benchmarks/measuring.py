"""What a process has used, and how figures of several runs are told."""

import dataclasses
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import time


def cpu_seconds(pid):
    """Of a process that runs, with all of its threads."""
    cpuclock_sched = 2
    return time.clock_gettime((~pid << 3) | cpuclock_sched)


def reaped_cpu_seconds():
    """Of all children that have ended and been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclasses.dataclass
class Run:
    """One run of something that copies records, or works through batches."""
    count: int
    wall_s: float
    cpu_s: float
    peak_kib: int = 0
    parts: dict = dataclasses.field(default_factory=dict)  # CPU seconds of processes, where there are several

    @property
    def cpu_us(self):
        """CPU microseconds for each."""
        return self.cpu_s / self.count * 1e6

    @property
    def wall_us(self):
        return self.wall_s / self.count * 1e6


def peak_kib(pid):
    """The most memory that a process has held so far; 0 if it has ended."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found.group(1)) if found else 0


def run_to_end(command, env=None):
    """Runs a program that prints {"records": N} at last; its time, CPU and peak memory."""
    begun = time.monotonic()
    peak = 0
    with subprocess.Popen([str(word) for word in command], stdout=subprocess.PIPE, text=True,
                          env={**os.environ, **(env or {})}) as program:
        try:
            # What the system keeps of an ended process counts its parent's memory before the exec.
            while os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
                peak = max(peak, peak_kib(program.pid))
                time.sleep(0.01)
            took = time.monotonic() - begun
            _, status, used = os.wait4(program.pid, 0)
            program.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            program.kill()
            raise
        out = program.stdout.read()
    if program.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {program.returncode}")
    return Run(json.loads(out.splitlines()[-1])["records"], took, used.ru_utime + used.ru_stime, peak)


def grouped(number):
    """123456 as 123 456."""
    return f"{number:,}".replace(",", " ")


def median(values):
    return statistics.median(values)


def told(values, form="{:.2f}"):
    """The median, and from where to where the runs went."""
    values = list(values)
    text = form.format(median(values))
    if len(values) == 1:
        return text
    return f"{text} ({form.format(min(values))} to {form.format(max(values))})"


def in_turns(rounds, subjects, run):
    """Runs each subject once per round, each round beginning with another one; the runs by subject. What else goes
    on on the machine meets all of them alike."""
    runs = {subject: [] for subject in subjects}
    for number in range(rounds):
        first = number % len(subjects)
        for subject in subjects[first:] + subjects[:first]:
            runs[subject].append(run(subject))
    return runs
