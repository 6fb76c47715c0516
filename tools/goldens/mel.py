#!/usr/bin/env python3
"""Golden log-mels from openai-whisper, for src/whisper/mel_test.cpp.

usage: mel.py tests/golden/mel.json [SAMPLE.wav]

The signals are made by formulas over integers that mel_test.cpp repeats, so that only results are
stored: some frames and bands of each log-mel, and every band's mean. Two sums over the samples
guard against the two generators drifting apart. A 16 kHz s16 mono WAV, if given, is added as the
signal "sample"; the test reads its name relative to the repository.
"""

import json
import math
import sys
import wave
from pathlib import Path

import numpy as np
import torch
import whisper
from whisper.audio import N_SAMPLES, log_mel_spectrogram

RATE_HZ = 16000


def wave_at(phase: int, period: int) -> float:
    """sin(2 pi phase / period), from an integer phase so that both languages agree."""
    return math.sin(2.0 * math.pi * ((phase % period) / period))


def sine(n: int) -> list[int]:
    return [math.floor(16384 * wave_at(440 * i, RATE_HZ) + 0.5) for i in range(n)]


def clipped_square(n: int) -> list[int]:
    return [32767 if (i * 440 // RATE_HZ) % 2 == 0 else -32768 for i in range(n)]


def chirps(n: int, loud_from: int) -> list[int]:
    """Syllables of 200 ms: eight harmonics of a gliding pitch over a little noise; every fifth is
    silent but for the noise, and before the sample `loud_from` all is 24 times softer."""
    out = []
    phase, random = 0, 1
    for i in range(n):
        syllable, position = divmod(i, 3200)
        random = (random * 1664525 + 1013904223) % 2**32
        pitch_hz = 100 + 20 * (syllable % 4) + position // 80
        phase += pitch_hz
        voice = sum(wave_at(h * phase, RATE_HZ) / h for h in range(1, 9))
        envelope = 0.0 if syllable % 5 == 4 else 0.5 - 0.5 * wave_at(position + 800, 3200)
        noise = (random >> 24) - 128
        value = math.floor(9600 * envelope * voice + noise + 0.5)
        out.append(value if i >= loud_from else value // 24)
    return out


SIGNALS = {
    "sine_5s": lambda: sine(5 * RATE_HZ),
    "chirps_7s": lambda: chirps(7 * RATE_HZ + 77, 0),
    "loud_in_second_half_31s": lambda: chirps(31 * RATE_HZ, 20 * RATE_HZ),
    "empty": lambda: [],
    "one_sample": lambda: [12345],
    "clipped_square_2s": lambda: clipped_square(2 * RATE_HZ),
}


def read_wav(path: str) -> list[int]:
    with wave.open(path) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE_HZ, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").tolist()


def golden(samples: list[int], n_mels: int) -> dict:
    audio = np.array(samples, dtype=np.float32) / 32768.0
    mel = log_mel_spectrogram(audio, n_mels, padding=N_SAMPLES).numpy()  # (n_mels, frames + 3000)
    content = mel.shape[1] - 3000
    frames = {0, 1, content // 3, 2 * content // 3, content - 1}  # of the recording
    frames |= {content, content + 1, 2999}  # and, if within 3000, of what language detection sees
    frames = sorted(f for f in frames if 0 <= f < max(content, 3000))
    bands = list(range(0, n_mels, 5)) + [n_mels - 1]
    means = mel[:, :content].astype(np.float64).mean(axis=1) if content else []
    return {
        "n_mels": n_mels,
        "content_frames": content,
        "frames": frames,
        "bands": bands,
        "values": [[round(float(mel[b, f]), 7) for b in bands] for f in frames],
        "band_means": [round(float(mean), 7) for mean in means],
    }


def main() -> None:
    signals = {name: make() for name, make in SIGNALS.items()}
    sample = sys.argv[2] if len(sys.argv) > 2 else None
    if sample:
        signals["sample"] = read_wav(sample)
    result = {
        "made_by": "tools/goldens/mel.py",
        "versions": {
            "openai-whisper": whisper.__version__,
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "signals": [],
    }
    for name, samples in signals.items():
        entry = {
            "name": name,
            "samples": len(samples),
            "sum": sum(samples),
            "weighted_sum": sum(s * (i % 1009) for i, s in enumerate(samples)),
            "mels": [golden(samples, n_mels) for n_mels in (80, 128)],
        }
        if name == "sample":
            entry["file"] = sample
        result["signals"].append(entry)
    text = json.dumps(result, separators=(",", ":")).replace('{"name"', '\n{"name"')
    Path(sys.argv[1]).write_text(text + "\n")


if __name__ == "__main__":
    main()
