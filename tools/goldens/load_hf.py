"""Loads a Hugging Face Whisper directory into openai-whisper's own model class.

usage: load_hf.py MODEL_DIR   (prints the dimensions)

openai-whisper picks its tokenizer from the vocabulary's size: the multilingual one from 51865
tokens on, with 100 languages from 51866 on. So a model that is loaded here is decoded with
openai-whisper's own tables, not with the directory's tokenizer.json.
"""

import json
import re
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file
from whisper.model import ModelDimensions, Whisper

RENAMED = [
    (r"^model\.", ""),
    (r"\.layers\.", ".blocks."),
    (r"\.self_attn\.", ".attn."),
    (r"\.encoder_attn\.", ".cross_attn."),
    (r"\.q_proj\.", ".query."),
    (r"\.k_proj\.", ".key."),
    (r"\.v_proj\.", ".value."),
    (r"\.out_proj\.", ".out."),
    (r"\.self_attn_layer_norm\.", ".attn_ln."),
    (r"\.encoder_attn_layer_norm\.", ".cross_attn_ln."),
    (r"(blocks\.\d+)\.final_layer_norm\.", r"\1.mlp_ln."),
    (r"\.fc1\.", ".mlp.0."),
    (r"\.fc2\.", ".mlp.2."),
    (r"^encoder\.layer_norm\.", "encoder.ln_post."),
    (r"^decoder\.layer_norm\.", "decoder.ln."),
    (r"^decoder\.embed_tokens\.weight$", "decoder.token_embedding.weight"),
    (r"\.embed_positions\.weight$", ".positional_embedding"),
]


def openai_name(name: str) -> str:
    """openai-whisper's name of a tensor that transformers calls `name`."""
    for pattern, replacement in RENAMED:
        name = re.sub(pattern, replacement, name)
    return name


def dimensions(config: dict) -> ModelDimensions:
    return ModelDimensions(
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


def set_alignment_heads(model: Whisper, model_dir: Path) -> None:
    """Those of generation_config.json; without them openai-whisper's default stays."""
    path = model_dir / "generation_config.json"
    heads = json.loads(path.read_text()).get("alignment_heads") if path.exists() else None
    if heads:
        mask = torch.zeros(model.dims.n_text_layer, model.dims.n_text_head, dtype=torch.bool)
        for layer, head in heads:
            mask[layer, head] = True
        model.register_buffer("alignment_heads", mask.to_sparse(), persistent=False)


def load(model_dir: Path) -> Whisper:
    """The model in float32 on the CPU. Fails on a missing, extra or misshapen tensor."""
    model = Whisper(dimensions(json.loads((model_dir / "config.json").read_text())))
    tensors = {k: v.float() for k, v in load_file(model_dir / "model.safetensors").items()}
    tied = tensors.pop("proj_out.weight", None)
    if tied is not None and not torch.equal(tied, tensors["model.decoder.embed_tokens.weight"]):
        raise ValueError("proj_out.weight differs from the token embedding")
    model.load_state_dict({openai_name(name): tensor for name, tensor in tensors.items()})
    set_alignment_heads(model, model_dir)
    return model.eval()


if __name__ == "__main__":
    print(load(Path(sys.argv[1])).dims)
