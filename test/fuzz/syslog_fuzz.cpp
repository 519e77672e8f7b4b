// Any bytes as what a sender of syslog writes, through the framing, the journal's form, the message
// parser and sshd's messages: no crash, no byte lost, and pieces do not matter.
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "collect/syslog_framing.h"
#include "model/sent_messages.h"
#include "normalise/syslog_normaliser.h"

using namespace vedette;

namespace {

std::string take_in_pieces(std::string_view bytes, std::size_t piece) {
  std::string payload;
  const auto take = [&payload](std::string_view message, bool is_cut) {
    assert(!message.empty() && message.size() <= 512);
    model::append_sent_message(payload, {"192.0.2.1", message, is_cut});
  };
  collect::SyslogFraming framing(512);
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    framing.feed(bytes.substr(at, piece), take);
  framing.finish(take);
  return payload;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string payload = take_in_pieces(text, 1 + size % 13);
  assert(payload == take_in_pieces(text, size + 1));

  normalise::SyslogNormaliser normaliser(base::TimeZone::fixed({}));
  model::RawBatch batch;
  batch.source_name = "fuzz";
  batch.received = base::Timestamp::from_unix_seconds(1'780'000'000);
  batch.journal_position = 1;
  std::vector<model::AuthEvent> events;
  std::vector<normalise::RejectedLine> rejected;
  batch.bytes = payload;
  normaliser.read(batch, events, rejected);
  model::SentMessages messages(payload);
  model::SentMessage message;
  std::size_t count = 0;
  while (messages.next(message)) ++count;
  assert(messages.broken().empty());
  assert(normaliser.entries().size() == count);
  for (const auto& entry : normaliser.entries()) {
    const auto ahead = entry.time - batch.received;
    assert(ahead <= base::Duration::minutes(5) && ahead >= base::Duration::hours(-48));
  }
  // The same bytes as a record that was damaged.
  batch.bytes = text;
  normaliser.read(batch, events, rejected);
  return 0;
}
