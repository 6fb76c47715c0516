"""What the golden data scripts share: versions, model checksums, windows and compact JSON."""

import json
import zlib
from importlib.metadata import version
from pathlib import Path

import torch
from whisper.audio import N_FRAMES, N_SAMPLES, load_audio, log_mel_spectrogram, pad_or_trim


def versions() -> dict[str, str]:
    return {name: version(name) for name in ("openai-whisper", "transformers", "torch", "numpy")}


def model_facts(model_dir: Path) -> dict[str, str | int]:
    """Name and checksum of a model, so that golden data cannot be compared with another one."""
    checksum = zlib.crc32((model_dir / "model.safetensors").read_bytes())
    return {"name": model_dir.resolve().name, "model.safetensors crc32": checksum}


def first_window(path: Path, n_mels: int) -> torch.Tensor:
    """(n_mels, 3000): the first window of a recording as whisper.transcribe cuts and pads it."""
    mel = log_mel_spectrogram(load_audio(str(path)), n_mels, padding=N_SAMPLES)
    content_frames = mel.shape[-1] - N_FRAMES
    return pad_or_trim(mel[:, : min(N_FRAMES, content_frames)], N_FRAMES)


def top_2(logits: torch.Tensor) -> tuple[int, float]:
    """The best token of filtered logits, and by how much it beats the second (ties are near 0).

    The gap is infinite, written as null, when the filters left only one token.
    """
    best, second = logits.float().topk(2).values.tolist()
    return int(logits.argmax()), best - second


def rounded(x: float) -> float | None:
    """A float with the digits that float32 holds; null for what JSON cannot say."""
    return float(f"{x:.8g}") if abs(x) < float("inf") else None


def write_json(path: str, value: dict) -> None:
    """JSON with one line for each recording, so that changes can be read."""
    lines = []
    for key, item in value.items():
        if isinstance(item, list) and item and isinstance(item[0], dict):
            rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in item)
            lines.append(f"{json.dumps(key)}: [\n{rows}\n]")
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(item, ensure_ascii=False)}")
    Path(path).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
