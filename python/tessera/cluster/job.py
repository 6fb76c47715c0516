"""A job: recordings go out to the workers of a Ray cluster, transcripts come back and are written."""

from __future__ import annotations

import logging
import os
import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .. import Error, Options, Result, UnsupportedError, _native
from .joining import joined
from .manifest import Manifest
from .nodes import Nodes
from .recordings import find_recordings
from .workers import Attempts, Done, Reader, Settings, Worker

FAILED_FILE = "failed.tsv"
_RECORDINGS_AT_A_TIME = 16
"""That one task reads; few, so that all nodes have something to read."""
_BLOCK_BYTES = 1
"""Ray hands out blocks, and ends one when it is larger than this: each unit of work is one."""


@dataclass(slots=True)
class Progress:
    """How far a job is. Seconds are of sound."""

    recordings: int = 0
    done: int = 0
    failed: int = 0
    transcribed_s: float = 0
    """In this run."""
    working_s: float = 0
    """On the clock, since the first piece of this run."""

    @property
    def times_real_time(self) -> float:
        return self.transcribed_s / self.working_s if self.working_s else 0.0


@dataclass(slots=True)
class Summary:
    """What came of a job: counts, and path and error of each recording that was put aside."""

    progress: Progress
    failed: list[tuple[str, str]] = field(default_factory=list)


def transcribe(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    model: str,
    device: str = "auto",
    precision: str = "auto",
    formats: Iterable[str] = ("srt",),
    piece_s: int = 300,
    nodes: Nodes | None = None,
    start_over: bool = False,
    retry_failed: bool = False,
    on_progress: Callable[[Progress], object] | None = None,
    on_failed: Callable[[str, str], object] | None = None,
    **options: Any,
) -> Summary:
    """Transcribes the recordings of a folder, or of a list in a file, into the folder `output`.

    model, device, precision   as for tessera.Model; a model's files are at the same place on all
                               nodes, and so are the recordings
    formats                    of the transcripts: "srt", "json", ...
    piece_s                    a longer recording is cut into pieces of at most so many seconds, at
                               quiet moments, for several workers
    nodes                      how many nodes and workers; by default this machine
    start_over, retry_failed   forget what was done; try again what was put aside
    on_progress                called when something is done; on_failed with path and error when a
                               recording is put aside
    options                    as for Model.transcribe; `batch_size` is 8 unless it is given

    What is done is kept in the folder, so that the same call goes on where an earlier one ended.
    Raises ValueError and tessera.Error for what is wrong before the work begins, BlockingIOError
    when another job has the folder.
    """
    options = {"batch_size": 8, **options}
    formats = _checked_formats(formats)
    nodes = nodes or Nodes()
    if piece_s < 60:
        raise ValueError(f"piece_s: expected 60 or more, got {piece_s}")
    if "clip_timestamps_s" in options:
        raise ValueError(
            "clip_timestamps_s: the parts of a recording are not to be had on a cluster"
        )
    recordings = find_recordings(source)
    settings = Settings(model, device, precision, nodes.threads_per_worker, piece_s, options)
    with Manifest(Path(output)) as manifest:
        if start_over:
            manifest.forget()
        manifest.adopt_settings(
            {
                "model": model,
                "device": device,
                "precision": precision,
                "piece_s": piece_s,
                "formats": formats,
                "options": options,
            }
        )
        manifest.adopt_recordings(recordings, retry_failed)
        job = _Job(manifest, Path(output), formats, on_progress, on_failed)
        waiting = job.finish_complete()
        if waiting:
            _try_model(settings)
            with nodes.connected():
                for done in _transcribed(waiting, settings, nodes):
                    job.take(done)
        return job.end()


def _checked_formats(formats: Iterable[str]) -> list[str]:
    known = _native.formats()
    wanted = list(formats)
    for name in wanted:
        if name not in known:
            raise ValueError(f"formats: expected {', '.join(known)}, got '{name}'")
    if not wanted:
        raise ValueError("formats: expected one at least")
    return wanted


def _try_model(settings: Settings) -> None:
    """Packs the model, so that the workers of a node share its weights, and transcribes a moment of
    silence, so that what is wrong with model or options is known before there are any workers."""
    device = {"device": settings.device, "precision": settings.precision}
    try:
        _native.pack_model(settings.model, "", device)
    except UnsupportedError:
        pass  # this device has nothing to pack, or the model is no file
    except Error as error:
        if error.code != "bad_file":
            raise
        # The folder cannot be written: each worker holds weights of its own.
    model = settings.open_model()
    model.transcribe(np.zeros(1600, np.float32), Options().replace(**settings.options))


def _transcribed(
    waiting: list[tuple[int, str, frozenset[int]]], settings: Settings, nodes: Nodes
) -> Iterator[Done]:
    import ray

    context = ray.data.DataContext.get_current()
    context.target_max_block_size = _BLOCK_BYTES
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    attempts = ray.remote(num_cpus=0)(Attempts).remote()
    tasks = [
        {"pickled": pickle.dumps(waiting[first : first + _RECORDINGS_AT_A_TIME])}
        for first in range(0, len(waiting), _RECORDINGS_AT_A_TIME)
    ]
    dataset = (
        ray.data.from_items(tasks, override_num_blocks=len(tasks))
        .map_batches(
            Reader,
            fn_constructor_args=(settings,),
            batch_size=1,
            num_cpus=0,
            compute=ray.data.ActorPoolStrategy(size=nodes.count),
        )
        .map_batches(
            Worker,
            fn_constructor_args=(settings, attempts),
            batch_size=1,
            num_cpus=settings.threads,
            compute=ray.data.ActorPoolStrategy(size=nodes.workers()),
        )
    )
    logging.getLogger("ray.data").setLevel(logging.ERROR)  # building the dataset has set it
    for row in dataset.iter_rows():
        yield pickle.loads(row["pickled"])


class _Job:
    """Writes what comes back, and keeps the count."""

    def __init__(
        self,
        manifest: Manifest,
        output: Path,
        formats: list[str],
        on_progress: Callable[[Progress], object] | None,
        on_failed: Callable[[str, str], object] | None,
    ) -> None:
        self._manifest = manifest
        self._output = output
        self._formats = formats
        self._on_progress = on_progress or (lambda progress: None)
        self._on_failed = on_failed or (lambda path, error: None)
        self._began = time.monotonic()
        counts = manifest.counts()
        self._progress = Progress(sum(counts.values()), counts["done"], counts["failed"])

    def finish_complete(self) -> list[tuple[int, str, frozenset[int]]]:
        """Writes the recordings whose pieces were all there when an earlier run was ended; what is
        still to be done."""
        waiting = self._manifest.waiting()
        complete = [number for number, _, _ in waiting if self._manifest.is_complete(number)]
        for number in complete:
            self._write(number, joined(self._manifest.pieces(number)))
        self._on_progress(self._progress)
        return [entry for entry in waiting if entry[0] not in complete]

    def take(self, done: Done) -> None:
        if not self._manifest.is_waiting(done.recording):
            return  # a piece of a recording that was put aside, or work that was done twice
        if done.result is None:
            self._put_aside(done.recording, done.error)
        elif done.piece is None:
            self._progress.transcribed_s += done.result.duration_s
            self._write(done.recording, done.result)
        else:
            self._progress.transcribed_s += done.result.duration_s
            if self._manifest.add_piece(done.recording, done.piece, done.is_last, done.result):
                self._write(done.recording, joined(self._manifest.pieces(done.recording)))
        self._progress.working_s = time.monotonic() - self._began
        self._on_progress(self._progress)

    def end(self) -> Summary:
        failed = self._manifest.failed()
        report = self._output / FAILED_FILE
        if failed:
            partial = report.with_suffix(".part")
            partial.write_text(
                "".join(f"{path}\t{error}\n" for path, error in failed), encoding="utf-8"
            )
            partial.replace(report)
        else:
            report.unlink(missing_ok=True)
        return Summary(self._progress, failed)

    def _write(self, recording: int, result: Result) -> None:
        target = self._output / self._manifest.stem(recording)
        target.parent.mkdir(parents=True, exist_ok=True)
        for name in self._formats:
            result.save(f"{target}{_native.format_suffix(name)}", name)
        self._manifest.set_done(recording, result.duration_s)
        self._progress.done += 1

    def _put_aside(self, recording: int, error: str) -> None:
        self._manifest.set_failed(recording, error)
        self._progress.failed += 1
        self._on_failed(self._manifest.path(recording), error)
