"""Transcribing speech alone, with weights that hear loudness in the place of Silero VAD's."""

import array
import math
import os
import unittest

from fixtures import ProgramTest, make_safetensors, make_wav, own_caches, silence

SHAPES = {
    "stft_conv.weight": [258, 1, 256], "conv1.weight": [128, 129, 3], "conv1.bias": [128], "conv2.weight": [64, 128, 3],
    "conv2.bias": [64], "conv3.weight": [64, 64, 3], "conv3.bias": [64], "conv4.weight": [128, 64, 3], "conv4.bias": [128],
    "lstm_cell.weight_ih": [512, 128], "lstm_cell.weight_hh": [512, 128], "lstm_cell.bias_ih": [512],
    "lstm_cell.bias_hh": [512], "final_conv.weight": [1, 128, 1], "final_conv.bias": [1],
}


def loudness_weights() -> bytes:
    """In safetensors' form, which is told by the contents. Above about 0.01 (root of the mean square) is speech, whatever came before; as src/whisper/vad/test_silero.h."""
    values = {name: array.array("f", bytes(4 * math.prod(shape))) for name, shape in SHAPES.items()}
    for bin in range(129):
        for n in range(256):
            angle = 2 * math.pi * bin * n / 256
            values["stft_conv.weight"][bin * 256 + n] = math.cos(angle) / 16
            values["stft_conv.weight"][(bin + 129) * 256 + n] = math.sin(angle) / 16
        values["conv1.weight"][bin * 3 + 1] = 1 / 129
    for tap in range(3):
        values["conv2.weight"][tap] = 1 / 3
        values["conv3.weight"][tap] = 1 / 2 if tap > 0 else 0
    values["conv4.weight"][1] = 1
    for i in range(128):
        values["lstm_cell.bias_ih"][i] = values["lstm_cell.bias_ih"][384 + i] = 30
        values["lstm_cell.bias_ih"][128 + i] = -30
    values["lstm_cell.weight_ih"][256 * 128] = 30
    values["final_conv.weight"][0] = 100
    values["final_conv.bias"][0] = -25
    return make_safetensors({name: ("F32", SHAPES[name], data.tobytes()) for name, data in values.items()})


def tone(seconds: float) -> bytes:
    return array.array("h", (int(8000 * math.sin(0.3 * i)) for i in range(int(16000 * seconds)))).tobytes()


class VoiceActivity(ProgramTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.weights = cls.shared / "silero_vad_16k_op15.onnx"
        cls.weights.write_bytes(loudness_weights())

    def setUp(self):
        super().setUp()
        # 10 s of silence, 2 s of a tone, 8 s of silence.
        self.sparse = self.write("sparse.wav", make_wav(silence(10) + tone(2) + silence(8)))

    def lines(self, *arguments, **options) -> list:
        done = self.transcribe("sparse.wav", "-l", "en", *arguments, **options)
        self.assertEqual(done.returncode, 0, done.err)
        return done.out.splitlines(), done.err

    def test_times_are_those_of_the_file(self):
        plain, _ = self.lines()
        self.assertTrue(plain[0].startswith("[00:00.000 --> "), plain)
        for arguments in (["--vad", "-vm", self.weights], ["--vad_filter", "True", "--vad_model", self.weights],
                          ["--vad", "-vm", self.weights, "--batch-size", "2"]):
            said, notes = self.lines(*arguments)
            self.assertEqual(len(said), 2, said)  # what the model always says
            for line in said:
                self.assertRegex(line, r"^\[00:09\.[5-9]\d\d --> 00:(09|10)\.")
            self.assertRegex(notes, r"^sparse\.wav: left out for want of speech: 17\.\d\d s in 2 stretches\n$")

    def test_silence_is_no_text(self):
        self.write("sparse.wav", make_wav(silence(5)))
        said, notes = self.lines("--vad", "-vm", self.weights, "-v")
        self.assertEqual(said, [])
        self.assertIn("sparse.wav: [00:00.000 --> 00:05.000] left out: no speech\n", notes)

    def test_weights_are_found_among_models(self):
        environment = {**os.environ, **own_caches(self.folder)}
        done = self.transcribe("sparse.wav", "-l", "en", "--vad", env=environment)
        self.assert_fails(done, "the weights of Silero VAD are not on this machine; to get them: tessera download silero-vad")
        (self.folder / "models").mkdir()
        (self.folder / "models/silero_vad_16k_op15.onnx").write_bytes(self.weights.read_bytes())
        said, _ = self.lines("--vad", env=environment)
        self.assertEqual(len(said), 2)
        said, _ = self.lines("--vad", "--model-dir", self.shared)
        self.assertEqual(len(said), 2)

    def test_wrong_weights(self):
        whole = self.weights.read_bytes()
        bad = self.write("bad.safetensors", whole[:-4])
        self.assert_fails(self.transcribe("sparse.wav", "--vad", "-vm", bad), "bad.safetensors")
        bad.write_bytes(b"ggml" + whole)
        self.assert_fails(self.transcribe("sparse.wav", "--vad", "-vm", bad), "bad.safetensors")
        self.assert_fails(self.transcribe("sparse.wav", "--vad", "-vm", "./none"), "./none")

    def test_usage(self):
        self.assert_fails(self.transcribe("sparse.wav", "-vt", "0.6"), "--vad-threshold: needs --vad", 2)
        done = self.transcribe("sparse.wav", "--vad", "-vm", self.weights, "-vt", "1.5")
        self.assert_fails(done, "vad_threshold: expected 0 to 1, got 1.5")


class Channels(ProgramTest):
    def test_speakers_are_labelled_by_channel(self):
        self.write("call.wav", make_wav(silence(2), channels=2))
        done = self.transcribe("call.wav", "--channels", "split", "-l", "en", "-o", "out", "-f", "txt,vtt,json", "-q")
        self.assert_done(done)
        self.assertEqual(self.names("out"), [f"call.{kind}" for kind in (
            "ch0.json", "ch0.txt", "ch0.vtt", "ch1.json", "ch1.txt", "ch1.vtt", "json", "txt", "vtt")])
        said = (self.folder / "out/call.ch0.txt").read_text().splitlines()
        self.assertEqual((self.folder / "out/call.txt").read_text().splitlines(),
                         [f"(speaker {channel}) {line}" for line in said for channel in (0, 1)])
        self.assertIn("<v Speaker1>", (self.folder / "out/call.vtt").read_text())
        self.assertIn('"speaker": "1"', (self.folder / "out/call.json").read_text())
        self.assertNotIn("speaker", (self.folder / "out/call.ch0.json").read_text())
        done = self.transcribe("call.wav", "--channels", "split", "-l", "en", "-o", "-", "-f", "srt", "-q")
        self.assertEqual(done.out.count("(speaker "), 2 * len(said))
        self.assertTrue(done.out.startswith("1\n00:00:00,000"), done.out)


if __name__ == "__main__":
    unittest.main()
