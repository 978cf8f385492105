// SPDX-License-Identifier: Apache-2.0
#include "workloads/trace.hpp"

#include <algorithm>

#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"
#include "workloads/safetensors.hpp"

namespace macroscope::workloads {
namespace {

using nlohmann::json;

constexpr const char* schema = "macroscope.trace/1";
const std::string activation_suffix = "/activation", weight_suffix = "/weight";

Matrix read_matrix(const SafetensorsFile& file, const std::string& name) {
  const auto& tensor = file.tensor(name);
  if (tensor.shape.size() != 2 || tensor.shape[0] < 1 || tensor.shape[1] < 1)
    throw InputError(file.path().string() + ": the traced tensor " + name + " has shape " + to_string(tensor.shape) +
                     "; two dimensions (rows, K) are needed.");
  const std::vector<float> values = file.floats(name);
  Matrix matrix(tensor.shape[0], tensor.shape[1]);
  std::copy(values.begin(), values.end(), matrix.data());
  return matrix;
}

/// A JSON value that our own files keep as text in a metadata entry; null if it is not there.
json metadata_json(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) return nullptr;
  json value = json::parse(found->second, nullptr, false);
  if (value.is_discarded()) throw InputError(file.path().string() + ": the metadata entry " + key + " is not valid JSON.");
  return value;
}

/// Names of the sites: the listed order where there is one, else the alphabet's.
std::vector<std::string> site_names(const SafetensorsFile& file) {
  std::vector<std::string> found;
  for (const auto& [name, tensor] : file.tensors()) {
    const std::size_t slash = name.rfind('/');
    const std::string suffix = slash == std::string::npos ? "" : name.substr(slash);
    if (suffix != activation_suffix && suffix != weight_suffix)
      throw InputError(file.path().string() + " is no trace: the tensor " + name +
                       " is neither SITE/activation nor SITE/weight. Record one with: macroscope trace MODEL --out FILE");
    if (suffix == activation_suffix) found.push_back(name.substr(0, slash));
    else file.tensor(name.substr(0, slash) + activation_suffix);  // throws if the other half is missing
  }
  if (found.empty()) throw InputError(file.path().string() + " is no trace: it holds no tensors.");
  std::vector<std::string> ordered;
  if (const json listed = metadata_json(file, "sites"); listed.is_array())
    for (const json& name : listed)
      if (name.is_string() && std::count(found.begin(), found.end(), name.get<std::string>())) ordered.push_back(name.get<std::string>());
  for (const std::string& name : found)
    if (!std::count(ordered.begin(), ordered.end(), name)) ordered.push_back(name);
  return ordered;
}

}  // namespace

Trace Trace::read(const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::read(path);
  const json shapes = metadata_json(file, "shapes");
  Trace trace;
  trace.metadata = file.metadata();
  if (const auto found = trace.metadata.find("schema"); found != trace.metadata.end() && found->second != schema)
    throw InputError(path.string() + " has the schema " + found->second + "; " + schema + " can be read.");
  for (const std::string& name : site_names(file)) {
    TracedSite site{name, read_matrix(file, name + activation_suffix), read_matrix(file, name + weight_suffix)};
    if (site.activation.cols() != site.weight.cols())
      throw InputError(path.string() + ": site " + name + " has activations of K = " + std::to_string(site.activation.cols()) +
                       " and weights of K = " + std::to_string(site.weight.cols()) + "; both must be equal.");
    const json shape = shapes.is_object() ? shapes.value(name, json::object()) : json::object();
    const auto extent = [&](const char* key, std::int64_t otherwise) {
      const auto found = shape.find(key);
      return found != shape.end() && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
    };
    site.m = extent("m", site.activation.rows());
    site.n = extent("n", site.weight.rows());
    site.k = site.activation.cols();
    trace.sites.push_back(std::move(site));
  }
  return trace;
}

void Trace::write(const std::filesystem::path& path) const {
  std::vector<FloatTensor> tensors;
  json names = json::array(), shapes = json::object();
  const auto tensor = [](const std::string& name, const Matrix& matrix) {
    return FloatTensor{name, {matrix.rows(), matrix.cols()}, {matrix.data(), matrix.data() + matrix.rows() * matrix.cols()}};
  };
  for (const TracedSite& site : sites) {
    tensors.push_back(tensor(site.name + activation_suffix, site.activation));
    tensors.push_back(tensor(site.name + weight_suffix, site.weight));
    names.push_back(site.name);
    shapes[site.name] = {{"m", site.m}, {"n", site.n}, {"k", site.k}};
  }
  auto described = metadata;
  described["schema"] = schema;
  described["sites"] = names.dump();
  described["shapes"] = shapes.dump();
  write_safetensors(path, tensors, described);
}

const TracedSite& Trace::site(const std::string& name) const {
  std::vector<std::string> names;
  for (const TracedSite& site : sites) {
    if (site.name == name) return site;
    names.push_back(site.name);
  }
  throw InputError("The trace holds no site '" + name + "'" + accepted_words(name, names) + ".");
}

}  // namespace macroscope::workloads
