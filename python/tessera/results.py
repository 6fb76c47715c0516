"""What a transcription gives back. Members are called as those of the C++ structures in result.h.

Times end with `_s` and are seconds from the beginning of the recording.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from . import _native
from .errors import Error

if TYPE_CHECKING:
    from ._typing import LayoutOptions, Unpack


@dataclass(slots=True)
class Word:
    """A word and when it was said."""

    text: str
    """With its leading blank and its punctuation."""
    start_s: float
    end_s: float
    probability: float
    """The mean of its tokens' probabilities."""


@dataclass(slots=True)
class Segment:
    """A stretch of speech with its text."""

    id: int
    """Its position in the recording, from 0."""
    seek_frames: int
    """Where its window began, in frames of 10 ms."""
    start_s: float
    end_s: float
    text: str
    """Usually with a leading blank; empty when nothing was said."""
    tokens: list[int]
    """The tokens that it was decoded from, timestamps included."""
    temperature: float
    avg_logprob: float
    """Of the window's tokens."""
    compression_ratio: float
    """Of the window's text: UTF-8 bytes by zlib's bytes."""
    no_speech_prob: float
    """Of the window."""
    words: list[Word] = field(default_factory=list)
    """With the option `word_timestamps`."""
    speaker: str = ""
    """Who said it, where channels tell; empty when it is not known."""


@dataclass(slots=True)
class WindowAttempt:
    """One try to decode a window."""

    temperature: float
    avg_logprob: float
    compression_ratio: float
    too_repetitive: bool
    """Above `compression_ratio_threshold`."""
    too_unlikely: bool
    """Below `logprob_threshold`."""


@dataclass(slots=True)
class WindowReport:
    """What was done with one window of the recording."""

    seek_frames: int
    """Where it began, in frames of 10 ms."""
    frames: int
    """How much of the recording it held."""
    attempts: list[WindowAttempt]
    """The last one's text was taken."""
    no_speech_prob: float
    silence: bool
    """Skipped as silence."""
    next_frames: int
    """Where the next window begins."""
    dropped_segments: int
    """Left out by `hallucination_silence_threshold_s`."""
    retried: bool
    """Decoded once more, since every attempt before was refused or repeated windows before."""
    repetition: bool
    """Left out by `max_repeated_windows`."""


@dataclass(slots=True)
class LeftOut:
    """A stretch of the recording, or text of it, that is not in the transcript."""

    reason: Literal["no_speech", "repetition"]
    start_s: float
    end_s: float
    text: str


@dataclass(slots=True)
class StageSeconds:
    """Seconds of work on the clock in each of the five stages."""

    read: float = 0
    mel: float = 0
    encode: float = 0
    decode: float = 0
    write: float = 0
    ahead: float = 0
    """Of read and mel, what was done while another recording was transcribed."""


@dataclass(slots=True)
class LanguageDetection:
    """The language of a recording: its code, as "en", and how likely it is."""

    language: str
    probability: float


@dataclass(slots=True)
class RunInfo:
    """What made a result; the format wcpp-json has it."""

    model: str = ""
    system: str = ""
    """The device: its instructions, precision and threads."""
    translated: bool = False
    multilingual: bool = True
    vocabulary_size: int = 0
    language: str = "auto"
    """That was asked for."""


@dataclass(slots=True)
class Result:
    """The transcript of one recording."""

    text: str
    segments: list[Segment]
    language: str
    """A code, as "en"."""
    language_probability: float
    """1 when the language was given."""
    has_words: bool
    """Whether word times were asked for."""
    duration_s: float
    left_out: list[LeftOut] = field(default_factory=list)
    seconds: StageSeconds = field(default_factory=StageSeconds)
    warnings: list[str] = field(default_factory=list)
    """What was wrong with the recording without keeping it from being transcribed."""
    run: RunInfo = field(default_factory=RunInfo)

    def write(self, format: str, **layout: Unpack[LayoutOptions]) -> str:
        """The transcript as a file has it: txt, srt, vtt, tsv, json, csv, lrc or wcpp-json.

        `layout` is for srt and vtt: max_line_width, max_line_count, max_words_per_line,
        highlight_words, karaoke. All of them need a result with words.
        """
        return _native.write(self, format, layout)

    def save(
        self,
        path: str | os.PathLike[str],
        format: str | None = None,
        **layout: Unpack[LayoutOptions],
    ) -> None:
        """Writes a file, which appears complete or not at all. The format is that of the path's
        ending when none is named."""
        if format is None:
            format = os.path.splitext(path)[1][1:]
        _native.save(self, format, os.fsencode(path), layout)

    def to_srt(self, **layout: Unpack[LayoutOptions]) -> str:
        """Subtitles in SubRip's form."""
        return self.write("srt", **layout)

    def to_vtt(self, **layout: Unpack[LayoutOptions]) -> str:
        """Subtitles in WebVTT's form."""
        return self.write("vtt", **layout)

    def to_dict(self) -> dict[str, Any]:
        """What openai/whisper's transcribe() returns, and its JSON files hold."""
        plain: dict[str, Any] = json.loads(self.write("json"))
        return plain


@dataclass(slots=True)
class FileOutcome:
    """What came of one of several files: a result, or the error that kept it from having one."""

    path: str | os.PathLike[str]
    result: Result | None
    error: Error | MemoryError | RuntimeError | None
