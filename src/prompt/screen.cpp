#include "prompt/screen.h"

#include <algorithm>

#include "base/encode.h"
#include "fmt/format.h"
#include "prompt/text_buffer.h"

namespace vedette::prompt {
namespace {

constexpr std::size_t choice_rows_max = 8;

std::size_t width_of(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) columns += columns_of(base::next_character(text, at));
  return columns;
}

struct Rows {
  std::vector<std::string> text;
  std::size_t cursor_row = 0, cursor_column = 0;
};

class Layout {
 public:
  Layout(const View& view, std::size_t columns)
      : view_(view), columns_(std::max<std::size_t>(columns, 8)) {}

  Rows make() {
    begin_row(view_.prompt);
    const std::string margin(width_of(view_.prompt), ' ');
    for (std::size_t at = 0; at < view_.text.size();) {
      if (at == view_.cursor) mark();
      const char32_t c = base::next_character(view_.text, at);
      if (c == '\n')
        begin_row(margin);
      else
        add(base::is_bidirectional_control(c) ? 0xFFFD : c);
    }
    if (view_.cursor >= view_.text.size()) mark();
    return std::move(rows_);
  }

 private:
  void begin_row(std::string_view opening) {
    rows_.text.emplace_back(opening);
    column_ = width_of(opening);
  }
  void add(char32_t c) {
    const std::size_t width = columns_of(c);
    if (column_ + width > columns_) begin_row({});
    base::append_utf8(rows_.text.back(), c);
    column_ += width;
  }
  // Behind a full row the cursor stands at the beginning of the next one.
  void mark() {
    if (column_ >= columns_) begin_row({});
    rows_.cursor_row = rows_.text.size() - 1;
    rows_.cursor_column = column_;
  }

  const View& view_;
  const std::size_t columns_;
  Rows rows_;
  std::size_t column_ = 0;
};

// The choices in columns, as many as fit into a few rows.
std::vector<std::string> rows_of(const std::vector<std::string>& choices, std::size_t columns) {
  std::vector<std::string> shown;
  std::size_t width = 0;
  for (const auto& choice : choices) {
    shown.push_back(base::encode_terminal(choice, 60));
    width = std::max(width, width_of(shown.back()) + 2);
  }
  const std::size_t a_row = std::max<std::size_t>(columns / std::max<std::size_t>(width, 1), 1);
  std::vector<std::string> rows;
  std::size_t at = 0;
  for (; at < shown.size() && rows.size() < choice_rows_max; at += a_row) {
    std::string row;
    const std::size_t end = std::min(at + a_row, shown.size());
    for (std::size_t i = at; i < end; ++i)
      row += shown[i] + std::string(i + 1 < end ? width - width_of(shown[i]) : 0, ' ');
    rows.push_back(std::move(row));
  }
  if (at < shown.size()) rows.push_back(fmt::format("... and {} more", shown.size() - at));
  return rows;
}

std::string joined(const std::vector<std::string>& rows) {
  return fmt::format("{}", fmt::join(rows, "\r\n"));
}

}  // namespace

std::string Screen::paint(const View& view, Size size) {
  Rows rows = Layout(view, size.columns).make();
  std::vector<std::string> below;
  if (view.choices != nullptr && !view.choices->empty())
    below = rows_of(*view.choices, size.columns);
  if (!view.note.empty()) below.push_back(base::encode_terminal(view.note, size.columns));
  const std::size_t height = std::max<std::size_t>(size.rows, 2);
  if (below.size() + 1 > height) below.resize(height - 1);
  const std::size_t room = height - below.size();
  if (rows.text.size() > room) {
    const std::size_t top = rows.cursor_row < room ? 0 : rows.cursor_row + 1 - room;
    rows.text.erase(rows.text.begin(), rows.text.begin() + static_cast<std::ptrdiff_t>(top));
    rows.text.resize(std::min(rows.text.size(), room));
    rows.cursor_row -= top;
  }
  std::string out = "\r";
  if (cursor_row_ > 0) out += fmt::format("\x1b[{}A", cursor_row_);
  out += "\x1b[J" + joined(rows.text);
  if (!below.empty()) out += "\r\n" + joined(below);
  const std::size_t last = rows.text.size() - 1 + below.size();
  if (last > rows.cursor_row) out += fmt::format("\x1b[{}A", last - rows.cursor_row);
  out += "\r";
  if (rows.cursor_column > 0) out += fmt::format("\x1b[{}C", rows.cursor_column);
  cursor_row_ = rows.cursor_row;
  return out;
}

std::string Screen::finish(const View& view, Size size) {
  View whole = view;
  whole.cursor = view.text.size();
  whole.choices = nullptr;
  whole.note = {};
  std::string out = paint(whole, size) + "\r\n";
  forget();
  return out;
}

}  // namespace vedette::prompt
