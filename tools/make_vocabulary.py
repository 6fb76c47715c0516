#!/usr/bin/env python3
"""Makes src/whisper/vocabulary/*.bin from the vocabularies that the PyPI package openai-whisper ships.

    pip install openai-whisper==20250625 && tools/make_vocabulary.py

A .tiktoken file lists every token's bytes with its rank, which is also its id. Ids 0 to 255 are the
single bytes, every later one is two earlier tokens joined, so a pair of ids per token says it all.
The pair is the last step of encoding the token's own bytes; no other pair of neighbours can ever
spell the token, because merges inside a stretch of text happen in the same order whatever stands
around it. So merging by pairs gives the same ids as tiktoken's merging by joined bytes.

File: zlib of four planes of one byte per merge: left id's high bytes, left low, right high, right low.
"""

import argparse
import base64
import importlib.resources
import zlib
from pathlib import Path

VOCABULARIES = {"gpt2": "english.bin", "multilingual": "multilingual.bin"}


def read_tokens(name):
    """The tokens' bytes in the order of their ids."""
    text = (importlib.resources.files("whisper") / "assets" / f"{name}.tiktoken").read_text()
    lines = [line.split() for line in text.splitlines() if line]
    assert [int(rank) for _, rank in lines] == list(range(len(lines)))
    return [base64.b64decode(token) for token, _ in lines]


def gpt2_byte_order():
    """The bytes in the order of their ids: the printable ones of Latin-1 first."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return bytes(printable + [b for b in range(256) if b not in printable])


def last_merge(token, rank):
    """The ids of the two parts that encoding `token` ends with before they become the token."""
    parts = [token[i : i + 1] for i in range(len(token))]
    while len(parts) > 2:
        joined = [rank.get(a + b, len(rank)) for a, b in zip(parts, parts[1:])]
        best = joined.index(min(joined))
        assert joined[best] < rank[token], "a token must be reachable by earlier merges"
        parts[best : best + 2] = [parts[best] + parts[best + 1]]
    return rank[parts[0]], rank[parts[1]]


def pack(tokens):
    """The .bin file's bytes."""
    if tokens[-1] == b"":
        tokens = tokens[:-1]  # the multilingual vocabulary's last token: no bytes, never merged
    assert b"".join(tokens[:256]) == gpt2_byte_order()
    rank = {token: i for i, token in enumerate(tokens)}
    assert len(rank) == len(tokens) <= 1 << 16
    pairs = [last_merge(token, rank) for token in tokens[256:]]
    assert all(max(pair) < 256 + i for i, pair in enumerate(pairs))
    left, right = zip(*pairs)
    planes = [bytes(i >> shift & 255 for i in ids) for ids in (left, right) for shift in (8, 0)]
    return zlib.compress(b"".join(planes), 9)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parent.parent / "src/whisper/vocabulary"
    parser.add_argument("--out", type=Path, default=default, help="folder to write to")
    folder = parser.parse_args().out
    for name, file_name in VOCABULARIES.items():
        packed = pack(read_tokens(name))
        (folder / file_name).write_bytes(packed)
        print(f"{folder / file_name}: {len(packed)} bytes")


if __name__ == "__main__":
    main()
