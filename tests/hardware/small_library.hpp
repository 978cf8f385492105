// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace macroscope::hardware {

/// A library whose every figure is round, so that results can be worked out by hand: 2 V, times in ps, capacitance in fF,
/// energies in fJ. Inverter: input 10 fF, delay 100 ps, 3 fJ a rise, 1 fJ a fall. NAND and XOR: inputs 10 fF, 100 ps. Buffer:
/// 10 fF, 300 ps, no energy. Flip-flop: D 5 fF, CK 5 fF, 50 ps, state 7 fJ a rise and 5 fJ a fall, clock 2 fJ an edge.
inline const std::string small_library = R"(
library (small) {
  delay_model : table_lookup;
  time_unit : "1ps";
  voltage_unit : "1V";
  leakage_power_unit : "1nW";
  capacitive_load_unit (1, ff);
  nom_voltage : 2.0;
  cell (INV) { area : 1; cell_leakage_power : 10;
    pin (A) { direction : input; capacitance : 10; }
    pin (Y) { direction : output; function : "!A";
      timing () { related_pin : "A"; timing_sense : negative_unate;
        cell_rise (scalar) { values ("100"); } cell_fall (scalar) { values ("100"); }
        rise_transition (scalar) { values ("20"); } fall_transition (scalar) { values ("20"); } }
      internal_power () { related_pin : "A"; rise_power (scalar) { values ("3"); } fall_power (scalar) { values ("1"); } } } }
  cell (BUF) { area : 2;
    pin (A) { direction : input; capacitance : 10; }
    pin (Y) { direction : output; function : "A";
      timing () { related_pin : "A"; timing_sense : positive_unate;
        cell_rise (scalar) { values ("300"); } cell_fall (scalar) { values ("300"); }
        rise_transition (scalar) { values ("20"); } fall_transition (scalar) { values ("20"); } } } }
  cell (NAND) { area : 2;
    pin (A) { direction : input; capacitance : 10; }
    pin (B) { direction : input; capacitance : 10; }
    pin (Y) { direction : output; function : "(A B)'";
      timing () { related_pin : "A B"; timing_sense : negative_unate;
        cell_rise (scalar) { values ("100"); } cell_fall (scalar) { values ("100"); }
        rise_transition (scalar) { values ("20"); } fall_transition (scalar) { values ("20"); } } } }
  cell (BIG_NAND) { area : 9;
    pin (A) { direction : input; capacitance : 10; }
    pin (B) { direction : input; capacitance : 10; }
    pin (Y) { direction : output; function : "!A + !B";
      timing () { related_pin : "A B"; timing_sense : negative_unate;
        cell_rise (scalar) { values ("100"); } cell_fall (scalar) { values ("100"); }
        rise_transition (scalar) { values ("20"); } fall_transition (scalar) { values ("20"); } } } }
  cell (XOR) { area : 3;
    pin (A) { direction : input; capacitance : 10; }
    pin (B) { direction : input; capacitance : 10; }
    pin (Y) { direction : output; function : "A ^ B";
      timing () { related_pin : "A B"; timing_sense : non_unate;
        cell_rise (scalar) { values ("100"); } cell_fall (scalar) { values ("100"); }
        rise_transition (scalar) { values ("20"); } fall_transition (scalar) { values ("20"); } } } }
  cell (FF) { area : 5;
    ff (IQ, IQN) { next_state : "D"; clocked_on : "CK"; }
    pin (D) { direction : input; capacitance : 5; }
    pin (CK) { direction : input; capacitance : 5; clock : true;
      internal_power () { rise_power (scalar) { values ("2"); } fall_power (scalar) { values ("2"); } } }
    pin (Q) { direction : output; function : "IQ";
      timing () { related_pin : "CK"; timing_type : rising_edge;
        cell_rise (scalar) { values ("50"); } cell_fall (scalar) { values ("50"); }
        rise_transition (scalar) { values ("20"); } fall_transition (scalar) { values ("20"); } }
      internal_power () { related_pin : "CK"; rise_power (scalar) { values ("7"); } fall_power (scalar) { values ("5"); } } } }
  cell (LATCH) { area : 4; latch (IQ, IQN) { data_in : "D"; enable : "G"; }
    pin (D) { direction : input; capacitance : 5; } pin (G) { direction : input; capacitance : 5; }
    pin (Q) { direction : output; function : "IQ"; } }
}
)";

inline const char* const osu018 = "/usr/share/qflow/tech/osu018/osu018_stdcells.lib";
inline const char* const osu018_verilog = "/usr/share/qflow/tech/osu018/osu018_stdcells.v";

}  // namespace macroscope::hardware
