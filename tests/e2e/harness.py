"""Real processes for the end-to-end tests: simulator, node, command line, each test in a folder of its own.

Nothing here sleeps for a fixed time: `wait_until` waits for a condition and gives up with a sentence. Every process
that a test starts is gone when the test ends, whatever happens; when it fails, the tails of all logs are printed.

    TIDEMARK_BIN    folder of tidemarkd, tidemark and netsuite-sim (default: build/bin)
    TIDEMARK_FULL   1: the long campaigns, larger counts of the same tests
    TIDEMARK_KEEP   1: keep the folder of a failed test
"""

import ctypes
import dataclasses
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("TIDEMARK_BIN", ROOT / "build" / "bin"))
FULL = os.environ.get("TIDEMARK_FULL") == "1"
ACCOUNT = "1234567_SB1"

TBA = {
    "method": "tba",
    "consumer_key": "made-up-consumer-key",
    "consumer_secret": "made-up-consumer-secret",
    "token": "made-up-token",
    "token_secret": "made-up-token-secret",
}
NO_AUTH = {"method": "none"}

RESTING = {"completed", "completed_with_errors", "failed", "cancelled", "paused"}


def full_or(quick, full):
    """`full` in a long campaign, `quick` otherwise."""
    return full if FULL else quick


def wait_until(condition, what, timeout=60.0, pause=0.02):
    """Returns the first true value of `condition`; an AssertionError that names `what` after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout:g} s in vain until {what}")
        time.sleep(pause)


def die_with_parent():
    """In a child: no test that is killed leaves a process behind."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def obey_file_modes():
    """In a child: file modes bind it even if it is root."""
    pr_capbset_drop, cap_dac_override, cap_dac_read_search = 24, 1, 2
    libc = ctypes.CDLL(None)
    if os.geteuid() == 0:
        libc.prctl(pr_capbset_drop, cap_dac_override)
        libc.prctl(pr_capbset_drop, cap_dac_read_search)


def criteria_with(**members):
    """The shipped criteria with members of record types set, or taken away by None: customer={"key": None}."""
    criteria = json.loads((ROOT / "config" / "criteria.json").read_text())
    for entry in criteria["record_types"]:
        for member, value in members.get(entry["name"], {}).items():
            entry.pop(member, None)
            if value is not None:
                entry[member] = value
    return criteria


def remove_type(types, name):
    """Takes a record type out of a list of them, with the sets of it, and out of the groups."""
    gone = {name} | {entry["name"] for entry in types if entry.get("set_of", {}).get("parent") == name}
    types[:] = [entry for entry in types if entry["name"] not in gone]
    for entry in types:
        if "group" in entry:
            entry["group"] = [member for member in entry["group"] if member not in gone]


class Process:
    """A program that prints `ready KIND=WHERE` once it serves. Its output goes to files in `folder`."""

    def __init__(self, name, command, folder, env=None, prepare=None):
        def begin():
            die_with_parent()
            if prepare:
                prepare()
        self.name = name
        self.out = folder / f"{name}.out"
        self.log = folder / f"{name}.log"
        with open(self.out, "ab") as out, open(self.log, "ab") as log:
            self.already_said = out.tell()
            self.popen = subprocess.Popen(
                [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out, stderr=log, cwd=folder,
                env={**os.environ, **(env or {})}, preexec_fn=begin)

    @property
    def pid(self):
        return self.popen.pid

    def alive(self):
        return self.popen.poll() is None

    def said(self):
        """What this start of the program has printed so far."""
        with open(self.out, encoding="utf-8") as file:
            file.seek(self.already_said)
            return file.read()

    def ready(self, timeout=30):
        """Waits until it serves; returns where."""
        def where():
            found = re.search(r"^ready \w+=(\S+)$", self.said(), re.MULTILINE)
            if found:
                return found.group(1)
            if not self.alive():
                raise AssertionError(f"{self.name} ended with {self.popen.returncode} before it served: {self.tail()}")
            return None
        return wait_until(where, f"{self.name} serves", timeout)

    def signal(self, number):
        if self.alive():
            self.popen.send_signal(number)

    def wait(self, timeout=30):
        """Its exit code."""
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} did not end within {timeout} s") from None

    def stop(self, timeout=30):
        """SIGTERM, then its exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.wait()

    def tail(self, lines=25):
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


class Sim:
    """A simulated NetSuite account. `knobs` as `netsuite-sim --list-knobs` tells, `records` rows per table."""

    def __init__(self, folder, records=None, seed=7, name="netsuite-sim", **knobs):
        self.folder, self.records, self.seed, self.name = folder, records or {}, seed, name
        self.start_knobs = {"account": ACCOUNT, **knobs}
        self.process = None
        self.url = None
        self.start()

    def start(self, port=0):
        knob_file = self.folder / f"{self.name}.json"
        knob_file.write_text(json.dumps(self.start_knobs))
        command = [BIN / "netsuite-sim", "--port", port, "--seed", self.seed, "--knobs", knob_file]
        for table, count in self.records.items():
            command += ["--records", f"{table}={count}"]
        self.process = Process(self.name, command, self.folder)
        self.url = self.process.ready()

    def restart(self):
        """Again at the same address, with the data of the start."""
        self.start(port=self.url.rsplit(":", 1)[1])

    def kill(self):
        return self.process.kill()

    def _ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/admin/{path}", data=data,
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"the simulator refuses {path}: {error.read().decode()}") from None

    def knobs(self, **values):
        return self._ask("knobs", values) if values else self._ask("knobs")

    def stats(self):
        return self._ask("stats")

    def reset(self):
        self._ask("stats/reset", {})

    def requests(self, since=0):
        """Ended requests with a number above `since`, oldest first."""
        return self._ask(f"requests?since={since}")

    def data(self, *operations):
        return self._ask("data", list(operations))

    def tables(self):
        return self._ask("tables")

    def revoke_tokens(self):
        return self._ask("token/revoke", {})["revoked"]

    def export(self, *tables):
        """A SQLite database with what the account holds at this moment."""
        path = self.folder / f"{self.name}-truth.db"
        self._ask("export", {"path": str(path), "tables": list(tables)})
        return path

    def rows_served(self, table):
        return self.stats()["tables"].get(table, {}).get("rows", 0)


@dataclasses.dataclass
class Tenant:
    """One [[tenants]] entry."""
    id: str = "acme"
    base_url: str = ""
    account: str = ACCOUNT
    concurrency_limit: int = 5
    auth: dict = dataclasses.field(default_factory=lambda: dict(TBA))
    more: dict = dataclasses.field(default_factory=dict)


def in_words(line):
    """A line of standard error, without the JSON around what was told for programs."""
    try:
        error = json.loads(line)["error"]
    except (ValueError, TypeError, KeyError):
        return line
    where = f"{error['where']}: " if error["where"] else ""
    return f"tidemark: {where}{error['text']}\n"


@dataclasses.dataclass
class Answer:
    """What one call of the command line said."""
    code: int
    out: str
    told: str  # on standard error, as it stands there

    @property
    def err(self):
        """The same in words, also where it was told in JSON."""
        return "".join(in_words(line) for line in self.told.splitlines(keepends=True))

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    @property
    def last(self):
        if not self.lines:
            raise AssertionError(f"no JSON; exit code {self.code}, stderr: {self.err}")
        return self.lines[-1]


def toml(table, settings):
    """One TOML table of plain values and lists."""
    lines = [table] if table else []
    lines += [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    return "\n".join(lines) + "\n"


class Node:
    """A tidemarkd with a data folder below `folder`. Not started until `start`."""

    def __init__(self, folder, tenants, name="node", criteria=None, node=None, http=None, log=None, env=None,
                 alerts=None, features=None):
        self.folder, self.name, self.tenants, self.env = folder, name, tenants, env
        self.data_dir = folder / name
        self.config = folder / f"{name}.toml"
        self.criteria = folder / f"{name}-criteria.json"
        if criteria is None:
            shutil.copy(ROOT / "config" / "criteria.json", self.criteria)
        else:
            self.criteria.write_text(criteria if isinstance(criteria, str) else json.dumps(criteria))
        self.process = None
        self.control = None
        self.words = []  # more of the command line
        # Without the flag imports take the legacy path.
        self.features = {"chunked_import": True} if features is None else features
        self.write_config(node or {}, http or {}, log or {}, alerts or {})

    def write_config(self, node, http, log, alerts=None):
        text = toml("[node]", {"name": self.name, "data_dir": self.name, "criteria": self.criteria.name, **node})
        text += toml("[http]", http) if http else ""
        text += toml("[log]", log) if log else ""
        text += toml("[alerts]", alerts) if alerts else ""
        text += toml("[features]", self.features) if self.features else ""
        for tenant in self.tenants:
            text += toml("[[tenants]]", {"id": tenant.id, "account": tenant.account, "base_url": tenant.base_url,
                                         "concurrency_limit": tenant.concurrency_limit, **tenant.more})
            text += toml("[tenants.auth]", tenant.auth)
        self.config.write_text(text)
        self.config.chmod(0o600)

    def launch(self, prepare=None):
        """Starts it without waiting for anything; `prepare` runs in the child first."""
        self.process = Process(self.name, [BIN / "tidemarkd", "--config", self.config, *self.words], self.folder, self.env,
                               prepare)
        return self.process

    def start(self, timeout=30, prepare=None):
        self.launch(prepare)
        self.control = self.process.ready(timeout)
        return self

    def stop(self, timeout=40):
        return self.process.stop(timeout)

    def kill(self):
        return self.process.kill()

    def alive(self):
        return self.process.alive()

    def memory(self, what="VmRSS"):
        """Bytes, of /proc/PID/status: VmRSS now, VmHWM at most so far."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{what}:\s+(\d+) kB$", status, re.MULTILINE).group(1)) * 1024

    def database_path(self, tenant=None):
        return self.data_dir / f"{tenant or self.tenants[0].id}.db"

    def database(self, tenant=None):
        """A read-only connection to a tenant's database."""
        db = sqlite3.connect(f"file:{self.database_path(tenant)}?mode=ro", uri=True, timeout=30)
        db.row_factory = sqlite3.Row
        return db

    def rows(self, sql, *arguments, tenant=None):
        db = self.database(tenant)
        try:
            return db.execute(sql, arguments).fetchall()
        finally:
            db.close()

    def change(self, sql, *arguments, tenant=None):
        """Of a tenant's database, between two runs of the node."""
        self.stop()
        db = sqlite3.connect(self.database_path(tenant), timeout=30)
        try:
            with db:
                db.execute(sql, arguments)
        finally:
            db.close()
        self.start()

    def value(self, sql, *arguments, tenant=None):
        return self.rows(sql, *arguments, tenant=tenant)[0][0]

    # -- the command line ---------------------------------------------------------------------------------------

    def command(self, *words):
        return [str(BIN / "tidemark"), "--node", f"{self.control}", "--json", *map(str, words)]

    def cli(self, *words, timeout=120):
        return run_cli(self.command(*words), self.folder, timeout)

    def background(self, *words):
        """A call of the command line that goes on while the test does other things."""
        return subprocess.Popen(self.command(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                cwd=self.folder, preexec_fn=die_with_parent)

    def begin(self, record_type, tenant=None):
        """Starts an import and returns its id."""
        answer = self.cli("import", "start", tenant or self.tenants[0].id, record_type)
        if answer.code != 0:
            raise AssertionError(f"import start ended with {answer.code}: {answer.out}{answer.err}")
        return answer.last["id"]

    def run(self, record_type, tenant=None, timeout=180):
        """Imports and waits. The answer's last line is the final status."""
        return self.cli("import", "start", tenant or self.tenants[0].id, record_type, "--wait", timeout=timeout)

    def status(self, import_id):
        answer = self.cli("import", "status", import_id)
        if not answer.lines:
            raise AssertionError(f"import status ended with {answer.code}: {answer.err}")
        return answer.last

    def wait_for_state(self, import_id, *states, timeout=120):
        """The status of the import, once it is in one of these states (or at rest, where none is named)."""
        wanted = set(states) or RESTING
        seen = {}

        def there():
            seen.update(self.status(import_id))
            if seen["state"] in RESTING - {"paused"} and seen["state"] not in wanted:
                raise AssertionError(f"the import is {seen['state']} ({seen.get('error')}), not {sorted(wanted)}")
            return seen["state"] in wanted
        wait_until(there, f"import {import_id} is {' or '.join(sorted(wanted))}", timeout, pause=0.1)
        return seen


def run_cli(command, folder, timeout=120, env=None):
    ended = subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=folder,
                           env={**os.environ, **(env or {})}, preexec_fn=die_with_parent, check=False)
    return Answer(ended.returncode, ended.stdout, ended.stderr)


def type_of(status, name):
    """The entry of one record type in a status."""
    for wave in status["waves"]:
        for entry in wave["record_types"]:
            if entry["name"] == name:
                return entry
    raise AssertionError(f"the status has no record type {name}")


# Looked at every second, held for none: an alert that a test waits for.
QUICK = {"sample_seconds": 1, "hold_seconds": 0}


class Case(unittest.TestCase):
    """A test with a folder, processes, and an end to all of them."""

    def run(self, result=None):
        result = result if result is not None else self.defaultTestResult()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidemark-", dir="/tmp"))
        self.started = []
        troubles = len(result.failures) + len(result.errors)
        began = time.monotonic()
        try:
            super().run(result)
        finally:
            failed = len(result.failures) + len(result.errors) > troubles
            if failed:
                self._print_logs()
            for program in self.started:
                if program.process is not None:
                    program.process.signal(signal.SIGCONT)
                    program.process.kill()
            if not (failed and os.environ.get("TIDEMARK_KEEP") == "1"):
                shutil.rmtree(self.folder, ignore_errors=True)
            print(f"    took {time.monotonic() - began:.1f} s", file=sys.stderr)
        return result

    def _print_logs(self):
        print(f"\n-- logs of {self.id()} in {self.folder}", file=sys.stderr)
        for program in self.started:
            if program.process is not None:
                print(f"-- {program.name} ({'alive' if program.process.alive() else 'ended'})", file=sys.stderr)
                print(program.process.tail(), file=sys.stderr)

    def sim(self, records=None, **knobs):
        sim = Sim(self.folder, records, name=f"sim{len(self.started)}", **knobs)
        self.started.append(sim)
        return sim

    def node(self, *tenants, sim=None, start=True, name="node", **settings):
        """A node; by default with one tenant that imports from `sim`."""
        tenants = [dataclasses.replace(t, base_url=t.base_url or sim.url) for t in tenants or [Tenant()]]
        node = Node(self.folder, tenants, name=name, **settings)
        self.started.append(node)
        return node.start() if start else node

    def up(self, node):
        """The alerts that are up, by their ids."""
        answer = node.cli("alerts")
        self.assertEqual(answer.code, 0, answer.err)
        return {alert["id"]: alert for alert in answer.last["up"]}

    def under_way(self, sim, node, *options):
        """The id of an import of customers, some of which are in."""
        answer = node.cli("import", "start", "acme", "customer", *options)
        self.assertEqual(answer.code, 0, answer.err)
        wait_until(lambda: sim.rows_served("customer") > 3000, "the first customers are in")
        return answer.last["id"]

    def measured(self, text):
        """A figure for the report of the run."""
        print(f"    measured: {text}", file=sys.stderr)

    def assert_refused(self, answer, *fragments):
        """The command line refused with 2 and said what it must."""
        self.assertEqual(answer.code, 2, answer.out + answer.err)
        for fragment in fragments:
            self.assertIn(fragment, answer.out + answer.err)
