#!/usr/bin/env python3
"""The text of bookworm: the King James Bible and six novels of Jane Austen, out of two Debian packages.

    python3 corpus.py --out DIR [--rdata FILE]

writes DIR/train.txt, DIR/heldout.txt and DIR/heldout.json (byte counts and SHA-256 of each part).
README.md ("The text, to the byte") states the same rules for implementers in other languages.
"""
import argparse
import hashlib
import json
import pathlib
import re
import struct
import subprocess
import tempfile
import zlib

KJV_PACKAGE, AUSTEN_PACKAGE = "bible-kjv", "r-cran-janeaustenr"
KJV_ALL = "Gen1:1-Rev22:21"
RDATA = pathlib.Path("usr/lib/R/site-library/janeaustenr/data/Rdata.rdb")
NOVELS = ["emma", "mansfieldpark", "northangerabbey", "persuasion", "prideprejudice", "sensesensibility"]

# Held-out parts, in order: whole books of the Bible alternate with the ends of the novels.
HELDOUT_BOOKS = ["Ruth1:1-Ruth4:22", "Jonah1:1-Jonah4:11", "Amos1:1-Amos9:15",
                 "Acts1:1-Acts28:31", "Phi1:1-Phi4:23", "Jas1:1-Jas5:20"]


def verses(selection):
    """Verses of a selection, one bytes object each, without the reference in front ("Ruth1:1 ")."""
    printed = subprocess.run(["bible", "-f", selection], check=True, capture_output=True).stdout
    for line in printed.split(b"\n"):
        if line:
            reference, verse = line.split(b" ", 1)
            yield reference, b" ".join(word for word in verse.split(b" ") if word)


def kjv_text(selection, without=frozenset()):
    """The selection as text, one verse a line; books whose abbreviation is in `without` are left out."""
    book = lambda reference: re.match(rb"([1-3]?[A-Za-z]+)\d+:\d+$", reference).group(1)
    return b"".join(verse + b"\n" for reference, verse in verses(selection) if book(reference) not in without)


def rdata_file():
    """The installed data file of janeaustenr, or one unpacked from the downloaded package (R is not needed)."""
    installed = pathlib.Path("/") / RDATA
    if installed.exists():
        return installed.read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "-qq", "download", AUSTEN_PACKAGE], cwd=folder, check=True)
        package = next(pathlib.Path(folder).glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        return (pathlib.Path(folder) / RDATA).read_bytes()


def character_vector(record):
    """The strings of one R character vector serialized as XDR (R Internals, section 1.8), format version 3."""
    assert record[:2] == b"X\n"
    encoding_length, = struct.unpack_from(">i", record, 14)
    at = 18 + encoding_length
    flags, count = struct.unpack_from(">ii", record, at)
    assert flags & 0xFF == 16  # STRSXP
    at += 8
    for _ in range(count):
        flags, length = struct.unpack_from(">ii", record, at)
        assert flags & 0xFF == 9 and length >= 0  # CHARSXP, not NA
        yield record[at + 8:at + 8 + length]
        at += 8 + length


def novels(rdata):
    """{name: lines} of the six novels; the records stand in the order of NOVELS."""
    found, at = {}, 0
    for name in NOVELS:
        size, = struct.unpack_from(">I", rdata, at)
        stream = zlib.decompressobj()
        record = stream.decompress(rdata[at + 4:])
        assert len(record) == size and stream.eof
        at = len(rdata) - len(stream.unused_data)
        found[name] = list(character_vector(record))
    assert at == len(rdata)
    return found


def split_line(lines):
    """Index of the first held-out line: the first blank line at or after 19/20 of the novel."""
    at = len(lines) * 19 // 20
    while lines[at].strip(b" "):
        at += 1
    return at


def paragraphs(lines):
    """Text of wrapped lines: a paragraph (lines up to a blank one) becomes one line, its words one space apart."""
    text, words = [], []
    for line in [*lines, b""]:
        new = [word for word in line.split(b" ") if word]
        if not new and words:
            text.append(b" ".join(words) + b"\n")
            words = []
        words += new
    return b"".join(text)


def corpus(rdata):
    """(training text, [(package, selection, held-out text)])."""
    books = frozenset(re.match(r"\D+", selection).group().encode() for selection in HELDOUT_BOOKS)
    train, heldout = [kjv_text(KJV_ALL, without=books)], []
    for selection, (name, lines) in zip(HELDOUT_BOOKS, novels(rdata).items()):
        at = split_line(lines)
        train.append(paragraphs(lines[:at]))
        heldout.append((KJV_PACKAGE, selection, kjv_text(selection)))
        heldout.append((AUSTEN_PACKAGE, f"{name} lines {at}..{len(lines) - 1}", paragraphs(lines[at:])))
    return b"".join(train), heldout


def describe(heldout):
    """Byte counts and SHA-256 of the held-out parts and of their concatenation."""
    measure = lambda text: {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    parts = [{"package": package, "selection": selection, **measure(text)} for package, selection, text in heldout]
    return {"parts": parts, **measure(b"".join(text for _, _, text in heldout))}


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("--out", type=pathlib.Path, required=True)
    arguments.add_argument("--rdata", type=pathlib.Path, help="Rdata.rdb of janeaustenr, when it is not installed")
    options = arguments.parse_args()
    train, heldout = corpus(options.rdata.read_bytes() if options.rdata else rdata_file())
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "train.txt").write_bytes(train)
    (options.out / "heldout.txt").write_bytes(b"".join(text for _, _, text in heldout))
    (options.out / "heldout.json").write_text(json.dumps(describe(heldout), indent=1) + "\n")
    print(f"train {len(train)} bytes, held out {sum(len(text) for _, _, text in heldout)} bytes")


if __name__ == "__main__":
    main()
