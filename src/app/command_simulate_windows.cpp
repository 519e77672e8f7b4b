#include "app/command_simulate_windows.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>

#include "app/output_file.h"
#include "base/text.h"
#include "simulate/windows_host.h"

namespace vedette::app {
namespace {

using base::Result;

constexpr const char* description =
    "Write the events of a Windows host with Remote Desktop: staff, services, a domain, scanners,\n"
    "and attacks (guessing over RDP and file sharing, spray, a guessed password and the session\n"
    "after it, a tunnel, a lock-out storm, a take-over). The same seed gives the same events.\n"
    "--truth writes beside it which attacks they hold.";

constexpr const char* footer =
    "Examples:\n"
    "  vedette simulate windows --out events.ndjson --truth truth.ndjson\n"
    "  vedette import windows events.ndjson\n"
    "  vedette simulate windows --no-attacks --days 30 --format xml --out quiet.xml";

struct Words {
  simulate::WindowsHostOptions options;
  std::string start = "2026-06-01T00:00:00Z", format = "json", out = "-", truth;
  bool quiet = false;
};

std::optional<int> parse_words(Arguments arguments, Words& words) {
  CLI::App app(description, "vedette simulate windows");
  app.footer(footer);
  app.add_option("--seed", words.options.seed, "the same seed gives the same events [1]")
      ->type_name("N");
  app.add_option("--days", words.options.days, "how long, 1 to 365 [30]")->type_name("N");
  app.add_option("--start", words.start, "the first day [2026-06-01T00:00:00Z, a Monday]")
      ->type_name("TIME");
  app.add_option("--format", words.format, "json (as winlogbeat sends it) or xml [json]")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"json", "xml"}));
  app.add_flag("--attacks,!--no-attacks", words.options.attacks,
               "with attacks, or only work [with]");
  app.add_option("--out", words.out, "where to write; - is standard output [-]")->type_name("FILE");
  app.add_option("--truth", words.truth, "write the planned alerts there, one JSON object a line")
      ->type_name("FILE");
  app.add_flag("-q,--quiet", words.quiet, "say nothing of what was written");
  return parse_arguments(app, arguments);
}

Result<simulate::WindowsHostCounts> write_events(const Words& words) {
  simulate::WindowsHostOptions options = words.options;
  const auto start = base::parse_iso(words.start);
  if (!start)
    return base::failure(base::ErrorCode::invalid_argument,
                         "--start takes a time such as 2026-06-01T00:00:00Z");
  options.start = *start;
  if (words.format == "xml") options.format = simulate::WindowsEventFormat::xml;
  VEDETTE_TRY_VOID(simulate::check(options));
  const OutputFile out = VEDETTE_TRY(OutputFile::open(words.out));
  std::optional<OutputFile> truth;
  if (!words.truth.empty()) truth = VEDETTE_TRY(OutputFile::open(words.truth));
  simulate::WindowsHost windows(options);
  Result<void> told;
  windows.on_alert([&](const simulate::PlannedAlert& alert) {
    if (truth && told) told = truth->write(simulate::format_truth(alert));
  });
  constexpr std::size_t piece_bytes = 1024 * 1024;
  std::string piece;
  while (windows.append_event(piece)) {
    if (piece.size() < piece_bytes) continue;
    VEDETTE_TRY_VOID(out.write(piece));
    piece.clear();
  }
  VEDETTE_TRY_VOID(out.write(piece));
  VEDETTE_TRY_VOID(told);
  return windows.counts();
}

}  // namespace

int run_simulate_windows(Arguments arguments) {
  Words words;
  if (const auto exit_code = parse_words(arguments, words)) return *exit_code;
  const auto counts = write_events(words);
  if (!counts) {
    print_error(counts.error().message);
    return exit_code_of(counts.error());
  }
  if (!words.quiet)
    fmt::print(
        stderr,
        "{} events: {} sessions over Remote Desktop, {} failed log-ons; {} alerts are owed\n",
        base::group_thousands(counts->events), base::group_thousands(counts->sessions),
        base::group_thousands(counts->failures), base::group_thousands(counts->attacks));
  return exit_done;
}

}  // namespace vedette::app
