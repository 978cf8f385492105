// SPDX-License-Identifier: Apache-2.0
#include "rtl/unit_sources.hpp"

#include <openssl/evp.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "formats/input_error.hpp"
#include "rtl/package_generator.hpp"
#include "sim/datapath/has_rtl.hpp"

namespace macroscope::rtl {
namespace {

using Names = std::vector<const char*>;

const Names common = {"lib/pipeline_register.sv", "lib/delay_line.sv", "lib/partial_products.sv", "lib/carry_save_adder.sv",
                      "lib/carry_save_tree.sv", "lib/reduction_tree.sv"};
const Names minifloat_reduction = {"lib/ones_count.sv", "lib/multiplier.sv", "lib/minifloat_unpack.sv", "lib/max_exponent.sv",
                                   "lib/barrel_aligner.sv", "lib/left_shifter.sv", "unit/minifloat_products.sv",
                                   "unit/minifloat_reduction.sv"};
const Names integer_reduction = {"unit/integer_reduction.sv"};
const Names fp32_accumulator = {"lib/barrel_aligner.sv", "lib/left_shifter.sv", "lib/leading_zeros.sv", "lib/normaliser.sv",
                                "lib/fp32_round.sv", "lib/fp32_align.sv", "lib/fp32_adder.sv", "lib/fixed_to_fp32.sv",
                                "unit/fp32_accumulator.sv"};
const Names fixed_accumulator = {"unit/fixed_accumulator.sv"};

Names unit_names(const datapath::MacSpec& spec) {
  datapath::require_rtl(spec);
  Names names = common;
  const auto add = [&names](const Names& more) {
    for (const char* name : more) {
      bool known = false;
      for (const char* have : names) known |= std::string(have) == name;
      if (!known) names.push_back(name);
    }
  };
  add(spec.activation.element.is_integer() ? integer_reduction : minifloat_reduction);
  add(spec.accumulate.format.is_fp32() ? fp32_accumulator : fixed_accumulator);
  add({"unit/mac_unit.sv"});
  return names;
}

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr)); }
  void add(const std::string& bytes) { require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size())); }
  std::string hex() {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    require(EVP_DigestFinal_ex(context_.get(), digest, &length));
    std::string text;
    for (unsigned i = 0; i < length; ++i) {
      text += "0123456789abcdef"[digest[i] >> 4];
      text += "0123456789abcdef"[digest[i] & 15];
    }
    return text;
  }

 private:
  static void require(int done) {
    if (done != 1) throw std::runtime_error("libcrypto cannot compute SHA-256");
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path.string() + ": cannot be read; the unit's SystemVerilog sources belong there");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The package without its first line: the spec's name is no hardware.
std::string nameless_package(const datapath::MacSpec& spec) {
  const std::string text = package_text(spec, 0);
  return text.substr(text.find('\n') + 1);
}

}  // namespace

std::vector<std::filesystem::path> unit_sources(const datapath::MacSpec& spec, const std::filesystem::path& rtl_folder) {
  std::vector<std::filesystem::path> paths;
  for (const char* name : unit_names(spec)) paths.push_back(rtl_folder / name);
  return paths;
}

std::string content_hash(const std::vector<std::string>& texts) {
  Sha256 hash;
  for (const std::string& text : texts) hash.add(text + '\0');
  return hash.hex();
}

std::string rtl_hash(const datapath::MacSpec& spec, const std::filesystem::path& rtl_folder) {
  std::vector<std::string> texts;
  for (const char* name : unit_names(spec)) {
    texts.emplace_back(name);
    texts.push_back(contents(rtl_folder / name));
  }
  texts.push_back(nameless_package(spec));
  return content_hash(texts);
}

}  // namespace macroscope::rtl
