"""Which recordings a job has, and where their transcripts go."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset(
    "3gp aac aiff avi flac m4a m4b mka mkv mov mp3 mp4 mpga oga ogg opus wav webm".split()
)
"""Files of a folder that are taken for recordings; a list may name any."""


@dataclass(frozen=True, slots=True)
class Recording:
    path: str
    """Absolute, as every node sees it."""
    stem: str
    """Of the transcript: relative to the folder of the output, without a suffix."""
    size_bytes: int
    modified_ns: int


def find_recordings(source: str | os.PathLike[str]) -> list[Recording]:
    """The recordings below a folder, or those that a text file lists, one path a line.

    Paths of a list are relative to it. Raises ValueError for a source that has none, a path that is
    listed twice, and for a file that is missing: it is better known before the work than after it.
    """
    source = Path(source)
    if source.is_dir():
        paths = [p for p in sorted(source.rglob("*")) if _is_recording(p)]
        if not paths:
            raise ValueError(f"{source}: expected a folder with sound files, found none")
        return _with_stems(paths, source)
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ValueError(
            f"{source}: expected a folder or a list of files: {error.strerror}"
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{source}: expected a list of files in UTF-8, one a line") from error
    paths = [source.parent / line for line in lines if line.strip()]
    if not paths:
        raise ValueError(f"{source}: expected a file on each line, found none")
    for path, times in Counter(paths).items():
        if times > 1:
            raise ValueError(f"{source}: {path} is listed {times} times")
    return _with_stems(paths, Path(os.path.commonpath([path.parent.absolute() for path in paths])))


def _is_recording(path: Path) -> bool:
    return path.suffix[1:].lower() in SUFFIXES and path.is_file()


def _with_stems(paths: list[Path], root: Path) -> list[Recording]:
    """Transcripts are called as recordings, without the suffix unless another recording has the
    same name but for that."""
    root = root.absolute()
    paths = [path.absolute() for path in paths]
    stems = Counter(path.with_suffix("") for path in paths)
    recordings = []
    for path in paths:
        try:
            found = path.stat()
        except OSError as error:
            raise ValueError(f"{path}: {error.strerror}") from error
        stem = path.with_suffix("") if stems[path.with_suffix("")] == 1 else path
        recordings.append(
            Recording(str(path), str(stem.relative_to(root)), found.st_size, found.st_mtime_ns)
        )
    return recordings
