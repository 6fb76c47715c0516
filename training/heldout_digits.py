"""Joins recordings of the Free Spoken Digit Dataset into phrases for measuring.

Writes 16 kHz 16 bit files and refs.tsv (file, tab, reference). By default the
indices 0 to 4 of every speaker and digit are used, which the model has never
heard; each recording occurs at least once. One speaker speaks a phrase of 1 to
10 digits with pauses of at most 0.4 s. No randomness but a fixed seed.
"""

import argparse
import random
import wave
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from texts import DIGITS, written

RATE = 16000


def read(path: Path) -> np.ndarray:
    """A recording at 16 kHz."""
    with wave.open(str(path)) as file:
        audio = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        rate = file.getframerate()
    return resample_poly(audio.astype(np.float64), RATE // 1000, rate // 1000)


def write(path: Path, audio: np.ndarray):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(np.round(audio), -32768, 32767).astype("<i2").tobytes())


def silence(seconds: float) -> np.ndarray:
    return np.zeros(int(seconds * RATE))


def phrases(files: list[Path], rng: random.Random):
    """Every file once, in phrases of one speaker."""
    speakers: dict[str, list[Path]] = {}
    for path in files:
        speakers.setdefault(path.stem.split("_")[1], []).append(path)
    for speaker in sorted(speakers):
        own = sorted(speakers[speaker])
        rng.shuffle(own)
        while own:
            count = rng.randint(1, 10)
            yield speaker, own[:count]
            own = own[count:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recordings", type=Path, help="folder of {digit}_{speaker}_{index}.wav")
    parser.add_argument("out", type=Path)
    parser.add_argument("--words", type=int, default=1000, help="least number of digits")
    parser.add_argument("--indices", default="0-4", help="recordings to use, e.g. 0-4")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    low, high = map(int, args.indices.split("-"))
    chosen = [
        path
        for path in sorted(args.recordings.glob("*_*_*.wav"))
        if low <= int(path.stem.split("_")[2]) <= high
    ]
    if not chosen:
        parser.error(f"no recordings with index {args.indices} in {args.recordings}")
    args.out.mkdir(parents=True, exist_ok=True)
    rng, words, lines = random.Random(args.seed), 0, []
    while words < args.words:
        for speaker, parts in phrases(chosen, rng):
            audio = [silence(rng.uniform(0.1, 0.5))]
            for path in parts:
                audio += [read(path), silence(rng.uniform(0.05, 0.4))]
            audio.append(silence(0.3))
            name = f"{len(lines):04d}_{speaker}.wav"
            write(args.out / name, np.concatenate(audio))
            text = " ".join(DIGITS[int(path.stem.split("_")[0])] for path in parts)
            lines.append(f"{name}\t{written(text)}\n")
            words += len(parts)
    (args.out / "refs.tsv").write_text("".join(lines))
    print(f"{len(lines)} phrases, {words} digits, {len(chosen)} recordings in {args.out}")


if __name__ == "__main__":
    main()
