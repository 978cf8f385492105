// SPDX-License-Identifier: Apache-2.0
// The FP32 adder and two fixed-to-FP32 converters (a sum wider and one narrower than the significand) side by side.
module fp32_bench (
    input  logic        clk_i,
    input  logic [31:0] a_i,
    input  logic [31:0] b_i,
    output logic [31:0] sum_o,
    input  logic [36:0] wide_i,
    input  logic [20:0] narrow_i,
    input  logic [ 9:0] exponent_i,
    input  logic        nan_i,
    input  logic        infinite_i,
    input  logic        infinite_sign_i,
    output logic [31:0] wide_o,
    output logic [31:0] narrow_o
);
  fp32_adder adder (.clk_i(clk_i), .a_i(a_i), .b_i(b_i), .sum_o(sum_o));
  fixed_to_fp32 #(
      .VALUE_BITS(37), .EXPONENT_BITS(10), .EXPONENT_OFFSET(-280), .MIN_EXPONENT(-280), .MAX_EXPONENT(743)
  ) wide (
      .clk_i(clk_i), .fixed_i(wide_i), .exponent_i(exponent_i), .nan_i(nan_i), .infinite_i(infinite_i),
      .infinite_sign_i(infinite_sign_i), .value_o(wide_o));
  fixed_to_fp32 #(
      .VALUE_BITS(21), .EXPONENT_BITS(10), .EXPONENT_OFFSET(-280), .MIN_EXPONENT(-280), .MAX_EXPONENT(743)
  ) narrow (
      .clk_i(clk_i), .fixed_i(narrow_i), .exponent_i(exponent_i), .nan_i(nan_i), .infinite_i(infinite_i),
      .infinite_sign_i(infinite_sign_i), .value_o(narrow_o));
endmodule
