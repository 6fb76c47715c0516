#!/usr/bin/env python3
"""A program that speaks the protocol of tools/peer_workers, for tests. Standard library only.

    fake_peer.py KIND JOB     KIND: good, encoder (does nothing else), or how it fails: refusing, silent, dying, killed, wrong, short, nonsense
"""

import array
import json
import os
import pathlib
import sys

WIDTH = 64  # of the model that the tests use
ENCODE_MS, TOKEN_MS = 8.0, 0.5  # what it says it takes


def say(message):
    print(json.dumps(message), flush=True)


def introduce(kind: str):
    tasks = {"encode": "the encoder <alone>"}
    if kind != "encoder":
        tasks |= {"window": "all of it", "windows": "one after the other"}
    say({"version": "1.2.3", "settings": f"made up, {kind}", "tasks": tasks, "decode": "its steps", "answers": ["states"] if kind in ("wrong", "short") else []})


def write(kind: str, path: str, job: dict):
    numbers = job["frames"] // 2 * WIDTH if kind == "wrong" else 3
    pathlib.Path(path).write_bytes(array.array("f", [1.0] * numbers).tobytes())


def times(task: str, job: dict) -> dict:
    windows = job["windows"] if task == "windows" else 1
    if task == "encode":
        return {"ms": ENCODE_MS}
    decode = TOKEN_MS * job["tokens"] * windows
    return {"ms": ENCODE_MS * windows + decode, "decode_ms": decode}


def answer(kind: str, request: dict, job: dict) -> dict:
    if "write" in request:
        write(kind, request["to"], job)
        return {}
    if kind == "dying" and request["run"] == "window":
        sys.exit("fake peer: out of memory")
    if kind == "killed":
        os.abort()
    return {"ms": "soon"} if kind == "nonsense" else times(request["run"], job)


def main(kind: str):
    job = json.loads(pathlib.Path(sys.argv[-1]).read_text())
    assert pathlib.Path(job["mel"]).stat().st_size == 4 * job["windows"] * job["bands"] * job["frames"]
    if kind == "refusing":
        say({"error": "no such model"})
        return
    if kind == "silent":
        sys.exit("fake peer: lost its library")
    introduce(kind)
    for line in sys.stdin:
        say(answer(kind, json.loads(line), job))


if __name__ == "__main__":
    main(sys.argv[1])
