"""Time per record and memory as tables grow."""

from contenders import customer, run_node
from measuring import grouped, in_turns, median, told


def measure(bench):
    sizes = bench.size(quick=[5_000, 20_000], usual=[100_000, 1_000_000], full=[100_000, 1_000_000, 10_000_000])
    runs = {}
    for rows in sizes:
        # A large one takes long by itself.
        rounds = 1 if rows >= 10_000_000 else bench.rounds(3)
        sim = bench.sim({"customer": rows})
        if rows <= 100_000:  # what is short shows whether answers are rendered for the first time
            run_node(sim, "customer", customer())
        runs.update(in_turns(rounds, [rows], lambda _: run_node(sim, "customer", customer())[0]))
        bench.end(sim)
    lines = ["| records | CPU µs per record | wall µs per record | peak MiB |", "|---|---|---|---|"]
    for rows, of in runs.items():
        lines.append(f"| {grouped(rows)} | {told(run.cpu_us for run in of)} | {told(run.wall_us for run in of)} |"
                     f" {told((run.peak_kib / 1024 for run in of), '{:.1f}')} |")
    first, last = min(runs), max(runs)
    growth = median(run.cpu_us for run in runs[last]) / median(run.cpu_us for run in runs[first]) - 1
    enough = last >= 10_000_000
    bench.must("CPU per record at 10 M within 5 % of that at 100 k", f"{growth:+.1%} at {grouped(last)}",
               growth <= 0.05 if enough else None)
    peak = max(run.peak_kib for run in runs[last]) / 1024
    bench.must("ten million records within 48 MiB", f"{peak:.1f} MiB at {grouped(last)}",
               peak <= 48 if enough else None)
    return lines
