"""Greedy tokens and encoder states of transformers' WhisperForConditionalGeneration, in float32.

usage: transformers_tokens.py MODEL_DIR RECORDINGS_DIR OUT.json   (*.wav and *.flac, 16 kHz s16)

Only the network is transformers'. The input is openai-whisper's log-mel of the first window,
padded as openai-whisper pads it, and the loop is a plain one:
  prompt    sot, en, transcribe, notimestamps (English-only models: sot, notimestamps)
  step 1    the blank (220) and eot are suppressed
  each step openai-whisper's non-speech tokens are suppressed ("-1"), and transcribe, translate,
            sot, startofprev, startoflm, nospeech; timestamps and languages are not
  choice    argmax; stops at eot (not stored) or after 100 tokens
`gaps` holds by how much each chosen logit (eot's included) exceeds the second best.
`encoder` samples the first recording's encoder output: values[i][j] is at position positions[i],
channel channels[j].
"""

import sys
from pathlib import Path

import torch
from transformers import WhisperForConditionalGeneration
from whisper.decoding import DecodingOptions, DecodingTask

import common
import load_hf

MAX_TOKENS = 100


@torch.no_grad()
def greedy(model, states: torch.Tensor, task: DecodingTask) -> dict:
    """Tokens for encoder states of (1, 1500, width)."""
    suppressed = list(task._get_suppress_tokens())
    blanks = [*task.tokenizer.encode(" "), task.tokenizer.eot]
    tokens, gaps, cache = [], [], None
    fed = list(task.sot_sequence)
    for step in range(MAX_TOKENS):
        output = model(
            encoder_outputs=(states,),
            decoder_input_ids=torch.tensor([fed]),
            past_key_values=cache,
            use_cache=True,
        )
        cache, logits = output.past_key_values, output.logits[0, -1]
        logits[suppressed + (blanks if step == 0 else [])] = -torch.inf
        token, gap = common.top_2(logits)
        gaps.append(common.rounded(gap))
        if token == task.tokenizer.eot:
            break
        tokens.append(token)
        fed = [token]
    return {"tokens": tokens, "text": task.tokenizer.decode(tokens), "gaps": gaps}


def encoder_sample(states: torch.Tensor) -> dict:
    length, width = states.shape
    positions = sorted({0, 1, 2, length - 2, length - 1, *range(37, length, 113)})
    channels = sorted({0, width - 1, *range(5, width, width // 15)})
    values = [[common.rounded(states[p, c].item()) for c in channels] for p in positions]
    return {
        "positions": positions,
        "channels": channels,
        "values": values,
        "root_mean_square": common.rounded(states.double().square().mean().sqrt().item()),
    }


def main() -> None:
    model_dir, recordings_dir = Path(sys.argv[1]), Path(sys.argv[2])
    model = WhisperForConditionalGeneration.from_pretrained(model_dir, dtype=torch.float32).eval()
    # openai-whisper's class only lends its prompt and its list of suppressed tokens.
    options = DecodingOptions(language="en", without_timestamps=True, fp16=False)
    task = DecodingTask(load_hf.load(model_dir), options)
    recordings, encoder = [], None
    for path in sorted(p for p in recordings_dir.iterdir() if p.suffix in (".wav", ".flac")):
        mel = common.first_window(path, model.config.num_mel_bins)
        with torch.no_grad():
            states = model.model.encoder(mel[None]).last_hidden_state
        encoder = encoder or {"file": path.name, **encoder_sample(states[0])}
        recordings.append({"file": path.name, **greedy(model, states, task)})
        print(path.name, recordings[-1]["text"], file=sys.stderr)
    result = {
        "made_by": "tools/goldens/transformers_tokens.py",
        "versions": common.versions(),
        "model": common.model_facts(model_dir),
        "prompt": list(task.sot_sequence),
        "max_tokens": MAX_TOKENS,
        "encoder": encoder,
        "recordings": recordings,
    }
    common.write_json(sys.argv[3], result)


if __name__ == "__main__":
    main()
