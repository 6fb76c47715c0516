"""Writes a checkpoint of train.py as a model in the Hugging Face layout, F16."""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from whisper.tokenizer import LANGUAGES

import vocabulary as v


def expand(rows: torch.Tensor, compact: v.Compact) -> torch.Tensor:
    """The embedding of the whole vocabulary; unused tokens share one row."""
    return rows[torch.from_numpy(compact.of)]


def generation_config(decoder_layers: int) -> dict:
    tokenizer = v.tokenizer()
    silent = [v.SOT, v.TRANSLATE, v.TRANSCRIBE, v.SOT_LM, v.SOT_PREV, v.NO_SPEECH]
    # The heads that training guides to the word being written.
    guided = range(decoder_layers - (decoder_layers + 1) // 2, decoder_layers)
    return {
        "alignment_heads": [[layer, 0] for layer in guided],
        "begin_suppress_tokens": [220, v.EOT],
        "bos_token_id": v.EOT,
        "decoder_start_token_id": v.SOT,
        "eos_token_id": v.EOT,
        "forced_decoder_ids": [[1, None], [2, v.TRANSCRIBE]],
        "is_multilingual": True,
        "lang_to_id": {f"<|{code}|>": v.EN + i for i, code in enumerate(list(LANGUAGES)[:99])},
        "max_initial_timestamp_index": 50,
        "max_length": 448,
        "no_timestamps_token_id": v.NO_TIMESTAMPS,
        "pad_token_id": v.EOT,
        "prev_sot_token_id": v.SOT_PREV,
        "return_timestamps": False,
        "suppress_tokens": sorted([*tokenizer.non_speech_tokens, *silent]),
        "task_to_id": {"transcribe": v.TRANSCRIBE, "translate": v.TRANSLATE},
    }


def model_config(sizes: dict) -> dict:
    width = sizes["width"]
    return {
        "architectures": ["WhisperForConditionalGeneration"],
        "model_type": "whisper",
        "activation_dropout": 0.0,
        "activation_function": "gelu",
        "attention_dropout": 0.0,
        "begin_suppress_tokens": [220, v.EOT],
        "bos_token_id": v.EOT,
        "d_model": width,
        "decoder_attention_heads": width // 64,
        "decoder_ffn_dim": 4 * width,
        "decoder_layerdrop": 0.0,
        "decoder_layers": sizes["decoder_layers"],
        "decoder_start_token_id": v.SOT,
        "dropout": 0.0,
        "encoder_attention_heads": width // 64,
        "encoder_ffn_dim": 4 * width,
        "encoder_layerdrop": 0.0,
        "encoder_layers": sizes["encoder_layers"],
        "eos_token_id": v.EOT,
        "init_std": 0.02,
        "is_encoder_decoder": True,
        "max_source_positions": 1500,
        "max_target_positions": 448,
        "num_hidden_layers": sizes["encoder_layers"],
        "num_mel_bins": 80,
        "pad_token_id": v.EOT,
        "scale_embedding": False,
        "tie_word_embeddings": True,
        "torch_dtype": "float16",
        "use_cache": True,
        "vocab_size": v.SIZE,
    }


PREPROCESSOR = {
    "chunk_length": 30,
    "feature_extractor_type": "WhisperFeatureExtractor",
    "feature_size": 80,
    "hop_length": 160,
    "n_fft": 400,
    "n_samples": 480000,
    "nb_max_frames": 3000,
    "padding_side": "right",
    "padding_value": 0.0,
    "processor_class": "WhisperProcessor",
    "return_attention_mask": False,
    "sampling_rate": 16000,
}


def export(checkpoint: Path, out: Path):
    state = torch.load(checkpoint, map_location="cpu")
    sizes, compact = state["sizes"], v.Compact(state["text"])
    tensors = {f"model.{name}": tensor for name, tensor in state["model"].items()}
    embedding = "model.decoder.embed_tokens.weight"
    tensors[embedding] = expand(tensors[embedding], compact)
    tensors = {k: t.to(torch.float16).contiguous() for k, t in tensors.items()}
    out.mkdir(parents=True, exist_ok=True)
    save_file(tensors, out / "model.safetensors", metadata={"format": "pt"})
    (out / "model.safetensors").chmod(0o644)
    generation = generation_config(sizes["decoder_layers"])
    for name, content in (
        ("config.json", model_config(sizes)),
        ("generation_config.json", generation),
        ("preprocessor_config.json", PREPROCESSOR),
    ):
        (out / name).write_text(json.dumps(content, indent=2) + "\n")
    size = (out / "model.safetensors").stat().st_size / 1e6
    print(f"{out}: step {state['step']}, {size:.1f} MB, {len(compact.text)} text tokens")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    export(arguments.checkpoint, arguments.out)
