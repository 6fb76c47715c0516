"""A job on a real cluster: Ray on this machine, two worker processes, one of which is killed."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import pytest
import tessera
from tessera.cluster.joining import joined, moved
from tessera.cluster.pieces import cut

PIECE_S = 60
WORKER = re.compile(r"ray::MapWorker\(MapBatches\(Worker\)\)\.submit")


@pytest.fixture(scope="module")
def own_model(pebble, tmp_path_factory):
    """A copy of the model, since a job packs it."""
    return shutil.copytree(pebble, tmp_path_factory.mktemp("model") / "pebble")


@pytest.fixture(scope="module")
def recordings(sample, tmp_path_factory):
    """Three long recordings, which are cut, two short ones, and one that is none."""
    folder = tmp_path_factory.mktemp("recordings")
    with wave.open(sample) as file:
        parameters, sound = file.getparams(), file.readframes(file.getnframes())
    for name, times in (
        ("long-1", 30),
        ("long-2", 25),
        ("deep/long-3", 20),
        ("short-1", 1),
        ("short-2", 2),
    ):
        path = folder / f"{name}.wav"
        path.parent.mkdir(exist_ok=True)
        with wave.open(str(path), "wb") as file:
            file.setparams(parameters)
            file.writeframes(sound * times)
    (folder / "bad.wav").write_bytes(b"no sound at all")
    return folder


def expected_text(path, folder):
    model = tessera.Model(folder, threads=1)
    if tessera.AudioReader(path).duration_s <= PIECE_S:
        return model.transcribe(path, batch_size=8).to_srt()
    pieces = [
        moved(model.transcribe(p.samples, batch_size=8), p.start_s)
        for p in cut(0, str(path), PIECE_S, 30)
    ]
    assert len(pieces) > 1
    return joined(pieces).to_srt()


def start(recordings, output, model):
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tessera.cluster",
            "transcribe",
            recordings,
            output,
            "--model",
            model,
            "--piece-seconds",
            str(PIECE_S),
            "--workers-per-node",
            "2",
        ],
        stderr=subprocess.PIPE,
        text=True,
    )


def is_below(pid, ancestor):
    while pid > 1:
        if pid == ancestor:
            return True
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return False


def busy_workers(job):
    """Ids of the processes that transcribe for this job."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and WORKER.search((entry / "cmdline").read_text()):
                if is_below(int(entry.name), job.pid):
                    found.append(int(entry.name))
        except OSError:
            continue  # it has just ended
    return found


def wait_for(job, what, condition, seconds=240):
    until = time.monotonic() + seconds
    while True:
        if found := condition():
            return found
        if job.poll() is not None or time.monotonic() > until:
            job.kill()
            pytest.fail(f"never came: {what}: {job.communicate()[1]}")
        time.sleep(0.05)


def test_a_job_survives_the_end_of_a_worker_and_goes_on_after_its_own(
    recordings, own_model, tmp_path
):
    output = tmp_path / "transcripts"
    status = [sys.executable, "-m", "tessera.cluster", "status", output]

    job = start(recordings, output, own_model)
    busy = wait_for(job, "two busy workers", lambda: (found := busy_workers(job))[1:] and found)
    os.kill(busy[0], signal.SIGKILL)
    wait_for(job, "a transcript", lambda: list(output.glob("**/*.srt")))
    job.send_signal(signal.SIGINT)
    told = job.communicate(timeout=120)[1]
    assert job.returncode == 130, told
    assert "stopped; the same command goes on from here" in told
    written = {path: path.stat().st_mtime_ns for path in output.glob("**/*.srt")}

    job = start(recordings, output, own_model)
    told = job.communicate(timeout=240)[1]
    assert job.returncode == 1, told  # one recording was none
    assert "5 of 6 recordings, 1 put aside" in told

    names = ["long-1", "long-2", "deep/long-3", "short-1", "short-2"]
    found = {str(path.relative_to(output)) for path in output.glob("**/*.srt")}
    assert found == {f"{name}.srt" for name in names}
    for path, modified_ns in written.items():
        assert path.stat().st_mtime_ns == modified_ns, "what was done is not done again"
    for name in names:
        assert (output / f"{name}.srt").read_text() == expected_text(recordings / f"{name}.wav", own_model), (
            name
        )

    (failed,) = (output / "failed.tsv").read_text().splitlines()
    assert failed.startswith(f"{recordings}/bad.wav\t{recordings}/bad.wav: not a sound file")
    told = subprocess.run(status, capture_output=True, text=True, check=True).stdout
    assert told.splitlines() == ["waiting\t0", "done\t5", "failed\t1", failed]


def test_errors_are_one_line_before_any_cluster(recordings, pebble, tmp_path):
    def error(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "tessera.cluster", *arguments], capture_output=True, text=True
        )
        assert done.returncode == 1
        assert done.stdout == ""
        return done.stderr

    output = tmp_path / "out"
    assert error("transcribe", tmp_path / "none", output, "--model", pebble) == (
        f"tessera.cluster: {tmp_path}/none: expected a folder or a list of files: No such file or directory\n"
    )
    assert error("transcribe", recordings, output, "--model", pebble, "--num-nodes", "2") == (
        "tessera.cluster: count: expected 1 without the address of a cluster, got 2\n"
    )
    assert error("transcribe", recordings, output, "--model", pebble, "--option", "beam_size") == (
        "tessera.cluster: --option: expected NAME=VALUE, got 'beam_size'\n"
    )
    assert error("status", tmp_path) == (
        f"tessera.cluster: {tmp_path}: expected the folder of a job, found no tessera-job.sqlite\n"
    )
