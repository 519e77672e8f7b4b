#include "intel/observed_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <span>
#include <utility>

#include "base/text.h"

asm(R"(
  .section .rodata
  .balign 16
vedette_observables_begin:
  .incbin ")" VEDETTE_SCHEMA_FOLDER R"(/observables.txt"
vedette_observables_end:
  .byte 0
  .previous
)");

extern "C" {
extern const char vedette_observables_begin[] __attribute__((visibility("hidden")));
extern const char vedette_observables_end[] __attribute__((visibility("hidden")));
}

namespace vedette::intel {
namespace {

using base::Result;
using model::ObservedSide;

template <typename Value, std::size_t N>
std::optional<Value> named(const std::array<std::pair<std::string_view, Value>, N>& names,
                           std::string_view name) {
  const auto* found = std::ranges::find(names, name, [](const auto& each) { return each.first; });
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

using std::pair;
constexpr std::array kinds{pair{std::string_view("address"), ObservedKind::address},
                           pair{std::string_view("domain"), ObservedKind::domain},
                           pair{std::string_view("url"), ObservedKind::url},
                           pair{std::string_view("email"), ObservedKind::email},
                           pair{std::string_view("hash"), ObservedKind::hash},
                           pair{std::string_view("text"), ObservedKind::text}};
constexpr std::array sides{pair{std::string_view("source"), ObservedSide::source},
                           pair{std::string_view("destination"), ObservedSide::destination},
                           pair{std::string_view("named"), ObservedSide::named}};
constexpr std::array role_names{
    pair{std::string_view("account"), RowRole::account},
    pair{std::string_view("host"), RowRole::host},
    pair{std::string_view("service"), RowRole::service},
    pair{std::string_view("result"), RowRole::result},
    pair{std::string_view("action"), RowRole::action},
    pair{std::string_view("count"), RowRole::count},
    pair{std::string_view("source_port"), RowRole::source_port},
    pair{std::string_view("destination_port"), RowRole::destination_port},
    pair{std::string_view("protocol"), RowRole::protocol}};

std::unexpected<base::Error> wrong(const std::string& text) {
  return base::failure(base::ErrorCode::malformed, "observed columns: " + text);
}

// "TABLE.COLUMN" in the form that names are compared in; of a column alone the same.
std::string plain(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return ObservedColumns::plain_name(name);
  return base::to_lower_ascii(name.substr(0, dot)) + "." +
         ObservedColumns::plain_name(name.substr(dot + 1));
}

}  // namespace

bool has_log_ins(std::string_view table) {
  return table == log_in_table || base::to_lower_ascii(table).ends_with("signinlogs");
}

std::string ObservedColumns::plain_name(std::string_view column) {
  if (column.size() > 2 && (column.ends_with("_s") || column.ends_with("_d")))
    column.remove_suffix(2);
  std::string name = base::to_lower_ascii(column);
  std::erase(name, '_');
  return name;
}

Result<ObservedColumns> ObservedColumns::read(std::string_view text) {
  ObservedColumns made;
  for (const auto line : base::split(text, '\n')) {
    if (line.empty() || line.starts_with('#')) continue;
    auto words = base::split(line, ' ');
    std::erase(words, std::string_view());
    VEDETTE_TRY_VOID(made.read_line(words));
  }
  return made;
}

Result<void> ObservedColumns::read_line(const std::vector<std::string_view>& words) {
  const std::span rest = std::span(words).subspan(1);
  if (const auto role = named(role_names, words[0])) {
    for (const auto each : rest) roles_[*role].push_back(plain_name(each));
    return {};
  }
  if (words[0] == "blocked") {
    for (const auto each : rest) blocked_.emplace(each);
    return {};
  }
  if (words[0] == "never") {
    for (const auto each : rest) never_.emplace_back(each);
    return {};
  }
  if (words[0] == "ignored") {
    for (const auto each : rest) {
      ignored_.insert(plain_name(each));
      written_.emplace_back(each);
    }
    return {};
  }
  const bool is_path = words[0] == "path";
  const std::size_t first = is_path ? 1 : 0;
  if (words.size() < first + 3 || (is_path && words.size() != 5))
    return wrong("too few words in a line");
  const auto kind = named(kinds, words[first]);
  const auto side = named(sides, words[first + 1]);
  if (!kind || !side) return wrong(fmt::format("{} {}", words[first], words[first + 1]));
  if (!is_path) {
    for (const auto each : std::span(words).subspan(2))
      VEDETTE_TRY_VOID(add(each, {*kind, *side, {}}));
    return {};
  }
  ObservedColumn column{*kind, *side, {}};
  for (const auto member : base::split(words[4], '.')) column.members.emplace_back(member);
  return add(words[3], std::move(column));
}

Result<void> ObservedColumns::add(std::string_view name, ObservedColumn column) {
  auto& known = columns_[plain(name)];
  const bool is_again = std::ranges::any_of(
      known, [&](const ObservedColumn& each) { return each.members == column.members; });
  if (is_again) return wrong(fmt::format("{} stands there twice", name));
  known.push_back(std::move(column));
  written_.emplace_back(name);
  return {};
}

std::vector<ObservedColumn> ObservedColumns::of(std::string_view table,
                                                std::string_view column) const {
  const std::string name = plain_name(column);
  auto found = columns_.find(base::to_lower_ascii(table) + "." + name);
  if (found == columns_.end()) found = columns_.find(name);
  return found == columns_.end() ? std::vector<ObservedColumn>() : found->second;
}

bool ObservedColumns::is_never(std::string_view table) const {
  return std::ranges::any_of(never_, [&](std::string_view each) {
    return each.ends_with('*') ? table.starts_with(each.substr(0, each.size() - 1)) : table == each;
  });
}

bool ObservedColumns::is_ignored(std::string_view column) const {
  return ignored_.contains(plain_name(column));
}

bool ObservedColumns::is_declared(std::string_view column) const {
  const std::string name = plain_name(column);
  return ignored_.contains(name) || std::ranges::any_of(columns_, [&](const auto& each) {
           return each.first == name || each.first.ends_with("." + name);
         });
}

const std::vector<std::string>& ObservedColumns::role(RowRole role) const {
  static const std::vector<std::string> none;
  const auto found = roles_.find(role);
  return found == roles_.end() ? none : found->second;
}

bool ObservedColumns::says_blocked(std::string_view action) const {
  return blocked_.contains(base::to_lower_ascii(action));
}

const ObservedColumns& observed_columns() {
  static const ObservedColumns columns = [] {
    auto read = ObservedColumns::read(
        {vedette_observables_begin,
         static_cast<std::size_t>(vedette_observables_end - vedette_observables_begin)});
    assert(read && "schema/observables.txt cannot be read");
    return *std::move(read);
  }();
  return columns;
}

}  // namespace vedette::intel
