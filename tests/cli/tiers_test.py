"""The shipped model hears the same words on every instruction set that this machine has, in every precision.

The baseline, which is the oracle of the other kernels and takes twenty times as long, does so in one precision.
"""

import os
import pathlib
import re
import subprocess
import unittest

PROGRAM = os.environ["TESSERA"]
MODEL = pathlib.Path(os.environ["TESSERA_SOURCE_DIR"]) / "models/pebble"


def run(*arguments):
    environment = {name: value for name, value in os.environ.items() if name not in ("TESSERA_ISA", "TESSERA_KERNELS")}
    return subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=240, env=environment | {"TESSERA_CACHE": os.path.abspath("cache")})


def transcribe(isa, precision):
    less = ["--language", "en", "--beam-size", 1] if isa == "portable" else []
    return run("--model", MODEL, "--device", f"cpu:isa={isa}", "--precision", precision, *less, MODEL / "sample.wav")


class Tiers(unittest.TestCase):
    def test_every_tier_and_precision_hears_the_words(self):
        words = (MODEL / "sample.txt").read_text().split()
        known = re.search(r"expected one of auto, (.*); got 'none'", transcribe("none", "int8").stderr)
        self.assertIsNotNone(known, "an unknown instruction set names the known ones")
        ran = []
        for isa in known[1].split(", "):
            first = transcribe(isa, "int8")
            if f"this machine has no {isa};" in first.stderr:
                self.assertEqual((first.returncode, first.stdout), (1, ""))
                print("not on this machine:", isa)
                continue
            others = ["bf16", "f32"] if isa != "portable" else []
            for precision, done in [("int8", first)] + [(p, transcribe(isa, p)) for p in others]:
                with self.subTest(isa=isa, precision=precision):
                    self.assertEqual(done.returncode, 0, done.stderr)
                    said = re.sub(r"\[[^\]]*\]", "", done.stdout).split()
                    self.assertEqual(said, words)
                ran.append(f"{isa} {precision}")
        print("ran:", ", ".join(ran))
        self.assertIn("portable int8", ran)


if __name__ == "__main__":
    unittest.main()
