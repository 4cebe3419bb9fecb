"""Writes what was measured into docs/performance.md. What people have written there stays: each figure has its place
between two marks, and only what was measured in this run is written anew."""

import os
import pathlib
import platform
import re
import subprocess
import time

import contenders


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", info)
    memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1))
    return (f"{len(os.sched_getaffinity(0))} processors ({model.group(1) if model else platform.machine()}),"
            f" {memory / 2**20:.0f} GiB, Linux {platform.release()}, load {os.getloadavg()[1]:.1f} at the end")


def versions(options):
    packages = ["g++", "libcaf-dev", "libcurl4-openssl-dev", "libsimdjson-dev", "libsqlite3-dev", "libdeflate-dev"]
    installed = output("dpkg-query", "-W", "-f=${Package} ${Version}, ", *packages).rstrip(", ")
    others = ", ".join(f"{name} {text}" for name, text in contenders.versions().items())
    top = pathlib.Path(__file__).resolve().parents[2]
    return [f"tidemark {output('git', '-C', str(top), 'describe', '--always', '--dirty')}; {installed}", others]


def section(options, lines):
    how = "tools/bench" + (" --full" if options.full else "") + (f" --rounds {options.rounds}" if options.rounds else "")
    date = time.strftime("%Y-%m-%d", time.gmtime())
    text = [f"Measured {date} by `{how}` on {machine()}.", "", *lines]
    return "\n".join(text)


def verdicts(musts):
    lines = ["", "| must hold | measured | |", "|---|---|---|"]
    words = {True: "holds", False: "**falls short**", None: "not told by this run"}
    return lines + [f"| {what} | {measured} | {words[holds]} |" for what, measured, holds in musts] if musts else []


def put(text, name, body):
    """The text with the part of this name replaced, or added at the end."""
    begin, end = f"<!-- measured: {name} -->", "<!-- end -->"
    part = f"{begin}\n{body}\n{end}"
    found = re.search(re.escape(begin) + r".*?" + re.escape(end), text, re.DOTALL)
    if found:
        return text[:found.start()] + part + text[found.end():]
    return text.rstrip("\n") + f"\n\n{part}\n"


def write(options, sections):
    text = options.write.read_text() if options.write.exists() else "# Performance\n"
    text = put(text, "versions", "\n\n".join(versions(options)))
    for name, (title, lines, musts) in sections.items():
        text = put(text, name, section(options, lines + verdicts(musts)))
    options.write.write_text(text)
