"""Sources of speech: phrases rendered by espeak-ng and the FSDD recordings.

A clip is 16 kHz mono int16 audio with the time of every written word. Rendering
goes through libespeak-ng (not the program), because the library reports when
each word begins; the times guide the decoder's attention during training.
"""

import ctypes
import io
import multiprocessing
import pickle
import random
import tarfile
import wave
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

import texts

RATE = 16000
LANGUAGES = "en en-us en-us en-gb-x-rp en-gb-scotland en-029 en-gb-x-gbclan".split()
VARIANTS = (
    "m1 m2 m4 m5 m6 m7 m8 f1 f3 f4 f5 croak klatt klatt2 klatt3 klatt4 adam Alex Alicia Andy "
    "Annie belinda benjamin boris caleb david ed edward iven Lee linda max michel Mike pablo paul "
    "pedro quincy rob robert sandro shelby steph steph2 travis victor zac Michael Gene Mario"
).split()
# Never rendered for training: variants kept for tests, the sample among them.
HELD_OUT_VARIANTS = ["f2", "m3"]


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p)]


class _Event(ctypes.Structure):
    """espeak_EVENT of speak_lib.h."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)
_WORD_EVENT = 1
_RATE_PARAMETER, _PITCH_PARAMETER, _RANGE_PARAMETER = 1, 3, 4


class Espeak:
    """A thin wrapper of the library; one per process."""

    def __init__(self):
        self._lib = ctypes.CDLL("libespeak-ng.so.1")
        self.rate = self._lib.espeak_Initialize(2, 0, None, 0)  # 2: synchronous, audio returned
        self._audio: list[np.ndarray] = []
        self._words: list[tuple[int, float]] = []
        self._callback = _CALLBACK(self._receive)
        self._lib.espeak_SetSynthCallback(self._callback)

    def _receive(self, samples, count, events):
        if samples and count:
            self._audio.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type:
            if events[index].type == _WORD_EVENT:
                event = events[index]
                self._words.append((event.text_position - 1, event.audio_position / 1000))
            index += 1
        return 0

    def say(self, text: str, voice: str, speed: int, pitch: int, pitch_range: int):
        """The audio at 16 kHz and [(character position, seconds)] of the words."""
        self._audio, self._words = [], []
        if self._lib.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice}")
        for parameter, value in (
            (_RATE_PARAMETER, speed),
            (_PITCH_PARAMETER, pitch),
            (_RANGE_PARAMETER, pitch_range),
        ):
            self._lib.espeak_SetParameter(parameter, value, 0)
        data = text.encode()
        self._lib.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)
        audio = np.concatenate(self._audio).astype(np.float32)
        return resample_poly(audio, RATE, self.rate), list(self._words)


def speech_bounds(audio: np.ndarray) -> tuple[int, int]:
    """First and last sample of the audible part (40 dB below the loudest 10 ms)."""
    step = RATE // 100
    frames = audio[: len(audio) // step * step].reshape(-1, step)
    power = np.sqrt((frames**2).mean(1))
    loud = np.flatnonzero(power > 0.01 * power.max())
    return int(loud[0]) * step, int(loud[-1] + 1) * step


def word_spans(text: str, events: list[tuple[int, float]], start: float, end: float):
    """(start, end) seconds of every written word, relative to `start`.

    espeak speaks some pairs ("of the") as one; a word without an event of its
    own shares the span of the word before it.
    """
    positions = [p for p, _ in events]
    times = [t for _, t in events] + [end]
    spans, offset = [], 0
    for word in text.split():
        at = text.index(word, offset)
        offset = at + len(word)
        own = [i for i, p in enumerate(positions) if at <= p < offset]
        if own:
            spans.append((times[own[0]] - start, max(times[own[-1] + 1], times[own[0]]) - start))
        else:
            spans.append(spans[-1] if spans else (0.0, 0.2))
    return np.clip(np.array(spans, np.float32), 0, end - start)


def render(espeak: Espeak, text: str, rng: random.Random, variants=None):
    """One clip: {"text", "audio", "words"}, trimmed to the audible part."""
    variant = rng.choice(variants or VARIANTS)
    audio, events = espeak.say(
        text,
        f"{rng.choice(LANGUAGES)}+{variant}",
        speed=int(rng.triangular(110, 220, 160)),
        pitch=rng.randint(25, 75),
        pitch_range=rng.randint(25, 75),
    )
    first, last = speech_bounds(audio)
    clip = audio[first:last]
    clip = (clip * (20000 / max(1.0, np.abs(clip).max()))).astype(np.int16)
    words = word_spans(text, events, first / RATE, last / RATE)
    return {"text": text, "audio": clip, "words": words}


def _render_many(job: tuple[int, int]):
    seed, count = job
    rng = random.Random(seed)
    espeak = Espeak()
    return [render(espeak, texts.phrase(rng), rng) for _ in range(count)]


def render_set(count: int, seed: int, cache: Path) -> list[dict]:
    """`count` random phrases in random voices, rendered once by all processors."""
    if cache.exists():
        return pickle.loads(cache.read_bytes())
    size = 250
    jobs = [(seed * 100003 + i, size) for i in range(count // size)]
    with multiprocessing.get_context("spawn").Pool() as pool:
        clips = [clip for part in pool.imap(_render_many, jobs) for clip in part]
    cache.write_bytes(pickle.dumps(clips))
    return clips


def _wave_to_clip(data: bytes, digit: int) -> dict:
    with wave.open(io.BytesIO(data)) as file:
        rate = file.getframerate()
        audio = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    audio = resample_poly(audio.astype(np.float32), RATE // 1000, rate // 1000)
    audio = np.clip(audio, -32768, 32767).astype(np.int16)
    words = np.array([[0, len(audio) / RATE]], np.float32)
    return {"text": texts.DIGITS[digit], "audio": audio, "words": words}


def load_fsdd(source: Path) -> dict[str, list[dict]]:
    """Clips by speaker of a folder or tar of FSDD, named {digit}_{speaker}_{index}.wav.

    Indices 0 to 4 are the data set's own test part and are never loaded.
    """
    if source.is_dir():
        files = [(p.name, p.read_bytes()) for p in sorted(source.glob("*.wav"))]
    else:
        with tarfile.open(source) as tar:
            members = ((m.name, tar.extractfile(m)) for m in tar if m.name.endswith(".wav"))
            files = sorted((Path(name).name, file.read()) for name, file in members)
    speakers: dict[str, list[dict]] = {}
    for name, data in files:
        digit, speaker, index = name.removesuffix(".wav").split("_")
        if int(index) >= 5:
            clip = _wave_to_clip(data, int(digit)) | {"index": int(index)}
            speakers.setdefault(speaker, []).append(clip)
    return speakers
