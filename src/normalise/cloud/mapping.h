// Owns: what schema/mappings/*.txt says: which member of a service's record becomes which column of
// which table. Promises: every column is one of the table's, with the schema's type; a text that
// breaks the form is refused with its line. Must not know: how records are read or rows are kept.
// Immutable once read; any thread.
//
// The form, a line each (# begins a comment; words are parted by blanks, "several words" quoted):
//   names NAME from=to ...             values that a service writes as numbers, or with other words
//   format NAME records=PATH id=SOURCE,... time=SOURCE,...
//   table NAME [when PATH VALUE ...]   the first table whose condition holds takes the record; PATH
//                                      has one of the values, or is a list that has
//   COLUMN SOURCE ... [:TRANSFORM]     the first source that has a value
// A SOURCE is a path, "a constant" (in which {tenant} is the tenant), @tenant, @received, @day (of
// receipt), @record (all of it), or /PATH (in the document around the records). Transforms:
// :capital (first letter), :unless=TEXT (then empty), :names=NAME, :before=C and :after=C (of the
// first C), :parsed (JSON within text), :list=MEMBER[/FLAG=true|false] (that member of each
// element, of those whose flag is so), :entities (of Sentinel's API, as alerts have them).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_records.h"
#include "base/result.h"
#include "kql/catalogue/catalogue.h"

namespace vedette::normalise::cloud {

inline constexpr std::string_view tenant_word = "{tenant}";

struct Source {
  enum class Kind : std::uint8_t {
    path,
    constant,
    tenant_constant,
    tenant,
    received,
    day,
    document
  };
  Kind kind = Kind::path;
  std::string text;      // the path or the constant
  std::size_t slot = 0;  // of the path, in the record or in the document
};

struct Transform {
  enum class Kind : std::uint8_t {
    none,
    capital,
    unless,
    names,
    before,
    after,
    parsed,
    list,
    entities
  };
  Kind kind = Kind::none;
  std::string argument;
  // of a list
  std::string flag;
  bool flag_value = false;
};

struct MappedColumn {
  std::string name;
  kql::Type type = kql::Type::string;
  std::vector<Source> sources;
  Transform transform;
};

struct MappedTable {
  std::string name;
  std::optional<Source> condition;
  std::vector<std::string> values;
  std::vector<MappedColumn> columns;
};

struct Mapping {
  std::string format;
  std::string records_at;
  base::JsonPaths paths;
  base::JsonPaths document;  // of the whole answer
  std::vector<Source> id;    // all together
  std::vector<Source> time;  // the first that has a value
  std::vector<MappedTable> tables;
};

using NamedValues = std::map<std::string, std::string, std::less<>>;

struct Mappings {
  // A format may have several: each finds other records in the same document.
  std::vector<Mapping> all;
  std::map<std::string, NamedValues, std::less<>> names;
};

// The catalogue is not needed afterwards.
[[nodiscard]] base::Result<Mappings> read_mappings(std::string_view text,
                                                   const kql::Catalogue& catalogue);
// The text of schema/mappings/*.txt, as it was when the program was built.
[[nodiscard]] std::string_view built_in_mappings();

}  // namespace vedette::normalise::cloud
