"""Schedules that start imports, and the audit of whoever changes something."""

import sqlite3
import time
import unittest

from harness import Case, wait_until


class Schedules(Case):
    def schedule(self, node, name):
        return {line["name"]: line for line in node.cli("schedules", "list").lines}[name]

    def test_a_schedule_is_added_shown_run_at_once_paused_and_removed(self):
        sim = self.sim({"currency": 20})
        node = self.node(sim=sim)
        answer = node.cli("schedules", "add", "nightly", "acme", "currency", "30 2 * * *", "--zone", "Europe/Berlin")
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(len(answer.last["next_runs"]), 5)
        self.assertEqual(node.cli("schedules", "run-now", "nightly").code, 0)
        ran = wait_until(lambda: self.schedule(node, "nightly")["last_import"], "the schedule has run")
        status = node.wait_for_state(ran, "completed")
        self.assertEqual(status["requested_by"], "schedule:nightly")
        self.assertEqual(node.cli("schedules", "pause", "nightly").code, 0)
        self.assertEqual(self.schedule(node, "nightly")["next_runs"], [])
        self.assertEqual(node.stop(), 0)
        node.start()
        self.assertTrue(self.schedule(node, "nightly")["paused"])
        self.assertEqual(node.cli("schedules", "resume", "nightly").code, 0)
        self.assertEqual(node.cli("schedules", "remove", "nightly").code, 0)
        self.assertEqual(node.cli("schedules", "list").lines, [])

    def test_a_due_schedule_starts_its_import_by_itself(self):
        sim = self.sim({"currency": 20})
        node = self.node(sim=sim)
        self.assertEqual(node.cli("schedules", "add", "often", "acme", "currency", "* * * * *").code, 0)
        ran = wait_until(lambda: self.schedule(node, "often")["last_import"], "a minute has begun", timeout=90, pause=0.5)
        self.assertEqual(node.wait_for_state(ran, "completed")["requested_by"], "schedule:often")

    def alerts(self, node):
        return [(alert["id"], alert["subject"]) for alert in node.cli("alerts").last["up"]]

    def test_a_locked_control_database_and_a_reload_at_the_due_minute_do_not_stop_a_schedule_for_good(self):
        sim = self.sim({"currency": 20})
        node = self.node(sim=sim)
        self.assertEqual(node.cli("schedules", "add", "often", "acme", "currency", "* * * * *").code, 0)
        holder = sqlite3.connect(node.data_dir / "control.db", isolation_level=None)
        self.addCleanup(holder.close)
        holder.execute("BEGIN EXCLUSIVE")
        due = self.schedule(node, "often")["next_runs"][0]
        wait_until(lambda: node.cli("schedules", "list").lines[0]["next_runs"][0] != due, "it is due", timeout=90)
        # The tenant begins anew while the run asks it.
        node.tenants[0].more["accept_language"] = "de"
        node.write_config({}, {}, {})
        self.assertEqual(node.cli("reload").code, 0)
        holder.execute("ROLLBACK")
        began = time.monotonic()
        ran = wait_until(lambda: self.schedule(node, "often")["last_import"], "the run has begun", timeout=90, pause=0.5)
        self.measured(f"the run began {time.monotonic() - began:.1f} s after the lock was gone")
        self.assertEqual(node.wait_for_state(ran, "completed")["requested_by"], "schedule:often")
        wait_until(lambda: self.schedule(node, "often")["last_import"] != ran, "the next run has begun", timeout=90,
                   pause=0.5)
        self.assertEqual(self.alerts(node), [])

    def test_a_run_that_a_suspension_keeps_from_beginning_is_told_of_and_made_up_for(self):
        sim = self.sim({"currency": 20})
        node = self.node(sim=sim)
        self.assertEqual(node.cli("tenant", "suspend", "acme").code, 0)
        self.assertEqual(node.cli("schedules", "add", "nightly", "acme", "currency", "@daily").code, 0)
        self.assertEqual(node.cli("schedules", "run-now", "nightly").code, 0)
        wait_until(lambda: ("schedule_failed", "nightly") in self.alerts(node), "there is an alert")
        self.assertIn("is suspended", self.schedule(node, "nightly")["last_error"])
        self.assertEqual(node.cli("tenant", "resume", "acme").code, 0)
        ran = wait_until(lambda: self.schedule(node, "nightly")["last_import"], "the run has begun")
        node.wait_for_state(ran, "completed")
        self.assertEqual(self.alerts(node), [])

    def test_what_makes_no_sense_is_refused_with_the_reason(self):
        sim = self.sim({"currency": 20})
        node = self.node(sim=sim)
        add = ("schedules", "add", "x")
        self.assert_refused(node.cli(*add, "nobody", "currency", "@daily"), "nobody")
        self.assert_refused(node.cli(*add, "acme", "unicorn", "@daily"), "unicorn")
        self.assert_refused(node.cli(*add, "acme", "currency", "61 * * * *"), "minute", "61")
        self.assert_refused(node.cli(*add, "acme", "currency", "@daily", "--zone", "Mars/Olympus"), "Mars/Olympus")
        self.assert_refused(node.cli("schedules", "add", "no good", "acme", "currency", "@daily"), "no good")
        self.assert_refused(node.cli("schedules", "pause", "x"), "x")
        self.assertEqual(node.cli("schedules", "list").lines, [])


class Audit(Case):
    def test_each_command_that_changes_something_is_recorded_with_who_where_what_and_result(self):
        sim = self.sim({"currency": 20})
        node = self.node(sim=sim)
        import_id = node.begin("currency")
        node.wait_for_state(import_id, "completed")
        node.cli("import", "cancel", import_id)  # too late
        node.cli("flags", "enable")
        node.cli("schedules", "add", "nightly", "acme", "currency", "@daily")
        node.cli("schedules", "remove", "nightly")
        node.cli("import", "list")  # changes nothing
        entries = node.cli("audit").lines
        seen = [(entry["command"].split(" acme")[0], entry["subject"], entry["result"]) for entry in reversed(entries)]
        self.assertEqual(seen, [("import start", import_id, "done"), ("import cancel", import_id, "conflict"),
                                ("flags enable", "chunked_import", "done"),
                                ("schedules add nightly", "nightly", "done"), ("schedules remove", "nightly", "done")])
        for entry in entries:
            self.assertTrue(entry["who"].endswith("@local"), entry)
            self.assertIn("local socket", entry["from"])
            self.assertTrue(entry["at"])
        self.assertEqual(len(node.cli("audit", "--limit", "1").lines), 1)
        self.assertEqual({entry["tenant"] for entry in node.cli("audit", "--tenant", "acme").lines}, {"acme"})
        self.assertEqual(node.stop(), 0)
        node.start()
        self.assertEqual(node.cli("audit").lines, entries)


if __name__ == "__main__":
    unittest.main(verbosity=2)
