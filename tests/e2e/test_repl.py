"""The prompt of the command line, on a pseudo-terminal as a person has it, and the same commands in scripts."""

import os
import re
import stat
import unittest

from harness import BIN, Case, Tenant, run_cli, wait_until
from terminal import COLOUR, Terminal

PROMPT = r"node> "


class Repl(Case):
    def setUp(self):
        self.terminals = []
        self.addCleanup(lambda: [terminal.close() for terminal in self.terminals])

    def terminal(self, node, columns=100, rows=30, env=None, words=()):
        """A prompt that is ready to be typed at."""
        command = [BIN / "tidemark", "--node", f"unix:{node.data_dir / 'control.sock'}", *words]
        terminal = Terminal(command, self.folder, columns, rows, {"HOME": str(self.folder), "XDG_STATE_HOME": "",
                                                                   **(env or {})})
        self.terminals.append(terminal)
        return terminal

    def prompt(self, node, **how):
        terminal = self.terminal(node, **how)
        terminal.see_line(PROMPT.strip())
        return terminal

    def slow_import(self, tenant="acme"):
        sim = self.sim({"customer": 60_000}, latency_ms=250)
        node = self.node(Tenant(id=tenant), sim=sim)
        return sim, node, node.begin("customer")

    # -- typing -------------------------------------------------------------------------------------------------

    def test_commands_are_typed_edited_completed_and_remembered(self):
        sim = self.sim({"currency": 5})
        node = self.node(Tenant(id="acme"), Tenant(id="globex"), sim=sim)
        import_id = node.run("currency", tenant="acme").last["id"]
        terminal = self.prompt(node)
        self.assertIn("connected to node", terminal.text())

        with self.subTest("a command, and the prompt again"):
            terminal.enter("tenants")
            terminal.see(r"^globex +1234567_SB1 +active")
            terminal.see_line(PROMPT.strip())
        with self.subTest("a mistake is told, and the prompt goes on"):
            terminal.enter("tenats")
            terminal.see(r'there is no command "tenats"; did you mean .tenants.')
            terminal.see_line(PROMPT.strip())
        with self.subTest("editing: to the start, and to the end"):
            terminal.type("ersio")
            terminal.see_line("node> ersio")
            terminal.type("\x01v\x05n")
            terminal.see_line("node> version")
            terminal.type("\r")
            terminal.see(r"^tidemark \d+\.\d+.* \(protocol \d+\)")
        with self.subTest("commands are completed, and told where there are several"):
            terminal.type("imp\t")
            terminal.see_line("node> import")
            terminal.type("\t")
            terminal.see(r"^cancel .*pause")
            terminal.type("st\t")
            terminal.see_line("node> import sta")
            terminal.type("r\t")
            terminal.see_line("node> import start")
        with self.subTest("tenants and record types are completed from the node"):
            terminal.type("\t")
            terminal.see(r"^acme +globex")
            terminal.type("gl\t")
            terminal.see_line("node> import start globex")
            terminal.type("curr\t")
            terminal.see_line("node> import start globex currency")
            terminal.type("--inc\t")
            terminal.see_line("node> import start globex currency --incremental")
            terminal.type("\x15")
            terminal.see_line(PROMPT.strip())
        with self.subTest("import ids are completed from the node"):
            terminal.type("import status ac\t")
            terminal.see_line(f"node> import status {re.escape(import_id)}")
            terminal.type("\r")
            terminal.see(r"^state +completed")
            terminal.see_line(PROMPT.strip())
        with self.subTest("Ctrl-C forgets the line and not the prompt"):
            terminal.type("import cancel")
            terminal.see_line("node> import cancel")
            terminal.type("\x03")
            terminal.see(r"^node> import cancel\^C")
            terminal.see_line(PROMPT.strip())
        with self.subTest("help for a command"):
            terminal.enter("help import start")
            terminal.see(r"^import start TENANT RECORD_TYPE")
            terminal.see(r"--incremental +only what has changed")
            terminal.see_line(PROMPT.strip())
        with self.subTest("exit leaves with the code of a prompt that did its work"):
            terminal.enter("exit")
            self.assertEqual(terminal.exit_code(), 0)

        history = self.folder / ".local" / "state" / "tidemark" / "history"
        self.assertEqual(stat.S_IMODE(history.stat().st_mode), 0o600)
        self.assertEqual(history.read_text().splitlines()[:3], ["tenants", "tenats", "version"])

        again = self.prompt(node)
        with self.subTest("the next run remembers what was typed in the one before"):
            again.type("\x1b[A\x1b[A")
            again.see_line("node> help import start")
            again.type("\x15")
            again.see_line(PROMPT.strip())
        with self.subTest("and finds it"):
            again.type("\x12tena")
            again.wait(lambda: "tenants" in again.line() or "tenats" in again.line(), "a line with tena is found")
            again.type("\x1b\x15")
        with self.subTest("Ctrl-D leaves"):
            again.type("\x15")
            again.see_line(PROMPT.strip())
            again.type("\x04")
            self.assertEqual(again.exit_code(), 0)

    # -- watching -----------------------------------------------------------------------------------------------

    def test_ctrl_c_ends_a_watch_and_neither_the_prompt_nor_the_import(self):
        sim, node, import_id = self.slow_import()
        terminal = self.prompt(node)
        terminal.enter(f"watch {import_id}")
        terminal.see(r"^customer .*\d %|customer .* running")
        terminal.see(r"slots \d+ of 5")
        terminal.type("\x03")
        terminal.see(rf"detached, import {re.escape(import_id)} goes on")
        terminal.see_line(PROMPT.strip())
        self.assertIsNone(terminal.popen.poll())
        self.assertIn(node.status(import_id)["state"], ("planning", "running"))

        terminal.enter("watch")
        terminal.see(r"^acme +customer +(planning|running)")
        terminal.see(r"1 import running")
        terminal.type("\x03")
        terminal.see(r"^detached, the imports go on")
        terminal.see_line(PROMPT.strip())

        sim.knobs(latency_ms=0)
        terminal.enter("watch")
        terminal.see(rf"{re.escape(import_id)} .*completed|import {re.escape(import_id)} completed", timeout=60)
        terminal.type("\x03")
        terminal.see_line(PROMPT.strip())
        terminal.enter(f"import status {import_id}")
        terminal.see(r"^state +completed")

    def test_a_node_that_goes_and_comes_is_told_and_what_is_being_typed_stays(self):
        sim = self.sim({"currency": 5})
        node = self.node(sim=sim)
        terminal = self.prompt(node)
        terminal.type("tena")
        terminal.see_line("node> tena")
        node.kill()
        terminal.see(r"^node went away; this prompt connects again when it is back")
        terminal.see_line(r"node \(away\)> tena|node> tena")
        node.start()
        terminal.see(r"^node is back")
        terminal.see_line("node> tena")
        terminal.type("nts\r")
        terminal.see(r"^acme +1234567_SB1 +active")

        with self.subTest("a watch ends with the node, and the prompt connects again"):
            terminal.see_line(PROMPT.strip())
            terminal.enter("watch")
            terminal.see(r"^node  0 imports running")
            node.kill()
            terminal.see(r"^the node at .* went away")
            node.start()
            terminal.wait(lambda: sum(line.startswith("node is back") for line in terminal.lines()) == 2,
                          "the node is back again")
            terminal.enter("version")
            terminal.see(r"^tidemark \d")

    def test_a_prompt_without_a_node_waits_for_it(self):
        sim = self.sim({"currency": 5})
        node = self.node(sim=sim, start=False)
        terminal = self.terminal(node)
        terminal.see(r"this prompt connects when the node is there")
        terminal.enter("version")
        terminal.see(r"^tidemark \d+\.\d+.* \(protocol")
        terminal.enter("tenants")
        terminal.wait(lambda: terminal.text().count("control.sock") >= 2, "the command says that the node is away")
        node.start()
        terminal.see(r"^connected to node")
        terminal.enter("tenants")
        terminal.see(r"^acme +1234567_SB1 +active")

    # -- shapes -------------------------------------------------------------------------------------------------

    def test_what_is_shown_fits_a_terminal_of_40_columns_and_uses_one_of_200(self):
        sim = self.sim({"customer": 3000})
        node = self.node(Tenant(id="a"), sim=sim)  # ids stay whole, to be copied: 28 letters here
        import_id = node.run("customer").last["id"]
        commands = ["tenants", "record-types", "import list", "node status", "concurrency a", "help",
                    "plan a customer", "rejected a"]
        widest = {}
        for columns in (40, 200):
            terminal = self.prompt(node, columns=columns, rows=60)
            for words in commands:
                with self.subTest(f"{words} in {columns} columns"):
                    terminal.type(words)
                    terminal.wait(lambda: terminal.line().endswith(words[-4:]), "the command is there")
                    typed = terminal.screen.wraps  # a long command may be broken where it is typed
                    terminal.type("\r")
                    done = len(terminal.lines())
                    terminal.wait(lambda: len(terminal.lines()) > done and terminal.line() == "node>",
                                  "the prompt is back")
                    self.assertEqual(terminal.screen.wraps, typed, terminal.text())
            widest[columns] = max(map(len, terminal.lines()))
            terminal.enter("exit")
            self.assertEqual(terminal.exit_code(), 0)
            # An id that is typed does not fit a narrow line together with its command.
            for words in ("batches", "why", "import status"):
                with self.subTest(f"{words} in {columns} columns"):
                    alone = self.terminal(node, columns=columns, words=("-c", f"{words} {import_id}; version"))
                    alone.see(r"^tidemark \d")
                    self.assertEqual(alone.screen.wraps, 0, alone.text())
        self.measured(f"widest lines: {widest}")
        self.assertLessEqual(widest[40], 40)
        self.assertGreater(widest[200], 80)

    def test_a_terminal_that_changes_its_size_is_drawn_anew(self):
        sim, node, import_id = self.slow_import()
        terminal = self.prompt(node, columns=120)
        terminal.enter(f"watch {import_id}")
        terminal.see(r"slots \d+ of 5")
        terminal.resize(50, 30)
        before = len(terminal.raw)
        terminal.wait(lambda: "customer" in terminal.raw[before:] and "%" in terminal.raw[before:],
                      "the picture is drawn anew")
        terminal.type("\x03")
        terminal.see(r"^detached")
        terminal.see_line(PROMPT.strip())
        terminal.type("version")
        terminal.see_line("node> version")
        terminal.resize(100, 30)
        terminal.type("\r")
        terminal.see(r"^tidemark \d")

    def test_colours_are_for_terminals_and_not_where_no_color_is_set(self):
        sim = self.sim({"currency": 5})
        node = self.node(sim=sim)
        coloured = self.prompt(node)
        coloured.enter("tenants")
        coloured.see(r"^acme")
        self.assertTrue(COLOUR.search(coloured.raw))
        plain = self.prompt(node, env={"NO_COLOR": "1"})
        plain.enter("tenants")
        plain.see(r"^acme")
        self.assertFalse(COLOUR.search(plain.raw))
        piped = run_cli([BIN / "tidemark", "--node", node.control, "-c",
                         "tenants; node status; record-types; help; import list; import status nobody"],
                        self.folder, env={"TERM": "xterm"})
        self.assertIn("acme", piped.out)
        self.assertNotIn("\x1b", piped.out + piped.err)

    # -- scripts ------------------------------------------------------------------------------------------------

    def test_scripts_run_line_by_line_and_end_with_the_code_of_the_last_failure(self):
        sim = self.sim({"currency": 5})
        node = self.node(sim=sim)
        tidemark = [BIN / "tidemark", "--node", node.control]

        def script(text, *words):
            file = self.folder / "script"
            file.write_text(text)
            with open(file, encoding="utf-8") as source:
                return run_script([*tidemark, *words], self.folder, source)

        with self.subTest("a file"):
            answer = script("# what there is\ntenants; version\n\nimport start acme currency --wait  # and wait\n")
            self.assertEqual(answer.code, 0, answer.err)
            self.assertIn("acme", answer.out)
            self.assertIn("completed", answer.out)
        with self.subTest("a mistake names its line, the rest is run, and the code is that of the last failure"):
            answer = script("tenants\nimport start nobody currency\nnonsense\nversion\n")
            self.assertEqual(answer.code, 2)
            self.assertIn("line 2: ", answer.err)
            self.assertIn('line 3: there is no command "nonsense"', answer.err)
            self.assertIn("(protocol ", answer.out)
        with self.subTest("commands of the call"):
            answer = run_cli([*tidemark, "-c", "version; import start nobody currency; import list"], self.folder)
            self.assertEqual(answer.code, 2)
            self.assertIn("nobody", answer.err)
            self.assertIn("currency", answer.out)
        with self.subTest("JSON for all of them"):
            answer = script("tenants\nversion\n", "--json")
            self.assertEqual([line.get("id") or line.get("version") for line in answer.lines][0], "acme")
            self.assertIn("protocol", answer.last)
        with self.subTest("a node that is away"):
            node.stop()
            self.assertEqual(script("tenants\n").code, 6)


def run_script(command, folder, source):
    import subprocess

    from harness import Answer, die_with_parent
    ended = subprocess.run([str(word) for word in command], stdin=source, capture_output=True, text=True, timeout=120,
                           cwd=folder, env=os.environ, preexec_fn=die_with_parent, check=False)
    return Answer(ended.returncode, ended.stdout, ended.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
