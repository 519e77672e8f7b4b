#include "app/windows_text.h"

#include <algorithm>
#include <utility>

#include "app/ingest_rows.h"
#include "base/encode.h"
#include "base/limits.h"
#include "base/text.h"
#include "normalise/windows/windows_xml.h"

namespace vedette::app {
namespace {

using base::Result;

// What PowerShell writes with `>`.
class Utf16Text final : public TextSource {
 public:
  Utf16Text(std::unique_ptr<TextSource> text, bool big_endian)
      : text_(std::move(text)), big_endian_(big_endian) {}

  Result<std::string_view> next() override {
    out_.clear();
    while (out_.empty()) {
      const std::string_view piece = VEDETTE_TRY(text_->next());
      if (piece.empty()) return std::string_view();
      for (const char c : piece) take(static_cast<unsigned char>(c));
    }
    return std::string_view(out_);
  }

 private:
  void take(std::uint32_t byte) {
    if (!std::exchange(has_half_, !has_half_)) {
      half_ = byte;
      return;
    }
    const std::uint32_t unit = big_endian_ ? half_ << 8 | byte : byte << 8 | half_;
    constexpr char32_t replacement = 0xFFFD;
    if (unit >= 0xD800 && unit < 0xDC00) {
      if (high_ != 0) base::append_utf8(out_, replacement);
      high_ = unit;
    } else if (unit >= 0xDC00 && unit < 0xE000) {
      base::append_utf8(
          out_, high_ == 0 ? replacement : 0x10000 + ((high_ - 0xD800) << 10) + (unit - 0xDC00));
      high_ = 0;
    } else {
      if (std::exchange(high_, 0) != 0) base::append_utf8(out_, replacement);
      base::append_utf8(out_, unit);
    }
  }

  std::unique_ptr<TextSource> text_;
  const bool big_endian_;
  std::string out_;
  bool has_half_ = false;
  std::uint32_t half_ = 0, high_ = 0;
};

// A text whose first piece was looked at.
class BegunText final : public TextSource {
 public:
  BegunText(std::string first, std::unique_ptr<TextSource> rest)
      : first_(std::move(first)), rest_(std::move(rest)) {}
  Result<std::string_view> next() override {
    if (first_.empty()) return rest_->next();
    given_ = std::exchange(first_, {});
    return std::string_view(given_);
  }

 private:
  std::string first_, given_;
  std::unique_ptr<TextSource> rest_;
};

}  // namespace

Result<WindowsText> open_windows_text(const std::string& path) {
  auto text = VEDETTE_TRY(open_text(path));
  std::string first(VEDETTE_TRY(text->next()));
  WindowsText opened;
  opened.begin = first.substr(0, 64);
  const bool little = first.starts_with("\xFF\xFE"), big = first.starts_with("\xFE\xFF");
  if (little || big) {
    first.erase(0, 2);
    auto bytes = std::make_unique<BegunText>(std::move(first), std::move(text));
    opened.text = std::make_unique<Utf16Text>(std::move(bytes), big);
    std::string begin(VEDETTE_TRY(opened.text->next()));
    opened.begin = begin.substr(0, 64);
    opened.text = std::make_unique<BegunText>(std::move(begin), std::move(opened.text));
    return opened;
  }
  if (first.starts_with("\xEF\xBB\xBF")) {
    first.erase(0, 3);
    opened.begin.erase(0, 3);
  }
  opened.text = std::make_unique<BegunText>(std::move(first), std::move(text));
  return opened;
}

void XmlEvents::add(std::string_view piece) {
  text_.erase(0, given_);
  given_ = 0;
  text_ += piece;
}

std::optional<XmlEvents::Event> XmlEvents::next(bool is_end) {
  const std::string_view left = std::string_view(text_).substr(given_);
  const std::string_view first = normalise::windows::first_windows_event(left);
  if (first.empty()) {
    // The last bytes may be the begin of one.
    constexpr std::size_t begin_bytes = 8;
    if (left.size() > begin_bytes) given_ = text_.size() - begin_bytes;
    return std::nullopt;
  }
  Event event{first, first.ends_with("</Event>")};
  if (!event.is_whole && !is_end && first.size() <= base::limits::json_bytes_max)
    return std::nullopt;
  given_ = static_cast<std::size_t>(first.data() + first.size() - text_.data());
  return event;
}

base::Result<WindowsBody> read_windows_body(std::string body) {
  if (base::trim(body).starts_with('<')) {
    const std::size_t records = normalise::windows::split_windows_xml(body).size();
    if (records == 0) return base::failure(base::ErrorCode::malformed, "the body holds no <Event>");
    return WindowsBody{std::move(body), records};
  }
  const auto rows = VEDETTE_TRY(split_json_rows(body));
  if (rows.empty()) return base::failure(base::ErrorCode::malformed, "the body holds no event");
  const bool is_array = base::trim(body).starts_with('[');
  const auto spans_lines = [](std::string_view row) { return row.find('\n') != row.npos; };
  if (is_array || std::ranges::none_of(rows, spans_lines)) {
    const std::size_t records = rows.size();
    return WindowsBody{std::move(body), records};
  }
  std::string array;
  for (const std::string_view row : rows) array.append(array.empty() ? "[" : ",").append(row);
  return WindowsBody{array + "]", rows.size()};
}

}  // namespace vedette::app
