// SPDX-License-Identifier: Apache-2.0
// count_o = number of ones in bits_i. COUNT_BITS must hold WIDTH. Latency 0.
module ones_count #(
    parameter WIDTH      = 32,
    parameter COUNT_BITS = 6
) (
    input  logic [     WIDTH-1:0] bits_i,
    output logic [COUNT_BITS-1:0] count_o
);
  always_comb begin
    count_o = {COUNT_BITS{1'b0}};
    for (int i = 0; i < WIDTH; i = i + 1) count_o = count_o + {{(COUNT_BITS - 1) {1'b0}}, bits_i[i]};
  end
endmodule
