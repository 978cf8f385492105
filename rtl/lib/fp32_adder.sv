// SPDX-License-Identifier: Apache-2.0
// sum_o = RNE_fp32(a_i + b_i), IEEE 754-2019: subnormals kept, overflow to Inf, every NaN result 0x7fc00000,
// x + (-x) = +0. Latency = number of ones in the boundaries ALIGN_RANK, ADD_RANK, NORMALISE_RANK.
module fp32_adder #(
    parameter ALIGN_RANK     = 0,
    parameter ADD_RANK       = 0,
    parameter NORMALISE_RANK = 0
) (
    input  logic        clk_i,
    input  logic [31:0] a_i,
    input  logic [31:0] b_i,
    output logic [31:0] sum_o
);
  wire sign, subtract, nan, infinite;
  wire [7:0] exponent;
  wire [23:0] larger;
  wire [26:0] smaller;
  fp32_align align (
      .a_i(a_i), .b_i(b_i), .sign_o(sign), .effective_subtract_o(subtract), .exponent_o(exponent), .larger_o(larger),
      .smaller_o(smaller), .nan_o(nan), .infinite_o(infinite));

  wire sign_1, subtract_1, nan_1, infinite_1;
  wire [7:0] exponent_1;
  wire [23:0] larger_1;
  wire [26:0] smaller_1;
  pipeline_register #(.WIDTH(63), .ENABLE(ALIGN_RANK)) align_rank (
      .clk_i(clk_i), .d_i({sign, subtract, nan, infinite, exponent, larger, smaller}),
      .q_o({sign_1, subtract_1, nan_1, infinite_1, exponent_1, larger_1, smaller_1}));

  // The larger magnitude comes first, so the difference is never negative.
  wire [27:0] total = {1'b0, larger_1, 3'd0} + {subtract_1, smaller_1 ^ {27{subtract_1}}} + {27'd0, subtract_1};

  wire sign_2, subtract_2, nan_2, infinite_2;
  wire [7:0] exponent_2;
  wire [27:0] total_2;
  pipeline_register #(.WIDTH(40), .ENABLE(ADD_RANK)) add_rank (
      .clk_i(clk_i), .d_i({sign_1, subtract_1, nan_1, infinite_1, exponent_1, total}),
      .q_o({sign_2, subtract_2, nan_2, infinite_2, exponent_2, total_2}));

  // A leading one at the top of the frame has exponent exponent_2 + 1; the exponent may not fall below 1.
  wire [4:0] shift;
  wire [27:0] normalised;
  normaliser #(.WIDTH(28), .OUT_BITS(28), .SHIFT_BITS(5), .LIMIT_BITS(8), .LIMITED(1)) normalise (
      .word_i(total_2), .fill_i(1'b0), .limit_i(exponent_2), .shift_o(shift), .normalised_o(normalised));
  wire [8:0] result_exponent = {1'b0, exponent_2} + 9'd1 - {4'd0, shift};
  wire result_sign = sign_2 & (infinite_2 | ~subtract_2 | (|total_2));
  wire settled = ~(|normalised[2:0]);

  wire sign_3, nan_3, infinite_3, guard_3, settled_3;
  wire [8:0] exponent_3;
  wire [23:0] significand_3;
  pipeline_register #(.WIDTH(38), .ENABLE(NORMALISE_RANK)) normalise_rank (
      .clk_i(clk_i), .d_i({result_sign, nan_2, infinite_2, result_exponent, normalised[27:3], settled}),
      .q_o({sign_3, nan_3, infinite_3, exponent_3, significand_3, guard_3, settled_3}));

  wire [31:0] rounded;
  fp32_round #(.EXPONENT_BITS(9), .OVERFLOW(1)) round (
      .sign_i(sign_3), .exponent_i(exponent_3), .significand_i(significand_3), .guard_i(guard_3),
      .settled_i(settled_3), .complement_i(1'b0), .value_o(rounded));
  assign sum_o = nan_3 ? 32'h7fc00000 : infinite_3 ? {sign_3, 8'hff, 23'd0} : rounded;
endmodule
