"""Renders the sounds of tests/golden/equality/sounds.json, in whole numbers alone.

A sound is a list of pieces, one after the other; tests/support/sounds.cpp renders the same samples.
A piece is one of
  {"file": F, "from": i, "to": j}       samples i to j of a recording; all of it without them
  {"sound": NAME}                       a sound defined before
  {"silence": n}
  {"noise": n, "seed": s, "peak": p}    x = x * 1664525 + 1013904223 mod 2^32, from x = s;
                                        the sample is (x >> 16) * (2 p + 1) >> 16, minus p
  {"notes": [[period, ...], ...], "each": n, "peak": p}   chords of triangle waves that fade away
  {"times": k, "pieces": [...]}         the pieces k times over
  {"sum": [[...], [...]]}               lists of pieces at the same time
and may have "gain": [m, s], which multiplies by m and shifts right by s. Samples are cut to 16 bits.
"""

import json
import zlib
from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 16000


def triangle(period: int, amplitudes: np.ndarray) -> np.ndarray:
    phase = np.arange(len(amplitudes)) % period
    rise = 4 * amplitudes * phase // period
    return np.where(
        rise < amplitudes,
        rise,
        np.where(rise < 3 * amplitudes, 2 * amplitudes - rise, rise - 4 * amplitudes),
    )


def chord(periods: list[int], n: int, peak: int) -> np.ndarray:
    fading = peak * (n - np.arange(n)) // n
    return sum(triangle(period, fading) for period in periods)


def noise(n: int, seed: int, peak: int) -> np.ndarray:
    out = np.zeros(n, np.int64)
    x = seed
    for i in range(n):
        x = (x * 1664525 + 1013904223) % 2**32
        out[i] = ((x >> 16) * (2 * peak + 1) >> 16) - peak
    return out


class Sounds:
    """The sounds of a recipe file; recordings are looked for in `find`, a function of their name."""

    def __init__(self, recipes: Path, find):
        self.find = find
        self.recipes = {sound["name"]: sound for sound in json.loads(recipes.read_text())["sounds"]}
        self.made: dict[str, np.ndarray] = {}

    def samples(self, name: str) -> np.ndarray:
        """int16 samples of a sound, or of a recording given by its file name."""
        if name not in self.made:
            if name in self.recipes:
                self.made[name] = self.joined(self.recipes[name]["pieces"])
            else:
                self.made[name] = self.recording(name)
        return self.made[name]

    def checksum(self, name: str) -> int:
        return zlib.crc32(self.samples(name).astype("<i2").tobytes())

    def recording(self, name: str) -> np.ndarray:
        audio, rate_hz = soundfile.read(self.find(name), dtype="int16")
        assert rate_hz == RATE_HZ and audio.ndim == 1, name
        return audio

    def joined(self, pieces: list[dict]) -> np.ndarray:
        parts = [self.piece(piece) for piece in pieces]
        return np.concatenate(parts) if parts else np.zeros(0, np.int16)

    def piece(self, piece: dict) -> np.ndarray:
        samples = self.plain(piece).astype(np.int64)
        if "gain" in piece:
            factor, shift = piece["gain"]
            samples = samples * factor >> shift
        return samples.clip(-32768, 32767).astype(np.int16)

    def plain(self, piece: dict) -> np.ndarray:
        if "file" in piece:
            return self.samples(piece["file"])[piece.get("from") : piece.get("to")]
        if "sound" in piece:
            return self.samples(piece["sound"])
        if "silence" in piece:
            return np.zeros(piece["silence"], np.int16)
        if "noise" in piece:
            return noise(piece["noise"], piece["seed"], piece["peak"])
        if "notes" in piece:
            return np.concatenate(
                [chord(periods, piece["each"], piece["peak"]) for periods in piece["notes"]]
            )
        if "times" in piece:
            return np.tile(self.joined(piece["pieces"]), piece["times"])
        together = [self.joined(pieces).astype(np.int64) for pieces in piece["sum"]]
        total = np.zeros(max(map(len, together)), np.int64)
        for part in together:
            total[: len(part)] += part
        return total
