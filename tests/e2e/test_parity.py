"""Both paths into databases of their own, compared row by row: the evidence on which a tenant's flag is switched."""

import json
import sqlite3
import unittest

from harness import Case, Tenant, full_or, wait_until
from test_flags import ONE

# What transactionline needs, directly and indirectly.
RECORDS = {"currency": 20, "subsidiary": 4, "department": 12, "location": 12, "classification": 12, "employee": 300,
           "item": 1500, "customer": 3000, "vendor": 800, "account": 200, "transaction": 2500}


class Parity(Case):
    def parity(self, node, timeout=600):
        return node.cli("parity", ONE, "transactionline", timeout=timeout)

    def test_twelve_record_types_and_faults_leave_no_difference(self):
        records = {name: count * full_or(1, 12) for name, count in RECORDS.items()}
        sim = self.sim(records, fault_500_probability=0.02, fault_reset_probability=0.01,
                       fault_truncate_probability=0.01)
        node = self.node(Tenant(ONE), sim=sim, features={}, node={"max_attempts": 8})
        answer = self.parity(node)
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        report = answer.last
        self.assertEqual(report["differences"], 0)
        self.assertGreaterEqual(len(report["record_types"]), 12)
        for entry in report["record_types"]:
            self.assertEqual(entry["chunked_rows"], entry["legacy_rows"], entry)
        self.assertGreater(sum(entry["chunked_rows"] for entry in report["record_types"]), full_or(10_000, 100_000))
        chunked, legacy = report["paths"]
        self.assertEqual((chunked["system"], chunked["state"]), ("chunked", "completed"))
        self.assertEqual((legacy["system"], legacy["state"]), ("legacy", "completed"))
        self.assertGreater(chunked["requests"], 0)
        self.assertGreater(legacy["requests"], 0)
        self.measured(f"chunked {chunked['milliseconds']} ms, {chunked['requests']} requests;"
                      f" legacy {legacy['milliseconds']} ms, {legacy['requests']} requests")
        # Nothing stays behind, and the tenant's own database knows nothing of it.
        self.assertEqual(list(node.data_dir.glob("*.parity-*")), [])
        self.assertEqual(node.cli("import", "list").lines, [])

    def test_rows_that_change_in_between_are_looked_at_again(self):
        sim = self.sim({"currency": 20, "subsidiary": 4, "customer": 3000}, latency_ms=30)
        node = self.node(Tenant(ONE), sim=sim, features={})
        truth = sqlite3.connect(sim.export())
        ids = [row[0] for row in truth.execute("SELECT id FROM customer ORDER BY id LIMIT 20")]
        truth.close()
        running = node.background("parity", ONE, "customer")
        # The first path has read them; the second one has to read other record types first.
        wait_until(lambda: sim.rows_served("customer") >= 3000, "the first path has read the customers")
        sim.data(*({"op": "update", "table": "customer", "id": key, "values": {"altname": "changed since"}}
                   for key in ids))
        out, err = running.communicate(timeout=300)
        self.assertEqual(running.returncode, 0, out + err)
        report = json.loads(out)
        self.assertEqual(report["looked_at_again"], len(ids))
        self.assertEqual(report["differences"], 0)

    def test_a_second_comparison_is_refused_while_one_runs_and_a_killed_one_leaves_nothing(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(Tenant(ONE), sim=sim, features={})
        running = node.background("parity", ONE, "customer")
        wait_until(lambda: sim.rows_served("customer") > 0, "the comparison is on its way")
        self.assert_refused(node.cli("parity", ONE, "customer"), "already")
        self.assertTrue(list(node.data_dir.glob("*.parity-*")))
        node.kill()
        self.assertNotEqual(running.wait(30), 0)
        running.communicate()
        node.start()
        wait_until(lambda: not list(node.data_dir.glob("*.parity-*")), "what was left behind is gone", 10)

    def test_what_cannot_be_imported_is_told_instead_of_compared(self):
        sim = self.sim({"currency": 20})
        node = self.node(Tenant(ONE), sim=sim, features={})
        self.assert_refused(node.cli("parity", ONE, "unicorn"), "unicorn")
        self.assert_refused(node.cli("parity", "nobody", "currency"), "nobody")


if __name__ == "__main__":
    unittest.main(verbosity=2)
