// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/workloads/scratch_folder.hpp"
#include "workloads/tokenizer.hpp"

namespace macroscope::workloads {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using tests::refusal;

const std::filesystem::path root = MACROSCOPE_SOURCE_DIR;

nlohmann::json read_json(const std::filesystem::path& path) { return nlohmann::json::parse(std::ifstream(path)); }

std::vector<std::string> pieces(const std::vector<std::string_view>& views) { return {views.begin(), views.end()}; }

TEST(PreTokenizer, Gpt2TakesOneSpaceIntoTheWordAndLeavesTheOthers) {
  const PreTokenizer gpt2({std::string(gpt2_pattern)});
  EXPECT_THAT(pieces(gpt2.split("it's  two 22 !?\n x")), ElementsAre("it", "'s", " ", " two", " 22", " !?", "\n", " x"));
  EXPECT_THAT(pieces(gpt2.split("end  \n")), ElementsAre("end", "  \n")) << "trailing white space stays together";
}

TEST(PreTokenizer, VerticalTabAndNextLineAreWhiteSpace) {
  const PreTokenizer gpt2({std::string(gpt2_pattern)});
  EXPECT_THAT(pieces(gpt2.split("a\x0b\xc2\x85")), ElementsAre("a", "\x0b\xc2\x85"));
}

TEST(PreTokenizer, ADigitStageIsolatesEveryNumericCharacterFirst) {
  const PreTokenizer smollm({std::string(digits_pattern), std::string(gpt2_pattern)});
  EXPECT_THAT(pieces(smollm.split("in 1984 ½")), ElementsAre("in", " ", "1", "9", "8", "4", " ", "½"));
}

TEST(PreTokenizer, BytesThatAreNoUtf8AreKept) {
  const PreTokenizer gpt2({std::string(gpt2_pattern)});
  const std::string broken = "ab\xff\xfe" "cd \xc3";
  std::string joined;
  for (const auto piece : gpt2.split(broken)) joined += piece;
  EXPECT_EQ(joined, broken);
}

TEST(Tokenizer, AgreesWithHuggingFaceOnTrickyTexts) {
  const Tokenizer tokenizer = Tokenizer::from_json(root / "models/bookworm/tokenizer.json");
  const nlohmann::json expected = read_json(root / "tests/workloads/data/bookworm_tokens.json");
  for (const auto& row : expected.at("tokenized")) {
    const auto text = row.at("text").get<std::string>();
    EXPECT_EQ(tokenizer.encode(text), row.at("tokens").get<std::vector<Token>>()) << text;
    EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
}

TEST(Tokenizer, AnyBytesSurviveEncodingAndDecoding) {
  const Tokenizer tokenizer = Tokenizer::from_json(root / "models/bookworm/tokenizer.json");
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += static_cast<char>(random() % (round % 2 ? 256 : 128));
    ASSERT_EQ(tokenizer.decode(tokenizer.encode(text)), text);
  }
}

/// Merges one pair at a time: the leftmost of lowest rank, over and over.
std::vector<std::string> merged_naively(std::string_view piece, const std::vector<std::pair<std::string, std::string>>& merges) {
  std::vector<std::string> symbols;
  for (const char byte : piece) symbols.emplace_back(1, byte);
  for (;;) {
    std::size_t best_rank = merges.size(), best = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i)
      for (std::size_t rank = 0; rank < best_rank; ++rank)
        if (merges[rank] == std::pair(symbols[i], symbols[i + 1])) best_rank = rank, best = i;
    if (best_rank == merges.size()) return symbols;
    symbols[best] += symbols[best + 1];
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
}

/// All 256 bytes in GPT-2's alphabet.
std::vector<std::string> byte_vocabulary() {
  const auto parts = read_json(root / "models/bookworm/tokenizer.json").at("model").at("vocab");
  std::vector<std::string> letters(256);
  for (const auto& [text, id] : parts.items())
    if (id.get<int>() < 256) letters[id.get<std::size_t>()] = text;
  return letters;
}

TEST(Tokenizer, MergesAsTheNaiveRuleDoes) {
  BpeParts parts;
  parts.vocabulary = byte_vocabulary();
  parts.merges = {{"a", "b"}, {"b", "a"}, {"ab", "a"}, {"a", "a"}, {"aa", "aa"}, {"ab", "ab"}, {"aba", "b"}};
  for (const auto& [left, right] : parts.merges) parts.vocabulary.push_back(left + right);
  const Tokenizer tokenizer(parts, "a test");
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    std::string piece;
    for (std::uint32_t i = 0, size = random() % 24; i < size; ++i) piece += "ab"[random() % 3 == 0];
    std::vector<std::string> found;
    for (const Token token : tokenizer.encode(piece)) found.push_back(tokenizer.decode({token}));
    ASSERT_EQ(found, merged_naively(piece, parts.merges)) << piece;
  }
}

TEST(Tokenizer, ALongPieceTakesNoQuadraticTime) {
  const Tokenizer tokenizer = Tokenizer::from_json(root / "models/bookworm/tokenizer.json");
  const std::string text(2'000'000, 'a');
  EXPECT_EQ(tokenizer.decode(tokenizer.encode(text)).size(), text.size());
}

TEST(Tokenizer, BytesWithoutATokenAreLeftOut) {
  BpeParts parts;
  parts.vocabulary = byte_vocabulary();
  const Tokenizer complete(parts, "a test");
  parts.vocabulary[static_cast<std::size_t>(complete.encode("b").at(0))] = "";
  const Tokenizer tokenizer(parts, "a test");
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("abcb")), "ac");
  EXPECT_TRUE(tokenizer.encode("b").empty());
}

TEST(Tokenizer, SpecialTokensAreCutOutOfTheTextLongestFirst) {
  BpeParts parts;
  parts.vocabulary = byte_vocabulary();
  parts.vocabulary.insert(parts.vocabulary.end(), {"<a>", "<a>!"});
  parts.special = {{"<a>", 256}, {"<a>!", 257}};
  const Tokenizer tokenizer(parts, "a test");
  EXPECT_THAT(tokenizer.encode("<a>!<a>"), ElementsAre(257, 256));
  EXPECT_EQ(tokenizer.decode(tokenizer.encode("x<a>y<a>!<a")), "x<a>y<a>!<a");
}

using TokenizerFile = tests::WithScratchFolder;

TEST_F(TokenizerFile, IsRefusedWithTheReasonIfItIsOfAnotherKind) {
  EXPECT_THAT(refusal([&] { Tokenizer::from_json(write("t.json", "{")); }), HasSubstr("not a usable tokenizer.json"));
  EXPECT_THAT(refusal([&] { Tokenizer::from_json(write("t.json", R"({"model":{"type":"Unigram"}})")); }), HasSubstr("byte-level BPE"));
  auto file = read_json(root / "models/bookworm/tokenizer.json");
  file["pre_tokenizer"]["type"] = "Metaspace";
  EXPECT_THAT(refusal([&] { Tokenizer::from_json(write("t.json", file.dump())); }), HasSubstr("Metaspace"));
  file = read_json(root / "models/bookworm/tokenizer.json");
  file["model"]["merges"].push_back("never seen");
  EXPECT_THAT(refusal([&] { Tokenizer::from_json(write("t.json", file.dump())); }), HasSubstr("'never seen'"));
}

}  // namespace
}  // namespace macroscope::workloads
