"""Imports of twelve types against the limit that slots and latency set."""

import functools
import json
import math

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


def waits_for(entry):
    """The types that have to be in before this one begins."""
    found = {field["to"] for field in entry["fields"] if field["type"] == "reference" and not field.get("weak")}
    if "set_of" in entry:
        found.add(entry["set_of"]["parent"])
    return found - {entry["name"]}


def longest_chain(types, status, slots):
    """Of requests that can only be made one after the other: the time; a plan; for each type on the way as many rounds
    as its batches take with all slots; the comparison of the last one."""
    batches = {row["name"]: row["batches"]["planned"] for wave in status["waves"] for row in wave["record_types"]}
    entries = {entry["name"]: entry for entry in types["record_types"] if "group" not in entry}

    @functools.cache
    def rounds(name):
        return math.ceil(batches[name] / slots) + max(map(rounds, waits_for(entries[name])), default=0)
    return 2 + max(map(rounds, entries)) + 1


def measure_cell(bench, slots, latency, records):
    """How long the import took, and what bounds that."""
    sim = bench.sim({table: int(share * records) for table, share in SHARES.items()}, latency_ms=latency,
                    concurrency_limit=slots)
    types = criteria()
    run, status = run_node(sim, GROUP, types, slots)
    of_sim = cpu_seconds(sim.process.pid)
    requests = sim.requests()
    bench.end(sim)
    busy = sum(request["duration_ms"] for request in requests) / 1000
    chain = longest_chain(types, status, slots) * median(request["duration_ms"] for request in requests) / 1000
    return {"wall": run.wall_s, "shared": busy / slots, "chain": chain, "ratio": run.wall_s / max(busy / slots, chain),
            "processors": (run.cpu_s + of_sim) / bench.processors, "requests": len(requests), "records": run.count}


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
        lines.append(f"| {slots} | {latency} | {told(run['wall'] for run in of)} | {mid('shared'):.2f} |"
                     f" {mid('chain'):.2f} | {told(run['ratio'] for run in of)} | {mid('processors'):.2f} |")
    good = [cell for cell, of in runs.items() if median(run["ratio"] for run in of) <= 1.03]
    worst = max(median(run["ratio"] for run in of) for of in runs.values())
    bench.must("import of twelve types: at most 1.03 × the limit in each cell",
               f"{len(good)} of {len(cells)} cells; the worst {worst:.2f} ×", len(good) == len(cells))
    return lines
