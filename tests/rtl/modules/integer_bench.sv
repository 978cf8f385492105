// SPDX-License-Identifier: Apache-2.0
// Integer modules of rtl/lib side by side, so that one Verilated model serves all their tests.
module integer_bench (
    input  logic [ 7:0] a_i,
    input  logic [ 7:0] b_i,
    output logic [15:0] signed_product_o,
    output logic [15:0] unsigned_product_o,
    input  logic [15:0] exponents_i,
    output logic [ 3:0] maximum_o,
    input  logic [ 4:0] distance_i,
    output logic [24:0] aligned_o,
    input  logic [18:0] word_i,
    output logic [ 4:0] zeros_o,
    input  logic [63:0] rows_i,
    output logic [ 7:0] sum_o,
    output logic [ 7:0] carry_o
);
  baugh_wooley_product #(.A_BITS(8), .B_BITS(8)) signed_product (.a_i(a_i), .b_i(b_i), .product_o(signed_product_o));
  multiplier #(.A_BITS(8), .B_BITS(8)) unsigned_product (.a_i(a_i), .b_i(b_i), .product_o(unsigned_product_o));
  max_exponent #(.LANES(4), .BITS(4)) maximum (.exponents_i(exponents_i), .maximum_o(maximum_o));
  barrel_aligner #(.IN_BITS(8), .OUT_BITS(25), .SHIFT_BITS(5)) aligner (
      .word_i(a_i), .shift_i(distance_i), .aligned_o(aligned_o));
  leading_zeros #(.WIDTH(19), .COUNT_BITS(5)) zeros (.word_i(word_i), .count_o(zeros_o));
  carry_save_tree #(.ROWS(8), .WIDTH(8)) tree (.rows_i(rows_i), .sum_o(sum_o), .carry_o(carry_o));
endmodule
