#include "model/sent_messages.h"

#include "base/text.h"

namespace vedette::model {
namespace {

constexpr std::string_view cut_mark = " cut";
constexpr std::size_t head_bytes_max = 80;

}  // namespace

void append_sent_message(std::string& payload, const SentMessage& message) {
  payload += message.sender;
  payload += ' ';
  payload += std::to_string(message.text.size());
  if (message.is_cut) payload += cut_mark;
  payload += '\n';
  payload += message.text;
  payload += '\n';
}

bool SentMessages::next(SentMessage& message) {
  if (rest_.empty() || is_broken_) return false;
  is_broken_ = true;  // until it is seen whole
  const std::size_t head_end = rest_.substr(0, head_bytes_max).find('\n');
  if (head_end == std::string_view::npos) return false;
  std::string_view head = rest_.substr(0, head_end);
  message.is_cut = head.ends_with(cut_mark);
  if (message.is_cut) head.remove_suffix(cut_mark.size());
  const std::size_t blank = head.find(' ');
  if (blank == std::string_view::npos) return false;
  const auto bytes = base::parse_unsigned(head.substr(blank + 1));
  const std::string_view body = rest_.substr(head_end + 1);
  if (!bytes || *bytes >= body.size() || body[*bytes] != '\n') return false;
  message.sender = head.substr(0, blank);
  message.text = body.substr(0, *bytes);
  rest_ = body.substr(*bytes + 1);
  is_broken_ = false;
  return true;
}

}  // namespace vedette::model
