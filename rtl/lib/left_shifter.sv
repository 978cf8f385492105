// SPDX-License-Identifier: Apache-2.0
// shifted_o = word_i * 2^shift_i in OUT_BITS bits (bits above are dropped), the vacated low bits taking fill_i.
// Latency 0. LARGE_FIRST = 0 orders the stages from the smallest shift (a narrow word growing wide), 1 from the largest
// (a wide word of which only the top is kept).
module left_shifter #(
    parameter IN_BITS     = 8,
    parameter OUT_BITS    = 36,
    parameter SHIFT_BITS  = 5,
    parameter LARGE_FIRST = 0
) (
    input  logic [   IN_BITS-1:0] word_i,
    input  logic [SHIFT_BITS-1:0] shift_i,
    input  logic                  fill_i,
    output logic [  OUT_BITS-1:0] shifted_o
);
  generate
    for (genvar s = 0; s <= SHIFT_BITS; s = s + 1) begin : stage
      wire [OUT_BITS-1:0] word;
    end
    for (genvar s = 0; s < SHIFT_BITS; s = s + 1) begin : move
      localparam BIT = (LARGE_FIRST != 0) ? SHIFT_BITS - 1 - s : s;
      localparam AMOUNT = 1 << BIT;
      if (AMOUNT < OUT_BITS) begin : gen_shift
        assign stage[s+1].word = shift_i[BIT] ? {stage[s].word[OUT_BITS-1-AMOUNT:0], {AMOUNT{fill_i}}} : stage[s].word;
      end else begin : gen_clear
        assign stage[s+1].word = shift_i[BIT] ? {OUT_BITS{fill_i}} : stage[s].word;
      end
    end
    if (OUT_BITS > IN_BITS) begin : gen_extend
      assign stage[0].word = {{(OUT_BITS - IN_BITS) {1'b0}}, word_i};
    end else begin : gen_same
      assign stage[0].word = word_i[OUT_BITS-1:0];
    end
  endgenerate
  assign shifted_o = stage[SHIFT_BITS].word;
endmodule
