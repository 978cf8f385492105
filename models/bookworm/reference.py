#!/usr/bin/env python3
"""Writes reference.json: what `tokenizers` and `transformers` (LlamaForCausalLM, FP32) make of bookworm's files.

    python3 reference.py --heldout DIR/heldout.txt [--model FOLDER]

The weights are read from the FP16 file and computed with in FP32. An implementation must find the same token ids, and
the same logits and mean negative log-likelihoods (nats a prediction) up to FP32 rounding.
"""
import argparse
import hashlib
import json
import math
import pathlib

import numpy as np
import torch
import transformers
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

WINDOW = 512
PROMPT = ("A hardware unit multiplies 32 pairs of numbers, adds the products, and rounds once; what's lost in 8 bits? "
          "In a naïve café — open 7:30 to 16:45 — they're testing \"E4M3\" against INT8 (±127), "
          "and nobody's quite sure yet...\n\tSee you   soon, said the engineer!\n")


@torch.no_grad()
def likelihood(model, ids):
    """Logits at the last position, and nats of each prediction from an empty context."""
    logits = model(torch.tensor([ids])).logits[0]
    return logits[-1], torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(ids[1:]), reduction="none").double()


def main():
    here = pathlib.Path(__file__).parent
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--heldout", type=pathlib.Path, required=True)
    arguments.add_argument("--model", type=pathlib.Path, default=here, help="folder with config, weights and tokenizer")
    options = arguments.parse_args()
    torch.set_num_threads(1)  # windows this small gain nothing from a second thread, and lose much on a busy machine
    tokenizer = Tokenizer.from_file(str(options.model / "tokenizer.json"))
    model = LlamaForCausalLM.from_pretrained(options.model, dtype=torch.float32, attn_implementation="eager").eval()
    ids = tokenizer.encode(PROMPT).ids
    assert tokenizer.decode(ids) == PROMPT
    logits, prompt_nll = likelihood(model, ids)
    heldout = tokenizer.encode(options.heldout.read_bytes().decode("utf-8")).ids
    windows = [likelihood(model, heldout[at:at + WINDOW])[1]
               for at in range(0, len(heldout) - WINDOW + 1, WINDOW)]
    first_16, whole = torch.cat(windows[:16]).mean().item(), torch.cat(windows).mean().item()
    digits = lambda number: float(f"{number:.9g}")
    reference = {
        "made_by": f"reference.py with transformers {transformers.__version__}, torch {torch.__version__.split('+')[0]}",
        "prompt": PROMPT,
        "prompt_ids": ids,
        "prompt_mean_nll": digits(prompt_nll.mean()),
        "prompt_last_logits": [digits(logit) for logit in logits.tolist()],
        "heldout_ids_sha256": hashlib.sha256(np.array(heldout, "<u2").tobytes()).hexdigest(),  # 2 bytes each, little-endian
        "heldout_first_window_mean_nll": digits(windows[0].mean()),
        "heldout_tokens": len(heldout),
        "heldout_first_8192_tokens": {"mean_nll": digits(first_16), "perplexity": digits(math.exp(first_16))},
        "heldout_whole": {"mean_nll": digits(whole), "perplexity": digits(math.exp(whole))},
    }
    (options.model / "reference.json").write_text(json.dumps(reference, ensure_ascii=False) + "\n", encoding="utf-8")
    print({key: reference[key] for key in ("prompt_mean_nll", "heldout_first_window_mean_nll",
                                           "heldout_first_8192_tokens", "heldout_whole")})


if __name__ == "__main__":
    main()
