// Owns: a whole document of indicators: a STIX bundle (or a list of objects, or one), a MISP export
// (events, or the answers of restSearch), a plain list. Promises: what it is can be told by its
// content; objects come one by one in their order, so that a document of a gigabyte needs no tree;
// an object that cannot be read is told with the reason. Must not know: where the document is from.
// Pure, any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "intel/indicator_reader.h"

namespace vedette::intel {

enum class DocumentFormat : std::uint8_t { stix, misp, list, csv };

// "stix", "misp", "list", "csv".
[[nodiscard]] std::optional<DocumentFormat> document_format_named(std::string_view name);
// Empty: JSON that is neither.
[[nodiscard]] std::optional<DocumentFormat> format_of_document(std::string_view text);

using TakeIndicator = std::function<void(base::Result<model::Indicator>)>;
// What a STIX document holds beside indicators: threat actors, malware, relationships ...
using TakeObject = std::function<void(const base::Json& object)>;
void read_document(DocumentFormat format, std::string_view text, const IndicatorDefaults& defaults,
                   const TakeIndicator& take, const TakeObject& take_object = {});

}  // namespace vedette::intel
