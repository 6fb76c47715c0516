"""What the server answers to those who ask rightly."""

import json
import socket
import threading
import time
import unittest

from server_fixture import SOURCE_DIR, Server, ServerTest, form, make_wav, receive_all, silence

# What the tiny model of the fixtures says whatever it hears, and when.
TEXT = "Hello, wörld --> 😀"
CUES = [(0.0, 0.2, " Hello,"), (0.2, 0.4, " wörld --> 😀")]


class Transcriptions(ServerTest):
    def test_json_has_the_text(self):
        answer = self.server.transcribe(self.wav)
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "application/json"))
        self.assertEqual(answer.json, {"text": TEXT, "usage": {"type": "duration", "seconds": 1}})
        self.assertIn("decode;dur=", answer.headers["Server-Timing"])

    def test_text_and_subtitles_are_those_of_the_command_line(self):
        for name, kind, suffix in (("srt", "text/plain; charset=utf-8", "srt"), ("vtt", "text/vtt; charset=utf-8", "vtt")):
            answer = self.server.transcribe(self.wav, ("response_format", name))
            self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, kind))
            self.assert_done(self.transcribe(self.talk, "-q", "-l", "en", "-o", self.folder, "-f", suffix))
            self.assertEqual(answer.text, (self.folder / f"talk.{suffix}").read_text())
        answer = self.server.transcribe(self.wav, ("response_format", "text"))
        self.assertEqual((answer.text, answer.headers["Content-Type"]), (TEXT + "\n", "text/plain; charset=utf-8"))

    def test_verbose_json_has_segments(self):
        answer = self.server.transcribe(self.wav, ("response_format", "verbose_json")).json
        self.assertEqual((answer["task"], answer["language"], answer["duration"], answer["text"]),
                         ("transcribe", "english", 0.5, TEXT))
        self.assertEqual([(s["start"], s["end"], s["text"]) for s in answer["segments"]], CUES)
        self.assertEqual(set(answer["segments"][0]), {"id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob",
                                                      "compression_ratio", "no_speech_prob"})
        self.assertNotIn("words", answer)

    def test_granularities_choose_words_and_segments(self):
        for fields, segments, words in (
                ([("timestamp_granularities[]", "word")], False, True),
                ([("timestamp_granularities", "word")], False, True),
                ([("timestamp_granularities[]", "segment")], True, False),
                ([("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment")], True, True),
                ([("timestamp_granularities", "segment, word")], True, True)):
            answer = self.server.transcribe(self.wav, ("response_format", "verbose_json"), *fields)
            self.assertEqual(answer.status, 200, answer.text)
            self.assertEqual(("segments" in answer.json, "words" in answer.json), (segments, words), fields)

    def test_channels_are_speakers(self):
        stereo = make_wav(silence(1), channels=2)
        answer = self.server.transcribe(stereo, ("response_format", "diarized_json")).json
        self.assertEqual((answer["task"], answer["duration"]), ("transcribe", 0.5))
        self.assertEqual([(s["id"], s["speaker"], s["start"], s["end"], s["text"]) for s in answer["segments"]],
                         [(str(2 * i + channel), str(channel), *cue) for i, cue in enumerate(CUES) for channel in (0, 1)])

    def test_streams_text_as_it_is_understood(self):
        answer = self.server.transcribe(self.wav, ("stream", "true"))
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/event-stream"))
        events = answer.events()
        self.assertEqual([e["type"] for e in events], ["transcript.text.delta"] * 2 + ["transcript.text.done"])
        self.assertEqual("".join(e["delta"] for e in events[:-1]).strip(), TEXT)
        self.assertEqual((events[-1]["text"], events[-1]["usage"]), (TEXT, {"type": "duration", "seconds": 1}))

    def test_streams_times_when_they_are_asked_for(self):
        events = self.server.transcribe(self.wav, ("stream", "true"), ("response_format", "verbose_json")).events()
        segments = [e for e in events if e["type"] == "transcript.text.segment"]
        self.assertEqual([(s["start"], s["end"], s["text"]) for s in segments], CUES)

    def test_translations_are_english(self):
        answer = self.server.transcribe(self.wav, ("response_format", "verbose_json"), path="/v1/audio/translations").json
        self.assertEqual((answer["task"], answer["language"]), ("translate", "english"))

    def test_takes_what_clients_of_every_kind_send(self):
        for fields in ([("language", "")], [("language", "auto")], [("language", "english")], [("temperature", "0.0")],
                       [("temperature", "1")], [("chunking_strategy", "auto")], [("prompt", "Wörter")], [("keywords[]", "a"), ("keywords[]", "b")],
                       [("hotwords", "Tessera")], [("beam_size", "1")], [("best_of", "2"), ("temperature_inc", "0.5")],
                       [("without_timestamps", "True")], [("condition_on_previous_text", "off")],
                       [("compression_ratio_threshold", "None")], [("clip_timestamps", "0, 0.2")], [("include[]", "")]):
            answer = self.server.transcribe(self.wav, *fields)
            self.assertEqual(answer.status, 200, (fields, answer.text))
            self.assertNotIn("X-Ignored-Fields", answer.headers)

    def test_bodies_may_come_in_pieces_of_any_size(self):
        body = form([("response_format", "text"), ("language", "en")], self.wav[:100] + bytes(16000))
        connection = self.server.connect()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; "
                           b"boundary=a-boundary-that-is-in-no-file\r\nContent-Length: %d\r\n\r\n" % len(body))
        for i in range(300):
            connection.sendall(body[i:i + 1])
            time.sleep(0.001)
        connection.sendall(body[300:])
        self.assertTrue(receive_all(connection).endswith(b"\r\n\r\n" + TEXT.encode() + b"\n"))
        connection.close()

    def test_model_may_be_left_out_and_unknown_fields_are_named(self):
        body = form([("user", "somebody"), ("öffnen", "1"), ("user\r\nX-Evil: 1", "2")], self.wav)
        answer = self.server.post("/v1/audio/transcriptions", body)
        self.assertEqual((answer.status, answer.headers["X-Ignored-Fields"]), (200, "user"))
        self.assertNotIn("X-Evil", answer.headers)

    def test_sound_is_told_by_its_contents(self):
        for name in ("x.mp3", "", "../../etc/passwd", "http://127.0.0.1/a.wav", "file:///etc/passwd", "a\\b.wav", "x" * 2000):
            answer = self.server.post("/v1/audio/transcriptions", form([], self.wav, name))
            self.assertEqual((answer.status, answer.json["text"]), (200, TEXT), name)

    def test_large_files_go_through_a_file(self):
        answer = self.server.transcribe(make_wav(silence(40)))
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.json["text"].startswith(TEXT))

    def test_whole_bodies_come_chunked_too(self):
        connection = self.server.connection()
        body = form([], self.wav)
        pieces = (body[i:i + 1000] for i in range(0, len(body), 1000))
        connection.request("POST", "/v1/audio/transcriptions", pieces,
                           {"Content-Type": "multipart/form-data; boundary=a-boundary-that-is-in-no-file"}, encode_chunked=True)
        self.assertEqual(json.loads(connection.getresponse().read())["text"], TEXT)
        connection.close()


class WhisperCpp(ServerTest):
    def inference(self, *fields):
        return self.server.post("/inference", form(fields, self.wav))

    def test_answers_as_its_server(self):
        self.assertEqual(self.inference().json, {"text": TEXT})
        verbose = self.inference(("response_format", "verbose_json"), ("token_timestamps", "true")).json
        self.assertEqual(verbose["detected_language"], "english")
        self.assertEqual(verbose["segments"][0]["words"], [])  # the tiny model hears none

    def test_takes_its_fields(self):
        for fields in ([("beam_size", "-1"), ("best_of", "2")], [("offset_t", "0"), ("duration", "200")], [("max_context", "0")],
                       [("audio_ctx", "0")], [("suppress_nst", "true")], [("entropy_thold", "2.4")], [("vad", "false")],
                       [("logprob_thold", "-1"), ("no_speech_thold", "0.6")], [("no_timestamps", "1")]):
            self.assertEqual(self.inference(*fields).status, 200, fields)

    def test_refuses_what_there_is_not(self):
        for field, value in (("audio_ctx", "512"), ("diarize", "true"), ("tinydiarize", "1"), ("max_context", "64"), ("vad_model", "/etc/passwd"),
                             ("detect_language", "true"), ("max_len", "-1"), ("offset_n", "3")):
            answer = self.inference((field, value))
            self.assertEqual((answer.status, answer.error["param"]), (400, field), answer.text)

    def test_voice_activity_needs_its_weights(self):
        for field, value in (("vad", "true"), ("vad_filter", "1")):
            answer = self.inference((field, value))
            self.assertEqual(answer.status, 400, answer.text)
            self.assertIn("to get them: tessera download silero-vad", answer.error["message"])

    def test_there_is_no_loading_of_models(self):
        self.assert_refused(self.server.post("/load", form([("model", "/etc/passwd")], None)), 404, "not_found")


class Words(ServerTest):
    """The model that ships, which has learned to hear when words are said."""

    SAID = "Hello from Tessera. Please bring me coffee and cake."

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.end()
        cls.server = Server(SOURCE_DIR / "models" / "pebble", folder=cls.shared)

    def setUp(self):
        super().setUp()
        self.wav = (SOURCE_DIR / "models" / "pebble" / "sample.wav").read_bytes()

    def check(self, words):
        self.assertEqual(" ".join(word["word"] for word in words), self.SAID)
        times = [time for word in words for time in (word["start"], word["end"])]
        self.assertEqual(times, sorted(times))
        self.assertTrue(0 <= times[0] < times[-1] <= 5.12)

    def test_words_stand_at_the_top_and_in_segments(self):
        answer = self.server.transcribe(self.wav, ("response_format", "verbose_json"), ("timestamp_granularities[]", "word"),
                                        ("timestamp_granularities[]", "segment")).json
        self.check(answer["words"])
        self.check([word for segment in answer["segments"] for word in segment["words"]])

    def test_words_are_streamed(self):
        events = self.server.transcribe(self.wav, ("stream", "true"), ("response_format", "verbose_json"),
                                        ("timestamp_granularities[]", "word")).events()
        self.check([word for e in events if e["type"] == "transcript.text.segment" for word in e["words"]])
        self.assertEqual(events[-1]["text"], self.SAID)

    def test_segments_are_cut_as_whisper_cpp_does(self):
        cues = self.server.post("/inference", form([("response_format", "srt"), ("max_len", "1")], self.wav)).text
        self.assertEqual(cues.count(" --> "), len(self.SAID.split()))

    def test_requests_of_many_share_windows_and_not_texts(self):
        answers = [None] * 6

        def ask(i):
            answers[i] = self.server.transcribe(self.wav, ("beam_size", str(1 + i % 3)))

        clients = [threading.Thread(target=ask, args=(i,)) for i in range(len(answers))]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.assertEqual([answer.json["text"] for answer in answers], [self.SAID] * len(answers))


class Operations(ServerTest):
    def test_models_are_listed(self):
        data = self.server.get("/v1/models").json
        self.assertEqual((data["object"], [m["id"] for m in data["data"]]), ("list", ["model", "whisper-1"]))
        self.assertEqual(self.server.get("/v1/models/whisper-1").json["object"], "model")
        self.assertEqual(self.server.transcribe(self.wav, model="model").status, 200)
        self.assert_refused(self.server.get("/v1/models/gpt-4o-transcribe"), 404, "model_not_found")

    def test_health_is_told(self):
        self.assertEqual(self.server.get("/health").json["status"], "ok")
        self.assertEqual(self.server.get("/health").json["model"], "model")
        self.assertEqual(self.server.get("/live").status, 200)
        self.assertEqual(self.server.get("/ready").json, {"ready": True})
        self.assertEqual(self.server.ask("HEAD", "/health").status, 200)

    def test_metrics_count_what_was_done(self):
        before = self.server.metric("tessera_audio_seconds_total")
        self.server.transcribe(self.wav)
        self.assertAlmostEqual(self.server.metric("tessera_audio_seconds_total"), before + 0.5)
        text = self.server.get("/metrics").text
        for name in ("requests_total", "request_duration_seconds_bucket", "windows_total", "queue_depth", "in_flight", "model_info",
                     "real_time_factor_count", "processing_seconds_total"):
            self.assertIn("tessera_" + name, text)
        for line in text.splitlines():
            self.assertRegex(line, r"^(# (HELP|TYPE) .*|[a-z_]+(\{[^}]*\})? [-+0-9.e]+)$")

    def test_request_ids_go_round(self):
        self.assertEqual(self.server.get("/live", X_Request_Id="job-17.b_c").headers["X-Request-Id"], "job-17.b_c")
        for bad in ("a b", "a\tb", "x" * 129, "<script>", "é"):
            answer = self.server.ask("GET", "/live", headers={"X-Request-Id": bad.encode("latin-1")})
            self.assertRegex(answer.headers["X-Request-Id"], r"^req-[0-9a-f]{32}$")

    def test_openapi_describes_every_field(self):
        document = self.server.get("/openapi.json").json
        fields = document["paths"]["/v1/audio/transcriptions"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
        for name in ("file", "model", "language", "prompt", "response_format", "temperature", "timestamp_granularities[]", "stream",
                     "chunking_strategy", "hotwords", "beam_size", "no_repeat_ngram_size"):
            self.assertIn(name, fields["properties"])

    def test_page_needs_nothing_from_elsewhere(self):
        page = self.server.get("/")
        self.assertEqual((page.status, page.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertIn("default-src 'none'", page.headers["Content-Security-Policy"])
        self.assertEqual(page.headers["X-Content-Type-Options"], "nosniff")
        for path in ("/page.css", "/page.js", "/subtitles.js"):
            self.assertEqual(self.server.get(path).status, 200)
            self.assertNotRegex(self.server.get(path).text, r"https?://")
        self.assertNotRegex(page.text, r"https?://|<style|style=|onclick=")

    def test_no_other_origin_may_ask(self):
        answer = self.server.get("/v1/models", Origin="http://evil.example")
        self.assert_refused(answer, 403, "origin_not_allowed")
        self.assertNotIn("Access-Control-Allow-Origin", answer.headers)
        own = f"http://127.0.0.1:{self.server.port}"
        self.assertEqual(self.server.get("/v1/models", Origin=own).status, 200)


class Cors(ServerTest):
    arguments = ("--cors-origin", "https://app.example")

    def test_the_named_origin_may_ask(self):
        answer = self.server.ask("OPTIONS", "/v1/audio/transcriptions", headers={"Origin": "https://app.example"})
        self.assertEqual((answer.status, answer.headers["Access-Control-Allow-Origin"]), (204, "https://app.example"))
        self.assertEqual(self.server.get("/v1/models", Origin="https://app.example").status, 200)
        self.assertEqual(self.server.get("/v1/models", Origin="https://other.example").status, 403)


if __name__ == "__main__":
    unittest.main()
