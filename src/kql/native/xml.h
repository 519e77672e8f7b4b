// Owns: XML text as JSON, in the form of Kusto's parse_xml: elements are properties, attributes
// have an
// @ in front, text beside attributes is #text, repeated elements are an array.
// Promises: no entities but the five of XML and numeric ones, no DTD, bounded depth; malformed text
// is false. Called from any thread.
#pragma once

#include <string>
#include <string_view>

namespace vedette::kql::native {

bool xml_to_json(std::string_view xml, std::string& json);

}  // namespace vedette::kql::native
