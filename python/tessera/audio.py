"""Sound files as samples."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from . import _native

if TYPE_CHECKING:
    import numpy as np


class AudioReader(_native.AudioReader):
    """A sound file, or the sound of a video, as models listen to it: one channel at 16 kHz.

    `read(count)` gives up to so many samples as an array of float32 in [-1, 1), fewer only at the
    end; `duration_s` is the length that the file claims, 0 when it claims none. Both and the
    constructor raise as Model.transcribe does.
    """

    sample_rate_hz = 16000

    def __init__(self, path: str | os.PathLike[str], channel: int = -1) -> None:
        """Opens a file; "-" is standard input. `channel`: from 0, or -1 to mix all to one."""
        super().__init__(os.fsencode(path), channel)


def read_audio(path: str | os.PathLike[str], channel: int = -1) -> np.ndarray:
    """All samples of a sound file, as AudioReader gives them."""
    import numpy as np

    reader = AudioReader(path, channel)
    pieces = [reader.read(1 << 20)]
    while pieces[-1].size == 1 << 20:
        pieces.append(reader.read(1 << 20))
    return np.concatenate(pieces)
