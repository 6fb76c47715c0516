"""faster-whisper's interface, with the examples of its README (MIT, SYSTRAN) as they stand there but
for the line that imports."""

import dataclasses
import io
import logging
import pathlib
import shutil
import warnings

import numpy as np
import pytest
import tessera
from conftest import TEXT
from tessera.compat import (
    BatchedInferencePipeline,
    VadOptions,
    WhisperModel,
    available_models,
    decode_audio,
)
from voice_activity_test import loudness_weights

EXAMPLES = {
    "usage": """
model_size = "large-v3"

# Run on GPU with FP16
model = WhisperModel(model_size, device="cuda", compute_type="float16")

# or run on GPU with INT8
# model = WhisperModel(model_size, device="cuda", compute_type="int8_float16")
# or run on CPU with INT8
# model = WhisperModel(model_size, device="cpu", compute_type="int8")

segments, info = model.transcribe("audio.mp3", beam_size=5)

print("Detected language '%s' with probability %f" % (info.language, info.language_probability))

for segment in segments:
    print("[%.2fs -> %.2fs] %s" % (segment.start, segment.end, segment.text))
""",
    "list": """
segments, _ = model.transcribe("audio.mp3")
segments = list(segments)  # The transcription will actually run here.
""",
    "batched": """
model = WhisperModel("turbo", device="cuda", compute_type="float16")
batched_model = BatchedInferencePipeline(model=model)
segments, info = batched_model.transcribe("audio.mp3", batch_size=16)

for segment in segments:
    print("[%.2fs -> %.2fs] %s" % (segment.start, segment.end, segment.text))
""",
    "distilled": """
model_size = "distil-large-v3"

model = WhisperModel(model_size, device="cuda", compute_type="float16")
segments, info = model.transcribe("audio.mp3", beam_size=5, language="en", condition_on_previous_text=False)

for segment in segments:
    print("[%.2fs -> %.2fs] %s" % (segment.start, segment.end, segment.text))
""",
    "words": """
segments, _ = model.transcribe("audio.mp3", word_timestamps=True)

for segment in segments:
    for word in segment.words:
        print("[%.2fs -> %.2fs] %s" % (word.start, word.end, word.word))
""",
    "vad": """
segments, _ = model.transcribe("audio.mp3", vad_filter=True)
""",
    "vad_parameters": """
segments, _ = model.transcribe(
    "audio.mp3",
    vad_filter=True,
    vad_parameters=dict(min_silence_duration_ms=500),
)
""",
    "logging": """
import logging

logging.basicConfig()
logging.getLogger("faster_whisper").setLevel(logging.DEBUG)
""",
    "converted": """
model = faster_whisper.WhisperModel("whisper-large-v3-ct2")
""",
}


@pytest.fixture(scope="module")
def whisper(pebble) -> WhisperModel:
    return WhisperModel(str(pebble), device="cpu", cpu_threads=2)


@pytest.fixture(scope="module")
def weights() -> bytes:
    """In the place of Silero's: what is loud is speech."""
    return loudness_weights()


@pytest.fixture
def readme(own_cache, pebble, sample, weights, tmp_path, monkeypatch):
    """A folder with what the examples take for granted, and their names."""
    for name in ("large-v3", "large-v3-turbo", "distil-large-v3"):
        (own_cache / f"faster-whisper-{name}").symlink_to(pebble)
    (own_cache / "silero_vad_16k_op15.onnx").write_bytes(weights)
    shutil.copy(sample, tmp_path / "audio.mp3")
    (tmp_path / "whisper-large-v3-ct2").symlink_to(pebble)
    monkeypatch.chdir(tmp_path)
    return {
        "WhisperModel": WhisperModel,
        "BatchedInferencePipeline": BatchedInferencePipeline,
        "faster_whisper": tessera.compat,
    }


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_run(readme, whisper, capsys, example):
    names = readme | {"model": whisper}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of the GPU, which a test of its own has
        exec(EXAMPLES[example], names)
    out = capsys.readouterr().out
    if example == "usage":
        language, first, second = out.splitlines()
        assert language.startswith("Detected language 'en' with probability ")
        assert first.endswith("s]  Hello from Tessera.")
        assert second.endswith("s]  Please bring me coffee and cake.")
    elif example == "words":
        assert [line.split()[-1] for line in out.splitlines()] == TEXT.split()
    elif example in ("batched", "distilled"):
        assert "Hello from Tessera." in out
    elif example != "logging" and example != "converted":
        assert "".join(segment.text for segment in names["segments"]) == TEXT
    logging.getLogger("faster_whisper").setLevel(logging.NOTSET)


def test_results_are_as_there(whisper, sample):
    segments, info = whisper.transcribe(sample, word_timestamps=True, initial_prompt="Names:")
    segments = list(segments)
    assert [segment.id for segment in segments] == [1, 2]
    assert segments[0].words[0].word == " Hello"
    assert segments[0].seek == 0
    assert info.duration == info.duration_after_vad == pytest.approx(5.12)
    assert info.all_language_probs == [("en", info.language_probability)]
    assert info.transcription_options.initial_prompt == "Names:"
    assert info.transcription_options.temperatures[:2] == [0.0, 0.2]
    assert info.vad_options is None
    assert dataclasses.asdict(info)["language"] == "en"
    assert list(whisper.transcribe(sample)[0])[0].words is None


def test_every_kind_of_sound(whisper, sample, samples):
    contents = pathlib.Path(sample).read_bytes()
    floats = samples.astype(np.float64) / 32768
    for sound in (sample, io.BytesIO(contents), floats, floats.astype(np.float32)):
        assert "".join(segment.text for segment in whisper.transcribe(sound)[0]) == TEXT
    language, probability, likeliest = whisper.detect_language(floats)
    assert (language, likeliest) == ("en", [("en", probability)])
    assert list(whisper.transcribe(np.zeros(0, np.float32))[0]) == []


def test_voice_activity(whisper, readme, samples):
    sound = np.concatenate([np.zeros(16000 * 8, np.int16), samples])
    segments, info = whisper.transcribe(
        sound,
        vad_filter=True,
        vad_parameters={"min_silence_duration_ms": 5000, "speech_pad_ms": 300},
    )
    assert info.duration == pytest.approx(13.12)
    assert info.vad_options == VadOptions(min_silence_duration_ms=5000, speech_pad_ms=300)
    assert 3 < info.duration_after_vad < 7  # known at the end alone, which loses no segment
    texts = {segment.text: segment.start for segment in segments}
    assert texts[" Hello from Tessera."] > 7.5
    _, info = BatchedInferencePipeline(whisper).transcribe(sound)
    assert info.vad_options == VadOptions(max_speech_duration_s=30, min_silence_duration_ms=160)


def test_voice_activity_gets_its_weights(own_cache, whisper, pebble, sample):
    with pytest.raises(tessera.BadFileError, match="127.0.0.1"):  # which nobody serves
        whisper.transcribe(sample, vad_filter=True)
    offline = WhisperModel(str(pebble), local_files_only=True)
    with pytest.raises(tessera.BadArgumentError, match="tessera download silero-vad"):
        offline.transcribe(sample, vad_filter=True)


def test_clips(whisper, sample, samples):
    texts = [segment.text for segment in whisper.transcribe(sample, clip_timestamps="2,5")[0]]
    assert texts == [" Please bring me coffee and cake."]
    batched = BatchedInferencePipeline(whisper)
    clips = [{"start": 0.0, "end": 2.0}, {"start": 2.0, "end": 5.0}]
    texts = [segment.text for segment in batched.transcribe(samples, clip_timestamps=clips)[0]]
    assert texts == [" Hello from Tessera.", " Please bring me coffee and cake."]


def test_models(own_cache, pebble, sample):
    hub = own_cache / "faster-whisper-tiny"
    hub.symlink_to(pebble)
    assert WhisperModel("Systran/faster-whisper-tiny").model.name == "faster-whisper-tiny"
    assert WhisperModel("tiny", compute_type="int8").supported_languages[0] == "en"
    with pytest.raises(tessera.Error, match="127.0.0.1"):  # tries to get it, from nobody
        WhisperModel("base")
    with pytest.raises(tessera.BadArgumentError, match="tessera download base"):
        WhisperModel("base", local_files_only=True)
    with pytest.warns(RuntimeWarning, match="no CUDA.*compute_type='float16' as f32"):
        assert "f32" in WhisperModel(str(pebble), "cuda", compute_type="float16").model.device
    assert "large-v3" in available_models()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"multilingual": True}, "multilingual"),
        ({"chunk_length": 20}, "chunk_length: expected 30, got 20"),
        ({"length_penalty": 0.6}, "length_penalty: expected 0 or 1, got 0.6"),
        ({"initial_prompt": [1, 2]}, "initial_prompt: expected a str"),
    ],
)
def test_what_cannot_be_had(whisper, sample, parameters, message):
    with pytest.raises(tessera.UnsupportedError, match=message):
        whisper.transcribe(sample, **parameters)


def test_prefix_is_for_one_window(whisper, sample, long_sound):
    segments, _ = whisper.transcribe(sample, prefix="Hello", hotwords="not with a prefix")
    assert next(segments).text.startswith(" Hello")
    with pytest.raises(tessera.UnsupportedError, match="prefix: .* this one has 305 s"):
        whisper.transcribe(long_sound, prefix="Hello")


def test_wrong_models(pebble, sample):
    for arguments in ({"files": {"model.bin": b""}}, {"revision": "main"}):
        with pytest.raises(tessera.UnsupportedError):
            WhisperModel(str(pebble), **arguments)
    with pytest.raises(ValueError, match="compute_type: expected one of default"):
        WhisperModel(str(pebble), compute_type="int16")
    with pytest.raises(TypeError):
        WhisperModel(str(pebble), flash_attention=True)


def test_errors_are_raised_by_the_call(whisper):
    with pytest.raises(tessera.BadFileError):
        whisper.transcribe("none.wav")
    with pytest.raises(tessera.BadArgumentError):
        whisper.transcribe("none.wav", beam_size=0)


def test_progress_is_shown(whisper, sample, capsys):
    list(whisper.transcribe(sample, log_progress=True)[0])
    assert capsys.readouterr().err == "\r0 of 5 seconds\r5 of 5 seconds\n"


def test_sound_is_decoded_to_samples(sample, samples):
    assert np.array_equal(decode_audio(sample) * 32768, samples)
    stereo = pathlib.Path(__file__).parents[2] / "tests/data/audio_tone_stereo.aac"
    left, right = decode_audio(stereo, split_stereo=True)
    assert left.size == right.size > 0
    assert not np.array_equal(left, right)
    with pytest.raises(tessera.UnsupportedError, match="sampling_rate of 16000, got 8000"):
        decode_audio(sample, sampling_rate=8000)
    with pytest.raises(tessera.UnsupportedError, match="path"):
        decode_audio(io.BytesIO())
