"""Cuts recordings into units of work: some short recordings, or a piece of a long one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ..audio import AudioReader
from ..errors import Error

RATE_HZ = AudioReader.sample_rate_hz
_SEARCHED_S = 30.0
"""The last part of a piece, in which a moment to cut at is looked for."""
_MOMENT_S = 0.3
"""As long as a short pause between words."""
_STEP_S = 0.01


@dataclass(frozen=True, slots=True)
class Whole:
    """A recording that is short enough to stay whole; whoever transcribes it reads it."""

    recording: int
    path: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a long recording."""

    recording: int
    index: int
    start_s: float
    samples: np.ndarray
    """int16, mono, 16 kHz."""
    is_last: bool
    opening: np.ndarray
    """How the recording begins: its language is that of all pieces."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A recording that is none."""

    recording: int
    error: str


def quiet_moment(samples: np.ndarray, first: int) -> int:
    """Where samples are best cut, at `first` or after: in the middle of the 0.3 s whose power is
    least, the last of equals."""
    step = round(_STEP_S * RATE_HZ)
    tail = samples[first:]
    powers = np.square(tail[: tail.size // step * step].astype(np.float64)).reshape(-1, step).sum(1)
    sums = np.convolve(powers, np.ones(round(_MOMENT_S / _STEP_S)), mode="valid")
    best = sums.size - 1 - int(np.argmin(sums[::-1]))
    return first + best * step + round(_MOMENT_S * RATE_HZ) // 2


def cut(
    recording: int,
    path: str,
    piece_s: float,
    opening_s: float,
    channel: int = -1,
    done: frozenset[int] = frozenset(),
) -> Iterator[Piece]:
    """The pieces of a recording but those that are `done`; none is longer than `piece_s`.

    Where the recording is cut depends on it and on `piece_s` alone, so pieces of an earlier run
    still fit. Raises tessera.Error when it cannot be read to its end.
    """
    reader = AudioReader(path, channel)
    length = round(piece_s * RATE_HZ)
    searched = min(round(_SEARCHED_S * RATE_HZ), length // 2)
    held, start, index, opening = np.zeros(0, np.int16), 0, 0, None
    while True:
        held = np.concatenate([held, _read(reader, length + 1 - held.size)])
        if opening is None:
            opening = held[: round(opening_s * RATE_HZ)].copy()
        is_last = held.size <= length
        end = held.size if is_last else quiet_moment(held[:length], length - searched)
        if index not in done:
            yield Piece(recording, index, start / RATE_HZ, held[:end].copy(), is_last, opening)
        if is_last:
            return
        held, start, index = held[end:], start + end, index + 1


def _read(reader: AudioReader, count: int) -> np.ndarray:
    return np.round(reader.read(count) * np.float32(32768)).astype(np.int16)


def units(
    recordings: Iterable[tuple[int, str, frozenset[int]]],
    piece_s: float,
    opening_s: float,
    channel: int = -1,
) -> Iterator[list[Whole] | Piece | Unreadable]:
    """Units of about `piece_s` seconds of (number, path, pieces that are done) each."""
    together: list[Whole] = []
    together_s = 0.0
    for number, path, done in recordings:
        try:
            duration_s = AudioReader(path, channel).duration_s
            if done or not 0 < duration_s <= piece_s:
                yield from cut(number, path, piece_s, opening_s, channel, done)
                continue
        except Error as error:
            yield Unreadable(number, str(error))
            continue
        if together_s + duration_s > piece_s:
            yield together
            together, together_s = [], 0.0
        together.append(Whole(number, path))
        together_s += duration_s
    if together:
        yield together
