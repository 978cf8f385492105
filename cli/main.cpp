// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <new>
#include <thread>

#include "cli/build.hpp"
#include "cli/context.hpp"
#include "cli/verb.hpp"
#include "formats/input_error.hpp"
#include "formats/suggestion.hpp"

namespace {

using macroscope::cli::Context;

Context make_context(int argc, char** argv) {
  Context context;
  const char* home = std::getenv("MACROSCOPE_HOME");
  context.home = home && *home ? home : MACROSCOPE_SOURCE_DIR;
  context.build = MACROSCOPE_BINARY_DIR;
  context.command_line.assign(argv + 1, argv + argc);
  context.threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return context;
}

/// A misspelt verb deserves better than "a subcommand is required".
void check_verb(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || words.front().rfind('-', 0) == 0) return;
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) verbs.push_back(verb->get_name());
  if (std::find(verbs.begin(), verbs.end(), words.front()) != verbs.end()) return;
  throw macroscope::InputError("unknown verb '" + words.front() + "'" + macroscope::accepted_words(words.front(), verbs) +
                               ". 'macroscope --help' says what each does");
}

int run(int argc, char** argv) {
  Context context = make_context(argc, argv);
  CLI::App app("MACroscope: accuracy, area and energy of MAC arrays, from bits to perplexity", "macroscope");
  app.require_subcommand(1);
  app.set_version_flag("--version", macroscope::cli::version_text());
  app.add_option("--threads", context.threads, "Threads to use (results do not depend on it)")->check(CLI::Range(1, 1024));
  app.footer("Each verb has --help with an example. 'macroscope test' runs the tests (by way of the launcher).");
  macroscope::cli::add_verbs(app, context);
  check_verb(app, context.command_line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  return context.exit_code;
}

}  // namespace

/// Exit code 0: done; 1: done, but the result is not as asked; 2: bad usage or input.
int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const macroscope::InputError& e) {
    fmt::print(stderr, "macroscope: {}\n", e.what());
    return 2;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "macroscope: out of memory; use a smaller model, fewer --tokens or fewer --threads\n");
    return 1;
  } catch (const std::exception& e) {
    fmt::print(stderr, "macroscope: {}\n", e.what());
    return 1;
  }
}
