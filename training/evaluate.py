"""Error rates of an exported model, measured with openai-whisper.

Greedy decoding with timestamps at temperature 0: the digits that
heldout_digits.py made, silence and noise, and espeak-ng voices that were not in
the training.
"""

import argparse
import json
import random
import wave
from pathlib import Path

import jiwer
import numpy as np
import torch
import whisper
from safetensors.torch import load_file

import speech
import texts

# Names of the tensors in transformers and in openai-whisper.
NAMES = [
    ("model.", ""),
    ("encoder.layer_norm.", "encoder.ln_post."),
    ("decoder.layer_norm.", "decoder.ln."),
    ("layers.", "blocks."),
    ("embed_tokens.", "token_embedding."),
    ("encoder.embed_positions.weight", "encoder.positional_embedding"),
    ("decoder.embed_positions.weight", "decoder.positional_embedding"),
    ("self_attn_layer_norm", "attn_ln"),
    ("encoder_attn_layer_norm", "cross_attn_ln"),
    ("final_layer_norm", "mlp_ln"),
    ("self_attn", "attn"),
    ("encoder_attn", "cross_attn"),
    ("q_proj", "query"),
    ("k_proj", "key"),
    ("v_proj", "value"),
    ("out_proj", "out"),
    ("fc1", "mlp.0"),
    ("fc2", "mlp.2"),
]


def load(folder: Path) -> whisper.Whisper:
    """The model of a Hugging Face folder in openai-whisper."""
    config = json.loads((folder / "config.json").read_text())
    model = whisper.Whisper(
        whisper.ModelDimensions(
            n_mels=config["num_mel_bins"],
            n_audio_ctx=config["max_source_positions"],
            n_audio_state=config["d_model"],
            n_audio_head=config["encoder_attention_heads"],
            n_audio_layer=config["encoder_layers"],
            n_vocab=config["vocab_size"],
            n_text_ctx=config["max_target_positions"],
            n_text_state=config["d_model"],
            n_text_head=config["decoder_attention_heads"],
            n_text_layer=config["decoder_layers"],
        )
    )
    state = {}
    for name, tensor in load_file(folder / "model.safetensors").items():
        for theirs, ours in NAMES:
            name = name.replace(theirs, ours)
        state[name] = tensor.float()
    model.load_state_dict(state)
    return model.eval()


def transcribe(model, audio: np.ndarray, **options) -> str:
    result = model.transcribe(
        audio.astype(np.float32), language="en", temperature=0.0, fp16=False, **options
    )
    return result["text"].strip()


def read(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768


NORMAL = jiwer.Compose(
    [
        jiwer.ToLowerCase(),
        jiwer.SubstituteRegexes({r"[^\w\s']": " "}),
        jiwer.RemoveMultipleSpaces(),
        jiwer.Strip(),
        jiwer.ReduceToListOfListOfWords(),
    ]
)


def report(name: str, pairs: list[tuple[str, str]], show: int):
    result = jiwer.process_words(
        [r for r, _ in pairs],
        [h for _, h in pairs],
        reference_transform=NORMAL,
        hypothesis_transform=NORMAL,
    )
    words = sum(len(r.split()) for r, _ in pairs)
    exact = sum(r == h for r, h in pairs)
    print(
        f"{name}: WER {100 * result.wer:.2f} % of {words} words "
        f"({result.substitutions} substituted, {result.deletions} deleted, "
        f"{result.insertions} inserted); {exact} of {len(pairs)} exact",
        flush=True,
    )
    for reference, heard in [p for p in pairs if p[0] != p[1]][:show]:
        print(f"  {reference}\n  {heard}\n")


def digits(model, folder: Path, limit: int, show: int):
    lines = (folder / "refs.tsv").read_text().splitlines()[:limit]
    pairs = []
    for line in lines:
        name, reference = line.split("\t")
        pairs.append((reference, transcribe(model, read(folder / name))))
    report("digits", pairs, show)


def espeak(model, count: int, show: int):
    """Random phrases in the held-out voices."""
    rng, engine, pairs = random.Random(7), speech.Espeak(), []
    for _ in range(count):
        clip = speech.render(engine, texts.phrase(rng), rng, speech.HELD_OUT_VARIANTS)
        pause = np.zeros(speech.RATE // 2)
        audio = np.concatenate([pause, clip["audio"] / 32768, pause])
        pairs.append((clip["text"], transcribe(model, audio)))
    report("espeak-ng, held-out voices", pairs, show)


def quiet(model, count: int):
    """Windows of digital silence and of white noise between -80 and -10 dBFS."""
    generator = np.random.default_rng(7)
    silent = 0
    for index in range(count):
        level = 0 if index % 5 == 0 else 10 ** (-generator.uniform(10, 80) / 20)
        seconds = generator.choice([2, 10, 30])
        audio = generator.standard_normal(seconds * speech.RATE) * level
        audio = np.round(np.clip(audio, -1, 1) * 32767) / 32768
        # Without no_speech_threshold: the text itself has to be empty.
        silent += not transcribe(model, audio, no_speech_threshold=None)
    print(f"silence and white noise: no text in {silent} of {count} windows", flush=True)


def sample(model, folder: Path):
    reference = (folder / "sample.txt").read_text().split()
    heard = transcribe(model, read(folder / "sample.wav"))
    print(f"sample: {'exact' if heard.split() == reference else 'WRONG'}: {heard}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="folder in the Hugging Face layout")
    parser.add_argument("--digits", type=Path, help="folder made by heldout_digits.py")
    parser.add_argument("--limit", type=int, default=None, help="only so many digit phrases")
    parser.add_argument("--espeak", type=int, default=200, help="phrases in held-out voices")
    parser.add_argument("--quiet", type=int, default=60, help="windows of silence and noise")
    parser.add_argument("--show", type=int, default=10, help="wrong results to print")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model = load(args.model)
    if (args.model / "sample.wav").exists():
        sample(model, args.model)
    if args.digits:
        digits(model, args.digits, args.limit, args.show)
    espeak(model, args.espeak, args.show)
    quiet(model, args.quiet)


if __name__ == "__main__":
    main()
