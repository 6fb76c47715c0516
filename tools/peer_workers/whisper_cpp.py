#!/usr/bin/env python3
"""whisper.cpp through the C interface of its shared library, version 1.8 or later (which uses flash attention unasked).

    whisper_cpp.py LIBRARY MODEL JOB     LIBRARY: libwhisper.so, or a folder with it; MODEL: a ggml file
"""

import ctypes
import glob
import pathlib
import sys

import numpy

import greedy
import protocol

FLOATS = ctypes.POINTER(ctypes.c_float)


def open_library(path: str):
    """The libraries that libwhisper needs lie beside it; they are opened first, so that it need not find them."""
    path = pathlib.Path(path)
    folder = path if path.is_dir() else path.parent
    for part in ("ggml-base", "ggml-cpu", "ggml"):
        for found in sorted(glob.glob(str(folder / f"lib{part}.so*")))[:1]:
            ctypes.CDLL(found, ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(str(sorted(folder.glob("libwhisper.so*"))[0] if path.is_dir() else path))
    library.whisper_init_from_file.restype = ctypes.c_void_p
    library.whisper_version.restype = library.whisper_print_system_info.restype = ctypes.c_char_p
    library.whisper_get_logits.restype = FLOATS
    library.whisper_n_vocab.argtypes = library.whisper_get_logits.argtypes = [ctypes.c_void_p]
    library.whisper_set_mel.argtypes = [ctypes.c_void_p, FLOATS, ctypes.c_int, ctypes.c_int]
    library.whisper_encode.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]
    library.whisper_decode.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_int), ctypes.c_int, ctypes.c_int, ctypes.c_int]
    return library


class Log:
    """What the library logs: kept while the model is loaded, as it tells there what it uses."""

    def __init__(self, library):
        self.text = ""
        self.callback = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(self.add)
        library.whisper_log_set(self.callback, None)

    def add(self, level, text, data):
        del level, data
        self.text += text.decode(errors="replace")

    def says(self, words: str) -> bool:
        return words in " ".join(self.text.split())


class Peer:
    def __init__(self, job: dict, library, model: str):
        self.library, self.threads = library, job["threads"]
        self.mels, self.search = greedy.log_mels(job), greedy.Search(job)
        self.log = Log(library)
        self.context = library.whisper_init_from_file(model.encode())
        if not self.context:
            raise RuntimeError(f"{model}: {self.log.text.strip().splitlines()[-1]}")
        self.vocabulary = library.whisper_n_vocab(self.context)

    def check(self, status: int, what: str):
        if status != 0:
            raise RuntimeError(f"{what}: status {status}")

    def set_mel(self, mel):
        bands, frames = mel.shape
        self.check(self.library.whisper_set_mel(self.context, mel.ctypes.data_as(FLOATS), frames, bands), "whisper_set_mel")

    def encode(self):
        self.check(self.library.whisper_encode(self.context, 0, self.threads), "whisper_encode")

    def step(self, tokens, position: int):
        """(1, n) -> (1, vocabulary)"""
        n = tokens.shape[1]
        status = self.library.whisper_decode(self.context, (ctypes.c_int * n)(*tokens[0].tolist()), n, position, self.threads)
        self.check(status, "whisper_decode")
        rows = numpy.ctypeslib.as_array(self.library.whisper_get_logits(self.context), (n, self.vocabulary))
        return rows[-1:]

    def window(self, mel) -> tuple:
        self.set_mel(mel)
        encode = protocol.milliseconds(self.encode)
        return encode, protocol.milliseconds(lambda: self.search.run(1, self.step))

    def run(self, task: str) -> dict:
        if task == "encode_cross":
            self.set_mel(self.mels[0])
            return {"ms": protocol.milliseconds(self.encode)}
        times = numpy.sum([self.window(mel) for mel in (self.mels[:1] if task == "window" else self.mels)], axis=0)
        return {"ms": float(times.sum()), "decode_ms": float(times[1])}

    def answer(self, name: str):
        if name != "logits":
            raise ValueError(f"{name}: its interface does not give them")
        self.set_mel(self.mels[0])
        self.encode()
        return numpy.array(self.step(numpy.array([self.search.prompt]), 0)[0])


def load(job: dict):
    library = open_library(sys.argv[1])
    peer = Peer(job, library, sys.argv[2])
    instructions = [part.split(" = ")[0].strip() for part in library.whisper_print_system_info().decode().split("|")
                    if part.strip().endswith(" = 1")]
    return peer, {
        "version": library.whisper_version().decode(),
        "settings": f"{pathlib.Path(sys.argv[2]).name}, flash attention {'on' if peer.log.says('flash attn = 1') else 'off'}, "
                    f"{' '.join(instructions).replace('WHISPER : ', '')}",
        "tasks": {"encode_cross": "encoder, cross keys and values", "window": "encoder, cross keys and values, decoder steps",
                  "windows": "one window after the other: it has no batches"},
        "decode": "prompt and decoder steps",
        "answers": ["logits"]}


if __name__ == "__main__":
    protocol.serve(load)
