"""Models and devices: what is on this machine, and models from the network."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from . import _native
from .model import Event, _events


@dataclass(slots=True)
class FoundModel:
    """A model on this machine."""

    name: str
    """What `Model` takes."""
    directory: str
    """Where it lies: a folder or a file."""
    format: str
    """"huggingface", "ctranslate2", "ggml", "openai", or "" without weights."""
    bytes: int
    complete: bool
    """Nothing is missing, as far as can be told without loading it."""


@dataclass(slots=True)
class DeviceInfo:
    """A device that this version knows."""

    name: str
    available: bool
    description: str
    """What it is, or why it is not available."""


def list_models(model_dir: str | os.PathLike[str] | None = None) -> list[FoundModel]:
    """The models that `Model` finds by name."""
    return [FoundModel(*model) for model in _native.list_models(os.fspath(model_dir or ""))]


def list_devices() -> list[DeviceInfo]:
    """Every device, the one that "auto" takes first."""
    return [DeviceInfo(*device) for device in _native.list_devices()]


def list_languages() -> dict[str, str]:
    """Codes and names of the languages that multilingual models know: {"en": "english", ...}."""
    return _native.list_languages()


def downloadable_models() -> list[str]:
    """Names that `download_model` knows."""
    return _native.downloadable_models()


def download_model(
    name: str,
    model_dir: str | os.PathLike[str] | None = None,
    *,
    local_files_only: bool = False,
    on_progress: Callable[[float, float], object] | None = None,
    cancel: Event | None = None,
) -> str:
    """Fetches one of OpenAI's models, or "silero-vad", and returns the path of its file. What is
    already there is not fetched again, and only a file with the published checksum counts.

    on_progress  is called with the bytes that are there, and of how many (0: not known yet)
    """
    options = {"model_dir": os.fspath(model_dir or ""), "local_files_only": local_files_only}
    for kind, *values in _events(_native.start_download(name, options), cancel):
        if kind == "progress" and on_progress is not None:
            on_progress(*values)
    path: str = values[0]  # of the last event
    return path
