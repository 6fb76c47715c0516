"""Trains the small model from scratch on a CPU; see train.sh.

Attention learns to listen in the right place only slowly, so training starts
with short crops at any place of the 30 s window, goes on to longer ones and
ends with whole windows; the encoder is also asked for the word spoken at every
moment, and a decoder head is rewarded for attending to the word being written.
"""

import argparse
import json
import math
import random
import tempfile
import time
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn

import speech
import vocabulary as v
import windows
from model import Whisper, sinusoids

# Share of the training, seconds of audio and windows in a batch of one process.
STAGES = [(0.30, 4, 8), (0.20, 8, 5), (0.12, 15, 3), (0.38, 30, 2)]
# The processes work alone for so many steps, so that they seldom wait for each other.
SYNC = 8
FRAME_WEIGHT, GUIDE_WEIGHT = 0.5, 0.2


def stage(progress: float) -> tuple[int, int]:
    """(seconds, batch size) at this part of the training."""
    for share, seconds, size in STAGES:
        if progress < share:
            return seconds, size
        progress -= share
    return STAGES[-1][1:]


def make_model(args, compact: v.Compact):
    model = Whisper(args.width, args.encoder_layers, args.decoder_layers, compact.size)
    # Neighbouring times look alike from the start.
    times = sinusoids(v.SIZE - v.TIMESTAMP_BEGIN, args.width) * 0.04
    with torch.no_grad():
        rows = slice(compact.timestamp_begin, compact.size - 1)
        model.decoder.embed_tokens.weight[rows] += times
    return model, nn.Linear(args.width, len(compact.text) + 1)


def token_loss(logits, targets, compact: v.Compact):
    """Cross entropy; a time may be a step off, and the shared row counts for all its tokens."""
    bias = torch.zeros(compact.size)
    bias[-1] = math.log(compact.unused_count)
    log_p = (logits.float() + bias).log_softmax(-1)
    known = targets != windows.IGNORE
    log_p, targets = log_p[known], targets[known]
    loss = -log_p.gather(1, targets[:, None])[:, 0]
    times = targets >= compact.timestamp_begin
    last = compact.size - 2
    around = torch.stack([targets - 1, targets + 1], 1).clamp(compact.timestamp_begin, last)
    soft = 0.7 * loss - 0.15 * log_p.gather(1, around).sum(1)
    hits = (log_p.argmax(1) == targets)[~times].float().mean()
    return torch.where(times, soft, loss).mean(), hits


def losses(model, frame_head, batch, compact):
    """The losses of a batch and the share of text tokens predicted right."""
    memory = model.encoder(batch["mel"], batch["offset"])
    low, high = batch["spans"][..., :1], batch["spans"][..., 1:]
    place = torch.arange(memory.shape[1])
    allowed = (place >= low) & (place <= high)
    logits, masses = model.decoder(batch["inputs"], memory, allowed)
    main, hits = token_loss(logits, batch["targets"], compact)
    guided = high[..., 0] > 0
    missed = -torch.stack(masses)[:, guided].clamp(min=1e-4).log()
    guide = missed.sum() / max(1, missed.numel())
    frames = batch["frames"]
    weights = torch.where(frames == 0, 0.3, 1.0)
    frame_loss = F.cross_entropy(
        frame_head(memory).float().transpose(1, 2), frames, reduction="none"
    )
    heard = (frame_loss * weights).sum() / weights.sum()
    return {"main": main, "heard": heard, "guide": guide}, hits


def learning_rate(args, step: int, progress: float) -> float:
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))
    return args.rate * min(1.0, (step + 1) / args.warmup) * (0.01 + 0.99 * cosine)


def save(path: Path, model, frame_head, compact, args, step):
    state = {
        "model": model.state_dict(),
        "frame_head": frame_head.state_dict(),
        "text": compact.text,
    }
    sizes = {k: getattr(args, k) for k in ("width", "encoder_layers", "decoder_layers")}
    torch.save(state | {"sizes": sizes, "step": step}, path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)


def prepare(args):
    """The speech and the vocabulary of its texts."""
    args.work.mkdir(parents=True, exist_ok=True)
    fsdd = speech.load_fsdd(args.fsdd)
    if args.development:
        fsdd = {k: [c for c in clips if c["index"] < 45] for k, clips in fsdd.items()}
    clips = speech.render_set(args.clips, args.seed, args.work / "clips.pkl")
    compact = v.Compact.of_texts([c["text"] for c in clips])
    print(f"{sum(map(len, fsdd.values()))} digits, {len(clips)} phrases, {compact.size} rows")
    return windows.Source(fsdd, clips, args.fsdd_share), compact


def average(optimizer):
    """Averages weights and moments of all processes."""
    tensors = []
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            state = optimizer.state[parameter]
            tensors += [parameter.data, state["exp_avg"], state["exp_avg_sq"]]
    everything = torch.cat([t.flatten() for t in tensors])
    dist.all_reduce(everything)
    everything /= dist.get_world_size()
    parts = everything.split([t.numel() for t in tensors])
    for tensor, part in zip(tensors, parts, strict=True):
        tensor.copy_(part.view_as(tensor))


def run(rank: int, args, source, compact, meeting: str):
    """One training process; each makes and works through its own windows."""
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    dist.init_process_group(
        "gloo", init_method=f"file://{meeting}", rank=rank, world_size=args.processes
    )
    rng = random.Random(args.seed * 1000 + rank)
    model, frame_head = make_model(args, compact)
    if args.resume:
        state = torch.load(args.resume)
        model.load_state_dict(state["model"])
        frame_head.load_state_dict(state["frame_head"])
    parameters = [p for m in (model, frame_head) for p in m.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": 0.02},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=args.rate, betas=(0.9, 0.98))
    began = last_save = time.time()
    step, heard_s, progress, log = 0, 0, args.start, []
    while progress < args.until:
        seconds, size = stage(progress)
        batch = windows.batch(source, compact, rng, size, seconds, share=min(1.0, 4 * progress))
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bfloat16):
            parts, hits = losses(model, frame_head, batch, compact)
        total = parts["main"] + FRAME_WEIGHT * parts["heard"] + GUIDE_WEIGHT * parts["guide"]
        optimizer.zero_grad()
        total.backward()
        norm = nn.utils.clip_grad_norm_(parameters, 1.0)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(args, step, progress)
        if torch.isfinite(norm):
            optimizer.step()
        step += 1
        heard_s += seconds * size
        minutes = (time.time() - began) / 60
        if step % SYNC == 0:
            # Counted in sound, not in minutes, so that every machine takes the same steps.
            done = step / args.steps if args.steps else heard_s / 3600 / args.hours
            progress = args.start + (1 - args.start) * done
            average(optimizer)
        if rank:
            continue
        log.append({k: x.item() for k, x in parts.items()} | {"right": hits.item()})
        if step % 50 == 0:
            mean = {k: round(sum(x[k] for x in log) / len(log), 3) for k in log[0]}
            line = {"step": step, "minutes": round(minutes, 1), "seconds": seconds}
            print(json.dumps(line | {"progress": round(progress, 3)} | mean), flush=True)
            log = []
        if time.time() - last_save > 120 or progress >= args.until:
            last_save = time.time()
            save(args.work / "checkpoint.pt", model, frame_head, compact, args, step)
    if not rank:
        print(f"{step} steps in {minutes:.1f} minutes", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fsdd", type=Path, required=True, help="folder or tar of FSDD recordings")
    parser.add_argument("--work", type=Path, required=True, help="folder for the checkpoint")
    parser.add_argument("--hours", type=float, default=82, help="of sound, for each process")
    parser.add_argument("--steps", type=int, default=0, help="number of steps, instead of hours")
    parser.add_argument("--resume", type=Path, help="checkpoint to start from")
    parser.add_argument("--start", type=float, default=0.0, help="share of the schedule to skip")
    parser.add_argument("--until", type=float, default=1.0, help="share of the schedule to end at")
    parser.add_argument("--clips", type=int, default=12000, help="phrases rendered by espeak-ng")
    parser.add_argument("--fsdd-share", type=float, default=0.42, help="share of FSDD phrases")
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--encoder-layers", type=int, default=3)
    parser.add_argument("--decoder-layers", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1.2e-3, help="highest learning rate")
    parser.add_argument("--warmup", type=int, default=100, help="steps")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2, help="of one thread each")
    parser.add_argument("--no-bfloat16", dest="bfloat16", action="store_false")
    parser.add_argument("--development", action="store_true", help="keep indices 45 to 49 apart")
    args = parser.parse_args()
    torch.set_num_threads(1)
    source, compact = prepare(args)
    with tempfile.TemporaryDirectory() as folder:
        shared = (args, source, compact, f"{folder}/meeting")
        torch.multiprocessing.start_processes(run, shared, args.processes, start_method="fork")


if __name__ == "__main__":
    main()
