// Owns: `vedette health`: is the `serve` that has this data folder ready?
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/command.h"
#include "app/data_folder.h"
#include "app/running_serve.h"
#include "base/encode.h"
#include "base/json.h"

namespace vedette::app {
namespace {

constexpr const char* description =
    "Ask the running `serve` whether it is ready: 0 when it is, else 1 and why not.\n"
    "For the health checks of containers and for scripts.";
constexpr int timeout_ms = 5'000;
constexpr std::size_t shown_bytes_max = 500;

}  // namespace

int run_health(Arguments arguments) {
  std::string data;
  CLI::App app(description, "vedette health");
  app.add_option("--data", data, "where it keeps everything")->type_name("DIR");
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  const auto folder = data_folder(data.empty() ? std::nullopt : std::optional(data));
  if (!folder) {
    print_error(folder.error().message);
    return exit_failed;
  }
  auto serve = RunningServe::find({*folder});
  if (!serve) {
    print_error("no `vedette serve` runs on " + *folder);
    return exit_failed;
  }
  const auto answer = serve->ask({.method = "GET", .path = "/readyz", .timeout_ms = timeout_ms});
  if (!answer) {
    print_error("the `vedette serve` of " + *folder +
                " does not answer: " + answer.error().message);
    return exit_failed;
  }
  const auto body = base::parse_json(answer->body);
  if (answer->status == 200) {
    fmt::print("ready\n");
    return exit_done;
  }
  fmt::print("not ready\n");
  if (body)
    if (const auto* reasons = (*body)["reasons"].as_array())
      for (const auto& reason : *reasons)
        fmt::print("  {}\n", base::encode_terminal(reason.text(), shown_bytes_max));
  return exit_failed;
}

}  // namespace vedette::app
