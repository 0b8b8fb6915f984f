# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible, RANCID, expect, OpenSSH and telnet as their users start them."""
import glob
import json
import os
import re
import shutil
import subprocess

from cllab import ADDRESS, HERE, LONG, Telnet, lab, lines_free, show

SSH = ["ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o",
       "PubkeyAuthentication=no", "-o", "ConnectTimeout=10"]


def work(name):
    """A directory of one test's own."""
    path = os.path.join(lab().dir, name)
    os.makedirs(path, exist_ok=True)
    return path


def run(args, cwd=None, stdin="", env=(), timeout=240):
    e = {"PATH": "/usr/lib/rancid/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": cwd or "/", "LANG": "C.UTF-8", "TERM": "network"}
    e.update(env)
    p = subprocess.run(args, cwd=cwd, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                       timeout=timeout, env=e)
    return p.returncode, p.stdout


# ---- Ansible ----

PLAY = {}


def play():
    """The results of playbook.yml by task, run once, however that ends."""
    if not PLAY:
        PLAY["status"] = None
        d = work("ansible")
        mute = Telnet(login=False)
        with open(d + "/inventory", "w", encoding="ascii") as f:
            f.write("R1 ansible_host=%s\n" % ADDRESS)
        status, out = run(["ansible-playbook", "--diff", "-i", "inventory", HERE + "/playbook.yml"], cwd=d, timeout=400,
                          env={"ANSIBLE_HOST_KEY_CHECKING": "False", "ANSIBLE_STDOUT_CALLBACK": "json", "ANSIBLE_NOCOLOR": "1",
                               "ANSIBLE_LOCAL_TEMP": d, "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR": d, "ANSIBLE_DEPRECATION_WARNINGS": "0"})
        PLAY["status"], PLAY["out"] = status, out
        PLAY["mute"] = mute.until_closed(40)
        for task in json.loads(out[out.index("{\n"):])["plays"][0]["tasks"]:
            PLAY[task["task"]["name"]] = task["hosts"]["R1"]
    assert PLAY["status"] is not None, "the playbook did not come to its end"
    return PLAY


def test_ansible_playbook_ends_well():
    p = play()
    assert p["status"] == 0, p["out"][-3000:]
    for name, result in p.items():
        if isinstance(result, dict) and name != "refused":
            assert not result.get("failed"), (name, result)


def test_mute_telnet_client_is_let_go():
    """It was there while the playbook ran."""
    assert "timeout expired" in play()["mute"], PLAY["mute"]


def test_ansible_ios_command():
    p = play()
    out = p["commands"]["stdout"]
    assert out[0].startswith("gdoix Software") and "UTC" in out[1] and "Clear logging buffer [confirm]" in out[2], out
    assert len(re.findall(r"^ permit ip host 10\.", out[3], re.M)) == LONG, len(out[3])


def test_ansible_ios_config():
    p = play()
    assert p["configure"]["changed"] and p["configure"]["updates"] == ["interface eth0", "description by ansible"], p["configure"]
    assert not p["again"]["changed"], p["again"]
    assert not p["diff against startup"].get("diff", {}).get("prepared") and not p["diff against startup"]["changed"]
    assert p["list"]["changed"] and not p["list again"]["changed"], p["list again"]
    diff = p["diff against running"]
    assert "by ansible" in json.dumps(diff.get("diff", diff)), diff
    with open(glob.glob(os.path.join(lab().dir, "ansible/*.backup"))[0], encoding="ascii") as f:
        assert "hostname R1" in f.read()
    saved = show("show startup-config")
    assert "description by ansible" in saved and "ip access-list extended ANSIBLE" in saved, saved[:1500]


def test_ansible_refused_line():
    p = play()
    assert p["refused"]["failed"] and "Invalid input" in json.dumps(p["refused"]), p["refused"]


def test_ansible_ios_facts():
    p = play()
    f = p["facts"]["ansible_facts"]
    assert f["ansible_net_hostname"] == "R1" and f["ansible_net_version"] and f["ansible_net_system"] == "ios", f
    assert "10.0.8.1" in f["ansible_net_all_ipv4_addresses"], f["ansible_net_all_ipv4_addresses"]
    eth0 = f["ansible_net_interfaces"]["eth0"]
    assert eth0["lineprotocol"] == "up" and eth0["operstatus"] == "up" and eth0["mtu"] == 1500 and eth0["macaddress"], eth0
    assert eth0["ipv4"] == [{"address": "10.0.8.1", "subnet": "24"}], eth0
    for name in f["ansible_net_interfaces"]:
        assert re.fullmatch(r"[A-Za-z]+[0-9]*", name), name


def test_ansible_banner_and_host_name():
    p = play()
    assert p["banner"]["changed"] and not p["banner again"]["changed"], p["banner again"]
    assert p["host name"]["changed"] is False, p["host name"]


# ---- RANCID ----

SSHCMD = "add sshcmd * {%s}\n" % "\\ ".join(SSH)

def cloginrc(methods):
    d = work("rancid")
    with open(d + "/.cloginrc", "w", encoding="ascii") as f:
        f.write("add user * oper\nadd password * oper topsecret\nadd method * %s\n%s" % (methods, SSHCMD))
    os.chmod(d + "/.cloginrc", 0o600)
    return d


def test_rancid_clogin():
    for method in ("ssh", "telnet"):
        d = cloginrc(method)
        status, out = run(["clogin", "-c", "show clock;show nonsense;show privilege", ADDRESS], cwd=d)
        assert status == 0, (method, out)
        out = out.replace("\r", "")
        for want in ("R1>enable\nPassword: \nR1#", "R1#terminal length 0\nR1#", "UTC", "% Invalid input detected", "level is 15",
                     "R1#exit\n"):
            assert want in out, (method, want, out)
        assert "topsecret" not in out


def test_rancid_clogin_script():
    d = cloginrc("ssh")
    with open(d + "/commands", "w", encoding="ascii") as f:
        f.write("configure terminal\ninterface eth0\ndescription by clogin\nend\nshow running-config | section interface\n")
    status, out = run(["clogin", "-x", "commands", ADDRESS], cwd=d)
    assert status == 0 and "description by clogin" in out.replace("\r", "").split("section interface\n")[1], out


def test_rancid_collection():
    """A group collected into git; and again, without a change."""
    d = cloginrc("ssh")
    with open(d + "/.cloginrc", "w", encoding="ascii") as f:
        f.write("add user * oper\nadd password * oper topsecret\nadd method * ssh\n" + SSHCMD)
    with open("/etc/rancid/rancid.conf", encoding="ascii") as f:
        conf = re.sub(r"^BASEDIR=.*", "BASEDIR=%s; export BASEDIR" % d, f.read(), flags=re.M)
    conf = re.sub(r'^test "x\$DOCKER.*', "", conf, flags=re.M)
    conf += "\nTMPDIR=%s; RCSSYS=git; CVSROOT=$BASEDIR/repo; LIST_OF_GROUPS=gx; SENDMAIL=/bin/true; PAR_COUNT=1\n" % d
    conf += "export TMPDIR RCSSYS CVSROOT LIST_OF_GROUPS SENDMAIL PAR_COUNT\n"
    with open(d + "/rancid.conf", "w", encoding="ascii") as f:
        f.write(conf)
    env = {"GIT_AUTHOR_NAME": "r", "GIT_AUTHOR_EMAIL": "r@lab.local", "GIT_COMMITTER_NAME": "r", "GIT_COMMITTER_EMAIL": "r@lab.local",
           "GIT_CONFIG_GLOBAL": "/dev/null", "USER": "root"}
    status, out = run(["rancid-cvs", "-f", d + "/rancid.conf", "gx"], cwd=d, env=env)
    with open(d + "/gx/router.db", "w", encoding="ascii") as f:
        f.write("%s;ios;up\n" % ADDRESS)
    for i in range(2):
        status, out = run(["rancid-run", "-f", d + "/rancid.conf", "gx"], cwd=d, env=env, timeout=300)
        log = "".join(open(p, encoding="utf-8").read() for p in sorted(glob.glob(d + "/logs/gx.*")))
        assert status == 0 and not re.search(r"error|missed cmd|End of run not found|Getting missed", log), out + log
    path = d + "/gx/configs/" + ADDRESS
    with open(path, encoding="ascii") as f:
        text = f.read()
    assert re.match(r"!RANCID-CONTENT-TYPE: (ios|cisco)\n", text) and text.rstrip().endswith("\nend"), text[:300] + text[-300:]
    assert len(re.findall(r"^ permit ip host 10\.", text, re.M)) == LONG and "hostname R1" in text and "topsecret" not in text
    assert "NVRAM config last updated" not in text and "Current configuration" not in text
    status, out = run(["git", "log", "--format=%s", "--", "configs/" + ADDRESS], cwd=d + "/gx", env=env)
    assert status == 0 and out.count("\n") <= 2, out


# ---- expect, OpenSSH, telnet ----

def test_expect():
    for how in ("ssh", "telnet"):
        status, out = run(["expect", HERE + "/operator.exp", how, ADDRESS])
        assert status == 0, out
    lines_free()


def test_openssh_one_shot():
    lab()
    ssh = ["sshpass", "-p", "cisco"] + SSH + ["cisco@" + ADDRESS]
    status, out = run(ssh + ["show clock"])
    assert status == 0 and re.fullmatch(r"[*.]?\S+ UTC .*", out.strip()), (status, out)
    status, out = run(ssh + ["show running-config"])
    assert status == 0 and len(re.findall(r"^ permit ip host 10\.", out, re.M)) == LONG, (status, out[-500:])
    status, out = run(ssh + ["show nonsense"])
    assert status != 0 and "Invalid input" in out, (status, out)
    status, out = run(ssh + ["show version | include Version"])
    assert status == 0 and out.count("\n") == 1, out


def test_openssh_commands_on_standard_input():
    lab()
    ssh = ["sshpass", "-p", "cisco"] + SSH
    for tty in ("-T", "-tt"):
        status, out = run(ssh + [tty, "cisco@" + ADDRESS], stdin="terminal length 0\nshow clock\nshow nonsense\nshow privilege\nexit\n")
        assert "UTC" in out and "level is 15" in out and "Invalid input" in out, (tty, status, out)
    lines_free()


def test_openssh_reader_that_stops_early():
    lab()
    status, out = run(["sh", "-c", "sshpass -p cisco %s cisco@%s 'show running-config' | head -3" % (" ".join(SSH), ADDRESS)])
    assert out.startswith("Building configuration..."), out
    lines_free()


def test_telnet_standard_input():
    """A pipe into telnet: everything is there before anything is asked."""
    lab()
    feed = "(sleep 1; printf 'cisco\\n'; sleep 1; printf 'cisco\\n'; sleep 2; " \
           "printf 'terminal length 0\\nshow clock\\nshow nonsense\\nshow privilege\\nexit\\n'; sleep 2)"
    status, out = run(["sh", "-c", feed + " | telnet " + ADDRESS])
    out = out.replace("\r", "")
    for want in ("User Access Verification", "R1#show clock\n", "UTC", "Invalid input", "level is 15", "R1#exit\n",
                 "Connection closed by foreign host"):
        assert want in out, (want, out)
    lines_free()


def test_tools_left_nothing():
    lab().sh("ks", "configure terminal", "interface eth0", "description to the core", "no ip access-list extended ANSIBLE",
             "no banner motd", "end", "write memory")
    shutil.rmtree(os.path.join(lab().dir, "ansible"), ignore_errors=True)
