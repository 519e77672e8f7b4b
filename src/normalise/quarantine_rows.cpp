#include "normalise/quarantine_rows.h"

#include <utility>

#include "base/hash.h"

namespace vedette::normalise {

void QuarantineRows::add(const QuarantinedText& text) {
  // Two equal texts at different places are two: the place is what tells them apart.
  const std::uint64_t place = base::hash_words(text.journal_position, text.source_position);
  model::TableBatch& rows = columns_.rows;
  rows.add_row({text.received, text.received, place | 1, base::hash_bytes(text.payload)});
  rows.set_text(columns_.source, text.source);
  rows.set_text(columns_.format, text.format);
  rows.set_text(columns_.reason, text.reason);
  rows.set_text(columns_.payload, text.payload);
  rows.set(columns_.journal_position, static_cast<std::int64_t>(text.journal_position));
  rows.set(columns_.source_position, static_cast<std::int64_t>(text.source_position));
}

std::optional<model::TableBatch> QuarantineRows::take() {
  if (waiting() == 0) return std::nullopt;
  return std::exchange(columns_, Columns{}).rows;
}

}  // namespace vedette::normalise
