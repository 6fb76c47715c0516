#!/usr/bin/env python3
"""Whisper's encoder as an ONNX model, built operation by operation, and quantised as ONNX Runtime's tools do it.

    onnx_models.py FOLDER OUT     FOLDER: Hugging Face layout, float32

Writes encoder.onnx (float32) and encoder_int8.onnx (products with weights in int8: weights by output channel, activations as they
come).
"""

import pathlib
import sys

import numpy
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

import weights

EPSILON = 1e-5
HEAD = 64
OPSET = 20  # the first with Gelu


class Graph:
    def __init__(self, model):
        self.config, self.tensors = model.config, model.tensors
        self.nodes, self.constants = [], {}

    def op(self, kind: str, *inputs, **attributes) -> str:
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, name: str, values) -> str:
        if name not in self.constants:
            self.constants[name] = numpy_helper.from_array(numpy.array(values, order="C"), name)
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.tensors[name])

    def shape(self, *sizes) -> str:
        return self.constant(f"shape {sizes}", numpy.array(sizes, numpy.int64))

    def linear(self, x: str, name: str, scale: float = 1.0) -> str:
        scale = numpy.float32(scale)
        y = self.op("MatMul", x, self.constant(f"{name}.weight", self.tensors[f"{name}.weight"].T * scale))
        if f"{name}.bias" not in self.tensors:
            return y
        return self.op("Add", y, self.constant(f"{name}.bias", self.tensors[f"{name}.bias"] * scale))

    def norm(self, x: str, name: str) -> str:
        return self.op("LayerNormalization", x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), axis=-1, epsilon=EPSILON)

    def convolution(self, x: str, name: str, stride: int) -> str:
        y = self.op("Conv", x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"), pads=[1, 1], strides=[stride])
        return self.op("Gelu", y)

    def attention(self, x: str, name: str) -> str:
        heads, width = self.config["encoder_attention_heads"], self.config["d_model"]
        orders = {"q": [0, 2, 1, 3], "k": [0, 2, 3, 1], "v": [0, 2, 1, 3]}
        q, k, v = (self.op("Transpose", self.op("Reshape", self.linear(x, f"{name}.{part}_proj", HEAD ** -0.5 if part == "q" else 1),
                                                self.shape(0, 0, heads, HEAD)), perm=orders[part]) for part in "qkv")
        y = self.op("MatMul", self.op("Softmax", self.op("MatMul", q, k), axis=-1), v)
        y = self.op("Reshape", self.op("Transpose", y, perm=[0, 2, 1, 3]), self.shape(0, 0, width))
        return self.linear(y, f"{name}.out_proj")


def encoder(model) -> onnx.ModelProto:
    """mel (batch, bands, frames) -> states (batch, frames / 2, width)"""
    graph, c = Graph(model), model.config
    x = graph.convolution(graph.convolution("mel", "encoder.conv1", 1), "encoder.conv2", 2)
    x = graph.op("Add", graph.op("Transpose", x, perm=[0, 2, 1]), graph.weight("encoder.embed_positions.weight"))
    for layer in range(c["encoder_layers"]):
        name = f"encoder.layers.{layer}"
        x = graph.op("Add", x, graph.attention(graph.norm(x, f"{name}.self_attn_layer_norm"), f"{name}.self_attn"))
        hidden = graph.op("Gelu", graph.linear(graph.norm(x, f"{name}.final_layer_norm"), f"{name}.fc1"))
        x = graph.op("Add", x, graph.linear(hidden, f"{name}.fc2"))
    states = graph.norm(x, "encoder.layer_norm")
    positions = c["max_source_positions"]
    mel = helper.make_tensor_value_info("mel", onnx.TensorProto.FLOAT, ["batch", c["num_mel_bins"], 2 * positions])
    out = helper.make_tensor_value_info(states, onnx.TensorProto.FLOAT, ["batch", positions, c["d_model"]])
    built = helper.make_graph(graph.nodes, "encoder", [mel], [out], list(graph.constants.values()))
    return helper.make_model(built, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)


def main(folder: str, out: str):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(encoder(weights.load(folder)), out / "encoder.onnx")
    quantize_dynamic(out / "encoder.onnx", out / "encoder_int8.onnx", op_types_to_quantize=["MatMul"],
                     weight_type=QuantType.QInt8, per_channel=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
