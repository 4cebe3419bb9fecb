"""The figures of docs/performance.md, measured. tools/bench builds what this needs, and calls it.

    bench.py --programs FOLDER [--yardsticks FOLDER] [--write FILE] [--quick | --full] [--rounds N] [FIGURE ...]

    --quick    small counts, one round: whether everything runs, not how fast
    --full     ten million records as well
    FIGURE     cost, scale, slots, batches, planned; all of them if none is named
"""

import argparse
import os
import pathlib
import shutil
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
FIGURES = {
    "cost": "CPU per record, beside yardsticks",
    "scale": "Ten times as many records",
    "slots": "Imports against the limit of their slots",
    "batches": "Batches per second",
    "planned": "Very many planned batches",
}


class Bench:
    """What the figures have in common: how large, how often, against which account; and what must hold."""

    def __init__(self, options):
        self.options = options
        self.programs, self.yardsticks = options.programs, options.yardsticks
        self.processors = len(os.sched_getaffinity(0))
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidemark-bench-", dir="/tmp"))
        self.sims = []
        self.musts = []

    def size(self, quick, usual, full=None):
        return quick if self.options.quick else full if full is not None and self.options.full else usual

    def rounds(self, usual):
        return self.options.rounds or (1 if self.options.quick else usual)

    def sim(self, records, **knobs):
        import harness
        sim = harness.Sim(self.folder, records, name=f"sim{len(self.sims)}", **{"concurrency_limit": 5, **knobs})
        self.sims.append(sim)
        return sim

    def end(self, sim):
        sim.process.kill()

    def must(self, what, measured, holds):
        """Notes whether something holds; None if this run cannot tell."""
        self.musts.append((what, measured, holds))

    @property
    def contenders(self):
        from contenders import Contenders
        return Contenders(self.programs, self.yardsticks)

    def close(self):
        for sim in self.sims:
            self.end(sim)
        shutil.rmtree(self.folder, ignore_errors=True)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--yardsticks", type=pathlib.Path, default=pathlib.Path("/nonexistent"))
    parser.add_argument("--write", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("figures", nargs="*", choices=[[], *FIGURES], metavar="FIGURE")
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    options.yardsticks = options.yardsticks.resolve()
    options.figures = options.figures or list(FIGURES)
    return options


def main():
    options = read_options()
    os.environ["TIDEMARK_BIN"] = str(options.programs)
    sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests" / "e2e")]
    import report
    bench = Bench(options)
    sections = {}
    begun = time.monotonic()
    try:
        for name in options.figures:
            print(f"\n== {FIGURES[name]}", flush=True)
            musts = len(bench.musts)
            lines = __import__(name).measure(bench)
            sections[name] = (FIGURES[name], lines, bench.musts[musts:])
            print("\n".join(lines), flush=True)
            if options.write:
                report.write(options, sections)
    finally:
        bench.close()
    print()
    if not options.quick:  # whose counts are too small to judge by
        for what, measured, holds in bench.musts:
            print(f"{ {True: 'holds', False: 'falls short', None: 'cannot tell'}[holds]}: {what}: {measured}")
    print(f"bench.py took {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
