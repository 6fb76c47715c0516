#!/usr/bin/env python3
"""CTranslate2, which faster-whisper runs on.

    ctranslate2_peer.py MODEL COMPUTE_TYPE JOB     MODEL: a CTranslate2 folder; COMPUTE_TYPE: int8, float32 ...
"""

import os
import pathlib
import sys

import numpy

import greedy
import protocol

# By itself it takes AVX2 on every processor, which is a tenth slower in the encoder where there is AVX-512.
if "avx512bw" in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split():
    os.environ.setdefault("CT2_FORCE_CPU_ISA", "AVX512")
import ctranslate2  # noqa: E402

try:
    import faster_whisper
    FASTER_WHISPER = f" (faster-whisper {faster_whisper.__version__})"
except ImportError:
    FASTER_WHISPER = ""


class Peer:
    def __init__(self, job: dict, folder: str, compute_type: str):
        self.job, self.mels = job, greedy.log_mels(job)
        self.model = ctranslate2.models.Whisper(folder, device="cpu", compute_type=compute_type,
                                                intra_threads=job["threads"], inter_threads=1)

    def encode(self, mels):
        return self.model.encode(ctranslate2.StorageView.from_array(mels), to_cpu=True)

    def generate(self, states, **options):
        return self.model.generate(states, [self.job["prompt"]] * states.shape[0], beam_size=1,
                                   max_length=2 * self.job["tokens"],  # it chooses half as many
                                   suppress_tokens=[self.job["end"]], suppress_blank=False, **options)

    def decode(self, states):
        for result in self.generate(states):
            got = len(result.sequences_ids[0])
            if got != self.job["tokens"]:
                raise RuntimeError(f"expected {self.job['tokens']} tokens, got {got}")

    def run(self, task: str) -> dict:
        mels = self.mels if task == "windows" else self.mels[:1]
        states = []
        encode = protocol.milliseconds(lambda: states.append(self.encode(mels)))
        if task == "encode":
            return {"ms": encode}
        decode = protocol.milliseconds(lambda: self.decode(states[0]))
        return {"ms": encode + decode, "decode_ms": decode}

    def answer(self, name: str):
        states = self.encode(self.mels[:1])
        if name == "states":
            return numpy.array(states)[0].astype(numpy.float32)
        raise ValueError(f"{name}: its interface does not give them")


def load(job: dict):
    peer = Peer(job, *sys.argv[1:3])
    return peer, {
        "version": ctranslate2.__version__ + FASTER_WHISPER,
        "settings": f"compute type {peer.model.compute_type}, {os.environ.get('CT2_FORCE_CPU_ISA', 'its own choice of instructions')}, "
                    f"one worker of {job['threads']} threads",
        "tasks": {"encode": "the encoder alone", "window": "encoder, cross keys and values, decoder steps",
                  "windows": "one batch in encoder and decoder"},
        "decode": "cross keys and values, prompt and decoder steps",
        "answers": ["states"]}


if __name__ == "__main__":
    protocol.serve(load)
