// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/workloads/gguf_builder.hpp"
#include "tests/workloads/scratch_folder.hpp"
#include "workloads/gguf.hpp"

namespace macroscope::workloads {
namespace {

using testing::HasSubstr;
using tests::GgufBuilder;
using tests::refusal;

class Gguf : public tests::WithScratchFolder {
 protected:
  GgufFile read(const std::string& bytes) { return GgufFile::read(write("model.gguf", bytes)); }
  std::string refusal_of(const std::string& bytes) {
    const std::string sentence = refusal([&] { read(bytes); });
    EXPECT_THAT(sentence, HasSubstr("model.gguf is not a usable GGUF file")) << "a refusal names the file";
    return sentence;
  }
};

const std::string half_two("\x00\x40", 2), half_minus_one("\x00\xbc", 2);

TEST_F(Gguf, Q4_0IsScaleTimesCodeMinusEight) {
  std::string block = half_two;
  for (int i = 0; i < 16; ++i) block += static_cast<char>(i | (15 - i) << 4);
  const auto values = read(GgufBuilder().tensor("t", {32, 1}, 2, block).bytes()).floats("t", {1, 32});
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(values[i], 2.0f * static_cast<float>(i - 8)) << "low nibbles come first";
    EXPECT_EQ(values[i + 16], 2.0f * static_cast<float>(15 - i - 8)) << "high nibbles are elements 16 to 31";
  }
}

TEST_F(Gguf, Q4_1IsScaleTimesCodePlusMinimum) {
  std::string block = half_two + half_minus_one;
  for (int i = 0; i < 16; ++i) block += static_cast<char>(i | (15 - i) << 4);
  const auto values = read(GgufBuilder().tensor("t", {32}, 3, block).bytes()).floats("t", {32});
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(values[i], 2.0f * static_cast<float>(i) - 1.0f);
    EXPECT_EQ(values[i + 16], 2.0f * static_cast<float>(15 - i) - 1.0f);
  }
}

TEST_F(Gguf, Q8_0IsScaleTimesSignedByte) {
  std::string block = half_minus_one;
  for (int i = 0; i < 32; ++i) block += static_cast<char>(i * 8 - 128);
  const auto values = read(GgufBuilder().tensor("t", {32}, 8, block).bytes()).floats("t", {32});
  for (int i = 0; i < 32; ++i) EXPECT_EQ(values[i], static_cast<float>(128 - i * 8));
}

TEST_F(Gguf, MetadataOfEveryKindIsRead) {
  const auto file = read(GgufBuilder().number("n", 7).real("r", 0.5f).string("s", "text").strings("list", {"a", "b"}).bytes());
  EXPECT_EQ(file.value<int>("n"), 7);
  EXPECT_EQ(file.value<float>("r"), 0.5f);
  EXPECT_EQ(file.value<std::string>("s"), "text");
  EXPECT_EQ(file.value<std::vector<std::string>>("list"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(file.value_or("none", 3), 3);
  EXPECT_THAT(refusal([&] { file.value<int>("none"); }), HasSubstr("key none is missing"));
  EXPECT_THAT(refusal([&] { file.value<int>("s"); }), HasSubstr("key s holds a value of another type"));
}

TEST_F(Gguf, ATruncatedFileIsRefusedWhereverItEnds) {
  const std::string whole = GgufBuilder().number("n", 7).strings("list", {"a", "b"}).tensor("t", {32}, 8, std::string(34, 1)).bytes();
  const std::size_t needed = whole.size() - 30;  // the last tensor's padding may be missing
  for (std::size_t size = 0; size < needed; ++size) ASSERT_THAT(refusal_of(whole.substr(0, size)), HasSubstr("GGUF")) << size;
  EXPECT_NO_THROW(read(whole.substr(0, needed)));
}

TEST_F(Gguf, SizesThatTheFileCannotHoldAreRefusedBeforeAllocating) {
  constexpr std::uint64_t huge = std::uint64_t{1} << 60;
  GgufBuilder tensors;
  tensors.tensor_count = huge;
  EXPECT_THAT(refusal_of(tensors.bytes()), HasSubstr("list of tensors claims"));
  GgufBuilder keys;
  keys.key_count = huge;
  EXPECT_THAT(refusal_of(keys.bytes()), HasSubstr("list of keys claims"));
  const auto array = GgufBuilder().entry("k", 9, GgufBuilder::raw<std::uint32_t>(0) + GgufBuilder::raw(huge)).bytes();
  EXPECT_THAT(refusal_of(array), HasSubstr("key k claims"));
  const auto string = GgufBuilder().entry("k", 8, GgufBuilder::raw(huge)).bytes();
  EXPECT_THAT(refusal_of(string), HasSubstr("key k needs"));
  EXPECT_THAT(refusal_of(GgufBuilder().tensor("t", {huge, huge}, 0, "").bytes()), HasSubstr("tensor t"));
  EXPECT_THAT(refusal_of(GgufBuilder().tensor("t", {huge}, 0, "").bytes()), HasSubstr("passes the end"));
}

TEST_F(Gguf, NestedArraysHaveABottom) {
  std::string nested;
  for (int depth = 0; depth < 1000; ++depth) nested += GgufBuilder::raw<std::uint32_t>(9) + GgufBuilder::raw<std::uint64_t>(1);
  EXPECT_THAT(refusal_of(GgufBuilder().entry("k", 9, nested).bytes()), HasSubstr("nests arrays"));
}

TEST_F(Gguf, WhatIsNotKnownIsNamed) {
  GgufBuilder old;
  old.version = 1;
  EXPECT_THAT(refusal_of(old.bytes()), HasSubstr("version is 1; 2 and 3"));
  EXPECT_THAT(refusal_of("nothing of the kind"), HasSubstr("does not begin with"));
  EXPECT_THAT(refusal_of(GgufBuilder().entry("k", 99, "").bytes()), HasSubstr("unknown value type 99"));
  EXPECT_THAT(refusal_of(GgufBuilder().tensor("t", {256}, 12, "").bytes()), HasSubstr("type 12, readable are F32, F16"));
  EXPECT_THAT(refusal_of(GgufBuilder().tensor("t", {33}, 8, std::string(68, 1)).bytes()), HasSubstr("multiple of 32"));
}

}  // namespace
}  // namespace macroscope::workloads
