"""The command line: python -m tessera.cluster transcribe SOURCE OUTPUT ..., or status OUTPUT."""

from __future__ import annotations

import argparse
import ast
import importlib.util
import sys
import time
from pathlib import Path

from .. import Error
from .job import Progress, transcribe
from .manifest import FILE_NAME, counts, failed, open_database
from .nodes import Nodes

_INTERRUPTED = 130
_LINE_EVERY_S = 10.0
"""Where progress is not drawn again in place."""
_CONSTANTS = {"true": "True", "false": "False", "none": "None"}
"""As they are written elsewhere."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tessera.cluster", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    work = commands.add_parser(
        "transcribe",
        help="transcribe recordings",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    work.add_argument("source", help="a folder with recordings, or a list of files, one a line")
    work.add_argument(
        "output", type=Path, help="the folder of the transcripts; the job goes on where it ended"
    )
    work.add_argument("--model", required=True, help="name or path, the same on all nodes")
    work.add_argument("--device", default="auto")
    work.add_argument("--precision", default="auto")
    work.add_argument(
        "--output-format", default="srt", help="srt, vtt, txt, tsv, json, ...; several with commas"
    )
    work.add_argument(
        "--language", default="", help="of all recordings; else each one's is detected"
    )
    work.add_argument("--word-timestamps", action="store_true")
    work.add_argument("--vad", action="store_true", help="transcribe only where there is speech")
    work.add_argument(
        "--batch-size", type=int, default=8, help="windows that a worker decodes together"
    )
    work.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other option of Model.transcribe",
    )
    work.add_argument(
        "--piece-seconds",
        type=int,
        default=300,
        help="longer recordings are cut into pieces, at quiet moments",
    )
    work.add_argument("--num-nodes", type=int, default=1, help="nodes to wait for")
    work.add_argument(
        "--address", help="of the Ray cluster: auto, HOST:6379; none: this machine alone"
    )
    work.add_argument(
        "--workers-per-node",
        type=int,
        default=0,
        help="0: one for each --threads-per-worker processors",
    )
    work.add_argument("--threads-per-worker", type=int, default=1)
    work.add_argument(
        "--start-over", action="store_true", help="forget what was done in this folder"
    )
    work.add_argument("--retry-failed", action="store_true", help="try again what was put aside")
    status = commands.add_parser("status", help="how far a job is, and what failed")
    status.add_argument("output", type=Path)
    return parser


def _options(arguments: argparse.Namespace) -> dict[str, object]:
    options: dict[str, object] = {"batch_size": arguments.batch_size}
    if arguments.language:
        options["language"] = arguments.language
    if arguments.word_timestamps:
        options["word_timestamps"] = True
    if arguments.vad:
        options["vad_filter"] = True
    for text in arguments.option:
        name, sign, value = text.partition("=")
        if not sign:
            raise ValueError(f"--option: expected NAME=VALUE, got '{text}'")
        try:
            options[name] = ast.literal_eval(_CONSTANTS.get(value.lower(), value))
        except (SyntaxError, ValueError):
            options[name] = value
    return options


class _Console:
    """Progress on standard error: redrawn on a terminal, else a line now and then."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._told_at = time.monotonic()

    def progress(self, progress: Progress) -> None:
        if not self._is_terminal and time.monotonic() - self._told_at < _LINE_EVERY_S:
            return
        self._told_at = time.monotonic()
        end = "" if self._is_terminal else "\n"
        print(
            ("\r\x1b[K" if self._is_terminal else "") + _line(progress),
            end=end,
            file=sys.stderr,
            flush=True,
        )

    def failed(self, path: str, error: str) -> None:
        self.clear()
        print(f"{path}: {error.removeprefix(path + ': ')}", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._is_terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _line(progress: Progress) -> str:
    line = f"{progress.done} of {progress.recordings} recordings"
    if progress.failed:
        line += f", {progress.failed} put aside"
    if progress.transcribed_s:
        line += f", {progress.transcribed_s / 3600:.2f} h of sound, {progress.times_real_time:.1f}x real time"
    return line


def _transcribe(arguments: argparse.Namespace) -> int:
    if importlib.util.find_spec("ray") is None:
        raise ValueError("the package ray is missing: pip install 'tessera[cluster]'")
    console = _Console()
    try:
        summary = transcribe(
            arguments.source,
            arguments.output,
            model=arguments.model,
            device=arguments.device,
            precision=arguments.precision,
            formats=arguments.output_format.split(","),
            piece_s=arguments.piece_seconds,
            nodes=Nodes(
                arguments.num_nodes,
                arguments.address,
                arguments.workers_per_node,
                arguments.threads_per_worker,
            ),
            start_over=arguments.start_over,
            retry_failed=arguments.retry_failed,
            on_progress=console.progress,
            on_failed=console.failed,
            **_options(arguments),
        )
    finally:
        console.clear()
    print(_line(summary.progress), file=sys.stderr)
    return 1 if summary.failed else 0


def _status(arguments: argparse.Namespace) -> int:
    path = arguments.output / FILE_NAME
    if not path.is_file():
        raise ValueError(f"{arguments.output}: expected the folder of a job, found no {FILE_NAME}")
    database = open_database(path)
    for state, count in counts(database).items():
        print(f"{state}\t{count}")
    for recording, error in failed(database):
        print(f"{recording}\t{error}")
    database.close()
    return 0


def main(arguments: list[str] | None = None) -> int:
    parsed = _parser().parse_args(arguments)
    try:
        return {"transcribe": _transcribe, "status": _status}[parsed.command](parsed)
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return _INTERRUPTED
    except BlockingIOError:
        print(
            f"tessera.cluster: {parsed.output}: another job is at work in this folder",
            file=sys.stderr,
        )
    except (ValueError, TypeError, OSError, Error) as error:
        print(f"tessera.cluster: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
