// SPDX-License-Identifier: Apache-2.0
// count_o = number of zeros above the highest one of word_i (saturating at 2^COUNT_BITS - 1 for an all-zero word that
// fills the frame). COUNT_BITS must satisfy 2^COUNT_BITS >= WIDTH. Latency 0, depth logarithmic in WIDTH.
// Source: V. G. Oklobdzija, "An Algorithmic and Novel Design of a Leading Zero Detector Circuit", IEEE Trans. VLSI 2 (1994).
module leading_zeros #(
    parameter WIDTH      = 28,
    parameter COUNT_BITS = 5
) (
    input  logic [     WIDTH-1:0] word_i,
    output logic [COUNT_BITS-1:0] count_o
);
  localparam FRAME = 1 << COUNT_BITS;
  wire [FRAME-1:0] frame;
  generate
    if (FRAME > WIDTH) begin : gen_pad
      assign frame = {word_i, {(FRAME - WIDTH) {1'b1}}};  // an empty word stops at the padding
    end else begin : gen_whole
      assign frame = word_i;
    end
    for (genvar l = 0; l <= COUNT_BITS; l = l + 1) begin : level
      for (genvar n = 0; n < (FRAME >> l); n = n + 1) begin : node
        // verilator lint_off UNUSED
        wire                  empty;  // the root's is not asked for
        // verilator lint_on UNUSED
        wire [COUNT_BITS-1:0] count;
      end
    end
    for (genvar n = 0; n < FRAME; n = n + 1) begin : leaf
      assign level[0].node[n].empty = ~frame[n];
      assign level[0].node[n].count = {COUNT_BITS{1'b0}};
    end
    for (genvar l = 1; l <= COUNT_BITS; l = l + 1) begin : merge
      for (genvar n = 0; n < (FRAME >> l); n = n + 1) begin : pair
        localparam [COUNT_BITS-1:0] HALF = {{(COUNT_BITS - 1) {1'b0}}, 1'b1} << (l - 1);
        assign level[l].node[n].empty = level[l-1].node[2*n+1].empty & level[l-1].node[2*n].empty;
        assign level[l].node[n].count = level[l-1].node[2*n+1].empty ? (level[l-1].node[2*n].count | HALF)
                                                                     : level[l-1].node[2*n+1].count;
      end
    end
  endgenerate
  assign count_o = level[COUNT_BITS].node[0].count;
endmodule
