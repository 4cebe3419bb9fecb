"""Records whose key is more than one field, or no integer: every row, incrementally too, and compared."""

import unittest

from comparison import compare, load_criteria
from harness import ROOT, Case, Tenant, full_or, type_of
from ledger import check_laws

SMALL = {"customer": 300, "vendor": 100, "item": 200, "job": 50, "transaction": 3000}
LINES = "transactionaccountingline"


class WideKeys(Case):
    def tables(self, sim, node, *options, code=0, mode=()):
        for name in (LINES, "accounttype"):
            answer = node.cli("import", "start", "acme", name, "--wait", *mode, *options)
            self.assertEqual(answer.code, code, answer.out + answer.err)
            check_laws(self, node, answer.last["id"])
        return answer.last

    def test_a_full_import_brings_every_row_and_compares(self):
        sim = self.sim({**SMALL, "transaction": full_or(3000, 100_000)}, lines_per_transaction=9)
        node = self.node(sim=sim)
        self.tables(sim, node)
        compare(self, sim, node, names=[LINES, "accounttype", "transaction"])
        for name in (LINES, "accounttype"):
            status = node.cli("verify", "acme", name, "--wait").last
            self.assertIn("complete", str(type_of(status, name)["verified"]))
        self.assertGreater(node.value(f"SELECT count(*) FROM {LINES} WHERE accountingbook = 2"), 1000)

    def test_a_parent_with_thousands_of_rows_is_read_in_pages_that_meet(self):
        sim = self.sim({**SMALL, "transaction": 300}, lines_per_transaction=3)
        node = self.node(sim=sim)
        parent = node_parent = None
        self.tables(sim, node)
        compare(self, sim, node, names=[LINES])
        sim = self.sim({**SMALL, "transaction": 12}, lines_per_transaction=2500)
        node = self.node(sim=sim, name="large")
        self.tables(sim, node)
        compare(self, sim, node, names=[LINES])
        most = node.value(f"SELECT max(n) FROM (SELECT count(*) n FROM {LINES} GROUP BY \"transaction\")")
        self.measured(f"{most} rows of one parent")
        self.assertGreater(most, 2000)

    def test_after_churn_an_incremental_import_leaves_the_tables_equal(self):
        sim = self.sim(SMALL)
        node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim)
        self.tables(sim, node)
        for turn in range(3):
            sim.data({"op": "bulk_insert", "table": "transaction", "rows": 20, "seed": turn},
                     {"op": "bulk_touch", "table": "transaction", "rows": 20, "seed": turn},
                     {"op": "bulk_delete", "table": "transaction", "rows": 10, "seed": turn + 50})
            self.tables(sim, node, "--incremental")
            compare(self, sim, node, names=[LINES, "transaction"])

    def test_rows_that_are_missing_or_too_many_are_found_and_repaired(self):
        sim = self.sim(SMALL)
        node = self.node(sim=sim)
        self.tables(sim, node)
        node.stop()
        import sqlite3
        db = sqlite3.connect(node.database_path())
        db.execute(f"DELETE FROM {LINES} WHERE rowid IN (SELECT rowid FROM {LINES} ORDER BY amount LIMIT 7)")
        db.execute("DELETE FROM accounttype WHERE rowid IN (SELECT rowid FROM accounttype LIMIT 2)")
        db.commit()
        db.close()
        node.start()
        for name in (LINES, "accounttype"):
            answer = node.cli("verify", "acme", name, "--wait")
            self.assertEqual(answer.code, 0, answer.out)
        compare(self, sim, node, names=[LINES, "accounttype"])

    def test_the_legacy_path_brings_the_same(self):
        sim = self.sim({**SMALL, "transaction": 500})
        node = self.node(sim=sim, features={"chunked_import": False})
        for name in (LINES, "accounttype"):
            answer = node.cli("import", "start", "acme", name, "--wait")
            self.assertEqual(answer.code, 0, answer.out + answer.err)
        compare(self, sim, node, names=[LINES, "accounttype"])

    def test_broken_rows_and_odd_values_lose_nothing_else(self):
        sim = self.sim({**SMALL, "transaction": 300}, columns_as_text=[f"{LINES}.debit"], columns_as_text_percent=1)
        node = self.node(sim=sim)
        answer = node.cli("import", "start", "acme", LINES, "--wait")
        self.assertIn(answer.code, (0, 3), answer.out)
        rejected = type_of(answer.last, LINES)["records"]["rejected"]
        self.assertGreater(rejected, 0)
        total = sim.rows(LINES) if hasattr(sim, "rows") else None
        stored = node.value(f"SELECT count(*) FROM {LINES}")
        self.measured(f"{stored} stored, {rejected} rejected of {total}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
