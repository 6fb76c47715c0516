"""A folder in Hugging Face layout as `tessera convert` writes it, float32, as numpy arrays."""

import json
import pathlib
import types

import numpy


def load(folder):
    """.config: config.json; .tensors: name without "model." -> array"""
    folder = pathlib.Path(folder)
    contents = numpy.memmap(folder / "model.safetensors", numpy.uint8, "r")
    length = int(contents[:8].view("<u8")[0])
    tensors = {}
    for name, entry in json.loads(bytes(contents[8:8 + length])).items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise ValueError(f"{name}: expected F32, got {entry['dtype']}")
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name.removeprefix("model.")] = contents[begin:end].view("<f4").reshape(entry["shape"])
    return types.SimpleNamespace(config=json.loads((folder / "config.json").read_text()), tensors=tensors)


def made_up_mels(count: int, bands: int, frames: int, seed: int):
    """As bench/engine_options.cpp makes them: each band wanders about a level of its own. For calibration."""
    random = numpy.random.default_rng(seed)
    mels = numpy.empty((count, bands, frames), numpy.float32)
    level = 0.2 * random.standard_normal((count, bands))
    wander = numpy.zeros((count, bands))
    for frame in range(frames):
        wander = 0.95 * wander + 0.15 * random.standard_normal((count, bands))
        mels[:, :, frame] = numpy.clip(level + wander, -1, 1.5)
    return mels
