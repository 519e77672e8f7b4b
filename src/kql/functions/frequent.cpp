// basket and autocluster: values of several columns that often come together; diffpatterns: those
// that come together more often in one of two sets of rows. The sets of values are closed: none is
// shown whose rows all have one more value in common.
#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

#include "base/limits.h"
#include "fmt/format.h"
#include "kql/functions/function.h"
#include "kql/native/json_text.h"

namespace vedette::kql::functions {

namespace {

using native::Call;

constexpr std::size_t sets_max = 20'000;  // looked at
constexpr std::size_t items_max = 4'096;  // frequent values of all columns
constexpr std::size_t clusters_max = 10;
constexpr std::size_t patterns_max = 20;
constexpr double repeated_part =
    0.8;  // of a pattern's rows are in those before it: it says nothing
constexpr std::size_t bits_bytes_max = 128UL * 1024 * 1024;  // of items, and of sets

using Rows = std::vector<std::uint64_t>;  // a bit for each row

struct Item {
  std::size_t column = 0;
  std::string_view value;
  Rows rows;
};
struct Set {
  std::vector<std::size_t> items;
  Rows rows;
  double weight = 0;
};

struct Table {
  std::vector<std::vector<std::string_view>> cells;  // of each row, behind its weight
  std::vector<double> weights;
  std::size_t columns = 0;
  double total = 0;
};

Table read_table(std::string_view json) {
  Table table;
  for (const std::string_view row : native::elements_of(json)) {
    auto parts = native::elements_of(row);
    if (parts.empty()) continue;
    table.weights.push_back(std::max(0.0, native::number_of(parts[0]).value_or(1)));
    table.total += table.weights.back();
    parts.erase(parts.begin());
    table.columns = std::max(table.columns, parts.size());
    table.cells.push_back(std::move(parts));
  }
  return table;
}

class Miner {
 public:
  Miner(const Table& table, double least, std::size_t longest)
      : table_(table), least_(least), longest_(longest) {}

  std::vector<Set> run() {
    find_items();
    Set nothing;
    nothing.rows.assign((table_.cells.size() + 63) / 64, ~std::uint64_t{0});
    nothing.weight = table_.total;
    extend(nothing, 0);
    std::vector<Set> closed;
    for (const Set& one : sets_)
      if (is_closed(one)) closed.push_back(one);
    return closed;
  }
  [[nodiscard]] const std::vector<Item>& items() const { return items_; }
  [[nodiscard]] bool too_many() const { return too_many_; }
  [[nodiscard]] double weight_of(const Rows& rows) const {
    double weight = 0;
    for (std::size_t word = 0; word < rows.size(); ++word)
      for (std::uint64_t bits = rows[word]; bits != 0; bits &= bits - 1) {
        const std::size_t row = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
        if (row < table_.weights.size()) weight += table_.weights[row];
      }
    return weight;
  }

 private:
  void find_items() {
    for (std::size_t column = 0; column < table_.columns; ++column) {
      std::map<std::string_view, double> weights;
      for (std::size_t row = 0; row < table_.cells.size(); ++row)
        if (column < table_.cells[row].size())
          weights[table_.cells[row][column]] += table_.weights[row];
      for (const auto& [value, weight] : weights) {
        if (weight < least_) continue;
        if (items_.size() >= std::min(items_max, room())) {
          too_many_ = true;
          return;
        }
        Item item{column, value, Rows((table_.cells.size() + 63) / 64, 0)};
        for (std::size_t row = 0; row < table_.cells.size(); ++row)
          if (column < table_.cells[row].size() && table_.cells[row][column] == value)
            item.rows[row / 64] |= std::uint64_t{1} << row % 64;
        items_.push_back(std::move(item));
      }
    }
  }
  // How many rows of bits fit into memory.
  [[nodiscard]] std::size_t room() const { return bits_bytes_max / (table_.cells.size() / 8 + 64); }
  static Rows both(const Rows& a, const Rows& b) {
    Rows rows(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) rows[i] = a[i] & b[i];
    return rows;
  }
  void extend(const Set& set, std::size_t from) {
    if (set.items.size() >= longest_) return;
    for (std::size_t i = from; i < items_.size() && !too_many_; ++i) {
      if (!set.items.empty() && items_[set.items.back()].column == items_[i].column) continue;
      Set next;
      next.rows = both(set.rows, items_[i].rows);
      next.weight = weight_of(next.rows);
      if (next.weight < least_) continue;
      if (sets_.size() >= std::min(sets_max, room())) {
        too_many_ = true;
        return;
      }
      next.items = set.items;
      next.items.push_back(i);
      sets_.push_back(next);
      extend(next, i + 1);
    }
  }
  [[nodiscard]] bool is_closed(const Set& set) const {
    if (set.items.size() >= longest_) return true;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (std::find(set.items.begin(), set.items.end(), i) != set.items.end()) continue;
      bool all = true;
      for (std::size_t word = 0; word < set.rows.size() && all; ++word)
        all = (set.rows[word] & ~items_[i].rows[word] & used_bits(word)) == 0;
      if (all) return false;
    }
    return true;
  }
  [[nodiscard]] std::uint64_t used_bits(std::size_t word) const {
    const std::size_t left = table_.cells.size() - word * 64;
    return left >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << left) - 1;
  }

  const Table& table_;
  double least_ = 0;
  std::size_t longest_ = 0;
  std::vector<Item> items_;
  std::vector<Set> sets_;
  bool too_many_ = false;
};

// The clusters that say most: large ones with many columns, and not the same rows twice.
std::vector<Set> best_clusters(std::vector<Set> sets, const Miner& miner, const Table& table,
                               double size_weight) {
  std::vector<Set> chosen;
  Rows seen((table.cells.size() + 63) / 64, 0);
  while (chosen.size() < clusters_max) {
    double best = 0;
    const Set* pick = nullptr;
    for (const Set& set : sets) {
      Rows fresh = set.rows;
      for (std::size_t i = 0; i < fresh.size(); ++i) fresh[i] &= ~seen[i];
      const double part = miner.weight_of(fresh) / table.total;
      if (part < 0.01) continue;
      const double detail =
          static_cast<double>(set.items.size()) / static_cast<double>(table.columns);
      const double score = std::pow(part, size_weight) * std::pow(detail, 1 - size_weight);
      if (score > best) {
        best = score;
        pick = &set;
      }
    }
    if (pick == nullptr) break;
    for (std::size_t i = 0; i < seen.size(); ++i) seen[i] |= pick->rows[i];
    chosen.push_back(*pick);
  }
  return chosen;
}

double option(std::string_view options, std::string_view name, double otherwise) {
  const auto member = native::find_member(options, name);
  return member ? native::number_of(*member).value_or(otherwise) : otherwise;
}

// Its values, or null, column by column.
void append_values(std::string& line, const Set& set, const Miner& miner, const Table& table) {
  for (std::size_t column = 0; column < table.columns; ++column) {
    std::string_view value = "null";
    for (const std::size_t item : set.items)
      if (miner.items()[item].column == column) value = miner.items()[item].value;
    line += fmt::format(",{}", value);
  }
}

// Rows of two sets, A and B. Each set weighs 1 in all, so that a pattern which has a part of one
// of them has at least that weight.
struct TwoSets {
  Table table;
  std::vector<double> counts;  // of each row
  Rows of_a;
  double total_a = 0, total_b = 0;
};

TwoSets read_two_sets(std::string_view json, std::string_view a, std::string_view b) {
  TwoSets sets;
  std::vector<bool> in_a;
  for (const std::string_view row : native::elements_of(json)) {
    auto parts = native::elements_of(row);
    if (parts.size() < 2) continue;
    const std::string set = native::unescaped(parts[1]);
    if (set != a && set != b) continue;
    sets.counts.push_back(std::max(0.0, native::number_of(parts[0]).value_or(1)));
    in_a.push_back(set == a);
    (set == a ? sets.total_a : sets.total_b) += sets.counts.back();
    parts.erase(parts.begin(), parts.begin() + 2);
    sets.table.columns = std::max(sets.table.columns, parts.size());
    sets.table.cells.push_back(std::move(parts));
  }
  sets.of_a.assign((in_a.size() + 63) / 64, 0);
  for (std::size_t row = 0; row < in_a.size(); ++row) {
    const double total = in_a[row] ? sets.total_a : sets.total_b;
    sets.table.weights.push_back(total > 0 ? sets.counts[row] / total : 0);
    sets.table.total += sets.table.weights.back();
    if (in_a[row]) sets.of_a[row / 64] |= std::uint64_t{1} << row % 64;
  }
  return sets;
}

double counted(const Rows& rows, const std::vector<double>& counts) {
  double sum = 0;
  for (std::size_t word = 0; word < rows.size(); ++word)
    for (std::uint64_t bits = rows[word]; bits != 0; bits &= bits - 1) {
      const std::size_t row = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
      if (row < counts.size()) sum += counts[row];
    }
  return sum;
}

struct Pattern {
  const Set* set = nullptr;
  double a = 0, b = 0;  // rows, weighed
  double percent_a = 0, percent_b = 0;
  [[nodiscard]] double difference() const { return std::abs(percent_a - percent_b); }
};

// diffpatterns: the patterns that differ most first, without those whose rows are told already.
void different(Call& call) {
  const std::string_view options = call.text(1);
  const auto text = [&](std::string_view name) {
    return native::unescaped(native::find_member(options, name).value_or("\"\""));
  };
  const TwoSets sets = read_two_sets(call.text(0), text("a"), text("b"));
  if (sets.table.cells.size() > static_cast<std::size_t>(base::limits::array_elements_max))
    return call.fail("diffpatterns looks at no more than 1,048,576 rows");
  std::vector<std::string>& lines = call.give_list();
  if (sets.total_a <= 0 || sets.total_b <= 0) return;
  const double least = std::clamp(option(options, "least", 0.05), 0.015, 1.0);
  const auto longest =
      static_cast<std::size_t>(std::clamp(option(options, "longest", 32), 1.0, 32.0));
  Miner miner(sets.table, least, longest);
  const std::vector<Set> found = miner.run();
  if (miner.too_many())
    return call.fail("too many values come together; ask for a larger part, or leave columns away");
  std::vector<Pattern> patterns;
  for (const Set& set : found) {
    Rows only_a = set.rows;
    for (std::size_t i = 0; i < only_a.size(); ++i) only_a[i] &= sets.of_a[i];
    Pattern one{.set = &set, .a = counted(only_a, sets.counts)};
    one.b = counted(set.rows, sets.counts) - one.a;
    one.percent_a = 100 * one.a / sets.total_a;
    one.percent_b = 100 * one.b / sets.total_b;
    if (one.difference() >= 100 * least) patterns.push_back(one);
  }
  std::stable_sort(patterns.begin(), patterns.end(), [](const Pattern& x, const Pattern& y) {
    return x.difference() != y.difference() ? x.difference() > y.difference()
                                            : x.set->items.size() > y.set->items.size();
  });
  Rows told[2];  // more of B, more of A
  for (Rows& rows : told) rows.assign(sets.of_a.size(), 0);
  std::size_t number = 0;
  for (const Pattern& one : patterns) {
    if (number >= patterns_max) break;
    Rows& before = told[one.percent_a > one.percent_b ? 1 : 0];
    Rows again = one.set->rows;
    for (std::size_t i = 0; i < again.size(); ++i) again[i] &= before[i];
    if (miner.weight_of(again) >= repeated_part * one.set->weight) continue;
    for (std::size_t i = 0; i < before.size(); ++i) before[i] |= one.set->rows[i];
    std::string line =
        fmt::format("0 [{},{},{}", number++, std::llround(one.a), std::llround(one.b));
    for (const double percent : {one.percent_a, one.percent_b, one.difference()}) {
      line += ',';
      native::append_json_real(line, std::round(percent * 100) / 100);
    }
    append_values(line, *one.set, miner, sets.table);
    lines.push_back(line + "]");
  }
}

void frequent(Call& call) {
  const std::string_view options = call.text(1);
  const auto number = [&](std::string_view name, double otherwise) {
    return option(options, name, otherwise);
  };
  const Table table = read_table(call.text(0));
  if (table.cells.size() > static_cast<std::size_t>(base::limits::array_elements_max))
    return call.fail("basket and autocluster look at no more than 1,048,576 rows");
  const double least = std::clamp(number("least", 0.05), 0.001, 1.0) * table.total;
  const auto longest = static_cast<std::size_t>(std::clamp(number("longest", 5), 1.0, 32.0));
  Miner miner(table, least, longest);
  std::vector<Set> sets = miner.run();
  if (miner.too_many())
    return call.fail("too many values come together; ask for a larger part, or leave columns away");
  std::vector<std::string>& lines = call.give_list();
  const double size_weight = number("size_weight", -1);
  if (size_weight >= 0) {
    sets = best_clusters(std::move(sets), miner, table, std::clamp(size_weight, 0.0, 1.0));
  } else {
    std::stable_sort(sets.begin(), sets.end(), [](const Set& a, const Set& b) {
      return a.items.size() != b.items.size() ? a.items.size() > b.items.size()
                                              : a.weight > b.weight;
    });
  }
  for (std::size_t number_of_set = 0; number_of_set < sets.size(); ++number_of_set) {
    const Set& set = sets[number_of_set];
    std::string line = fmt::format("0 [{},{},", number_of_set, std::llround(set.weight));
    native::append_json_real(line, 100 * set.weight / table.total);
    append_values(line, set, miner, table);
    lines.push_back(line + "]");
  }
}

constexpr Function rows[] = {
    {.name = "different_rows",
     .parameters = "string, string",
     .result = "list",
     .body = different,
     .use = Use::internal},
    {.name = "frequent_rows",
     .parameters = "string, string",
     .result = "list",
     .body = frequent,
     .use = Use::internal},
};

}  // namespace

std::span<const Function> frequent_rows() {
  return rows;
}

}  // namespace vedette::kql::functions
