"""A node with very many planned batches: memory, how fast it answers, how fast it cancels."""

import time

import harness
from contenders import Folder
from measuring import grouped, told

# Nothing but keys: what is measured is the plan.
CRITERIA = {"version": 1, "record_types": [{"name": "customer", "key": "id", "fields": [{"name": "id", "type": "id"}]}]}


def measure(bench):
    records, asked = bench.size(quick=2_000_000, usual=100_000_000), bench.size(quick=5, usual=50)
    sim = bench.sim({"customer": records}, concurrency_limit=1, latency_ms=50)
    with Folder() as folder:
        node = harness.Node(folder, [harness.Tenant(base_url=sim.url, concurrency_limit=1)], criteria=CRITERIA).start()
        try:
            begun = time.monotonic()
            import_id = node.begin("customer")
            wanted = records // 1000 * 0.99

            def all_planned():
                status = node.status(import_id)
                return not status["records"]["estimated"] and status["batches"]["planned"] >= wanted and status
            harness.wait_until(all_planned, "the import is planned", timeout=900, pause=0.5)
            planning = time.monotonic() - begun
            sim.knobs(latency_ms=10_000)
            times = []
            for _ in range(asked):
                before = time.monotonic()
                status = node.status(import_id)
                times.append((time.monotonic() - before) * 1000)
            peak, now = node.memory("VmHWM") / 2**20, node.memory() / 2**20
            idle = []
            for _ in range(asked):
                before = time.monotonic()
                node.cli("tenants")
                idle.append((time.monotonic() - before) * 1000)
            before = time.monotonic()
            answer = node.cli("import", "cancel", import_id, timeout=120)
            cancel = (time.monotonic() - before) * 1000
            if answer.code != 0:
                raise RuntimeError(f"the cancel ended with {answer.code}: {answer.err}")
        finally:
            node.process.kill()
    bench.end(sim)
    waiting = status["batches"]["planned"] - status["batches"]["completed"]
    return [f"| | {grouped(status['batches']['planned'])} batches planned |", "|---|---|",
            f"| planned in s (one slot, 50 ms a request, pages between) | {planning:.1f} |",
            f"| memory now, at most, MiB | {now:.0f}, {peak:.0f} |",
            f"| `import status` ms, with the command line's start | {told(times, '{:.1f}')} |",
            f"| `tenants` ms, for comparison | {told(idle, '{:.1f}')} |",
            f"| `import cancel` of {grouped(waiting)} batches, ms, with an open request | {cancel:.0f} |"]
