// SPDX-License-Identifier: Apache-2.0
// The exact sum s of LANES signed products, as a carry-save pair in offset form:
//   sum_o + carry_o = s + 2^(SUM_BITS-1) exactly, without wrapping;  SUM_BITS = ACT_BITS + WGT_BITS + clog2(LANES).
// Baugh-Wooley partial products of all lanes, ordered by weight, go into one carry-save tree; no lane has an adder.
// Latency = GROUP_RANK + TREE_RANK.
module integer_reduction #(
    parameter LANES      = 32,
    parameter ACT_BITS   = 8,
    parameter WGT_BITS   = 8,
    parameter SUM_BITS   = 21,
    parameter GROUP_RANK = 0,
    parameter TREE_RANK  = 0
) (
    input  logic                      clk_i,
    input  logic [LANES*ACT_BITS-1:0] activation_i,
    input  logic [LANES*WGT_BITS-1:0] weight_i,
    output logic [      SUM_BITS-1:0] sum_o,
    output logic [      SUM_BITS-1:0] carry_o
);
  // 2^(SUM_BITS-1) plus each lane's Baugh-Wooley constant (see partial_products).
  localparam [SUM_BITS-1:0] ONE = 1;
  localparam [SUM_BITS-1:0] LANE_COUNT = LANES;
  localparam [SUM_BITS-1:0] OFFSET = (ONE << (SUM_BITS - 1)) - LANE_COUNT * ((ONE << (ACT_BITS + WGT_BITS - 1))
                                     - (ONE << (ACT_BITS - 1)) - (ONE << (WGT_BITS - 1)));
  wire [WGT_BITS*LANES*SUM_BITS-1:0] rows;
  generate
    for (genvar i = 0; i < LANES; i = i + 1) begin : lane
      wire [ACT_BITS*WGT_BITS-1:0] products;
      partial_products #(.A_BITS(ACT_BITS), .B_BITS(WGT_BITS), .SIGNED(1)) multiply (
          .a_i(activation_i[i*ACT_BITS+:ACT_BITS]), .b_i(weight_i[i*WGT_BITS+:WGT_BITS]), .rows_o(products));
      for (genvar j = 0; j < WGT_BITS; j = j + 1) begin : row
        assign rows[(j*LANES+i)*SUM_BITS+:SUM_BITS] =
            {{(SUM_BITS - ACT_BITS) {1'b0}}, products[j*ACT_BITS+:ACT_BITS]} << j;
      end
    end
  endgenerate

  wire [SUM_BITS-1:0] sum, carry;
  reduction_tree #(.ROWS(WGT_BITS * LANES), .WIDTH(SUM_BITS), .GROUP_RANK(GROUP_RANK)) tree (
      .clk_i(clk_i), .rows_i(rows), .offset_i(OFFSET), .sum_o(sum), .carry_o(carry));
  pipeline_register #(.WIDTH(2 * SUM_BITS), .ENABLE(TREE_RANK)) tree_rank (
      .clk_i(clk_i), .d_i({sum, carry}), .q_o({sum_o, carry_o}));
endmodule
