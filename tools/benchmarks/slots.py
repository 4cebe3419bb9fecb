"""Imports of twelve types against the limit that slots and latency set."""

import json

import harness
from contenders import run_node
from measuring import cpu_seconds, grouped, median, told

TYPES = ["currency", "term", "subsidiary", "department", "location", "account", "employee", "vendor", "customer",
         "item", "transaction", "transactionline"]
GROUP = "twelve"
# Together 500 000; a transaction has five lines in the mean.
SHARES = {"transaction": 0.12, "customer": 0.12, "item": 0.08, "vendor": 0.04, "employee": 0.02, "account": 0.01}


def criteria():
    shipped = json.loads((harness.ROOT / "config" / "criteria.json").read_text())
    kept = [entry for entry in shipped["record_types"] if entry["name"] in TYPES]
    for entry in kept:
        for field in entry["fields"]:
            if field["type"] == "reference" and field["to"] not in TYPES:
                field["type"] = "integer"
                field.pop("to")
                field.pop("weak", None)
    return {"version": shipped.get("version", 1), "record_types": [*kept, {"name": GROUP, "group": TYPES}]}


def measure_cell(bench, slots, latency, records):
    """The ratio of the import's time to its limit, and what the limit is made of."""
    sim = bench.sim({table: int(share * records) for table, share in SHARES.items()}, latency_ms=latency,
                    concurrency_limit=slots)
    run, status = run_node(sim, GROUP, criteria(), slots)
    of_sim = cpu_seconds(sim.process.pid)
    requests = sim.requests()
    bench.end(sim)
    begin = min(request["begin_ms"] for request in requests)
    end = max(request["begin_ms"] + request["duration_ms"] for request in requests)
    busy = sum(request["duration_ms"] for request in requests)
    longest = median(request["duration_ms"] for request in requests)
    # The time, a plan, a page in each wave, and the comparison of the last type.
    chain = (2 + len(status["waves"]) + 1) * longest
    limit = max(busy / slots, chain)
    return {"ratio": run.wall_s * 1000 / limit, "wall_s": run.wall_s, "slots_s": busy / slots / 1000, "chain_s": chain / 1000,
            "asking_s": (end - begin) / 1000, "cpus_s": (run.cpu_s + of_sim) / bench.processors,
            "requests": len(requests), "records": run.count, "refused": sum(r["status"] == 429 for r in requests)}


def measure(bench):
    records = bench.size(quick=20_000, usual=500_000)
    cells = bench.size(quick=[(15, 50)],
                       usual=[(slots, latency) for latency in (50, 200, 1000) for slots in (5, 15, 55)])
    runs = {cell: [] for cell in cells}
    for _ in range(bench.rounds(3)):
        for cell in cells:
            runs[cell].append(measure_cell(bench, *cell, records))
    first = runs[cells[0]][0]
    lines = [f"{grouped(first['records'])} records of {len(TYPES)} types, {first['requests']} requests.", "",
             "| slots | latency ms | import s | limit s: slot time ÷ slots | limit s: longest chain | import ÷ limit |"
             " the processors alone s |", "|---|---|---|---|---|---|---|"]
    for (slots, latency), of in runs.items():
        def mid(name, of=of):
            return median(run[name] for run in of)
        lines.append(f"| {slots} | {latency} | {told(run['wall_s'] for run in of)} | {mid('slots_s'):.2f} |"
                     f" {mid('chain_s'):.2f} | {told(run['ratio'] for run in of)} | {mid('cpus_s'):.2f} |")
    good = [cell for cell, of in runs.items() if median(run["ratio"] for run in of) <= 1.03]
    worst = max(median(run["ratio"] for run in of) for of in runs.values())
    bench.must("import of twelve types: at most 1.03 × the limit in each cell",
               f"{len(good)} of {len(cells)} cells; the worst {worst:.2f} ×", len(good) == len(cells))
    return lines
