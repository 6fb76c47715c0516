"""`tessera download` against a server that does all that servers and networks do."""

import hashlib
import os
import pathlib
import pty
import random
import resource
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from fixtures import PROGRAM, ProgramTest
from model_server import (Server, chunked, cut, file, held, in_turn, make_certificate, redirect, status)

BODY = b"PK\x03\x04" + random.Random(1).randbytes(300_000)
OTHER = b"PK\x03\x04" + random.Random(2).randbytes(300_000)
BASE_SHA256 = "ed3a0b6b1c0edf879ad9b11b1af5a0e6ab5db9205f891f668f8b0e6c6326e34e"
BASE_PATH = f"/main/whisper/models/{BASE_SHA256}/base.pt"


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


class DownloadTest(ProgramTest):
    """A server, an empty cache, and BODY as what shall come."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="tessera-download-"))

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))
        self.server = self.serve()
        self.cache = self.folder / "cache" / "models"
        self.target = self.cache / "model.pt"
        self.part = self.cache / "model.pt.part"

    def serve(self, certificate=None) -> Server:
        server = Server(certificate)
        self.addCleanup(server.close)
        return server

    def environment(self, **variables) -> dict:
        clean = {name: value for name, value in os.environ.items()
                 if not name.lower().endswith("_proxy") and name not in ("TESSERA_MIRROR", "CURL_CA_BUNDLE", "SSL_CERT_FILE",
                                                                         "SSL_CERT_DIR")}
        return {**clean, "HOME": str(self.folder), "TESSERA_CACHE": str(self.folder / "cache"), **variables}

    def command(self, *options, url: str = None) -> list:
        return ["download", url or self.server.url + "/model.pt", "--sha256", sha256(BODY), *options]

    def download(self, *options, url: str = None, env: dict = None, **more) -> subprocess.CompletedProcess:
        return self.run_program(*self.command(*options, url=url), env=self.environment(**(env or {})), **more)

    def answer(self, answer, path: str = "/model.pt"):
        self.server.answers[path] = answer

    def begin_part(self, body: bytes, etag: str = ""):
        """As an earlier download left it."""
        self.cache.mkdir(parents=True, exist_ok=True)
        self.part.write_bytes(body)
        if etag:
            (self.cache / "model.pt.part.etag").write_text(f"{self.server.url}/model.pt\n{etag}\n")

    def assert_there(self, done: subprocess.CompletedProcess):
        """The file, and nothing else."""
        self.assert_done(done)
        self.assertEqual(done.out, str(self.target) + "\n")
        self.assertEqual(self.names("cache/models"), ["model.pt"])
        self.assertEqual(self.target.read_bytes(), BODY)

    def assert_nothing_there(self):
        self.assertEqual([path for path in self.folder.rglob("*") if path.is_file()], [])


class Whole(DownloadTest):
    def test_comes_once(self):
        self.answer(file(BODY))
        self.assert_there(self.download())
        self.assert_there(self.download())
        self.assertEqual(self.server.ranges(), [None])
        self.assertTrue(self.server.seen[0][1]["User-Agent"].startswith("tessera/"))

    def test_to_another_folder_under_another_name(self):
        self.answer(file(BODY))
        done = self.download("--model-dir", "here", "--name", "mine")
        self.assert_done(done)
        self.assertEqual(done.out, "here/mine.pt\n")
        self.assertEqual((self.folder / "here/mine.pt").read_bytes(), BODY)
        self.assertIn("mine", self.run_program("models", "--model-dir", "here", env=self.environment()).out)

    def test_size_is_not_told(self):
        self.answer(chunked(BODY[:1000], BODY[1000:]))
        self.assert_there(self.download())

    def test_file_with_other_content_is_replaced(self):
        self.cache.mkdir(parents=True)
        self.target.write_bytes(OTHER)
        self.answer(file(BODY))
        self.assert_there(self.download())

    def test_local_files_only(self):
        self.answer(file(BODY))
        self.assert_fails(self.download("--local-files-only"), "model.pt: is not there")
        self.assert_nothing_there()
        self.cache.mkdir(parents=True)
        self.target.write_bytes(OTHER)
        self.assert_fails(self.download("--local_files_only", "True"), "has another SHA-256")
        self.target.write_bytes(BODY)
        self.assert_there(self.download("--local-files-only"))
        self.assertEqual(self.server.seen, [])

    def test_names_are_the_official_ones(self):
        done = self.run_program("download", "--list", env=self.environment())
        self.assertEqual(done.out.split(), ["tiny.en", "tiny", "base.en", "base", "small.en", "small", "medium.en", "medium",
                                            "large-v1", "large-v2", "large-v3", "large", "large-v3-turbo", "turbo", "silero-vad"])

    def test_secrets_are_not_printed(self):
        done = self.download(url=self.server.url.replace("://", "://user:hush@") + "/none.pt?token=psst")
        self.assert_fails(done, "/none.pt: the server answered 404")
        self.assertNotIn("hush", done.err)
        self.assertNotIn("psst", done.err)
        self.assertIn("Basic ", self.server.seen[0][1]["Authorization"])


class Resumed(DownloadTest):
    def test_next_call_goes_on_after_a_cut(self):
        for reset in (False, True):
            self.answer(in_turn(cut(BODY, 100_000, reset), file(BODY)))
            failed = self.download("--retries", "0")
            self.assert_fails(failed, "the connection was cut after ")
            self.assertIn(f" of {len(BODY)} bytes; they stay", failed.err)
            self.assertFalse(self.target.exists())
            there = self.part.stat().st_size
            self.assertEqual(self.part.read_bytes(), BODY[:there])
            self.assertTrue(reset or there == 100_000)
            self.server.seen.clear()
            self.assert_there(self.download("--retries", "0"))
            if there:
                self.assertEqual(self.server.ranges(), [f"bytes={there}-"])
                self.assertEqual(self.server.seen[0][1]["If-Range"], '"one"')
            self.target.unlink()

    def test_goes_on_by_itself(self):
        self.answer(in_turn(cut(BODY, 100_000), status(503), cut(BODY, 150_000), file(BODY)))
        self.assert_there(self.download("--retries", "2"))
        self.assertEqual(self.server.ranges(), [None, "bytes=100000-", "bytes=100000-", "bytes=250000-"])

    def test_gives_up_when_nothing_further_comes(self):
        self.answer(cut(BODY, 1000, ranges=False))
        self.assert_fails(self.download("--retries", "2"), f"the connection was cut after 1000 of {len(BODY)} bytes")
        self.assertEqual(len(self.server.seen), 3)

    def test_server_without_ranges_begins_again(self):
        self.begin_part(BODY[:1000])
        self.answer(file(BODY, ranges=False))
        self.assert_there(self.download())
        self.assertEqual(self.server.ranges(), ["bytes=1000-"])

    def test_changed_file_begins_again(self):
        self.begin_part(OTHER[:1000], '"zero"')
        self.answer(file(BODY))
        self.assert_there(self.download())
        self.assertEqual(self.server.seen[0][1]["If-Range"], '"zero"')
        self.assertEqual(len(self.server.seen), 1)

    def test_weak_marks_are_not_used(self):
        self.answer(in_turn(cut(BODY, 1000, etag='W/"one"'), file(BODY)))
        self.assert_there(self.download("--retries", "1"))
        self.assertNotIn("If-Range", self.server.seen[1][1])

    def test_damaged_mark_is_not_sent(self):
        for mark in ('"one"\r\nX-Evil: 1', '"a" "b"', "x", '"' + "y" * 5000 + '"'):
            self.begin_part(BODY[:1000], mark)
            self.answer(file(BODY))
            self.server.seen.clear()
            self.assert_done(self.download())
            self.assertNotIn("If-Range", self.server.seen[0][1])
            self.assertNotIn("X-Evil", self.server.seen[0][1])
            self.target.unlink()

    def test_part_of_another_file_begins_again(self):
        self.begin_part(OTHER[:1000])
        self.answer(file(BODY))
        self.assert_there(self.download())
        self.assertEqual(self.server.ranges(), ["bytes=1000-", None])

    def test_whole_part_only_wants_its_name(self):
        self.begin_part(BODY)
        self.answer(file(BODY))
        self.assert_there(self.download())
        self.assertEqual(self.server.ranges(), [f"bytes={len(BODY)}-"])

    def test_too_long_part_begins_again(self):
        self.begin_part(BODY + b"more")
        self.answer(file(BODY))
        self.assert_there(self.download("--retries", "0"))
        self.assertEqual(self.server.ranges(), [f"bytes={len(BODY) + 4}-", None])

    def test_server_that_sends_less_than_asked(self):
        def half(handler):
            handler.send(206, {"Content-Range": f"bytes 1000-1999/{len(BODY)}"}, BODY[1000:2000])
        self.begin_part(BODY[:1000])
        self.answer(in_turn(half, file(BODY)))
        self.assert_there(self.download("--retries", "1"))
        self.assertEqual(self.server.ranges(), ["bytes=1000-", "bytes=2000-"])

    def test_wrong_ranges(self):
        for content_range in ("bytes 0-9/10", "bytes 999-1999/300004", "bytes 1001-1999/300004", "bytes 1000-1999/1500", "nonsense",
                              "bytes 1000-999/300004", "bytes -1-5/10", "bytes 1000-1999/99999999999999999999", None):
            self.begin_part(BODY[:1000])
            self.answer(lambda handler: handler.send(206, {"Content-Range": content_range}, BODY[1000:2000]))
            self.assert_fails(self.download(), "expected the bytes from 1000 on, got Content-Range")
            self.assertEqual(self.part.read_bytes(), BODY[:1000])

    def test_control_c_keeps_what_has_come(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            go_on, reached = threading.Event(), threading.Event()
            self.answer(in_turn(held(BODY, 150_000, go_on, reached), file(BODY)))
            work = subprocess.Popen([PROGRAM, *self.command()], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    env=self.environment(), cwd=self.folder)
            self.assertTrue(reached.wait(60))
            while not self.part.exists() or self.part.stat().st_size < 150_000:
                time.sleep(0.01)
            work.send_signal(number)
            out, errors = work.communicate(timeout=60)
            go_on.set()
            self.assertEqual((work.returncode, out), (128 + number, b""))
            self.assertEqual(errors.decode().splitlines()[-1],
                             "tessera: interrupted; what has come stays, and the next download goes on from there")
            self.assertEqual(self.part.read_bytes(), BODY[:150_000])
            self.server.seen.clear()
            self.assert_there(self.download())
            self.assertEqual(self.server.ranges(), ["bytes=150000-"])
            self.target.unlink()


class Refused(DownloadTest):
    """One line, status 1, and nothing that could be taken for the model."""

    def test_wrong_bytes(self):
        self.answer(file(OTHER))
        self.assert_fails(self.download(), f"expected the SHA-256 {sha256(BODY)}, got {sha256(OTHER)} of {len(OTHER)} bytes")
        self.assert_nothing_there()
        self.assertEqual(len(self.server.seen), 1)

    def test_one_wrong_bit_and_one_byte_less(self):
        for body in (BODY[:-1] + bytes([BODY[-1] ^ 1]), BODY[:-1], b""):
            self.answer(file(body))
            self.assert_fails(self.download(), "expected the SHA-256")
            self.assert_nothing_there()

    def test_wrong_length(self):
        def claims(length):
            return lambda handler: handler.send(200, {"Content-Length": length}, BODY)
        for length, message in ((str(len(BODY) + 1), "was cut"), (str(len(BODY) - 1), "SHA-256"), ("0", "SHA-256")):
            self.answer(claims(length))
            self.assert_fails(self.download("--retries", "0"), message)
            self.assertFalse(self.target.exists())
            self.part.unlink(missing_ok=True)
        for length in ("-1", "many"):
            self.answer(claims(length))
            self.assert_fails(self.download("--retries", "0"), "/model.pt: Invalid Content-Length")
            self.assert_nothing_there()
        # More than any number holds: not known, and the end of the connection is the end of the file.
        self.answer(claims("99999999999999999999999"))
        self.assert_there(self.download("--retries", "0"))

    def test_statuses(self):
        for code in (204, 300, 304, 400, 401, 403, 404, 410, 416, 500, 503):
            self.answer(status(code))
            self.assert_fails(self.download("--retries", "0"), f"/model.pt: the server answered {code}")
            self.assert_nothing_there()
        self.answer(lambda handler: handler.send(206, {"Content-Range": f"bytes 0-{len(BODY) - 1}/{len(BODY)}"}, BODY))
        self.assert_fails(self.download(), "the server answered 206")

    def test_no_answer(self):
        self.answer(lambda handler: handler.reset())
        self.assert_fails(self.download("--retries", "0"), "the connection was cut")
        self.answer(lambda handler: handler.wfile.write(b"hello\r\n"))
        self.assert_fails(self.download("--retries", "0"), "/model.pt: ")
        self.assert_nothing_there()

    def test_no_server(self):
        other = Server()
        other.close()
        self.assert_fails(self.download(url=other.url + "/model.pt"), "Failed to connect to 127.0.0.1")
        self.assert_nothing_there()

    def test_no_such_host(self):
        done = self.run_program("download", "base", "--mirror", "https://tessera.invalid", env=self.environment())
        self.assert_fails(done, "there is no network, or no host tessera.invalid")

    def test_silence(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        self.answer(held(BODY, 1000, go_on))
        self.assert_fails(self.download("--timeout", "1", "--retries", "0"), "nothing came for 1 s after 1000 of 300004 bytes")
        self.assertEqual(self.part.read_bytes(), BODY[:1000])
        self.answer(lambda handler: go_on.wait(60))
        self.assert_fails(self.download("--timeout", "1", "--retries", "0"), "nothing came for 1 s")

    def test_too_large(self):
        self.answer(lambda handler: handler.send(200, {"Content-Length": str(10**13)}, BODY))
        self.assert_fails(self.download(), f"expected at most {8 << 30} bytes, got {10**13}")
        self.answer(chunked(*[bytes(100_000)] * 15, end=False))
        self.assert_fails(self.download("--max-size", "1"), "expected at most 1000000 bytes")
        self.assertFalse(self.target.exists())
        self.assertLessEqual(self.part.stat().st_size, 1_000_000)

    def test_endless_header(self):
        def endless(handler):
            handler.send_response(200)
            handler.flush_headers()
            for i in range(100_000):
                handler.wfile.write(f"X-{i}: {'y' * 1000}\r\n".encode())
        self.answer(endless)
        self.assert_fails(self.download(), "too long a header")
        self.assert_nothing_there()

    def test_no_room(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        self.answer(file(BODY))
        self.assert_fails(self.download(preexec_fn=limit), "model.pt.part: cannot write: File too large")
        self.assertEqual(self.part.read_bytes(), BODY[:100_000])
        self.assert_there(self.download())
        self.assertEqual(self.server.ranges(), [None, "bytes=100000-"])

    def test_disk_is_smaller_than_the_file(self):
        self.answer(lambda handler: handler.send(200, {"Content-Length": str(9 * 10**14)}, BODY))
        self.assert_fails(self.download("--max-size", "1000000000"), "bytes more on the disk, found ")
        self.assert_nothing_there()

    def test_folder_that_cannot_be_written(self):
        self.answer(file(BODY))
        self.write("file", b"")
        self.assert_fails(self.download("--model-dir", "file/models"), "file/models: cannot make: ")
        self.assert_fails(self.download("--model-dir", "file"), "file: cannot make: ")
        self.assert_fails(self.download("--model-dir", "/proc"), "/proc/model.pt.part: cannot write: ")
        self.assertEqual(self.server.seen, [])

    def test_something_else_in_its_place(self):
        self.answer(file(BODY))
        self.target.mkdir(parents=True)
        self.assert_fails(self.download(), "model.pt: is not a file")
        self.target.rmdir()
        self.part.symlink_to(self.folder / "elsewhere")
        self.assert_fails(self.download(), "model.pt.part: cannot write: ")
        self.assertFalse((self.folder / "elsewhere").exists())
        self.part.unlink()
        os.mkfifo(self.part)
        self.assert_fails(self.download(), "model.pt.part: cannot write: not a regular file")
        self.assertEqual(self.server.seen, [])


class Redirects(DownloadTest):
    def test_are_followed(self):
        other = self.serve()
        other.answers["/there.bin?x=1"] = file(BODY)
        self.answer(redirect("/b"))
        self.answer(redirect(other.url + "/there.bin?x=1", 307), "/b")
        self.begin_part(BODY[:1000])
        self.assert_there(self.download())
        self.assertEqual(other.ranges(), ["bytes=1000-"])

    def test_loop_ends(self):
        self.answer(redirect("/model.pt"))
        self.assert_fails(self.download(), "more than 5 redirects")
        self.assertEqual(len(self.server.seen), 6)

    def test_to_another_scheme_are_refused(self):
        secret = self.write("secret.pt", BODY)
        for location in (f"file://{secret}", "ftp://127.0.0.1/model.pt", "gopher://127.0.0.1/", "data:,x", "x://y"):
            self.answer(redirect(location))
            self.assert_fails(self.download(), "refused a redirect to '" + location)
        self.assertFalse(self.cache.exists() and self.names("cache/models"))

    def test_without_location(self):
        self.answer(status(302))
        self.assert_fails(self.download(), "the server answered 302")


class Encrypted(DownloadTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.certificates = {}
        for name in ("IP:127.0.0.1", "DNS:other.invalid"):
            folder = pathlib.Path(tempfile.mkdtemp(dir=cls.shared))
            cls.certificates[name] = make_certificate(folder, name)

    def setUp(self):
        super().setUp()
        self.plain = self.server
        self.server = self.serve(self.certificates["IP:127.0.0.1"])
        self.trust = {"CURL_CA_BUNDLE": str(self.certificates["IP:127.0.0.1"][0])}

    def test_comes_when_the_certificate_is_trusted(self):
        self.answer(in_turn(cut(BODY, 100_000), file(BODY)))
        self.assert_there(self.download(env=self.trust))
        self.assertEqual(self.server.ranges(), [None, "bytes=100000-"])
        self.target.unlink()
        self.assert_there(self.download(env={"SSL_CERT_FILE": self.trust["CURL_CA_BUNDLE"]}))

    def test_unknown_certificate(self):
        self.answer(file(BODY))
        self.assert_fails(self.download(), "the server's certificate is not to be trusted: ")
        self.assertEqual(self.server.seen, [])
        self.assert_nothing_there()

    def test_certificate_of_another_host(self):
        other = self.serve(self.certificates["DNS:other.invalid"])
        done = self.download(url=other.url + "/model.pt", env={"CURL_CA_BUNDLE": str(self.certificates["DNS:other.invalid"][0])})
        self.assert_fails(done, "the server's certificate is not to be trusted: ")
        self.assertEqual(other.seen, [])

    def test_certificates_that_are_not_there(self):
        self.assert_fails(self.download(env={"CURL_CA_BUNDLE": "/none"}), "/model.pt: ")

    def test_no_redirect_to_plain_http(self):
        self.plain.answers["/model.pt"] = file(BODY)
        self.answer(redirect(self.plain.url + "/model.pt"))
        self.assert_fails(self.download(env=self.trust), "refused a redirect to 'http://127.0.0.1:")
        self.assertEqual(self.plain.seen, [])

    def test_redirect_from_plain_http(self):
        self.answer(file(BODY))
        self.plain.answers["/model.pt"] = redirect(self.server.url + "/model.pt")
        self.assert_there(self.download(url=self.plain.url + "/model.pt", env=self.trust))


class Official(DownloadTest):
    """Their checksums are the published ones, which no body of ours has."""

    def run_official(self, *arguments, **variables) -> subprocess.CompletedProcess:
        return self.run_program("download", *arguments, env=self.environment(**variables))

    def test_mirror(self):
        self.answer(file(BODY), BASE_PATH)
        self.answer(file(BODY), "/copy" + BASE_PATH)
        for options, variables in ((["--mirror", self.server.url], {}), (["--mirror", self.server.url + "/copy/"], {}),
                                   ([], {"TESSERA_MIRROR": self.server.url}),
                                   (["--mirror", self.server.url], {"TESSERA_MIRROR": "https://tessera.invalid"})):
            done = self.run_official("base", *options, **variables)
            self.assert_fails(done, f"base.pt: expected the SHA-256 {BASE_SHA256}, got {sha256(BODY)}")
            self.assert_nothing_there()
        self.assertEqual([path for path, _ in self.server.seen], [BASE_PATH, "/copy" + BASE_PATH, BASE_PATH, BASE_PATH])

    def test_names_of_the_same_file(self):
        for name, published in (("large", "large-v3.pt"), ("turbo", "large-v3-turbo.pt"), ("tiny.en", "tiny.en.pt")):
            done = self.run_official(name, "--mirror", self.server.url)
            self.assert_fails(done, f"/{published}: the server answered 404 (not found)")

    def test_unknown_name(self):
        self.assert_fails(self.run_official("bas"), "expected one of tiny.en, tiny, ", 2)
        self.assert_fails(self.run_official("../base"), "got '../base'", 2)

    def test_voice_activity_comes_out_of_its_package(self):
        """Its checksum is the published one, too; a file that was taken out before is kept as it is."""
        wheel = ("/packages/84/ef/9099037ed6f180ea33220178df4107112c0ce2bf5fb4d6f6ab19db2844ed/"
                 "silero_vad-6.2.3-py3-none-any.whl")
        self.answer(file(BODY), wheel)
        done = self.run_official("silero-vad", "--mirror", self.server.url)
        self.assert_fails(done, "silero_vad-6.2.3-py3-none-any.whl: expected the SHA-256 7b7f5436")
        self.assertEqual([path for path, _ in self.server.seen], [wheel])
        self.assert_fails(self.run_official("silero-vad", "--local-files-only"),
                          "silero_vad_16k_op15.onnx: is not there, and only local files were allowed")

    def test_transcribe_never_downloads(self):
        done = self.run_program("talk.wav", "-m", "base", env=self.environment(TESSERA_MIRROR=self.server.url))
        self.assert_fails(done, "model base is not on this machine; to get it: tessera download base", 2)
        self.assertEqual(self.server.seen, [])


class Usage(DownloadTest):
    def check(self, message: str, *arguments):
        self.assert_fails(self.run_program("download", *arguments, env=self.environment()), message, 2)
        self.assert_nothing_there()

    def test_combinations(self):
        url, checksum = self.server.url + "/model.pt", ["--sha256", sha256(BODY)]
        self.check("no model given")
        self.check("needs --sha256", url)
        self.check("--mirror is for official models", url, *checksum, "--mirror", self.server.url)
        self.check("--sha256 is for addresses", "base", *checksum)
        self.check("--name is for addresses", "base", "--name", "x")
        self.check("unexpected argument tiny", "base", "tiny")

    def test_addresses(self):
        checksum = ["--sha256", sha256(BODY)]
        self.check("got 'http://models.invalid/a.pt'", "http://models.invalid/a.pt", *checksum)
        self.check("got 'http://127.0.0.1.invalid/a.pt'", "http://127.0.0.1.invalid/a.pt", *checksum)
        self.check("got 'http://localhost.invalid/a.pt'", "http://user@localhost.invalid/a.pt", *checksum)
        self.check("https://", "file:///etc/passwd", *checksum)
        self.check("https://", "ftp://127.0.0.1/a.pt", *checksum)
        self.check("without '#'", "https://127.0.0.1/a.pt#b", *checksum)
        self.check("expected an address", "https://127.0.0.1/a b.pt", *checksum)
        self.check("ends with .pt or .bin", "https://127.0.0.1/a.zip", *checksum)
        self.check("plain file name", "https://127.0.0.1/", *checksum)
        self.check("plain file name", "https://127.0.0.1/..%2F..%2Fa%2F.pt", *checksum)
        self.check("without '?'", "base", "--mirror", "https://127.0.0.1/?a")
        self.check("https://", "base", "--mirror", "file:///tmp")

    def test_values(self):
        url = self.server.url + "/model.pt"
        for checksum in ("", "12", "g" * 64, sha256(BODY) + "0"):
            self.check("sha256", url, "--sha256=" + checksum)
        for name in ("../x", "a/b", ".hidden", "a\nb.pt", "x" * 300):
            self.check("plain file name", url, "--sha256", sha256(BODY), "--name", name)
        for option in (["--timeout", "0"], ["--retries=-1"], ["--retries", "many"], ["--max-size", "0"]):
            self.check(option[0].split("=")[0].strip("-"), "base", *option)
        self.assertEqual(self.server.seen, [])

    def test_checksum_in_capitals(self):
        self.answer(file(BODY))
        self.assert_there(self.run_program("download", self.server.url + "/model.pt", "--sha256", sha256(BODY).upper(),
                                           env=self.environment()))


class Together(DownloadTest):
    def start(self) -> subprocess.Popen:
        work = subprocess.Popen([PROGRAM, *self.command()], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.environment(), cwd=self.folder)
        self.addCleanup(work.stdout.close)
        self.addCleanup(work.stderr.close)
        return work

    def wait_until_open(self, work: subprocess.Popen):
        """Until the process has the part file open."""
        while work.poll() is None:
            for descriptor in pathlib.Path(f"/proc/{work.pid}/fd").iterdir():
                try:
                    if os.readlink(descriptor) == str(self.part):
                        return
                except OSError:
                    continue
            time.sleep(0.01)

    def test_second_waits_for_the_first(self):
        go_on, reached = threading.Event(), threading.Event()
        self.answer(held(BODY, 1000, go_on, reached))
        first = self.start()
        self.assertTrue(reached.wait(60))
        second = self.start()
        self.wait_until_open(second)
        go_on.set()
        for work in (first, second):
            self.assertEqual(work.communicate(timeout=60), (f"{self.target}\n".encode(), b""))
            self.assertEqual(work.returncode, 0)
        self.assertEqual(self.target.read_bytes(), BODY)
        self.assertEqual(self.names("cache/models"), ["model.pt"])
        self.assertEqual(self.server.ranges(), [None])

    def test_second_goes_on_when_the_first_fails(self):
        go_on, reached = threading.Event(), threading.Event()
        self.answer(in_turn(held(BODY, 150_000, go_on, reached), file(BODY)))
        first = self.start()
        self.assertTrue(reached.wait(60))
        second = self.start()
        self.wait_until_open(second)
        first.kill()
        first.wait()
        self.assertEqual(second.communicate(timeout=60), (f"{self.target}\n".encode(), b""))
        go_on.set()
        self.assertEqual(self.target.read_bytes(), BODY)
        self.assertEqual(len(self.server.seen), 2)

    def test_many_at_once(self):
        self.answer(file(BODY))
        works = [self.start() for _ in range(6)]
        for work in works:
            self.assertEqual(work.communicate(timeout=60), (f"{self.target}\n".encode(), b""))
            self.assertEqual(work.returncode, 0)
        self.assertEqual(self.target.read_bytes(), BODY)
        self.assertEqual(self.names("cache/models"), ["model.pt"])

    def test_waiting_can_be_interrupted(self):
        go_on, reached = threading.Event(), threading.Event()
        self.answer(held(BODY, 1000, go_on, reached))
        first = self.start()
        self.assertTrue(reached.wait(60))
        second = self.start()
        self.wait_until_open(second)
        second.send_signal(signal.SIGINT)
        second.communicate(timeout=60)
        self.assertEqual(second.returncode, 130)
        go_on.set()
        first.communicate(timeout=60)
        self.assertEqual(self.target.read_bytes(), BODY)


class Terminal(DownloadTest):
    def run_in_terminal(self, *options) -> str:
        leader, follower = pty.openpty()
        work = subprocess.Popen([PROGRAM, *self.command(*options)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=follower, cwd=self.folder, env=self.environment(TERM="xterm"))
        os.close(follower)
        sent = b""
        try:
            while data := os.read(leader, 65536):
                sent += data
        except OSError:  # the other end is closed
            pass
        os.close(leader)
        self.assertEqual(work.wait(timeout=60), 0)
        return sent.decode()

    def test_progress_bar(self):
        self.answer(file(BODY))
        sent = self.run_in_terminal()
        self.assertIn("] model.pt  100%  300.0 kB of 300.0 kB", sent)
        self.assertTrue(sent.endswith("\r\033[K"))
        self.target.unlink()
        self.assertEqual(self.run_in_terminal("-q"), "")


if __name__ == "__main__":
    unittest.main()
