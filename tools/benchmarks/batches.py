"""Batches per second where the account answers at once and with nothing."""

import json
import subprocess

from contenders import Folder
from measuring import Run, in_turns, told, median

NO_OP, DURABLE = "no-op", "durable, each with its row in the ledger"


def measure(bench):
    program, count = bench.programs / "batch_rate", bench.size(quick=5_000, usual=100_000)
    if not program.exists():
        return ["skipped: batch_rate is not built (TIDEMARK_BENCHMARKS)"]

    def run(kind):
        with Folder() as folder:
            command = [str(program), str(count)] + (["--durable", str(folder)] if kind == DURABLE else [])
            out = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        return Run(out["batches"], out["wall_s"], out["cpu_s"])

    runs = in_turns(bench.rounds(5), [NO_OP, DURABLE], run)
    lines = ["| batches | per second | CPU µs per batch |", "|---|---|---|"]
    for kind, of in runs.items():
        lines.append(f"| {kind} | {told((run.count / run.wall_s for run in of), '{:.0f}')} |"
                     f" {told((run.cpu_us for run in of), '{:.1f}')} |")
    for kind, least in ((NO_OP, 50_000), (DURABLE, 30_000)):
        rate = median(run.count / run.wall_s for run in runs[kind])
        bench.must(f"{kind} batches per second: at least {least}", f"{rate:.0f}", rate >= least)
    return lines
