"""What the tests of `tessera serve` share: a server on a free port, and clients that behave or do not."""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "cli"))

from fixtures import PROGRAM, SOURCE_DIR, ProgramTest, make_wav, own_caches, silence  # noqa: E402, F401

BOUNDARY = "a-boundary-that-is-in-no-file"


def form(fields=(), file=b"", name="talk.wav", boundary=BOUNDARY) -> bytes:
    """A body of multipart/form-data; `file` None leaves it out."""
    body = b""
    for key, value in fields:
        value = value if isinstance(value, bytes) else str(value).encode()
        body += f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n'.encode() + value + b"\r\n"
    if file is not None:
        body += (f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
                 "Content-Type: application/octet-stream\r\n\r\n").encode() + file + b"\r\n"
    return body + f"--{boundary}--\r\n".encode()


class Answer:
    def __init__(self, response, body: bytes):
        self.status, self.headers, self.body = response.status, response.headers, body
        self.text = body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self) -> dict:
        return self.json["error"]

    def events(self) -> list:
        """What a stream of server-sent events held, without comments."""
        blocks = self.text.split("\n\n")
        assert blocks[-1] == "", "ends within an event"
        return [json.loads(block[len("data: "):]) for block in blocks[:-1] if not block.startswith(":")]


class Server:
    """`tessera serve` on a port of its own; `log` is what it has written when it has ended."""

    def __init__(self, model, *arguments, folder, wait=True, environment=None, limit=None):
        self.log_path = folder / f"server-{time.monotonic_ns()}.log"
        self.log_file = self.log_path.open("wb")
        command = [PROGRAM, "serve", "--port", "0", "-m", str(model), "--device", "cpu", "--threads", "1",
                   "-l", "en", "--batch-size", "2", "--spool-dir", str(folder), *map(str, arguments)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=self.log_file, cwd=folder,
                                        env={**os.environ, **own_caches(folder), **(environment or {})}, preexec_fn=limit)
        self.port = int(self.wait_for_line(r"listening at http://127\.0\.0\.1:(\d+)"))
        if wait:
            self.wait_for_line(r"(ready: )")

    def wait_for_line(self, pattern: str, seconds=60) -> str:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.log)
            if found:
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise AssertionError(f"no line {pattern!r} in:\n{self.log}")

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(self, method: str, path: str, body=None, headers=None) -> Answer:
        connection = self.connection()
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def get(self, path: str, **headers) -> Answer:
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, body: bytes, headers=None, boundary=BOUNDARY) -> Answer:
        return self.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={boundary}", **(headers or {})})

    def transcribe(self, file, *fields, path="/v1/audio/transcriptions", headers=None, model="whisper-1") -> Answer:
        return self.post(path, form([("model", model), *fields], file), headers)

    def metric(self, name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.get("/metrics").text, re.M)
        return float(found[1]) if found else 0.0

    def wait_until(self, name: str, value: float):
        """Waits until a metric has this value."""
        end = time.monotonic() + 60
        while self.metric(name) != value:
            assert time.monotonic() < end, self.get("/metrics").text
            time.sleep(0.01)

    def raw(self, data: bytes) -> bytes:
        """Sends bytes and returns all that comes back."""
        with self.connect() as connection:
            try:
                connection.sendall(data)
            except OSError:
                pass  # the server has heard enough
            return receive_all(connection)

    def end(self, number=signal.SIGTERM) -> int:
        """Ends the server and returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(timeout=60)
        self.log_file.close()
        return status

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log_file.close()


def receive_all(connection: socket.socket) -> bytes:
    data = b""
    try:
        while piece := connection.recv(65536):
            data += piece
    except OSError:
        pass
    return data


class ServerTest(ProgramTest):
    """One server for all tests of the class, started with `arguments`; each must leave it alive."""

    arguments = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Server(cls.model, *cls.arguments, folder=cls.shared)

    @classmethod
    def tearDownClass(cls):
        status = cls.server.end()
        log = cls.server.log
        super().tearDownClass()
        assert status == 0, log

    def setUp(self):
        super().setUp()
        self.wav = make_wav(silence(0.5))

    def tearDown(self):
        self.assertEqual(self.server.get("/health").status, 200, self.server.log)

    def assert_refused(self, answer: Answer, status: int, code: str, param=None):
        """The error's form is OpenAI's, and it says one line."""
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (status, "application/json"), answer.text)
        self.assertEqual((answer.error["code"], answer.error["param"]), (code, param), answer.text)
        self.assertNotIn("\n", answer.error["message"])
        self.assertGreater(len(answer.error["message"]), 10)

    def start(self, *arguments, **options) -> Server:
        server = Server(self.model, *arguments, folder=self.folder, **options)
        self.addCleanup(server.kill)
        return server
