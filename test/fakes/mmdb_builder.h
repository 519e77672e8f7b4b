// Makes small MMDB files (MaxMind DB format 2.0, 24-bit records) for tests: a tree of networks and
// one record each, given as JSON. Strings, whole numbers (uint32), reals (double, or float), lists
// and maps.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>
#include <string>
#include <vector>

#include "base/ip.h"
#include "base/json.h"

namespace vedette::fakes {

class MmdbBuilder {
 public:
  // ip_version 4 keeps IPv4 networks only; 6 keeps both (IPv4 at ::a.b.c.d, as the format says).
  MmdbBuilder(std::string type, int ip_version) : type_(std::move(type)), ip_version_(ip_version) {}

  // Reals are written as float (DB-IP by ip-location-db does) instead of double.
  MmdbBuilder& with_floats() {
    floats_ = true;
    return *this;
  }

  MmdbBuilder& add(const char* network, const char* json) {
    const base::IpNetwork where = *base::parse_network(network);
    const auto offset = static_cast<std::uint32_t>(data_.size());
    append_value(data_, *base::parse_json(json));
    const bool is_v4 = where.base.is_v4();
    assert(is_v4 || ip_version_ == 6);
    base::IpAddress address = where.base;
    if (is_v4) address = {0, where.base.v4()};
    const int first_bit = ip_version_ == 4 ? 96 : 0;
    std::size_t node = 0;
    for (int bit = first_bit; bit < where.bits; ++bit) {
      const bool right = (bit < 64 ? address.high >> (63 - bit) : address.low >> (127 - bit)) & 1;
      if (bit + 1 == where.bits) {
        nodes_[node].side[right] = -1 - static_cast<std::int64_t>(offset);
      } else {
        if (nodes_[node].side[right] == 0) {
          nodes_[node].side[right] = static_cast<std::int64_t>(nodes_.size());
          nodes_.push_back({});
        }
        node = static_cast<std::size_t>(nodes_[node].side[right]);
      }
    }
    return *this;
  }

  [[nodiscard]] std::string build() const {
    const auto count = static_cast<std::int64_t>(nodes_.size());
    std::string file;
    for (const Node& node : nodes_)
      for (const std::int64_t side : node.side)
        append_big_endian(file,
                          static_cast<std::uint64_t>(side == 0  ? count
                                                     : side < 0 ? count + 16 + (-1 - side)
                                                                : side),
                          3);
    file.append(16, '\0');
    file += data_;
    file += "\xab\xcd\xefMaxMind.com";
    append_control(file, 7, 9);
    const auto member = [&file](std::string_view key, int type, std::uint64_t value,
                                std::size_t bytes) {
      append_text(file, key);
      append_control(file, type, bytes);
      append_big_endian(file, value, bytes);
    };
    member("node_count", 6, nodes_.size(), 4);
    member("record_size", 5, 24, 2);
    member("ip_version", 5, static_cast<std::uint64_t>(ip_version_), 2);
    member("binary_format_major_version", 5, 2, 2);
    member("binary_format_minor_version", 5, 0, 2);
    member("build_epoch", 9, 1'780'000'000, 8);
    append_text(file, "database_type");
    append_text(file, type_);
    append_text(file, "languages");
    append_control(file, 11, 0);
    append_text(file, "description");
    append_control(file, 7, 0);
    return file;
  }

 private:
  struct Node {
    std::int64_t side[2] = {0, 0};  // 0: nothing; negative: -1 - data offset; else a node
  };

  static void append_big_endian(std::string& out, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i));
  }
  static void append_control(std::string& out, int type, std::size_t size) {
    assert(size < 29 + 256);
    const std::size_t short_size = size < 29 ? size : 29;
    out += static_cast<char>((type < 8 ? type << 5 : 0) | static_cast<int>(short_size));
    if (type >= 8) out += static_cast<char>(type - 7);
    if (size >= 29) out += static_cast<char>(size - 29);
  }
  static void append_text(std::string& out, std::string_view text) {
    append_control(out, 2, text.size());
    out += text;
  }
  void append_value(std::string& out, const base::Json& value) const {
    if (const auto* text = value.as_string()) {
      append_text(out, *text);
    } else if (const auto* object = value.as_object()) {
      append_control(out, 7, object->size());
      for (const auto& [key, member] : *object) {
        append_text(out, key);
        append_value(out, member);
      }
    } else if (const auto* array = value.as_array()) {
      append_control(out, 11, array->size());
      for (const auto& element : *array) append_value(out, element);
    } else if (const auto* integer = value.as_integer()) {
      append_control(out, 6, 4);
      append_big_endian(out, static_cast<std::uint64_t>(*integer), 4);
    } else if (floats_) {
      append_control(out, 15, 4);
      append_big_endian(out, std::bit_cast<std::uint32_t>(static_cast<float>(value.number_or(0))),
                        4);
    } else {
      append_control(out, 3, 8);
      append_big_endian(out, std::bit_cast<std::uint64_t>(value.number_or(0)), 8);
    }
  }

  std::string type_;
  int ip_version_;
  bool floats_ = false;
  std::vector<Node> nodes_{Node{}};
  std::string data_;
};

}  // namespace vedette::fakes
