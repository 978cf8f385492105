#!/usr/bin/env python3
"""Trains bookworm's tokenizer: byte-level BPE with GPT-2's pre-tokenizer, on the training text only.

    python3 tokenizer.py --text DIR/train.txt --out tokenizer.json
"""
import argparse
import pathlib

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

VOCABULARY = 1024


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--text", type=pathlib.Path, required=True)
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    options = arguments.parse_args()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    # All 256 bytes are in the vocabulary, so any text can be encoded and no token is special.
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    lines = options.text.read_text(encoding="utf-8").splitlines(keepends=True)
    tokenizer.train_from_iterator(lines, trainer=trainer)
    tokenizer.save(str(options.out), pretty=True)


if __name__ == "__main__":
    main()
