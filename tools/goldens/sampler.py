"""Tessera's random numbers for sampling (src/whisper/sampler.h), put in the place of torch's.

A draw is a function of where it happens alone, so that it does not matter who draws first.
"""

import numpy as np

MASK = 2**64 - 1


def mix(x: int) -> int:
    """One step of SplitMix64 (Steele, Lea, Flood 2014)."""
    z = (x + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def uniform(seed: int, seek_frames: int, attempt: int, sample: int, step: int) -> float:
    """In [0, 1): for the window at `seek_frames`, the temperature with index `attempt`, the sample
    of the group, and the tokens that it has sampled before."""
    h = mix(seed)
    for part in (seek_frames, attempt, sample, step):
        h = mix(h ^ part)
    return (h >> 11) * 2.0**-53


def draw(logits: np.ndarray, temperature: float, u: float) -> tuple[int, float]:
    """The token that `u` picks from float32 logits, and how far `u` is from picking another."""
    wide = logits.astype(np.float64)
    cumulative = np.cumsum(np.exp((wide - wide.max()) / temperature))
    target = u * cumulative[-1]
    token = int(np.searchsorted(cumulative, target, side="right"))
    below = cumulative[token - 1] if token > 0 else 0.0
    above = cumulative[token]
    distances = [above - target] if target < below or below == 0.0 else [above - target, target - below]
    return token, float(min(distances) / cumulative[-1])
