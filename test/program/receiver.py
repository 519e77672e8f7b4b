"""A web server on this machine that takes messages as Discord, Slack or anybody's webhook would."""
import http.server
import json
import threading
import time

import watching


class Request:
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body
        self.arrived = time.monotonic()

    def json(self):
        return json.loads(self.body)


def as_discord(number, _request):
    """Discord's answer with wait=true: the message, with the id by which it can be edited."""
    return 200, {"Content-Type": "application/json"}, json.dumps({"id": str(9000 + number)})


def as_slack(_number, _request):
    return 200, {"Content-Type": "text/plain"}, "ok"


def as_anybody(_number, _request):
    return 204, {}, ""


class Receiver:
    """`answer(number, request)` gives (status, headers, body); numbers count from 1. Use with `with`."""

    def __init__(self, answer, port=0):
        self.requests, self.arrival = [], threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Request(self.command, self.path, self.headers, body)
                with receiver.arrival:
                    receiver.requests.append(request)
                    number = len(receiver.requests)
                    receiver.arrival.notify_all()
                status, headers, text = answer(number, request)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = do_PATCH = take

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a sender that is killed is no error here
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.server.shutdown()
        self.server.server_close()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def wait_for(self, count):
        """The first `count` requests."""
        with self.arrival:
            came = self.arrival.wait_for(lambda: len(self.requests) >= count, timeout=watching.DEADLINE_S)
            if not came:
                raise AssertionError(f"{len(self.requests)} of {count} requests came in time")
            return self.requests[:count]
