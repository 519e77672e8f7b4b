// Owns: the text of Windows events on their way in, from a file or a sender: in UTF-8, whatever it
// was written in, and its XML events one by one. Promises: memory is bounded; nothing is lost
// between pieces. Must not know: what events say. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/import_file.h"
#include "base/result.h"

namespace vedette::app {

struct WindowsText {
  std::string begin;                 // the file's first bytes
  std::unique_ptr<TextSource> text;  // all of it, as UTF-8 without a mark
};
// "-" is standard input.
[[nodiscard]] base::Result<WindowsText> open_windows_text(const std::string& path);

// Cuts a text that comes in pieces into its events.
class XmlEvents {
 public:
  struct Event {
    std::string_view text;  // until the next call of `add`
    bool is_whole = true;   // false: it has no end within its bound
  };
  void add(std::string_view piece);
  // The next one that is there; `is_end`: nothing more comes.
  [[nodiscard]] std::optional<Event> next(bool is_end);

 private:
  std::string text_;
  std::size_t given_ = 0;  // of it
};

// What somebody sent as Windows events, as the journal keeps it.
struct WindowsBody {
  std::string payload;
  std::size_t records = 0;
};
// malformed: there is none in it.
[[nodiscard]] base::Result<WindowsBody> read_windows_body(std::string body);

}  // namespace vedette::app
