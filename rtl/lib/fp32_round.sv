// SPDX-License-Identifier: Apache-2.0
// Rounds a normalised significand to nearest even and packs an FP32 word. Latency 0.
//   magnitude = (significand_i + rest) * 2^(exponent_i - 127 - 23), 0 <= rest < 1
//   guard_i   the first bit of rest; settled_i: all further bits of rest equal complement_i
//   complement_i = 1: significand, guard and rest are the one's complement of a negative fixed-point number (its
//   two's complement minus one unit of its last place), whose missing unit is added here together with the rounding:
//   no separate negation is needed.
// significand_i[23] = 0 means a subnormal (exponent_i is then 1 and the field 0). Overflow gives Inf when
// OVERFLOW = 1; OVERFLOW = 0 promises that exponent_i is at most 253.
// Rounding: IEEE 754-2019 clause 4.3.1. The carry of the fraction runs into the exponent field by itself.
module fp32_round #(
    parameter EXPONENT_BITS = 10,
    parameter OVERFLOW      = 1
) (
    input  logic                     sign_i,
    input  logic [EXPONENT_BITS-1:0] exponent_i,
    input  logic [             23:0] significand_i,
    input  logic                     guard_i,
    input  logic                     settled_i,
    input  logic                     complement_i,
    output logic [             31:0] value_o
);
  wire increment = complement_i ? (guard_i | (settled_i & significand_i[0]))
                                : (guard_i & (~settled_i | significand_i[0]));
  wire [7:0] field = exponent_i[7:0] & {8{significand_i[23]}};
  wire [30:0] rounded = {field, significand_i[22:0]} + {30'd0, increment};
  generate
    if (OVERFLOW != 0) begin : gen_overflow
      localparam [EXPONENT_BITS-1:0] INFINITE = 255;
      wire overflow = significand_i[23] & (exponent_i >= INFINITE);
      assign value_o = {sign_i, rounded[30:23] | {8{overflow}}, rounded[22:0] & {23{~overflow}}};
    end else begin : gen_bounded
      if (EXPONENT_BITS > 8) begin : gen_top
        // verilator lint_off UNUSED
        wire [EXPONENT_BITS-9:0] unused_top = exponent_i[EXPONENT_BITS-1:8];
        // verilator lint_on UNUSED
      end
      assign value_o = {sign_i, rounded};
    end
  endgenerate
endmodule
