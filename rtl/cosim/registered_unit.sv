// SPDX-License-Identifier: Apache-2.0
// mac_unit behind registered inputs: what co-simulation drives. With every input coming from a flip-flop the simulator
// evaluates the combinational logic once a cycle instead of once a clock edge. Latency = mac_pkg::STAGES + 1.
module registered_unit (
    input  logic                                       clk_i,
    input  logic [mac_pkg::LANES*mac_pkg::ACT_BITS-1:0] activation_i,
    input  logic [mac_pkg::LANES*mac_pkg::WGT_BITS-1:0] weight_i,
    input  logic [                                 7:0] activation_scale_i,
    input  logic [                                 7:0] weight_scale_i,
    input  logic [              mac_pkg::PSUM_BITS-1:0] psum_i,
    output logic [              mac_pkg::PSUM_BITS-1:0] psum_o
);
  logic [mac_pkg::LANES*mac_pkg::ACT_BITS-1:0] activation;
  logic [mac_pkg::LANES*mac_pkg::WGT_BITS-1:0] weight;
  logic [7:0] activation_scale, weight_scale;
  logic [mac_pkg::PSUM_BITS-1:0] psum;
  always_ff @(posedge clk_i) begin
    activation <= activation_i;
    weight <= weight_i;
    activation_scale <= activation_scale_i;
    weight_scale <= weight_scale_i;
    psum <= psum_i;
  end
  mac_unit unit (
      .clk_i(clk_i), .activation_i(activation), .weight_i(weight), .activation_scale_i(activation_scale),
      .weight_scale_i(weight_scale), .psum_i(psum), .psum_o(psum_o));
endmodule
