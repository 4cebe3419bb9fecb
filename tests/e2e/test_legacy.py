"""The legacy path beside the chunked one: the same tables, one request at a time, and a tenant moved to and fro."""

import unittest

from comparison import compare
from harness import Case, Tenant, type_of, wait_until
from ledger import check_completed, check_laws
from test_flags import ONE, record, write

SMALL = {"currency": 20, "subsidiary": 4, "customer": 2300, "transaction": 900, "item": 300}


class LegacyPath(Case):
    def legacy_node(self, sim, **more):
        return self.node(Tenant(ONE), sim=sim, features={}, **more)

    def test_it_imports_the_same_records_with_one_request_at_a_time(self):
        sim = self.sim(SMALL)
        node = self.legacy_node(sim)
        planned = node.cli("plan", ONE, "transactionline").last
        self.assertEqual(planned["system"], "legacy")
        sim.reset()
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 0, answer.out)
        self.assertEqual(answer.last["system"], "legacy")
        check_completed(self, node, answer.last)
        compare(self, sim, node)
        stats = sim.stats()
        self.assertEqual(stats["peak_in_flight"], 1)
        self.measured(f"planned {planned['expected_requests']} requests, made {stats['data_requests']}")
        self.assertLessEqual(abs(planned["expected_requests"] - stats["data_requests"]),
                             2 + stats["data_requests"] // 10)

    def test_faults_and_refusals_lose_and_repeat_no_record(self):
        sim = self.sim({**SMALL, "customer": 8000}, fault_500_probability=0.03, fault_reset_probability=0.02,
                       fault_truncate_probability=0.02)
        node = self.legacy_node(sim, node={"max_attempts": 8})
        answer = node.run("transactionline", timeout=240)
        self.assertEqual(answer.code, 0, answer.out)
        check_completed(self, node, answer.last)
        compare(self, sim, node)

    def test_columns_and_tables_that_the_account_lacks_are_left_out_and_noted(self):
        sim = self.sim({"customer": 1500, "transaction": 300}, one_world=False, columns_off=["customer.creditlimit"])
        node = self.legacy_node(sim)
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 3, answer.out)
        self.assertIn("newly_skipped", {note["code"] for note in answer.last["notes"]})
        # What is known is no error any more.
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 0, answer.out)
        notes = {(note["code"], note["subject"]) for note in answer.last["notes"]}
        self.assertIn(("column_dropped", "creditlimit"), notes)
        self.assertIn(("type_skipped", "subsidiary"), notes)
        self.assertEqual(type_of(answer.last, "subsidiary")["state"], "skipped")
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 1500)

    def test_a_cancel_comes_between_pages_and_nothing_is_written_after_its_receipt(self):
        sim = self.sim({"customer": 30_000}, latency_ms=30)
        node = self.legacy_node(sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 4000, "some pages are in")
        receipt = node.cli("import", "cancel", import_id)
        self.assertEqual(receipt.code, 0, receipt.err)
        stored = node.value("SELECT count(*) FROM customer")
        requests = sim.stats()["requests"]
        self.assertGreater(stored, 0)
        self.assertEqual(node.status(import_id)["state"], "cancelled")
        self.assertEqual(node.value("SELECT count(*) FROM customer"), stored)
        self.assertEqual(sim.stats()["requests"], requests)
        check_laws(self, node, import_id)

    def test_after_a_kill_it_restarts_its_record_type_and_keeps_those_before(self):
        sim = self.sim({"customer": 15_000, "employee": 1500}, latency_ms=20)
        node = self.legacy_node(sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 4000, "some pages are in")
        node.kill()
        sim.reset()
        node.start()
        check_completed(self, node, node.wait_for_state(import_id, "completed"))
        compare(self, sim, node, names=["customer", "employee"])
        tables = sim.stats()["tables"]
        # Every record once more, and the buckets that verify them.
        self.assertIn(tables["customer"]["rows"], range(15_000, 15_100))
        self.assertEqual(tables.get("employee", {}).get("rows", 0), 0)


class Rollout(Case):
    def test_rolling_a_tenant_forward_and_back_during_traffic_loses_nothing(self):
        sim = self.sim(SMALL)
        node = self.node(Tenant(ONE), sim=sim, features={})
        for turn, (path, other) in enumerate([("legacy", "true"), ("chunked", "false"), ("legacy", "true"),
                                              ("chunked", "true")]):
            sim.reset()
            sim.knobs(latency_ms=20 if path == "legacy" else 150)
            import_id = node.begin("transactionline")
            self.assertEqual(node.status(import_id)["system"], path)
            wait_until(lambda: sim.stats()["data_requests"] > 12, "the import is on its way")
            write(node, "DELETE FROM feature_flags")
            write(node, record(other, "'[4515181]'"))
            self.assertEqual(node.begin("transactionline"), import_id)
            if turn == 1:  # a crash in the middle: the import goes on by the path that it has begun on
                node.kill()
                node.start()
            elif turn == 2:
                self.assertEqual(node.cli("import", "pause", import_id).code, 0)
                self.assertEqual(node.cli("import", "resume", import_id).code, 0)
            status = node.wait_for_state(import_id, "completed")
            self.assertEqual(status["system"], path)
            check_completed(self, node, status)
            compare(self, sim, node)
            gone = node.value("SELECT max(id) FROM customer WHERE _deleted_at IS NULL")
            sim.data({"op": "delete", "table": "customer", "id": gone},
                     {"op": "update", "table": "customer", "id": node.value("SELECT min(id) FROM customer"),
                      "values": {"altname": f"after turn {turn}"}})


if __name__ == "__main__":
    unittest.main(verbosity=2)
