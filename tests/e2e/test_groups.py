"""What is shipped: every record type by itself, sets of them by one name, and values in NetSuite's own words."""

import json
import unittest

from comparison import compare
from harness import ROOT, Case, Tenant, criteria_with, type_of
from ledger import check_laws

TINY = {"customer": 120, "vendor": 60, "item": 90, "job": 20, "transaction": 250, "contact": 60, "projecttask": 30,
        "employee": 30, "unitstypeuom": 27, "bin": 40, "aggregateitemlocation": 250, "itemvendor": 150,
        "customeraddressbook": 150, "customeraddressbookentityaddress": 150, "customersubsidiaryrelationship": 200,
        "vendorsubsidiaryrelationship": 80}
SHIPPED = json.loads((ROOT / "config" / "criteria.json").read_text())["record_types"]


def states(status):
    return {entry["name"]: entry["state"] for wave in status["waves"] for entry in wave["record_types"]}


def codes(status, code):
    return {note["record_type"] for note in status["notes"] if note["code"] == code}


def with_group(name, members):
    return {"version": 1, "record_types": [*SHIPPED, {"name": name, "group": members}]}


class Shipped(Case):
    def test_everything_is_imported_and_what_the_account_lacks_is_skipped_with_a_note(self):
        sim = self.sim(TINY)
        node = self.node(sim=sim)
        there = set(sim.tables())
        answer = node.cli("import", "start", "acme", "everything", "--wait", timeout=300)
        # Of what others depend on some types are lacking, which is news once.
        self.assertEqual(answer.code, 3, answer.out[-2000:] + answer.err)
        self.assertIn("partner", codes(answer.last, "newly_skipped"))
        answer = node.cli("import", "start", "acme", "everything", "--wait", timeout=300)
        self.assertEqual(answer.code, 0, answer.out[-2000:] + answer.err)
        status = answer.last
        self.assertEqual(status["record_type"], "everything")
        check_laws(self, node, status["id"])
        became = states(status)
        self.assertNotIn("everything", became)
        for entry in SHIPPED:
            by_name = entry.get("table") == "transaction"
            if "group" in entry or by_name:
                self.assertNotIn(entry["name"], became)
                continue
            known = entry.get("table", entry["name"]) in there
            self.assertEqual(became[entry["name"]], "completed" if known else "skipped", entry["name"])
        skipped = {name for name, state in became.items() if state == "skipped"}
        self.assertEqual(codes(status, "type_skipped"), skipped)
        self.measured(f"{len(became) - len(skipped)} record types read, {len(skipped)} that the account lacks")
        compare(self, sim, node, names=sorted(set(became) - skipped))
        for entry in SHIPPED:  # a group has no table
            if "group" in entry:
                self.assertEqual(node.value("SELECT count(*) FROM sqlite_master WHERE name = ?", entry["name"]), 0)

    def test_a_group_is_compared_by_what_was_imported_of_it(self):
        sim = self.sim(TINY, tables_off=["bin"])
        node = self.node(sim=sim, criteria=with_group("mine", ["bin", "currency", "item"]))
        answer = node.run("mine")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        answer = node.cli("verify", "acme", "mine")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        self.assertEqual(states(answer.last), {"bin": "skipped", "currency": "completed", "item": "completed"})
        self.assertEqual(codes(answer.last, "type_skipped"), {"bin"})
        self.assertEqual(type_of(answer.last, "item")["verified"]["result"], "complete")

    def test_a_type_that_was_never_imported_does_not_keep_the_others_from_being_compared(self):
        sim = self.sim(TINY)
        node = self.node(sim=sim, criteria=with_group("mine", ["bin", "currency", "item"]))
        self.assertEqual(node.run("currency").code, 0)
        answer = node.cli("verify", "acme", "mine")
        self.assertEqual(answer.code, 3, answer.out + answer.err)
        self.assertEqual(type_of(answer.last, "currency")["verified"]["result"], "complete")
        self.assertIn("never imported whole", type_of(answer.last, "item")["verified"]["text"])
        self.assertEqual(codes(answer.last, "not_verified"), {"bin", "item"})
        self.assertEqual(node.cli("verify", "acme", "item").code, 4)

    def test_every_transaction_by_name_is_imported(self):
        sim = self.sim(TINY)
        node = self.node(sim=sim)
        names = [entry["name"] for entry in SHIPPED if entry.get("table") == "transaction"]
        self.assertEqual(len(names), 39)
        (node.folder / "all.json").write_text(json.dumps(criteria_with(everything={"group": names})))
        node.criteria.write_text((node.folder / "all.json").read_text())
        self.assertEqual(node.cli("reload").code, 0)
        answer = node.cli("import", "start", "acme", "everything", "--wait", timeout=300)
        self.assertEqual(answer.code, 0, answer.out[-2000:] + answer.err)
        self.assertEqual({states(answer.last)[name] for name in names}, {"completed"})
        compare(self, sim, node, names=names)
        self.assertGreater(node.value("SELECT count(*) FROM journalentry"), 0)


class Groups(Case):
    def group(self, *members, **more):
        criteria = criteria_with(**more)
        criteria["record_types"].append({"name": "some", "group": list(members)})
        return criteria

    def test_a_group_is_planned_imported_verified_and_scheduled_like_a_record_type(self):
        sim = self.sim(TINY)
        node = self.node(Tenant(more={"look_back_minutes": 15}), sim=sim, criteria=self.group("term", "vendor", "bin"))
        plan = node.cli("plan", "acme", "some").last
        self.assertNotIn("some", [entry["name"] for wave in plan["waves"] for entry in wave["record_types"]])
        answer = node.cli("import", "start", "acme", "some", "--wait")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        self.assertLessEqual({"term", "vendor", "bin", "location", "account"}, set(states(answer.last)))
        self.assertEqual(set(states(answer.last).values()), {"completed"})
        self.assertEqual(answer.last["records"]["stored"], sum(entry["records"]["stored"] for wave in
                         answer.last["waves"] for entry in wave["record_types"]))
        check_laws(self, node, answer.last["id"])
        compare(self, sim, node)
        sim.data({"op": "bulk_touch", "table": "vendor", "rows": 10, "seed": 3},
                 {"op": "bulk_delete", "table": "vendor", "rows": 5, "seed": 4})
        answer = node.cli("import", "start", "acme", "some", "--incremental", "--wait")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        compare(self, sim, node)
        answer = node.cli("verify", "acme", "some")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        self.assertEqual(set(states(answer.last)), {"term", "vendor", "bin"})
        listed = {line["name"]: line for line in node.cli("record-types").lines}
        self.assertTrue(listed["some"]["group"])
        self.assertEqual(listed["some"]["depends_on"], ["bin", "term", "vendor"])
        self.assertIsNone(listed["some"]["table"])
        self.assertFalse(listed["vendor"]["group"])
        parity = node.cli("parity", "acme", "some")
        self.assertEqual(parity.code, 0, parity.out + parity.err)
        added = node.cli("schedules", "add", "nightly", "acme", "some", "30 2 * * *")
        self.assertEqual(added.code, 0, added.out + added.err)

    def test_the_legacy_path_brings_a_group_too(self):
        sim = self.sim(TINY)
        node = self.node(sim=sim, criteria=self.group("customeraddressbook", "itemvendor", "unitstypeuom"),
                         features={"chunked_import": False})
        answer = node.cli("import", "start", "acme", "some", "--wait")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        compare(self, sim, node)

    def test_a_group_goes_on_after_the_node_was_killed(self):
        sim = self.sim({**TINY, "customer": 30_000}, latency_ms=100)
        node = self.node(sim=sim, criteria=self.group("customer", "bin"))
        begun = node.cli("import", "start", "acme", "some", "--no-verify").last
        node.wait_for_state(begun["id"], "running")
        node.kill()
        sim.knobs(latency_ms=0)
        node.start()
        status = node.wait_for_state(begun["id"], "completed")
        self.assertEqual(status["error"], None)
        compare(self, sim, node, names=["customer", "bin"])

    def test_a_tenant_adds_to_a_group_by_its_overlay(self):
        sim = self.sim(TINY)
        overlay = {"version": 1, "record_types": [
            {"name": "customrecord_warranty", "key": "id", "change_column": "lastmodified", "fields": [
                {"name": "id", "type": "id"}, {"name": "name", "type": "text"},
                {"name": "lastmodified", "type": "datetime"}]},
            {"name": "some", "group": ["customrecord_warranty"]}]}
        node = self.node(Tenant(more={"criteria_overlay": "acme.json"}), sim=sim, start=False,
                         criteria=self.group("term"))
        (node.folder / "acme.json").write_text(json.dumps(overlay))
        node.start()
        answer = node.cli("import", "start", "acme", "some", "--wait")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        self.assertEqual(set(states(answer.last)), {"term", "customrecord_warranty"})


class Keys(Case):
    def test_a_field_of_a_wide_key_that_the_account_lacks_is_left_out(self):
        for legacy in (False, True):
            with self.subTest(legacy=legacy):
                sim = self.sim(TINY, one_world=False)
                node = self.node(sim=sim, name=f"node{legacy}", features={"chunked_import": not legacy})
                answer = node.cli("import", "start", "acme", "itemvendor", "--wait")
                self.assertEqual(answer.code, 3, answer.out + answer.err)
                self.assertEqual(codes(answer.last, "newly_skipped"), {"subsidiary"})
                self.assertIn("itemvendor", codes(answer.last, "column_dropped"))
                self.assertEqual(node.value("SELECT count(*) FROM itemvendor"), 150)
        plan = node.cli("plan", "acme", "itemvendor").last
        self.assertEqual([entry for wave in plan["waves"] for entry in wave["record_types"]
                          if entry["name"] == "itemvendor" and entry.get("error")], [])

    def test_a_type_whose_key_the_account_lacks_is_skipped_and_told_in_the_exit_code(self):
        for legacy in (False, True):
            with self.subTest(legacy=legacy):
                sim = self.sim(TINY, columns_off=["aggregateitemlocation.location"])
                criteria = criteria_with()
                criteria["record_types"].append({"name": "some", "group": ["aggregateitemlocation", "term"]})
                node = self.node(sim=sim, criteria=criteria, name=f"node{legacy}",
                                 features={"chunked_import": not legacy})
                answer = node.cli("import", "start", "acme", "some", "--wait")
                self.assertEqual(answer.code, 3, answer.out + answer.err)
                self.assertEqual(states(answer.last)["aggregateitemlocation"], "skipped")
                self.assertEqual(states(answer.last)["term"], "completed")
                note, = (x for x in answer.last["notes"] if x["code"] == "key_unknown")
                self.assertIn("location", note["text"])


class DisplayNames(Case):
    def shown(self, *names):
        criteria = criteria_with()
        customer, = (entry for entry in criteria["record_types"] if entry["name"] == "customer")
        for field in customer["fields"]:
            if field["name"] in names:
                field["display"] = True
        return criteria

    def test_a_field_is_kept_in_the_account_s_own_words_too(self):
        for legacy in (False, True):
            with self.subTest(legacy=legacy):
                sim = self.sim(TINY, dangling_references=False)
                node = self.node(sim=sim, criteria=self.shown("currency", "salesrep", "oncredithold"),
                                 name=f"node{legacy}", features={"chunked_import": not legacy})
                answer = node.cli("import", "start", "acme", "customer", "--wait")
                self.assertEqual(answer.code, 0, answer.out + answer.err)
                self.assertEqual(node.value("SELECT count(*) FROM customer c LEFT JOIN currency u ON u.id = c.currency "
                                            "WHERE c.currency_display IS NOT u.name"), 0)
                self.assertGreater(node.value("SELECT count(currency_display) FROM customer"), 100)
                self.assertEqual(node.value("SELECT count(*) FROM customer WHERE (salesrep IS NULL) "
                                            "<> (salesrep_display IS NULL)"), 0)
                compare(self, sim, node)

    def test_where_the_account_refuses_it_the_column_is_left_out_and_all_else_is_there(self):
        for answer_is in ("unsupported", "unknown"):
            with self.subTest(answer_is):
                sim = self.sim(TINY, builtin_df=answer_is)
                node = self.node(sim=sim, criteria=self.shown("currency", "salesrep"), name=answer_is)
                answer = node.cli("import", "start", "acme", "customer", "--wait")
                self.assertEqual(answer.code, 0, answer.out + answer.err)
                self.assertIn("customer", codes(answer.last, "column_dropped"))
                subjects = {note["subject"] for note in answer.last["notes"] if note["code"] == "column_dropped"}
                self.assertLessEqual({"builtin.df(currency)", "builtin.df(salesrep)"}, subjects)
                self.assertEqual(node.value("SELECT count(currency_display) FROM customer"), 0)
                self.assertEqual(type_of(answer.last, "customer")["records"]["stored"], 120)
                compare(self, sim, node)

    def test_a_display_name_of_a_column_that_the_account_lacks_goes_with_it(self):
        sim = self.sim(TINY, multi_currency=False)
        node = self.node(sim=sim, criteria=self.shown("currency"))
        answer = node.cli("import", "start", "acme", "customer", "--wait")
        self.assertEqual(answer.code, 3, answer.out + answer.err)
        self.assertEqual(codes(answer.last, "newly_skipped"), {"currency"})
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 120)


if __name__ == "__main__":
    unittest.main(verbosity=2)
