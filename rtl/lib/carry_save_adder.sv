// SPDX-License-Identifier: Apache-2.0
// A row of full adders: sum_o + carry_o = a_i + b_i + c_i modulo 2^WIDTH (carry_o is already shifted left). Latency 0.
module carry_save_adder #(
    parameter WIDTH = 8
) (
    input  logic [WIDTH-1:0] a_i,
    input  logic [WIDTH-1:0] b_i,
    input  logic [WIDTH-1:0] c_i,
    output logic [WIDTH-1:0] sum_o,
    output logic [WIDTH-1:0] carry_o
);
  // verilator lint_off UNUSED
  wire [WIDTH-1:0] half = a_i ^ b_i;
  wire [WIDTH-1:0] carry = (a_i & b_i) | (c_i & half);  // the top carry leaves the word
  // verilator lint_on UNUSED
  assign sum_o   = half ^ c_i;
  assign carry_o = carry << 1;
endmodule
