#!/usr/bin/env python3
"""What a 5-gram makes of bookworm's held-out text: the yardstick that the language model has to beat.

    python3 ngram5.py --train DIR/train.txt --heldout DIR/heldout.txt --tokenizer tokenizer.json

Interpolated modified Kneser-Ney smoothing (Chen and Goodman 1999, section 3 and equations 26-30) over the same tokens,
trained on the same text; the unigrams are interpolated with the uniform distribution. Predictions are the model's:
windows of 512 tokens, each from an empty context, 511 predictions a window.
"""
import argparse
import json
import math
import pathlib

import numpy as np
from tokenizers import Tokenizer

ORDER, WINDOW, BITS = 5, 512, 10  # a token has 10 bits, so a 5-gram fits an int64


def packed(tokens, n):
    """Every n-gram of consecutive tokens as one integer, first token in the highest bits."""
    return sum(tokens[i:len(tokens) - n + 1 + i].astype(np.int64) << BITS * (n - 1 - i) for i in range(n))


class Level:
    """One order: its n-grams with their (continuation) counts, and per context the total and the mass to hand down."""

    def __init__(self, grams, counts):
        self.grams, self.counts = grams, counts
        n1, n2, n3, n4 = (np.count_nonzero(counts == k) for k in (1, 2, 3, 4))
        y = n1 / (n1 + 2 * n2)
        self.discount = np.array([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
        self.contexts, start = np.unique(grams >> BITS, return_index=True)
        self.totals = np.add.reduceat(counts, start)
        self.handed_down = np.add.reduceat(self.discount[np.minimum(counts, 3)], start) / self.totals

    def probability(self, grams, lower):
        """P(last token | the tokens before it), interpolated with `lower`, the next order's probabilities."""
        count = looked_up(self.grams, self.counts, grams, 0)
        total = looked_up(self.contexts, self.totals, grams >> BITS, 1)
        down = looked_up(self.contexts, self.handed_down, grams >> BITS, 1.0)  # unseen context: all mass goes down
        return np.maximum(count - self.discount[np.minimum(count, 3)], 0) / total + down * lower


def looked_up(keys, values, wanted, missing):
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], missing)


def levels(tokens):
    """Levels of order 1..ORDER; below the highest, an n-gram counts the distinct tokens seen before it."""
    grams, counts = np.unique(packed(tokens, ORDER), return_counts=True)
    found = [Level(grams, counts)]
    for n in range(ORDER - 1, 0, -1):
        grams, counts = np.unique(np.unique(packed(tokens, n + 1)) & (1 << BITS * n) - 1, return_counts=True)
        found.insert(0, Level(grams, counts))
    return found


def nll(model, tokens, vocabulary):
    """Nats of each prediction in whole windows; where fewer than four tokens stand before, lower orders answer."""
    windows = tokens[:len(tokens) // WINDOW * WINDOW].reshape(-1, WINDOW).astype(np.int64)
    p = np.full((len(windows), WINDOW), 1 / vocabulary)
    for n, level in enumerate(model, start=1):
        grams = sum(windows[:, i:WINDOW - n + 1 + i] << BITS * (n - 1 - i) for i in range(n))
        p[:, n - 1:] = level.probability(grams, p[:, n - 1:])
    return -np.log(p[:, 1:])


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("train", "heldout", "tokenizer"):
        arguments.add_argument("--" + name, type=pathlib.Path, required=True)
    options = arguments.parse_args()
    tokenizer = Tokenizer.from_file(str(options.tokenizer))
    encode = lambda path: np.array(tokenizer.encode(path.read_bytes().decode("utf-8")).ids)
    train, heldout = encode(options.train), encode(options.heldout)
    model, vocabulary = levels(train), tokenizer.get_vocab_size()
    assert vocabulary <= 1 << BITS
    for tokens in (heldout[:8192], heldout):
        mean = nll(model, tokens, vocabulary).mean()
        print(json.dumps({"tokens": len(tokens), "nll": round(mean, 5), "perplexity": round(math.exp(mean), 4)}))


if __name__ == "__main__":
    main()
