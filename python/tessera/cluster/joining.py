"""Makes one transcript of those of a recording's pieces."""

from __future__ import annotations

from collections.abc import Sequence

from ..results import Result

_FRAMES_PER_SECOND = 100


def moved(result: Result, by_s: float) -> Result:
    """The transcript of a piece that begins at `by_s`, in the times of the recording."""

    def at(seconds: float) -> float:
        return round(seconds + by_s, 3)

    for segment in result.segments:
        segment.seek_frames += round(by_s * _FRAMES_PER_SECOND)
        segment.start_s, segment.end_s = at(segment.start_s), at(segment.end_s)
        for word in segment.words:
            word.start_s, word.end_s = at(word.start_s), at(word.end_s)
    for left_out in result.left_out:
        left_out.start_s, left_out.end_s = at(left_out.start_s), at(left_out.end_s)
    return result


def joined(pieces: Sequence[Result]) -> Result:
    """One transcript of pieces that follow each other, whose times are those of the recording."""
    first = pieces[0]
    whole = Result(
        text="".join(piece.text for piece in pieces),
        segments=[segment for piece in pieces for segment in piece.segments],
        language=first.language,
        language_probability=first.language_probability,
        has_words=first.has_words,
        duration_s=sum(piece.duration_s for piece in pieces),
        left_out=[left_out for piece in pieces for left_out in piece.left_out],
        warnings=list(dict.fromkeys(warning for piece in pieces for warning in piece.warnings)),
        run=first.run,
    )
    for number, segment in enumerate(whole.segments):
        segment.id = number
    for stage in ("read", "mel", "encode", "decode", "write", "ahead"):
        setattr(whole.seconds, stage, sum(getattr(piece.seconds, stage) for piece in pieces))
    return whole
