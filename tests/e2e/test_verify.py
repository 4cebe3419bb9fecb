"""The proof of completeness: counts and sums of keys against the account, and what differs is put right."""

import sqlite3
import unittest

from comparison import compare
from harness import Case, Tenant, criteria_with, full_or, type_of, wait_until
from test_incremental import SMALL, full, incremental

QUICK = {**SMALL, "transaction": 300}


def damage(node, *statements):
    """Changes a tenant's database behind the node's back."""
    db = sqlite3.connect(node.database_path(), timeout=30)
    try:
        for sql in statements:
            db.execute(sql)
        db.commit()
    finally:
        db.close()


class Verify(Case):
    def test_a_full_import_proves_each_of_its_types_complete(self):
        sim = self.sim(QUICK)
        node = self.node(sim=sim)
        status = full(self, node, "transactionline")
        self.assertTrue(status["verify"])
        for wave in status["waves"]:
            for entry in wave["record_types"]:
                self.assertEqual(entry["verified"]["result"], "complete", entry)
                self.assertEqual(entry["verified"]["rows"], entry["records"]["stored"], entry["name"])
                self.assertEqual(entry["verified"]["repaired"], 0, entry["name"])
                self.assertIsNotNone(entry["verified"]["at"])
        self.assertIn("complete, ", type_of(status, "customer")["verified"]["text"])
        again = node.status(status["id"])
        self.assertEqual(type_of(again, "customer")["verified"], type_of(status, "customer")["verified"])

    def test_an_import_that_is_told_not_to_does_not(self):
        sim = self.sim({"customer": 1200})
        node = self.node(sim=sim)
        status = full(self, node, "customer", "--no-verify")
        self.assertFalse(status["verify"])
        self.assertIsNone(type_of(status, "customer")["verified"])
        status = incremental(self, node, "customer")
        self.assertIsNone(type_of(status, "customer")["verified"])
        status = incremental(self, node, "customer", "--verify")
        self.assertEqual(type_of(status, "customer")["verified"]["result"], "complete")

    def test_what_is_missing_too_many_or_swapped_is_put_right(self):
        sim = self.sim({**QUICK, "customer": 5000})
        node = self.node(sim=sim)
        full(self, node, "transactionline", "--no-verify")
        damage(node,
               "DELETE FROM customer WHERE id IN (SELECT id FROM customer ORDER BY id LIMIT 3 OFFSET 100)",
               "INSERT INTO customer (id, _import_id, _synced_at) VALUES (123456789, 1, '2020-01-01T00:00:00Z')",
               # One goes and another comes in the same range: the number stays, the sum does not.
               "UPDATE customer SET id = id + 100000 WHERE id = (SELECT max(id) FROM customer WHERE id < 100000)",
               'DELETE FROM transactionline WHERE "transaction" = (SELECT max("transaction") FROM transactionline)')
        answer = node.cli("verify", "acme", "customer")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        found = type_of(answer.last, "customer")["verified"]
        self.assertEqual(found["result"], "complete")
        self.assertGreaterEqual(found["repaired"], 2)
        self.assertEqual(answer.last["mode"], "verify")
        self.assertEqual(len(answer.last["waves"]), 1)
        self.assertEqual(node.cli("verify", "acme", "transactionline").code, 0)
        compare(self, sim, node)
        answer = node.cli("verify", "acme", "customer")
        self.assertEqual(type_of(answer.last, "customer")["verified"]["repaired"], 0)

    def test_memory_is_flat_whatever_the_keys_look_like(self):
        count = full_or(100_000, 300_000)
        sim = self.sim({"customer": count})
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        # One key far away: all other records are in one bucket, and one of them is missing.
        damage(node,
               "INSERT INTO customer (id, _import_id, _synced_at) VALUES (1000000000000, 1, '2020-01-01T00:00:00Z')",
               "DELETE FROM customer WHERE id = (SELECT id FROM customer ORDER BY id LIMIT 1 OFFSET 100)")
        node.stop()
        node.start()
        self.assertEqual(node.cli("verify", "acme", "currency").code, 0)  # warms up what every import needs
        before = node.memory("VmHWM")
        answer = node.cli("verify", "acme", "customer", timeout=600)
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        self.assertEqual(type_of(answer.last, "customer")["verified"]["repaired"], 2)
        grown = (node.memory("VmHWM") - before) >> 20
        self.measured(f"{count} records in one bucket: the peak grew by {grown} MB")
        self.assertLess(grown, 30)
        compare(self, sim, node)

    def test_verifying_takes_few_requests_and_leaves_what_is_right_alone(self):
        sim = self.sim({"customer": full_or(30_000, 1_000_000)})
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        before = node.rows("SELECT max(_import_id), count(*) FROM customer")
        sim.reset()
        answer = node.cli("verify", "acme", "customer")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        requests = sim.stats()["tables"]["customer"]["requests"]
        self.assertLessEqual(requests, full_or(1, 3))
        self.assertEqual(node.rows("SELECT max(_import_id), count(*) FROM customer"), before)
        self.measured(f"{requests} requests for {type_of(answer.last, 'customer')['verified']['rows']} records")

    def test_it_does_not_move_the_watermark(self):
        sim = self.sim({"customer": 1200})
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        before = node.value("SELECT server_time FROM watermarks WHERE record_type = 'customer'")
        self.assertEqual(node.cli("verify", "acme", "customer").code, 0)
        self.assertEqual(node.value("SELECT server_time FROM watermarks WHERE record_type = 'customer'"), before)

    def test_a_type_that_keeps_changing_is_told_with_the_ranges_that_differ(self):
        sim = self.sim({"customer": 3000})
        # So many are deleted all the time that the guard would hold them.
        node = self.node(sim=sim, criteria=criteria_with(customer={"deletion_guard": 100}))
        full(self, node, "customer", "--no-verify")
        sim.knobs(mutations_per_s=3000, mutation_table="customer", latency_ms=30)
        answer = node.cli("verify", "acme", "customer")
        self.assertEqual(answer.code, 3, answer.out + answer.err)
        found = type_of(answer.last, "customer")["verified"]
        self.assertEqual(found["result"], "differs")
        self.assertIn("the account has", found["text"])
        # An import is not worse for it.
        status = full(self, node, "customer")
        self.assertEqual(status["state"], "completed")
        sim.knobs(mutations_per_s=0)
        full(self, node, "customer")
        compare(self, sim, node)

    def test_records_that_are_kept_aside_are_not_looked_for_again_and_the_copy_is_not_complete(self):
        sim = self.sim({"customer": 1500})
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        id = node.value("SELECT max(id) FROM customer")
        damage(node, f"DELETE FROM customer WHERE id = {id}",
               "INSERT INTO rejected_records (record_type, key, reason, raw, import_id, batch, at) VALUES "
               f"('customer', '{id}', 'made up', '{{}}', 'acme.other', 1, '2020-01-01T00:00:00Z')")
        answer = node.cli("verify", "acme", "customer")
        self.assertEqual(answer.code, 3, answer.out + answer.err)
        found = type_of(answer.last, "customer")["verified"]
        self.assertEqual((found["result"], found["repaired"]), ("differs", 0))
        self.assertIn(f"{found['rows'] - 1} of {found['rows']}, 1 rejected", found["text"])
        self.assertEqual([note["code"] for note in answer.last["notes"]], ["records_kept_aside"])
        # And the next incremental import asks for it again.
        incremental(self, node, "customer")
        self.assertEqual(node.value("SELECT count(*) FROM rejected_records"), 0)
        compare(self, sim, node)

    def test_a_record_that_could_not_be_stored_again_stands_as_it_was_and_the_copy_is_not_complete(self):
        sim = self.sim({"customer": 1000})
        node = self.node(sim=sim, criteria=criteria_with(customer={"strict": True}))
        full(self, node, "customer", "--no-verify")
        id = node.value("SELECT max(id) FROM customer")
        sim.data({"op": "update", "table": "customer", "id": id,
                  "values": {"altname": "NEW NAME", "creditlimit": "no number"}})
        incremental(self, node, "customer", code=3)
        self.assertEqual(node.value("SELECT count(*) FROM rejected_records"), 1)
        for options in ((), ("--deep",)):
            answer = node.cli("verify", "acme", "customer", *options)
            self.assertEqual(answer.code, 3, answer.out + answer.err)
            found = type_of(answer.last, "customer")["verified"]
            self.assertEqual(found["result"], "differs")
            rows = found["rows"]
            self.assertIn(f"{rows - 1} of {rows}, 1 rejected and here as it was before",
                          found["text"])
            self.assertEqual([note["code"] for note in answer.last["notes"]], ["records_kept_aside"])
        # It fits again, which the comparison itself finds by reading it.
        sim.data({"op": "update", "table": "customer", "id": id, "values": {"creditlimit": "12.5"}})
        answer = node.cli("verify", "acme", "customer", "--deep")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        compare(self, sim, node)

    def test_what_was_never_imported_is_refused_with_the_remedy(self):
        sim = self.sim({"customer": 1200})
        node = self.node(sim=sim)
        answer = node.cli("verify", "acme", "customer")
        self.assertEqual(answer.code, 4, answer.out + answer.err)
        self.assertIn("never imported whole", answer.last["error"])
        self.assert_refused(node.cli("verify", "acme", "custoner"), "customer")

    def test_a_comparison_that_the_account_refuses_is_told_and_fails_no_import(self):
        sim = self.sim({"customer": 1200})
        node = self.node(sim=sim, node={"max_attempts": 1})
        full(self, node, "customer", "--no-verify")
        sim.knobs(fault_table="customer", fault_500_probability=1.0)
        answer = node.cli("verify", "acme", "customer")
        self.assertEqual(answer.code, 4, answer.out + answer.err)
        self.assertIn("could not be compared", answer.last["error"])

    def test_a_crash_in_the_middle_goes_on_with_what_is_not_verified(self):
        sim = self.sim({"customer": 2500}, latency_ms=60)
        node = self.node(Tenant(concurrency_limit=1), sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: node.value("SELECT count(*) FROM import_types WHERE proof = 'complete'"),
                   "a type is verified")
        node.kill()
        node.start()
        status = node.wait_for_state(import_id, "completed")
        for wave in status["waves"]:
            for entry in wave["record_types"]:
                self.assertEqual(entry["verified"]["result"], "complete", entry)

    def test_a_verification_can_be_cancelled(self):
        sim = self.sim({"customer": 1500})
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        sim.knobs(latency_ms=5000)
        running = node.background("verify", "acme", "customer")
        import_id = wait_until(lambda: next((row["id"] for row in node.rows(
            "SELECT id FROM imports WHERE mode = 'verify' AND state = 'running'")), None), "the verification runs")
        answer = node.cli("import", "cancel", import_id)
        self.assertEqual(answer.code, 0, answer.err)
        running.communicate(timeout=60)
        self.assertEqual(running.returncode, 5)
        self.assertEqual(node.status(import_id)["state"], "cancelled")


if __name__ == "__main__":
    unittest.main(verbosity=2)
