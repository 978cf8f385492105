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
#include "sim/datapath/accumulator_format.hpp"

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

/// Weights as sums of +-1 planes under scales of their own (kernels/binary_coding.hpp has the arithmetic). The element is binary.
struct PlanesSpec {
  int count = 1;        ///< 1 to 8
  bool offset = false;  ///< one more term that multiplies the sum of the activations
  int rounds = 0;       ///< of alternating least squares after the greedy fit: 'greedy' none, 'alternating' 15 (LUT-GEMM's default)
};

/// Additive vector codebooks of weights (formats/vector_codebook.hpp).
struct CodebooksSpec {
  int books = 1;
  int bits = 8;   ///< of one code
  int group = 8;  ///< weights along K that a code of each book stands for
};

/// What memory holds where it is not what the multiplier takes: a decoder stands between (stored_operand.hpp has the rules).
struct StoredSpec {
  formats::Element element;  ///< of a code; of the entries of a fitted table or codebook; of a lattice point's coordinates
  bool zero_point = false;         ///< of a uintN: one more code each scale's region; the multiplier sees code - zero point
  std::optional<ScaleSpec> scale;  ///< applied by the decoder, which rounds to the operand's element
  int microexponent = 0;           ///< elements under one 1-bit shift below the block's exponent (SMX); 0: none
  // What is fitted to weights (fitted_operand.hpp); at most one.
  int lookup = 0;                            ///< entries of a table for each row
  std::optional<CodebooksSpec> codebooks{};  ///< one set for the matrix
  int pulses = 0;                            ///< of a pyramid lattice (PVQ) whose dimension is the scale's block

  [[nodiscard]] bool is_fitted() const { return lookup || codebooks || pulses; }
};

struct OperandSpec {
  formats::Element element;  ///< what the multiplier takes
  std::optional<ScaleSpec> scale;  ///< none: the code's own value is the operand
  formats::Rounding round = formats::Rounding::rne;
  formats::Overflow overflow = formats::Overflow::saturate;
  std::optional<StoredSpec> stored{};
  std::optional<PlanesSpec> planes{};
  std::uint64_t seed = 0;  ///< of stochastic rounding (quantized_matrix.hpp, encode_at)

  /// Found by looking at all weights at once, so beforehand and for weights alone.
  [[nodiscard]] bool is_fitted() const { return planes || (stored && stored->is_fitted()); }
  /// The scales of planes multiply whole sums, so they are never the unit's.
  [[nodiscard]] bool has_unit_scale() const { return scale && scale->in_unit() && !planes; }
  /// Binary places right of the point that a scale in the unit gives a code: an MX integer's (OCP MX 5.3.6), else 0.
  [[nodiscard]] int scale_fraction_bits() const;
};

/// How the products of one group of lanes become one sum, and that sum the next partial sum; formulas in reduction.hpp.
enum class Reduction : std::uint8_t {
  integer,     ///< exact sum of integer products
  exact,       ///< exact fixed-point sum of products
  aligned,     ///< products cut or rounded to multiples of 2^(emax - window + 1), then summed exactly
  sequential,  ///< each product added to the accumulator, one rounding an addition
  tree,        ///< pairwise in ascending lane order, one rounding an addition, then added to the accumulator
  reference    ///< native FP32 in no defined order: the reference of the accuracy metrics, no hardware
};

/// How an aligner holds a negative product: the two differ in which way cutting bits off goes.
enum class Magnitude : std::uint8_t {
  sign_magnitude,  ///< towards zero
  twos_complement  ///< towards minus infinity
};

/// What makes a product: structure alone, the values are the same.
enum class Multiplier : std::uint8_t {
  array,      ///< partial products
  add_sub,    ///< binary and ternary weights: the activation, its negative or nothing
  lut,        ///< binary weights: `mu` activations' signed sums (exact ones) in a table, read by as many weight bits
  shift_add   ///< power-of-two weights: a shifter a term
};

struct MultiplySpec {
  Multiplier kind = Multiplier::array;
  int mu = 0;         ///< lut: 2, 4 or 8
  bool half = false;  ///< lut: half of the table, the other half by symmetry (FIGLUT, arXiv 2503.06862)
};

struct DotSpec {
  int lanes = 32;
  Reduction reduction = Reduction::integer;
  int window = 0;                                           ///< bits kept from 2^emax down; 0 unless aligned
  formats::Rounding round = formats::Rounding::truncate;    ///< aligned: truncate or rne
  Magnitude magnitude = Magnitude::sign_magnitude;          ///< aligned with truncate
  bool fused = false;          ///< the accumulator joins the group's sum, in place of a rounded sum being added to it
  bool round_products = false; ///< sequential, tree: products are rounded to the accumulator's format before they are added
  bool flush_subnormals = false;  ///< subnormal operands and results count as zeros
  MultiplySpec multiply;
};

enum class AccumulatorOverflow : std::uint8_t { wrap, saturate };

/// An inner accumulator that is added to an outer one and cleared every `length` elements of K (accumulation.hpp).
struct ChunkSpec {
  int length = 0;  ///< a multiple of the lanes
  AccumulatorFormat into;  ///< a floating-point format
  formats::Rounding round = formats::Rounding::rne;  ///< of the outer accumulator: rne or truncate
};

struct AccumulateSpec {
  AccumulatorFormat format;
  int bits = 32;  ///< width of an integer or kulisch register, without the latter's NaN flag
  AccumulatorOverflow overflow = AccumulatorOverflow::wrap;  ///< integers and kulisch; a floating-point one has infinities
  formats::Rounding round = formats::Rounding::rne;          ///< floating point: rne or truncate
  std::optional<ChunkSpec> chunk;
};

/// FP16 lanes beside the array; side_lane.hpp has their arithmetic. At least one is there.
struct SideSpec {
  double csr = 0;      ///< share of the weights, the largest ones, kept sparse
  double columns = 0;  ///< activations of this magnitude or more take their column of K out of the array; 0: none
  int low_rank = 0;    ///< rank of a correction of the weights' rounding errors
};

/// One MAC datapath: what DESIGN calls the single description that value, structure, cost and time are views of.
struct MacSpec {
  std::string name;
  OperandSpec activation;
  OperandSpec weight;
  DotSpec dot;
  AccumulateSpec accumulate;
  std::optional<SideSpec> side{};

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

/// What one operand costs in memory.
struct StoredBits {
  int element = 0;  ///< bits of one code
  int vector = 1;   ///< elements along K that one code stands for (AQLM, PVQ)
  int region = 0;   ///< bits beside each region's elements: scale, zero point, offset, microexponents
  Granularity granularity = Granularity::tensor;
  int block = 0;    ///< elements of a region along K; 0: a row, or the tensor
  std::int64_t matrix = 0;  ///< bits beside the whole matrix: a scale of the tensor above others, codebooks
};
StoredBits stored_bits(const OperandSpec& operand);

/// The canonical form of the fields that the hardware unit depends on: specs that differ only in their name or in how
/// operands are quantized (scale rule, rounding, granularity of FP32 scales) share one unit and one characterisation.
std::string hardware_key(const MacSpec& spec);

}  // namespace macroscope::datapath
