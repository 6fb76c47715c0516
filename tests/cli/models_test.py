"""`tessera models`, and models found by name in the places where people have them."""

import os
import pathlib
import shutil
import sys
import unittest
import zipfile

from fixtures import SOURCE_DIR, ProgramTest

sys.path.append(str(SOURCE_DIR / "tests/support"))
from make_ctranslate2 import write_ctranslate2  # noqa: E402
from make_ggml import write_ggml  # noqa: E402

LINES = "[00:00.000 --> 00:00.200]  Hello,\n[00:00.200 --> 00:00.400]  wörld --> 😀\n"


class Models(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ggml = cls.shared / "ggml-base.bin"
        write_ggml(cls.model, cls.ggml, "f16")
        cls.ctranslate2 = cls.shared / "ctranslate2"
        write_ctranslate2(cls.model, cls.ctranslate2)

    def setUp(self):
        super().setUp()
        self.cache = self.folder / ".cache/tessera/models"
        self.whisper = self.folder / ".cache/whisper"
        self.hub = self.folder / ".cache/huggingface/hub"
        for folder in (self.cache, self.whisper, self.hub):
            folder.mkdir(parents=True)

    def run_at_home(self, *arguments):
        places = ("TESSERA_CACHE", "XDG_CACHE_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME")
        clean = {name: value for name, value in os.environ.items() if name not in places}
        return self.run_program(*arguments, env={**clean, "HOME": str(self.folder)})

    def listed(self, *arguments) -> list:
        """(name, format, size, state, path) of the models that are not beside the program."""
        done = self.run_at_home("models", *arguments)
        self.assert_done(done)
        header, *lines = done.out.splitlines()
        self.assertEqual(header.split(), ["NAME", "FORMAT", "SIZE", "STATE", "PATH"])
        rows = [line.split(maxsplit=2) for line in lines]
        rows = [(name, kind, *(part.strip() for part in rest.rsplit(maxsplit=2))) for name, kind, rest in rows]
        self.assertIn("pebble", [row[0] for row in rows])
        return [row for row in rows if row[4].startswith(str(self.folder))]

    def add_to_hub(self, repository: str, folder: pathlib.Path) -> pathlib.Path:
        """As huggingface_hub keeps it: a version of links to blobs."""
        place = self.hub / ("models--" + repository.replace("/", "--"))
        snapshot = place / "snapshots" / "0123456789abcdef"
        (place / "blobs").mkdir(parents=True)
        snapshot.mkdir(parents=True)
        (place / "refs").mkdir()
        (place / "refs/main").write_text(snapshot.name)
        for number, path in enumerate(sorted(folder.iterdir())):
            shutil.copy(path, place / "blobs" / str(number))
            (snapshot / path.name).symlink_to(f"../../blobs/{number}")
        return snapshot

    def test_every_place_and_format(self):
        shutil.copytree(self.model, self.cache / "mine")
        with zipfile.ZipFile(self.whisper / "tiny.pt", "w") as checkpoint:
            checkpoint.writestr("tiny/data.pkl", b"x" * 5000)
        shutil.copy(self.ggml, self.whisper)
        small = self.add_to_hub("openai/whisper-small", self.model)
        medium = self.add_to_hub("Systran/faster-whisper-medium", self.ctranslate2)
        other = self.add_to_hub("someone/my-whisper", self.model)
        rows = self.listed()
        self.assertEqual([(name, kind, state, path) for name, kind, _, state, path in rows], [
            ("mine", "huggingface", "complete", str(self.cache / "mine")),
            ("base", "ggml", "complete", str(self.whisper / "ggml-base.bin")),
            ("tiny", "openai", "complete", str(self.whisper / "tiny.pt")),
            ("medium", "ctranslate2", "complete", str(medium)),
            ("someone--my-whisper", "huggingface", "complete", str(other)),
            ("small", "huggingface", "complete", str(small))])
        bytes_of = lambda folder: sum(path.stat().st_size for path in folder.iterdir())
        sizes = {name: size for name, _, size, _, _ in rows}
        self.assertEqual(sizes["mine"], f"{bytes_of(self.model) / 1e6:.1f} MB")
        self.assertEqual(sizes["small"], sizes["mine"])
        self.assertEqual(sizes["tiny"], "5.1 kB")
        for name in ("mine", "medium", "someone--my-whisper", "small"):
            done = self.run_at_home("talk.wav", "-q", "-m", name)
            self.assertEqual((done.out, done.err), (LINES, ""), name)

    def test_names_alone(self):
        shutil.copytree(self.model, self.cache / "mine")
        (self.cache / "tiny.pt.part").write_bytes(b"PK")
        self.assertIn("mine\n", self.run_at_home("models", "--names").out)
        self.assertNotIn("tiny", self.run_at_home("models", "--names").out)

    def test_names_are_kept(self):
        self.add_to_hub("openai/whisper-small", self.model)
        self.assertIn("small: width 64", self.run_at_home("talk.wav", "-v", "-m", "small").err)

    def test_incomplete_ones(self):
        def states(*paths) -> list:
            return [row[3] for row in self.listed() if row[4] in map(str, paths)]
        ggml = self.whisper / "ggml-base.bin"
        whole = self.ggml.read_bytes()
        for length in (4, 40, 30_000, len(whole) // 2, len(whole) - 1):
            ggml.write_bytes(whole[:length])
            self.assertEqual(states(ggml), ["incomplete"], length)
        mine = self.cache / "mine"
        shutil.copytree(self.ctranslate2, mine)
        self.assertEqual(states(mine), ["complete"])
        (mine / "vocabulary.json").unlink()
        self.assertEqual(states(mine), ["incomplete"])
        shutil.copy(self.ctranslate2 / "vocabulary.json", mine)
        whole = (mine / "model.bin").read_bytes()
        (mine / "model.bin").write_bytes(whole[:-1])
        self.assertEqual(states(mine), ["incomplete"])
        small = self.add_to_hub("openai/whisper-small", self.model)
        self.assertEqual(states(small), ["complete"])
        (small / "model.safetensors").resolve().unlink()
        self.assertEqual(states(small), ["incomplete"])
        (small / "model.safetensors").unlink()
        self.assertEqual(states(small), ["incomplete"])
        self.assertNotIn("small", self.run_at_home("info").out)

    def test_folder_of_ones_own_comes_first(self):
        shutil.copytree(self.model, self.cache / "mine")
        own = self.folder / "own"
        own.mkdir()
        shutil.copytree(self.model, own / "mine")
        self.assertEqual([(row[0], row[4]) for row in self.listed("--model-dir", "own") if row[4].startswith("/")],
                         [(str(self.cache / "mine"), str(self.cache / "mine"))])
        self.assertIn("mine  ", self.run_at_home("models", "--model_dir", "own").out)

    def test_names_cannot_drive_the_terminal(self):
        shutil.copytree(self.model, self.cache / "a\x1b[31m\nb")
        out = self.run_at_home("models").out
        self.assertNotIn("\x1b", out)
        self.assertIn("a\\x1b[31m\\nb", out)

    def test_homeless(self):
        clean = {name: value for name, value in os.environ.items() if name not in ("HOME", "TESSERA_CACHE", "XDG_CACHE_HOME")}
        self.assert_done(self.run_program("models", env=clean))
        self.assert_fails(self.run_program("download", "base", env=clean), "model directory: none given", 2)


if __name__ == "__main__":
    unittest.main()
