"""Bad input and bad luck: one clear answer each, and the server goes on."""

import os
import resource
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

from server_fixture import Server, ServerTest, form, make_wav, receive_all, silence

LONG_S = 3600  # of sound; takes the tiny model many times longer than a test waits


def flac_of_silence(seconds: int) -> bytes:
    """A flac file whose frames are constant: an hour in 100 KB. Frames of 65535 samples at 16 kHz."""

    def crc(data: bytes, bits: int, polynomial: int) -> int:
        value = 0
        for byte in data:
            value ^= byte << (bits - 8)
            for _ in range(8):
                value = ((value << 1) ^ polynomial if value >> (bits - 1) else value << 1) & ((1 << bits) - 1)
        return value

    samples = 65535
    count = seconds * 16000 // samples
    info = struct.pack(">HH", samples, samples) + bytes(6)
    info += ((16000 << 44) | (0 << 41) | (15 << 36) | (count * samples)).to_bytes(8, "big") + bytes(16)
    data = b"fLaC" + b"\x80" + len(info).to_bytes(3, "big") + info
    for number in range(count):
        if number < 0x80:
            coded = bytes([number])
        else:
            coded = bytes([0xC0 | number >> 6, 0x80 | number & 63]) if number < 0x800 else bytes(
                [0xE0 | number >> 12, 0x80 | number >> 6 & 63, 0x80 | number & 63])
        head = b"\xff\xf8" + bytes([0x75, 0x08]) + coded + struct.pack(">H", samples - 1)
        head += bytes([crc(head, 8, 0x07)])
        frame = head + b"\x00\x00\x00"  # one constant subframe: 0
        data += frame + struct.pack(">H", crc(frame, 16, 0x8005))
    return data


class Requests(ServerTest):
    arguments = ("--max-upload-mb", "1", "--max-audio-seconds", "60")

    def test_a_file_is_needed(self):
        self.assert_refused(self.server.transcribe(None), 400, "missing_field", "file")
        self.assert_refused(self.server.transcribe(b""), 400, "invalid_audio", "file")
        body = form([], self.wav).replace(b'name="file"', b'name="sound"')
        self.assert_refused(self.server.post("/v1/audio/transcriptions", body), 400, "missing_field", "file")

    def test_one_file_is_enough(self):
        body = form([], self.wav)[:-len("--a-boundary-that-is-in-no-file--\r\n")] + form([], self.wav)
        self.assert_refused(self.server.post("/v1/audio/transcriptions", body), 400, "invalid_form", "file")

    def test_sound_must_be_sound(self):
        for junk in (b"x", b"no sound at all" * 100, self.wav[:30], os.urandom(5000), b"RIFF\xff\xff\xff\xffWAVE" + bytes(50)):
            answer = self.server.transcribe(junk)
            self.assertEqual((answer.status, answer.error["param"]), (400, "file"), answer.text)

    def test_a_path_or_address_is_no_model(self):
        for name in ("/etc/passwd", "../../secret", "http://127.0.0.1:1/model", "random:large", "gpt-4o-transcribe", "\x00", "x" * 5000):
            self.assert_refused(self.server.transcribe(self.wav, model=name), 404, "model_not_found", "model")

    def test_fields_out_of_range(self):
        for field, value in (("temperature", "2"), ("temperature", "nan"), ("temperature", "1e999"), ("temperature", "warm"),
                             ("language", "klingon"), ("response_format", "xml"), ("vad_parameters", "[]"),
                             ("stream", "maybe"), ("timestamp_granularities[]", "letter"), ("chunking_strategy", '{"type":"energy"}'),
                             ("include[]", "logprobs"), ("known_speaker_names[]", "Ann"), ("beam_size", "99999999999"),
                             ("temperature_inc", "0.000001"), ("seed", "-1"), ("clip_timestamps", "1,x")):
            answer = self.server.transcribe(self.wav, (field, value))
            self.assertEqual((answer.status, answer.error["param"]), (400, field), answer.text)
        for field, value in (("beam_size", "0"), ("beam_size", "1000"), ("best_of", "-5"), ("batch_size", "1000"),
                             ("clip_timestamps", "5,1"), ("suppress_tokens", "x"), ("channel", "7")):
            answer = self.server.transcribe(self.wav, (field, value))
            self.assertEqual((answer.status, answer.error["type"]), (400, "invalid_request_error"), (field, value, answer.text))
        self.assert_refused(self.server.transcribe(self.wav, ("prompt", b"\xff\xfe")), 400, "invalid_value", "prompt")
        for fields in ([], [("channel", "0")]):  # one channel, or one of them: nobody to tell apart
            answer = self.server.transcribe(self.wav, ("response_format", "diarized_json"), *fields)
            self.assertEqual((answer.status, answer.error["param"]), (400, fields[0][0] if fields else "response_format"))
        self.assert_refused(self.server.transcribe(b"x", ("response_format", "diarized_json")), 400, "invalid_audio", "file")
        self.assert_refused(self.server.transcribe(self.wav, ("timestamp_granularities[]", "word")), 400, "invalid_value",
                            "timestamp_granularities[]")
        self.assert_refused(self.server.transcribe(self.wav, ("stream", "1"), ("response_format", "srt")), 400, "invalid_value", "stream")

    def test_errors_of_streams_have_a_status(self):
        self.assert_refused(self.server.transcribe(b"no sound", ("stream", "true")), 400, "invalid_audio", "file")

    def test_a_body_that_is_too_large(self):
        large = bytes(3 << 20)
        self.assert_refused(self.server.transcribe(large), 413, "file_too_large", "file")
        self.assert_refused(self.server.transcribe(bytes(1100000)), 413, "file_too_large", "file")
        connection = self.server.connection()  # without saying how much comes
        pieces = [form([], large)[i:i + 65536] for i in range(0, len(large), 65536)]
        connection.request("POST", "/v1/audio/transcriptions", iter(pieces),
                           {"Content-Type": "multipart/form-data; boundary=a-boundary-that-is-in-no-file"}, encode_chunked=True)
        self.assertEqual(connection.getresponse().status, 413)
        connection.close()

    def test_a_client_that_asks_is_not_let_send(self):
        head = (b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                b"Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n")
        self.assertTrue(self.server.raw(head).startswith(b"HTTP/1.1 413 "))

    def test_endless_fields(self):
        self.assert_refused(self.server.transcribe(self.wav, ("prompt", "x" * 300000)), 413, "form_too_large")
        self.assert_refused(self.server.transcribe(self.wav, *[("a", "x")] * 300), 413, "form_too_large")

    def test_a_form_must_be_one(self):
        path = "/v1/audio/transcriptions"
        self.assert_refused(self.server.post(path, form([], self.wav), boundary="another"), 400, "invalid_form")
        self.assert_refused(self.server.post(path, b""), 400, "invalid_form")
        self.assert_refused(self.server.ask("POST", path, b"{}", {"Content-Type": "application/json"}), 415, "unsupported_media_type")
        self.assert_refused(self.server.ask("POST", path, self.wav), 415, "unsupported_media_type")
        self.assert_refused(self.server.ask("POST", path, form([], self.wav), {"Content-Type": "multipart/form-data"}), 400, "invalid_form")
        for cut in (10, 60, len(form([], self.wav)) - 10):
            self.assertEqual(self.server.post(path, form([], self.wav)[:cut]).status, 400, cut)

    def test_what_is_not_there(self):
        self.assert_refused(self.server.get("/v1/audio"), 404, "not_found")
        self.assert_refused(self.server.get("/v1/../../etc/passwd"), 404, "not_found")
        self.assert_refused(self.server.get("/v1/audio/transcriptions"), 405, "method_not_allowed")
        self.assert_refused(self.server.ask("DELETE", "/v1/models"), 405, "method_not_allowed")

    def test_bytes_that_are_not_http(self):
        head = b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\n"
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n", b"GET\r\n\r\n", b"\x00" * 5000 + b"\r\n\r\n",
                     head + b"Transfer-Encoding: chunked\r\n\r\nzzzz\r\nxx\r\n",
                     head + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx\r\n",
                     head + b"Content-Length: -5\r\n\r\n", head + b"Content-Length: 99999999999999999999999\r\n\r\n"):
            answer = self.server.raw(data)
            self.assertNotIn(b"HTTP/1.1 2", answer)
            self.assertNotIn(b"HTTP/1.1 5", answer)

    def test_ten_thousand_headers(self):
        head = b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: 1\r\n" % i for i in range(10000)) + b"\r\n"
        self.assertNotIn(b"HTTP/1.1 2", self.server.raw(head))
        self.assertNotIn(b"HTTP/1.1 2", self.server.raw(b"GET /" + b"x" * 100000 + b" HTTP/1.1\r\n\r\n"))

    def test_an_id_cannot_make_headers(self):
        answer = self.server.raw(b"GET /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: a%0d%0aX-Evil: 1\r\n\r\n")
        self.assertIn(b"X-Request-Id: req-", answer)
        answer = self.server.raw(b"GET /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: a\r\n X-Evil: 1\r\n\r\n")
        self.assertNotRegex(answer, rb"\r\nX-Evil:")

    def test_little_that_becomes_much(self):
        bomb = flac_of_silence(10 * 3600)
        self.assertLess(len(bomb), 1 << 20)
        answer = self.server.transcribe(bomb)
        self.assertEqual(answer.status, 400, answer.text)
        self.assertIn("longer than the 60 s", answer.error["message"])


class Keys(ServerTest):
    arguments = ("--api-key", "correct horse")

    def tearDown(self):
        self.assertEqual(self.server.get("/health").status, 200)

    def test_without_the_key_nothing_is_done(self):
        for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer correct hors"},
                        {"Authorization": "Bearer correct horse2"}, {"Authorization": "Basic correct horse"}):
            answer = self.server.transcribe(self.wav, headers=headers)
            self.assert_refused(answer, 401, "invalid_api_key")
            self.assertEqual(answer.headers["WWW-Authenticate"], "Bearer")
        for path in ("/metrics", "/v1/models", "/openapi.json", "/nothing"):
            self.assertEqual(self.server.get(path).status, 401)
        for path in ("/health", "/live", "/ready", "/"):
            self.assertEqual(self.server.get(path).status, 200)

    def test_keys_come_from_a_file_and_the_environment(self):
        keys = self.write("keys", b"# of Ann's\nfirst\r\n\nsecond\n")
        server = self.start("--api-key-file", keys, environment={"TESSERA_API_KEY": "third"})
        for key, status in (("first", 200), ("second", 200), ("third", 200), ("# of Ann's", 401), ("", 401)):
            self.assertEqual(server.get("/v1/models", Authorization=f"Bearer {key}").status, status, key)
        self.assertEqual(server.end(), 0)

    def test_with_the_key(self):
        for scheme in ("Bearer", "bearer"):
            self.assertEqual(self.server.transcribe(self.wav, headers={"Authorization": scheme + " correct horse"}).status, 200)


class Load(ServerTest):
    """Servers of their own: they are filled, starved and ended."""

    def long_request(self, server, *fields) -> socket.socket:
        """A request that takes long, sent in whole and not answered."""
        if not hasattr(self, "long_body"):
            self.long_body = flac_of_silence(LONG_S)
        body = form([("without_timestamps", "1"), ("beam_size", "5"), *fields], self.long_body)
        connection = server.connect()
        connection.sendall(b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; "
                           b"boundary=a-boundary-that-is-in-no-file\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        self.addCleanup(connection.close)
        return connection

    def test_a_full_queue_says_when_to_come_again(self):
        server = self.start("--max-queue", "1", "--batch-size", "1", "--drain-timeout", "0")
        held = [self.long_request(server) for _ in range(3)]  # one is decoded, one read ahead, one waits
        server.wait_until("tessera_in_flight", 2)
        server.wait_until("tessera_queue_depth", 1)
        answer = server.transcribe(self.wav)
        self.assert_refused(answer, 429, "queue_full")
        self.assertGreater(int(answer.headers["Retry-After"]), 0)
        self.assertEqual(server.get("/ready").status, 503)
        self.assertEqual(server.metric('tessera_rejected_total{reason="queue_full"}'), 1)
        for connection in held:  # who goes, makes room
            connection.close()
        server.wait_until("tessera_in_flight", 0)
        self.assertEqual(server.transcribe(self.wav).status, 200)
        self.assertEqual(server.end(), 0)

    def test_a_client_that_goes_in_mid_stream_ends_its_job(self):
        server = self.start()
        connection = self.long_request(server, ("stream", "true"))
        data = b""
        while b"transcript.text.delta" not in data:
            data += connection.recv(4096)
        self.assertEqual(server.metric("tessera_in_flight"), 1)
        connection.close()
        server.wait_until("tessera_in_flight", 0)
        self.assertEqual(server.end(), 0)

    def test_slow_clients_are_let_go(self):
        server = self.start("--header-timeout", "1", "--body-timeout", "1", "--idle-timeout", "30")
        started = b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\n"
        body = b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n--b"
        slow = [server.connect() for _ in range(8)]
        for i, connection in enumerate(slow):
            connection.sendall(started + (body if i % 2 else b""))
        open_ones, end = list(slow), time.monotonic() + 30
        while open_ones and time.monotonic() < end:  # a byte now and then keeps no connection alive
            time.sleep(0.1)
            for connection in list(open_ones):
                try:
                    connection.send(b"x")
                    connection.settimeout(0.01)
                    if connection.recv(100) == b"":
                        open_ones.remove(connection)
                except TimeoutError:
                    pass
                except OSError:
                    open_ones.remove(connection)
        self.assertEqual(open_ones, [])
        for connection in slow:
            connection.close()
        self.assertEqual(server.transcribe(self.wav).status, 200)
        self.assertEqual(server.end(), 0)

    def test_what_was_taken_is_answered_at_the_end(self):
        server = self.start("--max-queue", "20", "--batch-size", "2", "--drain-timeout", "120")
        answers, lock = [], threading.Lock()
        wav = make_wav(silence(31))

        def ask():
            answer = server.transcribe(wav, ("beam_size", "1"))
            with lock:
                answers.append(answer)

        clients = [threading.Thread(target=ask) for _ in range(8)]
        for client in clients:
            client.start()
        deadline = time.monotonic() + 60
        while server.metric("tessera_in_flight") + server.metric("tessera_queue_depth") + len(answers) < 8:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)
        self.assertEqual(server.end(signal.SIGTERM), 0, server.log)
        for client in clients:
            client.join()
        self.assertEqual([answer.status for answer in answers], [200] * 8)
        self.assertEqual(len({answer.text for answer in answers}), 1)
        with self.assertRaises(OSError):
            server.connect()

    def test_while_it_ends_it_takes_nothing_new(self):
        server = self.start()
        kept = [server.connection() for _ in range(2)]
        for connection in kept:
            connection.request("GET", "/live")
            connection.getresponse().read()
        running = self.long_request(server)
        server.wait_until("tessera_in_flight", 1)
        server.process.send_signal(signal.SIGTERM)
        server.wait_for_line(r"(ending: )")
        kept[0].request("GET", "/ready")
        self.assertEqual(kept[0].getresponse().status, 503)
        kept[1].request("POST", "/v1/audio/transcriptions", form([], self.wav),
                        {"Content-Type": "multipart/form-data; boundary=a-boundary-that-is-in-no-file"})
        answer = kept[1].getresponse()
        self.assertEqual((answer.status, answer.headers["Connection"]), (503, "close"))
        self.assertGreater(int(answer.headers["Retry-After"]), 0)
        running.close()  # then nothing is left to answer
        self.assertEqual(server.process.wait(timeout=60), 0)

    def test_while_it_loads_it_says_so(self):
        server = Server("random:base", folder=self.folder, wait=False)
        self.addCleanup(server.kill)
        self.assertEqual((server.get("/health").status, server.get("/ready").status, server.get("/live").status), (503, 503, 200))
        answer = server.transcribe(self.wav)
        self.assert_refused(answer, 503, "loading")
        self.assertGreater(int(answer.headers["Retry-After"]), 0)

    def test_what_takes_too_long_at_the_end_is_given_up(self):
        server = self.start("--drain-timeout", "0")
        connection = self.long_request(server)
        server.wait_until("tessera_in_flight", 1)
        self.assertEqual(server.end(), 1)
        self.assertIn(b"HTTP/1.1 503 ", receive_all(connection))

    def test_a_request_has_its_time(self):
        server = self.start("--request-timeout", "0.3")
        answer = receive_all_of_answer(self.long_request(server))
        self.assertIn(b"HTTP/1.1 504 ", answer)
        self.assertIn(b'"timeout"', answer)
        self.assertEqual(server.end(), 0)

    def test_no_room_on_the_disk(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))

        server = self.start(limit=limit)
        self.assert_refused(server.transcribe(make_wav(silence(60))), 507, "insufficient_storage")
        self.assertEqual(server.transcribe(self.wav).status, 200)
        self.assertEqual(server.end(), 0)

    def test_nothing_that_was_said_is_logged(self):
        server = self.start()
        server.transcribe(self.wav, ("prompt", "a secret prompt"), headers={"Authorization": "Bearer a secret key"})
        server.get("/a-secret-path?a=secret-query")
        server.transcribe(b"junk")
        server.transcribe(self.wav, ("language", "secret"))
        self.assertEqual(server.end(), 0)
        self.assertIn("/v1/audio/transcriptions 200", server.log)
        for secret in ("secret", "Hello", "talk.wav"):
            self.assertNotIn(secret, server.log)


class Start(ServerTest):
    def serve(self, *arguments, environment=None) -> subprocess.CompletedProcess:
        return self.run_program("serve", "-m", self.model, *arguments, env={**os.environ, **(environment or {})}, timeout=60)

    def test_two_servers_cannot_have_one_port(self):
        done = self.serve("--port", self.server.port)
        self.assert_fails(done, f"cannot listen at 127.0.0.1 port {self.server.port}: Address already in use", status=2)

    def test_strangers_are_not_let_in_by_mistake(self):
        for host in ("0.0.0.0", "::"):
            self.assert_fails(self.serve("--host", host, "--port", "0"), "without a key", status=2)

    def test_wrong_options(self):
        for arguments, message in ((("--port", "70000"), "--port"), (("--max-upload-mb", "0"), "--max-upload-mb"),
                                   (("--host", "no.such.host.invalid"), "host no.such.host.invalid"), (("--batch-size", "1000"), "batch_size"),
                                   (("--api-key-file", "/dev/null"), "no key"), (("--detect-language",), "--detect-language"),
                                   (("--device", "abacus"), "abacus"), (("talk.wav",), "talk.wav"), (("--drain-timeout", "-1"), "--drain-timeout")):
            done = self.serve("--port", "0", *arguments)
            self.assertIn(message, done.err)
            self.assertIn(done.returncode, (1, 2))
            self.assertEqual(done.out, "")

    def test_a_missing_model_ends_it(self):
        done = self.run_program("serve", "--port", "0", "-m", self.folder / "nothing")
        self.assertEqual(done.returncode, 1)
        self.assertIn("tessera: ", done.err)


def receive_all_of_answer(connection: socket.socket) -> bytes:
    """The answer to one request on a connection that stays open."""
    data = b""
    while b"\r\n\r\n" not in data or not data.endswith(b"}"):
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return data


if __name__ == "__main__":
    unittest.main()
