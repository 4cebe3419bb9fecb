"""Schedules that start imports, and the audit of whoever changes something."""

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
