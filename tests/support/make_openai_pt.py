"""Makes a checkpoint of openai/whisper from a Hugging Face folder, without torch.

usage: make_openai_pt.py HF_FOLDER OUT.pt [--dtype f16|f32]

What torch.save would write: a ZIP of stored entries with a pickle of protocol 2, whose tensors refer
to the other entries by persistent ids. Stand-ins under torch's names make Python's own pickler write
the same opcodes. Without --dtype the weights stay as the folder has them.
"""

import argparse
import collections
import io
import pathlib
import pickle
import sys
import types
import typing
import zipfile

from huggingface_model import Model, converted, read_model
from make_ggml import openai_name

DIMS = {
    "n_mels": "num_mel_bins", "n_audio_ctx": "max_source_positions", "n_audio_state": "d_model",
    "n_audio_head": "encoder_attention_heads", "n_audio_layer": "encoder_layers", "n_vocab": "vocab_size",
    "n_text_ctx": "max_target_positions", "n_text_state": "d_model", "n_text_head": "decoder_attention_heads",
    "n_text_layer": "decoder_layers",
}

STORAGES = {"f32": "FloatStorage", "f16": "HalfStorage", "bf16": "BFloat16Storage"}


def stand_in(module: str, name: str, base: type = object):
    """A class that pickles as module.name."""
    made = type(name, (base,), {"__module__": module, "__qualname__": name})
    sys.modules.setdefault(module, types.ModuleType(module))
    setattr(sys.modules[module], name, made)
    return made


REBUILD_TENSOR = stand_in("torch._utils", "_rebuild_tensor_v2")
STORAGE_CLASSES = {dtype: stand_in("torch", name) for dtype, name in STORAGES.items()}


class Storage:
    """What a tensor is a part of: an entry data/KEY of the archive."""

    def __init__(self, dtype: str, key: str, elements: int):
        self.id = ("storage", STORAGE_CLASSES[dtype], key, "cpu", elements)


class Tensor:
    def __init__(self, storage: Storage, shape: list, offset: int = 0, strides: tuple = ()):
        self.storage, self.shape, self.offset = storage, tuple(shape), offset
        self.strides = tuple(strides) or row_major(shape)

    def __reduce__(self):
        return REBUILD_TENSOR, (self.storage, self.offset, self.shape, self.strides, False, collections.OrderedDict())


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return value.id if isinstance(value, Storage) else None


def row_major(shape: list) -> tuple:
    strides, step = [], 1
    for size in reversed(shape):
        strides.insert(0, step)
        step *= size
    return tuple(strides)


def count(shape: list) -> int:
    product = 1
    for size in shape:
        product *= size
    return product


def checkpoint(model: Model, dtype: str = "", key_of=lambda index, elements: index) -> tuple:
    """The object to pickle, and the storages' bytes by key."""
    state, storages = collections.OrderedDict(), {}
    for name, tensor in model.tensors.items():
        if name == "proj_out.weight":  # the token embedding again
            continue
        target, elements = dtype or tensor.dtype.lower(), count(tensor.shape)
        key = str(key_of(len(state), elements))
        storages[key] = converted(tensor, target)
        state[openai_name(name)] = Tensor(Storage(target, key, elements), tensor.shape)
    return {"dims": {ours: model.config[theirs] for ours, theirs in DIMS.items()}, "model_state_dict": state}, storages


def pickled(value) -> bytes:
    out = io.BytesIO()
    Pickler(out, protocol=2).dump(value)
    return out.getvalue()


def write_archive(file: typing.BinaryIO, pickle_bytes: bytes, storages: dict):
    entries = {"data.pkl": pickle_bytes, "byteorder": b"little"}
    entries.update({f"data/{key}": data for key, data in storages.items()})
    entries["version"] = b"3\n"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():  # without the time of the day: the same bytes every time
            archive.writestr(zipfile.ZipInfo("archive/" + name), data)


def make_openai_pt(folder: pathlib.Path, path: pathlib.Path, dtype: str = ""):
    """dtype: "f16", "f32" or "" for as it is."""
    value, storages = checkpoint(read_model(folder), dtype)
    with path.open("wb") as file:
        write_archive(file, pickled(value), storages)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--dtype", choices=("f16", "f32"), default="")
    arguments = parser.parse_args()
    make_openai_pt(arguments.folder, arguments.out, arguments.dtype)


if __name__ == "__main__":
    main()
