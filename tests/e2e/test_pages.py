"""Pages that bring less than there is, and do not say so: what did not come is asked for again before it is missing."""

import sqlite3
import unittest

from comparison import compare
from harness import Case, Tenant, criteria_with, type_of

SHORT = {"look_back_minutes": 15}
PATHS = {"chunked": None, "legacy": {}}


class Pages(Case):
    def account(self, path, records, *, settings=None, criteria=None, **knobs):
        sim = self.sim(records, **knobs)
        more = {} if criteria is None else {"criteria": criteria}
        if PATHS[path] is not None:
            more["features"] = PATHS[path]
        return sim, self.node(Tenant(more={**SHORT, **(settings or {})}), sim=sim, name=f"{path}{len(self.started)}",
                              **more)

    def imported(self, node, record_type, *options):
        answer = node.cli("import", "start", "acme", record_type, "--wait", *options)
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        return type_of(answer.last, record_type)["records"]

    def on_both_paths(self):
        for path in PATHS:
            with self.subTest(path):
                yield path

    def test_a_page_that_came_empty_by_mistake_takes_nothing_away(self):
        for path in self.on_both_paths():
            sim, node = self.account(path, {"customer": 8000}, settings={"deletes": "remove"},
                                     criteria=criteria_with(customer={"deletion_guard": 100}))
            self.imported(node, "customer", "--no-verify")
            sim.knobs(stray_empty_table="customer", stray_empty_pages=1)
            records = self.imported(node, "customer", "--no-verify")
            self.assertEqual((records["stored"], records["deleted"]), (8000, 0))
            compare(self, sim, node, names=["customer"])

    def test_nor_does_one_that_a_comparison_reads(self):
        sim, node = self.account("chunked", {"customer": 4000}, settings={"deletes": "remove"},
                                     criteria=criteria_with(customer={"deletion_guard": 100}))
        self.imported(node, "customer", "--no-verify")
        node.stop()
        db = sqlite3.connect(node.database_path())
        db.execute("DELETE FROM customer WHERE id IN (SELECT id FROM customer ORDER BY id LIMIT 1)")
        db.commit()
        db.close()
        node.start()
        sim.knobs(stray_empty_table="customer", stray_empty_pages=1)
        answer = node.cli("verify", "acme", "customer")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        self.assertEqual(type_of(answer.last, "customer")["records"]["deleted"], 0)
        compare(self, sim, node, names=["customer"])

    def test_pages_that_are_shorter_than_asked_for_lose_nothing(self):
        for told in (True, False):
            for path in self.on_both_paths():
                sim, node = self.account(path, {"customer": 2000, "transaction": 60, "accounttype": 1500},
                                         most_rows=300, has_more_told=told)
                for name in ("customer", "transactionaccountingline", "accounttype"):
                    self.imported(node, name, "--no-verify")
                sim.data({"op": "bulk_touch", "table": "customer", "rows": 900, "seed": 2})
                self.imported(node, "customer", "--incremental")
                compare(self, sim, node, names=["customer", "transactionaccountingline", "accounttype"])

    def test_records_with_a_text_as_their_key_are_read_beyond_what_paging_reaches(self):
        for beyond in ("empty", "not_found", "error"):
            for path in self.on_both_paths():
                sim, node = self.account(path, {"accounttype": 2980}, row_cap=3000, beyond_cap=beyond)
                self.imported(node, "accounttype")
                sim.data({"op": "bulk_insert", "table": "accounttype", "rows": 2500, "seed": 3})
                there = sim.tables()["accounttype"]["rows"]
                self.assertGreater(there, 3200)
                for options in (("--no-verify",), ("--incremental",), ()):
                    records = self.imported(node, "accounttype", *options)
                    self.assertEqual((records["stored"], records["deleted"]), (there, 0))
                compare(self, sim, node, names=["accounttype"])

    def test_a_record_that_a_short_page_does_not_show_has_not_left(self):
        for path in self.on_both_paths():
            sim, node = self.account(path, {"customer": 3000}, case_expressions=False, most_rows=300,
                                     criteria=criteria_with(customer={"filter": "t.altname <> 'left'"}))
            self.imported(node, "customer", "--no-verify")
            keys = [row[0] for row in node.rows("SELECT id FROM customer ORDER BY id LIMIT 390")]
            sim.data(*({"op": "update", "table": "customer", "id": key, "values": {"phone": "1"}} for key in keys))
            self.assertEqual(self.imported(node, "customer", "--incremental")["deleted"], 0)
            self.assertEqual(node.value("SELECT count(*) FROM customer WHERE _deleted_at IS NOT NULL"), 0)

    def test_a_parent_that_a_short_page_does_not_show_has_lost_nothing(self):
        sim, node = self.account("chunked", {"customer": 3000, "customeraddressbook": 6000}, most_rows=300)
        self.imported(node, "customeraddressbook", "--no-verify")
        keys = [row[0] for row in node.rows("SELECT DISTINCT entity FROM customeraddressbook JOIN customer "
                                            "ON id = entity ORDER BY entity LIMIT 390")]
        sim.data(*({"op": "update", "table": "customer", "id": key, "values": {"phone": "1"}} for key in keys))
        self.imported(node, "customeraddressbook", "--incremental")
        compare(self, sim, node, names=["customer", "customeraddressbook"])


if __name__ == "__main__":
    unittest.main()
