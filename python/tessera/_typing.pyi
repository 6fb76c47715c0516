"""Types for checkers alone: nothing imports this when a program runs. A test holds the names to the
library's tables of options."""

import os
from collections.abc import Iterable
from typing import Literal, TypeAlias, TypedDict

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Unpack as Unpack

Audio: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | NDArray[np.float32]
    | NDArray[np.int16]
)

class OptionValues(TypedDict, total=False):
    """Options of a transcription, which docs/python.md describes."""

    language: str | None
    task: Literal["transcribe", "translate"]
    language_detection_windows: int
    language_detection_threshold: float
    timestamps: bool
    max_initial_timestamp_s: float | None
    temperatures: float | Iterable[float]
    beam_size: int
    patience: float
    length_penalty: float | None
    best_of: int
    seed: int
    repetition_penalty: float
    no_repeat_ngram_size: int
    compression_ratio_threshold: float | None
    logprob_threshold: float | None
    no_speech_threshold: float | None
    suppress_tokens: str | None
    suppress_blank: bool
    max_tokens: int
    condition_on_previous_text: bool
    prompt_reset_on_temperature: float
    initial_prompt: str | None
    carry_initial_prompt: bool
    hotwords: str | None
    prefix: str | None
    word_timestamps: bool
    prepend_punctuations: str | None
    append_punctuations: str | None
    hallucination_silence_threshold_s: float | None
    batch_size: int
    max_repeated_windows: int | None
    vad_filter: bool
    vad_model: str | None
    vad_threshold: float
    vad_neg_threshold: float | None
    vad_min_speech_duration_ms: int
    vad_max_speech_duration_s: float | None
    vad_min_silence_duration_ms: int | None
    vad_speech_pad_ms: int
    clip_timestamps_s: float | Iterable[float]
    channel: int

class LayoutOptions(TypedDict, total=False):
    """How subtitles are laid out; all of it needs a result with words, and is for srt and vtt."""

    max_line_width: int | None
    max_line_count: int | None
    max_words_per_line: int | None
    highlight_words: bool
    karaoke: bool
