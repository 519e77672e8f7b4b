// Owns: `vedette simulate authlog`: the words, the files, the pacing of a live log.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "app/command.h"
#include "app/command_clock.h"
#include "app/command_simulate_misp.h"
#include "app/command_simulate_taxii.h"
#include "app/command_simulate_tenant.h"
#include "app/command_simulate_windows.h"
#include "app/output_file.h"
#include "app/signals.h"
#include "base/text.h"
#include "simulate/authlog.h"
#include "simulate/live.h"

namespace vedette::app {
namespace {

using base::Result;

constexpr const char* description =
    "Write a realistic auth.log: users, jump hosts, cron, scanners, and attacks of every kind the\n"
    "detectors know. The same seed gives the same log. --truth writes beside it which attacks it "
    "holds.";

constexpr const char* footer =
    "Examples:\n"
    "  vedette simulate authlog --lines 10000 --out auth.log --truth truth.ndjson\n"
    "  vedette simulate authlog --seed 1 --size 1GB --rate 400 --out big.log\n"
    "  vedette simulate authlog --live --rate 50 --format rfc3339 | vedette watch -";

constexpr const char* usage =
    "Usage: vedette simulate authlog|tenant|windows|misp|taxii [OPTIONS]\n\n"
    "  authlog   write a realistic auth.log with known attacks in it\n"
    "  tenant    serve a Microsoft 365 tenant that does not exist, under known attacks\n"
    "  windows   write the events of a Windows host with Remote Desktop, under known attacks\n"
    "  misp      serve a MISP that does not exist, with indicators of compromise\n"
    "  taxii     serve a TAXII 2.1 server that does not exist, with the same\n\n"
    "`vedette simulate authlog --help` and so on list the options.\n";

struct SimulateWords {
  std::uint64_t seed = 1;
  std::uint32_t rate = 100;
  std::string format = "rfc3164", naming = "sshd", zone = "UTC";
  std::string size, duration, start, out = "-", truth;
  std::uint64_t lines = 0;
  bool live = false, quiet = false;
};

std::optional<int> parse_words(Arguments arguments, SimulateWords& words) {
  CLI::App app(description, "vedette simulate authlog");
  app.footer(footer);
  app.add_option("--seed", words.seed, "the same seed gives the same log [1]")->type_name("N");
  app.add_option("--rate", words.rate, "lines a second of event time [100]")->type_name("N");
  app.add_option("--format", words.format, "time stamps: rfc3164, rfc3339 or journal [rfc3164]")
      ->type_name("FORMAT");
  app.add_option("--naming", words.naming, "program names: sshd, sshd-session or mixed [sshd]")
      ->type_name("NAMES");
  app.add_option("--zone", words.zone, "the stamps' offset from UTC, such as +02:00 [UTC]")
      ->type_name("OFFSET");
  app.add_option("--start", words.start,
                 "the first stamp, 2026-06-01T08:00:00Z [a round day; now with --live]")
      ->type_name("TIME");
  app.add_option("--lines", words.lines, "end after so many lines")->type_name("N");
  app.add_option("--size", words.size, "end at this size: 64kB, 10MB, 1GB")->type_name("SIZE");
  app.add_option("--duration", words.duration, "end after this span of event time: 90s, 2h, 1d")
      ->type_name("TIME");
  app.add_option("--out", words.out, "where to write; - is standard output [-]")->type_name("FILE");
  app.add_option("--truth", words.truth, "write the planned attacks there, one JSON object a line")
      ->type_name("FILE");
  app.add_flag("--live", words.live,
               "write each line when its time has come, without end by default");
  app.add_flag("-q,--quiet", words.quiet, "do not describe the mix at the end");
  return parse_arguments(app, arguments);
}

Result<simulate::AuthlogOptions> options_of(const SimulateWords& words, base::Timestamp now) {
  simulate::AuthlogOptions options;
  options.seed = words.seed;
  options.rate_lines_per_second = words.rate;
  options.format = VEDETTE_TRY(simulate::parse_authlog_format(words.format));
  options.naming = VEDETTE_TRY(simulate::parse_sshd_naming(words.naming));
  options.zone_minutes = VEDETTE_TRY(simulate::parse_zone_minutes(words.zone));
  options.lines_max = words.lines;
  if (!words.size.empty()) options.bytes_max = VEDETTE_TRY(simulate::parse_size_bytes(words.size));
  if (!words.duration.empty()) {
    const auto duration = base::parse_duration(words.duration);
    if (!duration)
      return base::failure(base::ErrorCode::invalid_argument,
                           "--duration takes a span of time such as 90s, 2h or 1d");
    options.duration = *duration;
  }
  const std::string start = words.start.empty() ? "2026-06-01T00:00:00Z" : words.start;
  const auto parsed = base::parse_iso(start);
  if (!parsed)
    return base::failure(base::ErrorCode::invalid_argument,
                         "--start takes a time such as 2026-06-01T08:00:00Z");
  options.start = words.live && words.start.empty() ? now : *parsed;
  const bool endless = words.lines == 0 && words.size.empty() && words.duration.empty();
  if (endless && !words.live)
    return base::failure(base::ErrorCode::invalid_argument,
                         "the log would never end; give --lines, --size, --duration or --live");
  VEDETTE_TRY_VOID(simulate::check(options));
  return options;
}

// Writes each line when its time has come.
Result<simulate::Mix> write_as_time_passes(const simulate::AuthlogOptions& options,
                                           ports::Clock& clock, const OutputFile& log,
                                           const simulate::TextSink& truth,
                                           const std::stop_token& stop) {
  simulate::AuthlogGenerator generator(options);
  Result<void> told;
  generator.on_alert([&](const simulate::PlannedAlert& alert) {
    if (told) told = truth(simulate::format_truth(alert));
  });
  const auto write = [&](std::string_view line) { return told ? log.write(line) : told; };
  VEDETTE_TRY_VOID(simulate::write_live(generator, options.start, 1, write, clock, stop));
  VEDETTE_TRY_VOID(told);
  VEDETTE_TRY_VOID(truth(simulate::format_truth(generator.mix())));
  return generator.mix();
}

Result<simulate::Mix> run_authlog(const SimulateWords& words, ports::Clock& clock,
                                  const std::stop_token& stop) {
  const auto options = VEDETTE_TRY(options_of(words, clock.now()));
  const OutputFile log = VEDETTE_TRY(OutputFile::open(words.out));
  std::optional<OutputFile> truth_file;
  if (!words.truth.empty()) truth_file = VEDETTE_TRY(OutputFile::open(words.truth));
  const auto truth = [&](std::string_view text) -> Result<void> {
    return truth_file ? truth_file->write(text) : Result<void>();
  };
  if (words.live) return write_as_time_passes(options, clock, log, truth, stop);
  return simulate::write_authlog(
      options,
      [&](std::string_view text) -> Result<void> {
        if (stop.stop_requested())
          return base::failure(base::ErrorCode::cancelled, "stopped before the end was reached");
        return log.write(text);
      },
      truth);
}

}  // namespace

int run_simulate(Arguments arguments) {
  if (!arguments.empty() && arguments.front() == "tenant")
    return run_simulate_tenant(arguments.subspan(1));
  if (!arguments.empty() && arguments.front() == "windows")
    return run_simulate_windows(arguments.subspan(1));
  if (!arguments.empty() && arguments.front() == "misp")
    return run_simulate_misp(arguments.subspan(1));
  if (!arguments.empty() && arguments.front() == "taxii")
    return run_simulate_taxii(arguments.subspan(1));
  if (arguments.empty() || arguments.front() != "authlog") {
    const bool help =
        !arguments.empty() && (arguments.front() == "--help" || arguments.front() == "-h");
    fmt::print(help ? stdout : stderr, "{}", usage);
    return help ? exit_done : exit_usage;
  }
  SimulateWords words;
  if (const auto exit_code = parse_words(arguments.subspan(1), words)) return *exit_code;
  StopOnSignals signals;
  const auto clock = command_clock();
  if (!clock) {
    print_error(clock.error().message);
    return exit_failed;
  }
  const auto mix = run_authlog(words, **clock, signals.token());
  if (!mix) {
    print_error(mix.error().message);
    return exit_code_of(mix.error());
  }
  if (!words.quiet) fmt::print(stderr, "{}", simulate::describe(*mix));
  return exit_done;
}

}  // namespace vedette::app
