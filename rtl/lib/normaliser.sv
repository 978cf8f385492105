// SPDX-License-Identifier: Apache-2.0
// Moves the leading one of word_i to the top, but never further than limit_i places (gradual underflow). Latency 0.
//   shift_o      = min(leading zeros of word_i, limit_i)
//   normalised_o = word_i * 2^shift_o in OUT_BITS bits, left-aligned; fill_i enters from below
// LIMITED = 0 ignores limit_i. The limit is a one-hot mark ORed into the leading-zero detector's input, which needs no
// comparison after the count.
module normaliser #(
    parameter WIDTH      = 28,
    parameter OUT_BITS   = 28,
    parameter SHIFT_BITS = 5,
    parameter LIMIT_BITS = 8,
    parameter LIMITED    = 1
) (
    input  logic [     WIDTH-1:0] word_i,
    input  logic                  fill_i,
    input  logic [LIMIT_BITS-1:0] limit_i,
    output logic [SHIFT_BITS-1:0] shift_o,
    output logic [  OUT_BITS-1:0] normalised_o
);
  wire [   WIDTH-1:0] mark;
  wire [OUT_BITS-1:0] word;
  generate
    for (genvar i = 0; i < WIDTH; i = i + 1) begin : position
      if (LIMITED != 0 && (LIMIT_BITS > 30 || i < (1 << LIMIT_BITS))) begin : gen_mark
        localparam [31:0] PLACES = i;
        assign mark[WIDTH-1-i] = (limit_i == PLACES[LIMIT_BITS-1:0]);
      end else begin : gen_none
        assign mark[WIDTH-1-i] = 1'b0;
      end
    end
    if (LIMITED == 0) begin : gen_unlimited
      // verilator lint_off UNUSED
      wire [LIMIT_BITS-1:0] unused_limit = limit_i;
      // verilator lint_on UNUSED
    end
    if (OUT_BITS > WIDTH) begin : gen_pad
      assign word = {word_i, {(OUT_BITS - WIDTH) {fill_i}}};
    end else begin : gen_same
      assign word = word_i;
    end
  endgenerate
  leading_zeros #(.WIDTH(WIDTH), .COUNT_BITS(SHIFT_BITS)) detector (.word_i(word_i | mark), .count_o(shift_o));
  left_shifter #(.IN_BITS(OUT_BITS), .OUT_BITS(OUT_BITS), .SHIFT_BITS(SHIFT_BITS), .LARGE_FIRST(1)) shifter (
      .word_i(word), .shift_i(shift_o), .fill_i(fill_i), .shifted_o(normalised_o));
endmodule
