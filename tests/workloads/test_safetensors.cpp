// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "tests/workloads/scratch_folder.hpp"
#include "workloads/safetensors.hpp"

namespace macroscope::workloads {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::refusal;

/// The bytes of a file with that header and data.
std::string file_of(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

class Safetensors : public tests::WithScratchFolder {
 protected:
  std::string refusal_of(const std::string& bytes) {
    const auto path = write("model.safetensors", bytes);
    const std::string sentence = refusal([&] { SafetensorsFile::read(path); });
    EXPECT_THAT(sentence, HasSubstr(path.string())) << "a refusal names the file";
    return sentence;
  }
};

TEST_F(Safetensors, WhatIsWrittenIsRead) {
  const auto path = folder_ / "out.safetensors";
  write_safetensors(path, {{"b", {2, 3}, {1, 2, 3, 4, 5, -6}}, {"a", {1}, {0.1f}}}, {{"origin", "a test"}});
  const auto file = SafetensorsFile::read(path);
  EXPECT_THAT(file.floats("b", {2, 3}), ElementsAre(1, 2, 3, 4, 5, -6));
  EXPECT_THAT(file.floats("a"), ElementsAre(0.1f));
  EXPECT_EQ(file.metadata().at("origin"), "a test");
}

TEST_F(Safetensors, EveryTypeConvertsToFp32) {
  const std::string data("\x00\x3c\x01\x00" "\x80\x3f\xc0\xff" "\xff\x80" "\xff\x80" "\xff\xff" "\xfe\xff\xff\xff", 18);
  const std::string header =
      R"({"half":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"brain":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},)"
      R"("signed":{"dtype":"I8","shape":[2],"data_offsets":[8,10]},"byte":{"dtype":"U8","shape":[2],"data_offsets":[10,12]},)"
      R"("word":{"dtype":"U16","shape":[1],"data_offsets":[12,14]},"int":{"dtype":"I32","shape":[],"data_offsets":[14,18]}})";
  const auto file = SafetensorsFile::read(write("types", file_of(header, data)));
  EXPECT_THAT(file.floats("half"), ElementsAre(1.0f, std::ldexp(1.0f, -24))) << "the smallest subnormal of binary16 is 2^-24";
  EXPECT_EQ(file.floats("brain")[0], 1.0f);
  EXPECT_TRUE(std::isnan(file.floats("brain")[1]));
  EXPECT_THAT(file.floats("signed"), ElementsAre(-1.0f, -128.0f));
  EXPECT_THAT(file.floats("byte"), ElementsAre(255.0f, 128.0f));
  EXPECT_THAT(file.floats("word"), ElementsAre(65535.0f));
  EXPECT_THAT(file.floats("int", {}), ElementsAre(-2.0f)) << "a tensor without dimensions has one element";
}

TEST(Half, EveryFiniteCodeHasTheValueOfItsFields) {
  for (std::uint32_t code = 0; code < 0x10000; ++code) {
    const int exponent = static_cast<int>(code >> 10 & 31), mantissa = static_cast<int>(code & 1023);
    if (exponent == 31) continue;
    const double magnitude = exponent ? std::ldexp(1024 + mantissa, exponent - 25) : std::ldexp(mantissa, -24);
    ASSERT_EQ(half_to_float(static_cast<std::uint16_t>(code)), code & 0x8000 ? -magnitude : magnitude) << code;
  }
  EXPECT_EQ(half_to_float(0xfc00), -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(half_to_float(0x7e00)));
}

TEST_F(Safetensors, ATruncatedFileIsRefused) {
  const std::string whole = file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "12345678");
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_THAT(refusal_of(whole.substr(0, size)), HasSubstr("usable"));
  EXPECT_NO_THROW(SafetensorsFile::read(write("whole", whole)));
}

TEST_F(Safetensors, AHeaderLongerThanTheFileIsRefusedWithoutAllocatingIt) {
  EXPECT_THAT(refusal_of(std::string(8, '\xff') + "{}"), HasSubstr("truncated"));
}

TEST_F(Safetensors, AHeaderThatIsNoJsonIsRefused) {
  EXPECT_THAT(refusal_of(file_of("{nonsense", "")), HasSubstr("not valid JSON"));
  EXPECT_THAT(refusal_of(file_of("[1]", "")), HasSubstr("no object"));
  EXPECT_THAT(refusal_of(file_of(R"({"a":3})", "")), HasSubstr("tensor a needs dtype"));
}

TEST_F(Safetensors, TensorsThatOverlapOrLeaveGapsOrPassTheEndAreRefused) {
  const auto two = [](const char* first, const char* second) {
    return std::string(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":)") + first +
           R"(},"b":{"dtype":"U8","shape":[4],"data_offsets":)" + second + "}}";
  };
  EXPECT_THAT(refusal_of(file_of(two("[0,4]", "[2,6]"), "12345678")), HasSubstr("overlap"));
  EXPECT_THAT(refusal_of(file_of(two("[0,4]", "[5,9]"), "123456789")), HasSubstr("gap"));
  EXPECT_THAT(refusal_of(file_of(two("[0,4]", "[4,8]"), "123456789")), HasSubstr("end at byte 8"));
  EXPECT_THAT(refusal_of(file_of(two("[0,4]", "[4,8]"), "1234567")), HasSubstr("truncated"));
  EXPECT_THAT(refusal_of(file_of(two("[4,0]", "[4,8]"), "12345678")), HasSubstr("tensor a"));
  EXPECT_THAT(refusal_of(file_of(two("[-4,0]", "[4,8]"), "12345678")), HasSubstr("whole number"));
}

TEST_F(Safetensors, AShapeThatDoesNotFitItsBytesIsRefused) {
  const auto one = [](const char* type, const char* shape) {
    return file_of(std::string(R"({"a":{"dtype":")") + type + R"(","shape":)" + shape + R"(,"data_offsets":[0,8]}})", "12345678");
  };
  EXPECT_THAT(refusal_of(one("F32", "[3]")), HasSubstr("does not fit"));
  EXPECT_THAT(refusal_of(one("F32", "[4611686018427387904,4611686018427387904]")), HasSubstr("does not fit"));
  EXPECT_THAT(refusal_of(one("F8_E4M3", "[8]")), HasSubstr("F16, BF16, F32"));
}

TEST_F(Safetensors, AMissingTensorOrAnotherShapeIsNamed) {
  const auto file = SafetensorsFile::read(write("a", file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "12345678")));
  EXPECT_THAT(refusal([&] { file.floats("b"); }), HasSubstr("no tensor b"));
  EXPECT_THAT(refusal([&] { file.floats("a", {1, 2}); }), HasSubstr("[2], the model's configuration asks for [1, 2]"));
}

TEST_F(Safetensors, AFolderOrAMissingFileIsNamed) {
  EXPECT_THAT(refusal([&] { SafetensorsFile::read(folder_); }), HasSubstr("is a folder"));
  EXPECT_THAT(refusal([&] { SafetensorsFile::read(folder_ / "none"); }), HasSubstr("Cannot open"));
}

}  // namespace
}  // namespace macroscope::workloads
