// Events of a firewall (two addresses each) held against a million indicators: by the matcher that
// `serve` uses, on one thread, rows as the store gets them; or by DuckDB, from the same events.
//   intel_match ours EVENTS INDICATORS | write FOLDER EVENTS INDICATORS | duckdb FOLDER THREADS
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "intel/row_matcher.h"
#include "rival_duckdb.h"

namespace {

using namespace vedette;
// Of this process's processors, so that what else runs on the machine does not count.
using bench::processor_seconds;

const base::Timestamp now = base::Timestamp::from_unix_seconds(1'780'000'000);
constexpr std::uint64_t hit_one_in = 100;
constexpr std::size_t rows_a_batch = 6'144;

// Indicators have even last bits, other addresses odd ones; none is private.
base::IpAddress indicator_address(std::uint64_t number) {
  const std::uint64_t hash = base::hash_words(number, 3);
  return base::IpAddress::from_v4(static_cast<std::uint32_t>(0x2d00'0000U + hash % 0x2000'0000U) &
                                  ~1U);
}
std::string source_of(std::uint64_t event, std::uint64_t indicators) {
  const std::uint64_t hash = base::hash_words(event, 11);
  if (event % hit_one_in == 0) return base::format_ip(indicator_address(hash % indicators));
  return base::format_ip(base::IpAddress::from_v4(
      static_cast<std::uint32_t>(0x2d00'0000U + hash % 0x2000'0000U) | 1U));
}
std::string destination_of(std::uint64_t event) {
  return fmt::format("10.{}.{}.{}", event >> 16 & 255, event >> 8 & 255, event & 255);
}

std::shared_ptr<const intel::IndicatorSnapshot> snapshot_of(std::uint64_t count) {
  intel::IndicatorSnapshotBuilder builder(42);
  model::Indicator each;
  each.source = "MISP";
  each.confidence = 100;
  for (std::uint64_t i = 0; i < count; ++i) {
    each.id =
        fmt::format("indicator--{:08x}-0000-4000-8000-{:012x}", base::hash_words(i, 1) >> 32, i);
    each.observables = {{model::ObservableType::ipv4, base::format_ip(indicator_address(i))}};
    builder.add(each, {});
  }
  return std::move(builder).finish();
}

int ours(std::uint64_t events, std::uint64_t indicators) {
  const auto snapshot = snapshot_of(indicators);
  const intel::WarningLists lists;
  intel::RowMatcher matcher;
  double seconds = 0;
  std::uint64_t found = 0;
  for (std::uint64_t event = 0; event < events;) {
    model::TableBatch batch{std::string("CommonSecurityLog")};
    const std::size_t source = batch.column("SourceIP"),
                      destination = batch.column("DestinationIP"),
                      action = batch.column("DeviceAction");
    for (std::size_t row = 0; row < rows_a_batch && event < events; ++row, ++event) {
      batch.add_row({now, now, event + 1, 0});
      batch.set_text(source, source_of(event, indicators));
      batch.set_text(destination, destination_of(event));
      batch.set_text(action, "allow");
    }
    const double begun = processor_seconds();
    found += matcher.look(*snapshot, lists, {&batch, 1}).size();
    seconds += processor_seconds() - begun;
  }
  fmt::print("{{\"seconds\": {:.3f}, \"found\": {}, \"snapshot_mb\": {:.0f}}}\n", seconds, found,
             static_cast<double>(snapshot->bytes()) / 1e6);
  return 0;
}

int write(const std::string& folder, std::uint64_t events, std::uint64_t indicators) {
  const auto lines = [&](const char* name, const char* head, std::uint64_t count, auto line) {
    std::FILE* const file = std::fopen((folder + "/" + name).c_str(), "w");
    if (file == nullptr) return false;
    fmt::print(file, "{}\n", head);
    for (std::uint64_t i = 0; i < count; ++i) fmt::print(file, "{}\n", line(i));
    return std::fclose(file) == 0;
  };
  const bool good =
      lines("events.csv", "src,dst", events,
            [&](std::uint64_t i) { return source_of(i, indicators) + "," + destination_of(i); }) &&
      lines("indicators.csv", "value", indicators,
            [](std::uint64_t i) { return base::format_ip(indicator_address(i)); });
  return good ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  const auto number = [&](std::size_t at) {
    return std::strtoull(arguments[at].c_str(), nullptr, 10);
  };
  if (arguments.size() == 3 && arguments[0] == "ours") return ours(number(1), number(2));
  if (arguments.size() == 4 && arguments[0] == "write")
    return write(arguments[1], number(2), number(3));
  if (arguments.size() == 3 && arguments[0] == "duckdb") {
    const auto outcome = bench::join_with_duckdb(arguments[1], static_cast<int>(number(2)));
    if (!outcome) return 1;
    fmt::print("{{\"seconds\": {:.3f}, \"found\": {}}}\n", outcome->seconds, outcome->found);
    return 0;
  }
  fmt::print(stderr,
             "ours EVENTS INDICATORS | write FOLDER EVENTS INDICATORS | duckdb FOLDER THREADS\n");
  return 2;
}
