// SPDX-License-Identifier: Apache-2.0
// product_o = a_i * b_i, unsigned, exact (A_BITS + B_BITS wide). Latency 0.
// The partial products are those of partial_products, compressed and added by one carry-propagate adder.
module multiplier #(
    parameter A_BITS = 4,
    parameter B_BITS = 4
) (
    input  logic [       A_BITS-1:0] a_i,
    input  logic [       B_BITS-1:0] b_i,
    output logic [A_BITS+B_BITS-1:0] product_o
);
  localparam WIDTH = A_BITS + B_BITS;
  wire [A_BITS*B_BITS-1:0] rows;
  wire [ WIDTH*B_BITS-1:0] shifted;
  wire [       WIDTH-1:0] sum, carry;
  partial_products #(.A_BITS(A_BITS), .B_BITS(B_BITS), .SIGNED(0)) products (.a_i(a_i), .b_i(b_i), .rows_o(rows));
  generate
    for (genvar j = 0; j < B_BITS; j = j + 1) begin : row
      assign shifted[j*WIDTH+:WIDTH] = {{B_BITS{1'b0}}, rows[j*A_BITS+:A_BITS]} << j;
    end
  endgenerate
  carry_save_tree #(.ROWS(B_BITS), .WIDTH(WIDTH)) tree (.rows_i(shifted), .sum_o(sum), .carry_o(carry));
  assign product_o = sum + carry;
endmodule
