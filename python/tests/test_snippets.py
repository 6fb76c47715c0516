"""The programs in docs/python.md print what the page says."""

import re
import shutil

import pytest
from conftest import SOURCE_DIR

PROGRAM = re.compile(
    r"^```python\n(.*?)^```\n\nprints\n\n```text\n(.*?)^```\n", re.MULTILINE | re.DOTALL
)
PAGE = (SOURCE_DIR / "docs/python.md").read_text()
# Instruction sets round bytes differently, which may move an end by some of the decoder's steps.
MOST_SECONDS_APART = 0.1
TIME = re.compile(r"(\d+[.,]\d{2,3})")


def test_every_program_of_the_page_is_run():
    assert len(PROGRAM.findall(PAGE)) == PAGE.count("```python") >= 6


@pytest.mark.parametrize(("program", "said"), PROGRAM.findall(PAGE))
def test_program(program, said, sample, tmp_path, monkeypatch, capsys):
    shutil.copy(sample, tmp_path / "talk.mp3")  # a file is known by its contents
    monkeypatch.chdir(tmp_path)
    exec(program, {})
    printed = capsys.readouterr().out
    ours, theirs = TIME.split(printed), TIME.split(said)
    assert ours[::2] == theirs[::2], printed
    for time, other in zip(ours[1::2], theirs[1::2], strict=True):
        time, other = (float(text.replace(",", ".")) for text in (time, other))
        assert time == pytest.approx(other, abs=MOST_SECONDS_APART), printed
