// SPDX-License-Identifier: Apache-2.0
// psum_o = RNE_fp32(psum_i + RNE_fp32(s * 2^(exponent_i + EXPONENT_OFFSET))): two roundings, subnormals kept, NaN canonical.
//   s arrives as a carry-save pair in offset form (sum_i + carry_i = s + 2^(SUM_BITS-1)) and fits VALUE_BITS in two's
//   complement; MIN_EXPONENT and MAX_EXPONENT bound exponent_i + EXPONENT_OFFSET.
//   psum_i arrives PSUM_DELAY cycles before the sum's own time and is held back, besides the ranks in here.
// Latency = SUM_RANK + NORMALISE_RANK + CONVERT_RANK + ADD_ALIGN_RANK + ADD_SUM_RANK + ADD_NORMALISE_RANK.
module fp32_accumulator #(
    parameter SUM_BITS           = 32,
    parameter VALUE_BITS         = 31,
    parameter EXPONENT_BITS      = 5,
    parameter EXPONENT_OFFSET    = 0,
    parameter MIN_EXPONENT       = 0,
    parameter MAX_EXPONENT       = 0,
    parameter PSUM_DELAY         = 0,
    parameter SUM_RANK           = 0,
    parameter NORMALISE_RANK     = 0,
    parameter CONVERT_RANK       = 0,
    parameter ADD_ALIGN_RANK     = 0,
    parameter ADD_SUM_RANK       = 0,
    parameter ADD_NORMALISE_RANK = 0
) (
    input  logic                     clk_i,
    input  logic [     SUM_BITS-1:0] sum_i,
    input  logic [     SUM_BITS-1:0] carry_i,
    input  logic [EXPONENT_BITS-1:0] exponent_i,
    input  logic                     nan_i,
    input  logic                     infinite_i,
    input  logic                     infinite_sign_i,
    input  logic [             31:0] psum_i,
    output logic [             31:0] psum_o
);
  // Taking the offset off flips the top bit; a value narrower than the sum has its sign below it.
  // verilator lint_off UNUSED
  wire [SUM_BITS-1:0] offset_sum = sum_i + carry_i;
  wire [SUM_BITS-1:0] total = {~offset_sum[SUM_BITS-1], offset_sum[SUM_BITS-2:0]};
  // verilator lint_on UNUSED
  wire [VALUE_BITS-1:0] fixed_1;
  wire [EXPONENT_BITS-1:0] exponent_1;
  wire nan_1, infinite_1, infinite_sign_1;
  pipeline_register #(.WIDTH(VALUE_BITS + EXPONENT_BITS + 3), .ENABLE(SUM_RANK)) sum_rank (
      .clk_i(clk_i), .d_i({total[VALUE_BITS-1:0], exponent_i, nan_i, infinite_i, infinite_sign_i}),
      .q_o({fixed_1, exponent_1, nan_1, infinite_1, infinite_sign_1}));

  wire [31:0] value, value_1;
  fixed_to_fp32 #(
      .VALUE_BITS(VALUE_BITS), .EXPONENT_BITS(EXPONENT_BITS), .EXPONENT_OFFSET(EXPONENT_OFFSET),
      .MIN_EXPONENT(MIN_EXPONENT), .MAX_EXPONENT(MAX_EXPONENT), .NORMALISE_RANK(NORMALISE_RANK)
  ) convert (
      .clk_i(clk_i), .fixed_i(fixed_1), .exponent_i(exponent_1), .nan_i(nan_1), .infinite_i(infinite_1),
      .infinite_sign_i(infinite_sign_1), .value_o(value));
  pipeline_register #(.WIDTH(32), .ENABLE(CONVERT_RANK)) convert_rank (.clk_i(clk_i), .d_i(value), .q_o(value_1));

  wire [31:0] psum;
  delay_line #(.WIDTH(32), .STAGES(PSUM_DELAY + SUM_RANK + NORMALISE_RANK + CONVERT_RANK)) psum_delay (
      .clk_i(clk_i), .d_i(psum_i), .q_o(psum));
  fp32_adder #(.ALIGN_RANK(ADD_ALIGN_RANK), .ADD_RANK(ADD_SUM_RANK), .NORMALISE_RANK(ADD_NORMALISE_RANK)) add (
      .clk_i(clk_i), .a_i(psum), .b_i(value_1), .sum_o(psum_o));
endmodule
