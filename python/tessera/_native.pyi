"""The extension module; python/bindings has it in C++."""

from typing import Any, Literal, final

import numpy as np

from ._typing import LayoutOptions, OptionValues, Unpack
from .results import Result

@final
class Options:
    """Options of a transcription by keyword. Wrong names and types are a TypeError at once, what is
    out of range a BadArgumentError when it is used. Can be compared, copied and pickled."""

    language: str
    task: Literal["transcribe", "translate"]
    language_detection_windows: int
    language_detection_threshold: float
    timestamps: bool
    max_initial_timestamp_s: float | None
    temperatures: list[float]
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
    suppress_tokens: str
    suppress_blank: bool
    max_tokens: int
    condition_on_previous_text: bool
    prompt_reset_on_temperature: float
    initial_prompt: str
    carry_initial_prompt: bool
    hotwords: str
    prefix: str
    word_timestamps: bool
    prepend_punctuations: str
    append_punctuations: str
    hallucination_silence_threshold_s: float | None
    batch_size: int
    max_repeated_windows: int | None
    vad_filter: bool
    vad_model: str
    vad_threshold: float
    vad_neg_threshold: float | None
    vad_min_speech_duration_ms: int
    vad_max_speech_duration_s: float | None
    vad_min_silence_duration_ms: int | None
    vad_speech_pad_ms: int
    clip_timestamps_s: list[float]
    channel: int

    def __init__(self, **values: Unpack[OptionValues]) -> None: ...
    def replace(self, **values: Unpack[OptionValues]) -> Options:
        """A copy with other values for these."""
    def to_dict(self) -> dict[str, Any]:
        """Every option and its value."""

@final
class Wanted:
    def __init__(self, language: bool, segments: bool, windows: bool, progress: bool) -> None: ...

@final
class Job:
    def next(self, timeout_s: float) -> tuple[Any, ...] | None: ...
    def cancel(self) -> None: ...
    def close(self) -> None: ...

@final
class Engine:
    name: str
    is_multilingual: bool
    vocabulary_size: int
    description: str
    device: str
    def start(self, sound: Any, options: Options, wanted: Wanted) -> Job: ...
    def start_files(self, paths: list[bytes], options: Options) -> Job: ...
    def start_detection(self, sound: Any, options: Options) -> Job: ...

class AudioReader:
    def __init__(self, path: bytes, channel: int) -> None: ...
    def read(self, count: int) -> np.ndarray: ...
    @property
    def duration_s(self) -> float: ...

def load_engine(name: str, model_dir: str, device: dict[str, Any]) -> Engine: ...
def start_download(name: str, options: dict[str, Any]) -> Job: ...
def write(result: Result, format: str, layout: LayoutOptions) -> str: ...
def save(result: Result, format: str, path: bytes, layout: LayoutOptions) -> None: ...
def formats() -> list[str]: ...
def format_suffix(format: str) -> str: ...
def pack_model(name: str, model_dir: str, device: dict[str, Any]) -> str: ...
def version() -> str: ...
def downloadable_models() -> list[str]: ...
def list_models(model_dir: str) -> list[tuple[str, str, str, int, bool]]: ...
def list_devices() -> list[tuple[str, bool, str]]: ...
def list_languages() -> dict[str, str]: ...
