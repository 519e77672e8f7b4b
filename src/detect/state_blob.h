// Owns: plain values as bytes and back, for the detectors' saved state. Promises: the reader never
// reads beyond what there is; once something did not fit, all that follows is empty and `good` is
// false. Must not know: what the values mean. The bytes are this machine's own: a blob is read
// where it was written. Called from the pipeline's thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace vedette::detect {

class BlobWriter {
 public:
  explicit BlobWriter(std::string& out) : out_(out) {}

  template <typename T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes(&value, sizeof(T));
  }
  void bytes(const void* bytes, std::size_t size) {
    out_.append(static_cast<const char*>(bytes), size);
  }
  void text(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    bytes(text.data(), text.size());
  }
  // A list, each of its values by `write`.
  template <typename List, typename Write>
  void list(const List& values, Write write) {
    put(std::uint64_t{values.size()});
    for (const auto& value : values) write(value);
  }
  template <typename T>
  void numbers(const std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    put(std::uint64_t{values.size()});
    bytes(values.data(), values.size() * sizeof(T));
  }
  template <typename List>
  void texts(const List& texts) {
    list(texts, [this](const auto& each) { text(each); });
  }
  // How many values of a list follow; known only when they are written.
  [[nodiscard]] std::size_t reserve_count() {
    put(std::uint64_t{0});
    return out_.size() - sizeof(std::uint64_t);
  }
  void set_count(std::size_t place, std::uint64_t count) {
    std::memcpy(out_.data() + place, &count, sizeof(count));
  }

 private:
  std::string& out_;
};

class BlobReader {
 public:
  explicit BlobReader(std::string_view blob) : left_(blob) {}

  template <typename T>
  [[nodiscard]] T take() {
    static_assert(std::is_trivially_copyable_v<T>);
    T value{};
    bytes(&value, sizeof(T));
    return value;
  }
  void bytes(void* into, std::size_t size) {
    const std::string_view taken = view(size);
    if (good_ && size > 0) std::memcpy(into, taken.data(), size);
  }
  [[nodiscard]] std::string text() { return std::string(view(take<std::uint64_t>())); }
  // A list whose values take at least `bytes_each`, each read by `read`.
  template <typename Read>
  void list(std::size_t bytes_each, Read read) {
    const std::uint64_t values = count(bytes_each);
    for (std::uint64_t i = 0; i < values && good_; ++i) read();
  }
  template <typename T>
  [[nodiscard]] std::vector<T> numbers() {
    std::vector<T> values(count(sizeof(T)));
    bytes(values.data(), values.size() * sizeof(T));
    return values;
  }
  [[nodiscard]] std::vector<std::string> texts() {
    std::vector<std::string> read;
    list(sizeof(std::uint64_t), [&] { read.push_back(text()); });
    return read;
  }
  // A count of values of at least `bytes_each`: no more than can follow.
  [[nodiscard]] std::uint64_t count(std::size_t bytes_each) {
    const auto count = take<std::uint64_t>();
    if (count > left_.size() / bytes_each) fail();
    return good_ ? count : 0;
  }
  void fail() {
    good_ = false;
    left_ = {};
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool at_end() const { return left_.empty(); }

 private:
  std::string_view view(std::uint64_t size) {
    if (size > left_.size()) fail();
    if (!good_) return {};
    const std::string_view taken = left_.substr(0, size);
    left_.remove_prefix(size);
    return taken;
  }

  std::string_view left_;
  bool good_ = true;
};

}  // namespace vedette::detect
