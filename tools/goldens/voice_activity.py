"""Makes tests/golden/voice_activity.json: the spans that faster-whisper's get_speech_timestamps finds.

The probabilities are made up: a digit d for each frame stands for (10 d + 3) / 100.
"""

import json
import random
import sys
from importlib.metadata import version

import faster_whisper.vad as vad
import numpy as np

FRAME = 512

OPTIONS = [
    {},
    {"speech_pad_ms": 0},
    {"min_silence_duration_ms": 160, "max_speech_duration_s": 30},
    {"min_silence_duration_ms": 100, "min_speech_duration_ms": 250, "speech_pad_ms": 30},
    {"min_silence_duration_ms": 0, "speech_pad_ms": 100},
    {"threshold": 0.8, "neg_threshold": 0.2, "min_silence_duration_ms": 500},
    {"min_silence_duration_ms": 160, "max_speech_duration_s": 4, "speech_pad_ms": 100},
    {"min_silence_duration_ms": 2000, "max_speech_duration_s": 3, "speech_pad_ms": 200},
    {"min_silence_duration_ms": 64, "max_speech_duration_s": 2, "speech_pad_ms": 0,
     "min_speech_duration_ms": 100},
]


def digits(draw: random.Random, frames: int) -> str:
    """Stretches of speech and silence of all lengths, neither of them certain."""
    text = ""
    while len(text) < frames:
        kind, length = draw.choice("snu"), int(draw.expovariate(1 / draw.choice([2, 8, 40, 90]))) + 1
        likely = {"s": "6789999", "n": "0000012", "u": "2345"}[kind]
        text += "".join(draw.choice(likely) for _ in range(length))
    return text[:frames]


def spans(text: str, samples: int, options: dict) -> list[list[int]]:
    probabilities = np.array([(10 * int(d) + 3) / 100 for d in text], np.float32)
    vad.get_vad_model = lambda: lambda audio: probabilities
    found = vad.get_speech_timestamps(np.zeros(samples, np.float32), vad.VadOptions(**options))
    return [[span["start"], span["end"]] for span in found]


def main(path: str) -> None:
    draw = random.Random(1)
    rows = []
    for options in OPTIONS:
        for frames in (1, 40, 400, 1500):
            text, samples = digits(draw, frames), FRAME * frames - draw.randrange(1, FRAME)
            rows.append(json.dumps({"options": options, "samples": samples, "digits": text,
                                    "spans": spans(text, samples, options)}))
    for text in ("0" * 50, "9" * 50, "9", "0" * 49 + "9"):
        rows.append(json.dumps({"options": {}, "samples": FRAME * len(text) - 1, "digits": text,
                                "spans": spans(text, FRAME * len(text) - 1, {})}))
    with open(path, "w") as out:
        out.write('{"faster-whisper": "%s",\n"cases": [\n' % version("faster-whisper"))
        out.write(",\n".join(rows) + "\n]}\n")


if __name__ == "__main__":
    main(sys.argv[1])
