// Owns: the reading of JSON documents that hold many records (a page of a service's answer): of
// each record only the members that were asked for, in one pass, without a tree.
// Promises: the caps of base/limits.h for each record (bytes, depth, members) are checked while
// reading; names are found whatever their case; of repeated members the last one wins, and it is
// said that there were some; a record that cannot be read is given back as it came, with the
// reason, and costs none of its neighbours. Objects and arrays come as canonical JSON text:
// compact, strings in one form, members that are null left out; numbers as they were written,
// whatever their size. Must not know: what records say, which library reads (fenced in
// json_records.cpp). One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"

namespace vedette::base {

enum class JsonKind : std::uint8_t { missing, null, boolean, number, string, composite };

struct JsonSlot {
  JsonKind kind = JsonKind::missing;
  // A string without its quotes and escapes; a number, true or false as written; an object or array
  // as canonical JSON.
  std::string_view text;

  [[nodiscard]] bool has_value() const {
    return kind != JsonKind::missing && kind != JsonKind::null;
  }
};

// Which members of a record are wanted: paths such as "location.countryOrRegion". Nothing within
// arrays.
class JsonPaths {
 public:
  JsonPaths();
  // The place of its value among the slots; the same path has the same place. "" is the record
  // itself, as canonical JSON.
  std::size_t slot(std::string_view path);
  [[nodiscard]] std::size_t size() const { return slot_count_; }

 private:
  friend class JsonRecords;
  static constexpr std::uint32_t none = UINT32_MAX;
  struct Node {
    std::string name;
    std::uint32_t slot = none;
    std::vector<std::uint32_t> children;  // their nodes
  };
  std::vector<Node> nodes_;
  std::uint32_t slot_count_ = 0;
};

struct JsonRecord {
  std::span<const JsonSlot> slots;
  std::string_view bytes;        // as it came
  bool repeats_members = false;  // a wanted one, or one within a canonical text
};

// What one record may have.
struct JsonCaps {
  std::size_t bytes = limits::json_bytes_max;
  std::size_t members = limits::json_members_max;
};

struct JsonRejection {
  std::string_view bytes;
  std::string_view reason;  // a literal: "is nested too deep" ...
};

class JsonRecords {
 public:
  // The slots' texts: scalars live until the next `read`, canonical texts until the next record.
  using Take = std::function<void(const JsonRecord&)>;
  using Reject = std::function<void(const JsonRejection&)>;

  // `records_at`: the path of the array of records; "" when the document is that array, "." when it
  // is one record itself.
  JsonRecords(const JsonPaths& paths, std::string_view records_at, const JsonCaps& caps = {});
  ~JsonRecords();
  JsonRecords(JsonRecords&&) noexcept;
  JsonRecords& operator=(JsonRecords&&) noexcept;

  // Gives all records in their order. A document without that array holds none.
  void read(std::string_view document, const Take& take, const Reject& reject);

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace vedette::base
