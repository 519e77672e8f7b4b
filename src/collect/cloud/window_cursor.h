// Owns: how far a feed has read: until when, and which spans before that are yet to be read.
// Promises: `until` moves only when a window up to it was read to its last page; a hole shrinks
// only by windows that were; what is written can be read again, and what cannot be read is no
// cursor (the feed begins anew, which repeats and loses nothing that the service still has). Must
// not know: pages, services. A value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collect/cloud/listing.h"

namespace vedette::collect::cloud {

struct WindowCursor {
  base::Timestamp until;      // unset: nothing was read yet
  std::vector<Window> holes;  // newest first, apart from each other
  base::Timestamp swept;      // when the last day was read again
  base::Duration overlap;

  // That span is to be read.
  void add_hole(const Window& hole);
  // The newest `length` of the newest hole.
  [[nodiscard]] std::optional<Window> next_back_window(base::Duration length) const;
  // It was read to its last page.
  void close_back_window(const Window& window);
  // The service has nothing before that.
  void nothing_before(base::Timestamp time);
  [[nodiscard]] base::Duration left() const;

  bool operator==(const WindowCursor& other) const = default;
};

[[nodiscard]] std::string format_cursor(const WindowCursor& cursor);
[[nodiscard]] std::optional<WindowCursor> parse_cursor(std::string_view text);

}  // namespace vedette::collect::cloud
