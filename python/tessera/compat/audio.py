"""faster-whisper's decode_audio."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..audio import AudioReader, read_audio
from ..errors import UnsupportedError

if TYPE_CHECKING:
    import numpy as np


def decode_audio(
    input_file: str | os.PathLike[str],
    sampling_rate: int = AudioReader.sample_rate_hz,
    split_stereo: bool = False,
) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """A sound file as samples: all channels mixed, or with `split_stereo` the first and the second.

    The file is named by its path, and the rate is 16 kHz; anything else is an UnsupportedError.
    """
    if not isinstance(input_file, (str, os.PathLike)):
        raise UnsupportedError("decode_audio: expected the path of a file")
    if sampling_rate != AudioReader.sample_rate_hz:
        raise UnsupportedError(
            f"decode_audio: expected a sampling_rate of {AudioReader.sample_rate_hz}, "
            f"got {sampling_rate}"
        )
    if split_stereo:
        return read_audio(input_file, 0), read_audio(input_file, 1)
    return read_audio(input_file)
