"""The official vocabularies and mel filters, for tests that write model files. Standard library only."""

import math
import os
import pathlib
import zlib

SOURCE_DIR = pathlib.Path(os.environ.get("TESSERA_SOURCE_DIR", pathlib.Path(__file__).parents[2]))

LANGUAGES = """en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi
ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz
fo ht ps tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su yue""".split()
MERGES = 50000
FIRST_MULTILINGUAL = 51865


def byte_order() -> bytes:
    """The 256 bytes in the order of GPT-2's alphabet, the printable ones of Latin-1 first."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return bytes(printable + [byte for byte in range(256) if byte not in printable])


def alphabet() -> list:
    """The character that GPT-2 writes for each byte."""
    order = byte_order()
    return [chr(byte) if order.index(byte) < 188 else chr(256 + order.index(byte) - 188) for byte in range(256)]


def text_pieces(n_vocab: int) -> list:
    """The bytes of each text token of the official vocabulary of that size."""
    multilingual = n_vocab >= FIRST_MULTILINGUAL
    name = "multilingual.bin" if multilingual else "english.bin"
    planes = zlib.decompress((SOURCE_DIR / "src/whisper/vocabulary" / name).read_bytes())
    pieces = [bytes([byte]) for byte in byte_order()]
    for i in range(MERGES):
        left, right = (planes[i + k * MERGES] << 8 | planes[i + (k + 1) * MERGES] for k in (0, 2))
        pieces.append(pieces[left] + pieces[right])
    return pieces + [b""] if multilingual else pieces


def special_names(languages: int = 99) -> list:
    """The special tokens and the timestamps, as Hugging Face names them."""
    return (["<|endoftext|>", "<|startoftranscript|>"] + [f"<|{code}|>" for code in LANGUAGES[:languages]] +
            ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nocaptions|>", "<|notimestamps|>"] +
            [f"<|{i * 0.02:.2f}|>" for i in range(1501)])


def mel_filters(n_mels: int) -> list:
    """Slaney's filters for 16 kHz and 400 samples, row after row of 201."""
    def to_hz(mel):
        return mel * 200 / 3 if mel < 15 else 1000 * math.exp(math.log(6.4) / 27 * (mel - 15))
    highest = 15 + math.log(8) / (math.log(6.4) / 27)
    edges = [to_hz(highest * i / (n_mels + 1)) for i in range(n_mels + 2)]
    filters = []
    for low, peak, high in zip(edges, edges[1:], edges[2:]):
        for hz in (40 * k for k in range(201)):
            triangle = max(0, min((hz - low) / (peak - low), (high - hz) / (high - peak)))
            filters.append(triangle * 2 / (high - low))
    return filters
