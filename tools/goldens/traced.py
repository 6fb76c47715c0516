"""openai-whisper with its decisions written down and with our random numbers instead of torch's.

`traced()` replaces, for its duration, names inside openai-whisper:
- the draw of GreedyDecoder (torch.distributions.Categorical) by sampler.draw, since torch's
  generator cannot be had elsewhere; everything else of the sampling stays;
- the searches, the ranking and the filters by subclasses that also note margins and count;
- the encoder's output is kept for the next attempts at the same window, which only saves time.
"""

import contextlib
import sys
from dataclasses import dataclass, field

import torch
import whisper.decoding as decoding

import margins as closeness
import rules
import sampler

# With word times openai-whisper can step through a window in steps of a few frames, or for ever.
MOST_WINDOWS = 60


@dataclass
class Window:
    """What WindowReport holds, and the closest decisions."""

    seek: int
    frames: int
    attempts: list[dict] = field(default_factory=list)
    no_speech_prob: float = 0.0
    margins: closeness.Margins = field(default_factory=closeness.Margins)

    def as_json(self) -> dict:
        return {
            "seek": self.seek,
            "frames": self.frames,
            "attempts": self.attempts,
            "no_speech_prob": self.no_speech_prob,
            "margins": self.margins.rounded(),
        }


class Trace:
    def __init__(self, seed: int):
        self.seed = seed
        self.windows: list[Window] = []
        self.counter = rules.RuleCounter()
        self.branches: dict[str, int] = {}
        self.language: tuple[str, float] | None = None
        self.frame = None

    def begin_attempt(self, seek: int, frames: int, frame) -> None:
        """A frame of the interpreter that is another than the last one's is another window."""
        if frame is not self.frame:
            if len(self.windows) == MOST_WINDOWS:
                raise RuntimeError("openai-whisper goes on and on: choose another case")
            self.frame = frame
            self.windows.append(Window(seek, frames))

    def note(self, kind: str, margin: float) -> None:
        self.windows[-1].margins.note(kind, margin)

    def end_attempt(self, result, thresholds: dict) -> None:
        window = self.windows[-1]
        window.no_speech_prob = result.no_speech_prob
        reasons = {
            "too_repetitive": (thresholds["compression_ratio_threshold"], result.compression_ratio, 1),
            "too_unlikely": (thresholds["logprob_threshold"], result.avg_logprob, -1),
        }
        attempt = {
            "temperature": result.temperature,
            "avg_logprob": result.avg_logprob,
            "compression_ratio": result.compression_ratio,
        }
        for reason, (threshold, value, sign) in reasons.items():
            attempt[reason] = threshold is not None and sign * value > sign * threshold
        window.attempts.append(attempt)
        if thresholds["logprob_threshold"] is not None:
            self.note("logprob", abs(result.avg_logprob - thresholds["logprob_threshold"]))


def greedy_class(trace: Trace):
    class Greedy(decoding.GreedyDecoder):
        steps = 0

        def update(self, tokens, logits, sum_logprobs):
            alive = [row for row in range(len(tokens)) if tokens[row, -1] != self.eot]
            if self.temperature == 0:
                trace.note("greedy", min(closeness.best_two(logits[row]) for row in alive))
            else:
                Draws.logits, Draws.temperature, Draws.alive = logits, self.temperature, alive
                Draws.step = self.steps
            self.steps += 1
            return super().update(tokens, logits, sum_logprobs)

    class Draws:
        """Stands for torch.distributions.Categorical; draws from the logits that `update` saw."""

        def __init__(self, logits):
            pass

        def sample(self):
            window = trace.windows[-1]
            drawn = torch.full((len(self.logits),), -1)
            for row in self.alive:
                u = sampler.uniform(
                    trace.seed, window.seek, len(window.attempts), row, self.step
                )
                drawn[row], margin = sampler.draw(
                    self.logits[row].numpy(), float(self.temperature), u
                )
                trace.note("draw", margin)
            drawn[drawn < 0] = 0  # rows that have ended: `update` puts the end there
            return drawn

    return Greedy, Draws


def beam_class(trace: Trace):
    class Beam(decoding.BeamSearchDecoder):
        def update(self, tokens, logits, sum_logprobs):
            trace.note("beam", closeness.beam_cut(tokens, logits, sum_logprobs, self.eot))
            return super().update(tokens, logits, sum_logprobs)

    return Beam


def ranker_class(trace: Trace):
    class Ranker(decoding.MaximumLikelihoodRanker):
        def rank(self, tokens, sum_logprobs):
            def score(total, length):
                penalty = self.length_penalty
                return total / (length if penalty is None else ((5 + length) / 6) ** penalty)

            sequences = [tuple(t.tolist()) for t in tokens[0]]
            scores = [score(s, len(t)) for s, t in zip(sum_logprobs[0], sequences)]
            trace.note("rank", closeness.first_of(scores, sequences))
            return super().rank(tokens, sum_logprobs)

    return Ranker


def filter_classes(trace: Trace):
    counter = trace.counter

    class Blank(decoding.SuppressBlank):
        def apply(self, logits, tokens):
            counter.filter("suppress_blank", super().apply, logits, tokens)

    class Tokens(decoding.SuppressTokens):
        def apply(self, logits, tokens):
            counter.filter("suppress_tokens", super().apply, logits, tokens)

    class Timestamps(decoding.ApplyTimestampRules):
        def apply(self, logits, tokens):
            rows = [rules.Shares(row) for row in logits]
            for row, shares in enumerate(rows):
                if tokens[row, -1] == self.tokenizer.eot:
                    continue  # a sample that has ended
                sampled = tokens[row, self.sample_begin :].tolist()
                trace.note("timestamps", counter.timestamps(self, shares, sampled))
            super().apply(logits, tokens)
            for row, shares in enumerate(rows):
                if tokens[row, -1] != self.tokenizer.eot:
                    assert torch.equal(torch.isneginf(logits[row]), shares.forbidden)

    return Blank, Tokens, Timestamps


def keep_encoded():
    """DecodingTask._get_audio_features that remembers its last answer."""
    original = decoding.DecodingTask._get_audio_features
    last = {}

    def get(self, mel):
        if "mel" not in last or last["mel"].shape != mel.shape or not torch.equal(last["mel"], mel):
            last["mel"], last["states"] = mel.clone(), original(self, mel)
        return last["states"]

    return get


def traced_decode(trace: Trace, model, thresholds: dict):
    def decode(mel, options):
        fallback = sys._getframe(1)
        loop = fallback.f_back.f_locals
        trace.begin_attempt(loop["seek"], loop["segment_size"], fallback)
        result = decoding.decode(model, mel, options)
        trace.end_attempt(result, thresholds)
        return result

    return decode


def traced_detection(trace: Trace, model):
    def detect(mel):
        tokens, probabilities = decoding.detect_language(model, mel)
        code = max(probabilities, key=probabilities.get)
        trace.language = (code, probabilities[code])
        return tokens, probabilities

    return detect


@contextlib.contextmanager
def traced(model, seed: int, thresholds: dict):
    """Yields the Trace of what `whisper.transcribe` does with the model inside the block."""
    trace = Trace(seed)
    greedy, draws = greedy_class(trace)
    blank, tokens, timestamps = filter_classes(trace)
    replaced = {
        "GreedyDecoder": greedy,
        "Categorical": draws,
        "BeamSearchDecoder": beam_class(trace),
        "MaximumLikelihoodRanker": ranker_class(trace),
        "SuppressBlank": blank,
        "SuppressTokens": tokens,
        "ApplyTimestampRules": timestamps,
    }
    kept = {name: getattr(decoding, name) for name in replaced}
    encode = decoding.DecodingTask._get_audio_features
    try:
        for name, value in replaced.items():
            setattr(decoding, name, value)
        decoding.DecodingTask._get_audio_features = keep_encoded()
        model.decode = traced_decode(trace, model, thresholds)
        model.detect_language = traced_detection(trace, model)
        yield trace
    finally:
        for name, value in kept.items():
            setattr(decoding, name, value)
        decoding.DecodingTask._get_audio_features = encode
        del model.decode, model.detect_language
