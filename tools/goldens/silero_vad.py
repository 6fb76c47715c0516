"""Makes tests/golden/silero_vad.json: what onnxruntime says of Silero VAD's network.

    silero_vad.py WHEEL GOLDEN RECORDING...

1. "made_up": the network built from its description (tinygrad_model.py of the PyPI package
   silero-vad) with weights and a sound that the test makes, too, since the trained weights are not
   part of this project.
2. "trained": the package's own silero_vad_16k_op15.onnx on recordings. WHEEL is the package as
   published.
"""

import hashlib
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import soundfile
from onnx import TensorProto, helper, numpy_helper

FRAME, CONTEXT, WIDTH = 512, 64, 128
MADE_UP_FRAMES = 70  # more than two batches

# Name, shape and scale of every tensor, in the order in which their numbers are drawn.
TENSORS = [
    ("stft_conv.weight", (258, 1, 256), 0.25),
    ("conv1.weight", (128, 129, 3), 0.125),
    ("conv1.bias", (128,), 0.125),
    ("conv2.weight", (64, 128, 3), 0.25),
    ("conv2.bias", (64,), 0.125),
    ("conv3.weight", (64, 64, 3), 0.25),
    ("conv3.bias", (64,), 0.125),
    ("conv4.weight", (128, 64, 3), 0.25),
    ("conv4.bias", (128,), 0.125),
    ("lstm_cell.weight_ih", (512, 128), 0.25),
    ("lstm_cell.weight_hh", (512, 128), 0.25),
    ("lstm_cell.bias_ih", (512,), 0.5),
    ("lstm_cell.bias_hh", (512,), 0.5),
    ("final_conv.weight", (1, 128, 1), 2.0),
    ("final_conv.bias", (1,), 1.0),
]


def draws(count: int, state: int) -> tuple[np.ndarray, int]:
    """Numbers in [-1, 1) with 16 bits: the upper half of x = x * 1664525 + 1013904223 mod 2^32."""
    out = np.empty(count, np.float32)
    for i in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out[i] = ((state >> 16) - 32768) / 32768
    return out, state


def made_up_weights() -> dict[str, np.ndarray]:
    weights, state = {}, 1
    for name, shape, scale in TENSORS:
        values, state = draws(int(np.prod(shape)), state)
        weights[name] = (values * np.float32(scale)).reshape(shape)
    return weights


def made_up_sound() -> np.ndarray:
    """Noise that swells and fades from frame to frame; the last frame is not full."""
    values, _ = draws(FRAME * MADE_UP_FRAMES - 100, 2)
    loudness = np.float32(1 / 64) * (np.arange(len(values)) // FRAME % 9).astype(np.float32)
    return values * loudness


def network(w: dict[str, np.ndarray]) -> bytes:
    """(frames, 576) samples with their context, h and c to probabilities, h and c."""
    gates = lambda rows: np.concatenate([rows[0:128], rows[384:512], rows[128:256], rows[256:384]])
    constants = {name.replace("lstm_cell", "unused"): value for name, value in w.items()}
    constants |= {
        "lstm.w": gates(w["lstm_cell.weight_ih"])[None],  # ONNX orders gates i o f c, PyTorch i f c o
        "lstm.r": gates(w["lstm_cell.weight_hh"])[None],
        "lstm.b": np.concatenate([gates(w["lstm_cell.bias_ih"]), gates(w["lstm_cell.bias_hh"])])[None],
        "pads": np.array([0, 0, 0, 0, 0, 64], np.int64),
        "one": np.array([1], np.int64),
        "cut.0": np.array([0], np.int64),
        "cut.129": np.array([129], np.int64),
        "cut.258": np.array([258], np.int64),
        "shape.in": np.array([-1, 1, FRAME + CONTEXT], np.int64),
        "shape.lstm": np.array([-1, 1, WIDTH], np.int64),
        "shape.final": np.array([-1, WIDTH, 1], np.int64),
        "shape.out": np.array([-1], np.int64),
    }
    conv = lambda i, x, stride: [
        helper.make_node("Conv", [x, f"conv{i}.weight", f"conv{i}.bias"], [f"c{i}"], kernel_shape=[3],
                         strides=[stride], pads=[1, 1]),
        helper.make_node("Relu", [f"c{i}"], [f"r{i}"]),
    ]
    nodes = [
        helper.make_node("Reshape", ["input", "shape.in"], ["x"]),
        helper.make_node("Pad", ["x", "pads"], ["padded"], mode="reflect"),
        helper.make_node("Conv", ["padded", "stft_conv.weight"], ["parts"], kernel_shape=[256],
                         strides=[128]),
        helper.make_node("Slice", ["parts", "cut.0", "cut.129", "one"], ["real"]),
        helper.make_node("Slice", ["parts", "cut.129", "cut.258", "one"], ["imaginary"]),
        helper.make_node("Mul", ["real", "real"], ["real2"]),
        helper.make_node("Mul", ["imaginary", "imaginary"], ["imaginary2"]),
        helper.make_node("Add", ["real2", "imaginary2"], ["power"]),
        helper.make_node("Sqrt", ["power"], ["magnitude"]),
        *conv(1, "magnitude", 1),
        *conv(2, "r1", 2),
        *conv(3, "r2", 2),
        *conv(4, "r3", 1),
        helper.make_node("Reshape", ["r4", "shape.lstm"], ["steps"]),
        helper.make_node("LSTM", ["steps", "lstm.w", "lstm.r", "lstm.b", "", "h", "c"],
                         ["y", "hn", "cn"], hidden_size=WIDTH),
        helper.make_node("Reshape", ["y", "shape.final"], ["hidden"]),
        helper.make_node("Relu", ["hidden"], ["rectified"]),
        helper.make_node("Conv", ["rectified", "final_conv.weight", "final_conv.bias"], ["logit"],
                         kernel_shape=[1]),
        helper.make_node("Sigmoid", ["logit"], ["probability"]),
        helper.make_node("Reshape", ["probability", "shape.out"], ["speech_probs"]),
    ]
    f32 = TensorProto.FLOAT
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, "silero", [value("input", f32, [None, FRAME + CONTEXT]), value("h", f32, [1, 1, WIDTH]),
                          value("c", f32, [1, 1, WIDTH])],
        [value("speech_probs", f32, [None]), value("hn", f32, [1, 1, WIDTH]),
         value("cn", f32, [1, 1, WIDTH])],
        [numpy_helper.from_array(v, n) for n, v in constants.items() if not n.startswith("unused")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 16)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def frames_of(samples: np.ndarray) -> np.ndarray:
    """(frames, 576): each with the end of the one before it."""
    frames = -(-len(samples) // FRAME)
    sound = np.concatenate([np.zeros(CONTEXT, np.float32), samples.astype(np.float32),
                            np.zeros(frames * FRAME - len(samples), np.float32)])
    return np.stack([sound[i * FRAME : i * FRAME + FRAME + CONTEXT] for i in range(frames)])


def rounded(probabilities: np.ndarray) -> list[float]:
    return [float(f"{p:.6g}") for p in np.ravel(probabilities)]


def probabilities(model: bytes, samples: np.ndarray) -> list[float]:
    """By `network`, which takes all frames at once."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    nothing = np.zeros((1, 1, WIDTH), np.float32)
    out, _, _ = session.run(None, {"input": frames_of(samples), "h": nothing, "c": nothing})
    return rounded(out)


def trained_probabilities(model: bytes, samples: np.ndarray) -> list[float]:
    """By the package's model, which takes one frame after the other."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    state, out = np.zeros((2, 1, WIDTH), np.float32), []
    for frame in frames_of(samples):
        one, state = session.run(None, {"input": frame[None], "state": state,
                                        "sr": np.array(16000, np.int64)})
        out.append(one)
    return rounded(np.array(out))


def main(wheel: str, golden: str, recordings: list[str]) -> None:
    with zipfile.ZipFile(wheel) as archive:
        trained = archive.read("silero_vad/data/silero_vad_16k_op15.onnx")
    lines = []
    for path in map(Path, recordings):
        samples, rate = soundfile.read(path, dtype="float32")
        assert rate == 16000 and samples.ndim == 1, path
        lines.append(f'{{"file": "{path.name}", "probabilities": {trained_probabilities(trained, samples)}}}')
    versions = {name: version(name) for name in ("onnxruntime", "onnx", "numpy")}
    Path(golden).write_text(
        "{\n"
        + f'"versions": {str(versions).replace(chr(39), chr(34))},\n'
        + f'"weights_sha256": "{hashlib.sha256(trained).hexdigest()}",\n'
        + f'"made_up": {probabilities(network(made_up_weights()), made_up_sound())},\n'
        + '"trained": [\n' + ",\n".join(lines) + "\n]\n}\n")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
