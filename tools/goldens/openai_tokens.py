"""Greedy tokens of openai-whisper's DecodingTask on the first window of recordings, in float32.

usage: openai_tokens.py MODEL_DIR AUDIO... OUT.json

Every recording is decoded at temperature 0, in English, with at most 100 tokens (sample_len),
once without and once with timestamps; all filters are openai-whisper's defaults. `tokens` are
the sampled ones without eot; `gaps` holds by how much each chosen filtered logit (eot's included)
exceeds the second best, so that a difference near 0 can be told from a mistake; null where the
filters left one token only.
"""

import sys
from pathlib import Path

import torch
from whisper.decoding import DecodingOptions, DecodingTask, GreedyDecoder

import common
import load_hf

MAX_TOKENS = 100


class RecordingDecoder(GreedyDecoder):
    """Also keeps the gap to the second best token of every step, for one sequence."""

    def reset(self):
        self.gaps = []

    def update(self, tokens, logits, sum_logprobs):
        self.gaps.append(common.rounded(common.top_2(logits[0])[1]))
        return super().update(tokens, logits, sum_logprobs)


def decode(model, states: torch.Tensor, without_timestamps: bool) -> dict:
    options = DecodingOptions(
        language="en",
        temperature=0.0,
        sample_len=MAX_TOKENS,
        without_timestamps=without_timestamps,
        fp16=False,
    )
    task = DecodingTask(model, options)
    task.decoder = RecordingDecoder(0.0, task.tokenizer.eot)
    result = task.run(states)[0]
    return {
        "tokens": result.tokens,
        "text": result.text,
        "avg_logprob": common.rounded(result.avg_logprob),
        "no_speech_prob": common.rounded(result.no_speech_prob),
        "compression_ratio": common.rounded(result.compression_ratio),
        "gaps": task.decoder.gaps,
    }


def main() -> None:
    model_dir, *audio, out = sys.argv[1:]
    model = load_hf.load(Path(model_dir))
    recordings = []
    for path in map(Path, audio):
        mel = common.first_window(path, model.dims.n_mels)
        with torch.no_grad():
            states = model.encoder(mel[None])
        recordings.append(
            {
                "file": path.name,
                "without_timestamps": decode(model, states, True),
                "with_timestamps": decode(model, states, False),
            }
        )
        print(path.name, recordings[-1]["without_timestamps"]["text"], file=sys.stderr)
    result = {
        "made_by": "tools/goldens/openai_tokens.py",
        "versions": common.versions(),
        "model": common.model_facts(Path(model_dir)),
        "max_tokens": MAX_TOKENS,
        "recordings": recordings,
    }
    common.write_json(out, result)


if __name__ == "__main__":
    main()
