#!/usr/bin/env python3
"""Makes tests/golden/tokenizer.json: texts and their tokens according to openai-whisper.

    pip install openai-whisper==20250625 && tools/goldens/tokenizer.py
"""

import argparse
import importlib.metadata
import json
import random
import sys
import unicodedata
from pathlib import Path

from whisper.tokenizer import LANGUAGES, get_tokenizer

GREETINGS = """
Hello, world! How are you?|Привет, как дела? Ёжик.|Γειά σου, Κόσμε;|你好，世界。今天天气很好！|こんにちは、世界。カタカナ
안녕하세요 세계|مرحبا بالعالم، كيف حالك؟|שלום עולם|नमस्ते दुनिया, क्या हाल है?|สวัสดีชาวโลก|ສະບາຍດີຊາວໂລກ|မင်္ဂလာပါ ကမ္ဘာလောက
ជំរាបសួរ ពិភពលោក|བཀྲ་ཤིས་བདེ་ལེགས།|გამარჯობა მსოფლიო|Բարեւ աշխարհ|ሰላም ለዓለም|வணக்கம் உலகம்|హలో ప్రపంచం|ಹಲೋ ವರ್ಲ್ಡ್
ഹലോ വേൾഡ്|ਸਤ ਸ੍ਰੀ ਅਕਾਲ|નમસ્તે દુનિયા|ওহে বিশ্ব|ආයුබෝවන් ලෝකය|سلام دنیا، حال شما چطور است؟|ہیلو دنیا|سلام نړی|Сайн байна уу|Салом ҷаҳон
Žluťoučký kůň úpěl ďábelské ódy.|Zażółć gęślą jaźń|Árvíztűrő tükörfúrógép|Þetta er íslenska|İstanbul'da ılık gün|Tiếng Việt có dấu|Ērgļi, ķirši, ņirgas
Straße, Öl, ẞ|L'été à Noël, ça coûte 3 €.|¿Dónde está? ¡Aquí!|Coração, não é?|ʻŌlelo Hawaiʻi|Ẹ káàárọ̀ o|עברית עם נִקּוּד|ייִדיש|粵語係廣東話嚟㗎|繁體中文|ﬁ ﬀ ﷺ ｆｕｌｌ　ｗｉｄｔｈ
"""

# fmt: off
EDGES = [
    "", " ", "  ", "\n", " \n", "\n ", "\t\t ", "a", " a", "a ", "  a", " \n x", "x \n", "x \n\n y", "a  b   c\n\n\nd \t\r\n e  ",
    "It's we're they've I'm you'll he'd don't", "IT'S WE'RE I'M", "'tis 's 't'll'd 're", "a'b'c''s ''s ' s 'x", "we'Re 'LL 'll", "’s don’t",
    "1 12 123 1234567890", "3.14 1,000.50 $5 50% #1", "x1y2 1x 2y", "٣٤٥ ۴۵۶ १२३ ๑๒๓ ½ ² Ⅷ ① 一二三", "10:45 pm 2024-05-17",
    "\u00a0a\u00a0\u00a0b", "\u3000全角\u3000\u3000空白", "\u0085x\u0085", "a\u2028b\u2029c", "a\u200bb\u200dc", "\u1680og\u202f5\ufeffb", "a \u3000b", "a\u00a0 b", "a \u00a0",
    "😀 😃😃 👨‍👩‍👧‍👦 🇺🇳 👍🏽 ❤️", "e\u0301 a\u0300\u0323 z\u0351\u036b", "\u0301", "\x00\x01\x7f\x1b[0m", "\ufffd \ue000 \U0010ffff",
    "<|endoftext|> <|en|><|0.00|>", "(SPEAKING) [MUSIC] ♪♪♪ ♩ ♭ >> --", "https://example.com/a?b=c&d=e#f", "snake_case CamelCase kebab-case",
    "a" * 200, "ab" * 60, " " * 130, "\n" * 70, "!" * 90, "你" * 50, "0" * 80, "ha" * 33 + " " + "ha" * 33, "abcdefghijklmnopqrstuvwxyz" * 4,
]
SCRIPTS = [
    (0x20, 0x7F), (0xA0, 0x180), (0x370, 0x400), (0x400, 0x530), (0x530, 0x700), (0x900, 0xE00), (0xE00, 0x1000), (0x1000, 0x1400),
    (0x1E00, 0x2070), (0x2070, 0x2C00), (0x3000, 0x3400), (0x4E00, 0x9FFF), (0xAC00, 0xD7A0), (0xF900, 0xFFFE), (0x1F300, 0x1FA00), (0x1D400, 0x1D800),
]
# fmt: on


def random_texts(count, seed):
    """Characters of one or two scripts, mixed with white space and punctuation."""
    rng = random.Random(seed)
    assigned = lambda c: unicodedata.category(c) not in ("Cn", "Cs")  # others depend on the Unicode version
    for _ in range(count):
        scripts = rng.sample(SCRIPTS, rng.randint(1, 2))
        text = ""
        for _ in range(rng.randint(3, 16)):
            c = rng.choice(" \n\t'\u00a0\u3000\u0085.,-") if rng.random() < 0.3 else chr(rng.randrange(*rng.choice(scripts)))
            text += c if assigned(c) else " "
        yield text


def texts():
    return [*GREETINGS.strip().replace("\n", "|").split("|"), *EDGES, *LANGUAGES.values(), *random_texts(200, seed=1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2] / "tests/golden/tokenizer.json"
    parser.add_argument("--out", type=Path, default=default)
    out = parser.parse_args().out
    english = get_tokenizer(False)
    multilingual = get_tokenizer(True, num_languages=100)
    ids = lambda tokenizer, text: tokenizer.encoding.encode_ordinary(text)
    cases = [[t, ids(english, t), ids(multilingual, t)] for t in texts()]
    versions = {name: importlib.metadata.version(name) for name in ("openai-whisper", "tiktoken")}
    header = {"made_by": "tools/goldens/tokenizer.py", "python": sys.version.split()[0], **versions, "case": "text, English ids, multilingual ids"}
    lines = [json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases]
    out.write_text('{"header":' + json.dumps(header) + ',\n"cases":[\n' + ",\n".join(lines) + "\n]}\n")
    print(f"{out}: {len(cases)} texts, {out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
