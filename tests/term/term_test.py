#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""gdoixsh against a daemon that this test plays (cli/vtyproto.h): on a pty, over telnet, and piped."""
import os
import pty
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import unicodedata

GDOIXSH = os.path.join(os.environ.get("top_builddir", "."), "gdoixsh")
WAIT = 10.0  # seconds for anything that must happen
HELLO, LINE, HELP, COMPLETE, WINSIZE, INTR, END, KEY, QUIT, EOF = range(1, 11)
OUTPUT, PROMPT, HELP_TEXT, COMPLETION, LOG, CLOSE, HISTORY, EDITING = range(64, 72)
SECRET, ONE_KEY, ANSWER, SYNC, LOGIN, FORGET = 1, 2, 4, 8, 16, 32
MORE = " --More-- "
RUB_OUT = "\b" * 9 + " " * 8 + "\b" * 9


class Daemon:
    """The other end of a session."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(WAIT)
        self.buf = b""

    def send(self, kind, body=b""):
        body = body.encode() if isinstance(body, str) else body
        self.sock.sendall(struct.pack(">BI", kind, len(body)) + body)

    def prompt(self, text, flags=0, status=0, length=24, width=80):
        self.send(PROMPT, struct.pack(">BBHH", flags, status, length, width) + text.encode())

    def close(self, text="", status=0):
        self.send(CLOSE, bytes([status]) + text.encode())

    def frame(self):
        while len(self.buf) < 5 or len(self.buf) < 5 + struct.unpack(">I", self.buf[1:5])[0]:
            more = self.sock.recv(65536)
            if not more:
                return None, b""
            self.buf += more
        n = struct.unpack(">I", self.buf[1:5])[0]
        kind, body, self.buf = self.buf[0], self.buf[5:5 + n], self.buf[5 + n:]
        return kind, body

    def expect(self, kind, body=None):
        got, data = self.frame()
        while got == WINSIZE and kind != WINSIZE:
            got, data = self.frame()
        assert got == kind, "frame %s %r instead of %s %r" % (got, data, kind, body)
        if body is not None:
            assert data == body.encode(), "body %r instead of %r" % (data, body)
        return data

    def quiet(self, seconds=0.3):
        assert not self.buf and not select.select([self.sock], [], [], seconds)[0], "a frame nobody asked for"


class Screen:
    """What comes out of a descriptor."""

    def __init__(self, fd):
        self.fd = fd
        self.text = ""

    def read(self, wait=WAIT):
        if not select.select([self.fd], [], [], wait)[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.text += data.decode("latin-1")
        return bool(data)

    def until(self, what):
        end = time.monotonic() + WAIT
        while what not in self.text:
            assert time.monotonic() < end and self.read(end - time.monotonic()), "%r did not come: %r" % (what, self.text)
        i = self.text.index(what) + len(what)
        seen, self.text = self.text[:i], self.text[i:]
        return seen

    def quiet(self, seconds=0.3):
        while self.read(seconds):
            pass
        seen, self.text = self.text, ""
        return seen

    def type(self, keys):
        os.write(self.fd, keys.encode("latin-1"))


class Local:
    """gdoixsh on a pty, its daemon, and a first prompt."""

    def __init__(self, first="R1#", **prompt):
        self.dir = tempfile.TemporaryDirectory()
        listen = socket.socket(socket.AF_UNIX)
        listen.bind(self.dir.name + "/vty.sock")
        listen.listen(1)
        listen.settimeout(WAIT)
        master, slave = pty.openpty()
        self.child = subprocess.Popen([GDOIXSH, "--run", self.dir.name], stdin=slave, stdout=slave, stderr=slave,
                                      start_new_session=True, env=dict(os.environ, TERM="vt100"))
        os.close(slave)
        self.daemon = Daemon(listen.accept()[0])
        listen.close()
        self.screen = Screen(master)
        self.hello = self.daemon.expect(HELLO)
        if first:
            self.daemon.prompt(first, **prompt)
            self.screen.until(first)

    def end(self):
        self.daemon.sock.close()
        try:
            status = self.child.wait(WAIT)
        finally:
            self.child.kill()
        os.close(self.screen.fd)
        self.dir.cleanup()
        return status


def local(**prompt):
    def wrap(fn):
        def run():
            t = Local(**prompt)
            try:
                fn(t.daemon, t.screen)
            finally:
                t.end()
        run.__name__ = fn.__name__
        return run
    return wrap


def batch(args, stdin, play):
    """Runs gdoixsh without a terminal while play(daemon) answers. (status, stdout, stderr)."""
    with tempfile.TemporaryDirectory() as d:
        listen = socket.socket(socket.AF_UNIX)
        listen.bind(d + "/vty.sock")
        listen.listen(1)
        listen.settimeout(WAIT)
        p = subprocess.Popen([GDOIXSH, "--run", d] + args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        p.stdin.write(stdin.encode())
        p.stdin.close()
        daemon = Daemon(listen.accept()[0])
        listen.close()
        play(daemon)
        daemon.sock.close()
        out, err = p.stdout.read(), p.stderr.read()
        status = p.wait(WAIT)
        p.stdout.close()
        p.stderr.close()
        return status, out.decode(), err.decode()


# ---- editing ----

@local()
def test_echo_once_even_when_typed_ahead(daemon, screen):
    screen.type("show version\rshow clock\r")
    daemon.expect(LINE, "show version")
    seen = screen.quiet()
    assert seen == "show version\r\n", repr(seen)
    daemon.send(OUTPUT, "v\n")
    daemon.prompt("R1#")
    daemon.expect(LINE, "show clock")
    seen = screen.quiet()
    assert seen == "v\r\nR1#show clock\r\n", repr(seen)


@local()
def test_question_mark_needs_no_enter(daemon, screen):
    screen.type("show cl?")
    daemon.expect(HELP, "show cl")
    daemon.send(HELP_TEXT, "clock  \n\n")
    seen = screen.until("R1#show cl")
    assert seen == "show cl?\r\nclock  \r\n\r\n\rR1#show cl" or seen == "show cl?\r\nclock  \r\n\r\nR1#show cl", repr(seen)
    screen.type("ock\r")
    daemon.expect(LINE, "show clock")


@local()
def test_question_mark_in_the_middle(daemon, screen):
    screen.type("show clock\x02\x02\x02\x02?")
    daemon.expect(HELP, "show c")
    daemon.send(HELP_TEXT, "clock  \n")
    screen.until("R1#show clock")
    screen.type("X\r")
    daemon.expect(LINE, "show cXlock")


@local()
def test_quoted_question_mark(daemon, screen):
    screen.type("a\x16?b\r")
    daemon.expect(LINE, "a?b")


@local(first="Really? ", flags=ANSWER)
def test_question_mark_in_an_answer(daemon, screen):
    screen.type("why?\r")
    daemon.expect(LINE, "why?")


@local()
def test_tab_completes_on_a_new_line(daemon, screen):
    screen.type("sh\t")
    daemon.expect(COMPLETE, "sh")
    daemon.send(COMPLETION, "show ")
    seen = screen.until("R1#show ")
    assert "\r\n" in seen, repr(seen)
    screen.type("ver\r")
    daemon.expect(LINE, "show ver")


@local()
def test_emacs_keys(daemon, screen):
    for keys, line in (("bcd\x01a\x05e\r", "abcde"), ("one two\x17three\r", "one three"), ("junk\x15ok\r", "ok"),
                       ("abc\x02\x0b\r", "ab"), ("abc\x08\x7f\r", "a"), ("ab\x02\x14\r", "ba"),
                       ("junk\x18ok\r", "ok"), ("\x04x\r", "x"), ("a b\x1bbc\r", "a cb"), ("a\x12b\r", "ab")):
        screen.type(keys)
        daemon.expect(LINE, line)
        daemon.prompt("R1#")


@local()
def test_history(daemon, screen):
    for line in ("first", "second", "second"):
        screen.type(line + "\r")
        daemon.expect(LINE, line)
        daemon.prompt("R1#")
    screen.type("\x10\x10\r")
    daemon.expect(LINE, "first")
    daemon.prompt("Name? ", flags=ANSWER)
    screen.type("\x1b[Aanswer\r")
    daemon.expect(LINE, "answer")
    daemon.prompt("R1(config)#")
    screen.type("\x10conf\r")
    daemon.expect(LINE, "conf")
    daemon.prompt("R1#")
    screen.type("\x10\r")
    daemon.expect(LINE, "first")


def enter(daemon, screen, keys, line, prompt="R1#", flags=0):
    screen.type(keys + "\r")
    daemon.expect(LINE, line)
    daemon.prompt(prompt, flags)


@local()
def test_a_line_with_a_secret_is_forgotten(daemon, screen):
    enter(daemon, screen, "first", "first")
    enter(daemon, screen, "password hush", "password hush", flags=FORGET)
    enter(daemon, screen, "password hush", "password hush", flags=FORGET)
    enter(daemon, screen, "\x10", "first", flags=FORGET | SYNC)
    enter(daemon, screen, "\x10x", "x")
    # a question that follows the line brings the word, too
    enter(daemon, screen, "enable hush", "enable hush", "Password: ", SECRET | FORGET)
    enter(daemon, screen, "a", "a")
    enter(daemon, screen, "\x10", "x")


@local()
def test_history_size(daemon, screen):
    daemon.send(HISTORY, struct.pack(">H", 30))
    for i in range(40):
        enter(daemon, screen, "line %d" % i, "line %d" % i)
    enter(daemon, screen, "\x10" * 35, "line 10")
    daemon.send(HISTORY, struct.pack(">H", 2))
    enter(daemon, screen, "", "")
    enter(daemon, screen, "\x10" * 9, "line 39")
    daemon.send(HISTORY, struct.pack(">H", 0))
    daemon.send(HISTORY, struct.pack(">H", 0) + b"x")
    enter(daemon, screen, "", "")
    enter(daemon, screen, "\x10" * 3, "")


@local()
def test_no_editing(daemon, screen):
    daemon.send(EDITING, b"\0")
    enter(daemon, screen, "first", "first")
    enter(daemon, screen, "abc\x01\x02\x7f\x04\x1b[Ad", "ab[Ad")
    daemon.send(EDITING, b"\1")
    enter(daemon, screen, "second", "second")
    enter(daemon, screen, "bc\x01a", "abc")


@local()
def test_no_file_names_and_no_home_directories(daemon, screen):
    screen.type("~root\x1b~\x1b?\x1b*\x1b=/et\x1b/\r")
    line = daemon.expect(LINE).decode()
    assert "/root" not in line and "/etc" not in line, line


@local(first="R1(config)#")
def test_ctrl_z_and_ctrl_c(daemon, screen):
    screen.type("hostname X\x1a")
    daemon.expect(END, "hostname X")
    seen = screen.quiet()
    assert seen == "hostname X^Z\r\n", repr(seen)
    daemon.prompt("R1(config)#")
    screen.type("junk\x03")
    daemon.expect(INTR)
    daemon.prompt("R1#")
    screen.until("R1#")


@local()
def test_ctrl_c_reaches_a_running_command(daemon, screen):
    screen.type("show tech\r")
    daemon.expect(LINE, "show tech")
    screen.type("typed ahead\r\x03")
    daemon.expect(INTR)
    daemon.send(OUTPUT, "not shown\n")
    daemon.prompt("R1#")
    screen.until("R1#")
    screen.type("next\r")
    daemon.expect(LINE, "next")


@local(first="Password: ", flags=SECRET)
def test_a_password_is_not_echoed(daemon, screen):
    screen.type("sec\x7fcret\r")
    daemon.expect(LINE, "secret")
    assert screen.quiet() == "\r\n"


@local(first="Clear logging buffer [confirm]", flags=ONE_KEY)
def test_confirm_takes_one_key(daemon, screen):
    screen.type("y")
    daemon.expect(KEY, "y")


@local()
def test_no_bracketed_paste_and_no_colour(daemon, screen):
    screen.type("show clock\r")
    daemon.expect(LINE, "show clock")
    seen = screen.quiet()
    assert "\x1b" not in seen, repr(seen)


def row(text, width=80):
    """The last row, up to the cursor and behind it, of a screen that knows backspaces and line ends and nothing else."""
    cells, at = [], 0
    for c in text.encode("latin-1").decode("utf-8", "replace"):
        if c in "\r\n\b":
            cells = [] if c == "\n" else cells
            at = at - 1 if c == "\b" else 0
            assert at >= 0, "a backspace too many in %r" % text
            continue
        wide = unicodedata.east_asian_width(c) == "W"
        assert c >= " " and at + wide < width - 1, "%r in column %d of %r" % (c, at, text)
        cells[at:at + 1 + wide] = [c, ""] if wide else [c]
        at += 1 + wide
    return "".join(cells[:at]), "".join(cells[at:]).rstrip()


LONG_LINE = "access-list 101 permit tcp 131.108.2.5 255.255.255.0 131.108.1.20 255.255.255.0 eq 45"


def settle(screen, seen, right, width=80):
    """What came, until the row that it leaves is right."""
    end = time.monotonic() + WAIT
    while True:
        seen, screen.text = seen + screen.text, ""
        if right(*row(seen, width)):
            return seen
        assert time.monotonic() < end and screen.read(end - time.monotonic()), row(seen, width)


@local(first="Router(config)# ")
def test_a_long_line_shifts_by_ten(daemon, screen):
    """The example of Cisco's configuration fundamentals."""
    seen = prompt = "Router(config)# "
    typed = 0

    def shows(before, after):
        return settle(screen, seen, lambda *r: r == (prompt + before, after))

    for n, hidden in ((62, 0), (63, 11), (72, 11), (73, 21), (82, 21), (83, 31), (len(LONG_LINE), 31)):
        screen.type(LONG_LINE[typed:n])
        typed = n
        seen = shows(("$" if hidden else "") + LONG_LINE[hidden:n], "")
    screen.type("\x01")
    seen = shows("", LONG_LINE[:62] + "$")
    screen.type("\x05" + "\x02" * (len(LONG_LINE) - 31))
    seen = shows("$", LONG_LINE[31:])
    screen.type("\x02")
    seen = shows("$" + LONG_LINE[21:30], LONG_LINE[30:82] + "$")
    screen.type("\x0c")
    screen.until("\r\n" + prompt)
    seen += "\r\n" + prompt
    seen = shows("$" + LONG_LINE[21:30], LONG_LINE[30:82] + "$")
    assert "\x1b" not in seen
    screen.type("\r")
    daemon.expect(LINE, LONG_LINE)


def around(before, after, text, at):
    """Whether a row behind R1# shows the line around its cursor."""
    hidden = before[3:4] == "$"
    before = before[3:].lstrip("$ ") if hidden else before[3:]
    return (text[:at].endswith(before) if hidden else text[:at] == before) and text[at:].startswith(after.rstrip("$ "))


@local(width=40)
def test_a_long_line_is_shown_as_it_is(daemon, screen):
    """Whatever is typed, what stands around the cursor is the line."""
    rng = random.Random(848)
    text, at, seen = "", 0, "R1#"
    for i in range(240):
        do = rng.choice("iiiiiiidxbfbfaekl")
        n = rng.randrange(30)
        if do == "i":
            word = rng.choice(("show ", "crypto ", "Z\u00fcrich ", "\u4e2d\u6587", "x", "10.0.8.1 "))
            screen.type(word.encode().decode("latin-1"))
            text, at = text[:at] + word + text[at:], at + len(word)
        elif do == "d" and at:
            screen.type("\x7f")
            text, at = text[:at - 1] + text[at:], at - 1
        elif do == "x" and at < len(text):
            screen.type("\x04")
            text = text[:at] + text[at + 1:]
        elif do in "bf" and text:
            n = min(n, at if do == "b" else len(text) - at)
            screen.type(("\x02" if do == "b" else "\x06") * n)
            at += n if do == "f" else -n
        elif do in "ae":
            screen.type("\x01" if do == "a" else "\x05")
            at = 0 if do == "a" else len(text)
        elif do == "k" and len(text) > 150:
            screen.type("\x0b")
            text = text[:at]
        if i % 8 == 0:
            seen = settle(screen, seen, lambda *r: around(*r, text, at), 40)
    assert "\x1b" not in seen
    screen.type("\r")
    assert daemon.expect(LINE).decode() == text


@local()
def test_long_line_and_utf8(daemon, screen):
    line = "description " + "Zürich ".encode().decode("latin-1") * 40
    screen.type(line + "\r")
    assert daemon.expect(LINE).decode("latin-1") == line


@local()
def test_a_line_has_an_end(daemon, screen):
    """What is pasted beyond it is lost and rings, not once for every octet."""
    for _ in range(4):
        screen.type("x" * 1024)
        screen.quiet()
    screen.type("y" * 3000)
    seen = screen.until("\a") + screen.quiet()
    assert "y" not in seen and seen.count("\a") < 100, repr(seen)
    screen.type("\r")
    daemon.expect(LINE, "x" * 4096)


# ---- pages ----

@local(length=5)
def test_more(daemon, screen):
    screen.type("show run\r")
    daemon.expect(LINE, "show run")
    daemon.send(OUTPUT, "".join("line %d\n" % i for i in range(1, 21)))
    daemon.prompt("R1#", length=5)
    seen = screen.until(MORE)
    assert seen == "show run\r\nline 1\r\nline 2\r\nline 3\r\nline 4\r\n" + MORE, repr(seen)
    screen.type("\r")
    seen = screen.until(MORE)
    assert seen == RUB_OUT + "line 5\r\n" + MORE, repr(seen)
    screen.type(" ")
    seen = screen.until(MORE)
    assert seen == RUB_OUT + "".join("line %d\r\n" % i for i in range(6, 10)) + MORE, repr(seen)
    screen.type("q")
    daemon.expect(QUIT)
    daemon.prompt("R1#", length=5)
    seen = screen.until("R1#")
    assert seen == RUB_OUT + "R1#", repr(seen)


def filtered(daemon, screen, typed):
    """show run of 20 lines, the pattern typed at the first --More--; what is shown from there on."""
    screen.type("show run\r")
    daemon.expect(LINE, "show run")
    daemon.send(OUTPUT, "".join("line %d\n" % i for i in range(1, 13)) + "li")
    daemon.send(OUTPUT, "ne 13\n" + "".join("line %d\n" % i for i in range(14, 21)))
    daemon.prompt("R1#", length=5)
    screen.until(MORE)
    screen.type(typed + "\r")


@local(length=5)
def test_more_begins_at_what_matches(daemon, screen):
    filtered(daemon, screen, "/ne 1[89]x\x7f")
    seen = screen.until("R1#")
    assert seen == RUB_OUT + "/ne 1[89]x\b \b\r\nfiltering...\r\nline 18\r\nline 19\r\nline 20\r\nR1#", repr(seen)
    screen.type("show x\r")
    daemon.expect(LINE, "show x")
    daemon.send(OUTPUT, "unfiltered\n")
    daemon.prompt("R1#", length=5)
    assert screen.until("R1#") == "show x\r\nunfiltered\r\nR1#"


@local(length=5)
def test_more_includes_and_excludes(daemon, screen):
    filtered(daemon, screen, "+_1[3-6]$|20")
    seen = screen.until(MORE)
    assert seen == RUB_OUT + "+_1[3-6]$|20\r\nfiltering...\r\n" + "".join("line %d\r\n" % i for i in range(13, 17)) + MORE, repr(seen)
    screen.type(" ")
    assert screen.until("R1#") == RUB_OUT + "line 20\r\nR1#"
    filtered(daemon, screen, "-1")
    seen = screen.until(MORE)
    assert seen.endswith("filtering...\r\nline 5\r\nline 6\r\nline 7\r\nline 8\r\n" + MORE), repr(seen)
    screen.type("q")
    daemon.expect(QUIT)
    assert screen.until("R1#") == RUB_OUT + "R1#"


@local(length=5)
def test_more_without_a_pattern_asks_again(daemon, screen):
    filtered(daemon, screen, "/(")
    assert screen.until(MORE) == RUB_OUT + "/(\r\n" + MORE
    screen.type("+\r")
    assert screen.until(MORE) == RUB_OUT + "+\r\n" + MORE
    screen.type("-\x03")
    assert screen.until(MORE) == RUB_OUT + "-\r\n" + MORE
    screen.type("+nothing\r")
    assert screen.until("R1#") == RUB_OUT + "+nothing\r\nfiltering...\r\nR1#"


@local(length=5)
def test_a_page_that_is_just_full_asks_nothing(daemon, screen):
    screen.type("x\r")
    daemon.expect(LINE, "x")
    daemon.send(OUTPUT, "1\n2\n3\n4\n")
    daemon.prompt("R1#", length=5)
    screen.until("4\r\nR1#")


@local(length=5)
def test_more_waits_for_the_next_row(daemon, screen):
    screen.type("x\r")
    daemon.expect(LINE, "x")
    daemon.send(OUTPUT, "1\n2\n3\n4\n")
    screen.until("4\r\n")
    daemon.send(OUTPUT, "5\n")
    screen.until(MORE)
    screen.type(" ")
    daemon.prompt("R1#", length=5)
    screen.until("5\r\nR1#")


@local(length=5, width=20)
def test_a_wrapped_row_counts(daemon, screen):
    screen.type("x\r")
    daemon.expect(LINE, "x")
    daemon.send(OUTPUT, "a" * 30 + "\n" + "b\nc\nd\n")
    seen = screen.until(MORE)
    assert seen.endswith("b\r\nc\r\n" + MORE), repr(seen)


@local(length=0)
def test_length_0_does_not_page(daemon, screen):
    screen.type("x\r")
    daemon.expect(LINE, "x")
    daemon.send(OUTPUT, "line\n" * 500)
    daemon.prompt("R1#", length=0)
    assert MORE not in screen.until("R1#")


@local(length=5)
def test_more_leaves_the_socket_alone(daemon, screen):
    screen.type("x\r")
    daemon.expect(LINE, "x")
    daemon.send(OUTPUT, "line\n" * 10)
    screen.until(MORE)
    daemon.sock.setblocking(False)
    sent = 0
    end = time.monotonic() + 3
    while time.monotonic() < end:
        try:
            sent += daemon.sock.send(struct.pack(">BI", OUTPUT, 5) + b"line\n")
        except BlockingIOError:
            break
    assert time.monotonic() < end and sent < 4 << 20, "the terminal reads on at --More--"


@local(length=5)
def test_long_help_is_paged(daemon, screen):
    screen.type("?")
    daemon.expect(HELP, "")
    daemon.send(HELP_TEXT, "".join("  word%d  help\n" % i for i in range(10)))
    screen.until(MORE)
    screen.type("q")
    screen.until("R1#")
    daemon.quiet()
    screen.type("x\r")
    daemon.expect(LINE, "x")


# ---- log lines ----

@local(flags=SYNC)
def test_log_line_redraws_when_synchronous(daemon, screen):
    screen.type("show ver")
    screen.until("show ver")
    daemon.send(LOG, "%SYS-5-CONFIG_I: x")
    seen = screen.until("R1#show ver")
    assert "%SYS-5-CONFIG_I: x\r\n" in seen, repr(seen)
    screen.type("sion\r")
    daemon.expect(LINE, "show version")


@local()
def test_log_line_runs_on_otherwise(daemon, screen):
    screen.type("show ver")
    screen.until("show ver")
    daemon.send(LOG, "%SYS-5-CONFIG_I: x")
    seen = screen.quiet()
    assert seen == "\r\n%SYS-5-CONFIG_I: x\r\n", repr(seen)
    screen.type("sion\r")
    daemon.expect(LINE, "show version")


# ---- the end ----

def test_close_ends_with_status_0():
    t = Local()
    t.daemon.close("bye")
    t.screen.until("bye")
    assert t.end() == 0


def test_terminal_gone():
    t = Local()
    os.kill(t.child.pid, signal.SIGHUP)
    t.daemon.expect(EOF)
    t.end()


def test_hello_tells_the_window():
    t = Local()
    version, flags, height, width = struct.unpack(">BBHH", t.hello[:6])
    t.end()
    assert (version, flags, height, width) == (1, 1, 24, 80) and t.hello[6:] == b"vt100", t.hello


# ---- piped ----

def test_commands_in_order():
    def play(d):
        assert d.expect(HELLO)[1] == 2
        d.prompt("R1>")
        d.expect(LINE, "enable")
        d.prompt("R1#")
        d.expect(LINE, "show clock")
        d.send(OUTPUT, "12:00\n")
        d.prompt("R1#")
        d.expect(EOF)
        d.close()
    assert batch(["-c", "enable", "-c", "show clock"], "", play) == (0, "12:00\n", "")


def test_an_error_is_status_1():
    def play(d):
        d.expect(HELLO)
        d.prompt("R1>")
        d.expect(LINE, "foo")
        d.send(OUTPUT, "% Bad\n")
        d.prompt("R1>", status=1)
        d.expect(LINE, "show clock")
        d.prompt("R1>")
        d.expect(EOF)
        d.close()
    status, out, _ = batch([], "foo\nshow clock\n", play)
    assert (status, out) == (1, "% Bad\n")


def test_dialogue_takes_the_next_line():
    def play(d):
        d.expect(HELLO)
        d.prompt("R1#")
        d.expect(LINE, "clear logging")
        d.prompt("[confirm]", flags=ONE_KEY)
        d.expect(KEY, "y")
        d.prompt("R1#")
        d.expect(LINE, "copy run start")
        d.prompt("Destination filename [startup-config]? ", flags=ANSWER)
        d.expect(LINE, "")
        d.prompt("R1#")
        d.expect(EOF)
        d.close()
    assert batch([], "clear logging\ny\ncopy run start\n\n", play) == (0, "", "")


def test_dialogue_without_an_answer():
    def play(d):
        d.expect(HELLO)
        d.prompt("R1#")
        d.expect(LINE, "reload")
        d.prompt("Proceed? [confirm]", flags=ONE_KEY)
        d.expect(EOF)
        d.close()
    status, _, err = batch(["-c", "reload"], "", play)
    assert status == 1 and "Proceed?" in err, err


def test_daemon_that_dies():
    status, _, err = batch(["-c", "x"], "", lambda d: d.expect(HELLO))
    assert status == 2 and "closed" in err, err


def test_no_daemon():
    with tempfile.TemporaryDirectory() as d:
        p = subprocess.run([GDOIXSH, "--run", d, "-c", "x"], stdin=subprocess.DEVNULL, capture_output=True)
    assert p.returncode == 2 and b"vty.sock" in p.stderr, p


def test_hostile_daemon_frames():
    for junk in (b"\x41\xff\xff\xff\xff", b"\x41\0\0\0\x02\0\0", b"\x43\0\0\0\0\x45\0\0\0\0"):
        status, _, _ = batch(["-c", "x"], "", lambda d: (d.expect(HELLO), d.sock.sendall(junk)))
        assert status in (0, 2), status


# ---- telnet ----

IAC, DONT, DO, WONT, WILL, SB, SE, NOP = 255, 254, 253, 252, 251, 250, 240, 241
ECHO, SGA, TTYPE, NAWS = 1, 3, 24, 31


class Telnet:
    def __init__(self, first=b""):
        listen = socket.socket()
        listen.bind(("127.0.0.1", 0))
        listen.listen(1)
        self.client = socket.create_connection(listen.getsockname())
        accepted = listen.accept()[0]
        listen.close()
        ours, theirs = socket.socketpair()
        self.client.sendall(first)

        def descriptors():
            os.dup2(theirs.fileno(), 3)
        self.child = subprocess.Popen([GDOIXSH, "--telnet"], stdin=accepted, stdout=accepted, stderr=accepted,
                                      pass_fds=(3,), preexec_fn=descriptors, start_new_session=True)
        accepted.close()
        theirs.close()
        self.daemon = Daemon(ours)
        self.screen = Screen(self.client.fileno())

    def start(self):
        hello = self.daemon.expect(HELLO)
        self.daemon.prompt("R1>")
        self.screen.until("R1>")
        return hello

    def end(self):
        self.client.close()
        self.daemon.sock.close()
        try:
            return self.child.wait(WAIT)
        finally:
            self.child.kill()


def keep_3():
    # pass_fds needs the number to be open here
    if not os.path.exists("/proc/self/fd/3"):
        os.dup2(os.open("/dev/null", os.O_RDWR), 3)


def test_telnet_negotiates():
    t = Telnet()
    seen = ""
    end = time.monotonic() + WAIT
    want = [bytes(b).decode("latin-1") for b in ((IAC, WILL, ECHO), (IAC, WILL, SGA), (IAC, DO, TTYPE), (IAC, DO, NAWS))]
    while not all(w in seen for w in want) and time.monotonic() < end:
        t.screen.read()
        seen = t.screen.text
    assert all(w in seen for w in want), repr(seen)
    t.client.sendall(bytes((IAC, DO, ECHO, IAC, DO, SGA, IAC, WILL, NAWS, IAC, WILL, TTYPE)))
    t.client.sendall(bytes((IAC, SB, NAWS, 0, 132, 0, 50, IAC, SE)))
    t.client.sendall(bytes((IAC, SB, TTYPE, 0)) + b"XTERM" + bytes((IAC, SE)))
    version, flags, height, width = struct.unpack(">BBHH", (hello := t.start())[:6])
    assert (height, width) == (50, 132) and hello[6:] == b"xterm", hello
    t.client.sendall(bytes((IAC, SB, NAWS, 0, 100, 0, 40, IAC, SE)))
    assert t.daemon.expect(WINSIZE) == struct.pack(">HH", 40, 100)
    t.end()


def test_telnet_line_ends():
    t = Telnet()
    t.start()
    for i, end in enumerate((b"\r\n", b"\r\0", b"\n", b"\r")):
        t.client.sendall(b"line%d" % i + end)
        t.daemon.expect(LINE, "line%d" % i)
        seen = t.screen.until("line%d\r\n" % i)
        assert seen.count("line%d" % i) == 1, repr(seen)
        t.daemon.prompt("R1>")
        t.screen.until("R1>")
    t.daemon.quiet()
    t.end()


def test_telnet_swallows_what_is_not_typed():
    t = Telnet()
    t.start()
    t.client.sendall(b"sh" + bytes((IAC, NOP)) + b"\0ow" + bytes((IAC, SB, 39, 0, 1, 2, 3, IAC, SE)) + b" ver" +
                     bytes((IAC, WILL, 200, IAC, DO, 201)) + b"\r\n")
    t.daemon.expect(LINE, "show ver")
    t.end()


def test_telnet_interrupt():
    t = Telnet()
    t.start()
    t.client.sendall(b"junk" + bytes((IAC, 244)))
    t.daemon.expect(INTR)
    t.end()


def test_telnet_hostile():
    rng = random.Random(848)
    for _ in range(12):
        t = Telnet(bytes(rng.choice((255, 250, 240, 24, 31, 86, 39, 0, 1, rng.randrange(256))) for _ in range(3000)))
        end = time.monotonic() + 1.5
        t.client.settimeout(0.2)
        while time.monotonic() < end:
            try:
                if not t.client.recv(65536):
                    break
            except socket.timeout:
                pass
            except OSError:
                break
        status = t.end()
        assert status in (0, 1), status


def test_telnet_close():
    t = Telnet()
    t.start()
    t.daemon.close("\nbye")
    t.screen.until("bye\r\n")
    assert t.child.wait(WAIT) == 0
    t.end()


def test_telnet_client_gone():
    t = Telnet()
    t.start()
    t.client.close()
    while t.daemon.frame()[0] is not None:
        pass
    assert t.child.wait(WAIT) in (0, 1)


def main():
    keep_3()
    passed = failed = 0
    only = sys.argv[1:]
    for name, fn in sorted(globals().items()):
        if not name.startswith("test_") or (only and name not in only):
            continue
        try:
            fn()
            passed += 1
            print("ok - %s" % name)
        except Exception:
            failed += 1
            print("not ok - %s" % name)
            traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
