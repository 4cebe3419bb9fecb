"""Errors and alerts: what an operator is told when something is wrong, and when it is over."""

import json
import pathlib
import resource
import unittest

from harness import QUICK, ROOT, TBA, Case, Tenant, wait_until


class Alerts(Case):
    def wait_up(self, node, name, timeout=30):
        wait_until(lambda: name in self.up(node), f"the alert {name} is up", timeout, pause=0.2)
        return self.up(node)[name]

    def wait_down(self, node, name, timeout=30):
        wait_until(lambda: name not in self.up(node), f"the alert {name} is cleared", timeout, pause=0.2)
        cleared = node.cli("alerts").last["cleared"]
        self.assertIn(name, [alert["id"] for alert in cleared])

    def test_a_failing_import_raises_and_a_good_one_clears(self):
        sim = self.sim({"customer": 50})
        node = self.node(sim=sim, alerts=QUICK, node={"max_attempts": 1})
        sim.knobs(fault_500_probability=1, fault_table="currency")
        failed = node.run("currency")
        self.assertEqual(failed.code, 4, failed.out)
        alert = self.wait_up(node, "import_failed")
        self.assertEqual((alert["tenant"], alert["import"], alert["subject"]), ("acme", failed.last["id"], "currency"))
        self.assertEqual(alert["level"], "error")
        self.assertTrue(alert["remedy"] and alert["since"])
        sim.knobs(fault_500_probability=0)
        self.assertEqual(node.run("currency").code, 0)
        self.wait_down(node, "import_failed")
        log = node.process.log.read_text()
        self.assertIn("alert_raised", log)
        self.assertIn("alert_cleared", log)

    def test_the_alert_of_a_failed_import_is_up_again_after_a_restart(self):
        sim = self.sim()
        node = self.node(Tenant(auth={**TBA, "token_secret": "not-the-secret"}), sim=sim, alerts=QUICK)
        self.assertEqual(node.run("currency").code, 4)
        self.wait_up(node, "import_failed")
        self.assertEqual(node.stop(), 0)
        node.start()
        self.wait_up(node, "import_failed")
        self.wait_up(node, "authentication")

    def test_slots_that_are_busy_raise_a_notice_and_idle_ones_clear_it(self):
        sim = self.sim({"customer": 30_000}, latency_ms=300)
        node = self.node(Tenant(concurrency_limit=2), sim=sim, alerts={**QUICK, "utilization_seconds": 2})
        import_id = node.begin("customer")
        alert = self.wait_up(node, "utilization")
        self.assertEqual((alert["account"], alert["unit"]), ("1234567_SB1", "%"))
        self.assertGreaterEqual(alert["value"], 80)
        self.assertEqual(alert["threshold"], 80)
        self.assertEqual(node.cli("import", "cancel", import_id).code, 0)
        self.wait_down(node, "utilization")

    def test_an_outage_raises_and_clears_by_itself_when_the_account_is_back(self):
        sim = self.sim({"customer": 10_000}, latency_ms=100)
        node = self.node(sim=sim, alerts=QUICK, node={"outage_pause_seconds": 1})
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 1000, "the first customers are in")
        sim.kill()
        alert = self.wait_up(node, "account_down", timeout=60)
        self.assertIn("does not answer", alert["text"])
        node.wait_for_state(import_id, "paused", timeout=60)
        status = node.cli("node", "status").last
        self.assertIn("account_down", [alert["id"] for alert in status["alerts"]])
        sim.restart()
        node.wait_for_state(import_id, "completed", timeout=90)
        self.wait_down(node, "account_down")

    def test_credentials_that_stop_working_raise_until_the_tenant_is_resumed(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50, lock_after_failures=0)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = node.begin("customer")
        wait_until(lambda: sim.rows_served("customer") > 2000, "the first customers are in")
        sim.knobs(tba_token_secret="another-secret")
        node.wait_for_state(import_id, "paused")
        alert = self.wait_up(node, "authentication")
        self.assertEqual(alert["tenant"], "acme")
        self.assertNotIn(TBA["token_secret"], json.dumps(alert))
        self.assertIn("tidemark tenant resume acme", alert["remedy"])
        sim.knobs(tba_token_secret=TBA["token_secret"])
        self.assertIn("authentication", self.up(node))
        self.assertEqual(node.cli("tenant", "resume", "acme").code, 0)
        node.wait_for_state(import_id, "completed")
        self.wait_down(node, "authentication")

    def test_refusals_below_the_configured_limit_raise_and_clear_when_they_stop(self):
        sim = self.sim({"customer": 200_000}, latency_ms=20, concurrency_limit=2)
        node = self.node(sim=sim, alerts={**QUICK, "refusals_percent": 1, "window_seconds": 3})
        node.begin("customer")
        alert = self.wait_up(node, "refusals")
        self.assertEqual((alert["account"], alert["unit"]), ("1234567_SB1", "%"))
        self.assertIn("although at most 5", alert["text"])
        sim.knobs(concurrency_limit=5)
        self.wait_down(node, "refusals")

    def test_resources_that_run_low_raise_by_their_configured_thresholds(self):
        sim = self.sim()
        node = self.node(sim=sim, start=False, alerts={**QUICK, "disk_free_mb": 1 << 29, "memory_limit_mb": 1,
                                                       "descriptors_percent": 50})
        node.words = ["--traceable"]  # its open files are counted below
        node.start()
        disk = self.wait_up(node, "disk")
        self.assertEqual(disk["unit"], "MB")
        self.assertEqual(disk["subject"], str(node.data_dir))
        self.assertLess(disk["value"], disk["threshold"])
        memory = self.wait_up(node, "memory")
        self.assertGreater(memory["value"], 90)
        self.assertNotIn("descriptors", self.up(node))
        pid = node.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        open_now = len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (open_now + open_now // 2, before[1]))
        self.wait_up(node, "descriptors")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        self.wait_down(node, "descriptors")

    def test_a_quiet_node_has_no_alerts(self):
        sim = self.sim({"customer": 3000})
        node = self.node(sim=sim, alerts={**QUICK, "disk_free_mb": 0})
        self.assertEqual(node.run("customer").code, 0)
        self.assertEqual(self.up(node), {})
        self.assertEqual(node.cli("alerts").last["cleared"], [])

    def test_an_alert_is_told_to_whoever_watches_the_import(self):
        sim = self.sim({"customer": 30_000}, latency_ms=200)
        node = self.node(Tenant(concurrency_limit=2), sim=sim, alerts={**QUICK, "utilization_seconds": 1})
        import_id = node.begin("customer")
        watcher = node.background("import", "watch", import_id)
        self.wait_up(node, "utilization")
        node.cli("import", "cancel", import_id)
        out, _ = watcher.communicate(timeout=30)
        alerts = [event["alert"]["id"] for event in map(json.loads, out.splitlines())
                  if event.get("event") == "alert_raised"]
        self.assertEqual(alerts, ["utilization"])


class Errors(Case):
    def broken_import(self):
        """A node with an import in which one batch fails, for a broken page."""
        sim = self.sim({"customer": 6000}, records_broken=["customer.3007"])
        node = self.node(sim=sim, node={"max_attempts": 2}, alerts=QUICK)
        answer = node.run("customer")
        self.assertIn(answer.code, (0, 3), answer.out)
        return sim, node, answer.last["id"]

    def test_errors_are_counted_and_shown_for_a_tenant_and_for_an_import_also_after_a_restart(self):
        _, node, import_id = self.broken_import()

        def check():
            for words in (["errors", "acme"], ["errors", "acme", "--import", import_id]):
                answer = node.cli(*words)
                self.assertEqual(answer.code, 0, answer.err)
                report = answer.last
                self.assertIsNone(report["remark"])
                attempts = [x for x in report["last"] if x["record_type"] == "customer" and x["category"] == "server"]
                self.assertTrue(attempts, report)
                self.assertEqual(attempts[0]["import"], import_id)
                self.assertTrue(attempts[0]["batch"] and attempts[0]["text"] and attempts[0]["code"])
                self.assertTrue(attempts[0]["operation_id"])
                counted = [x for x in report["counts"] if x["record_type"] == "customer" and x["category"] == "server"]
                self.assertEqual(sum(x["count"] for x in counted), len(attempts))
        check()
        self.assertEqual(node.stop(), 0)
        node.start()
        check()
        node.kill()
        node.start()
        check()

    def test_an_import_that_failed_without_an_attempt_has_an_error(self):
        sim = self.sim()
        node = self.node(Tenant(auth={**TBA, "token_secret": "not-the-secret"}), sim=sim)
        failed = node.run("currency")
        self.assertEqual(failed.code, 4)
        report = node.cli("errors", "acme").last
        self.assertEqual([(x["category"], x["count"]) for x in report["counts"]], [("import_failed", 1)])
        self.assertIn("authentication", report["last"][0]["text"])

    def test_rejected_records_and_values_that_are_kept_aside_are_among_the_errors(self):
        for strict, category in ((True, "rejected_record"), (False, "value_kept_aside")):
            with self.subTest(category):
                self.check_category(strict, category)

    def check_category(self, strict, category):
        sim = self.sim({"customer": 100})
        criteria = json.loads((ROOT / "config" / "criteria.json").read_text())
        for entry in criteria["record_types"]:
            if entry["name"] == "customer":
                entry["strict"] = strict
        node = self.node(sim=sim, name=category.replace("_", "-"), criteria=criteria)
        sim.data({"table": "customer", "op": "update", "id": 7, "values": {"creditlimit": "not a number"}})
        answer = node.run("customer")
        self.assertEqual(answer.code, 3, answer.out)
        report = node.cli("errors", "acme", "--import", answer.last["id"]).last
        self.assertIn(category, [x["category"] for x in report["counts"]])

    def test_the_number_of_errors_shown_is_bounded_and_all_are_counted(self):
        _, node, import_id = self.broken_import()
        report = node.cli("errors", "acme", "--limit", "1").last
        self.assertEqual(len(report["last"]), 1)
        self.assertGreater(sum(x["count"] for x in report["counts"]), 1)

    def test_wrong_names_are_refused(self):
        sim = self.sim()
        node = self.node(sim=sim)
        self.assert_refused(node.cli("errors", "nobody"), "nobody")
        self.assert_refused(node.cli("errors", "acme", "--import", "other.x"), "other.x")
        self.assert_refused(node.cli("errors", "acme", "--import", "acme.00000000000000000000000000"), "acme.0000")
        self.assert_refused(node.cli("errors", "acme", "--limit", "0"), "limit")
        self.assert_refused(node.cli("errors"), "TENANT")

    def test_a_tenant_without_errors_has_none(self):
        sim = self.sim({"customer": 100})
        node = self.node(sim=sim)
        self.assertEqual(node.run("customer").code, 0)
        report = node.cli("errors", "acme").last
        self.assertEqual((report["counts"], report["last"]), ([], []))


if __name__ == "__main__":
    unittest.main(verbosity=2)
