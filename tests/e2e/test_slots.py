"""An account's slots under everything that changes them: a limit that moves, other clients, outages, logins that end.

The quick versions are short; TIDEMARK_FULL=1 takes the times of the requirements.
"""

import unittest

from harness import TBA, Case, Tenant, full_or, wait_until
from ledger import check_laws

LATENCY = 400
JITTER = 1100  # where answers are of varying length: 400 to 1500 ms

# Pages that cost neither side much: what is measured here is waiting, not decoding.
SMALL = {"version": 1, "record_types": [
    {"name": name, "key": "id", "fields": [{"name": "id", "type": "id"}, {"name": "externalid", "type": "text"}]}
    for name in ("customer", "vendor", "item")]}


def pages(requests, tables=("customer",), status=200):
    return [r for r in requests if r["table"] in tables and r["status"] == status]


def most_at_once(requests, begin, end):
    """How many of these requests were open at once between two moments, at most."""
    changes = []
    for r in requests:
        first, last = max(r["begin_ms"], begin), min(r["begin_ms"] + r["duration_ms"], end)
        if first < last:
            changes += [(first, 1), (last, -1)]
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def busy(requests, begin, end):
    """Slot time, in ms, that these requests took between two moments."""
    return sum(max(0, min(r["begin_ms"] + r["duration_ms"], end) - max(r["begin_ms"], begin)) for r in requests)


class Slots(Case):
    def let_pass(self, sim, seconds):
        """Waits until the simulator's clock has moved on; returns its time."""
        begin = sim.stats()["now_ms"]
        wait_until(lambda: sim.stats()["now_ms"] >= begin + 1000 * seconds, f"{seconds} s have passed",
                   timeout=seconds + 30, pause=0.1)
        return sim.stats()["now_ms"]

    def running_import(self, limit=15, records=3_000_000, **knobs):
        sim = self.sim({"customer": records}, latency_ms=LATENCY, concurrency_limit=limit, **knobs)
        node = self.node(Tenant(concurrency_limit=limit), sim=sim, criteria=SMALL, node={"max_attempts": 1})
        import_id = node.begin("customer")
        wait_until(lambda: sim.stats()["in_flight"] == limit, "every slot is busy")
        return sim, node, import_id

    def end(self, node, import_id):
        """Nothing was lost and no attempt was burnt, up to here."""
        status = node.status(import_id)
        self.assertEqual(status["pick_ups"]["failed_attempts"], 0)
        self.assertEqual(status["batches"]["failed"], 0)
        if status["state"] != "completed":
            self.assertEqual(node.cli("import", "cancel", import_id).code, 0)
        check_laws(self, node, import_id)
        stored = node.value("SELECT count(*) FROM customer")
        self.assertEqual(stored, node.value("SELECT sum(stored) FROM batches"))
        return status

    def fall_and_rise(self, jitter):
        sim, node, import_id = self.running_import(latency_jitter_ms=jitter)
        longest = LATENCY + jitter
        self.let_pass(sim, 3)
        sim.knobs(concurrency_limit=4)
        fell = sim.stats()["now_ms"]
        settled = fell + 2 * longest
        self.let_pass(sim, full_or(20, 60))
        sim.knobs(concurrency_limit=15)
        back = sim.stats()["now_ms"]
        wait_until(lambda: sim.stats()["in_flight"] == 15, "all slots are busy again", timeout=60)
        full_speed = sim.stats()["now_ms"]
        self.let_pass(sim, 3 + 2 * longest / 1000)
        end = sim.stats()["now_ms"]
        requests = sim.requests()

        def refused(begin, until):
            return [r for r in requests if begin <= r["begin_ms"] < until and r["status"] == 429]

        first, steady = refused(fell - 10, settled), refused(settled, back)
        answered = [r for r in pages(requests) if settled <= r["begin_ms"] < back]
        use = busy(pages(requests), settled, back) / (4 * (back - settled))
        after = busy(pages(requests), full_speed, end - longest) / (15 * (end - longest - full_speed))
        last = max((r["begin_ms"] - fell for r in first), default=0)
        self.measured(f"answers of {LATENCY} to {longest} ms: {len(first)} refusals in two response times after the "
                      f"fall, the last after {last / 1000:.2f} s; then {len(steady)} to {len(answered)} answers and "
                      f"{use:.1%} of the four slots busy; 15 at once again {(full_speed - back) / 1000:.1f} s after "
                      f"the return, then {after:.1%} busy")
        self.assertLessEqual(len(first), 20)
        self.assertLessEqual(len(steady), 1 + len(answered) / 40)
        self.assertGreater(use, 0.9)
        self.assertLess(full_speed - back, 30_000)
        self.assertGreater(after, 0.9)
        self.end(node, import_id)

    def test_a_limit_that_falls_for_a_while_costs_few_refusals_and_full_speed_is_back_soon(self):
        self.fall_and_rise(jitter=0)

    def test_a_limit_that_falls_costs_as_few_refusals_where_answers_vary_in_length(self):
        self.fall_and_rise(jitter=JITTER)

    def beside_bursts(self, jitter):
        sim, node, import_id = self.running_import(records=full_or(3_000_000, 8_000_000), latency_jitter_ms=jitter)
        begin = self.let_pass(sim, 1)
        free = 0
        for _ in range(full_or(1, 4)):
            for taken in (10, 0):
                sim.knobs(background_load=taken)
                before = sim.stats()["now_ms"]
                free += (15 - taken) * (self.let_pass(sim, 30) - before)
        end = sim.stats()["now_ms"]
        requests = sim.requests()
        used = busy(pages(requests), begin, end)
        refused = len(pages(requests, status=429))
        self.measured(f"answers of {LATENCY} to {LATENCY + jitter} ms: {used / free:.1%} of the free slots used in "
                      f"{(end - begin) / 1000:.0f} s, {refused} of {len(requests)} requests refused")
        self.assertGreater(used, 0.9 * free)
        self.assertLess(refused, 0.03 * len(requests))
        self.end(node, import_id)

    def test_another_client_in_bursts_leaves_us_nine_tenths_of_what_is_free(self):
        self.beside_bursts(jitter=0)

    def test_bursts_leave_us_as_much_where_answers_vary_in_length(self):
        self.beside_bursts(jitter=JITTER)

    def test_three_imports_of_one_account_get_their_shares_and_every_slot_is_busy(self):
        limit, tables = 5, ("customer", "vendor", "item")
        sim = self.sim({table: full_or(100_000, 400_000) for table in tables}, latency_ms=100,
                       concurrency_limit=limit)
        node = self.node(Tenant(concurrency_limit=limit), sim=sim, criteria=SMALL)
        ids = [node.begin(table) for table in tables]
        for import_id in ids:
            node.wait_for_state(import_id, "completed")
        requests = sim.requests()
        by_table = {table: pages(requests, (table,))[1:] for table in tables}  # without the plan's question
        begin = max(min(r["begin_ms"] for r in own) for own in by_table.values())
        end = min(max(r["begin_ms"] for r in own) for own in by_table.values())
        share = {table: busy(own, begin, end) for table, own in by_table.items()}
        use = busy(requests, begin, end) / (limit * (end - begin))
        third = sum(share.values()) / 3
        self.measured(f"{use:.1%} of the slots busy for {(end - begin) / 1000:.0f} s; shares of a third: "
                      + ", ".join(f"{table} {value / third:.3f}" for table, value in share.items()))
        self.assertEqual(sim.stats()["refusals"], 0)
        self.assertGreater(use, 0.95)
        for value in share.values():
            self.assertLess(abs(value / third - 1), 0.1)

    def test_a_long_outage_burns_no_attempt_and_is_probed_one_at_a_time(self):
        sim = self.sim({"customer": 60_000}, latency_ms=100)
        node = self.node(sim=sim, criteria=SMALL,
                         node={"max_attempts": 1, "outage_pause_seconds": full_or(5, 60)})
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 5000, "the first customers are in")
        sim.knobs(fault_503_probability=1.0)
        began = sim.stats()["now_ms"]
        status = node.wait_for_state(import_id, "paused", timeout=120)
        self.assertEqual(status["paused_by"], "outage")
        self.let_pass(sim, full_or(15, 600) - (sim.stats()["now_ms"] - began) / 1000)
        sim.knobs(fault_503_probability=0.0)
        over = sim.stats()["now_ms"]
        status = node.wait_for_state(import_id, "completed", timeout=60)
        probes = [r for r in sim.requests() if began + 1000 <= r["begin_ms"] < over]
        self.measured(f"{(over - began) / 1000:.0f} s of outage: {len(probes)} probes, at most "
                      f"{most_at_once(probes, began, over)} at once; completed "
                      f"{(sim.stats()['now_ms'] - over) / 1000:.1f} s after its end")
        self.assertEqual(most_at_once(probes, began + 1000, over), 1)
        self.assertLess(len(probes), 10 + (over - began) / 1000)
        self.assertEqual(status["pick_ups"]["failed_attempts"], 0)
        self.assertEqual(status["batches"]["failed"], 0)
        check_laws(self, node, import_id)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 60_000)

    def test_a_login_that_ends_in_mid_import_suspends_the_tenant_until_it_is_resumed(self):
        sim = self.sim({"customer": 60_000}, latency_ms=100, lock_after_failures=0)
        node = self.node(sim=sim, criteria=SMALL, node={"max_attempts": 1})
        import_id = node.begin("customer")
        wait_until(lambda: sim.stats()["in_flight"] == 5 and sim.rows_served("customer") > 5000, "five are open")
        sim.knobs(tba_token_secret="another-secret")
        status = node.wait_for_state(import_id, "paused")
        bad = sim.stats()["auth_failures"]
        self.measured(f"{bad} bad logins, then: {status['error']}")
        self.assertLessEqual(bad, 6)
        self.assertEqual(status["paused_by"], "credentials")
        self.assertIn("authentication", status["error"])
        tenant = node.cli("tenants").last
        self.assertEqual(tenant["state"], "suspended")
        self.assertIn("authentication", tenant["reason"])
        self.assertEqual(node.cli("node", "status").last["suspended"], ["acme"])
        self.assert_refused(node.cli("import", "start", "acme", "customer"), "suspended", "tenant resume acme")
        self.assert_refused(node.cli("import", "resume", import_id), "suspended")

        # Also a node that starts again leaves the login alone.
        self.assertEqual(node.stop(), 0)
        node.start()
        self.assertEqual(node.cli("tenants").last["state"], "suspended")
        time_before = sim.stats()["now_ms"]
        wait_until(lambda: sim.stats()["now_ms"] > time_before + 1000, "a second has passed")
        self.assertEqual(sim.stats()["auth_failures"], bad)

        # Wrong once more: one try, and suspended as before.
        node.cli("tenant", "resume", "acme")
        wait_until(lambda: node.cli("tenants").last["state"] == "suspended" and sim.stats()["auth_failures"] > bad,
                   "the tenant is suspended again")
        self.assertEqual(sim.stats()["auth_failures"], bad + 1)
        node.wait_for_state(import_id, "paused")

        sim.knobs(tba_token_secret=TBA["token_secret"])
        self.assertEqual(node.cli("tenant", "resume", "acme").last["state"], "active")
        status = node.wait_for_state(import_id, "completed")
        self.assertEqual(status["pick_ups"]["failed_attempts"], 0)
        check_laws(self, node, import_id)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 60_000)

    def test_new_credentials_in_the_configuration_and_a_resume_complete_the_import(self):
        sim = self.sim({"customer": 40_000}, latency_ms=100, lock_after_failures=0)
        node = self.node(sim=sim, criteria=SMALL)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 5000, "the first customers are in")
        sim.knobs(tba_token="another-token")
        node.wait_for_state(import_id, "paused")
        node.stop()
        node.tenants[0].auth["token"] = "another-token"
        node.write_config({}, {}, {})
        node.start()
        self.assertEqual(node.status(import_id)["state"], "paused")
        self.assertEqual(node.cli("tenant", "resume", "acme").code, 0)
        node.wait_for_state(import_id, "completed")
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 40_000)

    def test_a_tenant_is_suspended_and_resumed_by_command(self):
        sim = self.sim({"customer": 60_000}, latency_ms=100)
        node = self.node(sim=sim, criteria=SMALL)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 3000, "the first customers are in")
        self.assertEqual(node.cli("tenant", "suspend", "acme").last["state"], "suspended")
        status = node.wait_for_state(import_id, "paused")
        self.assertEqual(status["paused_by"], "suspension")
        self.assertEqual(sim.stats()["aborted_by_client"], 0)  # what was open could end
        self.assert_refused(node.cli("plan", "acme", "customer"), "suspended by")
        self.assertEqual(node.cli("tenant", "resume", "acme").last["state"], "active")
        node.wait_for_state(import_id, "completed")
        self.assert_refused(node.cli("tenant", "suspend", "nobody"), "no tenant nobody")

    def test_refusals_that_look_like_wrong_credentials_stop_nothing(self):
        sim = self.sim({"customer": 40_000}, latency_ms=50, concurrency_limit=3, refusal_as_401_percent=100)
        node = self.node(Tenant(concurrency_limit=5), sim=sim, criteria=SMALL, node={"max_attempts": 1})
        status = node.run("customer").last
        slots = node.cli("concurrency", "acme").last
        self.measured(f"{slots['refused']} refusals, {slots['refused_as_401']} of them as a refused login; "
                      f"{sim.stats()['refusals_as_401']} in the simulator's count")
        self.assertEqual(status["state"], "completed", status["error"])
        self.assertEqual(status["pick_ups"]["failed_attempts"], 0)
        self.assertGreater(slots["refused_as_401"], 0)
        self.assertEqual(node.cli("tenants").last["state"], "active")

    def test_the_limit_is_read_from_the_account_where_it_tells_it(self):
        sim = self.sim({"customer": 60_000}, latency_ms=100, concurrency_limit=8, governance="account")
        node = self.node(Tenant(concurrency_limit="auto", more={"concurrency_reserve": 2}), sim=sim, criteria=SMALL)
        status = node.run("customer").last
        slots = node.cli("concurrency", "acme").last
        self.assertEqual(status["state"], "completed")
        self.assertEqual((slots["limit"], slots["limit_source"], slots["reserve"]), (8, "governance", 2))
        self.assertEqual(sim.stats()["peak_in_flight"], 6)
        self.assertEqual(sim.stats()["refusals"], 0)

    def test_a_limit_that_the_account_does_not_tell_is_taken_as_five_and_said_so(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50, concurrency_limit=20, governance="forbidden")
        node = self.node(Tenant(concurrency_limit="auto"), sim=sim, criteria=SMALL)
        status = node.run("customer").last
        slots = node.cli("concurrency", "acme").last
        self.assertEqual((slots["limit"], slots["limit_source"]), (5, "fallback"))
        self.assertIn("permission", slots["limit_note"])
        self.assertEqual([note["code"] for note in status["notes"]], ["limit_unreadable"])
        self.assertIn("limit_unreadable", node.process.tail(200))
        self.assertEqual(sim.stats()["peak_in_flight"], 5)

    def test_operators_see_and_set_the_slots_of_an_account(self):
        sim = self.sim({"customer": 200_000}, latency_ms=100, concurrency_limit=5)
        node = self.node(sim=sim, criteria=SMALL)
        import_id = node.begin("customer")
        wait_until(lambda: sim.stats()["in_flight"] == 5, "every slot is busy")
        slots = node.cli("concurrency", "acme", "--limit", 2).last
        self.assertEqual((slots["limit"], slots["limit_source"], slots["effective"]), (2, "command", 2))
        wait_until(lambda: node.cli("concurrency", "acme").last["in_use"] == 2, "two slots are in use")
        slots = node.cli("concurrency", "acme").last
        self.assertEqual([lane["import"] for lane in slots["waiting_by_import"]], [import_id])
        self.assertGreater(slots["utilization"]["1m"], 0.3)
        slots = node.cli("concurrency", "acme", "--reset").last
        self.assertEqual((slots["limit"], slots["limit_source"]), (5, "configured"))
        wait_until(lambda: node.cli("concurrency", "acme").last["in_use"] == 5, "five slots are in use")
        wait_until(lambda: sim.stats()["requests"] > 100, "a hundred requests were made")
        slots = node.cli("concurrency", "acme").last
        self.assertGreater(slots["connection_reuse"], 0.9)
        self.assertGreater(slots["handshakes_saved"], 80)
        self.assert_refused(node.cli("concurrency", "nobody"), "no tenant nobody")
        self.end(node, import_id)


if __name__ == "__main__":
    unittest.main(verbosity=2)
