// What a million indicators cost: memory, the time to build and to swap them, look-ups a second on
// one core. ./dev bench intel shows it beside a Python set.
#include <fmt/format.h>

#include <cstdio>
#include <ctime>
#include <mutex>
#include <string>

#include "base/hash.h"
#include "intel/indicator_snapshot.h"

namespace {

using namespace vedette;
// Of this thread's processor, so that what else runs on the machine does not count.
double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}
double seconds_since(double begun) {
  return processor_seconds() - begun;
}

base::IpAddress address_of(std::uint64_t number) {
  return base::IpAddress::from_v4(
      static_cast<std::uint32_t>(0x1000'0000U + base::hash_words(number, 3) % 0x7000'0000U));
}

std::shared_ptr<const intel::IndicatorSnapshot> build(std::uint64_t count) {
  intel::IndicatorSnapshotBuilder builder(42);
  model::Indicator each;
  each.source = "MISP";
  each.confidence = 100;
  each.description = "an address that scans";
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t hash = base::hash_words(i, 1);
    each.id = fmt::format("indicator--{:08x}-{:04x}-4000-8000-{:012x}", hash >> 32, i & 0xFFFF, i);
    if (i % 4 == 3)
      each.observables = {{model::ObservableType::domain, fmt::format("host{}.example", i)}};
    else
      each.observables = {{model::ObservableType::ipv4, base::format_ip(address_of(i))}};
    builder.add(each, {});
  }
  return std::move(builder).finish();
}

}  // namespace

int main() {
  constexpr std::uint64_t count = 1'000'000, lookups = 10'000'000;
  const base::Timestamp now = base::Timestamp::from_unix_seconds(1'780'000'000);
  double begun = processor_seconds();
  auto snapshot = build(count);
  fmt::print("built {} observables in {:.2f} s, {:.0f} MB\n", snapshot->observables(),
             seconds_since(begun), static_cast<double>(snapshot->bytes()) / 1e6);
  auto next = build(count);
  std::mutex mutex;
  begun = processor_seconds();
  {
    const std::lock_guard lock(mutex);
    snapshot.swap(next);
  }
  fmt::print("swapped in {:.6f} s\n", seconds_since(begun));
  for (const std::uint64_t first : {std::uint64_t{0}, 5 * count}) {
    std::uint64_t found = 0;
    begun = processor_seconds();
    for (std::uint64_t i = 0; i < lookups; ++i)
      found += snapshot->find_address(address_of(first + i % count), now).has_value() ? 1 : 0;
    fmt::print("{:.1f} million look-ups a second, {} of {} found\n",
               static_cast<double>(lookups) / seconds_since(begun) / 1e6, found, lookups);
  }
  return 0;
}
