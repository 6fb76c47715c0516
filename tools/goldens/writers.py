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


# Words that lines are broken at: blanks and line breaks in odd places, wide letters, nothing at all.
WORDS = [
    " And", " so,", " my", " fellow", " Americans.", "!", " a", " \u4e16", "\u754c", "\u3002", " \U0001f600", " Gr\u00fc\u00dfe,",
    "", " ", " line\nbreak", " end\n", "\n", "\n\n", " two\n\n", "\u3000wide\u00a0", " tab\there", " -->", " a<b>&c", " x\x1c\x85",
    " \u2028y", " e\u0301", " \ufeff", " extraordinarily-long-winded", "\r\n", " carriage\r",
]

LAYOUTS = [
    {}, {"max_line_width": 1}, {"max_line_width": 10}, {"max_line_width": 42}, {"max_line_width": 1000},
    {"max_line_width": 1, "max_line_count": 1}, {"max_line_width": 10, "max_line_count": 1}, {"max_line_width": 10, "max_line_count": 2},
    {"max_line_width": 20, "max_line_count": 3}, {"max_line_width": 42, "max_line_count": 2}, {"max_line_width": 1000, "max_line_count": 1},
    {"max_words_per_line": 1}, {"max_words_per_line": 2}, {"max_words_per_line": 3}, {"max_words_per_line": 1000},
    {"highlight_words": True}, {"highlight_words": True, "max_line_width": 15}, {"highlight_words": True, "max_words_per_line": 2},
    {"highlight_words": True, "max_line_width": 12, "max_line_count": 2}, {"highlight_words": True, "max_words_per_line": 1},
]


def words_from(rng: random.Random, texts: list[str], time: float) -> list[dict]:
    """Words one after the other: with gaps of nothing, of less than a millisecond, of exactly 3 s and of more."""
    words = []
    for text in texts:
        end = time + rng.choice([0.0, 0.02, 0.14, 0.5, 2.98])
        words.append({"word": text, "start": round(time, 4), "end": round(end, 4), "probability": rng.random()})
        time = end + rng.choice([0.0, 0.0, 0.0, 0.0004, 0.3, 3.0, 3.02, 5.0, -0.02])
    return words


def spoken(rng: random.Random, segments: list[list[str]]) -> dict:
    """A result with word times; a segment without words is one that transcribe() emptied."""
    result, time = transcript(rng, len(segments)), rng.choice([0.5, 7.0, 3597.0])
    for segment, texts in zip(result["segments"], segments):
        segment["start"], segment["words"], segment["text"] = time, words_from(rng, texts, time), "".join(texts)
        if texts:
            time = segment["words"][-1]["end"] + rng.choice([0.0, 1.0, 4.0])
        else:
            segment["tokens"] = []
        segment["end"] = time
    result["text"] = "".join(segment["text"] for segment in result["segments"])
    return result


def spoken_results(rng: random.Random) -> list[dict]:
    prose = " We had coffee, and then he said that nothing of it was true; so we left early."
    lines = [" " + word for word in prose.split()]
    return [
        spoken(rng, []),
        spoken(rng, [[], []]),
        spoken(rng, [lines]),
        spoken(rng, [lines[:3], [], lines[3:5], lines[5:]]),
        spoken(rng, [[], WORDS[:12], [" alone"], WORDS[12:]]),
        spoken(rng, [list("\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002"), list("\u6211\u4eec\u53bb\u516c\u56ed")]),
        spoken(rng, [[rng.choice(WORDS) for _ in range(n)] for n in (1, 7, 2)]),
    ]


def written(name: str, result: dict, **layout: bool | int) -> str:
    file = io.StringIO()
    WRITERS[name]("").write_result(result, file=file, **layout)
    return file.getvalue()


def subtitles() -> list[dict]:
    """Each layout as srt or vtt in turn, which differ in their times alone; the other formats once."""
    made = []
    for number, result in enumerate(spoken_results(random.Random(2))):
        layouts = []
        for i, layout in enumerate(LAYOUTS):
            name = ("srt", "vtt")[(i + number) % 2]
            layouts.append({"layout": layout, "format": name, "output": written(name, result, **layout)})
        made.append({"result": result, "outputs": {name: written(name, result) for name in WRITERS}, "layouts": layouts})
    return made


def main() -> None:
    rng = random.Random(1)
    cases = []
    for segments in (0, 1, 17, 34):
        result = transcript(rng, segments)
        cases.append({"result": result, "outputs": {name: written(name, result) for name in WRITERS}})
    versions = {"openai-whisper": version("openai-whisper"), "python": platform.python_version()}
    floats = [[v, repr(v)] for v in (any_float(rng) for _ in range(200))]
    silent = transcript(random.Random(3), 2)  # transcribe() emptied all that it found
    for segment in silent["segments"]:
        segment.update(text="", tokens=[], words=[])
    cases.append({"result": silent, "outputs": {name: written(name, silent) for name in WRITERS}})
    json.dump({"versions": versions, "floats": floats, "cases": cases, "subtitles": subtitles()}, sys.stdout, indent=None,
              separators=(",", ":"))
    print()


if __name__ == "__main__":
    main()
