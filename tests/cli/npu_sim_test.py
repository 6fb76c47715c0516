"""The shipped model's encoder on the simulated NPU hears the words that the processor hears in float32."""

import os
import pathlib
import re
import unittest

from fixtures import ProgramTest

MODEL = pathlib.Path(os.environ["TESSERA_SOURCE_DIR"]) / "models/pebble"


class NpuSim(ProgramTest):
    def hear(self, device, *arguments):
        done = self.run_program(MODEL / "sample.wav", "-m", MODEL, "-l", "en", "--device", device, *arguments, timeout=1200)
        self.assertEqual(done.returncode, 0, done.err)
        return done

    def test_hears_the_same_words(self):
        heard = self.hear("npu-sim:clock=1.8,grade=chess", "-v")
        self.assertEqual(heard.out, self.hear("cpu", "--precision", "f32", "-q").out)
        said = re.sub(r"\[[^\]]*\]", "", heard.out).split()
        self.assertEqual(said, (MODEL / "sample.txt").read_text().split())
        self.assertRegex(heard.err, r"npu-sim: simulated .* in bf16 on 16 cores, modelled [0-9.]+ ms per window .* at 1\.8 GHz and grade chess")

    def test_refuses_options_and_numbers_that_it_does_not_have(self):
        for device, message in (("npu-sim:speed=2", "'speed'"), ("npu-sim:clock=1e9", "0.1 to 5 GHz"), ("npu-sim:cores=4", "16 cores"),
                                ("npu-sim:grade=gcc", "'gcc'")):
            with self.subTest(device=device):
                self.assert_fails(self.run_program(MODEL / "sample.wav", "-m", MODEL, "-q", "--device", device), message, 2)
        done = self.run_program(MODEL / "sample.wav", "-m", MODEL, "-q", "--device", "npu-sim", "--precision", "f32")
        self.assert_fails(done, "precision bf16, int8 or auto")


if __name__ == "__main__":
    unittest.main()
