"""Whisper's multilingual token ids and the compact subset that is trained.

Of the 51865 tokens only those that the training texts use get a row of their
own; all others share one row. Compact ids: text tokens, then the used special
tokens, then the timestamps, then the shared row.
"""

import functools

import numpy as np
from whisper.tokenizer import get_tokenizer

SIZE = 51865
EOT, SOT, EN, TRANSLATE, TRANSCRIBE = 50257, 50258, 50259, 50358, 50359
SOT_LM, SOT_PREV, NO_SPEECH, NO_TIMESTAMPS = 50360, 50361, 50362, 50363
TIMESTAMP_BEGIN = 50364
SPECIALS = [EOT, SOT, EN, TRANSCRIBE, SOT_PREV, NO_SPEECH, NO_TIMESTAMPS]


@functools.cache
def tokenizer():
    return get_tokenizer(multilingual=True, num_languages=99, language="en", task="transcribe")


@functools.cache
def encode_word(word: str) -> tuple[int, ...]:
    """The tokens of a word with the blank before it."""
    return tuple(tokenizer().encode(" " + word))


def encode(text: str) -> list[int]:
    return [token for word in text.split() for token in encode_word(word)]


class Compact:
    """The mapping between token ids and rows of the trained embedding."""

    def __init__(self, text_tokens: list[int]):
        self.text = sorted(text_tokens)
        self.used = self.text + SPECIALS + list(range(TIMESTAMP_BEGIN, SIZE))
        self.shared = len(self.used)
        self.size = self.shared + 1
        self.timestamp_begin = self.size - 1 - (SIZE - TIMESTAMP_BEGIN)
        self.unused_count = SIZE - len(self.used)
        self.of = np.full(SIZE, self.shared, np.int64)
        self.of[self.used] = np.arange(self.shared)

    @classmethod
    def of_texts(cls, texts):
        return cls(list({token for text in texts for token in encode(text)}))
