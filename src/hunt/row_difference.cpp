#include "hunt/row_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/json.h"

namespace vedette::hunt {
namespace {

using kql::result::Cell;

Cell cell_of(const KeptRows::Kept& kept) {
  Cell cell = kept.cell;
  cell.text = kept.text;
  return cell;
}

// Two answers to one text may number their columns otherwise, and call types otherwise; names and
// values are what counts.
class Merged {
 public:
  Merged(const KeptRows& first, const KeptRows& second) {
    columns_.emplace_back();
    columns_.back().name = "Only";
    for (const KeptRows* answer : {&first, &second})
      for (const auto& column : answer->columns())
        if (std::ranges::find(columns_, column.name, &kql::plan::Column::name) == columns_.end())
          columns_.push_back(column);
  }
  [[nodiscard]] const std::vector<kql::plan::Column>& columns() const { return columns_; }

  void give(const KeptRows& answer, std::size_t place, std::string_view side,
            kql::result::Sink& sink) const {
    std::vector<Cell> cells(columns_.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      cells[i].type = columns_[i].type;
      cells[i].is_null = cells[i].type != kql::Type::string;
    }
    cells.front().text = side;
    cells.front().is_null = false;
    const auto& row = answer.rows()[place];
    std::vector<std::string> texts(row.size());
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto column =
          std::ranges::find(columns_, answer.columns()[i].name, &kql::plan::Column::name);
      Cell& cell = cells[static_cast<std::size_t>(column - columns_.begin())];
      if (row[i].cell.type == cell.type) {
        cell = cell_of(row[i]);
      } else if (cell.type == kql::Type::string) {
        texts[i] = kql::result::text_of(cell_of(row[i]));
        cell.text = texts[i];
        cell.is_null = false;
      }
    }
    sink.row(cells);
  }

 private:
  std::vector<kql::plan::Column> columns_;
};

}  // namespace

std::string key_of(const KeptRows& answer, const KeptRows::Row& row) {
  std::map<std::string_view, std::string> values;
  for (std::size_t i = 0; i < row.size(); ++i)
    values[answer.columns()[i].name] = kql::result::text_of(cell_of(row[i]));
  base::JsonWriter key;
  key.begin_object();
  for (const auto& [name, value] : values) key.member(name, value);
  return key.end_object().take();
}

std::vector<std::size_t> rows_beside(const KeptRows& answer,
                                     const std::multiset<std::string>& known) {
  std::multiset<std::string> left = known;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < answer.rows().size(); ++i) {
    const auto found = left.find(key_of(answer, answer.rows()[i]));
    if (found == left.end())
      places.push_back(i);
    else
      left.erase(found);
  }
  return places;
}

RowDifference difference_of(const KeptRows& first, const KeptRows& second) {
  const auto keys_of = [](const KeptRows& answer) {
    std::multiset<std::string> keys;
    for (const auto& row : answer.rows()) keys.insert(key_of(answer, row));
    return keys;
  };
  RowDifference difference;
  difference.only_first = rows_beside(first, keys_of(second));
  difference.only_second = rows_beside(second, keys_of(first));
  difference.both = first.rows().size() - difference.only_first.size();
  return difference;
}

void give_difference(const KeptRows& first, std::string_view first_name, const KeptRows& second,
                     std::string_view second_name, kql::result::Sink& sink) {
  const Merged merged(first, second);
  const RowDifference difference = difference_of(first, second);
  sink.begin(merged.columns());
  for (const std::size_t place : difference.only_first) merged.give(first, place, first_name, sink);
  for (const std::size_t place : difference.only_second)
    merged.give(second, place, second_name, sink);
  kql::result::Ending ending;
  for (const auto& [answer, name] :
       {std::pair{&first, first_name}, std::pair{&second, second_name}}) {
    for (const std::string& missing : answer->ending().partial)
      ending.partial.push_back(fmt::format("{}: {}", name, missing));
    if (answer->count() > answer->rows().size())
      ending.partial.push_back(fmt::format("{}: only the first {} of {} rows are compared", name,
                                           answer->rows().size(), answer->count()));
  }
  sink.end(ending);
}

}  // namespace vedette::hunt
