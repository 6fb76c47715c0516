"""One model in every format that people have: the same transcript, and clear errors."""

import pathlib
import sys
import unittest

SOURCE = pathlib.Path(__file__).parents[1]
sys.path += [str(SOURCE / "cli"), str(SOURCE / "support")]

from fixtures import SOURCE_DIR, WIDTH, ProgramTest, make_model  # noqa: E402
from huggingface_model import Model, Tensor, read_model  # noqa: E402
from make_ctranslate2 import config_json, model_bin, write_ctranslate2  # noqa: E402
from make_ggml import FILE_TYPES, ggml_bytes, write_ggml  # noqa: E402
from make_openai_pt import archive_bytes, openai_pt_bytes, write_openai_pt  # noqa: E402

PEBBLE = SOURCE_DIR / "models/pebble"
LINES = "[00:00.000 --> 00:00.200]  Hello,\n[00:00.200 --> 00:00.400]  wörld --> 😀\n"

# Each format that keeps the halves of the shipped model as they are: its file or folder, and what writes it from a
# Hugging Face folder.
LOSSLESS = [
    ("ggml-pebble.bin", lambda source, path: write_ggml(source, path, "f16")),
    ("ctranslate2", lambda source, path: write_ctranslate2(source, path, "float16")),
    ("pebble.pt", lambda source, path: write_openai_pt(source, path, "f16")),
]


def ggml_sized_model(folder: pathlib.Path) -> Model:
    """The tests' model, with feed-forward layers of 4 x width as ggml takes for granted; they are all zero."""
    model = read_model(make_model(folder))
    for side in ("encoder", "decoder"):
        for name, shape in (("fc1.weight", [4 * WIDTH, WIDTH]), ("fc1.bias", [4 * WIDTH]), ("fc2.weight", [WIDTH, 4 * WIDTH])):
            count = shape[0] * (shape[1] if len(shape) > 1 else 1)
            model.tensors[f"{side}.layers.0.{name}"] = Tensor("F16", shape, bytes(2 * count))
    return model


class ShippedModel(ProgramTest):
    def transcript(self, model) -> bytes:
        """The JSON of the sample, with words: they depend on what a format says of the attention heads."""
        folder = self.folder / ("out-" + pathlib.Path(model).name)
        done = self.run_program(PEBBLE / "sample.wav", "-m", model, "-q", "-f", "json", "-o", folder, "--device", "cpu", "--precision", "f32",
                                "--word-timestamps", "True")
        self.assert_done(done)
        return (folder / "sample.json").read_bytes()

    def test_every_format_gives_the_same_bytes(self):
        wanted = self.transcript(PEBBLE)
        self.assertIn(b"Hello from Tessera", wanted)
        self.assertIn(b'"words": [{"word": " Hello", ', wanted)
        for name, write in LOSSLESS:
            path = self.folder / name
            write(PEBBLE, path)
            self.assertEqual(self.transcript(path), wanted, name)


class NumberFormats(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = ggml_sized_model(cls.shared / "ggml-sized")

    def check(self, path):
        done = self.run_program("talk.wav", "-m", path, "-q", "-f", "txt", "-o", "out", "--device", "cpu", "--precision", "f32")
        self.assert_done(done)
        self.assertEqual(done.out, LINES, path)

    def test_ggml(self):
        for kind in FILE_TYPES:
            self.check(self.write(f"ggml-{kind}.bin", ggml_bytes(self.source, kind)))

    def test_openai_checkpoint(self):
        for kind in ("f16", "f32", "bf16"):
            self.check(self.write(f"{kind}.pt", openai_pt_bytes(self.source, kind)))

    def test_ctranslate2(self):
        for kind in ("float16", "float32", "bfloat16", "int8", "int16"):
            folder = self.folder / kind
            folder.mkdir()
            (folder / "model.bin").write_bytes(model_bin(self.source, kind))
            (folder / "config.json").write_text(config_json(self.source))
            self.check(folder)
            self.check(folder / "model.bin")


class BadFiles(ProgramTest):
    def check(self, path, *messages):
        done = self.run_program("talk.wav", "-m", path, "-f", "txt")
        for message in (f"{pathlib.Path(path).name}: ", *messages):
            self.assert_fails(done, message)
        self.assertFalse((self.folder / "talk.txt").exists())

    def test_ggml(self):
        whole = ggml_bytes(ggml_sized_model(self.folder / "source"), "f16")
        path = self.write("ggml-cut.bin", whole)
        for size in (4, 40, 60000, 600000, len(whole) - 1):
            path.write_bytes(whole[:size])
            self.check(path, "truncated")
        path.write_bytes(whole[:4] + b"\xff" * 4 + whole[8:])
        self.check(path, "vocabulary size", "found -1")

    def test_ctranslate2(self):
        folder = self.folder / "model"
        write_ctranslate2(make_model(self.folder / "source"), folder)
        path = folder / "model.bin"
        whole = path.read_bytes()
        for size in (4, 20, 3000, len(whole) - 1):
            path.write_bytes(whole[:size])
            self.check(path, "truncated" if size > 4 else "expected a model's folder")
        path.write_bytes(whole)
        (folder / "config.json").write_text('{"suppress_ids": [-1]}')
        done = self.run_program("talk.wav", "-m", folder, "-f", "txt")
        self.assert_fails(done, "config.json: suppress_ids: expected a whole number")

    def test_openai_checkpoint(self):
        whole = openai_pt_bytes(ggml_sized_model(self.folder / "source"), "f16")
        path = self.write("cut.pt", whole)
        for size in (4, 40, 60000, 600000, len(whole) - 1):
            path.write_bytes(whole[:size])
            self.check(path, "truncated")
        ran = self.folder / "ran"
        command = f"cposix\nsystem\n(X{chr(len(str(ran)) + 6)}\0\0\0touch {ran}tR.".encode()
        path.write_bytes(archive_bytes(b"\x80\2" + command, {}))
        self.check(path, "the pickle uses the class or function posix.system")
        self.assertFalse(ran.exists(), "nothing of a pickle is run")
        path.write_bytes(b"\x80\2\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.")
        self.check(path, "torch's form of before version 1.6")

    def test_other_files(self):
        self.check(self.write("notes.txt", b"hello"), "expected a model's folder")
        self.check(self.write("empty.bin", b""), "expected a model's folder")
        self.check(self.folder / "none.bin", "found nothing of that name")


if __name__ == "__main__":
    unittest.main()
