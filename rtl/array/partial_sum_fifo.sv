// SPDX-License-Identifier: Apache-2.0
// Partial sums of a tile wait here, in token order, until the next tile of K takes them up. What is written in a cycle can
// be read in the next. The caller never writes more than DEPTH that are not yet read.
module partial_sum_fifo #(
    parameter WIDTH = 64,
    parameter DEPTH = 64
) (
    input  logic             clk_i,
    input  logic             rst_i,
    input  logic             write_i,
    input  logic [WIDTH-1:0] data_i,
    input  logic             read_i,
    output logic [WIDTH-1:0] data_o,
    output logic             valid_o
);
  localparam POINTER_BITS = (DEPTH > 1) ? $clog2(DEPTH) : 1;
  localparam COUNT_BITS = $clog2(DEPTH + 1);
  localparam [POINTER_BITS-1:0] LAST = POINTER_BITS'(DEPTH - 1);

  logic [       WIDTH-1:0] memory [0:DEPTH-1];
  logic [POINTER_BITS-1:0] write_at, read_at;
  logic [  COUNT_BITS-1:0] held;

  assign data_o  = memory[read_at];
  assign valid_o = held != 0;

  always_ff @(posedge clk_i) begin
    if (write_i) memory[write_at] <= data_i;
    if (rst_i) begin
      write_at <= '0;
      read_at  <= '0;
      held     <= '0;
    end else begin
      if (write_i) write_at <= write_at == LAST ? '0 : write_at + 1'b1;
      if (read_i) read_at <= read_at == LAST ? '0 : read_at + 1'b1;
      if (write_i != read_i) held <= write_i ? held + 1'b1 : held - 1'b1;
    end
  end
endmodule
