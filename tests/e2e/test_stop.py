"""A node that is told to stop lets open requests end, ends itself, and its imports go on at the next start."""

import fcntl
import os
import pathlib
import re
import signal
import sqlite3
import time
import unittest

from comparison import compare
from harness import Case, wait_until
from ledger import check_completed, check_laws

CUSTOMERS = 30_000

GRACE = 1  # seconds for open requests, where a test waits for the end of them

# Rows of the plan: where each batch begins.
BOUNDARIES = CUSTOMERS // 1000


class Stop(Case):
    def test_node_stop_ends_the_process_and_imports_go_on_at_the_next_start(self):
        sim = self.sim({"customer": 40_000}, latency_ms=100)
        node = self.node(sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 3000, "the first customers are in")
        answer = node.cli("node", "stop")
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(answer.last, {"node": "node", "state": "stopped"})
        self.assertTrue(re.search(r"@local stops the node", node.process.log.read_text()))
        # At once: the next node waits for the last steps of the one before.
        before = node.process
        node.start()
        self.assertEqual(before.wait(), 0)
        sim.knobs(latency_ms=0)
        node.wait_for_state(import_id, "completed")
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 40_000)
        self.assertFalse(node.cli("node", "status").last["recovered"])

    def test_requests_that_are_open_may_end_and_no_new_one_is_made(self):
        sim = self.sim({"customer": CUSTOMERS}, latency_ms=800)
        node = self.node(sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 1000, "batches are coming in")
        wait_until(lambda: sim.stats()["in_flight"] == 5, "all slots are in use")
        node.process.signal(signal.SIGTERM)
        at_stop = sim.stats()["requests"]
        self.assertEqual(node.process.wait(), 0)
        check_laws(self, node, import_id)
        after = sim.stats()
        self.assertEqual(after["requests"], at_stop)
        self.assertEqual(after["in_flight"], 0)
        stored = node.value("SELECT count(*) FROM customer")
        self.assertEqual(stored + BOUNDARIES, sim.rows_served("customer"), "an answer that came was thrown away")
        sim.reset()
        sim.knobs(latency_ms=5)
        node.start()
        check_completed(self, node, node.wait_for_state(import_id, "completed"))
        compare(self, sim, node)
        # The verification reads some rows with counts, too.
        self.assertLess(sim.rows_served("customer"), CUSTOMERS - stored + 100, "something was fetched twice")

    def test_a_second_signal_ends_it_at_once(self):
        sim = self.sim({"customer": 20_000}, latency_ms=100)
        node = self.node(sim=sim, node={"stop_grace_seconds": 120})
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 1000, "batches are coming in")
        sim.knobs(latency_ms=60_000)
        wait_until(lambda: sim.stats()["in_flight"] == 5, "requests are open")
        node.process.signal(signal.SIGTERM)
        wait_until(lambda: "a second signal stops it at once" in node.process.log.read_text(), "it stops")
        began = time.monotonic()
        self.assertEqual(node.stop(), 130)
        self.assertLess(time.monotonic() - began, 2)
        sim.knobs(latency_ms=5)
        node.start()
        check_completed(self, node, node.wait_for_state(import_id, "completed"))
        compare(self, sim, node)

    def test_a_stop_during_an_import_is_clean_and_the_next_start_goes_on(self):
        sim = self.sim({"customer": 30_000}, latency_ms=80)
        node = self.node(sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 5000, "the first customers are in")
        self.assertEqual(node.stop(), 0)
        self.assertEqual(sim.stats()["in_flight"], 0)
        self.assertEqual(node.value("SELECT count(*) FROM batches WHERE state = 'running'"), 0)
        self.assertEqual(node.value("SELECT sum(failed_attempts) FROM batches"), 0)
        done = node.value("SELECT count(*) FROM batches WHERE record_type = 'customer' AND state = 'completed'")
        sim.reset()
        node.start()
        check_completed(self, node, node.wait_for_state(import_id, "completed"))
        compare(self, sim, node, names=["customer"])
        batches = node.value("SELECT count(*) FROM batches WHERE record_type = 'customer'")
        self.assertLessEqual(sim.stats()["tables"]["customer"]["requests"], batches - done + 1)
        self.assertEqual(node.stop(), 0)
        self.assertFalse(os.path.exists(node.control.removeprefix("unix:")))

    def test_a_stop_while_netsuite_hangs_does_not_wait_for_it(self):
        sim = self.sim({"customer": 5000}, fault_hang_probability=1, fault_table="customer")
        node = self.node(sim=sim)
        node.begin("customer")
        wait_until(lambda: sim.stats()["in_flight"] > 0, "requests hang")
        self.assertEqual(node.stop(timeout=10), 0)


class WhateverIsLockedOrHangs(Case):
    """The end comes in time: the grace of open requests and ten seconds."""

    def lock(self, database, how="EXCLUSIVE"):
        """As another program does, such as a backup or a person with the sqlite3 shell."""
        holder = sqlite3.connect(database, isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute(f"BEGIN {how}")

    def ask_without_waiting(self, node, *words):
        asking = node.background(*words)
        self.addCleanup(asking.communicate)

    def stop(self, node):
        """Its exit code; it came in time."""
        began = time.monotonic()
        code = node.stop(timeout=45)
        took = time.monotonic() - began
        self.measured(f"stopped with {code} after {took:.1f} s")
        self.assertLess(took, GRACE + 10.5)
        return code

    def log_of(self, node):
        return node.process.log.read_text()

    def test_a_locked_control_database_does_not_keep_a_node_that_waits_for_it_from_ending(self):
        node = self.node(sim=self.sim({"currency": 20}), node={"stop_grace_seconds": GRACE}, log={"level": "debug"})
        self.lock(node.data_dir / "control.db")
        for _ in range(4):
            self.ask_without_waiting(node, "flags", "enable")
            self.ask_without_waiting(node, "schedules", "add", "often", "acme", "currency", "* * * * *")
            self.ask_without_waiting(node, "import", "start", "acme", "currency")
        wait_until(lambda: self.log_of(node).count(" came in") == 12, "all commands are there")
        self.assertEqual(self.stop(node), 0)
        self.assertTrue(self.log_of(node).rstrip().endswith("node node stopped"), self.log_of(node))

    def test_a_control_database_that_cannot_be_written_delays_no_start_and_no_stop(self):
        sim = self.sim({"currency": 20, "customer": 100_000}, latency_ms=100)
        node = self.node(sim=sim, node={"stop_grace_seconds": GRACE})
        self.lock(node.data_dir / "control.db", "IMMEDIATE")
        for _ in range(20):  # each is to be in the audit
            self.ask_without_waiting(node, "import", "pause", "acme.01m8hhhfwqdd82z1g81pq1wtzv")
        began = time.monotonic()
        self.assertEqual(node.run("currency").code, 0)
        self.assertEqual(node.cli("flags", "list").code, 0)
        self.measured(f"an import and a list of flags took {time.monotonic() - began:.1f} s")
        self.assertLess(time.monotonic() - began, 8)
        import_id = node.begin("customer")
        for _ in range(20):
            self.ask_without_waiting(node, "schedules", "add", "x", "acme", "currency", "@daily")
            self.ask_without_waiting(node, "import", "start", "acme", "item")
        self.assertEqual(self.stop(node), 0)
        self.assertNotIn("tenant_stop_forced", self.log_of(node))
        self.doCleanups()
        node.start()
        self.assertEqual(node.cli("node", "status").last["recovered"], [])
        node.wait_for_state(import_id, "running")

    def test_a_locked_tenant_database_does_not_keep_a_node_in_mid_import_from_ending(self):
        sim = self.sim({"customer": 40_000}, latency_ms=50)
        node = self.node(sim=sim, node={"stop_grace_seconds": GRACE})
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 5000, "the first customers are in")
        self.lock(node.database_path())
        self.assertEqual(self.stop(node), 0)
        self.doCleanups()
        node.start()
        check_completed(self, node, node.wait_for_state(import_id, "completed"))
        compare(self, sim, node)

    def test_whoever_hangs_is_named_and_left_behind(self):
        sim = self.sim({"customer": 5000})
        node = self.node(sim=sim, start=False, node={"stop_grace_seconds": GRACE},
                         log={"file": "log.pipe", "level": "debug"})
        node.words = ["--traceable"]  # it is looked at where its threads wait
        # Whoever writes into a pipe that is full and that nobody reads waits without end.
        pipe = self.folder / "log.pipe"
        os.mkfifo(pipe)
        nobody = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, nobody)
        fcntl.fcntl(nobody, fcntl.F_SETPIPE_SZ, 4096)
        node.start()
        self.ask_without_waiting(node, "import", "start", "acme", "customer")

        def hangs():
            self.ask_without_waiting(node, "import", "list")
            return "pipe_write" in places_of_threads(node)
        wait_until(hangs, "the log is full", pause=0.1)
        self.assertEqual(self.stop(node), 3)
        said = node.process.log.read_text()
        self.assertIn("ended by force, without waiting for ", said)
        self.assertIn("tenant acme", said)


def places_of_threads(node):
    """What each thread of the node waits for in the kernel, in its words."""
    return " ".join((task / "wchan").read_text() for task in pathlib.Path(f"/proc/{node.process.pid}/task").iterdir())


if __name__ == "__main__":
    unittest.main(verbosity=2)
