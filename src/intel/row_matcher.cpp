#include "intel/row_matcher.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "intel/intel_limits.h"
#include "intel/observable.h"

namespace vedette::intel {
namespace {

using model::IndicatorMatch;
using model::Observable;
using model::ObservableType;
using model::ObservedOutcome;
using model::TableBatch;

constexpr std::size_t words_max = 4'096;  // of one text
constexpr std::size_t account_bytes_max = 256;

bool is_hexadecimal(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  });
}

// 0: it is none.
std::uint16_t port_of(std::string_view text) {
  const auto port = base::parse_unsigned(text);
  return port && *port <= UINT16_MAX ? static_cast<std::uint16_t>(*port) : 0;
}

struct AddressAndPort {
  base::IpAddress address;
  std::uint16_t port = 0;  // 0: none stands there
};

// "203.0.113.7", "203.0.113.7:443", "[2001:db8::1]:443".
std::optional<AddressAndPort> address_in(std::string_view text) {
  text = base::trim(text);
  if (text.size() < 2) return std::nullopt;
  std::string_view port;
  if (text[0] == '[') {
    const std::size_t end = std::min(text.find(']'), text.size());
    if (text.substr(end).starts_with("]:")) port = text.substr(end + 2);
    text = text.substr(1, end - 1);
  } else if (const std::size_t colon = text.find(':');
             colon != std::string_view::npos && colon == text.rfind(':')) {
    port = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  const auto address = base::parse_ip(text);
  if (!address) return std::nullopt;
  return AddressAndPort{*address, port_of(port)};
}

// Of a URL's scheme, where the URL says none.
std::uint16_t usual_port(std::string_view scheme) {
  if (base::equals_ignoring_case(scheme, "https")) return 443;
  return base::equals_ignoring_case(scheme, "http") ? 80 : 0;
}

// Holds values of one kind against the snapshot.
class Seeker {
 public:
  Seeker(const IndicatorSnapshot& snapshot, const LookUp& when, const TakeFound& take)
      : snapshot_(snapshot), when_(when), take_(take) {}

  void seek(ObservedKind kind, std::string_view value) const {
    switch (kind) {
      case ObservedKind::address:
        return addresses(value);
      case ObservedKind::domain:
        return host(value);
      case ObservedKind::url:
        return urls(value);
      case ObservedKind::email:
        return email(value);
      case ObservedKind::hash:
        return hashes(value);
      case ObservedKind::text:
        return words(value);
    }
  }

 private:
  // Several, as X-Forwarded-For has them.
  void addresses(std::string_view text) const {
    while (!text.empty()) {
      // find_first_of searches the three anew for each character.
      const auto end = static_cast<std::size_t>(
          std::ranges::find_if(text, [](char c) { return c == ',' || c == ';' || c == ' '; }) -
          text.begin());
      if (const auto found = address_in(text.substr(0, end))) address(*found);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  [[nodiscard]] LookUp with_port(std::uint16_t port) const {
    LookUp when = when_;
    when.port = port;
    return when;
  }
  void address(const AddressAndPort& seen) const {
    const base::IpAddress& value = seen.address;
    if (auto found = snapshot_.find_address(value, with_port(seen.port)))
      take_({{value.is_v4() ? ObservableType::ipv4 : ObservableType::ipv6, base::format_ip(value)},
             *found});
  }
  // A name, or an address in its place; with its port, where that is known.
  void host(std::string_view text, std::uint16_t port = 0) const {
    text = base::trim(text);
    if (auto value = address_in(text)) {
      if (value->port == 0) value->port = port;
      return address(*value);
    }
    if (text.find('.') == std::string_view::npos) return;
    if (auto found = snapshot_.find_domain(text, with_port(port))) {
      auto name = read_domain(text);
      if (name) take_({*std::move(name), *found});
    }
  }
  // Several, as chains of clicks have them: ["https://...", ...].
  void urls(std::string_view text) const {
    if (text.starts_with('[')) return words(text);
    url(text);
  }
  void url(std::string_view text) const {
    text = base::trim(text);
    const std::size_t scheme = text.find("://");
    std::uint16_t port = 0;
    if (scheme != std::string_view::npos) {
      exact(read_url(text));
      port = usual_port(text.substr(0, scheme));
      text.remove_prefix(scheme + 3);
    } else if (text.find('/') != std::string_view::npos && !text.starts_with('/')) {
      for (const char* each : {"http://", "https://"}) exact(read_url(each + std::string(text)));
    }
    std::string_view authority = text.substr(0, text.find_first_of("/?#"));
    if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos)
      authority.remove_prefix(at + 1);
    if (!authority.starts_with('[') && std::ranges::count(authority, ':') == 1) {
      port = port_of(authority.substr(authority.find(':') + 1));
      authority = authority.substr(0, authority.find(':'));
    }
    host(authority, port);
  }
  void email(std::string_view text) const {
    const std::size_t first = text.find('<'), last = text.rfind('>');
    if (first < last && last != std::string_view::npos)
      text = text.substr(first + 1, last - first - 1);
    exact(read_email(text));
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos)
      host(text.substr(at + 1));
  }
  // "SHA256=...,MD5=...", as Sysmon writes them, too.
  void hashes(std::string_view text) const {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find_first_of(",=; "), text.size());
      if (end >= 32) exact(read_hash(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }
  void words(std::string_view text) const {
    constexpr std::string_view ends = " \t\r\n\"'<>()[]{},;=|\\";
    constexpr std::string_view ends_of_urls = " \t\r\n\"'<>\\";
    text = text.substr(0, limits::observed_text_bytes_max);
    for (std::size_t count = 0; count < words_max; ++count) {
      text.remove_prefix(std::min(text.find_first_not_of(ends), text.size()));
      if (text.empty()) return;
      std::size_t end = std::min(text.find_first_of(ends), text.size());
      const std::size_t scheme = text.find("://");
      if (scheme < end) end = std::min(text.find_first_of(ends_of_urls), text.size());
      word(text.substr(0, end), scheme < end);
      text.remove_prefix(end);
    }
  }
  void word(std::string_view text, bool is_url) const {
    while (!text.empty() && std::string_view(".,:!?").find(text.back()) != std::string_view::npos)
      text.remove_suffix(1);
    if (text.size() < 3) return;
    if (is_url) return url(text);
    if (text.find('@') != std::string_view::npos) return email(text);
    if (text.find('.') != std::string_view::npos || text.find(':') != std::string_view::npos) {
      if (const auto value = address_in(text)) return address(*value);
      // "outside:203.0.113.7/4711", as firewalls write it.
      while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(":/"), text.size());
        host(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
      }
      return;
    }
    if (text.size() >= 32 && is_hexadecimal(text)) exact(read_hash(text));
  }
  void exact(base::Result<Observable> value) const {
    if (!value) return;
    if (auto found = snapshot_.find(*value, when_)) take_({*std::move(value), *found});
  }

  const IndicatorSnapshot& snapshot_;
  const LookUp when_;
  const TakeFound& take_;
};

// A table with the columns that say who, where and how it ended.
class Row {
 public:
  Row(const TableBatch& table, const ObservedColumns& columns) : table_(table), columns_(columns) {
    for (const auto& column : table.columns())
      by_name_.emplace(ObservedColumns::plain_name(column.name), &column);
  }

  [[nodiscard]] std::string text(RowRole role, std::uint32_t row) const {
    for (const auto& name : columns_.role(role)) {
      const auto* value = cell(name, row);
      if (value == nullptr) continue;
      if (std::string found = text_of(*value); !found.empty()) return found;
    }
    return {};
  }
  // Of that role's columns all that say something.
  template <typename Take>
  void each_text(RowRole role, std::uint32_t row, const Take& take) const {
    for (const auto& name : columns_.role(role))
      if (const auto* value = cell(name, row)) take(text_of(*value));
  }
  [[nodiscard]] ObservedOutcome outcome(std::uint32_t row) const {
    const std::string& name = table_.table();
    if (name == windows_log_table) {
      const auto* id = cell("eventid", row);
      const auto* number = id == nullptr ? nullptr : std::get_if<std::int64_t>(id);
      if (number != nullptr && *number == 4624) return ObservedOutcome::log_in_succeeded;
      if (number != nullptr && *number == 4625) return ObservedOutcome::log_in_failed;
    }
    if (has_log_ins(name)) {
      const std::string result = text(RowRole::result, row);
      if (result.empty()) return ObservedOutcome::unknown;
      return result == "0" || base::equals_ignoring_case(result, "success")
                 ? ObservedOutcome::log_in_succeeded
                 : ObservedOutcome::log_in_failed;
    }
    return columns_.says_blocked(text(RowRole::action, row)) ? ObservedOutcome::blocked
                                                             : ObservedOutcome::unknown;
  }
  [[nodiscard]] std::uint64_t count(std::uint32_t row) const {
    const auto number = base::parse_unsigned(text(RowRole::count, row));
    return std::clamp<std::uint64_t>(number.value_or(1), 1, UINT32_MAX);
  }

 private:
  // Of texts and whole numbers; columns of custom logs have these as real ones.
  [[nodiscard]] std::string text_of(const model::CellValue& value) const {
    if (const auto* text = std::get_if<model::TextCell>(&value))
      return std::string(table_.text_of(*text).substr(0, account_bytes_max));
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    const auto* real = std::get_if<double>(&value);
    const bool is_whole =
        real != nullptr && *real >= 0 && *real < 1e9 && *real == std::floor(*real);
    return is_whole ? std::to_string(static_cast<std::int64_t>(*real)) : std::string();
  }
  [[nodiscard]] const model::CellValue* cell(const std::string& name, std::uint32_t row) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return nullptr;
    const auto& rows = found->second->rows;
    const auto at = std::ranges::lower_bound(rows, row);
    if (at == rows.end() || *at != row) return nullptr;
    return &found->second->values[static_cast<std::size_t>(at - rows.begin())];
  }

  const TableBatch& table_;
  const ObservedColumns& columns_;
  std::map<std::string, const model::BatchColumn*, std::less<>> by_name_;
};

// What the columns beside a value say of its traffic.
class RowTraffic final : public EventTraffic {
 public:
  RowTraffic(const TableBatch& table, const ObservedColumns& columns, std::optional<Row>& row)
      : table_(table), columns_(columns), row_(row) {}
  void stand_at(std::uint32_t row, model::ObservedSide side) {
    at_ = row;
    side_ = side;
    was_asked_ = false;
  }
  // Whether another row with the same value may be found.
  [[nodiscard]] bool was_asked() const { return was_asked_; }
  [[nodiscard]] SeenTraffic seen() const override {
    was_asked_ = true;
    // Nobody knows whose the ports are where a text names an address.
    if (side_ == model::ObservedSide::named) return {};
    if (!row_) row_.emplace(table_, columns_);
    SeenTraffic made;
    made.end = end_of(side_);
    made.source_port = port_of(row_->text(RowRole::source_port, at_));
    made.destination_port = port_of(row_->text(RowRole::destination_port, at_));
    row_->each_text(RowRole::protocol, at_,
                    [&](const std::string& text) { add_protocols(text, made.protocols); });
    return made;
  }

 private:
  const TableBatch& table_;
  const ObservedColumns& columns_;
  std::optional<Row>& row_;
  std::uint32_t at_ = 0;
  model::ObservedSide side_ = model::ObservedSide::named;
  mutable bool was_asked_ = false;  // of where it stands
};

// What stands at the members' path; empty: nothing.
std::string member_of(std::string_view json, const std::vector<std::string>& members) {
  const auto parsed = base::parse_json(json);
  if (!parsed) return {};
  const base::Json* at = &*parsed;
  for (const auto& member : members) at = &(*at)[member];
  return at->text();
}

}  // namespace

model::TrafficEnd end_of(model::ObservedSide side) {
  switch (side) {
    case model::ObservedSide::source:
      return model::TrafficEnd::source;
    case model::ObservedSide::destination:
      return model::TrafficEnd::destination;
    case model::ObservedSide::named:
      break;
  }
  return model::TrafficEnd::either;
}

void look_up(const IndicatorSnapshot& snapshot, ObservedKind kind, std::string_view value,
             const LookUp& when, const TakeFound& take) {
  if (!value.empty()) Seeker(snapshot, when, take).seek(kind, value);
}

std::vector<IndicatorMatch> RowMatcher::look(const IndicatorSnapshot& snapshot,
                                             const WarningLists& lists,
                                             std::span<const TableBatch> tables) {
  std::vector<IndicatorMatch> matches;
  if (snapshot.observables() == 0) return matches;
  for (const TableBatch& table : tables)
    if (!columns_.is_never(table.table())) look_at(snapshot, lists, table, matches);
  if (matches.empty()) return matches;
  // Of one event the row of the log-in first: it says most.
  const auto rank = [](const IndicatorMatch& match) {
    return std::tuple(match.received, match.time, match.event_id, match.table != log_in_table);
  };
  std::ranges::stable_sort(matches, {}, rank);
  std::set<std::pair<std::uint64_t, std::string>> seen;
  std::erase_if(matches, [&](const IndicatorMatch& match) {
    return match.event_id != 0 && !seen.emplace(match.event_id, match.observed.value).second;
  });
  return matches;
}

void RowMatcher::look_at(const IndicatorSnapshot& snapshot, const WarningLists& lists,
                         const TableBatch& table, std::vector<IndicatorMatch>& matches) {
  std::optional<Row> row;  // made when there is something to say
  RowTraffic traffic(table, columns_, row);
  const model::BatchColumn* column = nullptr;
  const ObservedColumn* observed = nullptr;
  std::uint32_t at = 0;
  bool is_found = false;
  const TakeFound take = [&](const FoundValue& found) {
    is_found = true;
    if (const auto list = lists.list_of(found.observed, found.indicator.value()); !list.empty()) {
      ++passed_over_[std::string(list)];
      return;
    }
    if (!row) row.emplace(table, columns_);
    const auto& head = table.heads()[at];
    matches.push_back({head.item_id, row->count(at), head.generated, head.received, table.table(),
                       column->name, found.observed, observed->side, row->outcome(at),
                       row->text(RowRole::account, at), row->text(RowRole::host, at),
                       row->text(RowRole::service, at), found.indicator.owned()});
  };
  for (const auto& each : table.columns()) {
    column = &each;
    for (const ObservedColumn& of : columns_.of(table.table(), each.name)) {
      observed = &of;
      std::string_view missed;  // the same again and again is looked up once
      for (std::size_t i = 0; i < each.rows.size(); ++i) {
        const auto* cell = std::get_if<model::TextCell>(&each.values[i]);
        if (cell == nullptr || cell->bytes == 0) continue;
        const std::string_view text = table.text_of(*cell);
        if (text == missed) continue;
        at = each.rows[i];
        is_found = false;
        LookUp when{table.heads()[at].received};
        traffic.stand_at(at, of.side);
        when.traffic = &traffic;
        if (of.members.empty())
          look_up(snapshot, of.kind, text, when, take);
        else
          look_up(snapshot, of.kind, member_of(text, of.members), when, take);
        if (!is_found && !traffic.was_asked()) missed = text;
      }
    }
  }
}

}  // namespace vedette::intel
