"""Cancel, pause, resume, start, kill and restart in random order: whatever comes, the ledger stays legal, progress never
goes back, and what has been completed is right.
"""

import random
import time
import unittest

from comparison import compare
from harness import Case, Tenant, full_or, wait_until
from ledger import check_laws

# What may follow upon what, as seen from outside: from one look to the next an import may have gone several steps.
NEVER_LEFT = {"completed", "completed_with_errors", "failed", "cancelled"}
CONDUCT = ("pause", "resume", "cancel", "start", "kill", "stop", "look")
WEIGHTS = (3, 4, 1, 2, 3, 1, 3)


class Sequence:
    """One import under a random course of commands."""

    def __init__(self, case, sim, node, seed):
        self.case, self.sim, self.node, self.dice = case, sim, node, random.Random(seed)
        self.seen = {}  # progress and state by import, as last seen

    def look(self):
        for status in self.node.cli("import", "list", "--limit", 3).lines:
            before = self.seen.get(status["id"])
            self.case.assertLessEqual(status["progress"], 1.0)
            if before:
                self.case.assertGreaterEqual(status["progress"], before["progress"],
                                             f"progress of {status['id']} went back, {before['state']} -> {status['state']}")
                if before["state"] in NEVER_LEFT:
                    self.case.assertEqual(status["state"], before["state"])
            self.case.assertGreaterEqual(status["records"]["stored"], before["records"]["stored"] if before else 0)
            self.seen[status["id"]] = status

    def step(self):
        what = self.dice.choices(CONDUCT, WEIGHTS)[0]
        if what in ("pause", "resume", "cancel"):
            answer = self.node.cli("import", what, self.import_id)
            # Each is either done or refused with a sentence; never anything else.
            self.case.assertIn(answer.code, (0, 2), f"{what}: {answer.out}{answer.err}")
        elif what == "start":
            self.import_id = self.node.begin("customer")
        elif what in ("kill", "stop"):
            self.node.kill() if what == "kill" else self.node.stop()
            check_laws(self.case, self.node, self.import_id)
            self.node.start()
        self.look()
        return what

    def run(self, steps):
        self.import_id = self.node.begin("customer")
        course = []
        try:
            for _ in range(steps):
                moment = time.monotonic() + self.dice.uniform(0, 0.12)
                wait_until(lambda: time.monotonic() >= moment, "the moment of the next command has come", pause=0.005)
                course.append(self.step())
            self.end()
        except AssertionError as error:
            raise AssertionError(f"after {' '.join(course)}: {error}") from error

    def end(self):
        """Whatever is unfinished is taken to its end."""
        for import_id in list(self.seen):
            if self.node.status(import_id)["state"] == "paused":
                self.case.assertEqual(self.node.cli("import", "resume", import_id).code, 0)
            status = self.node.wait_for_state(import_id, *NEVER_LEFT)
            self.case.assertIn(status["state"], ("completed", "cancelled"), status["error"])
            check_laws(self.case, self.node, import_id)
            if status["state"] == "completed":
                self.case.assertEqual(status["progress"], 1.0)
        self.look()


class Sequences(Case):
    def test_commands_and_deaths_in_any_order_leave_a_legal_ledger_and_the_right_records(self):
        sequences = full_or(50, 500)
        sim = self.sim({"customer": 6000}, latency_ms=25)
        node = self.node(Tenant(), sim=sim)
        ended = {}
        for seed in range(sequences):
            with self.subTest(seed=seed):
                course = Sequence(self, sim, node, seed)
                course.run(steps=7)
                for status in course.seen.values():
                    ended[status["state"]] = ended.get(status["state"], 0) + 1
        self.assertEqual(node.run("customer").code, 0)
        compare(self, sim, node, names=["customer"])
        lawless = node.value("SELECT count(*) FROM batches WHERE picked_up != completed + failed_attempts + split + released"
                             " + interrupted + (state = 'running')")
        self.assertEqual(lawless, 0)
        self.assertEqual(node.value("SELECT count(*) FROM batches WHERE state = 'running'"), 0)
        self.measured(f"{sequences} sequences; imports ended: {ended}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
