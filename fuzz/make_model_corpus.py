#!/usr/bin/env python3
"""Makes the seeds in fuzz/corpus/ggml and fuzz/corpus/ctranslate2: models of a few thousand bytes in every number format.

    fuzz/make_model_corpus.py        Standard library only; the same bytes every time.
"""

import json
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests/support"))

from huggingface_model import Model, Tensor  # noqa: E402
from make_ctranslate2 import config_json, model_bin  # noqa: E402
from make_ggml import BLOCK, ggml_bytes, openai_name, quantised_block, vocabulary_record  # noqa: E402
from whisper_vocabulary import alphabet, byte_order, special_names  # noqa: E402

PIECES = [bytes([byte]) for byte in byte_order()] + [b"he", b"ll", b"hell"]
BLOCK_TYPES = {"q8_0": 8, "q5_0": 6, "q5_1": 7, "q4_0": 2, "q4_1": 3}


def shapes(width: int, layers: int, n_vocab: int) -> dict:
    found = {"encoder.conv1.weight": [width, 1, 3], "encoder.conv1.bias": [width], "encoder.conv2.weight": [width, width, 3],
             "encoder.conv2.bias": [width], "encoder.embed_positions.weight": [2, width],
             "decoder.embed_tokens.weight": [n_vocab, width], "decoder.embed_positions.weight": [2, width]}
    for side, attentions in (("encoder", ["self_attn"]), ("decoder", ["self_attn", "encoder_attn"])):
        found.update({f"{side}.layer_norm.weight": [width], f"{side}.layer_norm.bias": [width]})
        for prefix in (f"{side}.layers.{i}." for i in range(layers)):
            for attention in attentions:
                for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                    found[f"{prefix}{attention}.{part}.weight"] = [width, width]
                    if part != "k_proj":
                        found[f"{prefix}{attention}.{part}.bias"] = [width]
            for norm in [attention + "_layer_norm" for attention in attentions] + ["final_layer_norm"]:
                found.update({f"{prefix}{norm}.weight": [width], f"{prefix}{norm}.bias": [width]})
            found.update({f"{prefix}fc1.weight": [4 * width, width], f"{prefix}fc1.bias": [4 * width],
                          f"{prefix}fc2.weight": [width, 4 * width], f"{prefix}fc2.bias": [width]})
    return found


def tiny_model(width: int, layers: int, n_vocab: int) -> Model:
    """Small numbers that repeat, so that the files compress well."""
    config = {"d_model": width, "num_mel_bins": 1, "max_source_positions": 2, "max_target_positions": 2, "vocab_size": n_vocab,
              "encoder_layers": layers, "decoder_layers": layers, "encoder_attention_heads": 1, "decoder_attention_heads": 1,
              "lang_to_id": {"<|en|>": 50259, "<|de|>": 50261}, "suppress_tokens": [1, 2], "begin_suppress_tokens": [220, 50257],
              "alignment_heads": [[2, 2], [3, 0]]}
    tensors = {}
    for name, shape in shapes(width, layers, n_vocab).items():
        count = shape[0]
        for size in shape[1:]:
            count *= size
        numbers = ((i % 7 - 3) / 8 + 0.125 * (len(name) % 3) for i in range(count))
        tensors[name] = Tensor("F16", shape, struct.pack(f"<{count}e", *numbers))
    return Model(config, {}, tensors)


def with_blocks(file: bytes, model: Model) -> bytes:
    """The file with the fc2 of its layers in blocks, one type each; a row of theirs is one block long."""
    names = [name for name in model.tensors if name.endswith("fc2.weight")]
    for name, kind in zip(names, BLOCK_TYPES):
        tensor, title = model.tensors[name], openai_name(name).encode()
        numbers = struct.unpack(f"<{len(tensor.data) // 2}e", tensor.data)
        head = struct.pack("<5i", 2, len(title), 1, *reversed(tensor.shape)) + title
        blocks = b"".join(quantised_block(numbers[i:i + BLOCK], kind) for i in range(0, len(numbers), BLOCK))
        assert head + tensor.data in file
        file = file.replace(head + tensor.data, head[:8] + struct.pack("<i", BLOCK_TYPES[kind]) + head[12:] + blocks)
    return file


def write(name: str, data: bytes):
    path = HERE / "corpus" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def main():
    n_vocab = len(PIECES) + 1608
    small = tiny_model(width=1, layers=1, n_vocab=n_vocab)
    for kind in ("f16", "bf16"):
        write(f"ggml/{kind}.bin", ggml_bytes(small, kind, PIECES))
    wide = tiny_model(width=8, layers=3, n_vocab=n_vocab)
    write("ggml/blocks.bin", with_blocks(ggml_bytes(wide, "f16", PIECES), wide))
    write("ggml/head.bin", ggml_bytes(small, "f32", PIECES)[:48 + 8 + 804] + vocabulary_record(PIECES))

    small = tiny_model(width=4, layers=2, n_vocab=16)
    for kind in ("float16", "float32", "bfloat16", "int8", "int16"):
        write(f"ctranslate2/{kind}.bin", model_bin(small, kind))
    write("ctranslate2/config.json", config_json(small).encode())
    characters = alphabet()
    tokens = ["".join(characters[byte] for byte in piece) for piece in PIECES] + special_names()[:130]
    write("ctranslate2/vocabulary.json", json.dumps(tokens).encode())
    write("ctranslate2/vocabulary.txt", ("\n".join(tokens) + "\n").encode())


if __name__ == "__main__":
    main()
