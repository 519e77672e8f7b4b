// Owns: made sign-ins of beta as Graph answers them: pages of records of 3 to 4 kB (the size of the
// published examples), of people with devices, addresses and applications of their own.
// Promises: every record has an id, times and tokens of its own; the same seed gives the same
// pages. For the benchmark only. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::bench {

class SignInPages {
 public:
  SignInPages(std::size_t records_a_page, std::uint64_t seed);
  // The next page; valid until the next call. `now_s` is the newest record's time (seconds since
  // 1970).
  const std::string& next(std::int64_t now_s);
  [[nodiscard]] std::size_t median_bytes() const { return median_bytes_; }

 private:
  struct Place {
    std::size_t at = 0;
    std::uint64_t part = 0;  // which of the record's own numbers stands there
    bool is_time = false;
  };
  struct Page {
    std::string text;
    std::vector<std::vector<Place>> places;  // by record
  };
  void make_record(Page& page, std::uint64_t number);

  std::vector<Page> pages_;
  std::uint64_t seed_;
  std::uint64_t records_ = 0, used_ = 0;
  std::size_t median_bytes_ = 0;
};

}  // namespace vedette::bench
