// Owns: the attributes of a MISP as a listing by the time when their event was published: what is
// for detection, and what was taken back (no longer for detection, deleted). Source: MISP's OpenAPI
// document, POST /attributes/restSearch. Promises: pages are asked for by their number until two in
// a row hold nothing; a MISP that gives a page again is found out. Must not know: what attributes
// say. As listing.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "collect/cloud/listing.h"
#include "model/indicator_record.h"

namespace vedette::collect::cloud {

enum class MispPart : std::uint8_t { indicators, withdrawals };

struct MispQuery {
  std::string address;  // "https://misp.example.org", or with a path
  MispPart part = MispPart::indicators;
  model::IndicatorRecord record;        // of what comes
  std::vector<std::string> types = {};  // of attributes, by MISP's names
  std::vector<std::string> tags = {};   // any of them; with '!' before: none of them
  bool applies_warning_lists = true;    // MISP leaves out what its warning lists name
};

[[nodiscard]] std::unique_ptr<Listing> misp_attributes(MispQuery query);

}  // namespace vedette::collect::cloud
