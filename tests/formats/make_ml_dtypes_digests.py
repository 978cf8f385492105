#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes formats/ml_dtypes_digests.csv: what the Python package ml_dtypes makes of every one of the 2^32 FP32 numbers.

Lines: format,chunk,digest. A chunk is the 2^23 numbers of one sign and exponent field (chunk 0 to 511: the upper nine bits),
its digest the CRC-32 (zlib) of their codes, one byte each, in the order of their bit patterns. Two things are not
arithmetic and are made one: every NaN code counts as the format's canonical NaN, and in a format without NaN the code of a
NaN counts as 0. `macroscope formats --exhaustive` computes the same digests and names the chunks that differ.
Needs numpy and ml_dtypes; takes some minutes. Run in the repository's root.
"""
import zlib

import ml_dtypes
import numpy

FORMATS = {  # our name: (ml_dtypes type, canonical NaN or None)
    "e4m3": (ml_dtypes.float8_e4m3fn, 0x7F),
    "e5m2": (ml_dtypes.float8_e5m2, 0x7E),
    "e4m3fnuz": (ml_dtypes.float8_e4m3fnuz, 0x80),
    "e5m2fnuz": (ml_dtypes.float8_e5m2fnuz, 0x80),
    "e3m4": (ml_dtypes.float8_e3m4, 0x78),
    "e2m3": (ml_dtypes.float6_e2m3fn, None),
    "e3m2": (ml_dtypes.float6_e3m2fn, None),
    "e2m1": (ml_dtypes.float4_e2m1fn, None),
    "e8m0": (ml_dtypes.float8_e8m0fnu, 0xFF),
}


def canonical_codes(kind, nan):
    """A table from code to code; formats of fewer than 8 bits have no NaN."""
    codes = numpy.arange(256, dtype=numpy.uint8)
    if nan is not None:
        codes[numpy.isnan(codes.view(kind).astype(numpy.float32))] = nan
    return codes


def main():
    lines = [f"# ml_dtypes {ml_dtypes.__version__}, by tests/formats/make_ml_dtypes_digests.py\n"]
    for name, (kind, nan) in FORMATS.items():
        table = canonical_codes(kind, nan)
        for chunk in range(512):
            numbers = numpy.arange(chunk << 23, (chunk + 1) << 23, dtype=numpy.uint32).view(numpy.float32)
            with numpy.errstate(all="ignore"):
                codes = numbers.astype(kind).view(numpy.uint8)
            if nan is not None:
                codes = table[codes]
            elif chunk % 256 == 255:
                codes = numpy.where(numpy.isnan(numbers), numpy.uint8(0), codes)
            lines.append(f"{name},{chunk},{zlib.crc32(codes.tobytes()):08x}\n")
        print(name, flush=True)
    with open("formats/ml_dtypes_digests.csv", "w", encoding="ascii") as out:
        out.writelines(lines)


main()
