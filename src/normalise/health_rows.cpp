#include "normalise/health_rows.h"

#include <array>
#include <utility>

#include "base/hash.h"
#include "base/json.h"

namespace vedette::normalise {
namespace {

using base::Json;
using base::JsonWriter;

// The columns of the table, as they are called in the text too.
constexpr std::array integers{"IntervalSeconds", "Records", "Bytes",
                              "Lines",           "Events",  "Unreadable"};
constexpr std::array reals{"ParseRate",      "LatenessSeconds", "LatenessSecondsMax",
                           "SilenceSeconds", "RecordsExpected", "Completeness"};
constexpr std::array texts{"Source", "Format", "State", "Message"};

}  // namespace

std::string format_health(const SourceHealth& h) {
  JsonWriter writer;
  writer.begin_object().member("TimeGenerated", base::format_iso(h.time));
  const std::array<std::string_view, texts.size()> words{h.source, h.format, h.state, h.message};
  for (std::size_t i = 0; i < texts.size(); ++i) writer.member(texts[i], words[i]);
  const std::array<std::int64_t, integers.size()> counts{h.interval_s, h.records, h.bytes,
                                                         h.lines,      h.events,  h.unreadable};
  for (std::size_t i = 0; i < integers.size(); ++i) writer.key(integers[i]).number(counts[i]);
  const std::array<std::optional<double>, reals.size()> numbers{h.parse_rate,       h.lateness_s,
                                                                h.lateness_s_max,   h.silence_s,
                                                                h.records_expected, h.completeness};
  for (std::size_t i = 0; i < reals.size(); ++i)
    if (numbers[i]) writer.key(reals[i]).real(*numbers[i]);
  writer.end_object();
  return writer.take() + "\n";
}

bool HealthRows::add_line(const model::RawBatch& batch, std::string_view line) {
  const auto json = base::parse_json(line);
  if (!json || json->as_object() == nullptr) return false;
  const auto* time = (*json)["TimeGenerated"].as_string();
  const auto* source = (*json)["Source"].as_string();
  const auto generated = time == nullptr ? std::nullopt : base::parse_iso(*time);
  if (!generated || source == nullptr) return false;
  // One source has one record at a time.
  const std::uint64_t id =
      base::hash_words(base::hash_bytes(*source), static_cast<std::uint64_t>(generated->ticks)) | 1;
  rows_.add_row({*generated, batch.received, id, base::hash_bytes(line)});
  for (const char* name : texts) {
    const auto* text = (*json)[name].as_string();
    if (text != nullptr && !text->empty()) rows_.set_text(rows_.column(name), *text);
  }
  for (const char* name : integers)
    if (const auto* number = (*json)[name].as_integer()) rows_.set(rows_.column(name), *number);
  for (const char* name : reals) {
    const Json& value = (*json)[name];
    if (!value.is_null()) rows_.set(rows_.column(name), value.number_or(0));
  }
  return true;
}

void HealthRows::add(const model::RawBatch& batch, QuarantineRows& quarantine) {
  for (std::string_view rest = batch.bytes; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    const std::size_t offset = batch.bytes.size() - rest.size();
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!line.empty() && !add_line(batch, line))
      quarantine.add({batch.source_name, health_format, "is no health record", line, batch.received,
                      batch.journal_position, offset});
  }
}

std::optional<model::TableBatch> HealthRows::take() {
  if (rows_.row_count() == 0) return std::nullopt;
  return std::exchange(rows_, model::TableBatch(std::string(health_table)));
}

}  // namespace vedette::normalise
