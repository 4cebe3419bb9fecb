"""Stale values: what the account changed without saying so is found by sums of values, and by comparing ranges value
by value."""

import unittest

from comparison import compare
from harness import Case, full_or, type_of
from test_incremental import full, incremental
from test_verify import damage


def notes(status, code):
    return [note for note in status["notes"] if note["code"] == code]


class Fixture(Case):
    def imported(self, count=3000, **knobs):
        sim = self.sim({"customer": count}, **knobs)
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        return sim, node

    def verify(self, node, *options, code=0):
        answer = node.cli("verify", "acme", "customer", *options, timeout=300)
        self.assertEqual(answer.code, code, answer.out + answer.err)
        return answer.last, type_of(answer.last, "customer")["verified"]

    def ids(self, node, count, where="1"):
        return [row[0] for row in node.rows(f"SELECT id FROM customer WHERE {where} ORDER BY id LIMIT {count}")]

    def change_unseen(self, sim, node, values, count=5, where="1"):
        """Changes records at the account, which says that nothing has changed."""
        rows = node.rows(f"SELECT id, lastmodifieddate FROM customer WHERE {where} ORDER BY id LIMIT {count}")
        sim.data(*[{"op": "update", "table": "customer", "id": id, "values": {**values, "lastmodifieddate": when}}
                   for id, when in rows])
        return [id for id, _ in rows]


class Values(Fixture):
    def test_a_value_of_each_kind_that_went_stale_is_renewed(self):
        sim, node = self.imported()
        kinds = {"creditlimit": "123456.78", "isinactive": True, "entityid": "a name that is much longer than it was"}
        for name, value in kinds.items():
            with self.subTest(name):
                ids = self.change_unseen(sim, node, {name: value}, where=f"{name} IS NOT NULL AND isinactive = 0")
                self.assertEqual(incremental(self, node, "customer")["records"]["stored"], 0)
                status, found = self.verify(node)
                self.assertEqual((found["result"], found["repaired"]), ("complete", 0))
                self.assertIn(f"{len(ids)} records in ", found["text"])
                self.assertIn("held older values than the account, and are renewed", found["text"])
                self.assertEqual(len(notes(status, "values_renewed")), 1)
                compare(self, sim, node)
        status, found = self.verify(node)
        self.assertEqual(notes(status, "values_renewed"), [])
        self.assertNotIn("older values", found["text"])
        self.assertIn("counts and sums of keys; sums of lastmodifieddate", found["method"])

    def test_values_that_were_damaged_here_are_found_by_an_incremental_import_that_verifies(self):
        sim, node = self.imported()
        damage(node, "UPDATE customer SET lastmodifieddate = '2001-01-01T00:00:00Z' WHERE id IN "
                     "(SELECT id FROM customer ORDER BY id DESC LIMIT 7)")
        status = incremental(self, node, "customer", "--verify")
        self.assertIn("7 records in ", type_of(status, "customer")["verified"]["text"])
        compare(self, sim, node)

    def test_what_was_just_read_is_compared_by_keys_alone(self):
        sim, node = self.imported(1200)
        status = full(self, node, "customer")
        self.assertEqual(type_of(status, "customer")["verified"]["method"], "counts and sums of keys")

    def test_an_account_that_counts_lengths_otherwise_loses_that_sum_and_no_more(self):
        sim, node = self.imported(length_in_bytes=True)
        ids = self.ids(node, 3000)
        sim.data(*[{"op": "update", "table": "customer", "id": id, "values": {"entityid": f"ä€ {id}"}}
                   for id in ids])
        full(self, node, "customer", "--no-verify")
        served = sim.rows_served("customer")
        status, found = self.verify(node)
        self.assertEqual(found["result"], "complete")
        left_out = notes(status, "values_left_out")
        self.assertEqual([note["subject"] for note in left_out], ["entityid"])
        # Two ranges, three times each, and not the whole table.
        self.assertLess(sim.rows_served("customer") - served, 7000)
        served = sim.rows_served("customer")
        status, found = self.verify(node)
        self.assertEqual(notes(status, "values_left_out"), [])
        self.assertNotIn("entityid", found["method"])
        self.assertLess(sim.rows_served("customer") - served, 100)
        # Another one is still found.
        self.change_unseen(sim, node, {"creditlimit": "987654.32"})
        self.assertIn("5 records in ", self.verify(node)[1]["text"])
        compare(self, sim, node)
        # A deep one begins anew.
        self.assertEqual(len(notes(self.verify(node, "--deep")[0], "values_left_out")), 1)

    def test_an_account_that_refuses_a_sum_is_compared_by_the_others(self):
        sim, node = self.imported(functions_off=["LENGTH", "TO_NUMBER"])
        status, found = self.verify(node)
        self.assertEqual(found["result"], "complete")
        left_out = notes(status, "values_left_out")[0]["subject"]
        self.assertIn("lastmodifieddate", left_out)
        self.assertIn("entityid", left_out)
        self.assertIn("creditlimit", found["method"])
        self.change_unseen(sim, node, {"creditlimit": "987654.32"})
        status, found = self.verify(node)
        self.assertIn("5 records in ", found["text"])
        self.assertEqual(notes(status, "values_left_out"), [])
        compare(self, sim, node)

    def test_an_account_that_refuses_all_of_them_is_compared_by_keys_and_that_is_said(self):
        sim, node = self.imported(functions_off=["COALESCE"])
        status, found = self.verify(node)
        self.assertEqual((found["result"], found["method"]), ("complete", "counts and sums of keys"))
        self.assertIn("creditlimit", notes(status, "values_left_out")[0]["subject"])
        self.assertEqual(notes(self.verify(node)[0], "values_left_out"), [])

    def test_a_comparison_that_fails_for_another_reason_blames_no_sum(self):
        sim, node = self.imported()
        sim.knobs(fault_500_probability=1, fault_table="customer", fault_body="json")
        status, found = self.verify(node, code=4)
        self.assertEqual(notes(status, "values_left_out"), [])
        sim.knobs(fault_500_probability=0)
        self.assertIn("creditlimit", self.verify(node)[1]["method"])

    def test_a_record_that_is_kept_aside_makes_no_sum_wrong(self):
        sim, node = self.imported()
        ids = self.change_unseen(sim, node, {"creditlimit": "no number"}, count=2)
        sim.data(*[{"op": "update", "table": "customer", "id": id, "values": {"creditlimit": "no number"}} for id in ids])
        incremental(self, node, "customer", code=3)
        self.assertEqual(node.value("SELECT count(*) FROM kept_values"), 2)
        served = sim.rows_served("customer")
        status, found = self.verify(node, code=3)
        # Not complete either: values are missing here.
        self.assertEqual((found["result"], notes(status, "values_left_out")), ("differs", []))
        self.assertIn("3000 records; values that do not fit are kept aside", found["text"])
        self.assertIn("2 of creditlimit", found["text"])
        self.assertEqual(len(notes(status, "value_kept_aside")), 1)
        self.assertEqual(notes(status, "ranges_differ"), [])
        self.assertLess(sim.rows_served("customer") - served, 100)

    def test_an_account_that_writes_a_decimal_comma_is_understood(self):
        sim, node = self.imported(decimals_as="comma")
        self.change_unseen(sim, node, {"creditlimit": "987654.32"}, where="creditlimit IS NOT NULL")
        status, found = self.verify(node)
        self.assertIn("5 records in ", found["text"])
        self.assertIn("creditlimit", found["method"])
        self.assertEqual(notes(status, "values_left_out"), [])
        compare(self, sim, node)

    def test_sums_that_are_no_numbers_are_left_out_and_not_told_as_compared(self):
        sim, node = self.imported(decimals_as="words")
        status, found = self.verify(node)
        self.assertEqual(found["result"], "complete")
        self.assertNotIn("creditlimit", found["method"])
        self.assertIn("lastmodifieddate", found["method"])
        (note,) = notes(status, "values_left_out")
        self.assertEqual(note["subject"], "creditlimit")
        self.assertIn("EUR'", note["text"])

    def test_trouble_of_the_account_is_no_refusal_of_sums(self):
        sim, node = self.imported()
        # The query with sums fails as often as it is tried, and the one without does not.
        sim.knobs(fault_500_probability=1, fault_table="customer", fault_first_requests=5)
        status, found = self.verify(node)
        self.assertEqual((found["result"], found["method"]), ("complete", "counts and sums of keys"))
        self.assertEqual(notes(status, "values_left_out"), [])
        self.assertIn("creditlimit", notes(status, "values_not_compared")[0]["subject"])
        self.assertEqual(node.value("SELECT count(*) FROM value_sums_left_out"), 0)
        sim.knobs(fault_500_probability=0, fault_first_requests=0)
        self.assertIn("creditlimit", self.verify(node)[1]["method"])

    def test_a_full_import_has_all_sums_made_again(self):
        sim, node = self.imported(functions_off=["LENGTH"])
        self.assertEqual(len(notes(self.verify(node)[0], "values_left_out")), 1)
        sim.knobs(functions_off=[])
        self.assertNotIn("lengths", self.verify(node)[1]["method"])
        full(self, node, "customer", "--no-verify")
        self.assertIn("lengths of ", self.verify(node)[1]["method"])

    def test_amounts_of_any_size_are_added_up_alike_on_both_sides(self):
        sim = self.sim({"customer": 300, "transaction": 4000})
        node = self.node(sim=sim)
        full(self, node, "transactionline", "--no-verify")
        answer = node.cli("verify", "acme", "transactionline")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        self.assertEqual(notes(answer.last, "values_left_out"), [])
        self.assertIn("quantity", type_of(answer.last, "transactionline")["verified"]["method"])

    def test_sets_and_wide_keys_are_compared_by_values_too(self):
        sim = self.sim({"customer": 300, "transaction": 400})
        node = self.node(sim=sim)
        full(self, node, "transactionline", "--no-verify")
        damage(node, "UPDATE transactionline SET quantity = '-1234.5' WHERE rowid IN "
                     "(SELECT rowid FROM transactionline WHERE quantity IS NOT NULL LIMIT 4)")
        answer = node.cli("verify", "acme", "transactionline")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        found = type_of(answer.last, "transactionline")["verified"]
        self.assertIn("4 records in ", found["text"])
        compare(self, sim, node)


class Deep(Fixture):
    """Columns that no sum is made of are compared by a sample."""

    def stale(self, node, count):
        """Changes values here in a way that no sum tells."""
        damage(node, f"UPDATE customer SET email = upper(email) WHERE id IN (SELECT id FROM customer "
                     f"WHERE email IS NOT NULL ORDER BY id LIMIT {count})")

    def test_few_ranges_are_all_compared(self):
        sim, node = self.imported()
        self.stale(node, 4)
        status, found = self.verify(node)
        self.assertNotIn("renewed", found["text"])
        status, found = self.verify(node, "--deep")
        self.assertIn("all 3000 records compared value by value: 4 in 1 ranges held other values, and are renewed",
                      found["text"])
        self.assertEqual(status["deep"], 60)
        self.assertIn("4 in 1 ranges held other values", notes(status, "values_renewed")[0]["text"])
        compare(self, sim, node)
        self.assertIn("all as in the account", self.verify(node, "--deep")[1]["text"])

    def test_of_many_a_sample_says_how_much_the_rest_may_be_stale(self):
        sim, node = self.imported(full_or(20_000, 200_000))
        status, found = self.verify(node, "--ranges", "5")
        self.assertEqual(found["result"], "complete")
        self.assertIn("all as in the account; with 95 % confidence at most 45 % of all ranges hold records that are "
                      "not", found["text"])
        self.assertRegex(found["method"], r"; 5 of \d+ ranges value by value$")
        self.stale(node, full_or(20_000, 200_000))
        status, found = self.verify(node, "--ranges", "5", code=3)
        self.assertEqual(found["result"], "differs")
        self.assertIn("an import in full renews them all", found["text"])
        self.assertNotIn("complete", found["text"])
        self.assertEqual(status["state"], "completed_with_errors")
        self.assertEqual(sorted(note["code"] for note in status["notes"]), ["ranges_differ", "values_renewed"])

    def test_a_column_that_an_import_could_not_have_is_not_told_as_compared(self):
        for name, knobs in (("named", {"columns_off": ["customer.email"]}),
                            ("refused", {"columns_refused": ["customer.email"]}),
                            ("misfit", {"columns_as_text": ["customer.creditlimit"], "columns_as_text_percent": 100})):
            with self.subTest(name):
                sim = self.sim({"customer": 1200}, **knobs)
                node = self.node(sim=sim, name=name)
                full(self, node, "customer", "--no-verify")
                status, found = self.verify(node, "--deep")
                column = "creditlimit" if name == "misfit" else "email"
                self.assertIn(f"without {column}, which imports leave out", found["text"])
                self.assertEqual(found["result"], "complete")

    def test_it_is_an_option_of_a_comparison_alone(self):
        sim, node = self.imported(100)
        self.assertEqual(node.cli("verify", "acme", "customer", "--ranges", "0").code, 2)
        self.verify(node, "--ranges", "5")
        self.assertIn("--ranges 5", node.cli("audit").out)


if __name__ == "__main__":
    unittest.main()
