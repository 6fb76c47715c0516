"""What openai-whisper makes of sounds with many options: the golden data of the equality tests.

usage: equality.py CASES.json MODEL_DIR OUT.json RECORDINGS_DIR...

CASES.json, one of tools/goldens/cases, names the recipes of the sounds, which lie beside OUT.json,
and lists the cases: sounds ("*": all of the recipes and all recordings) and options under the names
of openai-whisper's transcribe() and DecodingOptions, besides
  seed    of our sampler
  layout  options of the subtitle writers
Stored for each case: every window's attempts, scores and closest decisions ("margins", see
margins.py), and the five output files, the JSON among them.
"""

import io
import json
import sys
import time
from collections import Counter
from pathlib import Path

import torch
from whisper.transcribe import transcribe
from whisper.utils import get_writer

import common
import load_hf
import rules
from sounds import Sounds
from traced import traced

FORMATS = ("txt", "srt", "vtt", "tsv", "json")
THRESHOLDS = {
    "compression_ratio_threshold": 2.4,
    "logprob_threshold": -1.0,
    "no_speech_threshold": 0.6,
}

BRANCHES = (
    "fallback_repetitive",
    "fallback_unlikely",
    "ladder_exhausted",
    "sampled",
    "prompt_reset",
    "silence",
)


def written(result: dict, output_format: str, layout: dict) -> str | None:
    """A file's text; None where openai-whisper fails: its subtitle writers want words in all
    segments when the first has them, and an emptied segment has (none) even without word times."""
    file = io.StringIO()
    try:
        get_writer(output_format, ".").write_result(result, file, layout)
    except KeyError as error:
        assert error.args == ("words",) and output_format in ("srt", "vtt")
        return None
    return file.getvalue()


def compact(value):
    """Floats that are compared within a tolerance, in fewer digits."""
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {k: v if k in ("temperature", "margins") else compact(v) for k, v in value.items()}
    return [compact(v) for v in value] if isinstance(value, list) else value


def run(model, samples, options: dict) -> dict:
    """One case's answers, and how often each rule acted."""
    options = dict(options)
    seed, layout = options.pop("seed", 0), options.pop("layout", {})
    thresholds = {name: options.get(name, default) for name, default in THRESHOLDS.items()}
    audio = torch.from_numpy(samples.astype("float32") / 32768.0)
    options["temperature"] = tuple(options["temperature"])
    with traced(model, seed, thresholds) as trace:
        result = transcribe(model, audio, fp16=False, **options)
    answer = {"windows": [compact(window.as_json()) for window in trace.windows]}
    if trace.language:
        answer["language"] = [trace.language[0], trace.language[1]]
    answer["files"] = {name: written(result, name, layout) for name in FORMATS}
    return {"answer": answer, "acted": trace.counter.acted, "text": result["text"]}


def branches(options: dict, windows: list[dict]) -> Counter[str]:
    """How often each branch of the temperature ladder and of the window loop was taken."""
    taken = Counter({name: 0 for name in BRANCHES})
    no_speech = options.get("no_speech_threshold", THRESHOLDS["no_speech_threshold"])
    logprob = options.get("logprob_threshold", THRESHOLDS["logprob_threshold"])
    for window in windows:
        *refused, last = window["attempts"]
        taken["fallback_repetitive"] += sum(attempt["too_repetitive"] for attempt in refused)
        taken["fallback_unlikely"] += sum(attempt["too_unlikely"] for attempt in refused)
        taken["sampled"] += last["temperature"] > 0
        taken["prompt_reset"] += last["temperature"] > 0.5
        silent = no_speech is not None and window["no_speech_prob"] > no_speech
        failed = last["too_repetitive"] or last["too_unlikely"]
        taken["ladder_exhausted"] += failed and not silent and len(options["temperature"]) > 1
        taken["silence"] += silent and (logprob is None or last["avg_logprob"] <= logprob)
    return taken


def expanded(cases: list[dict], everything: list[str]) -> list[dict]:
    """A case for each sound of a list."""
    return [
        {"sound": sound, "options": case["options"]}
        for case in cases
        for sound in (everything if case["sounds"] == ["*"] else case["sounds"])
    ]


def main() -> None:
    torch.set_num_threads(1)
    cases_path, model_dir, out, *folders = sys.argv[1:]
    plan = json.loads(Path(cases_path).read_text())
    recordings = {p.name: p for folder in folders for p in Path(folder).rglob("*.*")}
    sounds = Sounds(Path(out).parent / plan["recipes"], recordings.__getitem__)
    everything = [*sorted(n for n in recordings if n.endswith(".flac")), *sounds.recipes]
    model = load_hf.load(Path(model_dir))
    answers, checksums, acted, taken = [], {}, Counter(), Counter()
    for case in expanded(plan["cases"], everything):
        began = time.monotonic()
        sound = case["sound"]
        checksums[sound] = sounds.checksum(sound)
        done = run(model, sounds.samples(sound), {**plan["defaults"], **case["options"]})
        answers.append({**case, **done["answer"]})
        acted += done["acted"]
        taken += branches({**plan["defaults"], **case["options"]}, done["answer"]["windows"])
        closest = [window["margins"] for window in done["answer"]["windows"]]
        took = f"{time.monotonic() - began:.1f} s"
        print(sound, case["options"], took, closest[:3], repr(done["text"][:200]), file=sys.stderr, flush=True)
    result = {
        "made_by": "tools/goldens/equality.py",
        "versions": common.versions(),
        "model": {**common.model_facts(Path(model_dir)), **plan.get("model", {})},
        "recipes": plan["recipes"],
        "defaults": plan["defaults"],
        "rules_acted": {name: acted[name] for name in rules.NAMES},
        "branches": {name: taken[name] for name in BRANCHES},
        "sounds": [{"name": name, "crc32": checksum} for name, checksum in checksums.items()],
        "cases": answers,
    }
    common.write_json(out, result)


if __name__ == "__main__":
    main()
