"""A changed configuration takes effect without a restart, by SIGHUP or by command; a bad one changes nothing."""

import itertools
import json
import re
import signal
import sqlite3
import unittest

from comparison import compare
from harness import ROOT, TBA, Case, Tenant, remove_type, type_of, wait_until
from ledger import check_laws


# The legacy path or the chunked one; a start with other files or a reload.
WAYS = list(itertools.product((False, True), repeat=2))


class Reload(Case):
    def rewrite(self, node, **sections):
        node.write_config(*(sections.get(name, {}) for name in ("node", "http", "log")))

    def reload(self, node):
        answer = node.cli("reload")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        return answer.last

    def log_says(self, node, *fragments):
        wait_until(lambda: all(x in node.process.log.read_text() for x in fragments), f"the log says {fragments}")

    def pool(self, node, tenant="acme"):
        return node.cli("concurrency", tenant).last

    def slow(self, **knobs):
        """A node with an import under way."""
        sim = self.sim({"customer": 60_000}, **{"latency_ms": 200, "lock_after_failures": 0, **knobs})
        node = self.node(sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 3000, "the first customers are in")
        return sim, node, import_id

    def completed(self, sim, node, import_id):
        """The import went on to its end, with all that there is."""
        sim.knobs(latency_ms=0)
        status = node.wait_for_state(import_id, "completed")
        self.assertEqual(status["pick_ups"]["failed_attempts"], 0)
        check_laws(self, node, import_id)
        compare(self, sim, node, names=["customer"])
        return status

    # -- criteria that change under an import ---------------------------------------------------------------------

    def edit_criteria(self, node, edit):
        criteria = json.loads(node.criteria.read_text())
        edit(criteria["record_types"])
        node.criteria.write_text(json.dumps(criteria))

    def without(self, name):
        def refers(field):
            targets = field.get("to", [])
            return name in (targets if isinstance(targets, list) else [targets])

        def edit(types):
            remove_type(types, name)
            for entry in types:
                if "fields" in entry:
                    entry["fields"] = [field for field in entry["fields"] if not refers(field)]
        return edit

    def mid_import(self, legacy=False):
        """A full import of customers that has all it needs of price levels."""
        sim = self.sim({"customer": 40_000}, latency_ms=150)
        node = self.node(sim=sim, name=f"node{len(self.started)}", features={"chunked_import": not legacy})
        answer = node.cli("import", "start", "acme", "customer", "--no-verify")
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        wait_until(lambda: sim.rows_served("customer") > 2000, "the first customers are in")
        self.assertEqual(type_of(node.status(answer.last["id"]), "pricelevel")["state"], "completed")
        return sim, node, answer.last["id"]

    def renewed(self, node, restart):
        if not restart:
            self.reload(node)
            return
        node.stop()
        node.start()

    def test_a_completed_record_type_that_the_criteria_lose_does_not_hurt_the_import(self):
        for legacy, restart in WAYS:
            with self.subTest(legacy=legacy, restart=restart):
                sim, node, import_id = self.mid_import(legacy)
                self.edit_criteria(node, self.without("pricelevel"))
                self.renewed(node, restart)
                sim.knobs(latency_ms=0)
                status = node.wait_for_state(import_id, "completed")
                self.assertEqual(type_of(status, "pricelevel")["state"], "completed")
                self.assertEqual(node.value("SELECT count(*) FROM customer"), 40_000)
                check_laws(self, node, import_id)
                node.stop()

    def test_a_record_type_that_the_criteria_gain_in_mid_import_is_the_next_ones(self):
        def gain(types):
            types.append({"name": "region", "table": "location", "key": "id",
                          "fields": [{"name": "id", "type": "id"}]})
            next(x for x in types if x["name"] == "customer")["depends_on"] = ["region"]
        for legacy, restart in WAYS:
            with self.subTest(legacy=legacy, restart=restart):
                sim, node, import_id = self.mid_import(legacy)
                self.edit_criteria(node, gain)
                self.renewed(node, restart)
                sim.knobs(latency_ms=0)
                status = node.wait_for_state(import_id, "completed")
                self.assertNotIn("region", [x["name"] for wave in status["waves"] for x in wave["record_types"]])
                self.assertEqual(type_of(node.run("customer").last, "region")["state"], "completed")
                node.stop()

    def test_a_record_type_that_is_still_needed_and_described_differently_fails_by_name(self):
        def retype(types):
            customer = next(x for x in types if x["name"] == "customer")
            next(x for x in customer["fields"] if x["name"] == "creditlimit")["type"] = "text"
        changes = {"creditlimit": (retype, "its field 'creditlimit': type was 'decimal' and is 'text' now"),
                   "customer": (self.without("customer"), "customer is no longer in the criteria")}
        for legacy, restart in WAYS:
            with self.subTest(legacy=legacy, restart=restart):
                for edit, sentence in changes.values():
                    _, node, import_id = self.mid_import(legacy)
                    self.edit_criteria(node, edit)
                    self.renewed(node, restart)
                    status = node.wait_for_state(import_id, "failed")
                    self.assertIn(sentence, status["error"])
                    self.assertEqual(type_of(status, "customer")["state"], "failed")
                    self.assertEqual(node.run("currency").code, 0)
                    check_laws(self, node, import_id)
                    node.stop()

    # -- what takes effect --------------------------------------------------------------------------------------

    def test_an_unchanged_file_changes_nothing_and_says_so(self):
        sim, node, import_id = self.slow()
        self.assertEqual(self.reload(node), {"changes": [], "hints": []})
        node.process.signal(signal.SIGHUP)
        self.log_says(node, "the configuration was read again: nothing has changed, by SIGHUP")
        self.completed(sim, node, import_id)
        reloads = wait_until(lambda: len(found := [x for x in node.cli("audit").lines if x["command"] == "reload"]) == 2
                             and found, "both reloads are in the audit")
        self.assertEqual({x["from"].split(",")[0] for x in reloads}, {"signal", "local socket"})
        self.assertEqual({x["result"] for x in reloads}, {"done"})

    def test_a_new_tenant_is_served_and_one_that_is_gone_goes_on_where_it_was_when_it_is_back(self):
        sim, node, import_id = self.slow()
        acme = node.tenants[0]
        node.tenants = [Tenant(id="globex", base_url=sim.url)]
        self.rewrite(node)
        changes = self.reload(node)["changes"]
        self.assertIn("tenant globex is new", changes)
        self.assertTrue(any("tenant acme is gone" in x for x in changes), changes)
        self.assertEqual([tenant["id"] for tenant in node.cli("tenants").lines], ["globex"])
        self.assert_refused(node.cli("import", "status", import_id), "no tenant acme")
        self.log_says(node, f"import {import_id}: tenant acme was taken out of the configuration")
        self.assertNotIn("the node is stopping", node.process.log.read_text())
        self.assertEqual(node.run("currency", tenant="globex").code, 0)
        wait_until(lambda: sim.stats()["in_flight"] == 0, "nothing is asked for the tenant that is gone")

        node.tenants.insert(0, acme)
        self.rewrite(node)
        node.process.signal(signal.SIGHUP)
        wait_until(lambda: len(node.cli("tenants").lines) == 2, "both tenants are there")
        self.completed(sim, node, import_id)

    def test_a_new_limit_holds_at_once_and_interrupts_nothing(self):
        sim, node, import_id = self.slow(concurrency_limit=12)
        self.assertEqual(self.pool(node)["limit"], 5)
        node.tenants[0].concurrency_limit = 12
        node.tenants[0].more["concurrency_reserve"] = 2
        self.rewrite(node)
        node.process.signal(signal.SIGHUP)
        pool = wait_until(lambda: (found := self.pool(node))["limit"] == 12 and found, "the limit has changed")
        self.assertEqual((pool["reserve"], pool["limit_source"]), (2, "configured"))
        wait_until(lambda: sim.stats()["in_flight"] == 10, "ten requests are open")
        self.log_says(node, "account 1234567_SB1 has a limit of 12 less 2 instead of a limit of 5, by SIGHUP")
        status = self.completed(sim, node, import_id)
        self.assertEqual(status["pick_ups"]["interrupted"], 0)
        self.assertEqual(sim.stats()["aborted_by_client"], 0)

        with self.subTest("a limit that an operator set stays until it is reset"):
            node.cli("concurrency", "acme", "--limit", "3")
            node.tenants[0].concurrency_limit = 8
            self.rewrite(node)
            self.assertIn("keeps the limit of 3", self.reload(node)["hints"][0])
            self.assertEqual(self.pool(node)["limit"], 3)
            self.assertEqual(node.cli("concurrency", "acme", "--reset").last["limit"], 8)

    def test_new_credentials_are_used_from_then_on(self):
        sim, node, import_id = self.slow()
        sim.knobs(tba_token_secret="another-secret")
        node.wait_for_state(import_id, "paused")
        bad = sim.stats()["auth_failures"]
        node.tenants[0].auth["token_secret"] = "another-secret"
        self.rewrite(node)
        report = self.reload(node)
        self.assertEqual(report["changes"], ["tenant acme has new credentials"])
        self.assertIn("tenant resume acme", report["hints"][0])
        self.assertNotIn("another-secret", node.process.log.read_text() + json.dumps(report))
        self.assertEqual(node.cli("tenant", "resume", "acme").last["state"], "active")
        self.completed(sim, node, import_id)
        self.assertEqual(sim.stats()["auth_failures"], bad)

    def test_credentials_that_are_replaced_in_mid_import_cost_it_nothing(self):
        sim, node, import_id = self.slow()
        # Both are good, as while an integration has two tokens.
        node.tenants[0].auth["token"] = TBA["token"]
        node.tenants[0].more["accept_language"] = "de"
        self.rewrite(node)
        self.assertEqual(self.reload(node)["changes"], ["tenant acme has new accept_language"])
        status = self.completed(sim, node, import_id)
        self.assertGreater(status["batches"]["completed"], 0)
        self.assertEqual(sim.stats()["auth_failures"], 0)

    def test_a_new_field_of_the_criteria_is_imported_and_a_running_import_goes_on(self):
        sim, node, import_id = self.slow()
        whole = json.loads(node.criteria.read_text())
        customer = next(x for x in whole["record_types"] if x["name"] == "customer")
        field = next(x for x in customer["fields"] if x["type"] == "text" and x["name"] != customer["key"])
        customer["fields"].remove(field)
        node.criteria.write_text(json.dumps(whole))
        self.assertEqual(self.reload(node)["changes"], ["tenant acme has new criteria"])
        self.completed_without(sim, node, import_id)

        customer["fields"].append(field)
        node.criteria.write_text(json.dumps(whole))
        self.assertEqual(self.reload(node)["changes"], ["tenant acme has new criteria"])
        self.assertEqual(node.run("customer").code, 0)
        self.assertGreater(
            node.value(f"SELECT count(*) FROM customer WHERE \"{field['name']}\" IS NOT NULL"), 0)

    def completed_without(self, sim, node, import_id):
        sim.knobs(latency_ms=0)
        node.wait_for_state(import_id, "completed")
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 60_000)

    # -- what does not ------------------------------------------------------------------------------------------

    # -- whose a database is --------------------------------------------------------------------------------------

    def states(self, node):
        return {line["id"]: line["state"] for line in node.cli("tenants").lines}

    def test_another_id_is_refused_the_database_by_name_until_it_is_written_into_it(self):
        sim, node, import_id = self.slow()
        database = {"database": f"sqlite:{node.database_path()}"}
        node.tenants = [Tenant("acme2", base_url=sim.url, more=database)]
        self.rewrite(node)
        self.reload(node)
        said = node.process.log.read_text()
        for told in ("taken_over", "served_twice", "recovered"):
            self.assertNotIn(told, said)
        self.assertEqual(self.states(node), {"acme2": "database_away"})
        for words in (("import", "start", "acme2", "customer"), ("import", "start", "acme2", "currency")):
            refused = node.cli(*words)
            self.assertEqual(refused.code, 4, refused.out + refused.err)
            self.assertIn("holds the imports of tenant acme,", refused.err)
        self.assertEqual(node.cli("import", "list").code, 4)
        self.assertEqual(node.stop(), 0)
        text = (ROOT / "docs" / "operations.md").read_text().split("### Another id")[1]
        statements = re.search(r"```sql\n(.*?)```", text, re.DOTALL).group(1).replace("NEW", "acme2")
        db = sqlite3.connect(node.database_path("acme"))
        db.executescript(statements)
        db.close()
        node.start()
        now = import_id.replace("acme.", "acme2.")
        self.assertEqual(node.cli("import", "pause", now).code, 0)
        self.assertEqual(node.cli("import", "resume", now).code, 0)
        sim.knobs(latency_ms=0)
        node.wait_for_state(now, "completed")
        self.assertEqual(node.run("currency", tenant="acme2").code, 0)

    def test_two_tenants_that_swap_their_databases_are_both_refused_and_served_again_when_it_is_undone(self):
        sim = self.sim({"currency": 20})
        node = self.node(Tenant("one"), Tenant("two"), sim=sim)
        ids = [node.run("currency", tenant=name).last["id"] for name in ("one", "two")]
        places = [f"sqlite:{node.database_path(name)}" for name in ("one", "two")]
        for way in (places[::-1], places):
            for tenant, place in zip(node.tenants, way):
                tenant.more = {"database": place}
            self.rewrite(node)
            self.reload(node)
            state = "active" if way == places else "database_away"
            self.assertEqual(self.states(node), {"one": state, "two": state})
        for import_id in ids:
            self.assertEqual(node.status(import_id)["state"], "completed")
        said = node.process.log.read_text()
        for told in ("taken_over", "served_twice", "recovered"):
            self.assertNotIn(told, said)

    def test_a_bad_file_changes_nothing_and_says_why(self):
        sim, node, import_id = self.slow()
        good, types = node.config.read_text(), node.criteria.read_text()

        def served():
            return [(x["id"], x["state"]) for x in node.cli("tenants").lines], self.pool(node)["limit"]
        before = served()

        def with_tenant(text):
            return good + f'\n[[tenants]]\nid = "globex"\naccount = "7654321"\n{text}\n'

        mistakes = {
            "no TOML": ("[node\n", ".toml:1:"),
            "an unknown setting": (good.replace("concurrency_limit", "concurency_limit"), "concurrency_limit"),
            "a limit out of bounds": (good.replace("concurrency_limit = 5", "concurrency_limit = 0"),
                                      "concurrency_limit"),
            "a tenant without credentials": (with_tenant(""), "auth"),
            "a criteria file that is not there": (good.replace(node.criteria.name, "none.json"), "none.json"),
            "another name, which needs a restart": (good.replace('name = "node"', 'name = "other"'), "node.name"),
            "another time-out, which needs a restart": (good + "\n[http]\ntotal_timeout_s = 60\n", "[http]"),
        }
        for what, (text, fragment) in mistakes.items():
            with self.subTest(what):
                # Something good beside it is not taken either.
                if "concurrency_limit = 5" in text:
                    text = text.replace("concurrency_limit = 5", "concurrency_limit = 9")
                node.config.write_text(text)
                self.assert_refused(node.cli("reload"), fragment)
                self.assertEqual(served(), before)
        node.config.write_text(good)
        with self.subTest("criteria"):
            node.criteria.write_text(types.replace('"customer"', '"custmer"', 1))
            self.assert_refused(node.cli("reload"), node.criteria.name)
            node.criteria.write_text(types)
        with self.subTest("a signal says it in the log"):
            node.config.write_text("[node\n")
            node.process.signal(signal.SIGHUP)
            self.log_says(node, "the configuration was not taken: ")
            node.config.write_text(good)
        with self.subTest("a database of another program"):
            other = node.data_dir / "globex.db"
            other.write_bytes(b"this is no database, only a text\n" * 100)
            node.tenants.append(Tenant(id="globex", base_url=sim.url))
            self.rewrite(node)
            self.assert_refused(node.cli("reload"), "globex")
            self.assertEqual(len(node.cli("tenants").lines), 1)
            other.unlink()
            self.assertEqual(self.reload(node)["changes"], ["tenant globex is new"])
        self.completed(sim, node, import_id)


if __name__ == "__main__":
    unittest.main(verbosity=2)
