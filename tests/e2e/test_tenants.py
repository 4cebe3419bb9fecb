"""Many tenants on one node: what they cost while they do nothing, and while all of them import.

TIDEMARK_FULL=1 takes a thousand of them.
"""

import re
import time
import unittest

from harness import NO_AUTH, QUICK, Case, Tenant, full_or, wait_until
from ledger import check_completed

MIB = 1 << 20
COUNT = full_or(80, 1000)


class Tenants(Case):
    def many(self, count=COUNT, url="http://127.0.0.1:1", **settings):
        return [Tenant(id=f"t{number:04}", account=str(1_000_001 + number), base_url=url, auth=NO_AUTH, **settings)
                for number in range(count)]

    def threads(self, node):
        with open(f"/proc/{node.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"^Threads:\s+(\d+)$", status.read(), re.MULTILINE).group(1))

    def wait_until_read(self, node):
        wait_until(lambda: not node.cli("node", "status").last["not_answering"], "every ledger is read", 60, pause=0.2)

    def time_of(self, node, *words):
        """The best of five, in seconds, with the start of the command line."""
        times = []
        for _ in range(5):
            began = time.monotonic()
            answer = node.cli(*words)
            times.append(time.monotonic() - began)
            self.assertEqual(answer.code, 0, answer.err)
        return min(times)


class AtRest(Tenants):
    def test_tenants_that_do_nothing_cost_nothing(self):
        node = self.node(*self.many(), start=False)
        for again in (False, True):
            began = time.monotonic()
            node.start()
            self.measured(f"ready after {time.monotonic() - began:.2f} s{' again' if again else ''}")
            self.assertLess(time.monotonic() - began, 3)
            self.wait_until_read(node)
            self.measured(f"all ledgers read after {time.monotonic() - began:.2f} s")
            wait_until(lambda: not node.open_databases(), "every database rests", 20)
            memory, threads = node.memory("VmHWM") / MIB, self.threads(node)
            descriptors = len(node.descriptors())
            self.measured(f"{COUNT} tenants: {memory:.0f} MiB at most, {threads} threads, {descriptors} descriptors")
            self.assertLess(memory, 64)
            self.assertLess(threads, 48)
            self.assertLess(descriptors, 64)
            for words in (("import", "list"), ("node", "status"), ("tenants",)):
                took = self.time_of(node, *words)
                self.measured(f"{' '.join(words)}: {1000 * took:.0f} ms")
                self.assertLess(took, 0.15)  # a tenth, and the start of a process
            self.assertFalse(node.open_databases())
            self.assertEqual(node.stop(), 0)
        node.start()
        self.assertNotIn("recovered", node.process.tail(COUNT))


class Resting(Tenants):
    """With databases that rest after a second."""

    def resting_node(self, **settings):
        sim = self.sim({"currency": 10, "subsidiary": 5})
        node = self.node(sim=sim, alerts=QUICK, node={"database_rest_seconds": 1}, **settings)
        return sim, node

    def wait_for_rest(self, node):
        wait_until(lambda: not node.open_databases(), "the database rests", 20)

    def test_a_database_at_rest_is_opened_for_whoever_needs_it(self):
        _, node = self.resting_node()
        ended = []
        for _ in range(3):
            answer = node.run("currency")
            self.assertEqual(answer.code, 0, answer.err)
            ended.append(answer.last["id"])
            self.wait_for_rest(node)
            listed = node.cli("import", "list").lines
            self.assertEqual([entry["id"] for entry in listed], ended[::-1])
            self.assertEqual({entry["state"] for entry in listed}, {"completed"})
            self.assertEqual(node.status(ended[0])["state"], "completed")
        time.sleep(3)  # looks of the monitor do not open it
        self.assertFalse(node.open_databases())
        self.assertFalse(self.up(node))

    def test_an_import_that_waits_longer_than_databases_rest_goes_on(self):
        sim = self.sim({"customer": 3000, "currency": 10, "subsidiary": 5}, latency_ms=2500)
        node = self.node(sim=sim, node={"database_rest_seconds": 1})
        answer = node.run("customer")
        self.assertEqual(answer.code, 0, answer.err)
        check_completed(self, node, answer.last)

    def test_a_paused_import_rests_and_goes_on_also_after_a_crash(self):
        sim = self.sim({"customer": 20_000, "currency": 10, "subsidiary": 5}, latency_ms=100)
        node = self.node(sim=sim, node={"database_rest_seconds": 1})
        import_id = self.under_way(sim, node)
        self.assertEqual(node.cli("import", "pause", import_id).code, 0)
        self.wait_for_rest(node)
        self.assertEqual(node.cli("import", "list").last["state"], "paused")
        node.kill()
        node.start()
        self.assertEqual(node.cli("import", "list").last["state"], "paused")
        self.assertEqual(node.cli("import", "resume", import_id).code, 0)
        check_completed(self, node, node.wait_for_state(import_id, "completed"))


class Importing(Tenants):
    def test_all_tenants_import_at_once_and_rest_again(self):
        latency = full_or(1000, 10_000)
        sim = self.sim({"currency": 12_000}, latency_ms=latency, concurrency_limit=100_000, auth="none")
        node = self.node(*self.many(url=sim.url, concurrency_limit=2), alerts=QUICK,
                         node={"database_rest_seconds": full_or(2, 60)})
        began = time.monotonic()
        for tenant in node.tenants:
            self.assertEqual(node.cli("import", "start", tenant.id, "currency").code, 0)
        self.measured(f"{COUNT} imports begun in {time.monotonic() - began:.1f} s")
        busy, asked, most = [], [], 0

        def running():
            at = time.monotonic()
            status = node.cli("node", "status").last
            asked.append(time.monotonic() - at)
            busy.append(sum(pool["in_use"] for pool in status["pools"]) / (2 * COUNT))
            return status["imports_running"]
        while running():
            most = max(most, self.threads(node))
            time.sleep(latency / 5000)
        took = time.monotonic() - began
        busy.sort()
        asked.sort()
        self.measured(f"all in {took:.1f} s; slots busy {busy[len(busy) // 2]:.0%} in the median; "
                      f"{node.memory('VmHWM') / MIB:.0f} MiB at most, {most} threads; "
                      f"status {1000 * asked[len(asked) * 99 // 100]:.0f} ms (p99)")
        listed = node.cli("import", "list", "--limit", 2 * COUNT).lines
        self.assertEqual(len(listed), COUNT)
        self.assertEqual({entry["state"] for entry in listed}, {"completed"})
        self.assertLess(node.memory("VmHWM"), 1024 * MIB)
        self.assertLess(most, 64)
        wait_until(lambda: not node.open_databases(), "every database rests", full_or(30, 200), pause=0.5)
        wait_until(lambda: len(node.descriptors()) <= 64, "connections are closed",
                   full_or(100, 600), pause=2)
        self.measured(f"at rest: {node.memory() / MIB:.0f} MiB, {self.threads(node)} threads")
        self.assertLess(node.memory(), 128 * MIB)
        self.assertLess(self.threads(node), 48)


if __name__ == "__main__":
    unittest.main()
