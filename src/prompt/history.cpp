#include "prompt/history.h"

#include "base/text.h"
#include "prompt/text_buffer.h"

namespace vedette::prompt {

History History::read(std::string_view text) {
  History history;
  for (const std::string_view line : base::split(text, '\n')) {
    std::string entry;
    for (std::size_t at = 0; at < line.size(); ++at) {
      const bool is_escaped = line[at] == '\\' && at + 1 < line.size();
      if (is_escaped) ++at;
      entry += is_escaped && line[at] == 'n' ? '\n' : line[at];
    }
    history.add(clean_input(entry));
  }
  return history;
}

std::string History::text() const {
  std::string text;
  for (const std::string& entry : entries_) {
    for (const char c : entry) {
      if (c == '\n')
        text += "\\n";
      else if (c == '\\')
        text += "\\\\";
      else
        text += c;
    }
    text += '\n';
  }
  return text;
}

void History::add(std::string_view entry) {
  if (base::trim(entry).empty() || entry.starts_with(' ') || entry.size() > history_bytes_max / 4)
    return;
  if (!entries_.empty() && entries_.back() == entry) return;
  entries_.emplace_back(entry);
  bytes_ += entry.size();
  std::size_t gone = 0;
  while (entries_.size() - gone > history_entries_max || bytes_ > history_bytes_max)
    bytes_ -= entries_[gone++].size();
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(gone));
}

}  // namespace vedette::prompt
