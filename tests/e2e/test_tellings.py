"""What a node tells of what it cannot see, cannot do, or does not know."""

import contextlib
import pathlib
import re
import shutil
import sqlite3
import time
import unittest

from harness import QUICK, ROOT, Case, Tenant, wait_until
from ledger import check_completed


class Tellings(Case):
    def move_away(self, node):
        away = self.folder / "away"
        away.mkdir()
        for path in node.data_dir.glob("acme.db*"):
            if path.name in ("acme.db", "acme.db-wal", "acme.db-shm"):
                shutil.move(path, away)

    def put_back(self, node):
        for path in (self.folder / "away").iterdir():
            shutil.move(path, node.data_dir)


class IdleWithoutDatabase(Tellings):
    """No import is under way."""

    def idle_node(self):
        sim = self.sim({"currency": 10})
        node = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(node.run("currency").code, 0)
        return node

    def check_told(self, node):
        refused = node.cli("import", "start", "acme", "currency")
        self.assertEqual(refused.code, 4, refused.out)
        wait_until(lambda: "store_unavailable" in self.up(node), "the alert is up", 30, pause=0.2)
        # For as many looks as it takes to tell a lasting alert from one that comes and goes.
        until = time.monotonic() + 6
        while time.monotonic() < until:
            self.assertIn("store_unavailable", self.up(node))
            self.assertEqual(node.cli("tenants").last["state"], "database_away")
            time.sleep(0.3)
        self.assertIn(str(node.database_path()), node.cli("tenants").last["reason"])

    def check_well(self, node):
        wait_until(lambda: "store_unavailable" not in self.up(node), "the alert is cleared", 30, pause=0.2)
        self.assertEqual(node.cli("tenants").last["state"], "active")
        self.assertEqual(node.run("currency").code, 0)

    def test_a_database_that_is_missing_is_told_until_it_is_back(self):
        node = self.idle_node()
        self.move_away(node)
        self.check_told(node)
        self.put_back(node)
        self.check_well(node)

    def test_a_database_that_is_locked_is_told_until_it_is_free(self):
        node = self.idle_node()
        locker = sqlite3.connect(node.database_path(), timeout=30, isolation_level=None)
        self.addCleanup(locker.close)
        locker.execute("BEGIN IMMEDIATE")
        self.check_told(node)
        locker.execute("ROLLBACK")
        self.check_well(node)

    def test_a_list_that_finds_the_database_missing_is_word_enough(self):
        node = self.idle_node()
        self.move_away(node)
        node.cli("import", "list")
        wait_until(lambda: node.cli("tenants").last["state"] == "database_away", "it is told", 30, pause=0.2)
        wait_until(lambda: "store_unavailable" in self.up(node), "the alert is up", 30, pause=0.2)
        self.put_back(node)
        self.check_well(node)

    def test_a_list_without_a_tenant_that_cannot_be_read_says_whose_and_why_and_is_no_success(self):
        sim = self.sim({"currency": 10})
        node = self.node(Tenant(base_url=sim.url), Tenant(id="bravo", base_url=sim.url), sim=sim, alerts=QUICK)
        for tenant in ("acme", "bravo"):
            self.assertEqual(node.run("currency", tenant=tenant).code, 0)
        self.move_away(node)
        listed = node.cli("import", "list")
        self.assertEqual([entry["tenant"] for entry in listed.lines], ["bravo"])
        self.assertEqual(listed.code, 4)
        self.assertIn("acme", listed.err)
        self.assertIn("acme.db", listed.err)
        self.assertEqual(node.cli("import", "list", "--tenant", "bravo").code, 0)


class UnseenFigures(Tellings):
    def test_an_import_whose_ledger_cannot_be_read_is_not_told_as_one_that_has_done_nothing(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        watch = node.background("import", "watch", import_id)
        self.move_away(node)
        wait_until(lambda: node.cli("node", "status").last["imports_running"] == 0, "nothing runs any more", 60)
        wait_until(lambda: "goes on by itself" in node.cli("why", import_id).out, "it is told why", 60)
        status = node.status(import_id)
        self.assertEqual((status["state"], status["paused_by"]), ("paused", "database"))
        for figure in ("progress", "records", "batches", "pick_ups"):
            self.assertIsNone(status[figure], figure)
        self.put_back(node)
        node.wait_for_state(import_id, "completed")
        self.assertEqual(node.status(import_id)["progress"], 1)
        told, err = watch.communicate(timeout=60)
        self.assertEqual(watch.returncode, 7, err)  # a watch ends where its import rests
        self.assertIn('"progress":null', told.splitlines()[-1])


class TwoNodes(Tellings):
    def two(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        first = self.node(sim=sim, alerts=QUICK, name="first")
        import_id = self.under_way(sim, first)
        shared = Tenant(base_url=sim.url, more={"database": f"sqlite:{first.database_path()}"})
        return first, self.node(shared, sim=sim, name="second", alerts=QUICK), import_id

    def test_a_node_that_takes_a_database_from_one_that_runs_does_not_call_that_a_crash(self):
        first, second, import_id = self.two()
        wait_until(lambda: "tenant_served_twice" in self.up(second), "the second node knows", 30, pause=0.2)
        alert = self.up(second)["tenant_served_twice"]
        self.assertEqual(alert["level"], "warning")
        for part in ("node first", f"process {first.process.pid}"):
            self.assertIn(part, alert["text"])
        self.assertTrue(alert["remedy"])
        (recovered,) = second.cli("node", "status").last["recovered"]
        self.assertEqual(recovered["tenant"], "acme")
        self.assertIn("still runs", recovered["text"])
        self.assertNotIn("crash", recovered["text"])
        second.wait_for_state(import_id, "completed")
        self.assertIn("tenant_served_twice", self.up(second))
        self.assertEqual(first.stop(), 0)
        wait_until(lambda: "tenant_served_twice" not in self.up(second), "the alert is cleared", 30, pause=0.2)

    def test_a_node_that_lets_go_of_the_tenant_at_a_reload_is_no_second_one_any_more(self):
        first, second, _ = self.two()
        wait_until(lambda: "tenant_served_twice" in self.up(second), "the second node knows", 30, pause=0.2)
        first.tenants = []
        first.write_config({}, {}, {}, QUICK)
        self.assertEqual(first.cli("reload").code, 0)
        wait_until(lambda: "tenant_served_twice" not in self.up(second), "the alert is cleared", 30, pause=0.2)
        self.assertTrue(first.alive())

    def test_a_restart_after_a_crash_is_told_as_one_and_raises_no_alert(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        pid = node.process.pid
        node.kill()
        node.start()
        (recovered,) = node.cli("node", "status").last["recovered"]
        self.assertIn(f"process {pid}", recovered["text"])
        self.assertIn("crash", recovered["text"])
        node.wait_for_state(import_id, "completed")
        self.assertNotIn("tenant_served_twice", node.process.log.read_text())
        self.assertEqual(node.stop(), 0)
        node.start()
        self.assertEqual(node.cli("node", "status").last["recovered"], [])


class OutageAndSuspension(Tellings):
    def test_a_suspension_is_named_before_the_outage_that_it_came_upon(self):
        sim = self.sim({"customer": 20_000}, latency_ms=100)
        node = self.node(sim=sim, node={"outage_pause_seconds": 1}, alerts=QUICK)
        import_id = self.under_way(sim, node)
        sim.kill()
        paused = node.wait_for_state(import_id, "paused", timeout=60)
        self.assertEqual(paused["paused_by"], "outage")
        self.assertEqual(node.cli("tenant", "suspend", "acme").code, 0)
        for status in (node.status(import_id), node.cli("import", "list").last):
            self.assertEqual(status["paused_by"], "suspension")
            self.assertIn("suspended by", status["error"])
        first, *others = node.cli("why", import_id).last["blockers"]
        self.assertIn("tenant resume acme", first["text"])
        self.assertIn("suspended by", first["text"])
        self.assertEqual([other["blocker"] for other in others], ["outage"])
        self.assertIn("does not answer", others[0]["text"])
        self.assertNotIn("by itself", first["text"] + others[0]["text"])

        def remedy():
            return self.up(node)["account_down"]["remedy"]
        wait_until(lambda: "tenant resume acme" in remedy(), "the alert's remedy names the suspension", 15, pause=0.2)
        self.assertNotIn("by themselves", remedy())
        self.assertEqual(node.cli("tenant", "resume", "acme").code, 0)
        self.assertEqual(node.status(import_id)["paused_by"], "outage")
        wait_until(lambda: "by themselves" in remedy(), "the alert's remedy is the usual one", 15, pause=0.2)
        sim.restart()
        node.wait_for_state(import_id, "completed")


class Small(Tellings):
    def test_the_readme_and_the_help_name_every_exit_code_alike(self):
        sim = self.sim({"currency": 10})
        node = self.node(sim=sim)
        text = node.cli("help").out + node.cli("--help").out
        readme = (ROOT / "README.md").read_text()
        told = {int(code): words for code, words in re.findall(r"^\| (\d+) \| (.+) \|$", readme, re.MULTILINE)}
        self.assertEqual(sorted(told), [0, 2, 3, 4, 5, 6, 7, 130, 143])
        self.assertIn("database", told[4])
        for code in told:
            self.assertRegex(text, rf"\b{code}\b")

    def test_a_verify_can_be_queued_as_its_refusal_says(self):
        sim = self.sim({"customer": 8_000}, latency_ms=100)
        node = self.node(sim=sim)
        self.under_way(sim, node)
        refused = node.cli("verify", "acme", "customer")
        self.assertEqual(refused.code, 2)
        self.assertIn("--queue", refused.err)
        queued = node.background("verify", "acme", "customer", "--queue")
        wait_until(lambda: len(node.cli("import", "list").lines) == 2, "it is queued", 30, pause=0.1)
        _, err = queued.communicate(timeout=120)
        self.assertEqual(queued.returncode, 0, err)

    def test_each_queued_import_names_all_that_it_waits_for_in_order(self):
        sim = self.sim({"customer": 20_000}, latency_ms=100)
        node = self.node(sim=sim)
        first = self.under_way(sim, node)
        queued = [node.cli("import", "start", "acme", "customer", "--incremental", *options, "--queue").last["id"]
                  for options in ([], ["--reconcile"], ["--reconcile", "--verify"])]
        for number, import_id in enumerate(queued):
            (blocker,) = node.cli("why", import_id).last["blockers"]
            before = [first, *queued[:number]]
            self.assertEqual(blocker["subject"], before[-1])
            places = [blocker["text"].find(other) for other in before]
            self.assertNotIn(-1, places)
            self.assertEqual(places, sorted(places))

    def test_a_comparison_of_the_paths_is_seen_while_it_runs(self):
        sim = self.sim({"customer": 20_000}, latency_ms=100)
        node = self.node(sim=sim)
        self.assertIsNone(node.cli("tenants").last["comparing"])
        parity = node.background("parity", "acme", "customer")
        wait_until(lambda: sim.rows_served("customer") > 2000, "the comparison is under way")
        self.assertEqual(node.cli("tenants").last["comparing"], "customer")
        self.assertEqual(node.cli("node", "status").last["comparing"], ["acme"])
        self.assertEqual(node.cli("tenant", "suspend", "acme").code, 0)
        parity.communicate(timeout=30)
        self.assertIsNone(node.cli("tenants").last["comparing"])


class PutInItsPlace(Tellings):
    """Other files under the name of a database that is in use, and what is told and done then."""

    def test_an_empty_file_does_not_cost_the_log_of_the_database(self):
        sim = self.sim({"customer": 2000})
        node = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(node.run("customer").code, 0)
        for path, question in ((node.database_path(), ["import", "list"]),
                               (node.data_dir / "control.db", ["flags", "list"])):
            self.assertEqual(node.cli("flags", "enable", "chunked_import").code, 0)
            # The control database has no log: what was written is in the file.
            log = pathlib.Path(f"{path}-wal")
            kept = log if path == node.database_path() else pathlib.Path(f"{path}.aside")
            size = (log if kept == log else path).stat().st_size
            self.assertGreater(size, 0)
            path.rename(f"{path}.aside")
            path.touch()
            for command in (question, ["import", "start", "acme", "currency"], ["rejected", "acme"]):
                node.cli(*command)
            time.sleep(3)
            self.assertEqual(kept.stat().st_size, size)
            path.unlink()
            pathlib.Path(f"{path}.aside").rename(path)
        self.assertEqual(node.run("currency").code, 0)
        wait_until(lambda: node.cli("tenants").last["state"] == "active", "the tenant is well again", 20)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 2000)
        self.assertTrue(node.cli("flags", "list").out)

    def test_a_reload_makes_nothing_in_the_place_of_a_database_that_is_away(self):
        sim = self.sim({"customer": 20_000}, latency_ms=100)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 3000, "the first customers are in")
        path = node.database_path()
        for ending in ("", "-wal", "-shm"):
            pathlib.Path(f"{path}{ending}").rename(f"{path}.aside{ending}")
        node.wait_for_state(import_id, "paused", timeout=60)
        node.tenants[0].more["look_back_minutes"] = 100
        node.write_config({}, {}, {}, QUICK)
        self.assertEqual(node.cli("reload").code, 0)
        wait_until(lambda: node.cli("tenants").last["state"] == "database_away", "the tenant says so", 30)
        self.assertFalse(path.exists())
        for ending in ("", "-wal"):
            pathlib.Path(f"{path}.aside{ending}").rename(f"{path}{ending}")
        check_completed(self, node, node.wait_for_state(import_id, "completed", timeout=90))

    def test_an_older_copy_is_not_read_as_the_truth(self):
        sim = self.sim({"customer": 20_000}, latency_ms=100)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 3000, "the first customers are in")
        path = node.database_path()
        copy = sqlite3.connect(f"{path}.copy")
        with sqlite3.connect(path) as there:
            there.backup(copy)
        copy.close()
        node.wait_for_state(import_id, "completed")
        time.sleep(2)  # of which the monitor's look every second hears
        path.rename(f"{path}.aside")
        for ending in ("-wal", "-shm"):
            pathlib.Path(f"{path}{ending}").rename(f"{path}.aside{ending}")
        pathlib.Path(f"{path}.copy").rename(path)
        listed = node.cli("import", "list")
        self.assertEqual(listed.code, 4, listed.out)
        self.assertIn("older copy", listed.out + listed.err)
        wait_until(lambda: node.cli("tenants").last["state"] == "database_away", "the tenant says so", 20)
        # Nor after a reload, which begins the tenant anew.
        node.tenants[0].more["look_back_minutes"] = 100
        node.write_config({}, {}, {}, QUICK)
        self.assertEqual(node.cli("reload").code, 0)
        wait_until(lambda: "older copy" in (node.cli("tenants").last["reason"] or ""), "the new one says so", 30, pause=0.2)
        for ending in ("-wal", "-shm"):
            pathlib.Path(f"{path}{ending}").unlink(missing_ok=True)
        for ending in ("", "-wal"):
            pathlib.Path(f"{path}.aside{ending}").rename(f"{path}{ending}")
        self.assertEqual(node.run("currency").code, 0)
        self.assertEqual(node.cli("tenants").last["state"], "active")
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 20_000)

    def test_a_missing_database_does_not_cost_its_log_at_a_start(self):
        sim = self.sim({"customer": 2000})
        node = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(node.run("customer").code, 0)
        node.kill()
        path = node.database_path()
        log = pathlib.Path(f"{path}-wal")
        size = log.stat().st_size
        self.assertGreater(size, 0)
        path.rename(f"{path}.aside")
        node.start()
        wait_until(lambda: node.cli("tenants").last["state"] == "database_away", "the tenant says so", 30, pause=0.2)
        self.assertIn(f"{path}-wal", node.cli("tenants").last["reason"])
        self.assertEqual(log.stat().st_size, size)
        pathlib.Path(f"{path}.aside").rename(path)
        self.assertEqual(node.run("currency").code, 0)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 2000)


class TakenOverWhileIdle(Tellings):
    def test_the_first_refusal_of_an_idle_tenant_tells_that_another_node_has_it(self):
        sim = self.sim({"currency": 10})
        first = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(first.run("currency").code, 0)
        shared = Tenant(base_url=sim.url, more={"database": f"sqlite:{first.database_path()}"})
        self.node(shared, sim=sim, name="second", alerts=QUICK)
        refused = first.cli("import", "start", "acme", "currency")
        self.assertNotEqual(refused.code, 0)
        self.assertIn("node second has taken over", refused.err)
        self.assertEqual(first.cli("tenants").last["state"], "taken_over")
        wait_until(lambda: "tenant_taken_over" in self.up(first), "the alert is up", 20, pause=0.2)
        time.sleep(3)
        self.assertIn("tenant_taken_over", self.up(first))

    def test_an_idle_node_sees_by_itself_that_another_one_has_the_tenant_and_a_reload_takes_nothing_back(self):
        sim = self.sim({"currency": 10})
        first = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(first.run("currency").code, 0)
        shared = Tenant(base_url=sim.url, more={"database": f"sqlite:{first.database_path()}"})
        second = self.node(shared, sim=sim, name="second", alerts=QUICK)
        wait_until(lambda: "tenant_taken_over" in self.up(first), "the alert is up", 20, pause=0.2)
        self.assertEqual(first.cli("tenants").last["state"], "taken_over")
        first.tenants[0].more["deletes"] = "remove"
        first.write_config({}, {}, {}, QUICK)
        reloaded = first.cli("reload")
        self.assertEqual(reloaded.code, 0, reloaded.err)
        self.assertIn("acme", reloaded.out)
        for _ in range(10):
            self.assertEqual(first.cli("tenants").last["state"], "taken_over")
            self.assertEqual(second.cli("tenants").last["state"], "active")
            time.sleep(0.2)
        self.assertIn("tenant_taken_over", self.up(first))
        self.assertNotIn("store_unavailable", self.up(first))
        refused = first.cli("import", "start", "acme", "currency")
        self.assertNotEqual(refused.code, 0)
        self.assertIn("node second has taken over", refused.err)
        self.assertEqual(second.run("currency").code, 0)
        # Once the other one has left it, a reload is enough.
        self.assertEqual(second.stop(), 0)
        first.tenants[0].more["deletes"] = "mark"
        first.write_config({}, {}, {}, QUICK)
        self.assertEqual(first.cli("reload").code, 0)
        self.assertEqual(first.run("currency").code, 0)
        self.assertNotIn("tenant_taken_over", self.up(first))

    def test_a_node_that_has_lost_the_database_again_does_not_say_that_it_has_it(self):
        sim = self.sim({"currency": 10})
        first = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(first.run("currency").code, 0)
        shared = Tenant(base_url=sim.url, more={"database": f"sqlite:{first.database_path()}"})
        second = self.node(shared, sim=sim, name="second", alerts=QUICK)
        first.stop()
        first.start()
        # Where the second one has looked while the first one was down, it has the mark, and the first one tells of it.
        wait_until(lambda: second.cli("tenants").last["state"] == "taken_over" or "tenant_served_twice" in self.up(first),
                   "one of them tells", 30, pause=0.2)
        self.assertNotIn("tenant_served_twice", self.up(second))
        self.assertEqual(first.run("currency").code, 0)


    def test_what_was_in_the_way_of_the_database_is_not_told_beside_the_other_node_that_has_it(self):
        sim = self.sim({"currency": 10})
        node = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(node.run("currency").code, 0)
        with contextlib.closing(sqlite3.connect(node.database_path(), isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            self.assertEqual(node.cli("import", "start", "acme", "currency").code, 4)
            wait_until(lambda: "store_unavailable" in self.up(node), "the lock is told", 30, pause=0.2)
            # The lock ends with the taking of another node.
            db.execute("UPDATE owner SET fence = fence + 1, name = 'second', writes = writes + 1")
            db.execute("COMMIT")
        wait_until(lambda: node.cli("tenants").last["state"] == "taken_over", "it is seen", 30, pause=0.2)
        wait_until(lambda: sorted(self.up(node)) == ["tenant_taken_over"], "that alone is told", 30, pause=0.2)


class LoginRefused(Tellings):
    def test_a_resume_tries_the_login_also_where_no_import_waits_for_it(self):
        sim = self.sim({"currency": 10}, lock_after_failures=0)
        node = self.node(sim=sim, alerts=QUICK)
        sim.knobs(tba_token_secret="another")
        self.assertEqual(node.cli("import", "start", "acme", "currency", "--wait").code, 4)
        wait_until(lambda: node.cli("tenants").last["state"] == "suspended", "the login is refused", 20, pause=0.2)
        self.assertEqual(node.cli("tenant", "resume", "acme").code, 0)
        wait_until(lambda: node.cli("tenants").last["state"] == "suspended", "it is refused again", 20, pause=0.2)
        # A person's suspension does not make the login a good one.
        self.assertEqual(node.cli("tenant", "suspend", "acme").code, 0)
        self.assertEqual(node.cli("tenant", "resume", "acme").code, 0)
        wait_until(lambda: node.cli("tenants").last["state"] == "suspended", "it is refused once more", 20, pause=0.2)
        sim.knobs(tba_token_secret="made-up-token-secret")
        self.assertEqual(node.cli("tenant", "resume", "acme").code, 0)
        wait_until(lambda: "authentication" not in self.up(node), "the alert is cleared", 20, pause=0.2)
        self.assertEqual(node.cli("tenants").last["state"], "active")


class PlanInAnOutage(Tellings):
    def test_a_plan_ends_with_the_reason_when_the_account_does_not_answer(self):
        sim = self.sim({"currency": 10})
        node = self.node(sim=sim, alerts=QUICK, node={"outage_pause_seconds": 2})
        self.assertEqual(node.run("currency").code, 0)
        sim.kill()
        began = time.monotonic()
        plan = node.cli("plan", "acme", "currency")
        self.assertLess(time.monotonic() - began, 60)
        self.assertEqual(plan.code, 4, plan.out)
        self.assertIn("does not answer", plan.err)
        # One that is asked for in its midst does not wait either.
        self.assertEqual(node.cli("plan", "acme", "currency", timeout=20).code, 4)
        sim.restart()
        wait_until(lambda: node.cli("plan", "acme", "currency").code == 0, "a plan is made again", 60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
