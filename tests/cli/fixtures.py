"""What the tests of the program share: a tiny model that always says the same, sounds, a runner.

The model has Whisper's architecture, width 64 and one layer. All its weights are zero but the token
embedding and the decoder's positions, which are chosen so that position i answers with the token that
is wanted there, whatever was heard. So every test knows each byte of its output.
"""

import json
import os
import pathlib
import shutil
import struct
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["TESSERA"]
SOURCE_DIR = pathlib.Path(os.environ["TESSERA_SOURCE_DIR"])

WIDTH = 64
VOCABULARY = 51865
EOT, ENGLISH, TRANSCRIBE, FIRST_TIME = 50257, 50259, 50359, 50364

TEXTS = [" Hello,", " wörld --> 😀"]
TIMES_MS = [(0, 200), (200, 400)]
# What follows token i of [SOT, ENGLISH, TRANSCRIBE, 0.00, ...]; the emoji is spread over two tokens.
ANSWERS = [ENGLISH, TRANSCRIBE, FIRST_TIME, 2425, 11, FIRST_TIME + 10, FIRST_TIME + 10, 261, 2311, 348, 14350, 20732, 222,
           FIRST_TIME + 20, EOT]


def sign(row: int, column: int) -> int:
    """Hadamard's matrix: rows are orthogonal, and all but row 0 have the mean 0."""
    return -1 if bin(row & column).count("1") % 2 else 1


def tensor_shapes() -> dict:
    shapes = {"encoder.conv1.weight": [WIDTH, 80, 3], "encoder.conv1.bias": [WIDTH], "encoder.conv2.weight": [WIDTH, WIDTH, 3],
              "encoder.conv2.bias": [WIDTH], "encoder.embed_positions.weight": [1500, WIDTH],
              "decoder.embed_tokens.weight": [VOCABULARY, WIDTH], "decoder.embed_positions.weight": [448, WIDTH]}
    for side, attentions in (("encoder", ["self_attn"]), ("decoder", ["self_attn", "encoder_attn"])):
        layer = side + ".layers.0."
        for attention in attentions:
            for name in "qkv":
                shapes[f"{layer}{attention}.{name}_proj.weight"] = [WIDTH, WIDTH]
                if name != "k":
                    shapes[f"{layer}{attention}.{name}_proj.bias"] = [WIDTH]
            shapes[f"{layer}{attention}.out_proj.weight"] = [WIDTH, WIDTH]
            shapes[f"{layer}{attention}.out_proj.bias"] = [WIDTH]
        for name, rows, columns in (("fc1", 64, WIDTH), ("fc2", WIDTH, 64)):
            shapes[f"{layer}{name}.weight"] = [rows, columns]
            shapes[f"{layer}{name}.bias"] = [rows]
        for norm in [layer + a + "_layer_norm" for a in attentions] + [layer + "final_layer_norm", side + ".layer_norm"]:
            shapes[norm + ".weight"] = [WIDTH]
            shapes[norm + ".bias"] = [WIDTH]
    return {"model." + name: shape for name, shape in shapes.items()}


def halves(values) -> bytes:
    values = list(values)
    return struct.pack(f"<{len(values)}e", *values)


def tensor_values(name: str, count: int) -> bytes:
    code = {token: 1 + i for i, token in enumerate(sorted(set(ANSWERS)))}
    if name == "model.decoder.embed_tokens.weight":
        data = bytearray(2 * count)
        for token, row in code.items():
            data[2 * WIDTH * token:2 * WIDTH * (token + 1)] = halves(0.5 * sign(row, c) for c in range(WIDTH))
        return bytes(data)
    if name == "model.decoder.embed_positions.weight":
        data = b"".join(halves(8 * sign(code[token], c) for c in range(WIDTH)) for token in ANSWERS)
        return data + bytes(2 * count - len(data))
    if name.endswith("layer_norm.weight"):
        return halves([1] * count)
    return bytes(2 * count)


def make_safetensors(tensors: dict) -> bytes:
    """tensors: name -> (dtype, shape, bytes)."""
    header, offset = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data for _, _, data in tensors.values())


def model_tensors() -> dict:
    tensors = {}
    for name, shape in tensor_shapes().items():
        count = 1
        for size in shape:
            count *= size
        tensors[name] = ("F16", shape, tensor_values(name, count))
    return tensors


MODEL_CONFIG = {
    "model_type": "whisper", "d_model": WIDTH, "num_mel_bins": 80, "max_source_positions": 1500,
    "encoder_attention_heads": 1, "encoder_layers": 1, "encoder_ffn_dim": 64, "vocab_size": VOCABULARY,
    "max_target_positions": 448, "decoder_attention_heads": 1, "decoder_layers": 1, "decoder_ffn_dim": 64,
}


def make_model(directory: pathlib.Path) -> pathlib.Path:
    directory.mkdir()
    (directory / "config.json").write_text(json.dumps(MODEL_CONFIG))
    (directory / "model.safetensors").write_bytes(make_safetensors(model_tensors()))
    return directory


def make_wav(samples: bytes, rate_hz: int = 16000, channels: int = 1, bits: int = 16, is_float: bool = False,
             claimed_bytes: int = -1) -> bytes:
    """A wav file. claimed_bytes: what the header says about the length, when that is not the truth."""
    size = len(samples) if claimed_bytes < 0 else claimed_bytes
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", 3 if is_float else 1, channels, rate_hz, rate_hz * frame, frame, bits)
    return (b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" +
            struct.pack("<I", size) + samples)


def silence(seconds: float, rate_hz: int = 16000) -> bytes:
    return bytes(2 * int(seconds * rate_hz))


def own_caches(folder) -> dict:
    """Variables that keep what a user has downloaded out of a test."""
    return {"TESSERA_CACHE": str(folder), "XDG_CACHE_HOME": str(folder)}


class ProgramTest(unittest.TestCase):
    """A folder of its own for each test, with the model in it."""

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="tessera-cli-"))
        cls.model = make_model(cls.shared / "model")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shared)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))
        self.talk = self.write("talk.wav", make_wav(silence(0.5)))

    def write(self, name: str, contents: bytes) -> pathlib.Path:
        path = self.folder / name
        path.write_bytes(contents)
        return path

    def run_program(self, *arguments, **options) -> subprocess.CompletedProcess:
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, "timeout": 300,
                   "cwd": self.folder, **options}
        if "input" in options:
            del options["stdin"]
        done = subprocess.run([PROGRAM, *map(str, arguments)], **options)
        done.out = (done.stdout or b"").decode()
        done.err = (done.stderr or b"").decode()
        return done

    def transcribe(self, *arguments, **options) -> subprocess.CompletedProcess:
        return self.run_program(*arguments, "-m", self.model, "--device", "cpu", "--precision", "f32", **options)

    def assert_done(self, done: subprocess.CompletedProcess):
        self.assertEqual((done.returncode, done.err), (0, ""))

    def assert_fails(self, done: subprocess.CompletedProcess, message: str, status: int = 1):
        """One clear line, which holds `message`, and the exit status."""
        self.assertEqual(done.err.count("\n"), 1, done.err)
        self.assertTrue(done.err.startswith("tessera: "), done.err)
        self.assertIn(message, done.err)
        self.assertEqual(done.returncode, status, done.err)

    def names(self, folder: str = ".") -> list:
        return sorted(path.name for path in (self.folder / folder).iterdir())
