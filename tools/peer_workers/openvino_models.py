#!/usr/bin/env python3
"""Whisper as OpenVINO models, built operation by operation, as converters build them from PyTorch.

    openvino_models.py FOLDER OUT     FOLDER: Hugging Face layout, float32

Writes encoder.xml (float32), encoder_int8.xml (post-training quantisation by nncf, preset MIXED, calibrated on made-up
windows), cross.xml (states to the decoder's cross-attention keys and values) and decoder.xml (one step with its own caches as
the model's state); weights of the last two are int8.
"""

import pathlib
import sys

import numpy
import nncf
import openvino
from openvino import opset13 as ops

import weights

EPSILON = 1e-5
HEAD = 64
CALIBRATION_WINDOWS = 8


def constant(values, dtype=None):
    return ops.constant(numpy.asarray(values, dtype=dtype, order="C"))


class Network:
    """What encoder and decoder are made of. x: (batch, positions, width)"""

    def __init__(self, model):
        self.config, self.tensors = model.config, model.tensors

    def linear(self, x, name: str, scale: float = 1.0):
        y = ops.matmul(x, constant(self.tensors[f"{name}.weight"] * numpy.float32(scale)), False, True)
        bias = self.tensors.get(f"{name}.bias")
        return y if bias is None else ops.add(y, constant(bias * numpy.float32(scale)))

    def norm(self, x, name: str):
        y = ops.mvn(x, constant([-1], numpy.int64), True, EPSILON, "INSIDE_SQRT")
        return ops.add(ops.multiply(y, constant(self.tensors[f"{name}.weight"])), constant(self.tensors[f"{name}.bias"]))

    def split(self, x, heads: int):
        """(batch, positions, width) -> (batch, heads, positions, 64)"""
        y = ops.reshape(x, constant([0, 0, heads, HEAD], numpy.int64), True)
        return ops.transpose(y, constant([0, 2, 1, 3], numpy.int64))

    def join(self, x, width: int):
        return ops.reshape(ops.transpose(x, constant([0, 2, 1, 3], numpy.int64)), constant([0, 0, width], numpy.int64), True)

    def convolution(self, x, name: str, stride: int):
        y = ops.convolution(x, constant(self.tensors[f"{name}.weight"]), [stride], [1], [1], [1])
        return ops.gelu(ops.add(y, constant(self.tensors[f"{name}.bias"][None, :, None])), "erf")

    def feed_forward(self, x, name: str):
        hidden = ops.gelu(self.linear(self.norm(x, f"{name}.final_layer_norm"), f"{name}.fc1"), "erf")
        return ops.add(x, self.linear(hidden, f"{name}.fc2"))


def encoder(model) -> openvino.Model:
    """mel (1, bands, frames) -> states (1, frames / 2, width)"""
    net, c = Network(model), model.config
    mel = ops.parameter([1, c["num_mel_bins"], 2 * c["max_source_positions"]], openvino.Type.f32, name="mel")
    x = net.convolution(net.convolution(mel, "encoder.conv1", 1), "encoder.conv2", 2)
    x = ops.transpose(x, constant([0, 2, 1], numpy.int64))
    x = ops.add(x, constant(model.tensors["encoder.embed_positions.weight"][None]))
    heads, width = c["encoder_attention_heads"], c["d_model"]
    for layer in range(c["encoder_layers"]):
        name = f"encoder.layers.{layer}"
        y = net.norm(x, f"{name}.self_attn_layer_norm")
        q, k, v = (net.split(net.linear(y, f"{name}.self_attn.{part}_proj"), heads) for part in "qkv")
        y = net.join(ops.scaled_dot_product_attention(q, k, v), width)
        x = ops.add(x, net.linear(y, f"{name}.self_attn.out_proj"))
        x = net.feed_forward(x, name)
    states = ops.result(net.norm(x, "encoder.layer_norm"), name="states")
    return openvino.Model([states], [mel], "encoder")


def cross(model) -> openvino.Model:
    """states (batch, positions, width) -> per layer keys (batch, heads, 64, positions) and values (batch, heads, positions, 64)"""
    net, c = Network(model), model.config
    states = ops.parameter([-1, c["max_source_positions"], c["d_model"]], openvino.Type.f32, name="states")
    results = []
    for layer in range(c["decoder_layers"]):
        name = f"decoder.layers.{layer}.encoder_attn"
        keys = ops.transpose(net.split(net.linear(states, f"{name}.k_proj"), c["decoder_attention_heads"]), constant([0, 1, 3, 2], numpy.int64))
        values = net.split(net.linear(states, f"{name}.v_proj"), c["decoder_attention_heads"])
        results += [ops.result(ops.convert(keys, "bf16"), name=f"keys.{layer}"), ops.result(ops.convert(values, "bf16"), name=f"values.{layer}")]
    return openvino.Model(results, [states], "cross")


class DecoderStep:
    """tokens (batch, n), positions (n), beam (batch), mask (1, 1, n, past + n), cross keys and values -> logits (batch, vocabulary)

    The keys and values of earlier tokens are the model's state, which reset_state() empties.
    """

    def __init__(self, model):
        self.net, self.c, self.tensors = Network(model), model.config, model.tensors
        self.heads, self.width = self.c["decoder_attention_heads"], self.c["d_model"]
        self.tokens = ops.parameter([-1, -1], openvino.Type.i64, name="tokens")
        self.positions = ops.parameter([-1], openvino.Type.i64, name="positions")
        self.beam = ops.parameter([-1], openvino.Type.i32, name="beam")
        self.mask = ops.parameter([1, 1, -1, -1], openvino.Type.f32, name="mask")
        self.parameters = [self.tokens, self.positions, self.beam, self.mask]
        self.sinks = []

    def cached(self, x, name: str):
        batch = ops.gather(ops.shape_of(self.tokens, output_type="i64"), constant([0], numpy.int64), constant(0, numpy.int64))
        empty = ops.broadcast(constant(0, numpy.float32), ops.concat([batch, constant([self.heads, 0, HEAD], numpy.int64)], 0))
        info = openvino.op.util.VariableInfo()
        info.data_shape, info.data_type, info.variable_id = openvino.PartialShape([-1, self.heads, -1, HEAD]), openvino.Type.f32, name
        variable = openvino.op.util.Variable(info)
        past = openvino.op.read_value(empty, variable)
        whole = ops.concat([ops.gather(past, self.beam, constant(0, numpy.int64)), x], 2)
        self.sinks.append(openvino.op.assign(whole, variable))
        return whole

    def self_attention(self, x, name: str):
        y = self.net.norm(x, f"{name}.self_attn_layer_norm")
        q, k, v = (self.net.split(self.net.linear(y, f"{name}.self_attn.{part}_proj"), self.heads) for part in "qkv")
        k, v = self.cached(k, f"{name}.keys"), self.cached(v, f"{name}.values")
        y = ops.scaled_dot_product_attention(q, k, v, self.mask)
        return ops.add(x, self.net.linear(self.net.join(y, self.width), f"{name}.self_attn.out_proj"))

    # Products and a softmax: the plugin takes scaled_dot_product_attention apart here and transposes the keys in every step.
    def cross_attention(self, x, name: str, layer: int):
        positions = self.c["max_source_positions"]
        keys = ops.parameter([-1, self.heads, HEAD, positions], openvino.Type.bf16, name=f"keys.{layer}")
        values = ops.parameter([-1, self.heads, positions, HEAD], openvino.Type.bf16, name=f"values.{layer}")
        self.parameters += [keys, values]
        y = self.net.norm(x, f"{name}.encoder_attn_layer_norm")
        q = self.net.split(self.net.linear(y, f"{name}.encoder_attn.q_proj", HEAD ** -0.5), self.heads)
        scores = ops.softmax(ops.matmul(q, ops.convert(keys, "f32"), False, False), -1)
        y = ops.matmul(scores, ops.convert(values, "f32"), False, False)
        return ops.add(x, self.net.linear(self.net.join(y, self.width), f"{name}.encoder_attn.out_proj"))

    def build(self) -> openvino.Model:
        embedding = constant(self.tensors["decoder.embed_tokens.weight"])
        axis = constant(0, numpy.int64)
        x = ops.add(ops.gather(embedding, self.tokens, axis),
                    ops.unsqueeze(ops.gather(constant(self.tensors["decoder.embed_positions.weight"]), self.positions, axis), axis))
        for layer in range(self.c["decoder_layers"]):
            name = f"decoder.layers.{layer}"
            x = self.self_attention(x, name)
            x = self.cross_attention(x, name, layer)
            x = self.net.feed_forward(x, name)
        x = ops.gather(x, constant(-1, numpy.int64), constant(1, numpy.int64))  # of the last token alone
        x = self.net.norm(x, "decoder.layer_norm")
        logits = ops.result(ops.matmul(x, embedding, False, True), name="logits")
        for parameter in self.parameters:
            parameter.output(0).get_tensor().set_names({parameter.get_friendly_name()})
        return openvino.Model([logits], self.sinks, self.parameters, "decoder")


def quantised(encoder_model: openvino.Model, config: dict) -> openvino.Model:
    bands, frames = config["num_mel_bins"], 2 * config["max_source_positions"]
    mels = weights.made_up_mels(CALIBRATION_WINDOWS, bands, frames, seed=1000)
    return nncf.quantize(encoder_model, nncf.Dataset([mel[None] for mel in mels]), model_type=nncf.ModelType.TRANSFORMER,
                         preset=nncf.QuantizationPreset.MIXED, subset_size=CALIBRATION_WINDOWS)


def main(folder: str, out: str):
    model, out = weights.load(folder), pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)

    def save(built, name: str):
        openvino.save_model(built, out / f"{name}.xml", compress_to_fp16=False)

    symmetric = nncf.CompressWeightsMode.INT8_SYM  # quicker one token at a time than INT8_ASYM, the default
    save(nncf.compress_weights(cross(model), mode=symmetric), "cross")
    save(nncf.compress_weights(DecoderStep(model).build(), mode=symmetric), "decoder")
    save(encoder(model), "encoder")
    save(quantised(encoder(model), model.config), "encoder_int8")


if __name__ == "__main__":
    main(*sys.argv[1:])
