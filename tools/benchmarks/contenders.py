"""The node and its yardsticks: each copies all customers of a simulator into a new SQLite database."""

import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time

import harness
from measuring import Run, cpu_seconds, reaped_cpu_seconds, run_to_end

HERE = pathlib.Path(__file__).resolve().parent
NODE = "node"
NODE_UNPROVEN = "node, not compared"
BARE = "bare loop, one thread"
BARE_TWO = "bare loop, two threads"
SCRIPT = "Python script"
GO = "Go program"
QUEUE = "worker queue"

KINDS = {"id": "integer", "reference": "integer", "integer": "integer", "boolean": "boolean", "datetime": "datetime"}


def customer():
    """The record type alone, as the shipped criteria describe it; its references are numbers, so that nothing else
    has to be imported and nobody makes an index."""
    shipped = json.loads((harness.ROOT / "config" / "criteria.json").read_text())
    entry = next(entry for entry in shipped["record_types"] if entry["name"] == "customer")
    for field in entry["fields"]:
        if field["type"] == "reference":
            field["type"] = "integer"
            field.pop("to")
            field.pop("weak", None)
    return {"version": 1, "record_types": [entry]}


def columns():
    """name:kind of each column, as the yardsticks take them."""
    fields = customer()["record_types"][0]["fields"]
    return ",".join(f"{field.get('column', field['name'])}:{KINDS.get(field['type'], 'text')}" for field in fields)


class Folder:
    """A folder that goes with the block."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="tidemark-bench-", dir="/tmp"))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def run_node(sim, record_type, criteria, slots=5, options=(), timeout=3600):
    """An import by a node that is started for it; what it used from then on to its end, and the import's status."""
    with Folder() as folder:
        node = harness.Node(folder, [harness.Tenant(base_url=sim.url, concurrency_limit=slots)], criteria=criteria)
        node.start()
        try:
            at_start = cpu_seconds(node.process.pid)
            begun = time.monotonic()
            answer = node.cli("import", "start", "acme", record_type, "--wait", *options, timeout=timeout)
            took = time.monotonic() - begun
            if answer.code != 0:
                raise RuntimeError(f"the import ended with {answer.code}: {answer.out[-2000:]}{answer.err}")
            peak = node.memory("VmHWM") // 1024
            reaped = reaped_cpu_seconds()
            node.stop()
            used = reaped_cpu_seconds() - reaped - at_start
        finally:
            node.process.kill()
        return Run(answer.last["records"]["stored"], took, used, peak), answer.last


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Redis:
    """A redis-server of its own that keeps nothing on disk."""

    def __init__(self, folder):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--appendonly", "no", "--dir", str(folder)],
            stdout=subprocess.DEVNULL, preexec_fn=harness.die_with_parent)
        harness.wait_until(self.answers, "redis answers")

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def end(self):
        """Its CPU seconds."""
        used = cpu_seconds(self.process.pid)
        self.process.kill()
        self.process.wait()
        return used


class Contenders:
    """Those that can run here; `missing` says of the others what they lack."""

    def __init__(self, programs, yardsticks):
        self.programs, self.yardsticks = programs, yardsticks
        self.missing = {}
        self.names = [name for name in (NODE, NODE_UNPROVEN, BARE, BARE_TWO, SCRIPT, GO, QUEUE) if self._is_there(name)]

    def _is_there(self, name):
        needed = {BARE: [self.programs / "bare_loop"], BARE_TWO: [self.programs / "bare_loop"],
                  GO: [self.yardsticks / "go_loop"],
                  QUEUE: [self.yardsticks / "queue" / "node_modules", "redis-server", "node"]}.get(name, [])
        lacking = [str(one) for one in needed if not (one.exists() if isinstance(one, pathlib.Path) else shutil.which(one))]
        if lacking:
            self.missing[name] = ", ".join(pathlib.Path(one).name for one in lacking)
        return not lacking

    def run(self, name, sim):
        if name in (NODE, NODE_UNPROVEN):
            return run_node(sim, "customer", customer(), options=["--no-verify"] if name == NODE_UNPROVEN else [])[0]
        with Folder() as folder:
            database = folder / "records.db"
            arguments = [sim.url, database, columns()]
            if name == QUEUE:
                run = self._run_queue(arguments, folder)
            else:
                run = run_to_end({BARE: [self.programs / "bare_loop", *arguments, "--threads", 1],
                                  BARE_TWO: [self.programs / "bare_loop", *arguments, "--threads", 2],
                                  SCRIPT: ["python3", HERE / "yardsticks" / "script.py", *arguments],
                                  GO: [self.yardsticks / "go_loop", *arguments]}[name])
            with sqlite3.connect(database) as db:
                stored = db.execute("SELECT count(*) FROM customer").fetchone()[0]
            db.close()
            if stored != run.count:
                raise RuntimeError(f"{name} says {run.count} records, and has stored {stored}")
            return run

    def _run_queue(self, arguments, folder):
        redis = Redis(folder)
        try:
            run = run_to_end(["node", self.yardsticks / "queue" / "queue.js", *arguments],
                             env={"REDIS_PORT": str(redis.port)})
        finally:
            of_redis = redis.end()
        run.parts = {"node.js": run.cpu_s, "redis": of_redis}
        run.cpu_s += of_redis
        return run


def versions():
    """Of what the yardsticks are made with, as far as it is here."""
    out = {"Python": os.sys.version.split()[0], "SQLite of Python": sqlite3.sqlite_version}
    for name, command in {"Node.js": ["node", "--version"], "Go": ["go", "version"],
                          "redis": ["redis-server", "--version"]}.items():
        if shutil.which(command[0]):
            out[name] = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return out
