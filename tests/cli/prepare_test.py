"""`tessera pack`, `tessera calibrate` and `tessera info --plan`: what is kept beside a model."""

import os
import shutil
import unittest

from fixtures import ProgramTest

PACK, PLAN = "tessera.cpu-int8.pack", "tessera.cpu-int8.plan"


class PrepareTest(ProgramTest):
    def setUp(self):
        super().setUp()
        shutil.copytree(self.model, self.folder / "own")
        self.pack, self.plan = self.folder / "own" / PACK, self.folder / "own" / PLAN

    def transcript(self) -> str:
        done = self.run_program("talk.wav", "-q", "--device", "cpu", "-m", "own")
        self.assert_done(done)
        return done.out


class Packs(PrepareTest):
    def test_beside_the_model(self):
        before = self.transcript()
        self.assertFalse(self.pack.exists(), "nothing is written unasked")
        done = self.run_program("pack", "own")
        self.assertEqual((done.returncode, done.out, done.err), (0, f"own/{PACK}\n", ""))
        inode = self.pack.stat().st_ino
        self.assertEqual(self.transcript(), before)
        self.assertEqual(self.pack.stat().st_ino, inode, "a file that fits stays")

    def test_each_precision_has_its_own(self):
        self.assert_done(self.run_program("pack", "-q", "own", "--precision", "bf16"))
        self.assertTrue((self.folder / "own" / "tessera.cpu-bf16.pack").exists())
        self.assertFalse(self.pack.exists())

    def test_damaged_and_stale_files_are_made_anew(self):
        before = self.transcript()
        self.assert_done(self.run_program("pack", "-q", "own"))
        good = self.pack.read_bytes()
        for change in ("a byte", "short", "empty"):
            data = bytearray(good)
            if change == "a byte":
                data[len(data) // 2] ^= 1
            self.pack.write_bytes(data[:-1] if change == "short" else b"" if change == "empty" else data)
            self.assertEqual(self.transcript(), before, change)
            self.assertEqual(self.pack.read_bytes(), good, change)
        weights = self.folder / "own" / "model.safetensors"
        os.utime(weights, ns=(1, 1))  # as another version of the model would
        self.assertEqual(self.transcript(), before)
        self.assertNotEqual(self.pack.read_bytes(), good)
        self.assertEqual(len(self.pack.read_bytes()), len(good))

    def test_errors(self):
        done = self.run_program("pack")
        self.assertEqual((done.returncode, done.err), (2, "tessera: pack: expected a model\n"))
        done = self.run_program("pack", "random:tiny,width=64,layers=1")
        self.assertEqual((done.returncode, done.err),
                         (1, "tessera: pack: expected a model in files, got one that was made in memory\n"))
        done = self.run_program("pack", "own", "--device", "reference")
        self.assertEqual((done.returncode, done.err), (1, "tessera: device reference has no packed weights to store\n"))
        (self.folder / "own" / PACK).mkdir()
        done = self.run_program("pack", "own")
        self.assertEqual(done.returncode, 1)
        self.assertIn(PACK, done.err)
        self.assertEqual(done.err.count("\n"), 1)


class Calibrates(PrepareTest):
    def calibrate(self, *arguments):
        # The fixtures' model has an encoder of zeros; this one has something to lose.
        self.assert_done(self.run_program("convert", "-q", "random:tiny,width=64,layers=2,vocab=51865", "own", "--overwrite"))
        return self.run_program("calibrate", "own", "--audio", "talk.wav", *arguments)

    def test_finds_a_plan_that_is_used(self):
        done = self.calibrate("--largest-error", "1")
        self.assertEqual((done.returncode, done.err), (0, ""))
        self.assertEqual(len(done.out.splitlines()), 2 * 5 + 3)
        self.assertNotIn("stays", done.out)
        done = self.calibrate("--largest-error", "0.000001")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.out.count("stays in bf16"), 10)
        shown = self.run_program("info", "--plan", "-m", "own", "--device", "cpu")
        self.assertEqual(shown.returncode, 0)
        self.assertIn("encoder 1: qkv bf16, attention bf16, out bf16, up bf16, down bf16\n", shown.out)
        self.assertIn("logits: out int8\n", shown.out)
        self.assert_done(self.run_program("talk.wav", "-q", "--device", "cpu", "-m", "own", "--temperature", "0", "-l", "en",
                                          "--max-new-tokens", "10"))

    def test_a_plan_that_is_none_is_an_error(self):
        self.plan.write_text("stem: conv bf8\n")
        done = self.run_program("talk.wav", "-q", "--device", "cpu", "-m", "own")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.err, f"tessera: own/{PLAN}:1: expected a line like 'stem: conv bf16', got 'stem: conv bf8'\n")

    def test_errors(self):
        done = self.run_program("calibrate", "own")
        self.assertEqual((done.returncode, done.err), (2, "tessera: calibrate: expected --audio and sound files\n"))
        done = self.run_program("calibrate", "own", "--audio", "none.wav")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.err.count("\n"), 1)
        done = self.run_program("calibrate", "own", "--audio", "talk.wav", "--largest-error", "0")
        self.assertEqual(done.returncode, 2)
        self.assertIn("largest_error", done.err)
        self.assertFalse(self.plan.exists())


class Plans(PrepareTest):
    def test_of_each_precision(self):
        done = self.run_program("info", "--plan", "-m", self.model, "--device", "cpu", "--precision", "bf16")
        self.assertEqual(done.out, "stem: conv bf16\nencoder 0: qkv bf16, attention bf16, out bf16, up bf16, down bf16\n"
                                   "cross 0: kv bf16\ndecoder 0: self f32, cross bf16, ffn bf16\nlogits: out bf16\n")
        done = self.run_program("info", "--plan", "-m", self.model, "--device", "reference")
        self.assertEqual(done.out, "everything: f32\n")


if __name__ == "__main__":
    unittest.main()
