"""How single processes are judged, one question a test: the table of processes, joins, accounts, paths, desktops.

Incidents (test_incidents.py) tell whole stories; here each log holds just what the question needs.
"""
import unittest

import forge
from program.support import Workbench, findings

W3WP, SVCHOST, SERVICES = (r"C:\Windows\System32" + name for name in (r"\inetsrv\w3wp.exe", r"\svchost.exe", r"\services.exe"))
CMD, NET, NOTEPAD = (r"C:\Windows\System32" + name for name in (r"\cmd.exe", r"\net.exe", r"\notepad.exe"))
OLD_SERVICES, INETINFO, OLD_CMD, OLD_NET = (r"\WINNT\system32" + name for name in
                                            (r"\services.exe", r"\inetsrv\inetinfo.exe", r"\cmd.exe", r"\net.exe"))
POOL = "pool DefaultAppPool"


def old(pid, image, creator, user="system", **more):
    """592"""
    return {"id": 592, "user": user, "pid": pid, "image": image, "creator": creator, **more}


def old_exit(pid, user, **more):
    """593"""
    return {"id": 593, "user": user, "pid": pid, **more}


def old_open(pid, path, accesses=("execute",), client="iusr", **more):
    """560"""
    return {"id": 560, "primary": "system", "client": client, "pid": pid, "object": path, "accesses": list(accesses), **more}


def new(pid, image, creator, subject="system", parent=None, **more):
    """4688"""
    fields = {"NewProcessId": pid, "NewProcessName": image, "ProcessId": creator}
    if parent:
        fields["ParentProcessName"] = parent
    return {"id": 4688, "subject": subject, **fields, **more}


def new_exit(pid, image, subject):
    """4689"""
    return {"id": 4689, "subject": subject, "ProcessId": pid, "ProcessName": image}


def sysmon(pid, image, parent_pid, parent, user="administrator", **more):
    """Sysmon 1, without GUIDs, so that the numbers count"""
    return {"id": 1, "user": user, "ProcessId": pid, "Image": image, "ParentProcessId": parent_pid, "ParentImage": parent,
            "ProcessGuid": "{00000000-0000-0000-0000-00000000%04X}" % pid,
            "ParentProcessGuid": "{00000000-0000-0000-0000-00000000%04X}" % parent_pid, **more}


class Judging(Workbench):
    """Gives logs to scan and compares who rings."""

    maxDiff = None

    def write(self, events, **head):
        log = self.folder / "log"
        forge.write({"host": "WEB01", "start": "2012-01-10T09:00:00Z", "events": events, **head}, log)
        return log

    def ringing(self, log, *options):
        """{process id: rules}"""
        return {f["process"]["pid"]: set(f["rule"]["id"]) for f in findings(*options, log)[0] if "process" in f}

    def check_evt(self, events, rings, *options, generation="2000"):
        self.assertEqual(self.ringing(self.write(events, format="evt", generation=generation), *options), rings)

    def check_evtx(self, events, rings, *options, generation="10", **head):
        self.assertEqual(self.ringing(self.write(events, format="evtx", generation=generation, **head), *options), rings)


class ProcessTable(Judging):
    """The key of a process is the record of its creation; its number is only an index."""

    SERVER = [old(212, OLD_SERVICES, 160), old(1020, INETINFO, 212)]

    def test_child_of_the_server(self):
        self.check_evt([*self.SERVER, old(1416, OLD_CMD, 1020)], {1416: {"server-child"}})

    def test_number_used_again_after_an_exit(self):
        self.check_evt([*self.SERVER, old_exit(1020, "system"), old(1020, r"\WINNT\explorer.exe", 212, "administrator"),
                        old(1416, OLD_CMD, 1020, "administrator")], {})

    def test_number_used_again_without_an_exit(self):
        """Exits are lost or not audited: a new process ends the old one."""
        self.check_evt([*self.SERVER, old(1020, r"\WINNT\explorer.exe", 212, "administrator"),
                        old(1416, OLD_CMD, 1020, "administrator")], {})

    def test_number_of_a_shell_used_again(self):
        """What an innocent process starts under the number of an ended shell is not the shell's."""
        self.check_evt([*self.SERVER, old(1416, OLD_CMD, 1020), old_exit(1416, "system"), old(1416, r"\WINNT\system32\mmc.exe", 212, "administrator"),
                        old(1500, OLD_NET, 1416, "administrator")], {1416: {"server-child"}})

    def test_number_used_again_by_another_child_of_the_server(self):
        """Two processes of one number are two findings."""
        log = self.write([*self.SERVER, old(1416, OLD_CMD, 1020), old_exit(1416, "system"), old(1416, OLD_NET, 1020)], format="evt", generation="2000")
        self.assertEqual([f["process"]["executable"] for f in findings(log)[0]], [OLD_CMD, OLD_NET])

    def test_boot_ends_all(self):
        """Numbers of before the boot mean nothing behind it."""
        self.check_evt([*self.SERVER, {"id": 512, "user": "none", "after": "1h"}, old(1416, OLD_CMD, 1020, "administrator")], {})
        self.check_evtx([new(0x200, SERVICES, 0x100), new(0x300, W3WP, 0x200, target=POOL), {"id": 4608, "after": "1h"},
                         new(0x400, CMD, 0x300, "administrator")], {}, generation="7")

    def test_unknown_parent(self):
        """The server's start is not in the log: without a witness nobody rings, the account is one."""
        self.check_evt([old(1416, OLD_CMD, 1020), old(1500, OLD_NET, 1416, "administrator")], {})
        self.check_evt([old(1416, OLD_CMD, 1020, "iusr")], {1416: {"account-start"}})

    def test_lineage_of_three_generations(self):
        self.check_evt([*self.SERVER, old(1416, OLD_CMD, 1020), old(1500, OLD_CMD, 1416), old(1600, OLD_NET, 1500)],
                       {1416: {"server-child"}, 1500: {"server-child"}, 1600: {"server-child"}})

    def test_audit_ids(self):
        """NT 4: large unsigned numbers instead of process ids; they are one space in 592, 593 and 560."""
        self.check_evt([old(2157796800, OLD_SERVICES, 2147483904), old(4285605632, INETINFO, 2157796800), old(2209180864, OLD_CMD, 4285605632),
                        old_exit(2209180864, "iusr")], {2209180864: {"server-child", "account-joined"}}, generation="nt4")

    def test_a_worker_that_is_known_by_its_parent_image_alone(self):
        """10 and later name the parent's program in the record."""
        self.check_evtx([new(0x400, CMD, 0x300, "administrator", W3WP)], {0x400: {"server-child"}})


class Joins(Judging):
    """What one event does not say, another does."""

    SERVER = ProcessTable.SERVER

    def test_start_and_exit(self):
        """592 has the program, 593 the account."""
        self.check_evt([old(1416, OLD_CMD, 99), old_exit(1416, "iusr")], {1416: {"account-joined"}})

    def test_exit_of_another_boot(self):
        self.check_evt([old(1416, OLD_CMD, 99), {"id": 512, "user": "none"}, old_exit(1416, "iusr")], {})

    def test_exit_before_the_start(self):
        """An exit belongs to what was started before it."""
        self.check_evt([old_exit(1416, "iusr"), old(1416, OLD_CMD, 99)], {})

    def test_exit_alone(self):
        """593 of 2000 without a program and without a start: nothing to judge. XP has the program in it."""
        self.check_evt([old_exit(1416, "iusr")], {})
        self.check_evt([old_exit(1416, "iusr", image=r"C:\WINDOWS\system32\cmd.exe")], {1416: {"account-exit"}}, generation="xp")
        self.check_evt([old_exit(1416, "iusr", image="-")], {1416: {"account-exit"}}, generation="xp")

    def test_new_start_and_exit(self):
        """7 to 2012 R2: the start names who started it, the exit who it was."""
        self.check_evtx([new(0x400, CMD, 0x300), new_exit(0x400, CMD, "iusr")], {0x400: {"account-exit", "account-joined"}}, generation="7")

    def test_token(self):
        """600 and 4696 name the account of the new process at its start."""
        self.check_evt([old(1416, r"C:\WINDOWS\system32\cmd.exe", 1020),
                        {"id": 600, "user": "system", "pid": 1020, "image": r"C:\WINDOWS\system32\inetsrv\inetinfo.exe", "target": "iusr",
                         "target.pid": 1416, "target.image": r"C:\WINDOWS\system32\cmd.exe"}],
                       {1416: {"account-start", "server-child"}}, generation="xp")

    def test_libraries_make_no_noise(self):
        self.check_evt([*self.SERVER, old_open(1020, r"C:\WINNT\system32\odbc32.dll"), old_open(1020, r"C:\inetpub\scripts\x.txt")], {})

    def test_a_file_of_any_name_that_is_started(self):
        """It rings as soon as it is started, by the process that opened it, soon after."""
        path = r"C:\inetpub\scripts\x.txt"
        self.check_evt([*self.SERVER, old_open(1020, path), old(1416, path[2:], 1020, after="1s")],
                       {1416: {"account-open", "account-joined", "server-child"}})
        self.check_evt([old_open(1020, path), old(1416, path[2:], 1024, after="1s")], {})      # of somebody else
        # Another time and far away in the log, or another file: below a server all the same, who else impersonates IUSR?
        others = [old_exit(9999, "system", repeat=250), old(1416, path[2:], 1020, after="10m")]
        self.check_evt([old_open(1020, path), *others], {1416: {"server-child"}})
        self.check_evt([old_open(1020, path), old(1416, r"\other\x.txt", 1020, after="1s")], {1416: {"server-child"}})

    def test_opened_and_not_started(self):
        log = self.write([*self.SERVER, old_open(1020, r"C:\WINNT\system32\tftp.exe")], format="evt", generation="2000")
        found = findings(log)[0]
        self.assertEqual([(f["process"]["executable"], f["rule"]["id"], f["tocsin"]["severity"]) for f in found],
                         [(r"C:\WINNT\system32\tftp.exe", ["account-open"], "likely")])

    def test_opened_otherwise(self):
        """Read, refused, by somebody who is not the web server, or no file."""
        cmd = r"C:\WINNT\system32\cmd.exe"
        key = ["Security", "File", cmd, "868", "0", "57614", "1020", "SYSTEM", "NT AUTHORITY", "(0x0,0x3E7)", "IUSR_WEB01", "WEB01",
               "(0x0,0xB1A2)", "%%4421\r\n\t\t\t", "-"]
        as_iusr = {"id": 560, "sid": Sources.SID}
        self.assertEqual(len(findings(self.write([{**as_iusr, "strings": key}], format="evt", generation="2000"))[0]), 1)
        for event in (old_open(1020, cmd, ["read", "read-control"]), old_open(1020, cmd, type=16), old_open(1020, cmd, client="administrator"),
                      old_open(1020, cmd, client="none"), {**as_iusr, "strings": ["Security", "Key", *key[2:]]}):
            with self.subTest(event=event):
                self.check_evt([*self.SERVER, event], {})

    def test_logon_session(self):
        """The logon id of a web account's logon names it whatever the record says."""
        logon = {"id": 540, "user": {"sid": "S-1-5-21-1-2-3-1001", "name": "IUSR_WEB01", "domain": "WEB01", "logon": 0xB1A2}, "logon_type": 3}
        other = {"sid": "", "name": "GUEST-7", "domain": "WEB01", "logon": 0xB1A2}
        self.check_evt([logon, old(1416, OLD_CMD, 99, other)], {1416: {"account-start"}})
        self.check_evt([logon, old(1416, OLD_CMD, 99, {**other, "logon": 0xB1A3})], {})


class Accounts(Judging):
    """SID first, then logon session, then name."""

    def start(self, account, rings, key="subject", **more):
        self.check_evtx([new(0x400, CMD, 0x300, **{key: account}, **more)], {0x400: {"account-start"}} if rings else {})

    def test_well_known(self):
        for account in ("iusr", POOL, "pool Shop", {"sid": "S-1-5-82-1-2-3-4-5", "name": "x", "domain": "y", "logon": 5}):
            with self.subTest(account=account):
                self.start(account, True)
        for account in ("system", "network service", "local service", "administrator", "anonymous"):
            with self.subTest(account=account):
                self.start(account, False)

    def test_a_name_does_not_change_who_it_is(self):
        """SYSTEM that calls itself IUSR is SYSTEM; IUSR under another name is IUSR."""
        self.start({"sid": "S-1-5-18", "name": "IUSR_WEB01", "domain": "WEB01", "logon": 0x3E7}, False)
        self.start({"sid": "S-1-5-17", "name": "svc", "domain": "NT AUTHORITY", "logon": 0x3E3}, True)

    def test_target_before_subject(self):
        """4688 of 10 names both: the new process is the target's."""
        self.check_evtx([new(0x400, CMD, 0x300, "system", target="iusr")], {0x400: {"account-start"}})
        self.check_evtx([new(0x400, CMD, 0x300, POOL, target="administrator")], {})
        self.check_evtx([new(0x400, CMD, 0x300, POOL, target="none")], {0x400: {"account-start"}})

    def test_account_of_ones_own(self):
        """--account by SID and by name."""
        users = {"farm": {"sid": "S-1-5-21-1-2-3-1210", "name": "svc-farm", "domain": "CORP", "logon": 0x7C3D1}}
        event = new(0x400, CMD, 0x300, "farm")
        self.check_evtx([event], {}, users=users)
        for name in ("S-1-5-21-1-2-3-1210", r"corp\SVC-FARM", "svc-farm", "svc-*"):
            with self.subTest(name=name):
                self.check_evtx([event], {0x400: {"account-start"}}, "--account", name, users=users)
        self.check_evtx([event], {}, "--account", r"OTHER\svc-farm", users=users)

    def test_change_of_account(self):
        """Below a pool, but SYSTEM: the loudest."""
        log = self.write([new(0x300, W3WP, 0x200, target=POOL), new(0x400, NOTEPAD, 0x300, POOL), new(0x500, CMD, 0x400, POOL, target="system")],
                         format="evtx", generation="10")
        found = {f["process"]["pid"]: f for f in findings(log)[0]}
        self.assertEqual(set(found), {0x400, 0x500})
        self.assertEqual((found[0x400]["tocsin"]["severity"], found[0x500]["tocsin"]["severity"]), ("certain", "critical"))
        self.assertIn("account-change", found[0x500]["rule"]["id"])
        self.assertEqual(found[0x500]["user"]["id"], "S-1-5-18")
        self.assertEqual(len({f["tocsin"]["incident_id"] for f in found.values()}), 1)


class Sources(Judging):
    """Only the security log's own source counts."""

    SID = "S-1-5-21-1-2-3-1001"

    def test_other_sources(self):
        strings = ["1416", OLD_CMD, "99", "IUSR_WEB01", "WEB01", "(0x0,0xB1A2)"]
        self.check_evt([{"id": 592, "source": "Security", "sid": self.SID, "strings": strings}], {1416: {"account-start"}})
        self.check_evt([{"id": 592, "source": "SNA Server", "sid": self.SID, "strings": strings}], {})
        self.check_evtx([new(0x400, CMD, 0x300, "iusr", channel="Application")], {})
        fields = {"SubjectUserSid": "S-1-5-17", "SubjectUserName": "IUSR", "SubjectDomainName": "NT AUTHORITY", "NewProcessId": "0x400", "NewProcessName": CMD}
        for provider, rings in (("Microsoft-Windows-Security-Auditing", {0x400: {"account-start"}}), ("Microsoft-Windows-Security-SPP", {})):
            event = {"id": 4688, "provider": provider, "guid": "", "channel": "Security", "fields": fields}
            self.check_evtx([event], rings)


class Lists(Judging):
    """Nothing that is not exactly the listed program passes for it."""

    PERL = r"C:\Perl\bin\perl.exe"
    SAME = [PERL, r"c:\PERL\Bin\PERL.EXE", r"\??\C:\Perl\bin\perl.exe", r"\\?\C:\Perl\bin\perl.exe"]
    OTHERS = [r"C:\Perl\bin\perl.exe ", r"C:\Perl\bin\perl.exe.", r"C:\Perl \bin\perl.exe", r"C:\Perl.\bin\perl.exe", r"D:\Perl\bin\perl.exe",
              r"C:\Perl\bin\..\bin\perl.exe", r"C:\Perl\.\bin\perl.exe", "C:/Perl/bin/perl.exe", r"C:\Perl\\bin\perl.exe", r"C:\PERL~1\bin\perl.exe",
              r"C:\Perl\bin\PERL~1.EXE", r"C:\Perl\bin\perl.exe:x", r"C:\Perl\bin\x:perl.exe", r"\\WEB01\C$\Perl\bin\perl.exe",
              r"\Device\Mup\WEB01\C$\Perl\bin\perl.exe", r"\Device\WebDavRedirector\host\Perl\bin\perl.exe", r"\\?\UNC\WEB01\C$\Perl\bin\perl.exe",
              r"\Device\HarddiskVolume2\Perl\bin\perl.exe", r"\Device\HarddiskVolumeShadowCopy3\Perl\bin\perl.exe", r"\\tsclient\c\Perl\bin\perl.exe",
              r"\\.\C:\Perl\bin\perl.exe", r"\Perl\bin\perl.exe", "perl.exe", "C:\\Perl\\bin\\p\u0435rl.exe", "C:\\Perl\\bin\\\u202eperl.exe",
              "C:\\Perl\\bin\\perl\u200b.exe", "C:\\Perl\\bin\\perl.exe\u00a0", "C:\\Perl\\bin\\perl.exe\x00.txt", "\uff23:\\Perl\\bin\\perl.exe",
              r"X:\C:\Perl\bin\perl.exe", r"C:\Perl\bin\perl.exe\perl.exe", "-", ""]

    def judge(self, path):
        return self.ringing(self.write([new(0x400, path, 0x300, POOL)], format="evtx", generation="10"), "--allow", self.PERL)

    def test_same(self):
        for path in self.SAME:
            with self.subTest(path=path):
                self.assertEqual(self.judge(path), {})

    def test_others(self):
        for path in self.OTHERS:
            with self.subTest(path=path):
                self.assertEqual(self.judge(path), {0x400: {"account-start"}})

    def test_without_drive(self):
        """592 of 2000 cannot name the drive: the rest of the path decides. 4688 can, so there it is another path."""
        self.check_evt([old(1416, r"\Perl\bin\perl.exe", 99, "iusr")], {}, "--allow", self.PERL)
        self.check_evt([old(1416, r"\Perl\perl.exe", 99, "iusr")], {1416: {"account-start"}}, "--allow", self.PERL)

    def test_volumes(self):
        """A volume that the configuration names is a drive."""
        configuration = self.folder / "tocsin.yaml"
        configuration.write_text("allow: ['%s']\nvolumes: [{device: '\\Device\\HarddiskVolume2', drive: 'C:'}]\n" % self.PERL, encoding="utf-8")
        for volume, rings in ((2, {}), (3, {0x400: {"account-start"}}), (22, {0x400: {"account-start"}})):
            log = self.write([new(0x400, r"\Device\HarddiskVolume%d\Perl\bin\perl.exe" % volume, 0x300, POOL)], format="evtx", generation="10")
            self.assertEqual(self.ringing(log, "--config", configuration), rings)

    def test_children_of_a_listed_program(self):
        """They are judged all the same."""
        self.check_evtx([new(0x300, W3WP, 0x200, target=POOL), new(0x400, self.PERL, 0x300, POOL), new(0x500, CMD, 0x400, POOL)],
                        {0x500: {"account-start", "server-child"}}, "--allow", self.PERL)

    def test_listed_parents(self):
        """csc.exe below the server is needed, cvtres.exe below csc.exe; below a shell neither is."""
        csc, cvtres = (r"C:\Windows\Microsoft.NET\Framework64\v4.0.30319" + name for name in (r"\csc.exe", r"\cvtres.exe"))
        server = [new(0x300, W3WP, 0x200, target=POOL)]
        self.check_evtx([*server, new(0x400, csc, 0x300, POOL), new(0x500, cvtres, 0x400, POOL)], {})
        self.check_evtx([*server, new(0x400, CMD, 0x300, POOL), new(0x500, csc, 0x400, POOL)],
                        {pid: {"account-start", "server-child"} for pid in (0x400, 0x500)})


class Desktops(Judging):
    """A program that may be a web server or not, on somebody's desktop, is none."""

    NODE = r"C:\Program Files\nodejs\node.exe"
    HEAD = {"channel": "Microsoft-Windows-Sysmon/Operational"}

    def test_npm_install(self):
        """A developer at work: explorer, a shell, node, its helpers."""
        explorer = r"C:\Windows\explorer.exe"
        self.check_evtx([sysmon(100, CMD, 90, explorer, TerminalSessionId=1), sysmon(110, self.NODE, 100, CMD, TerminalSessionId=1),
                         sysmon(120, CMD, 110, self.NODE, TerminalSessionId=1), sysmon(130, self.NODE, 120, CMD, TerminalSessionId=1)], {}, **self.HEAD)

    def test_in_a_terminal_session(self):
        """The shell's start was not seen; the session tells."""
        self.check_evtx([sysmon(110, self.NODE, 100, r"C:\x\code.exe", TerminalSessionId=2), sysmon(120, CMD, 110, self.NODE, TerminalSessionId=2)],
                        {}, **self.HEAD)

    def severities(self, events):
        log = self.write(events, format="evtx", generation="10", **self.HEAD)
        return {f["process"]["pid"]: f["tocsin"]["severity"] for f in findings(log)[0]}

    def test_without_a_desktop(self):
        """Nobody can tell: possible. Below a service: likely, as of a server whose account tells: certain."""
        child = sysmon(120, CMD, 110, self.NODE, "system", TerminalSessionId=0)
        self.assertEqual(self.severities([sysmon(110, self.NODE, 100, r"C:\x\y.exe", TerminalSessionId=0),
                                          sysmon(120, CMD, 110, self.NODE, TerminalSessionId=0)]), {120: "possible"})
        self.assertEqual(self.severities([sysmon(110, self.NODE, 100, SERVICES, "system", TerminalSessionId=0), child]), {120: "likely"})
        self.assertEqual(self.severities([sysmon(110, self.NODE, 100, W3WP, POOL, TerminalSessionId=0), sysmon(120, CMD, 110, self.NODE, POOL)]),
                         {120: "certain"})

    def test_a_shell_at_the_desk(self):
        """An administrator's programs never ring, whatever the server's are called."""
        self.check_evtx([new(0x300, W3WP, 0x200, target=POOL), new(0x600, r"C:\Windows\explorer.exe", 0x500, "administrator"),
                         new(0x700, CMD, 0x600, "administrator"), new(0x800, NET, 0x700, "administrator")], {})


if __name__ == "__main__":
    unittest.main()
