#include "collect/evtx_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libevtx.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "collect/file_descriptor.h"

namespace vedette::collect {
namespace {

using base::Result;

// What the reading process may take, with what it has of us when it begins.
constexpr rlim_t memory_bytes_max = 2ULL << 30, processor_s_max = 600;
constexpr std::size_t reasons_max = 32;
constexpr std::uint64_t records_max = 50'000'000;

// What the reading process says, in frames: kind, size, bytes.
enum class Frame : std::uint8_t { record, recovered, unreadable, damaged, refused, end };
struct FrameHead {
  std::uint32_t bytes = 0;
  Frame kind = Frame::end;
};

struct FreeError {
  void operator()(libevtx_error_t* error) const { libevtx_error_free(&error); }
};
struct FreeFile {
  void operator()(libevtx_file_t* file) const { libevtx_file_free(&file, nullptr); }
};
struct FreeRecord {
  void operator()(libevtx_record_t* record) const { libevtx_record_free(&record, nullptr); }
};
using Error = std::unique_ptr<libevtx_error_t, FreeError>;
using File = std::unique_ptr<libevtx_file_t, FreeFile>;
using Record = std::unique_ptr<libevtx_record_t, FreeRecord>;

// The library's last word is the nearest to what is wrong; it names its functions, which nobody
// wants to know.
std::string words_of(libevtx_error_t* raw, std::string_view otherwise) {
  const Error error(raw);
  std::array<char, 512> text{};
  if (raw == nullptr || libevtx_error_sprint(raw, text.data(), text.size()) <= 0)
    return std::string(otherwise);
  std::string_view words(text.data());
  if (const auto colon = words.find(": "); colon != std::string_view::npos)
    words.remove_prefix(colon + 2);
  // "at offset 4096" would make a reason of each place.
  return std::string(words.substr(0, words.find_first_of("0123456789")));
}

bool write_all(int to, const void* bytes, std::size_t size) {
  const char* at = static_cast<const char*>(bytes);
  while (size > 0) {
    const ssize_t written = ::write(to, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

// ---- the reading process ----

class Reader {
 public:
  explicit Reader(int to) : to_(to) {}

  void read(const char* path) {
    libevtx_file_t* raw = nullptr;
    libevtx_error_t* error = nullptr;
    if (libevtx_file_initialize(&raw, &error) != 1)
      return say(Frame::refused, words_of(error, "there is no memory for it"));
    const File file(raw);
    if (libevtx_file_open(raw, path, LIBEVTX_OPEN_READ, &error) != 1)
      return say(Frame::refused, words_of(error, "it is no Windows event log"));
    const bool is_damaged = libevtx_file_is_corrupted(raw, nullptr) == 1;
    if (is_damaged) say(Frame::damaged, {});
    give_records(raw, Frame::record, &libevtx_file_get_number_of_records,
                 &libevtx_file_get_record_by_index);
    // Of a whole file these are what was overwritten: leftovers, not records.
    if (is_damaged)
      give_records(raw, Frame::recovered, &libevtx_file_get_number_of_recovered_records,
                   &libevtx_file_get_recovered_record_by_index);
    say(Frame::end, {});
  }

 private:
  template <typename Count, typename Get>
  void give_records(libevtx_file_t* file, Frame kind, Count count, Get get) {
    int records = 0;
    libevtx_error_t* error = nullptr;
    if (count(file, &records, &error) != 1)
      return say(Frame::unreadable, words_of(error, "the records cannot be counted"));
    for (int i = 0; i < records; ++i) {
      libevtx_record_t* raw = nullptr;
      libevtx_error_t* failed = nullptr;
      if (get(file, i, &raw, &failed) == 1)
        give(Record(raw), kind);
      else
        say(Frame::unreadable, words_of(failed, "the record cannot be read"));
    }
  }
  void give(const Record& record, Frame kind) {
    std::size_t bytes = 0;
    libevtx_error_t* error = nullptr;
    if (libevtx_record_get_utf8_xml_string_size(record.get(), &bytes, &error) != 1 || bytes == 0)
      return say(Frame::unreadable, words_of(error, "the record's template cannot be read"));
    if (bytes > base::limits::json_bytes_max)
      return say(Frame::unreadable, "the record is longer than one may be");
    text_.resize(bytes);
    if (libevtx_record_get_utf8_xml_string(
            record.get(), reinterpret_cast<std::uint8_t*>(text_.data()), bytes, &error) != 1)
      return say(Frame::unreadable, words_of(error, "the record's template cannot be read"));
    text_.resize(std::strlen(text_.c_str()));
    say(kind, text_);
  }
  void say(Frame kind, std::string_view text) const {
    const FrameHead head{static_cast<std::uint32_t>(text.size()), kind};
    if (!write_all(to_, &head, sizeof(head)) || !write_all(to_, text.data(), text.size()))
      ::_exit(1);
  }

  int to_;
  std::string text_;
};

[[noreturn]] void read_apart(int to, const char* path) {
  const rlimit memory{memory_bytes_max, memory_bytes_max};
  const rlimit processor{processor_s_max, processor_s_max}, no_core{0, 0};
  ::setrlimit(RLIMIT_DATA, &memory);
  ::setrlimit(RLIMIT_CPU, &processor);
  ::setrlimit(RLIMIT_CORE, &no_core);
  for (const int each : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGPIPE})
    ::signal(each, SIG_DFL);
  Reader(to).read(path);
  ::_exit(0);
}

// ---- our side ----

class Listener {
 public:
  Listener(pid_t process, FileDescriptor from) : process_(process), from_(std::move(from)) {}
  ~Listener() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    wait();
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  Result<EvtxCounts> listen(const TakeEvtxRecord& take) {
    FrameHead head;
    while (read_all(&head, sizeof(head)) && head.bytes <= base::limits::json_bytes_max) {
      text_.resize(head.bytes);
      if (!read_all(text_.data(), text_.size())) break;
      if (head.kind == Frame::end) return counts_;
      if (head.kind == Frame::refused)
        return base::failure(base::ErrorCode::malformed, "this is no Windows event log: " + text_);
      VEDETTE_TRY_VOID(hear(head.kind, take));
      if (counts_.records >= records_max) return counts_;
    }
    // It said no end: it died.
    const int status = wait();
    count_unreadable(WIFSIGNALED(status)
                         ? fmt::format("the reader died of it ({})", ::strsignal(WTERMSIG(status)))
                         : "the reader ended early");
    counts_.is_damaged = true;
    return counts_;
  }

 private:
  Result<void> hear(Frame kind, const TakeEvtxRecord& take) {
    if (kind == Frame::damaged) counts_.is_damaged = true;
    if (kind == Frame::unreadable) count_unreadable(text_);
    if (kind != Frame::record && kind != Frame::recovered) return {};
    ++counts_.records;
    if (kind == Frame::recovered) ++counts_.recovered;
    return take(text_);
  }
  void count_unreadable(const std::string& reason) {
    ++counts_.unreadable;
    const bool has_room = counts_.reasons.size() < reasons_max || counts_.reasons.contains(reason);
    ++counts_.reasons[has_room ? reason : "other reasons"];
  }
  bool read_all(void* into, std::size_t size) {
    char* at = static_cast<char*>(into);
    while (size > 0) {
      const ssize_t got = ::read(from_.get(), at, size);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      at += got;
      size -= static_cast<std::size_t>(got);
    }
    return true;
  }
  int wait() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return status;
  }

  pid_t process_;
  FileDescriptor from_;
  std::string text_;
  EvtxCounts counts_;
};

}  // namespace

bool is_evtx(std::string_view begin) {
  return begin.starts_with(std::string_view("ElfFile\0", 8));
}

Result<EvtxCounts> read_evtx(const std::string& path, const TakeEvtxRecord& take) {
  if (::access(path.c_str(), R_OK) != 0) return base::system_failure("cannot read " + path, errno);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return base::system_failure("cannot read the file", errno);
  FileDescriptor from(ends[0]), to(ends[1]);
  const pid_t process = ::fork();
  if (process < 0) return base::system_failure("cannot read the file", errno);
  if (process == 0) read_apart(to.get(), path.c_str());
  to.reset();
  return Listener(process, std::move(from)).listen(take);
}

}  // namespace vedette::collect
