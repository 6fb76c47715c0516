"""Tessera under faster-whisper's names: its programs run with this line for their import.

    from tessera.compat import WhisperModel, BatchedInferencePipeline

docs/python.md tells what is different.
"""

from __future__ import annotations

from .. import download_model, downloadable_models
from .audio import decode_audio
from .model import BatchedInferencePipeline, WhisperModel
from .types import Segment, TranscriptionInfo, TranscriptionOptions, VadOptions, Word


def available_models() -> list[str]:
    """Names of the models that can be downloaded."""
    return [name for name in downloadable_models() if name != "silero-vad"]


__all__ = [
    "BatchedInferencePipeline",
    "Segment",
    "TranscriptionInfo",
    "TranscriptionOptions",
    "VadOptions",
    "WhisperModel",
    "Word",
    "available_models",
    "decode_audio",
    "download_model",
]
