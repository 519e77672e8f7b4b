// Any bytes as an event log file: whatever the library that reads it does, we go on, with records
// or with a reason.
#include <sys/mman.h>
#include <unistd.h>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>

#include "collect/evtx_file.h"
#include "collect/file_descriptor.h"
#include "normalise/windows/windows_xml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  const collect::FileDescriptor file(::memfd_create("evtx", 0));
  assert(file.is_open());
  for (std::size_t at = 0; at < size;) {
    const ssize_t written = ::write(file.get(), data + at, size - at);
    assert(written > 0);
    at += static_cast<std::size_t>(written);
  }
  std::uint64_t given = 0;
  static collect::EvtxReader reader;  // as an import of many files has it
  const std::string path =
      "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(file.get());
  const auto counts = reader.read(path, [&](std::string_view xml) -> base::Result<void> {
    ++given;
    [[maybe_unused]] const auto record = normalise::windows::read_windows_xml(xml);
    return {};
  });
  if (!counts) {
    assert(!counts.error().message.empty());
    return 0;
  }
  assert(counts->records == given && counts->recovered <= given);
  std::uint64_t reasons = 0;
  for (const auto& [reason, times] : counts->reasons) reasons += times;
  assert(reasons == counts->unreadable);
  return 0;
}
