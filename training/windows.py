"""Training windows: phrases joined with pauses, disturbed, and labelled.

A phrase becomes one segment `<|start|> text<|end|>`. Pauses within a phrase
stay below 0.45 s, pauses between phrases are at least 0.8 s, so the borders are
audible. A phrase that the end of the window cuts off is only announced by its
start time, as in Whisper's own training data.
"""

import random
from dataclasses import dataclass, field

import numpy as np
import torch
from scipy.fft import irfft, next_fast_len, rfft
from whisper.audio import mel_filters

import vocabulary as v
from speech import RATE
from texts import written

FRAMES_PER_SECOND = 50  # encoder positions and timestamps
IGNORE = -100


@dataclass
class Segment:
    text: str
    start: float
    end: float
    words: np.ndarray  # (start, end) of every word in the window, seconds
    cut: bool = False


@dataclass
class Window:
    audio: np.ndarray
    segments: list[Segment] = field(default_factory=list)


class Source:
    """Random phrases: FSDD digits joined, or clips of espeak-ng."""

    def __init__(self, fsdd: dict[str, list[dict]], clips: list[dict], fsdd_share: float):
        self.fsdd, self.clips, self.fsdd_share = fsdd, clips, fsdd_share
        self.speakers = sorted(fsdd)

    def phrase(self, rng: random.Random):
        """(text, audio, word spans) with the peak at one."""
        if rng.random() < self.fsdd_share:
            text, audio, words = self._digits(rng)
        else:
            clip = rng.choice(self.clips)
            text, audio, words = clip["text"], clip["audio"].astype(np.float32), clip["words"]
        if rng.random() < 0.6:
            speed = rng.uniform(0.87, 1.15)
            at = np.arange(0, len(audio) - 1, speed, dtype=np.float64)
            audio = np.interp(at, np.arange(len(audio)), audio).astype(np.float32)
            words = words / speed
        return text, audio / max(1.0, np.abs(audio).max()), words

    def _digits(self, rng: random.Random):
        own = self.fsdd[rng.choice(self.speakers)]
        longest = rng.choice([0.02, 0.15, 0.3, 0.42])
        names, parts, words, length = [], [], [], 0
        for index in range(rng.choice([1, 1, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10])):
            gap = rng.uniform(0, longest) if index else 0.0
            clip = rng.choice(own)
            silence = np.zeros(int(gap * RATE), np.float32)
            gain = rng.uniform(0.7, 1.3)
            parts += [silence, clip["audio"].astype(np.float32) * gain]
            length += len(silence)
            words.append([length / RATE, (length + len(clip["audio"])) / RATE])
            length += len(clip["audio"])
            names.append(clip["text"])
        return written(" ".join(names)), np.concatenate(parts), np.array(words, np.float32)


def compose(source: Source, rng: random.Random, seconds: float, may_cut: bool) -> Window:
    """Clean speech of up to `seconds`; short windows hold only a phrase or two."""
    short = rng.random() < 0.35
    limit = rng.choice([1, 1, 1, 2, 3]) if short else 99
    total = int(seconds * RATE)
    audio = np.zeros(total, np.float32)
    lead = rng.choices([0.0, rng.uniform(0, 1), rng.uniform(1, min(5.0, seconds / 3))], [2, 6, 2])
    at = int(lead[0] * RATE)
    segments: list[Segment] = []
    while len(segments) < limit and at < total - RATE // 3:
        text, clip, words = source.phrase(rng)
        room = total - at
        start = at / RATE
        if len(clip) > room:
            visible = may_cut and segments and len(clip) > room + RATE // 5
            if visible:
                audio[at:] = clip[:room] * rng.uniform(0.6, 1)
                segments.append(Segment(text, start, seconds, words + start, cut=True))
            if segments or rng.random() < 0.01:
                break
            at = int(rng.uniform(0, 0.5) * RATE)  # try a shorter phrase, earlier
            continue
        audio[at : at + len(clip)] = clip * rng.uniform(0.6, 1)
        at += len(clip)
        segments.append(Segment(text, start, at / RATE, words + start))
        pause = rng.choices(
            [rng.uniform(0.8, 1.6), rng.uniform(1.6, 3), rng.uniform(3, 7)], [7, 2, 1]
        )
        at += int(pause[0] * RATE)
    if short and segments and not segments[-1].cut:
        tail = rng.choice([0.02, 0.3, 1.0, 2.0]) * rng.uniform(0.3, 1)
        audio = audio[: int((segments[-1].end + tail) * RATE)]
    return Window(audio, segments)


def noise(rng: random.Random, length: int) -> np.ndarray:
    """White, coloured or humming noise with a root mean square of one."""
    generator = np.random.default_rng(rng.getrandbits(32))
    kind = rng.choice(["white", "white", "pink", "hum", "low"])
    if kind == "hum":
        base = rng.choice([50, 60]) * rng.uniform(0.99, 1.01)
        at = np.arange(length) / RATE
        sound = sum(np.sin(2 * np.pi * base * k * at + k) / k for k in (1, 2, 3, 5))
        sound = sound + 0.1 * generator.standard_normal(length)
    else:
        sound = generator.standard_normal(length, np.float32)
        if kind != "white":
            size = next_fast_len(length)
            spectrum = rfft(sound, size)
            spectrum /= np.arange(1, len(spectrum) + 1) ** (0.5 if kind == "pink" else 1.0)
            sound = irfft(spectrum, size)[:length]
    return (sound / (np.sqrt(np.mean(sound**2)) + 1e-9)).astype(np.float32)


def room_and_band(rng: random.Random, audio: np.ndarray) -> np.ndarray:
    """Exponentially decaying reverberation and band limits, in one transform."""
    size = next_fast_len(len(audio) + RATE // 2)
    spectrum = rfft(audio, size)
    if rng.random() < 0.5:
        decay = rng.uniform(0.05, 0.25)
        generator = np.random.default_rng(rng.getrandbits(32))
        length = int(RATE * min(0.45, 2 * decay))
        impulse = generator.standard_normal(length) * np.exp(-np.arange(length) / RATE / decay)
        impulse *= rng.uniform(0.05, 0.5) / np.sqrt(np.sum(impulse**2))
        impulse[0] = 1.0
        spectrum *= rfft(impulse.astype(np.float32), size)
    frequency = np.arange(len(spectrum)) * RATE / size
    if rng.random() < 0.6:
        spectrum *= 1 / (1 + (frequency / rng.uniform(2800, 6000)) ** 12)
    if rng.random() < 0.3:
        spectrum *= 1 - 1 / (1 + (frequency / rng.uniform(80, 350)) ** 4)
    return irfft(spectrum, size)[: len(audio)].astype(np.float32)


def disturb(rng: random.Random, audio: np.ndarray, share: float) -> np.ndarray:
    """Acoustics, noise and gain; the result is what a 16 bit file would hold."""
    if rng.random() < 0.5 * share:
        audio = room_and_band(rng, audio)
    if rng.random() < 0.65 * share:
        power = np.sqrt(np.mean(audio[np.abs(audio) > 0.01] ** 2))
        audio = audio + noise(rng, len(audio)) * power * 10 ** (-rng.uniform(6, 45) / 20)
    audio = audio * 10 ** (-rng.uniform(0, 30) / 20) / max(1e-6, np.abs(audio).max())
    return np.round(audio * 32767) / 32768


def without_speech(rng: random.Random, seconds: float) -> np.ndarray:
    """Digital silence or noise of any level."""
    length = int(seconds * RATE * rng.choice([1, 1, rng.uniform(0.05, 1)]))
    if rng.random() < 0.25:
        return np.zeros(length, np.float32)
    audio = noise(rng, length) * 10 ** (-rng.uniform(5, 90) / 20)
    if rng.random() < 0.3:
        audio = room_and_band(rng, audio)
    return np.round(np.clip(audio, -1, 1) * 32767) / 32768


def log_mel(audio: np.ndarray, frames: int, zero_audio: bool, louder: float) -> torch.Tensor:
    """openai-whisper's log mel spectrogram in `frames` frames.

    Frames beyond the audio are zero, as in openai-whisper, or (`zero_audio`)
    those of digital silence, as in programs that pad the audio. `louder` acts
    as a louder passage elsewhere in the file, in units of log10 power.
    """
    samples = torch.from_numpy(np.asarray(audio, np.float32))
    content = min(frames, len(samples) // 160)
    missing = max(0, frames * 160 - len(samples)) if zero_audio else 0
    samples = torch.nn.functional.pad(samples, (0, missing + 480))
    stft = torch.stft(samples, 400, 160, window=torch.hann_window(400), return_complex=True)
    mel = mel_filters("cpu", 80) @ (stft[:, :-1].abs() ** 2)
    mel = torch.clamp(mel, min=1e-10).log10()
    mel = torch.maximum(mel, mel.max() + louder - 8.0)
    mel = ((mel + 4.0) / 4.0)[:, : frames if zero_audio else content]
    return torch.nn.functional.pad(mel, (0, frames - mel.shape[1]))


def history(source: Source, rng: random.Random) -> list[int]:
    """Tokens of earlier phrases, with or without their timestamps."""
    tokens, timestamps, at = [], rng.random() < 0.7, rng.randrange(200)
    for _ in range(rng.choice([1, 2, 4, 8, 16, 30])):
        text, clip, _ = source.phrase(rng)
        end = at + len(clip) * FRAMES_PER_SECOND // RATE
        words = v.encode(text)
        if timestamps:
            end = min(end, 1500)
            words = [v.TIMESTAMP_BEGIN + min(at, end), *words, v.TIMESTAMP_BEGIN + end]
        tokens += words
        at = 0 if end > 1200 else end + rng.randint(40, 100)
    return [v.SOT_PREV, *tokens[-223:]]


@dataclass
class Labels:
    """Decoder inputs, the labels after each, and where to listen for each label."""

    inputs: list[int]
    labels: list[int]
    spans: list[tuple[float, float]]  # seconds; (-1, -1): anywhere
    heard: list[tuple[int, float, float]]  # token, start and end in seconds


NOWHERE = (-1.0, -1.0)


def label(window: Window, prompt: list[int], timestamps: bool, offset: int) -> Labels:
    """The decoder sequence; `offset` shifts the times, in positions."""
    speech = bool(window.segments)
    tokens = [*prompt, v.SOT, v.EN, v.TRANSCRIBE]
    labels = [IGNORE] * len(prompt) + [v.EN if speech else v.NO_SPEECH, IGNORE]
    spans = [NOWHERE] * len(labels)
    heard: list[tuple[int, float, float]] = []
    body: list[tuple[int, tuple[float, float]]] = []

    def stamp(seconds: float, limit: int = 1500):
        place = min(round(seconds * FRAMES_PER_SECOND), limit) + offset
        body.append((v.TIMESTAMP_BEGIN + min(place, 1500), (seconds - 0.4, seconds + 0.4)))

    if not speech and timestamps:
        body.append((v.TIMESTAMP_BEGIN, NOWHERE))
    for index, segment in enumerate(window.segments):
        if timestamps:
            # Decoding allows a first timestamp of at most one second.
            stamp(segment.start, 50 if index == 0 and not offset else 1500)
        for word, (start, end) in zip(segment.text.split(), segment.words, strict=True):
            pieces = v.encode_word(word)
            spoken = len(v.encode_word(word.rstrip(".?")))
            part = (end - start) / spoken
            for piece, token in enumerate(pieces):
                if piece < spoken:
                    heard.append((token, start + piece * part, start + (piece + 1) * part))
                if not segment.cut:
                    body.append((token, (start - 0.06, end + 0.06)))
        if timestamps and not segment.cut:
            stamp(segment.end)
    body.append((v.EOT, NOWHERE))
    if not timestamps:
        tokens.append(v.NO_TIMESTAMPS)
        labels.append(IGNORE)
        spans.append(NOWHERE)
    tokens += [token for token, _ in body[:-1]]
    labels += [token for token, _ in body]
    spans += [span for _, span in body]
    return Labels(tokens, labels, spans, heard)


def example(source: Source, rng: random.Random, seconds: float, share: float, prompted: bool):
    """One window as (mel, Labels, offset in encoder positions)."""
    shift = seconds < 30
    frames = int(seconds * 100)
    timestamps = rng.random() < 0.78
    offset = rng.randint(0, 1500 - frames // 2) if shift and rng.random() < 0.6 else 0
    if rng.random() < 0.1:
        window = Window(without_speech(rng, seconds))
        offset = 0
    else:
        window = compose(source, rng, seconds, may_cut=timestamps)
        if window.segments:
            window.audio = disturb(rng, window.audio, share)
        else:
            window.audio, offset = without_speech(rng, seconds), 0
    louder = rng.uniform(0, 1) if rng.random() < 0.25 else 0.0
    mel = log_mel(window.audio, frames, zero_audio=rng.random() < 0.3, louder=louder)
    if rng.random() < 0.3 * share and window.segments:
        low, width = rng.randrange(70), rng.randint(2, 10)
        mel[low : low + width] = mel.mean()
    prompt = history(source, rng) if prompted else []
    return mel, label(window, prompt, timestamps, offset), offset


def batch(source: Source, compact: v.Compact, rng: random.Random, size, seconds, share):
    """A padded batch of `size` windows of `seconds` each, a `share` of them disturbed.

    Histories come only with whole windows, and to all windows of a batch, so
    that the padding stays small.
    """
    prompted = seconds >= 30 and rng.random() < 0.25
    items = [example(source, rng, seconds, share, prompted) for _ in range(size)]
    longest = max(len(labels.inputs) for _, labels, _ in items)
    inputs = torch.full((size, longest), int(compact.of[v.EOT]))
    targets = torch.full((size, longest), IGNORE)
    spans = torch.full((size, longest, 2), -1.0)
    frames = torch.zeros((size, int(seconds * FRAMES_PER_SECOND)), dtype=torch.int64)
    for i, (_, item, _) in enumerate(items):
        for token, start, end in item.heard:
            place = slice(round(start * FRAMES_PER_SECOND), round(end * FRAMES_PER_SECOND))
            frames[i, place] = int(compact.of[token]) + 1
        n = len(item.inputs)
        inputs[i, :n] = torch.from_numpy(compact.of[item.inputs])
        targets[i, :n] = torch.tensor([t if t == IGNORE else compact.of[t] for t in item.labels])
        spans[i, :n] = torch.tensor(np.array(item.spans, np.float32)) * FRAMES_PER_SECOND
    return {
        "mel": torch.stack([mel for mel, _, _ in items]),
        "offset": torch.tensor([offset for _, _, offset in items]),
        "inputs": inputs,
        "targets": targets,
        "spans": spans,
        "frames": frames,
    }
