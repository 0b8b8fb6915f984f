# SPDX-License-Identifier: GPL-3.0-or-later
"""What all programs that drive a router rely on, over ssh and over telnet."""
import re
import time

from cllab import Closed, Ssh, Telnet, lab, lines_free, show, soon, until

BOTH = (Telnet, Ssh)


def each(fn):
    """fn(shell) with a terminal of each transport; afterwards none of them has drawn anything."""
    lab()
    for kind in BOTH:
        s = kind()
        try:
            fn(s)
            s.clean()
        except AssertionError as e:
            raise AssertionError("%s: %s" % (s.name, e)) from e
        except Closed as e:
            raise AssertionError("%s: closed: %s" % (s.name, e)) from e
        finally:
            s.close()
    lines_free()


def test_common_one_line_of_echo():
    def check(s):
        s.run("terminal length 0")
        for width in ("511", "512", "0"):
            s.run("terminal width " + width)
            for n in (70, 100, 240, 480) + ((1000,) if width == "0" else ()):
                command = ("show running-config | include " + "none of the lines has this " * 100)[:n].rstrip()
                assert s.run(command) == "", (width, n)
    each(check)


def test_common_line_ends():
    def check(s):
        for end in ("\r", "\n", "\r\n", "\r\0") if s.name == "telnet" else ("\r", "\n", "\r\n"):
            s.run("show privilege", end=end)
            assert s.quiet() == "", "%r ends two lines" % end
        for end in ("\r", "\n", "\r\n"):
            s.send("show privilege" + end + "show privilege" + end + end)
            time.sleep(0.5)
            out = s.quiet()
            assert out.count("level is 15") == 2 and out.count("R1#") == 3, (end, out)
    each(check)


def test_common_one_byte_at_a_time():
    def check(s):
        for c in "show privilege\r\n":
            s.send(c)
            time.sleep(0.01)
        out = s.want(r"^R1#$")
        assert out == "show privilege\r\nCurrent privilege level is 15\r\nR1#", out
        assert s.quiet() == "", "CR and LF in two packets end two lines"
    each(check)


def test_common_no_padding():
    """A vt100 of terminfo asks for NULs behind its sequences; programs that match text have no use for them."""
    lab()
    for kind in BOTH:
        s = kind()
        s.send("show ip \x15abc\x01x\x05\x15show privilege\r")
        s.want("level is 15")
        s.want(r"^R1#$")
        assert "\0" not in s.seen, s.seen[s.seen.index("\0") - 40:][:80]
        s.close()
    lines_free()


def test_common_empty_line():
    def check(s):
        took = []
        for _ in range(5):
            begun = time.monotonic()
            assert s.run("") == ""
            took.append(time.monotonic() - begun)
        # Nothing waits for a time-out. The quickest counts: a loaded machine makes some slow.
        assert min(took) < 0.5, "an empty line took %.1f s" % min(took)
    each(check)


def test_common_unknown_commands():
    def check(s):
        s.run("terminal width 511")
        for command in ("nonsense", "show nonsense", "show", "s", "show crypto gdoi nonsense", "terminal nonsense", "|", "#", "\"",
                        "show version | nonsense x", "show version | include", "show version | include (", "do show clock", "% x",
                        "sh ver | inc [", "copy nonsense nonsense", "show running-config nonsense", "10.1.1.1", "x" * 240):
            out = s.run(command)
            assert "%" in out, (command, out)
            assert "UTC" in s.run("show clock"), command
        assert s.run("! a comment") == ""
    each(check)


def test_common_exit():
    def check(s):
        s.send("exit\r")
        out = s.until_closed()
        assert out.startswith("exit\r\n"), out
    for command in ("exit", "logout", "quit", "ex"):
        lab()
        for kind in BOTH:
            s = kind()
            s.send(command + "\r")
            out = s.until_closed()
            assert out.startswith(command + "\r\n") and "R1#" not in out, (s.name, out)
            s.close()
    lines_free()
    each(check)


def test_common_enable():
    lab()
    for kind in BOTH:
        s = kind("oper", "oper")
        assert s.seen.endswith("R1>"), s.seen
        out = s.run("show privilege", "R1>")
        assert out == "Current privilege level is 1\n", out
        s.send("enable\r")
        s.want("^Password: $")
        s.send("wrong\r")
        s.want("Password: ")
        s.send("topsecret\r")
        s.want("^R1#$")
        assert "topsecret" not in s.seen and "wrong" not in s.seen, "password echoed"
        assert s.run("disable", "R1>") == ""
        s.clean()
        s.close()
    lines_free()


def test_common_no_log_lines_without_monitor():
    def check(s):
        s.send("show clo")
        s.want("show clo")
        n = lab()
        n.sh("ks", "configure terminal", "end")
        time.sleep(0.5)
        assert s.quiet() == "", "a log line in the middle of a command"
        s.send("ck\r")
        out = s.want("^R1#$")
        assert out.startswith("ck\r\n") and "%SYS" not in out, out
        s.run("terminal monitor")
        n.sh("ks", "configure terminal", "end")
        s.want("%SYS-5-CONFIG_I: Configured from console by console\r\n")
        s.quiet()
        s.send("terminal no monitor\r")
        s.want("^R1#$")
        n.sh("ks", "configure terminal", "end")
        assert "%SYS" not in s.quiet(0.8)
    each(check)


def test_common_lines_of_the_parent_mode():
    def check(s):
        s.run("configure terminal", "R1(config)#")
        for command, prompt in (("ip access-list extended PARENT", "R1(config-ext-nacl)#"), ("permit ip any any", None),
                                ("interface eth0", "R1(config-if)#"), ("description x", None),
                                ("crypto isakmp policy 10", "R1(config-isakmp)#"), ("group 14", None),
                                ("crypto gdoi group PARENT", "R1(config-gdoi-group)#"), ("identity number 7", None),
                                ("server local", "R1(gdoi-local-server)#"), ("address ipv4 10.0.8.1", None),
                                ("sa ipsec 1", "R1(gdoi-sa-ipsec)#"), ("replay time window-size 5", None),
                                ("sa ipsec 2", "R1(gdoi-sa-ipsec)#"), ("rekey transport unicast", "R1(gdoi-local-server)#"),
                                ("identity number 8", "R1(config-gdoi-group)#"), ("server local", "R1(gdoi-local-server)#"),
                                ("sa ipsec 2", "R1(gdoi-sa-ipsec)#"), ("hostname R1", "R1(config)#"),
                                ("line vty 0 4", "R1(config-line)#"), ("no ip access-list extended PARENT", "R1(config)#"),
                                ("no crypto isakmp policy 10", None)):
            if prompt:
                last = prompt
            out = s.run(command, last)
            assert "%" not in out and "not found" not in out, (command, out)
        s.send("no crypto gdoi group PARENT\r")
        if s.want(r"R1\(config\)#|\[yes/no\]: ").endswith("[yes/no]: "):
            s.run("yes", "R1(config)#")
        s.run("end")
        time.sleep(0.2)
        s.quiet()
    each(check)
    assert "PARENT" not in show("show running-config | exclude BIG")


def test_common_nothing_is_not_found():
    """Some clients take 'not found' for an error of the device."""
    def check(s):
        s.run("terminal length 0")
        for command in ("show version", "show clock", "show running-config", "show startup-config", "show logging", "show users",
                        "show access-lists", "show crypto gdoi", "show crypto gdoi ks", "show crypto gdoi ks members",
                        "show crypto isakmp sa", "show crypto ipsec sa", "show ip interface brief", "show ip ssh", "show ssh",
                        "show history", "show terminal", "show privilege", "show crypto key mypubkey rsa", "show interfaces",
                        "show ip interface eth0", "terminal width 0", "write memory"):
            out = s.run(command)
            assert not re.search(r"not found|^% (?!Key pair was)", out, re.M), (command, out)
    each(check)


def test_common_paging():
    def check(s):
        s.send("show running-config\r")
        s.want("^ --More-- $")
        s.send(" ")
        page = s.want("^.* --More-- $")
        assert 20 < page.count("\n") < 26, page
        s.send("q")
        s.want("\x08R1#$")
        s.run("terminal length 0")
        begun = time.monotonic()
        out = s.run("show running-config")
        assert out.count("\n permit ip host") == 5000 and "More" not in out
        soon(begun, 20, "5,000 lines")
        out = s.run("show access-lists BIG")
        assert out.count(" permit ip host") == 5000
    lab()
    for kind in BOTH:
        s = kind()
        check(s)
        s.close()
    lines_free()


def test_common_typed_ahead():
    """A program that sends everything at once gets everything answered, in order."""
    def check(s):
        s.run("terminal length 0")
        s.send("".join("show running-config | include line %d\r" % i for i in range(150)) + "exit\r")
        out = s.until_closed(60)
        assert re.findall(r"include line (\d+)", out) == [str(i) for i in range(150)], out[-1500:]
    each(check)


def test_common_login_line_ends():
    for enter in ("\r\n", "\r", "\n", "\r\0"):
        s = Telnet(enter=enter)
        assert s.run("show privilege") == "Current privilege level is 15\n"
        s.close()
    until(20, "free lines", lambda: " vty " not in show("show users"))
