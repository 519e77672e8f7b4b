#include "collect/evtx_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libevtx.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstring>
#include <memory>
#include <utility>

#include "base/build_kind.h"
#include "base/limits.h"
#include "collect/file_descriptor.h"

namespace vedette::collect {
namespace {

using base::Result;

// What the reading process may take, with what it has of us when it begins.
constexpr rlim_t memory_bytes_max = 2ULL << 30, processor_s_max = 600;
constexpr std::size_t reasons_max = 32;
constexpr std::uint64_t records_max = 50'000'000;
// What one reading process is given at most; a file that is longer has it for itself.
constexpr std::uint64_t process_files_max = 256, process_bytes_max = 256ULL << 20;

// It is told a path: its size, its bytes. What it says of the file, in frames: kind, size, bytes;
// the last one is `end` or `refused`.
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
    // The other side may be dead: that is an answer, and no signal.
    const ssize_t written = ::send(to, at, size, MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

bool read_all(int from, void* into, std::size_t size) {
  char* at = static_cast<char*>(into);
  while (size > 0) {
    const ssize_t got = ::read(from, at, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

// ---- the reading process ----

class Reader {
 public:
  explicit Reader(int to) : to_(to) {}

  void read(const char* path) {
    std::string why;
    const File file = open(path, why);
    if (!file) return say(Frame::refused, why);
    const bool is_damaged = libevtx_file_is_corrupted(file.get(), nullptr) == 1;
    if (is_damaged) say(Frame::damaged, {});
    give_records(file.get(), Frame::record, &libevtx_file_get_number_of_records,
                 &libevtx_file_get_record_by_index);
    // Of a whole file these are what was overwritten: leftovers, not records.
    if (is_damaged) {
      give_records(file.get(), Frame::recovered, &libevtx_file_get_number_of_recovered_records,
                   &libevtx_file_get_recovered_record_by_index);
      read_cut_chunk(path);
    }
    say(Frame::end, {});
  }

 private:
  static File open(const char* path, std::string& why) {
    libevtx_file_t* raw = nullptr;
    libevtx_error_t* error = nullptr;
    if (libevtx_file_initialize(&raw, &error) != 1) {
      why = words_of(error, "there is no memory for it");
      return nullptr;
    }
    File file(raw);
    if (libevtx_file_open(raw, path, LIBEVTX_OPEN_READ, &error) == 1) return file;
    why = words_of(error, "it is no Windows event log");
    return nullptr;
  }
  // A file that was cut off ends within a chunk, which the library passes over. Filled up, and the
  // only one of a file, the chunk gives the records before the cut.
  void read_cut_chunk(const char* path) {
    constexpr std::size_t header_bytes = 4'096, chunk_bytes = 65'536;
    const FileDescriptor cut(::open(path, O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (!cut.is_open() || ::fstat(cut.get(), &status) != 0) return;
    const auto bytes = static_cast<std::size_t>(status.st_size);
    if (bytes <= header_bytes || (bytes - header_bytes) % chunk_bytes == 0) return;
    const std::size_t rest = (bytes - header_bytes) % chunk_bytes;
    text_.assign(header_bytes + chunk_bytes, '\0');
    const auto begin = static_cast<off_t>(bytes - rest);
    const FileDescriptor filled(::memfd_create("cut chunk", MFD_CLOEXEC));
    if (::pread(cut.get(), text_.data(), header_bytes, 0) != header_bytes ||
        ::pread(cut.get(), text_.data() + header_bytes, rest, begin) !=
            static_cast<ssize_t>(rest) ||
        ::write(filled.get(), text_.data(), text_.size()) != static_cast<ssize_t>(text_.size()))
      return;
    std::string why;
    const File file = open(fmt::format("/proc/self/fd/{}", filled.get()).c_str(), why);
    if (!file) return say(Frame::unreadable, why);
    give_records(file.get(), Frame::recovered, &libevtx_file_get_number_of_records,
                 &libevtx_file_get_record_by_index);
  }
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

// Until the other side goes.
[[noreturn]] void read_apart(int socket) {
  const rlimit memory{memory_bytes_max, memory_bytes_max};
  const rlimit processor{processor_s_max, processor_s_max}, no_core{0, 0};
  // AddressSanitizer's shadow of all addresses is data, too.
  if (!base::is_sanitized) ::setrlimit(RLIMIT_DATA, &memory);
  ::setrlimit(RLIMIT_CPU, &processor);
  ::setrlimit(RLIMIT_CORE, &no_core);
  for (const int each : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGPIPE})
    ::signal(each, SIG_DFL);
  std::uint32_t bytes = 0;
  std::string path;
  while (read_all(socket, &bytes, sizeof(bytes)) && bytes <= PATH_MAX) {
    path.resize(bytes);
    if (!read_all(socket, path.data(), bytes)) break;
    Reader(socket).read(path.c_str());
  }
  ::_exit(0);
}

// ---- our side ----

// What is said of one file, counted.
class Account {
 public:
  Result<void> hear(Frame kind, const std::string& text, const TakeEvtxRecord& take) {
    if (kind == Frame::damaged) counts_.is_damaged = true;
    if (kind == Frame::unreadable) count_unreadable(text);
    if (kind != Frame::record && kind != Frame::recovered) return {};
    ++counts_.records;
    if (kind == Frame::recovered) ++counts_.recovered;
    return take(text);
  }
  void count_unreadable(const std::string& reason) {
    ++counts_.unreadable;
    const bool has_room = counts_.reasons.size() < reasons_max || counts_.reasons.contains(reason);
    ++counts_.reasons[has_room ? reason : "other reasons"];
  }
  void end_early(int status) {
    count_unreadable(WIFSIGNALED(status)
                         ? fmt::format("the reader died of it ({})", ::strsignal(WTERMSIG(status)))
                         : "the reader ended early");
    counts_.is_damaged = true;
  }
  [[nodiscard]] const EvtxCounts& counts() const { return counts_; }

 private:
  EvtxCounts counts_;
};

}  // namespace

// The reading process, from our side.
class EvtxReader::Process {
 public:
  static Result<std::unique_ptr<Process>> start() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
      return base::system_failure("cannot read the file", errno);
    FileDescriptor ours(ends[0]), its(ends[1]);
    const pid_t process = ::fork();
    if (process < 0) return base::system_failure("cannot read the file", errno);
    if (process == 0) {
      ours.reset();
      read_apart(its.get());
    }
    return std::make_unique<Process>(process, std::move(ours));
  }
  Process(pid_t process, FileDescriptor socket) : process_(process), socket_(std::move(socket)) {}
  ~Process() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    wait();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Result<EvtxCounts> read(const std::string& path, const TakeEvtxRecord& take) {
    Account account;
    is_done_ = false;
    const auto bytes = static_cast<std::uint32_t>(path.size());
    if (write_all(socket_.get(), &bytes, sizeof(bytes)) &&
        write_all(socket_.get(), path.data(), path.size())) {
      FrameHead head;
      while (next(head)) {
        is_done_ = head.kind == Frame::end || head.kind == Frame::refused;
        if (head.kind == Frame::refused)
          return base::failure(base::ErrorCode::malformed,
                               "this is no Windows event log: " + text_);
        if (is_done_) return account.counts();
        VEDETTE_TRY_VOID(account.hear(head.kind, text_, take));
        if (account.counts().records >= records_max) return account.counts();
      }
    }
    // It said no end: it died.
    account.end_early(wait());
    return account.counts();
  }
  // It said all that it has to say of the last file, and waits for another.
  [[nodiscard]] bool is_done() const { return is_done_; }

 private:
  bool next(FrameHead& head) {
    if (!read_all(socket_.get(), &head, sizeof(head)) || head.bytes > base::limits::json_bytes_max)
      return false;
    text_.resize(head.bytes);
    return read_all(socket_.get(), text_.data(), text_.size());
  }
  int wait() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return status;
  }

  pid_t process_;
  FileDescriptor socket_;
  std::string text_;
  bool is_done_ = true;
};

bool is_evtx(std::string_view begin) {
  return begin.starts_with(std::string_view("ElfFile\0", 8));
}

EvtxReader::EvtxReader() = default;
EvtxReader::~EvtxReader() = default;

// A process that may be given one more file.
Result<void> EvtxReader::prepare(const std::string& path) {
  struct stat status{};
  if (::access(path.c_str(), R_OK) != 0 || ::stat(path.c_str(), &status) != 0)
    return base::system_failure("cannot read " + path, errno);
  if (path.size() >= PATH_MAX) return base::system_failure("cannot read " + path, ENAMETOOLONG);
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  if (process_ && (files_ >= process_files_max || bytes_ + bytes > process_bytes_max))
    process_.reset();
  if (!process_) {
    process_ = VEDETTE_TRY(Process::start());
    ++processes_;
    files_ = bytes_ = 0;
  }
  ++files_;
  bytes_ += bytes;
  return {};
}

Result<EvtxCounts> EvtxReader::read(const std::string& path, const TakeEvtxRecord& take) {
  VEDETTE_TRY_VOID(prepare(path));
  auto counts = process_->read(path, take);
  if (!process_->is_done()) process_.reset();
  return counts;
}

}  // namespace vedette::collect
