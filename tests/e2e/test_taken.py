"""What an import takes from another one that runs beside it is told, and kept right, as if it had run it itself."""

import json
import time
import unittest

from harness import Case, Tenant, type_of, wait_until
from test_deletes import SHORT, codes, marked
from test_incremental import full, incremental

NO_LOGIN = {"method": "none"}


class Taken(Case):
    def account(self, path="chunked", records=None, **knobs):
        sim = self.sim(records or {"customer": 1200, "contact": 50}, auth="none", **knobs)
        node = self.node(Tenant(auth=NO_LOGIN, more=SHORT), sim=sim, name=f"node{len(self.started)}",
                         features={"chunked_import": path == "chunked"})
        return sim, node

    def both(self, node, *words):
        """Customers, and contacts beside them, which need customers: the status of both, and the exit code of these."""
        first = node.cli("import", "start", "acme", "customer", *words).last["id"]
        second = node.background("import", "start", "acme", "contact", *words, "--wait")
        out, err = second.communicate(timeout=100)
        status = json.loads(out.splitlines()[-1])
        self.assertEqual(type_of(status, "customer")["taken_from"], first, out + err)
        return node.wait_for_state(first, "completed", "completed_with_errors", "failed"), status, second.returncode

    def of(self, status, record_type):
        return {(note["code"], note["subject"]) for note in status["notes"] if note["record_type"] == record_type}

    def test_its_notes_and_its_state_are_the_takers_as_well(self):
        beliefs = {
            "column_dropped": {"columns_off": ["customer.phone"]},
            "column_misfit": {"columns_as_text": ["customer.creditlimit"]},
            "value_kept_aside": {"columns_as_text": ["customer.creditlimit"], "columns_as_text_percent": 1},
            "type_skipped": {"tables_off": ["currency"]},
        }
        for path in ("chunked", "legacy"):
            for code, knobs in beliefs.items():
                with self.subTest(path=path, code=code):
                    sim, node = self.account(path, latency_ms=100, **knobs)
                    first, second, exit_code = self.both(node)
                    about = "currency" if code == "type_skipped" else "customer"
                    self.assertIn(code, {note for note, _ in self.of(first, about)})
                    self.assertEqual(self.of(second, about), self.of(first, about))
                    self.assertEqual(second["state"], first["state"])
                    self.assertEqual(exit_code, 3 if code == "value_kept_aside" else exit_code)
                    kept = {(note["code"], note["record_type"]) for note in node.status(second["id"])["notes"]}
                    self.assertIn((code, about), kept)
                    node.stop()
                    sim.kill()

    def test_its_deletions_that_are_held_are_told(self):
        sim, node = self.account()
        full(self, node, "contact", "--no-verify")
        sim.knobs(visible_percent=10, visible_table="customer", latency_ms=100)
        first, second, exit_code = self.both(node)
        self.assertEqual(exit_code, 3)
        self.assertIn(("deletions_held", ""), self.of(second, "customer"))
        note = next(note for note in second["notes"] if note["code"] == "deletions_held")
        self.assertIn(f"accept-deletions {first['id']} --type customer", note["text"])

    def test_what_could_not_be_told_of_its_deletions_is_not_told_here_either(self):
        for path in ("chunked", "legacy"):
            with self.subTest(path=path):
                sim, node = self.account(path, {"customer": 600, "vendor": 600, "contact": 50}, deleted_type="none",
                                         deleted_type_ids=["customer=-9", "vendor=-9"])
                full(self, node, "contact", "--no-verify")
                gone = node.value("SELECT max(id) FROM customer")
                sim.knobs(visible_percent=10, visible_table="customer", latency_ms=100)
                sim.data({"op": "bulk_delete", "table": "vendor", "rows": 80, "seed": 4},
                         {"op": "delete", "table": "customer", "id": gone})
                first, second, exit_code = self.both(node, "--incremental")
                for status in (first, second):
                    self.assertEqual(status["state"], "completed_with_errors")
                    self.assertIn("deletions_unsure", codes(status))
                self.assertEqual(exit_code, 3)
                self.assertEqual(marked(node, "customer"), [])
                node.stop()
                sim.kill()

    def test_its_deletions_are_found_whatever_becomes_of_the_other_import(self):
        for path in ("chunked", "legacy"):
            for how in ("cancelled", "killed"):
                with self.subTest(path=path, how=how):
                    sim, node = self.account(path)
                    full(self, node, "contact", "--no-verify")
                    gone = node.value("SELECT max(id) FROM customer")
                    sim.data({"op": "delete", "table": "customer", "id": gone})
                    # The log is not answered as long as both look for it.
                    sim.knobs(fault_table="deletedrecord", fault_500_probability=1.0, latency_ms=400)
                    first = node.cli("import", "start", "acme", "customer", "--incremental").last["id"]
                    second = node.cli("import", "start", "acme", "contact", "--incremental").last["id"]
                    wait_until(lambda: node.rows(
                        "SELECT 1 FROM import_types t JOIN imports i ON i.number = t.import_number WHERE i.id = ? AND "
                        "t.name = 'customer' AND t.state = 'completed' AND t.taken_from = ?", second, first),
                        "the customers are taken")
                    self.assertEqual(marked(node, "customer"), [])
                    if how == "killed":
                        node.kill()
                        node.start()
                    self.assertEqual(node.cli("import", "cancel", first).code, 0)
                    sim.knobs(fault_500_probability=0, latency_ms=0)
                    status = node.wait_for_state(second, "completed", "completed_with_errors", "failed")
                    self.assertEqual(status["state"], "completed", status["error"])
                    self.assertEqual(marked(node, "customer"), [gone])
                    node.stop()
                    sim.kill()

    def test_a_death_loses_no_note(self):
        sim, node = self.account(columns_off=["customer.phone"], latency_ms=100)
        first = node.cli("import", "start", "acme", "customer").last["id"]
        second = node.cli("import", "start", "acme", "contact").last["id"]
        for _ in range(3):
            time.sleep(0.6)
            node.kill()
            node.start()
        first = node.wait_for_state(first)
        second = node.wait_for_state(second)
        self.assertIn(("column_dropped", "phone"), self.of(first, "customer"))
        self.assertEqual(self.of(second, "customer"), self.of(first, "customer"))

    def test_a_type_that_is_taken_costs_the_log_alone(self):
        sim, node = self.account()
        full(self, node, "contact", "--no-verify")
        incremental(self, node, "contact")
        sim.knobs(latency_ms=100)
        sim.reset()
        _, second, _ = self.both(node, "--incremental")
        tables = {name: entry["requests"] for name, entry in sim.stats()["tables"].items()}
        self.assertEqual(tables["customer"], 1)
        self.assertEqual(tables["deletedrecord"], 2)
        self.assertEqual(codes(second), set())


if __name__ == "__main__":
    unittest.main()
