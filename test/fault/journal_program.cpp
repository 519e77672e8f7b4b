// The journal as a program, to be killed, cut off from its disk and started again (test/fault/E03,
// E04, E05).
//
//   journal_program write FILE [THREADS] [--acknowledge-early]
//       Sources append for ever, through the group commit. A line "ACK <id> <position>" after each
//       acknowledgement, "FAILED <why>" after each refusal. With --acknowledge-early the line is
//       written before: a broken program, which the experiments must convict.
//   journal_program check FILE
//       Opens it and prints "<id> <position>" of each record, then "broken <count>".
//   journal_program torn FOLDER [STEP]
//       Writes a journal, cuts the last 1, 1 + STEP ... 4096 bytes of its write-ahead log (which
//       end a group that was never acknowledged) and opens each copy. Prints "cuts <count>".
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
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
using store::sqlite::SqliteJournal;
namespace fs = std::filesystem;

void say(const std::string& line) {
  const std::string whole = line + "\n";
  if (::write(STDOUT_FILENO, whole.data(), whole.size()) < 0) ::_exit(3);
}

int complain(const base::Error& error) {
  say("ERROR " + error.message);
  return 1;
}

// So much that a group is several pages, and different in each record.
std::string payload_of(const std::string& id) {
  std::string payload = id + "\n";
  std::uint64_t state = std::hash<std::string>()(id);
  while (payload.size() < 3'000) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    payload += static_cast<char>('a' + (state >> 60));
  }
  return payload;
}

void append_for_ever(journal::GroupCommit& commit, int source, bool early) {
  for (int number = 0;; ++number) {
    const std::string id = fmt::format("{}-{}", source, number);
    ports::RawRecord record = fakes::raw_record(payload_of(id), id);
    record.source = fmt::format("source {}", source);
    if (early) say(fmt::format("ACK {} 0", id));
    const auto position = commit.append(record);
    if (early) continue;
    say(position ? fmt::format("ACK {} {}", id, *position) : "FAILED " + position.error().message);
  }
}

int write(const std::string& path, int threads, bool early) {
  auto journal = SqliteJournal::open(path);
  if (!journal) return complain(journal.error());
  fakes::FakeDiskSpace disk;
  const fakes::FakeClock clock;
  journal::RoomWatch room(disk, clock, path);
  auto commit = journal::GroupCommit::start(**journal, room);
  if (!commit) return complain(commit.error());
  std::vector<std::jthread> sources;
  for (int source = 0; source < threads; ++source)
    sources.emplace_back([&commit, source, early] { append_for_ever(**commit, source, early); });
  sources.clear();
  return 0;
}

int check(const std::string& path) {
  auto journal = SqliteJournal::open(path);
  if (!journal) return complain(journal.error());
  std::uint64_t after = 0;
  for (;;) {
    const auto records = (*journal)->read(after, 1'000'000);
    if (!records) return complain(records.error());
    if (records->empty()) break;
    for (const auto& [position, record] : *records) {
      const std::string id = record.cursor;
      if (record.payload != payload_of(id)) say(fmt::format("ALTERED {}", position));
      say(fmt::format("{} {}", id, position));
      after = position;
    }
  }
  say(fmt::format("broken {}", (*journal)->take_broken_positions().size()));
  return 0;
}

base::Result<void> append_one(SqliteJournal& journal, const std::string& id) {
  const std::vector records{fakes::raw_record(payload_of(id), id)};
  VEDETTE_TRY(journal.append(records));
  return {};
}

// One cut; what is wrong with what is left, or empty.
std::string open_torn(const fs::path& whole, const fs::path& torn, std::uintmax_t cut) {
  fs::copy_file(whole, torn, fs::copy_options::overwrite_existing);
  const std::string log = torn.string() + "-wal";
  fs::copy_file(whole.string() + "-wal", log, fs::copy_options::overwrite_existing);
  fs::resize_file(log, fs::file_size(log) - cut);
  fs::remove(torn.string() + "-mark");  // of the cut before, which went on to write its 21st record
  auto journal = SqliteJournal::open(torn.string());
  if (!journal) return journal.error().message;
  const auto records = (*journal)->read(0, 1'000'000);
  if (!records) return records.error().message;
  if (records->size() != 20) return fmt::format("{} of 20 records", records->size());
  for (const auto& [position, record] : *records)
    if (record.payload != payload_of(std::to_string(position)))
      return fmt::format("record {} was altered", position);
  if (!(*journal)->take_broken_positions().empty()) return "a record was reported as broken";
  if (const auto appended = append_one(**journal, "21"); !appended) return appended.error().message;
  return *(*journal)->last_position() == 21 ? "" : "the next position is wrong";
}

int tear(const fs::path& folder, std::uintmax_t step) {
  const fs::path whole = folder / "journal.db";
  auto journal = SqliteJournal::open(whole.string());
  if (!journal) return complain(journal.error());
  for (int number = 1; number <= 21; ++number)
    if (const auto done = append_one(**journal, std::to_string(number)); !done)
      return complain(done.error());
  int cuts = 0;
  for (std::uintmax_t cut = 1; cut <= 4'096; cut += step, ++cuts) {
    const std::string wrong = open_torn(whole, folder / "torn.db", cut);
    if (!wrong.empty())
      return complain({base::ErrorCode::internal, fmt::format("cut of {} bytes: {}", cut, wrong)});
  }
  say(fmt::format("cuts {}", cuts));
  return 0;
}

int number_in(std::string_view text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

int run(const std::vector<std::string>& words) {
  if (words.size() >= 2 && words[0] == "write")
    return write(words[1], words.size() > 2 ? number_in(words[2]) : 4,
                 words.back() == "--acknowledge-early");
  if (words.size() == 2 && words[0] == "check") return check(words[1]);
  if (words.size() >= 2 && words[0] == "torn")
    return tear(words[1], words.size() > 2 ? static_cast<std::uintmax_t>(number_in(words[2])) : 1);
  say("usage: journal_program write|check|torn PATH ...");
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {  // std::filesystem: the experiment's own copies and cuts
    std::fputs(error.what(), stderr);
    return 3;
  }
}
