// Owns: the cutting of a broken JSON document into the records that it holds, by its brackets
// alone. Promises: never reads beyond the text; what is between records and no record is given too,
// as what it is; each byte of the array is looked at once. Must not know: what is valid within a
// record. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vedette::base {

struct JsonPiece {
  std::string_view bytes;
  bool is_whole = false;   // it has its end
  bool is_object = false;  // it begins as one
};

struct JsonPieces {
  bool has_array = false;  // of records, where they should be
  std::vector<JsonPiece> pieces;
};

// The elements of the array at that path ("" the document itself, "value", "alerts.value").
[[nodiscard]] JsonPieces split_records(std::string_view document, std::string_view records_at);

}  // namespace vedette::base
