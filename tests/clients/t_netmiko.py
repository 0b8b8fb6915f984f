# SPDX-License-Identifier: GPL-3.0-or-later
"""netmiko's cisco_ios and cisco_ios_telnet."""
import os
import re
import time

from cllab import ADDRESS, HERE, LONG, lab, lines_free, show, soon

KINDS = ("cisco_ios", "cisco_ios_telnet")


def both(fn):
    """fn(connection) with one of each kind, at R1#, for this test alone."""
    import netmiko
    lab()
    for kind in KINDS:
        c = netmiko.ConnectHandler(device_type=kind, host=ADDRESS, username="oper", password="oper", secret="topsecret", fast_cli=True)
        try:
            if not c.check_enable_mode():
                c.enable()
            fn(c)
        except Exception as e:
            raise AssertionError("%s: %s" % (kind, e)) from e
        finally:
            c.disconnect()
    lines_free()


def test_netmiko_enable_and_back():
    def check(c):
        assert c.find_prompt() == "R1#" and c.check_enable_mode()
        c.exit_enable_mode()
        assert c.find_prompt() == "R1>" and not c.check_enable_mode()
        out = c.enable()
        assert "topsecret" not in out and c.check_enable_mode(), out
    both(check)


def test_netmiko_send_command():
    def check(c):
        assert re.fullmatch(r"[*.]?\d\d:\d\d:\d\d\.\d{3} UTC \w{3} \w{3} +\d+ \d{4}", c.send_command("show clock").strip())
        assert "Invalid input detected" in c.send_command("show nonsense")
        assert "Version" in c.send_command("show version | include Version")
        assert c.send_command("show version | include nothing has this") == ""
    both(check)


def test_netmiko_5000_lines():
    def check(c):
        begun = time.monotonic()
        out = c.send_command("show running-config", delay_factor=4)
        assert len(re.findall(r"^ permit ip host 10\.", out, re.M)) == LONG and out.rstrip().endswith("\nend"), out[-300:]
        assert "--More--" not in out
        soon(begun, 20, "5,000 lines")
    both(check)


def test_netmiko_long_command():
    def check(c):
        long = ("long " * 60).strip()
        assert c.send_command("show running-config | include " + long) == ""
        c.send_config_set(["interface eth0", "description " + long[:199]])
        assert "description " + long[:199] in c.send_command("show running-config | section interface")
        c.send_config_set(["interface eth0", "description to the core"])
    both(check)


def test_netmiko_config_set():
    def check(c):
        lines = ["ip access-list extended NETMIKO"] + [" permit ip host 192.0.2.%d any" % i for i in range(1, 101)] + \
                ["crypto isakmp policy 77", "encryption aes 256", "group 14", "interface eth0", "description netmiko"]
        out = c.send_config_set(lines)
        assert "Invalid" not in out and out.rstrip().endswith("R1#"), out[-500:]
        assert not c.check_config_mode()
        out = c.send_command("show running-config")
        assert len(re.findall(r"^ permit ip host 192\.0\.2\.\d+ any", out, re.M)) == 100
        assert re.search(r"^interface eth0\n description netmiko$", out, re.M) and "crypto isakmp policy 77" in out
        out = c.send_config_set(["no ip access-list extended NETMIKO", "no crypto isakmp policy 77", "interface eth0",
                                 "description to the core"])
        out = c.send_command("show running-config | include NETMIKO|policy 77|description")
        assert out.split("\n") == [" description to the core"], out
    both(check)


def test_netmiko_config_mode():
    def check(c):
        c.config_mode()
        assert c.check_config_mode() and c.find_prompt() == "R1(config)#"
        assert "Invalid input" in c.send_command("nonsense here", expect_string=r"R1\(config\)#")
        c.exit_config_mode()
        assert not c.check_config_mode()
    both(check)


def test_netmiko_save_config():
    def check(c):
        out = c.save_config()
        assert "[OK]" in out, out
        out = c.save_config(cmd="copy running-config startup-config", confirm=True)
        assert "[OK]" in out, out
    both(check)


def test_netmiko_dialogue():
    def check(c):
        out = c.send_command("clear logging", expect_string=r"\[confirm\]")
        assert "Clear logging buffer" in out
        out = c.send_command("\n", expect_string="R1#", normalize=False)
        assert c.find_prompt() == "R1#"
        out = c.send_command_timing("copy running-config startup-config")
        assert "Destination filename [startup-config]?" in out, out
        assert "[OK]" in c.send_command_timing("\n", normalize=False)
    both(check)


def test_netmiko_host_name():
    def check(c):
        c.send_config_set(["hostname a-very-long-name-of-a-device"])
        assert c.find_prompt() == "a-very-long-name-of-a-device#"
        c.set_base_prompt()
        assert "UTC" in c.send_command("show clock")
        c.send_config_set(["hostname R1"])
        assert c.set_base_prompt() == "R1"
    both(check)


def test_netmiko_textfsm():
    """Tables of it are what a template makes of the text."""
    os.environ["NET_TEXTFSM"] = os.path.join(HERE, "templates")

    def check(c):
        clock = c.send_command("show clock", use_textfsm=True)
        assert clock[0]["zone"] == "UTC" and clock[0]["year"].startswith("20"), clock
        brief = c.send_command("show ip interface brief", use_textfsm=True)
        assert {"interface": "eth0", "address": ADDRESS, "status": "up", "protocol": "up"} in brief, brief
        users = c.send_command("show users", use_textfsm=True)
        assert [u for u in users if u["own"] == "*"][0]["user"] == "oper", users
        assert isinstance(c.send_command("show privilege", use_textfsm=True), str)
    both(check)


def test_netmiko_left_nothing():
    lines_free()
    assert "netmiko" not in show("show running-config")
