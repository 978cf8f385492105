// SPDX-License-Identifier: Apache-2.0
#include "reports/csv.hpp"

#include <gmock/gmock.h>

#include <sstream>

#include "tests/reports/made_up_results.hpp"

namespace macroscope::reports {
namespace {

/// A reader of RFC 4180, written apart from the writer.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> lines(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') lines.back().back() += text[++i];
    else if (c == '"') quoted = !quoted;
    else if (c == ',' && !quoted) lines.back().emplace_back();
    else if (c == '\n' && !quoted) lines.emplace_back(1);
    else lines.back().back() += c;
  }
  lines.pop_back();
  return lines;
}

TEST(Csv, EveryMetricOfEveryRowComesBackExactly) {
  ResultSet results = test::made_up_results(test::integers_win());
  results.rows[0].metrics["kl"].value = 0.1 + 0.2;  // needs 17 digits
  const auto lines = read_csv(to_csv(results));
  ASSERT_EQ(lines.size(), results.rows.size() + 1);
  for (std::size_t i = 0; i < results.rows.size(); ++i) {
    ASSERT_EQ(lines[i + 1].size(), lines[0].size());
    EXPECT_EQ(lines[i + 1][0], results.rows[i].mac);
    for (std::size_t column = 4; column < lines[0].size(); ++column) {
      std::string name = lines[0][column];
      const bool interval = name.size() > 5 && name.substr(name.size() - 5) == ".ci95";
      if (interval) name.resize(name.size() - 5);
      const auto found = results.rows[i].metrics.find(name);
      const Metric metric = found == results.rows[i].metrics.end() ? Metric{} : found->second;
      const auto expected = interval ? metric.ci95 : metric.value;
      EXPECT_EQ(lines[i + 1][column].empty(), !expected.has_value()) << name;
      if (expected) {
        EXPECT_EQ(std::stod(lines[i + 1][column]), *expected) << name;
      }
    }
  }
}

TEST(Csv, NoMetricOfAnyRowIsLeftOut) {
  const ResultSet results = test::made_up_results(test::integers_win());
  const auto header = read_csv(to_csv(results))[0];
  for (const ResultRow& row : results.rows)
    for (const auto& [name, metric] : row.metrics) EXPECT_THAT(header, testing::Contains(name));
}

TEST(Csv, CommasQuotesAndLineBreaksAreQuoted) {
  ResultSet results = test::made_up_results({{"int8", {}}});
  results.rows[0].workload = "a \"model\", with\na break";
  EXPECT_EQ(read_csv(to_csv(results))[1][1], results.rows[0].workload);
}

}  // namespace
}  // namespace macroscope::reports
