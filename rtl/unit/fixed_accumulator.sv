// SPDX-License-Identifier: Apache-2.0
// psum_o = psum_i + s for a fixed-point accumulator of ACC_BITS bits in two's complement; latency 0.
//   s arrives as a carry-save pair in offset form: sum_i + carry_i = s + 2^(SUM_BITS-1).
//   SATURATE = 0 wraps modulo 2^ACC_BITS, 1 clamps to the largest or smallest number.
//   HAS_NAN = 1 adds a sticky NaN flag above the number (PSUM_BITS = ACC_BITS + 1): it is set by nan_i, stays set, and the
//   number below it is then 0 (a Kulisch accumulator: U. Kulisch, "Computer Arithmetic and Validity", 2008, chapter 8).
// Partial sum and carry-save pair meet in one carry-propagate adder.
module fixed_accumulator #(
    parameter SUM_BITS  = 21,
    parameter ACC_BITS  = 32,
    parameter PSUM_BITS = 32,
    parameter SATURATE  = 0,
    parameter HAS_NAN   = 0
) (
    input  logic [ SUM_BITS-1:0] sum_i,
    input  logic [ SUM_BITS-1:0] carry_i,
    input  logic                 nan_i,
    input  logic [PSUM_BITS-1:0] psum_i,
    output logic [PSUM_BITS-1:0] psum_o
);
  // Taking the offset off the sum word makes its inverted top bit a sign: sum - 2^(SUM_BITS-1) in two's complement.
  localparam WIDTH = ACC_BITS + ((SATURATE != 0) ? 1 : 0);
  localparam EXTENSION = WIDTH - SUM_BITS + 1;
  wire [WIDTH-1:0] sum = {{EXTENSION{~sum_i[SUM_BITS-1]}}, sum_i[SUM_BITS-2:0]};
  wire [WIDTH-1:0] carry = {{(WIDTH - SUM_BITS) {1'b0}}, carry_i};
  wire [WIDTH-1:0] psum, partial, carries, total;
  carry_save_adder #(.WIDTH(WIDTH)) join_psum (
      .a_i(sum), .b_i(carry), .c_i(psum), .sum_o(partial), .carry_o(carries));
  assign total = partial + carries;

  wire [ACC_BITS-1:0] value;
  generate
    if (SATURATE != 0) begin : gen_saturate
      assign psum = {psum_i[ACC_BITS-1], psum_i[ACC_BITS-1:0]};
      wire overflow = total[WIDTH-1] ^ total[WIDTH-2];
      assign value = overflow ? {total[WIDTH-1], {(ACC_BITS - 1) {~total[WIDTH-1]}}} : total[ACC_BITS-1:0];
    end else begin : gen_wrap
      assign psum = psum_i[ACC_BITS-1:0];
      assign value = total;
    end
    if (HAS_NAN != 0) begin : gen_nan
      wire nan = nan_i | psum_i[PSUM_BITS-1];
      assign psum_o = {nan, value & {ACC_BITS{~nan}}};
    end else begin : gen_number
      assign psum_o = value;
      // verilator lint_off UNUSED
      wire unused_nan = nan_i;
      // verilator lint_on UNUSED
    end
  endgenerate
endmodule
