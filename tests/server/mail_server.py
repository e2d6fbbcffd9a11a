"""A real SMTP server (RFC 5321) on this machine, for tests: it keeps what it takes, or refuses."""

import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 essai")
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            if word == "QUIT":
                self.say("221 au revoir")
                return
            if word == "DATA" and self.server.accepts:
                self.say("354 allez-y")
                self.server.keep(b"".join(iter(self.next_line, b"")))
                self.say("250 pris")
            elif word == "RCPT" and not self.server.accepts:
                self.say("451 plus tard")
            else:
                self.say("250 bien")

    def next_line(self):
        """Return a line of the message; nothing at its end. A leading dot was doubled."""
        line = self.rfile.readline()
        return b"" if line == b".\r\n" else line.removeprefix(b".")

    def say(self, words):
        self.wfile.write(words.encode() + b"\r\n")


class MailServer(socketserver.ThreadingTCPServer):
    """Takes mail while :attr:`accepts` is true; else asks to come again."""

    daemon_threads = allow_reuse_address = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), _Session)
        self.accepts, self.taken = True, []

    @property
    def port(self):
        return self.server_address[1]

    def keep(self, data):
        self.taken.append(message_from_bytes(data, policy=default))


@contextmanager
def mail_server(port=0):
    """Serve for the time of the block."""
    with MailServer(port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
