#include "prompt/key.h"

#include <algorithm>
#include <array>

#include "prompt/text_buffer.h"

namespace vedette::prompt {
namespace {

constexpr char escape = '\x1b';
constexpr std::string_view paste_begin = "\x1b[200~", paste_end = "\x1b[201~";
constexpr std::size_t sequence_bytes_max = 32;

struct Named {
  std::string_view sequence;  // behind ESC
  KeyKind kind;
};
constexpr std::array<Named, 27> sequences{
    {{"[A", KeyKind::up},           {"[B", KeyKind::down},          {"[C", KeyKind::right},
     {"[D", KeyKind::left},         {"[H", KeyKind::home},          {"[F", KeyKind::end},
     {"OA", KeyKind::up},           {"OB", KeyKind::down},          {"OC", KeyKind::right},
     {"OD", KeyKind::left},         {"OH", KeyKind::home},          {"OF", KeyKind::end},
     {"[1~", KeyKind::home},        {"[7~", KeyKind::home},         {"[4~", KeyKind::end},
     {"[8~", KeyKind::end},         {"[3~", KeyKind::erase},        {"[1;5C", KeyKind::word_right},
     {"[1;5D", KeyKind::word_left}, {"[1;3C", KeyKind::word_right}, {"[1;3D", KeyKind::word_left},
     {"f", KeyKind::word_right},    {"b", KeyKind::word_left},      {"\r", KeyKind::line_break},
     {"\n", KeyKind::line_break},   {"\x7f", KeyKind::kill_word},   {"\b", KeyKind::kill_word}}};

// The length of the sequence that `text` begins with (ESC and all); 0: it is not whole yet.
std::size_t length_of_sequence(std::string_view text) {
  if (text.size() < 2) return 0;
  if (text[1] == 'O') return text.size() < 3 ? 0 : 3;
  if (text[1] != '[') return 2;
  for (std::size_t at = 2; at < text.size(); ++at)
    if (text[at] >= 0x40 && text[at] <= 0x7E) return at + 1;
  return text.size() >= sequence_bytes_max ? text.size() : 0;
}

}  // namespace

std::optional<Key> KeyReader::next() {
  while (!waiting_.empty()) {
    bool known = true;
    const char first = waiting_.front();
    auto key = first == escape                                               ? sequence(known)
               : static_cast<unsigned char>(first) < 0x20 || first == '\x7f' ? control(first, known)
                                                                             : character();
    if (known) return key;
  }
  return std::nullopt;
}

std::optional<Key> KeyReader::sequence(bool& known) {
  if (waiting_.starts_with(paste_begin)) return pasted();
  const std::size_t length = length_of_sequence(waiting_);
  if (length == 0) return std::nullopt;
  const std::string text = waiting_.substr(1, length - 1);
  waiting_.erase(0, length);
  const auto found = std::ranges::find(sequences, text, &Named::sequence);
  known = found != sequences.end();
  return known ? std::optional(Key{found->kind}) : std::nullopt;
}

std::optional<Key> KeyReader::pasted() {
  const std::size_t end = waiting_.find(paste_end);
  if (end == std::string::npos) {
    // More than anybody edits: what is too much goes.
    if (waiting_.size() > 2 * edited_bytes_max) waiting_.resize(2 * edited_bytes_max);
    return std::nullopt;
  }
  Key key{KeyKind::paste, waiting_.substr(paste_begin.size(), end - paste_begin.size())};
  waiting_.erase(0, end + paste_end.size());
  return key;
}

std::optional<Key> KeyReader::control(char c, bool& known) {
  waiting_.erase(0, 1);
  switch (c) {
    case '\r':
      return Key{KeyKind::enter};
    case '\n':
      return Key{KeyKind::line_break};
    case '\t':
      return Key{KeyKind::tab};
    case '\b':
    case '\x7f':
      return Key{KeyKind::backspace};
    case 'A' & 0x1F:
      return Key{KeyKind::home};
    case 'B' & 0x1F:
      return Key{KeyKind::left};
    case 'C' & 0x1F:
      return Key{KeyKind::interrupt};
    case 'D' & 0x1F:
      return Key{KeyKind::finish};
    case 'E' & 0x1F:
      return Key{KeyKind::end};
    case 'F' & 0x1F:
      return Key{KeyKind::right};
    case 'G' & 0x1F:
      return Key{KeyKind::escape};
    case 'K' & 0x1F:
      return Key{KeyKind::kill_to_end};
    case 'L' & 0x1F:
      return Key{KeyKind::clear_screen};
    case 'N' & 0x1F:
      return Key{KeyKind::down};
    case 'P' & 0x1F:
      return Key{KeyKind::up};
    case 'R' & 0x1F:
      return Key{KeyKind::search};
    case 'U' & 0x1F:
      return Key{KeyKind::kill_to_start};
    case 'W' & 0x1F:
      return Key{KeyKind::kill_word};
    case 'Y' & 0x1F:
      return Key{KeyKind::yank};
    default:
      known = false;
      return std::nullopt;
  }
}

std::optional<Key> KeyReader::character() {
  const auto first = static_cast<unsigned char>(waiting_.front());
  const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (waiting_.size() < length) return std::nullopt;
  Key key{KeyKind::character, waiting_.substr(0, length)};
  waiting_.erase(0, length);
  return key;
}

}  // namespace vedette::prompt
