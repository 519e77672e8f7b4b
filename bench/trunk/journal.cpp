// The journal's part of ./dev bench trunk: how much it takes, beside bare SQLite with the same
// bytes.
//
//   trunk_journal FOLDER [SECONDS]
//
// Each row runs for SECONDS on a new file in FOLDER, in WAL mode with synchronous=FULL. "bare
// SQLite" is one thread, one table, prepared inserts of the uncompressed bytes, a COMMIT where the
// journal would acknowledge. Text is simulated sshd lines.
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "fakes/fake_clock.h"
#include "fakes/fake_disk_space.h"
#include "fakes/raw_record.h"
#include "journal/group_commit.h"
#include "store/sqlite/sqlite_journal.h"

namespace {

using namespace vedette;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string sshd_text(std::size_t bytes) {
  std::string text;
  std::uint64_t state = 1;
  const auto number = [&state](std::uint64_t below) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state >> 33) % below;
  };
  for (std::uint64_t line = 0; text.size() < bytes; ++line)
    text += fmt::format(
        "2026-06-01T{:02}:{:02}:{:02}.{:06}+00:00 host-{} sshd[{}]: Failed password for invalid "
        "user user{} from {}.{}.{}.{} port {} ssh2\n",
        line / 360'000 % 24, line / 6'000 % 60, line / 100 % 60, number(1'000'000), number(16),
        number(1 << 22), number(50'000), number(223) + 1, number(256), number(256), number(256),
        number(64'512) + 1'024);
  text.resize(bytes);
  return text;
}

// What is appended at once: `records` of `record_bytes` each.
struct Load {
  std::string name;
  std::size_t records = 1;
  std::size_t record_bytes = 0;
  int threads = 1;
};

struct Figures {
  std::uint64_t records = 0, bytes = 0;
  double seconds = 0, cpu_seconds = 0;
  std::vector<double> waits_ms;  // of each acknowledgement
  std::uintmax_t file_bytes = 0;
};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](timeval time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// Calls `append` on `threads` threads until the time is over.
Figures measure(const Load& load, double seconds, const std::string& path,
                const std::function<void()>& append) {
  Figures figures;
  std::mutex mutex;
  const double cpu_before = cpu_seconds();
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < load.threads; ++i)
      threads.emplace_back([&] {
        std::vector<double> waits_ms;
        while (since(begin) < seconds) {
          const auto asked = Clock::now();
          append();
          waits_ms.push_back(since(asked) * 1e3);
        }
        const std::lock_guard lock(mutex);
        figures.waits_ms.insert(figures.waits_ms.end(), waits_ms.begin(), waits_ms.end());
      });
  }
  figures.seconds = since(begin);
  figures.cpu_seconds = cpu_seconds() - cpu_before;
  figures.records = figures.waits_ms.size() * load.records;
  figures.bytes = figures.records * load.record_bytes;
  figures.file_bytes = fs::file_size(path) + fs::file_size(path + "-wal");
  std::ranges::sort(figures.waits_ms);
  return figures;
}

Figures measure_journal(const Load& load, double seconds, const std::string& path,
                        const std::string& text) {
  const auto journal = *store::sqlite::SqliteJournal::open(path);
  fakes::FakeDiskSpace disk;
  const fakes::FakeClock clock;
  journal::RoomWatch room(disk, clock, path);
  const auto commit = *journal::GroupCommit::start(*journal, room);
  std::atomic<std::size_t> place = 0;
  return measure(load, seconds, path, [&] {
    std::vector<ports::RawRecord> records;
    for (std::size_t i = 0; i < load.records; ++i) {
      const std::size_t from = (place += load.record_bytes) % (text.size() - load.record_bytes);
      records.push_back(fakes::raw_record(text.substr(from, load.record_bytes), "cursor"));
    }
    const auto position = commit->append(records);
    assert(position);
  });
}

Figures measure_bare_sqlite(const Load& load, double seconds, const std::string& path,
                            const std::string& text) {
  sqlite3* connection = nullptr;
  sqlite3_stmt* insert = nullptr;
  const auto run = [&connection](const char* sql) {
    const int code = sqlite3_exec(connection, sql, nullptr, nullptr, nullptr);
    assert(code == SQLITE_OK);
  };
  sqlite3_open(path.c_str(), &connection);
  run("PRAGMA page_size=16384");
  run("PRAGMA journal_mode=WAL");
  run("PRAGMA synchronous=FULL");
  run("CREATE TABLE record (position INTEGER PRIMARY KEY, source TEXT, payload BLOB)");
  sqlite3_prepare_v2(connection, "INSERT INTO record(source, payload) VALUES ('source', ?1)", -1,
                     &insert, nullptr);
  std::size_t place = 0;
  Load alone = load;
  alone.threads = 1;
  Figures figures = measure(alone, seconds, path, [&] {
    run("BEGIN");
    for (std::size_t i = 0; i < load.records; ++i) {
      place = (place + load.record_bytes) % (text.size() - load.record_bytes);
      sqlite3_bind_blob64(insert, 1, text.data() + place, load.record_bytes, SQLITE_STATIC);
      sqlite3_step(insert);
      sqlite3_reset(insert);
    }
    run("COMMIT");
  });
  sqlite3_finalize(insert);
  sqlite3_close(connection);
  return figures;
}

void print(const std::string& name, const Figures& figures) {
  const auto at = [&figures](double part) {
    const auto index =
        static_cast<std::size_t>(part * static_cast<double>(figures.waits_ms.size()));
    return figures.waits_ms[std::min(index, figures.waits_ms.size() - 1)];
  };
  const auto megabytes = static_cast<double>(figures.bytes) / 1e6;
  std::puts(fmt::format(
                "{:<44} {:>9.0f} {:>8.1f} {:>9.2f} {:>8.2f} {:>8.2f} {:>8.0f} {:>7.2f}", name,
                static_cast<double>(figures.records) / figures.seconds, megabytes / figures.seconds,
                figures.cpu_seconds * 1e3 / megabytes, at(0.5), at(0.99), figures.waits_ms.back(),
                static_cast<double>(figures.file_bytes) / static_cast<double>(figures.bytes))
                .c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::puts("usage: trunk_journal FOLDER [SECONDS]");
    return 2;
  }
  double seconds = 3;
  if (argc > 2) std::from_chars(argv[2], argv[2] + std::string_view(argv[2]).size(), seconds);
  const std::string text = sshd_text(32'000'000);
  const std::vector<Load> loads{{"256 kB a record (a tailed file)", 1, 262'144, 1},
                                {"256 kB a record, 4 sources", 1, 262'144, 4},
                                {"1,000 records of 300 B (HTTP)", 1'000, 300, 1},
                                {"1 record of 300 B, 1 source", 1, 300, 1},
                                {"1 record of 300 B, 32 sources", 1, 300, 32}};
  std::puts(fmt::format("{:<44} {:>9} {:>8} {:>9} {:>8} {:>8} {:>8} {:>7}", "", "records/s", "MB/s",
                        "CPU ms/MB", "p50 ms", "p99 ms", "most ms", "disk/in")
                .c_str());
  for (const Load& load : loads) {
    const std::string path = std::string(argv[1]) + "/bench.db";
    for (const bool ours : {true, false}) {
      for (const char* end : {"", "-wal", "-shm"}) fs::remove(path + end);
      const Figures figures = ours ? measure_journal(load, seconds, path, text)
                                   : measure_bare_sqlite(load, seconds, path, text);
      print((ours ? "journal: " : "bare SQLite: ") + load.name, figures);
    }
  }
  for (const char* end : {"", "-wal", "-shm"}) fs::remove(std::string(argv[1]) + "/bench.db" + end);
  return 0;
}
