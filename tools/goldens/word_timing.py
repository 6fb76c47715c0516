"""Word times of openai-whisper: what each part of its timing.py answers, and the whole of it.

usage: word_timing.py MODEL_DIR RECORDINGS_DIR OUT.json

The parts get made-up input with fixed seeds; null stands for NaN. The whole gets the first window of
recordings, decoded greedily in English, and variations on it: other heads, another language, windows
of a few frames. Words are [text, start, end, probability].
"""

import copy
import random
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import torch
import whisper.timing as timing
import whisper.transcribe  # noqa: F401  (the package's name `transcribe` is the function)
from whisper.tokenizer import get_tokenizer

import common
import load_hf

TRANSCRIBED = ("05.flac", "14.flac", "15.flac", "16.flac")
VARIED = "05.flac"

TEXTS = {
    "en": ["Hello, world!", " It's (really) 3.14 -- \"quoted\"  twice.", " naïve café… 😀👍🏽 ok?", "", " e.g. a/b\n\nnext"],
    "de": [" Straße, Öl & Größe: »Übermut«.", "Grüß Gott - ich heiße „Jürgen“!"],
    "ja": ["こんにちは、世界。カタカナ", " 全角　空白 と ASCII!"],
    "zh": ["你好，世界。今天𠮷天气很好！", "龘靐齉"],
    "th": ["สวัสดีชาวโลก 123"],
    "yue": ["粵語係廣東話嚟㗎"],
    "lo": ["ສະບາຍດີຊາວໂລກ"],
    "my": ["မင်္ဂလာပါ ကမ္ဘာ"],
    "ru": [" Привет, как дела? Ёжик."],
    "hi": [" नमस्ते दुनिया, क्या हाल है?"],
}  # fmt: skip
WORDS = [" the", " word", " it", "'s", " a", "-", " -", " (", " \"", "\"", ")", ".", ",", "。", "！", " ?", "?", " ", "", "...", " ¿", "“", " “", "”", " hmm ", "、", "!?", ":：", " ([", "\n"]  # fmt: skip


def nulls(values: np.ndarray) -> list:
    """Numbers as short as they are exact, null for NaN."""
    if values.ndim > 1:
        return [nulls(row) for row in values]
    return [None if np.isnan(v) else int(v) if v == int(v) else float(v) for v in values]


def dtw_cases(rng: np.random.Generator) -> list[dict]:
    cases = []
    for i in range(60):
        rows, columns = (int(n) for n in rng.integers(1, 9, 2))
        if i % 3 == 0:
            x = rng.integers(-8192, 8192, (rows, columns)) / 8192
        elif i % 3 == 1:
            x = rng.integers(0, 3, (rows, columns)).astype(float)
        else:  # float32 would lose the small ones
            x = rng.choice([16777216.0, 1.0, 0.0, -1.0], (rows, columns))
        if i in (10, 30, 50):
            x[rng.integers(rows), rng.integers(columns)] = np.nan
        path = timing.dtw(torch.tensor(x, dtype=torch.float32))
        cases.append({"costs": nulls(x), "rows": path[0].tolist(), "columns": path[1].tolist()})
    return cases


def median_filter_cases(rng: np.random.Generator) -> list[dict]:
    cases = []
    for width in (1, 3, 5, 7, 9):
        for length in (1, 2, 3, 4, 5, 8, 17):
            x = rng.integers(-20, 20, length) / 4
            if length == 8:
                x[rng.integers(length)] = np.nan
            filtered = timing.median_filter(torch.tensor(x, dtype=torch.float32)[None], width)[0]
            cases.append({"width": width, "row": nulls(x), "filtered": nulls(filtered.numpy())})
    return cases


def split_cases(rng: random.Random) -> list[dict]:
    inputs = []
    for language, texts in TEXTS.items():
        tokenizer = get_tokenizer(True, num_languages=100, language=language, task="transcribe")
        inputs += [(tokenizer, language, tokenizer.encode(text)) for text in texts]
        # Bytes of characters in any order: most are no UTF-8.
        bytes_alone = [t for t in range(94, 256)]
        for n in (3, 9):
            ids = [rng.choice(bytes_alone if rng.random() < 0.6 else range(50257)) for _ in range(n)]
            inputs.append((tokenizer, language, ids))
    tokenizer = get_tokenizer(False)
    inputs += [(tokenizer, "en", tokenizer.encode(text)) for text in TEXTS["en"]]
    cases = []
    for tokenizer, language, ids in inputs:
        ids = ids + [tokenizer.eot]
        words, tokens = tokenizer.split_to_word_tokens(ids)
        vocabulary = 51866 if tokenizer.language else 51864
        cases.append({"n_vocab": vocabulary, "language": language, "tokens": ids, "words": words, "counts": [len(t) for t in tokens]})  # fmt: skip
    return cases


def random_words(rng: random.Random, count: int) -> list[timing.WordTiming]:
    """Times mostly on the grid of 0.02 s as find_alignment gives them, some between hundredths."""
    words, time = [], rng.choice([0, 0, 0.3, 4])
    for _ in range(count):
        time += rng.choice([0, 0, 0, 0, 0.5, 2.5])
        start = time
        time += rng.choice([0, 0.02, 0.1, 0.24, 0.3, 0.42, 0.6, 1.1, 3.02])
        if rng.random() < 0.1:
            time += rng.choice([0.005, 0.015])
        words.append(
            timing.WordTiming(rng.choice(rng.choice([WORDS, WORDS[:3], [".", "。", "?", " so"]])), [0] * rng.randint(1, 3), np.float64(round(start, 3)), np.float64(round(time, 3)), rng.randint(0, 100) / 100)
        )  # fmt: skip
    return words


def merge_cases(rng: random.Random) -> list[dict]:
    cases = []
    for i in range(40):
        words = [rng.choice(WORDS) for _ in range(rng.randint(0, 9))]
        alignment = [timing.WordTiming(word, [0] * rng.randint(1, 2), 0, 1, 1) for word in words]
        counts = [len(word.tokens) for word in alignment]
        marks = ("\"'“¿([{-", "\"'.。,，!！?？:：”)]}、") if i % 4 else ("", "?!")
        timing.merge_punctuations(alignment, *marks)
        cases.append({"words": words, "counts": counts, "marks": marks, "merged": [w.word for w in alignment], "merged_counts": [len(w.tokens) for w in alignment]})  # fmt: skip
    return cases


def as_rows(words: list) -> list:
    return [[w["word"], float(w["start"]), float(w["end"]), common.rounded(w["probability"])] for w in words]


def edges(segments: list[dict]) -> list:
    return [[float(s["start"]), float(s["end"]), as_rows(s["words"])] for s in segments]


def random_segments(rng: random.Random, words: list, seek: int, eot: int, timestamps: int) -> list:
    """Segments that hold the words' tokens, not always cut between words, with times near theirs."""
    left = sum(len(word.tokens) for word in words)
    index, segments = 0, []
    while left > 0 or rng.random() < 0.2:
        count = min(left, rng.choice([0, 1, 2, 5, 9, left]))
        if len(segments) == 4:
            count = left
        first = words[min(index, len(words) - 1)] if words else None
        index += max(1, count // 2)
        last = words[min(index, len(words) - 1)] if words else None
        jitter = lambda: rng.choice([0, 0, -0.4, 0.4, 0.52, -0.6, 1.3, -2])
        start = seek / 100 + (float(first.start) + jitter() if first else 0)
        end = seek / 100 + (float(last.end) + jitter() if last else 1)
        tokens = [timestamps, *[7] * count, timestamps + 50]
        segments.append({"seek": seek, "start": round(max(0, start), 2), "end": round(max(0, end), 2), "tokens": tokens})  # fmt: skip
        left -= count
        if len(segments) == 5:
            break
    return segments


def segment_cases(rng: random.Random) -> list[dict]:
    tokenizer = get_tokenizer(True, language="en", task="transcribe")
    cases = []
    for _ in range(100):
        words = random_words(rng, rng.choice([0, 1, 2, 3, 5, 8]))
        seek = rng.choice([0, 0, 123, 3000, 99999])
        segments = random_segments(rng, words, seek, tokenizer.eot, tokenizer.timestamp_begin)
        last_speech = max(0, seek / 100 - rng.choice([0, 0, 0.5, 3]))
        case = {
            "last_speech": last_speech,
            "segments": [[s["seek"], s["start"], s["end"], len(s["tokens"]) - 2] for s in segments],
            "words": [[w.word, float(w.start), float(w.end), w.probability, len(w.tokens)] for w in words],
        }
        with mock.patch.object(timing, "find_alignment", lambda *_, **__: words):
            timing.add_word_timestamps(segments=segments, model=None, tokenizer=tokenizer, mel=None, num_frames=0, last_speech_timestamp=last_speech)  # fmt: skip
        cases.append(case | {"expected": edges(segments) if segments else []})
    return cases


def set_heads(model, heads: list) -> None:
    mask = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
    for layer, head in heads:
        mask[layer, head] = True
    model.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)


def first_call(model, path: Path) -> dict:
    """What transcribe() gives to add_word_timestamps() for the first window of a recording."""
    calls = []
    original = timing.add_word_timestamps

    def record(**kwargs):
        calls.append(kwargs | {"segments": copy.deepcopy(kwargs["segments"])})
        original(**kwargs)

    with mock.patch.object(sys.modules["whisper.transcribe"], "add_word_timestamps", record):
        sys.modules["whisper.transcribe"].transcribe(model, str(path), language="en", temperature=(0.0,), word_timestamps=True, fp16=False)  # fmt: skip
    return calls[0]


def aligned(model, file: str, call: dict, language="en", task="transcribe", seek=0) -> dict:
    tokenizer = get_tokenizer(True, language=language, task=task)
    heads = model.alignment_heads.indices().T.tolist()
    segments = [dict(s, seek=seek) for s in copy.deepcopy(call["segments"])]
    inputs = [[s["tokens"], float(s["start"]), float(s["end"])] for s in segments]
    arguments = call | {"segments": segments, "tokenizer": tokenizer}
    timing.add_word_timestamps(**arguments)
    case = {"file": file, "language": language, "task": task, "heads": heads, "seek": seek}
    case |= {"frames": call["num_frames"], "last_speech": float(call["last_speech_timestamp"])}
    print(file, language, call["num_frames"], edges(segments), file=sys.stderr)
    return case | {"segments": inputs, "expected": edges(segments)}


def whole_cases(model, recordings: Path) -> list[dict]:
    calls = {name: first_call(model, recordings / name) for name in TRANSCRIBED}
    cases = [aligned(model, name, call) for name, call in calls.items()]
    call = calls[VARIED]
    cases.append(aligned(model, VARIED, call, language="ja"))
    cases.append(aligned(model, VARIED, call, language="de", task="translate"))
    for frames in (0, 1, 2, 3, 4, 7, 61, 200):
        cases.append(aligned(model, VARIED, call | {"num_frames": frames}, seek=100))
    cases.append(aligned(model, "16.flac", calls["16.flac"] | {"last_speech_timestamp": -5.0}))
    for heads in ([[0, 1], [1, 0], [1, 2]], [[0, 0]]):
        set_heads(model, heads)
        cases.append(aligned(model, VARIED, call))
    return cases


def main() -> None:
    model_dir, recordings, out = map(Path, sys.argv[1:])
    rng, dice = np.random.default_rng(1), random.Random(1)
    result = {
        "made_by": "tools/goldens/word_timing.py",
        "versions": common.versions(),
        "model": common.model_facts(model_dir),
        "dtw": dtw_cases(rng),
        "median_filter": median_filter_cases(rng),
        "split": split_cases(dice),
        "merge": merge_cases(dice),
        "segments": segment_cases(dice),
        "whole": whole_cases(load_hf.load(model_dir), recordings),
    }
    common.write_json(out, result)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
