"""Makes a checkpoint of openai/whisper from a Hugging Face folder, without torch.

usage: make_openai_pt.py HF_FOLDER OUT.pt [--dtype f16|f32]

What torch.save would write: a ZIP of stored entries with a pickle of protocol 2, whose tensors refer
to the other entries by persistent ids. Stand-ins under torch's names make Python's own pickler write
the same opcodes. Without --dtype the weights stay as the folder has them.
"""

import argparse
import collections
import io
import json
import pathlib
import pickle
import re
import struct
import sys
import types
import zipfile

RENAMED = [
    (r"^model\.", ""),
    (r"^encoder\.layer_norm\.", "encoder.ln_post."),
    (r"^decoder\.layer_norm\.", "decoder.ln."),
    (r"^decoder\.embed_tokens\.", "decoder.token_embedding."),
    (r"\.embed_positions\.weight$", ".positional_embedding"),
    (r"\.layers\.", ".blocks."),
    (r"\.self_attn_layer_norm\.", ".attn_ln."),
    (r"\.encoder_attn_layer_norm\.", ".cross_attn_ln."),
    (r"\.final_layer_norm\.", ".mlp_ln."),
    (r"\.self_attn\.", ".attn."),
    (r"\.encoder_attn\.", ".cross_attn."),
    (r"\.q_proj\.", ".query."),
    (r"\.k_proj\.", ".key."),
    (r"\.v_proj\.", ".value."),
    (r"\.out_proj\.", ".out."),
    (r"\.fc1\.", ".mlp.0."),
    (r"\.fc2\.", ".mlp.2."),
]

DIMS = {
    "n_mels": "num_mel_bins", "n_audio_ctx": "max_source_positions", "n_audio_state": "d_model",
    "n_audio_head": "encoder_attention_heads", "n_audio_layer": "encoder_layers", "n_vocab": "vocab_size",
    "n_text_ctx": "max_target_positions", "n_text_state": "d_model", "n_text_head": "decoder_attention_heads",
    "n_text_layer": "decoder_layers",
}

STORAGES = {"F32": "FloatStorage", "F16": "HalfStorage", "BF16": "BFloat16Storage"}
STRUCT_CODES = {"F32": ("f", 4), "F16": ("e", 2)}


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


def openai_name(name: str) -> str:
    for pattern, replacement in RENAMED:
        name = re.sub(pattern, replacement, name)
    return name


def read_safetensors(path: pathlib.Path) -> dict:
    """name -> (dtype, shape, bytes), in the order of the file."""
    raw = memoryview(path.read_bytes())
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(bytes(raw[8:8 + length]))
    header.pop("__metadata__", None)
    tensors = {}
    for name, info in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = info["data_offsets"]
        tensors[name] = (info["dtype"], info["shape"], raw[8 + length + begin:8 + length + end])
    return tensors


def converted(data, source: str, target: str):
    if source == target:
        return data
    if source == "BF16":  # the upper half of a float32
        wide = bytearray(2 * len(data))
        wide[2::4], wide[3::4] = data[::2], data[1::2]
        return converted(bytes(wide), "F32", target)
    (code, size), (new_code, _) = STRUCT_CODES[source], STRUCT_CODES[target]
    elements = len(data) // size
    return struct.pack(f"<{elements}{new_code}", *struct.unpack(f"<{elements}{code}", data))


def checkpoint(folder: pathlib.Path, dtype: str = "") -> tuple:
    """The object to pickle, and the storages' bytes by key."""
    config = json.loads((folder / "config.json").read_text())
    state, storages = collections.OrderedDict(), {}
    for name, (source, shape, data) in read_safetensors(folder / "model.safetensors").items():
        if name == "proj_out.weight":  # the token embedding again
            continue
        target, key = dtype or source, str(len(storages))
        storages[key] = converted(data, source, target)
        state[openai_name(name)] = Tensor(Storage(target, key, count(shape)), shape)
    return {"dims": {ours: config[theirs] for ours, theirs in DIMS.items()}, "model_state_dict": state}, storages


def pickled(value) -> bytes:
    out = io.BytesIO()
    Pickler(out, protocol=2).dump(value)
    return out.getvalue()


def write_archive(path: pathlib.Path, pickle_bytes: bytes, storages: dict):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", pickle_bytes)
        archive.writestr("archive/byteorder", "little")
        for key, data in storages.items():
            archive.writestr(f"archive/data/{key}", bytes(data))
        archive.writestr("archive/version", "3\n")


def make_openai_pt(folder: pathlib.Path, path: pathlib.Path, dtype: str = ""):
    """dtype: "F16", "F32" or "" for as it is."""
    value, storages = checkpoint(folder, dtype)
    write_archive(path, pickled(value), storages)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--dtype", choices=("f16", "f32"), default="")
    arguments = parser.parse_args()
    make_openai_pt(arguments.folder, arguments.out, arguments.dtype.upper())


if __name__ == "__main__":
    main()
