#include "app/column_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/hunt_places.h"
#include "hunt/test_rows.h"

namespace vedette::app {
namespace {

constexpr std::size_t columns_max = 500, values_max = 100, value_bytes_max = 200;
constexpr int timeout_ms = 5'000;

}  // namespace

ColumnValues::ColumnValues(const kql::Catalogue& catalogue, ports::Clock& clock,
                           std::optional<std::string> data, std::function<void()> found)
    : catalogue_(catalogue), clock_(clock), data_(std::move(data)), found_(std::move(found)) {}

std::vector<std::string> ColumnValues::of(std::string_view table, std::string_view column) {
  const auto* known_table = catalogue_.table(table);
  if (known_table == nullptr) return {};
  const auto& columns = known_table->columns;
  const auto known_column = std::ranges::find(columns, column, &kql::CatalogueColumn::name);
  if (known_column == columns.end() || known_column->type != kql::Type::string) return {};
  const Place place{std::string(table), std::string(column)};
  const std::lock_guard lock(mutex_);
  if (const auto known = known_.find(place); known != known_.end()) return known->second;
  if (known_.size() >= columns_max) known_.clear();
  if (std::ranges::find(wanted_, place) != wanted_.end()) return {};
  const bool is_idle = wanted_.empty();
  wanted_.push_back(place);
  if (is_idle) thread_ = std::jthread([this](const std::stop_token& stop) { look(stop); });
  return {};
}

bool ColumnValues::is_looking() const {
  const std::lock_guard lock(mutex_);
  return !wanted_.empty();
}

void ColumnValues::pause() {
  {
    const std::lock_guard lock(mutex_);
    if (wanted_.size() > 1) wanted_.resize(1);
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  wanted_.clear();
}

void ColumnValues::look(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!wanted_.empty()) {
    const Place place = wanted_.front();
    lock.unlock();
    auto values = ask(place, stop);
    lock.lock();
    if (!stop.stop_requested()) known_[place] = std::move(values);
    wanted_.pop_front();
    found_();
  }
}

// Of the last two weeks; where those have none, of all.
std::vector<std::string> ColumnValues::ask(const Place& place, const std::stop_token& stop) const {
  std::vector<std::string> values;
  for (const std::string_view bound : {"| where TimeGenerated > ago(14d) ", ""}) {
    PlacedHunt hunt;
    hunt.text = fmt::format(
        "{} {}| where isnotempty(['{}']) | summarize N_ = count() by V_ = tostring(['{}']) "
        "| top {} by N_ | project V_",
        place.first, bound, place.second, place.second, values_max);
    hunt.inputs.now_ticks = clock_.now().ticks;
    hunt.timeout_ms = timeout_ms;
    hunt.data = data_;
    hunt.stop = stop;
    hunt::KeptRows answer;
    if (!run_here(hunt, catalogue_, clock_, answer)) continue;
    for (const auto& row : answer.rows())
      if (!row.empty() && row.front().text.size() <= value_bytes_max)
        values.push_back(row.front().text);
    if (!values.empty() || stop.stop_requested()) break;
  }
  std::ranges::sort(values);
  return values;
}

}  // namespace vedette::app
