// SPDX-License-Identifier: Apache-2.0
// Wallace tree of 3:2 rows: sum_o + carry_o = sum of the ROWS words of rows_i modulo 2^WIDTH. Latency 0.
// Each level turns 3 rows into 2 and passes the one or two that are left over; bits known to be zero cost nothing
// after constant propagation. If the exact total is below 2^WIDTH, sum_o + carry_o equals it without wrapping.
// Source: C. S. Wallace, "A Suggestion for a Fast Multiplier", IEEE Trans. Electronic Computers EC-13 (1964).
module carry_save_tree #(
    parameter ROWS  = 8,
    parameter WIDTH = 8
) (
    input  logic [ROWS*WIDTH-1:0] rows_i,
    output logic [     WIDTH-1:0] sum_o,
    output logic [     WIDTH-1:0] carry_o
);
  function automatic integer rows_at(input integer level);
    integer l;
    begin
      rows_at = ROWS;
      for (l = 0; l < level; l = l + 1) rows_at = (rows_at / 3) * 2 + rows_at % 3;
    end
  endfunction
  function automatic integer levels(input integer words);
    integer n;
    begin
      levels = 0;
      for (n = words; n > 2; n = (n / 3) * 2 + n % 3) levels = levels + 1;
    end
  endfunction
  localparam LEVELS = levels(ROWS);

  generate
    for (genvar l = 0; l <= LEVELS; l = l + 1) begin : level
      for (genvar r = 0; r < rows_at(l); r = r + 1) begin : row
        wire [WIDTH-1:0] bits;
      end
    end
    for (genvar r = 0; r < ROWS; r = r + 1) begin : leaf
      assign level[0].row[r].bits = rows_i[r*WIDTH+:WIDTH];
    end
    for (genvar l = 0; l < LEVELS; l = l + 1) begin : reduce
      localparam TRIPLES = rows_at(l) / 3;
      for (genvar t = 0; t < TRIPLES; t = t + 1) begin : triple
        carry_save_adder #(.WIDTH(WIDTH)) adder (
            .a_i(level[l].row[3*t].bits), .b_i(level[l].row[3*t+1].bits), .c_i(level[l].row[3*t+2].bits),
            .sum_o(level[l+1].row[2*t].bits), .carry_o(level[l+1].row[2*t+1].bits));
      end
      for (genvar r = 0; r < rows_at(l) % 3; r = r + 1) begin : pass
        assign level[l+1].row[2*TRIPLES+r].bits = level[l].row[3*TRIPLES+r].bits;
      end
    end
    if (ROWS == 1) begin : gen_one_row
      assign carry_o = {WIDTH{1'b0}};
    end else begin : gen_two_rows
      assign carry_o = level[LEVELS].row[1].bits;
    end
  endgenerate
  assign sum_o = level[LEVELS].row[0].bits;
endmodule
