#!/usr/bin/env python3
"""Makes the seeds in fuzz/corpus of the checkpoints, safetensors and JSON files: a few thousand bytes each.

    fuzz/make_checkpoint_corpus.py        Standard library only; the same bytes every time.
"""

import collections
import io
import json
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests/support"))

from make_model_corpus import PIECES, tiny_model, write  # noqa: E402
from make_openai_pt import checkpoint, pickled, write_archive  # noqa: E402
from whisper_vocabulary import alphabet, special_names  # noqa: E402

SHIPPED = HERE.parent / "models/pebble"


def write_checkpoints():
    model = tiny_model(width=1, layers=1, n_vocab=16)
    for dtype in ("f32", "f16"):
        file = io.BytesIO()
        value, storages = checkpoint(model, dtype)
        write_archive(file, pickled(value), storages)
        write(f"openai_checkpoint/{dtype}.pt", file.getvalue())
    # As fuzz_pickle.cpp lays out its storages: data/N has N numbers of 16 bits.
    for dtype in ("f16", "bf16"):
        value, _ = checkpoint(model, dtype, key_of=lambda index, elements: elements)
        write(f"pickle/{dtype}.pkl", pickled(value))
    value["model_state_dict"] = collections.OrderedDict()
    write("pickle/no_tensors.pkl", pickled(value))


def safetensors(tensors: dict, metadata: dict = {}) -> bytes:
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for name, (dtype, shape, contents) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(contents)]}
        data += contents
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def write_safetensors():
    model = tiny_model(width=1, layers=1, n_vocab=16)
    write("safetensors/model", safetensors({"model." + name: (t.dtype, t.shape, t.data) for name, t in model.tensors.items()}))
    write("safetensors/dtypes", safetensors({"a": ("F32", [2, 1], bytes(8)), "b": ("BF16", [3], bytes(6)), "c": ("I64", [1], bytes(8)),
                                             "d": ("F4", [2, 2], bytes(2)), "e": ("F16", [0, 5], b""), "f": ("BOOL", [], b"\1")},
                                            {"format": "pt"}))
    write("safetensors/empty", safetensors({}))


def write_tokenizers():
    characters = alphabet()
    spelled = ["".join(characters[byte] for byte in piece) for piece in PIECES]
    added = [{"id": len(spelled) + i, "content": name, "special": True} for i, name in enumerate(special_names()[:130])]
    names = [token["content"] for token in added]
    added = added[:names.index("<|notimestamps|>") + 1]
    for name, merges in (("texts", ["h e", "l l", "he ll"]), ("pairs", [["h", "e"], ["l", "l"], ["he", "ll"]])):
        model = {"type": "BPE", "vocab": {token: i for i, token in enumerate(spelled)}, "merges": merges}
        file = {"added_tokens": added, "pre_tokenizer": {"type": "ByteLevel"}, "model": model}
        write(f"tokenizer_json/{name}.json", json.dumps(file, separators=(",", ":")).encode())


def write_configs():
    network = json.loads((SHIPPED / "config.json").read_text())
    settings = json.loads((SHIPPED / "generation_config.json").read_text())
    settings["lang_to_id"] = dict(list(settings["lang_to_id"].items())[:5])
    write("config_json/network", json.dumps(network).encode())
    write("config_json/both", json.dumps(network).encode() + b"\0" + json.dumps(settings).encode())


if __name__ == "__main__":
    write_checkpoints()
    write_safetensors()
    write_tokenizers()
    write_configs()
