#!/usr/bin/env python3
"""Makes fuzz/corpus/text_normalizer and fuzz/corpus/transcripts: small seeds of every kind."""

from pathlib import Path

NORMALIZER = {
    "numbers": "twenty one million two hundred and three point five, double oh seven; the 1960s and 21st, one and a half",
    "currencies": "$2 and ¢7, £3.50, $0.07, fifty percent, 5 per cent, minus five dollars, 1,234.5 %",
    "words": "Mr. O'Neil's won't [noise] (aside) <unk> um the colour's grey 'tis",
    "scripts": "Œuvre naïve ΣΑΣ İ ½ ﬁ 한글 ไทยำ नमस्ते ٣.٥ 👍🏽 e\u0301",
}
# The first byte chooses the name of the file, see fuzz_transcripts.cpp.
TRANSCRIPTS = {
    "tabbed": "\0id\ttext\na/x.wav\tone two\r\ny\t\n",
    "named": "\x0184-1-0 GO DO\n84-1-1 HE\n",
    "plain": "\x02 Hello,\nyou.\n",
    "json": '\x03{"a.wav": "one", "b": "two"}',
    "transcript": '\x03{"text": " Hi.", "segments": [], "language": "en"}',
}


def main():
    for folder, seeds in (("text_normalizer", NORMALIZER), ("transcripts", TRANSCRIPTS)):
        path = Path(__file__).resolve().parent / "corpus" / folder
        path.mkdir(parents=True, exist_ok=True)
        for name, text in seeds.items():
            (path / name).write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
