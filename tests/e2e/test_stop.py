"""A node that is told to stop lets open requests end, ends itself, and its imports go on at the next start."""

import os
import re
import signal
import time
import unittest

from comparison import compare
from harness import Case, wait_until
from ledger import check_completed, check_laws

CUSTOMERS = 30_000

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


if __name__ == "__main__":
    unittest.main(verbosity=2)
