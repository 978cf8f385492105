// SPDX-License-Identifier: Apache-2.0
// Splits a minifloat code (sign | EXP_BITS exponent | MAN_BITS fraction) into what a multiplier needs. Latency 0.
//   value = (-1)^sign_o * significand_o * 2^(exponent_o - bias - MAN_BITS)
//   exponent_o is the biased exponent, at least 1 (a subnormal has exponent 1 and no hidden one; not normalised).
// SPECIALS names the rule for NaN and Inf:
//   0 none   every code is a number                       (OCP MX E2M1, E2M3, E3M2)
//   1 fn     all ones is NaN, no Inf                       (OCP OFP8 E4M3)
//   2 ieee   exponent all ones: fraction 0 Inf, else NaN   (IEEE 754-2019 clause 3.4; E5M2, BF16, FP16)
//   3 fnuz   the code of minus zero is NaN, no Inf         (Noune et al., arXiv 2206.02915)
module minifloat_unpack #(
    parameter EXP_BITS = 4,
    parameter MAN_BITS = 3,
    parameter SPECIALS = 1
) (
    input  logic [EXP_BITS+MAN_BITS:0] code_i,
    output logic                       sign_o,
    output logic [       EXP_BITS-1:0] exponent_o,
    output logic [         MAN_BITS:0] significand_o,
    output logic                       zero_o,
    output logic                       nan_o,
    output logic                       infinite_o
);
  wire                sign = code_i[EXP_BITS+MAN_BITS];
  wire [EXP_BITS-1:0] exponent = code_i[MAN_BITS+:EXP_BITS];
  wire [MAN_BITS-1:0] fraction = code_i[0+:MAN_BITS];
  wire                hidden = |exponent;
  assign sign_o        = sign;
  assign exponent_o    = exponent | {{(EXP_BITS - 1) {1'b0}}, ~hidden};
  assign significand_o = {hidden, fraction};
  assign zero_o        = ~hidden & ~(|fraction);
  generate
    if (SPECIALS == 1) begin : gen_fn
      assign nan_o      = (&exponent) & (&fraction);
      assign infinite_o = 1'b0;
    end else if (SPECIALS == 2) begin : gen_ieee
      assign nan_o      = (&exponent) & (|fraction);
      assign infinite_o = (&exponent) & ~(|fraction);
    end else if (SPECIALS == 3) begin : gen_fnuz
      assign nan_o      = sign & zero_o;
      assign infinite_o = 1'b0;
    end else begin : gen_none
      assign nan_o      = 1'b0;
      assign infinite_o = 1'b0;
    end
  endgenerate
endmodule
