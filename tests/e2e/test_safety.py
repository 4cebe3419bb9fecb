"""What others on the machine can do to a node, and see of it; what a stuck reader does to a database."""
import os
import pathlib
import resource
import signal
import sqlite3
import stat
import unittest

from comparison import compare
from harness import QUICK, Case, Tenant, wait_until

NOBODY = 65534


def mode_of(path):
    return stat.S_IMODE(os.stat(path).st_mode)


class Files(Case):
    def refused(self, node, path, *fragments):
        self.assertEqual(node.launch().wait(), 2, node.process.tail())
        for fragment in (str(path), *fragments):
            self.assertIn(fragment, node.process.tail())
        self.assertFalse(node.database_path().exists())

    def test_whatever_a_node_writes_is_its_users_alone_whatever_the_folder_and_the_umask(self):
        sim = self.sim({"customer": 2000})
        node = self.node(sim=sim, start=False, log={"file": "logs/node.log"})
        for folder in (node.data_dir, self.folder / "logs"):
            folder.mkdir()
            folder.chmod(0o755)
        node.start(prepare=lambda: os.umask(0))
        self.assertEqual(node.run("customer").code, 0)
        files = [path for folder in (node.data_dir, self.folder / "logs") for path in folder.iterdir()]
        self.assertGreater(len(files), 5)
        for path in files:
            self.assertEqual(mode_of(path) & 0o077, 0, path)
        node.stop()
        for path in files:
            if path.exists():
                self.assertEqual(mode_of(path) & 0o077, 0, path)

    def test_a_clone_under_a_common_umask_is_served_without_a_word(self):
        sim = self.sim({"customer": 10})
        for umask in (0o002, 0o022, 0o077):
            with self.subTest(umask=oct(umask)):
                node = self.node(sim=sim, start=False, name=f"node{umask:o}")
                node.data_dir.mkdir()
                node.data_dir.chmod(0o777 & ~umask)
                for path in (node.criteria, node.config):
                    path.chmod(0o666 & ~umask)
                node.start()
                self.assertEqual(node.run("customer").code, 0)
                self.assertNotIn(" exposed ", node.process.log.read_text())
                node.stop()

    def test_files_that_everybody_may_write_to_are_refused(self):
        for name in ("config", "criteria", "overlay", "database", "data_dir"):
            with self.subTest(name):
                overlay = self.folder / f"overlay-{name}.json"
                overlay.write_text('{"version": 1, "record_types": []}')
                node = self.node(Tenant(base_url="http://127.0.0.1:9", more={"criteria_overlay": overlay.name}),
                                 start=False, name=name)
                node.data_dir.mkdir()
                path = {"config": node.config, "criteria": node.criteria, "overlay": overlay,
                        "database": node.data_dir / "control.db", "data_dir": node.data_dir}[name]
                path.touch()
                path.chmod(path.stat().st_mode | 0o002)
                self.refused(node, path, "chmod o-w")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files away")
    def test_files_of_another_user_are_refused(self):
        for name in ("config", "criteria", "data_dir"):
            with self.subTest(name):
                node = self.node(Tenant(base_url="http://127.0.0.1:9"), start=False, name=name)
                node.data_dir.mkdir()
                path = {"config": node.config, "criteria": node.criteria, "data_dir": node.data_dir}[name]
                os.chown(path, NOBODY, NOBODY)
                self.refused(node, path, f"uid {NOBODY}", "chown")

    @unittest.skipUnless(os.geteuid() == 0, "only root can give files to a group")
    def test_another_group_that_may_write_and_records_that_all_may_read_are_warned_of(self):
        node = self.node(Tenant(base_url="http://127.0.0.1:9"), start=False)
        os.chown(node.criteria, 0, NOBODY)
        node.criteria.chmod(0o664)
        node.data_dir.mkdir()
        node.database_path().touch()
        node.database_path().chmod(0o644)
        node.start()
        warnings = [line for line in node.process.log.read_text().splitlines() if " exposed " in line]
        self.assertEqual(len(warnings), 2, warnings)
        self.assertIn(f"{node.database_path()} may be read by everybody", warnings[1])
        self.assertIn(f"{node.criteria} may be written to by its group", warnings[0])

    def test_a_reload_takes_nothing_that_everybody_may_write_to(self):
        sim = self.sim({"customer": 10})
        node = self.node(sim=sim)
        node.criteria.chmod(0o666)
        self.assert_refused(node.cli("reload"), str(node.criteria), "chmod o-w")
        self.assertEqual(node.run("customer").code, 0)
        node.criteria.chmod(0o644)
        self.assertEqual(node.cli("reload").code, 0)

    def test_no_tenant_is_called_control_or_has_the_nodes_own_database(self):
        for name, tenant, said in (
                ("plain", Tenant(id="control"), "a name that is reserved"),
                ("other", Tenant(id="control", more={"database": "sqlite:control-records.db"}), "a name that is reserved"),
                ("same", Tenant(more={"database": "sqlite:control.db"}), "acme-records.db")):
            with self.subTest(name):
                tenant.base_url = "http://127.0.0.1:9"
                node = self.node(tenant, start=False, name=name)
                node.launch()
                self.assertEqual(node.process.wait(), 2)
                self.assertIn(said, node.process.tail())


class Memory(Case):
    def test_no_core_of_a_node_is_dumped_unless_it_is_asked_for(self):
        for words, limit in (([], 0), (["--traceable"], 4096)):
            node = self.node(Tenant(base_url="http://127.0.0.1:9"), start=False, name=f"node{limit}")
            node.words = words
            node.start(prepare=lambda: resource.setrlimit(
                resource.RLIMIT_CORE, (4096, resource.getrlimit(resource.RLIMIT_CORE)[1])))
            # A sanitizer bounds it by itself.
            self.assertEqual(resource.prlimit(node.process.pid, resource.RLIMIT_CORE)[0] > 0, limit > 0)
            # What may not be looked into belongs to root, also where another user runs it (proc(5)).
            if os.geteuid() != 0:
                owner = os.stat(f"/proc/{node.process.pid}/environ").st_uid
                self.assertEqual(owner, os.geteuid() if words else 0)
            node.process.signal(signal.SIGABRT)
            self.assertEqual(node.process.wait(), -signal.SIGABRT)
            if not words:
                self.assertEqual([p for p in self.folder.rglob("core*") if p.is_file()], [])


class Proxies(Case):
    def test_a_proxy_of_the_environment_is_not_used(self):
        sim = self.sim({"customer": 10})
        nobody_there = "http://127.0.0.1:9"
        node = self.node(sim=sim, env={name: nobody_there for name in ("http_proxy", "https_proxy", "ALL_PROXY")})
        self.assertEqual(node.run("customer").code, 0)
        node = self.node(sim=sim, name="asked", http={"proxy": nobody_there}, env={"no_proxy": "*"},
                         node={"outage_pause_seconds": 1})
        import_id = node.begin("customer")
        status = node.wait_for_state(import_id, "paused")
        self.assertIn("through the proxy 127.0.0.1:9", status["error"])


class Logs(Case):
    def test_a_reader_that_does_not_end_raises_an_alert_that_clears_when_it_does(self):
        sim = self.sim({"customer": 20_000})
        node = self.node(sim=sim, alerts={**QUICK, "log_mb": 32})
        self.assertEqual(node.run("customer").code, 0)
        log = pathlib.Path(f"{node.database_path()}-wal")
        reader = sqlite3.connect(f"file:{node.database_path()}?mode=ro", uri=True, isolation_level=None)
        self.addCleanup(reader.close)
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM imports").fetchone()
        for _ in range(12):
            self.assertEqual(node.run("customer").code, 0)
            if log.stat().st_size > 40 << 20:
                break
        self.assertGreater(log.stat().st_size, 32 << 20)
        wait_until(lambda: "log_grows" in self.up(node), "the alert is up", pause=0.2)
        alert = self.up(node)["log_grows"]
        self.assertEqual((alert["tenant"], alert["unit"], alert["threshold"]), ("acme", "MB", 32))
        # What it reads stays as it was, and nothing waits for it.
        self.assertEqual(reader.execute("SELECT count(*) FROM imports").fetchone(), before)
        reader.execute("COMMIT")
        wait_until(lambda: "log_grows" not in self.up(node), "the alert is cleared", pause=0.2)
        self.assertLess(log.stat().st_size, 20 << 20)
        self.assertEqual(node.run("customer").code, 0)
        compare(self, sim, node)


if __name__ == "__main__":
    unittest.main(verbosity=2)
