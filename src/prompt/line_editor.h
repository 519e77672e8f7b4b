// Owns: what keys do to the text that is being written: editing, going through the history and
// searching it, completing a word. Promises: pure: the same keys give the same text; nothing that a
// key does depends on a terminal or a time. Must not know: what the text means. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "prompt/history.h"
#include "prompt/key.h"
#include "prompt/text_buffer.h"

namespace vedette::prompt {

struct Suggestion {
  std::string insert;  // in place of the word that was begun
  std::string shown;   // in the list
};
struct Suggestions {
  std::size_t begin = 0;  // of the word that was begun
  std::vector<Suggestion> found;
  std::string note;  // instead of a list
};

struct EditorHooks {
  std::function<Suggestions(const std::string& text, std::size_t cursor)> suggest;
  // Enter hands it over; otherwise it breaks the line.
  std::function<bool(const std::string& text)> is_finished;
};

enum class Edited : std::uint8_t { going_on, entered, cancelled, left };

class LineEditor {
 public:
  // `history` outlives the editor.
  LineEditor(const History& history, EditorHooks hooks);

  // Begins with an empty text.
  void start();
  Edited take(const Key& key);

  [[nodiscard]] const TextBuffer& buffer() const { return buffer_; }
  // What stands below the text: what could follow, or a note.
  [[nodiscard]] const std::vector<std::string>& choices() const { return choices_; }
  [[nodiscard]] const std::string& note() const { return note_; }

 private:
  Edited enter();
  void edit(const Key& key);
  void older();
  void newer();
  void complete();
  // False: the key is none of the search's, which has ended.
  bool search(const Key& key);
  void find_older(std::size_t before);

  const History& history_;
  const EditorHooks hooks_;
  TextBuffer buffer_;
  std::vector<std::string> choices_;
  std::string note_;
  std::size_t place_ = 0;  // in the history; its size: what is being written
  std::string draft_;
  bool is_searching_ = false;
  std::string wanted_;
  std::size_t found_ = 0;
};

}  // namespace vedette::prompt
