"""A NetSuite that refuses, fails, changes and goes away: what it costs, and what people are told."""

import unittest

from comparison import compare
from harness import TBA, Case, Tenant, type_of, wait_until
from ledger import check_completed, check_laws, check_pick_ups


class Faults(Case):
    def test_wrong_token_based_credentials_fail_the_import_after_three_requests_at_most(self):
        sim = self.sim()
        node = self.node(Tenant(auth={**TBA, "token_secret": "not-the-secret"}), sim=sim)
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 4, answer.out)
        self.assertEqual(answer.last["state"], "failed")
        self.assertIn("authentication", answer.last["error"])
        self.assertNotIn("not-the-secret", answer.out + answer.err + node.process.log.read_text())
        self.measured(f"failed after {sim.stats()['requests']} requests")
        self.assertLessEqual(sim.stats()["requests"], 3)

    def test_columns_and_tables_that_the_account_lacks_are_left_out_and_noted(self):
        sim = self.sim({"customer": 1500, "transaction": 700}, one_world=False, departments=False,
                       columns_off=["customer.creditlimit", "transactionline.memo"],
                       columns_unusable=["item.itemtype"])
        node = self.node(sim=sim)
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 3, answer.out)
        status = answer.last
        self.assertEqual({note["record_type"] for note in status["notes"] if note["code"] == "newly_skipped"},
                         {"subsidiary", "department"})
        # What is known is no error any more.
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 0, answer.out)
        status = answer.last
        check_completed(self, node, status)
        notes = {(note["code"], note["record_type"], note["subject"]) for note in status["notes"]}
        self.assertIn(("column_dropped", "customer", "creditlimit"), notes)
        self.assertIn(("column_dropped", "transactionline", "memo"), notes)
        self.assertIn(("column_dropped", "item", "itemtype"), notes)
        for skipped in ("subsidiary", "department"):
            self.assertEqual(type_of(status, skipped)["state"], "skipped")
            self.assertIn(("type_skipped", skipped, skipped), notes)
        self.assertEqual(node.value("SELECT count(creditlimit) FROM customer"), 0)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 1500)
        self.assertEqual(node.value("SELECT count(*) FROM transactionline"), sim.tables()["transactionline"]["rows"])
        self.assertEqual(node.value("SELECT sum(failed_attempts) FROM batches"), 0)

    def test_of_a_type_that_loses_its_permission_in_mid_run_every_pick_up_is_accounted_for_in_every_status(self):
        sim = self.sim({"customer": 60_000, "transaction": 300}, latency_ms=150, concurrency_limit=10)
        node = self.node(Tenant(concurrency_limit=10), sim=sim)
        import_id = node.begin("transactionline")
        wait_until(lambda: sim.rows_served("customer") > 3000, "the first customers are in")
        sim.knobs(fault_table="customer", fault_answer="insufficient_permission", fault_answer_probability=1)
        looks = 0
        while (status := node.status(import_id))["state"] == "running":
            looks += 1
            check_pick_ups(self, status)
        check_pick_ups(self, status)
        self.assertEqual(status["state"], "completed_with_errors", status.get("error"))
        self.assertIn("newly_skipped", {note["code"] for note in status["notes"]})
        self.assertEqual(type_of(status, "customer")["state"], "skipped")
        check_laws(self, node, import_id)
        ledger = node.rows("SELECT sum(picked_up) AS picked_up, sum(completed) AS completed, sum(interrupted) AS"
                           " interrupted, sum(released) AS released FROM batches")[0]
        for name in ("picked_up", "completed", "interrupted", "released"):
            self.assertEqual(status["pick_ups"][name], ledger[name], name)
        self.assertNotIn("pick_ups_unaccounted", node.process.log.read_text())
        self.measured(f"{looks} statuses, {ledger['picked_up']} pick-ups, {ledger['interrupted']} interrupted")

    def test_a_main_type_that_the_account_lacks_is_told_as_an_error(self):
        sim = self.sim(projects=False)
        node = self.node(sim=sim)
        answer = node.run("projecttask")
        self.assertIn(answer.code, (3, 4), answer.out)
        self.assertIn("projecttask", {note["subject"] for note in answer.last["notes"]})

    def test_five_percent_of_all_kinds_of_faults_lose_and_repeat_no_record(self):
        sim = self.sim({"customer": 150_000, "transaction": 10_000}, latency_ms=2, fault_body="mixed",
                       fault_500_probability=0.01, fault_502_probability=0.01, fault_503_probability=0.01,
                       fault_reset_probability=0.01, fault_truncate_probability=0.005, fault_hang_probability=0.005)
        node = self.node(sim=sim, node={"max_attempts": 8}, http={"connect_timeout_s": 2, "total_timeout_s": 2})
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 0, answer.out)
        check_completed(self, node, answer.last)
        compare(self, sim, node)
        stats = sim.stats()
        faults = {status: count for status, count in stats["statuses"].items() if status != "200"}
        self.measured(f"{stats['requests']} requests, of these {faults}; "
                      f"{answer.last['pick_ups']['failed_attempts']} attempts failed")
        self.assertGreater(answer.last["pick_ups"]["failed_attempts"], 0)
        self.assertEqual(stats["auth_failures"], 0, "a signature went out twice")

    def test_refusals_under_a_limit_that_was_lowered_burn_no_attempt(self):
        sim = self.sim({"customer": 40_000}, latency_ms=20, concurrency_limit=5)
        node = self.node(Tenant(concurrency_limit=5), sim=sim, node={"max_attempts": 1})
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 5000, "the first customers are in")
        sim.knobs(concurrency_limit=2)
        status = node.wait_for_state(import_id, "completed")
        check_completed(self, node, status)
        stats = sim.stats()
        self.measured(f"{stats['refusals']} of {stats['requests']} requests refused at a limit of 2 instead of 5")
        self.assertGreater(stats["refusals"], 0)
        self.assertEqual(status["pick_ups"]["failed_attempts"], 0)
        compare(self, sim, node, names=["customer"])

    def test_an_account_that_others_use_too_is_shared_without_failures(self):
        sim = self.sim({"customer": 30_000}, latency_ms=20, concurrency_limit=5, background_burst=4,
                       background_on_ms=200, background_off_ms=200)
        node = self.node(Tenant(concurrency_limit=5), sim=sim, node={"max_attempts": 1})
        answer = node.run("customer")
        self.assertEqual(answer.code, 0, answer.out)
        self.assertEqual(answer.last["pick_ups"]["failed_attempts"], 0)
        self.assertGreater(sim.stats()["refusals"], 0)

    def test_an_account_that_goes_away_pauses_the_import_and_takes_it_up_again_when_it_is_back(self):
        sim = self.sim({"customer": 60_000}, latency_ms=100)
        node = self.node(sim=sim)  # default settings: this is what an operator gets
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 5000, "the first customers are in")
        sim.kill()
        status = node.wait_for_state(import_id, "paused", "failed", timeout=120)
        self.assertTrue(node.alive())
        self.assertTrue(status["error"])
        self.measured(f"{status['state']}: {status['error']}")
        sim.restart()
        if status["state"] == "paused":
            status = node.wait_for_state(import_id, "completed", timeout=60)
        else:
            status = node.run("customer").last
        check_completed(self, node, status)
        self.assertEqual(status["pick_ups"]["failed_attempts"], 0)
        compare(self, sim, node, names=["customer"])

    def test_an_account_in_maintenance_is_waited_for(self):
        sim = self.sim({"customer": 20_000}, latency_ms=20)
        node = self.node(sim=sim, node={"outage_pause_seconds": 1})
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 3000, "the first customers are in")
        sim.knobs(maintenance=True)
        status = node.wait_for_state(import_id, "paused", timeout=60)
        self.assertTrue(status["error"])
        self.assertEqual(status["batches"]["failed"], 0)
        sim.knobs(maintenance=False)
        check_completed(self, node, node.wait_for_state(import_id, "completed", timeout=60))
        compare(self, sim, node, names=["customer"])

    def test_an_account_that_is_not_there_at_all_does_not_fail_an_import_silently(self):
        sim = self.sim({"customer": 2000})
        sim.kill()
        node = self.node(sim=sim, node={"outage_pause_seconds": 1})
        import_id = node.begin("customer")
        status = node.wait_for_state(import_id, "paused", "failed", timeout=60)
        self.assertTrue(status["error"])
        sim.restart()
        self.assertEqual(node.run("customer").code, 0)

    def test_a_connection_that_netsuite_closed_while_idle_costs_nothing(self):
        sim = self.sim({"customer": 3000}, keep_alive_ms=100)
        node = self.node(sim=sim, node={"max_attempts": 1})
        self.assertEqual(node.run("currency").code, 0)
        wait_until(lambda: sim.stats()["connections_open"] <= 1, "the simulator has closed idle connections")
        answer = node.run("customer")
        self.assertEqual(answer.code, 0, answer.out)
        self.assertEqual(answer.last["pick_ups"]["failed_attempts"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
