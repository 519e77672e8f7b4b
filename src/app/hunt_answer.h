// Owns: an answer as the Hunt page gets it: tables as `hunt --format json` writes them, in one JSON
// array, and what the page says of them: how many rows, and a number by which two answers are known
// to be alike. Promises: bounded in bytes; rows beyond are left out and the table says so. Must not
// know: where rows come from. One thread an answer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "kql/result/sink.h"

namespace vedette::app {

class HuntAnswerText final : public kql::result::Sink {
 public:
  HuntAnswerText();

  void begin(const std::vector<kql::plan::Column>& columns) override;
  void row(std::span<const kql::result::Cell> cells) override;
  void end(const kql::result::Ending& ending) override;

  // "[{...},{...}]"; once.
  [[nodiscard]] std::string take();
  [[nodiscard]] std::int64_t rows() const { return rows_; }
  // The same for the same rows, in whatever order they come.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

 private:
  std::string text_ = "[";
  std::unique_ptr<kql::result::Sink> table_;
  std::string cells_;  // of one row, for its fingerprint
  std::size_t tables_ = 0;
  std::int64_t rows_ = 0;
  std::uint64_t fingerprint_ = 0;
  bool is_cut_ = false;
};

}  // namespace vedette::app
