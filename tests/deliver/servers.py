"""Servers on loopback for tests of delivery: certificates, Postfix, rsyslog, and a mail server that behaves as badly as it is told to.

Every server listens on a port that was free a moment ago, keeps all it has below a temporary folder, and is ended by its process id.
"""
import os
import pathlib
import pwd
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unittest

POSTFIX = shutil.which("postfix", path="/usr/sbin:/usr/bin")
RSYSLOG = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
SASLPASSWD = shutil.which("saslpasswd2", path="/usr/sbin:/usr/bin")

needs_postfix = unittest.skipUnless(POSTFIX and SASLPASSWD and os.geteuid() == 0, "Postfix, or the superuser to start it, is not here")
needs_rsyslog = unittest.skipUnless(RSYSLOG, "rsyslog is not here")


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(ready, what, seconds=20):
    """Looks until something is ready; a test fails, saying what it waited for, if that takes too long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = ready()
        if result:
            return result
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def is_listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Authority:
    """A certificate authority of the test's own, and certificates for names."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.pem"
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                     "/CN=tocsin test authority", "-keyout", self.folder / "ca.key", "-out", self.ca)

    @staticmethod
    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=60)

    def certificate(self, *names):
        """Files with certificate and key for names, of which those of digits are addresses."""
        stem = self.folder / names[0]
        alternative = ",".join(("IP:" if name[0].isdigit() else "DNS:") + name for name in names)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                     f"/CN={names[0]}", "-addext", f"subjectAltName={alternative}", "-addext", "basicConstraints=critical,CA:false",
                     "-CA", self.ca, "-CAkey", self.folder / "ca.key", "-keyout", f"{stem}.key", "-out", f"{stem}.pem")
        return pathlib.Path(f"{stem}.pem"), pathlib.Path(f"{stem}.key")


class Process:
    """A server in the foreground, ended by its process id."""

    def __init__(self, words, **options):
        self.process = subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL, **options)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Postfix:
    """Postfix with a relay on one port, and on another submission with STARTTLS and login, and on a third with TLS from the start.

    Mail for any name at example.org lands in a Maildir; full@example.org and gone@example.org are refused for now and for good.
    """

    USER, PASSWORD = "tocsin", "s3cret with a blank"

    def __init__(self, folder, certificate):
        self.folder = pathlib.Path(folder)
        self.relay, self.submission, self.smtps = free_port(), free_port(), free_port()
        self.config = self.folder / "config"
        self.mail = self.folder / "mail"
        self.log = self.folder / "log"
        owner = pwd.getpwnam("postfix")
        for name in ("config", "queue", "data", "mail", "sasl"):
            (self.folder / name).mkdir()
        for name in ("data", "mail"):
            os.chown(self.folder / name, owner.pw_uid, owner.pw_gid)
        self.folder.chmod(0o755)
        self.write_logins(owner)
        self.write_config(certificate, owner)
        self.control("start")
        try:
            for port in (self.relay, self.submission, self.smtps):
                wait_until(lambda p=port: is_listening(p), "Postfix")
        except AssertionError:
            self.stop()
            raise

    def write_logins(self, owner):
        database = self.folder / "sasl" / "sasldb2"
        subprocess.run([SASLPASSWD, "-p", "-c", "-f", database, "-u", "example.org", self.USER], check=True, capture_output=True,
                       input=self.PASSWORD.encode(), timeout=20)
        os.chown(database, owner.pw_uid, owner.pw_gid)
        (self.config / "sasl").mkdir()  # where Debian's Postfix looks for it
        (self.config / "sasl" / "smtpd.conf").write_text(
            f"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\nsasldb_path: {database}\n")

    def write_config(self, certificate, owner):
        pem, key = certificate
        recipients = self.config / "recipients"
        recipients.write_text("full@example.org 452 4.2.2 mailbox full\ngone@example.org 550 5.1.1 no such user\n")
        settings = {
            "compatibility_level": "3.6", "queue_directory": self.folder / "queue", "data_directory": self.folder / "data",
            "maillog_file": self.log, "maillog_file_prefixes": self.folder, "myhostname": "mail.example.org", "mydestination": "",
            "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4", "mynetworks": "127.0.0.0/8", "alias_maps": "",
            "alias_database": "", "virtual_mailbox_domains": "example.org", "virtual_mailbox_base": self.mail,
            "virtual_mailbox_maps": "static:all/", "virtual_uid_maps": f"static:{owner.pw_uid}",
            "virtual_gid_maps": f"static:{owner.pw_gid}", "virtual_minimum_uid": "1",
            "smtpd_recipient_restrictions": f"check_recipient_access texthash:{recipients}, reject_unauth_destination",
            "smtpd_tls_cert_file": pem, "smtpd_tls_key_file": key, "smtpd_sasl_path": "smtpd",
            "smtpd_sasl_local_domain": "example.org",
            "message_size_limit": "1000000", "smtputf8_enable": "no", "strict_8bitmime": "yes",
        }
        (self.config / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in settings.items()))
        login = "-o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject"
        services = [
            f"127.0.0.1:{self.relay} inet n - n - - smtpd",
            f"127.0.0.1:{self.submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {login}",
            f"127.0.0.1:{self.smtps} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {login}",
            "pickup unix n - n 60 1 pickup", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
            "tlsmgr unix - - n 1000? 1 tlsmgr", "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce",
            "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce", "verify unix - - n - 1 verify",
            "flush unix n - n 1000? 0 flush", "proxymap unix - - n - - proxymap", "virtual unix - n n - - virtual",
            "error unix - - n - - error", "retry unix - - n - - error", "discard unix - - n - - discard",
            "anvil unix - - n - 1 anvil", "scache unix - - n - 1 scache", "postlog unix-dgram n - n - 1 postlogd",
            "smtp unix - - n - - smtp", "local unix - n n - - local",
        ]
        (self.config / "master.cf").write_text("\n".join(services) + "\n")

    def control(self, word):
        done = subprocess.run([POSTFIX, "-c", str(self.config), word], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "MAIL_CONFIG": str(self.config)})
        if done.returncode:
            raise AssertionError(f"postfix {word}: {done.stdout}{done.stderr}")

    def mails(self):
        """The mails that arrived, as bytes, oldest first."""
        files = [*self.mail.glob("**/new/*")]
        return [path.read_bytes() for path in sorted(files, key=lambda path: path.stat().st_mtime_ns)]

    def wait_for_mails(self, count):
        wait_until(lambda: len(self.mails()) >= count, f"{count} mails")
        return self.mails()

    def stop(self):
        pid_file = self.folder / "queue" / "pid" / "master.pid"
        try:
            pid = int(pid_file.read_text())
        except (OSError, ValueError):
            return
        self.control("stop")

        def is_gone():
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            return False
        wait_until(is_gone, "the end of Postfix")


class Rsyslog:
    """rsyslog receiving by UDP, TCP and TLS; every message becomes a line of JSON with its parts."""

    TEMPLATE = (r'template(name="parts" type="list" option.jsonf="on") {'
                + "".join(f'property(outname="{out}" name="{name}" format="jsonf")' for out, name in (
                    ("pri", "pri"), ("timestamp", "timereported"), ("host", "hostname"), ("app", "app-name"), ("procid", "procid"),
                    ("msgid", "msgid"), ("data", "structured-data"), ("text", "msg"), ("input", "inputname")))
                + "}")

    def __init__(self, folder, authority):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.udp, self.tcp, self.tls = free_port(socket.SOCK_DGRAM), free_port(), free_port()
        self.out = self.folder / "messages"
        pem, key = authority.certificate("127.0.0.1", "localhost")
        (self.folder / "conf").write_text(f"""
global(workDirectory="{self.folder}" maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off"
       defaultNetstreamDriverCAFile="{authority.ca}" defaultNetstreamDriverCertFile="{pem}" defaultNetstreamDriverKeyFile="{key}")
module(load="imudp")
module(load="imtcp")
{self.TEMPLATE}
input(type="imudp" address="127.0.0.1" port="{self.udp}" name="udp")
input(type="imtcp" address="127.0.0.1" port="{self.tcp}" name="tcp")
input(type="imtcp" address="127.0.0.1" port="{self.tls}" name="tls" streamdriver.name="ossl" streamdriver.mode="1"
      streamdriver.authmode="anon")
action(type="omfile" file="{self.out}" template="parts" asyncWriting="off" ioBufferSize="1k" flushOnTXEnd="on")
""")
        self.start()

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.server = Process([RSYSLOG, "-n", "-f", self.folder / "conf", "-i", self.folder / "pid"], stdout=log,
                                  stderr=subprocess.STDOUT)
        try:
            for port in (self.tcp, self.tls):
                wait_until(lambda p=port: is_listening(p), "rsyslog")
        except AssertionError:
            self.stop()
            raise AssertionError((self.folder / "log").read_text()) from None

    def stop(self):
        self.server.stop()


class NastySmtp:
    """A mail server that follows a script: for each word of a client an answer, or a way to misbehave.

    answers maps a word (banner, EHLO, MAIL, RCPT, DATA, "." for the end of the mail, QUIT) to a text, a list of texts for the first,
    second, ... time, or one of the functions hang, drop, and babble. Everything that was received is kept.
    """

    def __init__(self, answers=None, certificate=None, is_tls=False):
        self.answers = {"banner": "220 nasty ESMTP", "EHLO": "250-nasty\r\n250 SIZE 10000000", "MAIL": "250 ok", "RCPT": "250 ok",
                        "DATA": "354 go on", ".": "250 queued", "QUIT": "221 bye", "STARTTLS": "220 go", **(answers or {})}
        self.counts, self.mails, self.words, self.connections = {}, [], [], 0
        self.is_tls = is_tls
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*map(str, certificate))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.closing = threading.Event()
        self.threads = []
        self.acceptor = threading.Thread(target=self.accept)
        self.acceptor.start()

    def accept(self):
        while not self.closing.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self.serve, args=(connection,))
            self.threads.append(thread)
            thread.start()

    def answer(self, connection, word):
        """Answers a word; False if the connection is at its end."""
        answer = self.answers.get(word, "502 what?")
        if isinstance(answer, list):
            number = self.counts.get(word, 0)
            self.counts[word] = number + 1
            answer = answer[min(number, len(answer) - 1)]
        if callable(answer):
            return answer(self, connection)
        connection.sendall(answer.encode("latin-1") + b"\r\n")
        return True

    def serve(self, connection):
        try:
            with connection:
                connection.settimeout(20)
                if not self.is_tls:
                    self.talk(connection)
                    return
                with self.context.wrap_socket(connection, server_side=True) as secured:
                    self.talk(secured)
        except (OSError, ssl.SSLError):
            pass

    def talk(self, connection):
        if not self.answer(connection, "banner"):
            return
        lines = connection.makefile("rb")
        mail = None
        for line in lines:
            if mail is not None:
                if line != b".\r\n":
                    mail.append(line[1:] if line.startswith(b".") else line)
                    if callable(self.answers.get("content")) and not self.answers["content"](self, connection):
                        return
                    continue
                self.mails.append(b"".join(mail))
                mail, word = None, "."
            else:
                word = line.split()[0].decode("latin-1").upper() if line.split() else ""
            self.words.append(line.decode("latin-1").strip() if word != "." else ".")
            if not self.answer(connection, word):
                return
            if word == "STARTTLS" and self.context:
                lines.close()
                with self.context.wrap_socket(connection, server_side=True) as secured:
                    self.talk_on(secured)
                return
            mail = [] if word == "DATA" and str(self.answers["DATA"]).startswith("354") else mail

    def talk_on(self, connection):
        """What comes behind STARTTLS: no second greeting."""
        banner, self.answers["banner"] = self.answers["banner"], lambda server, conn: True
        try:
            self.talk(connection)
        finally:
            self.answers["banner"] = banner

    def stop(self):
        if self.closing.is_set():
            return
        self.closing.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.acceptor.join(10)
        for thread in self.threads:
            thread.join(25)


def hang(server, connection):
    """Says nothing until the test is over or the client leaves."""
    connection.settimeout(0.1)
    while not server.closing.is_set():
        try:
            if not connection.recv(4096):
                return False
        except TimeoutError:
            continue
    return False


def drop(_server, connection):
    """Ends the connection in the middle of everything."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return False


def babble(_server, connection):
    """Lines that are no SMTP, and no end of them for a while."""
    connection.sendall(b"\xff\xfe\x00\x1b[2J nonsense " * 2000 + b"\r\nabc\r\n\r\n250" + b"-x" * 3000 + b"\r\n")
    return True
