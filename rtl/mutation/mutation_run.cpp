// SPDX-License-Identifier: Apache-2.0
#include "rtl/mutation/mutation_run.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include "formats/atomic_file.hpp"
#include "formats/input_error.hpp"
#include "rtl/cosim/operand_pairs.hpp"
#include "rtl/cosim/program.hpp"
#include "rtl/cosim/random_vectors.hpp"
#include "rtl/mutation/equivalence.hpp"
#include "rtl/unit_sources.hpp"

namespace macroscope::rtl {
namespace {

namespace fs = std::filesystem;

/// A mutation and the file that it is in.
struct Site {
  std::size_t file = 0;  ///< number of the source
  Mutation mutation;
};

struct Source {
  fs::path name;  ///< below the rtl folder
  std::string text;
};

std::vector<Source> read_sources(const datapath::MacSpec& spec, const fs::path& rtl) {
  std::vector<Source> sources;
  for (const fs::path& path : unit_sources(spec, rtl)) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw InputError(path.string() + ": cannot be read; the unit's SystemVerilog sources belong there");
    sources.push_back({path.lexically_relative(rtl), {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}});
  }
  return sources;
}

std::vector<Site> all_sites(const std::vector<Source>& sources) {
  std::vector<Site> sites;
  for (std::size_t i = 0; i < sources.size(); ++i)
    for (Mutation& mutation : mutation_sites(sources[i].text)) sites.push_back({i, std::move(mutation)});
  return sites;
}

/// `count` of the sites, each at most once, in their order (Fisher and Yates' shuffle, as far as it is needed).
std::vector<Site> drawn(const std::vector<Site>& sites, std::size_t count, std::uint64_t seed) {
  std::vector<std::size_t> numbers(sites.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  count = std::min(count, sites.size());
  RandomBits random(seed);
  for (std::size_t i = 0; i < count; ++i) std::swap(numbers[i], numbers[i + random.below(static_cast<std::uint32_t>(numbers.size() - i))]);
  numbers.resize(count);
  std::sort(numbers.begin(), numbers.end());
  std::vector<Site> chosen;
  for (const std::size_t number : numbers) chosen.push_back(sites[number]);
  return chosen;
}

std::string whole_line(const std::string& text, std::size_t at) {
  const std::size_t newline = at ? text.rfind('\n', at - 1) : std::string::npos;
  const std::size_t begin = text.find_first_not_of(" \t", newline == std::string::npos ? 0 : newline + 1);
  return text.substr(begin, text.find('\n', at) - begin);
}

/// The vectors of every mutant with their golden results.
class Trial {
 public:
  Trial(const datapath::MacSpec& spec, const MutationPlan& plan) {
    RandomBits random(plan.seed);
    const std::size_t first = std::min<std::uint64_t>(plan.random_vectors, 2048);  // most mutants need no more
    append(random_vectors(spec, first, random));
    append(lane_pair_vectors(spec, operand_pairs(spec), random.word()));
    append(random_vectors(spec, plan.random_vectors - first, random));
  }

  struct Outcome {
    std::uint64_t vectors = 0;
    bool differs = false;
  };
  [[nodiscard]] Outcome run(VerilatedUnit& unit) const {
    Outcome outcome;
    for (const Batch& batch : batches_) {
      const auto actual = unit.run(batch.vectors);
      const auto found = std::mismatch(actual.begin(), actual.end(), batch.expected.begin()).first;
      outcome.vectors += static_cast<std::uint64_t>(found - actual.begin());
      outcome.differs = found != actual.end();
      if (outcome.differs) break;
    }
    return outcome;
  }

 private:
  struct Batch {
    UnitVectors vectors;
    std::vector<datapath::PsumBits> expected;
  };
  void append(UnitVectors vectors) {
    if (!vectors.size()) return;
    std::vector<datapath::PsumBits> expected(vectors.size());
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = vectors.expected(i);
    batches_.push_back({std::move(vectors), std::move(expected)});
  }
  std::vector<Batch> batches_;
};

void copy_rtl(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const char* folder : {"lib", "unit", "cosim"}) fs::copy(from / folder, to / folder);
}

/// Everything that judging one mutant needs; judge() may run in several threads.
class Court {
 public:
  Court(const datapath::MacSpec& spec, Cuts cuts, const fs::path& rtl, const fs::path& folder, const MutationPlan& plan)
      : spec_(spec), cuts_(cuts), rtl_(rtl), folder_(folder), plan_(plan), trial_(spec, plan) {
    VerilatedUnit unit(spec_, cuts_, paths(rtl_));
    const Trial::Outcome outcome = trial_.run(unit);
    if (outcome.differs) throw InputError("the RTL of '" + spec_.name + "' is wrong without a mutation, so that mutants say nothing; see 'macroscope cosim' without --mutants");
    vectors_ = outcome.vectors;
    proofs_.emplace(spec_, cuts_, rtl_, folder_, plan_.proof_limit);
  }
  [[nodiscard]] std::uint64_t vectors() const { return vectors_; }

  void judge(Mutant& mutant, const std::string& text, const std::string& name) const {
    const fs::path copy = folder_ / name;
    copy_rtl(rtl_, copy);
    write_file_atomically(copy / mutant.file, text);
    simulate(mutant, copy);
    if (mutant.fate == Fate::survived) prove(mutant, copy, name);
    fs::remove_all(copy);
  }

 private:
  [[nodiscard]] CosimPaths paths(const fs::path& rtl) const { return {rtl, folder_ / "models", plan_.tool_limit}; }

  void simulate(Mutant& mutant, const fs::path& copy) const {
    try {
      VerilatedUnit unit(spec_, cuts_, paths(copy));
      const Trial::Outcome outcome = trial_.run(unit);
      mutant.vectors = outcome.vectors + (outcome.differs ? 1 : 0);
      mutant.fate = outcome.differs ? Fate::killed : Fate::survived;
    } catch (const InputError& refused) {
      mutant.fate = Fate::invalid;
      mutant.remark = refused.what();
      for (std::size_t at = 0; (at = mutant.remark.find(copy.string() + "/")) != std::string::npos;) mutant.remark.erase(at, copy.string().size() + 1);
    }
  }
  void prove(Mutant& mutant, const fs::path& copy, const std::string& name) const {
    switch (proofs_->compare(copy, name)) {
      case Equivalence::proved: mutant.fate = Fate::equivalent; break;
      case Equivalence::refuted: mutant.remark = "proved to differ"; break;
      case Equivalence::undecided: mutant.remark = "equivalence not decided"; break;
    }
  }

  const datapath::MacSpec& spec_;
  Cuts cuts_;
  fs::path rtl_, folder_;
  MutationPlan plan_;
  Trial trial_;
  std::uint64_t vectors_ = 0;
  std::optional<EquivalenceCheck> proofs_;
};

/// work(0) ... work(count - 1), each once, on up to `threads` threads; the first exception is thrown again at the end.
template <class Work>
void in_parallel(std::size_t count, int threads, const Work& work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure;
  std::mutex guard;
  const auto loop = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(guard);
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  };
  std::vector<std::thread> others;
  for (int t = 1; t < threads && static_cast<std::size_t>(t) < count; ++t) others.emplace_back(loop);
  loop();
  for (std::thread& thread : others) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

const char* fate_name(Fate fate) {
  constexpr const char* names[] = {"killed", "invalid", "equivalent", "survived"};
  return names[static_cast<std::size_t>(fate)];
}

std::size_t MutationResult::count(Fate fate) const {
  return static_cast<std::size_t>(std::count_if(mutants.begin(), mutants.end(), [fate](const Mutant& mutant) { return mutant.fate == fate; }));
}

double MutationResult::kill_ratio() const {
  const std::size_t killed = count(Fate::killed), judged = killed + count(Fate::survived);
  return judged ? static_cast<double>(killed) / static_cast<double>(judged) : 1.0;
}

MutationResult mutate(const datapath::MacSpec& spec, Cuts cuts, const fs::path& rtl, const fs::path& scratch, const MutationPlan& plan,
                      const std::function<void(double, const std::string&)>& advance) {
  const std::vector<Source> sources = read_sources(spec, rtl);
  const std::vector<Site> sites = all_sites(sources);
  const std::vector<Site> chosen = drawn(sites, plan.mutants, plan.seed);
  MutationResult result;
  result.sites = sites.size();
  for (const Site& site : chosen) {
    const Source& source = sources[site.file];
    Mutant mutant;
    mutant.file = source.name;
    mutant.line = site.mutation.line;
    mutant.kind = site.mutation.kind;
    mutant.original = site.mutation.original(source.text);
    mutant.mutated = site.mutation.replacement;
    mutant.source_line = whole_line(source.text, site.mutation.begin);
    result.mutants.push_back(std::move(mutant));
  }

  const ScratchFolder folder(fs::absolute(scratch));
  if (advance) advance(0, "the unit without mutation");
  const Court court(spec, cuts, fs::absolute(rtl), folder.path(), plan);
  result.vectors = court.vectors();
  std::mutex guard;
  std::size_t done = 0;
  in_parallel(chosen.size(), plan.threads, [&](std::size_t i) {
    court.judge(result.mutants[i], chosen[i].mutation.applied(sources[chosen[i].file].text), "mutant-" + std::to_string(i));
    const std::lock_guard<std::mutex> lock(guard);
    ++done;
    if (advance) advance(static_cast<double>(done) / static_cast<double>(chosen.size()), std::to_string(done) + " of " + std::to_string(chosen.size()) + " mutants");
  });
  return result;
}

}  // namespace macroscope::rtl
