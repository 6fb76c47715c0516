"""faster-whisper's results and parameters, as its version 1.2 has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass
class Word:
    start: float
    end: float
    word: str
    probability: float


@dataclass
class Segment:
    id: int
    """From 1."""
    seek: int
    start: float
    end: float
    text: str
    tokens: list[int]
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float
    words: list[Word] | None
    temperature: float | None


@dataclass
class VadOptions:
    threshold: float = 0.5
    neg_threshold: float | None = None
    min_speech_duration_ms: int = 0
    max_speech_duration_s: float = float("inf")
    min_silence_duration_ms: int = 2000
    speech_pad_ms: int = 400


@dataclass
class TranscriptionOptions:
    beam_size: int
    best_of: int
    patience: float
    length_penalty: float
    repetition_penalty: float
    no_repeat_ngram_size: int
    log_prob_threshold: float | None
    no_speech_threshold: float | None
    compression_ratio_threshold: float | None
    condition_on_previous_text: bool
    prompt_reset_on_temperature: float
    temperatures: list[float]
    initial_prompt: str | Iterable[int] | None
    prefix: str | None
    suppress_blank: bool
    suppress_tokens: list[int] | None
    without_timestamps: bool
    max_initial_timestamp: float
    word_timestamps: bool
    prepend_punctuations: str
    append_punctuations: str
    multilingual: bool
    max_new_tokens: int | None
    clip_timestamps: str | list[float] | list[dict[str, float]] | None
    hallucination_silence_threshold: float | None
    hotwords: str | None


@dataclass
class TranscriptionInfo:
    language: str
    language_probability: float
    duration: float
    duration_after_vad: float
    """With vad_filter, asking for it waits until all is transcribed."""
    all_language_probs: list[tuple[str, float]] | None
    """The likeliest language alone."""
    transcription_options: TranscriptionOptions
    vad_options: VadOptions | None


class _Later:
    """An attribute that may be given as a function, which is asked when somebody wants to know."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = "_" + name

    def __get__(self, instance: object, owner: type | None = None) -> float:
        value: float | Callable[[], float] = getattr(instance, self._name)
        return value() if callable(value) else value

    def __set__(self, instance: object, value: float | Callable[[], float]) -> None:
        setattr(instance, self._name, value)


_later = _Later()
_later.__set_name__(TranscriptionInfo, "duration_after_vad")
TranscriptionInfo.duration_after_vad = _later  # type: ignore[assignment]
