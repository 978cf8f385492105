// SPDX-License-Identifier: Apache-2.0
// First third of an FP32 addition: orders the operands by magnitude and aligns the smaller one. Latency 0.
//   exponent_o  biased exponent of the larger operand, at least 1
//   larger_o    its 24-bit significand; smaller_o: the other's with guard, round and sticky bits below
//   effective_subtract_o: the signs differ; sign_o: sign of the larger operand
//   nan_o, infinite_o: the sum is NaN (a NaN operand, or Inf - Inf), or infinite with sign_o
// IEEE 754-2019 clauses 5.4.1, 6.1, 6.2, 7.2; subnormals are kept.
module fp32_align (
    input  logic [31:0] a_i,
    input  logic [31:0] b_i,
    output logic        sign_o,
    output logic        effective_subtract_o,
    output logic [ 7:0] exponent_o,
    output logic [23:0] larger_o,
    output logic [26:0] smaller_o,
    output logic        nan_o,
    output logic        infinite_o
);
  wire swap = a_i[30:0] < b_i[30:0];
  wire a_hidden = |a_i[30:23];
  wire b_hidden = |b_i[30:23];
  wire [7:0] a_exponent = {a_i[30:24], a_i[23] | ~a_hidden};
  wire [7:0] b_exponent = {b_i[30:24], b_i[23] | ~b_hidden};
  wire [7:0] a_minus_b = a_exponent - b_exponent;
  wire [7:0] b_minus_a = b_exponent - a_exponent;
  wire [7:0] distance = swap ? b_minus_a : a_minus_b;
  wire [23:0] a_significand = {a_hidden, a_i[22:0]};
  wire [23:0] b_significand = {b_hidden, b_i[22:0]};
  wire [23:0] smaller = swap ? a_significand : b_significand;
  assign sign_o = swap ? b_i[31] : a_i[31];
  assign exponent_o = swap ? b_exponent : a_exponent;
  assign larger_o = swap ? b_significand : a_significand;
  assign effective_subtract_o = a_i[31] ^ b_i[31];

  // Sticky: any one of the smaller significand that leaves the frame of 24 + guard + round bits.
  wire [25:0] aligned;
  wire [23:0] lost;
  barrel_aligner #(.IN_BITS(24), .OUT_BITS(26), .SHIFT_BITS(8)) aligner (
      .word_i(smaller), .shift_i(distance), .aligned_o(aligned));
  generate
    for (genvar i = 0; i < 24; i = i + 1) begin : sticky
      localparam [31:0] PLACES = i + 3;
      localparam [7:0] LEAVES_AT = PLACES[7:0];
      assign lost[i] = smaller[i] & (distance >= LEAVES_AT);
    end
  endgenerate
  assign smaller_o = {aligned, |lost};

  wire a_top = &a_i[30:23];
  wire b_top = &b_i[30:23];
  assign nan_o = (a_top & (|a_i[22:0])) | (b_top & (|b_i[22:0])) | (a_top & b_top & effective_subtract_o);
  assign infinite_o = a_top | b_top;
endmodule
