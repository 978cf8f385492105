// SPDX-License-Identifier: Apache-2.0
// STAGES ranks of flip-flops in a row: q_o = d_i STAGES cycles later (0 = a wire).
// Carries what a later stage consumes (a partial sum, a flag) past the pipeline boundaries before it.
module delay_line #(
    parameter WIDTH  = 8,
    parameter STAGES = 1
) (
    input  logic             clk_i,
    input  logic [WIDTH-1:0] d_i,
    output logic [WIDTH-1:0] q_o
);
  generate
    for (genvar s = 0; s <= STAGES; s = s + 1) begin : tap
      wire [WIDTH-1:0] value;
    end
    assign tap[0].value = d_i;
    for (genvar s = 0; s < STAGES; s = s + 1) begin : rank
      pipeline_register #(.WIDTH(WIDTH), .ENABLE(1)) register (
          .clk_i(clk_i), .d_i(tap[s].value), .q_o(tap[s+1].value));
    end
    if (STAGES == 0) begin : gen_no_clock
      // verilator lint_off UNUSED
      wire unused_clock = clk_i;
      // verilator lint_on UNUSED
    end
  endgenerate
  assign q_o = tap[STAGES].value;
endmodule
