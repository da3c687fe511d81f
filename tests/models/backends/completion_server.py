"""A real HTTP server on loopback that answers with a real tiny model in the format of OpenAI's completions endpoint."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from skillprobe_core.models.backend import Request, SamplingSettings
from skillprobe_core.models.backends.transformers_backend import TransformersBackend


class Server(ThreadingHTTPServer):
    """Serves one checkpoint; `faults` statuses are answered first, and `sends_ids` says whether token ids come back.

    With a `key` it answers other keys with status 401, and repeats the one that it got, as some servers do.
    """

    def __init__(self, folder, key=None, name="tiny"):
        super().__init__(("127.0.0.1", 0), Handler)
        self.backend = TransformersBackend.from_folder(folder, device="cpu")
        self.lock, self.bodies, self.faults, self.sends_ids, self.keys = Lock(), [], [], True, []
        self.key, self.served, self.at_request = key, name, lambda: None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def reply(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def is_refused(self):
        given = self.headers["Authorization"]
        if self.server.key is None or given == f"Bearer {self.server.key}":
            return False
        self.reply(401, {"error": f"the key in {given!r} is not valid"})
        return True

    def do_GET(self):
        if not self.is_refused():
            self.reply(200, {"data": [{"id": self.server.served}]})

    def do_POST(self):
        server = self.server
        server.at_request()
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.is_refused():
            return
        with server.lock:
            server.keys.append(self.headers["Authorization"])
            if server.faults:
                self.reply(server.faults.pop(), {"error": "as ordered"})
                return
            server.bodies.append(body)
            settings = SamplingSettings(
                temperature=body["temperature"],
                top_p=body["top_p"],
                max_new_tokens=body["max_tokens"],
                stop=tuple(body.get("stop", ())),
            )
            request = Request("", 0, tuple(body["prompt"]), body.get("seed"))
            (done,) = server.backend.complete([request], settings)
        choice = {"text": done.text, "finish_reason": done.finish_reason}
        self.reply(200, {"choices": [choice | ({"token_ids": done.ids} if server.sends_ids else {})]})
