"""The account's limit is used to the full and never exceeded; memory does not grow with the number of records."""

import unittest

from comparison import compare
from harness import Case, Tenant, full_or
from ledger import check_completed

MIB = 1 << 20


def busy_share(requests, slots, leave_out=0):
    """The share of slot time that was used between the first and the last request for customers, and that time in ms;
    without the first `leave_out` requests.
    """
    own = sorted((r for r in requests if r["table"] == "customer"), key=lambda r: r["begin_ms"])[leave_out:]
    first, last = own[0]["begin_ms"], max(r["begin_ms"] + r["duration_ms"] for r in own)
    used = sum(max(0, min(r["begin_ms"] + r["duration_ms"], last) - max(r["begin_ms"], first)) for r in requests)
    return used / (slots * (last - first)), last - first


class Concurrency(Case):
    def test_five_slots_are_all_busy_from_the_first_page_of_customers_to_the_last(self):
        limit = 5
        sim = self.sim({"customer": 200_000}, latency_ms=200, concurrency_limit=limit)
        node = self.node(Tenant(concurrency_limit=limit), sim=sim)
        sim.reset()
        answer = node.run("customer")
        stats = sim.stats()
        asked_for_stats = 1
        self.assertEqual(answer.code, 0, answer.out)
        check_completed(self, node, answer.last)
        self.assertEqual(stats["peak_in_flight"], limit)
        self.assertEqual(stats["refusals"], 0)
        requests = sim.requests()
        with_plan, window = busy_share(requests, limit)
        share, _ = busy_share(requests, limit, leave_out=1)  # the first one asks for the ranges of all others
        opened = stats["connections_opened"] - asked_for_stats
        self.measured(f"{answer.last['records']['stored']} records, {stats['requests']} requests, slots busy "
                      f"{share:.1%} of the time from the first page on, {with_plan:.1%} of all {window:.0f} ms; "
                      f"{opened} connections, at most {node.memory('VmHWM') / MIB:.0f} MiB")
        self.assertGreaterEqual(share, 0.95)
        self.assertGreaterEqual(with_plan, 0.93)
        self.assertLessEqual(opened, limit + 2)
        self.assertLess(node.memory("VmHWM"), 100 * MIB)
        compare(self, sim, node, names=["customer"])

    def test_two_tenants_of_one_account_share_its_limit(self):
        limit = 4
        sim = self.sim({"customer": 6000}, latency_ms=50, concurrency_limit=limit)
        node = self.node(Tenant("one", concurrency_limit=limit), Tenant("two", concurrency_limit=limit), sim=sim)
        ids = {tenant: node.begin("customer", tenant) for tenant in ("one", "two")}
        for tenant, import_id in ids.items():
            check_completed(self, node, node.wait_for_state(import_id, "completed"), tenant)
            compare(self, sim, node, tenant=tenant, names=["customer"])
        stats = sim.stats()
        self.assertEqual(stats["refusals"], 0)
        self.assertEqual(stats["peak_in_flight"], limit)

    def test_two_accounts_do_not_wait_for_each_other(self):
        fast = self.sim({"customer": 2000}, latency_ms=2)
        slow = self.sim({"customer": 2000}, latency_ms=2000, account="7654321")
        node = self.node(Tenant("fast", base_url=fast.url), Tenant("slow", base_url=slow.url, account="7654321"))
        slow_import = node.begin("customer", "slow")
        self.assertEqual(node.run("customer", "fast").code, 0)
        self.assertNotEqual(node.status(slow_import)["state"], "completed")
        self.assertEqual(node.cli("import", "cancel", slow_import).code, 0)

    def test_memory_is_flat_in_the_number_of_records(self):
        peaks = {}
        for count in (20_000, full_or(200_000, 2_000_000)):
            sim = self.sim({"customer": count}, latency_ms=2)
            node = self.node(sim=sim, name=f"node{count}")
            answer = node.run("customer", timeout=full_or(120, 1200))
            self.assertEqual(answer.code, 0, answer.out)
            self.assertGreaterEqual(answer.last["records"]["stored"], count)
            peaks[count] = node.memory("VmHWM")
            self.measured(f"{count} customers: at most {peaks[count] / MIB:.1f} MiB, "
                          f"now {node.memory() / MIB:.1f} MiB")
            node.stop()
            sim.kill()
        few, many = peaks.values()
        self.assertLess(many, 100 * MIB)
        self.assertLess(abs(many - few) / few, 0.2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
