"""One import from end to end: every value that the account holds is in the tenant's database, and nothing else."""

import unittest

from comparison import compare
from harness import Case, Tenant, full_or, type_of, wait_until
from ledger import check_completed, check_laws, dump

SMALL = {"customer": 2500, "vendor": 1100, "item": 1500, "job": 1200, "contact": 1500, "projecttask": 1500,
         "transaction": full_or(2400, 24000)}
PROVENANCE = ("_import_id", "_synced_at")

# Facts about the simulator's data that make the comparison worth something.
AWKWARD = {
    "quotes": """SELECT count(*) FROM transactionline WHERE memo LIKE '%"%' AND memo LIKE '%''%'""",
    "newlines": "SELECT count(*) FROM transactionline WHERE instr(memo, char(10)) > 0",
    "emoji": "SELECT count(*) FROM transactionline WHERE instr(memo, char(0x1F980)) > 0",
    "300 characters and more": "SELECT count(*) FROM transactionline WHERE length(memo) >= 300",
    "empty texts": "SELECT count(*) FROM transactionline WHERE memo = ''",
    "missing texts": "SELECT count(*) FROM transactionline WHERE memo IS NULL",
    "decimals of 20 digits":
        "SELECT count(*) FROM transactionline WHERE length(replace(replace(quantity, '-', ''), '.', '')) >= 20",
    "negative ids": "SELECT count(*) FROM customer WHERE id < 0",
    "times in the hour of a clock change":
        """SELECT count(*) FROM "transaction" WHERE createddate BETWEEN '2024-11-03T08:00:00Z' AND '2024-11-03T10:00:00Z'""",
    "several ids in one value": "SELECT count(*) FROM item WHERE subsidiary LIKE '%, %'",
}


class ImportMain(Case):
    def test_transactionline_comes_with_all_it_depends_on_and_every_value_is_the_accounts(self):
        sim = self.sim(SMALL, latency_ms=5)
        node = self.node(sim=sim)
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 0, answer.err)
        status = answer.last
        check_completed(self, node, status)
        self.assertGreaterEqual(len(status["waves"]), 6)
        self.assertEqual([wave["index"] for wave in status["waves"]], list(range(len(status["waves"]))))
        self.assertEqual(status["notes"], [])
        self.assertEqual(status["records"]["rejected"], 0)
        for expected in ("tenant", "mode", "system", "requested_at", "started_at", "finished_at", "error"):
            self.assertIn(expected, status)
        checked = compare(self, sim, node)
        self.assertIn("transactionline", checked)
        self.assertEqual(node.value("SELECT count(*) FROM transactionline"),
                         type_of(status, "transactionline")["records"]["stored"])
        for what, sql in AWKWARD.items():
            with self.subTest(what):
                self.assertGreater(node.value(sql), 0)
        self.measured(f"{status['records']['stored']} records in {len(status['waves'])} waves, "
                      f"{status['batches']['planned']} batches, {sim.stats()['requests']} requests")

    def test_times_and_days_are_exact_in_every_zone(self):
        for zone in ("Europe/Berlin", "Asia/Kathmandu"):
            with self.subTest(zone):
                sim = self.sim({**SMALL, "transaction": 600}, time_zone=zone, date_format="DD.MM.YYYY")
                node = self.node(sim=sim, name=zone.rsplit("/", 1)[1].lower())
                for main in ("projecttask", "contact", "transaction"):
                    self.assertEqual(node.run(main).code, 0)
                compare(self, sim, node, zone)

    def test_decimals_without_their_leading_zero_get_it(self):
        sim = self.sim({"customer": 1500}, odd_decimals=True)
        node = self.node(sim=sim)
        self.assertEqual(node.run("customer").code, 0)
        compare(self, sim, node)
        self.assertGreater(node.value("SELECT count(*) FROM customer WHERE creditlimit LIKE '0.%'"), 0)
        # An account that sends them with it from then on has changed nothing.
        sim.knobs(odd_decimals=False)
        answer = node.cli("import", "start", "acme", "customer", "--incremental", "--since", "2001-01-01", "--wait")
        self.assertEqual(answer.code, 0, answer.out)
        records = type_of(answer.last, "customer")["records"]
        self.assertGreater(records["stored"], 0)
        self.assertEqual(records["unchanged"], records["stored"])

    def test_salesorder_and_invoice_are_the_transactions_of_their_kind(self):
        sim = self.sim({**SMALL, "transaction": 3000})
        node = self.node(sim=sim)
        for main in ("salesorder", "invoice"):
            answer = node.run(main)
            self.assertEqual(answer.code, 0, answer.out)
            check_completed(self, node, answer.last)
            self.assertGreater(node.value(f"SELECT count(*) FROM {main}"), 100)
        compare(self, sim, node)

    def test_an_account_that_refuses_window_functions_is_walked_with_the_same_result(self):
        sim = self.sim(SMALL, window_functions=False)
        node = self.node(sim=sim)
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 0, answer.out)
        check_completed(self, node, answer.last)
        self.assertIn("plan_walked", {note["code"] for note in answer.last["notes"]})
        compare(self, sim, node)

    def test_an_account_that_refuses_a_later_boundary_query_is_walked_from_there(self):
        sim = self.sim({**SMALL, "transaction": 34_000}, lines_per_transaction=5, most_numberings=2)
        node = self.node(sim=sim)
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 0, answer.out)
        check_completed(self, node, answer.last)
        lines = sim.tables()["transactionline"]["rows"]
        self.measured(f"{lines} lines, {sim.stats()['tables']['transactionline']['numbered']} numbered")
        self.assertIn("transactionline", {note["record_type"] for note in answer.last["notes"]
                                          if note["code"] == "plan_walked"})
        compare(self, sim, node)

    def test_the_plan_of_a_large_set_numbers_its_rows_about_twice(self):
        sim = self.sim({**SMALL, "transaction": full_or(100_000, 1_000_000)}, lines_per_transaction=8)
        node = self.node(sim=sim)
        plan = node.cli("plan", "acme", "transactionline")
        self.assertEqual(plan.code, 0, plan.out + plan.err)
        lines = sim.tables()["transactionline"]["rows"]
        numbered = sim.stats()["tables"]["transactionline"]["numbered"]
        self.measured(f"{lines} lines, {numbered} numbered")
        self.assertGreater(numbered, lines)
        self.assertLess(numbered, 2.5 * lines)

    def test_a_tenant_can_be_set_to_be_walked_from_the_start(self):
        sim = self.sim({"customer": 3300})
        node = self.node(Tenant(more={"planning": "walk"}), sim=sim)
        answer = node.run("customer")
        self.assertEqual(answer.code, 0, answer.out)
        check_completed(self, node, answer.last)
        compare(self, sim, node)

    def test_rows_that_enter_a_planned_range_before_it_is_fetched_are_there(self):
        sim = self.sim({"customer": 12000}, latency_ms=150, concurrency_limit=1)
        node = self.node(Tenant(concurrency_limit=1), sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: node.value("SELECT count(*) FROM batches WHERE record_type = 'customer'"
                                      " AND state = 'completed'"), "the first customers are in")
        last = node.rows("SELECT after_key, up_to_key, state FROM batches WHERE record_type = 'customer'"
                         " ORDER BY up_to_key DESC LIMIT 2")
        self.assertEqual({row["state"] for row in last}, {"pending"})
        added = []
        for row in last:
            # Every gap is filled, so that the range no longer fits one page.
            added += sim.data({"op": "bulk_insert", "table": "customer", "rows": 230, "seed": 3,
                               "after": row["after_key"], "up_to": row["up_to_key"]})[0]["ids"]
        status = node.wait_for_state(import_id, "completed")
        self.assertGreater(len(added), 400)
        present = node.value(f"SELECT count(*) FROM customer WHERE id IN ({','.join(map(str, added))})")
        self.assertEqual(present, len(added))
        check_laws(self, node, status["id"])
        compare(self, sim, node)
        largest = node.value("SELECT max(stored) FROM batches WHERE record_type = 'customer'")
        self.assertGreater(largest, 1000, "no range grew past one page")

    def test_rows_that_come_go_and_change_all_the_time_leave_no_row_twice_and_none_untouched_wrong(self):
        sim = self.sim({"customer": 8000}, latency_ms=20, mutations_per_s=400, mutation_table="customer")
        node = self.node(sim=sim)
        answer = node.run("customer")
        self.assertEqual(answer.code, 0, answer.out)
        check_laws(self, node, answer.last["id"])
        sim.knobs(mutations_per_s=0)
        answer = node.run("customer")
        self.assertEqual(answer.code, 0, answer.out)
        compare(self, sim, node)

    def test_a_second_import_changes_provenance_alone(self):
        sim = self.sim({**SMALL, "transaction": 400})
        node = self.node(sim=sim)
        self.assertEqual(node.run("transactionline").code, 0)
        tables = [row["record_type"] for row in node.rows("SELECT record_type FROM record_tables")]
        before = {table: dump(node, table, PROVENANCE, "1, 2") for table in tables}
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 0, answer.out)
        for table in tables:
            self.assertEqual(dump(node, table, PROVENANCE, "1, 2"), before[table], table)
        number = node.value("SELECT number FROM imports WHERE id = ?", answer.last["id"])
        self.assertEqual(node.value("SELECT count(*) FROM transactionline WHERE _import_id != ?", number), 0)

    def test_what_changed_between_two_imports_is_taken_over_and_what_is_gone_is_marked(self):
        sim = self.sim({**SMALL, "transaction": 400})
        node = self.node(sim=sim)
        self.assertEqual(node.run("transactionline").code, 0)
        customers = [row["id"] for row in node.rows("SELECT id FROM customer ORDER BY id")]
        gone, changed, free = customers[3], customers[700], customers[-1] + 5
        last = customers[-1]
        lines = node.rows('SELECT "transaction", id FROM transactionline ORDER BY 1, 2')
        transaction, line = lines[-1]
        old_name = node.value("SELECT altname FROM customer WHERE id = ?", gone)
        sim.data({"op": "delete", "table": "customer", "id": gone},
                 {"op": "delete", "table": "customer", "id": last},
                 {"op": "update", "table": "customer", "id": changed,
                  "values": {"altname": "Renamed \"quoted\" 🙂", "creditlimit": "12345678901234567.890"}},
                 {"op": "insert", "table": "customer", "id": free, "values": {"altname": "", "phone": None}},
                 {"op": "delete", "table": "transactionline", "transaction": transaction, "id": line},
                 {"op": "update", "table": "transactionline", "transaction": lines[0][0], "id": lines[0][1],
                  "values": {"memo": "line changed"}})
        answer = node.run("transactionline")
        self.assertEqual(answer.code, 0, answer.out)
        compare(self, sim, node)
        marked = node.rows("SELECT id, altname FROM customer WHERE _deleted_at IS NOT NULL ORDER BY id")
        self.assertEqual([row["id"] for row in marked], sorted([gone, last]))
        self.assertEqual(marked[0]["altname"], old_name)
        self.assertEqual(node.value("SELECT creditlimit FROM customer WHERE id = ?", changed), "12345678901234567.890")
        self.assertEqual(node.value('SELECT count(*) FROM transactionline WHERE "transaction" = ? AND id = ?',
                                    transaction, line), 0)
        # It comes back: the mark goes.
        sim.data({"op": "insert", "table": "customer", "id": gone, "values": {"altname": "back again"}})
        self.assertEqual(node.run("customer").code, 0)
        compare(self, sim, node, names=["customer"])
        self.assertEqual(node.value("SELECT _deleted_at IS NULL FROM customer WHERE id = ?", gone), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
