// Owns: `vedette demo`: the whole of Vedette at work without anything to prepare. A simulated log
// grows in a temporary folder, `watch` follows it, and a stand-in for the chat shows what it is
// sent.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/command.h"
#include "app/environment.h"
#include "app/signals.h"
#include "app/watch.h"
#include "base/encode.h"
#include "base/json.h"
#include "net/http_receiver.h"
#include "net/system_clock.h"
#include "simulate/authlog.h"
#include "simulate/live.h"
#include "simulate/story.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;

constexpr const char* description =
    "See Vedette work: a simulated auth.log under attack is watched, alerts are printed, and a "
    "stand-in\n"
    "for Discord on this machine shows the messages it is sent. Nothing leaves the machine.";

// A folder that goes with us.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make() {
    std::string path = (std::filesystem::temp_directory_path() / "vedette-demo-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr)
      return base::system_failure("cannot make a temporary folder", errno);
    return TemporaryFolder(path);
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

// As Discord shows it: a backslash before punctuation means the character itself.
std::string without_markdown_escapes(std::string_view text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 1 < text.size() &&
                        std::ispunct(static_cast<unsigned char>(text[i + 1])) != 0;
    shown += escape ? text[++i] : text[i];
  }
  return shown;
}

// What the stand-in shows of a Discord message: the embed's texts, each in a line of its own.
std::string chat_text(const net::ReceivedRequest& request) {
  const auto body = base::parse_json(request.body);
  if (!body) return "(a body that is no JSON)";
  std::string text = request.method == "PATCH" ? "(edited) " : "";
  const auto* embeds = (*body)["embeds"].as_array();
  if (embeds == nullptr || embeds->empty()) return text + "(no embed)";
  const base::Json& embed = embeds->front();
  const auto append = [&text](const base::Json& value) {
    if (const auto* string = value.as_string())
      text += base::encode_terminal(without_markdown_escapes(*string), 300);
  };
  append(embed["title"]);
  if (const auto* fields = embed["fields"].as_array()) {
    for (const auto& field : *fields) {
      text += "\n    ";
      append(field["name"]);
      text += ": ";
      append(field["value"]);
    }
  }
  return text;
}

// Answers like Discord with wait=true: the message with its id. One thread calls it, the
// receiver's.
class ChatStandIn {
 public:
  net::ReceiverReply take(const net::ReceivedRequest& request) {
    fmt::print("  [chat] {}\n", chat_text(request));
    std::fflush(stdout);
    const std::string body = fmt::format(R"({{"id":"{}"}})", ++messages_);
    return {200, {{"content-type", "application/json"}}, body};
  }

 private:
  std::uint64_t messages_ = 0;
};

// Writes the story's lines into the file, story_speed times as fast as their stamps.
void write_story(const std::filesystem::path& path, const simulate::AuthlogOptions& options,
                 ports::Clock& clock, const std::stop_token& stop) {
  std::ofstream file(path, std::ios::app);
  simulate::AuthlogGenerator generator(options);
  const auto write = [&](std::string_view line) -> Result<void> {
    file << line << std::flush;
    if (file) return {};
    return base::failure(base::ErrorCode::unavailable, "cannot write " + path.string());
  };
  const auto written =
      simulate::write_live(generator, options.start, simulate::story_speed, write, clock, stop);
  if (!written) print_error(written.error().message);
}

int run_story(bool keep_running, Duration at_most, StopOnSignals& signals) {
  const auto folder = TemporaryFolder::make();
  if (!folder) {
    print_error(folder.error().message);
    return exit_failed;
  }
  ChatStandIn chat;
  const auto receiver = net::HttpReceiver::listen(
      *base::parse_ip("127.0.0.1"), 0, [&chat](const auto& request) { return chat.take(request); });
  if (!receiver) {
    print_error(receiver.error().message);
    return exit_failed;
  }
  WatchOptions options;
  options.files = {(folder->path() / "auth.log").string()};
  options.from_start = true;
  options.zone = "UTC";
  options.webhooks = {
      fmt::format("discord:http://127.0.0.1:{}/api/webhooks/1/demo", (*receiver)->port())};
  fmt::print(
      "A simulated log of four hosts is under attack; 24 minutes of it pass in 48 seconds.\n"
      "Chat stand-in: http://127.0.0.1:{}/ (its messages are marked [chat])\nThe log: {}\n\n",
      (*receiver)->port(), options.files.front());
  std::fflush(stdout);
  net::SystemClock clock;
  std::ofstream(options.files.front()).flush();
  std::jthread writer([&](const std::stop_token& stop) {
    write_story(options.files.front(), simulate::story_options(clock.now()), clock, stop);
    if (!keep_running) {
      // The last alerts' messages get their moment before the summary.
      clock.sleep(Duration::seconds(1), stop);
      signals.request_stop();
    }
  });
  std::jthread limit([&](const std::stop_token& stop) {
    if (at_most.ticks > 0 && clock.sleep(at_most, stop)) signals.request_stop();
  });
  const int exit_code = watch(options, signals.token());
  fmt::print("\nThat was simulated. Watch this machine: sudo vedette watch\n");
  return exit_code;
}

}  // namespace

int run_demo(Arguments arguments) {
  CLI::App app(description, "vedette demo");
  bool keep_running = false;
  std::string duration;
  app.add_flag("--keep-running", keep_running,
               "go on watching when the story is over, until Ctrl-C");
  app.add_option("--duration", duration, "end earlier: 20s, 1m")->type_name("TIME");
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  const auto at_most = base::parse_duration(duration.empty() ? "0" : duration);
  if (!at_most) {
    print_error("--duration takes a span of time such as 20s or 1m");
    return exit_usage;
  }
  StopOnSignals signals;
  return run_story(keep_running, *at_most, signals);
}

}  // namespace vedette::app
