"""Killed at any moment, a node goes on at its next start: every record once, finished batches not again."""

import random
import signal
import time
import unittest

from comparison import compare
from harness import Case, Tenant, full_or, wait_until
from ledger import check_completed, check_laws

RECORDS = {"customer": 9000, "vendor": 2000, "item": 4000, "job": 1500, "transaction": 3000}

# What a kill may cost: the requests that were open, and the planning of the record types that had just begun.
EXTRA_REQUESTS_PER_KILL = 5 + 6


class Resume(Case):
    def test_a_node_killed_again_and_again_goes_on_by_itself_and_fetches_no_finished_batch_twice(self):
        dice = random.Random(7)
        kills = full_or(5, 40)
        sim = self.sim(RECORDS, latency_ms=60)
        node = self.node(sim=sim)
        expected = node.cli("plan", "acme", "transactionline").last["expected_requests"]
        sim.reset()
        import_id = node.begin("transactionline")
        for _ in range(kills):
            # Somewhere in the next stretch, whatever the node is doing then.
            goal = sim.stats()["data_requests"] + dice.randrange(1, max(2, 2 * expected // kills))
            wait_until(lambda: sim.stats()["data_requests"] >= goal or node.status(import_id)["state"] == "completed",
                       "some more requests have been made", pause=dice.random() / 50)
            node.kill()
            check_laws(self, node, import_id)
            node.start()
        status = node.wait_for_state(import_id, "completed", timeout=180)
        check_completed(self, node, status)
        compare(self, sim, node)
        made = sim.stats()["data_requests"]
        deaths = node.value("SELECT sum(deaths) FROM batches")
        self.measured(f"{kills} kills: {made} requests where {expected} are needed, {deaths} batches interrupted")
        self.assertLessEqual(made, expected + kills * EXTRA_REQUESTS_PER_KILL)
        self.assertEqual(status["pick_ups"]["failed_attempts"], 0)

    def test_killed_at_random_moments_under_faults_every_record_is_there_once_with_the_right_value(self):
        dice = random.Random(11)
        kills, limit = full_or(20, 200), 5
        sim = self.sim({"customer": full_or(100_000, 400_000), "vendor": 2000, "item": 4000, "transaction": 4000},
                       latency_ms=full_or(200, 500), concurrency_limit=limit, fault_body="mixed",
                       fault_500_probability=0.005, fault_502_probability=0.005, fault_503_probability=0.005,
                       fault_reset_probability=0.005, fault_truncate_probability=0.005)
        node = self.node(Tenant(concurrency_limit=limit), sim=sim, node={"max_attempts": 20})
        import_id = node.begin("transactionline")
        made, first_requests = 0, []
        while made < kills:
            moment = time.monotonic() + dice.uniform(0.05, 0.6)
            wait_until(lambda at=moment: time.monotonic() >= at, "the moment of the kill has come", pause=0.005)
            if node.status(import_id)["state"] == "completed":
                break
            node.kill()
            made += 1
            check_laws(self, node, import_id)
            wait_until(lambda: sim.stats()["in_flight"] == 0, "the old requests have ended")
            before, launched = sim.stats()["requests"], time.monotonic()
            node.start()
            wait_until(lambda seen=before: sim.stats()["requests"] > seen
                       or node.status(import_id)["state"] == "completed", "it asks NetSuite again", pause=0.005)
            first_requests.append(time.monotonic() - launched)
        status = node.wait_for_state(import_id, "completed", timeout=300)
        check_completed(self, node, status)
        compare(self, sim, node)
        again = node.value("SELECT sum(deaths) FROM batches")
        self.measured(f"{made} kills of an import of {status['records']['stored']} records: {again} batches begun again, "
                      f"{status['pick_ups']['failed_attempts']} attempts failed; first request at most "
                      f"{max(first_requests):.2f} s after the start, {sorted(first_requests)[len(first_requests) // 2]:.2f} s "
                      "as a rule")
        self.assertGreater(status["records"]["stored"], 100_000)
        self.assertGreaterEqual(made, kills // 2, "the import was over before it was killed often enough")
        self.assertLessEqual(again, made * 2 * limit)
        self.assertLess(max(first_requests), 2)

    def test_a_kill_while_the_import_is_being_planned_loses_nothing(self):
        sim = self.sim({"customer": 6000}, latency_ms=400)
        node = self.node(sim=sim)
        import_id = node.begin("customer")
        for what in (lambda: sim.stats()["requests"] >= 1, lambda: sim.stats()["data_requests"] >= 1,
                     lambda: sim.stats()["data_requests"] >= 9):
            wait_until(what, "its next request has been made")
            node.kill()
            node.start()
        sim.knobs(latency_ms=5)
        check_completed(self, node, node.wait_for_state(import_id, "completed"))
        compare(self, sim, node)

    def test_a_frozen_node_that_is_woken_up_goes_on(self):
        sim = self.sim({"customer": 20_000}, latency_ms=20)
        node = self.node(sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 3000, "the first customers are in")
        node.process.signal(signal.SIGSTOP)
        wait_until(lambda: sim.stats()["in_flight"] == 0, "nothing is under way any more")
        node.process.signal(signal.SIGCONT)
        check_completed(self, node, node.wait_for_state(import_id, "completed"))
        compare(self, sim, node)


if __name__ == "__main__":
    unittest.main(verbosity=2)
