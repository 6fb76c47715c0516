#!/usr/bin/env python3
"""ONNX Runtime on an encoder of onnx_models.py.

    onnxruntime_peer.py MODEL.onnx JOB
"""

import pathlib
import sys

import numpy
import onnxruntime

import greedy
import protocol


class Peer:
    def __init__(self, job: dict, path: str):
        self.mels = greedy.log_mels(job)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = job["threads"], 1
        # Threads that spin when nothing is to do would take the processor from the next one that is timed.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        self.session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def encode(self):
        return self.session.run(None, {"mel": self.mels[:1]})[0]

    def run(self, task: str) -> dict:
        if task != "encode":
            raise ValueError(f"{task}: only the encoder is there")
        return {"ms": protocol.milliseconds(self.encode)}

    def answer(self, name: str):
        if name != "states":
            raise ValueError(f"{name}: only the encoder is there")
        return numpy.array(self.encode()[0])


def load(job: dict):
    path = sys.argv[1]
    kind = "dynamic int8 (weights by channel)" if path.endswith("_int8.onnx") else "float32"
    return Peer(job, path), {
        "version": onnxruntime.__version__, "settings": f"{pathlib.Path(path).stem}, {kind}",
        "tasks": {"encode": "the encoder alone"}, "answers": ["states"]}


if __name__ == "__main__":
    protocol.serve(load)
