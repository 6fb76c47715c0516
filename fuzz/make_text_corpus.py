#!/usr/bin/env python3
"""Makes the seeds in fuzz/corpus that are texts or a few bytes: small ones of every kind."""

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
# Damage to a good file, see fuzz_pack_file.cpp; or a file of its own.
PACK_FILES = {
    "good": "\1\0",
    "short": "\1\4",
    "key": "\1\0\0\x30\1",
    "length": "\1\0\0\x20\x7f",
    "weight": "\1\0\x10\0\1",
    "magic": "\0TESSERA PACK\n\0\0\0",
}
LAYER = "qkv int8, attention bf16, out f32, up int8, down bf16"
PLAN = f"""stem: conv bf16
encoder 0: {LAYER}
encoder 1: {LAYER}
cross 0: kv int8
cross 1: kv f32
decoder 0: self int8, cross bf16, ffn f32
decoder 1: self f32, cross f32, ffn int8
logits: out bf16
"""
PRECISION_PLANS = {"whole": "# for people\n" + PLAN, "cut": PLAN[:100], "other": PLAN.replace("int8", "int4")}


def main():
    for folder, seeds in (("text_normalizer", NORMALIZER), ("transcripts", TRANSCRIPTS),
                          ("pack_file", PACK_FILES), ("precision_plan", PRECISION_PLANS)):
        path = Path(__file__).resolve().parent / "corpus" / folder
        path.mkdir(parents=True, exist_ok=True)
        for name, text in seeds.items():
            (path / name).write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
