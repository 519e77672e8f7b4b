// From a detector's alert to the receiver with the real state database, in processes that are
// killed with SIGKILL at every point of a message's way. (E06: between incident commit and outbox
// send.)
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>

#include "fakes/mortal.h"
#include "fakes/sample_alert.h"
#include "fakes/temporary_folder.h"
#include "incident/incident_book.h"
#include "net/system_clock.h"
#include "net/system_random.h"
#include "notify/dispatcher.h"
#include "notify/outbox_queue.h"
#include "store/sqlite/sqlite_incidents.h"

namespace vedette {
namespace {

using store::sqlite::SqliteIncidents;

// A receiver that outlives its senders: each request's key becomes a line of a file.
class FileReceiver : public ports::HttpClient {
 public:
  explicit FileReceiver(std::string path) : path_(std::move(path)) {}
  base::Result<ports::HttpResponse> send(const ports::HttpRequest& request) override {
    std::string line;
    for (const auto& [name, value] : request.headers)
      if (name == "webhook-id") line = value + "\n";
    const int file = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    const bool written =
        ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    ::close(file);
    if (!written) return base::failure(base::ErrorCode::unavailable, "the receiver's disk is full");
    ports::HttpResponse response;
    response.status = 200;
    return response;
  }

 private:
  std::string path_;
};

class KilledDelivery : public testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<SqliteIncidents> open() const {
    auto store = SqliteIncidents::open(folder_.file("state.db"));
    EXPECT_TRUE(store) << store.error().message;
    return store ? *std::move(store) : nullptr;
  }
  void record(model::AlertChange change, const model::Alert& alert, std::uint64_t watermark) {
    const auto store = open();
    incident::IncidentBook book(*store, {.channels = {"chat"}});
    const auto recorded = book.record(std::vector{incident::AlertNews{change, alert}}, clock_.now(),
                                      {.watermark = watermark, .detector_checkpoint = "state"});
    ASSERT_TRUE(recorded) << recorded.error().message;
  }
  // What `serve` does with its outbox, until it is empty or the life ends.
  void deliver(fakes::Life& life) const {
    const auto kept = SqliteIncidents::open(folder_.file("state.db"));
    if (!kept) ::_exit(3);
    fakes::MortalStore store(**kept, life);
    FileReceiver receiver(folder_.file("received"));
    net::SystemClock clock;
    net::SystemRandom random;
    notify::Dispatcher dispatcher({clock, random, [](const std::string&) {}});
    const auto address = notify::parse_channel_address("https://soc.example/hook",
                                                       [](const auto&) { return std::nullopt; });
    dispatcher.add(*notify::make_channel(*address),
                   std::make_unique<fakes::MortalClient>(receiver, life),
                   std::make_unique<notify::OutboxQueue>(store, clock, "chat"));
    static_cast<void>(dispatcher.drain(base::Duration::minutes(1)));
  }
  // In a process of its own. True when it was killed.
  bool deliver_and_die(int point) {
    const pid_t child = ::fork();
    if (child == 0) {
      fakes::Life life(point, [] { ::raise(SIGKILL); });
      deliver(life);
      ::_exit(0);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << status;
    return WIFSIGNALED(status);
  }
  [[nodiscard]] std::map<std::string, int> received() const {
    std::map<std::string, int> times;
    std::ifstream file(folder_.file("received"));
    for (std::string line; std::getline(file, line);) ++times[line];
    return times;
  }

  fakes::TemporaryFolder folder_;
  net::SystemClock clock_;
};

TEST_F(KilledDelivery, TellsEachChangeOnceOrTwiceUnderOneKey) {
  // Marking, sending, recording: a point before and one behind each.
  constexpr int points = 6;
  int killed = 0;
  std::uint64_t watermark = 0;
  for (int point = 0; point <= points; ++point) {
    auto alert = fakes::sample_alert(static_cast<std::uint64_t>(100 + point));
    alert.entities[0].value = "203.0.113." + std::to_string(point);
    record(model::AlertChange::opened, alert, ++watermark);
    killed += deliver_and_die(point) ? 1 : 0;
    EXPECT_FALSE(deliver_and_die(1'000)) << "the next process finds its way";
    alert.status = model::AlertStatus::closed;
    record(model::AlertChange::closed, alert, ++watermark);
    // A crash throws detection back, and it says all of it again.
    alert.status = model::AlertStatus::open;
    record(model::AlertChange::opened, alert, watermark);
    EXPECT_FALSE(deliver_and_die(1'000));
  }
  EXPECT_EQ(killed, points);
  const auto times = received();
  EXPECT_EQ(times.size(), std::size_t{2 * (points + 1)}) << "never not at all, and nothing else";
  EXPECT_EQ(std::ranges::count_if(times, [](const auto& entry) { return entry.second == 1; }),
            2 * (points + 1) - 2);
  EXPECT_EQ(std::ranges::count_if(times, [](const auto& entry) { return entry.second == 2; }), 2)
      << "killed when the receiver had it and nobody had written that down";
  const auto store = open();
  EXPECT_EQ(store->list({})->size(), std::size_t{points + 1}) << "no incident twice";
  EXPECT_EQ(*store->watermark(), watermark);
}

}  // namespace
}  // namespace vedette
