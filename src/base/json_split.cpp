#include "base/json_split.h"

#include <algorithm>
#include <string>

#include "base/text.h"

namespace vedette::base {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Behind the string that begins at `at`; the text's size when it does not end.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return text.size();
}

// Where the array of records begins, by its name and its depth.
std::size_t find_array(std::string_view text, std::string_view records_at) {
  const auto names = records_at.empty() ? std::vector<std::string_view>() : split(records_at, '.');
  std::size_t depth = 0;
  std::string_view last_string;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t end = skip_string(text, at);
      last_string = text.substr(at + 1, end - at - std::min<std::size_t>(2, end - at));
      at = end;
      continue;
    }
    if (c == '[' && depth == names.size() &&
        (names.empty() || equals_ignoring_case(last_string, names.back())))
      return at;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth > 0) --depth;
    ++at;
  }
  return text.size();
}

// The element that begins at `at`, up to its last bracket or the comma behind it.
JsonPiece take_element(std::string_view text, std::size_t at) {
  JsonPiece piece;
  piece.is_object = text[at] == '{';
  std::size_t depth = 0;
  std::size_t end = at;
  while (end < text.size()) {
    const char c = text[end];
    if (c == '"') {
      end = skip_string(text, end);
      piece.is_whole = depth == 0 && end < text.size();
      continue;
    }
    if (depth == 0 && (c == ',' || c == ']')) {
      piece.is_whole = true;
      break;
    }
    ++end;
    if (c == '{' || c == '[') ++depth;
    if (c != '}' && c != ']') continue;
    if (depth > 0) --depth;  // else it closes what was never opened, and is an element of its own
    if (depth > 0) continue;
    piece.is_whole = true;
    break;
  }
  end = std::min(end, text.size());
  while (end > at && is_space(text[end - 1])) --end;
  piece.bytes = text.substr(at, end - at);
  return piece;
}

}  // namespace

JsonPieces split_records(std::string_view document, std::string_view records_at) {
  JsonPieces found;
  std::size_t at = find_array(document, records_at);
  if (at >= document.size()) return found;
  found.has_array = true;
  ++at;
  while (at < document.size()) {
    const char c = document[at];
    if (c == ']') break;
    if (c == ',' || is_space(c)) {
      ++at;
      continue;
    }
    const JsonPiece piece = take_element(document, at);
    if (piece.bytes.empty()) break;
    found.pieces.push_back(piece);
    at += piece.bytes.size();
  }
  return found;
}

}  // namespace vedette::base
