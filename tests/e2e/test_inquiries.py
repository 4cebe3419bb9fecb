"""What an account is asked about itself: whether a tenant can work with it, and what it has beyond the criteria."""

import dataclasses
import json
import time
import unittest

from harness import ROOT, TBA, Case, Tenant, run_cli, wait_until

SMALL = {"customer": 300, "transaction": 100, "item": 50}
MOST_REQUESTS = 60


# Of the shipped record types those that the simulated account has, few enough for a question each.
COMMON = {"currency", "term", "accountingperiod", "customercategory", "vendorcategory", "pricelevel", "subsidiary",
          "department", "classification", "location", "account", "employee", "customer", "vendor", "contact", "item",
          "job", "projecttask", "transaction", "transactionline", "salesorder", "invoice", "accountingbook",
          "accounttype", "transactionaccountingline"}


def common_criteria():
    criteria = json.loads((ROOT / "config" / "criteria.json").read_text())
    criteria["record_types"] = [entry for entry in criteria["record_types"] if entry["name"] in COMMON]

    def stays(field):
        targets = field.get("to", [])
        return set([targets] if isinstance(targets, str) else targets) <= COMMON or field.get("external")

    for entry in criteria["record_types"]:
        entry["fields"] = [field for field in entry["fields"] if stays(field)]
    return criteria


def amiss(report):
    return {(entry["about"], entry["record_type"]) for entry in report["findings"] if entry["state"] == "amiss"}


def finding(report, about, record_type=None):
    for entry in report["findings"]:
        if (entry["about"], entry["record_type"]) == (about, record_type):
            return entry
    raise AssertionError(f"nothing is said of {about} {record_type or ''}: {json.dumps(report)[:1000]}")


class Check(Case):
    def node(self, *tenants, **settings):
        return super().node(*tenants, **{"criteria": common_criteria(), **settings})

    def check(self, node, code):
        answer = node.cli("tenant", "check", "acme")
        self.assertEqual(answer.code, code, answer.out + answer.err)
        return answer.last

    def asked(self, sim):
        return sim.stats()["requests"]

    def test_an_account_that_is_well(self):
        sim = self.sim(SMALL)
        node = self.node(sim=sim)
        sim.reset()
        report = self.check(node, 0)
        self.assertTrue(report["well"])
        self.assertEqual(report["not_asked"], [])
        self.assertLessEqual(self.asked(sim), MOST_REQUESTS)
        # One question per type, and five more.
        types = len(COMMON)
        self.assertEqual(report["requests"], types + 5)
        self.assertIn("UTC-0", finding(report, "zone")["text"])

    def test_what_the_account_lacks_is_named_with_the_remedy(self):
        sim = self.sim(SMALL, columns_off=["customer.salesrep", "customer.terms"], projects=False,
                       tables_off=["term", "deletedrecord"], governance="account", catalogue="forbidden")
        node = self.node(Tenant(concurrency_limit=9), sim=sim)
        report = self.check(node, 3)
        self.assertLessEqual({("records", "customer"), ("records", "job"), ("records", "projecttask"),
                              ("records", "term"), ("deletions", None)}, amiss(report))
        self.assertIn("salesrep, terms", finding(report, "records", "customer")["text"])
        self.assertIn("Projects", finding(report, "records", "job")["remedy"])
        self.assertIn("Record 'term' was not found", finding(report, "records", "term")["text"])
        self.assertEqual(finding(report, "limits")["state"], "hint")
        self.assertEqual(finding(report, "catalogue")["state"], "hint")
        # For people, too.
        words = [word for word in node.command("tenant", "check", "acme") if word != "--json"]
        text = run_cli(words, self.folder)
        self.assertEqual(text.code, 3)
        self.assertIn("salesrep, terms", text.out)

    def test_of_a_large_criteria_file_each_table_is_asked_for_before_any_is_again(self):
        criteria = json.loads((ROOT / "config" / "criteria.json").read_text())
        types = criteria["record_types"]
        customer = next(entry for entry in types if entry["name"] == "customer")
        for number in range(80):
            types.append({**customer, "name": f"customer{number:02}", "table": "customer"})
        sim = self.sim(SMALL, columns_off=["customer.salesrep"])
        node = self.node(sim=sim, criteria=criteria)
        sim.reset()
        report = self.check(node, 3)
        self.assertLessEqual(self.asked(sim), MOST_REQUESTS)
        # What is known of the table is known of all that are read from it.
        self.assertNotIn("customer79", report["not_asked"])
        tables = {entry.get("table", entry["name"]) for entry in types if "fields" in entry}
        self.assertLessEqual(len(report["not_asked"]), len(tables) - (MOST_REQUESTS - 20))

    def test_a_refused_login_costs_one_failed_login_and_says_why(self):
        sim = self.sim(SMALL)
        node = self.node(Tenant(auth={**TBA, "token_secret": "wrong"}), sim=sim)
        sim.reset()
        report = self.check(node, 3)
        self.assertEqual({("credentials", None)}, amiss(report))
        self.assertIn("Invalid login attempt", finding(report, "credentials")["text"])
        self.assertIn("Login Audit Trail", finding(report, "credentials")["remedy"])
        self.assertEqual(sim.stats()["auth_failures"], 1)
        self.assertIn("customer", report["not_asked"])

    def test_a_suspended_tenant_is_checked_and_stays_suspended(self):
        sim = self.sim(SMALL)
        node = self.node(Tenant(auth={**TBA, "token_secret": "wrong"}), sim=sim)
        answer = node.cli("import", "start", "acme", "currency", "--wait")
        self.assertNotEqual(answer.code, 0)
        self.assertEqual(node.cli("tenants").last["state"], "suspended")
        sim.reset()
        report = self.check(node, 3)
        self.assertIn(("credentials", None), amiss(report))
        self.assertEqual(sim.stats()["auth_failures"], 1)
        # The account takes the login now.
        sim.knobs(tba_token_secret="wrong")
        report = self.check(node, 3)
        self.assertEqual({("tenant", None)}, amiss(report))
        self.assertIn("tenant resume acme", finding(report, "tenant")["remedy"])
        self.assertEqual(finding(report, "credentials")["state"], "well")
        self.assertEqual(node.cli("tenants").last["state"], "suspended")
        self.assertEqual(node.cli("tenant", "resume", "acme").code, 0)
        self.check(node, 0)

    def test_an_account_that_is_down_and_one_of_another_language(self):
        sim = self.sim(SMALL, language="de", language_needed=True)
        node = self.node(sim=sim)
        report = self.check(node, 0)
        self.assertIn("'de'", json.dumps(report))
        sim.kill()
        report = self.check(node, 3)
        self.assertEqual({("connection", None)}, amiss(report))

    def test_a_slow_account_is_checked_to_the_end_and_no_more_once_nobody_waits(self):
        sim = self.sim(SMALL, latency_ms=1100)
        node = self.node(sim=sim)
        sim.reset()
        answer = node.cli("tenant", "check", "acme", timeout=120)
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        self.assertTrue(answer.last["well"])
        running = node.background("tenant", "check", "acme")
        before = self.asked(sim)
        wait_until(lambda: self.asked(sim) > before, "the check is under way")
        second = node.cli("tenant", "check", "acme")
        self.assert_refused(second, "already, for ")
        running.kill()
        running.communicate()
        wait_until(lambda: node.cli("tenant", "check", "nobody").code == 2, "the node has seen that")
        time.sleep(1.5)
        asked = self.asked(sim)
        time.sleep(3)
        self.assertEqual(self.asked(sim), asked)

    def test_an_account_that_is_busy_or_closed_is_told_as_that_and_at_once(self):
        for knobs, word in (({"maintenance": True}, "maintenance"),
                            ({"retry_after_s": 86400, "background_load": 50}, "86400")):
            with self.subTest(word):
                sim = self.sim(SMALL)
                node = self.node(sim=sim, name=word, node={"outage_pause_seconds": 2})
                sim.knobs(**knobs)
                begun = time.monotonic()
                report = self.check(node, 3)
                self.assertIn(word, finding(report, "connection")["text"].lower())
                self.assertNotIn("base_url", json.dumps(report["findings"]))
                import_id = node.begin("currency")
                node.wait_for_state(import_id, "paused")
                begun = time.monotonic()
                for _ in range(2):
                    report = self.check(node, 3)
                    self.assertEqual(report["requests"], 0)
                    self.assertIn(word, finding(report, "connection")["text"].lower())
                self.assertLess(time.monotonic() - begun, 5)
                refused = node.cli("criteria", "diff", "acme")
                self.assertEqual(refused.code, 4, refused.out + refused.err)
                self.assertIn("try again when it does", refused.err)

    def test_a_clock_that_is_off_is_no_wrong_login(self):
        for skew in (400, -400):
            sim = self.sim(SMALL, clock_skew_s=skew)
            node = self.node(sim=sim, name=f"skew{skew}".replace("-", "m"))
            report = self.check(node, 3)
            self.assertEqual({("clock", None)}, amiss(report))
            self.assertEqual(finding(report, "credentials")["state"], "well")

    def test_the_log_of_deletions_is_asked_as_imports_ask_it(self):
        for knobs, state, text in (({"columns_off": ["deletedrecord.deleteddate"]}, "amiss", "cannot be read"),
                                   ({"columns_refused": ["deletedrecord.scriptid"]}, "well", "without scriptid"),
                                   ({"fault_table": "deletedrecord", "fault_500_probability": 1}, "amiss",
                                    "could not be asked")):
            sim = self.sim(SMALL, **knobs)
            node = self.node(sim=sim, name=f"log{len(self.started)}")
            report = self.check(node, 0 if state == "well" else 3)
            self.assertEqual(finding(report, "deletions")["state"], state)
            self.assertIn(text, finding(report, "deletions")["text"])
            if state == "amiss":
                self.assertNotIn("permission Deleted", finding(report, "deletions")["remedy"])

    def test_a_tenant_that_there_is_not(self):
        node = self.node(sim=self.sim(SMALL))
        self.assert_refused(node.cli("tenant", "check", "nobody"), "nobody")
        self.assert_refused(node.cli("criteria", "discover", "nobody"), "nobody")


class Discover(Case):
    def discover(self, node, *words):
        answer = node.cli("criteria", "discover", "acme", *words)
        self.assertEqual(answer.code, 0, answer.err)
        return answer.last

    def names(self, entries):
        return {entry["record_type"] + ("." + entry["field"] if entry["field"] else "") for entry in entries}

    def notes(self, node):
        answer = node.run("currency")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        return {note["code"] for note in node.status(answer.last["id"])["notes"]}

    def lay_over(self, node, overlay):
        node.tenants[0] = dataclasses.replace(node.tenants[0], more={"criteria_overlay": overlay.name})
        node.write_config({}, {}, {})
        answer = node.cli("reload")
        self.assertEqual(answer.code, 0, answer.out + answer.err)

    def test_an_overlay_is_written_loaded_and_imported(self):
        sim = self.sim({**SMALL, "customrecord_warranty": 40}, columns_off=["customer.custentity_next_review"])
        node = self.node(sim=sim)
        overlay = self.folder / "acme-overlay.json"
        found = self.discover(node, "--to", overlay)
        gained = self.names(found["gained"])
        self.assertLessEqual({"customer.custentity_loyalty_score", "customer.custentity_preferred_colours",
                              "customrecord_warranty", "customrecord_warranty.custrecord_expires",
                              "customlist_colour", "transaction.custbody_delivery_note",
                              "transactionline.custcol_packing_hint", "item.custitem_shelf_life_days"}, gained)
        self.assertNotIn("customer.custentity_next_review", gained)
        self.assertEqual(json.loads(overlay.read_text()), found["overlay"])
        # Until they are described imports tell of them.
        self.assertIn("fields_undescribed", self.notes(node))
        self.lay_over(node, overlay)
        self.assertNotIn("fields_undescribed", self.notes(node))
        self.assertEqual(node.cli("criteria", "diff", "acme").code, 0)
        for record_type in ("customer", "customrecord_warranty", "customlist_colour"):
            answer = node.run(record_type)
            self.assertEqual(answer.code, 0, answer.out + answer.err)
        truth = node.value("SELECT count(*) FROM customer WHERE custentity_loyalty_score IS NOT NULL")
        self.assertGreater(truth, 0)
        self.assertGreater(node.value("SELECT count(*) FROM customrecord_warranty WHERE custrecord_customer > 0"), 0)

        # What the account gains and loses after that.
        sim.knobs(columns_off=["customer.custentity_loyalty_score"])
        differs = node.cli("criteria", "diff", "acme")
        self.assertEqual(differs.code, 3, differs.err)
        self.assertEqual(self.names(differs.last["gained"]), {"customer.custentity_next_review"})
        self.assertEqual(self.names(differs.last["lost"]), {"customer.custentity_loyalty_score"})
        # Into the same file: what stands there stays, what is new is added.
        before = json.loads(overlay.read_text())
        self.discover(node, "customer", "--to", overlay)
        after = json.loads(overlay.read_text())
        self.assertEqual(len(after["record_types"]), len(before["record_types"]))
        self.assertIn("custentity_next_review", overlay.read_text())
        self.assertIn("custentity_loyalty_score", overlay.read_text())

    def test_an_account_without_catalogue_tells_the_same_by_its_tables(self):
        sim = self.sim({**SMALL, "customrecord_warranty": 40})
        node = self.node(sim=sim)
        by_catalogue = self.discover(node)
        for way in ("forbidden", "not_found"):
            sim.knobs(catalogue=way)
            by_tables = self.discover(node)
            self.assertEqual(self.names(by_tables["gained"]), self.names(by_catalogue["gained"]))
            self.assertTrue(any("catalogue cannot be read" in remark for remark in by_tables["remarks"]), by_tables)
        # And by a few of its records, if those are hidden, too.
        sim.knobs(tables_off=["customfield", "customrecordtype", "customlist"])
        by_rows = self.discover(node, "customer")
        self.assertIn("customer.custentity_loyalty_score", self.names(by_rows["gained"]))

    def test_references_are_told_by_either_way(self):
        sim = self.sim({**SMALL, "customrecord_warranty": 40})
        node = self.node(sim=sim)
        texts = []
        for knobs in ({}, {"catalogue_targets": True, "tables_off": ["customfield", "customlist"]}):
            sim.knobs(**knobs)
            found = self.discover(node, "customrecord_warranty")
            texts.append({entry["field"]: entry["text"] for entry in found["gained"]})
        self.assertEqual(texts[0], texts[1])
        self.assertEqual(texts[0]["custrecord_customer"], "reference to customer")
        self.assertEqual(texts[0]["custrecord_colours"], "multi_select to customlist_colour")

    def test_without_a_file_the_overlay_alone_is_printed(self):
        sim = self.sim(SMALL)
        node = self.node(sim=sim)
        words = [word for word in node.command("criteria", "discover", "acme", "item") if word != "--json"]
        answer = run_cli(words, self.folder)
        self.assertEqual(answer.code, 0, answer.err)
        overlay = json.loads(answer.out)
        self.assertEqual([entry["name"] for entry in overlay["record_types"]], ["item"])

    def test_a_file_that_is_no_overlay_is_left_as_it_is(self):
        node = self.node(sim=self.sim(SMALL))
        file = self.folder / "notes.txt"
        file.write_text("not an overlay")
        self.assert_refused(node.cli("criteria", "discover", "acme", "item", "--to", file), "notes.txt")
        self.assertEqual(file.read_text(), "not an overlay")

    def test_names_that_nobody_knows_are_refused_and_groups_stand_for_their_members(self):
        sim = self.sim(SMALL)
        node = self.node(sim=sim)
        for command in ("discover", "diff"):
            sim.reset()
            self.assert_refused(node.cli("criteria", command, "acme", "custoner"), "customer")
            self.assertEqual(sim.stats()["requests"], 0)
            self.assert_refused(node.cli("criteria", command, "acme", "customrecord_nosuch"), "customrecord_nosuch")
        found = self.discover(node, "sales")
        self.assertIn("customer.custentity_loyalty_score", self.names(found["gained"]))
        self.assertNotIn("sales", json.dumps(found["remarks"]))

    def test_a_type_that_was_imported_and_is_gone_is_a_difference(self):
        sim = self.sim(SMALL)
        node = self.node(sim=sim)
        self.assertEqual(node.run("bin").code, 0)
        sim.knobs(tables_off=["bin", "pricelevel"])
        answer = node.cli("criteria", "diff", "acme", "bin", "pricelevel")
        self.assertEqual(answer.code, 3, answer.out + answer.err)
        self.assertEqual(self.names(answer.last["lost"]), {"bin"})
        sim.knobs(tables_off=[])
        self.assertEqual(node.cli("criteria", "diff", "acme", "bin", "pricelevel").code, 0)

    def test_what_could_not_be_asked_is_not_told_as_the_same(self):
        sim = self.sim(SMALL)
        node = self.node(sim=sim)
        sim.knobs(fault_table="item", fault_500_probability=1)
        for command in ("diff", "discover"):
            answer = node.cli("criteria", command, "acme", "item")
            self.assertEqual(answer.code, 3, answer.out + answer.err)
            self.assertIn("item", answer.last["not_tried"][0])
        words = [word for word in node.command("criteria", "diff", "acme", "item") if word != "--json"]
        self.assertIn("in what could be asked", run_cli(words, self.folder).out)

    def test_a_suspended_tenant_discovers_nothing(self):
        sim = self.sim(SMALL)
        node = self.node(sim=sim)
        node.cli("tenant", "suspend", "acme")
        sim.reset()
        self.assert_refused(node.cli("criteria", "discover", "acme"), "suspended")
        self.assertEqual(sim.stats()["requests"], 0)


if __name__ == "__main__":
    unittest.main()
