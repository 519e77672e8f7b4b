// Where the time of `vedette watch` goes, station by station, each alone on one thread.
//
//   watch_stations FILE [ROUNDS]
//
// Reads FILE in pieces as the tail does and gives the processor time of: reading; reading and
// splitting into lines; the same and parsing; detecting on events that were parsed before (so FILE
// must be small enough for all its events to be kept: 100 bytes and more a line). The quickest of
// ROUNDS counts.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "detect/login_detectors.h"
#include "normalise/authlog_normaliser.h"
#include "normalise/line_split.h"

namespace {

using namespace vedette;

double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Each piece of the file in turn, cut after its last newline.
void for_each_piece(const char* path, const std::function<void(std::string_view)>& use) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  std::vector<char> buffer(base::limits::file_piece_bytes);
  off_t offset = 0;
  while (true) {
    const auto got = pread(file, buffer.data(), buffer.size(), offset);
    if (got <= 0) break;
    std::string_view piece(buffer.data(), static_cast<std::size_t>(got));
    if (const auto end = piece.rfind('\n'); end != std::string_view::npos)
      piece = piece.substr(0, end + 1);
    use(piece);
    offset += static_cast<off_t>(piece.size());
  }
  close(file);
}

struct Parsed {
  std::string bytes;
  std::vector<model::AuthEvent> events = {};
};

model::RawBatch batch_of(std::string_view bytes) {
  model::RawBatch batch;
  batch.bytes = bytes;
  batch.source_name = "bench";
  batch.source_modified = batch.received = base::Timestamp::from_unix_seconds(1'800'000'000);
  return batch;
}

double parse(const char* path, std::deque<Parsed>* kept) {
  const double began = thread_seconds();
  normalise::AuthlogNormaliser normaliser({});
  std::vector<model::AuthEvent> events;
  for_each_piece(path, [&](std::string_view piece) {
    std::size_t used = 0;
    if (kept != nullptr) piece = kept->emplace_back(std::string(piece)).bytes;
    normaliser.begin(batch_of(piece));
    while (normaliser.next(events, used)) {
    }
    if (kept != nullptr)
      kept->back().events.assign(events.begin(),
                                 events.begin() + static_cast<std::ptrdiff_t>(used));
  });
  return thread_seconds() - began;
}

double detect_on(const std::deque<Parsed>& parsed, std::size_t& alerts) {
  const double began = thread_seconds();
  const detect::AllowList allow_list;
  detect::LoginDetectors detectors({}, allow_list);
  std::vector<detect::ChangedAlert> changes;
  alerts = 0;
  for (const auto& block : parsed) {
    detectors.run(block.events, {}, changes);
    alerts += changes.size();
    changes.clear();
  }
  return thread_seconds() - began;
}

double read_only(const char* path, std::uint64_t& lines, bool split) {
  const double began = thread_seconds();
  lines = 0;
  for_each_piece(path, [&](std::string_view piece) {
    if (!split) return;
    for (normalise::LineSplit rest(piece); !rest.empty(); ++lines) (void)rest.next();
  });
  return thread_seconds() - began;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: watch_stations FILE [ROUNDS]\n");
    return 2;
  }
  int rounds = 3;
  if (argc > 2) std::from_chars(argv[2], argv[2] + std::string_view(argv[2]).size(), rounds);
  std::deque<Parsed> parsed;
  parse(argv[1], &parsed);
  std::uint64_t events = 0, lines = 0;
  for (const auto& block : parsed) events += block.events.size();
  std::size_t changes = 0;
  double best[4] = {1e9, 1e9, 1e9, 1e9};
  for (int round = 0; round < rounds; ++round) {
    best[0] = std::min(best[0], read_only(argv[1], lines, false));
    best[1] = std::min(best[1], read_only(argv[1], lines, true));
    best[2] = std::min(best[2], parse(argv[1], nullptr));
    best[3] = std::min(best[3], detect_on(parsed, changes));
  }
  fmt::print("{} lines, {} events, {} changes of alerts\n", lines, events, changes);
  const char* names[4] = {"read", "read, split", "read, split, parse", "detect"};
  for (int i = 0; i < 4; ++i)
    fmt::print("{:20} {:7.3f} s  {:6.1f} ns a line\n", names[i], best[i],
               best[i] * 1e9 / static_cast<double>(lines));
  return 0;
}
