"""The model: sound in, text out."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, Protocol

from . import _native
from ._native import Options
from .results import FileOutcome, LanguageDetection, Result, Segment, WindowReport

if TYPE_CHECKING:
    from ._typing import Audio, OptionValues, Unpack

_POLL_S = 0.02
"""How long a call may wait before it looks whether it was cancelled or interrupted."""


class Event(Protocol):
    """What asks for an end once it is set: a threading.Event, or anything else with `is_set`."""

    def is_set(self) -> bool: ...


def _events(job: _native.Job, cancel: Event | None) -> Generator[tuple[Any, ...], None, None]:
    """The job's events but for the last, which only says that it has ended.

    Every exception on the way, an interrupt from the keyboard or the end of a generator too, stops
    the job, which takes the time of one of the model's layers.
    """
    try:
        while True:
            if cancel is not None and cancel.is_set():
                job.cancel()
            event = job.next(_POLL_S)
            if event is None:
                continue
            if event[0] == "end":
                return
            yield event
    finally:
        job.close()


def _sound(audio: Audio) -> Any:
    """What _native takes: a path as bytes in a tuple, a file's contents, or samples in float32."""
    if isinstance(audio, (str, os.PathLike)):
        return (os.fsencode(audio),)
    if isinstance(audio, (bytes, bytearray, memoryview)):
        return bytes(audio)
    import numpy as np  # takes longer to import than all the rest

    if not isinstance(audio, np.ndarray):
        raise TypeError(f"audio: expected a path, bytes or an array, got {type(audio).__name__}")
    if audio.dtype not in (np.float32, np.int16):
        raise TypeError(f"audio: expected samples in float32 or int16, got {audio.dtype}")
    if audio.ndim != 1:
        raise ValueError(
            f"audio: expected one channel, an array of shape (samples,), got {audio.shape}"
        )
    if audio.dtype == np.int16:
        audio = audio.astype(np.float32) / np.float32(32768)
    return np.ascontiguousarray(audio)


class Model:
    """A Whisper model on a device. Any number of threads may use it; their calls take turns."""

    def __init__(
        self,
        name_or_path: str | os.PathLike[str] | None = None,
        device: str = "auto",
        precision: str = "auto",
        threads: int = 0,
        *,
        model_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        """Loads a model: by name, by path, or without either the small one that ships.

        device     "auto", "cpu", "reference", "npu" or "npu-sim"
        precision  "auto", "int8", "bf16" or "f32"
        threads    to compute with; 0 is one per physical core
        model_dir  where a model given by name is looked for first
        """
        self._engine = _native.load_engine(
            os.fspath(name_or_path or ""),
            os.fspath(model_dir or ""),
            {"device": device, "precision": precision, "threads": threads},
        )

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def is_multilingual(self) -> bool:
        return self._engine.is_multilingual

    @property
    def vocabulary_size(self) -> int:
        return self._engine.vocabulary_size

    @property
    def description(self) -> str:
        """One line: sizes of the network and number of parameters."""
        return self._engine.description

    @property
    def device(self) -> str:
        """One line: the device, its precision and threads."""
        return self._engine.device

    def __repr__(self) -> str:
        return f"<tessera.Model {self.name}: {self.device}>"

    def transcribe(
        self,
        audio: Audio,
        options: Options | None = None,
        *,
        on_language: Callable[[LanguageDetection], object] | None = None,
        on_segment: Callable[[Segment], object] | None = None,
        on_window: Callable[[WindowReport], object] | None = None,
        on_progress: Callable[[float, float], object] | None = None,
        cancel: Event | None = None,
        **keywords: Unpack[OptionValues],
    ) -> Result:
        """Transcribes a recording.

        audio    the path of a sound file or video, "-" for standard input; the contents of such a
                 file as bytes; or samples, mono at 16 kHz: float32 in [-1, 1] or int16
        options  an Options, of which keywords replace single ones: beam_size=1, language="en"
        on_...   called as the work goes on, from the thread that called: the language when it is
                 known, each segment and window when it is done, progress as seconds of sound that
                 are done and of how many. An exception that one raises ends the call.
        cancel   a threading.Event that ends the call with CancelledError when it is set

        Raises BadFileError for what is no sound, BadArgumentError (a ValueError) and TypeError for
        an option that is wrong. Ctrl-C ends the call too.
        """
        callbacks: dict[str, Callable[..., object] | None] = {
            "language": on_language,
            "segment": on_segment,
            "window": on_window,
            "progress": on_progress,
        }
        wanted = _native.Wanted(*(callback is not None for callback in callbacks.values()))
        job = self._engine.start(_sound(audio), _merged(options, keywords), wanted)
        for kind, *values in _events(job, cancel):
            callback = callbacks.get(kind)
            if callback is not None:
                callback(*values)
        result: Result = values[0]  # of the last event
        return result

    def segments(
        self,
        audio: Audio,
        options: Options | None = None,
        *,
        cancel: Event | None = None,
        **keywords: Unpack[OptionValues],
    ) -> Generator[Segment, None, Result]:
        """A generator of a recording's segments, each as soon as its window is done. The work
        begins with the first one that is asked for, and ends when the generator is closed.

        Parameters and errors are those of `transcribe`. What the generator returns, which
        `yield from` gives, is the Result.
        """
        sound, merged = _sound(audio), _merged(options, keywords)

        def generate() -> Generator[Segment, None, Result]:
            wanted = _native.Wanted(False, True, False, False)
            for kind, value in _events(self._engine.start(sound, merged, wanted), cancel):
                if kind == "segment":
                    yield value
            result: Result = value  # of the last event
            return result

        return generate()

    def transcribe_many(
        self,
        paths: Iterable[str | os.PathLike[str]],
        options: Options | None = None,
        *,
        cancel: Event | None = None,
        **keywords: Unpack[OptionValues],
    ) -> Generator[FileOutcome, None, None]:
        """A generator of what came of each of several files, in their order. With `batch_size`
        above 1, windows of several files are decoded together, and files are read while others are
        decoded. Files do not fail together: what one would raise is its outcome's error."""
        files, merged = list(paths), _merged(options, keywords)
        encoded = [os.fsencode(path) for path in files]

        def generate() -> Generator[FileOutcome, None, None]:
            for _, file, result, error in _events(
                self._engine.start_files(encoded, merged), cancel
            ):
                yield FileOutcome(files[file], result, error)

        return generate()

    def detect_language(
        self,
        audio: Audio,
        options: Options | None = None,
        *,
        cancel: Event | None = None,
        **keywords: Unpack[OptionValues],
    ) -> LanguageDetection:
        """The language that is spoken in a recording; see `language_detection_windows` and
        `language_detection_threshold`."""
        job = self._engine.start_detection(_sound(audio), _merged(options, keywords))
        ((_, language),) = _events(job, cancel)
        found: LanguageDetection = language
        return found


def _merged(options: Options | None, keywords: OptionValues) -> Options:
    return (Options() if options is None else options).replace(**keywords)
