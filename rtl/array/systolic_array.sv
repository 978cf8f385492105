// SPDX-License-Identifier: Apache-2.0
// A weight-stationary array of MAC units, the hardware twin of sim/system.
//   Weights: valid/ready, one row of the array a transfer, rows ascending, tile after tile in the order they are used.
//   Tokens:  valid/ready, one token's slice of K a transfer; token_last_i marks the last token of a tile. first_k_i starts
//            its sums from zero, otherwise they go on from the sums of the tile before, which must have held the same
//            tokens; last_k_i sends its results out, otherwise they wait in the partial-sum FIFO (TOKENS deep).
//   Results: COLUMNS sums ROWS*LATENCY + COLUMNS - 1 cycles after a last_k token entered; they must be taken at once.
// LATENCY is the unit's. Reset for at least ROWS*LATENCY + COLUMNS cycles: pipelines are flushed, not reset.
module systolic_array #(
    parameter ROWS      = 2,
    parameter COLUMNS   = 2,
    parameter LATENCY   = mac_pkg::STAGES,
    parameter TOKENS    = 64,
    parameter LANES     = mac_pkg::LANES,
    parameter ACT_BITS  = mac_pkg::ACT_BITS,
    parameter WGT_BITS  = mac_pkg::WGT_BITS,
    parameter PSUM_BITS = mac_pkg::PSUM_BITS
) (
    input  logic                              clk_i,
    input  logic                              rst_i,
    input  logic                              weight_valid_i,
    output logic                              weight_ready_o,
    input  logic [COLUMNS*LANES*WGT_BITS-1:0] weights_i,
    input  logic [             COLUMNS*8-1:0] weight_scales_i,
    input  logic                              token_valid_i,
    output logic                              token_ready_o,
    input  logic                              token_last_i,
    input  logic                              first_k_i,
    input  logic                              last_k_i,
    input  logic [   ROWS*LANES*ACT_BITS-1:0] activations_i,
    input  logic [                ROWS*8-1:0] activation_scales_i,
    output logic                              tile_active_o,
    output logic                              result_valid_o,
    output logic [     COLUMNS*PSUM_BITS-1:0] results_o
);
  localparam WAVE = ROWS * LATENCY + COLUMNS - 1;

  wire [ROWS-1:0] load, swapped;
  wire swap, sums_waiting, leaving, leaving_last_k;
  wire [COLUMNS*PSUM_BITS-1:0] resumed;
  wire enter = token_valid_i && token_ready_o;

  assign token_ready_o  = tile_active_o && (first_k_i || sums_waiting);
  assign result_valid_o = leaving && leaving_last_k;

  tile_controller #(.ROWS(ROWS)) controller (
      .clk_i(clk_i), .rst_i(rst_i), .weight_valid_i(weight_valid_i), .weight_ready_o(weight_ready_o), .load_o(load),
      .swap_o(swap), .swapped_i(swapped), .last_token_i(enter && token_last_i), .tile_active_o(tile_active_o));

  delay_line #(.WIDTH(2), .STAGES(WAVE)) flags (
      .clk_i(clk_i), .d_i({enter && !rst_i, last_k_i}), .q_o({leaving, leaving_last_k}));

  partial_sum_fifo #(.WIDTH(COLUMNS * PSUM_BITS), .DEPTH(TOKENS)) partial_sums (
      .clk_i(clk_i), .rst_i(rst_i), .write_i(leaving && !leaving_last_k), .data_i(results_o),
      .read_i(enter && !first_k_i), .data_o(resumed), .valid_o(sums_waiting));

  pe_grid #(.ROWS(ROWS), .COLUMNS(COLUMNS), .LATENCY(LATENCY), .LANES(LANES), .ACT_BITS(ACT_BITS), .WGT_BITS(WGT_BITS),
            .PSUM_BITS(PSUM_BITS)) grid (
      .clk_i(clk_i), .load_i(load), .weights_i(weights_i), .weight_scales_i(weight_scales_i), .swap_i(swap && !rst_i),
      .swapped_o(swapped), .activations_i(activations_i), .activation_scales_i(activation_scales_i),
      .psums_i(first_k_i ? {COLUMNS*PSUM_BITS{1'b0}} : resumed), .psums_o(results_o));
endmodule
