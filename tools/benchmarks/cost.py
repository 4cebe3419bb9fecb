"""CPU per record: the node beside its yardsticks, the same customers, no latency, gzip."""

from contenders import BARE, NODE, QUEUE, SCRIPT
from measuring import grouped, in_turns, median, told

MUST = [(BARE, 1.05, "CPU per record of the bare loop (one thread)"), (SCRIPT, 1 / 4, "CPU of the Python script"),
        (QUEUE, 1 / 8, "CPU of the worker queue")]


def measure(bench):
    records, rounds = bench.size(quick=20_000, usual=400_000), bench.rounds(5)
    sim = bench.sim({"customer": records})
    contenders = bench.contenders
    # The simulator keeps rendered answers, so the first to ask would wait for them and the others not.
    for name in contenders.names:
        contenders.run(name, sim)
    runs = in_turns(rounds, contenders.names, lambda name: contenders.run(name, sim))
    node = median(run.cpu_us for run in runs[NODE])
    lines = [f"{grouped(records)} customers of 25 columns, {rounds} rounds.", "",
             "| | CPU µs per record | of the node's | wall s | peak MiB |", "|---|---|---|---|---|"]
    for name in contenders.names:
        of = runs[name]
        cpu = median(run.cpu_us for run in of)
        parts = "".join(f"; {part} {median(run.parts[part] / run.count * 1e6 for run in of):.2f}"
                        for part in of[0].parts)
        lines.append(f"| {name} | {told(run.cpu_us for run in of)}{parts} | {cpu / node:.2f} × |"
                     f" {told(run.wall_s for run in of)} | {max(run.peak_kib for run in of) / 1024:.0f} |")
    for name, lacks in contenders.missing.items():
        lines.append(f"| {name} | skipped: {lacks} is not here | | | |")
    for name, bound, what in MUST:
        if name in runs:
            ratio = node / median(run.cpu_us for run in runs[name])
            bench.must(f"{what}: at most {bound:g} ×", f"{ratio:.2f} ×", ratio <= bound)
        else:
            bench.must(f"{what}: at most {bound:g} ×", "not measured", None)
    bench.must("CPU per record: at most 4.5 µs", f"{node:.2f} µs", node <= 4.5)
    return lines
