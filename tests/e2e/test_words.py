"""What the command line says, read as a person would: proofs, hints, refusals that lead on, names, and how it looks."""

import json
import re
import sqlite3
import subprocess
import unittest

from harness import BIN, Case, Tenant, run_cli, type_of
from terminal import Terminal

ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")


class Words(Case):
    def said(self, node, *words, env=None):
        """The command as a person gives it: no --json, no terminal."""
        return run_cli([BIN / "tidemark", "--node", node.control, *words], self.folder, 120, env)

    def locked(self, node, tenant=None):
        locker = sqlite3.connect(node.database_path(tenant), timeout=30, isolation_level=None)
        self.addCleanup(locker.close)
        locker.execute("BEGIN IMMEDIATE")
        return locker


class Proofs(Words):
    def test_the_end_of_an_import_its_status_and_verify_show_the_proof(self):
        sim = self.sim({"customer": 50, "currency": 5})
        node = self.node(sim=sim)
        proof = r"currency +complete as of \d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d, 5 of 5$"
        ended = self.said(node, "import", "start", "acme", "currency", "--wait")
        self.assertEqual(ended.code, 0, ended.err)
        status = self.said(node, "import", "status", "last")
        verified = self.said(node, "verify", "acme", "currency")
        for answer in (ended, status, verified):
            self.assertRegex(answer.out, re.compile(proof, re.MULTILINE))

    def test_rejected_records_are_told_with_the_way_to_them(self):
        sim = self.sim({"customer": 1999})
        there = sqlite3.connect(sim.export("customer"))
        bad, = there.execute("SELECT id FROM customer ORDER BY id LIMIT 1 OFFSET 700").fetchone()
        there.close()
        sim.knobs(records_broken=[f"customer.{bad}"])
        node = self.node(sim=sim)
        ended = self.said(node, "import", "start", "acme", "customer", "--wait")
        self.assertEqual(ended.code, 3, ended.out)
        total = type_of(node.cli("import", "status", "last").last, "customer")["records"]["planned"]
        proof = rf"customer +not complete as of .*: {total - 1} of {total}, 1 rejected$"
        for answer in (ended, self.said(node, "import", "status", "last")):
            self.assertRegex(answer.out, re.compile(proof, re.MULTILINE))
        self.assertIn("rejected acme\" shows the rejected record, with reasons; it is fetched again by the next import",
                      ended.out)
        raw = node.cli("rejected", "acme").last["raw"]
        self.assertFalse(isinstance(raw, str) and raw.startswith("{"), raw)

    def test_a_list_has_mode_duration_end_changes_and_deletions(self):
        sim = self.sim({"customer": 50})
        node = self.node(sim=sim)
        self.assertEqual(node.run("customer").code, 0)
        first = self.said(node, "import", "list")
        self.assertRegex(first.out.splitlines()[0],
                         r"^id +record type +mode +state +done +stored +changed +requested +took +ended +by")
        answer = node.cli("import", "start", "acme", "customer", "--incremental", "--wait")
        self.assertEqual(answer.code, 0, answer.err)
        row = self.said(node, "import", "list").out.splitlines()[1]
        self.assertRegex(row, r"customer +incremental +completed +100\.0 %")

    def test_an_ended_import_that_is_watched_shows_its_own_times(self):
        sim = self.sim({"customer": 50})
        node = self.node(sim=sim)
        status = node.run("customer").last
        node.stop()
        node.start()
        ended = status["finished_at"][:19].replace("T", " ")
        watched = self.said(node, "import", "watch", status["id"], env={"TZ": "UTC0"})
        last = [line for line in watched.out.splitlines() if "completed: 50" in line or " completed:" in line][-1]
        self.assertTrue(last.startswith(ended), watched.out)

    def test_the_duration_of_a_type_does_not_count_its_waiting(self):
        sim = self.sim({"customer": 20_000, "job": 50}, latency_ms=150)
        node = self.node(sim=sim)
        answer = node.run("job")
        self.assertEqual(answer.code, 0, answer.err)
        customer, job = (type_of(answer.last, name) for name in ("customer", "job"))
        # It was planned long before, and waited for the customers.
        self.assertGreaterEqual(job["started_at"], customer["finished_at"])

    def test_only_the_summary_is_told_if_that_is_wanted_and_nothing_at_all(self):
        sim = self.sim({"currency": 5})
        node = self.node(sim=sim)
        answer = self.said(node, "import", "start", "acme", "currency", "--wait=summary")
        self.assertEqual(answer.code, 0, answer.err)
        self.assertEqual(len(answer.out.splitlines()), 2, answer.out)
        self.assertRegex(answer.out, r"^import acme\.\w+ completed: 5 records stored in")
        answer = node.cli("import", "start", "acme", "currency", "--wait=summary")
        self.assertEqual([x["state"] for x in answer.lines], ["completed"])
        answer = self.said(node, "import", "start", "acme", "currency", "--wait", "--quiet")
        self.assertEqual((answer.code, answer.out, answer.err), (0, "", ""))


class Hints(Words):
    def test_a_start_over_a_paused_import_says_that_it_goes_on(self):
        sim = self.sim({"customer": 20_000}, latency_ms=200)
        node = self.node(sim=sim)
        import_id = node.begin("customer")
        self.assertIn("is running already", self.said(node, "import", "start", "acme", "customer").out
                      .replace("planning already", "running already"))
        self.assertEqual(node.cli("import", "pause", import_id).code, 0)
        self.assertIn(f"import {import_id} of customer for tenant acme was paused and goes on",
                      self.said(node, "import", "start", "acme", "customer").out)
        node.cli("import", "cancel", import_id)

    def test_a_start_that_is_refused_for_a_lock_says_that_nothing_was_started(self):
        sim = self.sim({"currency": 5})
        node = self.node(sim=sim)
        self.assertEqual(node.run("currency").code, 0)
        locker = self.locked(node)
        answer = self.said(node, "import", "start", "acme", "currency")
        locker.execute("ROLLBACK")
        self.assertEqual(answer.code, 4, answer.err)
        self.assertIn("locked", answer.err)
        self.assertIn("; nothing was started", answer.err)

    def test_a_schedule_that_is_removed_is_said_to_be(self):
        sim = self.sim({"currency": 5})
        node = self.node(sim=sim)
        self.assertEqual(self.said(node, "schedules", "add", "n", "acme", "currency", "30", "2", "1", "1", "*").code, 0)
        self.assertEqual(node.cli("schedules", "list").last["cron"], "30 2 1 1 *")
        self.assertEqual(self.said(node, "schedules", "remove", "n").out, "schedule n is removed\n")

    def test_a_node_that_is_not_there_is_looked_for_elsewhere(self):
        answer = run_cli([BIN / "tidemark", "--node", f"unix:{self.folder}/none.sock", "tenants"], self.folder)
        self.assertEqual(answer.code, 6)
        for part in ("no node listens at", "--node", "TIDEMARK_NODE"):
            self.assertIn(part, answer.err)


class Logins(Words):
    def test_a_refused_login_is_told_once_with_its_causes_in_order(self):
        sim = self.sim({"currency": 5}, lock_after_failures=0)
        node = self.node(Tenant(auth={**Tenant().auth, "token_secret": "wrong"}), sim=sim)
        answer = node.run("currency")
        self.assertEqual(answer.code, 4, answer.out)
        texts = [answer.last["error"]]
        texts += [x["text"] for x in node.cli("alerts").last["up"] if x["id"] == "authentication"]
        self.assertEqual(len(texts), 2)
        for text in texts:
            self.assertLessEqual(text.count("authentication failed"), 1, text)
            self.assertRegex(text, r"401 .*likely causes, in this order: the account id in the configuration; a key")
            self.assertIn("this machine's clock is right", text)
        self.assertTrue(texts[0].startswith("authentication failed: NetSuite refused"))

    def test_a_clock_that_is_off_is_the_first_cause_with_how_much(self):
        sim = self.sim({"currency": 5}, lock_after_failures=0, clock_skew_s=1200)
        node = self.node(Tenant(auth={**Tenant().auth, "token_secret": "wrong"}), sim=sim)
        answer = node.run("currency")
        self.assertRegex(answer.last["error"],
                         r"in this order: this machine's clock, which is (19|20) min behind NetSuite's")

    def test_what_oauth_refuses_keeps_its_reason_everywhere(self):
        key = self.folder / "key.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key],
                       check=True, capture_output=True)
        key.chmod(0o600)
        other = self.folder / "other.pub"
        subprocess.run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 | openssl pkey -pubout -out "
                       f"{other}", shell=True, check=True, capture_output=True)
        sim = self.sim({"currency": 5}, auth="oauth2", oauth2_public_key=str(other), lock_after_failures=0)
        node = self.node(Tenant(auth={"method": "oauth2", "client_id": "c", "certificate_id": "d",
                                      "private_key": "file:key.pem", "algorithm": "ES256"}), sim=sim)
        answer = node.run("currency")
        alerts = node.cli("alerts").out
        tenants = node.cli("tenants").out
        for place in (answer.last["error"], alerts, tenants if "suspended" in tenants else alerts,
                      node.cli("tenant", "check", "acme").out):
            self.assertIn("invalid_", place)


class Flags(Words):
    def test_a_flag_that_is_on_for_all_does_not_move_others_without_a_word(self):
        sim = self.sim({"currency": 5})
        node = self.node(Tenant("acme"), Tenant("globex"), sim=sim, features={"chunked_import": True})
        answer = self.said(node, "flags", "add-tenant", "acme")
        self.assert_refused(answer, "would move globex to the legacy path", "--only")
        self.assertEqual(node.cli("flags", "list").lines, [])
        answer = self.said(node, "flags", "add-tenant", "acme", "--only")
        self.assertEqual(answer.code, 0, answer.err)
        self.assertRegex(answer.out, re.compile(r"^now legacy +globex$", re.MULTILINE))
        answer = self.said(node, "flags", "enable", "--all")
        self.assertRegex(answer.out, re.compile(r"^now chunked +globex$", re.MULTILINE))
        answer = self.said(node, "flags", "disable")
        self.assertRegex(answer.out, re.compile(r"^now legacy +acme, globex$", re.MULTILINE))
        answer = self.said(node, "flags", "remove")
        self.assertIn("the record of chunked_import is removed", answer.out)
        self.assertRegex(answer.out, re.compile(r"^now chunked +acme, globex$", re.MULTILINE))
        commands = [x["command"] for x in node.cli("audit").lines]
        self.assertEqual(commands[:4], ["flags remove", "flags disable", "flags enable --all",
                                        "flags add-tenant --only"])

    def test_unknown_flags_and_tenants_are_refused(self):
        sim = self.sim({"currency": 5})
        node = self.node(Tenant("acme"), sim=sim, features={})
        self.assert_refused(self.said(node, "flags", "enable", "chunked_imports"), "did you mean 'chunked_import'?")
        self.assert_refused(self.said(node, "flags", "add-tenant", "acne"), "did you mean 'acme'?")
        self.assert_refused(self.said(node, "flags", "explain", "acne"), "did you mean 'acme'?")


class Names(Words):
    def test_unknown_names_are_refused_everywhere_with_the_nearest(self):
        sim = self.sim({"currency": 5})
        node = self.node(sim=sim)
        import_id = node.run("currency").last["id"]
        for words, part in (
                (("batches", import_id, "--type", "curency"), "'currency'"),
                (("batches", import_id, "--state", "faild"), "'failed'"),
                (("rejected", "acme", "curency"), "'currency'"),
                (("import", "list", "--type", "curency"), "'currency'"),
                (("import", "list", "--tenant", "acne"), "'acme'"),
                (("schedules", "list", "--tenant", "acne"), "'acme'"),
                (("audit", "--tenant", "acne"), "'acme'"),
                (("record-types", "--tenant", "acne"), "'acme'"),
                (("import", "start", "acme", "curency"), "'currency'"),
                (("import", "accept-deletions", import_id, "--type", "curency"), "'currency'"),
                (("tenant", "check", "acne"), "'acme'"),
                (("help", "import", "strt"), "'import start'")):
            with self.subTest(words=words):
                self.assert_refused(self.said(node, *words), f"did you mean {part}")

    def test_an_import_is_meant_by_a_part_of_its_id_and_by_last(self):
        sim = self.sim({"currency": 5})
        node = self.node(Tenant("acme"), Tenant("globex"), sim=sim)
        one = node.run("currency", "acme").last["id"]
        two = node.run("currency", "globex").last["id"]
        for word, meant in (("last", two), ("acme.last", one), (one[-8:], one), ("globex", two)):
            self.assertEqual(node.cli("import", "status", word).last["id"], meant)
        self.assertEqual(node.cli("errors", "acme", "--import", one[-8:]).code, 0)
        self.assert_refused(self.said(node, "import", "status", one[len("acme."):][:4]), "may be any of", one, two)

    def test_imports_are_listed_by_state_and_type(self):
        sim = self.sim({"currency": 5, "customer": 20_000}, latency_ms=100)
        node = self.node(sim=sim)
        done = node.run("currency").last["id"]
        running = node.begin("customer")
        self.assertEqual([x["id"] for x in node.cli("import", "list", "--state", "completed").lines], [done])
        self.assertEqual([x["id"] for x in node.cli("import", "list", "--type", "customer").lines], [running])
        self.assertEqual(node.cli("import", "list", "--state", "failed").lines, [])
        node.cli("import", "cancel", running)


class ForPrograms(Words):
    def test_errors_are_objects_times_are_iso_and_no_json_hides_in_texts(self):
        sim = self.sim({"currency": 5})
        node = self.node(Tenant("acme"), Tenant("globex"), sim=sim, features={})
        for words in (("import", "status", "nobody.01jzzzzzzz0000000000000000"), ("frob",), ("import", "start", "acme")):
            answer = node.cli(*words)
            error = json.loads(answer.told)["error"]
            self.assertEqual(error["exit_code"], answer.code)
            self.assertTrue(error["text"])
        self.assertEqual(node.cli("flags", "add-tenant", "acme").code, 0)
        flag = node.cli("flags", "list").last
        self.assertEqual(flag["tenant_ids"], ["acme"])
        for name in ("created_at", "updated_at"):
            self.assertRegex(flag[name], ISO)

    def test_a_script_stops_at_the_first_failure_if_asked_to(self):
        sim = self.sim({"currency": 5})
        node = self.node(sim=sim)
        script = "version; import status nobody; version"
        whole = self.said(node, "-c", script)
        self.assertEqual((whole.code, len(whole.out.splitlines())), (2, 2))
        short = self.said(node, "--stop-at-failure", "-c", script)
        self.assertEqual((short.code, len(short.out.splitlines())), (2, 1))

    def test_the_version_is_an_option_too(self):
        answer = run_cli([BIN / "tidemark", "--version"], self.folder)
        self.assertEqual(answer.code, 0)
        self.assertRegex(answer.out, r"^tidemark \d+\.\d+.* \(protocol \d+\)\n$")


class Looks(Words):
    def setUp(self):
        self.terminals = []
        self.addCleanup(lambda: [terminal.close() for terminal in self.terminals])

    def prompt(self, node, columns=100):
        terminal = Terminal([BIN / "tidemark", "--node", node.control], self.folder, columns, 40,
                            {"HOME": str(self.folder), "XDG_STATE_HOME": "", "NO_COLOR": ""})
        self.terminals.append(terminal)
        terminal.see_line("node>")
        return terminal

    def test_the_prompt_does_not_leave_the_terminal_bold(self):
        sim = self.sim({"currency": 5})
        terminal = self.prompt(self.node(sim=sim))
        terminal.wait(lambda: "\x1b[1mnode>" in terminal.raw, "the prompt is bold")
        terminal.enter("version")
        terminal.see("protocol")
        # Before what is typed, whatever the editor makes of the end of a prompt.
        self.assertRegex(terminal.raw, r"\x1b\[1mnode>\x1b\[0m ")

    def test_ids_are_told_apart_when_they_are_completed(self):
        sim = self.sim({"currency": 5})
        node = self.node(sim=sim)
        self.assertEqual(node.run("currency").code, 0)
        self.assertEqual(node.cli("import", "start", "acme", "currency", "--incremental", "--wait").code, 0)
        self.assertEqual(node.cli("schedules", "add", "nightly", "acme", "currency", "@daily").code, 0)
        terminal = self.prompt(node)
        terminal.type("import status acme\t\t")
        terminal.see(r"^acme\.\w+ +currency, full, completed, .* ago")
        terminal.see(r"^acme\.\w+ +currency, incremental, completed, .* ago")
        terminal.type("\x15schedules pause \t")
        terminal.see_line("node> schedules pause nightly")
        terminal.type("\x15schedules add x acme currency @daily --zone Europe/Ber\t")
        terminal.see_line(r"node> schedules add x acme currency @daily --zone Europe/Berlin")
        terminal.type("\x15quit\r")
        self.assertEqual(terminal.exit_code(), 0)

    def test_narrow_tables_name_what_they_leave_out_and_keep_what_matters(self):
        sim = self.sim({"currency": 5})
        node = self.node(sim=sim)
        self.assertEqual(node.run("currency").code, 0)
        for columns in (50, 80, 160):
            with self.subTest(columns=columns):
                terminal = self.prompt(node, columns)
                terminal.enter("import list")
                terminal.see(r"currency .*completed")
                if columns < 160:
                    terminal.see(r"too narrow to show: ")
                self.assertEqual(terminal.screen.wraps, 0, terminal.text())


if __name__ == "__main__":
    unittest.main()
