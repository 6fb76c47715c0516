"""Windows decoded in batches: the same files as one after the other, in the order of the files."""

import signal
import subprocess
import unittest

from fixtures import PROGRAM, ProgramTest, make_wav, silence


class Batch(ProgramTest):
    def setUp(self):
        super().setUp()
        # Silence is cut after 30 s sharp, where the model's text ends each window in turn too.
        self.write("long.wav", make_wav(silence(100)))
        self.write("short.wav", make_wav(silence(31)))

    def outputs(self, *arguments) -> dict:
        done = self.transcribe(*arguments, "--condition_on_previous_text", "False", "-l", "en", "-o", "out",
                               "--output_format", "all")
        made = {path.name: path.read_bytes() for path in (self.folder / "out").iterdir()}
        for name in made:
            (self.folder / "out" / name).unlink()
        return {"status": done.returncode, "out": done.out, "err": done.err, **made}

    def test_files_share_batches_and_keep_their_order(self):
        files = ["talk.wav", "long.wav", "no-such.wav", "short.wav"]
        expected = self.outputs(*files)
        self.assertEqual(len(expected), 3 + 3 * 5)
        self.assertEqual(expected["out"].count("\n"), 2 * (1 + 4 + 2))
        self.assertEqual(expected["status"], 1)
        self.assertEqual([line.split(" (")[0] for line in expected["err"].splitlines()],
                         ["== talk.wav", "== long.wav", "== no-such.wav",
                          "tessera: no-such.wav: No such file or directory", "== short.wav"])
        for size in (["--batch-size", "1"], ["--batch-size=2"], ["--batch_size", "3"], ["--batch_size=32"]):
            self.assertEqual(self.outputs(*files, *size), expected, size)

    def test_one_file_and_its_words(self):
        arguments = ["long.wav", "--word_timestamps", "True", "--clip_timestamps", "10,95"]
        self.assertEqual(self.outputs(*arguments, "--batch_size", "4"), self.outputs(*arguments))

    def test_channels_and_standard_input(self):
        self.write("call.wav", make_wav(silence(70), channels=2))
        for arguments in (["call.wav", "--channels", "split"], ["call.wav", "--channels", "1"]):
            self.assertEqual(self.outputs(*arguments, "--batch_size", "4"), self.outputs(*arguments), arguments)
        done = self.transcribe("-", "--batch-size", "2", "-l", "en", input=make_wav(silence(31)))
        self.assert_done(done)
        self.assertEqual(done.out.count("\n"), 4)

    def test_tells_the_times_of_its_stages(self):
        done = self.transcribe("short.wav", "--batch-size", "2", "-v", "-l", "en")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.err, r"31\.0 s of sound in .* s: read .* s, mel .* s, encode .* s, decode .* s, write .* s;")

    def test_contradictions(self):
        for arguments, message in (
                (["--condition-on-previous-text", "True"], "--condition-on-previous-text: not together with --batch-size"),
                (["--max-context", "-1"], "--max-context: not together with --batch-size"),
                (["--word_timestamps", "True", "--hallucination_silence_threshold", "2"],
                 "--hallucination-silence-threshold: not together with --batch-size"),
                (["--batch-size", "1000"], "batch_size: expected 0 to 128, got 1000"),
                (["--batch-size", "-1"], "--batch-size: expected windows from 0, got -1"),
                (["--batch-size", "many"], "--batch-size")):
            self.assert_fails(self.transcribe("talk.wav", "--batch-size", "4", *arguments), message, 2)

    def test_control_c_keeps_what_is_done(self):
        self.write("hour.wav", make_wav(silence(3600)))
        work = subprocess.Popen([PROGRAM, "talk.wav", "hour.wav", "short.wav", "--batch-size", "3", "-otxt", "-l", "en", "-m",
                                 str(self.model)], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        lines = [work.stdout.readline() for _ in range(3)]
        self.assertTrue(all(lines), "two segments of the first file, and one of the second")
        work.send_signal(signal.SIGINT)
        _, errors = work.communicate(timeout=120)
        self.assertEqual(work.returncode, 128 + signal.SIGINT)
        self.assertEqual(errors.decode().splitlines()[-1], "tessera: interrupted; 1 of 3 files done")
        self.assertEqual(self.names(), ["hour.wav", "long.wav", "short.wav", "talk.txt", "talk.wav"])


if __name__ == "__main__":
    unittest.main()
