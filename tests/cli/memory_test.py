"""The memory for an hour of sound is that for a minute, but for the log-mel, which the reference's
normalisation wants whole: 360,000 frames of 80 float32 are 115 MB."""

import os
import subprocess
import threading
import unittest

from fixtures import PROGRAM, ProgramTest, make_wav

RATE = 16000


class Memory(ProgramTest):
    def peak_megabytes(self, seconds: int) -> float:
        """Of a run that reads so much of a pulsing tone from a pipe and transcribes all of it."""
        second = b"".join((8000 * (i // 20 % 2) - 4000).to_bytes(2, "little", signed=True) for i in range(RATE))
        header = make_wav(b"", claimed_bytes=len(second) * seconds)
        program = subprocess.Popen([PROGRAM, "-", "-m", self.model, "-l", "en", "-q", "--device", "cpu",
                                    "--condition-on-previous-text", "False"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)

        def feed():
            with program.stdin:
                program.stdin.write(header)
                for _ in range(seconds):
                    program.stdin.write(second)

        writer = threading.Thread(target=feed)
        writer.start()
        lines = program.stdout.read().decode().splitlines()
        _, status, usage = os.wait4(program.pid, 0)
        program.returncode = status
        writer.join()
        program.stdout.close()
        self.assertEqual(status, 0)
        self.assertEqual(len(lines), 2 * -(-seconds // 30), "two segments for every window of 30 s")
        return usage.ru_maxrss / 1024

    def test_an_hour_takes_little_more_than_a_minute(self):
        minute = self.peak_megabytes(60)
        hour = self.peak_megabytes(3600)
        print(f"peak memory: {minute:.0f} MB for a minute, {hour:.0f} MB for an hour")
        self.assertGreater(hour - minute, 100, "the log-mel alone is 113 MB more: was all of it read?")
        self.assertLess(hour - minute, 150)


if __name__ == "__main__":
    unittest.main()
