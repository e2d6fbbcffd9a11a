"""A bad line: an HTTP proxy that loses answers, repeats requests, delays, refuses and shuffles."""

from __future__ import annotations

import http.client
import http.server
import json
import random
import socket
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

FAULTS = {"cut": 3, "lost": 4, "repeat": 5, "error": 3, "late": 4, "shuffle": 10}
"""In a hundred requests. ``cut``: before it is forwarded; ``lost``: carried out, the answer is not
given; ``repeat``: carried out twice; ``error``: 500 without asking; ``late``: up to two seconds;
``shuffle``: the results of a search in another order."""
_HOP = {"transfer-encoding", "connection", "content-length", "keep-alive"}


class Line:
    """One line and what went wrong on it."""

    def __init__(self, target, seed):
        self.target = urlsplit(target)
        self.is_bad = False
        self.struck = Counter()
        self._chance, self._lock = random.Random(seed), threading.Lock()
        self.address = ""

    def draw(self):
        """Return the fault of the next request, and how long a delay would be."""
        with self._lock:
            roll, wait = self._chance.random() * 100, self._chance.uniform(0.1, 2)
            for fault, share in FAULTS.items():
                if roll < share:
                    if self.is_bad:
                        self.struck[fault] += 1
                        return fault, wait
                    break
                roll -= share
            return "", wait

    def forward(self, method, path, headers, body):
        """Ask the target; return its answer and content."""
        onward = http.client.HTTPConnection(self.target.hostname, self.target.port, timeout=60)
        with suppress(OSError):
            onward.connect()
            onward.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            onward.request(method, path, body, headers)
            answer = onward.getresponse()
            return answer, answer.read()
        finally:
            onward.close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    line: Line

    def carry(self):
        self.close_connection = True
        try:
            self._carry()
        except (OSError, http.client.HTTPException):
            with suppress(OSError):  # the target is dead: whoever asks sees a broken connection
                self.connection.shutdown(socket.SHUT_RDWR)

    def _carry(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault, wait = self.line.draw()
        if fault == "cut":
            raise ConnectionError
        if fault == "error":
            self._answer(500, [], b"{}")
            return
        if fault == "late":
            time.sleep(wait)
        headers = {k: v for k, v in self.headers.items() if k.lower() != "connection"}
        answer, content = self.line.forward(self.command, self.path, headers, body)
        if fault == "repeat":
            answer, content = self.line.forward(self.command, self.path, headers, body)
        if fault == "lost":
            raise ConnectionError
        if fault == "shuffle" and self.path.endswith("/search"):
            content = _shuffled(content)
        kept = [one for one in answer.getheaders() if one[0].lower() not in _HOP]
        self._answer(answer.status, kept, content)

    def _answer(self, status, headers, content):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = carry  # noqa: N815

    def log_message(self, *_):
        """Say nothing."""


def _shuffled(content):
    """Return a page of results in the opposite order: last change first."""
    try:
        page = json.loads(content)
        page["results"].reverse()
    except (ValueError, KeyError, TypeError):
        return content
    return json.dumps(page).encode()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_):
        """A connection that breaks is what this line is for."""


@contextmanager
def line_to(target, seed):
    """Hold a line to the address `target`; it is good until told otherwise."""
    line = Line(target, seed)
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"line": line}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    line.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
