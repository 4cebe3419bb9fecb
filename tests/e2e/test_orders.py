"""What people order of a tenant's imports while its database, its account or another owner is in the way."""

import json
import os
import shutil
import sqlite3
import time
import unittest

from harness import QUICK, Case, Tenant, wait_until
from ledger import check_completed


class Orders(Case):
    def lock(self, node):
        locker = sqlite3.connect(node.database_path(), timeout=30, isolation_level=None)
        self.addCleanup(locker.close)
        locker.execute("BEGIN IMMEDIATE")
        return locker

    def in_state(self, node, import_id, state):
        status = node.status(import_id)
        return status if status["state"] == state else None


class DatabaseAway(Orders):
    def test_an_import_that_waits_for_its_database_can_be_resumed_at_once(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        locker = self.lock(node)
        paused = node.wait_for_state(import_id, "paused", timeout=60)
        self.assertEqual(paused["paused_by"], "database")
        locker.execute("ROLLBACK")
        resumed = node.cli("import", "resume", import_id)
        self.assertEqual(resumed.code, 0, resumed.err)
        self.assertNotEqual(resumed.last["state"], "paused")
        check_completed(self, node, node.wait_for_state(import_id, "completed"))

    def test_an_import_that_waits_for_its_database_and_is_cancelled_is_shown_as_cancelled(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        locker = self.lock(node)
        node.wait_for_state(import_id, "paused", timeout=60)
        locker.execute("ROLLBACK")
        self.assertEqual(node.cli("import", "cancel", import_id).code, 0)
        self.assertEqual(node.status(import_id)["state"], "cancelled")

    def test_a_database_that_is_removed_in_mid_import_is_told_alike_by_all_who_are_asked(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        for ending in ("", "-wal", "-shm"):
            os.unlink(f"{node.database_path()}{ending}")
        wait_until(lambda: node.cli("node", "status").last["imports_running"] == 0, "nothing runs any more", 60)
        listed = {entry["id"]: entry["state"] for entry in node.cli("import", "list").lines}
        status = node.cli("import", "status", import_id)
        told = status.last["state"] if status.lines else None
        self.assertNotIn(listed.get(import_id), ("running", "planning"))
        self.assertEqual(told, "paused")
        self.assertEqual(status.last["paused_by"], "database")
        if import_id in listed:
            self.assertEqual(listed[import_id], told)
        wait_until(lambda: "store_unavailable" in self.up(node), "an alert is up", 30, pause=0.2)
        tenant = node.cli("tenants").last
        self.assertEqual(tenant["state"], "database_away")
        self.assertIn(str(node.database_path()), tenant["reason"])

    def test_an_import_goes_on_by_itself_when_its_database_is_put_back(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        path = node.database_path()
        away = self.folder / "away"
        away.mkdir()
        for ending in ("", "-wal", "-shm"):
            shutil.move(f"{path}{ending}", away)
        paused = node.wait_for_state(import_id, "paused", timeout=60)
        self.assertEqual(paused["paused_by"], "database")
        self.assertEqual(paused["error"].count("moved or removed"), 1)
        self.assertIn("goes on by itself", node.cli("why", import_id).out)
        # Something else in its place is neither used nor touched.
        path.touch()
        wait_until(lambda: "another file" in node.status(import_id)["error"], "the other file is told", 60, pause=0.2)
        self.assertEqual(path.stat().st_size, 0)
        path.unlink()
        for ending in ("", "-wal"):
            if (away / f"{path.name}{ending}").exists():
                shutil.copy(away / f"{path.name}{ending}", f"{path}{ending}")
        status = node.wait_for_state(import_id, "completed", timeout=120)
        check_completed(self, node, status)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 20_000)
        self.assertEqual(node.cli("tenants").last["state"], "active")
        self.assertNotIn("died", node.process.log.read_text())

    def test_what_is_ordered_under_a_lock_is_carried_out_or_answered_with_the_truth(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        locker = self.lock(node)
        paused = node.wait_for_state(import_id, "paused", timeout=60)
        self.assertEqual(paused["batches"]["running"], 0)
        resumed = node.cli("import", "resume", import_id)
        self.assertEqual(resumed.code, 4, resumed.out)
        self.assertIn("goes on by itself", resumed.err)
        self.assertEqual(node.status(import_id)["state"], "paused")
        cancel = node.background("import", "cancel", import_id)
        seen = wait_until(lambda: self.in_state(node, import_id, "cancelling"), "the cancel is taken", 30, pause=0.1)
        self.assertIn("as soon as its database can be written", seen["error"])
        served = sim.rows_served("customer")
        locker.execute("ROLLBACK")
        receipt, err = cancel.communicate(timeout=60)
        self.assertEqual(cancel.returncode, 0, err)
        self.assertEqual(json.loads(receipt)["import_id"], import_id)
        self.assertEqual(node.status(import_id)["state"], "cancelled")
        self.assertEqual(sim.rows_served("customer"), served)
        wait_until(lambda: "store_unavailable" not in self.up(node), "the alert is cleared", 15, pause=0.2)
        self.assertNotIn("died", node.process.log.read_text())

    def test_a_running_import_that_is_cancelled_under_a_lock_is_cancelled_when_that_is_gone(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        locker = self.lock(node)
        cancel = node.background("import", "cancel", import_id)
        wait_until(lambda: self.in_state(node, import_id, "cancelling"), "the cancel is taken", 60, pause=0.1)
        served = sim.rows_served("customer")
        locker.execute("ROLLBACK")
        self.assertEqual(cancel.wait(60), 0)
        self.assertEqual(node.status(import_id)["state"], "cancelled")
        self.assertEqual(sim.rows_served("customer"), served)

    def test_a_node_that_stops_while_a_database_is_locked_stops_soon_and_has_not_crashed(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        locker = self.lock(node)
        node.wait_for_state(import_id, "paused", timeout=60)
        began = time.monotonic()
        self.assertEqual(node.stop(), 0)
        self.assertLess(time.monotonic() - began, 10)
        self.assertNotIn("tenant_stop_forced", node.process.log.read_text())
        locker.execute("ROLLBACK")
        locker.close()
        node.start()
        check_completed(self, node, node.wait_for_state(import_id, "completed"))
        self.assertEqual(node.value("SELECT sum(deaths) FROM batches"), 0)
        self.assertFalse(node.cli("node", "status").last["recovered"])
        self.assertEqual([x.name for x in node.data_dir.iterdir() if "stopped" in x.name], [])


class DatabaseAwayOnTheLegacyPath(Orders):
    def node(self, *tenants, **more):
        return super().node(*tenants, features={}, **more)

    def sim(self, tables, **knobs):
        return super().sim(tables, **knobs | {"latency_ms": 400})

    test_an_import_goes_on_by_itself_when_its_database_is_put_back = (
        DatabaseAway.test_an_import_goes_on_by_itself_when_its_database_is_put_back)
    test_what_is_ordered_under_a_lock_is_carried_out_or_answered_with_the_truth = (
        DatabaseAway.test_what_is_ordered_under_a_lock_is_carried_out_or_answered_with_the_truth)


class TwoOwners(Orders):
    def test_a_node_whose_tenant_another_one_has_taken_says_so_and_the_other_one_goes_on(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        first = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, first)
        shared = Tenant(base_url=sim.url, more={"database": f"sqlite:{first.database_path()}"})
        second = self.node(shared, sim=sim, name="second", alerts=QUICK)
        wait_until(lambda: "tenant_taken_over" in self.up(first), "the first node knows", 60, pause=0.2)
        self.assertIn("second", self.up(first)["tenant_taken_over"]["text"])
        self.assertTrue(self.up(first)["tenant_taken_over"]["remedy"])
        tenant = first.cli("tenants").last
        self.assertEqual(tenant["state"], "taken_over")
        refused = first.cli("import", "start", "acme", "currency")
        self.assertNotEqual(refused.code, 0, refused.out)
        self.assertIn("one node alone", refused.err)
        second.wait_for_state(import_id, "completed")
        self.assertEqual(first.value("SELECT count(*) FROM customer"), 20_000)


class Suspended(Orders):
    def test_a_comparison_of_the_paths_ends_with_the_suspension_of_its_tenant(self):
        sim = self.sim({"customer": 20_000}, latency_ms=100)
        node = self.node(sim=sim)
        parity = node.background("parity", "acme", "customer")
        wait_until(lambda: sim.rows_served("customer") > 2000, "the comparison is under way")
        self.assertEqual(node.cli("tenant", "suspend", "acme").code, 0)
        out, err = parity.communicate(timeout=30)
        self.assertNotEqual(parity.returncode, 0, out)
        self.assertIn("suspended", err)
        wait_until(lambda: sim.stats()["in_flight"] == 0, "nothing is open at the account")
        sent = sim.stats()["requests"]
        failed = node.cli("import", "start", "acme", "currency")
        self.assertEqual(failed.code, 2)
        self.assertIn("tenant resume acme", failed.err)
        self.assertEqual(sim.stats()["requests"], sent)

    def test_a_pause_holds_whatever_came_before_it(self):
        sim = self.sim({"customer": 20_000}, latency_ms=100)
        node = self.node(sim=sim, node={"outage_pause_seconds": 1})
        import_id = self.under_way(sim, node)
        sim.kill()
        node.wait_for_state(import_id, "paused", timeout=60)
        self.assertEqual(node.cli("tenant", "suspend", "acme").code, 0)
        self.assertEqual(node.cli("tenant", "resume", "acme").code, 0)
        sim.restart()
        node.wait_for_state(import_id, "running", timeout=60)
        self.assertEqual(node.cli("import", "pause", import_id).code, 0)
        customers = sim.stats()["tables"]["customer"]["requests"]
        sent = sim.stats()["requests"]
        # What else may come of the account's return has come of it when other work of the tenant is done.
        self.assertEqual(node.run("currency").code, 0)
        status = node.status(import_id)
        self.assertEqual((status["state"], status["paused_by"]), ("paused", "command"))
        self.assertLess(sim.stats()["requests"] - sent, 20)
        self.assertEqual(sim.stats()["tables"]["customer"]["requests"], customers)


class Together(Orders):
    def test_starts_of_different_things_at_the_same_moment_are_not_answered_with_each_other(self):
        sim = self.sim({"customer": 20_000}, latency_ms=100)
        node = self.node(sim=sim)
        wanted = [[], ["--incremental"], ["--incremental", "--reconcile", "--queue"]]
        calls = [node.background("import", "start", "acme", "customer", *options) for options in wanted]
        started = 0
        for options, call in zip(wanted, calls):
            out, err = call.communicate(timeout=60)
            if call.returncode != 0:
                self.assertIn("under way", err)
                continue
            started += 1
            status = json.loads(out)
            self.assertEqual(status["mode"], "incremental" if options else "full")
            self.assertTrue(status["reconcile"] or "--reconcile" not in options)
        self.assertGreaterEqual(started, 2)  # whoever came first, and the one that may wait


if __name__ == "__main__":
    unittest.main(verbosity=2)
