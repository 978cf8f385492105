#!/usr/bin/env python3
"""Trains bookworm on the CPU for a given wall-clock time and writes FP16 safetensors in Hugging Face's layout.

    python3 train.py --text DIR/train.txt --tokenizer tokenizer.json --config config.json \
                     --out model.safetensors --minutes 33 [--heldout DIR/heldout.txt] [--start model.safetensors]

The learning rate follows the fraction of the time that has passed, so a busy machine shortens the training but never
breaks its schedule. --start goes on from earlier weights; where others use the machine, --threads 1 wastes least.
Matrices are trained by Muon (orthogonalised momentum), embedding and norms by AdamW.
"""
import argparse
import json
import math
import os
import pathlib
import time

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

CONTEXT, BATCH_TOKENS = 512, 4096
SHORT_CONTEXT = 256  # cheaper windows first; from --long-from on, whole ones
WARM_UP = 0.02  # fraction of the time; then the rate is flat until --decay-from, then falls linearly to zero
MATRIX_RATE, OTHER_RATE, WEIGHT_DECAY = 0.02, 0.003, 0.1


class Block(torch.nn.Module):
    """One layer; member names are those of LlamaForCausalLM, so that the state dict needs no renaming."""

    def __init__(self, c):
        super().__init__()
        d, head, kv, ffn = c["hidden_size"], c["head_dim"], c["num_key_value_heads"], c["intermediate_size"]
        linear = lambda i, o: torch.nn.Linear(i, o, bias=False)
        self.heads, self.kv_heads, self.head_dim = c["num_attention_heads"], kv, head
        self.self_attn = torch.nn.ModuleDict({"q_proj": linear(d, self.heads * head), "k_proj": linear(d, kv * head),
                                              "v_proj": linear(d, kv * head), "o_proj": linear(self.heads * head, d)})
        self.mlp = torch.nn.ModuleDict({"gate_proj": linear(d, ffn), "up_proj": linear(d, ffn), "down_proj": linear(ffn, d)})
        self.input_layernorm = torch.nn.RMSNorm(d, eps=c["rms_norm_eps"])
        self.post_attention_layernorm = torch.nn.RMSNorm(d, eps=c["rms_norm_eps"])

    def forward(self, x, cos, sin):
        batch, length, _ = x.shape
        split = lambda y, heads: y.view(batch, length, heads, self.head_dim).transpose(1, 2)
        a, h = self.self_attn, self.input_layernorm(x)
        q, k, v = (rotate(split(a["q_proj"](h), self.heads), cos, sin),
                   rotate(split(a["k_proj"](h), self.kv_heads), cos, sin), split(a["v_proj"](h), self.kv_heads))
        group = self.heads // self.kv_heads
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + a["o_proj"](y.transpose(1, 2).reshape(batch, length, -1))
        m, h = self.mlp, self.post_attention_layernorm(x)
        return x + m["down_proj"](F.silu(m["gate_proj"](h)) * m["up_proj"](h))


def rotate(x, cos, sin):
    """Rotary position embedding as Hugging Face pairs it: component i with component i + head_dim / 2."""
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class Llama(torch.nn.Module):
    def __init__(self, c):
        super().__init__()
        self.model = torch.nn.ModuleDict({
            "embed_tokens": torch.nn.Embedding(c["vocab_size"], c["hidden_size"]),
            "layers": torch.nn.ModuleList(Block(c) for _ in range(c["num_hidden_layers"])),
            "norm": torch.nn.RMSNorm(c["hidden_size"], eps=c["rms_norm_eps"])})
        half = torch.arange(0, c["head_dim"], 2) / c["head_dim"]
        angle = torch.arange(c["max_position_embeddings"])[:, None] * c["rope_theta"] ** -half
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        for name, p in self.named_parameters():
            if name.endswith(("o_proj.weight", "down_proj.weight")):
                torch.nn.init.zeros_(p)  # every layer begins as the identity
            elif "proj" in name:
                torch.nn.init.normal_(p, std=0.5 / math.sqrt(p.shape[1]))
            elif "embed" in name:
                torch.nn.init.normal_(p, std=0.02)

    def forward(self, ids, targets):
        """Cross-entropy of each target, in nats; shape of `targets`, flattened."""
        length = ids.shape[1]
        x = self.model["embed_tokens"](ids)
        for layer in self.model["layers"]:
            x = layer(x, self.cos[:length], self.sin[:length])
        logits = F.linear(self.model["norm"](x), self.model["embed_tokens"].weight)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none")


class Muon:
    """Momentum whose update is orthogonalised by a Newton-Schulz iteration (K. Jordan et al., 2024), batched by shape."""

    def __init__(self, matrices, momentum=0.95):
        self.momentum, self.groups = momentum, {}
        for p in matrices:
            self.groups.setdefault(p.shape, []).append(p)
        self.buffers = {shape: torch.zeros(len(ps), *shape) for shape, ps in self.groups.items()}

    @torch.no_grad()
    def step(self, rate):
        for shape, ps in self.groups.items():
            gradient, buffer = torch.stack([p.grad for p in ps]), self.buffers[shape]
            buffer.lerp_(gradient, 1 - self.momentum)
            update = orthogonalised(gradient.lerp(buffer, self.momentum)) * max(1, shape[0] / shape[1]) ** 0.5
            for p, u in zip(ps, update):
                p.mul_(1 - rate * WEIGHT_DECAY).sub_(u, alpha=rate)


def orthogonalised(g):
    x = g.mT if g.shape[-2] > g.shape[-1] else g
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.mT if g.shape[-2] > g.shape[-1] else x


def encode(tokenizer, path):
    return torch.tensor(tokenizer.encode(path.read_bytes().decode("utf-8")).ids)


def batches(tokens, context):
    """Endless batches of (ids, targets); each pass over the text cuts it at a new offset and shuffles the pieces."""
    size = BATCH_TOKENS // context
    while True:
        at = torch.randint(context, ()).item() + torch.randperm(len(tokens) // context - 1) * context
        for some in at[:len(at) // size * size].view(-1, size):
            piece = tokens[some[:, None] + torch.arange(context + 1)]
            yield piece[:, :-1], piece[:, 1:]


def shape_of_rate(done, decay_from):
    return min(done / WARM_UP, 1.0, (1 - done) / (1 - decay_from))


@torch.no_grad()
def mean_nll(net, tokens):
    """Nats per token over whole windows, each from an empty context (511 predictions a window)."""
    windows = tokens[:len(tokens) // CONTEXT * CONTEXT].view(-1, CONTEXT)
    return torch.cat([net(w[:, :-1], w[:, 1:]) for w in windows.split(8)]).double().mean().item()


def save(net, path):
    """FP16, without the head (it is the embedding); appears by rename."""
    unfinished = path.with_suffix(".unfinished")
    save_file({name: p.detach().half().contiguous() for name, p in net.state_dict().items()}, unfinished,
              metadata={"format": "pt"})
    os.replace(unfinished, path)


def load(net, path):
    net.load_state_dict({name: p.float() for name, p in load_file(path).items()})


def train(net, tokens, options, report):
    started = time.monotonic()
    done = lambda: (time.monotonic() - started) / (60 * options.minutes)
    matrices = [p for name, p in net.named_parameters() if "proj" in name]
    others = [p for name, p in net.named_parameters() if "proj" not in name]
    muon, adam = Muon(matrices), torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=0.0, fused=True)
    step, seen, saved, average = 0, 0, 0.0, None
    short, whole = batches(tokens, SHORT_CONTEXT), batches(tokens, CONTEXT)
    compiled = torch.compile(net, dynamic=False)
    while (now := done()) < 1:
        ids, targets = next(short if now < options.long_from else whole)
        loss = compiled(ids, targets).mean()
        net.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)  # Muon's update has a fixed norm already
        for group in adam.param_groups:
            group["lr"] = OTHER_RATE * shape_of_rate(now, options.decay_from)
        adam.step()
        muon.step(MATRIX_RATE * shape_of_rate(now, options.decay_from))
        step, seen = step + 1, seen + ids.numel()
        average = loss.item() if average is None else 0.98 * average + 0.02 * loss.item()
        if step % 20 == 0:
            report(f"{now:6.1%} step {step} tokens {seen} loss {average:.4f}")
        if now - saved > 0.1:
            saved = now
            save(net, options.out)
    report(f"{step} steps, {seen} tokens, {seen / len(tokens):.2f} passes, {time.monotonic() - started:.0f} s")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("text", "tokenizer", "config", "out"):
        arguments.add_argument("--" + name, type=pathlib.Path, required=True)
    arguments.add_argument("--minutes", type=float, default=33)
    arguments.add_argument("--start", type=pathlib.Path, help="go on from these weights, with a new schedule")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--decay-from", type=float, default=0.35, help="fraction of the time where the rate begins to fall")
    arguments.add_argument("--long-from", type=float, default=0.7, help="fraction of the time from which windows are whole")
    arguments.add_argument("--heldout", type=pathlib.Path, help="evaluate on this text at the end; never used to train")
    options = arguments.parse_args()
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    report = lambda line: print(line, flush=True)
    tokenizer = Tokenizer.from_file(str(options.tokenizer))
    tokens, net = encode(tokenizer, options.text), Llama(json.loads(options.config.read_text()))
    if options.start:
        load(net, options.start)
    report(f"{sum(p.numel() for p in net.parameters())} parameters, {len(tokens)} tokens")
    train(net, tokens, options, report)
    save(net, options.out)
    load(net, options.out)
    if options.heldout:
        heldout = encode(tokenizer, options.heldout)
        for part in (heldout[:8192], heldout):
            nll = mean_nll(net, part)
            report(f"held out, {len(part)} tokens, FP16 weights: {nll:.5f} nats, perplexity {math.exp(nll):.4f}")


if __name__ == "__main__":
    main()
