// SPDX-License-Identifier: Apache-2.0
#include "analysis/sweep/result_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "formats/input_error.hpp"

namespace macroscope::sweep {
namespace {

constexpr int application_id = 0x4d414353;  // "MACS", so that another program's database is not taken for a store
constexpr int store_version = 1;
constexpr int busy_milliseconds = 30'000;  // another process may be committing a point

constexpr const char* select_columns = "SELECT ordinal, coordinates, identity, row FROM point WHERE experiment = ?";

int pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet(fmt::format("PRAGMA {}", name)).getInt();
}

void prepare(SQLite::Database& database, const std::string& file) {
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
  const bool empty = database.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
  if (empty) {
    database.exec(fmt::format("PRAGMA application_id = {}", application_id));
    database.exec(fmt::format("PRAGMA user_version = {}", store_version));
    database.exec(
        "CREATE TABLE point (experiment TEXT NOT NULL, identity TEXT NOT NULL, ordinal INTEGER NOT NULL, coordinates TEXT "
        "NOT NULL, row TEXT NOT NULL, measured_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (experiment, "
        "identity)) WITHOUT ROWID");
  } else if (pragma(database, "application_id") != application_id) {
    throw InputError(file + " is an SQLite database of another program, not a result store; give another --out.");
  } else if (pragma(database, "user_version") != store_version) {
    throw InputError(fmt::format("{} is a result store of version {}, this program reads version {}; give another --out.",
                                 file, pragma(database, "user_version"), store_version));
  }
  transaction.commit();
}

StoredPoint read_point(SQLite::Statement& query) {
  StoredPoint point;
  point.ordinal = static_cast<std::size_t>(query.getColumn(0).getInt64());
  point.coordinates = nlohmann::json::parse(query.getColumn(1).getString());
  point.identity = query.getColumn(2).getString();
  point.row = result_row_from_json(nlohmann::json::parse(query.getColumn(3).getString()), "the result store");
  return point;
}

[[noreturn]] void unusable(const std::filesystem::path& file, const SQLite::Exception& error) {
  throw InputError(fmt::format("{}: the result store cannot be used: {}. Free some space or give another --out; rows "
                               "already stored are kept.", file.string(), error.what()));
}

}  // namespace

ResultStore::ResultStore(const std::filesystem::path& file) : file_(file) {
  try {
    if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
    database_ = std::make_unique<SQLite::Database>(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
                                                   busy_milliseconds);
    prepare(*database_, file.string());
  } catch (const SQLite::Exception& error) {
    unusable(file_, error);
  } catch (const std::filesystem::filesystem_error& error) {
    throw InputError(fmt::format("{}: this folder cannot be made: {}.", file.parent_path().string(),
                                 error.code().message()));
  }
}

ResultStore::~ResultStore() = default;

bool ResultStore::insert(const std::string& experiment, const StoredPoint& point) {
  const std::lock_guard lock(mutex_);
  try {
    SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
    SQLite::Statement insert(*database_,
                             "INSERT OR IGNORE INTO point (experiment, identity, ordinal, coordinates, row) "
                             "VALUES (?, ?, ?, ?, ?)");
    insert.bind(1, experiment);
    insert.bind(2, point.identity);
    insert.bind(3, static_cast<std::int64_t>(point.ordinal));
    insert.bind(4, point.coordinates.dump());
    insert.bind(5, to_json(point.row).dump());
    const bool added = insert.exec() == 1;
    transaction.commit();
    return added;
  } catch (const SQLite::Exception& error) {
    unusable(file_, error);
  }
}

std::optional<StoredPoint> ResultStore::find(const std::string& experiment, const std::string& identity) const {
  const std::lock_guard lock(mutex_);
  try {
    SQLite::Statement query(*database_, std::string(select_columns) + " AND identity = ?");
    query.bind(1, experiment);
    query.bind(2, identity);
    if (!query.executeStep()) return std::nullopt;
    return read_point(query);
  } catch (const SQLite::Exception& error) {
    unusable(file_, error);
  }
}

std::vector<StoredPoint> ResultStore::points(const std::string& experiment) const {
  const std::lock_guard lock(mutex_);
  try {
    SQLite::Statement query(*database_, std::string(select_columns) + " ORDER BY ordinal, identity");
    query.bind(1, experiment);
    std::vector<StoredPoint> found;
    while (query.executeStep()) found.push_back(read_point(query));
    return found;
  } catch (const SQLite::Exception& error) {
    unusable(file_, error);
  }
}

}  // namespace macroscope::sweep
