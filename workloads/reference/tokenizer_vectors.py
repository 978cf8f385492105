#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Hugging Face's `tokenizers` makes of tricky texts with the embedded model's tokenizer.

    python3 tokenizer_vectors.py models/bookworm/tokenizer.json tests/workloads/data/bookworm_tokens.json
"""
import json
import pathlib
import sys

import tokenizers

from smollm2_reference import TRICKY


def main():
    tokenizer = tokenizers.Tokenizer.from_file(sys.argv[1])
    rows = [{"text": text, "tokens": tokenizer.encode(text, add_special_tokens=False).ids} for text in TRICKY]
    made_with = {"tokenizers": tokenizers.__version__}
    pathlib.Path(sys.argv[2]).write_text(
        json.dumps({"made_with": made_with, "tokenized": rows}, separators=(",", ":")).replace('},{', '},\n{') + "\n")


if __name__ == "__main__":
    main()
