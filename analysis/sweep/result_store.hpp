// SPDX-License-Identifier: Apache-2.0
// Measured rows of experiments in an SQLite file: a row is there entirely or not at all.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analysis/result.hpp"

namespace SQLite {
class Database;
}

namespace macroscope::sweep {

/// One stored point.
struct StoredPoint {
  std::size_t ordinal = 0;
  nlohmann::json coordinates;
  std::string identity;
  ResultRow row;
};

/// The store. Each insertion is one durable transaction (write-ahead log, synchronous FULL), the key is (experiment,
/// identity): killing the process at any moment loses at most the point being measured and doubles none, and two
/// processes may fill one store. Member functions may be called from several threads.
class ResultStore {
 public:
  /// Opens or creates the store. Throws InputError if the file is not a store of this program, is of a newer version,
  /// or cannot be written.
  explicit ResultStore(const std::filesystem::path& file);
  ~ResultStore();
  ResultStore(const ResultStore&) = delete;
  ResultStore& operator=(const ResultStore&) = delete;

  /// Adds a measured point; false when the store already has one of this identity (which stays as it is).
  /// Throws InputError when the row cannot be written (disk full, file removed).
  bool insert(const std::string& experiment, const StoredPoint& point);

  /// The point of this identity, if it has been measured.
  std::optional<StoredPoint> find(const std::string& experiment, const std::string& identity) const;

  /// All points of an experiment, in ordinal order.
  std::vector<StoredPoint> points(const std::string& experiment) const;

 private:
  std::filesystem::path file_;
  mutable std::mutex mutex_;
  std::unique_ptr<SQLite::Database> database_;
};

}  // namespace macroscope::sweep
