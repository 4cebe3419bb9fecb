"""Accounts whose role, features, records and criteria change between imports, by chance, over 50 of them each.

    TIDEMARK_SEED=17 python3 -B tests/e2e/test_histories.py    that account alone, as printed by a failure
"""

import unittest

from campaign import Campaign
from harness import full_or


class Histories(Campaign):
    def test_after_each_of_many_imports_what_is_there_is_right_or_named_and_at_the_end_all_is_right(self):
        self.play_all(full_or(12, 100), runs=50, restless=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
