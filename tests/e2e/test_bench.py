"""tools/bench runs: every figure is measured, with small counts. Times are not judged."""

import os
import subprocess
import unittest

from harness import BIN, ROOT, Case


class Bench(Case):
    def test_each_figure_is_measured_and_what_is_not_here_is_skipped_by_name(self):
        ended = subprocess.run([ROOT / "tools" / "bench", "--quick"], capture_output=True, text=True, timeout=500,
                               env={**os.environ, "TIDEMARK_BIN": str(BIN)}, check=False)
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        for heading in ("CPU per record", "Ten times as many records", "limit of their slots", "Batches per second",
                        "Very many planned batches"):
            self.assertIn(heading, ended.stdout)
        for row in ("| node |", "| Python script |", "| bare loop, one thread |", "| worker queue |", "| Go program |",
                    "| 20 000 |", "| 15 | 50 |", "`import cancel`"):
            self.assertIn(row, ended.stdout)
        programs_lack = not (BIN / "batch_rate").exists()
        self.assertIn("skipped: batch_rate" if programs_lack else "| no-op |", ended.stdout)
        self.assertNotIn("falls short", ended.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
