"""The shipped model's encoder in int8 on the simulated NPU hears the words that the reference hears."""

import os
import pathlib
import unittest

from fixtures import ProgramTest

MODEL = pathlib.Path(os.environ["TESSERA_SOURCE_DIR"]) / "models/pebble"


class NpuSimInt8(ProgramTest):
    def hear(self, *arguments):
        done = self.run_program(MODEL / "sample.wav", "-m", MODEL, "-l", "en", *arguments, timeout=1200)
        self.assertEqual(done.returncode, 0, done.err)
        return done

    def test_hears_the_same_words(self):
        heard = self.hear("--device", "npu-sim", "--precision", "int8", "-v")
        self.assertEqual(heard.out, self.hear("--device", "reference", "-q").out)
        self.assertRegex(heard.err, r"npu-sim: simulated .* in int8 on 16 cores, modelled [0-9.]+ ms per window")


if __name__ == "__main__":
    unittest.main()
