"""Lists of any length are answered, in bounded memory, and do not stand behind the writer."""

import os
import sqlite3
import time
import unittest

from harness import Case
from test_incremental import full


class Lists(Case):
    def filled(self, *statements):
        """A node whose ledger was filled behind its back, after an import."""
        sim = self.sim({"customer": 1200})
        node = self.node(sim=sim)
        full(self, node, "customer", "--no-verify")
        db = sqlite3.connect(node.database_path(), timeout=30)
        for sql in statements:
            db.execute(sql)
        db.commit()
        db.close()
        return node

    def test_a_hundred_megabytes_of_rejected_records_are_listed(self):
        node = self.filled(
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
            "INSERT INTO rejected_records (record_type, key, reason, raw, import_id, batch, at) "
            "SELECT 'customer', i, 'made up', hex(zeroblob(10000)), 'acme.other', 1, '2020-01-01T00:00:00.000Z' FROM n",
            "INSERT INTO rejected_records (record_type, key, reason, raw, import_id, batch, at) VALUES "
            "('customer', '9999', 'made up', hex(zeroblob(10000000)), 'acme.other', 1, '2020-01-01T00:00:00.000Z')")
        before = node.memory("VmHWM")
        answer = node.cli("rejected", "acme", "--limit", "100000")
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(len(answer.lines), 5001)
        self.assertEqual([int(line["key"]) for line in answer.lines][:3], [1, 2, 3])
        self.assertIn("20000000 bytes in all", answer.last["raw"])
        grown = node.memory("VmHWM") - before
        self.measured(f"{len(answer.out) >> 20} MB listed, the node's peak grew by {grown >> 20} MB")
        self.assertLess(grown, 100 << 20)
        errors = node.cli("errors", "acme", "--limit", "3000")
        self.assertEqual(errors.code, 0, errors.err)
        self.assertEqual(len(errors.last["last"]), 3000)
        self.assertEqual(errors.last["counts"][0]["count"], 5001)

    def test_a_thousand_imports_are_listed_at_once(self):
        node = self.filled(
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1500) "
            "INSERT INTO imports (id, tenant, record_type, mode, system, state, requested_at, finished_at) "
            "SELECT printf('acme.%026d', i), 'acme', 'customer', 'full', 'chunked', 'completed', "
            "printf('2020-01-01T00:%02d:%02d.000Z', i / 60, i % 60), '2099-01-01T00:00:00.000Z' FROM n",
            "INSERT INTO import_types (import_number, name, wave, state, planned, estimated, records_planned, "
            "taken_from, error) SELECT number, 'customer', 1, 'completed', 1, 0, 100000, '', '' FROM imports "
            "WHERE id LIKE 'acme.0000%'",
            "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
            "INSERT INTO batches (import_number, number, record_type, after_key, up_to_key, weight, state, picked_up, "
            "completed, stored) SELECT number, i, 'customer', i, i + 1, 1000, 'completed', 1, 1, 1000 FROM imports, n "
            "WHERE id LIKE 'acme.0000%'")
        begun = time.monotonic()
        answer = node.cli("import", "list", "--limit", "10000")
        taken = time.monotonic() - begun
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(len(answer.lines), 1501)
        times = [line["requested_at"] for line in answer.lines]
        self.assertEqual(times, sorted(times, reverse=True))
        self.assertEqual(len({line["id"] for line in answer.lines}), 1501)
        self.measured(f"1501 imports listed in {taken:.2f} s")
        self.assertEqual(len(node.cli("import", "list", "--tenant", "acme").lines), 20)

    def test_lists_do_not_wait_for_the_writer(self):
        node = self.filled()
        import_id = node.cli("import", "list").last["id"]
        db = sqlite3.connect(node.database_path(), isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        try:
            # This one waits for the lock, and everything for the writer behind it.
            waiting = node.background("import", "start", "acme", "customer")
            time.sleep(0.5)
            for words in (("import", "list"), ("import", "status", import_id), ("batches", import_id),
                          ("rejected", "acme"), ("errors", "acme")):
                begun = time.monotonic()
                answer = node.cli(*words)
                self.assertEqual(answer.code, 0, answer.err)
                self.assertLess(time.monotonic() - begun, 2, words)
        finally:
            db.execute("ROLLBACK")
            db.close()
        waiting.communicate(timeout=60)

    def test_a_database_that_is_gone_is_named_and_not_made(self):
        node = self.filled()
        path = node.database_path()
        os.rename(path, f"{path}.away")
        answer = node.cli("rejected", "acme")
        self.assertEqual(answer.code, 4, answer.out + answer.err)
        self.assertIn(os.path.basename(path), answer.err)
        self.assertFalse(os.path.exists(path))
        os.rename(f"{path}.away", path)
        self.assertEqual(node.cli("rejected", "acme").code, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
