"""Web servers on loopback for tests of web hooks: nginx, and one that behaves as badly as it is told to."""
import json
import pathlib
import shutil
import socket
import subprocess
import threading
import unittest

from deliver.servers import Process, free_port, is_listening, wait_until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")

needs_nginx = unittest.skipUnless(NGINX, "nginx is not here")


class Nginx:
    """nginx with TLS and without. /taken takes what is posted; /404, /429, ... answer so; /moved sends elsewhere."""

    HEADERS = ("content_type", "tocsin_signature", "user_agent", "expect", "host")

    def __init__(self, folder, certificate):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.plain, self.tls, inner = free_port(), free_port(), free_port()
        self.log = self.folder / "posts"
        pem, key = certificate
        paths = "".join(f"client_body_temp_path {self.folder}/bodies;" if name == "client_body" else
                        f"{name}_temp_path {self.folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        fields = ",".join(f'"{name}":"$http_{name}"' for name in self.HEADERS)
        answers = "".join(f"location /{status} {{ {extra} return {status} '{text}'; }}\n" for status, extra, text in (
            (400, "", "what is that?"), (401, "", ""), (404, "", "no such hook"), (410, "", "gone"),
            (429, "add_header Retry-After 7 always;", "slowly"), (500, "", ""), (503, "add_header Retry-After 120 always;", "")))
        (self.folder / "conf").write_text(f"""
daemon off; master_process off; pid {self.folder}/pid; error_log {self.folder}/errors;
events {{ worker_connections 64; }}
http {{
    {paths} client_body_in_file_only on;
    log_format posts escape=json '{{"uri":"$uri","method":"$request_method","scheme":"$scheme","file":"$request_body_file",{fields}}}';
    server {{
        listen 127.0.0.1:{self.plain}; listen 127.0.0.1:{self.tls} ssl;
        ssl_certificate {pem}; ssl_certificate_key {key};
        access_log {self.log} posts;
        location /taken {{ proxy_pass http://127.0.0.1:{inner}; }}
        location /moved {{ return 307 /taken; }}
        {answers}
    }}
    server {{ listen 127.0.0.1:{inner}; access_log off; return 204; }}
}}
""")
        self.server = Process([NGINX, "-c", self.folder / "conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for port in (self.plain, self.tls):
                wait_until(lambda p=port: is_listening(p), "nginx")
        except AssertionError:
            self.stop()
            raise

    def posts(self):
        """What was posted, oldest first, each with its body."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        posts = [json.loads(line) for line in lines]
        for post in posts:
            post["body"] = pathlib.Path(post["file"]).read_bytes() if post["file"] else None
        return posts

    def wait_for_posts(self, count):
        wait_until(lambda: len(self.posts()) >= count, f"{count} posts")
        return self.posts()

    def stop(self):
        self.server.stop()


class NastyHttp:
    """Answers every request by a function of the test's own: answer(server, connection, body) writes what it likes."""

    def __init__(self, answer):
        self.answer, self.requests = answer, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.closing = threading.Event()
        self.thread = threading.Thread(target=self.accept)
        self.thread.start()

    def accept(self):
        while not self.closing.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            try:
                with connection:
                    connection.settimeout(20)
                    self.serve(connection)
            except OSError:
                pass

    def serve(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return
            data += more
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        while len(body) < length:
            body += connection.recv(65536)
        self.requests.append((head.decode("latin-1"), body))
        self.answer(self, connection, body)

    def stop(self):
        if not self.closing.is_set():
            self.closing.set()
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.thread.join(25)


def saying(*parts):
    """An answer of these bytes, and then the end."""
    def answer(_server, connection, _body):
        for part in parts:
            connection.sendall(part)
    return answer


def dripping(server, connection, _body):
    """Begins an answer and lets it drip until the client has had enough."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not server.closing.wait(0.05):
        connection.sendall(b"x")


def silent(server, connection, _body):
    connection.settimeout(0.05)
    while not server.closing.is_set():
        try:
            if not connection.recv(4096):
                return
        except TimeoutError:
            continue


def endless(_server, connection, _body):
    """Takes the message, and then talks without an end."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def many_headers(_server, connection, _body):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: " + b"x" * 4096 + b"\r\n")
