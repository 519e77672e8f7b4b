#include "app/import_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/limits.h"

namespace vedette::app {
namespace {

class Descriptor {
 public:
  Descriptor(int number, bool owned) : number_(number), owned_(owned) {}
  ~Descriptor() {
    if (owned_ && number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept
      : number_(std::exchange(other.number_, -1)), owned_(other.owned_) {}
  Descriptor& operator=(Descriptor&&) = delete;
  // The next bytes of the file, in `buffer`.
  base::Result<std::string_view> read(std::string& buffer) const {
    buffer.resize(base::limits::chunk_bytes);
    while (true) {
      const ssize_t got = ::read(number_, buffer.data(), buffer.size());
      if (got >= 0) return std::string_view(buffer).substr(0, static_cast<std::size_t>(got));
      if (errno != EINTR) return base::system_failure("cannot read the file", errno);
    }
  }

 private:
  int number_;
  bool owned_;
};

class PlainText final : public TextSource {
 public:
  PlainText(Descriptor file, std::string first)
      : file_(std::move(file)), first_(std::move(first)) {}
  base::Result<std::string_view> next() override {
    if (!first_.empty()) {
      buffer_ = std::exchange(first_, {});
      return buffer_;
    }
    return file_.read(buffer_);
  }

 private:
  Descriptor file_;
  std::string first_;
  std::string buffer_;
};

class GzipText final : public TextSource {
 public:
  GzipText(Descriptor file, std::string first) : file_(std::move(file)), input_(std::move(first)) {
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(input_.size());
    // 32: gzip by its header.
    ready_ = inflateInit2(&stream_, 15 + 32) == Z_OK;
  }
  ~GzipText() override { inflateEnd(&stream_); }
  GzipText(const GzipText&) = delete;
  GzipText& operator=(const GzipText&) = delete;

  base::Result<std::string_view> next() override {
    output_.resize(base::limits::chunk_bytes);
    stream_.next_out = reinterpret_cast<Bytef*>(output_.data());
    stream_.avail_out = static_cast<uInt>(output_.size());
    while (ready_ && stream_.avail_out > 0) {
      if (stream_.avail_in == 0 && VEDETTE_TRY(refill()) == 0) break;
      // Archives may stand one behind the other (gzip's members).
      if (member_ended_ && inflateReset(&stream_) != Z_OK) ready_ = false;
      member_ended_ = false;
      const int state = inflate(&stream_, Z_NO_FLUSH);
      if (state == Z_STREAM_END)
        member_ended_ = true;
      else if (state != Z_OK)
        return base::failure(base::ErrorCode::malformed, "the gzip archive is broken");
    }
    const std::size_t made = output_.size() - stream_.avail_out;
    if (made == 0 && !member_ended_)
      return base::failure(base::ErrorCode::malformed, "the gzip archive ends too soon");
    return std::string_view(output_).substr(0, made);
  }

 private:
  base::Result<std::size_t> refill() {
    const std::string_view piece = VEDETTE_TRY(file_.read(input_));
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(piece.size());
    return piece.size();
  }

  Descriptor file_;
  std::string input_;
  std::string output_;
  z_stream stream_{};
  bool ready_ = false;
  bool member_ended_ = false;
};

class ZstdText final : public TextSource {
 public:
  ZstdText(Descriptor file, std::string first) : file_(std::move(file)), input_(std::move(first)) {
    left_ = input_;
  }
  base::Result<std::string_view> next() override {
    output_.resize(base::limits::chunk_bytes);
    ZSTD_outBuffer out{output_.data(), output_.size(), 0};
    while (out.pos < out.size) {
      if (left_.empty()) left_ = VEDETTE_TRY(file_.read(input_));
      if (left_.empty()) break;
      ZSTD_inBuffer in{left_.data(), left_.size(), 0};
      const std::size_t state = ZSTD_decompressStream(stream_.get(), &out, &in);
      if (ZSTD_isError(state) != 0U)
        return base::failure(base::ErrorCode::malformed, "the zstd archive is broken");
      left_.remove_prefix(in.pos);
      frame_ended_ = state == 0;
    }
    if (out.pos == 0 && !frame_ended_)
      return base::failure(base::ErrorCode::malformed, "the zstd archive ends too soon");
    return std::string_view(output_).substr(0, out.pos);
  }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  Descriptor file_;
  std::string input_;
  std::string_view left_;
  std::string output_;
  std::unique_ptr<ZSTD_DStream, Free> stream_{ZSTD_createDStream()};
  bool frame_ended_ = false;
};

// Characters one by one, with the number of the line.
class Characters {
 public:
  explicit Characters(std::unique_ptr<TextSource> text) : text_(std::move(text)) {}
  // The next character without taking it; empty at the end.
  base::Result<std::optional<char>> peek() {
    if (at_ == piece_.size()) {
      piece_ = VEDETTE_TRY(text_->next());
      at_ = 0;
      if (is_first_ && piece_.starts_with("\xEF\xBB\xBF")) at_ = 3;
      is_first_ = false;
      if (at_ == piece_.size()) return std::nullopt;
    }
    return piece_[at_];
  }
  void take() {
    if (piece_[at_++] == '\n') ++line_;
  }
  [[nodiscard]] std::uint64_t line() const { return line_; }

 private:
  std::unique_ptr<TextSource> text_;
  std::string_view piece_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  bool is_first_ = true;
};

// Takes a record's characters, up to the bound.
class Collected {
 public:
  void clear() {
    text_.clear();
    overflown_ = false;
  }
  void add(char c) {
    if (text_.size() < base::limits::line_bytes_max)
      text_ += c;
    else
      overflown_ = true;
  }
  [[nodiscard]] bool overflown() const { return overflown_; }
  [[nodiscard]] std::string& text() { return text_; }

 private:
  std::string text_;
  bool overflown_ = false;
};

// Objects are cut out by their braces. A line break within a string is not JSON, so it ends a
// record that is broken, and the next line begins a new one.
class JsonRecords final : public RecordReader {
 public:
  explicit JsonRecords(std::unique_ptr<TextSource> text) : characters_(std::move(text)) {}

  base::Result<Record> next() override {
    VEDETTE_TRY_VOID(skip_between());
    Record record;
    record.line = characters_.line();
    collected_.clear();
    auto c = VEDETTE_TRY(characters_.peek());
    if (!c) return record;
    VEDETTE_TRY_VOID(*c == '{' ? object() : line());
    record.kind = collected_.overflown() ? Record::Kind::too_long : Record::Kind::record;
    record.json = collected_.text();
    return record;
  }

 private:
  base::Result<void> skip_between() {
    while (const auto c = VEDETTE_TRY(characters_.peek())) {
      if (*c != ' ' && *c != '\t' && *c != '\r' && *c != '\n' && *c != ',' && *c != '[' &&
          *c != ']')
        break;
      characters_.take();
    }
    return {};
  }
  // What is no object is taken to the end of its line, to be told as it is.
  base::Result<void> line() {
    while (const auto c = VEDETTE_TRY(characters_.peek())) {
      characters_.take();
      if (*c == '\n') break;
      collected_.add(*c);
    }
    return {};
  }
  base::Result<void> object() {
    std::size_t depth = 0;
    bool quoted = false, escaped = false;
    while (const auto c = VEDETTE_TRY(characters_.peek())) {
      characters_.take();
      if (quoted && *c == '\n') return {};
      collected_.add(*c);
      if (quoted) {
        if (!escaped && *c == '"') quoted = false;
        escaped = !escaped && *c == '\\';
        continue;
      }
      if (*c == '"') quoted = true;
      if (*c == '{' || *c == '[') ++depth;
      if ((*c == '}' || *c == ']') && --depth == 0) return {};
    }
    return {};
  }

  Characters characters_;
  Collected collected_;
};

class CsvRecords final : public RecordReader {
 public:
  explicit CsvRecords(std::unique_ptr<TextSource> text) : characters_(std::move(text)) {}

  base::Result<Record> next() override {
    Record record;
    record.line = characters_.line();
    std::size_t bytes = 0;
    bool is_field = false;
    while (const auto c = VEDETTE_TRY(characters_.peek())) {
      if (*c == '\n' || *c == '\r') {
        characters_.take();
        if (!is_field && record.fields.empty()) {  // an empty line
          record.line = characters_.line();
          continue;
        }
        if (*c == '\r') continue;
        break;
      }
      VEDETTE_TRY_VOID(field());
      bytes += collected_.text().size();
      if (collected_.overflown() || bytes > base::limits::line_bytes_max)
        record.kind = Record::Kind::too_long;
      else
        record.fields.push_back(collected_.text());
      is_field = true;
      const auto behind = VEDETTE_TRY(characters_.peek());
      if (behind && *behind == ',') {
        characters_.take();
        const auto after = VEDETTE_TRY(characters_.peek());
        if (!after || *after == '\n' || *after == '\r') record.fields.emplace_back();
      }
    }
    if (is_field && record.kind == Record::Kind::end) record.kind = Record::Kind::record;
    return record;
  }

 private:
  base::Result<void> field() {
    collected_.clear();
    const auto first = VEDETTE_TRY(characters_.peek());
    const bool quoted = first && *first == '"';
    if (quoted) characters_.take();
    while (const auto c = VEDETTE_TRY(characters_.peek())) {
      if (quoted && *c == '"') {
        characters_.take();
        const auto second = VEDETTE_TRY(characters_.peek());
        if (!second || *second != '"') return {};
      } else if (!quoted && (*c == ',' || *c == '\n' || *c == '\r')) {
        return {};
      }
      collected_.add(*c);
      characters_.take();
    }
    return {};
  }

  Characters characters_;
  Collected collected_;
};

}  // namespace

base::Result<std::unique_ptr<TextSource>> open_text(const std::string& path) {
  const bool standard_input = path == "-";
  const int number = standard_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (number < 0) return base::system_failure("cannot open it", errno);
  Descriptor file(number, !standard_input);
  std::string buffer;
  const std::string_view piece = VEDETTE_TRY(file.read(buffer));
  std::string first(piece);
  if (piece.starts_with("\x1f\x8b"))
    return std::make_unique<GzipText>(std::move(file), std::move(first));
  if (piece.starts_with("\x28\xb5\x2f\xfd"))
    return std::make_unique<ZstdText>(std::move(file), std::move(first));
  return std::make_unique<PlainText>(std::move(file), std::move(first));
}

base::Result<std::string> read_text(const std::string& path, std::size_t bytes_max) {
  const auto source = VEDETTE_TRY(open_text(path));
  std::string text;
  for (;;) {
    const std::string_view piece = VEDETTE_TRY(source->next());
    if (piece.empty()) return text;
    if (text.size() + piece.size() > bytes_max)
      return base::failure(base::ErrorCode::limit_exceeded,
                           fmt::format("is larger than {} MB", bytes_max / (1024UL * 1024)));
    text += piece;
  }
}

std::unique_ptr<RecordReader> read_json_records(std::unique_ptr<TextSource> text) {
  return std::make_unique<JsonRecords>(std::move(text));
}

std::unique_ptr<RecordReader> read_csv_records(std::unique_ptr<TextSource> text) {
  return std::make_unique<CsvRecords>(std::move(text));
}

}  // namespace vedette::app
