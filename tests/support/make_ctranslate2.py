#!/usr/bin/env python3
"""Writes a model in Hugging Face layout as a CTranslate2 folder, for tests. Standard library only.

    make_ctranslate2.py FOLDER OUT [TYPE]     TYPE: float16 (keeps the bytes of an F16 model), float32, bfloat16, int8, int16

As ctranslate2's TransformersConverter does, bit for bit: with int8 the rest stays as it is, with int16 it is float32.
"""

import functools
import json
import pathlib
import re
import shutil
import struct
import sys

from huggingface_model import Model, Tensor, converted, read_model, to_f32, values
from whisper_vocabulary import alphabet, special_names, text_pieces

TYPE_IDS = {"f32": 0, "i8": 1, "i16": 2, "f16": 4, "bf16": 5}
FLOATS = {"float16": "f16", "float32": "f32", "bfloat16": "bf16"}

SCALARS = {  # name -> (code, value)
    "decoder/activation": ("i8", 3), "decoder/alibi": ("i8", 0), "decoder/alibi_use_positive_positions": ("i8", 0),
    "decoder/alignment_heads": ("i16", 1), "decoder/alignment_layer": ("i16", -1), "decoder/pre_norm": ("i8", 1),
    "decoder/scale_alibi": ("i8", 0), "decoder/scale_embeddings": ("i8", 0), "decoder/start_from_zero_embedding": ("i8", 0),
}

RENAMED = [
    (r"\.", "/"), (r"layers/(\d+)", r"layer_\1"), (r"self_attn_layer_norm", "self_attention/layer_norm"),
    (r"encoder_attn_layer_norm", "attention/layer_norm"), (r"final_layer_norm", "ffn/layer_norm"),
    (r"layer_norm/weight", "layer_norm/gamma"), (r"layer_norm/bias", "layer_norm/beta"),
    (r"self_attn/out_proj", "self_attention/linear_1"), (r"encoder_attn/q_proj", "attention/linear_0"),
    (r"encoder_attn/out_proj", "attention/linear_2"), (r"fc1", "ffn/linear_0"), (r"fc2", "ffn/linear_1"),
    (r"embed_tokens", "embeddings"), (r"embed_positions/weight", "position_encodings/encodings"),
]
FUSED = [("self_attn", "qkv", "self_attention/linear_0"), ("encoder_attn", "kv", "attention/linear_1")]


def ctranslate2_name(name: str) -> str:
    for pattern, replacement in RENAMED:
        name = re.sub(pattern, replacement, name)
    return name


def fuse(tensors: dict) -> dict:
    """Projections of one input become one; a missing bias is zeros."""
    fused = dict(tensors)
    for name in tensors:
        for attention, letters, title in FUSED:
            ending = f"{attention}.{letters[0]}_proj.weight"
            if not name.endswith(ending):
                continue
            prefix = name.removesuffix(ending)
            weights = [fused.pop(f"{prefix}{attention}.{x}_proj.weight") for x in letters]
            zeros = tensors[f"{prefix}{attention}.v_proj.bias"]._replace(data=bytes(len(weights[0].data) // weights[0].shape[1]))
            biases = [fused.pop(f"{prefix}{attention}.{x}_proj.bias", zeros) for x in letters]
            for kind, parts in (("weight", weights), ("bias", biases)):
                shape = [len(parts) * parts[0].shape[0], *parts[0].shape[1:]]
                fused[f"{prefix}{title}.{kind}".replace("/", ".")] = Tensor(parts[0].dtype, shape, b"".join(p.data for p in parts))
    return {ctranslate2_name(name): tensor for name, tensor in fused.items()}


def is_quantisable(name: str) -> bool:
    return name.endswith("/weight")


@functools.lru_cache(maxsize=4096)
def quantise_row(row: tuple) -> tuple:
    scale = to_f32(127 / (max(map(abs, row)) or 127))
    return scale, struct.pack(f"<{len(row)}b", *(round(to_f32(v * scale)) for v in row))


def quantise_int8(tensor: Tensor) -> tuple:
    rows, numbers = tensor.shape[0], values(tensor)
    width = len(numbers) // rows
    scales, data = zip(*(quantise_row(numbers[i * width:(i + 1) * width]) for i in range(rows)))
    return ("i8", tensor.shape, b"".join(data)), ("f32", [rows], struct.pack(f"<{rows}f", *scales))


def quantise_int16(tensor: Tensor) -> tuple:
    numbers = values(tensor)
    scale = to_f32(1024 / (max(map(abs, numbers)) or 1024))
    rounded = {v: round(to_f32(v * scale)) for v in set(numbers)}
    data = struct.pack(f"<{len(numbers)}h", *map(rounded.__getitem__, numbers))
    return ("i16", tensor.shape, data), ("f32", [], struct.pack("<f", scale))


def find_aliases(variables: dict) -> dict:
    """Of equal variables the first in alphabetical order stays."""
    first, aliases = {}, {}
    for name in sorted(variables):
        kept = first.setdefault((variables[name].dtype, tuple(variables[name].shape), variables[name].data), name)
        if kept != name:
            aliases[name] = kept
    return aliases


def string(text: str) -> bytes:
    return struct.pack("<H", len(text) + 1) + text.encode() + b"\0"


def scalar_variables(config: dict) -> dict:
    scalars = {**SCALARS, "encoder/num_heads": ("i16", config["encoder_attention_heads"]),
               "decoder/num_heads": ("i16", config["decoder_attention_heads"])}
    return {name: (code, [], struct.pack("<b" if code == "i8" else "<h", value)) for name, (code, value) in scalars.items()}


def model_bin(model: Model, kind: str) -> bytes:
    tensors = {name: tensor for name, tensor in model.tensors.items() if name != "proj_out.weight"}
    fused = fuse(tensors)
    fused["decoder/projection/weight"] = fused["decoder/embeddings/weight"]
    aliases = find_aliases(fused)
    variables = scalar_variables(model.config)
    for name, tensor in fused.items():
        if name in aliases:
            continue
        if kind in FLOATS or not is_quantisable(name):
            code = FLOATS.get(kind, tensor.dtype.lower() if kind == "int8" else "f32")
            variables[name] = (code, tensor.shape, converted(tensor, code))
        else:
            variables[name], variables[name + "_scale"] = (quantise_int8 if kind == "int8" else quantise_int16)(tensor)
    out = [struct.pack("<I", 6), string("WhisperSpec"), struct.pack("<II", 3, len(variables))]
    for name, (code, shape, data) in sorted(variables.items()):
        out += [string(name), struct.pack(f"<B{len(shape)}IBI", len(shape), *shape, TYPE_IDS[code], len(data)), data]
    out.append(struct.pack("<I", len(aliases)))
    out += [string(alias) + string(target) for alias, target in sorted(aliases.items())]
    return b"".join(out)


def config_json(model: Model) -> str:
    g = {**model.config, **model.generation}
    heads, layers = model.config["decoder_attention_heads"], model.config["decoder_layers"]
    default = [[layer, head] for layer in range(layers // 2, layers) for head in range(heads)]
    return json.dumps({"alignment_heads": g.get("alignment_heads") or default,
                       "lang_ids": sorted((g.get("lang_to_id") or {}).values()),
                       "suppress_ids": g.get("suppress_tokens"), "suppress_ids_begin": g.get("begin_suppress_tokens")}, indent=2)


def vocabulary_list(n_vocab: int) -> list:
    characters = alphabet()
    pieces = ["".join(characters[byte] for byte in piece) for piece in text_pieces(n_vocab)]
    return pieces + special_names(n_vocab - len(pieces) - 1509)


def write_ctranslate2(folder, out, kind: str = "float16"):
    model, out = read_model(folder), pathlib.Path(out)
    out.mkdir(parents=True)
    (out / "model.bin").write_bytes(model_bin(model, kind))
    (out / "config.json").write_text(config_json(model) + "\n")
    (out / "vocabulary.json").write_text(json.dumps(vocabulary_list(model.config["vocab_size"]), indent=2))
    if (pathlib.Path(folder) / "preprocessor_config.json").exists():
        shutil.copy(pathlib.Path(folder) / "preprocessor_config.json", out)


if __name__ == "__main__":
    write_ctranslate2(*sys.argv[1:])
