// SPDX-License-Identifier: Apache-2.0
// LANES minifloat products, unrounded and unnormalised:
//   product i = (-1)^sign_o[i] * magnitude_i * 2^(exponent_i - bias_a - bias_w - ACT_MAN_BITS - WGT_MAN_BITS)
//   magnitude_i: ACT_MAN_BITS + WGT_MAN_BITS + 2 bits; exponent_i: EXPONENT_BITS = max(ACT_, WGT_EXP_BITS) + 1 bits, the sum
//   of both biased exponents, 0 for a zero product when MASK_ZEROS = 1 (so that it loses every comparison).
// nan_o: some lane has a NaN operand, or Inf * 0, or the group has infinite products of both signs.
// infinite_o with infinite_sign_o: an infinite product. Latency 0.
module minifloat_products #(
    parameter LANES         = 32,
    parameter ACT_EXP_BITS  = 4,
    parameter ACT_MAN_BITS  = 3,
    parameter ACT_SPECIALS  = 1,
    parameter WGT_EXP_BITS  = 4,
    parameter WGT_MAN_BITS  = 3,
    parameter WGT_SPECIALS  = 1,
    parameter EXPONENT_BITS = 5,
    parameter MASK_ZEROS    = 1
) (
    input  logic [       LANES*(ACT_EXP_BITS+ACT_MAN_BITS+1)-1:0] activation_i,
    input  logic [       LANES*(WGT_EXP_BITS+WGT_MAN_BITS+1)-1:0] weight_i,
    output logic [                                     LANES-1:0] sign_o,
    output logic [                       LANES*EXPONENT_BITS-1:0] exponents_o,
    output logic [LANES*(ACT_MAN_BITS+WGT_MAN_BITS+2)-1:0]        magnitudes_o,
    output logic                                                  nan_o,
    output logic                                                  infinite_o,
    output logic                                                  infinite_sign_o
);
  localparam ACT_BITS = ACT_EXP_BITS + ACT_MAN_BITS + 1;
  localparam WGT_BITS = WGT_EXP_BITS + WGT_MAN_BITS + 1;
  localparam PRODUCT_BITS = ACT_MAN_BITS + WGT_MAN_BITS + 2;
  wire [LANES-1:0] nan, plus_infinite, minus_infinite;
  generate
    for (genvar i = 0; i < LANES; i = i + 1) begin : lane
      wire a_sign, a_zero, a_nan, a_infinite, w_sign, w_zero, w_nan, w_infinite;
      wire [ACT_EXP_BITS-1:0] a_exponent;
      wire [WGT_EXP_BITS-1:0] w_exponent;
      wire [ACT_MAN_BITS:0] a_significand;
      wire [WGT_MAN_BITS:0] w_significand;
      minifloat_unpack #(.EXP_BITS(ACT_EXP_BITS), .MAN_BITS(ACT_MAN_BITS), .SPECIALS(ACT_SPECIALS)) unpack_a (
          .code_i(activation_i[i*ACT_BITS+:ACT_BITS]), .sign_o(a_sign), .exponent_o(a_exponent),
          .significand_o(a_significand), .zero_o(a_zero), .nan_o(a_nan), .infinite_o(a_infinite));
      minifloat_unpack #(.EXP_BITS(WGT_EXP_BITS), .MAN_BITS(WGT_MAN_BITS), .SPECIALS(WGT_SPECIALS)) unpack_w (
          .code_i(weight_i[i*WGT_BITS+:WGT_BITS]), .sign_o(w_sign), .exponent_o(w_exponent),
          .significand_o(w_significand), .zero_o(w_zero), .nan_o(w_nan), .infinite_o(w_infinite));

      wire zero = a_zero | w_zero;
      wire infinite = a_infinite | w_infinite;
      wire sign = a_sign ^ w_sign;
      wire [EXPONENT_BITS-1:0] exponent = {{(EXPONENT_BITS - ACT_EXP_BITS) {1'b0}}, a_exponent}
                                          + {{(EXPONENT_BITS - WGT_EXP_BITS) {1'b0}}, w_exponent};
      assign sign_o[i] = sign;
      assign exponents_o[i*EXPONENT_BITS+:EXPONENT_BITS] =
          (MASK_ZEROS != 0) ? (exponent & {EXPONENT_BITS{~zero}}) : exponent;
      multiplier #(.A_BITS(ACT_MAN_BITS + 1), .B_BITS(WGT_MAN_BITS + 1)) multiply (
          .a_i(a_significand), .b_i(w_significand), .product_o(magnitudes_o[i*PRODUCT_BITS+:PRODUCT_BITS]));

      assign nan[i] = a_nan | w_nan | (infinite & zero);
      assign plus_infinite[i] = infinite & ~sign;
      assign minus_infinite[i] = infinite & sign;
    end
  endgenerate
  assign infinite_o = (|plus_infinite) | (|minus_infinite);
  assign infinite_sign_o = |minus_infinite;
  assign nan_o = (|nan) | ((|plus_infinite) & (|minus_infinite));
endmodule
