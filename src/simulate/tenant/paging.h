// Owns: walking through a timeline page by page, newest or oldest first: from where the last page
// ended, what is visible by then and passes the filter.
// Promises: a walk shows the tenant as it was when the walk began; a page looks at a bounded number
// of records and may therefore be short, or empty, and still have a next one; each record is given
// once, but for the promised share that is given twice. Must not know: documents, requests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "simulate/tenant/odata.h"
#include "simulate/tenant/timeline.h"

namespace vedette::simulate::tenant {

// Where a walk stands. Its text is the skip token.
struct Bookmark {
  base::Timestamp as_of;  // when the walk began
  base::Timestamp time;   // of the last record that was looked at
  std::uint64_t key = 0;
};
[[nodiscard]] inline std::string format_bookmark(const Bookmark& mark) {
  std::string text;
  append_guid(text, {static_cast<std::uint64_t>(mark.as_of.ticks), mark.key});
  append_guid(text += '_', {static_cast<std::uint64_t>(mark.time.ticks), 0});
  return text;
}
[[nodiscard]] inline std::optional<Bookmark> parse_bookmark(std::string_view text) {
  constexpr std::size_t guid_bytes = 36;
  const auto first = parse_guid(text.substr(0, guid_bytes));
  const auto second =
      text.size() > guid_bytes ? parse_guid(text.substr(guid_bytes + 1)) : std::nullopt;
  if (!first || !second || text[guid_bytes] != '_') return std::nullopt;
  return Bookmark{{static_cast<std::int64_t>(first->high)},
                  {static_cast<std::int64_t>(second->high)},
                  first->low};
}

struct Walk {
  TimeBounds bounds;  // of event time
  bool ascending = false;
  std::size_t rows_max = 1'000;
  Bookmark mark;          // `as_of` is always set
  bool is_begun = false;  // else `mark` says only `as_of`
};

template <class Record>
struct Page {
  std::vector<Record> records;
  std::optional<Bookmark> next;
};

// `slice(day)` gives a day's records; `take(record, out)` appends what becomes of one, if anything.
template <class Record, class GetSlice, class Take>
Page<Record> collect_page(const Walk& walk, const GetSlice& slice, const Take& take) {
  Page<Record> page;
  std::size_t looked_at = 0;
  const auto before = [](const Record& record, const Bookmark& mark) {
    return record.time != mark.time ? record.time < mark.time : record.key < mark.key;
  };
  // Looks at one record; false when the page is full.
  const auto visit = [&](const Record& record) {
    if (record.time >= walk.bounds.from && record.time <= walk.bounds.to)
      take(record, page.records);
    ++looked_at;
    page.next = Bookmark{walk.mark.as_of, record.time, record.key};
    return page.records.size() < walk.rows_max && looked_at < base::limits::simulated_page_scan_max;
  };
  const std::int64_t first_day = day_of(walk.bounds.from), last_day = day_of(walk.bounds.to);
  std::int64_t day = walk.is_begun ? day_of(walk.mark.time) : walk.ascending ? first_day : last_day;
  for (; day >= first_day && day <= last_day; day += walk.ascending ? 1 : -1) {
    const Slice<Record> records = slice(day);
    auto from = records->begin(), to = records->end();
    if (walk.is_begun && day == day_of(walk.mark.time)) {
      const auto at = std::ranges::partition_point(
          *records, [&](const Record& record) { return before(record, walk.mark); });
      const bool found = at != to && at->time == walk.mark.time && at->key == walk.mark.key;
      (walk.ascending ? from : to) = walk.ascending && found ? at + 1 : at;
    }
    if (walk.ascending) {
      for (; from != to; ++from)
        if (!visit(*from)) return page;
    } else {
      for (; to != from; --to)
        if (!visit(*(to - 1))) return page;
    }
  }
  page.next.reset();  // the walk has ended
  return page;
}

}  // namespace vedette::simulate::tenant
