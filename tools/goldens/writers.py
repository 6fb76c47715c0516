"""Makes tests/golden/writers.json: transcripts and what openai/whisper writes for them.

    python3 tools/goldens/writers.py > tests/golden/writers.json

Needs the PyPI package openai-whisper.
"""

import io
import json
import platform
import random
import struct
import sys
from importlib.metadata import version

from whisper.utils import WriteJSON, WriteSRT, WriteTSV, WriteTXT, WriteVTT

WRITERS = {"txt": WriteTXT, "srt": WriteSRT, "vtt": WriteVTT, "tsv": WriteTSV, "json": WriteJSON}

TEXTS = [
    " And so, my fellow Americans.", "", " ", " no\tbreak\there ", " a --> b ---> c -->--> d",
    " \u00a0\u3000 wide blanks \u2028\u1680", " line\nbreak\r\nand\x0bmore\x1c", ' "quoted" \\ / back',
    " Gr\u00fc\u00dfe aus K\u00f6ln", " \u4e16\u754c\u3002", " \U0001f600 \U0010ffff \ufffd", " \x00\x01\x1f\x7f\x80\x85\x9f",
    "\u200bnot a blank\u200b", " \u0627\u0644\u0639\u0631\u0628\u064a\u0629", " e\u0301 \ufeff", " -->", "\x1d\x1e\x1f",
]


def any_float(rng: random.Random) -> float:
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice([0.0, 1.0, -0.0, 1e-5, 1e-4, 1e15, 1e16, 1e17, 5e-324, 1.7976931348623157e308, 0.1, -1.0, 100.0])
    if kind == 1:
        return rng.uniform(-3, 3)
    if kind == 2:
        return rng.uniform(-1, 1) * 10.0 ** rng.randrange(-30, 30)
    while True:
        value = struct.unpack("<d", rng.randbytes(8))[0]
        if value == value and abs(value) != float("inf"):
            return value


def any_time(rng: random.Random) -> float:
    kind = rng.randrange(4)
    if kind == 0:
        return rng.randrange(1500) * 0.02
    if kind == 1:  # halves of a millisecond, where rounding is to the even one
        return (rng.randrange(20000) + 0.5) / 1000
    if kind == 2:
        return rng.choice([0.0, 59.9995, 59.9994, 3599.9999, 3600.0, 359999.9996, 0.0005, 0.0015, 0.0025])
    return rng.uniform(0, 10.0 ** rng.randrange(1, 7))


def transcript(rng: random.Random, segments: int) -> dict:
    made = []
    for i in range(segments):
        made.append({
            "id": i, "seek": rng.randrange(10**6), "start": any_time(rng), "end": any_time(rng),
            "text": TEXTS[i % len(TEXTS)], "tokens": [rng.randrange(51865) for _ in range(rng.randrange(5))],
            "temperature": rng.choice([0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]), "avg_logprob": any_float(rng),
            "compression_ratio": any_float(rng), "no_speech_prob": any_float(rng),
        })
        if not made[-1]["text"] and not made[-1]["tokens"]:
            made[-1]["words"] = []  # as transcribe() leaves a segment that it empties
    return {"text": "".join(s["text"] for s in made), "segments": made, "language": rng.choice(["en", "de", "yue"])}


def main() -> None:
    rng = random.Random(1)
    cases = []
    for segments in (0, 1, 17, 34):
        result = transcript(rng, segments)
        outputs = {}
        for name, writer in WRITERS.items():
            file = io.StringIO()
            writer("").write_result(result, file=file)
            outputs[name] = file.getvalue()
        cases.append({"result": result, "outputs": outputs})
    versions = {"openai-whisper": version("openai-whisper"), "python": platform.python_version()}
    json.dump({"versions": versions, "floats": [[v, repr(v)] for v in (any_float(rng) for _ in range(200))], "cases": cases},
              sys.stdout, indent=None, separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
