"""Model.transcribe and its neighbours: every kind of sound, and what is none."""

import os
import pathlib

import numpy as np
import pytest
import tessera
from conftest import TEXT


def test_every_kind_of_sound_gives_the_same_text(model, sample, samples):
    contents = pathlib.Path(sample).read_bytes()
    floats = samples / np.float32(32768)
    for sound in (
        sample,
        pathlib.Path(sample),
        contents,
        bytearray(contents),
        memoryview(contents),
        samples,
        floats,
        np.repeat(floats, 2)[::2],  # not contiguous
    ):
        result = model.transcribe(sound, beam_size=1)
        assert result.text == TEXT
        assert result.language == "en"
        assert result.duration_s == pytest.approx(5.12, abs=0.01)


def test_segments_have_times_and_words(model, sample):
    result = model.transcribe(sample, word_timestamps=True)
    assert result.has_words
    assert result.text == "".join(segment.text for segment in result.segments)
    for segment in result.segments:
        assert segment.text == "".join(word.text for word in segment.words)
        assert segment.start_s <= segment.words[0].end_s <= segment.end_s
        assert all(0 < word.probability <= 1 for word in segment.words)
    assert [len(segment.words) for segment in result.segments] == [3, 6]
    assert model.transcribe(sample).segments[0].words == []


def test_a_file_name_that_is_no_utf8(model, sample, tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.wav"
    with pytest.raises(tessera.BadFileError, match="No such file"):
        model.transcribe(os.fsdecode(path))
    with open(path, "wb") as file:
        file.write(pathlib.Path(sample).read_bytes())
    assert model.transcribe(os.fsdecode(path)).text == TEXT


@pytest.mark.parametrize(
    ("sound", "error", "message"),
    [
        ("none.wav", tessera.BadFileError, "none.wav: No such file or directory"),
        (b"garbage" * 100, tessera.BadFileError, "audio: "),
        (b"", tessera.BadFileError, "audio: "),
        (np.zeros(16000), TypeError, "expected samples in float32 or int16, got float64"),
        (np.zeros(16000, ">f4"), TypeError, "expected samples in float32 or int16, got >f4"),
        (np.zeros((16000, 2), np.float32), ValueError, r"one channel.* got \(16000, 2\)"),
        (np.float32(1), TypeError, "expected a path, bytes or an array, got float32"),
        (np.array([0, np.nan], np.float32), tessera.BadFileError, "finite samples, got nan"),
        (np.array([0, np.inf], np.float32), tessera.BadFileError, "finite samples, got inf"),
        ([0.0, 0.1], TypeError, "expected a path, bytes or an array, got list"),
        (None, TypeError, "expected a path, bytes or an array, got NoneType"),
        (7, TypeError, "expected a path, bytes or an array, got int"),
    ],
)
def test_what_is_no_sound(model, sound, error, message):
    for call in (model.transcribe, model.detect_language, lambda one: list(model.segments(one))):
        with pytest.raises(error, match=message):
            call(sound)


def test_sound_of_no_length(model):
    result = model.transcribe(np.zeros(0, np.float32))
    assert (result.text, result.segments, result.duration_s) == ("", [], 0)


def test_language(model, sample, samples):
    for sound in (sample, pathlib.Path(sample).read_bytes(), samples):
        found = model.detect_language(sound)
        assert found.language == "en"
        assert found.probability > 0.9
    assert model.transcribe(sample, language="English").language_probability == 1


def test_many_files(model, sample):
    paths = [sample, "none.wav", pathlib.Path(sample)]
    for batch_size in (0, 4):
        first, missing, last = model.transcribe_many(paths, batch_size=batch_size)
        assert [first.path, missing.path, last.path] == paths
        assert first.result.text == last.result.text == TEXT
        assert first.error is None
        assert missing.result is None
        assert isinstance(missing.error, tessera.BadFileError)
    assert list(model.transcribe_many([])) == []
    with pytest.raises(tessera.BadArgumentError, match="batch_size"):
        list(model.transcribe_many(paths, batch_size=1000))


def test_models(pebble, own_cache):
    shipped = tessera.Model(threads=1)
    assert shipped.name == "pebble"
    assert shipped.is_multilingual
    assert shipped.vocabulary_size == 51865
    assert "1 thread" in shipped.device
    assert "pebble" in repr(shipped)
    (found,) = [model for model in tessera.list_models() if model.name == "pebble"]
    assert found.complete
    assert found.format == "huggingface"
    (own_cache / "mine").symlink_to(pebble)
    assert tessera.Model("mine", precision="f32").transcribe(pebble / "sample.wav").text == TEXT


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"name_or_path": "large-v3"}, tessera.BadArgumentError, "tessera download large-v3"),
        ({"name_or_path": "/none"}, tessera.BadFileError, "/none: expected a model"),
        ({"device": "gpu"}, tessera.BadArgumentError, "device"),
        ({"precision": "int4"}, tessera.BadArgumentError, "precision"),
        ({"threads": -1}, tessera.BadArgumentError, "threads"),
        ({"threads": "2"}, TypeError, r"threads: expected an int, got '2' \(str\)"),
        ({"device": 1}, TypeError, "device: expected a str"),
    ],
)
def test_what_is_no_model(own_cache, arguments, error, message):
    with pytest.raises(error, match=message):
        tessera.Model(**arguments)


def test_what_is_on_this_machine():
    assert {"cpu", "reference"} <= {device.name for device in tessera.list_devices()}
    assert tessera.list_languages()["en"] == "english"
    assert {"tiny.en", "large-v3", "silero-vad"} <= set(tessera.downloadable_models())


def test_downloads(own_cache):
    with pytest.raises(tessera.BadArgumentError, match="expected one of tiny.en"):
        tessera.download_model("huge")
    with pytest.raises(tessera.BadFileError, match="base"):
        tessera.download_model("base", local_files_only=True)
    with pytest.raises(tessera.Error):  # nobody listens there
        tessera.download_model("base")
    assert list(own_cache.glob("*.pt")) == []
