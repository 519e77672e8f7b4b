"""Mail servers on this machine: a scripted one that does what the worst do, and aiosmtpd as a real peer."""
import base64
import contextlib
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import threading

import watching

HERE = pathlib.Path(__file__).resolve().parent


def make_certificate(folder, name="localhost"):
    """(certificate, key) of a server called `name`, which is its own authority."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    certificate, key = pathlib.Path(folder) / f"{name}.pem", pathlib.Path(folder) / f"{name}.key"
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    return certificate, key


class Mail:
    def __init__(self):
        self.sender, self.recipients, self.content = "", [], b""


class ScriptedServer:
    """An SMTP server that answers as `script` says: {"MAIL": [answer, ...]}, one for each time the command
    comes; the usual answer when there is none left. An answer of None hangs, "cut" hangs up. What comes after
    the content has the name "END", the greeting "GREETING"; there "cut after" and "hang after" have taken the mail
    and say nothing. `bytes_s`: so fast content is read. `token`: the right one, or what says whether one is right.
    Use with `with`."""

    def __init__(self, certificate=None, offer_tls=True, user=None, token=None, script=None, from_the_start=False,
                 port=0, bytes_s=None):
        self.script = {name: list(answers) for name, answers in (script or {}).items()}
        self.certificate, self.offer_tls = certificate, offer_tls and certificate is not None
        self.from_the_start = from_the_start
        self.user, self.token = user, token
        self.mails, self.commands, self.arrival = [], [], threading.Condition()
        self.bytes_s = bytes_s
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.stopping.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def run(self):
        while not self.stopping.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def answer(self, stream, name, usual):
        with self.arrival:
            waiting = self.script.get(name)
            text = waiting.pop(0) if waiting else usual
        if text is None:
            self.stopping.wait(watching.DEADLINE_S)
        if text is None or text == "cut":
            raise OSError("cut")
        stream.write(text.encode() + b"\r\n")
        stream.flush()
        return text

    def wrap(self, connection):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate)
        return context.wrap_socket(connection, server_side=True)

    def serve(self, connection):
        with contextlib.ExitStack() as open_ones:
            open_ones.callback(connection.close)
            try:
                self.talk(connection, open_ones)
            except (OSError, ValueError):
                pass

    def talk(self, connection, open_ones):
        is_safe = self.from_the_start
        if is_safe:
            connection = self.wrap(connection)
            open_ones.callback(connection.close)
        stream = connection.makefile("rwb")
        self.answer(stream, "GREETING", "220 scripted")
        mail = Mail()
        while line := stream.readline():
            command = line.decode("ascii", "replace").rstrip("\r\n")
            verb = command.split(" ")[0].upper().split(":")[0]
            with self.arrival:
                self.commands.append(command)
                self.arrival.notify_all()
            if verb in ("EHLO", "HELO"):
                extensions = ["250-scripted", "250-8BITMIME"]
                if self.offer_tls and not is_safe:
                    extensions.append("250-STARTTLS")
                if self.user:
                    extensions.append("250-AUTH " + ("XOAUTH2" if self.token else "PLAIN"))
                self.answer(stream, verb, "\r\n".join(extensions) + "\r\n250 OK")
            elif verb == "STARTTLS":
                if self.answer(stream, verb, "220 go on").startswith("220"):
                    stream.close()
                    connection = self.wrap(connection)
                    open_ones.callback(connection.close)
                    stream, is_safe = connection.makefile("rwb"), True
            elif verb == "AUTH":
                said = command.split(" ")[2:]
                if not said:
                    self.answer(stream, "CHALLENGE", "334 ")
                    said = [stream.readline().decode("ascii").strip()]
                self.answer(stream, verb, "235 welcome" if self.may(said[0]) else "535 5.7.8 no")
            elif verb == "MAIL":
                mail = Mail()
                mail.sender = command[len("MAIL FROM:"):]
                self.answer(stream, verb, "250 ok")
            elif verb == "RCPT":
                if self.answer(stream, verb, "250 ok").startswith("250"):
                    mail.recipients.append(command[len("RCPT TO:"):].strip("<>"))
            elif verb == "DATA":
                if not self.answer(stream, verb, "354 go on").startswith("354"):
                    continue
                content = b""
                while not content.endswith(b"\r\n.\r\n"):
                    line = stream.readline() or self.gone()
                    if self.bytes_s:
                        self.stopping.wait(len(line) / self.bytes_s)
                    content += line
                mail.content = content[:-3]
                if self.answer_to_content(stream, mail):
                    mail = Mail()
            elif verb == "QUIT":
                self.answer(stream, verb, "221 bye")
                return
            else:
                self.answer(stream, verb, "250 ok")

    def answer_to_content(self, stream, mail):
        with self.arrival:
            said = (self.script.get("END") or ["250 queued"])[0]
            is_lost = said in ("cut after", "hang after")  # the mail is taken, and the answer is lost
            if is_lost or said.startswith("250"):
                self.mails.append(mail)
                self.arrival.notify_all()
            if is_lost:
                self.script["END"].pop(0)
        if said == "hang after":
            self.stopping.wait(watching.DEADLINE_S)
        if is_lost:
            raise OSError("cut")
        return self.answer(stream, "END", "250 queued")

    @staticmethod
    def gone():
        raise OSError("gone")

    def may(self, said):
        said = base64.b64decode(said)
        if callable(self.token):
            user, token = said.decode().rstrip("\1").split("\1auth=Bearer ")
            return user == f"user={self.user[0]}" and self.token(token)
        if self.token:
            return said == f"user={self.user[0]}\1auth=Bearer {self.token}\1\1".encode()
        return said == f"\0{self.user[0]}\0{self.user[1]}".encode()

    def wait_for(self, count, within_s=watching.DEADLINE_S):
        with self.arrival:
            if not self.arrival.wait_for(lambda: len(self.mails) >= count, timeout=within_s):
                raise AssertionError(f"{len(self.mails)} of {count} mails came in time; said: {self.commands}")
            return list(self.mails)

    def wait_for_command(self, verb, times=1):
        def came():
            return sum(command.upper().startswith(verb) for command in self.commands) >= times
        with self.arrival:
            if not self.arrival.wait_for(came, timeout=watching.DEADLINE_S):
                raise AssertionError(f"{verb} did not come {times} times; said: {self.commands}")


REAL_PEER = """
import asyncio, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult
class Keep:
    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None,
                          "content": envelope.original_content.decode("utf-8")}), flush=True)
        return "250 kept"
def log_in(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"vedette", b"planted-secret"))
async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    make = lambda: SMTP(Keep(), tls_context=context, require_starttls=True, authenticator=log_in, auth_required=True)
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def python_with_aiosmtpd():
    """An interpreter that has it: this one, or Debian's. None when neither has."""
    for python in (sys.executable, "/usr/bin/python3"):
        probe = subprocess.run([python, "-c", "import aiosmtpd"], capture_output=True, check=False)
        if probe.returncode == 0:
            return python
    return None


class RealServer:
    """aiosmtpd, which wants STARTTLS and a log-in. Use with `with`."""

    def __init__(self, python, certificate):
        self.process = subprocess.Popen([python, "-c", REAL_PEER, *map(str, certificate)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.lines = watching.Lines(self.process.stdout)
        self.port = int(self.lines.next(watching.Deadline()))

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.kill()
        self.process.wait()
