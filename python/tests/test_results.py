"""Results as data, and as files through the library's writers."""

import ast
import dataclasses
import json
import os
import pathlib
import pickle
import subprocess
import sys

import pytest
import tessera
from tessera import _native


@pytest.fixture(scope="module")
def result(model, sample) -> tessera.Result:
    return model.transcribe(sample, word_timestamps=True)


def test_copies(result):
    assert pickle.loads(pickle.dumps(result)) == result
    plain = dataclasses.asdict(result)
    assert plain["segments"][1]["words"][0]["text"] == " Please"
    assert ast.literal_eval(repr(plain)) == plain
    for error in (tessera.BadFileError("a"), tessera.CancelledError("b")):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), copy.code) == (type(error), str(error), error.code)


PROGRAM = """
import sys, tessera
result = tessera.Model().transcribe(sys.argv[1], word_timestamps=True)
for format in sys.argv[2].split(","):
    layout = {"max_line_width": 20, "max_line_count": 1} if format in ("srt", "vtt") else {}
    result.save("ours." + format.replace("-", "."), format, **layout)
"""


def test_files_are_those_of_the_program(sample, tmp_path):
    """Byte for byte, with instructions that both are told: none are chosen by measuring."""
    has_avx2 = "avx2" in pathlib.Path("/proc/cpuinfo").read_text()
    environment = os.environ | {"TESSERA_ISA": "avx2" if has_avx2 else "portable"}
    formats = _native.formats()
    assert set(formats) == {"txt", "srt", "vtt", "tsv", "json", "csv", "lrc", "wcpp-json"}
    subprocess.run(
        [os.environ["TESSERA"], sample, "-q", "-o", ".", "--output-format", ",".join(formats)]
        + ["--word-timestamps", "True", "--max-line-width", "20", "--max-line-count", "1"],
        check=True,
        cwd=tmp_path,
        env=environment,
    )
    subprocess.run(
        [sys.executable, "-c", PROGRAM, sample, ",".join(formats)],
        check=True,
        cwd=tmp_path,
        env=environment,
    )
    for format in formats:
        ending = format.replace("-", ".")
        theirs, ours = tmp_path / f"sample.{ending}", tmp_path / f"ours.{ending}"
        assert ours.read_bytes() == theirs.read_bytes(), format


def test_writing(result, tmp_path):
    assert result.to_srt() == result.write("srt")
    assert result.to_vtt().startswith("WEBVTT\n\n")
    assert result.to_dict() == json.loads(result.write("json"))
    assert [word["word"] for word in result.to_dict()["segments"][0]["words"]][0] == " Hello"
    assert "<u>Hello</u>" in result.to_srt(highlight_words=True)
    result.save(tmp_path / "talk.srt")
    assert (tmp_path / "talk.srt").read_text() == result.to_srt()
    result.save(str(tmp_path / "talk.txt"), "vtt")
    assert (tmp_path / "talk.txt").read_text() == result.to_vtt()


def test_what_was_changed_is_written(result):
    changed = pickle.loads(pickle.dumps(result))
    changed.segments[0].text = " Grüße aus Köln."
    changed.has_words = False
    del changed.segments[1]
    assert "Grüße aus Köln." in changed.write("srt")
    changed.segments[0].start_s = "0"
    with pytest.raises(TypeError, match=r"Segment.start_s: got '0'"):
        changed.to_srt()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda r: r.write("doc"), tessera.BadArgumentError, "doc"),
        (lambda r: r.write("srt,vtt"), tessera.BadArgumentError, "expected one"),
        (lambda r: r.to_srt(max_line_widht=1), TypeError, "did you mean 'max_line_width'"),
        (lambda r: r.to_srt(max_line_count=1), tessera.BadArgumentError, "max_line_count"),
        (lambda r: r.save("/none/talk.srt"), tessera.BadFileError, "/none"),
        (lambda r: r.save("talk"), tessera.BadArgumentError, "format"),
    ],
)
def test_what_cannot_be_written(result, call, error, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=message):
        call(result)
    assert list(tmp_path.iterdir()) == []
