// SPDX-License-Identifier: Apache-2.0
// The sum s of LANES minifloat products as a carry-save pair in offset form:
//   sum_o + carry_o = s + 2^(SUM_BITS-1) exactly, without wrapping;  SUM_BITS = TERM_BITS + COUNT_BITS + 1.
// WINDOW > 0, aligned: s is in units of 2^(emax - WINDOW + 1), emax = the largest exponent sum of the nonzero products;
//   magnitudes are truncated to that unit; TERM_BITS = WINDOW + 1. exponent_o is the biased emax (0: all products zero).
// WINDOW = 0, exact: s is in units of the smallest product's last place; TERM_BITS holds the
//   largest one, and exponent_o is 0.
// A negative term enters the tree as its one's complement; the n missing units and the n borrows of the terms' top are
// added once, as one offset word made from the count n of negative terms.
// Latency = PRODUCT_RANK + EXPONENT_RANK (aligned only) + ALIGN_RANK + GROUP_RANK + TREE_RANK; flags come with the sum.
module minifloat_reduction #(
    parameter LANES         = 32,
    parameter ACT_EXP_BITS  = 4,
    parameter ACT_MAN_BITS  = 3,
    parameter ACT_SPECIALS  = 1,
    parameter WGT_EXP_BITS  = 4,
    parameter WGT_MAN_BITS  = 3,
    parameter WGT_SPECIALS  = 1,
    parameter WINDOW        = 24,
    parameter TERM_BITS     = 25,
    parameter COUNT_BITS    = 6,
    parameter SUM_BITS      = 32,
    parameter EXPONENT_BITS = 5,
    parameter PRODUCT_RANK  = 0,
    parameter EXPONENT_RANK = 0,
    parameter ALIGN_RANK    = 0,
    parameter GROUP_RANK    = 0,
    parameter TREE_RANK     = 0
) (
    input  logic                                            clk_i,
    input  logic [LANES*(ACT_EXP_BITS+ACT_MAN_BITS+1)-1:0] activation_i,
    input  logic [LANES*(WGT_EXP_BITS+WGT_MAN_BITS+1)-1:0] weight_i,
    output logic [                            SUM_BITS-1:0] sum_o,
    output logic [                            SUM_BITS-1:0] carry_o,
    output logic [                       EXPONENT_BITS-1:0] exponent_o,
    output logic                                            nan_o,
    output logic                                            infinite_o,
    output logic                                            infinite_sign_o
);
  localparam ALIGNED = (WINDOW != 0) ? 1 : 0;
  localparam PRODUCT_BITS = ACT_MAN_BITS + WGT_MAN_BITS + 2;

  // Products.
  wire [LANES-1:0] sign, sign_1;
  wire [LANES*EXPONENT_BITS-1:0] exponents, exponents_1;
  wire [LANES*PRODUCT_BITS-1:0] magnitudes, magnitudes_1;
  wire nan, infinite, infinite_sign;
  minifloat_products #(
      .LANES(LANES), .ACT_EXP_BITS(ACT_EXP_BITS), .ACT_MAN_BITS(ACT_MAN_BITS), .ACT_SPECIALS(ACT_SPECIALS),
      .WGT_EXP_BITS(WGT_EXP_BITS), .WGT_MAN_BITS(WGT_MAN_BITS), .WGT_SPECIALS(WGT_SPECIALS),
      .EXPONENT_BITS(EXPONENT_BITS), .MASK_ZEROS(ALIGNED)
  ) products (
      .activation_i(activation_i), .weight_i(weight_i), .sign_o(sign), .exponents_o(exponents),
      .magnitudes_o(magnitudes), .nan_o(nan), .infinite_o(infinite), .infinite_sign_o(infinite_sign));
  pipeline_register #(.WIDTH(LANES * (1 + EXPONENT_BITS + PRODUCT_BITS)), .ENABLE(PRODUCT_RANK)) product_rank (
      .clk_i(clk_i), .d_i({sign, exponents, magnitudes}), .q_o({sign_1, exponents_1, magnitudes_1}));

  // Shift distances: below the largest exponent, or above the smallest possible one.
  wire [LANES-1:0] sign_2;
  wire [LANES*EXPONENT_BITS-1:0] distances_2;
  wire [LANES*PRODUCT_BITS-1:0] magnitudes_2;
  wire [EXPONENT_BITS-1:0] maximum_2;
  generate
    if (ALIGNED != 0) begin : gen_distance
      wire [EXPONENT_BITS-1:0] maximum;
      wire [LANES*EXPONENT_BITS-1:0] distances;
      max_exponent #(.LANES(LANES), .BITS(EXPONENT_BITS)) largest (.exponents_i(exponents_1), .maximum_o(maximum));
      for (genvar i = 0; i < LANES; i = i + 1) begin : lane
        assign distances[i*EXPONENT_BITS+:EXPONENT_BITS] =
            maximum - exponents_1[i*EXPONENT_BITS+:EXPONENT_BITS];
      end
      pipeline_register #(
          .WIDTH(EXPONENT_BITS + LANES * (1 + EXPONENT_BITS + PRODUCT_BITS)), .ENABLE(EXPONENT_RANK)
      ) exponent_rank (
          .clk_i(clk_i), .d_i({maximum, sign_1, distances, magnitudes_1}),
          .q_o({maximum_2, sign_2, distances_2, magnitudes_2}));
    end else begin : gen_absolute
      assign maximum_2 = {EXPONENT_BITS{1'b0}};
      assign {sign_2, distances_2, magnitudes_2} = {sign_1, exponents_1, magnitudes_1};
    end
  endgenerate

  // Terms: shifted magnitudes, complemented where negative, and the count of negative ones.
  wire [LANES*TERM_BITS-1:0] terms, terms_3;
  wire [COUNT_BITS-1:0] count, count_3;
  generate
    for (genvar i = 0; i < LANES; i = i + 1) begin : term
      wire [PRODUCT_BITS-1:0] magnitude = magnitudes_2[i*PRODUCT_BITS+:PRODUCT_BITS];
      wire [EXPONENT_BITS-1:0] distance = distances_2[i*EXPONENT_BITS+:EXPONENT_BITS];
      wire [TERM_BITS-1:0] shifted;
      if (ALIGNED != 0) begin : gen_align
        barrel_aligner #(.IN_BITS(PRODUCT_BITS), .OUT_BITS(TERM_BITS), .SHIFT_BITS(EXPONENT_BITS)) align (
            .word_i(magnitude), .shift_i(distance), .aligned_o(shifted));
      end else begin : gen_place
        // The exponent sum is at least 2, so the lowest two bits of the shifted word stay empty.
        // verilator lint_off UNUSED
        wire [TERM_BITS+1:0] placed;
        // verilator lint_on UNUSED
        left_shifter #(.IN_BITS(PRODUCT_BITS), .OUT_BITS(TERM_BITS + 2), .SHIFT_BITS(EXPONENT_BITS)) place (
            .word_i(magnitude), .shift_i(distance), .fill_i(1'b0), .shifted_o(placed));
        assign shifted = placed[TERM_BITS+1:2];
      end
      assign terms[i*TERM_BITS+:TERM_BITS] = shifted ^ {TERM_BITS{sign_2[i]}};
    end
  endgenerate
  ones_count #(.WIDTH(LANES), .COUNT_BITS(COUNT_BITS)) negatives (.bits_i(sign_2), .count_o(count));
  pipeline_register #(.WIDTH(LANES * TERM_BITS + COUNT_BITS), .ENABLE(ALIGN_RANK)) align_rank (
      .clk_i(clk_i), .d_i({terms, count}), .q_o({terms_3, count_3}));

  // sum(one's complements) = s + n (2^TERM_BITS - 1); the offset n + (2^COUNT_BITS - n) 2^TERM_BITS completes s + 2^(SUM_BITS-1).
  localparam [SUM_BITS-1:0] BORROW = {{(SUM_BITS - 1) {1'b0}}, 1'b1} << TERM_BITS;
  wire [(LANES+2)*SUM_BITS-1:0] rows;
  generate
    for (genvar i = 0; i < LANES; i = i + 1) begin : row
      assign rows[i*SUM_BITS+:SUM_BITS] = {{(SUM_BITS - TERM_BITS) {1'b0}}, terms_3[i*TERM_BITS+:TERM_BITS]};
    end
  endgenerate
  assign rows[LANES*SUM_BITS+:SUM_BITS] = {{(SUM_BITS - COUNT_BITS) {1'b0}}, count_3};
  assign rows[(LANES+1)*SUM_BITS+:SUM_BITS] = {{(SUM_BITS - COUNT_BITS) {1'b0}}, ~count_3} << TERM_BITS;
  wire [SUM_BITS-1:0] sum, carry;
  reduction_tree #(.ROWS(LANES + 2), .WIDTH(SUM_BITS), .GROUP_RANK(GROUP_RANK)) tree (
      .clk_i(clk_i), .rows_i(rows), .offset_i(BORROW), .sum_o(sum), .carry_o(carry));
  pipeline_register #(.WIDTH(2 * SUM_BITS), .ENABLE(TREE_RANK)) tree_rank (
      .clk_i(clk_i), .d_i({sum, carry}), .q_o({sum_o, carry_o}));

  // What travels beside the sum.
  delay_line #(.WIDTH(EXPONENT_BITS), .STAGES(ALIGN_RANK + GROUP_RANK + TREE_RANK)) exponent_delay (
      .clk_i(clk_i), .d_i(maximum_2), .q_o(exponent_o));
  delay_line #(
      .WIDTH(3), .STAGES(PRODUCT_RANK + ALIGNED * EXPONENT_RANK + ALIGN_RANK + GROUP_RANK + TREE_RANK)
  ) flag_delay (
      .clk_i(clk_i), .d_i({nan, infinite, infinite_sign}), .q_o({nan_o, infinite_o, infinite_sign_o}));
endmodule
