// SPDX-License-Identifier: Apache-2.0
// One unit of a weight-stationary array with its two weight registers.
//   load_i  writes the shadow register; swap_i moves it to the active one, which the unit uses from the next cycle on.
//   Activations and the swap go on to the column on the right one cycle later; psum_o follows psum_i by the unit's latency.
module processing_element #(
    parameter LANES     = mac_pkg::LANES,
    parameter ACT_BITS  = mac_pkg::ACT_BITS,
    parameter WGT_BITS  = mac_pkg::WGT_BITS,
    parameter PSUM_BITS = mac_pkg::PSUM_BITS
) (
    input  logic                      clk_i,
    input  logic                      load_i,
    input  logic [LANES*WGT_BITS-1:0] weight_i,
    input  logic [               7:0] weight_scale_i,
    input  logic                      swap_i,
    output logic                      swap_o,
    input  logic [LANES*ACT_BITS-1:0] activation_i,
    input  logic [               7:0] activation_scale_i,
    output logic [LANES*ACT_BITS-1:0] activation_o,
    output logic [               7:0] activation_scale_o,
    input  logic [     PSUM_BITS-1:0] psum_i,
    output logic [     PSUM_BITS-1:0] psum_o
);
  logic [LANES*WGT_BITS+7:0] shadow, active;

  always_ff @(posedge clk_i) begin
    if (load_i) shadow <= {weight_scale_i, weight_i};
    if (swap_i) active <= shadow;
    swap_o             <= swap_i;
    activation_o       <= activation_i;
    activation_scale_o <= activation_scale_i;
  end

  mac_unit unit (
      .clk_i(clk_i),
      .activation_i(activation_i),
      .weight_i(active[LANES*WGT_BITS-1:0]),
      .activation_scale_i(activation_scale_i),
      .weight_scale_i(active[LANES*WGT_BITS+:8]),
      .psum_i(psum_i),
      .psum_o(psum_o)
  );
endmodule
