"""What faster-whisper makes of options that only it has: the golden data of their tests.

usage: faster_whisper_options.py CASES.json MODEL_DIR OUT.json RECORDINGS_DIR...

The model is converted by CTranslate2's own converter, float32, and run on the CPU, greedily and at
temperature 0, where faster-whisper and openai-whisper search alike (their beam searches do not:
docs/equality.md). Stored: tokens of each segment, times, scores, language, and for each window the
smallest distance between the best two logits.
"""

import json
import re
import shutil
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import ctranslate2
import numpy as np
from ctranslate2.converters import TransformersConverter
from faster_whisper import WhisperModel
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.pre_tokenizers import ByteLevel
from transformers.convert_slow_tokenizer import TikTokenConverter
from whisper.tokenizer import get_tokenizer

import common
from sounds import Sounds

TIMESTAMP = re.compile(r"<\|\d+\.\d\d\|>")

def write_tokenizer(path: Path, multilingual: bool, languages: int) -> None:
    """openai-whisper's vocabulary as a tokenizer.json, up to the timestamps."""
    encoding = get_tokenizer(multilingual, num_languages=languages).encoding
    table = TikTokenConverter(vocab_file=None)
    table.load_tiktoken_bpe = lambda _: encoding._mergeable_ranks
    tokenizer = table.tokenizer()
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=False)
    tokenizer.decoder = ByteLevelDecoder()
    special = sorted(encoding._special_tokens.items(), key=lambda item: item[1])
    tokenizer.add_special_tokens([name for name, _ in special if not TIMESTAMP.fullmatch(name)])
    for name, token in special:
        assert TIMESTAMP.fullmatch(name) or tokenizer.token_to_id(name) == token, name
    tokenizer.save(str(path))


def converted(model_dir: Path, folder: Path) -> WhisperModel:
    hugging_face, ct2 = folder / "hugging_face", folder / "ct2"
    shutil.copytree(model_dir, hugging_face)
    vocabulary = json.loads((model_dir / "config.json").read_text())["vocab_size"]
    multilingual = vocabulary >= 51865
    write_tokenizer(hugging_face / "tokenizer.json", multilingual, vocabulary - 51765 - multilingual)
    extras = ["tokenizer.json", "preprocessor_config.json"]
    TransformersConverter(str(hugging_face), copy_files=extras).convert(
        str(ct2), quantization="float32"
    )
    return WhisperModel(str(ct2), device="cpu", compute_type="float32", cpu_threads=1)


class Gaps:
    """Calls generate() for the logits too, and keeps the closest choice of each call."""

    def __init__(self, model):
        self.model, self.closest = model, []

    def __getattr__(self, name):
        return getattr(self.model, name)

    def generate(self, *args, **kwargs):
        results = self.model.generate(*args, **kwargs, return_logits_vocab=True)
        rows = [np.sort(np.array(step.to_device(ctranslate2.Device.cpu)).ravel())[-2:] for step in results[0].logits[0]]
        self.closest.append(float(min(row[1] - row[0] for row in rows)))
        return results


def run(model: WhisperModel, samples: np.ndarray, options: dict) -> dict:
    model.model = Gaps(model.model)
    segments, info = model.transcribe(samples.astype(np.float32) / 32768.0, **options)
    segments = list(segments)
    gaps, model.model = model.model.closest, model.model.model
    return {
        "language": [info.language, info.language_probability],
        "gaps": [float(f"{gap:.2g}") for gap in gaps],
        "segments": [
            {
                "seek": s.seek,
                "start": s.start,
                "end": s.end,
                "text": s.text,
                "tokens": s.tokens,
                "avg_logprob": common.rounded(s.avg_logprob),
                "no_speech_prob": common.rounded(s.no_speech_prob),
                "compression_ratio": s.compression_ratio,
            }
            for s in segments
        ],
    }


def main() -> None:
    cases_path, model_dir, out, *folders = sys.argv[1:]
    plan = json.loads(Path(cases_path).read_text())
    recordings = {p.name: p for folder in folders for p in Path(folder).rglob("*.*")}
    sounds = Sounds(Path(out).parent / plan["recipes"], recordings.__getitem__)
    answers, checksums = [], {}
    with tempfile.TemporaryDirectory() as folder:
        model = converted(Path(model_dir), Path(folder))
        for case in plan["cases"]:
            for sound in case["sounds"]:
                checksums[sound] = sounds.checksum(sound)
                options = {**plan["defaults"], **case["options"]}
                answer = run(model, sounds.samples(sound), options)
                answers.append({"sound": sound, "options": case["options"], **answer})
                texts = "".join(s["text"] for s in answer["segments"])
                print(sound, case["options"], answer["language"], texts, file=sys.stderr, flush=True)
    common.write_json(out, {
        "made_by": "tools/goldens/faster_whisper_options.py",
        "versions": {name: version(name) for name in ("faster-whisper", "ctranslate2", "transformers", "numpy")},
        "model": common.model_facts(Path(model_dir)),
        "recipes": plan["recipes"],
        "defaults": plan["defaults"],
        "sounds": [{"name": name, "crc32": checksum} for name, checksum in checksums.items()],
        "cases": answers,
    })


if __name__ == "__main__":
    main()
