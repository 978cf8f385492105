#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What transformers computes from the GGUF file of SmolLM2: tokens, logits and NLL that the C++ model must reproduce.

    python3 smollm2_reference.py FILE.gguf OUT.json      (needs torch, transformers, gguf, accelerate)

transformers de-quantizes the file to FP32 itself. OUT.json is committed as tests/workloads/data/smollm2_reference.json.
"""
import argparse
import hashlib
import json
import pathlib
import time

import torch
import transformers
from tokenizers import pre_tokenizers

PROMPT = ("MAC arrays multiply and accumulate. An array of 16 rows and 16 columns holds 256 units; each of them adds 32 "
          "products to a partial sum in every cycle.\n\nWhat limits the clock? Not the multipliers alone: aligning the "
          "products of an FP8 unit takes a shifter for each lane, and the sum has to be rounded before it can be used "
          "again. That's why they're pipelined, and why we'd rather compare units at one common clock than at their best.\n")

TRICKY = ["", " ", "  two  spaces ", "a\nb\n\nc\t\td \n ", "1984 and 3.14159, 007", "Don't they're we'd I'll it's 'tis",
          "naïve café — “quoted” …", "Ελληνικά, русский, 中文字符, 日本語テキスト", "x²+y³=½ Ⅷ ١٢٣", "emoji 👩‍🚀🎉 end",
          "\u00a0nbsp\u2003emspace\u0085nel\x0bvt\x0cff", "def f(x):\n    return x**2  # ok\n", "<|im_start|>user\nhi<|im_end|>",
          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "...!!!???---", "e\u0301 combining", "\r\nwindows\r\n", "a" * 70 + " " * 9 + "b"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("gguf", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    return parser.parse_args()


def main():
    options = arguments()
    folder, name = str(options.gguf.parent), options.gguf.name
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=name)
    # transformers' conversion drops what the file's pre-tokenizer "smollm" says (each digit, of any script, alone, as llama.cpp does).
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32).eval()
    tokens = tokenizer(PROMPT, add_special_tokens=False).input_ids
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0]
    nll = torch.nn.functional.cross_entropy(logits[:-1].double(), torch.tensor(tokens[1:])).item()
    positions = [0, 1, len(tokens) // 2, len(tokens) - 1]
    probe = list(range(0, logits.shape[1], 2003))
    window = (torch.arange(512) * 97 % 40000 + 100)[None]
    with torch.no_grad():
        model(window)
        begin = time.time()
        model(window)
        seconds = time.time() - begin
    print(f"512 tokens: {seconds:.3f} s, {torch.get_num_threads()} threads")
    result = {
        "gguf_sha256": hashlib.sha256(options.gguf.read_bytes()).hexdigest(),
        "made_with": {"torch": torch.__version__, "transformers": transformers.__version__},
        "prompt": PROMPT,
        "tokens": tokens,
        "mean_nll": nll,
        "argmax": logits.argmax(-1).tolist(),
        "logits": [{"position": p, "tokens": probe, "values": [round(logits[p, t].item(), 5) for t in probe]} for p in positions],
        "tokenized": [{"text": text, "tokens": tokenizer(text, add_special_tokens=False).input_ids} for text in TRICKY],
    }
    options.out.write_text(json.dumps(result, ensure_ascii=True, separators=(",", ":")).replace('],"', '],\n"') + "\n")


if __name__ == "__main__":
    main()
