#!/usr/bin/env python3
"""Makes the seeds in fuzz/corpus/silero_weights: small files of both kinds.

    fuzz/make_voice_corpus.py        Standard library only; the same bytes every time.
"""

import json
import pathlib
import struct

FOLDER = pathlib.Path(__file__).parent / "corpus/silero_weights"


def varint(value: int) -> bytes:
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def text(field: int, value: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(name: str, shape: list, packed: bool) -> bytes:
    count = 1
    for size in shape:
        count *= size
    dims = text(1, b"".join(map(varint, shape))) if packed else b"".join(number(1, size) for size in shape)
    return dims + number(2, 1) + text(8, name.encode()) + text(9, struct.pack(f"<{count}f", *range(count)))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for packed in (False, True):
        graph = text(1, b"node") + text(5, tensor("model.encoder.0.reparam_conv.bias", [2], packed)) + text(
            5, tensor("model.decoder.rnn.weight_ih", [2, 3], packed)) + text(5, number(2, 7) + text(8, b"int64"))
        model = number(1, 8) + text(2, b"pytorch") + text(7, graph) + text(8, number(2, 15))
        (FOLDER / ("packed.onnx" if packed else "plain.onnx")).write_bytes(model)
    header = json.dumps({"conv1.bias": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    (FOLDER / "small.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + struct.pack("<2f", 1, 2))


if __name__ == "__main__":
    main()
