"""Ctrl-C, pipes that close, and what a terminal shows."""

import os
import pty
import re
import signal
import subprocess
import threading
import unittest

from fixtures import PROGRAM, ProgramTest, make_wav, silence


def screen(raw: bytes) -> list:
    """The lines that a terminal shows after what it was sent."""
    lines, column = [""], 0
    for part in re.findall(r"\r|\n|\x1b\[K|[^\r\n\x1b]", raw.decode()):
        if part == "\n":
            lines.append("")
            column = 0
        elif part == "\r":
            column = 0
        elif part == "\x1b[K":
            lines[-1] = lines[-1][:column]
        else:
            lines[-1] = lines[-1][:column] + part + lines[-1][column + 1:]
            column += 1
    return [line for line in lines if line]


class Interrupt(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write("long.wav", make_wav(silence(3600)))

    def start(self, *arguments, **options) -> subprocess.Popen:
        return subprocess.Popen([PROGRAM, *arguments, "-m", str(self.model)], cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **options)

    def check_interrupted(self, number: int):
        work = self.start("talk.wav", "long.wav", "talk.wav", "-of", "a", "-of", "b", "-of", "c", "--condition-on-previous-text",
                          "False", "-otxt")
        lines = [work.stdout.readline() for _ in range(3)]
        self.assertTrue(all(lines), "two segments of the first file, and one of the second")
        work.send_signal(number)
        _, errors = work.communicate(timeout=120)
        self.assertEqual(work.returncode, 128 + number)
        self.assertEqual(errors.decode().splitlines()[-1], "tessera: interrupted; 1 of 3 files done")
        self.assertEqual(self.names(), ["a.txt", "long.wav", "talk.wav"])

    def test_control_c_keeps_what_is_done(self):
        self.check_interrupted(signal.SIGINT)

    def test_termination_keeps_what_is_done(self):
        self.check_interrupted(signal.SIGTERM)

    def test_second_control_c_ends_at_once(self):
        work = self.start("-", "-q", stdin=subprocess.PIPE)  # waits for input that never comes
        os.write(work.stdin.fileno(), make_wav(silence(0.1)))
        for _ in range(100):
            work.send_signal(signal.SIGINT)
            try:
                work.wait(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                continue
        self.assertIn(work.returncode, (-signal.SIGINT, 128 + signal.SIGINT))
        work.communicate()

    def test_ignored_signals_stay_ignored(self):
        work = self.start("talk.wav", "-q", "-otxt", preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        work.send_signal(signal.SIGINT)
        work.communicate(timeout=120)
        self.assertEqual(work.returncode, 0)
        self.assertIn("talk.txt", self.names())

    def test_closed_pipe_ends_quietly(self):
        work = self.start("long.wav", "-q", "--condition-on-previous-text", "False")
        self.assertNotEqual(work.stdout.readline(), b"")
        work.stdout.close()
        self.assertEqual(work.stderr.read(), b"")
        self.assertEqual(work.wait(timeout=120), -signal.SIGPIPE)
        work.stderr.close()


class Terminal(ProgramTest):
    def run_in_terminal(self, *arguments) -> bytes:
        """Both outputs are the same terminal."""
        leader, follower = pty.openpty()
        work = subprocess.Popen([PROGRAM, *arguments, "-m", str(self.model)], cwd=self.folder, stdin=subprocess.DEVNULL,
                                stdout=follower, stderr=follower, env={**os.environ, "TERM": "xterm"})
        os.close(follower)
        sent = bytearray()

        def read():
            while True:
                try:
                    data = os.read(leader, 65536)
                except OSError:  # the other end is closed
                    return
                if not data:
                    return
                sent.extend(data)

        reader = threading.Thread(target=read)
        reader.start()
        self.assertEqual(work.wait(timeout=300), 0)
        reader.join()
        os.close(leader)
        return bytes(sent)

    def test_progress_bar_leaves_the_transcript_alone(self):
        self.write("minute.wav", make_wav(silence(70)))
        sent = self.run_in_terminal("minute.wav", "--condition-on-previous-text", "False")
        self.assertIn(b"42%  0:30 of 1:10", sent)
        self.assertRegex(sent, rb"0:\d\d left")
        shown = screen(sent)
        self.assertEqual(shown[0], "Detected language: English")
        self.assertEqual(len(shown), 1 + 3 * 2)
        for line in shown[1:]:
            self.assertRegex(line, r"^\[\d\d:\d\d\.\d\d\d --> \d\d:\d\d\.\d\d\d\]  (Hello,|wörld --> 😀)$")

    def test_quiet_shows_no_bar(self):
        self.assertNotIn(b"%", self.run_in_terminal("talk.wav", "-q"))

    def test_progress_without_terminal(self):
        self.write("minute.wav", make_wav(silence(70)))
        done = self.transcribe("minute.wav", "-q", "-pp", "--condition-on-previous-text", "False")
        self.assertEqual(done.err, "minute.wav: 40 %\nminute.wav: 85 %\nminute.wav: 100 %\n")


if __name__ == "__main__":
    unittest.main()
