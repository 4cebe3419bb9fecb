"""Incremental imports: after any churn a quiet one leaves the database equal to the account, and asks for little."""

import datetime
import json
import random
import time
import unittest

from comparison import compare, load_criteria
from harness import ROOT, Case, Tenant, full_or, type_of
from ledger import check_laws

SMALL = {"customer": 1300, "vendor": 300, "item": 600, "job": 300, "contact": 300, "projecttask": 300,
         "transaction": full_or(500, 5000)}


def incremental(case, node, record_type, *words, code=0):
    answer = node.cli("import", "start", node.tenants[0].id, record_type, "--incremental", "--wait", *words)
    case.assertEqual(answer.code, code, answer.out + answer.err)
    return answer.last


def full(case, node, record_type, *words):
    answer = node.cli("import", "start", node.tenants[0].id, record_type, "--wait", *words)
    case.assertEqual(answer.code, 0, answer.out + answer.err)
    return answer.last


class Churn:
    """Inserts, changes and deletes by chance, from a fixed seed, in the tables that imports of lines need."""

    def __init__(self, sim, seed=5):
        self.sim, self.chance, self.round = sim, random.Random(seed), 0

    def step(self):
        self.round += 1
        operations = []
        for table in ("customer", "vendor", "item", "job"):
            operations += [{"op": "bulk_touch", "table": table, "rows": 15, "seed": self.round},
                           {"op": "bulk_insert", "table": table, "rows": 3, "seed": self.round}]
        operations.append({"op": "bulk_touch", "table": "transaction", "rows": 12, "seed": self.round})
        self.sim.data(*operations)
        # Logged deletions, with the lines of transactions; and lines without their header.
        self.sim.data({"op": "bulk_delete", "table": "customer", "rows": 4, "seed": self.round + 100},
                      {"op": "bulk_delete", "table": "item", "rows": 2, "seed": self.round + 100},
                      {"op": "bulk_delete", "table": "transaction", "rows": 4, "seed": self.round + 100})
        self.sim.data({"op": "bulk_touch", "table": "transactionline", "rows": 10, "seed": self.round},
                      {"op": "bulk_insert", "table": "transactionline", "rows": 6, "seed": self.round})


class Incremental(Case):
    def test_only_what_has_changed_is_asked_for_and_only_that_is_written(self):
        sim = self.sim(SMALL)
        node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim)
        first = full(self, node, "customer")
        ids = [row["id"] for row in node.rows("SELECT id FROM customer ORDER BY id")]
        sim.data({"op": "update", "table": "customer", "id": ids[7], "values": {"altname": "changed"}},
                 {"op": "insert", "table": "customer", "id": ids[-1] + 3, "values": {}})
        status = incremental(self, node, "customer")
        self.assertEqual(status["mode"], "incremental")
        counts = type_of(status, "customer")["records"]
        self.assertEqual((counts["stored"], counts["unchanged"]), (2, 0))
        compare(self, sim, node)
        # In the look-back the two come again, and are left alone.
        before = node.rows("SELECT _import_id, _synced_at FROM customer WHERE id = ?", ids[7])
        status = incremental(self, node, "customer")
        counts = type_of(status, "customer")["records"]
        self.assertEqual((counts["stored"], counts["unchanged"]), (2, 2))
        self.assertEqual(node.rows("SELECT _import_id, _synced_at FROM customer WHERE id = ?", ids[7]), before)
        number = node.value("SELECT number FROM imports WHERE id = ?", first["id"])
        self.assertEqual(node.value("SELECT count(*) FROM customer WHERE _import_id = ?", number), len(ids) - 1)

    def test_an_idle_one_asks_once_per_type_once_for_deletions_and_once_for_the_time(self):
        sim = self.sim(SMALL, auth="none")
        node = self.node(Tenant(auth={"method": "none"}), sim=sim)
        full(self, node, "transactionline")
        sim.reset()
        status = incremental(self, node, "transactionline")
        self.assertEqual(status["records"]["stored"], 0)
        types = [entry for wave in status["waves"] for entry in wave["record_types"]]
        criteria = load_criteria(ROOT / "config" / "criteria.json")
        with_column = [entry for entry in types if "change_column" in criteria[entry["name"]]]
        self.assertEqual(len(with_column), len(types))
        self.assertEqual(sim.stats()["requests"], len(types) + 2)
        self.measured(f"{sim.stats()['requests']} requests for {len(types)} record types")

    def alternate(self, sim, node, turns, between=lambda turn: None):
        """Incremental imports, each third time a full one, while rows come, change and go; at last a quiet one."""
        churn = Churn(sim)
        full(self, node, "transactionline", "--no-verify")
        for turn in range(turns):
            with self.subTest(turn=turn):
                words = [] if turn % 3 == 2 else ["--incremental"]
                running = node.background("import", "start", "acme", "transactionline", "--wait", "--no-verify", *words)
                for _ in range(3):
                    churn.step()
                    between(turn)
                out, err = running.communicate(timeout=120)
                self.assertEqual(running.returncode, 0, out + err)
        status = incremental(self, node, "transactionline")
        check_laws(self, node, status["id"])
        compare(self, sim, node)

    def test_after_churn_a_quiet_one_leaves_the_database_equal_to_the_account(self):
        sim = self.sim(SMALL, latency_ms=3)
        node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim)
        self.alternate(sim, node, full_or(3, 20))

    def test_churn_through_the_nights_of_clock_changes_leaves_the_database_equal_in_every_zone(self):
        # By UTC: the clock of the account goes forward in the first night, back in the second.
        nights = {"America/Los_Angeles": ("2024-03-10T10:00", "2024-11-03T09:00"),
                  "Europe/Berlin": ("2024-03-31T01:00", "2024-10-27T01:00"),
                  "Asia/Kathmandu": ("2024-03-31T01:00",)}  # has no such nights
        for zone, changes in nights.items():
            for change in changes:
                with self.subTest(zone=zone, change=change):
                    name = "node" + change[:10].replace("-", "") + zone.rsplit("/", 1)[1].lower()
                    turns = full_or(3, 20)
                    moment = datetime.datetime.fromisoformat(change + "+00:00")
                    # Each turn lasts fifty minutes of the account's clock, and the change is in the middle of them.
                    skew = int(moment.timestamp() - time.time()) - turns * 25 * 60
                    sim = self.sim({**SMALL, "transaction": full_or(200, 2000)}, time_zone=zone, auth="none",
                                   clock_skew_s=skew)
                    node = self.node(Tenant(auth={"method": "none"}, more={"look_back_minutes": 15}), sim=sim, name=name)

                    def pass_time(_, sim=sim):
                        sim.knobs(clock_skew_s=sim.knobs()["clock_skew_s"] + 50 * 60 // 3)
                    self.alternate(sim, node, turns, pass_time)
                    self.assertGreater(node.value("SELECT min(server_time) FROM watermarks"), change)
                    sim.kill()
                    node.stop()

    def test_zones_and_the_nights_of_clock_changes_lose_nothing(self):
        for zone in ("America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu"):
            with self.subTest(zone):
                sim = self.sim({**SMALL, "transaction": 200}, time_zone=zone, date_format="DD.MM.YYYY")
                node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim,
                                 name=zone.rsplit("/", 1)[1].lower())
                full(self, node, "customer", "--no-verify")
                ids = [row["id"] for row in node.rows("SELECT id FROM customer ORDER BY id")]
                sim.data(*({"op": "update", "table": "customer", "id": id, "values": {"altname": "now"}}
                           for id in ids[10:20]))
                status = incremental(self, node, "customer")
                self.assertEqual(type_of(status, "customer")["records"]["stored"], 10)
                # Each hour around both changes of the clock, by a time that is chosen.
                moments = [f"2024-{night}T{hour:02}:30:00Z" for night in ("03-10", "11-03", "03-31", "10-27")
                           for hour in range(12)]
                sim.data(*({"op": "update", "table": "customer", "id": ids[100 + at],
                            "values": {"lastmodifieddate": moment, "altname": moment}}
                           for at, moment in enumerate(moments)))
                for moment in moments[::full_or(7, 1)]:
                    before = node.value("SELECT count(*) FROM customer WHERE lastmodifieddate >= ?", moment)
                    status = incremental(self, node, "customer", "--since", moment)
                    stored = type_of(status, "customer")["records"]["stored"]
                    self.assertGreaterEqual(stored, before)
                    self.assertEqual(stored, node.value("SELECT count(*) FROM customer WHERE lastmodifieddate >= ?",
                                                        moment), "the bound is exact in UTC")
                incremental(self, node, "customer", "--since", "2024-01-01")
                compare(self, sim, node, zone)

    def test_a_column_that_tells_the_day_alone_loses_nothing_between_the_run_and_local_midnight(self):
        criteria = {"version": 1, "record_types": [
            {"name": "customer", "key": "id", "change_column": "lastmodifieddate", "fields": [
                {"name": "id", "type": "id"}, {"name": "altname", "type": "text"},
                {"name": "lastmodifieddate", "type": "date"}]}]}
        for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
            with self.subTest(zone):
                sim = self.sim({"customer": 1200}, time_zone=zone)
                node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim, criteria=criteria,
                                 name=zone.rsplit("/", 1)[1].lower())
                full(self, node, "customer", "--no-verify")
                ids = [row["id"] for row in node.rows("SELECT id FROM customer ORDER BY id")]
                sim.data({"op": "update", "table": "customer", "id": ids[5], "values": {"altname": "late"}})
                incremental(self, node, "customer")
                self.assertEqual(node.value("SELECT altname FROM customer WHERE id = ?", ids[5]), "late")

    def test_more_rows_than_a_page_changed_in_one_second_all_come(self):
        sim = self.sim({"customer": 5000})
        node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim)
        full(self, node, "customer", "--no-verify")
        touched = sim.data({"op": "bulk_touch", "table": "customer", "rows": 3500, "seed": 9})[0]["applied"]
        self.assertGreater(touched, 2000)
        status = incremental(self, node, "customer")
        self.assertGreaterEqual(type_of(status, "customer")["records"]["stored"], touched)
        self.assertGreater(type_of(status, "customer")["batches"]["completed"], 1)
        compare(self, sim, node)

    def test_lines_are_replaced_with_their_set_when_only_lines_or_only_the_header_changed(self):
        sim = self.sim({**SMALL, "transaction": 200})
        node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim)
        full(self, node, "transactionline", "--no-verify")
        parents = [row[0] for row in node.rows('SELECT DISTINCT "transaction" FROM transactionline ORDER BY 1')]
        lines = {p: [row["id"] for row in node.rows('SELECT id FROM transactionline WHERE "transaction" = ?', p)]
                 for p in parents[:6]}
        with_line, with_header, moved_from, moved_to = parents[:4]
        sim.data(  # one line goes and another changes; the header stays
            {"op": "delete", "table": "transactionline", "transaction": with_line, "id": lines[with_line][-1]},
            {"op": "update", "table": "transactionline", "transaction": with_line, "id": lines[with_line][0],
             "values": {"memo": "changed"}},
            # one line goes and the header changes
            {"op": "delete", "table": "transactionline", "transaction": with_header, "id": lines[with_header][-1]},
            {"op": "update", "table": "transaction", "id": with_header, "values": {"memo": "changed"}},
            # a line moves to another transaction, whose header stays
            {"op": "delete", "table": "transactionline", "transaction": moved_from, "id": lines[moved_from][-1]},
            {"op": "update", "table": "transactionline", "transaction": moved_from, "id": lines[moved_from][0],
             "values": {"memo": "what is left"}},
            {"op": "insert", "table": "transactionline", "transaction": moved_to, "id": 900,
             "values": {"memo": "moved"}})
        incremental(self, node, "transactionline")
        compare(self, sim, node)

    def test_watermarks_never_go_back_and_a_chosen_time_reads_again(self):
        sim = self.sim({"customer": 1500})
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        mark = node.value("SELECT server_time FROM watermarks WHERE record_type = 'customer'")
        # Behind the back of the change column.
        ids = [row["id"] for row in node.rows("SELECT id FROM customer ORDER BY id")]
        sim.data({"op": "update", "table": "customer", "id": ids[3],
                  "values": {"altname": "backdated", "lastmodifieddate": "2023-05-05T05:05:05Z"}})
        incremental(self, node, "customer")
        self.assertNotEqual(node.value("SELECT altname FROM customer WHERE id = ?", ids[3]), "backdated")
        incremental(self, node, "customer", "--since", "2023-05-05T05:05:05Z")
        self.assertEqual(node.value("SELECT altname FROM customer WHERE id = ?", ids[3]), "backdated")
        self.assertGreaterEqual(node.value("SELECT server_time FROM watermarks WHERE record_type = 'customer'"), mark)
        self.assert_refused(node.cli("import", "start", "acme", "customer", "--since", "yesterday"), "is no time")
        self.assert_refused(node.cli("import", "start", "acme", "customer", "--since", "2999-01-01"),
                            "must have passed")

    def test_a_full_and_an_incremental_one_of_a_type_do_not_run_at_once(self):
        sim = self.sim({"customer": 6000}, latency_ms=100)
        node = self.node(Tenant(concurrency_limit=1), sim=sim)
        running = node.begin("customer")
        self.assert_refused(node.cli("import", "start", "acme", "customer", "--incremental"), running, "--queue")
        answer = node.cli("import", "start", "acme", "customer", "--incremental", "--queue")
        self.assertEqual(answer.code, 0, answer.err)
        queued = answer.last["id"]
        self.assertEqual(node.status(queued)["state"], "queued")
        node.kill()
        node.start()
        sim.knobs(latency_ms=0)
        first = node.wait_for_state(running, "completed")
        second = node.wait_for_state(queued, "completed")
        self.assertGreaterEqual(second["started_at"], first["finished_at"])
        compare(self, sim, node)

    def test_imports_that_share_types_and_start_together_never_fetch_one_twice_at_once(self):
        sim = self.sim({**SMALL, "transaction": 100}, latency_ms=2)
        node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim)
        full(self, node, "transactionline", "--no-verify")
        churn = Churn(sim, seed=11)
        for turn in range(full_or(4, 40)):
            with self.subTest(turn=turn):
                churn.step()
                calls = [node.background("import", "start", "acme", main, "--wait", "--no-verify", *words)
                         for main, words in (("transactionline", ["--incremental"]), ("contact", []),
                                             ("projecttask", ["--incremental"]), ("salesorder", ["--incremental"]))]
                for call in calls:
                    out, err = call.communicate(timeout=180)
                    self.assertEqual(call.returncode, 0, out + err)
        overlaps = node.value("""
            SELECT count(*) FROM import_types a JOIN import_types b ON a.name = b.name AND a.import_number < b.import_number
            WHERE a.taken_from = '' AND b.taken_from = '' AND b.started_at < a.finished_at AND a.started_at < b.finished_at
            AND a.started_at IS NOT NULL AND b.started_at IS NOT NULL""")
        self.assertEqual(overlaps, 0, "a record type was run by two imports at once")
        for main in ("transactionline", "contact", "projecttask", "salesorder"):
            incremental(self, node, main)
        compare(self, sim, node)

    def test_a_plan_of_an_incremental_import_tells_what_has_changed(self):
        sim = self.sim({"customer": 3000})
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        sim.data({"op": "bulk_touch", "table": "customer", "rows": 40, "seed": 2})
        answer = node.cli("plan", "acme", "customer", "--incremental")
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(answer.last["mode"], "incremental")
        planned = {entry["name"]: entry for wave in answer.last["waves"] for entry in wave["record_types"]}
        self.assertLessEqual(planned["customer"]["records"], 40)
        self.assertGreater(planned["customer"]["records"], 20)
        self.assertIsNotNone(planned["customer"]["changed_since"])


class SchemaDrift(Case):
    def test_a_new_field_and_a_custom_record_type_come_through_an_overlay_of_the_tenant(self):
        sim = self.sim({"customer": 1200, "item": 300})
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        node.stop()
        (node.folder / "acme.json").write_text("""{"version": 1, "record_types": [
          {"name": "item", "fields": [{"name": "custitem_shelf_life_days", "type": "integer"}]},
          {"name": "customrecord_warranty", "key": "id", "change_column": "lastmodified", "fields": [
            {"name": "id", "type": "id"}, {"name": "name", "type": "text"},
            {"name": "custrecord_customer", "type": "reference", "to": "customer"},
            {"name": "custrecord_item", "type": "reference", "to": "item"},
            {"name": "lastmodified", "type": "datetime"}]},
          {"name": "customer", "fields": [{"name": "loyalty", "type": "decimal", "column": "custentity_loyalty_score"}]}]}""")
        node.tenants[0].more["criteria_overlay"] = "acme.json"
        node.write_config({}, {}, {})
        node.start()
        names = {entry["name"] for entry in node.cli("record-types", "--tenant", "acme").lines}
        self.assertIn("customrecord_warranty", names)
        self.assertNotIn("customrecord_warranty", {entry["name"] for entry in node.cli("record-types").lines})
        full(self, node, "customrecord_warranty", "--no-verify")
        self.assertEqual(node.value("SELECT count(*) FROM customrecord_warranty"),
                         sim.tables()["customrecord_warranty"]["rows"])
        self.assertGreater(node.value("SELECT count(custitem_shelf_life_days) FROM item"), 0)
        number = node.value("SELECT count(*) FROM customrecord_warranty")
        sim.data({"op": "bulk_insert", "table": "customrecord_warranty", "rows": 5, "seed": 3})
        incremental(self, node, "customrecord_warranty")
        self.assertEqual(node.value("SELECT count(*) FROM customrecord_warranty"), number + 5)

    def test_a_type_that_gains_a_field_is_read_whole_once(self):
        sim = self.sim({"customer": 1200})
        criteria = {"version": 1, "record_types": [
            {"name": "customer", "key": "id", "change_column": "lastmodifieddate", "fields": [
                {"name": "id", "type": "id"}, {"name": "lastmodifieddate", "type": "datetime"}]}]}
        node = self.node(sim=sim, criteria=criteria)
        full(self, node, "customer", "--no-verify")
        node.stop()
        criteria["record_types"][0]["fields"].append({"name": "altname", "type": "text"})
        node.criteria.write_text(json.dumps(criteria))
        node.start()
        status = incremental(self, node, "customer")
        self.assertIsNone(type_of(status, "customer")["changed_since"])
        compare(self, sim, node)
        status = incremental(self, node, "customer")
        self.assertIsNotNone(type_of(status, "customer")["changed_since"])

    def customers(self, *fields, **more):
        fields = [{"name": "id", "type": "id"}, {"name": "lastmodifieddate", "type": "datetime"}, *fields]
        return {"version": 1, "record_types": [
            {"name": "customer", "key": "id", "change_column": "lastmodifieddate", "fields": fields, **more}]}

    def reload(self, node, criteria):
        node.criteria.write_text(json.dumps(criteria))
        self.assertEqual(node.cli("reload").code, 0)

    def test_a_field_that_was_away_for_a_while_gets_its_values(self):
        sim = self.sim({"customer": 1200})
        with_name = self.customers({"name": "altname", "type": "text"})
        node = self.node(sim=sim, criteria=with_name)
        full(self, node, "customer", "--no-verify")
        self.reload(node, self.customers())
        incremental(self, node, "customer")
        sim.data({"op": "bulk_insert", "table": "customer", "rows": 40, "seed": 3})
        full(self, node, "customer", "--no-verify")
        self.assertEqual(node.value("SELECT count(*) FROM customer WHERE altname IS NULL"), 40)
        self.reload(node, with_name)
        plan = node.cli("plan", "acme", "customer", "--incremental").last
        (planned,) = plan["waves"][0]["record_types"]
        self.assertIn("altname is new", planned["remark"])
        self.assertIsNone(planned["changed_since"])
        refused = node.cli("verify", "acme", "customer")
        self.assertEqual(refused.code, 4, refused.out)
        self.assertIn("altname is new", refused.out + refused.err)
        status = incremental(self, node, "customer")
        self.assertIn("criteria_changed", {note["code"] for note in status["notes"]})
        compare(self, sim, node)
        status = incremental(self, node, "customer")
        self.assertIsNotNone(type_of(status, "customer")["changed_since"])
        self.assertEqual(status["notes"], [])

    def test_records_that_a_changed_filter_lets_in_are_imported_and_those_that_it_shuts_out_go(self):
        for path, features in (("chunked", None), ("legacy", {})):
            with self.subTest(path=path):
                sim = self.sim({"customer": 1200})
                narrow = self.customers(filter="t.id <= 700", deletion_guard=100)
                more = {} if features is None else {"features": features}
                node = self.node(sim=sim, criteria=narrow, name=path, **more)
                full(self, node, "customer", "--no-verify")
                few = node.value("SELECT count(*) FROM customer")
                self.reload(node, self.customers())
                status = incremental(self, node, "customer")
                self.assertIn("its filter was", {n["code"]: n["text"] for n in status["notes"]}["criteria_changed"])
                self.assertGreater(node.value("SELECT count(*) FROM customer"), few)
                compare(self, sim, node)
                self.reload(node, narrow)
                incremental(self, node, "customer")
                self.assertEqual(node.value("SELECT count(*) FROM customer WHERE _deleted_at IS NULL"), few)

    def test_a_field_that_is_lost_in_mid_import_and_put_back_gets_its_values(self):
        sim = self.sim({"customer": 20_000}, latency_ms=300)
        with_name = self.customers({"name": "altname", "type": "text"})
        node = self.node(sim=sim, criteria=with_name)
        import_id = self.under_way(sim, node, "--no-verify")
        self.reload(node, self.customers())
        node.wait_for_state(import_id, "completed")
        self.reload(node, with_name)
        incremental(self, node, "customer")
        compare(self, sim, node)

    def test_a_field_that_is_gained_in_mid_import_gets_its_values_in_the_next_one(self):
        sim = self.sim({"customer": 20_000}, latency_ms=300)
        node = self.node(sim=sim, criteria=self.customers())
        import_id = self.under_way(sim, node, "--no-verify")
        self.reload(node, self.customers({"name": "altname", "type": "text"}))
        node.wait_for_state(import_id, "completed")
        incremental(self, node, "customer")
        compare(self, sim, node)

    def test_a_column_that_the_account_has_again_gets_its_values(self):
        sim = self.sim({"customer": 1200}, columns_off=["customer.altname"])
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        self.assertEqual(node.value("SELECT count(altname) FROM customer"), 0)
        self.assertEqual(node.value("SELECT subject FROM schema_notes"), "altname")
        sim.knobs(columns_off=[])
        incremental(self, node, "customer")
        self.assertEqual(node.value("SELECT count(*) FROM schema_notes"), 0)
        incremental(self, node, "customer")
        compare(self, sim, node)

    def test_an_account_that_tells_no_change_dates_is_read_whole(self):
        sim = self.sim({"customer": 1200}, columns_off=["customer.lastmodifieddate"])
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        ids = [row["id"] for row in node.rows("SELECT id FROM customer ORDER BY id")]
        sim.data({"op": "update", "table": "customer", "id": ids[3], "values": {"altname": "changed"}},
                 {"op": "delete", "table": "customer", "id": ids[4]})
        status = incremental(self, node, "customer")
        self.assertIn("read_whole", {note["code"] for note in status["notes"]})
        self.assertEqual(node.value("SELECT altname FROM customer WHERE id = ?", ids[3]), "changed")
        self.assertEqual([row["id"] for row in node.rows("SELECT id FROM customer WHERE _deleted_at IS NOT NULL")],
                         [ids[4]])
        self.assertEqual(type_of(status, "customer")["records"]["unchanged"], len(ids) - 2)



class ClocksAhead(Case):
    """A clock of the account that is ahead must not make anybody believe that what is to come has been read."""

    def test_an_account_whose_clock_is_ahead_for_one_import_loses_nothing(self):
        for path in ("chunked", "legacy"):
            for server_time in ("works", "not_found"):
                with self.subTest(path=path, server_time=server_time):
                    sim = self.sim({"customer": 300}, auth="none", server_time=server_time)
                    node = self.node(Tenant(auth={"method": "none"}, more={"look_back_minutes": 15}), sim=sim,
                                     name=path + server_time.replace("_", ""),
                                     features={"chunked_import": path == "chunked"})
                    full(self, node, "customer")
                    sim.knobs(clock_skew_s=3 * 86400)
                    incremental(self, node, "customer")
                    sim.knobs(clock_skew_s=0)
                    first, last = node.rows("SELECT min(id), max(id) FROM customer")[0]
                    sim.data({"op": "update", "table": "customer", "id": first, "values": {"altname": "NEW"}},
                             {"op": "delete", "table": "customer", "id": last})
                    incremental(self, node, "customer")
                    self.assertEqual(node.value("SELECT altname FROM customer WHERE id = ?", first), "NEW")
                    self.assertIsNotNone(node.value("SELECT _deleted_at FROM customer WHERE id = ?", last))
                    compare(self, sim, node)
                    node.stop()
                    sim.kill()

    def test_a_mark_that_lies_in_the_future_heals(self):
        ahead = "2099-01-01T00:00:00.000Z"
        for path in ("chunked", "legacy"):
            for words in (("--incremental",), ()):
                for known in (True, False):
                    with self.subTest(path=path, words=words, known=known):
                        sim = self.sim({"customer": 300}, auth="none")
                        node = self.node(Tenant(auth={"method": "none"}, more={"look_back_minutes": 15}), sim=sim,
                                         name=f"node{len(self.started)}", features={"chunked_import": path == "chunked"})
                        full(self, node, "customer")
                        node.change("UPDATE watermarks SET server_time = ?1, deletes_until = ?1", ahead)
                        if known:  # an older version believed what the account told
                            node.change("UPDATE import_types SET server_time = ?", ahead)
                        first, last = node.rows("SELECT min(id), max(id) FROM customer")[0]
                        sim.data({"op": "update", "table": "customer", "id": first, "values": {"altname": "NEW"}},
                                 {"op": "delete", "table": "customer", "id": last})
                        answer = node.cli("import", "start", "acme", "customer", *words, "--wait")
                        self.assertEqual(answer.code, 0, answer.out + answer.err)
                        compare(self, sim, node)
                        self.assertLess(node.value("SELECT max(server_time) FROM watermarks"), ahead)
                        self.assertLess(node.value("SELECT max(deletes_until) FROM watermarks"), ahead)
                        incremental(self, node, "customer")
                        node.stop()
                        sim.kill()


if __name__ == "__main__":
    unittest.main(verbosity=2)
