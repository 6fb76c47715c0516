"""What tessera-bench peers speaks with a program that it times. Standard library only.

The program is started with the path of a job as its last argument: a JSON file with

    mel            file of float32, (windows, bands, frames), little-endian
    windows bands frames
    prompt         the tokens that the decoder is shown first
    end            the token that ends a text; it must not be chosen
    tokens         how many tokens to choose, greedily, after the prompt
    threads        how many threads to use

It prints one JSON object a line. The first one, when its model is loaded, says what it is:

    {"version": "...", "settings": "...", "tasks": {"encode": "what its time includes"}, "answers": ["states", "logits"],
     "decode": "what decode_ms below includes"}

Then it answers requests, one for one:

    {"run": TASK}                 {"ms": 1.5}, or {"ms": 1.5, "decode_ms": 0.5} where a part of the time is decoding
    {"write": ANSWER, "to": PATH} {"shape": [1500, 512]}, and the file holds it as float32
    {"quit": true}                the program ends

or {"error": "what went wrong"}. Tasks, of which a program need not know all: encode (the encoder alone, on the first window),
encode_cross (with the decoder's cross-attention keys and values), window (the first window and its tokens), windows (all of them
and their tokens). Answers: states (the encoder's output for the first window), logits (of the first window's first token after
the prompt).
"""

import json
import os
import sys
import time


def read_job() -> dict:
    with open(sys.argv[-1], encoding="utf-8") as file:
        return json.load(file)


def milliseconds(call) -> float:
    begin = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - begin)


def answer(peer, request: dict) -> dict:
    """peer.run(task) gives the second object above; peer.answer(name) an array with tofile(), of float32."""
    if "run" in request:
        return peer.run(request["run"])
    array = peer.answer(request["write"])
    array.tofile(request["to"])
    return {"shape": list(array.shape)}


def serve(load):
    """load(job) gives the peer and what it says of itself. Whatever libraries print goes to standard error."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(message: dict):
        print(json.dumps(message), file=out, flush=True)

    try:
        peer, introduction = load(read_job())
    except Exception as error:  # told, not raised: the one who asked reads it
        say({"error": f"{type(error).__name__}: {error}"})
        return
    say(introduction)
    for line in sys.stdin:
        request = json.loads(line)
        if "quit" in request:
            break
        try:
            say(answer(peer, request))
        except Exception as error:
            say({"error": f"{type(error).__name__}: {error}"})
    out.flush()
    os._exit(0)  # some libraries wait for their threads for ever
