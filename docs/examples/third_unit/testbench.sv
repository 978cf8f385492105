// SPDX-License-Identifier: Apache-2.0
// A testbench outside MACroscope: it reads what `macroscope cosim int8 --vectors-out vectors.hex` wrote and holds dot_int8 to it.
// `macroscope` is not needed to run it; any simulator will do.
module testbench;
  localparam LATENCY = 2;
  localparam BITS = 256 + 256 + 8 + 8 + 32 + 32;
  reg [BITS-1:0] vectors[0:1048575];
  reg [BITS-1:0] now;
  reg clk = 0;
  wire [31:0] psum_o;
  integer i, differences = 0;

  dot_int8 unit (
      .clk_i(clk), .activation_i(now[255:0]), .weight_i(now[511:256]), .activation_scale_i(now[519:512]),
      .weight_scale_i(now[527:520]), .psum_i(now[559:528]), .psum_o(psum_o));

  initial begin
    $readmemh("vectors.hex", vectors);
    for (i = 0; vectors[i] !== {BITS{1'bx}}; i = i + 1) begin
      now = vectors[i];
      repeat (LATENCY) begin
        #5 clk = 1;
        #5 clk = 0;
      end
      if (psum_o !== now[591:560]) differences = differences + 1;
    end
    $display("%0d vectors, %0d differences", i, differences);
    $finish;
  end
endmodule
