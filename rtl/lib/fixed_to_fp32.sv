// SPDX-License-Identifier: Apache-2.0
// value_o = RNE_fp32(fixed_i * 2^(exponent_i + EXPONENT_OFFSET)), one rounding; subnormals kept, overflow to Inf, 0 -> +0.
//   fixed_i     two's complement, VALUE_BITS wide
//   exponent_i  unsigned; MIN_EXPONENT and MAX_EXPONENT bound exponent_i + EXPONENT_OFFSET, and the hardware for
//               subnormals and overflow is there only if these bounds need it
//   nan_i, infinite_i, infinite_sign_i replace the result by the canonical NaN 0x7fc00000 or an infinity
// Latency = NORMALISE_RANK. A negative number is handled as its one's complement; fp32_round adds the missing unit.
module fixed_to_fp32 #(
    parameter VALUE_BITS      = 31,
    parameter EXPONENT_BITS   = 10,
    parameter EXPONENT_OFFSET = -26,
    parameter MIN_EXPONENT    = -126,
    parameter MAX_EXPONENT    = 90,
    parameter NORMALISE_RANK  = 0
) (
    input  logic                     clk_i,
    input  logic [   VALUE_BITS-1:0] fixed_i,
    input  logic [EXPONENT_BITS-1:0] exponent_i,
    input  logic                     nan_i,
    input  logic                     infinite_i,
    input  logic                     infinite_sign_i,
    output logic [             31:0] value_o
);
  function automatic integer bits_for(input integer value);
    integer v;
    begin
      bits_for = 0;
      for (v = value; v > 0; v = v / 2) bits_for = bits_for + 1;
    end
  endfunction
  localparam SHIFT_BITS = bits_for(VALUE_BITS);
  localparam WORD_BITS = (VALUE_BITS < 25) ? 25 : VALUE_BITS;
  localparam GRADUAL = (MIN_EXPONENT < -126) ? 1 : 0;               // 2^MIN_EXPONENT may be subnormal
  localparam DENORMALISE = (VALUE_BITS + MIN_EXPONENT + 124 < 0) ? 1 : 0;  // ... even with nothing shifted left
  localparam OVERFLOW = (VALUE_BITS + MAX_EXPONENT + 125 > 253) ? 1 : 0;
  localparam LIMIT_BITS = 12;

  // The word is the magnitude minus one unit (negative) or the magnitude, and one bit of the sign below it: the infinite
  // tail of the one's complement. With its leading one at the top the biased exponent is limit + 1.
  wire negative = fixed_i[VALUE_BITS-1];
  wire [VALUE_BITS-1:0] word = {fixed_i[VALUE_BITS-2:0] ^ {(VALUE_BITS - 1) {negative}}, negative};
  localparam [31:0] LIMIT_AT_ZERO = EXPONENT_OFFSET + VALUE_BITS + 124;
  localparam [LIMIT_BITS-1:0] LIMIT_OFFSET = LIMIT_AT_ZERO[LIMIT_BITS-1:0];
  wire [LIMIT_BITS-1:0] limit = {{(LIMIT_BITS - EXPONENT_BITS) {1'b0}}, exponent_i} + LIMIT_OFFSET;
  wire below = (DENORMALISE != 0) ? limit[LIMIT_BITS-1] : 1'b0;

  wire [SHIFT_BITS-1:0] shift;
  wire [ WORD_BITS-1:0] normalised;
  normaliser #(
      .WIDTH(VALUE_BITS), .OUT_BITS(WORD_BITS), .SHIFT_BITS(SHIFT_BITS), .LIMIT_BITS(LIMIT_BITS), .LIMITED(GRADUAL)
  ) normalise (
      .word_i(word), .fill_i(negative), .limit_i(limit & {LIMIT_BITS{~below}}), .shift_o(shift),
      .normalised_o(normalised));
  wire [LIMIT_BITS-1:0] biased = limit + 12'd1 - {{(LIMIT_BITS - SHIFT_BITS) {1'b0}}, shift};
  wire settled;
  generate
    if (WORD_BITS > 25) begin : gen_tail
      assign settled = ~(|(normalised[WORD_BITS-26:0] ^ {(WORD_BITS - 25) {negative}}));
    end else begin : gen_no_tail
      assign settled = 1'b1;
    end
  endgenerate

  wire negative_1, settled_1, below_1, nan_1, infinite_1, infinite_sign_1;
  wire [24:0] kept_1;  // 24-bit significand and guard bit
  // verilator lint_off UNUSED
  wire [LIMIT_BITS-1:0] biased_1;
  // verilator lint_on UNUSED
  pipeline_register #(.WIDTH(31 + LIMIT_BITS), .ENABLE(NORMALISE_RANK)) normalise_rank (
      .clk_i(clk_i),
      .d_i({negative, settled, below, nan_i, infinite_i, infinite_sign_i, normalised[WORD_BITS-1-:25], biased}),
      .q_o({negative_1, settled_1, below_1, nan_1, infinite_1, infinite_sign_1, kept_1, biased_1}));

  wire [24:0] placed;
  wire placed_settled;
  generate
    if (DENORMALISE != 0) begin : gen_denormalise
      // Nothing was shifted left, biased = limit + 1 <= 0: move right by -limit = 1 - biased.
      wire [LIMIT_BITS-1:0] distance = (12'd1 - biased_1) & {LIMIT_BITS{below_1}};
      wire [24:0] lost;
      barrel_aligner #(.IN_BITS(25), .OUT_BITS(25), .SHIFT_BITS(LIMIT_BITS)) aligner (
          .word_i(kept_1), .shift_i(distance), .aligned_o(placed));
      for (genvar i = 0; i < 25; i = i + 1) begin : leaving
        localparam [31:0] PLACES = i + 1;
        localparam [LIMIT_BITS-1:0] LEAVES_AT = PLACES[LIMIT_BITS-1:0];
        assign lost[i] = (kept_1[i] ^ negative_1) & (distance >= LEAVES_AT);
      end
      assign placed_settled = settled_1 & ~(|lost);
    end else begin : gen_as_is
      // verilator lint_off UNUSED
      wire unused_below = below_1;
      // verilator lint_on UNUSED
      assign placed = kept_1;
      assign placed_settled = settled_1;
    end
  endgenerate

  wire [31:0] rounded;
  wire [9:0] exponent = biased_1[9:0];
  fp32_round #(.EXPONENT_BITS(10), .OVERFLOW(OVERFLOW)) round (
      .sign_i(negative_1), .exponent_i(exponent), .significand_i(placed[24:1]), .guard_i(placed[0]),
      .settled_i(placed_settled), .complement_i(negative_1), .value_o(rounded));
  assign value_o = nan_1 ? 32'h7fc00000 : infinite_1 ? {infinite_sign_1, 8'hff, 23'd0} : rounded;
endmodule
