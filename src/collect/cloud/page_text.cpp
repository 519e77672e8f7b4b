#include "collect/cloud/page_text.h"

#include <algorithm>

#include "base/cloud_limits.h"
#include "base/json.h"

namespace vedette::collect::cloud {
namespace {

using base::ErrorCode;
using base::Result;

std::unexpected<base::Error> broken(const char* what) {
  return base::failure(ErrorCode::malformed, std::string("the answer is no whole JSON: ") + what);
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  void skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
      ++at_;
  }
  [[nodiscard]] bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] bool is_at_end() {
    skip_space();
    return at_ == text_.size();
  }
  // With its quotes.
  [[nodiscard]] Result<std::string_view> string() {
    skip_space();
    const std::size_t begin = at_;
    if (at_ >= text_.size() || text_[at_] != '"') return broken("a name is missing");
    ++at_;
    VEDETTE_TRY_VOID(skip_string());
    return text_.substr(begin, at_ - begin);
  }
  [[nodiscard]] Result<std::string_view> value();

 private:
  // Behind the opening quote.
  [[nodiscard]] Result<void> skip_string() {
    for (;;) {
      at_ = text_.find_first_of("\"\\", at_);
      if (at_ == std::string_view::npos || at_ + 1 > text_.size()) {
        at_ = text_.size();
        return broken("a text has no end");
      }
      if (text_[at_++] == '"') return {};
      ++at_;  // what is escaped
      if (at_ > text_.size()) return broken("a text has no end");
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string open_;  // the brackets that wait for their end
};

Result<std::string_view> Scanner::value() {
  skip_space();
  const std::size_t begin = at_;
  open_.clear();
  do {
    const std::size_t next = text_.find_first_of("\"[]{},", at_);
    if (open_.empty() && next != at_) {  // a number or a word
      at_ = std::min(next, text_.size());
      while (at_ > begin && (text_[at_ - 1] == ' ' || text_[at_ - 1] == '\n' ||
                             text_[at_ - 1] == '\r' || text_[at_ - 1] == '\t'))
        --at_;
      if (at_ == begin) return broken("a value is missing");
      break;
    }
    if (next == std::string_view::npos) return broken("it is cut off");
    at_ = next + 1;
    const char c = text_[next];
    if (c == '"') {
      VEDETTE_TRY_VOID(skip_string());
    } else if (c == '[' || c == '{') {
      open_.push_back(c == '[' ? ']' : '}');
    } else if (c != ',') {
      if (open_.empty() || open_.back() != c) return broken("a bracket does not fit");
      open_.pop_back();
    } else if (open_.empty()) {
      return broken("a value is missing");
    }
  } while (!open_.empty());
  return text_.substr(begin, at_ - begin);
}

}  // namespace

Result<Members> members_of(std::string_view object) {
  Scanner scanner(object);
  Members members;
  if (!scanner.take('{')) return broken("it is no object");
  for (bool more = !scanner.take('}'); more;) {
    const std::string_view key = VEDETTE_TRY(scanner.string());
    if (!scanner.take(':')) return broken("a ':' is missing");
    members.emplace_back(key.substr(1, key.size() - 2), VEDETTE_TRY(scanner.value()));
    if (members.size() > base::limits::cloud_page_records_max)
      return base::failure(ErrorCode::limit_exceeded, "the answer has too many members");
    more = scanner.take(',');
    if (!more && !scanner.take('}')) return broken("a ',' is missing");
  }
  if (!scanner.is_at_end()) return broken("something follows its end");
  return members;
}

Result<std::vector<std::string_view>> elements_of(std::string_view array) {
  Scanner scanner(array);
  std::vector<std::string_view> elements;
  if (!scanner.take('[')) return broken("it is no list");
  for (bool more = !scanner.take(']'); more;) {
    elements.push_back(VEDETTE_TRY(scanner.value()));
    if (elements.size() > base::limits::cloud_page_records_max)
      return base::failure(ErrorCode::limit_exceeded, "the answer has too many records");
    more = scanner.take(',');
    if (!more && !scanner.take(']')) return broken("a ',' is missing");
  }
  if (!scanner.is_at_end()) return broken("something follows its end");
  return elements;
}

std::string_view member(const Members& members, std::string_view key) {
  for (auto at = members.rbegin(); at != members.rend(); ++at)
    if (at->first == key) return at->second;
  return {};
}

std::optional<std::string> string_of(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
  if (value.find('\\') == std::string_view::npos)
    return std::string(value.substr(1, value.size() - 2));
  // Wrapped, since a text alone is no document to every reader.
  const auto parsed = base::parse_json("[" + std::string(value) + "]");
  const auto* elements = parsed ? parsed->as_array() : nullptr;
  const auto* text =
      elements != nullptr && elements->size() == 1 ? elements->front().as_string() : nullptr;
  if (text == nullptr) return std::nullopt;
  return *text;
}

std::optional<std::string> string_at(std::string_view object, std::string_view path) {
  for (;;) {
    const auto members = members_of(object);
    if (!members) return std::nullopt;
    const auto dot = path.find('.');
    object = member(*members, path.substr(0, dot));
    if (dot == std::string_view::npos) return string_of(object);
    path.remove_prefix(dot + 1);
  }
}

}  // namespace vedette::collect::cloud
