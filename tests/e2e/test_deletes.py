"""What the account has deleted is deleted here as well, and what comes back is live again."""

import unittest

from comparison import compare
from harness import QUICK as LOOKED_AT_OFTEN
from harness import Case, Tenant, criteria_with, remove_type, type_of, wait_until
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

    def test_the_lines_of_transactions_that_a_reading_finds_gone_go_along(self):
        lines = 'SELECT count(*) FROM transactionline WHERE "transaction" = ?'
        sim = self.sim(QUICK)
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "transactionline", "--no-verify")
        transactions = [row["id"] for row in node.rows('SELECT id FROM "transaction" ORDER BY id')]
        for gone, words in ((transactions[2], ("import", "start", "acme", "transaction", "--wait", "--no-verify")),
                            (transactions[5], ("verify", "acme", "transaction"))):
            with self.subTest(words=words):
                self.assertGreater(node.value(lines, gone), 0)
                sim.data({"op": "delete", "table": "transaction", "id": gone})
                answer = node.cli(*words)
                self.assertEqual(answer.code, 0, answer.out + answer.err)
                self.assertIn(gone, marked(node, "transaction"))
                self.assertEqual(node.value(lines, gone), 0)
        compare(self, sim, node)

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
        node = self.node(sim=sim, criteria=criteria_with(customer={"deletion_guard": 50}))
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


class Guard(Case):
    """A role that sees less looks as if the account had deleted most of what it had."""

    WATERMARK = "SELECT server_time FROM watermarks WHERE record_type = 'customer'"

    def guarded(self, records, record_type="customer", path="chunked", tenant=None, auth="tba", knobs=None, **more):
        """A node that has imported a record type in full, and its simulator."""
        sim = self.sim(records, auth=auth, **(knobs or {}))
        node = self.node(tenant or Tenant(more=SHORT), sim=sim, alerts=LOOKED_AT_OFTEN,
                         features={"chunked_import": path == "chunked"}, name=f"node{len(self.started)}", **more)
        full(self, node, record_type, "--no-verify")
        return sim, node

    def full_held(self, node, record_type="customer", *words):
        answer = node.cli("import", "start", "acme", record_type, "--wait", *words)
        self.assertEqual(answer.code, 3, answer.out + answer.err)
        self.assertEqual(answer.last["state"], "completed_with_errors")
        return answer.last

    def live(self, node, table="customer"):
        return node.value(f'SELECT count(*) FROM "{table}" WHERE _deleted_at IS NULL')

    def wait_for_alert(self, node):
        return wait_until(lambda: self.up(node).get("deletions_held"), "the alert is up")

    def wait_for_no_alert(self, node):
        wait_until(lambda: "deletions_held" not in self.up(node), "the alert is cleared")

    def test_a_full_import_of_a_role_that_sees_less_deletes_nothing_and_says_so(self):
        for path in ("chunked", "legacy"):
            with self.subTest(path=path):
                sim, node = self.guarded({"customer": 3000}, path=path)
                before = node.value(self.WATERMARK)
                sim.knobs(visible_percent=10, visible_table="customer")
                status = self.full_held(node)
                customer = type_of(status, "customer")
                self.assertEqual(self.live(node), 3000)
                self.assertGreater(customer["records"]["held"], 2600)
                self.assertEqual(customer["records"]["held"], status["records"]["held"])
                self.assertEqual(customer["records"]["held"] + customer["records"]["stored"], 3000)
                self.assertEqual(customer["records"]["deleted"], 0)
                self.assertEqual(customer["verified"]["result"], "failed")
                self.assertIn("is held", customer["verified"]["text"])
                note = next(note for note in status["notes"] if note["code"] == "deletions_held")
                self.assertIn(f"{customer['records']['held']} of 3000 live records", note["text"])
                self.assertIn(f"tidemark import accept-deletions {status['id']} --type customer", note["text"])
                self.assertEqual(node.value(self.WATERMARK), before)
                listed = next(entry for entry in node.cli("import", "list").lines if entry["id"] == status["id"])
                self.assertEqual(listed["records"]["held"], customer["records"]["held"])
                # The others of its types are proved as ever.
                self.assertEqual(type_of(status, "currency")["verified"]["result"], "complete")
                node.stop()
                sim.kill()

    def test_the_alert_outlives_a_restart_and_goes_with_the_acceptance(self):
        sim, node = self.guarded({"customer": 3000})
        sim.knobs(visible_percent=10, visible_table="customer")
        status = self.full_held(node)
        held = status["records"]["held"]
        alert = self.wait_for_alert(node)
        self.assertEqual(alert["import"], status["id"])
        self.assertIn(f"{held} of 3000", alert["text"])
        node.kill()
        node.start()
        alert = self.wait_for_alert(node)
        self.assertIn(f"tidemark import accept-deletions {status['id']} --type customer", alert["remedy"])
        answer = node.cli("import", "accept-deletions", status["id"], "--type", "customer")
        self.assertEqual(answer.code, 0, answer.err)
        customer = type_of(answer.last, "customer")
        self.assertEqual(customer["records"]["held"], 0)
        self.assertEqual(customer["records"]["deleted"], held)
        self.assertIn("deletions_accepted", {note["code"] for note in answer.last["notes"]})
        self.assertEqual(len(marked(node, "customer")), held)
        self.wait_for_no_alert(node)
        # Once more changes nothing; what was accepted is told by the audit.
        self.assertEqual(node.cli("import", "accept-deletions", status["id"]).code, 0)
        self.assertEqual(len(marked(node, "customer")), held)
        said = [entry["command"] for entry in node.cli("audit").lines]
        self.assertIn("import accept-deletions --type customer", said)
        self.assertEqual(node.cli("verify", "acme", "customer").code, 0)

    def test_a_role_that_is_given_back_its_permissions_puts_all_right(self):
        sim, node = self.guarded({"customer": 2000})
        sim.knobs(visible_percent=10, visible_table="customer")
        hidden = self.full_held(node)
        touched = node.rows("SELECT id FROM customer WHERE _import_id = 1 ORDER BY id LIMIT 5")
        sim.data(*({"op": "update", "table": "customer", "id": row["id"], "values": {"altname": "unseen"}}
                   for row in touched))
        self.wait_for_alert(node)
        sim.knobs(visible_percent=100)
        full(self, node, "customer")
        self.wait_for_no_alert(node)
        self.assertEqual(marked(node, "customer"), [])
        compare(self, sim, node)
        self.assertEqual(node.value("SELECT count(*) FROM missing_records"), 0)
        self.assert_refused(node.cli("import", "accept-deletions", hidden["id"]), "any more")

    def test_what_changed_unseen_comes_with_the_next_changes(self):
        sim, node = self.guarded({"customer": 2000})
        sim.knobs(visible_percent=10, visible_table="customer")
        self.full_held(node)
        seen = {row["id"] for row in node.rows("SELECT id FROM customer WHERE _import_id > 1")}
        unseen = node.rows("SELECT id FROM customer WHERE _import_id = 1 ORDER BY id LIMIT 5")
        self.assertTrue(seen)
        sim.data(*({"op": "update", "table": "customer", "id": row["id"], "values": {"altname": "unseen"}}
                   for row in unseen))
        sim.knobs(visible_percent=100)
        incremental(self, node, "customer", code=3)
        compare(self, sim, node)

    def test_what_changed_unseen_is_not_passed_by_while_deletions_are_held(self):
        for words in ((), ("--reconcile",)):
            with self.subTest(words=words):
                sim, node = self.guarded({"customer": 3000}, auth="none", knobs={"clock_skew_s": -3600},
                                         tenant=Tenant(auth={"method": "none"}, more=SHORT))
                sim.knobs(visible_percent=10, visible_table="customer")
                if not words:
                    self.full_held(node)
                seen = {row["id"] for row in node.rows("SELECT id FROM customer WHERE _import_id > 1")}
                unseen = [row["id"] for row in node.rows("SELECT id FROM customer ORDER BY id") if row["id"] not in seen]
                sim.data(*({"op": "update", "table": "customer", "id": id, "values": {"altname": "unseen"}}
                           for id in unseen[:20]))
                # Past the time that is looked back for.
                sim.knobs(clock_skew_s=0)
                incremental(self, node, "customer", *words, code=3)
                sim.knobs(visible_percent=100)
                self.assertEqual(node.cli("verify", "acme", "customer").code, 0)
                self.wait_for_no_alert(node)
                incremental(self, node, "customer")
                compare(self, sim, node)

    def test_what_is_held_is_told_by_each_import_of_the_changes_until_it_is_decided_about(self):
        for path in ("chunked", "legacy"):
            with self.subTest(path=path):
                sim, node = self.guarded({"customer": 2000}, path=path)
                sim.knobs(visible_percent=10, visible_table="customer")
                held = self.full_held(node)["id"]
                sim.knobs(visible_percent=100)
                for _ in range(2):
                    status = incremental(self, node, "customer", code=3)
                    note = next(note for note in status["notes"] if note["code"] == "deletions_held")
                    self.assertIn(f"accept-deletions {held} --type customer", note["text"])
                # A comparison decides.
                status = incremental(self, node, "customer", "--reconcile")
                self.assertNotIn("deletions_held", codes(status))
                self.assertNotIn("deletions_held", codes(incremental(self, node, "customer")))
                node.stop()
                sim.kill()

    def test_what_the_account_shows_again_is_not_deleted_when_it_is_accepted(self):
        for deletes in ("mark", "remove"):
            with self.subTest(deletes=deletes):
                sim, node = self.guarded({"customer": 2000}, tenant=Tenant(more={**SHORT, "deletes": deletes}))
                sim.knobs(visible_percent=10, visible_table="customer")
                held = self.full_held(node)
                unseen = [row["id"] for row in node.rows("SELECT id FROM customer WHERE _import_id = 1 ORDER BY id")]
                sim.knobs(visible_percent=100)
                sim.data(*({"op": "delete", "table": "customer", "id": id} for id in unseen[:5]),
                         *({"op": "update", "table": "customer", "id": id, "values": {"altname": "unseen"}}
                           for id in unseen[5:9]))
                answer = node.cli("import", "accept-deletions", held["id"])
                self.assertEqual(answer.code, 0, answer.err)
                note = next(note for note in answer.last["notes"] if note["code"] == "deletions_accepted")
                self.assertIn(f"5 of the {len(unseen)} deletions", note["text"])
                self.assertIn(f"shows {len(unseen) - 5} of these records again", note["text"])
                self.assertEqual(self.live(node), 1995)
                self.wait_for_no_alert(node)
                # What changed while it was hidden comes with the next changes.
                self.assertNotIn("deletions_held", codes(incremental(self, node, "customer")))
                compare(self, sim, node)
                node.stop()
                sim.kill()

    def test_what_is_held_of_lines_is_asked_for_line_by_line(self):
        for main, table in (("transactionline", "transactionline"),
                            ("transactionaccountingline", "transactionaccountingline")):
            with self.subTest(table=table):
                sim, node = self.guarded({**QUICK, "transaction": 300}, main)
                before = node.value(f"SELECT count(*) FROM {table}")
                sim.knobs(visible_percent=20, visible_table=table)
                held = self.full_held(node, main)
                sim.knobs(visible_percent=100)
                answer = node.cli("import", "accept-deletions", held["id"])
                self.assertEqual(answer.code, 0, answer.err)
                self.assertEqual(node.value(f"SELECT count(*) FROM {table}"), before)
                compare(self, sim, node, names=[table])
                node.stop()
                sim.kill()

    def test_nothing_is_accepted_while_the_account_does_not_answer_or_sees_still_less(self):
        sim, node = self.guarded({"customer": 2000}, node={"outage_pause_seconds": 1})
        sim.knobs(visible_percent=30, visible_table="customer")
        held = self.full_held(node)
        for knobs, words in (({"maintenance": True}, "try again later"),
                             ({"tables_off": ["customer"]}, "try again later"),
                             ({"visible_percent": 5}, "nobody has found that they are gone")):
            with self.subTest(**knobs):
                sim.knobs(**knobs)
                answer = node.cli("import", "accept-deletions", held["id"])
                self.assertNotEqual(answer.code, 0)
                self.assertIn(words, answer.err + answer.out)
                self.assertEqual(marked(node, "customer"), [])
                sim.knobs(maintenance=False, tables_off=[], visible_percent=30)
                wait_until(lambda: "account_down" not in self.up(node), "the account is there again")
        self.wait_for_alert(node)
        self.assertEqual(node.cli("import", "accept-deletions", held["id"]).code, 0)
        self.assertEqual(len(marked(node, "customer")), held["records"]["held"])

    def test_a_node_that_dies_while_the_account_is_asked_has_accepted_nothing(self):
        sim, node = self.guarded({"customer": 3000})
        sim.knobs(visible_percent=10, visible_table="customer")
        held = self.full_held(node)
        sim.knobs(latency_ms=1500)
        sim.reset()
        answer = node.background("import", "accept-deletions", held["id"])
        wait_until(lambda: sim.stats()["requests"] > 1, "the account is asked")
        node.kill()
        answer.communicate(timeout=60)
        self.assertNotEqual(answer.returncode, 0)
        sim.knobs(latency_ms=0)
        node.start()
        self.assertEqual(marked(node, "customer"), [])
        self.assertEqual(node.cli("import", "accept-deletions", held["id"]).code, 0)
        self.assertEqual(len(marked(node, "customer")), held["records"]["held"])

    def test_an_empty_answer_removes_nothing_where_deleted_records_are_removed(self):
        sim, node = self.guarded({"customer": 1500}, tenant=Tenant(more={**SHORT, "deletes": "remove"}))
        sim.knobs(visible_percent=0, visible_table="customer")
        status = self.full_held(node, "customer", "--no-verify")
        self.assertEqual(type_of(status, "customer")["records"]["held"], 1500)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 1500)
        answer = node.cli("import", "accept-deletions", status["id"])
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 0)

    def test_lines_are_guarded_on_their_own(self):
        sim, node = self.guarded({**QUICK, "transaction": 300}, "transactionline")
        before = node.value("SELECT count(*) FROM transactionline")
        sim.knobs(visible_percent=20, visible_table="transactionline")
        status = self.full_held(node, "transactionline")
        self.assertGreater(type_of(status, "transactionline")["records"]["held"], 700)
        self.assertEqual(type_of(status, "transaction")["verified"]["result"], "complete")
        self.assertEqual(node.value("SELECT count(*) FROM transactionline"), before)
        answer = node.cli("import", "accept-deletions", status["id"])
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(node.value("SELECT count(*) FROM transactionline"),
                         type_of(status, "transactionline")["records"]["stored"])

    def test_an_incremental_import_that_reads_a_type_whole_is_guarded_alike(self):
        sim, node = self.guarded({"customer": 1500}, criteria=criteria_with(customer={"change_column": None}))
        sim.knobs(visible_percent=30, visible_table="customer")
        status = incremental(self, node, "customer", code=3)
        self.assertGreater(type_of(status, "customer")["records"]["held"], 900)
        self.assertEqual(self.live(node), 1500)
        sim.knobs(visible_percent=100)
        incremental(self, node, "customer")
        self.wait_for_no_alert(node)
        compare(self, sim, node)

    def test_a_comparison_is_guarded_alike(self):
        for words in (("verify", "acme", "customer"),
                      ("import", "start", "acme", "customer", "--incremental", "--reconcile", "--verify", "--wait")):
            with self.subTest(words=words):
                sim, node = self.guarded({"customer": 2500})
                sim.knobs(visible_percent=10, visible_table="customer")
                answer = node.cli(*words)
                self.assertEqual(answer.code, 3, answer.out + answer.err)
                customer = type_of(answer.last, "customer")
                self.assertEqual(customer["verified"]["result"], "differs")
                self.assertIn("their deletion is held", customer["verified"]["text"])
                self.assertGreater(customer["records"]["held"], 2000)
                self.assertEqual(self.live(node), 2500)
                self.wait_for_alert(node)
                self.assertEqual(node.cli("import", "accept-deletions", answer.last["id"]).code, 0)
                self.assertEqual(self.live(node), 2500 - customer["records"]["held"])
                self.wait_for_no_alert(node)
                self.assertEqual(node.cli("verify", "acme", "customer").code, 0)
                node.stop()
                sim.kill()

    def test_a_comparison_finds_that_what_was_held_is_there_again(self):
        sim, node = self.guarded({"customer": 2000})
        sim.knobs(visible_percent=10, visible_table="customer")
        held = self.full_held(node)
        self.wait_for_alert(node)
        sim.knobs(visible_percent=100)
        self.assertEqual(node.cli("verify", "acme", "customer").code, 0)
        self.wait_for_no_alert(node)
        self.assert_refused(node.cli("import", "accept-deletions", held["id"]), "any more")

    def test_a_type_has_a_guard_of_its_own(self):
        sim, node = self.guarded({"customer": 2000}, criteria=criteria_with(customer={"deletion_guard": 100}))
        sim.knobs(visible_percent=10, visible_table="customer")
        full(self, node, "customer")
        self.assertLess(self.live(node), 400)

    def test_the_lines_of_transactions_that_are_accepted_as_gone_go_along(self):
        sim, node = self.guarded({**QUICK, "transaction": 300}, "transactionline")
        sim.knobs(visible_percent=10, visible_table="transaction")
        status = self.full_held(node, "transaction")
        orphans = ('SELECT count(*) FROM transactionline l JOIN "transaction" t ON t.id = l."transaction" '
                   "WHERE t._deleted_at IS NOT NULL")
        before = node.value("SELECT count(*) FROM transactionline")
        self.assertEqual(node.cli("import", "accept-deletions", status["id"]).code, 0)
        self.assertGreater(len(marked(node, "transaction")), 200)
        self.assertEqual(node.value(orphans), 0)
        self.assertLess(node.value("SELECT count(*) FROM transactionline"), before)
        self.assertGreater(node.value("SELECT count(*) FROM transactionline"), 0)

    def test_of_a_cancelled_import_only_what_its_ended_types_hold_is_accepted(self):
        sim, node = self.guarded({**QUICK, "customer": 2000}, "transaction")
        sim.knobs(visible_percent=10, visible_table="customer", fault_table="transaction", fault_500_probability=1.0)
        import_id = node.begin("transaction")
        wait_until(lambda: node.rows("SELECT 1 FROM import_types t JOIN imports i ON i.number = t.import_number "
                                     "WHERE i.id = ? AND name = 'customer' AND held > 0", import_id), "the customers are held")
        self.assertEqual(node.cli("import", "cancel", import_id).code, 0)
        self.assert_refused(node.cli("import", "accept-deletions", import_id, "--type", "transaction"),
                            "was cancelled before all of transaction was read", "import transaction again")
        self.wait_for_alert(node)
        self.assertEqual(node.cli("import", "accept-deletions", import_id).code, 0)
        self.assertGreater(len(marked(node, "customer")), 1700)
        self.assertEqual(marked(node, "transaction"), [])
        self.wait_for_no_alert(node)

    def test_what_cannot_be_accepted_is_refused_with_a_sentence(self):
        sim, node = self.guarded({"customer": 2000})
        first = node.cli("import", "list").lines[0]["id"]
        self.assert_refused(node.cli("import", "accept-deletions", first), "holds no deletions")
        sim.knobs(visible_percent=10, visible_table="customer")
        held = self.full_held(node)["id"]
        for words, sentence in (((held, "--type", "custoner"), "no record type custoner"),
                                ((held, "--type", "currency"), "holds no deletions of currency"),
                                (("acme.01jzzzzzzz0000000000000009",), "no import")):
            self.assert_refused(node.cli("import", "accept-deletions", *words), sentence)
        sim.knobs(latency_ms=3000, visible_percent=100)
        newer = node.begin("customer")
        wait_until(lambda: node.value("SELECT count(*) FROM import_types t JOIN imports i "
                                      "ON i.number = t.import_number WHERE i.id = ?", newer),
                   "the newer import has planned its types")
        self.assert_refused(node.cli("import", "accept-deletions", held), newer, "once it has ended")
        self.assertEqual(self.live(node), 2000)
        node.cli("import", "cancel", newer)
        self.assertEqual(node.cli("import", "accept-deletions", held).code, 0)


class Back(Case):
    """What was taken for gone and is there again."""

    def test_lines_come_back_with_their_transactions(self):
        sim = self.sim({"customer": 50, "transaction": 1500})
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "transactionaccountingline", "--no-verify")
        full(self, node, "transactionline", "--no-verify")
        sim.knobs(visible_percent=98, visible_table="transaction")
        full(self, node, "transaction", "--no-verify")
        lost = len(marked(node, "transaction"))
        self.assertTrue(0 < lost <= 100, lost)
        sim.knobs(visible_percent=100, visible_table="")
        full(self, node, "transaction", "--no-verify")
        self.assertEqual(marked(node, "transaction"), [])
        for lines in ("transactionline", "transactionaccountingline"):
            self.assertEqual(incremental(self, node, lines)["state"], "completed")
        compare(self, sim, node)
        self.assertEqual(node.value("SELECT count(*) FROM cut_parents"), 0)

    def test_all_of_a_small_type_is_not_believed_to_be_gone(self):
        sim = self.sim({"customer": 50})
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "account", "--no-verify")
        there = node.value("SELECT count(*) FROM account")
        self.assertGreater(there, 10)
        sim.knobs(visible_percent=0, visible_table="account")
        answer = node.cli("import", "start", "acme", "account", "--wait", "--no-verify")
        self.assertEqual(answer.code, 3, answer.out + answer.err)
        self.assertIn("deletions_held", codes(answer.last))
        self.assertEqual(marked(node, "account"), [])


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
                alone = node.value("SELECT max(id) FROM vendor WHERE id NOT IN (SELECT id FROM customer)")
                gone = {"customer": [shared[0]["id"], shared[2]["id"]], "vendor": sorted([shared[2]["id"], alone]),
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

    def test_a_way_that_strays_have_led_to_is_not_kept(self):
        sim = self.sim({"customer": 300})
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "customer", "--no-verify")
        gone = node.value("SELECT max(id) FROM customer")
        sim.data({"op": "delete", "table": "customer", "id": gone})
        sim.knobs(fault_table="deletedrecord", fault_answer="unsupported_search", fault_answer_probability=1.0,
                  fault_first_requests=4)
        status = incremental(self, node, "customer")
        self.assertEqual(marked(node, "customer"), [gone])
        self.assertNotIn("deletions_way", codes(status))
        self.assertEqual(node.value("SELECT way FROM deletion_log"), "by day")

    def test_the_usual_way_is_tried_again_once_a_day(self):
        sim = self.sim({"customer": 300}, columns_refused=["deletedrecord.type", "deletedrecord.recordtypeid"])
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "customer", "--no-verify")
        incremental(self, node, "customer")
        known = node.value("SELECT way FROM deletion_log")
        self.assertIn("without", known)

        def import_a_day_later():
            node.change("UPDATE deletion_log SET usual_tried_at = '2024-01-01T00:00:00.000Z'")
            sim.reset()
            status = incremental(self, node, "customer")
            return status, sim.stats()["tables"]["deletedrecord"]["requests"]
        # Still refused: one request more, once.
        _, requests = import_a_day_later()
        self.assertEqual(requests, 2)
        sim.reset()
        incremental(self, node, "customer")
        self.assertEqual(sim.stats()["tables"]["deletedrecord"]["requests"], 1)
        # Taken by now.
        sim.knobs(columns_refused=[])
        incremental(self, node, "customer")
        self.assertEqual(node.value("SELECT way FROM deletion_log"), known)
        status, requests = import_a_day_later()
        self.assertEqual(requests, 1)
        self.assertNotIn("deletions_way", codes(status))
        self.assertEqual(node.value("SELECT way FROM deletion_log"), "by day")

    def test_a_name_is_not_learned_where_a_record_of_another_type_explains_it(self):
        # Vendors are logged under a number without a name, customers not at all.
        sim = self.sim({"customer": 600, "vendor": 600}, deleted_type="none",
                       deleted_type_ids=["vendor=-9", "customer=0"])
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "customer", "--no-verify")
        full(self, node, "vendor", "--no-verify")
        both = node.value("SELECT min(c.id) FROM customer c JOIN vendor v ON v.id = c.id")
        sim.data({"op": "delete", "table": "customer", "id": both}, {"op": "delete", "table": "vendor", "id": both})
        for record_type in ("customer", "vendor", "customer"):
            status = incremental(self, node, record_type)
            self.assertNotIn("customer", {note["record_type"] for note in status["notes"]
                                          if note["code"] == "deletions_named"})
        self.assertEqual(node.value("SELECT count(*) FROM deletion_names WHERE record_type = 'customer'"), 0)
        compare(self, sim, node, names=["customer", "vendor"])

    def test_entries_whose_number_says_another_type_delete_nothing_of_a_role_that_sees_less(self):
        for path in ("chunked", "legacy"):
            for form in ("table", "name", "none"):
                with self.subTest(path=path, form=form):
                    sim = self.sim({"customer": 1000, "vendor": 1000}, auth="none", deleted_type=form,
                                   deleted_type_ids=["vendor=-2"])
                    node = self.node(Tenant(auth={"method": "none"}, more=SHORT), sim=sim, name=path + form,
                                     features={"chunked_import": path == "chunked"})
                    full(self, node, "customer", "--no-verify")
                    sim.knobs(visible_percent=10, visible_table="customer")
                    sim.data({"op": "bulk_delete", "table": "vendor", "rows": 300, "seed": 4})
                    status = incremental(self, node, "customer", code=3)
                    self.assertIn("deletions_unsure", codes(status))
                    self.assertEqual(marked(node, "customer"), [])
                    sim.knobs(visible_percent=100)
                    incremental(self, node, "customer")
                    self.assertEqual(marked(node, "customer"), [])
                    compare(self, sim, node, names=["customer"])
                    node.stop()
                    sim.kill()

    def test_more_certain_entries_than_the_guard_lets_go_are_believed(self):
        sim = self.sim({"customer": 3000})
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "customer", "--no-verify")
        sim.data({"op": "bulk_delete", "table": "customer", "rows": 2500, "seed": 4})
        sim.reset()
        status = incremental(self, node, "customer")
        self.assertEqual(len(marked(node, "customer")), 2500)
        self.assertNotIn("deletions_unsure", codes(status))
        compare(self, sim, node)

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

    def test_an_entry_of_no_certain_type_deletes_no_rows_whose_parent_was_never_there(self):
        sim = self.sim({"customer": 300, "transaction": 400}, deleted_type="none", deleted_type_ids=["transaction=0"])
        node = self.node(Tenant(more=SHORT), sim=sim)
        full(self, node, "customersubsidiaryrelationship", "--no-verify")
        full(self, node, "transaction", "--no-verify")
        orphan = node.value("SELECT min(r.entity) FROM customersubsidiaryrelationship r JOIN \"transaction\" t "
                            "ON t.id = r.entity WHERE r.entity NOT IN (SELECT id FROM customer)")
        self.assertIsNotNone(orphan, "the account has rows whose parent is not there")
        sim.data({"op": "delete", "table": "transaction", "id": orphan})
        status = incremental(self, node, "customersubsidiaryrelationship")
        self.assertEqual({code for code in codes(status) if code.startswith("deletions")}, set())
        compare(self, sim, node, names=["customer", "customersubsidiaryrelationship"])
        self.assertEqual(node.value("SELECT count(*) FROM deletion_names"), 0)
        # Rows that are gone are found all the same.
        sim.data(*({"op": "delete", "table": "customersubsidiaryrelationship", "id": row["id"]} for row in node.rows(
            "SELECT id FROM customersubsidiaryrelationship WHERE entity = ?", orphan)))
        incremental(self, node, "customersubsidiaryrelationship")
        compare(self, sim, node, names=["customer", "customersubsidiaryrelationship"])

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

    def test_entries_of_another_type_delete_nothing_of_a_role_that_sees_less(self):
        sim = self.sim({"customer": 300, "vendor": 300})
        types = criteria_with()
        remove_type(types["record_types"], "vendor")
        for each in types["record_types"]:
            for field in each.get("fields", []):
                if "vendor" in str(field.get("to", "")):
                    field["to"], field["external"] = "vendor", True
        node = self.node(Tenant(more=SHORT), sim=sim, criteria=types)
        full(self, node, "customer", "--no-verify")
        sim.knobs(visible_percent=10, visible_table="customer")
        sim.data({"op": "bulk_delete", "table": "vendor", "rows": 60, "seed": 4})
        incremental(self, node, "customer")
        self.assertEqual(marked(node, "customer"), [])
        self.assertEqual(node.value("SELECT count(*) FROM deletion_names"), 0)

    def doubtful(self, **tenant):
        """An account that logs vendors and customers under one number without a name, and its node."""
        sim = self.sim({"customer": 600, "vendor": 600}, auth="none", deleted_type="none",
                       deleted_type_ids=["customer=-9", "vendor=-9"])
        node = self.node(Tenant(auth={"method": "none"}, more={**SHORT, **tenant}), sim=sim, alerts=LOOKED_AT_OFTEN)
        full(self, node, "customer", "--no-verify")
        return sim, node

    def test_doubtful_entries_delete_nothing_of_a_role_that_sees_less(self):
        sim, node = self.doubtful()
        gone = node.value("SELECT max(id) FROM customer")
        sim.knobs(visible_percent=10, visible_table="customer")
        sim.data({"op": "bulk_delete", "table": "vendor", "rows": 80, "seed": 4},
                 {"op": "delete", "table": "customer", "id": gone})
        for _ in range(2):  # also not when it is looked at again
            status = incremental(self, node, "customer", code=3)
            self.assertEqual(status["state"], "completed_with_errors")
            self.assertIn("deletions_unsure", codes(status))
            self.assertIn("deletions_unsure", status["error"])
            self.assertEqual(marked(node, "customer"), [])
            self.assertEqual(node.value("SELECT count(*) FROM deletion_names"), 0)
        # With its permissions back the log is read from where it was left.
        sim.knobs(visible_percent=100)
        status = incremental(self, node, "customer")
        self.assertNotIn("deletions_unsure", codes(status))
        self.assertEqual(marked(node, "customer"), [gone])
        compare(self, sim, node)

    def test_more_doubtful_entries_than_the_guard_lets_go_are_held(self):
        sim, node = self.doubtful()
        sim.data({"op": "bulk_delete", "table": "customer", "rows": 150, "seed": 4})
        status = incremental(self, node, "customer", code=3)
        held = type_of(status, "customer")["records"]["held"]
        self.assertGreater(held, 100)
        self.assertIn("deletions_held", codes(status))
        self.assertEqual(marked(node, "customer"), [])
        wait_until(lambda: self.up(node).get("deletions_held"), "the alert is up")
        again = incremental(self, node, "customer", code=3)
        self.assertEqual(type_of(again, "customer")["records"]["held"], held)
        answer = node.cli("import", "accept-deletions", again["id"], "--type", "customer")
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(len(marked(node, "customer")), held)
        compare(self, sim, node)
        wait_until(lambda: "deletions_held" not in self.up(node), "the alert is cleared")
        incremental(self, node, "customer")

    def assert_idle(self, sim, node):
        sim.reset()
        status = incremental(self, node, "transactionline")
        types = [entry for wave in status["waves"] for entry in wave["record_types"]]
        self.assertEqual(sim.stats()["requests"], len(types) + 2)


class Departures(Case):
    """What is gone without having been deleted: parents that lost all their lines, records that left the filter."""

    LINES = 'SELECT count(*) FROM transactionline WHERE "transaction" = ?'

    def emptied(self, sim, node, transaction):
        lines = node.rows('SELECT id FROM transactionline WHERE "transaction" = ?', transaction)
        self.assertGreater(len(lines), 0)
        sim.data(*({"op": "delete", "table": "transactionline", "transaction": transaction, "id": line["id"]}
                   for line in lines),
                 {"op": "update", "table": "transaction", "id": transaction, "values": {"memo": "emptied"}})

    def lines(self, **more):
        sim = self.sim(QUICK, auth="none")
        node = self.node(Tenant(auth={"method": "none"}, more=SHORT), sim=sim, **more)
        full(self, node, "transactionline", "--no-verify")
        return sim, node, [row["id"] for row in node.rows('SELECT id FROM "transaction" ORDER BY id')]

    def assert_idle(self, sim, node):
        sim.reset()
        status = incremental(self, node, "transactionline")
        types = [entry for wave in status["waves"] for entry in wave["record_types"]]
        self.assertEqual(sim.stats()["requests"], len(types) + 2)

    def test_a_parent_that_has_lost_all_its_lines_loses_them_here(self):
        for path in ("chunked", "legacy"):
            with self.subTest(path=path):
                sim, node, transactions = self.lines(features={"chunked_import": path == "chunked"}, name=path)
                self.emptied(sim, node, transactions[4])
                status = incremental(self, node, "transactionline")
                self.assertGreater(type_of(status, "transactionline")["records"]["deleted"], 0)
                self.assertEqual(node.value(self.LINES, transactions[4]), 0)
                compare(self, sim, node)
                if path == "chunked":
                    self.assert_idle(sim, node)

    def test_it_is_found_also_if_another_import_has_seen_the_change(self):
        for words in (("--incremental",), ("--no-verify",)):
            with self.subTest(words=words):
                sim, node, transactions = self.lines(name="node" + words[0].replace("-", ""))
                self.emptied(sim, node, transactions[4])
                self.assertEqual(node.cli("import", "start", "acme", "transaction", "--wait", *words).code, 0)
                self.assertGreater(node.value(self.LINES, transactions[4]), 0)
                incremental(self, node, "transactionline")
                self.assertEqual(node.value(self.LINES, transactions[4]), 0)
                compare(self, sim, node)

    def test_a_role_that_sees_no_lines_any_more_takes_none_away(self):
        sim, node, transactions = self.lines()
        before = node.value("SELECT count(*) FROM transactionline")
        sim.data(*({"op": "update", "table": "transaction", "id": id, "values": {"memo": "changed"}}
                   for id in transactions[:20]))
        sim.knobs(visible_percent=0, visible_table="transactionline")
        status = incremental(self, node, "transactionline", code=3)
        self.assertIn("deletions_unsure", codes(status))
        self.assertEqual(node.value("SELECT count(*) FROM transactionline"), before)
        sim.knobs(visible_percent=100)
        incremental(self, node, "transactionline")
        compare(self, sim, node)

    FILTER = "t.altname <> 'leave'"

    def narrow(self, path="chunked", **knobs):
        sim = self.sim({"customer": 1200}, **knobs)
        node = self.node(Tenant(more=SHORT), sim=sim, criteria=criteria_with(customer={"filter": self.FILTER}),
                         name=path, features={"chunked_import": path == "chunked"})
        full(self, node, "customer", "--no-verify")
        return sim, node, [row["id"] for row in node.rows("SELECT id FROM customer ORDER BY id")]

    def leave(self, sim, ids, altname="leave"):
        sim.data(*({"op": "update", "table": "customer", "id": id, "values": {"altname": altname}} for id in ids))

    def test_records_that_leave_the_filter_are_marked_and_come_back(self):
        sim, node, ids = self.narrow()
        self.leave(sim, ids[3:5])
        self.leave(sim, ids[7:8], None)
        status = incremental(self, node, "customer")
        self.assertEqual(type_of(status, "customer")["records"]["deleted"], 3)
        self.assertEqual(marked(node, "customer"), [ids[3], ids[4], ids[7]])
        self.leave(sim, ids[4:5], "back")
        incremental(self, node, "customer")
        self.assertEqual(marked(node, "customer"), [ids[3], ids[7]])
        self.assertEqual(node.cli("verify", "acme", "customer").code, 0)

    def test_the_rows_of_a_record_that_leaves_the_filter_stay_if_the_log_names_its_key_for_another_type(self):
        sim = self.sim({"customer": 300, "vendor": 300}, deleted_type="none", deleted_type_ids=["vendor=-2"])
        node = self.node(Tenant(more=SHORT), sim=sim, criteria=criteria_with(customer={"filter": self.FILTER}))
        rows = "SELECT count(*) FROM customersubsidiaryrelationship WHERE entity = ?"
        full(self, node, "customersubsidiaryrelationship", "--no-verify")
        full(self, node, "vendor", "--no-verify")
        shared = node.value("SELECT c.id FROM customer c JOIN vendor v ON v.id = c.id "
                            "JOIN customersubsidiaryrelationship r ON r.entity = c.id LIMIT 1")
        before = node.value(rows, shared)
        self.leave(sim, [shared])
        sim.data({"op": "delete", "table": "vendor", "id": shared})
        incremental(self, node, "customersubsidiaryrelationship")
        self.assertEqual(marked(node, "customer"), [shared])
        self.assertEqual(node.value(rows, shared), before)

    def test_where_nothing_has_changed_a_filter_costs_no_request(self):
        sim, node, ids = self.narrow()
        sim.reset()
        status = incremental(self, node, "customer")
        types = [entry for wave in status["waves"] for entry in wave["record_types"]]
        self.assertEqual(sim.stats()["requests"], len(types) + 2)
        self.leave(sim, ids[3:4])
        incremental(self, node, "customer")
        self.assertEqual(marked(node, "customer"), ids[3:4])
        # It is named for as long as the look-back reaches, and asked for no more.
        sim.reset()
        incremental(self, node, "customer")
        self.assertEqual(sim.stats()["requests"], len(types) + 2)

    def test_an_account_without_case_is_asked_in_another_way(self):
        for path in ("chunked", "legacy"):
            with self.subTest(path=path):
                sim, node, ids = self.narrow(path, case_expressions=False)
                self.leave(sim, ids[3:5])
                self.leave(sim, ids[7:8], None)  # of which the filter is neither true nor false
                self.leave(sim, ids[9:10], "stays")
                status = incremental(self, node, "customer")
                self.assertEqual(marked(node, "customer"), [ids[3], ids[4], ids[7]])
                self.assertIn("departures_by_key", codes(status))
                # That is known from then on, until the type is read whole.
                sim.reset()
                self.leave(sim, ids[10:11])
                self.assertIn("departures_by_key", codes(incremental(self, node, "customer")))
                self.assertEqual(marked(node, "customer"), [ids[3], ids[4], ids[7], ids[10]])
                self.assertEqual([x for x in sim.requests() if x["status"] == 400], [])
                full(self, node, "customer")
                self.assertEqual(node.value("SELECT count(*) FROM schema_notes"), 0)
                self.assertEqual(node.cli("verify", "acme", "customer").code, 0)

    def test_what_could_not_be_asked_is_told_and_found_later(self):
        sim, node, ids = self.narrow()
        self.leave(sim, ids[3:5])
        sim.reset()
        sim.knobs(latency_ms=700)
        import_id = node.cli("import", "start", "acme", "customer", "--incremental").last["id"]
        # The plan has told what lies outside; whether it still does is asked for in the end.
        wait_until(lambda: sim.stats()["tables"].get("customer", {}).get("requests"), "the plan is asked for")
        sim.knobs(fault_table="customer", fault_answer="unsupported_search", fault_answer_probability=1)
        status = node.wait_for_state(import_id, "completed_with_errors")
        self.assertIn("departures_unread", codes(status))
        self.assertEqual(marked(node, "customer"), [])
        sim.knobs(latency_ms=0, fault_answer_probability=0)
        status = incremental(self, node, "customer")
        self.assertNotIn("departures_unread", codes(status))
        self.assertEqual(marked(node, "customer"), ids[3:5])

    def test_more_than_the_guard_lets_go_stay_and_are_held(self):
        sim, node, ids = self.narrow()
        self.leave(sim, ids[:150])
        for _ in range(2):
            status = incremental(self, node, "customer", code=3)
            self.assertEqual(type_of(status, "customer")["records"]["held"], 150)
            self.assertEqual(marked(node, "customer"), [])
        self.assertEqual(node.cli("import", "accept-deletions", status["id"]).code, 0)
        self.assertEqual(marked(node, "customer"), ids[:150])


if __name__ == "__main__":
    unittest.main(verbosity=2)
