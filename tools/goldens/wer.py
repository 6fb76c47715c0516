#!/usr/bin/env python3
"""Makes tests/golden/normalizers.json and word_errors.json: texts as openai-whisper's normalisers leave them, and
errors as jiwer counts them.

    pip install --no-deps openai-whisper==20250625 && pip install regex more-itertools jiwer==4.0.0
    tools/goldens/wer.py

Texts are drawn with fixed seeds from words and signs that the rules know, beside those written by hand. PyTorch
is not needed: the package's normalisers are imported without the package.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import random
import sys
import types
import unicodedata
from pathlib import Path

import jiwer

package = types.ModuleType("whisper")
package.__path__ = [str(Path(importlib.util.find_spec("whisper").origin).parent)]
sys.modules["whisper"] = package
from whisper.normalizers import BasicTextNormalizer, EnglishTextNormalizer  # noqa: E402

# fmt: off
NUMBERS = """
one two three|twenty one|nineteen eighty four|two thousand and twenty three|one hundred and one|a hundred|one hundred thousand
one million two hundred thousand three hundred and forty five|twenty twenty|ten ten ten|oh seven|one oh one|double oh seven|triple five
double twenty|double|triple and|double double seven|point five|three point one four|one point two million|one point two three thousand
point million|three point|1.5 million|2.50 hundred|192.168.0.1|3.14.15|1,234,567|1,2,3|1,000.50|0.5|00.50|007|1.0|minus five|minus 5
minus|negative twenty|plus one|positive vibes|minus minus five|minus and hello|minus dollars|five minus|one decillion|two decillionths
five hundred decillion million|first second third fourth fifth sixth seventh eighth ninth nineth tenth|twenty first|two hundred and third
the sixties|twenties|nineteen sixties|1960s|the 1960's|1st 2nd 3rd 4th 11th|1 st|5 th|21 s|hundreds|three hundreds|millionth|two millionths
zeroth|sixes and sevens|ones|one's|the one|1s 1|11 111|two and a half|two and a half million|and a half|a cat and a half|one and  a half and a half
hundred and a half|half and half|twenty three four|thirty ten|fifty eleven|twenty zero|zero zero seven|zero million|0 million|0 one|0 oh|twenty oh five
one hundred one hundred|six hundred million thousand|five per cent|five per hour|per cent|five percent|percent|5%|%5|5 %|fifty % sure|50%%|100 % %
one two million one two million|seventeen seventy six|eleven hundred|ten thousand and one nights|one and two|hundred and|thousand and one
four score and seven years ago|b2b mp3 4x4 a1b2c3|7am 10:30pm|12-34|1/2 3/4|½ 1½ ²³|٣ ٤٥|٣.٥ million|１２３|१२३ thousand
"""
CURRENCIES = """
twenty dollars|$20|$20 million|$1.5 million|twenty million dollars|two dollars and seven cents|$2 and ¢7|$2 ¢70|$2 and ¢700|two pounds fifty
fifty cents|0.05 dollars|$0.07|$0.99|$0.123|£0.5|€0.50|$05|$0 12|five euros ten cents|€3,000.00|£3.50|3€|$ 5|$|$$5|$x|a$b|¢|¢5|5¢|cents|dollars
one dollar|$1|$1.00|minus $5|-$5|three hundred and one dollars|$5 and one cent|a dollar fifty|£1 and ¢1|$1k|US$20|20 US dollars|$3.$5|3.$5
"""
WORDS = """
Hello, world!|Mr. Smith and Mrs. Jones|Dr. Who met Prof. X|St. Mary's St.|Gen. Lee, Col. Mustard, Lt. Dan, Capt. Kirk|Sen. Rep. Gov. Pres. Rev. Hon.
Asst. Assoc. Jr. Sr. Esq. Ald.|won't can't don't isn't ain't shan't|let's y'all ma'am|wanna gotta gonna imma i'ma woulda coulda shoulda|I'd been there
she's been|he's gone|they'd gone|they'd done|it's got|it's done|we're you've they'll I'm he'd|'tis|rock 'n' roll|o'clock|dogs' bone|the boy 's hat
don 't|it\n's|'t 's 'll|n't|um, uh, hmm, mm, mhm, mmm|hmmm umm|umbrella|(laughs) hello|[music] hi <unk> there|hello (unclosed|a ) b|() x|((a)) b|[a(b]c)d
<a [b> c] d|wait...|wait.. what|e.g. this|U.S.A.|end.|.5|5.|a.5|a. 5|v1.2|Colour, favourite, centre|organise organisation|grey aeroplane|travelling programme
COLOUR Colour's colours|the theatre's|flyer / flier|analyse catalogue dialogue|naïve café résumé|Œuvre cœur|straße GROẞ|Ångström Øre|Þór eð ðe|Łódź|Đorđe
İstanbul ISTANBUL ı|ΟΔΟΣ ΣΑΣ Σ|ǅ ǆ|ﬁne ﬂow|ｆｕｌｌ|™ ® © №|a_b_c|under_score|snake-case|— – -|“quoted” ‘single’|don’t it’s|a\u00a0b\u2003c|\x1f x\x1c|tab\tnew\nline
  leading and trailing  |||.|'|,,,|¿Qué?|日本語 テキスト|привет Ёлка|مرحبا|हिन्दी|ไทย|한국어|👍 ok|❤️|e\u0301\u0323|x\u200by|soft\u00adhyphen|zero\u200djoin
"""
BASIC = """
Hello, World! (aside) [note] <tag>|Ça coûte 3,50 €.|¿Dónde está? ¡Aquí!|L'été à Noël|Straße, Öl & Größe|GROẞE ẞ|Žluťoučký kůň úpěl|Zażółć gęślą jaźń
Árvíztűrő tükörfúrógép|Þetta er íslenska: Ð ð|İstanbul'da ILIK gün|Tiếng Việt có dấu|Ērgļi, ķirši|ΟΔΟΣ, Σίσυφος ΣΑΣ.|Привет, как дела? Ёж|Ґанок її
你好，世界。今天天气很好！|こんにちは、世界。カタカナ ｶﾞｷﾞ|안녕하세요 세계 각|สวัสดีชาวโลก น้ำ|ສະບາຍດີ ນ້ຳ|नमस्ते दुनिया, क्या हाल है?|வணக்கம் உலகம்|ওহে বিশ্ব|ಹಲೋ|ഹലോ|తెలుగు|ਸਤ|ગુજરાતી|සිංහල
مرحبا بالعالم، كيف حالك؟|سَلَامٌ|שלום עולם|עברית עם נִקּוּד|فارسی می‌خواهم|မင်္ဂလာပါ|ជំរាប|བཀྲ་ཤིས|გამარჯობა|Բարեւ և|ሰላም|ꦲꦤꦕꦫꦏ|ﷺ ﬁ ㍿ ㌔ Ⅷ ① ½ ª º
👨‍👩‍👧 🇺🇳 👍🏽|e\u0301 a\u0300\u0323|\u0301x|a\u200db|\U0001d400\U0001d7d8|ǅ|\u1e9e|x\u00ady|12 345,67|a_b|a-b|||  |\t\n|(a|a)|()|(())|[<]>|Œ œ Æ æ Ø ø Đ đ Ł ł Þ þ
"""
# fmt: on
SCRIPTS = [(0x20, 0x7F), (0xA0, 0x180), (0x370, 0x400), (0x400, 0x530), (0x530, 0x700), (0x900, 0xE00), (0xE00, 0x1000),
           (0x1000, 0x1400), (0x1E00, 0x2070), (0x2070, 0x2C00), (0x3000, 0x3400), (0x4E00, 0x9FFF), (0xAC00, 0xD7A0)]  # fmt: skip
GLUE = [" "] * 12 + ["  ", "-", ", ", ". ", "... ", ".", "' ", " '", "\n", " (", ") ", " [", "]", "%", "$", "¢", "£", "'", "’", "—"]


def listed(block):
    return block.strip("\n").replace("\n", "|").encode("latin-1", "backslashreplace").decode("unicode_escape").split("|")


def random_english(count, english):
    """Number words, digits, contractions and British words in disorder."""
    rng = random.Random(1)
    numbers = sorted(english.standardize_numbers.words)
    contractions = [pattern.replace("\\b", "") for pattern in english.replacers]
    pools = [numbers, numbers, [t for t in listed(CURRENCIES) + listed(NUMBERS) if t], contractions,
             sorted(english.standardize_spellings.mapping)]  # fmt: skip
    for _ in range(count):
        yield "".join(rng.choice(rng.choice(pools)) + rng.choice(GLUE) for _ in range(rng.randint(2, 8)))


def random_scripts(count):
    rng = random.Random(2)
    assigned = lambda c: unicodedata.category(c) not in ("Cn", "Cs")  # others depend on the Unicode version
    for _ in range(count):
        scripts = rng.sample(SCRIPTS, 2)
        drawn = "".join(rng.choice(" .'-") if rng.random() < 0.2 else chr(rng.randrange(*rng.choice(scripts))) for _ in range(12))
        yield "".join(c if assigned(c) else " " for c in drawn)


def normalizers():
    english = EnglishTextNormalizer()
    basic = [BasicTextNormalizer(remove_diacritics=d, split_letters=s) for d in (False, True) for s in (False, True)]
    by_hand = [*listed(NUMBERS), *listed(CURRENCIES), *listed(WORDS)]
    return {
        "english": [[text, english(text)] for text in [*by_hand, *random_english(300, english), *random_scripts(40)]],
        "basic": [[text, *(rules(text) for rules in basic)] for text in [*listed(BASIC), *random_scripts(120)]],
    }


def word_errors():
    """Few different words, so that many alignments are equally good; and words that are worth reading."""
    rng = random.Random(3)
    pairs = [("a b c", "a b c"), ("a b c", ""), ("", "a b"), ("a", "b"), ("a b c d", "b c d e"), ("the cat sat", "the the cat sat on")]
    for i in range(200):
        words = "ab" if i % 2 else "abcdefgh"
        longest = 150 if i % 20 == 0 else 14  # more than a machine word of 64
        draw = lambda least: " ".join(rng.choice(words) for _ in range(rng.randint(least, longest)))
        pairs.append((draw(1), draw(0)))
    cases = []
    for reference, hypothesis in pairs:
        out = jiwer.process_words(reference, hypothesis)
        characters = jiwer.process_characters(reference, hypothesis)
        edits = characters.substitutions + characters.deletions + characters.insertions
        kinds = {"equal": "=", "substitute": "S", "delete": "D", "insert": "I"}
        alignment = ""
        for chunk in out.alignments[0]:
            size = max(chunk.ref_end_idx - chunk.ref_start_idx, chunk.hyp_end_idx - chunk.hyp_start_idx)
            alignment += kinds[chunk.type] * size
        cases.append([reference, hypothesis, alignment, edits])
    return {"cases": cases}


def write(path, header, lists):
    rows = lambda cases: ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
    parts = [f'"{name}":[\n{rows(cases)}\n]' for name, cases in lists.items()]
    path.write_text('{"header":' + json.dumps(header) + ",\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    print(f"{path}: {sum(map(len, lists.values()))} cases, {path.stat().st_size} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[2] / "tests/golden", help="folder to write to")
    folder = parser.parse_args().out
    header = {"made_by": "tools/goldens/wer.py", "python": sys.version.split()[0], "unicode": unicodedata.unidata_version}
    version = lambda *names: {name: importlib.metadata.version(name) for name in names}
    write(folder / "normalizers.json",
          {**header, **version("openai-whisper", "regex"), "english": "text, normalised",
           "basic": "text, plain, split letters, without diacritics, both"}, normalizers())  # fmt: skip
    write(folder / "word_errors.json",
          {**header, **version("jiwer", "rapidfuzz"), "case": "reference, hypothesis, alignment, character edits"}, word_errors())  # fmt: skip


if __name__ == "__main__":
    main()
