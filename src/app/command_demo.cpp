// Owns: `vedette demo`: the whole of Vedette at work without anything to prepare. In a temporary
// folder `serve` runs on a simulated company: a Microsoft 365 tenant on this machine and the log of
// four hosts, all under attack; a stand-in for the chat shows what it is sent.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "access/access.h"
#include "access/audit_chain.h"
#include "access/key.h"
#include "app/command.h"
#include "app/configuration.h"
#include "app/data_lock.h"
#include "app/environment.h"
#include "app/heap.h"
#include "app/service.h"
#include "app/signals.h"
#include "app/simulated_company.h"
#include "base/encode.h"
#include "base/json.h"
#include "base/text.h"
#include "net/http_receiver.h"
#include "net/system_clock.h"
#include "store/sqlite/sqlite_access.h"

namespace vedette::app {
namespace {

using base::Duration;
using base::Result;

constexpr const char* description =
    "See Vedette work: `serve` with its web app on a simulated company, a Microsoft 365 tenant "
    "and\n"
    "the log-ins of four hosts, all of it under attack. Prints where the web app is, and the "
    "first\n"
    "password; a stand-in for Discord on this machine shows the messages it is sent. Nothing\n"
    "leaves the machine, and nothing stays on it.";

constexpr const char* user = "admin";
constexpr std::size_t password_characters = 16;
constexpr Duration tick_interval = Duration::seconds(1);

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

// What stands around `serve`: the company and the chat. Stopped after it.
class Scenery {
 public:
  explicit Scenery(ports::Clock& clock) : company_(clock) {}

  Result<void> open() {
    VEDETTE_TRY_VOID(company_.open());
    chat_door_ = VEDETTE_TRY(
        net::HttpReceiver::listen(*base::parse_ip("127.0.0.1"), 0,
                                  [this](const auto& request) { return chat_.take(request); }));
    return {};
  }
  // The settings of `serve` there. `folder` holds its files.
  Result<std::string> settings(const std::filesystem::path& folder, std::uint16_t port) {
    return VEDETTE_TRY(company_.settings(folder)) + fmt::format(R"(
  [[channel]]
  name = "chat"
  url = "discord:http://127.0.0.1:{}/api/webhooks/1/demo"

  [http]
  port = {}

  [log]
  level = "error"
)",
                                                                chat_door_->port(), port);
  }
  void play(const std::filesystem::path& folder) { company_.play(folder); }

 private:
  SimulatedCompany company_;
  ChatStandIn chat_;
  std::unique_ptr<net::HttpReceiver> chat_door_;
};

// The first administrator, before anybody could be asked to make one.
Result<base::Secret> make_administrator(const DataLayout& data, ports::Clock& clock) {
  base::Secret password(std::string(access::new_key().reveal().substr(0, password_characters)));
  const base::Secret key = access::new_key();
  const auto store =
      VEDETTE_TRY(store::sqlite::SqliteAccess::open(data.state(), &access::audit_hash));
  VEDETTE_TRY_VOID(access::Access(*store, clock, key).set_up(key.reveal(), user, password));
  return password;
}

Result<Configuration> read_settings(const std::string& text) {
  auto read = read_configuration(text, "the demo's settings", environment_variable);
  if (read) return *std::move(read);
  return base::failure(base::ErrorCode::internal, read.error().front());
}

void greet(const std::string& address, const base::Secret& password, const DataLayout& data) {
  fmt::print(
      "Vedette is at work on a simulated company, {} people in Microsoft 365 and four Linux "
      "hosts,\n"
      "all of it under attack.\n\n"
      "  Web app    {}/\n  User       {}\n  Password   {}\n\n"
      "The first attacks show at once, others within minutes; the last {} days are read in "
      "meanwhile.\nWhat a stand-in for Discord is sent is marked [chat]. In another terminal:\n\n"
      "  vedette hunt --data {} 'SigninLogs | summarize count() by ResultType'\n\n"
      "Ctrl-C ends it, and nothing stays.\n\n",
      SimulatedCompany::people, address, user, password.reveal(), SimulatedCompany::days,
      data.folder.string());
  std::fflush(stdout);
}

Result<void> run_company(std::uint16_t port, ports::Clock& clock, const std::stop_token& stop) {
  const auto folder = VEDETTE_TRY(TemporaryFolder::make());
  const DataLayout data{folder.path() / "data"};
  const auto lock = VEDETTE_TRY(DataLock::take(data.folder.string(), data.lock()));
  Scenery scenery(clock);
  VEDETTE_TRY_VOID(scenery.open());
  const std::string settings = VEDETTE_TRY(scenery.settings(folder.path(), port));
  const Configuration configuration = VEDETTE_TRY(read_settings(settings));
  const base::Secret password = VEDETTE_TRY(make_administrator(data, clock));
  ServiceLog log(clock, configuration.log_level, configuration.log_format);
  scenery.play(folder.path());
  const auto service = VEDETTE_TRY(Service::start(configuration, {clock, log, data}));
  greet(service->web_address(), password, data);
  while (clock.sleep(tick_interval, stop)) service->tick();
  service->stop();
  const TrunkCounts counts = service->last_counts();
  fmt::print(
      "\nThat was simulated: {} records became {} rows and {} incidents.\n"
      "Watch this machine: sudo vedette watch\n",
      base::group_thousands(counts.records), base::group_thousands(counts.rows_stored),
      base::group_thousands(counts.incidents_opened));
  return {};
}

}  // namespace

int run_demo(Arguments arguments) {
  CLI::App app(description, "vedette demo");
  std::string duration;
  std::uint16_t port = 0;
  app.add_option("--duration", duration, "end by itself after that time: 20s, 5m [Ctrl-C]")
      ->type_name("TIME");
  app.add_option("--port", port, "the web app's port on 127.0.0.1 [any free one]")
      ->type_name("PORT");
  if (const auto exit_code = parse_arguments(app, arguments)) return *exit_code;
  const auto at_most = base::parse_duration(duration.empty() ? "0" : duration);
  if (!at_most) {
    print_error("--duration takes a span of time such as 20s or 1m");
    return exit_usage;
  }
  keep_heap_small();
  StopOnSignals signals;
  net::SystemClock clock;
  const std::jthread limit([&](const std::stop_token& stop) {
    if (at_most->ticks > 0 && clock.sleep(*at_most, stop)) signals.request_stop();
  });
  const auto done = run_company(port, clock, signals.token());
  if (done) return exit_done;
  print_error(done.error().message);
  return exit_failed;
}

}  // namespace vedette::app
