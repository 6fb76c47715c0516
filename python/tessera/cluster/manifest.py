"""What of a job is done, in an SQLite file beside the transcripts, so that it can go on later."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..results import LeftOut, Result, RunInfo, Segment, StageSeconds, Word
from .recordings import Recording

FILE_NAME = "tessera-job.sqlite"

_TABLES = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS recordings (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  stem TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
  error TEXT,
  duration_s REAL,
  pieces INTEGER
);
CREATE TABLE IF NOT EXISTS pieces (
  recording INTEGER NOT NULL REFERENCES recordings (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  result TEXT NOT NULL,
  PRIMARY KEY (recording, number)
);
"""


class Manifest:
    """Owns the folder of a job's output as long as it is open: a second one is refused."""

    def __init__(self, folder: Path) -> None:
        """Raises BlockingIOError when another job has the folder, ValueError when the file is no
        manifest."""
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._db = open_database(folder / FILE_NAME)
        except BaseException:
            os.close(self._lock)
            raise

    def close(self) -> None:
        self._db.close()
        os.close(self._lock)

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def forget(self) -> None:
        """Begins anew; transcripts stay until they are replaced."""
        with self._db:
            for table in ("pieces", "recordings", "settings"):
                self._db.execute(f"DELETE FROM {table}")

    def adopt_settings(self, settings: dict[str, object]) -> None:
        """Settings that transcripts depend on. Raises ValueError when something was done with
        others, as the job's transcripts would not be of one kind."""
        wanted = {name: json.dumps(value, sort_keys=True) for name, value in settings.items()}
        begun = dict(self._db.execute("SELECT name, value FROM settings"))
        differing = [n for n in sorted({*wanted, *begun}) if wanted.get(n) != begun.get(n)]
        if differing and self._has_results():
            name = differing[0]
            raise ValueError(
                f"{name}: the job in this folder was begun with {begun.get(name)}, got "
                f"{wanted.get(name)}; take another folder, or --start-over"
            )
        with self._db:
            self._db.execute("DELETE FROM settings")
            self._db.executemany("INSERT INTO settings VALUES (?, ?)", wanted.items())

    def adopt_recordings(self, recordings: Iterable[Recording], retry_failed: bool) -> None:
        """Makes these the job's recordings. Those that have changed since are done anew."""
        with self._db:
            known = {
                path: row
                for path, *row in self._db.execute(
                    "SELECT path, stem, size_bytes, modified_ns, id FROM recordings"
                )
            }
            for new in recordings:
                row = known.pop(new.path, None)
                if row is not None and tuple(row[:3]) == (
                    new.stem,
                    new.size_bytes,
                    new.modified_ns,
                ):
                    continue
                if row is not None:
                    self._db.execute("DELETE FROM recordings WHERE id = ?", (row[3],))
                self._db.execute(
                    "INSERT INTO recordings (path, stem, size_bytes, modified_ns) VALUES (?, ?, ?, ?)",
                    dataclasses.astuple(new),
                )
            self._db.executemany(
                "DELETE FROM recordings WHERE id = ?", [(row[3],) for row in known.values()]
            )
            if retry_failed:
                self._db.execute(
                    "UPDATE recordings SET state = 'waiting', error = NULL WHERE state = 'failed'"
                )

    def waiting(self) -> list[tuple[int, str, frozenset[int]]]:
        """What is to be done: number, path and the pieces that are done, by path."""
        done: dict[int, set[int]] = {}
        for recording, number in self._db.execute("SELECT recording, number FROM pieces"):
            done.setdefault(recording, set()).add(number)
        return [
            (id, path, frozenset(done.get(id, ())))
            for id, path in self._db.execute(
                "SELECT id, path FROM recordings WHERE state = 'waiting' ORDER BY path"
            )
        ]

    def path(self, recording: int) -> str:
        return self._one(recording, "path")

    def stem(self, recording: int) -> str:
        return self._one(recording, "stem")

    def is_waiting(self, recording: int) -> bool:
        return self._one(recording, "state") == "waiting"

    def add_piece(self, recording: int, number: int, is_last: bool, result: Result) -> bool:
        """Keeps a piece; whether the recording has all of them now. One that is there already
        stays as it is: work that was done twice counts once."""
        with self._db:
            self._db.execute(
                "INSERT OR IGNORE INTO pieces VALUES (?, ?, ?)",
                (recording, number, json.dumps(dataclasses.asdict(result))),
            )
            if is_last:
                self._db.execute(
                    "UPDATE recordings SET pieces = ? WHERE id = ?", (number + 1, recording)
                )
        return self.is_complete(recording)

    def is_complete(self, recording: int) -> bool:
        ((have,),) = self._db.execute(
            "SELECT COUNT(*) FROM pieces WHERE recording = ?", (recording,)
        )
        return have == self._one(recording, "pieces")

    def pieces(self, recording: int) -> list[Result]:
        rows = self._db.execute(
            "SELECT result FROM pieces WHERE recording = ? ORDER BY number", (recording,)
        )
        return [_result_from_json(text) for (text,) in rows]

    def set_done(self, recording: int, duration_s: float) -> None:
        with self._db:
            self._db.execute(
                "UPDATE recordings SET state = 'done', duration_s = ? WHERE id = ?",
                (duration_s, recording),
            )
            self._db.execute("DELETE FROM pieces WHERE recording = ?", (recording,))

    def set_failed(self, recording: int, error: str) -> None:
        """Puts a recording aside: it is not tried again unless it changes or that is asked for."""
        with self._db:
            self._db.execute(
                "UPDATE recordings SET state = 'failed', error = ?, pieces = NULL WHERE id = ?",
                (error, recording),
            )
            self._db.execute("DELETE FROM pieces WHERE recording = ?", (recording,))

    def counts(self) -> dict[str, int]:
        """How many recordings are 'waiting', 'done' and 'failed'."""
        return counts(self._db)

    def failed(self) -> list[tuple[str, str]]:
        """Path and error of the recordings that were put aside."""
        return failed(self._db)

    def _has_results(self) -> bool:
        ((found,),) = self._db.execute(
            "SELECT EXISTS (SELECT * FROM recordings WHERE state != 'waiting') OR "
            "EXISTS (SELECT * FROM pieces)"
        )
        return bool(found)

    def _one(self, recording: int, column: str) -> Any:
        ((value,),) = self._db.execute(
            f"SELECT {column} FROM recordings WHERE id = ?", (recording,)
        )
        return value


def open_database(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level="DEFERRED")
    try:
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(_TABLES)
    except sqlite3.DatabaseError as error:
        database.close()
        raise ValueError(f"{path}: expected the manifest of a job: {error}") from error
    return database


def counts(database: sqlite3.Connection) -> dict[str, int]:
    found = dict(database.execute("SELECT state, COUNT(*) FROM recordings GROUP BY state"))
    return {state: found.get(state, 0) for state in ("waiting", "done", "failed")}


def failed(database: sqlite3.Connection) -> list[tuple[str, str]]:
    return list(
        database.execute("SELECT path, error FROM recordings WHERE state = 'failed' ORDER BY path")
    )


def _result_from_json(text: str) -> Result:
    fields = json.loads(text)
    fields["segments"] = [
        Segment(**{**segment, "words": [Word(**word) for word in segment["words"]]})
        for segment in fields["segments"]
    ]
    fields["left_out"] = [LeftOut(**left_out) for left_out in fields["left_out"]]
    fields["seconds"] = StageSeconds(**fields["seconds"])
    fields["run"] = RunInfo(**fields["run"])
    return Result(**fields)
