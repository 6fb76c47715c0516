"""Renders the recordings whose golden tokens the tests compare, with espeak-ng.

usage: make_recordings.py tests/golden/recordings

20 recordings, each a phrase or several with long pauses, in voices that the bundled model was not
trained on; most take 1 to 7 s, one more than 30 s: 16 kHz, mono, FLAC. The same espeak-ng gives
the same samples. They are rounded to 11 bits, so that they take little room: FLAC does not store
bits that are always zero. phrases.json says what is spoken and which espeak-ng spoke it.
"""

import io
import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

RATE_HZ = 16000
PEAK = 20000
STEP = 32  # a sample is a multiple of this
EDGE_S = 0.15  # silence before and after
PAUSE_S = 2.4  # silence between phrases

# For the loop over windows: more than 30 s.
LONG = (
    "Tuesday the second of May. | It is quarter to nine. | Turn off the radio. | "
    "Nine eight seven. | My brother likes cheese. | Open the garage please. | "
    "What is your name? | Go to page forty-one. | Where is my phone? | Help. | Good night."
)
# voice, words a minute, phrases separated by |
PHRASES = [
    ("en-us+f2", 150, "One two three four five six."),
    ("en-us+m3", 160, "Seven zero two."),
    ("en-gb-x-rp+f2", 140, "Nine. | Five."),
    ("en-gb-scotland+m3", 150, "Four four one nine three."),
    ("en+f2", 170, "Turn on the light in the kitchen."),
    ("en+m3", 150, "Set a timer for twenty-five minutes."),
    ("en-us+f2", 165, "What time is it?"),
    ("en-us+m3", 140, "Good morning."),
    ("en-gb-x-rp+m3", 150, "Monday the third of August."),
    ("en-gb-scotland+f2", 160, "It is half past ten."),
    ("en+m3", 165, "Alfa bravo charlie delta echo."),
    ("en-us+f2", 150, "Please close the window."),
    ("en-gb-x-rp+f2", 155, "Three hundred and twelve."),
    ("en-us+m3", 150, "Play the next song again."),
    ("en+f2", 130, "Stop. | Wait. | Go."),
    ("en-gb-scotland+m3", 145, "The small dog sleeps under the table."),
    ("en-us+m3", 165, LONG),
    ("en-us+m3", 155, "The temperature in the garden is fourteen degrees."),
    ("en+m3", 150, "Thank you. | Goodbye."),
    ("en-gb-x-rp+m3", 150, "Where is my green book?"),
]


def espeak_version() -> str:
    return subprocess.check_output(["espeak-ng", "--version"], text=True).split(" Data")[0].strip()


def render(voice: str, words_per_minute: int, text: str) -> np.ndarray:
    """The phrase at 16 kHz, trimmed to its audible part, as int16."""
    command = ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "--stdout", text]
    with wave.open(io.BytesIO(subprocess.check_output(command))) as file:
        rate_hz = file.getframerate()
        audio = np.frombuffer(file.readframes(-1), "<i2").astype(np.float64)
    divisor = int(np.gcd(RATE_HZ, rate_hz))
    audio = resample_poly(audio, RATE_HZ // divisor, rate_hz // divisor)
    loud = np.flatnonzero(np.abs(audio) > 0.01 * np.abs(audio).max())
    audio = audio[loud[0] : loud[-1] + 1]
    return (np.round(audio * (PEAK / np.abs(audio).max() / STEP)) * STEP).astype(np.int16)


def recording(voice: str, words_per_minute: int, text: str) -> np.ndarray:
    edge, pause = (np.zeros(int(s * RATE_HZ), np.int16) for s in (EDGE_S, PAUSE_S))
    parts = [edge]
    for phrase in text.split(" | "):
        parts += [render(voice, words_per_minute, phrase), pause]
    return np.concatenate([*parts[:-1], edge])


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    spoken = []
    for index, (voice, words_per_minute, text) in enumerate(PHRASES):
        audio = recording(voice, words_per_minute, text)
        name = f"{index:02d}.flac"
        soundfile.write(folder / name, audio, RATE_HZ, "PCM_16", compression_level=1.0)
        text = text.replace(" |", "")
        spoken.append({"file": name, "voice": voice, "speed": words_per_minute, "text": text})
    rows = ",\n".join(json.dumps(row) for row in spoken)
    about = {"made_by": "tools/goldens/make_recordings.py", "espeak-ng": espeak_version()}
    text = json.dumps(about)[:-1] + f', "recordings": [\n{rows}\n]}}\n'
    (folder / "phrases.json").write_text(text)


if __name__ == "__main__":
    main()
