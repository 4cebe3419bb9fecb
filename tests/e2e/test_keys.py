"""Records whose key is more than one field, or no integer: every row, incrementally too, and compared."""

import sqlite3
import json
import unittest

from comparison import compare
from harness import Case, Tenant, full_or, type_of
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
            status = node.cli("verify", "acme", name).last
            self.assertIn("complete", str(type_of(status, name)["verified"]))
        self.assertGreater(node.value(f"SELECT count(*) FROM {LINES} WHERE accountingbook = 2"), 1000)

    def test_parents_with_hundreds_of_rows_are_read_in_pages_that_meet(self):
        sim = self.sim({**SMALL, "transaction": 12}, lines_per_transaction=500)
        node = self.node(sim=sim)
        self.tables(sim, node)
        compare(self, sim, node, names=[LINES])
        most = node.value(f"SELECT max(n) FROM (SELECT count(*) n FROM {LINES} GROUP BY \"transaction\")")
        self.measured(f"{most} rows of one parent")
        self.assertGreater(most, 500)

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
        db = sqlite3.connect(node.database_path())
        db.execute(f"DELETE FROM {LINES} WHERE rowid IN (SELECT rowid FROM {LINES} ORDER BY amount LIMIT 7)")
        db.execute("DELETE FROM accounttype WHERE rowid IN (SELECT rowid FROM accounttype LIMIT 2)")
        db.commit()
        db.close()
        node.start()
        for name in (LINES, "accounttype"):
            answer = node.cli("verify", "acme", name)
            self.assertEqual(answer.code, 0, answer.out + answer.err)
        compare(self, sim, node, names=[LINES, "accounttype"])

    def test_the_legacy_path_brings_the_same(self):
        sim = self.sim({**SMALL, "transaction": 500})
        node = self.node(sim=sim, features={"chunked_import": False})
        for name in (LINES, "accounttype"):
            answer = node.cli("import", "start", "acme", name, "--wait")
            self.assertEqual(answer.code, 0, answer.out + answer.err)
        compare(self, sim, node, names=[LINES, "accounttype"])

    def lines(self, node):
        return [tuple(row) for row in node.rows(f"SELECT * FROM {LINES} ORDER BY 1, 2, 3")]

    def test_a_field_of_the_key_that_the_account_loses_and_has_again_changes_no_record(self):
        for path in ("chunked", "legacy"):
            with self.subTest(path=path):
                sim = self.sim({**SMALL, "transaction": 300})
                node = self.node(sim=sim, name=path, features={"chunked_import": path == "chunked"})
                self.tables(sim, node)
                for words in ((), ("--incremental",)):
                    before = self.lines(node)
                    sim.data({"op": "bulk_touch", "table": "transaction", "rows": 5, "seed": 7})
                    sim.knobs(columns_off=[f"{LINES}.accountingbook"])
                    answer = node.cli("import", "start", "acme", LINES, "--wait", *words)
                    self.assertEqual(answer.code, 3, answer.out + answer.err)
                    self.assertEqual(type_of(answer.last, LINES)["state"], "skipped")
                    note, = (x for x in answer.last["notes"] if x["code"] == "key_unknown")
                    self.assertIn("accountingbook any more", note["text"])
                    self.assertEqual(self.lines(node), before)
                    sim.knobs(columns_off=[])
                    answer = node.cli("import", "start", "acme", LINES, "--wait", *words)
                    self.assertEqual(answer.code, 0, answer.out + answer.err)
                    self.assertEqual(type_of(answer.last, LINES)["records"]["held"], 0)
                    compare(self, sim, node, names=[LINES])

    def test_nor_does_one_that_the_account_s_rows_are_told_apart_without(self):
        sim = self.sim({**SMALL, "itemvendor": 400})
        node = self.node(sim=sim)
        self.assertEqual(node.run("itemvendor").code, 0)
        before = node.value("SELECT sum(_key % 1000000) FROM itemvendor WHERE _deleted_at IS NULL")
        for columns, code in (["itemvendor.subsidiary"], 3), ([], 0):
            sim.knobs(columns_off=columns)
            answer = node.run("itemvendor")
            self.assertEqual(answer.code, code, answer.out + answer.err)
            self.assertEqual(type_of(answer.last, "itemvendor")["records"]["held"], 0)
            self.assertEqual(node.value("SELECT sum(_key % 1000000) FROM itemvendor WHERE _deleted_at IS NULL"), before)

    def test_an_odd_value_is_kept_aside_and_the_row_is_stored(self):
        sim = self.sim({**SMALL, "transaction": 300}, columns_as_text=[f"{LINES}.debit"], columns_as_text_percent=1)
        node = self.node(sim=sim)
        answer = node.cli("import", "start", "acme", LINES, "--wait")
        self.assertEqual(answer.code, 3, answer.out)
        kept = node.rows("SELECT ranged, within, name FROM kept_values WHERE record_type = ?", LINES)
        self.assertGreater(len(kept), 0)
        for row in kept:
            self.assertEqual(row["name"], "debit")
            self.assertIsNone(node.value(f'SELECT debit FROM {LINES} WHERE "transaction" = ? AND _key = ?',
                                         row["ranged"], row["within"]))
        self.assertEqual(type_of(answer.last, LINES)["records"]["rejected"], 0)


class KeysThatChange(Case):
    """Other fields in a wide key give its records other numbers, and are the same records."""

    def criteria(self, *key):
        fields = [{"name": "id", "type": "id"}, {"name": "entityid", "type": "text"}, {"name": "isinactive", "type": "boolean"},
                  {"name": "companyname", "type": "text"}, {"name": "lastmodifieddate", "type": "datetime"}]
        return {"version": 1, "record_types": [{"name": "who", "table": "customer", "key": list(key),
                                                "change_column": "lastmodifieddate", "fields": fields}]}

    def import_all(self, node, *options, code=0):
        answer = node.cli("import", "start", "acme", "who", "--wait", *options)
        self.assertEqual(answer.code, code, answer.out + answer.err)
        return answer.last

    def check(self, node):
        live = node.rows("SELECT count(*) AS live, count(DISTINCT id) AS different FROM who WHERE _deleted_at IS NULL")[0]
        self.assertEqual((live["live"], live["different"]), (300, 300))
        self.assertEqual(node.value("SELECT count(*) FROM who"), 300)
        self.assertEqual(node.cli("verify", "acme", "who").code, 0)

    def test_a_field_of_the_key_that_the_account_has_at_last_doubles_no_record(self):
        for mode in ("--incremental", "--no-verify"):
            with self.subTest(mode=mode):
                sim = self.sim({"customer": 300}, columns_off=["customer.isinactive"])
                node = self.node(sim=sim, criteria=self.criteria("entityid", "isinactive"), name="node" + mode)
                self.import_all(node)
                sim.knobs(columns_off=[])
                self.import_all(node, mode)
                self.check(node)

    def test_nor_does_a_key_that_is_declared_of_other_fields(self):
        sim = self.sim({"customer": 300})
        node = self.node(sim=sim, criteria=self.criteria("entityid", "isinactive"))
        self.import_all(node)
        for key in (("isinactive", "entityid"), ("id", "entityid")):
            node.criteria.write_text(json.dumps(self.criteria(*key)))
            self.assertEqual(node.cli("reload").code, 0)
            self.import_all(node, "--incremental")
            self.check(node)
        sim.data({"op": "bulk_delete", "table": "customer", "rows": 10, "seed": 4})
        self.import_all(node)
        self.assertEqual(node.value("SELECT count(*) FROM who WHERE _deleted_at IS NULL"), 290)


if __name__ == "__main__":
    unittest.main(verbosity=2)
