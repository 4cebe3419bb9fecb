"""Accounts that believe whatever a real one may, by chance: each import ends exact, or names what it could not have.

    TIDEMARK_SEED=17 python3 -B tests/e2e/test_beliefs.py    that account alone, as printed by a failure
"""

import unittest

from campaign import Campaign
from harness import full_or


class Beliefs(Campaign):
    def test_each_account_is_imported_exactly_or_what_is_lost_is_named(self):
        self.play_all(full_or(100, 1000), runs=3, restless=False)


if __name__ == "__main__":
    unittest.main(verbosity=2)
