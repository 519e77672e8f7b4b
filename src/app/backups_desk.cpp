#include "app/backups_desk.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "app/program_runner.h"
#include "base/json.h"
#include "base/text.h"

namespace vedette::app {
namespace {

namespace files = std::filesystem;
using base::ErrorCode;
using base::JsonWriter;

constexpr std::string_view unfinished = ".unfinished";
constexpr std::size_t backups_max = 100;
constexpr base::Duration patience = base::Duration::hours(6);
// By `vedette backup`, in a process of its own: a copy made in ours would let go of the locks that
// the store holds on its files.
constexpr const char* ourselves = "/proc/self/exe";

bool is_name(std::string_view name) {
  return name.size() == 20 && std::ranges::all_of(name, [](char c) {
           return (c >= '0' && c <= '9') || c == '-' || c == 'T' || c == 'Z';
         });
}

std::uint64_t bytes_in(const files::path& folder) {
  std::error_code error;
  std::uint64_t bytes = 0;
  for (const auto& entry : files::recursive_directory_iterator(folder, error)) {
    const auto size = entry.is_regular_file(error) ? entry.file_size(error) : 0;
    if (!error) bytes += size;
  }
  return bytes;
}

// What would be copied, and room for the journal to grow meanwhile.
std::uint64_t bytes_needed(const DataLayout& data) {
  std::error_code error;
  std::uint64_t bytes = bytes_in(data.store());
  for (const auto& file : {data.state(), data.journal()}) {
    const auto size = files::file_size(file, error);
    if (!error) bytes += size;
  }
  return bytes + bytes / 10;
}

std::vector<std::string> names_in(const files::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& entry : files::directory_iterator(folder, error))
    if (is_name(entry.path().filename().string())) names.push_back(entry.path().filename());
  std::ranges::sort(names, std::ranges::greater());
  return names;
}

}  // namespace

server::BackupDesk::Answer BackupsDesk::show() {
  const std::lock_guard lock(mutex_);
  std::error_code error;
  const auto room = files::space(data_.folder, error);
  JsonWriter writer;
  writer.begin_object().member("folder", folder().string()).member("running", running_);
  writer.key("needed").number(bytes_needed(data_));
  writer.key("disk_free").number(error ? std::uint64_t{0} : std::uint64_t{room.available});
  writer.member("last", last_name_).member("last_words", last_words_);
  writer.key("last_is_good").boolean(last_is_good_).key("rows").begin_array();
  for (const auto& name : names_in(folder())) {
    writer.begin_object().member("name", name);
    writer.key("bytes").number(bytes_in(folder() / name)).end_object();
  }
  writer.end_array().end_object();
  return writer.take() + "\n";
}

server::BackupDesk::Answer BackupsDesk::begin(const server::DeskNote& note) {
  {
    const std::lock_guard lock(mutex_);
    if (!running_.empty())
      return base::failure(ErrorCode::rate_limited, "a backup is being made; wait for it");
    if (names_in(folder()).size() >= backups_max)
      return base::failure(ErrorCode::refused, "there are 100 backups; delete some first");
    std::error_code error;
    const auto room = files::space(data_.folder, error);
    if (const auto needed = bytes_needed(data_); !error && room.available < needed)
      return base::failure(
          ErrorCode::refused,
          fmt::format("it needs about {}, and {} are free on the disk", base::format_bytes(needed),
                      base::format_bytes(room.available)));
    std::string name = base::format_iso(clock_.now()).substr(0, 19) + "Z";
    std::ranges::replace(name, ':', '-');
    if (files::exists(folder() / name, error))
      return base::failure(ErrorCode::rate_limited, "one was made in this second");
    VEDETTE_TRY_VOID(note("backup.make", "backup " + name, ""));
    running_ = name;
    maker_ = std::jthread([this, name](const std::stop_token& stop) { make(name, stop); });
  }
  return show();
}

// Under another name until it is whole. What was left unfinished is of no use to anybody.
void BackupsDesk::make(const std::string& name, const std::stop_token& stop) {
  std::error_code error;
  files::create_directories(folder(), error);
  ::chmod(folder().c_str(), 0700);
  const files::path begun = folder() / unfinished;
  files::remove_all(begun, error);
  const auto made =
      run_for_output({ourselves, "backup", "--data", data_.folder.string(), begun.string()}, stop,
                     {.silent_at_most = patience, .tells_errors = true});
  if (made) files::rename(begun, folder() / name, error);
  const std::lock_guard lock(mutex_);
  running_.clear();
  last_name_ = name;
  last_is_good_ = made.has_value() && !error;
  last_words_ = !made ? made.error().message : error ? error.message() : *made;
  if (!last_is_good_) files::remove_all(begun, error);
}

server::BackupDesk::Answer BackupsDesk::remove(const std::string& name,
                                               const server::DeskNote& note) {
  std::error_code error;
  if (!is_name(name) || !files::is_directory(folder() / name, error))
    return base::failure(ErrorCode::not_found, "there is no such backup");
  VEDETTE_TRY_VOID(note("backup.delete", "backup " + name, ""));
  files::remove_all(folder() / name, error);
  if (error) return base::system_failure("cannot delete " + name, error.value());
  return show();
}

}  // namespace vedette::app
