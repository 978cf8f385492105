// SPDX-License-Identifier: Apache-2.0
#include "rtl/cosim/verilated_unit.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "formats/atomic_file.hpp"
#include "formats/input_error.hpp"
#include "rtl/cosim/program.hpp"
#include "rtl/unit_sources.hpp"

namespace macroscope::rtl {
namespace {

namespace fs = std::filesystem;
using datapath::PsumBits;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string first_error_line(const fs::path& log) {
  std::istringstream lines(text_of(log));
  std::string line, last;
  while (std::getline(lines, line)) {
    if (line.find("rror") != std::string::npos) return line;
    if (!line.empty()) last = line;
  }
  return last;
}

constexpr const char* library_name = "unit.so";
constexpr const char* harness_files[] = {"registered_unit.sv", "harness.cpp"};
constexpr const char* runtime_files[] = {"verilated", "verilated_threads", "verilated_vcd_c"};

/// Verilator and the C++ compiler, as they are installed here.
struct Toolchain {
  std::string compiler;
  std::string identity;  ///< versions of both
  fs::path include;      ///< of Verilator's runtime

  static Toolchain find(const fs::path& scratch) {
    const char* cxx = std::getenv("CXX");
    Toolchain tools{cxx && *cxx ? cxx : "c++", "", ""};
    const auto ask = [&](const std::vector<std::string>& question) {
      if (run_program(question, scratch / "answer.log") != 0) throw InputError(question[0] + ": cannot be run; install it (Debian packages verilator, g++) or put it on PATH");
      return text_of(scratch / "answer.log");
    };
    tools.identity = ask({"verilator", "--version"}) + ask({tools.compiler, "--version"});
    std::string root = ask({"verilator", "--getenv", "VERILATOR_ROOT"});
    while (!root.empty() && (root.back() == '\n' || root.back() == ' ')) root.pop_back();
    tools.include = fs::path(root) / "include";
    return tools;
  }

  void compile(std::vector<std::string> arguments, const fs::path& log, std::chrono::seconds limit) const {
    std::vector<std::string> command = {compiler, "-std=c++17", "-O1", "-fPIC", "-fno-gnu-unique", "-w", "-DVM_SC=0", "-DVM_COVERAGE=0", "-DVM_TRACE_FST=0",
                                        "-I" + include.string(), "-I" + (include / "vltstd").string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const int compiled = run_program(command, log, limit);
    if (compiled == program_timed_out) throw InputError(compiler + " was not done with the Verilated RTL after " + std::to_string(limit.count()) + " s");
    if (compiled != 0) throw InputError(compiler + " could not compile the Verilated RTL: " + first_error_line(log));
  }
};

/// Object files of Verilator's runtime, compiled once for all units.
std::vector<std::string> runtime_objects(const Toolchain& tools, const fs::path& cache) {
  const fs::path home = cache / ("runtime-" + content_hash({tools.identity}).substr(0, 32));
  std::vector<std::string> objects;
  for (const char* name : runtime_files) {
    const fs::path object = home / (std::string(name) + ".o");
    if (!fs::exists(object)) {
      ScratchFolder scratch(cache);
      tools.compile({"-DVM_TRACE=1", "-DVM_TRACE_VCD=1", "-c", (tools.include / (std::string(name) + ".cpp")).string(), "-o", (scratch.path() / "part.o").string()},
                    scratch.path() / "build.log", std::chrono::seconds(0));
      fs::create_directories(home);
      fs::rename(scratch.path() / "part.o", object);
    }
    objects.push_back(object.string());
  }
  return objects;
}

/// What is Verilated: the package, the unit's files, and the name of its module.
struct Design {
  std::string package;
  std::vector<fs::path> files;
  std::string top = "mac_unit";
  std::string hash;  ///< changes whenever the files may have
  bool foreign = false;
};

/// The harness's module around `top` in place of mac_unit.
std::string wrapper_text(const fs::path& file, const std::string& top) {
  const std::string instance = "mac_unit unit (";
  std::string text = text_of(file);
  const std::size_t at = text.find(instance);
  if (at == std::string::npos) throw InputError(file.string() + ": has no '" + instance + "', which co-simulation needs");
  return text.replace(at, std::string("mac_unit").size(), top);
}

/// The first of Verilator's complaints about the widths of the wrapper's connections; empty without one.
std::string width_complaint(const fs::path& log) {
  std::istringstream lines(text_of(log));
  for (std::string line; std::getline(lines, line);)
    if (line.find("%Warning-WIDTH") != std::string::npos && line.find(harness_files[0]) != std::string::npos) return line.substr(line.rfind(": ") + 2);
  return "";
}

/// Verilates the unit into `folder` and compiles everything that it made, with the harness, as one translation unit.
void build_library(const Design& design, const CosimPaths& paths, const Toolchain& tools, bool waveforms, const fs::path& folder) {
  write_file_atomically(folder / "mac_pkg.sv", design.package);
  write_file_atomically(folder / harness_files[0], wrapper_text(paths.rtl / "cosim" / harness_files[0], design.top));
  std::vector<std::string> verilate = {"verilator", "--cc", "-O3", "--x-assign", "0", "--x-initial", "0", "--noassert", "--Mdir", folder.string(),
                                       "--top-module", "registered_unit", (folder / "mac_pkg.sv").string()};
  if (waveforms) verilate.insert(verilate.begin() + 1, "--trace");
  if (design.foreign) verilate.insert(verilate.begin() + 1, "-Wno-fatal");  // its style is its authors'
  for (const fs::path& source : design.files) verilate.push_back(source.string());
  verilate.push_back((folder / harness_files[0]).string());
  const fs::path log = folder / "build.log";
  const std::string name = design.foreign ? design.files.front().string() + ": '" + design.top + "'" : "mac_unit below " + paths.rtl.string();
  const int verilated = run_program(verilate, log, paths.tool_limit);
  if (verilated == program_timed_out) throw InputError("verilator was not done with " + name + " after " + std::to_string(paths.tool_limit.count()) + " s");
  if (verilated != 0) throw InputError("verilator could not read " + name + ": " + first_error_line(log));
  if (const std::string complaint = width_complaint(log); !complaint.empty()) throw InputError(name + " has a port of another width than the spec's: " + complaint);

  std::string everything;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".cpp") everything += "#include \"" + entry.path().filename().string() + "\"\n";
  everything += "#include \"" + fs::absolute(paths.rtl / "cosim" / harness_files[1]).string() + "\"\n";
  write_file_atomically(folder / "everything.cc", everything);
  const std::string tracing = waveforms ? "1" : "0";
  std::vector<std::string> arguments = {"-DVM_TRACE=" + tracing, "-DVM_TRACE_VCD=" + tracing, "-shared", "-pthread", "-I" + folder.string(),
                                        (folder / "everything.cc").string()};
  for (const std::string& object : runtime_objects(tools, paths.cache)) arguments.push_back(object);
  arguments.insert(arguments.end(), {"-o", (folder / library_name).string()});
  tools.compile(arguments, log, paths.tool_limit);
}

Design generated_design(const datapath::MacSpec& named, Cuts cuts, const CosimPaths& paths) {
  datapath::MacSpec spec = named;
  spec.name = "unit";  // specs that differ in name alone share a model
  return {package_text(spec, cuts), unit_sources(spec, paths.rtl), "mac_unit", rtl_hash(spec, paths.rtl)};
}

Design foreign_design(const datapath::MacSpec& named, const ForeignUnit& unit) {
  static const std::regex identifier("[A-Za-z_][A-Za-z0-9_$]{0,127}");
  if (!std::regex_match(unit.top, identifier)) throw InputError("found '" + unit.top + "' for a module's name; accepted are SystemVerilog identifiers");
  datapath::MacSpec spec = named;
  spec.name = "unit";
  Design design{package_text(spec, 0), {}, unit.top, "", true};
  std::vector<std::string> texts;
  for (const fs::path& file : unit.files) {
    if (!fs::is_regular_file(file)) throw InputError(file.string() + ": no such file; it should hold the unit's SystemVerilog");
    design.files.push_back(fs::absolute(file));
    texts.push_back(text_of(file));
  }
  if (design.files.empty()) throw InputError("a unit from elsewhere needs a file");
  texts.push_back(unit.top);
  design.hash = content_hash(texts);
  return design;
}

/// The compiled library for this design, from the cache or built into it.
fs::path compiled_library(const Design& design, const CosimPaths& paths, bool waveforms) {
  ScratchFolder scratch(paths.cache);
  const Toolchain tools = Toolchain::find(scratch.path());
  const std::string key = content_hash({design.hash, design.package, text_of(paths.rtl / "cosim" / harness_files[0]),
                                        text_of(paths.rtl / "cosim" / harness_files[1]), tools.identity, waveforms ? "waveforms" : "fast"});
  const fs::path home = paths.cache / key.substr(0, 32);
  if (!fs::exists(home / library_name)) {
    build_library(design, paths, tools, waveforms, scratch.path());
    fs::create_directories(home);
    fs::rename(scratch.path() / library_name, home / library_name);
  }
  return home / library_name;
}

}  // namespace

class VerilatedUnit::Library {
 public:
  explicit Library(const fs::path& path) : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (!handle_) throw InputError(path.string() + ": the compiled RTL cannot be loaded: " + dlerror() + "; delete the folder to have it rebuilt");
    open = reinterpret_cast<void* (*)(const char*)>(symbol("mac_open"));
    close = reinterpret_cast<void (*)(void*)>(symbol("mac_close"));
    run = reinterpret_cast<void (*)(void*, const std::uint32_t*, std::uint32_t*, std::uint64_t, std::uint64_t)>(symbol("mac_run"));
  }
  ~Library() { dlclose(handle_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  void* (*open)(const char*) = nullptr;
  void (*close)(void*) = nullptr;
  void (*run)(void*, const std::uint32_t*, std::uint32_t*, std::uint64_t, std::uint64_t) = nullptr;

 private:
  void* symbol(const char* name) {
    void* found = dlsym(handle_, name);
    if (!found) throw std::runtime_error(std::string("compiled RTL without ") + name);
    return found;
  }
  void* handle_;
};

VerilatedUnit::VerilatedUnit(const datapath::MacSpec& spec, Cuts cuts, const CosimPaths& paths, bool waveforms)
    : library_(std::make_unique<Library>(compiled_library(generated_design(spec, cuts, paths), paths, waveforms))), latency_(stages(cuts) + 1) {}
VerilatedUnit::VerilatedUnit(const datapath::MacSpec& spec, const ForeignUnit& unit, const CosimPaths& paths, bool waveforms)
    : library_(std::make_unique<Library>(compiled_library(foreign_design(spec, unit), paths, waveforms))), latency_(unit.latency + 1) {}
VerilatedUnit::~VerilatedUnit() = default;
VerilatedUnit::VerilatedUnit(VerilatedUnit&&) noexcept = default;
VerilatedUnit& VerilatedUnit::operator=(VerilatedUnit&&) noexcept = default;

std::vector<PsumBits> VerilatedUnit::run(const UnitVectors& vectors, const fs::path& waveform) {
  std::vector<PsumBits> results(vectors.size());
  if (results.empty()) return results;
  const int bits = datapath::psum_bits(vectors.spec());
  const std::size_t words_each = static_cast<std::size_t>((bits + 31) / 32);
  const std::vector<std::uint32_t> in = vectors.port_words();
  std::vector<std::uint32_t> out(words_each * results.size());

  const std::string file = waveform.string();
  const std::unique_ptr<void, void (*)(void*)> bench(library_->open(file.empty() ? nullptr : file.c_str()), library_->close);
  library_->run(bench.get(), in.data(), out.data(), results.size(), static_cast<std::uint64_t>(latency_));
  for (std::size_t i = 0; i < results.size(); ++i)
    for (std::size_t word = 0; word < words_each; ++word) results[i] |= static_cast<PsumBits>(out[i * words_each + word]) << (32 * word);
  return results;
}

}  // namespace macroscope::rtl
