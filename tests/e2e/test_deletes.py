"""What the account has deleted is deleted here as well, and what comes back is live again."""

import unittest

from comparison import compare
from harness import Case, Tenant, type_of, wait_until
from test_incremental import SMALL, full, incremental

QUICK = {**SMALL, "transaction": 150}
SHORT = {"look_back_minutes": 15}


def marked(node, table):
    return [row["id"] for row in node.rows(f'SELECT id FROM "{table}" WHERE _deleted_at IS NOT NULL ORDER BY id')]


def codes(status):
    return {note["code"] for note in status["notes"]}


class Deletes(Case):
    def test_logged_deletions_are_marked_and_take_the_lines_of_transactions_along(self):
        sim = self.sim(QUICK)
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "transactionline", "--no-verify")
        customers = [row["id"] for row in node.rows("SELECT id FROM customer ORDER BY id")]
        transactions = [row["id"] for row in node.rows('SELECT id FROM "transaction" ORDER BY id')]
        sim.data({"op": "delete", "table": "customer", "id": customers[0]},
                 {"op": "delete", "table": "customer", "id": customers[-1]},
                 {"op": "delete", "table": "transaction", "id": transactions[3]})
        status = incremental(self, node, "transactionline")
        self.assertEqual(marked(node, "customer"), [customers[0], customers[-1]])
        self.assertEqual(marked(node, "transaction"), [transactions[3]])
        self.assertEqual(node.value('SELECT count(*) FROM transactionline WHERE "transaction" = ?', transactions[3]), 0)
        self.assertEqual(type_of(status, "customer")["records"]["deleted"], 2)
        compare(self, sim, node)

    def test_an_import_without_the_lines_takes_the_lines_of_deleted_transactions_along_all_the_same(self):
        sim = self.sim(QUICK)
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "transactionline", "--no-verify")
        gone = node.value('SELECT max(id) FROM "transaction"')
        sim.data({"op": "delete", "table": "transaction", "id": gone})
        incremental(self, node, "transaction")
        self.assertEqual(node.value('SELECT count(*) FROM transactionline WHERE "transaction" = ?', gone), 0)

    def test_a_record_that_comes_back_is_live_again_although_the_log_names_it(self):
        sim = self.sim(QUICK)
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "transactionline", "--no-verify")
        customer = node.value("SELECT min(id) FROM customer")
        transaction = node.value('SELECT max(id) FROM "transaction"')
        sim.data({"op": "delete", "table": "customer", "id": customer},
                 {"op": "delete", "table": "transaction", "id": transaction})
        incremental(self, node, "transactionline")
        sim.data({"op": "insert", "table": "customer", "id": customer, "values": {"altname": "back"}},
                 {"op": "insert", "table": "transaction", "id": transaction, "values": {"memo": "back"}})
        for _ in range(2):
            incremental(self, node, "transactionline")
            self.assertEqual(marked(node, "customer"), [])
            compare(self, sim, node)
        # Gone and back within one look-back.
        sim.data({"op": "delete", "table": "customer", "id": customer},
                 {"op": "insert", "table": "customer", "id": customer, "values": {"altname": "again"}})
        incremental(self, node, "transactionline")
        compare(self, sim, node)

    def test_more_deletions_than_a_page_are_read_to_the_end(self):
        sim = self.sim({"customer": 4000})
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "customer", "--no-verify")
        gone = sim.data({"op": "bulk_delete", "table": "customer", "rows": 2600, "seed": 4})[0]["applied"]
        self.assertGreater(gone, 2000)
        status = incremental(self, node, "customer")
        self.assertEqual(type_of(status, "customer")["records"]["deleted"], gone)
        compare(self, sim, node)

    def test_what_the_log_does_not_cover_is_found_by_reconciling(self):
        sim = self.sim(QUICK)
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "transactionline", "--no-verify")
        currency = node.value("SELECT max(id) FROM currency")
        line = node.rows('SELECT "transaction", max(id) AS id FROM transactionline GROUP BY 1 LIMIT 1')[0]
        sim.data({"op": "delete", "table": "currency", "id": currency},
                 # Nothing else of its transaction changes.
                 {"op": "delete", "table": "transactionline", "transaction": line["transaction"], "id": line["id"]})
        incremental(self, node, "transactionline")
        self.assertEqual(marked(node, "currency"), [])
        status = incremental(self, node, "transactionline", "--reconcile")
        self.assertEqual(marked(node, "currency"), [currency])
        self.assertEqual(type_of(status, "currency")["records"]["deleted"], 1)
        self.assertEqual(type_of(status, "currency")["verified"]["result"], "complete")
        self.assertEqual(type_of(status, "customer")["verified"]["result"], "complete", "although the log covers it")
        compare(self, sim, node)

    def test_an_account_that_hides_the_log_is_told_of_and_reconciled_by_comparison(self):
        sim = self.sim(QUICK, tables_off=["deletedrecord"])
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "customer", "--no-verify")
        gone = node.value("SELECT max(id) FROM customer")
        sim.data({"op": "delete", "table": "customer", "id": gone})
        status = incremental(self, node, "customer", code=3)
        self.assertEqual(status["state"], "completed_with_errors")
        self.assertIn("deletions_unread", codes(status))
        self.assertEqual(marked(node, "customer"), [])
        incremental(self, node, "customer", "--reconcile")
        self.assertEqual(marked(node, "customer"), [gone])
        # Readable again, the log is read from where the last whole reading was.
        later = node.value("SELECT min(id) FROM customer")
        sim.data({"op": "delete", "table": "customer", "id": later})
        incremental(self, node, "customer", code=3)
        sim.knobs(tables_off=[])
        incremental(self, node, "customer")
        self.assertEqual(marked(node, "customer"), sorted([gone, later]))

    def test_deleted_records_are_removed_where_the_tenant_wants_that(self):
        sim = self.sim(QUICK)
        node = self.node(Tenant(more={**SHORT, "deletes": "remove"}), sim=sim)
        full(self, node, "customer", "--no-verify")
        first, last = node.rows("SELECT min(id), max(id) FROM customer")[0]
        sim.data({"op": "delete", "table": "customer", "id": first})
        incremental(self, node, "customer")
        self.assertEqual(node.value("SELECT count(*) FROM customer WHERE id = ?", first), 0)
        sim.data({"op": "delete", "table": "customer", "id": last})
        full(self, node, "customer", "--no-verify")
        self.assertEqual(node.value("SELECT count(*) FROM customer WHERE id = ?", last), 0)
        self.assertEqual(marked(node, "customer"), [])
        compare(self, sim, node)

    def test_a_full_import_marks_above_the_last_range_and_all_of_an_empty_type(self):
        sim = self.sim({"customer": 1500, "vendorcategory": 5})
        node = self.node(sim=sim)
        full(self, node, "vendor", "--no-verify")
        full(self, node, "customer", "--no-verify")
        top = [row["id"] for row in node.rows("SELECT id FROM customer ORDER BY id DESC LIMIT 700")]
        categories = [row["id"] for row in node.rows("SELECT id FROM vendorcategory")]
        sim.data(*({"op": "delete", "table": "customer", "id": id} for id in top),
                 *({"op": "delete", "table": "vendorcategory", "id": id} for id in categories))
        full(self, node, "vendor", "--no-verify")
        status = full(self, node, "customer", "--no-verify")
        self.assertEqual(marked(node, "customer"), sorted(top))
        self.assertEqual(type_of(status, "customer")["records"]["deleted"], len(top))
        self.assertEqual(node.value("SELECT count(*) FROM vendorcategory WHERE _deleted_at IS NULL"), 0)

    def test_a_crash_before_the_deletions_are_read_does_not_lose_them(self):
        sim = self.sim(QUICK)
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "customer", "--no-verify")
        gone = node.value("SELECT max(id) FROM customer")
        sim.data({"op": "delete", "table": "customer", "id": gone})
        sim.knobs(fault_table="deletedrecord", fault_500_probability=1.0)
        answer = node.cli("import", "start", "acme", "customer", "--incremental")
        import_id = answer.last["id"]
        wait_until(lambda: sim.stats()["tables"].get("deletedrecord", {}).get("requests", 0) > 0,
                   "the log of deletions is asked for")
        node.kill()
        sim.knobs(fault_500_probability=0.0)
        node.start()
        node.wait_for_state(import_id, "completed")
        self.assertEqual(marked(node, "customer"), [gone])


class OddLogs(Case):
    """An account's log of deletions is read in whatever way it can be read, and never taken for silent."""

    def test_a_log_whose_dates_have_no_zone_is_read_by_days(self):
        sim = self.sim(QUICK, auth="none", columns_unzoned=["deletedrecord.deleteddate"])
        node = self.node(Tenant(auth={"method": "none"}, more=SHORT), sim=sim)
        full(self, node, "transactionline", "--no-verify")
        customer = node.value("SELECT min(id) FROM customer")
        transaction = node.value('SELECT max(id) FROM "transaction"')
        sim.data({"op": "delete", "table": "customer", "id": customer},
                 {"op": "delete", "table": "transaction", "id": transaction})
        status = incremental(self, node, "transactionline")
        self.assertEqual(status["state"], "completed")
        self.assertEqual(codes(status), set())
        self.assertEqual(marked(node, "customer"), [customer])
        self.assertEqual(marked(node, "transaction"), [transaction])
        compare(self, sim, node)
        self.assert_idle(sim, node)

    def test_records_that_are_logged_under_other_numbers_and_names_are_found_and_the_names_kept(self):
        for form in ("table", "name", "script_id", "none"):
            with self.subTest(form=form):
                sim = self.sim({"customer": 300, "vendor": 300, "item": 300, "job": 200, "transaction": 150},
                               auth="none", deleted_type=form,
                               deleted_type_ids=["customer=-9", "vendor=-9", "job=-9", "item=77"])
                node = self.node(Tenant(auth={"method": "none"}, more=SHORT), sim=sim, name="node" + form)
                full(self, node, "transactionline", "--no-verify")
                # Keys that other types have as well.
                shared = node.rows("SELECT c.id FROM customer c JOIN item i ON i.id = c.id "
                                   "JOIN vendor v ON v.id = c.id ORDER BY c.id")
                self.assertGreater(len(shared), 4)
                gone = {"customer": [shared[0]["id"], shared[2]["id"]], "vendor": [shared[2]["id"]],
                        "item": [shared[3]["id"]], "job": [node.value("SELECT max(id) FROM job")],
                        "transaction": [node.value('SELECT min(id) FROM "transaction"')]}
                sim.data(*({"op": "delete", "table": table, "id": id} for table, ids in gone.items() for id in ids))
                status = incremental(self, node, "transactionline")
                self.assertEqual({table: marked(node, table) for table in gone}, gone)
                compare(self, sim, node)
                named = {note["record_type"] for note in status["notes"] if note["code"] == "deletions_named"}
                self.assertLessEqual({"customer", "vendor", "item", "job"}, named)
                kept = {row["record_type"] for row in node.rows("SELECT record_type FROM deletion_names")}
                self.assertEqual(kept, named)
                # What was asked for once is not asked for again, also by the next process.
                self.assert_idle(sim, node)
                node.stop()
                node.start()
                self.assert_idle(sim, node)
                # What is known is not told again.
                later = shared[4]["id"]
                sim.data({"op": "delete", "table": "customer", "id": later})
                status = incremental(self, node, "transactionline")
                self.assertEqual(marked(node, "customer"), sorted([*gone["customer"], later]))
                self.assertNotIn("deletions_named", codes(status))

    def test_a_log_that_lacks_columns_is_read_without_them(self):
        for off in ("recordtypeid", "type", "scriptid"):
            for knob in ("columns_off", "columns_refused"):
                with self.subTest(off=off, knob=knob):
                    sim = self.sim({"customer": 300}, **{knob: ["deletedrecord." + off]})
                    node = self.node(Tenant(more=SHORT), sim=sim, name=f"node{off}{knob}".replace("_", ""))
                    full(self, node, "customer", "--no-verify")
                    gone = node.value("SELECT max(id) FROM customer")
                    sim.data({"op": "delete", "table": "customer", "id": gone})
                    status = incremental(self, node, "customer")
                    self.assertEqual(marked(node, "customer"), [gone])
                    self.assertIn("deletions_way", codes(status))
                    # The way is known from then on.
                    sim.reset()
                    incremental(self, node, "customer")
                    self.assertEqual(sim.stats()["tables"]["deletedrecord"]["requests"], 1)

    def test_a_log_that_cannot_be_read_makes_the_import_end_with_errors_unless_all_is_compared(self):
        for knobs in ({"tables_off": ["deletedrecord"]}, {"columns_refused": ["deletedrecord.deleteddate"]}):
            with self.subTest(**knobs):
                sim = self.sim({"customer": 300}, **knobs)
                node = self.node(Tenant(more=SHORT), sim=sim, name="node" + next(iter(knobs)).replace("_", ""))
                full(self, node, "customer", "--no-verify")
                gone = node.value("SELECT max(id) FROM customer")
                sim.data({"op": "delete", "table": "customer", "id": gone})
                status = incremental(self, node, "customer", code=3)
                self.assertEqual(status["state"], "completed_with_errors")
                self.assertIn("deletions_unread", codes(status))
                self.assertIn("log of deletions could not be read", status["error"])
                self.assertEqual(marked(node, "customer"), [])
                status = incremental(self, node, "customer", "--reconcile")
                self.assertEqual(status["state"], "completed")
                self.assertEqual(marked(node, "customer"), [gone])
                compare(self, sim, node)

    def test_reconciling_finds_what_the_log_should_have_told(self):
        sim = self.sim({"customer": 300}, deleted_type_ids=["customer=0"])
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "customer", "--no-verify")
        gone = node.value("SELECT max(id) FROM customer")
        sim.data({"op": "delete", "table": "customer", "id": gone})
        incremental(self, node, "customer")
        self.assertEqual(marked(node, "customer"), [])
        status = incremental(self, node, "customer", "--reconcile")
        self.assertEqual(marked(node, "customer"), [gone])
        self.assertEqual(type_of(status, "customer")["verified"]["result"], "complete")

    def test_the_old_path_takes_odd_logs_alike(self):
        sim = self.sim({"customer": 300}, columns_unzoned=["deletedrecord.deleteddate"], deleted_type="none",
                       deleted_type_ids=["customer=-9"])
        node = self.node(Tenant(more=SHORT), sim=sim, features={})
        full(self, node, "customer", "--no-verify")
        gone = node.value("SELECT max(id) FROM customer")
        sim.data({"op": "delete", "table": "customer", "id": gone})
        status = incremental(self, node, "customer")
        self.assertEqual(status["system"], "legacy")
        self.assertEqual(marked(node, "customer"), [gone])
        sim.knobs(tables_off=["deletedrecord"])
        self.assertEqual(incremental(self, node, "customer", code=3)["state"], "completed_with_errors")

    def assert_idle(self, sim, node):
        sim.reset()
        status = incremental(self, node, "transactionline")
        types = [entry for wave in status["waves"] for entry in wave["record_types"]]
        self.assertEqual(sim.stats()["requests"], len(types) + 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
