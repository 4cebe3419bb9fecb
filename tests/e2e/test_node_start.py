"""How a node starts and refuses; what the command line says then."""

import copy
import json
import os
import random
import socket
import sqlite3
import stat
import unittest

from comparison import compare
from harness import BIN, ROOT, Case, Tenant, run_cli, wait_until
from ledger import check_completed

CRITERIA = json.loads((ROOT / "config" / "criteria.json").read_text())


def criteria_with(change):
    changed = copy.deepcopy(CRITERIA)
    change({entry["name"]: entry for entry in changed["record_types"]}, changed["record_types"])
    return changed


class Refusals(Case):
    def refused(self, *fragments, tenants=(), env=None, **settings):
        """The node ends with 2 before it serves, and says what is wrong in words that contain `fragments`."""
        node = self.node(*(tenants or [Tenant(base_url="http://127.0.0.1:9")]), start=False, env=env, **settings)
        self.assertEqual(node.launch().wait(), 2, node.process.tail())
        said = node.process.tail()
        for fragment in fragments:
            self.assertIn(fragment, said)
        self.assertEqual(node.process.said(), "")
        return said

    def test_a_criteria_file_that_is_wrong_is_refused_with_the_place_and_the_remedy(self):
        def circle(types, _):
            types["currency"]["fields"].append({"name": "owner", "type": "reference", "to": "employee"})

        def unknown(types, _):
            types["item"]["fields"].append({"name": "colour", "type": "reference", "to": "colour"})

        def no_such_type(types, _):
            types["customer"]["fields"][3]["type"] = "money"

        def keyless(types, _):
            del types["customer"]["key"]

        def twice(_, entries):
            entries.append(entries[0])

        for change, fragments in ((circle, ("currency → ", "employee", "weak")), (unknown, ("colour", "external")),
                                  (no_such_type, ("$.record_types", "fields[3].type", "money", "decimal")),
                                  (keyless, ("key",)), (twice, ("currency",))):
            with self.subTest(change.__name__):
                self.refused("criteria.json", *fragments, criteria=criteria_with(change), name=change.__name__)
        with self.subTest("broken JSON"):
            self.refused("criteria.json", criteria='{"version": 1, "record_types": [', name="broken")

    def test_a_configuration_that_is_wrong_is_refused_with_the_setting_and_the_remedy(self):
        here = "http://127.0.0.1:9"
        for what, fragments, tenants in (
                ("two limits for one account", ("tenants[1].concurrency_limit is 7", "line"),
                 [Tenant("one", here), Tenant("two", here, concurrency_limit=7)]),
                ("one tenant twice", ("tenants[1].id", "rename"), [Tenant(base_url=here), Tenant(base_url=here)]),
                ("no authentication with a foreign host", ("none",),
                 [Tenant(base_url="https://example.com", auth={"method": "none"})]),
                ("a setting that does not exist", ("concurency_limit",),
                 [Tenant(base_url=here, more={"concurency_limit": 5})]),
                ("an environment variable that is not set", ("NO_SUCH_VARIABLE",),
                 [Tenant(base_url=here, auth={"method": "tba", "consumer_key": "env:NO_SUCH_VARIABLE",
                                              "consumer_secret": "x", "token": "x", "token_secret": "x"})])):
            with self.subTest(what):
                self.refused(*fragments, tenants=tenants)

    def test_a_data_folder_that_another_node_holds_is_refused(self):
        sim = self.sim()
        node = self.node(sim=sim)
        second = self.refused("belongs to another tidemarkd", str(node.process.pid), "data_dir")
        self.assertIn(str(node.data_dir), second)
        self.assertEqual(node.run("currency").code, 0)

    def test_a_database_that_is_none_or_somebody_elses_is_refused(self):
        rubbish = b"this is no database, only a text\n" * 100
        node = self.node(Tenant(base_url="http://127.0.0.1:9"), start=False, name="rubbish")
        node.data_dir.mkdir()
        node.database_path().write_bytes(rubbish)
        self.assertEqual(node.launch().wait(), 2, node.process.tail())
        self.assertIn(str(node.database_path()), node.process.tail())
        self.assertEqual(node.database_path().read_bytes(), rubbish)
        node = self.node(Tenant(base_url="http://127.0.0.1:9"), start=False, name="foreign")
        node.data_dir.mkdir()
        with sqlite3.connect(node.database_path()) as db:
            db.execute("CREATE TABLE customer (id, name)")
        db.close()
        self.assertEqual(node.launch().wait(), 2, node.process.tail())
        self.assertIn("not made by tidemark", node.process.tail())

    def test_usage_that_is_wrong_ends_with_2(self):
        for words in ([], ["--config"], ["--config", "no-such-file.toml"], ["--what"]):
            answer = run_cli([str(BIN / "tidemarkd"), *words], self.folder)
            self.assertEqual(answer.code, 2, words)
            self.assertTrue(answer.out + answer.err)


class Doors(Case):
    def test_the_control_socket_is_its_owners_alone(self):
        node = self.node(sim=self.sim())
        path = node.control.removeprefix("unix:")
        self.assertTrue(os.path.isabs(path))
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(node.data_dir).st_mode), 0o700)

    def test_a_socket_left_by_a_killed_node_is_no_hindrance(self):
        sim = self.sim()
        node = self.node(sim=sim)
        node.kill()
        self.assertTrue(os.path.exists(node.control.removeprefix("unix:")))
        node.start()
        self.assertEqual(node.run("currency").code, 0)

    def test_hostile_bytes_on_the_socket_leave_the_node_serving(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim)
        import_id = node.begin("customer")
        path = node.control.removeprefix("unix:")
        dice = random.Random(7)
        zero_handshake = bytes(40)
        huge_frame = bytes([1, 0, 0, 0]) + (0xFFFFFFF0).to_bytes(4, "big") + bytes(32)
        attacks = [b"", zero_handshake, huge_frame, b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 4096]
        attacks += [dice.randbytes(dice.randrange(1, 3000)) for _ in range(60)]
        idle = []
        for bytes_sent in attacks:
            link = socket.socket(socket.AF_UNIX)
            link.settimeout(5)
            link.connect(path)
            try:
                link.sendall(bytes_sent)
                link.shutdown(socket.SHUT_WR) if dice.random() < 0.5 else None
            except OSError:
                pass  # the node has hung up: its right
            idle.append(link)
        self.assertEqual(node.cli("node", "status").code, 0)
        for link in idle:
            link.close()
        self.assertTrue(node.alive())
        check_completed(self, node, node.wait_for_state(import_id, "completed"))
        compare(self, sim, node, names=["customer"])


class CommandLine(Case):
    def test_exit_codes_tell_what_became_of_a_command(self):
        sim = self.sim({"customer": 2000})
        node = self.node(sim=sim)
        self.assertEqual(node.cli("record-types").code, 0)
        self.assertEqual({line["name"] for line in node.cli("record-types").lines},
                         {entry["name"] for entry in CRITERIA["record_types"]})
        self.assertEqual(node.cli("import", "list").code, 0)
        self.assert_refused(node.cli("import", "start", "nobody", "customer"), "nobody", "acme")
        self.assert_refused(node.cli("import", "start", "acme", "unicorn"), "unicorn")
        self.assert_refused(node.cli("import", "status", "acme.rubbish"), "acme.rubbish")
        self.assert_refused(node.cli("import", "frobnicate"))
        self.assertEqual(node.run("customer").code, 0)
        # Asked for while it runs or again later, an import is the same one.
        first = node.begin("customer")
        self.assertEqual(node.wait_for_state(first, "completed")["id"], first)
        self.assertEqual(len(node.cli("import", "list").lines), 2)

    def test_a_node_that_is_not_there_or_goes_away_is_6(self):
        absent = run_cli([str(BIN / "tidemark"), "--node", f"unix:{self.folder}/none.sock", "import", "list"],
                         self.folder)
        self.assertEqual(absent.code, 6)
        self.assertIn("none.sock", absent.err)
        sim = self.sim({"customer": 30_000}, latency_ms=100)
        node = self.node(sim=sim)
        waiting = node.background("import", "start", "acme", "customer", "--wait")
        wait_until(lambda: sim.rows_served("customer") > 2000, "the first customers are in")
        node.kill()
        _, err = waiting.communicate(timeout=30)
        self.assertEqual(waiting.returncode, 6, err)
        self.assertTrue(err)

    def test_without_node_the_environment_and_then_the_default_folder_tell_where_it_is(self):
        sim = self.sim()
        node = self.node(sim=sim, name="data")  # its socket is data/control.sock below the working folder
        command = [str(BIN / "tidemark"), "--json", "node", "status"]
        self.assertEqual(run_cli(command, self.folder).code, 0)
        self.assertEqual(run_cli(command, "/", env={"TIDEMARK_NODE": node.control}).code, 0)
        self.assertEqual(run_cli(command, "/", env={"TIDEMARK_NODE": f"unix:{self.folder}/none.sock"}).code, 6)
        self.assertEqual(run_cli(command, self.folder, env={"TIDEMARK_NODE": "tcp:somewhere:1"}).code, 2)

    def test_a_plan_asks_for_ranges_alone_and_writes_nothing(self):
        sim = self.sim({"customer": 4200, "transaction": 2000})
        node = self.node(sim=sim)
        answer = node.cli("plan", "acme", "transactionline")
        self.assertEqual(answer.code, 0, answer.err)
        plan = answer.last
        self.assertGreaterEqual(len(plan["waves"]), 6)
        planned = {entry["name"]: entry for wave in plan["waves"] for entry in wave["record_types"]}
        self.assertEqual(planned["customer"]["records"], 4200)
        self.assertEqual(planned["customer"]["batches"], 5)
        self.assertEqual(node.value("SELECT count(*) FROM imports"), 0)
        self.assertEqual(node.value("SELECT count(*) FROM batches"), 0)
        self.assertEqual(node.value("SELECT count(*) FROM record_tables"), 0)
        self.assertLess(sum(table["rows"] for table in sim.stats()["tables"].values()), plan["records"] / 50)
        sim.reset()
        self.assertEqual(node.run("transactionline").code, 0)
        made = sim.stats()["data_requests"]
        self.measured(f"planned {plan['expected_requests']} requests, made {made}")
        self.assertLessEqual(abs(plan["expected_requests"] - made), 2 + made // 20)

    def test_two_starts_of_the_same_are_one_import(self):
        sim = self.sim({"customer": 8000}, latency_ms=50)
        node = self.node(sim=sim)
        calls = [node.background("import", "start", "acme", "customer") for _ in range(4)]
        ids = {json.loads(call.communicate(timeout=30)[0].splitlines()[-1])["id"] for call in calls}
        self.assertEqual(len(ids), 1)
        node.wait_for_state(ids.pop(), "completed")
        self.assertEqual(len(node.cli("import", "list").lines), 1)

    def test_imports_that_need_the_same_type_run_it_once(self):
        sim = self.sim({"customer": 5000, "vendor": 1500}, latency_ms=30)
        node = self.node(sim=sim)
        ids = [node.begin(main) for main in ("customer", "contact", "item")]
        for import_id in ids:
            node.wait_for_state(import_id, "completed")
        compare(self, sim, node)
        batches = node.value("SELECT count(*) FROM batches WHERE record_type = 'employee'")
        imports = node.value("SELECT count(DISTINCT import_number) FROM batches WHERE record_type = 'employee'")
        self.assertEqual((batches, imports), (1, 1))


if __name__ == "__main__":
    unittest.main(verbosity=2)
