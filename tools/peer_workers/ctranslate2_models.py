#!/usr/bin/env python3
"""Whisper as a CTranslate2 folder, float32: the library rounds to int8 when it loads it.

    ctranslate2_models.py FOLDER OUT     FOLDER: Hugging Face layout, float32
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/support"))
import make_ctranslate2  # noqa: E402

if __name__ == "__main__":
    make_ctranslate2.write_ctranslate2(*sys.argv[1:], "float32")
