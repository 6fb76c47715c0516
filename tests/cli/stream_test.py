"""`tessera stream`: text while somebody speaks."""

import json
import os
import pty
import random
import shutil
import signal
import struct
import subprocess
import unittest

from fixtures import PROGRAM, SOURCE_DIR, ProgramTest, make_wav, silence

PEBBLE = SOURCE_DIR / "models/pebble"
SAMPLE = PEBBLE / "sample.wav"
PCM = SAMPLE.read_bytes()[44:]
HELLO, COFFEE = " Hello from Tessera.", " Please bring me coffee and cake."
STEP = ("--step", "1000")  # few decodings, which are what takes time


class StreamTest(ProgramTest):
    @classmethod
    def setUpClass(cls):
        """The model that ships, ready to compute with: it is begun with often."""
        super().setUpClass()
        cls.pebble = cls.shared / "pebble"
        shutil.copytree(PEBBLE, cls.pebble)
        subprocess.run([PROGRAM, "pack", "-q", cls.pebble], check=True)

    def stream(self, *arguments, **options) -> subprocess.CompletedProcess:
        return self.run_program("stream", "-m", self.pebble, "-t", "1", *STEP, *arguments, **options)

    def assert_said(self, lines: str):
        self.assertEqual([line.partition("] ")[2] for line in lines.splitlines()], [HELLO, COFFEE])


class Inputs(StreamTest):
    def test_file(self):
        done = self.stream("--input", SAMPLE)
        self.assert_done(done)
        self.assert_said(done.out)
        self.assertRegex(done.out, r"^\[00:00\.\d{3} --> 00:01\.\d{3}\]")

    def test_raw_samples(self):
        done = self.stream(input=PCM)
        self.assert_done(done)
        self.assert_said(done.out)

    def test_other_formats(self):
        shorts = struct.unpack(f"<{len(PCM) // 2}h", PCM)
        floats = struct.pack(f"<{2 * len(shorts)}f", *(s / 32768 for s in shorts for _ in range(2)))
        done = self.stream("--format", "f32", "--channels", "2", input=floats)
        self.assert_done(done)
        self.assert_said(done.out)
        done = self.stream("--rate", "8000", input=PCM[: 2 * (len(PCM) // 4)])  # slow, but sound
        self.assert_done(done)

    def test_played_file_tells_its_latency(self):
        self.write("short.wav", make_wav(silence(0.3)))
        done = self.stream("--realtime", "short.wav", "--latency")
        self.assertEqual((done.returncode, done.out, done.err), (0, "", "latency: no words\n"))

    def test_microphone_or_how_to_get_it(self):
        done = self.stream("--microphone", "no such microphone")
        self.assertIn(done.returncode, (1, 2))
        self.assertEqual(done.out, "")
        self.assertIn("tessera: --microphone: ", done.err)  # PortAudio's libraries may say more


class Events(StreamTest):
    def test_lines_of_json(self):
        done = self.stream("--input", SAMPLE, "--json")
        self.assert_done(done)
        events = [json.loads(line) for line in done.out.splitlines()]
        of = {kind: [event for event in events if event["type"] == kind]
              for kind in ("language", "partial", "final", "segment", "endpoint")}
        self.assertEqual(sum(map(len, of.values())), len(events), "no other kinds")
        self.assertEqual(of["language"], [{"type": "language", "language": "en", "probability": 1.0}])
        self.assertTrue(of["partial"])
        self.assertEqual([event["text"] for event in of["segment"]], [HELLO, COFFEE])
        words = [word for event in of["final"] for word in event["words"]]
        self.assertEqual("".join(word["word"] for word in words), HELLO + COFFEE)
        self.assertEqual([word["start"] for word in words], sorted(word["start"] for word in words))
        self.assertEqual(len(of["endpoint"]), 2)
        self.assertNotIn("latency", done.out, "nobody can tell of a file")

    def test_same_sound_gives_the_same_events(self):
        arguments = ("--input", SAMPLE, "--json")
        self.assertEqual(self.stream(*arguments).out, self.stream(*arguments).out)

    def test_terminal_shows_what_may_change(self):
        master, slave = pty.openpty()
        done = self.stream("--input", SAMPLE, stderr=slave, env={**os.environ, "TERM": "xterm"})
        os.close(slave)
        shown = os.read(master, 65536).decode()
        os.close(master)
        self.assert_said(done.out)
        self.assertRegex(shown, r"^\r\x1b\[K Hello")
        self.assertTrue(shown.endswith("\r\x1b[K"), "nothing stays")


class BadInput(StreamTest):
    def test_nothing(self):
        self.assert_fails(self.stream(input=b""), "standard input: expected raw samples, got nothing")

    def test_odd_number_of_bytes(self):
        done = self.stream(input=PCM[:45001])
        self.assertEqual(done.out.partition("] ")[2], HELLO + "\n", "what came before counts")
        self.assert_fails(done, "standard input: expected samples of 2 bytes, got 1 at the end")

    def test_noise_is_no_text(self):
        done = self.stream(input=random.Random(1).randbytes(64000))
        self.assertEqual((done.returncode, done.out, done.err), (0, "", ""))

    def test_floats_that_are_no_numbers(self):
        done = self.stream("--format", "f32", input=struct.pack("<f", float("nan")) * 100)
        self.assert_fails(done, "standard input: the sample at 0.0000 s is not a number")

    def test_wrong_usage(self):
        self.assert_fails(self.stream("--rate", "999", input=PCM), "rate: expected 1000 to 192000, got 999", 2)
        self.assert_fails(self.stream("--step", "5", input=PCM), "step_ms: expected 100 to 5000, got 5", 2)
        self.assert_fails(self.stream("--format", "mp3", input=PCM), "--format", 2)
        self.assert_fails(self.stream("--input", "none.wav"), "none.wav")
        self.assert_fails(self.stream("--input", self.write("bad.wav", b"no sound")), "bad.wav")
        self.assert_fails(self.stream("-m", "none", input=PCM), "none", 2)

    def test_weights_of_voice_activity(self):
        environment = {**os.environ, "TESSERA_CACHE": str(self.folder)}
        self.assert_fails(self.stream("--vad", input=PCM, env=environment), "tessera download silero-vad", 2)


class Ends(StreamTest):
    def start(self, *arguments) -> subprocess.Popen:
        return subprocess.Popen([PROGRAM, "stream", "-m", self.pebble, "-t", "1", *STEP, *arguments], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_control_c_makes_the_rest_final(self):
        work = self.start("--json")
        work.stdin.write(PCM[:40000])  # 1.25 s: all but the last word can be final
        work.stdin.flush()
        self.assertIn(b'"partial"', work.stdout.readline())
        work.send_signal(signal.SIGINT)  # standard input stays open
        out, errors = work.communicate(timeout=120)
        self.assertEqual((work.returncode, errors), (130, b""))
        last = [json.loads(line) for line in out.splitlines()][-2:]
        self.assertEqual([event["type"] for event in last], ["segment", "endpoint"])
        self.assertTrue(last[0]["text"].startswith(" Hello"), last)

    def test_closed_output_ends_quietly(self):
        work = self.start()
        work.stdout.close()
        work.stdin.write(PCM)
        work.stdin.close()
        self.assertEqual(work.stderr.read(), b"")
        self.assertEqual(work.wait(timeout=120), -signal.SIGPIPE)
        work.stderr.close()


if __name__ == "__main__":
    unittest.main()
