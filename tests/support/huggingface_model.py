"""A model in Hugging Face layout, for tests that write it in other formats. Standard library only."""

import json
import pathlib
import struct
import typing


class Tensor(typing.NamedTuple):
    dtype: str  # F16 or F32
    shape: list
    data: bytes


class Model(typing.NamedTuple):
    config: dict
    generation: dict
    tensors: dict  # name without "model." -> Tensor


def read_json(path: pathlib.Path) -> dict:
    return json.loads(path.read_text()) if path.exists() else {}


def read_model(folder) -> Model:
    """A folder with one model.safetensors of F16 or F32."""
    folder = pathlib.Path(folder)
    contents = (folder / "model.safetensors").read_bytes()
    length, = struct.unpack_from("<Q", contents)
    tensors = {}
    for name, entry in json.loads(contents[8:8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name.removeprefix("model.")] = Tensor(entry["dtype"], entry["shape"], contents[begin:end])
    return Model(read_json(folder / "config.json"), read_json(folder / "generation_config.json"), tensors)


def values(tensor: Tensor) -> tuple:
    code, size = {"F16": ("e", 2), "F32": ("f", 4)}[tensor.dtype]
    return struct.unpack(f"<{len(tensor.data) // size}{code}", tensor.data)


def to_f32(number: float) -> float:
    """Rounded to binary32."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


def bfloat16(numbers) -> bytes:
    """Rounded to nearest even."""
    out = bytearray()
    for number in numbers:
        bits, = struct.unpack("<I", struct.pack("<f", number))
        out += struct.pack("<H", bits + 0x7FFF + (bits >> 16 & 1) >> 16)
    return bytes(out)


def converted(tensor: Tensor, dtype: str) -> bytes:
    """The data as "f32", "f16" or "bf16"; a dtype that it has already keeps its bytes."""
    if dtype == tensor.dtype.lower():
        return tensor.data
    numbers = values(tensor)
    if dtype == "bf16":
        return bfloat16(numbers)
    return struct.pack(f"<{len(numbers)}{'e' if dtype == 'f16' else 'f'}", *numbers)
