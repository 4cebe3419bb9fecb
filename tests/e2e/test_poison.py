"""One bad column, one bad record, pages that take too long: found, kept aside and told, and all else is stored."""

import json
import sqlite3
import unittest

from comparison import compare
from harness import Case, Tenant, type_of, wait_until
from ledger import check_completed, check_laws


def asked(sim, table="customer"):
    """How many requests for the table did not bring a page."""
    return sum(1 for request in sim.requests()
               if request["table"] == table and (request["status"] != 200 or request["ending"] != "done"))


class Poison(Case):
    def existing(self, sim, table, count, lowest=0):
        """So many ids of rows that are there, spread over the table."""
        with sqlite3.connect(sim.export(table)) as db:
            ids = [row[0] for row in db.execute(f"SELECT id FROM {table} WHERE id > ? ORDER BY id", (lowest,))]
        return [ids[(i + 1) * len(ids) // (count + 1)] for i in range(count)]

    def test_a_column_that_always_fails_is_found_within_forty_requests_and_left_out(self):
        sim = self.sim({"customer": 12_000})
        node = self.node(sim=sim)
        self.assertEqual(node.run("customer").code, 0)
        before = node.value("SELECT count(creditlimit) FROM customer")
        self.assertGreater(before, 0)
        sim.knobs(columns_broken=["customer.creditlimit"])
        sim.reset()
        answer = node.run("customer")
        self.assertEqual(answer.code, 0, answer.out)
        check_completed(self, node, answer.last)
        notes = {(note["code"], note["record_type"], note["subject"]) for note in answer.last["notes"]}
        self.assertIn(("column_dropped", "customer", "creditlimit"), notes)
        self.measured(f"found with {asked(sim)} requests that failed")
        self.assertLessEqual(asked(sim), 40)
        self.assertEqual(node.value("SELECT count(creditlimit) FROM customer"), before, "stored values stay")
        sim.knobs(columns_broken=[])
        self.assertEqual(node.run("customer").code, 0)
        compare(self, sim, node, names=["customer"])

    def test_a_record_that_breaks_its_page_is_found_within_forty_requests_and_kept_aside(self):
        sim = self.sim({"customer": 12_000})
        bad, = self.existing(sim, "customer", 1)
        sim.knobs(records_broken=[f"customer.{bad}"])
        node = self.node(sim=sim)
        sim.reset()
        answer = node.run("customer")
        self.assertEqual(answer.code, 3, answer.out)
        status = answer.last
        self.assertEqual(status["state"], "completed_with_errors")
        self.assertEqual(status["records"]["rejected"], 1)
        self.assertEqual(status["batches"]["failed"], 0)
        self.assertEqual(status["batches"]["completed"], status["batches"]["planned"], "parts, not split batches, count")
        check_laws(self, node, status["id"])
        self.measured(f"found with {asked(sim)} requests that failed")
        self.assertLessEqual(asked(sim), 40)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 11_999)
        kept = node.cli("rejected", "acme", "customer").lines
        self.assertEqual([row["key"] for row in kept], [str(bad)])
        self.assertIn("500", kept[0]["reason"])
        # It comes right one day, and is no longer kept aside then.
        sim.knobs(records_broken=[])
        self.assertEqual(node.run("customer").code, 0)
        self.assertEqual(node.value("SELECT count(*) FROM rejected_records"), 0)
        compare(self, sim, node, names=["customer"])

    def test_neighbours_that_break_their_page_are_each_kept_aside(self):
        sim = self.sim({"customer": 6000}, records_broken=["customer.3007", "customer.3008", "customer.3009"])
        node = self.node(sim=sim, node={"max_attempts": 2})
        answer = node.run("customer")
        self.assertEqual(answer.code, 3, answer.out)
        there = node.value("SELECT count(*) FROM rejected_records")
        self.assertGreater(there, 0)
        self.assertEqual(node.value("SELECT count(*) FROM customer") + there, 6000)
        check_laws(self, node, answer.last["id"])

    def test_lines_that_break_their_page_do_not_take_those_of_other_transactions_with_them(self):
        sim = self.sim({"customer": 200, "transaction": 3000})
        with sqlite3.connect(sim.export("transactionline")) as db:
            parent, count = db.execute('SELECT "transaction", count(*) FROM transactionline GROUP BY 1'
                                       " ORDER BY count(*) DESC LIMIT 1 OFFSET 100").fetchone()
        self.assertGreater(count, 1)
        sim.knobs(records_broken=[f"transactionline.{parent}"])
        node = self.node(sim=sim)
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 3, answer.out)
        rejected = [row["key"] for row in node.rows("SELECT key FROM rejected_records")]
        self.assertEqual(rejected, [f"{parent}/"], "not even the lines' keys can be had, so they are one entry")
        total = sim.tables()["transactionline"]["rows"]
        self.assertEqual(node.value("SELECT count(*) FROM transactionline") + count, total)

    def test_too_many_bad_records_fail_the_type_with_the_reason(self):
        sim = self.sim({"customer": 6000})
        bad = self.existing(sim, "customer", 8)
        sim.knobs(records_broken=[f"customer.{key}" for key in bad])
        node = self.node(sim=sim, node={"max_rejected_records": 3})
        answer = node.run("customer")
        self.assertIn(answer.code, (3, 4), answer.out)
        customer = type_of(answer.last, "customer")
        self.assertEqual(customer["state"], "failed")
        self.assertIn("max_rejected_records", customer["error"])

    def wordy(self, features=None, percent=100, **node):
        """A node, and an account that keeps words where the criteria declare the ids of categories."""
        sim = self.sim({"customer": 1943}, columns_as_text=["customer.category"], columns_as_text_percent=percent)
        return sim, self.node(sim=sim, features=features, node=node)

    def check_left_out(self, sim, node, path):
        answer = node.run("customer")
        self.assertEqual(answer.code, 0, answer.out)
        self.assertEqual(answer.last["system"], path)
        check_completed(self, node, answer.last)
        note, = (note for note in answer.last["notes"] if note["code"] == "column_misfit")
        self.assertEqual((note["record_type"], note["subject"]), ("customer", "category"))
        for fragment in ("category", '"word ', "values looked at are not a whole number", '"type": "text"'):
            self.assertIn(fragment, note["text"])
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 1943)
        self.assertEqual(node.value("SELECT count(category) FROM customer"), 0)
        self.assertEqual(node.value("SELECT count(*) FROM rejected_records"), 0)
        # A few changes are not enough to see it again, and need not be.
        sim.data({"op": "bulk_touch", "table": "customer", "rows": 7, "seed": 3})
        answer = node.cli("import", "start", "acme", "customer", "--incremental", "--wait")
        self.assertEqual(answer.code, 0, answer.out)
        self.assertEqual(node.value("SELECT count(*) FROM rejected_records"), 0)
        self.assertIn("column_misfit", {note["code"] for note in answer.last["notes"]})
        # The way that the note tells.
        types = json.loads(node.criteria.read_text())
        customer, = (x for x in types["record_types"] if x["name"] == "customer")
        field, = (x for x in customer["fields"] if x["name"] == "category")
        field["type"] = "text"
        del field["to"]
        node.criteria.write_text(json.dumps(types))
        self.assertEqual(node.cli("reload").code, 0)
        answer = node.cli("import", "start", "acme", "customer", "--incremental", "--wait")
        self.assertEqual(answer.code, 0, answer.out)
        self.assertEqual({note["code"] for note in answer.last["notes"]}, {"criteria_changed"})
        compare(self, sim, node, names=["customer"])

    def test_a_column_that_holds_words_is_left_out_with_a_note_and_all_records_are_stored(self):
        self.check_left_out(*self.wordy(), "chunked")

    def test_the_legacy_path_leaves_a_column_that_holds_words_out_as_well(self):
        self.check_left_out(*self.wordy(features={}), "legacy")

    def strict(self, node):
        types = json.loads(node.criteria.read_text())
        customer, = (x for x in types["record_types"] if x["name"] == "customer")
        customer["strict"] = True
        node.criteria.write_text(json.dumps(types))
        self.assertEqual(node.cli("reload").code, 0)

    def check_kept_aside(self, sim, node, path):
        answer = node.run("customer")
        self.assertEqual(answer.code, 3, answer.out)
        self.assertEqual(answer.last["system"], path)
        self.assertEqual(answer.last["records"]["rejected"], 0)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 1943)
        kept = node.cli("rejected", "acme", "customer").lines
        self.assertGreater(len(kept), 0)
        self.assertLess(len(kept), 50)
        for row in kept:
            self.assertRegex(row["raw"], r"^word \d+$")
            self.assertIn("column 'category' holds", row["reason"])
            self.assertIsNone(node.value(f"SELECT category FROM customer WHERE id = {row['key']}"))
        note, = (note for note in answer.last["notes"] if note["code"] == "value_kept_aside")
        self.assertIn(f"{len(kept)} of category", note["text"])
        self.assertNotIn("column_misfit", {note["code"] for note in answer.last["notes"]})
        # The records are there, and some of their values are not.
        answer = node.cli("verify", "acme", "customer")
        self.assertEqual(answer.code, 3, answer.out)
        self.assertIn("value_kept_aside", {note["code"] for note in answer.last["notes"]})
        # They are missing still, so an import that changes nothing of it says so as well.
        answer = node.cli("import", "start", "acme", "customer", "--incremental", "--wait")
        self.assertEqual(answer.code, 3, answer.out)
        self.assertEqual(len(node.cli("rejected", "acme", "customer").lines), len(kept))
        # The account has numbers there again, and the records have not changed.
        sim.knobs(columns_as_text=[])
        answer = node.cli("import", "start", "acme", "customer", "--incremental", "--wait")
        self.assertEqual(answer.code, 0, answer.out)
        self.assertEqual(node.cli("rejected", "acme", "customer").lines, [])
        compare(self, sim, node, names=["customer"])

    def test_single_values_that_do_not_fit_are_kept_aside_and_their_records_stored(self):
        self.check_kept_aside(*self.wordy(percent=1), "chunked")

    def test_the_legacy_path_keeps_single_values_aside_as_well(self):
        self.check_kept_aside(*self.wordy(features={}, percent=1), "legacy")

    def test_single_values_that_do_not_fit_reject_the_records_of_a_strict_type(self):
        sim, node = self.wordy(percent=1)
        self.strict(node)
        answer = node.run("customer")
        self.assertEqual(answer.code, 3, answer.out)
        rejected = answer.last["records"]["rejected"]
        self.assertGreater(rejected, 0)
        self.assertLess(rejected, 50)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 1943 - rejected)
        self.assertNotIn("column_misfit", {note["code"] for note in answer.last["notes"]})

    def test_a_type_that_fails_for_rejected_records_tells_the_commonest_reason_and_how_many_had_it(self):
        sim, node = self.wordy(percent=3, max_rejected_records=10)
        self.strict(node)
        answer = node.run("customer")
        self.assertEqual(answer.code, 4, answer.out)
        error = type_of(answer.last, "customer")["error"]
        self.assertRegex(error, r"^(\d+) records were rejected, more than the 10 that are allowed "
                                r"\(max_rejected_records\); the commonest reason, of \1 of them: column 'category' "
                                r'holds "word \d+", which is not a whole number of 64 bits$')

    def test_pages_that_take_longer_than_the_time_out_become_smaller_until_they_come(self):
        sim = self.sim({"customer": 4000}, latency_per_row_us=0)
        node = self.node(sim=sim, http={"total_timeout_s": 2, "connect_timeout_s": 2})
        self.assertEqual(node.run("currency").code, 0)
        sim.knobs(latency_per_row_us=4000)
        sim.reset()
        answer = node.run("customer", timeout=240)
        self.assertEqual(answer.code, 0, answer.out)
        check_completed(self, node, answer.last)
        compare(self, sim, node, names=["customer"])
        largest = max(request["rows"] for request in sim.requests() if request["table"] == "customer"
                      and request["status"] == 200 and request["ending"] == "done")
        self.measured(f"{asked(sim)} requests failed; the largest page that came has {largest} rows")
        self.assertLess(largest, 1000)

    def test_what_failed_is_tried_again_by_command(self):
        sim = self.sim({"customer": 6000}, fault_table="customer", fault_answer="invalid_request", latency_ms=30)
        node = self.node(Tenant(concurrency_limit=1), sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 1000, "the first customers are in")
        sim.knobs(fault_answer_probability=1, fault_first_requests=2)
        status = node.wait_for_state(import_id, "completed_with_errors")
        failed = node.cli("batches", import_id, "--state", "failed").lines
        self.assertEqual(len(failed), 2)
        self.assertEqual({row["error_code"] for row in failed}, {"rejected"})
        self.assertTrue(all("INVALID_REQUEST".lower() in row["error"].lower() for row in failed), failed)
        one = failed[0]["number"]
        self.assertEqual(node.cli("import", "retry", import_id, "--batch", one).code, 0)
        status = node.wait_for_state(import_id, "completed_with_errors")
        self.assertEqual(status["batches"]["failed"], 1)
        self.assertEqual(node.cli("import", "retry", import_id, "--failed").code, 0)
        status = node.wait_for_state(import_id, "completed")
        check_completed(self, node, status)
        compare(self, sim, node, names=["customer"])
        self.assert_refused(node.cli("import", "retry", import_id, "--failed"), "completed")

    def test_each_wait_has_one_named_blocker(self):
        sim = self.sim({"customer": 20_000}, latency_ms=300)
        node = self.node(Tenant(concurrency_limit=2), sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 1000, "the first customers are in")
        blockers = node.cli("why", import_id).last["blockers"]
        self.assertIn("slot", {row["blocker"] for row in blockers})
        self.assertEqual(node.cli("import", "pause", import_id).code, 0)
        node.wait_for_state(import_id, "paused")
        self.assertEqual({row["blocker"] for row in node.cli("why", import_id).last["blockers"]}, {"paused"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
