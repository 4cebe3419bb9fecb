"""Accounts that answer otherwise than most: whatever is uncertain is tried, and there is a second way."""

import contextlib
import datetime
import sqlite3
import time
import unittest

from comparison import compare
from harness import Case, Tenant, type_of, wait_until
from ledger import check_completed

QUICK = {"customer": 3000}


class Accounts(Case):
    def import_all(self, node, record_type="customer", *options, code=0):
        answer = node.cli("import", "start", "acme", record_type, "--wait", *options)
        self.assertEqual(answer.code, code, answer.out + answer.err)
        return node.status(answer.last["id"])

    def notes(self, status):
        return {note["code"]: note for note in status["notes"]}


class Language(Accounts):
    def test_no_language_is_asked_for_unless_the_account_wants_that(self):
        sim = self.sim(QUICK, language="pt-BR")
        node = self.node(sim=sim)
        status = self.import_all(node)
        self.assertNotIn("language_learned", self.notes(status))
        compare(self, sim, node)

    def test_an_account_that_wants_its_language_said_is_asked_in_it_from_the_first_refusal_on(self):
        sim = self.sim(QUICK, language="pt-BR", language_needed=True)
        node = self.node(sim=sim)
        status = self.import_all(node)
        self.assertEqual(status["state"], "completed")
        self.assertIn("pt-BR", self.notes(status)["language_learned"]["text"])
        refused = [x for x in sim.requests() if x["status"] == 400]
        self.assertLess(len(refused), 6)
        self.assertIn("language_learned", self.notes(self.import_all(node, "customer", "--incremental")))
        self.assertEqual(len([x for x in sim.requests() if x["status"] == 400]), len(refused))
        compare(self, sim, node)

    def test_a_configured_language_that_is_not_the_companys_is_given_up(self):
        for features in (None, {}):
            sim = self.sim(QUICK, language="de")
            more = {} if features is None else {"features": features}
            node = self.node(Tenant(more={"accept_language": "en"}), sim=sim, name=f"node{features is None}", **more)
            status = self.import_all(node)
            self.assertIn("'de'", self.notes(status)["language_learned"]["text"])


class Refusals(Accounts):
    def test_a_stray_403_of_an_edge_skips_nothing(self):
        sim = self.sim(QUICK, fault_answer="forbidden_page", fault_table="currency", fault_answer_probability=1,
                       fault_first_requests=2)
        node = self.node(sim=sim)
        status = self.import_all(node)
        self.assertEqual(status["state"], "completed")
        self.assertEqual(type_of(status, "currency")["state"], "completed")
        self.assertNotIn("type_skipped", self.notes(status))
        compare(self, sim, node)

    def test_a_filter_that_holds_the_words_of_an_outage_is_no_outage(self):
        sim = self.sim(QUICK)
        node = self.node(sim=sim, criteria={"version": 1, "record_types": [{
            "name": "customer", "table": "customer", "key": "id",
            "filter": "t.nosuch <> 'Scheduled maintenance invalid login attempt'",
            "fields": [{"name": "id", "column": "id", "type": "id"}]}]})
        status = self.import_all(node, code=4)
        self.assertEqual(status["state"], "failed")
        self.assertEqual(node.cli("tenants").last["state"], "active")

    def test_a_column_that_is_refused_without_a_name_is_found_and_left_out(self):
        sim = self.sim(QUICK, columns_refused=["customer.phone"])
        node = self.node(sim=sim)
        status = self.import_all(node)
        self.assertEqual(type_of(status, "customer")["records"]["stored"], 3000)
        dropped = [note["subject"] for note in status["notes"] if note["code"] == "column_dropped"]
        self.assertEqual(dropped, ["phone"])


class TimesWithoutZone(Accounts):
    UNZONED = ["customer.lastmodifieddate", "customer.datecreated"]

    def change(self, sim):
        sim.data({"op": "bulk_touch", "table": "customer", "rows": 20, "seed": 3},
                 {"op": "bulk_insert", "table": "customer", "rows": 5, "seed": 3})

    def notes_on(self, status, code):
        return sorted(note["subject"] for note in status["notes"] if note["code"] == code)

    def test_a_time_that_refuses_utc_is_read_by_its_text_and_that_is_remembered(self):
        sim = self.sim({"customer": 3000}, columns_unzoned=self.UNZONED, time_zone="Asia/Kolkata")
        node = self.node(sim=sim)
        status = self.import_all(node)
        self.assertEqual(self.notes_on(status, "time_by_text"), ["datecreated", "lastmodifieddate"])
        self.assertEqual(self.notes_on(status, "column_dropped"), [])
        self.assertEqual(type_of(status, "customer")["verified"]["result"], "complete")
        compare(self, sim, node, zone="Asia/Kolkata")
        before = len([x for x in sim.requests() if x["status"] == 400])
        self.change(sim)
        status = self.import_all(node, "customer", "--incremental", "--verify")
        self.assertEqual(self.notes_on(status, "time_by_text"), ["datecreated", "lastmodifieddate"])
        self.assertNotIn("read_whole", self.notes(status))
        self.assertLess(type_of(status, "customer")["records"]["stored"], 1000)
        self.assertEqual(type_of(status, "customer")["verified"]["result"], "complete")
        compare(self, sim, node, zone="Asia/Kolkata")
        self.assertEqual(len([x for x in sim.requests() if x["status"] == 400]), before)
        # A full import tries anew what most accounts take.
        self.assertEqual(self.notes_on(self.import_all(node), "time_by_text"), ["datecreated", "lastmodifieddate"])
        sim.knobs(columns_unzoned=[])
        self.assertEqual(self.notes_on(self.import_all(node), "time_by_text"), [])
        self.assertEqual(node.value("SELECT count(*) FROM schema_notes"), 0)
        compare(self, sim, node, zone="Asia/Kolkata")

    def test_where_no_text_is_read_as_a_time_it_is_kept_as_the_clock_tells_it(self):
        sim = self.sim({"customer": 3000}, columns_unzoned=self.UNZONED, functions_off=["TO_TIMESTAMP"],
                       time_zone="Asia/Kolkata")
        node = self.node(sim=sim)
        status = self.import_all(node)
        self.assertEqual(self.notes_on(status, "time_by_clock"), ["datecreated", "lastmodifieddate"])
        self.assertEqual(self.notes_on(status, "column_dropped"), [])
        self.assertEqual(type_of(status, "customer")["verified"]["result"], "complete")
        self.change(sim)
        status = self.import_all(node, "customer", "--incremental", "--verify")
        whole = {note["record_type"] for note in status["notes"] if note["code"] == "read_whole"}
        self.assertNotIn("customer", whole)
        self.assertEqual(type_of(status, "customer")["verified"]["result"], "complete")
        stored = node.rows("SELECT id, datecreated FROM customer ORDER BY id")
        with contextlib.closing(sqlite3.connect(sim.export("customer"))) as truth:
            right = truth.execute("SELECT id, strftime('%Y-%m-%dT%H:%M:%S', datecreated, '+330 minutes') "
                                  "FROM customer ORDER BY id").fetchall()
        self.assertEqual([tuple(row) for row in stored], right)
        self.assertTrue(all(at for _, at in right))

    def test_the_changes_of_sets_are_asked_for_as_their_parents_are(self):
        sim = self.sim({"transaction": 300}, columns_unzoned=["transaction.lastmodifieddate"])
        node = self.node(sim=sim)
        self.import_all(node, "transactionline")
        before = len([x for x in sim.requests() if x["status"] == 400])
        status = self.import_all(node, "transactionline", "--incremental")
        self.assertNotIn("read_whole", self.notes(status))
        self.assertEqual(len([x for x in sim.requests() if x["status"] == 400]), before)

    def test_the_legacy_path_goes_by_what_is_remembered(self):
        sim = self.sim({"customer": 300}, columns_unzoned=self.UNZONED, time_zone="Asia/Kolkata")
        node = self.node(sim=sim)
        self.import_all(node)
        self.assertEqual(node.cli("flags", "disable").code, 0)
        status = self.import_all(node)
        self.assertEqual(status["system"], "legacy")
        self.assertEqual(self.notes_on(status, "time_by_text"), ["datecreated", "lastmodifieddate"])
        compare(self, sim, node, zone="Asia/Kolkata")

    def test_the_check_of_an_account_says_that_times_have_no_zone(self):
        sim = self.sim({"customer": 300}, columns_unzoned=self.UNZONED)
        report = self.node(sim=sim).cli("tenant", "check", "acme")
        told = [x for x in report.last["findings"] if x["record_type"] == "customer"]
        self.assertEqual([x["state"] for x in told], ["hint"], told)
        self.assertIn("no time zone", told[0]["text"])
class OddEncodings(Accounts):
    def test_a_refusal_counts_by_its_status_whatever_its_encoding_says(self):
        for encoding in ("false_gzip", "empty_gzip"):
            with self.subTest(encoding=encoding):
                sim = self.sim({"customer": 20_000}, latency_ms=20, concurrency_limit=2, background_load=1,
                               refusal_encoding=encoding)
                node = self.node(sim=sim, name="node-" + encoding)
                status = self.import_all(node)
                self.assertEqual(status["pick_ups"]["failed_attempts"], 0)
                self.assertGreater(sim.stats()["refusals"], 0)
                compare(self, sim, node)

    def test_a_login_that_is_refused_so_is_told_as_one(self):
        sim = self.sim(QUICK, refusal_encoding="false_gzip", tba_token_secret="another")
        node = self.node(sim=sim)
        answer = node.cli("import", "start", "acme", "currency", "--wait")
        self.assertEqual(answer.code, 4)
        self.assertEqual(node.cli("tenants").last["state"], "suspended")


class LongWait(Accounts):
    def test_an_account_that_asks_for_a_day_without_requests_pauses_the_import_and_is_hardly_asked(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim)
        import_id = self.under_way(sim, node)
        sim.knobs(concurrency_limit=0, retry_after_s=86_400)
        status = node.wait_for_state(import_id, "paused", timeout=20)
        self.assertEqual(status["paused_by"], "outage")
        self.assertIn("Retry-After: 86400 s", status["error"])
        self.assertRegex(status["error"], r"no requests before \d{4}-\d\d-\d\dT?")
        before = len(sim.requests())
        time.sleep(5)
        self.assertLessEqual(len(sim.requests()), before + 1)
        self.assertEqual(node.status(import_id)["state"], "paused")
        # What begins or goes on now is told the same, whichever way it came.
        begun = node.cli("import", "start", "acme", "subsidiary")
        self.assertEqual((begun.code, begun.last["state"], begun.last["paused_by"]), (0, "paused", "outage"))
        self.assertEqual(node.cli("import", "pause", import_id).last["paused_by"], "command")
        resumed = node.cli("import", "resume", import_id)
        self.assertEqual((resumed.code, resumed.last["state"], resumed.last["paused_by"]), (0, "paused", "outage"))
        node.tenants[0].more["accept_language"] = "en"
        node.write_config({}, {}, {})
        self.assertEqual(node.cli("reload").code, 0)
        wait_until(lambda: node.status(import_id)["paused_by"] == "outage", "the tenant that began anew knows")
        sim.knobs(concurrency_limit=5, retry_after_s=-1)
        self.assertEqual(node.cli("concurrency", "acme", "--reset").code, 0)
        node.wait_for_state(begun.last["id"], "completed")
        status = node.wait_for_state(import_id, "completed")
        self.assertEqual(status["pick_ups"]["failed_attempts"], 0)
        compare(self, sim, node)


class ServerTime(Accounts):
    def test_an_account_without_a_clock_of_its_own_is_imported_by_the_date_of_its_answers(self):
        for answer in ("not_found", "bad_request", "error", "redirect"):
            for path, features in (("chunked", None), ("legacy", {})):
                with self.subTest(answer=answer, path=path):
                    sim = self.sim({"customer": 50}, server_time=answer)
                    more = {} if features is None else {"features": features}
                    node = self.node(sim=sim, name=f"{answer}-{path}", **more)
                    status = self.import_all(node)
                    self.assertEqual(status["state"], "completed")
                    mark = node.value("SELECT server_time FROM import_types WHERE name = 'customer'")
                    self.assertIn(str(datetime.datetime.now(datetime.timezone.utc).year), mark)


    def test_an_account_that_tells_no_time_at_all_is_imported_by_the_clock_of_the_node_with_a_margin(self):
        for path, features in (("chunked", None), ("legacy", {})):
            with self.subTest(path=path):
                sim = self.sim({"customer": 50}, server_time="not_found", date_told=False)
                more = {} if features is None else {"features": features}
                node = self.node(sim=sim, name=path, **more)
                self.import_all(node)
                self.check_mark(node, 3600)
                self.import_all(node, "customer", "--incremental")

    def test_a_date_far_ahead_of_the_node_moves_no_watermark_there(self):
        sim = self.sim({"customer": 50}, server_time="not_found", first_date_skew_s=3 * 3600)
        node = self.node(sim=sim)
        self.import_all(node)
        self.check_mark(node, 3600)

    def check_mark(self, node, ago):
        mark = node.value("SELECT server_time FROM watermarks WHERE record_type = 'customer'")
        moment = datetime.datetime.fromisoformat(mark.replace("Z", "+00:00"))
        age = (datetime.datetime.now(datetime.timezone.utc) - moment).total_seconds()
        self.assertAlmostEqual(age, ago, delta=60)

    def test_a_right_login_is_not_taken_for_a_wrong_one_because_the_first_answer_told_another_hour(self):
        sim = self.sim(QUICK, first_date_skew_s=3600, auth="tba")
        node = self.node(sim=sim)
        self.import_all(node)
        compare(self, sim, node)


class Numbers(Accounts):
    def test_an_account_that_sends_large_numbers_with_an_exponent_is_planned_and_compared_all_the_same(self):
        for window_functions in (True, False):
            with self.subTest(window_functions=window_functions):
                sim = self.sim(QUICK, floating_numbers=True, window_functions=window_functions)
                node = self.node(sim=sim, name=f"node-{window_functions}".lower())
                status = self.import_all(node)
                self.assertEqual(type_of(status, "customer")["verified"]["result"], "complete")
                compare(self, sim, node)


class Lacking(Accounts):
    """Columns that the account lacks, in imports that find nothing changed."""

    def dropped(self, status):
        return sorted((note["record_type"], note["subject"]) for note in status["notes"] if note["code"] == "column_dropped")

    def test_each_import_names_the_columns_that_the_account_lacks_and_none_reads_the_type_anew_for_it(self):
        for path, features in (("chunked", None), ("legacy", {})):
            for knob in ("columns_off", "columns_refused") if path == "chunked" else ("columns_off",):
                with self.subTest(path=path, knob=knob):
                    sim = self.sim({"customer": 300}, auth="none", **{knob: ["customer.phone"]})
                    more = {} if features is None else {"features": features}
                    node = self.node(Tenant(auth={"method": "none"}, more={"look_back_minutes": 15}), sim=sim,
                                     name=f"{path}{knob}".replace("_", ""), **more)
                    self.import_all(node)
                    for _ in range(3):
                        status = self.import_all(node, "customer", "--incremental")
                        self.assertEqual(self.dropped(status), [("customer", "phone")])
                        self.assertEqual(type_of(status, "customer")["records"]["stored"], 0)

    def test_a_column_that_comes_back_is_brought_in_whole_by_the_import_that_finds_it(self):
        sim = self.sim({"customer": 3000}, columns_off=["customer.phone"])
        node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim)
        self.import_all(node)
        self.import_all(node, "customer", "--incremental")
        sim.knobs(columns_off=[])
        status = self.import_all(node, "customer", "--incremental")
        self.assertEqual(self.notes(status)["column_back"]["subject"], "phone")
        compare(self, sim, node)
        status = self.import_all(node, "customer", "--incremental")
        self.assertNotIn("column_back", self.notes(status))
        self.assertEqual(type_of(status, "customer")["records"]["stored"], 0)

    def test_of_two_columns_of_which_one_comes_back_that_one_is_named_until_its_values_are_in(self):
        for path, features in (("chunked", None), ("legacy", {})):
            with self.subTest(path=path):
                sim = self.sim({"customer": 300}, columns_off=["customer.phone", "customer.email"])
                more = {} if features is None else {"features": features}
                node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim, name=path, **more)
                self.import_all(node)
                sim.knobs(columns_off=["customer.email"])
                changed = node.value("SELECT min(id) FROM customer")
                sim.data({"op": "update", "table": "customer", "id": changed, "values": {"altname": "changed"}})
                status = self.import_all(node, "customer", "--incremental")
                self.assertEqual(self.dropped(status), [("customer", "email")])
                self.assertEqual(self.notes(status)["column_back"]["subject"], "phone")
                sim.knobs(columns_off=[])
                self.import_all(node, "customer", "--incremental")
                self.import_all(node, "customer", "--incremental")
                compare(self, sim, node)


    def loses_a_column_and_a_record(self, **knobs):
        """Nothing of the type changes, and no log tells of the record."""
        sim = self.sim({"customer": 300}, deleted_type_ids=["customer=0"])
        node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim)
        self.import_all(node)
        gone = node.value("SELECT max(id) FROM customer")
        sim.data({"op": "delete", "table": "customer", "id": gone})
        sim.knobs(**knobs)
        return node, gone

    def test_a_comparison_goes_on_without_a_column_that_the_account_has_lost(self):
        node, gone = self.loses_a_column_and_a_record(columns_off=["customer.phone"])
        status = self.import_all(node, "customer", "--incremental", "--reconcile")
        self.assertEqual(type_of(status, "customer")["verified"]["result"], "complete")
        self.assertEqual(self.dropped(status), [("customer", "phone")])
        self.assertEqual(node.value("SELECT count(*) FROM customer WHERE id = ? AND _deleted_at IS NOT NULL", gone), 1)

    def test_reconciling_that_cannot_compare_a_type_ends_with_errors(self):
        node, _ = self.loses_a_column_and_a_record(columns_refused=["customer.phone"])
        status = self.import_all(node, "customer", "--incremental", "--reconcile", code=3)
        self.assertEqual(status["state"], "completed_with_errors")
        self.assertIn("not_verified", status["error"])
        self.assertEqual(self.notes(status)["not_verified"]["record_type"], "customer")


class Undated(Accounts):
    def test_records_without_a_change_date_come_with_each_incremental_import(self):
        for path, features in (("chunked", None), ("legacy", {})):
            with self.subTest(path=path):
                sim = self.sim(QUICK, columns_null=["customer.lastmodifieddate"], columns_null_percent=1)
                more = {} if features is None else {"features": features}
                node = self.node(sim=sim, name=path, **more)
                self.import_all(node)
                undated = [row["id"] for row in
                           node.rows("SELECT id FROM customer WHERE lastmodifieddate IS NULL ORDER BY id")]
                self.assertGreater(len(undated), 5)
                self.assertLess(len(undated), 100)
                sim.data(*({"op": "update", "table": "customer", "id": id, "values": {"altname": "unseen"}}
                           for id in undated[:5]))
                status = self.import_all(node, "customer", "--incremental")
                self.assertEqual(self.notes(status)["undated_records"]["record_type"], "customer")
                self.assertEqual(node.value("SELECT count(*) FROM customer WHERE altname = 'unseen'"), 5)
                compare(self, sim, node)
                # Once all have a date, a whole reading finds that out.
                sim.knobs(columns_null=[])
                self.import_all(node)
                status = self.import_all(node, "customer", "--incremental")
                self.assertNotIn("undated_records", self.notes(status))

    def test_records_without_a_change_date_cost_no_further_request(self):
        sim = self.sim({"customer": 3000}, columns_null=["customer.lastmodifieddate"], columns_null_percent=1)
        node = self.node(sim=sim)
        self.import_all(node)
        sim.reset()
        status = self.import_all(node, "customer", "--incremental")
        types = [entry for wave in status["waves"] for entry in wave["record_types"]]
        self.assertLessEqual(sim.stats()["requests"], len(types) + 2)


class Pages(Accounts):
    def test_an_order_says_its_way(self):
        sim = self.sim(QUICK, order_needs_way=True)
        node = self.node(sim=sim)
        status = self.import_all(node)
        self.assertEqual(type_of(status, "customer")["records"]["stored"], 3000)
        compare(self, sim, node)
        sim.data({"op": "bulk_delete", "table": "customer", "rows": 10, "seed": 4})
        self.import_all(node, "customer", "--incremental")
        compare(self, sim, node)

    def test_an_account_that_never_says_that_more_follows_is_read_to_its_end(self):
        for path, features in (("chunked", None), ("legacy", {})):
            with self.subTest(path=path):
                sim = self.sim(QUICK, has_more_told=False)
                more = {} if features is None else {"features": features}
                node = self.node(sim=sim, name=path, **more)
                status = self.import_all(node)
                self.assertEqual(type_of(status, "customer")["records"]["stored"], 3000)
                compare(self, sim, node)
                if path == "legacy":
                    continue
                sim.data({"op": "bulk_delete", "table": "customer", "rows": 1500, "seed": 4})
                self.import_all(node, "customer", "--incremental")
                compare(self, sim, node)

    def test_an_account_that_refuses_an_offset_behind_the_last_row_is_read_to_its_end(self):
        for path, features in (("chunked", None), ("legacy", {})):
            with self.subTest(path=path):
                # Without hasMore each page is followed by another one; a walk asks for the key 1000 rows on.
                sim = self.sim({"customer": 1200, "transaction": 40}, beyond_data="not_found", has_more_told=False)
                more = {} if features is None else {"features": features}
                node = self.node(Tenant(more={"planning": "walk"}), sim=sim, name=path, **more)
                self.import_all(node, "transactionaccountingline")
                compare(self, sim, node)

    def test_a_beginning_of_time_is_a_time(self):
        sim = self.sim(QUICK)
        node = self.node(sim=sim)
        self.import_all(node)
        status = self.import_all(node, "customer", "--since", "1970-01-01")
        self.assertEqual(type_of(status, "customer")["records"]["unchanged"], 3000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
