// SPDX-License-Identifier: Apache-2.0
// Double buffering of the weights: shadow rows are written in ascending order while the tile before computes; the swap to
// a full shadow tile is in the cycle of the last token of the tile before, or as soon after it as the shadow is full.
module tile_controller #(
    parameter ROWS = 2
) (
    input  logic            clk_i,
    input  logic            rst_i,
    input  logic            weight_valid_i,
    output logic            weight_ready_o,
    output logic [ROWS-1:0] load_o,
    output logic            swap_o,
    input  logic [ROWS-1:0] swapped_i,
    input  logic            last_token_i,   // the last token of the tile enters in this cycle
    output logic            tile_active_o   // tokens may enter
);
  logic [ROWS-1:0] next_row;  // one-hot
  logic [ROWS-1:0] row_free;
  logic            shadow_full;

  assign weight_ready_o = !shadow_full && ((next_row & row_free) != 0);
  assign load_o         = (weight_valid_i && weight_ready_o) ? next_row : {ROWS{1'b0}};
  assign swap_o         = shadow_full && (!tile_active_o || last_token_i);

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      next_row      <= {{(ROWS - 1) {1'b0}}, 1'b1};
      row_free      <= {ROWS{1'b1}};
      shadow_full   <= 1'b0;
      tile_active_o <= 1'b0;
    end else begin
      row_free <= (row_free & ~load_o) | swapped_i;
      if (load_o != 0) next_row <= (next_row << 1) | {{(ROWS - 1) {1'b0}}, next_row[ROWS-1]};
      if (load_o[ROWS-1]) shadow_full <= 1'b1;
      else if (swap_o) shadow_full <= 1'b0;
      if (swap_o) tile_active_o <= 1'b1;
      else if (last_token_i) tile_active_o <= 1'b0;
    end
  end
endmodule
