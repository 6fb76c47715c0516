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

    def open(self, states):
        self.cross.infer({0: states}, share_inputs=True, share_outputs=True)
        for index, name in enumerate(self.names):
            self.step_request.set_tensor(name, self.cross.get_output_tensor(index))
        self.step_request.reset_state()
        self.beam = numpy.arange(len(states), dtype=numpy.int32)

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

    def decode(self, states):
        self.decoder.open(states)
        return self.search.run(len(states), self.decoder.step)

    def run(self, task: str) -> dict:
        if task == "encode":
            return {"ms": protocol.milliseconds(lambda: self.encoder.one(self.mels[0]))}
        states = []
        if task == "window":
            encode = protocol.milliseconds(lambda: states.append(self.encoder.one(self.mels[0])))
        else:
            encode = protocol.milliseconds(lambda: states.append(self.side_by_side.all(self.mels)))
        decode = protocol.milliseconds(lambda: self.decode(states[0]))
        return {"ms": encode + decode, "decode_ms": decode}

    def answer(self, name: str):
        states = self.encoder.one(self.mels[0])
        if name == "states":
            return numpy.array(states[0])
        self.decoder.open(states)
        return numpy.array(self.decoder.step(numpy.array([self.search.prompt]), 0)[0])


def load(job: dict):
    folder, encoder, precision = sys.argv[1:4]
    weights = "post-training int8 (nncf, MIXED)" if encoder == "encoder_int8" else "f32 weights"
    peer = Peer(job, folder, encoder, precision)
    return peer, {
        "version": openvino.__version__.split("-")[0],
        "settings": f"encoder {weights}, precision hint {precision}; decoder: int8 weights, {precision}, stateful; "
                    f"windows are encoded in {job['threads']} streams of one thread",
        "tasks": {"encode": "the encoder alone", "window": "encoder, cross keys and values, decoder steps",
                  "windows": "encoders side by side, then one batch of streams in the decoder"},
        "answers": ["states", "logits"]}


if __name__ == "__main__":
    protocol.serve(load)
