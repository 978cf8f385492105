// SPDX-License-Identifier: Apache-2.0
// One MAC unit: psum_o = psum_i + the products of LANES activations and weights, as the generated package mac_pkg says.
// Feed-forward, one result a cycle, latency STAGES = 1 + the number of internal boundaries with registers; the last rank
// registers psum_o. All inputs of one operation arrive in the same cycle. Lane 0 is in the low bits.
// activation_scale_i and weight_scale_i are E8M0 block scales (OCP MX 1.0, 5.4.1: 2^(code - 127), 0xff is NaN), unused
// when mac_pkg::SCALED is 0.
module mac_unit (
    input  logic                                       clk_i,
    input  logic [mac_pkg::LANES*mac_pkg::ACT_BITS-1:0] activation_i,
    input  logic [mac_pkg::LANES*mac_pkg::WGT_BITS-1:0] weight_i,
    input  logic [                                 7:0] activation_scale_i,
    input  logic [                                 7:0] weight_scale_i,
    input  logic [              mac_pkg::PSUM_BITS-1:0] psum_i,
    output logic [              mac_pkg::PSUM_BITS-1:0] psum_o
);
  localparam LANES = mac_pkg::LANES;
  localparam SUM_BITS = mac_pkg::SUM_BITS;
  localparam EXPONENT_BITS = mac_pkg::EXPONENT_BITS;
  localparam PSUM_BITS = mac_pkg::PSUM_BITS;
  localparam REDUCTION_LATENCY = mac_pkg::PRODUCT_RANK + mac_pkg::EXPONENT_RANK + mac_pkg::ALIGN_RANK
                               + mac_pkg::GROUP_RANK + mac_pkg::TREE_RANK;

  wire [SUM_BITS-1:0] sum, carry;
  wire [EXPONENT_BITS-1:0] exponent;
  wire element_nan, infinite, infinite_sign;
  generate
    if (mac_pkg::IS_INTEGER != 0) begin : gen_integer
      integer_reduction #(
          .LANES(LANES), .ACT_BITS(mac_pkg::ACT_BITS), .WGT_BITS(mac_pkg::WGT_BITS), .SUM_BITS(SUM_BITS),
          .GROUP_RANK(mac_pkg::GROUP_RANK), .TREE_RANK(mac_pkg::TREE_RANK)
      ) reduction (
          .clk_i(clk_i), .activation_i(activation_i), .weight_i(weight_i), .sum_o(sum), .carry_o(carry));
      assign exponent = {EXPONENT_BITS{1'b0}};
      assign {element_nan, infinite, infinite_sign} = 3'd0;
    end else begin : gen_minifloat
      minifloat_reduction #(
          .LANES(LANES), .ACT_EXP_BITS(mac_pkg::ACT_EXP_BITS), .ACT_MAN_BITS(mac_pkg::ACT_MAN_BITS),
          .ACT_SPECIALS(mac_pkg::ACT_SPECIALS), .WGT_EXP_BITS(mac_pkg::WGT_EXP_BITS),
          .WGT_MAN_BITS(mac_pkg::WGT_MAN_BITS), .WGT_SPECIALS(mac_pkg::WGT_SPECIALS), .WINDOW(mac_pkg::WINDOW),
          .TERM_BITS(mac_pkg::TERM_BITS), .COUNT_BITS(mac_pkg::COUNT_BITS), .SUM_BITS(SUM_BITS),
          .EXPONENT_BITS(EXPONENT_BITS), .PRODUCT_RANK(mac_pkg::PRODUCT_RANK), .EXPONENT_RANK(mac_pkg::EXPONENT_RANK),
          .ALIGN_RANK(mac_pkg::ALIGN_RANK), .GROUP_RANK(mac_pkg::GROUP_RANK), .TREE_RANK(mac_pkg::TREE_RANK)
      ) reduction (
          .clk_i(clk_i), .activation_i(activation_i), .weight_i(weight_i), .sum_o(sum), .carry_o(carry),
          .exponent_o(exponent), .nan_o(element_nan), .infinite_o(infinite), .infinite_sign_o(infinite_sign));
    end
  endgenerate

  // Block scales: their exponents add to the sum's; the two biases are part of EXPONENT_OFFSET.
  localparam TOTAL_BITS = (mac_pkg::SCALED != 0) ? ((EXPONENT_BITS > 9) ? EXPONENT_BITS : 9) + 1 : EXPONENT_BITS;
  wire [TOTAL_BITS-1:0] total_exponent;
  wire nan;
  generate
    if (mac_pkg::SCALED != 0) begin : gen_scaled
      wire [8:0] scale_exponent;
      wire scale_nan;
      delay_line #(.WIDTH(10), .STAGES(REDUCTION_LATENCY)) scale_delay (
          .clk_i(clk_i),
          .d_i({{1'b0, activation_scale_i} + {1'b0, weight_scale_i}, (&activation_scale_i) | (&weight_scale_i)}),
          .q_o({scale_exponent, scale_nan}));
      assign total_exponent = {{(TOTAL_BITS - 9) {1'b0}}, scale_exponent}
                            + {{(TOTAL_BITS - EXPONENT_BITS) {1'b0}}, exponent};
      assign nan = element_nan | scale_nan;
    end else begin : gen_unscaled
      assign total_exponent = exponent;
      assign nan = element_nan;
      // verilator lint_off UNUSED
      wire [15:0] unused_scales = {activation_scale_i, weight_scale_i};
      // verilator lint_on UNUSED
    end
  endgenerate

  wire [PSUM_BITS-1:0] psum_next;
  generate
    if (mac_pkg::ACC_IS_FP32 != 0) begin : gen_fp32
      fp32_accumulator #(
          .SUM_BITS(SUM_BITS), .VALUE_BITS(mac_pkg::VALUE_BITS), .EXPONENT_BITS(TOTAL_BITS),
          .EXPONENT_OFFSET(mac_pkg::EXPONENT_OFFSET), .MIN_EXPONENT(mac_pkg::MIN_EXPONENT),
          .MAX_EXPONENT(mac_pkg::MAX_EXPONENT), .PSUM_DELAY(REDUCTION_LATENCY), .SUM_RANK(mac_pkg::SUM_RANK),
          .NORMALISE_RANK(mac_pkg::NORMALISE_RANK), .CONVERT_RANK(mac_pkg::CONVERT_RANK),
          .ADD_ALIGN_RANK(mac_pkg::ADD_ALIGN_RANK), .ADD_SUM_RANK(mac_pkg::ADD_SUM_RANK),
          .ADD_NORMALISE_RANK(mac_pkg::ADD_NORMALISE_RANK)
      ) accumulator (
          .clk_i(clk_i), .sum_i(sum), .carry_i(carry), .exponent_i(total_exponent), .nan_i(nan),
          .infinite_i(infinite), .infinite_sign_i(infinite_sign), .psum_i(psum_i), .psum_o(psum_next));
    end else begin : gen_fixed
      wire [PSUM_BITS-1:0] psum;
      delay_line #(.WIDTH(PSUM_BITS), .STAGES(REDUCTION_LATENCY)) psum_delay (
          .clk_i(clk_i), .d_i(psum_i), .q_o(psum));
      fixed_accumulator #(
          .SUM_BITS(SUM_BITS), .ACC_BITS(mac_pkg::ACC_BITS), .PSUM_BITS(PSUM_BITS),
          .SATURATE(mac_pkg::ACC_SATURATE), .HAS_NAN(mac_pkg::ACC_HAS_NAN)
      ) accumulator (
          .sum_i(sum), .carry_i(carry), .nan_i(nan), .psum_i(psum), .psum_o(psum_next));
      // verilator lint_off UNUSED
      wire [TOTAL_BITS+1:0] unused_exponent = {total_exponent, infinite, infinite_sign};
      // verilator lint_on UNUSED
    end
  endgenerate
  pipeline_register #(.WIDTH(PSUM_BITS), .ENABLE(1)) output_rank (.clk_i(clk_i), .d_i(psum_next), .q_o(psum_o));
endmodule
