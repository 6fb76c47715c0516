"""A server on the loopback that answers as a test tells it to, over HTTP or HTTPS."""

import http.server
import re
import socket
import ssl
import struct
import subprocess
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.close_connection = True
        with self.server.lock:
            self.server.seen.append((self.path, self.headers))
        try:
            self.server.answers.get(self.path, status(404))(self)
        except OSError:  # the program has gone, which may be what is tested
            pass

    def log_message(self, *_):
        pass

    def send(self, code: int, headers: dict, body: bytes = b""):
        self.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def reset(self):
        """Ends the connection as a crash would."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


class Server(http.server.ThreadingHTTPServer):
    """`answers` maps a path to a function of the handler; `seen` are the requests that came."""

    daemon_threads = True

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.seen, self.lock = {}, [], threading.Lock()
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server_port}"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def handle_error(self, *_):
        pass  # a client that does not trust the certificate, or has gone

    def close(self):
        self.shutdown()
        self.thread.join()
        self.server_close()

    def ranges(self) -> list:
        return [headers.get("Range") for _, headers in self.seen]


def make_certificate(folder, name: str):
    """A certificate for `name` ("IP:127.0.0.1") that vouches for itself, and its key: two paths."""
    files = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=tessera test", "-addext", "subjectAltName=" + name, "-out", files[0], "-keyout", files[1]],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    return files


def status(code: int, **headers):
    """An answer without a body; `headers` with '_' for '-'."""
    return lambda handler: handler.send(code, {name.replace("_", "-"): value for name, value in headers.items()})


def redirect(location: str, code: int = 302):
    return status(code, Location=location)


def partial(handler, body: bytes, etag):
    """The part that the request asks for: status, headers and body."""
    wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    condition = handler.headers.get("If-Range")
    headers = {"ETag": etag}
    if not wanted or condition not in (None, etag):
        return 200, headers, body
    first = int(wanted[1])
    if first >= len(body):
        return 416, {**headers, "Content-Range": f"bytes */{len(body)}"}, b""
    return 206, {**headers, "Content-Range": f"bytes {first}-{len(body) - 1}/{len(body)}"}, body[first:]


def file(body: bytes, etag: str = '"one"', ranges: bool = True):
    """A file as servers serve it, or as those do that know no ranges."""
    def answer(handler):
        if ranges:
            handler.send(*partial(handler, body, etag))
        else:
            handler.send(200, {"ETag": etag}, body)
    return answer


def cut(body: bytes, after: int, reset: bool = False, ranges: bool = True, etag: str = '"one"'):
    """Of every answer `after` bytes come, and then the connection ends."""
    def answer(handler):
        code, headers, rest = partial(handler, body, etag) if ranges else (200, {}, body)
        handler.send(code, {**headers, "Content-Length": str(len(rest))}, rest[:after])
        if reset:
            handler.reset()
    return answer


def in_turn(*answers):
    """The first answer for the first request, and so on; the last one for all that follow."""
    waiting = list(answers)
    return lambda handler: (waiting.pop(0) if len(waiting) > 1 else waiting[0])(handler)


def chunked(*pieces: bytes, end: bool = True):
    """A body of which the server does not tell the size."""
    def answer(handler):
        handler.send(200, {"Content-Length": None, "Transfer-Encoding": "chunked"})
        for piece in pieces:
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if end:
            handler.wfile.write(b"0\r\n\r\n")
    return answer


def held(body: bytes, after: int, go_on: threading.Event, reached: threading.Event = None):
    """`after` bytes, and the rest when `go_on` is set."""
    def answer(handler):
        code, headers, rest = partial(handler, body, '"one"')
        handler.send(code, {**headers, "Content-Length": str(len(rest))}, rest[:after])
        if reached:
            reached.set()
        go_on.wait(60)
        handler.wfile.write(rest[after:])
    return answer
