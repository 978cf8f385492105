// SPDX-License-Identifier: Apache-2.0
// A unit written by hand, as somebody else's might be: 32 products of INT8, added up behind a register rank, then added to an
// INT32 partial sum that wraps. Two cycles. It has mac_unit's ports and uses nothing of MACroscope's.
module dot_int8 (
    input  logic         clk_i,
    input  logic [255:0] activation_i,
    input  logic [255:0] weight_i,
    input  logic [  7:0] activation_scale_i,
    input  logic [  7:0] weight_scale_i,
    input  logic [ 31:0] psum_i,
    output logic [ 31:0] psum_o
);
  logic signed [15:0] product[32];
  logic [31:0] psum, sum;
  always_comb begin
    sum = psum;
    for (int i = 0; i < 32; i++) sum = sum + 32'(product[i]);
  end
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < 32; i++) product[i] <= $signed(activation_i[8*i+:8]) * $signed(weight_i[8*i+:8]);
    psum <= psum_i;
    psum_o <= sum;
  end
endmodule
