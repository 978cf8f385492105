// SPDX-License-Identifier: Apache-2.0
// sum_o + carry_o = sum of the ROWS words of rows_i + offset_i, modulo 2^WIDTH, as a carry-save pair.
// GROUP_RANK = 1 splits the rows into four trees with a rank of registers between them and the tree that joins their
// pairs (latency 1); 0 builds one tree (latency 0).
module reduction_tree #(
    parameter ROWS       = 32,
    parameter WIDTH      = 32,
    parameter GROUP_RANK = 0
) (
    input  logic                  clk_i,
    input  logic [ROWS*WIDTH-1:0] rows_i,
    input  logic [     WIDTH-1:0] offset_i,
    output logic [     WIDTH-1:0] sum_o,
    output logic [     WIDTH-1:0] carry_o
);
  generate
    if (GROUP_RANK != 0 && ROWS >= 8) begin : gen_groups
      localparam SHARE = (ROWS + 3) / 4;
      wire [8*WIDTH-1:0] pairs, pairs_1;
      wire [WIDTH-1:0] offset_1;
      for (genvar g = 0; g < 4; g = g + 1) begin : group
        localparam COUNT = (g < 3) ? SHARE : ROWS - 3 * SHARE;
        carry_save_tree #(.ROWS(COUNT), .WIDTH(WIDTH)) tree (
            .rows_i(rows_i[g*SHARE*WIDTH+:COUNT*WIDTH]), .sum_o(pairs[2*g*WIDTH+:WIDTH]),
            .carry_o(pairs[(2*g+1)*WIDTH+:WIDTH]));
      end
      pipeline_register #(.WIDTH(9 * WIDTH), .ENABLE(1)) rank (
          .clk_i(clk_i), .d_i({offset_i, pairs}), .q_o({offset_1, pairs_1}));
      carry_save_tree #(.ROWS(9), .WIDTH(WIDTH)) join_tree (
          .rows_i({offset_1, pairs_1}), .sum_o(sum_o), .carry_o(carry_o));
    end else if (GROUP_RANK != 0) begin : gen_few
      wire [WIDTH-1:0] sum, carry;
      carry_save_tree #(.ROWS(ROWS + 1), .WIDTH(WIDTH)) tree (
          .rows_i({offset_i, rows_i}), .sum_o(sum), .carry_o(carry));
      pipeline_register #(.WIDTH(2 * WIDTH), .ENABLE(1)) rank (
          .clk_i(clk_i), .d_i({sum, carry}), .q_o({sum_o, carry_o}));
    end else begin : gen_one
      carry_save_tree #(.ROWS(ROWS + 1), .WIDTH(WIDTH)) tree (
          .rows_i({offset_i, rows_i}), .sum_o(sum_o), .carry_o(carry_o));
      // verilator lint_off UNUSED
      wire unused_clock = clk_i;
      // verilator lint_on UNUSED
    end
  endgenerate
endmodule
