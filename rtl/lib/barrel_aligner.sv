// SPDX-License-Identifier: Apache-2.0
// Right shift with truncation: word_i is placed at the top of an OUT_BITS frame and moved down by shift_i; what leaves
// the frame is dropped. Latency 0. aligned_o = floor(word_i * 2^(OUT_BITS - IN_BITS) / 2^shift_i).
// The smallest shift comes first, so that early stages are only as wide as the word.
module barrel_aligner #(
    parameter IN_BITS    = 8,
    parameter OUT_BITS   = 25,
    parameter SHIFT_BITS = 5
) (
    input  logic [   IN_BITS-1:0] word_i,
    input  logic [SHIFT_BITS-1:0] shift_i,
    output logic [  OUT_BITS-1:0] aligned_o
);
  generate
    for (genvar s = 0; s <= SHIFT_BITS; s = s + 1) begin : stage
      wire [OUT_BITS-1:0] word;
    end
    if (OUT_BITS > IN_BITS) begin : gen_pad
      assign stage[0].word = {word_i, {(OUT_BITS - IN_BITS) {1'b0}}};
    end else if (OUT_BITS == IN_BITS) begin : gen_same
      assign stage[0].word = word_i;
    end else begin : gen_cut
      // verilator lint_off UNUSED
      wire [IN_BITS-1:0] all = word_i;
      // verilator lint_on UNUSED
      assign stage[0].word = all[IN_BITS-1-:OUT_BITS];
    end
    for (genvar s = 0; s < SHIFT_BITS; s = s + 1) begin : move
      if (s < 31 && (1 << s) < OUT_BITS) begin : gen_shift
        assign stage[s+1].word = shift_i[s] ? (stage[s].word >> (1 << s)) : stage[s].word;
      end else begin : gen_clear
        assign stage[s+1].word = stage[s].word & {OUT_BITS{~shift_i[s]}};
      end
    end
  endgenerate
  assign aligned_o = stage[SHIFT_BITS].word;
endmodule
