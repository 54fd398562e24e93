"""A mail server and receivers of webhooks, as others have written them.

    receiver.py FOLDER PORT

Listens on loopback from PORT on: 0 http, 1 https, 2 SMTP, 3 SMTPS; and on every address: 4 SMTP
with STARTTLS, 5 SMTP without. What arrives goes to FOLDER/arrived.jsonl, a line each. How it is
answered says FOLDER/answers.json: {"http": [503, 200], "rcpt": "550 no"}; a status of 0 hangs. The
authority of the certificates is FOLDER/ca.pem; FOLDER/ready is there once all of them listen. The
secret of the webhooks and the password of the mail server are the ones below.
"""

import email
import email.policy
import http.server
import json
import logging
import pathlib
import ssl
import sys
import threading
import time

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOGIN = (b"shop", b"hunter2")

# Connections that are broken off are what tests are about.
logging.disable(logging.CRITICAL)

folder, first = pathlib.Path(sys.argv[1]), int(sys.argv[2])
lock = threading.Lock()
asked = 0


def answers():
    try:
        return json.loads((folder / "answers.json").read_text())
    except FileNotFoundError:
        return {}


def arrived(what):
    with lock, (folder / "arrived.jsonl").open("a") as file:
        file.write(json.dumps(what) + "\n")


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global asked
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            Webhook(SECRET).verify(body, headers)
            verified = True
        except WebhookVerificationError:
            verified = False
        with lock:
            statuses = answers().get("http", [])
            status = statuses[min(asked, len(statuses) - 1)] if statuses else 204
            asked += 1
        arrived({"way": "webhook", "path": self.path, "id": headers.get("webhook-id"),
                 "verified": verified, "body": json.loads(body), "status": status})
        if status == 0:
            time.sleep(600)
        self.send_response(status)
        self.send_header("location", f"http://127.0.0.1:{first}/elsewhere")
        self.send_header("content-length", "0")
        self.end_headers()

    def do_HEAD(self):
        self.send_response(405)
        self.end_headers()

    def log_message(self, *_):
        pass


class Mail:
    async def handle_RCPT(self, server, session, envelope, address, _options):
        refused = answers().get("rcpt")
        if refused is None:
            envelope.rcpt_tos.append(address)
        return refused or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: mail.get_body((kind,)).get_content()
        arrived({"way": "mail", "from": envelope.mail_from, "to": envelope.rcpt_tos,
                 "id": mail["message-id"], "subject": mail["subject"], "date": mail["date"],
                 "auto": mail["auto-submitted"], "text": part("plain"), "html": part("html"),
                 "tls": server.transport.get_extra_info("ssl_object") is not None, "login": session.authenticated})
        return "250 OK"


def authenticate(_server, _session, _envelope, _mechanism, login):
    # One that is not handled is answered by the server itself.
    return AuthResult(success=(login.login, login.password) == LOGIN, handled=False)


def listen_http(port, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Hook)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()


def listen_mail(host, port, **more):
    Controller(Mail(), hostname=host, port=port, authenticator=authenticate,
               auth_require_tls=False, **more).start()


authority = trustme.CA()
authority.cert_pem.write_to_path(folder / "ca.pem")
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
authority.issue_cert("127.0.0.1", "localhost", "0.0.0.0").configure_cert(context)
listen_http(first)
listen_http(first + 1, context)
listen_mail("127.0.0.1", first + 2)
listen_mail("127.0.0.1", first + 3, ssl_context=context)
listen_mail("0.0.0.0", first + 4, tls_context=context, require_starttls=True)
listen_mail("0.0.0.0", first + 5)
(folder / "ready").write_text("")
# Ends with whoever has started it, however that ends.
sys.stdin.read()
