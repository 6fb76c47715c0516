"""By how much each decision of a decoding was taken, so that a tie can be told from a mistake.

Two correct float32 implementations agree in logits to about 1e-5. Where a decision was closer than
that, they may take different ones.
"""

import torch


class Margins:
    """The closest decision of each kind in one window."""

    def __init__(self):
        self.closest: dict[str, float] = {}

    def note(self, kind: str, margin: float) -> None:
        if margin < self.closest.get(kind, float("inf")):
            self.closest[kind] = margin

    def rounded(self) -> dict[str, float]:
        return {kind: float(f"{margin:.2g}") for kind, margin in sorted(self.closest.items())}


def best_two(logits: torch.Tensor) -> float:
    best, second = logits.float().topk(2).values.tolist()
    return best - second


def beam_cut(tokens: torch.Tensor, logits: torch.Tensor, sums: torch.Tensor, eot: int) -> float:
    """How near a beam search came to keeping another set of hypotheses: the distance of the last
    one kept to the next candidate, and to an ended one that came just before it."""
    beam = len(tokens)
    best = torch.log_softmax(logits.float(), dim=-1).topk(beam + 1)
    totals = sums[:, None] + best.values
    candidates = {}
    for row in range(beam):
        prefix = tuple(tokens[row].tolist())
        for token, total in zip(best.indices[row].tolist(), totals[row].tolist()):
            candidates[prefix + (token,)] = total
    ranked = sorted(candidates.items(), key=lambda item: item[1], reverse=True)
    kept, ended = 0, []
    for i, (sequence, total) in enumerate(ranked):
        if sequence[-1] == eot:
            ended.append(total)
            continue
        kept += 1
        if kept == beam:
            near = [total - ranked[i + 1][1]] if i + 1 < len(ranked) else []
            return min(near + [before - total for before in ended], default=float("inf"))
    return float("inf")


def first_of(scores: list[float], sequences: list[tuple[int, ...]]) -> float:
    """How far the best score is above the best one of another sequence."""
    best = max(range(len(scores)), key=lambda i: scores[i])
    others = [s for s, sequence in zip(scores, sequences) if sequence != sequences[best]]
    return scores[best] - max(others, default=float("-inf"))
