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
