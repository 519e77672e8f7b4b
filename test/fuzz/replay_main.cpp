// Feeds every file of the given corpus folders to one fuzz target, in builds without libFuzzer:
// what a fuzzer once found stays found. Each file is also fed cut off at every eighth of its
// length.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void feed(const std::string& bytes) {
  // A copy of exactly this size, so that AddressSanitizer sees a read past its end.
  const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

std::size_t replay(const std::filesystem::path& file) {
  std::ifstream input(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(input), {}};
  for (std::size_t eighth = 0; eighth <= 8; ++eighth)
    feed(bytes.substr(0, bytes.size() * eighth / 8));
  return 9;
}

}  // namespace

int main(int count, char** folders) {
  std::size_t fed = 0;
  for (int i = 1; i < count; ++i) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folders[i]))
      if (entry.is_regular_file()) files.push_back(entry.path());
    std::ranges::sort(files);
    for (const auto& file : files) fed += replay(file);
  }
  std::printf("%zu inputs replayed\n", fed);
  return fed > 0 ? 0 : 1;  // a target without a corpus would be a test that asserts nothing
}
