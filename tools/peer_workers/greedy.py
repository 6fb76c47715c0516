"""Greedy search, as every worker that steps a decoder itself does it; and the job's log-mels."""

import numpy


def log_mels(job: dict):
    """(windows, bands, frames)"""
    return numpy.fromfile(job["mel"], numpy.float32).reshape(job["windows"], job["bands"], job["frames"])


class Search:
    """Chooses job["tokens"] tokens; the end is never one of them."""

    def __init__(self, job: dict):
        self.prompt, self.end, self.tokens = job["prompt"], job["end"], job["tokens"]

    def choose(self, logits):
        """(streams, vocabulary) -> (streams)"""
        best = logits.argmax(-1)
        for stream in numpy.flatnonzero(best == self.end):
            row = logits[stream].copy()
            row[self.end] = -numpy.inf
            best[stream] = row.argmax()
        return best

    def run(self, streams: int, step):
        """step(tokens (streams, n), position) gives the logits of the last of them, (streams, vocabulary)."""
        logits = step(numpy.tile(numpy.array(self.prompt), (streams, 1)), 0)
        for position in range(len(self.prompt), len(self.prompt) + self.tokens - 1):
            logits = step(self.choose(logits)[:, None], position)
        return self.choose(logits)
