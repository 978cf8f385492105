#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ml_dtypes_vectors.csv: what the Python package ml_dtypes makes of codes and of numbers.

Lines: format,decode,CODE,FP32 bits of the code's value   and   format,encode,FP32 bits of a number,CODE (all hexadecimal).
Needs numpy and ml_dtypes. Run in this folder; the file is committed, so that tests need neither.
"""
import numpy
import ml_dtypes

FORMATS = {  # our name: (ml_dtypes type, bits, has a NaN)
    "e4m3": (ml_dtypes.float8_e4m3fn, 8, True),
    "e4m3ieee": (ml_dtypes.float8_e4m3, 8, True),
    "e5m2": (ml_dtypes.float8_e5m2, 8, True),
    "e3m4": (ml_dtypes.float8_e3m4, 8, True),
    "e4m3fnuz": (ml_dtypes.float8_e4m3fnuz, 8, True),
    "e5m2fnuz": (ml_dtypes.float8_e5m2fnuz, 8, True),
    "e2m3": (ml_dtypes.float6_e2m3fn, 6, False),
    "e3m2": (ml_dtypes.float6_e3m2fn, 6, False),
    "e2m1": (ml_dtypes.float4_e2m1fn, 4, False),
    "bf16": (ml_dtypes.bfloat16, 16, True),
    "e8m0": (ml_dtypes.float8_e8m0fnu, 8, True),
}
ENCODES = 2000


def values_of(kind, bits, codes):
    storage = numpy.uint16 if bits == 16 else numpy.uint8
    return codes.astype(storage).view(kind).astype(numpy.float32)


def tricky_numbers(kind, bits, has_nan, random):
    """Codes' own values, ties between neighbours and their FP32 neighbours, subnormals, overflow, specials."""
    codes = numpy.arange(2**bits) if bits <= 8 else random.integers(0, 2**bits, 600)
    values = values_of(kind, bits, codes)
    finite = numpy.unique(values[numpy.isfinite(values)])
    halfway = ((finite[:-1].astype(numpy.float64) + finite[1:]) / 2).astype(numpy.float32)
    largest, smallest = finite.max(), finite[finite > 0].min()
    pool = [finite, halfway, numpy.nextafter(halfway, numpy.float32(numpy.inf)), numpy.nextafter(halfway, numpy.float32(-numpy.inf)),
            numpy.minimum(float(largest) * numpy.array([1, 1.03, 1.0625, 1.1, 1.25, 1.5, 2, 1000]), 3.4028234e38),
            smallest * numpy.array([0.25, 0.5, 0.500001, 0.75, 1.5], numpy.float32),
            numpy.array([0.0, numpy.inf, 3.4e38, 1e-45, 1e-38], numpy.float32),
            random.uniform(0, min(1.2 * float(largest), 3.4e38), 200).astype(numpy.float32),
            (numpy.exp2(random.uniform(-20, 12, 2000)) * random.choice([1.0, 1.5], 2000)).astype(numpy.float32)]
    pool = [part.astype(numpy.float32) for part in pool]
    numbers = numpy.concatenate(pool)
    numbers = numpy.concatenate([numbers, -numbers])
    if has_nan:
        numbers = numpy.concatenate([numbers, numpy.array([numpy.nan], numpy.float32)])
    bits32 = numpy.unique(numbers.view(numpy.uint32))
    if len(bits32) > ENCODES:  # ties and their neighbours first, the random rest thinned out
        keep = numpy.unique(numpy.concatenate([numpy.concatenate(pool[1:7]), -numpy.concatenate(pool[1:7])]).view(numpy.uint32))
        rest = numpy.setdiff1d(bits32, keep)
        keep = random.choice(keep, min(len(keep), ENCODES - 200), replace=False)
        room = ENCODES - len(keep)
        bits32 = numpy.concatenate([keep, random.choice(rest, min(room, len(rest)), replace=False)])
    return bits32.view(numpy.float32)


def main():
    random = numpy.random.default_rng(20)
    with open("ml_dtypes_vectors.csv", "w", encoding="ascii") as out:
        out.write(f"# ml_dtypes {ml_dtypes.__version__}, by make_ml_dtypes_vectors.py\n")
        for name, (kind, bits, has_nan) in FORMATS.items():
            codes = numpy.arange(2**bits) if bits <= 8 else random.integers(0, 2**bits, 1000)
            for code, value in zip(codes, values_of(kind, bits, codes).view(numpy.uint32)):
                out.write(f"{name},decode,{code:x},{value:x}\n")
            if name == "e8m0":
                continue  # our block scales follow the MX rules, not rounding to nearest
            numbers = tricky_numbers(kind, bits, has_nan, random)
            storage = numpy.uint16 if bits == 16 else numpy.uint8
            with numpy.errstate(all="ignore"):
                found = numbers.astype(kind).view(storage)
            for number, code in zip(numbers.view(numpy.uint32), found):
                out.write(f"{name},encode,{number:x},{code:x}\n")


main()
