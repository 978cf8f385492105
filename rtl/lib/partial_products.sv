// SPDX-License-Identifier: Apache-2.0
// The partial-product bits of a_i * b_i: row j (A_BITS wide, weight 2^j) is a_i AND bit j of b_i. Latency 0.
//   SIGNED = 0: a * b = sum_j row_j 2^j.
//   SIGNED = 1: Baugh-Wooley: the products with exactly one sign bit are complemented, so that no row needs a
//               sign extension, and a * b = sum_j row_j 2^j - 2^(A+B-1) + 2^(A-1) + 2^(B-1).
//               The constant is the caller's, who adds it once for all lanes.
// Source: C. R. Baugh, B. A. Wooley, "A Two's Complement Parallel Array Multiplication Algorithm",
//         IEEE Trans. Computers C-22 (1973), in Hatamian's form (complemented cross terms).
module partial_products #(
    parameter A_BITS = 8,
    parameter B_BITS = 8,
    parameter SIGNED = 1
) (
    input  logic [A_BITS-1:0]        a_i,
    input  logic [B_BITS-1:0]        b_i,
    output logic [A_BITS*B_BITS-1:0] rows_o
);
  localparam [A_BITS-1:0] SIGN_BIT = (SIGNED != 0) ? ({{(A_BITS - 1) {1'b0}}, 1'b1} << (A_BITS - 1)) : {A_BITS{1'b0}};
  localparam [A_BITS-1:0] OTHER_BITS = (SIGNED != 0) ? ~SIGN_BIT : {A_BITS{1'b0}};
  generate
    for (genvar j = 0; j < B_BITS; j = j + 1) begin : row
      assign rows_o[j*A_BITS+:A_BITS] = (a_i & {A_BITS{b_i[j]}}) ^ ((j < B_BITS - 1) ? SIGN_BIT : OTHER_BITS);
    end
  endgenerate
endmodule
