"""What people are answered about an import holds, whatever comes next: another command, a stop, a reload, a restart."""

import sqlite3
import time
import unittest

from harness import Case, wait_until
from ledger import check_completed


class Resumed(Case):
    """Resumed before its pause is over, or while it waits behind another one."""

    def pause_with_open_requests(self, **settings):
        sim = self.sim({"customer": 20_000}, latency_ms=1500)
        node = self.node(sim=sim, **settings)
        answer = node.cli("import", "start", "acme", "customer")
        self.assertEqual(answer.code, 0, answer.err)
        import_id = answer.last["id"]
        wait_until(lambda: sim.rows_served("customer") > 1000, "the first customers are in", pause=0.05)
        pause = node.background("import", "pause", import_id)
        time.sleep(0.4)  # its requests are open for more than a second
        self.assertIsNone(pause.poll())
        return sim, node, import_id, pause

    def test_a_resume_while_the_pause_is_under_way_is_kept_over_a_stop(self):
        sim, node, import_id, pause = self.pause_with_open_requests()
        resumed = node.cli("import", "resume", import_id)
        self.assertEqual(resumed.code, 0, resumed.err)
        node.stop()
        _, err = pause.communicate(timeout=60)
        self.assertIn("was resumed before it had paused", err)
        sim.knobs(latency_ms=10)
        node.start()
        check_completed(self, node, node.wait_for_state(import_id, "completed"))

    def test_a_resume_that_a_stop_overtakes_is_kept_or_refused(self):
        sim, node, import_id, pause = self.pause_with_open_requests()
        resumed = node.background("import", "resume", import_id)
        time.sleep(0.2)
        node.stop()
        _, err = resumed.communicate(timeout=60)
        pause.communicate(timeout=60)
        sim.knobs(latency_ms=10)
        node.start()
        if resumed.returncode == 0:
            node.wait_for_state(import_id, "completed")
        else:
            self.assertEqual(node.status(import_id)["paused_by"], "command", err)

    def test_a_queued_import_that_was_paused_and_resumed_goes_on_after_a_restart(self):
        sim = self.sim({"customer": 20_000}, latency_ms=400)
        node = self.node(sim=sim)
        first = node.cli("import", "start", "acme", "customer").last["id"]
        second = node.cli("import", "start", "acme", "customer", "--incremental", "--queue").last["id"]
        self.assertEqual(node.cli("import", "pause", second).code, 0)
        self.assertEqual(node.status(second)["paused_by"], "command")
        self.assertEqual(node.cli("import", "resume", second).code, 0)
        self.assertEqual(node.status(second)["state"], "queued")
        node.kill()
        sim.knobs(latency_ms=10)
        node.start()
        node.wait_for_state(first, "completed")
        node.wait_for_state(second, "completed", timeout=60)


class ResumedOnTheLegacyPath(Case):
    def node(self, *tenants, **more):
        return super().node(*tenants, features={}, **more)

    test_a_queued_import_that_was_paused_and_resumed_goes_on_after_a_restart = (
        Resumed.test_a_queued_import_that_was_paused_and_resumed_goes_on_after_a_restart)


class LedgerUnread(Case):
    """A database that was locked when its node started: nothing is carried out that was not answered."""

    def test_what_is_asked_before_the_ledger_could_be_read_is_refused_soon_and_not_done_later(self):
        sim = self.sim({"customer": 200})
        node = self.node(sim=sim)
        self.assertEqual(node.run("currency").code, 0)
        node.stop()
        locker = sqlite3.connect(node.database_path(), timeout=30, isolation_level=None)
        self.addCleanup(locker.close)
        locker.execute("BEGIN IMMEDIATE")
        node.start()
        wait_until(lambda: "ledger_unreadable" in node.process.log.read_text(), "the lock is met", 60, pause=0.1)
        time.sleep(1)
        for command in (["import", "start", "acme", "customer"], ["tenant", "suspend", "acme"]):
            began = time.monotonic()
            refused = node.cli(*command)
            self.assertNotEqual(refused.code, 0, refused.out)
            self.assertIn("locked", refused.err)
            self.assertLess(time.monotonic() - began, 20)
        locker.execute("ROLLBACK")
        # Whoever asks now need not wait for the next look.
        began = time.monotonic()
        self.assertEqual(node.run("currency").code, 0)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(node.cli("tenants").last["state"], "active")
        self.assertEqual(node.value("SELECT count(*) FROM imports WHERE record_type = 'customer'"), 0)


class NeedingEachOther(Case):
    """Imports that look through the same record types, each beginning with those of the other."""

    def all_end(self, *options):
        sim = self.sim({"customer": 200, "transaction": 400}, latency_ms=100)
        node = self.node(sim=sim)
        self.assertEqual(node.run("transaction").code, 0)
        ids = [node.cli("import", "start", "acme", what, "--incremental", *options).last["id"]
               for what in ("customer", "transaction", "item")]
        for each in ids:
            node.wait_for_state(each, "completed", timeout=60)

    def test_imports_that_reconcile_do_not_wait_for_each_other(self):
        self.all_end("--reconcile")

    def test_imports_that_verify_do_not_wait_for_each_other(self):
        self.all_end("--verify")


class NeedingEachOtherOnTheLegacyPath(NeedingEachOther):
    def node(self, *tenants, **more):
        return super().node(*tenants, features={}, **more)


if __name__ == "__main__":
    unittest.main(verbosity=2)
