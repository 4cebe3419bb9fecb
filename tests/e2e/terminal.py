"""A program on a pseudo-terminal, and the screen that a person would see of it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import threading
import time

from harness import die_with_parent

ESCAPE = re.compile(r"\x1b\[([0-9;?]*)([@-~])|\x1b[()][A-Z0-9]|\x1b[=>78]")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    """What the codes that a line editor writes make of a screen; lines that scroll away are kept."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [""]
        self.row = self.column = 0
        self.wraps = 0  # lines that the terminal itself had to break
        self.inserting = False

    def feed(self, text):
        at = 0
        while at < len(text):
            code = ESCAPE.match(text, at)
            if code:
                self.obey(code.group(1) or "", code.group(2) or "")
                at = code.end()
                continue
            self.put(text[at])
            at += 1

    def obey(self, numbers, letter):
        first = int(numbers.split(";")[0]) if numbers[:1].isdigit() else 0
        count = max(first, 1)
        line = self.lines[self.row]
        if letter == "A":
            self.row = max(self.row - count, self.top())
        elif letter == "B":
            self.go_down(count)
        elif letter == "C":
            self.column = min(self.column + count, self.columns - 1)
        elif letter == "D":
            self.column = max(self.column - count, 0)
        elif letter == "G":
            self.column = count - 1
        elif letter == "K":
            self.lines[self.row] = line[:self.column] if first == 0 else ""
        elif letter == "J":
            self.lines[self.row] = line[:self.column]
            del self.lines[self.row + 1:]
            if first == 2:
                self.lines, self.row, self.column = [""], 0, 0
        elif letter == "H":
            self.row, self.column = self.top(), 0
        elif letter == "P":
            self.lines[self.row] = line[:self.column] + line[self.column + count:]
        elif letter == "@":
            self.lines[self.row] = line[:self.column] + " " * count + line[self.column:]
        elif letter in "hl" and numbers == "4":
            self.inserting = letter == "h"

    def top(self):
        return max(0, len(self.lines) - self.rows)

    def go_down(self, count=1):
        self.row += count
        while len(self.lines) <= self.row:
            self.lines.append("")

    def put(self, letter):
        if letter == "\r":
            self.column = 0
        elif letter == "\n":
            self.go_down()
        elif letter == "\b":
            self.column = max(self.column - 1, 0)
        elif letter >= " ":
            if self.column >= self.columns:
                self.wraps += 1
                self.column = 0
                self.go_down()
            line = self.lines[self.row].ljust(self.column)
            behind = line[self.column:] if self.inserting else line[self.column + 1:]
            self.lines[self.row] = line[:self.column] + letter + behind
            self.column += 1


class Terminal:
    """Starts `command` as the foreground of a terminal of its own."""

    def __init__(self, command, folder, columns=100, rows=30, env=None):
        self.name = "terminal"
        self.screen = Screen(columns, rows)
        self.raw = ""
        self.changed = threading.Condition()
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        def take_terminal():
            die_with_parent()
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.popen = subprocess.Popen(
            [str(word) for word in command], stdin=slave, stdout=slave, stderr=slave, cwd=folder,
            env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **(env or {})}, preexec_fn=take_terminal)
        os.close(slave)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        pending = b""
        while True:
            try:
                readable, _, _ = select.select([self.master], [], [], 0.2)
                got = os.read(self.master, 65536) if readable else None
            except OSError:
                return
            if got == b"":
                return
            if got is None:
                continue
            pending += got
            # A character, or a code, may come in two parts.
            cut = pending.rfind(b"\x1b")
            whole, pending = (pending[:cut], pending[cut:]) if cut >= 0 and not ESCAPE.match(
                pending[cut:].decode("utf-8", "ignore")) else (pending, b"")
            try:
                text = whole.decode("utf-8")
            except UnicodeDecodeError as error:
                text, pending = whole[:error.start].decode("utf-8"), whole[error.start:] + pending
            with self.changed:
                self.raw += text
                self.screen.feed(text)
                self.changed.notify_all()

    def type(self, text):
        os.write(self.master, text.encode())

    def enter(self, text):
        self.type(text + "\r")

    def lines(self):
        with self.changed:
            return [line.rstrip() for line in self.screen.lines]

    def line(self):
        """The line of the cursor."""
        with self.changed:
            return self.screen.lines[self.screen.row].rstrip()

    def text(self):
        return "\n".join(self.lines())

    def wait(self, condition, what, timeout=30):
        deadline = time.monotonic() + timeout
        with self.changed:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise AssertionError(f"waited {timeout} s in vain until {what}; the screen:\n{self.text()}")
                self.changed.wait(left)

    def see(self, pattern, timeout=30):
        """Waits until a line matches."""
        wanted = re.compile(pattern)
        self.wait(lambda: any(wanted.search(line) for line in self.lines()), f"the screen shows {pattern!r}", timeout)

    def see_line(self, pattern, timeout=30):
        """Waits until the line of the cursor matches as a whole."""
        wanted = re.compile(pattern)
        self.wait(lambda: wanted.fullmatch(self.line()), f"the line of the cursor is {pattern!r}", timeout)

    def resize(self, columns, rows):
        with self.changed:
            self.screen.columns, self.screen.rows = columns, rows
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def exit_code(self, timeout=30):
        return self.popen.wait(timeout)

    def close(self):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        try:
            os.close(self.master)
        except OSError:
            pass
