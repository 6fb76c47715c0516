#!/usr/bin/env python3
"""Writes a model in Hugging Face layout as a ggml file of whisper.cpp, for tests. Standard library only.

    make_ggml.py FOLDER OUT.bin [TYPE]     TYPE: f16 (keeps the bytes of an F16 model), f32, bf16, q8_0, q5_0, q5_1, q4_0, q4_1

As whisper.cpp's own converters do: vectors, positions and conv biases are f32, conv weights f16 unless all is f32.
"""

import functools
import pathlib
import re
import struct
import sys

from huggingface_model import Model, Tensor, converted, read_model, values
from whisper_vocabulary import mel_filters, text_pieces

TENSOR_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q4_1": 3, "q5_0": 6, "q5_1": 7, "q8_0": 8, "bf16": 30}
FILE_TYPES = {"f32": 0, "f16": 1, "q4_0": 2002, "q4_1": 2003, "q8_0": 2007, "q5_0": 2008, "q5_1": 2009, "bf16": 24}
BLOCK = 32

RENAMED = [
    (r"layers\.(\d+)", r"blocks.\1"), (r"encoder_attn_layer_norm", "cross_attn_ln"), (r"self_attn_layer_norm", "attn_ln"),
    (r"encoder_attn", "cross_attn"), (r"self_attn", "attn"), (r"q_proj", "query"), (r"k_proj", "key"), (r"v_proj", "value"),
    (r"out_proj", "out"), (r"fc1", "mlp.0"), (r"fc2", "mlp.2"), (r"final_layer_norm", "mlp_ln"),
    (r"^encoder\.layer_norm", "encoder.ln_post"), (r"^decoder\.layer_norm", "decoder.ln"),
    (r"embed_positions\.weight", "positional_embedding"), (r"embed_tokens", "token_embedding"),
]


def openai_name(name: str) -> str:
    for pattern, replacement in RENAMED:
        name = re.sub(pattern, replacement, name)
    return name


def nibbles(levels: list) -> bytes:
    return bytes((low & 15) | (high & 15) << 4 for low, high in zip(levels[:16], levels[16:]))


def fifth_bits(levels: list) -> bytes:
    return struct.pack("<I", sum((level >> 4 & 1) << i for i, level in enumerate(levels)))


@functools.lru_cache(maxsize=4096)
def quantised_block(block: tuple, kind: str) -> bytes:
    """ggml-quants.c, quantize_row_*_ref."""
    if kind == "q8_0":
        scale = max(map(abs, block)) / 127
        rounded = [int(abs(v / scale) + 0.5) * (1 if v > 0 else -1) if scale else 0 for v in block]
        return struct.pack("<e32b", scale, *rounded)
    levels = 16 if kind.startswith("q4") else 32
    if kind.endswith("_0"):
        offset, scale = 0.0, max(block, key=abs) / -(levels // 2)
        shift = levels / 2
    else:
        offset, scale = min(block), (max(block) - min(block)) / (levels - 1)
        shift = 0
    codes = [min(levels - 1, int((v - offset) / scale + shift + 0.5)) if scale else int(shift) for v in block]
    head = struct.pack("<e", scale) + (struct.pack("<e", offset) if kind.endswith("_1") else b"")
    return head + (fifth_bits(codes) if levels == 32 else b"") + nibbles(codes)


def tensor_data(tensor: Tensor, kind: str) -> bytes:
    if not kind.startswith("q"):
        return converted(tensor, kind)
    numbers = values(tensor)
    return b"".join(quantised_block(numbers[i:i + BLOCK], kind) for i in range(0, len(numbers), BLOCK))


def tensor_kind(name: str, shape: list, kind: str) -> str:
    if len(shape) == 1 or "embed_positions" in name or kind == "f32":
        return "f32"
    return "f16" if len(shape) == 3 and kind != "bf16" else kind


def tensor_record(name: str, tensor: Tensor, kind: str, data) -> bytes:
    kind = tensor_kind(name, tensor.shape, kind)
    shape = tensor.shape + [1] if re.search(r"conv\d\.bias", name) else tensor.shape
    title = openai_name(name).encode()
    return (struct.pack("<3i", len(shape), len(title), TENSOR_TYPES[kind]) + struct.pack(f"<{len(shape)}i", *reversed(shape)) +
            title + data(tensor, kind))


def vocabulary_record(pieces: list) -> bytes:
    return struct.pack("<i", len(pieces)) + b"".join(struct.pack("<I", len(piece)) + piece for piece in pieces)


def listed_pieces(n_vocab: int) -> list:
    """As in the official files: the English one also lists the end of text."""
    pieces = text_pieces(n_vocab)
    return pieces if n_vocab >= 51865 else pieces + [b"<|endoftext|>"]


def ggml_bytes(model: Model, kind: str, pieces=None, data=tensor_data) -> bytes:
    """pieces: the bytes of the text tokens, when they are not the official ones. data: another, quicker tensor_data."""
    c = model.config
    sizes = [c["vocab_size"], c["max_source_positions"], c["d_model"], c["encoder_attention_heads"], c["encoder_layers"],
             c["max_target_positions"], c["d_model"], c["decoder_attention_heads"], c["decoder_layers"], c["num_mel_bins"]]
    filters = mel_filters(c["num_mel_bins"])
    header = struct.pack("<I11i", 0x67676D6C, *sizes, FILE_TYPES[kind])
    header += struct.pack(f"<2i{len(filters)}f", c["num_mel_bins"], 201, *filters)
    header += vocabulary_record(listed_pieces(c["vocab_size"]) if pieces is None else pieces)
    return header + b"".join(
        tensor_record(name, tensor, kind, data) for name, tensor in model.tensors.items() if name != "proj_out.weight")


def write_ggml(folder, path, kind: str = "f16"):
    pathlib.Path(path).write_bytes(ggml_bytes(read_model(folder), kind))


if __name__ == "__main__":
    write_ggml(*sys.argv[1:])
