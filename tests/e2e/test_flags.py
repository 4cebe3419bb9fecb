"""The feature flag that decides between the paths of an import, changed by command and by SQL while the node runs."""

import sqlite3
import unittest

from harness import QUICK, Case, Tenant, wait_until

ONE, TWO = "4515181", "4515182"


def write(node, sql, *arguments):
    """What an operator does with the sqlite3 shell while the node runs."""
    db = sqlite3.connect(node.data_dir / "control.db", timeout=30)
    try:
        with db:
            db.execute(sql, arguments)
    finally:
        db.close()


def record(enabled, tenant_ids):
    """SQL for the only record, of these literals."""
    return (f"INSERT INTO feature_flags (name, enabled, tenant_ids, description, created_at, updated_at) VALUES"
            f" ('chunked_import', {enabled}, {tenant_ids}, 'from a test', datetime('now'), datetime('now'))")


class FeatureFlag(Case):
    def two_tenants(self, sim, **more):
        return self.node(Tenant(ONE), Tenant(TWO), sim=sim, features={}, **more)

    def explain(self, node, tenant):
        answer = node.cli("flags", "explain", tenant)
        self.assertEqual(answer.code, 0, answer.err)
        return answer.last

    def path_of_next_import(self, node, tenant):
        answer = node.run("currency", tenant)
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        return answer.last["system"]

    def test_each_state_of_the_record_decides_at_the_next_start_also_when_written_by_sql(self):
        sim = self.sim({"currency": 20})
        node = self.two_tenants(sim)
        scenarios = [
            # what stands in the table, the path of either tenant, whether somebody is to be alerted
            (None, "legacy", "legacy", False),  # no record at all
            (record("true", "NULL"), "chunked", "chunked", False),
            (record("true", "'[]'"), "chunked", "chunked", False),
            (record("true", "'[4515181]'"), "chunked", "legacy", False),
            (record("true", "'[\"4515182\"]'"), "legacy", "chunked", False),
            (record("true", "'[4515181,\"4515182\"]'"), "chunked", "chunked", False),
            (record("false", "'[4515181]'"), "legacy", "legacy", False),
            (record("false", "NULL"), "legacy", "legacy", False),
            (record("true", "'[99]'"), "legacy", "legacy", False),  # ids that nobody has
            (record("true", "'[4515181'"), "legacy", "legacy", True),  # no JSON
            (record("true", "'4515181,4515182'"), "legacy", "legacy", True),
            (record("true", "'{\"4515181\":true}'"), "legacy", "legacy", True),
            (record("true", "4515181"), "legacy", "legacy", True),
            (record("'yes'", "NULL"), "legacy", "legacy", True),
            (record("7", "NULL"), "legacy", "legacy", True),
        ]
        for sql, one, two, alert in scenarios:
            with self.subTest(sql=sql):
                write(node, "DELETE FROM feature_flags")
                if sql:
                    write(node, sql)
                for tenant, path in ((ONE, one), (TWO, two)):
                    decision = self.explain(node, tenant)
                    self.assertEqual(decision["enabled"], path == "chunked", decision)
                    self.assertTrue(decision["reason"])
                    self.assertEqual(bool(decision["alert"]), alert, decision)
                    if alert:
                        self.assertIn("chunked_import", decision["alert"])
                    # Whoever goes from one tenant to the other gets the other's path.
                    self.assertEqual(self.path_of_next_import(node, tenant), path)
        self.assertTrue(node.alive())
        alerts = node.cli("alerts").last
        self.assertEqual([(alert["id"], alert["subject"]) for alert in alerts["up"]],
                         [("flag_record_wrong", "chunked_import")])
        write(node, record("true", "NULL").replace("INSERT", "REPLACE"))
        self.assertTrue(self.explain(node, ONE)["enabled"])
        wait_until(lambda: not node.cli("alerts").last["up"], "the alert is cleared")

    def test_the_reference_s_sql_adds_extends_and_disables(self):
        sim = self.sim({"currency": 20})
        node = self.two_tenants(sim)
        write(node, record("true", "'[4515181]'"))
        self.assertEqual(self.path_of_next_import(node, TWO), "legacy")
        write(node, "UPDATE feature_flags SET tenant_ids = json_insert(tenant_ids, '$[#]', 4515182)"
                    " WHERE name = 'chunked_import'")
        self.assertEqual(self.path_of_next_import(node, TWO), "chunked")
        write(node, "UPDATE feature_flags SET enabled = false WHERE name = 'chunked_import'")
        self.assertEqual(self.path_of_next_import(node, TWO), "legacy")
        listed = node.cli("flags", "list").last
        self.assertEqual((listed["name"], listed["enabled"], listed["tenant_ids"]),
                         ("chunked_import", False, [4515181, 4515182]))

    def test_commands_change_the_record_and_refuse_what_would_turn_into_its_opposite(self):
        sim = self.sim({"currency": 20})
        node = self.two_tenants(sim)
        self.assertEqual(node.cli("flags", "add-tenant", ONE).code, 0)
        self.assertTrue(self.explain(node, ONE)["enabled"])
        self.assertFalse(self.explain(node, TWO)["enabled"])
        self.assert_refused(node.cli("flags", "remove-tenant", ONE), "empty list means all")
        self.assertEqual(node.cli("flags", "add-tenant", TWO).code, 0)
        self.assertEqual(node.cli("flags", "remove-tenant", ONE).code, 0)
        self.assertFalse(self.explain(node, ONE)["enabled"])
        self.assertEqual(node.cli("flags", "disable").code, 0)
        self.assertFalse(self.explain(node, TWO)["enabled"])
        self.assertEqual(node.cli("flags", "enable").code, 0)
        self.assertTrue(self.explain(node, TWO)["enabled"])

    def test_without_a_record_the_environment_and_then_the_file_decide(self):
        sim = self.sim({"currency": 20})
        node = self.node(Tenant(ONE), Tenant(TWO), sim=sim, features={"chunked_import": True},
                         env={"FEATURE_CHUNKED_IMPORT": "true", "FEATURE_CHUNKED_IMPORT_TENANTS": f"1, {TWO}"})
        self.assertEqual(self.explain(node, ONE)["source"], "environment")
        self.assertEqual(self.path_of_next_import(node, ONE), "legacy")
        self.assertEqual(self.path_of_next_import(node, TWO), "chunked")
        write(node, record("true", "'[4515181]'"))
        self.assertEqual(self.path_of_next_import(node, ONE), "chunked")
        self.assertEqual(self.path_of_next_import(node, TWO), "legacy")

    def test_an_environment_that_is_neither_true_nor_false_is_refused_at_the_start(self):
        node = self.node(Tenant(ONE, base_url="http://127.0.0.1:1"), start=False,
                         env={"FEATURE_CHUNKED_IMPORT": "perhaps"})
        node.launch()
        self.assertEqual(node.process.wait(), 2)
        self.assertIn("FEATURE_CHUNKED_IMPORT", node.process.tail())

    def test_while_the_control_database_is_away_the_last_known_decision_stays(self):
        sim = self.sim({"currency": 20})
        node = self.two_tenants(sim)
        write(node, record("true", "'[4515181]'"))
        self.assertTrue(self.explain(node, ONE)["enabled"])
        place = node.data_dir / "control.db"
        away = node.data_dir / "control.db.away"
        place.rename(away)
        self.assertEqual(self.path_of_next_import(node, ONE), "chunked")
        self.assertEqual(self.path_of_next_import(node, TWO), "legacy")
        self.assertIn("cannot be read", self.explain(node, ONE)["reason"])
        self.assertEqual(node.cli("flags", "disable").code, 4)
        self.assertFalse(place.exists())
        away.rename(place)
        self.assertEqual(node.cli("flags", "disable").code, 0)
        self.assertEqual(self.path_of_next_import(node, ONE), "legacy")


class ControlFile(Case):
    """The file of the control database, damaged or exchanged."""

    def schedules(self, node, count, first=0):
        for i in range(first, first + count):
            answer = node.cli("schedules", "add", f"s{i}", "acme", "currency", "0 3 1 1 *")
            self.assertEqual(answer.code, 0, answer.err)

    def test_damage_that_spares_the_flags_is_told_until_a_sound_file_is_there(self):
        sim = self.sim({"currency": 3})
        node = self.node(sim=sim, alerts=QUICK)
        self.schedules(node, 3)
        self.assertEqual(node.stop(), 0)
        path = node.data_dir / "control.db"
        sound = path.read_bytes()
        db = sqlite3.connect(path)
        root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'schedules'").fetchone()[0]
        page = db.execute("PRAGMA page_size").fetchone()[0]
        db.close()
        with open(path, "r+b") as file:
            file.seek((root - 1) * page)
            file.write(b"\x77" * page)
        node.start()
        wait_until(lambda: "control_away" in self.up(node), "the alert is up", 30, pause=0.3)
        self.assertIn("damaged", self.up(node)["control_away"]["text"])
        self.assertEqual(node.run("currency").code, 0)  # as the flags were read
        whole = path.with_suffix(".whole")
        whole.write_bytes(sound)
        whole.chmod(0o600)
        whole.rename(path)
        wait_until(lambda: "control_away" not in self.up(node), "the alert has gone", 30, pause=0.3)
        self.assertEqual(len(node.cli("schedules", "list").lines), 3)

    def test_an_older_copy_in_its_place_costs_neither_file_anything(self):
        sim = self.sim({"currency": 3})
        node = self.node(sim=sim, alerts=QUICK)
        self.schedules(node, 2)
        path = node.data_dir / "control.db"
        old, right = path.with_suffix(".old"), path.with_suffix(".right")
        backup = sqlite3.connect(old)
        with sqlite3.connect(path) as db:
            db.backup(backup)
        db.close()
        backup.close()
        old.chmod(0o600)
        self.schedules(node, 10, 2)
        for restart in (False, True):
            with self.subTest(restart=restart):
                if restart:
                    node.kill()
                path.rename(right)
                old.rename(path)
                if restart:
                    node.start()
                self.assertEqual(node.cli("flags", "list").code, 0)
                node.cli("tenant", "suspend", "acme")  # for the audit, which goes wherever the node has it open
                path.rename(old)
                right.rename(path)
                self.assertEqual(node.cli("flags", "list").code, 0)
                node.cli("tenant", "resume", "acme")
                for file, count in ((old, 2), (path, 12)):
                    db = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
                    self.assertEqual(db.execute("PRAGMA integrity_check").fetchone()[0], "ok")
                    self.assertEqual(db.execute("SELECT count(*) FROM schedules").fetchone()[0], count)
                    db.close()
        self.assertEqual(node.stop(), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
