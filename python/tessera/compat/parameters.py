"""faster-whisper's parameters as Tessera's options. What cannot be had is an error."""

from __future__ import annotations

from dataclasses import asdict, fields
from math import isinf
from typing import Any

from .. import Options, UnsupportedError
from .types import TranscriptionOptions, VadOptions

# Those that are the same but for the name.
_RENAMED = {
    "log_prob_threshold": "logprob_threshold",
    "max_initial_timestamp": "max_initial_timestamp_s",
    "hallucination_silence_threshold": "hallucination_silence_threshold_s",
    "temperature": "temperatures",
    "language_detection_segments": "language_detection_windows",
}
_SAME = [
    "language",
    "task",
    "beam_size",
    "best_of",
    "patience",
    "repetition_penalty",
    "no_repeat_ngram_size",
    "compression_ratio_threshold",
    "no_speech_threshold",
    "condition_on_previous_text",
    "prompt_reset_on_temperature",
    "initial_prompt",
    "prefix",
    "suppress_blank",
    "word_timestamps",
    "prepend_punctuations",
    "append_punctuations",
    "language_detection_threshold",
]

_PRECISIONS = {
    "default": "auto",
    "auto": "auto",
    "int8": "int8",
    "int8_float32": "int8",
    "int8_float16": "int8",
    "int8_bfloat16": "int8",
    "bfloat16": "bf16",
    "float16": "f32",  # as CTranslate2 computes float16 where a processor has none
    "float32": "f32",
}


def precision_for(compute_type: str) -> str:
    if compute_type not in _PRECISIONS:
        raise ValueError(
            f"compute_type: expected one of {', '.join(_PRECISIONS)}, got {compute_type!r}"
        )
    return _PRECISIONS[compute_type]


def vad_options_for(given: dict[str, Any] | VadOptions | None, batched: bool) -> VadOptions:
    """With the defaults of the class, or those of batches."""
    if isinstance(given, VadOptions):
        return given
    values = dict(given or {})
    if batched:
        # A batch's window is the longest that speech can be, whatever is asked for.
        values["max_speech_duration_s"] = 30.0
        if not given:
            values["min_silence_duration_ms"] = 160
    return VadOptions(**values)


def _clips(given: str | list[Any] | None) -> list[float]:
    """ "0,5,7" or [0, 5, 7] or [{"start": 0, "end": 5}, ...] in seconds; empty for all there is."""
    if isinstance(given, str):
        times = [float(time) for time in given.split(",") if time]
    else:
        times = []
        for clip in given or []:
            times += [clip["start"], clip["end"]] if isinstance(clip, dict) else [clip]
    return [] if times == [0] else times


def _length_penalty(given: float) -> float | None:
    """faster-whisper divides by length^penalty, openai/whisper by ((5 + length) / 6)^penalty;
    they agree that 0 divides by nothing, and 1 there is None here."""
    if given == 1:
        return None
    if given == 0:
        return 0.0
    raise UnsupportedError(f"length_penalty: expected 0 or 1, got {given}")


def options_for(given: dict[str, Any], batch_size: int) -> tuple[Options, VadOptions | None]:
    """`given` are all parameters of transcribe() but the audio and the size of batches."""
    if given["multilingual"]:
        raise UnsupportedError("multilingual: a recording has one language here")
    if given["chunk_length"] not in (None, 30):
        raise UnsupportedError(f"chunk_length: expected 30, got {given['chunk_length']}")
    if given["initial_prompt"] is not None and not isinstance(given["initial_prompt"], str):
        raise UnsupportedError("initial_prompt: expected a str, got tokens")
    values = {name: given[name] for name in _SAME}
    values |= {ours: given[theirs] for theirs, ours in _RENAMED.items()}
    values["timestamps"] = not given["without_timestamps"]
    values["length_penalty"] = _length_penalty(given["length_penalty"])
    values["suppress_tokens"] = ",".join(str(token) for token in given["suppress_tokens"] or [])
    values["max_tokens"] = given["max_new_tokens"] or 0
    values["hotwords"] = None if given["prefix"] else given["hotwords"]
    values["clip_timestamps_s"] = _clips(given["clip_timestamps"])
    values["batch_size"] = batch_size
    # There the prompt goes to every window.
    values["carry_initial_prompt"] = batch_size > 0 and bool(given["initial_prompt"])
    vad = None
    if given["vad_filter"] and not values["clip_timestamps_s"]:
        vad = vad_options_for(given["vad_parameters"], batch_size > 0)
        values["vad_filter"] = True
        values |= {"vad_" + name: value for name, value in asdict(vad).items()}
        if isinf(vad.max_speech_duration_s):
            values["vad_max_speech_duration_s"] = None
    return Options(**values), vad


def told_options(given: dict[str, Any]) -> TranscriptionOptions:
    temperature = given["temperature"]
    temperatures = list(temperature) if isinstance(temperature, (list, tuple)) else [temperature]
    names = {field.name for field in fields(TranscriptionOptions)} & given.keys()
    return TranscriptionOptions(temperatures=temperatures, **{name: given[name] for name in names})
