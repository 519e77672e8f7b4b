#include "app/hunt_answer.h"

#include "base/hash.h"
#include "base/limits.h"

namespace vedette::app {

HuntAnswerText::HuntAnswerText()
    : table_(kql::result::make_sink(kql::result::Format::json,
                                    [this](std::string_view piece) { text_ += piece; })) {}

void HuntAnswerText::begin(const std::vector<kql::plan::Column>& columns) {
  if (tables_++ > 0) text_ += ',';
  is_cut_ = false;
  table_->begin(columns);
}

void HuntAnswerText::row(std::span<const kql::result::Cell> cells) {
  if (text_.size() > base::limits::result_bytes_max) {
    is_cut_ = true;
    return;
  }
  cells_.clear();
  for (const kql::result::Cell& cell : cells) {
    cells_ += cell.is_null ? std::string("\x01") : kql::result::text_of(cell);
    cells_ += '\0';
  }
  fingerprint_ += base::hash_bytes(cells_, tables_);
  ++rows_;
  table_->row(cells);
}

void HuntAnswerText::end(const kql::result::Ending& ending) {
  kql::result::Ending own = ending;
  own.truncated = own.truncated || is_cut_;
  table_->end(own);
}

std::string HuntAnswerText::take() {
  text_ += ']';
  return std::move(text_);
}

}  // namespace vedette::app
