// SPDX-License-Identifier: Apache-2.0
// One rank of flip-flops that a pipeline boundary may hold.
//   q_o = d_i one cycle later (ENABLE = 1, latency 1) or d_i itself (ENABLE = 0, latency 0).
module pipeline_register #(
    parameter WIDTH  = 8,
    parameter ENABLE = 1
) (
    input  logic             clk_i,
    input  logic [WIDTH-1:0] d_i,
    output logic [WIDTH-1:0] q_o
);
  generate
    if (ENABLE != 0) begin : gen_rank
      always_ff @(posedge clk_i) q_o <= d_i;
    end else begin : gen_wire
      assign q_o = d_i;
      // verilator lint_off UNUSED
      wire unused_clock = clk_i;
      // verilator lint_on UNUSED
    end
  endgenerate
endmodule
