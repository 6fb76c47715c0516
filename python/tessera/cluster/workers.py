"""What runs on the nodes. Rows between the stages have one column, `pickled`."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import Model
from ..errors import Error
from ..results import Result
from .joining import moved
from .pieces import Piece, Unreadable, Whole, units

if TYPE_CHECKING:
    from ray.actor import ActorHandle

_WINDOW_S = 30.0
_MOST_ATTEMPTS = 3
_DEADLY = f"the process ended without a word while this was transcribed, {_MOST_ATTEMPTS} times"


@dataclass(frozen=True, slots=True)
class Settings:
    """How recordings are transcribed; the same on all nodes."""

    model: str
    device: str = "auto"
    precision: str = "auto"
    threads: int = 1
    """Of each worker."""
    piece_s: float = 300.0
    options: dict[str, Any] = field(default_factory=dict)
    """As keywords of Model.transcribe."""

    def open_model(self) -> Model:
        return Model(self.model, self.device, self.precision, self.threads)

    @property
    def opening_s(self) -> float:
        """How much of a recording tells its language."""
        return _WINDOW_S * self.options.get("language_detection_windows", 1)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a recording, or of a piece of one; times are those of the recording."""

    recording: int
    piece: int | None
    """None: the recording is no longer than a piece."""
    is_last: bool
    result: Result | None
    error: str


class Reader:
    """Cuts recordings into units of work. It hears nothing, so it needs no model."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __call__(self, batch: dict[str, np.ndarray]) -> Iterator[dict[str, list[bytes]]]:
        recordings = [entry for pickled in batch["pickled"] for entry in pickle.loads(pickled)]
        channel = self._settings.options.get("channel", -1)
        for unit in units(recordings, self._settings.piece_s, self._settings.opening_s, channel):
            yield {"pickled": [pickle.dumps(unit)]}


class Attempts:
    """Counts how often work was begun, whoever did it: what ends its process again and again must
    not be tried forever. An actor of Ray's."""

    def __init__(self) -> None:
        self._counts: Counter[object] = Counter()

    def begin(self, work: object) -> int:
        self._counts[work] += 1
        return self._counts[work]


class Worker:
    """Transcribes units of work with a model of its own, whose packed weights are in memory once
    for all workers of a node."""

    def __init__(self, settings: Settings, attempts: ActorHandle) -> None:
        self._options = settings.options
        self._attempts = attempts
        self._model = settings.open_model()
        self._languages: dict[int, tuple[str, float]] = {}

    def __call__(self, batch: dict[str, np.ndarray]) -> Iterator[dict[str, list[bytes]]]:
        for pickled in batch["pickled"]:
            for done in self._transcribe(pickle.loads(pickled)):
                yield {"pickled": [pickle.dumps(done)]}

    def _transcribe(self, unit: list[Whole] | Piece | Unreadable) -> Iterator[Done]:
        if isinstance(unit, Unreadable):
            yield Done(unit.recording, None, True, None, unit.error)
        elif isinstance(unit, Piece):
            yield self._transcribe_piece(unit)
        elif len(unit) > 1 and self._began("together", unit[0].recording) > 1:
            for whole in unit:  # one of them may have ended the process
                yield from self._transcribe_together([whole])
        else:
            yield from self._transcribe_together(unit)

    def _began(self, *work: object) -> int:
        import ray

        attempts: int = ray.get(self._attempts.begin.remote(work))
        return attempts

    def _transcribe_together(self, unit: list[Whole]) -> Iterator[Done]:
        if len(unit) == 1 and self._began(unit[0].recording) > _MOST_ATTEMPTS:
            yield Done(unit[0].recording, None, True, None, _DEADLY)
            return
        outcomes = self._model.transcribe_many([whole.path for whole in unit], **self._options)
        for whole, outcome in zip(unit, outcomes, strict=True):
            error = "" if outcome.error is None else str(outcome.error)
            yield Done(whole.recording, None, True, outcome.result, error)

    def _transcribe_piece(self, piece: Piece) -> Done:
        try:
            if self._began(piece.recording, piece.index) > _MOST_ATTEMPTS:
                return Done(piece.recording, piece.index, piece.is_last, None, _DEADLY)
            language, probability = self._language_of(piece)
            options = {**self._options, "channel": -1, "language": language}
            if piece.index > 0:
                options["initial_prompt"] = self._later_prompt()
            result = self._model.transcribe(piece.samples, **options)
            result.language_probability = probability
            result = moved(result, piece.start_s)
            return Done(piece.recording, piece.index, piece.is_last, result, "")
        except Error as error:
            return Done(piece.recording, piece.index, piece.is_last, None, str(error))

    def _later_prompt(self) -> str:
        """`initial_prompt` is what was said before the recording, not before each piece of it."""
        carried = self._options.get("carry_initial_prompt", False)
        return self._options.get("initial_prompt", "") if carried else ""

    def _language_of(self, piece: Piece) -> tuple[str, float]:
        """All pieces of a recording have the language of its beginning, wherever they are heard."""
        given = self._options.get("language", "")
        if given or not self._model.is_multilingual:
            return given, 1.0
        if piece.recording not in self._languages:
            found = self._model.detect_language(piece.opening, **{**self._options, "channel": -1})
            self._languages[piece.recording] = (found.language, found.probability)
        return self._languages[piece.recording]
