#!/usr/bin/env python3
"""Makes src/whisper/normalizer/english_spellings.bin from the table that the PyPI package openai-whisper ships.

    pip install --no-deps openai-whisper==20250625 && tools/make_spellings.py

File: zlib of lines "british american", in the order of the alphabet. One entry of the table is left out: its
key, "flyer / flier", has blanks in it and so is never found among the words of a text.
"""

import argparse
import importlib.util
import json
import zlib
from pathlib import Path


def read_table():
    """The words; the package itself, which needs PyTorch, is not imported."""
    package = Path(importlib.util.find_spec("whisper").origin).parent
    return json.loads((package / "normalizers" / "english.json").read_text(encoding="utf-8"))


def pack(table):
    """The .bin file's bytes."""
    table = {british: american for british, american in table.items() if len(british.split()) == 1}
    assert all(len(american.split()) == 1 for american in table.values())
    lines = "".join(f"{british} {american}\n" for british, american in sorted(table.items()))
    assert len(lines) < 1 << 16  # what spellings.cpp has room for
    return zlib.compress(lines.encode(), 9)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parent.parent / "src/whisper/normalizer/english_spellings.bin"
    parser.add_argument("--out", type=Path, default=default, help="file to write")
    out = parser.parse_args().out
    table = read_table()
    out.write_bytes(pack(table))
    print(f"{out}: {len(table)} words, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
