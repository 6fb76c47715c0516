"""`tessera convert`: models written anew, bad input, nothing half-written."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import unittest

from fixtures import PROGRAM, SOURCE_DIR, ProgramTest, make_safetensors, model_tensors

FILES = ["config.json", "generation_config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json",
         "tokenizer_config.json"]


def limit_file_size(limit_bytes: int):
    """Makes files end as on a full disk, for root as well."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))

    return limit


class ConvertTest(ProgramTest):
    def convert(self, *arguments, **options):
        return self.run_program("convert", *arguments, **options)

    def transcript(self, model) -> str:
        done = self.run_program("talk.wav", "-q", "-m", model)
        self.assert_done(done)
        return done.out

    def dtypes(self, folder: str) -> set:
        raw = (self.folder / folder / "model.safetensors").read_bytes()
        header = json.loads(raw[8:8 + int.from_bytes(raw[:8], "little")])
        return {tensor["dtype"] for name, tensor in header.items() if name != "__metadata__"}


class Converts(ConvertTest):
    def test_a_folder(self):
        done = self.convert(self.model, "out")
        self.assertEqual((done.returncode, done.out, done.err), (0, "", "out: 7.1 MB of weights\n"))
        self.assertEqual(self.names("out"), FILES)
        self.assertEqual(self.names(), ["out", "talk.wav"])
        self.assertEqual(self.dtypes("out"), {"F16"})
        self.assertEqual(self.transcript("out"), self.transcript(self.model))

    def test_dtypes(self):
        heard = self.transcript(self.model)
        for dtype, name in (("f32", "F32"), ("f16", "F16"), ("bf16", "BF16")):
            self.assert_done(self.convert("-q", self.model, dtype, "--dtype", dtype))
            self.assertEqual(self.dtypes(dtype), {name})
            # All values of this model are short enough for each of them.
            self.assertEqual(self.transcript(dtype), heard)

    def test_random_models_and_new_folders(self):
        self.assert_done(self.convert("-q", "random:tiny.en,layers=1,width=64", "new/deep/out"))
        self.assertEqual(self.names("new/deep/out"), FILES)
        config = json.loads((self.folder / "new/deep/out/config.json").read_text())
        self.assertEqual((config["vocab_size"], config["d_model"], config["encoder_layers"]), (51864, 64, 1))

    def test_a_checkpoint_of_openai_whisper(self):
        self.assert_done(self.convert("-q", "random:tiny,layers=1,width=64", "first"))
        maker = SOURCE_DIR / "tests/support/make_openai_pt.py"
        subprocess.run([sys.executable, maker, self.folder / "first", self.folder / "model.pt"], check=True)
        self.assert_done(self.convert("-q", "model.pt", "second"))
        for name in FILES:
            self.assertEqual((self.folder / "second" / name).read_bytes(), (self.folder / "first" / name).read_bytes(), name)

    def test_overwrite(self):
        self.assert_done(self.convert("-q", self.model, "out"))
        self.assert_done(self.convert("-q", "random:tiny,layers=1,width=64", "out", "--overwrite"))
        self.assertEqual(self.dtypes("out"), {"F32"})
        self.assertEqual(self.names("out"), FILES)
        self.assertEqual(self.names(), ["out", "talk.wav"])

    def test_model_dir(self):
        shutil.copytree(self.model, self.folder / "models/mine")
        self.assert_done(self.convert("-q", "mine", "out", "--model-dir", "models"))
        self.assertEqual(self.names("out"), FILES)

    def test_help(self):
        done = self.convert("--help")
        self.assert_done(done)
        for text in ("Usage: tessera convert [OPTIONS] IN OUT", "--dtype DTYPE", "--overwrite", "--model-dir DIR"):
            self.assertIn(text, done.out)


class BadInput(ConvertTest):
    def check(self, message: str, *arguments, status: int = 1, left=("talk.wav",), **options):
        self.assert_fails(self.convert("-q", *arguments, **options), message, status)
        self.assertEqual(self.names(), sorted(left))

    def test_arguments(self):
        self.check("convert: expected a model and a folder", status=2)
        self.check("convert: expected a folder", self.model, status=2)
        self.check("unexpected argument more", self.model, "out", "more", status=2)
        self.check("unknown option --typ", self.model, "out", "--typ", "f16", status=2)
        self.check("dtype: expected auto, f32, f16 or bf16, got 'int8'", self.model, "out", "--dtype", "int8", status=2)

    def test_model_is_missing_or_bad(self):
        self.check("none/model: expected a model's folder, found nothing", "none/model", "out")
        self.check("which is not in", "none", "out", status=2)
        self.check("random:nine", "random:nine", "out", status=2)
        self.check("talk.wav: expected a model's folder", "talk.wav", "out")
        (self.folder / "model.pt").write_bytes(b"PK\3\4 and nothing more")
        self.check("model.pt: truncated", "model.pt", "out", left=("model.pt", "talk.wav"))

    def test_folder_is_taken(self):
        (self.folder / "out").mkdir()
        (self.folder / "out/notes.txt").write_text("mine")
        left = ("out", "talk.wav")
        self.check("out: expected an empty folder or none", self.model, "out", status=2, left=left)
        self.check("out: expected a model to replace", self.model, "out", "--overwrite", status=2, left=left)
        self.check("talk.wav: expected a folder or nothing there, found a file", self.model, "talk.wav", "--overwrite", status=2,
                   left=left)
        self.check(".: expected another folder", self.model, ".", "--overwrite", status=2, left=left)
        self.assertEqual((self.folder / "out/notes.txt").read_text(), "mine")

    def test_folder_is_not_writable(self):
        self.check("talk.wav/out: cannot write: Not a directory", self.model, "talk.wav/out")
        self.check("/proc/tessera: cannot write: ", self.model, "/proc/tessera")
        inside = self.folder / "inside"
        inside.mkdir()
        inside.chmod(0o500)
        somebody = {}
        if os.geteuid() == 0:  # root may write everywhere; so be somebody else
            self.shared.chmod(0o755)
            self.folder.chmod(0o755)
            somebody = {"user": 65534}
        self.check("inside/out: cannot write: Permission denied", self.model, "inside/out", left=("inside", "talk.wav"), **somebody)

    def test_disk_is_full(self):
        for limit_bytes in (0, 300, 3000000):
            self.check("deep/out/model.safetensors: cannot write: File too large", self.model, "deep/out",
                       preexec_fn=limit_file_size(limit_bytes))

    def test_old_model_stays_when_the_disk_is_full(self):
        self.assert_done(self.convert("-q", self.model, "out"))
        before = {path.name: path.read_bytes() for path in (self.folder / "out").iterdir()}
        self.check("out/model.safetensors: cannot write: ", self.model, "out", "--overwrite", left=("out", "talk.wav"),
                   preexec_fn=limit_file_size(100000))
        self.assertEqual({path.name: path.read_bytes() for path in (self.folder / "out").iterdir()}, before)

    def test_number_that_does_not_fit(self):
        large = self.folder / "large"
        shutil.copytree(self.model, large)
        tensors = model_tensors()
        name = "model.encoder.conv2.bias"
        tensors[name] = ("BF16", tensors[name][1], b"\x80\x7f" * 64)  # infinity fits
        (large / "model.safetensors").write_bytes(make_safetensors(tensors))
        self.assert_done(self.convert("-q", "large", "out", "--dtype", "f16"))
        shutil.rmtree(self.folder / "out")
        tensors[name] = ("BF16", tensors[name][1], b"\x7f\x7f" * 64)
        (large / "model.safetensors").write_bytes(make_safetensors(tensors))
        self.check("tensor model.encoder.conv2.bias", "large", "out", "--dtype", "f16", status=2, left=("large", "talk.wav"))

    def interrupted(self) -> tuple:
        """Status and last words of a conversion that gets a signal when it has begun to write."""
        work = subprocess.Popen([PROGRAM, "convert", "-q", "random:tiny", "out", "--dtype", "bf16"], cwd=self.folder,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while self.names() == ["talk.wav"] and work.poll() is None:
            time.sleep(0.001)
        work.send_signal(signal.SIGINT)
        _, errors = work.communicate(timeout=300)
        return work.returncode, errors.decode()

    def test_control_c(self):
        status = 0
        for _ in range(20):  # on a busy machine the work may be done before the signal comes
            status, errors = self.interrupted()
            if status != 0:
                break
            shutil.rmtree(self.folder / "out")
        self.assertEqual((status, errors), (128 + signal.SIGINT, "tessera: interrupted; nothing was written\n"))
        self.assertEqual(self.names(), ["talk.wav"])


if __name__ == "__main__":
    unittest.main()
