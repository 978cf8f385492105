// SPDX-License-Identifier: Apache-2.0
// A spec is read strictly, refused with the reason, and written back so that it reads the same.
#include "sim/datapath/mac_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "formats/input_error.hpp"
#include "tests/datapath/operands.hpp"

namespace macroscope::datapath::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const char* const good = R"(mac: mine
activation: {element: e4m3, scale: {encoding: e8m0, block: 32, rule: floor}}
weight:     {element: e4m3, scale: {encoding: e8m0, block: 32, rule: floor}}
dot:        {lanes: 32, reduction: aligned, window: 24, round: truncate}
accumulate: {format: fp32, round: rne}
output:     {format: fp32}
)";

std::string with(const std::string& from, const std::string& to) {
  std::string text = good;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& yaml) {
  try {
    parse_mac_spec(yaml, "mine.yaml");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(mac_spec, every_preset_loads_and_bears_its_files_name) {
  const std::string folder = MACROSCOPE_SOURCE_DIR "/configs/mac";
  const auto names = preset_names(folder);
  for (const char* name : {"bf16", "fp32", "fp8_e4m3", "fp8_e4m3_exact", "fp8_e4m3_w14", "int8", "mxfp8_e4m3", "mxfp8_e4m3_ceil", "mxint8", "mxint8_ceil"})
    EXPECT_THAT(names, ::testing::Contains(name));
  for (const std::string& name : names) EXPECT_EQ(load_mac_spec(name, folder).name, name);
}

TEST(mac_spec, the_canonical_form_reads_back_as_itself) {
  for (const std::string& name : preset_names(MACROSCOPE_SOURCE_DIR "/configs/mac")) {
    const std::string text = canonical_yaml(preset(name));
    EXPECT_EQ(canonical_yaml(parse_mac_spec(text, name)), text);
    EXPECT_EQ(canonical_json(parse_mac_spec(text, name)), canonical_json(preset(name)));
  }
}

TEST(mac_spec, the_order_of_keys_and_what_is_left_out_do_not_matter) {
  const MacSpec a = parse_mac_spec(good, "a");
  const MacSpec b = parse_mac_spec(R"(
accumulate: {format: fp32}
dot: {window: 24, reduction: aligned, lanes: 32}
weight: {round: rne, scale: {rule: floor, granularity: block, block: 32, encoding: e8m0}, element: e4m3}
activation: {element: e4m3, overflow: saturate, scale: {encoding: e8m0, block: 32, rule: floor}}
mac: mine
)", "b");
  EXPECT_EQ(canonical_yaml(a), canonical_yaml(b));
}

TEST(mac_spec, an_unknown_key_is_named_with_the_nearest_valid_one) {
  EXPECT_THAT(refusal(with("window: 24", "windw: 24")), AllOf(HasSubstr("mine.yaml: dot"), HasSubstr("unknown key 'windw'"), HasSubstr("did you mean 'window'")));
  EXPECT_THAT(refusal(with("accumulate:", "acumulate:")), AllOf(HasSubstr("'acumulate'"), HasSubstr("did you mean 'accumulate'")));
  EXPECT_THAT(refusal(with("encoding: e8m0", "encodng: e8m0")), AllOf(HasSubstr("activation.scale"), HasSubstr("did you mean 'encoding'")));
}

TEST(mac_spec, an_unknown_value_is_named_with_what_is_accepted) {
  EXPECT_THAT(refusal(with("reduction: aligned", "reduction: aligend")), AllOf(HasSubstr("dot.reduction"), HasSubstr("'aligend'"), HasSubstr("did you mean 'aligned'"), HasSubstr("integer")));
  EXPECT_THAT(refusal(with("element: e4m3", "element: e4m33")), AllOf(HasSubstr("activation.element"), HasSubstr("e4m33")));
  EXPECT_THAT(refusal(with("window: 24", "window: 3")), AllOf(HasSubstr("dot.window"), HasSubstr("'3'"), HasSubstr("from 4 to 40")));
  EXPECT_THAT(refusal(with("window: 24", "window: 24.5")), HasSubstr("'24.5'"));
  EXPECT_THAT(refusal(with("lanes: 32", "lanes: 0")), HasSubstr("from 1 to 256"));
}

TEST(mac_spec, a_repeated_or_missing_key_is_an_error) {
  EXPECT_THAT(refusal(with("lanes: 32", "lanes: 32, lanes: 16")), HasSubstr("'lanes' is given twice"));
  EXPECT_THAT(refusal(std::string(good) + "mac: again\n"), HasSubstr("'mac' is given twice"));
  EXPECT_THAT(refusal(with("window: 24, ", "")), HasSubstr("needs its window"));
  EXPECT_THAT(refusal(with("mac: mine\n", "")), HasSubstr("key 'mac' is missing"));
  EXPECT_THAT(refusal("[1, 2]"), HasSubstr("expected a mapping"));
  EXPECT_THAT(refusal("mac: {"), AllOf(HasSubstr("line"), HasSubstr("not valid YAML")));
  EXPECT_THAT(refusal(""), HasSubstr("mine.yaml"));
}

TEST(mac_spec, combinations_that_make_no_hardware_are_refused_with_the_reason) {
  EXPECT_EQ(refusal(with("weight:     {element: e4m3", "weight:     {element: int8")), "accepted") << "mixed operands";
  EXPECT_THAT(refusal(with("{lanes: 32, reduction: aligned, window: 24, round: truncate}", "{lanes: 32, reduction: integer}")), HasSubstr("integer elements use 'integer'"));
  EXPECT_THAT(refusal(with("lanes: 32", "lanes: 24")), AllOf(HasSubstr("activation.scale.block: found 32"), HasSubstr("no multiple of 24 lanes")));
  EXPECT_THAT(refusal(with("lanes: 32", "lanes: 64")), HasSubstr("no multiple of 64 lanes"));
  EXPECT_EQ(refusal(with("lanes: 32", "lanes: 16")), "accepted");
  EXPECT_THAT(refusal(with("round: truncate", "round: half_away")), HasSubstr("accepted: rne, truncate"));
  EXPECT_THAT(refusal(with("{format: fp32, round: rne}", "{format: int32}")), HasSubstr("takes integer products"));
  EXPECT_THAT(refusal(with("{format: fp32, round: rne}", "{format: kulisch, bits: 60}")), HasSubstr("belongs to 'reduction: exact'"));
  EXPECT_THAT(refusal(with("rule: floor", "rule: absmax")), HasSubstr("follow 'floor', 'ceil'"));
  EXPECT_THAT(refusal(with("encoding: e8m0, block: 32", "encoding: e4m3, block: 32")), HasSubstr("others 'absmax' or 'mse'"));
  EXPECT_THAT(refusal(with("encoding: e8m0, block: 32, rule: floor", "encoding: e2m1, block: 32, rule: absmax")), HasSubstr("'e2m1' has no NaN"));
  EXPECT_THAT(refusal(with("encoding: e8m0", "encoding: e8n0")), AllOf(HasSubstr("activation.scale.encoding"), HasSubstr("'e8n0'"), HasSubstr("e8m0")));
  EXPECT_THAT(refusal(with("rule: floor}", "rule: floor, tensor: fp32}")), HasSubstr("stands above block scales in a minifloat"));
  EXPECT_THAT(refusal(with("rule: floor}", "rule: floor, tensor: fp16}")), HasSubstr("found 'fp16'"));
  EXPECT_THAT(refusal(with("mac: mine", "mac: 'my mac'")), HasSubstr("may have letters, digits"));
}

TEST(mac_spec, of_two_drained_blocks_one_is_a_multiple_of_the_other) {
  const auto spec = [](int a, int w) {
    return "{mac: g, activation: {element: int8, scale: {encoding: fp32, block: " + std::to_string(a) + ", rule: absmax}}, weight: {element: int8, scale: {encoding: fp32, block: " +
           std::to_string(w) + ", rule: absmax}}, dot: {lanes: 32, reduction: integer}, accumulate: {format: int32}}";
  };
  EXPECT_THAT(refusal(spec(64, 96)), AllOf(HasSubstr("found 64 and 96"), HasSubstr("must be a multiple of the other")));
  EXPECT_EQ(refusal(spec(64, 128)), "accepted");
}

TEST(mac_spec, accumulators_and_reductions_that_make_no_hardware_are_refused_with_the_reason) {
  const std::string dot = "{lanes: 32, reduction: aligned, window: 24, round: truncate}", accumulate = "{format: fp32, round: rne}";
  EXPECT_THAT(refusal(with(accumulate, "{format: fp33}")), AllOf(HasSubstr("accumulate.format"), HasSubstr("'fp33'"), HasSubstr("did you mean 'fp32'")));
  EXPECT_THAT(refusal(with(accumulate, "{format: e2m1}")), HasSubstr("has met a NaN"));
  EXPECT_THAT(refusal(with(accumulate, "{format: fp16, overflow: wrap}")), HasSubstr("overflows to infinity"));
  EXPECT_THAT(refusal(with(accumulate, "{format: fp16, round: half_away}")), HasSubstr("accepted: rne, truncate"));
  EXPECT_THAT(refusal(with(accumulate, "{format: fp16, chunk: {length: 48, into: fp32}}")), AllOf(HasSubstr("found 48"), HasSubstr("multiples of the 32 lanes")));
  EXPECT_THAT(refusal(with(accumulate, "{format: fp16, chunk: {length: 64, into: int32}}")), HasSubstr("floating-point formats such as fp32"));
  EXPECT_THAT(refusal(with(dot, "{lanes: 32, reduction: sequential, window: 24}")), HasSubstr("only 'reduction: aligned' has a window"));
  EXPECT_THAT(refusal(with(dot, "{lanes: 32, reduction: sequential, fused: true}")), HasSubstr("round at every addition"));
  EXPECT_THAT(refusal(with(dot, "{lanes: 32, reduction: exact, product: rounded}")), HasSubstr("only sequential and tree"));
  EXPECT_THAT(refusal(with(dot, "{lanes: 32, reduction: aligned, window: 24, round: rne, magnitude: twos_complement}")), HasSubstr("this one does not"));
  EXPECT_THAT(refusal(with(dot, "{lanes: 32, reduction: aligned, window: 24, fused: maybe}")), HasSubstr("'maybe'"));
  EXPECT_THAT(refusal("{mac: k, activation: {element: e4m3}, weight: {element: e4m3}, dot: {lanes: 4, reduction: exact, fused: true}, accumulate: {format: kulisch, bits: 60}}"),
              HasSubstr("nothing to fuse"));
}

TEST(mac_spec, new_fields_are_written_back_where_they_differ_from_what_was_meant_without_them) {
  const std::string text = canonical_yaml(preset("tensorcore_h100_fp8_promoted"));
  EXPECT_THAT(text, AllOf(HasSubstr("dot: {lanes: 32, reduction: aligned, window: 14, round: truncate, fused: true}"),
                          HasSubstr("accumulate: {format: fp22, round: truncate, chunk: {length: 128, into: fp32, round: rne}}")));
  EXPECT_THAT(canonical_yaml(preset("fp8_e4m3")), HasSubstr("dot: {lanes: 32, reduction: aligned, window: 24, round: truncate}\naccumulate: {format: fp32, round: rne}\n"));
  EXPECT_EQ(hardware_key(preset("fp8_e4m3")), "{activation: e4m3, weight: e4m3, block_scales: none, dot: {lanes: 32, reduction: aligned, window: 24, round: truncate}, accumulate: {format: fp32, round: rne}}")
      << "stored characterisations are found by this text";
}

TEST(mac_spec, stochastic_rounding_has_a_seed_and_nothing_else_has) {
  const std::string text = canonical_yaml(parse_mac_spec(with("rule: floor}}\nweight", "rule: floor}, round: stochastic, seed: 7}\nweight"), "s"));
  EXPECT_THAT(text, HasSubstr("round: stochastic, seed: 7, overflow: saturate"));
  EXPECT_EQ(canonical_yaml(parse_mac_spec(text, "again")), text);
  EXPECT_EQ(text.find("seed"), text.rfind("seed")) << "the weights round to nearest";
  const auto both = [](const char* seed) {
    return with("rule: floor}}\nweight:     {element: e4m3, scale: {encoding: e8m0, block: 32, rule: floor}}",
                std::string("rule: floor}, round: stochastic, seed: 7}\nweight: {element: e4m3, scale: {encoding: e8m0, block: 32, rule: floor}, round: stochastic, seed: ") + seed + "}");
  };
  EXPECT_THAT(refusal(both("7")), HasSubstr("weight.seed: found 7, the activation's too"));
  EXPECT_EQ(refusal(both("8")), "accepted");
  EXPECT_THAT(refusal(with("rule: floor}}\nweight", "rule: floor}, round: stochastic}\nweight")), HasSubstr("'seed' is missing"));
  EXPECT_THAT(refusal(with("rule: floor}}\nweight", "rule: floor}, seed: 7}\nweight")), HasSubstr("only 'round: stochastic' draws random words"));
  EXPECT_THAT(refusal(with("rule: floor}}\nweight", "rule: floor}, round: stochastic, seed: -1}\nweight")), HasSubstr("'-1'"));
  EXPECT_THAT(refusal(with("round: truncate", "round: stochastic")), HasSubstr("accepted: rne, truncate")) << "an aligner cuts or rounds";
}

TEST(mac_spec, a_kulisch_register_must_hold_one_groups_sum) {
  const std::string narrow = R"({mac: k, activation: {element: e4m3}, weight: {element: e4m3}, dot: {lanes: 32, reduction: exact}, accumulate: {format: kulisch, bits: 40}})";
  EXPECT_THAT(refusal(narrow), AllOf(HasSubstr("found 40"), HasSubstr("needs 42")));
  const std::string with_infinity = R"({mac: k, activation: {element: e5m2}, weight: {element: e5m2}, dot: {lanes: 32, reduction: exact}, accumulate: {format: kulisch, bits: 90}})";
  EXPECT_THAT(refusal(with_infinity), HasSubstr("no code for infinity"));
}

TEST(mac_spec, a_name_that_is_no_preset_and_no_file_is_answered_with_the_nearest_preset) {
  try {
    preset("mxint9");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("'mxint9'"), HasSubstr("did you mean 'mxint8'")));
  }
}

TEST(hardware_key, of_the_first_presets_is_what_their_stored_characterisations_are_found_by) {
  EXPECT_EQ(hardware_key(preset("mxint8")), "{activation: int8, weight: int8, block_scales: e8m0, dot: {lanes: 32, reduction: integer}, accumulate: {format: fp32, round: rne}}");
  EXPECT_EQ(hardware_key(preset("fp8_e4m3_w14")),
            "{activation: e4m3, weight: e4m3, block_scales: none, dot: {lanes: 32, reduction: aligned, window: 14, round: truncate}, accumulate: {format: fp32, round: rne}}");
}

TEST(hardware_key, names_the_scales_at_the_ports) {
  EXPECT_THAT(hardware_key(preset("nvfp4")), HasSubstr("block_scales: e4m3"));
  const MacSpec mixed = spec_from("{element: int8, scale: {encoding: fp32, granularity: token, rule: absmax}}", "{element: int4, scale: {encoding: e4m3, block: 32, rule: absmax}}",
                                  "{lanes: 32, reduction: integer}", "{format: fp32}");
  EXPECT_THAT(hardware_key(mixed), HasSubstr("block_scales: {activation: none, weight: e4m3}"));
}

TEST(hardware_key, is_shared_by_specs_that_differ_only_in_how_operands_are_quantized) {
  EXPECT_EQ(hardware_key(preset("mxint8")), hardware_key(preset("mxint8_ceil")));
  EXPECT_EQ(hardware_key(preset("mxfp8_e4m3")), hardware_key(preset("mxfp8_e4m3_ceil")));
  EXPECT_NE(hardware_key(preset("fp8_e4m3")), hardware_key(preset("fp8_e4m3_w14")));
  EXPECT_NE(hardware_key(preset("fp8_e4m3")), hardware_key(preset("mxfp8_e4m3"))) << "one has E8M0 scales at its ports";
  EXPECT_NE(hardware_key(preset("int8")), hardware_key(preset("mxint8")));
}

}  // namespace
}  // namespace macroscope::datapath::test
