// SPDX-License-Identifier: Apache-2.0
// The program as a user types it: exit codes, error sentences, JSON alone on standard output.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace {

using ::testing::HasSubstr;

struct Outcome {
  int exit_code;
  std::string out;
  std::string err;
};

std::string read_all(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class CommandLine : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/macroscope-cli-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  /// Runs the program with a shell-quoted argument string.
  Outcome run(const std::string& arguments) const {
    const std::string out = folder_ + "/out", err = folder_ + "/err";
    const int status = std::system((std::string(MACROSCOPE_PROGRAM) + " " + arguments + " >" + out + " 2>" + err + " </dev/null").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_all(out), read_all(err)};
  }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }

  std::string folder_;
};

TEST_F(CommandLine, HelpListsEveryVerbAndSucceeds) {
  const Outcome o = run("--help");
  EXPECT_EQ(o.exit_code, 0);
  for (const char* verb : {"bench", "compare", "cosim", "fetch", "formats", "macs", "report", "run", "simulate", "sweep", "synth", "trace"})
    EXPECT_THAT(o.out, HasSubstr(std::string("\n  ") + verb + " ")) << verb;
}

TEST_F(CommandLine, EveryVerbHasHelpWithAnExample) {
  for (const char* verb : {"bench", "compare", "cosim", "fetch", "formats", "macs", "report", "run", "simulate", "sweep", "synth", "trace"}) {
    const Outcome o = run(std::string(verb) + " --help");
    EXPECT_EQ(o.exit_code, 0) << verb;
    EXPECT_THAT(o.out, HasSubstr("Example")) << verb;
    EXPECT_THAT(o.out, HasSubstr("--json")) << verb;
  }
}

TEST_F(CommandLine, FormatsPrintsWhatAFormatHoldsAndEncodes) {
  const Outcome list = run("formats");
  EXPECT_EQ(list.exit_code, 0) << list.err;
  for (const char* name : {"e4m3", "ternary", "nf4", "mxfp8_e4m3", "nvint4", "mx6", "bcq3", "7.55"}) EXPECT_THAT(list.out, HasSubstr(name));

  const Outcome page = run("formats e2m1");
  EXPECT_THAT(page.out, HasSubstr("0x7  0 11 1  6"));
  EXPECT_THAT(page.out, HasSubstr("Number line"));

  const Outcome encoded = run("formats e4m3 --encode 0.3 1e9 --json");
  ASSERT_EQ(encoded.exit_code, 0) << encoded.err;
  const auto rows = nlohmann::json::parse(encoded.out)["rows"];
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0]["input"], 0.3);
  EXPECT_EQ(rows[0]["code"], 42);
  EXPECT_EQ(rows[0]["bits"], "0 0101 010");
  EXPECT_EQ(rows[0]["value"], 0.3125);
  EXPECT_EQ(rows[1]["value"], 448);
}

TEST_F(CommandLine, FormatsTakesAFileOrAListAsABlock) {
  const Outcome o = run("formats mxfp4_e2m1 --file " + write("numbers.txt", "# a block\n6\n-0.5\n\n") + " --json");
  ASSERT_EQ(o.exit_code, 0) << o.err;
  const auto j = nlohmann::json::parse(o.out);
  EXPECT_EQ(j["span"]["packed"], "7f97") << "scale 2^0, then 6 in the low half of a byte and -0.5 in the high one";
  EXPECT_EQ(j["span"]["storage_bits"], 16);
  EXPECT_EQ(j["rows"][1]["value"], -0.5);
  EXPECT_EQ(nlohmann::json::parse(run("formats mxfp4_e2m1 --encode 6 -0.5 --json").out)["span"], j["span"]);
  EXPECT_EQ(nlohmann::json::parse(run("formats mxfp8_e4m3 --encode 500 --rule ceil --json").out)["rows"][0]["value"], 512);
}

TEST_F(CommandLine, FormatsRefusesWithTheReason) {
  const auto refused = [&](const std::string& arguments, const char* reason) {
    const Outcome o = run("formats " + arguments);
    EXPECT_EQ(o.exit_code, 2) << arguments;
    EXPECT_EQ(o.out, "") << arguments;
    EXPECT_THAT(o.err, HasSubstr(reason)) << arguments;
  };
  refused("e4m3x", "did you mean 'e4m3'");
  refused("mxfp4_e2m2", "did you mean 'mxfp4_e2m1'");
  refused("e4m3 --encode x", "found 'x'");
  refused("e4m3 --rule ceil", "element without a scale");
  refused("mxint8 --rule absmax --encode 1", "floor, ceil, nearest or mse");
  refused("mx9 --rule ceil --encode 1", "floor alone");
  refused("e4m3 --file " + write("bad.txt", "1\ntwo\n"), "line 2: found 'two'");
  refused("int4 --exhaustive", "ml_dtypes has no format 'int4'");
  refused("fp16 --svg x.svg", "at most 8");
  refused("--encode 3", "need the NAME");
}

TEST_F(CommandLine, VersionNamesTheCommitAndTheLibraries) {
  const Outcome o = run("--version");
  EXPECT_EQ(o.exit_code, 0);
  for (const char* word : {"macroscope", "commit", "oneDNN", "Boost", "SQLite"}) EXPECT_THAT(o.out, HasSubstr(word));
}

TEST_F(CommandLine, AMisspeltVerbIsNamedWithTheNearestOne) {
  const Outcome o = run("comparr");
  EXPECT_EQ(o.exit_code, 2);
  EXPECT_THAT(o.err, HasSubstr("did you mean 'compare'"));
  EXPECT_EQ(o.out, "");
}

TEST_F(CommandLine, NoVerbAndUnknownOptionsAreBadUsage) {
  EXPECT_EQ(run("").exit_code, 2);
  EXPECT_EQ(run("macs --nonsense").exit_code, 2);
}

TEST_F(CommandLine, JsonIsAloneOnStandardOutput) {
  const Outcome o = run("macs --json");
  ASSERT_EQ(o.exit_code, 0) << o.err;
  const auto json = nlohmann::json::parse(o.out);
  EXPECT_EQ(json.at("schema"), "macroscope.macs/1");
  EXPECT_TRUE(json.at("provenance").contains("commit"));
  EXPECT_GE(json.at("rows").size(), 10U);
}

TEST_F(CommandLine, AnUnknownMacNamesTheNearestPreset) {
  const Outcome o = run("macs fp8_e4m3_w15");
  EXPECT_EQ(o.exit_code, 2);
  EXPECT_THAT(o.err, HasSubstr("did you mean 'fp8_e4m3_w14'"));
}

TEST_F(CommandLine, AMisspeltKeyOfAMacFileIsNamedWithFileAndNearestKey) {
  const std::string file = write("mine.yaml", "mac: mine\nactivation: {elemnt: int8}\nweight: {element: int8}\n"
                                              "dot: {lanes: 32, reduction: integer}\naccumulate: {format: int32}\n");
  const Outcome o = run("macs " + file);
  EXPECT_EQ(o.exit_code, 2);
  EXPECT_THAT(o.err, HasSubstr(file));
  EXPECT_THAT(o.err, HasSubstr("'elemnt'; did you mean 'element'"));
}

TEST_F(CommandLine, AMissingModelIsBadInputForEveryVerbThatTakesOne) {
  for (const char* verb : {"run nosuch --mac int8", "trace nosuch --out x.safetensors", "compare --model nosuch --out x"}) {
    const Outcome o = run(verb);
    EXPECT_EQ(o.exit_code, 2) << verb;
    EXPECT_THAT(o.err, HasSubstr("'nosuch'")) << verb;
    EXPECT_THAT(o.err, HasSubstr("bookworm")) << verb;
  }
}

TEST_F(CommandLine, AFileThatIsNoLibertyIsBadInput) {
  const std::string file = write("not.lib", "this is no library\n");
  const Outcome o = run("synth int8 --liberty " + file);
  EXPECT_EQ(o.exit_code, 2);
  EXPECT_THAT(o.err, HasSubstr(file));
}

TEST_F(CommandLine, AnOutputFolderThatCannotBeMadeIsBadInputAndLeavesNothing) {
  const std::string file = write("plain", "a file, not a folder");
  const Outcome o = run("trace bookworm --tokens 8 --rows 2 --site layers.0.attn.q --out " + file + "/trace.safetensors");
  EXPECT_EQ(o.exit_code, 2) << o.err;
  EXPECT_THAT(o.err, HasSubstr(file));
  EXPECT_EQ(read_all(file), "a file, not a folder");
}

}  // namespace
