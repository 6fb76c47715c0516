#!/usr/bin/env python3
"""Whisper as a ggml file of whisper.cpp: tests/support/make_ggml.py, whose loops numpy does here.

    ggml_models.py FOLDER OUT.bin TYPE     FOLDER: Hugging Face layout, float32; TYPE: f16 or q8_0
"""

import pathlib
import sys

import numpy

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/support"))
import huggingface_model  # noqa: E402
import make_ggml  # noqa: E402


def q8_0(values) -> bytes:
    """Blocks of 32: a scale in float16, then the values, rounded half away from zero (ggml-quants.c, quantize_row_q8_0_ref)."""
    blocks = values.astype(numpy.float64).reshape(-1, make_ggml.BLOCK)
    scales = numpy.abs(blocks).max(1, keepdims=True) / 127
    scaled = blocks / numpy.where(scales > 0, scales, 1)
    out = numpy.empty(len(blocks), [("scale", "<f2"), ("values", "i1", make_ggml.BLOCK)])
    out["scale"], out["values"] = scales[:, 0], numpy.trunc(scaled + numpy.copysign(0.5, scaled))
    return out.tobytes()


def tensor_data(tensor, kind: str) -> bytes:
    values = numpy.frombuffer(tensor.data, "<f4")
    return {"f32": values.tobytes, "f16": values.astype("<f2").tobytes, "q8_0": lambda: q8_0(values)}[kind]()


def main(folder: str, out: str, kind: str):
    model = huggingface_model.read_model(folder)
    pathlib.Path(out).write_bytes(make_ggml.ggml_bytes(model, kind, data=tensor_data))


if __name__ == "__main__":
    main(*sys.argv[1:])
