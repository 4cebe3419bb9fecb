"""A cancel answers when everything has stopped: nothing is asked and nothing written afterwards."""

import datetime
import time
import unittest

from harness import Case, Tenant, full_or, wait_until
from ledger import check_laws, dump

LEDGER = ("imports", "import_types", "batches", "batch_attempts", "cancel_receipts", "import_notes")


def unix_ms(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


class Cancel(Case):
    def in_the_middle(self, latency_ms=200, customers=60_000, **knobs):
        """A node with an import of customers of which some, not all, are in."""
        sim = self.sim({"customer": customers}, latency_ms=latency_ms, **knobs)
        node = self.node(sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 6000, "the first customers are in")
        return sim, node, import_id

    def assert_slots_free(self, node):
        wait_until(lambda: all(pool["in_use"] == 0 for pool in node.cli("node", "status").last["pools"]),
                   "all slots are free", timeout=3)

    def test_a_cancel_answers_within_half_a_second_and_nothing_happens_after_it(self):
        sim, node, import_id = self.in_the_middle()
        began = time.monotonic()
        answer = node.cli("import", "cancel", import_id)
        took_ms = (time.monotonic() - began) * 1000
        self.assertEqual(answer.code, 0, answer.out + answer.err)
        receipt = answer.last
        inside_ms = unix_ms(receipt["finished_at"]) - unix_ms(receipt["requested_at"])
        self.measured(f"the receipt came after {took_ms:.0f} ms, {inside_ms:.0f} ms of them in the node")
        self.assertLess(took_ms, 500)
        before = {table: dump(node, table) for table in (*LEDGER, "customer")}
        self.assertGreater(len(before["customer"]), 0)
        self.assertEqual(receipt["import_id"], import_id)
        self.assertGreater(receipt["batches_completed"], 0)
        self.assertGreater(receipt["batches_interrupted"], 0)
        self.assertGreater(receipt["batches_never_started"], 0)
        self.assert_slots_free(node)
        status = node.status(import_id)
        self.assertEqual(status["state"], "cancelled")
        counts = status["batches"]
        self.assertEqual((counts["running"], counts["pending"], counts["failed"]), (0, 0, 0))
        self.assertEqual(counts["completed"] + counts["cancelled"], counts["planned"])
        customers = node.value("SELECT count(*) FROM batches WHERE record_type = 'customer'")
        self.assertGreaterEqual(
            sum(receipt[name] for name in ("batches_completed", "batches_interrupted", "batches_never_started")),
            customers)
        check_laws(self, node, import_id)
        # Another import, from start to end, is the time in which something might still have happened.
        self.assertEqual(node.run("currency").code, 0)
        # A request that was on its way when its connection was closed may be noted by a busy simulator a moment later.
        on_the_way_ms = 200
        late = [request for request in sim.requests()
                if request["table"] == "customer"
                and request["begin_ms"] > unix_ms(receipt["finished_at"])
                + (on_the_way_ms if request["ending"] == "aborted" else 0)]
        self.assertEqual(late, [])
        self.assertEqual(dump(node, "customer"), before["customer"])
        for table in LEDGER:
            self.assertEqual([row for row in dump(node, table) if row in before[table]], before[table], table)
        self.assertEqual(sim.stats()["refusals"], 0)

    def test_a_second_cancel_gives_the_same_receipt_at_once_and_later(self):
        _, node, import_id = self.in_the_middle()
        together = [node.background("import", "cancel", import_id) for _ in range(3)]
        answers = [call.communicate(timeout=30)[0] for call in together]
        later = node.cli("import", "cancel", import_id)
        self.assertEqual({call.returncode for call in together} | {later.code}, {0})
        self.assertEqual(set(answers), {later.out})
        node.stop()
        node.start()
        self.assertEqual(node.cli("import", "cancel", import_id).out, later.out)

    def test_a_cancel_frees_slots_that_hang(self):
        sim = self.sim({"customer": 20_000}, fault_hang_probability=1, fault_table="customer")
        node = self.node(sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.stats()["in_flight"] > 0, "requests hang")
        began = time.monotonic()
        self.assertEqual(node.cli("import", "cancel", import_id).code, 0)
        self.assertLess(time.monotonic() - began, 1)
        wait_until(lambda: sim.stats()["in_flight"] == 0, "the simulator sees the end of hanging requests", 3)
        self.assert_slots_free(node)

    def test_slots_that_the_account_holds_on_to_are_not_used_again_too_early(self):
        sim, node, import_id = self.in_the_middle(latency_ms=300, abort_linger_ms=250)
        self.assertEqual(node.cli("import", "cancel", import_id).code, 0)
        again = node.begin("customer")
        wait_until(lambda: node.status(again)["batches"]["completed"] > 15, "the next import is on its way")
        self.assertEqual(sim.stats()["refusals"], 0)
        self.assertEqual(node.cli("import", "cancel", again).code, 0)

    def test_an_import_that_is_being_planned_can_be_cancelled(self):
        sim = self.sim({"customer": 5000}, latency_ms=1500)
        node = self.node(sim=sim)
        import_id = node.begin("customer")
        wait_until(lambda: sim.stats()["in_flight"] > 0, "its first request is open")
        began = time.monotonic()
        self.assertEqual(node.cli("import", "cancel", import_id).code, 0)
        self.assertLess(time.monotonic() - began, 0.5)
        self.assertEqual(node.status(import_id)["state"], "cancelled")

    def test_whoever_waits_for_a_cancelled_import_gets_5(self):
        sim = self.sim({"customer": 60_000}, latency_ms=200)
        node = self.node(sim=sim)
        waiting = node.background("import", "start", "acme", "customer", "--wait")
        wait_until(lambda: sim.rows_served("customer") > 3000, "the first customers are in")
        import_id = node.cli("import", "list").last["id"]
        self.assertEqual(node.cli("import", "cancel", import_id).code, 0)
        out, _ = waiting.communicate(timeout=30)
        self.assertEqual(waiting.returncode, 5, out)
        self.assertEqual(node.cli("import", "status", import_id).last["state"], "cancelled")

    def test_what_has_ended_or_never_was_is_refused_with_a_sentence(self):
        sim = self.sim()
        node = self.node(sim=sim)
        done = node.run("currency").last["id"]
        self.assert_refused(node.cli("import", "cancel", done), done, "completed")
        unknown = "acme." + done.split(".")[1][::-1]
        self.assert_refused(node.cli("import", "cancel", unknown), unknown)
        self.assert_refused(node.cli("import", "cancel", "nobody." + done.split(".")[1]), "nobody", "acme")
        self.assert_refused(node.cli("import", "cancel", "rubbish"), "rubbish")

    def test_a_cancelled_type_is_imported_anew_by_the_next_import(self):
        sim, node, import_id = self.in_the_middle(latency_ms=30, customers=30_000)
        self.assertEqual(node.cli("import", "cancel", import_id).code, 0)
        answer = node.run("customer")
        self.assertEqual(answer.code, 0, answer.out)
        self.assertNotEqual(answer.last["id"], import_id)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), sim.tables()["customer"]["rows"])

    def test_a_cancel_cut_off_by_a_kill_is_finished_at_the_next_start(self):
        sim = self.sim({"customer": 60_000}, latency_ms=100)
        node = self.node(Tenant(), sim=sim)
        cut_off = 0
        for _ in range(40):
            import_id = node.begin("customer")
            served = sim.rows_served("customer")
            wait_until(lambda: sim.rows_served("customer") > served + 3000, "some customers are in")
            call = node.background("import", "cancel", import_id)
            db = node.database()
            wait_until(lambda: db.execute("SELECT state FROM imports WHERE id = ?", (import_id,)).fetchone()[0]
                       in ("cancelling", "cancelled"), "the cancel is in the ledger", pause=0)
            node.kill()
            left_as = db.execute("SELECT state FROM imports WHERE id = ?", (import_id,)).fetchone()[0]
            db.close()
            call.communicate(timeout=30)
            wait_until(lambda: sim.stats()["in_flight"] == 0, "the simulator has seen the end of the node")
            sim.reset()
            node.start()
            node.wait_for_state(import_id, "cancelled", timeout=10)
            check_laws(self, node, import_id)
            self.assertEqual(node.value("SELECT count(*) FROM batches b JOIN imports i ON i.number = b.import_number"
                                        " WHERE i.id = ? AND b.state IN ('running', 'pending')", import_id), 0)
            receipt = node.cli("import", "cancel", import_id).last
            self.assertTrue(receipt["finished_at"])
            self.assertEqual(sim.stats()["data_requests"], 0)
            cut_off += left_as == "cancelling"
            if cut_off >= full_or(2, 10):
                return
        self.fail("no kill fell between the beginning and the end of a cancel")


if __name__ == "__main__":
    unittest.main(verbosity=2)
