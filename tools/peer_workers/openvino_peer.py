#!/usr/bin/env python3
"""OpenVINO on the models of openvino_models.py.

    openvino_peer.py MODELS ENCODER PRECISION JOB     ENCODER: encoder or encoder_int8; PRECISION: bf16 or f32
"""

import sys

import numpy
import openvino

import greedy
import protocol


class Encoder:
    def __init__(self, core, path: str, settings: dict, streams: int):
        self.model = core.compile_model(path, "CPU", {**settings, "NUM_STREAMS": str(streams)})
        self.queue = openvino.AsyncInferQueue(self.model, streams)
        self.request = self.model.create_infer_request()

    def one(self, mel):
        """(bands, frames) -> (1, positions, width)"""
        return self.request.infer({0: mel[None]}, share_inputs=True, share_outputs=True)[0]

    def all(self, mels):
        """Several windows side by side, one a stream: (windows, positions, width)"""
        states = numpy.empty((len(mels), *self.model.output(0).shape[1:]), numpy.float32)

        def keep(request, window):
            states[window] = request.get_output_tensor(0).data[0]

        self.queue.set_callback(keep)
        for window, mel in enumerate(mels):
            self.queue.start_async({0: mel[None]}, window, share_inputs=True)
        self.queue.wait_all()
        return states


class Decoder:
    def __init__(self, core, folder: str, settings: dict):
        self.cross = core.compile_model(f"{folder}/cross.xml", "CPU", settings).create_infer_request()
        model = core.compile_model(f"{folder}/decoder.xml", "CPU", settings)
        self.names = [name for name in (port.any_name for port in model.inputs) if name.startswith(("keys.", "values."))]
        self.step_request = model.create_infer_request()

    def compute_cross(self, states):
        self.cross.infer({0: states}, share_inputs=True, share_outputs=True)

    def open(self, streams: int):
        for index, name in enumerate(self.names):
            self.step_request.set_tensor(name, self.cross.get_output_tensor(index))
        self.step_request.reset_state()
        self.beam = numpy.arange(streams, dtype=numpy.int32)

    def step(self, tokens, position: int):
        """(streams, n) -> (streams, vocabulary)"""
        n = tokens.shape[1]
        mask = numpy.triu(numpy.full((n, position + n), -numpy.inf, numpy.float32), position + 1)
        feeds = {"tokens": tokens, "positions": numpy.arange(position, position + n), "beam": self.beam, "mask": mask[None, None]}
        return self.step_request.infer(feeds, share_outputs=True)[0]


class Peer:
    def __init__(self, job: dict, folder: str, encoder: str, precision: str):
        threads = job["threads"]
        settings = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": str(threads)}
        core = openvino.Core()
        self.mels, self.search = greedy.log_mels(job), greedy.Search(job)
        self.encoder = Encoder(core, f"{folder}/{encoder}.xml", settings, 1)
        self.side_by_side = Encoder(core, f"{folder}/{encoder}.xml", settings, threads)
        self.decoder = Decoder(core, folder, {**settings, "NUM_STREAMS": "1"})

    def encode(self, mels):
        return self.encoder.one(mels[0]) if len(mels) == 1 else self.side_by_side.all(mels)

    def encode_cross(self, mels):
        self.decoder.compute_cross(self.encode(mels))

    def decode(self, streams: int):
        self.decoder.open(streams)
        return self.search.run(streams, self.decoder.step)

    def run(self, task: str) -> dict:
        mels = self.mels if task == "windows" else self.mels[:1]
        if task == "encode":
            return {"ms": protocol.milliseconds(lambda: self.encode(mels))}
        encode = protocol.milliseconds(lambda: self.encode_cross(mels))
        if task == "encode_cross":
            return {"ms": encode}
        decode = protocol.milliseconds(lambda: self.decode(len(mels)))
        return {"ms": encode + decode, "decode_ms": decode}

    def answer(self, name: str):
        if name == "states":
            return numpy.array(self.encode(self.mels[:1])[0])
        self.encode_cross(self.mels[:1])
        self.decoder.open(1)
        return numpy.array(self.decoder.step(numpy.array([self.search.prompt]), 0)[0])


def load(job: dict):
    folder, encoder, precision = sys.argv[1:4]
    weights = "post-training int8 (nncf, MIXED)" if encoder == "encoder_int8" else "f32 weights"
    peer = Peer(job, folder, encoder, precision)
    return peer, {
        "version": openvino.__version__.split("-")[0],
        "settings": f"encoder {weights}, precision hint {precision}; decoder: int8 weights, {precision}, stateful; "
                    f"windows are encoded in {job['threads']} streams of one thread",
        "tasks": {"encode": "the encoder alone", "encode_cross": "encoder, cross keys and values",
                  "window": "encoder, cross keys and values, decoder steps",
                  "windows": "encoders side by side, then one batch of streams in the decoder"},
        "decode": "prompt and decoder steps",
        "answers": ["states", "logits"]}


if __name__ == "__main__":
    protocol.serve(load)
