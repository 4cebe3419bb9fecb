"""Disks and database files that fail: a clear error, an import that pauses and goes on by itself, and nothing lost."""

import contextlib
import json
import os
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import time
import unittest

from comparison import Comparison, load_criteria
from harness import QUICK, Case, Tenant, obey_file_modes, type_of, wait_until
from ledger import check_completed


class Disk(Case):
    def wait_up(self, node, name, *fragments):
        wait_until(lambda: name in self.up(node), f"the alert {name} is up", 60, pause=0.2)
        alert = self.up(node)[name]
        for fragment in fragments:
            self.assertIn(fragment, alert["text"])
        self.assertTrue(alert["remedy"])
        return alert

    def wait_down(self, node, name):
        wait_until(lambda: name not in self.up(node), f"the alert {name} is cleared", 60, pause=0.2)

    def wait_paused(self, node, import_id, *fragments):
        """The import is paused for its database, and says why. A copy that is being written looks damaged until then."""
        status = node.wait_for_state(import_id, "paused", timeout=60)
        until = time.monotonic() + 20
        while not all(fragment in status["error"] for fragment in fragments) and time.monotonic() < until:
            time.sleep(0.2)
            status = node.status(import_id)
        self.assertEqual(status["state"], "paused")
        for fragment in fragments:
            self.assertIn(fragment, status["error"])
        return status

    def assert_whole(self, sim, node, import_id, database=None):
        """The import completed, and the database holds what the account does."""
        status = node.wait_for_state(import_id, "completed", timeout=120)
        truth = sim.export("customer", "currency")
        comparison = Comparison(truth, database or node.database_path(), load_criteria(node.criteria))
        self.addCleanup(comparison.close)
        for name in ("customer", "currency"):
            self.assertEqual(comparison.differences(name), [])
        return status

    def small_disk(self, megabytes):
        """A file system of its own, where this user may mount one."""
        folder = self.folder / "disk"
        folder.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder],
                                 capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("this user may not mount a file system; the test with a limit of file sizes stands in")
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=False)
        return folder


class FullDisk(Disk):
    def test_an_import_on_a_full_disk_pauses_with_alerts_and_completes_when_there_is_room(self):
        disk = self.small_disk(64)
        path = disk / "acme.db"
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(Tenant(more={"database": f"sqlite:{path}"}), sim=sim, alerts={**QUICK, "disk_free_mb": 2})
        import_id = self.under_way(sim, node)
        ballast = disk / "ballast"
        with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(65536))
        self.wait_paused(node, import_id, str(path), "free space")
        self.wait_up(node, "store_unavailable", str(path))
        self.assertEqual(self.wait_up(node, "disk")["subject"], str(disk))
        # The rest of the node works: what is stored can be read, and questions are answered.
        self.assertTrue(node.alive())
        self.assertEqual(node.cli("import", "list").last["id"], import_id)
        ballast.unlink()
        self.assert_whole(sim, node, import_id, path)
        self.wait_down(node, "store_unavailable")
        self.wait_down(node, "disk")

    def test_a_database_that_may_not_grow_pauses_its_import_until_it_may(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        _, hard = resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE)
        # Less than the database has already; more than the log will have.
        resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (256 << 10, hard))
        self.wait_paused(node, import_id, str(node.database_path()), "space left")
        self.wait_up(node, "store_unavailable", str(node.database_path()))
        resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        self.assert_whole(sim, node, import_id)
        self.wait_down(node, "store_unavailable")

    def test_a_node_that_is_killed_on_a_full_disk_loses_nothing(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        _, hard = resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (256 << 10, hard))
        self.wait_paused(node, import_id)
        node.kill()
        node.start()
        self.assert_whole(sim, node, import_id)


class Locked(Disk):
    def test_a_lock_in_mid_import_pauses_it_until_the_lock_is_gone(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        locker = sqlite3.connect(node.database_path(), timeout=30, isolation_level=None)
        self.addCleanup(locker.close)
        locker.execute("BEGIN IMMEDIATE")
        self.wait_up(node, "store_unavailable", str(node.database_path()), "locked by another program")
        self.wait_paused(node, import_id, str(node.database_path()), "locked")
        locker.execute("ROLLBACK")
        status = self.assert_whole(sim, node, import_id)
        check_completed(self, node, status)
        self.wait_down(node, "store_unavailable")


    def test_batches_that_a_lock_cut_off_three_times_have_not_died_of_it_and_none_runs_alone(self):
        sim = self.sim({"customer": 30_000}, latency_ms=200)
        node = self.node(Tenant(concurrency_limit=4), sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        locker = sqlite3.connect(node.database_path(), timeout=30, isolation_level=None)
        self.addCleanup(locker.close)
        for _ in range(3):
            locker.execute("BEGIN IMMEDIATE")
            self.wait_paused(node, import_id, "locked")
            locker.execute("ROLLBACK")
            served = sim.rows_served("customer")
            wait_until(lambda: sim.rows_served("customer") > served, "it goes on", 60)
        status = self.assert_whole(sim, node, import_id)
        self.assertGreater(status["pick_ups"]["interrupted"], 0)
        self.assertEqual(node.value("SELECT sum(deaths) FROM batches"), 0)
        self.assertNotIn("batch_alone", node.process.log.read_text())


class Unwritable(Disk):
    def test_a_file_that_may_not_be_written_is_told_and_its_import_goes_on_once_it_may(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        self.assertEqual(node.stop(), 0)
        path = node.database_path()
        os.chmod(path, 0o444)
        node.start(prepare=obey_file_modes)
        self.wait_up(node, "store_unavailable", str(path), "write permission")
        refused = node.cli("import", "start", "acme", "customer")
        self.assertNotEqual(refused.code, 0)
        self.assertIn(str(path), refused.err + refused.out)
        self.assertIn("write permission", refused.err + refused.out)
        os.chmod(path, 0o644)
        self.assert_whole(sim, node, import_id)
        self.wait_down(node, "store_unavailable")


class Damaged(Disk):
    def test_a_database_that_is_damaged_in_mid_import_is_told_and_a_backup_goes_on(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(node.run("currency").code, 0)
        path = node.database_path()
        backup = self.folder / "backup.db"
        with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(backup)) as copy:
            source.backup(copy)
        watcher = node.background("import", "start", "acme", "customer", "--wait")
        wait_until(lambda: sim.rows_served("customer") > 3000, "the first customers are in")
        self.overwrite(path)
        self.wait_up(node, "store_defect", str(path), "restore it from a backup")
        for words in (("customer",), ("currency", "--incremental")):
            self.assertEqual(node.cli("import", "start", "acme", *words, "--wait").code, 4)
        time.sleep(3)
        self.assertIn("store_defect", self.up(node))
        self.assertEqual(node.cli("tenants").last["state"], "database_away")
        self.assertTrue(node.alive())
        told = watcher.communicate(timeout=60)[0]
        self.assertIn(watcher.returncode, (4, 7), told)  # failed, or paused where not even that could be written
        self.assertIn(str(path), told.splitlines()[-1])
        node.kill()
        for name in (f"{path}-wal", f"{path}-shm"):
            os.unlink(name)
        self.overwrite(path)
        # Nothing is written over what is damaged.
        self.assertEqual(node.launch().wait(), 2)
        self.assertIn(str(path), node.process.tail())
        self.assertIn("restore it from a backup", node.process.tail())
        os.rename(backup, path)
        node.start()
        self.assertEqual(node.run("customer").code, 0)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 20_000)

    @staticmethod
    def overwrite(path):
        """All of the file but its first page, which is all that a node looks at before it uses the ledger."""
        with open(path, "r+b", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(4096)
            file.write(b"\xa5" * (size - 4096))


class Moved(Disk):
    def move(self, path, to):
        for ending in ("", "-wal", "-shm"):
            if os.path.exists(f"{path}{ending}"):
                os.rename(f"{path}{ending}", f"{to}{ending}")

    def older_copy(self, *endings):
        """An older copy, of which these files are there, is put under an import that runs."""
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(node.run("currency").code, 0)
        path, copy, away = node.database_path(), self.folder / "copy.db", self.folder / "away.db"
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        for ending in endings:
            shutil.copy(f"{path}{ending}", f"{copy}{ending}")
        import_id = self.under_way(sim, node)
        self.move(path, away)
        self.move(copy, path)
        self.wait_paused(node, import_id, str(path), "an older copy", "put back", "restart the node")
        self.wait_up(node, "store_unavailable", str(path), "an older copy")
        self.assertEqual(node.cli("tenants").last["state"], "database_away")
        refused = node.cli("import", "start", "acme", "currency")
        self.assertNotEqual(refused.code, 0)
        self.assertIn("an older copy", refused.err + refused.out)
        self.move(path, copy)
        self.move(away, path)
        status = self.assert_whole(sim, node, import_id)
        check_completed(self, node, status)
        self.wait_down(node, "store_unavailable")

    def test_an_older_copy_under_an_import_is_left_alone_until_the_right_file_is_back(self):
        self.older_copy("", "-wal")

    def test_so_is_one_without_its_log(self):
        self.older_copy("")

    def test_what_is_copied_over_the_file_in_use_is_left_alone_until_the_right_one_is_back(self):
        sim = self.sim()
        node = self.node(sim=sim, alerts=QUICK)
        path, old, right = node.database_path(), self.folder / "old.db", self.folder / "right.db"
        self.assertEqual(node.run("currency").code, 0)
        self.assertEqual(node.stop(), 0)
        shutil.copyfile(path, old)
        node.start()
        self.assertEqual(node.run("currency").code, 0)
        self.assertEqual(node.stop(), 0)
        node.start()
        self.assertEqual(node.cli("tenants").last["state"], "active")  # it has taken the database
        shutil.copyfile(path, right)
        shutil.copyfile(old, path)
        self.wait_up(node, "store_unavailable", str(path), "an older copy")
        self.assertEqual(node.cli("tenants").last["state"], "database_away")
        refused = node.cli("import", "start", "acme", "currency")
        self.assertEqual(refused.code, 4, refused.out)
        self.assertIn("an older copy", refused.err)
        self.assertEqual(path.read_bytes(), old.read_bytes())
        shutil.copyfile(right, path)
        self.wait_down(node, "store_unavailable")
        self.assertEqual(node.run("currency").code, 0)
        self.assertEqual(node.value("SELECT count(*) FROM imports"), 3)

    def test_a_slow_copy_over_the_file_in_use_costs_neither_the_log_nor_the_import(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(node.run("currency").code, 0)
        self.assertEqual(node.stop(), 0)
        path, right = node.database_path(), self.folder / "right.db"
        old = path.read_bytes()
        node.start()
        import_id = self.under_way(sim, node)
        shutil.copyfile(path, right)
        with open(path, "r+b") as file:
            file.truncate(0)
            for begin in range(0, len(old), len(old) // 8 + 1):
                file.write(old[begin:begin + len(old) // 8 + 1])
                file.flush()
                time.sleep(0.2)
        wait_until(lambda: node.cli("tenants").last["state"] == "database_away", "it is found", 30, pause=0.1)
        self.assertEqual(node.stop(), 0)
        self.assertEqual(path.read_bytes(), old)
        self.assertTrue(os.path.exists(f"{path}-wal"))
        shutil.copyfile(right, path)
        node.start()
        self.assertFalse(node.cli("node", "status").last["recovered"])
        self.assert_whole(sim, node, import_id)

    def test_another_tenants_database_copied_over_the_file_in_use_is_not_written_into(self):
        sim = self.sim({"customer": 20_000, "currency": 10}, latency_ms=50)
        other = self.node(sim=sim, name="other")
        for _ in range(3):
            self.assertEqual(other.run("customer", timeout=60).code, 0)
        self.assertEqual(other.stop(), 0)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        path, theirs = node.database_path(), other.database_path().read_bytes()
        path.write_bytes(theirs)
        self.wait_paused(node, import_id, str(path), "another file")
        self.wait_up(node, "store_unavailable", str(path))
        self.assertEqual(node.cli("tenants").last["state"], "database_away")
        self.assertEqual(node.stop(), 0)
        self.assertEqual(path.read_bytes(), theirs)

    def test_a_tenant_that_is_given_another_account_does_not_mix_two(self):
        sim = self.sim({"customer": 500})
        node = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(node.run("customer").code, 0)
        account, node.tenants[0].account = node.tenants[0].account, "OTHER_1"
        node.write_config({}, {}, {}, QUICK)
        self.assertEqual(node.cli("reload").code, 0)
        self.wait_up(node, "store_unavailable", "account OTHER_1")
        refused = node.cli("import", "start", "acme", "customer", "--incremental")
        self.assertEqual(refused.code, 4, refused.out)
        self.assertIn(f"holds the records of account {account}", refused.err)
        node.tenants[0].account = account
        node.write_config({}, {}, {}, QUICK)
        self.assertEqual(node.cli("reload").code, 0)
        self.assertEqual(node.run("customer").code, 0)
        self.wait_down(node, "store_unavailable")

    def test_a_database_that_was_put_back_as_a_copy_takes_the_first_command(self):
        sim = self.sim()
        node = self.node(sim=sim)
        self.assertEqual(node.run("currency").code, 0)
        path, away = node.database_path(), self.folder / "away.db"
        self.move(path, away)
        for ending in ("", "-wal"):
            if os.path.exists(f"{away}{ending}"):
                shutil.copy(f"{away}{ending}", f"{path}{ending}")
        self.assertEqual(node.run("currency").code, 0)

    def test_a_stop_while_the_database_is_away_is_no_crash_once_it_is_back(self):
        sim = self.sim({"customer": 20_000}, latency_ms=50)
        node = self.node(sim=sim, alerts=QUICK)
        import_id = self.under_way(sim, node)
        path, away = node.database_path(), self.folder / "away.db"
        self.move(path, away)
        self.wait_paused(node, import_id, "was moved or removed")
        self.assertEqual(node.stop(), 0)
        self.move(away, path)
        node.start()
        self.assertFalse(node.cli("node", "status").last["recovered"])
        self.assert_whole(sim, node, import_id)
        self.assertEqual(node.value("SELECT sum(deaths) FROM batches"), 0)


class PutUnderItsLog(Disk):
    """A backup is put where the database was, and the log of that stays where it lies."""

    def backup(self, path, to):
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as there, \
                contextlib.closing(sqlite3.connect(to)) as copy:
            there.backup(copy)

    def assert_sound(self, path):
        with contextlib.closing(sqlite3.connect(path)) as db:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def restart(self, end, put):
        sim = self.sim({"customer": 20_000})
        node = self.node(sim=sim, alerts=QUICK)
        path, copy, right = node.database_path(), self.folder / "copy.db", self.folder / "right.db"
        self.assertEqual(node.run("currency").code, 0)
        self.backup(path, copy)
        self.assertEqual(node.stop(), 0)
        node.start()
        self.assertEqual(node.run("customer", timeout=90).code, 0)
        if put == "while it runs":
            os.rename(path, right)
            shutil.copyfile(copy, path)
            wait_until(lambda: node.cli("tenants").last["state"] == "database_away", "it is found", 30, pause=0.2)
            listed = node.cli("import", "list")
            self.assertEqual(listed.code, 4, listed.out)
        end(node)
        if put == "while it is down":
            os.rename(path, right)
            shutil.copyfile(copy, path)
        log = pathlib.Path(f"{path}-wal").read_bytes()
        self.assertTrue(log)
        node.start()
        wait_until(lambda: node.cli("tenants").last["state"] == "database_away", "it is found at the start", 30, pause=0.2)
        self.assertIn("with the log", node.cli("tenants").last["reason"])
        self.wait_up(node, "store_unavailable", str(path), "an older copy")
        refused = node.cli("import", "start", "acme", "currency")
        self.assertEqual(refused.code, 4, refused.out)
        self.assertEqual(path.read_bytes(), copy.read_bytes())
        self.assertEqual(pathlib.Path(f"{path}-wal").read_bytes(), log)
        return node, path, copy, right

    def check_right_one_back(self, node, path, right):
        os.rename(right, path)
        self.assertEqual(node.run("currency").code, 0)
        self.wait_down(node, "store_unavailable")
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 20_000)
        self.assertEqual(node.value("SELECT count(*) FROM imports"), 3)
        self.assertEqual(node.stop(), 0)
        self.assert_sound(path)

    def test_a_restart_does_not_write_the_log_into_it(self):
        node, path, _, right = self.restart(lambda node: self.assertEqual(node.stop(), 0), "while it runs")
        self.check_right_one_back(node, path, right)

    def test_nor_does_a_restart_after_a_crash(self):
        node, path, _, right = self.restart(lambda node: node.kill(), "while it runs")
        self.check_right_one_back(node, path, right)

    def test_nor_does_a_start_if_it_was_put_there_after_a_crash(self):
        node, path, copy, _ = self.restart(lambda node: node.kill(), "while it is down")
        # To go on with it, its log goes.
        self.assertEqual(node.stop(), 0)
        for ending in ("-wal", "-shm"):
            pathlib.Path(f"{path}{ending}").unlink(missing_ok=True)
        node.start()
        self.assertEqual(node.run("currency").code, 0)
        self.assertEqual(node.value("SELECT count(*) FROM imports"), 2)
        self.assertEqual(node.stop(), 0)
        self.assert_sound(path)

    def test_an_import_whose_ledger_lacks_it_for_a_moment_is_not_forgotten(self):
        sim = self.sim({"customer": 12_000, "transaction": 4000}, latency_ms=60, latency_jitter_ms=80)
        node = self.node(sim=sim, alerts=QUICK)
        path, copy = node.database_path(), self.folder / "copy.db"
        self.assertEqual(node.run("customer", timeout=60).code, 0)
        self.backup(path, copy)
        import_id = node.begin("transactionline")
        wait_until(lambda: sim.rows_served("transactionline") > 2000, "the first lines are in")
        right = path.read_bytes()
        with open(path, "r+b") as file:
            file.write(copy.read_bytes())
            file.truncate(copy.stat().st_size)
        time.sleep(2.5)
        for words in (["import", "status"], ["why"], ["batches"]):
            answer = node.cli(*words, import_id)
            self.assertNotIn("the ledger has no import", answer.out + answer.err)
        with open(path, "r+b") as file:
            file.write(right)
            file.truncate(len(right))
        check_completed(self, node, node.wait_for_state(import_id, "completed", timeout=90))
        self.assertEqual(node.stop(), 0)
        self.assert_sound(path)


class Foreign(Disk):
    def assert_failed_by_name(self, node, answer, *fragments):
        self.assertEqual(answer.code, 4, answer.out)
        customer = type_of(answer.last, "customer")
        self.assertEqual((answer.last["state"], customer["state"]), ("failed", "failed"))
        for fragment in fragments:
            self.assertIn(fragment, customer["error"])
            self.assertIn(fragment, answer.last["error"])
        self.wait_up(node, "import_failed", *fragments)
        self.assertNotIn("store_unavailable", self.up(node))

    def test_a_table_of_somebody_elses_fails_the_record_type_by_name_until_it_is_out_of_the_way(self):
        sim = self.sim({"customer": 3000})
        node = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(node.run("currency").code, 0)
        with contextlib.closing(sqlite3.connect(node.database_path())) as db:
            db.execute("CREATE TABLE customer (id INTEGER, secret TEXT)")
        self.assert_failed_by_name(node, node.run("customer"), str(node.database_path()), '"customer"', "rename it")
        with contextlib.closing(sqlite3.connect(node.database_path())) as db:
            db.execute("ALTER TABLE customer RENAME TO our_customers")
        self.assertEqual(node.run("customer").code, 0)
        self.assertEqual(node.value("SELECT count(*) FROM customer"), 3000)
        self.wait_down(node, "import_failed")

    def test_a_field_that_has_changed_its_type_fails_the_record_type_by_name(self):
        sim = self.sim({"customer": 3000})
        node = self.node(sim=sim, alerts=QUICK)
        self.assertEqual(node.run("customer").code, 0)
        types = json.loads(node.criteria.read_text())
        customer, = (x for x in types["record_types"] if x["name"] == "customer")
        field, = (x for x in customer["fields"] if x["name"] == "companyname")
        field["type"] = "integer"
        node.criteria.write_text(json.dumps(types))
        self.assertEqual(node.cli("reload").code, 0)
        self.assert_failed_by_name(node, node.run("customer"), "the field companyname of customer was text")


class Newer(Disk):
    def test_a_database_of_a_newer_version_is_refused_with_the_file_and_the_remedy_and_left_alone(self):
        sim = self.sim()
        node = self.node(sim=sim)
        self.assertEqual(node.run("currency").code, 0)
        self.assertEqual(node.stop(), 0)
        path = node.database_path()
        with contextlib.closing(sqlite3.connect(path)) as db:
            version = db.execute("PRAGMA user_version").fetchone()[0]
            db.execute("PRAGMA user_version = 999")
        before = path.read_bytes()
        self.assertEqual(node.launch().wait(), 2)
        for fragment in (str(path), "version 999", f"up to {version}", "run the newer tidemark"):
            self.assertIn(fragment, node.process.tail())
        self.assertEqual(path.read_bytes(), before)
        with contextlib.closing(sqlite3.connect(path)) as db:
            db.execute(f"PRAGMA user_version = {version}")
        node.start()
        self.assertEqual(node.run("currency").code, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
