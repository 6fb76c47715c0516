"""Bad input: one clear line on standard error, exit status 1, nothing half-written, other files done."""

import json
import os
import resource
import signal
import struct
import unittest

from fixtures import MODEL_CONFIG, SOURCE_DIR, ProgramTest, make_safetensors, make_wav, model_tensors, silence


def limit_file_size(limit_bytes: int):
    """Makes files end as on a full disk, for root as well."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))

    return limit


class BadSound(ProgramTest):
    def check(self, name: str, *messages: str):
        """The bad file fails with one line that names it; the good ones around it are done."""
        self.write("first.wav", self.talk.read_bytes())
        done = self.transcribe("-q", "first.wav", name, "talk.wav", "-o", "out", "-f", "txt,json")
        self.assert_fails(done, messages[0])
        for message in messages[1:]:
            self.assertIn(message, done.err)
        self.assertEqual(done.err.count(os.path.basename(name) or name), 1, "named once: " + done.err)
        self.assertEqual(self.names("out"), ["first.json", "first.txt", "talk.json", "talk.txt"])

    def check_bytes(self, name: str, contents: bytes, *messages: str):
        self.write(name, contents)
        self.check(name, *messages)

    def test_missing(self):
        self.check("none.wav", "none.wav: ", "No such file")

    def test_empty(self):
        self.check_bytes("bad.wav", b"", "bad.wav: ", "empty")

    def test_directory(self):
        (self.folder / "folder").mkdir()
        self.check("folder", "folder: ", "directory")

    def test_dots(self):
        done = self.transcribe("-q", "..", "talk.wav", "-o", "out", "-f", "txt")
        self.assert_fails(done, "..: ")
        self.assertEqual(self.names("out"), ["talk.txt"])

    def test_not_sound(self):
        self.check_bytes("bad.wav", b"This is a text.\n" * 100, "bad.wav: ")
        self.check_bytes("bad.mp3", bytes(range(256)) * 40, "bad.mp3: ")
        self.check_bytes("bad.m3u", b"#EXTM3U\nhttp://127.0.0.1:1/x.mp3\ntalk.wav\n", "bad.m3u: ")

    def test_truncated(self):
        self.check_bytes("bad.wav", make_wav(silence(0.2), claimed_bytes=32000), "bad.wav: ", "truncated")
        flac = (SOURCE_DIR / "tests/data/audio_tone.flac").read_bytes()
        self.check_bytes("bad.flac", flac[:len(flac) // 2], "bad.flac: ")

    def test_no_audio_stream(self):
        self.check_bytes("bad.mp4", (SOURCE_DIR / "tests/data/audio_none.mp4").read_bytes(), "bad.mp4: ", "no sound")

    def test_no_samples(self):
        self.check_bytes("bad.wav", make_wav(b""), "bad.wav: ")

    def test_not_a_number(self):
        samples = struct.pack("<4000f", *([0.0] * 3999 + [float("nan")]))
        self.check_bytes("bad.wav", make_wav(samples, bits=32, is_float=True), "bad.wav: ")

    def test_absurd_rate(self):
        self.check_bytes("bad.wav", make_wav(silence(0.1, 384000), rate_hz=384000), "bad.wav: ", "384000")

    def test_absurd_number_of_channels(self):
        self.check_bytes("bad.wav", make_wav(silence(1), channels=32), "bad.wav: ", "32")

    def test_standard_input(self):
        self.assert_fails(self.transcribe("-q", "-", input=b"not sound at all"), "tessera: ")
        self.assert_fails(self.transcribe("-q", "-", input=b""), "empty")
        self.assert_fails(self.transcribe("-q", "-", "--channels", "split", input=b""), "standard input")


class BadModel(ProgramTest):
    """The loader's own tests know every kind of damage; here is how the program tells of it."""

    def setUp(self):
        super().setUp()
        self.bad = self.folder / "bad"
        self.bad.mkdir()
        for file in self.model.iterdir():
            (self.bad / file.name).symlink_to(file)

    def replace(self, name: str, contents: bytes):
        (self.bad / name).unlink(missing_ok=True)
        (self.bad / name).write_bytes(contents)

    def check(self, *messages: str):
        done = self.run_program("-q", "talk.wav", "-m", self.bad, "-o", "out")
        for message in messages:
            self.assert_fails(done, message)
        self.assertEqual(self.names("out"), [])

    def check_tensor(self, change, *messages: str):
        tensors = model_tensors()
        change(tensors, "model.encoder.conv2.weight")
        self.replace("model.safetensors", make_safetensors(tensors))
        self.check("model.safetensors: ", *messages)

    def test_weights_are_truncated(self):
        whole = (self.model / "model.safetensors").read_bytes()
        for size in (0, 4, 100, len(whole) - 1):
            self.replace("model.safetensors", whole[:size])
            self.check("model.safetensors: ")

    def test_header_of_absurd_length(self):
        self.replace("model.safetensors", struct.pack("<Q", 2**63) + b"{}      ")
        self.check("model.safetensors: ")

    def test_tensors(self):
        name = "encoder.conv2.weight"
        self.check_tensor(lambda tensors, key: tensors.pop(key), name)
        self.check_tensor(lambda tensors, key: tensors.update({key: ("F16", [64, 3, 64], tensors[key][2])}), name, "64")
        self.check_tensor(lambda tensors, key: tensors.update({key: ("I16", *tensors[key][1:])}), name, "I16")

    def test_config(self):
        for text in ("", "{", "[]", json.dumps({**MODEL_CONFIG, "d_model": "wide"}), json.dumps({**MODEL_CONFIG, "model_type": "bert"}),
                     json.dumps({**MODEL_CONFIG, "encoder_layers": 2**40})):
            self.replace("config.json", text.encode())
            self.check("config.json: ")
        (self.bad / "config.json").unlink()
        self.check("config.json")

    def test_tokenizer(self):
        self.replace("tokenizer.json", b"{}")
        self.check("tokenizer.json: ")
        (self.bad / "tokenizer.json").unlink()
        self.replace("vocab.json", json.dumps({"a": 0, "b": 1}).encode())
        self.check("bad")
        self.replace("merges.txt", b"#version: 0.2\n")
        self.check("bad")


class BadOutput(ProgramTest):
    def test_output_directory_cannot_be_made(self):
        for directory in ("talk.wav", "talk.wav/sub", "/proc/tessera"):
            done = self.transcribe("-q", "talk.wav", "-o", directory)
            self.assert_fails(done, "output directory " + directory)
            self.assertEqual(done.out, "", "it fails before the work")
        self.assertEqual(self.names(), ["talk.wav"])

    def test_output_directory_is_not_writable(self):
        out = self.folder / "out"
        out.mkdir()
        out.chmod(0o500)
        if os.geteuid() == 0:  # root may write everywhere; so be somebody else
            self.shared.chmod(0o755)
            self.folder.chmod(0o755)
            self.assert_fails(self.transcribe("-q", "talk.wav", "-o", "out", user=65534), "output directory out: Permission denied")
        else:
            self.assert_fails(self.transcribe("-q", "talk.wav", "-o", "out"), "output directory out: Permission denied")

    def test_target_is_a_directory(self):
        (self.folder / "talk.srt").mkdir()
        self.assert_fails(self.transcribe("-q", "talk.wav", "-f", "srt"), "talk.srt: cannot write: Is a directory")

    def test_disk_is_full(self):
        self.write("talk.json", b"old")
        done = self.transcribe("-q", "talk.wav", "-o", ".", preexec_fn=limit_file_size(300))
        self.assert_fails(done, "talk.json: cannot write: ")
        self.assertEqual((self.folder / "talk.json").read_bytes(), b"old")
        self.assertEqual([name for name in self.names() if name.startswith(".")], [])

    def test_standard_output_is_full(self):
        with open("/dev/full", "wb") as full:
            for arguments in (["talk.wav", "-q", "-m", self.model], ["--help"], ["info"]):
                done = self.run_program(*arguments, stdout=full)
                self.assert_fails(done, "cannot write to standard output: No space left on device")

    def test_links_are_not_followed(self):
        outside = self.write("outside", b"precious")
        (self.folder / "out").mkdir()
        (self.folder / "out/talk.txt").symlink_to(outside)
        self.assert_done(self.transcribe("-q", "talk.wav", "-o", "out", "-otxt"))
        self.assertEqual(outside.read_bytes(), b"precious")
        self.assertEqual((self.folder / "out/talk.txt").read_text(), "Hello,\nwörld --> 😀\n")

    def test_inputs_are_not_replaced(self):
        self.write("talk.json", self.talk.read_bytes())
        self.assert_fails(self.transcribe("talk.wav", "talk.json", "-of", "talk", "-of", "x", "-oj"), "would be replaced", status=2)


if __name__ == "__main__":
    unittest.main()
