#include "prompt/line_editor.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace vedette::prompt {
namespace {

// What all of them begin with, whole characters.
std::string shared_beginning(const std::vector<Suggestion>& found) {
  std::string shared = found.front().insert;
  for (const Suggestion& each : found) {
    const auto differs = std::ranges::mismatch(shared, each.insert);
    shared.erase(differs.in1, shared.end());
  }
  while (!shared.empty() && static_cast<unsigned char>(shared.back()) >= 0x80) shared.pop_back();
  return shared;
}

}  // namespace

LineEditor::LineEditor(const History& history, EditorHooks hooks)
    : history_(history), hooks_(std::move(hooks)) {
  start();
}

void LineEditor::start() {
  buffer_.set({});
  choices_.clear();
  note_.clear();
  draft_.clear();
  is_searching_ = false;
  place_ = history_.entries().size();
}

Edited LineEditor::take(const Key& key) {
  choices_.clear();
  if (is_searching_ && search(key)) return Edited::going_on;
  note_.clear();
  switch (key.kind) {
    case KeyKind::enter:
      return enter();
    case KeyKind::interrupt:
      return Edited::cancelled;
    case KeyKind::finish:
      if (buffer_.text().empty()) return Edited::left;
      buffer_.erase_right();
      break;
    case KeyKind::tab:
      complete();
      break;
    case KeyKind::up:
      if (!buffer_.up()) older();
      break;
    case KeyKind::down:
      if (!buffer_.down()) newer();
      break;
    case KeyKind::search:
      is_searching_ = true;
      wanted_.clear();
      found_ = history_.entries().size();
      note_ = "search: ";
      break;
    default:
      edit(key);
  }
  return Edited::going_on;
}

// In the middle of a text a line is broken where the cursor stands. An empty last line hands over
// whatever there is, so that what is wrong with it is said.
Edited LineEditor::enter() {
  const std::string& text = buffer_.text();
  const bool is_empty_line = text.empty() || text.back() == '\n';
  if (buffer_.is_on_last_line() && (is_empty_line || hooks_.is_finished(text)))
    return Edited::entered;
  buffer_.insert("\n");
  return Edited::going_on;
}

void LineEditor::edit(const Key& key) {
  switch (key.kind) {
    case KeyKind::character:
    case KeyKind::paste:
      return buffer_.insert(key.text);
    case KeyKind::line_break:
      return buffer_.insert("\n");
    case KeyKind::backspace:
      return buffer_.erase_left();
    case KeyKind::erase:
      return buffer_.erase_right();
    case KeyKind::left:
      return buffer_.left();
    case KeyKind::right:
      return buffer_.right();
    case KeyKind::home:
      return buffer_.line_start();
    case KeyKind::end:
      return buffer_.line_end();
    case KeyKind::word_left:
      return buffer_.word_left();
    case KeyKind::word_right:
      return buffer_.word_right();
    case KeyKind::kill_word:
      return buffer_.kill_word();
    case KeyKind::kill_to_start:
      return buffer_.kill_to_line_start();
    case KeyKind::kill_to_end:
      return buffer_.kill_to_line_end();
    case KeyKind::yank:
      return buffer_.yank();
    default:
      return;
  }
}

void LineEditor::older() {
  if (place_ == 0) return;
  if (place_ == history_.entries().size()) draft_ = buffer_.text();
  buffer_.set(history_.entries()[--place_]);
}

void LineEditor::newer() {
  if (place_ >= history_.entries().size()) return;
  ++place_;
  buffer_.set(place_ == history_.entries().size() ? draft_ : history_.entries()[place_]);
}

void LineEditor::complete() {
  // Where only space stands before the cursor in its line, Tab is one.
  const std::string_view before = std::string_view(buffer_.text()).substr(0, buffer_.cursor());
  const Suggestions suggestions = hooks_.suggest(buffer_.text(), buffer_.cursor());
  note_ = suggestions.note;
  if (suggestions.found.empty()) return;
  const std::string shared = shared_beginning(suggestions.found);
  const std::string_view begun = before.substr(std::min(suggestions.begin, before.size()));
  const bool is_one = suggestions.found.size() == 1;
  if (is_one || (shared.size() > begun.size() &&
                 base::equals_ignoring_case(shared.substr(0, begun.size()), begun))) {
    buffer_.replace_before_cursor(suggestions.begin,
                                  is_one ? suggestions.found.front().insert : shared);
    return;
  }
  for (const Suggestion& each : suggestions.found) choices_.push_back(each.shown);
}

bool LineEditor::search(const Key& key) {
  if (key.kind == KeyKind::character) {
    wanted_ += key.text;
    find_older(std::min(found_ + 1, history_.entries().size()));
  } else if (key.kind == KeyKind::backspace) {
    while (!wanted_.empty() && (static_cast<unsigned char>(wanted_.back()) & 0xC0) == 0x80)
      wanted_.pop_back();
    if (!wanted_.empty()) wanted_.pop_back();
    find_older(history_.entries().size());
  } else if (key.kind == KeyKind::search) {
    find_older(found_);
  } else {
    // The text that was found stays; Enter does not run it yet.
    is_searching_ = false;
    note_.clear();
    place_ = history_.entries().size();
    return key.kind == KeyKind::enter || key.kind == KeyKind::escape;
  }
  return true;
}

void LineEditor::find_older(std::size_t before) {
  const std::string wanted = base::to_lower_ascii(wanted_);
  note_ = "search: " + wanted_;
  for (std::size_t place = before; place > 0; --place) {
    const std::string& entry = history_.entries()[place - 1];
    if (wanted.empty() || base::to_lower_ascii(entry).find(wanted) == std::string::npos) continue;
    found_ = place - 1;
    buffer_.set(entry);
    return;
  }
  if (!wanted.empty()) note_ += "   (no older one has it)";
}

}  // namespace vedette::prompt
