"""Counts how often each of openai-whisper's logit filters and timestamp rules makes a difference.

A rule "acts" on a step when it takes away at least a 500th of the probability that the rules before
it left: without it the average log-probability of a window of 16 tokens is another by 1.2e-4, which
the tests see, even where the choice is the same. The timestamp rules are applied one by one to a
copy, which has to end up as what openai-whisper's own filter leaves, so that what is counted is
what happens.
"""

from collections import Counter

import torch
from whisper.decoding import ApplyTimestampRules

NAMES = (
    "suppress_blank",
    "suppress_tokens",
    "a_no_notimestamps",
    "b_text_after_pair",
    "b_no_text_after_single",
    "c_rising",
    "d_begins_with_timestamp",
    "d_max_initial",
    "e_likelier_timestamp",
)
SHOWS = 0.002


class Shares:
    """The probabilities of one row of logits, unnormalised, and what the rules left of them."""

    def __init__(self, row: torch.Tensor):
        wide = row.double()
        self.left = (wide - wide.max()).exp()
        self.forbidden = torch.isneginf(row)

    def take(self, begin: int | None, end: int | None) -> float:
        """Forbids some ids and returns which share they had."""
        before = self.left.sum()
        share = self.left[begin:end].sum() / before
        self.left[begin:end] = 0
        self.forbidden[begin:end] = True
        return share.item()


class RuleCounter:
    def __init__(self):
        self.acted: Counter[str] = Counter({name: 0 for name in NAMES})

    def filter(self, name: str, apply, logits: torch.Tensor, tokens: torch.Tensor) -> None:
        before = [Shares(row) for row in logits]
        apply(logits, tokens)
        for shares, row in zip(before, logits):
            taken = shares.left[torch.isneginf(row)].sum() / shares.left.sum()
            self.acted[name] += taken.item() >= SHOWS

    def timestamps(self, rules: ApplyTimestampRules, shares: Shares, sampled: list[int]) -> float:
        """Applies the rules to one row; returns how near rule e was to deciding otherwise."""
        tokenizer = rules.tokenizer
        zero, eot = tokenizer.timestamp_begin, tokenizer.eot

        def rule(name: str, begin: int | None, end: int | None) -> None:
            self.acted[name] += shares.take(begin, end) >= SHOWS

        forbidden = shares.left[tokenizer.no_timestamps].item()
        shares.take(tokenizer.no_timestamps, tokenizer.no_timestamps + 1)
        last = bool(sampled) and sampled[-1] >= zero
        pair = last and (len(sampled) < 2 or sampled[-2] >= zero)
        if pair:
            rule("b_text_after_pair", zero, None)
        elif last:
            rule("b_no_text_after_single", None, eot)
        times = [token for token in sampled if token >= zero]
        if times:
            rule("c_rising", zero, times[-1] + (0 if last and not pair else 1))
        if not sampled:
            rule("d_begins_with_timestamp", None, zero)
            if rules.max_initial_timestamp_index is not None:
                rule("d_max_initial", zero + rules.max_initial_timestamp_index + 1, None)
        times_sum, best_text = shares.left[zero:].sum(), shares.left[:zero].max()
        if times_sum > best_text:
            rule("e_likelier_timestamp", None, zero)
        if shares.left[:eot].sum() > 0:  # else another rule forbids it as well
            self.acted["a_no_notimestamps"] += forbidden >= SHOWS * shares.left.sum().item()
        return abs((times_sum.log() - best_text.log()).item())
