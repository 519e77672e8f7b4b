// Owns: what stands for a template's fields in one message, as one sink writes it.
// Promises: every text from outside goes through the sink's encoder and keeps its bounds; a list
// that is cut says how many were left out. Must not know: templates' files, services. Any thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "notify/channel.h"
#include "notify/chat_text.h"
#include "notify/facts.h"
#include "notify/template.h"

namespace vedette::notify {

// A line of a digest in a chat.
inline constexpr std::size_t digest_line_units_max = 140;

// What stands around the parts of a list.
struct Listing {
  std::string_view before, middle, after, between;
};

// How a sink writes texts. Bounds are in the units that its encoder counts.
struct FieldStyle {
  Encoder encode = nullptr;
  Encoder encode_summary = nullptr;  // null: `encode`
  std::size_t title_max = 256, summary_max = 256;
  std::size_t reasons_max = 1500, reason_max = 400;  // together, each
  std::size_t value_max = 300, users_max = 700;      // of one fact
  std::size_t item_max = 64;                         // one of several values
  std::size_t footer_max = 150;
  Listing reasons{"", "", "", "\n"};
  Listing facts{"", ": ", "", "\n"};
  Listing acknowledge;      // around the link; it is ours, and holds nothing to encode
  bool says_update = true;  // the sink cannot edit, so an update says that it is one
  // Of a severity, from informational to high.
  std::array<std::string_view, 4> colours{"#4a5568", "#6b6b00", "#b25e00", "#b3261e"};
};

class MessageFields : public FieldSource {
 public:
  // `message` and `style` outlive it.
  MessageFields(const Message& message, const FieldStyle& style)
      : message_(message), style_(style) {}

  [[nodiscard]] std::string text(std::string_view field) const override;
  [[nodiscard]] bool is_json(std::string_view) const override { return false; }
  void append_json(std::string_view, base::JsonWriter&) const override {}
  [[nodiscard]] bool is_absent(std::string_view field) const override {
    return field == "acknowledge" && message_.acknowledge.empty();
  }

 protected:
  // One fact's values, encoded.
  [[nodiscard]] std::string value_of(const Fact& fact) const;
  [[nodiscard]] std::string encoded(std::string_view text, std::size_t units_max) const {
    return style_.encode(text, units_max);
  }
  // The headline, the reasons, the facts and the footer, each a line; encoded.
  [[nodiscard]] std::vector<std::string> lines() const;

  const Message& message_;
  const FieldStyle& style_;

 private:
  [[nodiscard]] std::string title() const;
  [[nodiscard]] std::vector<std::string> reasons() const;
  [[nodiscard]] std::vector<std::string> listed_lines(std::vector<std::string> texts) const;
  [[nodiscard]] std::string notice_text(const model::Notice& notice, std::string_view field) const;
  [[nodiscard]] std::string listed(model::EntityType type) const;
};

}  // namespace vedette::notify
