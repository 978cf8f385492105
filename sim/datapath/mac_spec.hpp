// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/element.hpp"
#include "formats/scale.hpp"

namespace macroscope::datapath {

/// What one scale covers. An operand is a matrix of rows by K: activations have a row per token, weights one per output
/// channel.
enum class Granularity : std::uint8_t {
  tensor,
  token,    ///< each row of the activations
  channel,  ///< each row of the weights
  block     ///< `block` consecutive elements of a row along K
};

enum class ScaleEncoding : std::uint8_t {
  fp32,
  e8m0,
  minifloat  ///< `format` says which: e4m3 (NVFP4), fp16, bf16 ...
};

/// How an operand is scaled. Scales in E8M0 or a minifloat that cover a block of K enter the unit as codes and multiply the
/// group's sum there; all others (FP32 ones, and those of a row or tensor whatever their encoding) are applied at the drain.
struct ScaleSpec {
  ScaleEncoding encoding = ScaleEncoding::fp32;
  Granularity granularity = Granularity::tensor;
  int block = 0;  ///< elements along K; 0 unless granularity is block
  formats::ScaleRule rule = formats::ScaleRule::absmax;
  std::optional<formats::Minifloat> format;  ///< of a minifloat's codes; rounded to nearest even, a nonzero scale never to 0
  bool tensor = false;  ///< a second level: one FP32 scale of the whole tensor above the block scales, applied at the drain

  [[nodiscard]] bool in_unit() const { return granularity == Granularity::block && encoding != ScaleEncoding::fp32; }
  /// Stored bits of one scale: 32, 8, or the minifloat's.
  [[nodiscard]] int bits() const;
};

struct OperandSpec {
  formats::Element element;
  std::optional<ScaleSpec> scale;  ///< none: the code's own value is the operand
  formats::Rounding round = formats::Rounding::rne;
  formats::Overflow overflow = formats::Overflow::saturate;

  [[nodiscard]] bool has_unit_scale() const { return scale && scale->in_unit(); }
  /// Binary places right of the point that a scale in the unit gives a code: an MX integer's (OCP MX 5.3.6), else 0.
  [[nodiscard]] int scale_fraction_bits() const;
};

/// How the products of one group of lanes become one sum.
enum class Reduction : std::uint8_t {
  integer,   ///< exact sum of integer products
  exact,     ///< exact fixed-point sum of minifloat products
  aligned,   ///< products truncated to multiples of 2^(emax - window + 1), then summed exactly
  reference  ///< native FP32 in no defined order: the reference of the accuracy metrics, no hardware
};

struct DotSpec {
  int lanes = 32;
  Reduction reduction = Reduction::integer;
  int window = 0;  ///< bits kept from 2^emax down; 0 unless aligned
};

enum class AccumulatorFormat : std::uint8_t { int32, fp32, kulisch };
enum class AccumulatorOverflow : std::uint8_t { wrap, saturate };

struct AccumulateSpec {
  AccumulatorFormat format = AccumulatorFormat::int32;
  int bits = 32;  ///< register width; for kulisch without its NaN flag
  AccumulatorOverflow overflow = AccumulatorOverflow::wrap;  ///< int32 and kulisch; fp32 overflows to infinity
};

/// One MAC datapath: what DESIGN calls the single description that value, structure, cost and time are views of.
struct MacSpec {
  std::string name;
  OperandSpec activation;
  OperandSpec weight;
  DotSpec dot;
  AccumulateSpec accumulate;

  [[nodiscard]] bool is_reference() const { return dot.reduction == Reduction::reference; }
  /// Block scales of one operand or both reach the unit, rather than being applied after the accumulator.
  [[nodiscard]] bool has_block_scales() const { return activation.has_unit_scale() || weight.has_unit_scale(); }
};

/// Reads one spec; `origin` (a file name) begins every error sentence. Throws InputError for a syntax error, an unknown or
/// repeated key (with the nearest valid one), an unknown value and a combination that makes no hardware.
MacSpec parse_mac_spec(std::string_view yaml, const std::string& origin);

/// A preset's name in `folder` (configs/mac), or the path of a YAML file. Throws InputError naming the nearest preset.
MacSpec load_mac_spec(const std::string& name_or_file, const std::filesystem::path& folder);

/// Names of the presets in `folder`, sorted.
std::vector<std::string> preset_names(const std::filesystem::path& folder);

/// The spec with every field written out and keys in one order: equal specs give equal text, and it parses back.
std::string canonical_yaml(const MacSpec& spec);
nlohmann::json canonical_json(const MacSpec& spec);

/// The canonical form of the fields that the hardware unit depends on: specs that differ only in their name or in how
/// operands are quantized (scale rule, rounding, granularity of FP32 scales) share one unit and one characterisation.
std::string hardware_key(const MacSpec& spec);

}  // namespace macroscope::datapath
