#include "base/json_records.h"

#include <simdjson.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <deque>
#include <tuple>

#include "base/encode.h"
#include "base/hash.h"
#include "base/json_split.h"
#include "base/json_text.h"
#include "base/limits.h"
#include "base/text.h"

namespace vedette::base {

using namespace simdjson;

namespace {

// Names are compared before their end is known: as much can be read behind every document.
constexpr std::size_t name_bytes_max = 256;
constexpr std::size_t padding_bytes = SIMDJSON_PADDING + name_bytes_max;

constexpr std::string_view too_large = "is larger than a record may be";
constexpr std::string_view too_deep = "is nested deeper than a record may be";
constexpr std::string_view too_many = "has more members than a record may have";
constexpr std::string_view no_utf8 = "is not valid UTF-8";
constexpr std::string_view no_json = "is not valid JSON";
constexpr std::string_view no_object = "is no object";
constexpr std::string_view no_end = "ends too soon";
constexpr std::string_view no_array = "has no array of records where it should be";

std::string_view reason_of(error_code error) {
  return error == UTF8_ERROR ? no_utf8 : no_json;
}

std::string_view without_space(std::string_view token) {
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token;
}

// Texts that live as long as the document.
class StableTexts {
 public:
  std::string& add() { return texts_.emplace_back(); }
  void clear() { texts_.clear(); }

 private:
  std::deque<std::string> texts_;
};

}  // namespace

JsonPaths::JsonPaths() : nodes_(1) {}

std::size_t JsonPaths::slot(std::string_view path) {
  std::uint32_t at = 0;
  for (const auto name : path.empty() ? std::vector<std::string_view>() : split(path, '.')) {
    assert(!name.empty() && name.size() < name_bytes_max);
    const auto& children = nodes_[at].children;
    const auto found = std::ranges::find_if(children, [&](std::uint32_t child) {
      return equals_ignoring_case(nodes_[child].name, name);
    });
    if (found != children.end()) {
      at = *found;
      continue;
    }
    const auto fresh = static_cast<std::uint32_t>(nodes_.size());
    nodes_[at].children.push_back(fresh);
    nodes_.push_back({std::string(name), none, {}});
    at = fresh;
  }
  if (nodes_[at].slot == none) nodes_[at].slot = slot_count_++;
  return nodes_[at].slot;
}

class JsonRecords::Body {
 public:
  Body(const JsonPaths& paths, std::string_view records_at, const JsonCaps& caps)
      : paths_(paths),
        records_at_(records_at),
        caps_(caps),
        slots_(paths.size()),
        first_(paths.nodes_.size(), none),
        follows_(paths.nodes_.size(), none),
        visited_(paths.nodes_.size(), 0) {}

  void read(std::string_view document, const Take& take, const Reject& reject) {
    stable_.clear();
    padded_.resize(document.size() + padding_bytes);
    std::memcpy(padded_.data(), document.data(), document.size());
    std::memset(padded_.data() + document.size(), ' ', padding_bytes);
    document_ = std::string_view(padded_).substr(0, document.size());
    if (records_at_ == ".") return read_one(document_, padded_.size(), take, reject);
    std::size_t done = 0;
    const auto error = read_all(take, reject, done);
    if (error != SUCCESS) read_split(reason_of(error), done, take, reject);
  }

 private:
  using Node = JsonPaths::Node;
  static constexpr std::uint32_t none = JsonPaths::none;
  // A member that was written into the canonical text.
  struct Written {
    std::uint64_t name_hash = 0;
    std::size_t begin = 0, name_end = 0;
  };
  struct Composite {
    std::uint32_t slot = 0;
    std::size_t begin = 0, bytes = 0;
  };

  // The way that is taken while all is well. An error: the records from `done` on were not given.
  error_code read_all(const Take& take, const Reject& reject, std::size_t& done) {
    end_ = document_.data() + document_.size();
    ondemand::document document;
    if (const auto error =
            parser_.iterate(document_.data(), document_.size(), padded_.size()).get(document))
      return error;
    ondemand::array array;
    const auto error = find_array(document, array);
    if (error == NO_SUCH_FIELD) return SUCCESS;
    if (error != SUCCESS) return error;
    for (auto each : array) {
      ondemand::value value;
      if (const auto problem = each.get(value)) return problem;
      if (const auto problem = read_value(value, take, reject)) return problem;
      ++done;
    }
    return SUCCESS;
  }
  error_code find_array(ondemand::document& document, ondemand::array& array) {
    if (records_at_.empty()) return document.get_array().get(array);
    const auto names = split(records_at_, '.');
    ondemand::value value;
    if (const auto error = document.find_field_unordered(names.front()).get(value)) return error;
    const auto is_null = [&] { return value.raw_json_token().starts_with("null"); };
    for (std::size_t i = 1; i < names.size() && !is_null(); ++i) {
      ondemand::value next;
      if (const auto error = value.find_field_unordered(names[i]).get(next)) return error;
      value = next;
    }
    if (is_null()) return NO_SUCH_FIELD;
    return value.get_array().get(array);
  }

  error_code read_value(ondemand::value& value, const Take& take, const Reject& reject) {
    const std::string_view token = value.raw_json_token();
    if (!token.starts_with('{')) {
      std::string_view bytes = without_space(token);
      if (token.starts_with('[')) {
        ondemand::array array;
        if (const auto error = value.get_array().get(array)) return error;
        if (const auto error = array.raw_json().get(bytes)) return error;
      }
      reject({without_space(bytes), no_object});
      return SUCCESS;
    }
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return error;
    return read_object(object, take, reject);
  }

  error_code read_object(ondemand::object& object, const Take& take, const Reject& reject) {
    std::string_view bytes;
    if (const auto error = object.raw_json().get(bytes)) return error;
    bytes = without_space(bytes);
    if (bytes.size() > caps_.bytes) {
      reject({bytes, too_large});
      return SUCCESS;
    }
    if (const auto error = object.reset().error()) return error;
    begin_record();
    if (walk_object(object, 0, paths_.nodes_[0].slot != none, 1)) {
      finish_record();
      take({slots_, bytes, repeats_});
      return SUCCESS;
    }
    if (reason_ == no_json) return TAPE_ERROR;  // what follows may be anything
    reject({bytes, reason_});
    return SUCCESS;
  }

  // What is one record, with room to read behind it.
  void read_one(std::string_view text, std::size_t capacity, const Take& take,
                const Reject& reject) {
    end_ = text.data() + text.size();
    ondemand::document document;
    ondemand::object object;
    error_code error = parser_.iterate(text.data(), text.size(), capacity).get(document);
    if (error == SUCCESS) error = document.get_object().get(object);
    if (error == SUCCESS) error = read_object(object, take, reject);
    if (error != SUCCESS) reject({text, error == INCORRECT_TYPE ? no_object : reason_of(error)});
  }

  // The way when something is broken: records are cut out by their brackets and read one by one.
  void read_split(std::string_view reason, std::size_t done, const Take& take,
                  const Reject& reject) {
    const JsonPieces found = split_records(document_, records_at_);
    if (!found.has_array)
      return reject({document_, reason == no_utf8 || document_.empty() ? reason : no_array});
    for (std::size_t i = done; i < found.pieces.size(); ++i) {
      const JsonPiece& piece = found.pieces[i];
      if (!piece.is_whole || !piece.is_object) {
        reject({piece.bytes, piece.is_whole ? no_object : no_end});
      } else if (piece.bytes.size() > caps_.bytes) {
        reject({piece.bytes, too_large});
      } else {
        std::string& copy = stable_.add();
        copy.reserve(piece.bytes.size() + padding_bytes);
        copy = piece.bytes;
        copy.append(padding_bytes, ' ');
        read_one(std::string_view(copy).substr(0, piece.bytes.size()), copy.size(), take, reject);
      }
    }
  }

  void begin_record() {
    std::ranges::fill(slots_, JsonSlot{});
    composed_.clear();
    composites_.clear();
    written_.clear();
    members_ = 0;
    repeats_ = false;
    ++record_;
  }
  void finish_record() {
    if (const std::uint32_t root = paths_.nodes_[0].slot; root != none) {
      slots_[root].kind = JsonKind::composite;
      composites_.push_back({root, 0, composed_.size()});
    }
    for (const Composite& each : composites_)
      slots_[each.slot].text = std::string_view(composed_).substr(each.begin, each.bytes);
  }
  bool refuse(std::string_view reason) {
    reason_ = reason;
    return false;
  }

  bool walk_object(ondemand::object& object, std::uint32_t node, bool write, unsigned depth) {
    if (depth > limits::json_depth_max) return refuse(too_deep);
    const std::size_t first_written = written_.size();
    std::uint32_t before = none;  // the wanted member that came last
    if (write) composed_ += '{';
    for (auto each : object) {
      ondemand::field field;
      if (std::move(each).get(field) != SUCCESS) return refuse(no_json);
      if (++members_ > caps_.members) return refuse(too_many);
      const char* key = field.key().raw();
      const std::uint32_t child = node == none ? none : find_child(node, before, key);
      if (child != none) before = child;
      if (child == none && !write) continue;
      if (child != none && visited_[child] == record_) forget(child);
      if (child != none) visited_[child] = record_;
      const std::string_view token = without_space(field.value().raw_json_token());
      const bool is_null = token == "null";
      if (write && !is_null) begin_member(key, first_written);
      if (!walk_value(field.value(), token, child, write, depth)) return false;
      if (write && !is_null) end_member(first_written);
    }
    if (write) composed_ += '}';
    written_.resize(first_written);
    return true;
  }

  bool walk_value(ondemand::value& value, std::string_view token, std::uint32_t node, bool write,
                  unsigned depth) {
    if (token.empty()) return refuse(no_json);
    const std::uint32_t slot = node == none ? none : paths_.nodes_[node].slot;
    if (token.front() != '{' && token.front() != '[') {
      JsonSlot scalar;
      if (!read_scalar(token, scalar)) return refuse(no_json);
      if (slot != none) slots_[slot] = scalar;
      if (write && scalar.kind != JsonKind::null) write_scalar(token, scalar);
      return true;
    }
    if (slot != none && !write) {
      const auto ready = find_canonical_json({token.data(), end_}, limits::json_depth_max - depth);
      if (ready) return take_ready(value, token, node, *ready, depth);
    }
    const std::size_t begin = composed_.size();
    const bool writes = write || slot != none;
    if (!walk_inside(value, token, node, writes, depth)) return false;
    if (slot == none) return true;
    slots_[slot].kind = JsonKind::composite;
    composites_.push_back({slot, begin, composed_.size() - begin});
    return true;
  }

  bool walk_inside(ondemand::value& value, std::string_view token, std::uint32_t node, bool write,
                   unsigned depth) {
    if (token.front() == '[') return !write || walk_array(value, depth + 1);
    ondemand::object object;
    if (value.get_object().get(object) != SUCCESS) return refuse(no_json);
    return walk_object(object, node, write, depth + 1);
  }

  // An object or array that stands there as it is to be given: it is copied, and only read for what
  // is wanted of its members.
  bool take_ready(ondemand::value& value, std::string_view token, std::uint32_t node,
                  const CanonicalJson& ready, unsigned depth) {
    const std::uint32_t slot = paths_.nodes_[node].slot;
    slots_[slot].kind = JsonKind::composite;
    composites_.push_back({slot, composed_.size(), ready.bytes});
    composed_.append(token.data(), ready.bytes);
    const std::size_t members = members_ + ready.members;
    if (!paths_.nodes_[node].children.empty() && !walk_inside(value, token, node, false, depth))
      return false;
    members_ = members;
    return members_ <= caps_.members || refuse(too_many);
  }

  bool walk_array(ondemand::value& value, unsigned depth) {
    if (depth > limits::json_depth_max) return refuse(too_deep);
    ondemand::array array;
    if (value.get_array().get(array) != SUCCESS) return refuse(no_json);
    composed_ += '[';
    for (auto each : array) {
      ondemand::value element;
      if (each.get(element) != SUCCESS) return refuse(no_json);
      if (composed_.back() != '[') composed_ += ',';
      const std::string_view token = without_space(element.raw_json_token());
      if (token == "null") composed_ += token;
      if (!walk_value(element, token, none, true, depth)) return false;
    }
    composed_ += ']';
    return true;
  }

  // The text of a scalar: a part of the document, or of the texts beside it.
  bool read_scalar(std::string_view token, JsonSlot& scalar) {
    if (token.front() == '"') {
      if (token.size() < 2 || token.back() != '"') return false;
      scalar = {JsonKind::string, token.substr(1, token.size() - 2)};
      if (std::memchr(scalar.text.data(), '\\', scalar.text.size()) == nullptr) return true;
      std::string& plain = stable_.add();
      const bool is_whole = append_unescaped_json(plain, scalar.text);
      scalar.text = plain;
      return is_whole;
    }
    scalar = {JsonKind::number, token};
    if (token == "true" || token == "false") scalar.kind = JsonKind::boolean;
    if (token == "null") scalar = {JsonKind::null, {}};
    return scalar.kind != JsonKind::number || is_json_number(token);
  }

  void write_scalar(std::string_view token, const JsonSlot& scalar) {
    // Escapes have several forms, of which one is canonical.
    if (scalar.kind != JsonKind::string || is_plain_json(token.substr(1, token.size() - 2)))
      composed_ += token;
    else
      append_json_string(composed_, scalar.text);
  }

  void begin_member(const char* key, std::size_t first_written) {
    if (written_.size() > first_written) composed_ += ',';
    Written member;
    member.begin = composed_.size();
    const char* end = key;
    while (*end != '"') end += *end == '\\' ? 2 : 1;
    const std::string_view name(key, static_cast<std::size_t>(end - key));
    if (is_plain_json(name)) {
      composed_ += '"';
      composed_ += name;
      composed_ += '"';
    } else {
      unescaped_.clear();
      std::ignore = append_unescaped_json(unescaped_, name);
      append_json_string(composed_, unescaped_);
    }
    member.name_end = composed_.size();
    member.name_hash = hash_bytes(name_of(member));
    composed_ += ':';
    written_.push_back(member);
  }
  [[nodiscard]] std::string_view name_of(const Written& member) const {
    return std::string_view(composed_).substr(member.begin, member.name_end - member.begin);
  }

  // Of members of one name the last stays.
  void end_member(std::size_t first_written) {
    const Written last = written_.back();
    for (std::size_t i = first_written; i + 1 < written_.size(); ++i) {
      const Written& earlier = written_[i];
      if (earlier.name_hash != last.name_hash || name_of(earlier) != name_of(last)) continue;
      repeats_ = true;
      const std::size_t begin = earlier.begin;
      const std::size_t bytes = written_[i + 1].begin - begin;
      composed_.erase(begin, bytes);
      written_.erase(written_.begin() + static_cast<std::ptrdiff_t>(i));
      for (std::size_t next = i; next < written_.size(); ++next) {
        written_[next].begin -= bytes;
        written_[next].name_end -= bytes;
      }
      for (Composite& each : composites_)
        if (each.begin > begin) each.begin -= bytes;
      return;
    }
  }

  // The child whose name stands at `key`. Records of one service have their members in one order,
  // so mostly it is the one that followed the member before (or began the object) the last time,
  // too.
  std::uint32_t find_child(std::uint32_t node, std::uint32_t before, const char* key) {
    const auto is_at_key = [&](std::uint32_t child) {
      const std::string& name = paths_.nodes_[child].name;
      return std::memcmp(key, name.data(), name.size()) == 0 && key[name.size()] == '"';
    };
    std::uint32_t& guess = before == none ? first_[node] : follows_[before];
    if (guess != none && is_at_key(guess)) return guess;
    const std::vector<std::uint32_t>& children = paths_.nodes_[node].children;
    for (const std::uint32_t child : children)
      if (is_at_key(child)) return guess = child;
    for (const std::uint32_t child : children) {
      const std::string& name = paths_.nodes_[child].name;
      if (key[name.size()] == '"' && equals_ignoring_case({key, name.size()}, name)) return child;
    }
    return none;
  }
  // A wanted member comes again: what the first one said does not count.
  void forget(std::uint32_t node) {
    repeats_ = true;
    const Node& one = paths_.nodes_[node];
    if (one.slot != none) {
      slots_[one.slot] = {};
      std::erase_if(composites_, [&](const Composite& each) { return each.slot == one.slot; });
    }
    for (const std::uint32_t child : one.children)
      if (visited_[child] == record_) forget(child);
  }

  const JsonPaths paths_;
  const std::string records_at_;
  const JsonCaps caps_;
  ondemand::parser parser_;
  std::string padded_;
  std::string_view document_;
  const char* end_ = nullptr;  // of the text that is parsed
  StableTexts stable_;
  // Of the record in hand.
  std::vector<JsonSlot> slots_;
  std::string composed_;
  std::vector<Composite> composites_;
  std::vector<Written> written_;
  std::string unescaped_;
  std::size_t members_ = 0;
  bool repeats_ = false;
  std::string_view reason_;
  // By node.
  std::vector<std::uint32_t> first_;    // the wanted member that came first in it
  std::vector<std::uint32_t> follows_;  // ... that came after it
  std::vector<std::uint64_t> visited_;  // the number of the record it was last seen in
  std::uint64_t record_ = 0;
};

JsonRecords::JsonRecords(const JsonPaths& paths, std::string_view records_at, const JsonCaps& caps)
    : body_(std::make_unique<Body>(paths, records_at, caps)) {}
JsonRecords::~JsonRecords() = default;
JsonRecords::JsonRecords(JsonRecords&&) noexcept = default;
JsonRecords& JsonRecords::operator=(JsonRecords&&) noexcept = default;

void JsonRecords::read(std::string_view document, const Take& take, const Reject& reject) {
  body_->read(document, take, reject);
}

}  // namespace vedette::base
