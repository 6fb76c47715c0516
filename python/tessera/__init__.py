"""Speech to text with Whisper models on a plain CPU.

import tessera

result = tessera.Model().transcribe("talk.mp3")
print(result.text)
"""

from __future__ import annotations

try:
    from . import _native
except ImportError as error:  # a library of the system is missing, or of another version
    raise ImportError(
        f"tessera: {error}. It needs the libraries of the system that it was built on: FFmpeg's, "
        "utf8proc, curl, OpenSSL (docs/python.md names the packages)"
    ) from error

from ._native import Options
from .audio import AudioReader, read_audio
from .errors import (
    BadArgumentError,
    BadFileError,
    CancelledError,
    DeviceFailedError,
    Error,
    InternalError,
    OutOfMemoryError,
    UnsupportedError,
)
from .model import Model
from .models import (
    DeviceInfo,
    FoundModel,
    download_model,
    downloadable_models,
    list_devices,
    list_languages,
    list_models,
)
from .results import (
    FileOutcome,
    LanguageDetection,
    LeftOut,
    Result,
    RunInfo,
    Segment,
    StageSeconds,
    WindowAttempt,
    WindowReport,
    Word,
)

__all__ = [
    "AudioReader",
    "BadArgumentError",
    "BadFileError",
    "CancelledError",
    "DeviceFailedError",
    "DeviceInfo",
    "Error",
    "FileOutcome",
    "FoundModel",
    "InternalError",
    "LanguageDetection",
    "LeftOut",
    "Model",
    "Options",
    "OutOfMemoryError",
    "Result",
    "RunInfo",
    "Segment",
    "StageSeconds",
    "UnsupportedError",
    "WindowAttempt",
    "WindowReport",
    "Word",
    "download_model",
    "downloadable_models",
    "list_devices",
    "list_languages",
    "list_models",
    "read_audio",
]

__version__ = _native.version()
