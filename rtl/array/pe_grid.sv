// SPDX-License-Identifier: Apache-2.0
// ROWS x COLUMNS processing elements between skew registers: a token's activations enter all rows in one cycle and its
// COLUMNS partial sums leave together ROWS*LATENCY + COLUMNS - 1 cycles later. Row r is delayed by r*LATENCY, so that its
// activations meet the partial sums that come down; column c by c, and its result by COLUMNS-1-c.
//   load_i[r] writes row r's shadow weights; swap_i comes one cycle before the first token of the new weights;
//   swapped_o[r] marks the cycle in which the swap is in row r's last column.
module pe_grid #(
    parameter ROWS      = 2,
    parameter COLUMNS   = 2,
    parameter LATENCY   = mac_pkg::STAGES,
    parameter LANES     = mac_pkg::LANES,
    parameter ACT_BITS  = mac_pkg::ACT_BITS,
    parameter WGT_BITS  = mac_pkg::WGT_BITS,
    parameter PSUM_BITS = mac_pkg::PSUM_BITS
) (
    input  logic                              clk_i,
    input  logic [                  ROWS-1:0] load_i,
    input  logic [COLUMNS*LANES*WGT_BITS-1:0] weights_i,
    input  logic [             COLUMNS*8-1:0] weight_scales_i,
    input  logic                              swap_i,
    output logic [                  ROWS-1:0] swapped_o,
    input  logic [   ROWS*LANES*ACT_BITS-1:0] activations_i,
    input  logic [                ROWS*8-1:0] activation_scales_i,
    input  logic [     COLUMNS*PSUM_BITS-1:0] psums_i,
    output logic [     COLUMNS*PSUM_BITS-1:0] psums_o
);
  localparam ACT_WIDTH = LANES * ACT_BITS;
  localparam WGT_WIDTH = LANES * WGT_BITS;

  generate
    for (genvar r = 0; r <= ROWS; r = r + 1) begin : down
      for (genvar c = 0; c < COLUMNS; c = c + 1) begin : column
        wire [PSUM_BITS-1:0] psum;
      end
    end
    for (genvar c = 0; c < COLUMNS; c = c + 1) begin : edges
      delay_line #(.WIDTH(PSUM_BITS), .STAGES(c)) skew (
          .clk_i(clk_i), .d_i(psums_i[c*PSUM_BITS+:PSUM_BITS]), .q_o(down[0].column[c].psum));
      delay_line #(.WIDTH(PSUM_BITS), .STAGES(COLUMNS - 1 - c)) deskew (
          .clk_i(clk_i), .d_i(down[ROWS].column[c].psum), .q_o(psums_o[c*PSUM_BITS+:PSUM_BITS]));
    end

    for (genvar r = 0; r < ROWS; r = r + 1) begin : row
      for (genvar c = 0; c <= COLUMNS; c = c + 1) begin : right
        // verilator lint_off UNUSEDSIGNAL
        wire                 swap;  // what leaves the last column goes nowhere
        wire [ACT_WIDTH-1:0] activation;
        wire [          7:0] scale;
        // verilator lint_on UNUSEDSIGNAL
      end
      delay_line #(.WIDTH(ACT_WIDTH + 9), .STAGES(r * LATENCY)) skew (
          .clk_i(clk_i),
          .d_i({swap_i, activation_scales_i[r*8+:8], activations_i[r*ACT_WIDTH+:ACT_WIDTH]}),
          .q_o({right[0].swap, right[0].scale, right[0].activation}));
      assign swapped_o[r] = right[COLUMNS-1].swap;

      for (genvar c = 0; c < COLUMNS; c = c + 1) begin : column
        processing_element #(.LANES(LANES), .ACT_BITS(ACT_BITS), .WGT_BITS(WGT_BITS), .PSUM_BITS(PSUM_BITS)) element (
            .clk_i(clk_i),
            .load_i(load_i[r]),
            .weight_i(weights_i[c*WGT_WIDTH+:WGT_WIDTH]),
            .weight_scale_i(weight_scales_i[c*8+:8]),
            .swap_i(right[c].swap),
            .swap_o(right[c+1].swap),
            .activation_i(right[c].activation),
            .activation_scale_i(right[c].scale),
            .activation_o(right[c+1].activation),
            .activation_scale_o(right[c+1].scale),
            .psum_i(down[r].column[c].psum),
            .psum_o(down[r+1].column[c].psum)
        );
      end
    end
  endgenerate
endmodule
