"""Bash completion."""

import os
import pathlib
import subprocess
import unittest

from fixtures import PROGRAM, SOURCE_DIR, ProgramTest

SCRIPT = SOURCE_DIR / "apps/cli/completion/tessera.bash"


class Completion(ProgramTest):
    def complete(self, *words: str) -> list:
        """What is offered for the last word."""
        code = """
            . "$1"; shift
            complete -p tessera >/dev/null || exit 1
            COMP_WORDS=(tessera "$@"); COMP_CWORD=$#
            _tessera tessera "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
        """
        path = str(pathlib.Path(PROGRAM).parent) + ":" + os.environ["PATH"]
        done = subprocess.run(["bash", "--norc", "-uc", code, "bash", SCRIPT, *words], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**os.environ, "PATH": path}, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode().split("\n")[:-1]

    def test_options_are_those_of_the_help(self):
        offered = self.complete("--")
        for option in ("--output-format", "--language", "--no-timestamps", "--help", "--channels", "--beam-size", "--duration",
                       "--word-timestamps", "--max-line-width", "--initial-prompt"):
            self.assertIn(option, offered)
        self.assertEqual(self.complete("--output-f"), ["--output-format", "--output-file"])
        self.assertIn("--languages", self.complete("info", "--"))
        self.assertNotIn("--language", self.complete("info", "--"))
        self.assertIn("--overwrite", self.complete("convert", "--"))

    def test_values(self):
        self.assertEqual(self.complete("--output-format", ""), ["txt", "srt", "vtt", "tsv", "json", "csv", "lrc", "wcpp-json", "all"])
        self.assertEqual(self.complete("--output_format", "j"), ["json"])
        self.assertEqual(self.complete("-l", "ge"), ["german", "georgian"])
        self.assertEqual(self.complete("--device", ""), ["auto", "cpu", "reference", "npu-sim", "npu"])
        self.assertEqual(self.complete("--task", "tr"), ["transcribe", "translate"])
        self.assertEqual(self.complete("convert", "--dtype", ""), ["auto", "f32", "f16", "bf16"])
        self.assertIn("random:tiny", self.complete("-m", ""))
        for option in ("-bs", "--initial_prompt", "--max-line-width", "--append-punctuations", "-d"):
            self.assertEqual(self.complete(option, ""), [""], "any value may follow")

    def test_files_and_commands(self):
        self.assertEqual(self.complete("ta"), ["talk.wav"])
        self.assertEqual(self.complete("inf"), ["info"])
        self.assertEqual(self.complete("mod"), ["models"])
        self.assertEqual(self.complete("download", "tiny"), ["tiny.en", "tiny"])
        self.assertIn("--mirror", self.complete("download", "--"))
        self.assertEqual(self.complete("models", "--n"), ["--names"])
        self.assertEqual(self.complete("st"), ["stream"])
        self.assertEqual(self.complete("stream", "--real"), ["--realtime"])
        self.assertEqual(self.complete("con"), ["convert"])
        self.assertEqual(self.complete("we"), ["wer"])
        self.assertEqual(self.complete("wer", "--normalizer", "b"), ["basic"])
        (self.folder / "out put").mkdir()
        self.assertEqual(self.complete("talk.wav", "-o", ""), ["out put"])


if __name__ == "__main__":
    unittest.main()
