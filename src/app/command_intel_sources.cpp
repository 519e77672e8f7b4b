#include "app/command_intel_sources.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "app/command_clock.h"
#include "app/data_folder.h"
#include "app/import_request.h"
#include "app/intel_sources.h"
#include "app/running_serve.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::ErrorCode;
using base::Json;
using base::Result;

constexpr int timeout_ms = 30'000;
constexpr std::size_t answer_bytes_max = 4UL * 1024 * 1024, text_bytes_max = 400;
constexpr Duration look_interval = Duration::milliseconds(100);

struct Words {
  std::optional<std::string> data;
  std::string format = "text";
  std::uint64_t wait_s = 120;
  bool is_push = false, is_dry_run = false;
};

Result<Json> ask(RunningServe& serve, const std::string& method, std::string_view path) {
  auto answer = VEDETTE_TRY(serve.ask({.method = method,
                                       .path = std::string(path),
                                       .timeout_ms = timeout_ms,
                                       .answer_bytes_max = answer_bytes_max}));
  auto json = base::parse_json(answer.body);
  if (answer.status == 200 && json) return json;
  return base::failure(ErrorCode::unavailable,
                       fmt::format("the running serve answered {}", answer.status));
}

Result<RunningServe> find_serve(const Words& words) {
  const std::string folder = VEDETTE_TRY(data_folder(words.data));
  auto serve = RunningServe::find({folder});
  if (serve) return *std::move(serve);
  return base::failure(ErrorCode::not_found,
                       "no `vedette serve` runs on " + folder +
                           "; it is what pulls: start it, or `vedette serve --once`");
}

std::string shown(const Json& value) {
  return base::encode_terminal(value.text(), text_bytes_max);
}

std::uint64_t number(const Json& value) {
  const auto* found = value.as_integer();
  return found == nullptr ? 0 : static_cast<std::uint64_t>(std::max<std::int64_t>(*found, 0));
}

std::string grouped(const Json& value) {
  return base::group_thousands(number(value));
}

void print_source(const Json& source) {
  const std::string state = shown(source["state"]);
  fmt::print("{}  {}\n", shown(source["source"]), state.empty() ? "sent to us" : state);
  if (!source["trouble"].is_null()) {
    fmt::print("  trouble since {}: {}\n", shown(source["trouble_since"]),
               shown(source["trouble"]));
    if (!source["remedy"].is_null()) fmt::print("  what to do: {}\n", shown(source["remedy"]));
  }
  if (!source["last_success"].is_null())
    fmt::print("  last success {}, read up to {}, {} behind\n", shown(source["last_success"]),
               shown(source["read_until"]),
               base::format_duration(
                   Duration::seconds(static_cast<std::int64_t>(number(source["lag_s"])))));
  else if (!state.empty())
    fmt::print("  it has not succeeded yet\n");
  if (!source["behind"].is_null()) fmt::print("  {}\n", shown(source["behind"]));
  fmt::print("  since the start: ");
  if (source["source"].text().starts_with("sightings:")) {
    fmt::print("{} met, {} told\n", grouped(source["fetched"]), grouped(source["fresh"]));
    return;
  }
  if (takes_indicators(source["source"].text()))
    fmt::print("{} looked at; sent: ", grouped(source["fetched"]));
  else if (!state.empty())
    fmt::print("{} fetched, {} of them new; ", grouped(source["fetched"]),
               grouped(source["fresh"]));
  fmt::print("{} indicators, {} withdrawn\n", grouped(source["taken"]),
             grouped(source["withdrawn"]));
  const auto* refused = source["refused"].as_object();
  if (refused == nullptr || refused->empty()) return;
  fmt::print("  refused:\n");
  for (const auto& [reason, times] : *refused)
    fmt::print("  {:>9}  {}\n", grouped(times), base::encode_terminal(reason, text_bytes_max));
}

void print(const Json& answer, const Words& words) {
  if (words.format == "json") {
    fmt::print("{}\n", base::format_json(answer));
    return;
  }
  const auto* sources = answer["sources"].as_array();
  if (sources == nullptr || sources->empty())
    fmt::print("Indicators come from nowhere yet: name a MISP under [[misp]], or import a file.\n");
  else
    for (const Json& source : *sources) print_source(source);
  const auto* lists = answer["warning_lists"].as_array();
  if (lists == nullptr || lists->empty()) return;
  fmt::print("matches that warning lists took away since the start:\n");
  for (const Json& list : *lists)
    fmt::print("  {:>9}  {}\n", grouped(list["passed_over"]), shown(list["list"]));
}

void print_forecast(const Json& answer, const Words& words) {
  if (words.format == "json") {
    fmt::print("{}\n", base::format_json(answer));
    return;
  }
  const auto* pushes = answer["pushes"].as_array();
  if (pushes == nullptr || pushes->empty()) {
    fmt::print("Indicators are pushed nowhere yet: name a workspace under [[push]].\n");
    return;
  }
  for (const Json& push : *pushes) {
    const auto* whole = push["whole"].as_bool();
    fmt::print("{}  {}{} new, {} changed, {} to be withdrawn (of {} looked at); nothing was sent\n",
               shown(push["push"]), whole != nullptr && !*whole ? "at least " : "",
               grouped(push["new"]), grouped(push["changed"]), grouped(push["withdrawn"]),
               grouped(push["looked_at"]));
  }
}

// Of a source that was asked to pull at that time: it did, or could not.
enum class Pulled : std::uint8_t { not_yet, yes, failed };

Pulled state_of(const Json& source, const Json& before, base::Timestamp asked, bool is_push) {
  // It is not pulled, or not what was asked for.
  if (source["state"].is_null() || takes_indicators(source["source"].text()) != is_push)
    return Pulled::yes;
  std::uint64_t pulls = 0, failures = 0;
  if (const auto* sources = before["sources"].as_array())
    for (const Json& each : *sources)
      if (each["source"].text() == source["source"].text()) {
        pulls = number(each["pulls"]);
        failures = number(each["failures"]);
      }
  if (number(source["failures"]) > failures) return Pulled::failed;
  const auto until = base::parse_iso(source["read_until"].text());
  const bool is_new = until && *until >= asked && number(source["pulls"]) > pulls;
  return is_new && source["behind"].is_null() ? Pulled::yes : Pulled::not_yet;
}

// All of them, and events are held against what came. False: not in that time.
Result<bool> wait_until_pulled(RunningServe& serve, const Words& words, ports::Clock& clock,
                               Json& answer, bool& is_failed) {
  const Json before = VEDETTE_TRY(ask(serve, "GET", intel_path));
  const Json told = VEDETTE_TRY(ask(serve, "POST", words.is_push ? intel_push_path : intel_path));
  // Windows begin at whole seconds.
  const auto now = base::parse_iso(told["now"].text()).value_or(base::Timestamp{});
  const auto asked = base::Timestamp::from_unix_seconds(now.unix_seconds());
  const Duration deadline =
      clock.monotonic() + Duration::seconds(static_cast<std::int64_t>(words.wait_s));
  for (bool is_pulled = false; clock.monotonic() < deadline;
       clock.sleep(look_interval, std::stop_token{})) {
    if (!is_pulled) {
      answer = VEDETTE_TRY(ask(serve, "GET", intel_path));
      const auto* sources = answer["sources"].as_array();
      is_pulled = sources == nullptr || std::ranges::none_of(*sources, [&](const Json& each) {
                    return state_of(each, before, asked, words.is_push) == Pulled::not_yet;
                  });
      is_failed = sources != nullptr && std::ranges::any_of(*sources, [&](const Json& each) {
                    return state_of(each, before, asked, words.is_push) == Pulled::failed;
                  });
    }
    if (!is_pulled) continue;
    const Json stored = VEDETTE_TRY(ask(serve, "GET", import_path));
    if (number(stored["stored"]) < number(answer["position"])) continue;
    answer = VEDETTE_TRY(ask(serve, "GET", intel_path));  // with what came of it
    return true;
  }
  return false;
}

std::optional<int> parse(CLI::App& app, Words& words, Arguments arguments) {
  app.add_option("--data", words.data, "where Vedette keeps its data")->type_name("DIR");
  app.add_option("--format", words.format, "text or json")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  return parse_arguments(app, arguments);
}

int fail(const base::Error& error) {
  print_error(error.message);
  return exit_failed;
}

int run_now(CLI::App& app, Words& words, Arguments arguments) {
  app.add_option("--wait", words.wait_s, "how long, in seconds")
      ->type_name("SECONDS")
      ->capture_default_str()
      ->check(CLI::Range(0, 86'400));
  if (const auto code = parse(app, words, arguments)) return *code;
  const auto clock = command_clock();
  if (!clock) return fail(clock.error());
  auto serve = find_serve(words);
  if (!serve) return fail(serve.error());
  if (words.is_dry_run) {
    const auto forecast = ask(*serve, "GET", intel_push_path);
    if (!forecast) return fail(forecast.error());
    print_forecast(*forecast, words);
    return exit_done;
  }
  Json answer;
  bool is_failed = false;
  const auto done = wait_until_pulled(*serve, words, **clock, answer, is_failed);
  if (!done) return fail(done.error());
  print(answer, words);
  if (!*done)
    return fail({ErrorCode::unavailable, words.is_push
                                             ? "not all is pushed yet; serve goes on with it"
                                             : "not all is pulled yet; serve goes on "
                                               "with it"});
  return is_failed ? exit_failed : exit_done;
}

}  // namespace

int run_intel_sources(Arguments arguments) {
  Words words;
  CLI::App app(
      "Where indicators come from: last success, how far behind, what was refused, what is "
      "wrong.",
      "vedette intel sources");
  if (const auto code = parse(app, words, arguments)) return *code;
  auto serve = find_serve(words);
  if (!serve) return fail(serve.error());
  const auto answer = ask(*serve, "GET", intel_path);
  if (!answer) return fail(answer.error());
  print(*answer, words);
  return exit_done;
}

int run_intel_pull(Arguments arguments) {
  Words words;
  CLI::App app("Pull every source now, and wait until log-ins are held against what came.",
               "vedette intel pull");
  return run_now(app, words, arguments);
}

int run_intel_push(Arguments arguments) {
  Words words;
  words.is_push = true;
  CLI::App app(
      "Send what is new, changed or withdrawn of our indicators to each [[push]] now, and wait "
      "until it is there.",
      "vedette intel push");
  app.add_flag("--dry-run", words.is_dry_run, "only say how much that would be");
  return run_now(app, words, arguments);
}

}  // namespace vedette::app
