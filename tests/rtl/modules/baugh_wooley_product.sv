// SPDX-License-Identifier: Apache-2.0
// Adds up the partial products of one lane with the Baugh-Wooley constant, so that a test can compare a whole product.
module baugh_wooley_product #(
    parameter A_BITS = 8,
    parameter B_BITS = 8
) (
    input  logic [       A_BITS-1:0] a_i,
    input  logic [       B_BITS-1:0] b_i,
    output logic [A_BITS+B_BITS-1:0] product_o
);
  localparam WIDTH = A_BITS + B_BITS;
  localparam [WIDTH-1:0] ONE = 1;
  localparam [WIDTH-1:0] CONSTANT = (ONE << (A_BITS - 1)) + (ONE << (B_BITS - 1)) - (ONE << (WIDTH - 1));
  wire [A_BITS*B_BITS-1:0] rows;
  wire [(B_BITS+1)*WIDTH-1:0] words;
  wire [WIDTH-1:0] sum, carry;
  partial_products #(.A_BITS(A_BITS), .B_BITS(B_BITS), .SIGNED(1)) products (.a_i(a_i), .b_i(b_i), .rows_o(rows));
  generate
    for (genvar j = 0; j < B_BITS; j = j + 1) begin : row
      assign words[j*WIDTH+:WIDTH] = {{B_BITS{1'b0}}, rows[j*A_BITS+:A_BITS]} << j;
    end
  endgenerate
  assign words[B_BITS*WIDTH+:WIDTH] = CONSTANT;
  carry_save_tree #(.ROWS(B_BITS + 1), .WIDTH(WIDTH)) tree (.rows_i(words), .sum_o(sum), .carry_o(carry));
  assign product_o = sum + carry;
endmodule
