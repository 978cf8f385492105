// SPDX-License-Identifier: Apache-2.0
// `macroscope simulate` as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "workloads/trace.hpp"

namespace {

using ::testing::AllOf;
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

class SimulateVerb : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/macroscope-simulate-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Outcome run(const std::string& arguments) const {
    const std::string out = folder_ + "/out", err = folder_ + "/err";
    const int status = std::system((std::string(MACROSCOPE_PROGRAM) + " simulate " + arguments + " >" + out + " 2>" + err + " </dev/null").c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_all(out), read_all(err)};
  }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }

  std::string folder_;
};

TEST_F(SimulateVerb, GivesOneRowAMacWithBothPhasesAndTheArrayInTheProvenance) {
  const Outcome o = run("bookworm --mac int8 --mac mxint8 --stages 3 --json");
  ASSERT_EQ(o.exit_code, 0) << o.err;
  const auto json = nlohmann::json::parse(o.out);
  EXPECT_EQ(json["schema"], "macroscope.results/1");
  EXPECT_EQ(json["provenance"]["array"]["rows"], 16);
  ASSERT_EQ(json["rows"].size(), 2u);
  EXPECT_EQ(json["rows"][0]["mac"], "int8");
  EXPECT_EQ(json["rows"][1]["workload"], "bookworm");
  for (const auto& row : json["rows"])
    for (const char* name : {"prefill_cycles", "prefill_utilization", "prefill_dram_bytes", "decode_cycles", "decode_utilization", "decode_dram_bytes"})
      EXPECT_GT(row["metrics"][name]["value"].get<double>(), 0) << name;
  EXPECT_TRUE(json["rows"][0]["metrics"]["decode_energy_per_token"]["value"].is_null()) << "--stages measures no gates";
  EXPECT_THAT(json["rows"][0]["metrics"]["decode_energy_per_token"]["method"].get<std::string>(), HasSubstr("--stages"));
}

TEST_F(SimulateVerb, ATraceRunsItsOwnProducts) {
  macroscope::workloads::Trace trace;
  trace.sites.push_back({"my.layer", macroscope::workloads::Matrix(2, 64), macroscope::workloads::Matrix(4, 64), 8, 16, 64});
  trace.write(folder_ + "/mine.safetensors");
  const Outcome o = run(folder_ + "/mine.safetensors --mac int8 --stages 1 --json");
  ASSERT_EQ(o.exit_code, 0) << o.err;
  const auto row = nlohmann::json::parse(o.out)["rows"][0];
  EXPECT_EQ(row["workload"], "mine.safetensors");
  // 8 tokens, 16 channels, K = 64: the shape of the whole product, not of the rows recorded.
  EXPECT_EQ(row["metrics"]["trace_dram_bytes"]["value"], 16 * 64 + 16 * 4 + 8 * 64 + 8 * 4 + 8 * 16 * 4);
}

TEST_F(SimulateVerb, AnArrayFileOfTheUsersIsTakenAndABadOneRefused) {
  const std::string good = write("small.yaml", "{array: small, rows: 4, columns: 4, lanes: 32}");
  EXPECT_EQ(run("bookworm --mac int8 --stages 2 --array " + good).exit_code, 0);
  const Outcome misspelt = run("bookworm --mac int8 --stages 2 --array " + write("bad.yaml", "{array: bad, row: 4, columns: 4, lanes: 32}"));
  EXPECT_EQ(misspelt.exit_code, 2);
  EXPECT_THAT(misspelt.err, AllOf(HasSubstr("bad.yaml"), HasSubstr("'row'"), HasSubstr("rows")));
  const Outcome narrow = run("bookworm --mac int8 --stages 2 --array " + write("narrow.yaml", "{array: narrow, rows: 4, columns: 4, lanes: 8}"));
  EXPECT_EQ(narrow.exit_code, 2);
  EXPECT_THAT(narrow.err, AllOf(HasSubstr("32 lanes"), HasSubstr("8 lanes")));
  EXPECT_EQ(run("bookworm --mac int8 --stages 2 --array no-such-array").exit_code, 2);
}

TEST_F(SimulateVerb, TheReferenceAndAMissingTraceAreBadInput) {
  const Outcome reference = run("bookworm --mac fp32 --stages 2");
  EXPECT_EQ(reference.exit_code, 2);
  EXPECT_THAT(reference.err, HasSubstr("no cycles"));
  EXPECT_EQ(run(folder_ + "/none.safetensors --mac int8 --stages 2").exit_code, 2);
}

}  // namespace
