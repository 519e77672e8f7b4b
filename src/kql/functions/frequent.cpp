// basket and autocluster: values of several columns that often come together. The sets are closed:
// none is shown whose rows all have one more value in common.
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

void frequent(Call& call) {
  const std::string_view options = call.text(1);
  const auto number = [&](std::string_view name, double otherwise) {
    const auto member = native::find_member(options, name);
    return member ? native::number_of(*member).value_or(otherwise) : otherwise;
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
    for (std::size_t column = 0; column < table.columns; ++column) {
      std::string_view value = "null";
      for (const std::size_t item : set.items)
        if (miner.items()[item].column == column) value = miner.items()[item].value;
      line += fmt::format(",{}", value);
    }
    lines.push_back(line + "]");
  }
}

constexpr Function rows[] = {
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
