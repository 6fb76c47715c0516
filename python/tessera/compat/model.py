"""WhisperModel and BatchedInferencePipeline with faster-whisper's parameters."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from .. import _native, download_model, list_languages
from ..errors import BadArgumentError, UnsupportedError
from ..model import Model, _events, _sound
from ..results import Result
from ..results import Segment as TesseraSegment
from .parameters import options_for, precision_for, told_options
from .types import Segment, TranscriptionInfo, VadOptions, Word

if TYPE_CHECKING:
    import numpy as np

_Given = TypeVar("_Given")

_LADDER = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_WINDOW_S = 30

# Programs set the level of their logs by this name.
_logger = logging.getLogger("faster_whisper")


class WhisperModel:
    def __init__(
        self,
        model_size_or_path: str,
        device: str = "auto",
        device_index: int | list[int] = 0,
        compute_type: str = "default",
        cpu_threads: int = 0,
        num_workers: int = 1,
        download_root: str | None = None,
        local_files_only: bool = False,
        files: dict[str, Any] | None = None,
        revision: str | None = None,
        use_auth_token: str | bool | None = None,
    ) -> None:
        """Loads a model by name or path as tessera.Model does. One of OpenAI's that is not on this
        machine is downloaded, unless `local_files_only`.

        There is no GPU here: device="cuda" warns and computes on the processor. `device_index`,
        `num_workers` and `use_auth_token` have nothing to act on; `files` and `revision` raise
        UnsupportedError.
        """
        for name, value in (("files", files), ("revision", revision)):
            if value:
                raise UnsupportedError(f"{name}: a model is loaded by its name or path here")
        precision = precision_for(compute_type)
        if device == "cuda":
            warnings.warn(
                f"tessera has no CUDA: computing on the processor, compute_type={compute_type!r} "
                f"as {precision}",
                RuntimeWarning,
                stacklevel=2,
            )
            device = "auto"
        self.logger = _logger
        self._local_files_only = local_files_only
        name = _name_of_id(os.fspath(model_size_or_path))

        def load() -> Model:
            return Model(name, device, precision, cpu_threads, model_dir=download_root)

        self.model = _downloading(name, load, local_files_only, download_root)

    @property
    def supported_languages(self) -> list[str]:
        return list(list_languages()) if self.model.is_multilingual else ["en"]

    def transcribe(
        self,
        audio: str | os.PathLike[str] | BinaryIO | np.ndarray,
        language: str | None = None,
        task: str = "transcribe",
        log_progress: bool = False,
        beam_size: int = 5,
        best_of: int = 5,
        patience: float = 1,
        length_penalty: float = 1,
        repetition_penalty: float = 1,
        no_repeat_ngram_size: int = 0,
        temperature: float | list[float] | tuple[float, ...] = _LADDER,
        compression_ratio_threshold: float | None = 2.4,
        log_prob_threshold: float | None = -1.0,
        no_speech_threshold: float | None = 0.6,
        condition_on_previous_text: bool = True,
        prompt_reset_on_temperature: float = 0.5,
        initial_prompt: str | Iterable[int] | None = None,
        prefix: str | None = None,
        suppress_blank: bool = True,
        suppress_tokens: list[int] | None = [-1],  # noqa: B006 as there
        without_timestamps: bool = False,
        max_initial_timestamp: float = 1.0,
        word_timestamps: bool = False,
        prepend_punctuations: str = "\"'“¿([{-",
        append_punctuations: str = "\"'.。,，!！?？:：”)]}、",
        multilingual: bool = False,
        vad_filter: bool = False,
        vad_parameters: dict[str, Any] | VadOptions | None = None,
        max_new_tokens: int | None = None,
        chunk_length: int | None = None,
        clip_timestamps: str | list[float] = "0",
        hallucination_silence_threshold: float | None = None,
        hotwords: str | None = None,
        language_detection_threshold: float = 0.5,
        language_detection_segments: int = 1,
    ) -> tuple[Generator[Segment, None, None], TranscriptionInfo]:
        """The segments, a generator, and what is known before them. The work goes on meanwhile in a
        thread of its own, and ends with the generator."""
        given = dict(locals())
        del given["self"], given["audio"]
        return _transcribe(self, audio, given, batch_size=0)

    def detect_language(
        self,
        audio: np.ndarray | None = None,
        features: np.ndarray | None = None,
        vad_filter: bool = False,
        vad_parameters: dict[str, Any] | VadOptions | None = None,
        language_detection_segments: int = 1,
        language_detection_threshold: float = 0.5,
    ) -> tuple[str, float, list[tuple[str, float]]]:
        """The language, its probability, and a list of the likeliest language alone."""
        if features is not None or audio is None:
            raise UnsupportedError("detect_language: expected audio, not features")
        if vad_filter or vad_parameters:
            raise UnsupportedError("detect_language: vad_filter is not to be had here")
        found = self.model.detect_language(
            _audio(audio),
            language_detection_windows=language_detection_segments,
            language_detection_threshold=language_detection_threshold,
        )
        return found.language, found.probability, [(found.language, found.probability)]


class BatchedInferencePipeline:
    def __init__(self, model: WhisperModel) -> None:
        self.model = model

    def transcribe(
        self,
        audio: str | os.PathLike[str] | BinaryIO | np.ndarray,
        language: str | None = None,
        task: str = "transcribe",
        log_progress: bool = False,
        beam_size: int = 5,
        best_of: int = 5,
        patience: float = 1,
        length_penalty: float = 1,
        repetition_penalty: float = 1,
        no_repeat_ngram_size: int = 0,
        temperature: float | list[float] | tuple[float, ...] = _LADDER,
        compression_ratio_threshold: float | None = 2.4,
        log_prob_threshold: float | None = -1.0,
        no_speech_threshold: float | None = 0.6,
        condition_on_previous_text: bool = True,
        prompt_reset_on_temperature: float = 0.5,
        initial_prompt: str | Iterable[int] | None = None,
        prefix: str | None = None,
        suppress_blank: bool = True,
        suppress_tokens: list[int] | None = [-1],  # noqa: B006 as there
        without_timestamps: bool = True,
        max_initial_timestamp: float = 1.0,
        word_timestamps: bool = False,
        prepend_punctuations: str = "\"'“¿([{-",
        append_punctuations: str = "\"'.。,，!！?？:：”)]}、",
        multilingual: bool = False,
        vad_filter: bool = True,
        vad_parameters: dict[str, Any] | VadOptions | None = None,
        max_new_tokens: int | None = None,
        chunk_length: int | None = None,
        clip_timestamps: list[dict[str, float]] | None = None,
        hallucination_silence_threshold: float | None = None,
        batch_size: int = 8,
        hotwords: str | None = None,
        language_detection_threshold: float = 0.5,
        language_detection_segments: int = 1,
    ) -> tuple[Generator[Segment, None, None], TranscriptionInfo]:
        """As WhisperModel.transcribe, so many windows at a time. Where faster-whisper takes the
        first temperature and no threshold, all of them hold here for every window."""
        given = dict(locals())
        del given["self"], given["audio"], given["batch_size"]
        return _transcribe(self.model, audio, given, batch_size)


def _name_of_id(name: str) -> str:
    """What an id of Hugging Face's hub, "OWNER/MODEL", is called in its cache."""
    owner, slash, model = name.partition("/")
    if not slash or not owner or "/" in model or os.path.exists(name):
        return name
    return model if owner in ("openai", "Systran") else f"models--{owner}--{model}"


def _downloading(
    name: str, call: Callable[[], _Given], local_files_only: bool, model_dir: str | None = None
) -> _Given:
    """What the call returns, after a download if it says that it lacks what can be downloaded."""
    try:
        return call()
    except BadArgumentError as error:
        if local_files_only or f"tessera download {name}" not in str(error):
            raise
    download_model(name, model_dir)
    return call()


def _audio(audio: Any) -> Any:
    """A file-like object's contents; floats of other sizes as float32."""
    if hasattr(audio, "read"):
        return audio.read()
    if getattr(getattr(audio, "dtype", None), "kind", "") == "f":
        return audio.astype("float32", copy=False)
    return audio


def _segment(segment: TesseraSegment, id: int, with_words: bool) -> Segment:
    words = [Word(w.start_s, w.end_s, w.text, w.probability) for w in segment.words]
    return Segment(
        id=id,
        seek=segment.seek_frames,
        start=segment.start_s,
        end=segment.end_s,
        text=segment.text,
        tokens=segment.tokens,
        avg_logprob=segment.avg_logprob,
        compression_ratio=segment.compression_ratio,
        no_speech_prob=segment.no_speech_prob,
        words=words if with_words else None,
        temperature=segment.temperature,
    )


class _Running:
    """One that has begun: its language and length are known, its segments come."""

    def __init__(self, events: Generator[tuple[Any, ...], None, None], log_progress: bool) -> None:
        self._events = events
        self._log_progress = log_progress
        self._waiting: deque[TesseraSegment] = deque()
        self._result: Result | None = None
        self.language, self.language_probability = "", 0.0
        self.duration: float | None = None
        while self.duration is None:
            self._take()

    def _take(self) -> None:
        """Waits for the next event."""
        kind, *values = next(self._events)
        if kind == "language":
            self.language = values[0].language
            self.language_probability = values[0].probability
        elif kind == "segment":
            self._waiting.append(values[0])
        elif kind == "progress":
            done, self.duration = values
            if self._log_progress:
                print(f"\r{done:.0f} of {self.duration:.0f} seconds", end="", file=sys.stderr)
        else:
            self._result = values[0]
            if self._log_progress:
                print(file=sys.stderr)

    def segments(self) -> Generator[TesseraSegment, None, None]:
        try:
            while self._waiting or self._result is None:
                if self._waiting:
                    yield self._waiting.popleft()
                else:
                    self._take()
        finally:
            self.close()

    def close(self) -> None:
        self._events.close()

    def speech_s(self) -> float:
        """What is left without that which voice activity left out."""
        while self._result is None:
            self._take()
        silence = [left for left in self._result.left_out if left.reason == "no_speech"]
        return self._result.duration_s - sum(left.end_s - left.start_s for left in silence)


def _transcribe(
    model: WhisperModel, audio: Any, given: dict[str, Any], batch_size: int
) -> tuple[Generator[Segment, None, None], TranscriptionInfo]:
    if not model.model.is_multilingual and given["language"] not in (None, "en"):
        _logger.warning("The model knows English only: using it instead of %s", given["language"])
        given = given | {"language": "en"}
    options, vad = options_for(given, batch_size)
    sound = _sound(_audio(audio))

    def start() -> _Running:
        wanted = _native.Wanted(True, True, False, True)
        job = model.model._engine.start(sound, options, wanted)
        return _Running(_events(job, None), given["log_progress"])

    running = _downloading("silero-vad", start, model._local_files_only)
    duration = running.duration or 0.0
    if options.prefix and not batch_size and duration > _WINDOW_S:
        running.close()
        raise UnsupportedError(
            "prefix: only the first window has one in faster-whisper and all have it here, so that "
            f"a recording may have {_WINDOW_S} s at most; this one has {duration:.0f} s"
        )
    _logger.info("Processing audio with duration %.3f s", duration)
    _logger.info(
        "Language '%s' with probability %.2f", running.language, running.language_probability
    )

    def generate() -> Generator[Segment, None, None]:
        id = 0
        for segment in running.segments():
            if segment.start_s == segment.end_s or not segment.text.strip():
                continue
            id += 1
            yield _segment(segment, id, options.word_timestamps)

    info = TranscriptionInfo(
        language=running.language,
        language_probability=running.language_probability,
        duration=duration,
        duration_after_vad=duration if vad is None else running.speech_s,  # type: ignore[arg-type]
        all_language_probs=[(running.language, running.language_probability)],
        transcription_options=told_options(given),
        vad_options=vad,
    )
    return generate(), info
