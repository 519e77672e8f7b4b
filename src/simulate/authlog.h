// Owns: the making of a simulated auth.log: ordinary work, background noise and attacks, mixed at
// the chosen rate, line after line in the order of their stamps; and the truth about it. Promises:
// the same options give the same bytes on every machine; memory is bounded by what is under way,
// not by the log's length; every attack is told to `on_alert` once, when it is over. Must not know:
// files, the wall clock, any detector. One thread.
//
//   AuthlogGenerator generator(options);
//   generator.on_alert([&](const PlannedAlert& alert) { truth += format_truth(alert); });
//   std::string line;
//   while (auto time = generator.append_line(line)) { write(line); line.clear(); }
//   truth += format_truth(generator.mix());
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "simulate/authlog_options.h"
#include "simulate/truth.h"

namespace vedette::simulate {

class AuthlogGenerator {
 public:
  // `options` have passed check().
  explicit AuthlogGenerator(const AuthlogOptions& options);
  ~AuthlogGenerator();
  AuthlogGenerator(AuthlogGenerator&&) noexcept;
  AuthlogGenerator& operator=(AuthlogGenerator&&) noexcept;

  // Called for every planned alert once its attack is over (or the log is).
  void on_alert(std::function<void(const PlannedAlert&)> callback);
  // Appends the next line with its newline and returns its event time; empty when the log has
  // ended.
  [[nodiscard]] std::optional<base::Timestamp> append_line(std::string& out);
  // Ends the log here: attacks that are under way are told as far as they came. append_line then
  // returns empty. Called by itself when a limit of the options is met.
  void finish();
  [[nodiscard]] const Mix& mix() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

using TextSink = std::function<base::Result<void>(std::string_view)>;

// The whole log into `log` (in large pieces of whole lines) and its truth into `truth`, one JSON
// object a line, the mix last. The first error of a sink ends the work. The options must have an
// end.
[[nodiscard]] base::Result<Mix> write_authlog(const AuthlogOptions& options, const TextSink& log,
                                              const TextSink& truth);

}  // namespace vedette::simulate
