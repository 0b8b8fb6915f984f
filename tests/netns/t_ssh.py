# SPDX-License-Identifier: GPL-3.0-or-later
"""ssh into a daemon: OpenSSH's client, expect, paramiko, and peers that mean harm. Run by run.py."""
import ctypes
import fcntl
import glob
import os
import re
import socket
import struct
import subprocess
import termios
import time

from gxlab import PATIENCE, Lab, soon, until

HERE = os.path.dirname(os.path.abspath(__file__))
LABS = {}
ADDRESS = "10.0.8.1"
CONFIG = """hostname R1
no service pad
ip domain name lab.local
service timestamps log datetime msec
logging buffered 262144 debugging
login on-failure log
login on-success log
ip ssh logging events
username cisco privilege 15 secret 0 cisco
username oper secret 0 oper
username open nopassword
username seven privilege 7 password 7 0822455D0A16
banner login ^C
Authorized use only
^C
line vty 0 15
 login local
 transport input ssh
end
"""


def lab():
    if "ssh" not in LABS:
        n = LABS["ssh"] = Lab("gxh")
        n.place("ks", CONFIG)
        n.start("ks")
    return LABS["ssh"]


def with_key():
    n = lab()
    if "Enabled" not in n.show("ks", "show ip ssh | include ^SSH"):
        n.sh("ks", "configure terminal", "crypto key generate rsa modulus 2048")
    return n


def connect(n, port=22):
    """A TCP connection from the core router."""
    libc = ctypes.CDLL(None, use_errno=True)
    here = os.open("/proc/self/ns/net", os.O_RDONLY)
    there = os.open("/run/netns/%score" % n.prefix, os.O_RDONLY)
    try:
        assert libc.setns(there, 0) == 0, os.strerror(ctypes.get_errno())
        return socket.create_connection((ADDRESS, port), 10)
    finally:
        assert libc.setns(here, 0) == 0
        os.close(here)
        os.close(there)


def ssh(n, user, command, password=None, key=None, options=(), stdin="", timeout=100):
    """OpenSSH's client: (status, output, errors)."""
    args = ["ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
            "-o", "ConnectTimeout=10"]
    if key:
        args += ["-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
    else:
        args += ["-o", "PubkeyAuthentication=no"]
    args += list(options) + ["%s@%s" % (user, ADDRESS)] + ([command] if command else [])
    if password is not None:
        args = ["sshpass", "-p", password] + args
    p = subprocess.run(n.netns("core", *args), input=stdin, capture_output=True, text=True, timeout=timeout)
    return p.returncode, p.stdout, p.stderr


def paramiko_client(n, password="cisco", user="cisco"):
    import paramiko
    c = paramiko.SSHClient()
    c.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    c.connect(ADDRESS, username=user, password=password, look_for_keys=False, allow_agent=False, sock=connect(n), timeout=100,
              banner_timeout=100, auth_timeout=100)
    return c


def screen(channel, what, seconds=15):
    """What the channel shows until that text and with it; the rest is for the next call."""
    seen = getattr(channel, "seen", "")
    end = time.monotonic() + seconds * PATIENCE
    channel.settimeout(1)
    while what not in seen:
        assert time.monotonic() < end, "no %r in %r" % (what, seen)
        try:
            data = channel.recv(65536)
        except socket.timeout:
            continue
        assert data, "closed before %r: %r" % (what, seen)
        seen += data.decode("latin-1")
    at = seen.index(what) + len(what)
    channel.seen = seen[at:]
    return seen[:at]


def terminals():
    """Process numbers of the ssh terminals and their children."""
    out = []
    for d in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(d, "rb") as f:
                if f.read() == b"gdoixsh\0--ssh\0":
                    out.append(int(d.split("/")[2]))
        except OSError:
            pass
    return out


def logged(n, pattern):
    return len(re.findall(pattern, n.log("ks")))


def all_lines_free(n):
    until(20, "free lines", lambda: not terminals())


# ---- on and off ----

def test_60_ssh_needs_a_key():
    n = lab()
    assert "%SYS-6-CFG_IGNORED: startup-config line 2: the first of 1 lines" in n.log("ks")
    out = n.show("ks", "show ip ssh")
    assert "SSH Disabled" in out and "Please create RSA keys" in out, out
    try:
        connect(n)
        assert False, "port 22 is open without a host key"
    except ConnectionRefusedError:
        pass
    out = n.sh("ks", "configure terminal", "crypto key generate rsa modulus 2048")[1]
    assert "The name for the keys will be: R1.lab.local" in out, out
    until(5, "%SSH-5-ENABLED", lambda: "%SSH-5-ENABLED: SSH 2.0 has been enabled" in n.log("ks"))
    out = n.show("ks", "show ip ssh")
    for want in ("SSH Enabled - version 2.0", "Authentication timeout: 120 secs; Authentication retries: 3", "Modulus Size : 2048 bits",
                 "Minimum expected Diffie Hellman key size : 2048 bits", "ssh-rsa AAAA"):
        assert want in out, out
    assert connect(n).recv(64).startswith(b"SSH-2.0-"), "no identification"


def test_61_ssh_host_key_is_the_one_shown():
    n = with_key()
    p = subprocess.run(n.netns("core", "ssh-keyscan", "-T", "10", "-t", "rsa", ADDRESS), capture_output=True, text=True, timeout=100)
    scanned = p.stdout.split()[-1]
    assert scanned in n.show("ks", "show ip ssh"), p.stdout


# ---- one command ----

def test_62_ssh_one_command():
    n = with_key()
    status, out, err = ssh(n, "cisco", "show running-config", "cisco")
    assert status == 0 and "--More--" not in out and "show running-config" not in out and out.rstrip().endswith("end"), (status, out, err)
    assert len(out.splitlines()) > 24, out
    status, out, err = ssh(n, "cisco", "show nonsense", "cisco")
    assert status == 1 and "Invalid input" in out, (status, out, err)
    status, out, err = ssh(n, "cisco", "show clock\nshow privilege", "cisco")
    assert status == 0 and "UTC" in out and "level is 15" in out, (status, out, err)
    assert "R1#" not in out, out


def test_63_ssh_privilege_of_the_user():
    n = with_key()
    for user, password, level in (("oper", "oper", 1), ("seven", "cisco", 7), ("open", "", 1)):
        status, out, err = ssh(n, user, "show privilege", password)
        assert status == 0 and "level is %d" % level in out, (user, status, out, err)
    status, out, err = ssh(n, "oper", "show running-config", "oper")
    assert status == 1, (status, out)


def test_64_ssh_methods():
    n = with_key()
    for method in ("password", "keyboard-interactive"):
        status, out, err = ssh(n, "cisco", "show clock", "cisco", options=("-o", "PreferredAuthentications=" + method))
        assert status == 0 and "UTC" in out, (method, status, out, err)


def test_64_ssh_lists_of_aaa():
    """The line's lists say who comes in, as over telnet; a line's password proves no name."""
    n = with_key()
    n.sh("ks", "configure terminal", "line console 0", "privilege level 15", "enable secret topsecret", "aaa new-model",
         "aaa authentication login PASS line",
         "aaa authentication login ENABLE enable", "aaa authentication login OPEN none",
         "aaa authentication login SERVERS group tacacs+ local-case", "aaa authentication login ONLY group tacacs+",
         "aaa authorization exec LOCAL local", "aaa authorization exec ANY if-authenticated", "aaa authorization exec FREE none",
         "line vty 0 15", "password linepass", "privilege level 5", "end")
    in_at = "level is %d"
    try:    # 5 is sshpass's word for a password that is wrong
        for login, authorization, user, password, status, want in (
                ("default", "LOCAL", "oper", "oper", 0, in_at % 1), ("SERVERS", "LOCAL", "cisco", "cisco", 0, in_at % 15),
                ("PASS", "ANY", "nobody", "linepass", 0, in_at % 5), ("PASS", "LOCAL", "cisco", "linepass", 1, "% Authorization failed"),
                ("PASS", "ANY", "cisco", "cisco", 5, ""), ("ENABLE", "ANY", "nobody", "topsecret", 0, in_at % 5),
                ("OPEN", "FREE", "nobody", None, 0, in_at % 5), ("OPEN", "ANY", "nobody", None, 1, "% Authorization failed"),
                ("ONLY", "FREE", "cisco", "cisco", 5, ""), ("LATER", "FREE", "cisco", "cisco", 5, "")):
            n.sh("ks", "configure terminal", "line vty 0 15", "login authentication " + login, "authorization exec " + authorization, "end")
            got, out, err = ssh(n, user, "show privilege", password, options=("-o", "NumberOfPasswordPrompts=1"))
            assert got == status and want in out + err, (login, authorization, user, got, out, err)
    finally:
        n.sh("ks", "configure terminal", "line vty 0 15", "no password", "no privilege level", "no login authentication",
             "no authorization exec", "no aaa new-model", "no enable secret", "line vty 0 15", "login local", "line console 0",
             "no privilege level", "end")


def test_65_ssh_piped_shell():
    n = with_key()
    status, out, err = ssh(n, "cisco", None, "cisco", stdin="show clock\nconfigure terminal\nhostname R1\nend\n")
    assert status == 0 and "R1#show clock" in out and "R1(config)#hostname R1" in out and "UTC" in out, (status, out, err)


def test_66_ssh_public_keys():
    n = with_key()
    lines = ["configure terminal", "ip ssh pubkey-chain", "username cisco"]
    keys = {}
    for kind, size in (("rsa", "2048"), ("ecdsa", "256"), ("ed25519", "256")):
        keys[kind] = "%s/%s" % (n.dir, kind)
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-b", size, "-N", "", "-C", "me@here", "-f", keys[kind]], check=True)
        with open(keys[kind] + ".pub", encoding="ascii") as f:
            public = f.read().strip()
        lines.append("key-string")
        if kind == "rsa":     # as people paste it: without type and comment, in pieces
            public = public.split()[1]
            lines += [public[i:i + 72] for i in range(0, len(public), 72)]
        else:
            lines.append(public)
        lines.append("exit")
    n.sh("ks", *lines, "end")
    for kind, key in keys.items():
        status, out, err = ssh(n, "cisco", "show clock", key=key)
        assert status == 0 and "UTC" in out, (kind, status, out, err)
        status, out, err = ssh(n, "oper", "show clock", key=key)
        assert status == 255 and "Permission denied" in err, (kind, status, out, err)
    running = n.show("ks", "show running-config | section pubkey-chain")
    md5 = subprocess.run(["ssh-keygen", "-l", "-E", "md5", "-f", keys["ed25519"] + ".pub"], capture_output=True, text=True).stdout
    want = "   key-hash ssh-ed25519 %s me@here" % md5.split()[1][4:].replace(":", "").upper()
    assert want in running and running.startswith("ip ssh pubkey-chain\n  username cisco\n"), running
    n.sh("ks", "configure terminal", "ip ssh pubkey-chain", "username cisco", "no " + want.strip().rsplit(" ", 1)[0], "end")
    assert ssh(n, "cisco", "show clock", key=keys["ed25519"])[0] == 255
    assert ssh(n, "cisco", "show clock", key=keys["rsa"])[0] == 0
    status, out = n.sh("ks", "configure terminal", "ip ssh pubkey-chain", "username x", "key-string", "AAAAB3Nz", "exit", check=False)
    assert status == 1 and "Failed to decode the Key Value" in out, out
    n.sh("ks", "configure terminal", "no ip ssh pubkey-chain", "end")
    assert ssh(n, "cisco", "show clock", key=keys["rsa"])[0] == 255
    assert "pubkey-chain" not in n.show("ks", "show running-config | include pubkey")


# ---- shells ----

def test_67_ssh_expect():
    n = with_key()
    p = subprocess.run(n.netns("core", "expect", HERE + "/ssh.exp", ADDRESS, "22"), capture_output=True, text=True, timeout=120)
    assert p.returncode == 0, p.stdout[-3000:] + p.stderr
    assert p.stdout.count("show running-config") == 1, p.stdout


def test_68_ssh_paramiko_shell_and_window():
    n = with_key()
    all_lines_free(n)
    c = paramiko_client(n)
    ch = c.invoke_shell(term="xterm", width=100, height=40)
    screen(ch, "R1#")

    def sizes():
        out = []
        for pid in terminals():
            try:
                # in a chroot the link names the terminal by its path outside
                tty = "/proc/%d/fd/0" % pid
                if not re.search(r"/dev/pts/\d+$", os.readlink(tty)):
                    continue
                fd = os.open(tty, os.O_RDWR | os.O_NOCTTY)
                out.append(struct.unpack("HHHH", fcntl.ioctl(fd, termios.TIOCGWINSZ, b"\0" * 8))[:2])
                os.close(fd)
            except OSError:
                pass
        return out
    assert sizes() == [(40, 100)], sizes()
    ch.resize_pty(width=132, height=50)
    until(5, "the new size", lambda: sizes() == [(50, 132)])
    ch.send("terminal length 0\r\nshow clock\n")
    seen = screen(ch, "UTC")
    assert seen.count("show clock") == 1, seen
    screen(ch, "R1#")
    listed = n.show("ks", "show ssh")
    assert re.search(r"^0 +2\.0 +IN +\S+ +\S+ +Session started +cisco$", listed, re.M), listed
    assert re.search(r"vty 0 +cisco .*10\.0\.8\.254", n.show("ks", "show users")), n.show("ks", "show users")
    ch.send("exit\n")
    until(10, "the end", lambda: ch.closed or ch.exit_status_ready())
    assert ch.recv_exit_status() == 0
    c.close()
    until(10, "no sessions", lambda: "%No SSHv2 server connections running." in n.show("ks", "show ssh"))


def test_69_ssh_no_forwarding_no_subsystem():
    import paramiko
    n = with_key()
    c = paramiko_client(n)
    t = c.get_transport()
    for kind, where in (("direct-tcpip", ("127.0.0.1", 22)), ("forwarded-tcpip", ("127.0.0.1", 22))):
        try:
            t.open_channel(kind, where, ("127.0.0.1", 1), timeout=100)
            assert False, kind
        except paramiko.SSHException:
            pass
    try:
        t.request_port_forward("", 4711)
        assert False, "forwarding"
    except paramiko.SSHException:
        pass
    ch = t.open_session(timeout=100)
    try:
        ch.invoke_subsystem("sftp")
        assert False, "sftp"
    except paramiko.SSHException:
        pass
    c.close()
    c = paramiko_client(n)
    ch = c.get_transport().open_session(timeout=100)
    try:
        ch.set_environment_variable("LD_PRELOAD", "x")
    except paramiko.SSHException:
        pass
    try:
        second = c.get_transport().open_session(timeout=100)
        assert not second, "two sessions"
    except paramiko.SSHException:
        pass
    c.close()


# ---- who may not come in ----

def test_70_ssh_wrong_password():
    n = with_key()
    failed = logged(n, r"%SEC_LOGIN-4-LOGIN_FAILED: Login failed \[user: cisco\] \[Source: 10\.0\.8\.254\] \[localport: 22\] "
                       r"\[Reason: Login Authentication Failed\]")
    refused = logged(n, r"%SSH-5-SSH2_USERAUTH: User '' authentication for SSH2 Session from 10\.0\.8\.254 .* Failed")
    import paramiko
    t = paramiko.Transport(connect(n))
    t.start_client(timeout=100)
    begun = time.monotonic()
    for i in range(3):
        try:
            t.auth_password("cisco", "wrong%d" % i, fallback=False)
            assert False, "in with a wrong password"
        except (paramiko.AuthenticationException, paramiko.SSHException, EOFError):
            pass
    assert time.monotonic() - begun > 5, "three tries in %.1f s" % (time.monotonic() - begun)
    until(5, "the end of the connection", lambda: not t.is_active())
    t.close()
    assert logged(n, r"%SEC_LOGIN-4-LOGIN_FAILED: Login failed \[user: cisco\]") >= failed + 3, n.log("ks")[-2000:]
    assert logged(n, r"%SSH-5-SSH2_USERAUTH: User '' authentication for SSH2 Session from 10\.0\.8\.254 .* Failed") == refused + 1
    status, out, err = ssh(n, "nobody\x1b[31m", "show clock", "x")
    assert status != 0 and "\x1b" not in n.log("ks")


def test_71_ssh_messages():
    n = with_key()
    assert ssh(n, "cisco", "show clock", "cisco")[0] == 0
    where = r"from 10\.0\.8\.254 \(tty = \d+\) "
    with_what = r"using crypto cipher '\S+', hmac '\S+' "
    for want in (r"%SSH-5-SSH2_SESSION: SSH2 Session request " + where + with_what + "Succeeded",
                 r"%SEC_LOGIN-5-LOGIN_SUCCESS: Login Success \[user: cisco\] \[Source: 10\.0\.8\.254\] \[localport: 22\] at ",
                 r"%SSH-5-SSH2_USERAUTH: User 'cisco' authentication for SSH2 Session " + where + with_what + "Succeeded"):
        assert re.search(want, n.log("ks")), want
    until(10, "SSH2_CLOSE", lambda: re.search(r"%SSH-5-SSH2_CLOSE: SSH2 Session " + where + r"for user 'cisco' " + with_what + "closed",
                                              n.log("ks")))


def test_72_ssh_old_algorithms():
    n = with_key()
    for option in ("KexAlgorithms=diffie-hellman-group14-sha1", "Ciphers=aes128-cbc", "MACs=hmac-sha1,umac-64@openssh.com",
                   "HostKeyAlgorithms=ssh-rsa"):
        options = ["-o", option] + (["-o", "Ciphers=aes128-ctr"] if option.startswith("MAC") else [])
        status, out, err = ssh(n, "cisco", "show clock", "cisco", options=options)
        assert status == 255, (option, status, out, err)
    until(5, "%SSH-3-NO_MATCH", lambda: re.search(r"%SSH-3-NO_MATCH: No matching \S.* found: client \S+ server \S+", n.log("ks")))
    for option in ("Ciphers=aes256-gcm@openssh.com", "Ciphers=chacha20-poly1305@openssh.com", "Ciphers=aes128-ctr",
                   "KexAlgorithms=ecdh-sha2-nistp256", "KexAlgorithms=diffie-hellman-group14-sha256", "KexAlgorithms=curve25519-sha256",
                   "HostKeyAlgorithms=rsa-sha2-256"):
        status, out, err = ssh(n, "cisco", "show clock", "cisco", options=("-o", option))
        assert status == 0, (option, status, out, err)


def test_73_ssh_dh_min_size():
    n = with_key()
    n.sh("ks", "configure terminal", "ip ssh dh min size 4096", "end")
    assert ssh(n, "cisco", "show clock", "cisco", options=("-o", "KexAlgorithms=diffie-hellman-group14-sha256"))[0] == 255
    assert ssh(n, "cisco", "show clock", "cisco", options=("-o", "KexAlgorithms=diffie-hellman-group16-sha512"))[0] == 0
    n.sh("ks", "configure terminal", "no ip ssh dh min size", "end")


def test_73_ssh_server_algorithms():
    n = with_key()
    n.sh("ks", "configure terminal", "ip ssh server algorithm encryption aes256-gcm", "ip ssh server algorithm mac hmac-sha2-512",
         "ip ssh server algorithm kex ecdh-sha2-nistp384", "ip ssh server algorithm hostkey rsa-sha2-256",
         "ip ssh server algorithm authentication keyboard", "end")
    status, out, err = ssh(n, "cisco", "show ssh", "cisco", options=("-v", "-o", "LogLevel=DEBUG1"))
    assert status == 0 and "aes256-gcm@openssh.com" in out, (status, out, err)
    assert "kex: algorithm: ecdh-sha2-nistp384" in err and "host key algorithm: rsa-sha2-256" in err, err
    for options in (("-o", "Ciphers=aes128-ctr"), ("-o", "KexAlgorithms=curve25519-sha256"),
                    ("-o", "PreferredAuthentications=password")):
        assert ssh(n, "cisco", "show clock", "cisco", options=options)[0] == 255, options
    n.sh("ks", "configure terminal", *("no ip ssh server algorithm " + a for a in ("encryption", "mac", "kex", "hostkey",
                                                                                  "authentication")), "end")
    assert "server algorithm" not in n.show("ks", "show running-config | include ssh")


def test_74_ssh_access_class():
    n = with_key()
    n.sh("ks", "configure terminal", "ip access-list standard MGMT", "permit 192.0.2.1", "exit", "line vty 0 15",
         "access-class MGMT in", "end")
    try:
        assert not connect(n).recv(64), "identification in spite of the access class"
    except ConnectionResetError:
        pass
    n.sh("ks", "configure terminal", "line vty 0 15", "no access-class MGMT in", "end")
    assert ssh(n, "cisco", "show clock", "cisco")[0] == 0


# ---- many, and hostile ----

def test_75_ssh_parallel_sessions():
    n = with_key()
    all_lines_free(n)
    shells = []
    refused = 0
    for _ in range(20):
        try:
            c = paramiko_client(n)
            ch = c.invoke_shell()
            screen(ch, "R1#")
            shells.append((c, ch))
        except Exception:
            refused += 1
    assert (len(shells), refused) == (16, 4), (len(shells), refused)
    assert "all lines are busy" in n.log("ks")
    for c, ch in shells:
        ch.send("show clock\n")
    for c, ch in shells:
        screen(ch, "UTC")
    for c, ch in shells:
        c.close()
    all_lines_free(n)
    assert ssh(n, "cisco", "show clock", "cisco")[0] == 0


def test_76_ssh_at_the_same_time():
    n = with_key()
    all_lines_free(n)
    args = n.netns("core", "sshpass", "-p", "cisco", "ssh", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                   "-o", "LogLevel=ERROR", "-o", "PubkeyAuthentication=no", "cisco@" + ADDRESS, "show clock")
    started = [subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(12)]
    out = [(p.communicate(timeout=100)[0], p.returncode) for p in started]
    assert all(status == 0 and b"UTC" in text for text, status in out), out


def test_77_ssh_half_open_makes_room():
    n = with_key()
    all_lines_free(n)
    mute = [connect(n) for _ in range(16)]
    for s in mute:
        s.recv(64)
    time.sleep(5.5)
    assert ssh(n, "cisco", "show clock", "cisco")[0] == 0
    for s in mute:
        s.close()
    all_lines_free(n)


def test_78_ssh_time_out():
    n = with_key()
    n.sh("ks", "configure terminal", "ip ssh time-out 2", "end")
    s = connect(n)
    s.settimeout(60)
    begun = time.monotonic()
    while s.recv(4096):
        pass
    assert time.monotonic() - begun > 1
    soon(begun, 12, "the end of a mute connection")
    n.sh("ks", "configure terminal", "no ip ssh time-out", "end")


def test_79_ssh_garbage():
    import random
    n = with_key()
    rng = random.Random(22)
    for i in range(40):
        s = connect(n)
        s.settimeout(0.3)
        try:
            data = bytes(rng.randrange(256) for _ in range(rng.choice((1, 16, 300, 4000))))
            if i % 2:
                data = b"SSH-2.0-x\r\n" + struct.pack(">IB", rng.choice((12, 40, 1 << 31, 35001, 0)), rng.randrange(256)) + data
            s.sendall(data)
            s.recv(65536)
            s.recv(65536)
        except OSError:
            pass
        s.close()
    all_lines_free(n)
    assert ssh(n, "cisco", "show clock", "cisco")[0] == 0


def test_80_ssh_reader_that_stops():
    n = with_key()
    c = paramiko_client(n)
    ch = c.get_transport().open_session(window_size=4096, timeout=100)
    ch.get_pty()
    ch.invoke_shell()
    screen(ch, "R1#")
    ch.send("terminal length 0\n")
    screen(ch, "R1#")
    for _ in range(200):
        ch.send("show running-config\n")
    begun = time.monotonic()
    for _ in range(5):
        n.show("ks", "show clock")
    soon(begun, 5, "the console beside a reader that stopped")
    c.close()
    all_lines_free(n)


def test_81_ssh_client_that_vanishes():
    n = with_key()
    c = paramiko_client(n)
    ch = c.invoke_shell()
    screen(ch, "R1#")
    ch.send("configure terminal\nhostname R1")
    screen(ch, "hostname")
    c.get_transport().sock.close()
    all_lines_free(n)
    until(10, "the end of the session", lambda: "cisco" not in n.show("ks", "show users"))


def test_82_ssh_terminal_is_nobody():
    n = with_key()
    all_lines_free(n)
    s = connect(n)
    s.recv(64)
    pids = until(5, "the terminal", terminals)
    assert len(pids) == 2, pids
    for pid in pids:
        with open("/proc/%d/status" % pid, encoding="ascii") as f:
            status = f.read()
        for want in (r"^Uid:\s+65534\s+65534\s+65534\s+65534", r"^CapEff:\s+0+$", r"^NoNewPrivs:\s+1", r"^Seccomp:\s+2", r"^Groups:\s*$"):
            assert re.search(want, status, re.M), status
        assert os.stat("/proc/%d/fd" % pid).st_uid == 0, "other processes of nobody can trace it"
    s.close()
    all_lines_free(n)


def test_83_ssh_configuration_replays():
    n = with_key()
    n.sh("ks", "configure terminal", "ip ssh version 2", "ip ssh time-out 60", "ip ssh authentication-retries 2",
         "ip ssh rsa keypair-name other", "ip ssh dh min size 4096", "login delay 3", "login on-failure log every 5",
         "ip ssh pubkey-chain", "username cisco", "key-hash ssh-rsa 0123456789abcdef0123456789ABCDEF me", "end")
    running = n.show("ks", "show running-config")
    for want in ("ip ssh version 2", "ip ssh time-out 60", "ip ssh authentication-retries 2", "ip ssh rsa keypair-name other",
                 "ip ssh dh min size 4096", "ip ssh logging events", "login delay 3", "login on-failure log every 5",
                 "   key-hash ssh-rsa 0123456789ABCDEF0123456789ABCDEF me"):
        assert want + "\n" in running, "no %r in\n%s" % (want, running)
    assert "SSH Disabled" in n.show("ks", "show ip ssh"), "a key that does not exist is in use"
    n.sh("ks", "write memory")
    n.stop("ks")
    n.start("ks")

    def settings(text):
        return [line for line in text.splitlines() if line and not re.match(r"Building|Current|!", line)]
    assert settings(n.show("ks", "show running-config")) == settings(running)
    n.sh("ks", "configure terminal", "no ip ssh rsa keypair-name", "no ip ssh dh min size", "no login delay", "login on-failure log",
         "no ip ssh pubkey-chain", "end")
    assert ssh(n, "cisco", "show clock", "cisco")[0] == 0
    status, out = n.sh("ks", "configure terminal", "ip ssh version 1", check=False)
    assert status == 1 and "%" in out


def test_84_ssh_off_with_the_key():
    n = with_key()
    p = n.sh("ks", "configure terminal", "crypto key zeroize rsa", "yes", "end")
    until(5, "%SSH-5-DISABLED", lambda: "%SSH-5-DISABLED: SSH 2.0 has been disabled" in n.log("ks"))
    try:
        connect(n)
        assert False, "port 22 is open without a host key"
    except ConnectionRefusedError:
        pass
    with_key()
    assert ssh(n, "cisco", "show clock", "cisco")[0] == 0, p


# ---- the tools of the field ----

NETMIKO = """
import netmiko
c = netmiko.ConnectHandler(device_type="cisco_ios", host="%s", username="cisco", password="cisco")
assert c.find_prompt() == "R1#" and c.check_enable_mode()
assert "SSH Enabled" in c.send_command("show ip ssh")
out = c.send_config_set(["ip access-list extended NETMIKO", "permit ip any any", "exit", "no ip access-list extended NETMIKO"])
assert "%%" not in out and "R1(config-ext-nacl)#" in out, out
assert c.send_command("show running-config").rstrip().endswith("end")
assert "[OK]" in c.save_config()
c.disconnect()
""" % ADDRESS


def test_85_ssh_netmiko():
    n = with_key()
    p = subprocess.run(n.netns("core", "/usr/bin/python3", "-c", NETMIKO), capture_output=True, text=True, timeout=120)
    assert p.returncode == 0, p.stderr


def test_86_ssh_clogin():
    n = with_key()
    rc = n.dir + "/cloginrc"
    with open(rc, "w", encoding="ascii") as f:
        f.write("add method * {ssh}\nadd user * cisco\nadd password * {cisco} {cisco}\nadd autoenable * 1\n"
                "add sshcmd * {ssh\\ -o\\ StrictHostKeyChecking=no\\ -o\\ UserKnownHostsFile=/dev/null}\n")
    os.chmod(rc, 0o600)
    p = subprocess.run(n.netns("core", "/usr/lib/rancid/bin/clogin", "-f", rc, "-t", "30", "-c", "show clock;show running-config", ADDRESS),
                       stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert p.returncode == 0 and "UTC" in p.stdout and "line vty 0 4" in p.stdout, p
    assert "--More--" not in p.stdout and p.stdout.count("R1#show clock") == 1, p.stdout


HOLD = """
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 22))
s.listen()
print("held", flush=True)
sys.stdin.read()
"""


def test_87_a_daemon_in_a_bad_place():
    """A port that another program has, a startup-config that cannot be written, and a signal: each is logged, and passes."""
    n = with_key()
    n.sh("ks", "configure terminal", "line vty 0 15", "transport input none", "end")
    p = subprocess.Popen(n.netns("ks", "/usr/bin/python3", "-c", HOLD), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert p.stdout.readline() == "held\n"
        n.sh("ks", "configure terminal", "line vty 0 15", "transport input ssh", "end")
        until(5, "%SYS-3-VTY_LISTEN", lambda: "%SYS-3-VTY_LISTEN: Cannot listen on TCP port 22: " in n.log("ks"))
    finally:
        p.stdin.close()
        p.wait(10)
    n.sh("ks", "configure terminal", "line vty 0 15", "transport input none", "transport input ssh", "end")
    until(20, "ssh", lambda: ssh(n, "cisco", "show clock", "cisco")[0] == 0)
    path = n.nvram("ks", "startup-config")
    os.rename(path, path + ".aside")
    os.makedirs(path + "/full")
    status, out = n.sh("ks", "write memory", check=False)
    assert status == 1 and "% Cannot write the startup-config" in out, out
    assert "%SYS-3-CFG_WRITE: Cannot write " in n.log("ks")
    os.rmdir(path + "/full")
    os.rmdir(path)
    os.rename(path + ".aside", path)
    n.sh("ks", "write memory")
    assert n.stop("ks") == 0
    assert "%SYS-5-STOP: gdoixd is stopping: Terminated" in n.log("ks")
    n.start("ks")
