// SPDX-License-Identifier: Apache-2.0
// maximum_o = the largest of LANES unsigned exponents of BITS bits. Latency 0.
// Bit-serial elimination from the most significant bit: if any lane still alive has a one there, the bit of the maximum
// is one and the lanes with a zero drop out. About two gates a lane and bit, where a tree of comparators and
// multiplexers needs five, for the same depth.
module max_exponent #(
    parameter LANES = 32,
    parameter BITS  = 5
) (
    input  logic [LANES*BITS-1:0] exponents_i,
    output logic [      BITS-1:0] maximum_o
);
  generate
    for (genvar b = 0; b < BITS; b = b + 1) begin : plane
      wire [LANES-1:0] bits;
      for (genvar i = 0; i < LANES; i = i + 1) begin : lane
        assign bits[i] = exponents_i[i*BITS+(BITS-1-b)];
      end
      wire [LANES-1:0] alive;
      wire [LANES-1:0] candidates = alive & bits;
      wire             any = |candidates;
      assign maximum_o[BITS-1-b] = any;
    end
    assign plane[0].alive = {LANES{1'b1}};
    for (genvar b = 1; b < BITS; b = b + 1) begin : eliminate
      assign plane[b].alive = plane[b-1].alive & (plane[b-1].bits | {LANES{~plane[b-1].any}});
    end
  endgenerate
endmodule
