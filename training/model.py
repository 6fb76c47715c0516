"""Whisper's network with a compact vocabulary; parameter names as in transformers."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HEAD_SIZE = 64
MELS, AUDIO_POSITIONS, TEXT_POSITIONS = 80, 1500, 448


def sinusoids(length: int, channels: int) -> Tensor:
    """Whisper's position codes: sines, then cosines."""
    step = math.log(10000) / (channels // 2 - 1)
    angles = torch.arange(length)[:, None] * torch.exp(-step * torch.arange(channels // 2))
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Attention(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x: Tensor, memory: Tensor, causal=False, allowed: Tensor | None = None):
        """The attended values and, with `allowed`, head 0's mass on those positions."""

        def heads(y):
            return y.view(*y.shape[:2], -1, HEAD_SIZE).transpose(1, 2)

        q, k, v = heads(self.q_proj(x)), heads(self.k_proj(memory)), heads(self.v_proj(memory))
        # On a CPU this is faster in bfloat16 than scaled_dot_product_attention.
        scores = (q * HEAD_SIZE**-0.5) @ k.transpose(-1, -2)
        if causal:
            future = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
            scores = scores.masked_fill(future, -torch.inf)
        mixed = scores.softmax(-1, dtype=scores.dtype) @ v
        mass = None
        if allowed is not None:
            mass = (scores[:, 0].float().softmax(-1) * allowed).sum(-1)
        return self.out_proj(mixed.transpose(1, 2).flatten(2)), mass


class Layer(nn.Module):
    """An encoder layer, or a decoder layer with attention to the encoder."""

    def __init__(self, width: int, decoder: bool):
        super().__init__()
        self.self_attn = Attention(width)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        if decoder:
            self.encoder_attn = Attention(width)
            self.encoder_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, memory: Tensor | None = None, allowed: Tensor | None = None):
        normal, mass = self.self_attn_layer_norm(x), None
        x = x + self.self_attn(normal, normal, causal=memory is not None)[0]
        if memory is not None:
            y, mass = self.encoder_attn(self.encoder_attn_layer_norm(x), memory, allowed=allowed)
            x = x + y
        return x + self.fc2(F.gelu(self.fc1(self.final_layer_norm(x)))), mass


class Encoder(nn.Module):
    def __init__(self, width: int, layers: int):
        super().__init__()
        self.conv1 = nn.Conv1d(MELS, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(AUDIO_POSITIONS, width)
        self.embed_positions.weight = nn.Parameter(sinusoids(AUDIO_POSITIONS, width), False)
        self.layers = nn.ModuleList(Layer(width, decoder=False) for _ in range(layers))
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, mel: Tensor, offset: Tensor) -> Tensor:
        """`offset`: the position of each window's first frame (0 but in training)."""
        x = F.gelu(self.conv2(F.gelu(self.conv1(mel)))).transpose(1, 2)
        positions = offset[:, None] + torch.arange(x.shape[1])
        x = x + self.embed_positions(positions.clamp(max=AUDIO_POSITIONS - 1))
        for layer in self.layers:
            x, _ = layer(x)
        return self.layer_norm(x)


class Decoder(nn.Module):
    def __init__(self, width: int, layers: int, vocabulary: int):
        super().__init__()
        self.embed_tokens = nn.Embedding(vocabulary, width)
        self.embed_positions = nn.Embedding(TEXT_POSITIONS, width)
        self.layers = nn.ModuleList(Layer(width, decoder=True) for _ in range(layers))
        self.layer_norm = nn.LayerNorm(width)
        # The heads whose attention is guided to the word being written.
        self.guided = range(layers - layers // 2 - layers % 2, layers)

    def forward(self, tokens: Tensor, memory: Tensor, allowed: Tensor | None = None):
        """Logits and the masses of the guided heads on `allowed`."""
        x = self.embed_tokens(tokens) + self.embed_positions.weight[: tokens.shape[1]]
        masses = []
        for index, layer in enumerate(self.layers):
            x, mass = layer(x, memory, allowed if index in self.guided else None)
            if mass is not None:
                masses.append(mass)
        return self.layer_norm(x) @ self.embed_tokens.weight.T, masses


def look_nearby(attention: Attention, width: int, reach: int):
    """Starts the encoder's heads with attention around positions before, at and after.

    Sines and cosines of equal frequency are compared after a rotation, so the
    scores depend on the distance only. Without this a small model needs hours
    to find out that neighbouring frames belong together.
    """
    half, pairs = width // 2, HEAD_SIZE // 2
    chosen = torch.arange(pairs) + half // 12
    frequency = torch.exp(-math.log(10000) / (half - 1) * chosen)
    heads = width // HEAD_SIZE
    query, key = attention.q_proj.weight, attention.k_proj.weight
    with torch.no_grad():
        query *= 0.5
        key *= 0.5
        for head in range(heads):
            shift = reach * (head - (heads - 1) / 2)
            sine, cosine = (frequency * shift).sin(), (frequency * shift).cos()
            first = head * HEAD_SIZE + torch.arange(pairs)
            second = first + pairs
            key[first, chosen] += 1.0
            key[second, half + chosen] += 1.0
            query[first, chosen] += cosine
            query[first, half + chosen] += sine
            query[second, half + chosen] += cosine
            query[second, chosen] -= sine


class Whisper(nn.Module):
    def __init__(self, width: int, encoder_layers: int, decoder_layers: int, vocabulary: int):
        super().__init__()
        self.encoder = Encoder(width, encoder_layers)
        self.decoder = Decoder(width, decoder_layers, vocabulary)
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Conv1d)):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        nn.init.normal_(self.decoder.embed_tokens.weight, std=0.03)
        nn.init.normal_(self.decoder.embed_positions.weight, std=0.02)
        for depth, layer in enumerate(self.encoder.layers):
            look_nearby(layer.self_attn, width, reach=6 * (depth + 1))
