// Owns: a hunt from one process to another: `vedette hunt` asks the `serve` that has the store. The
// request and the answer as text, both directions. Promises: what comes back is byte for byte what
// a hunt of our own would have printed. Must not know: the language. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "app/data_layout.h"
#include "base/result.h"
#include "kql/compile.h"
#include "kql/diagnostic.h"
#include "kql/result/sink.h"
#include "net/http_receiver.h"
#include "ports/external_data.h"
#include "store/duckdb/stage_report.h"

namespace vedette::app {

struct HuntRequest {
  std::string query;
  kql::result::Format format = kql::result::Format::table;
  kql::Inputs inputs;
  int timeout_ms = 0;
  std::vector<std::string> hosts = {};  // that externaldata may read, besides those of the settings
  // Of a hunt in this process only.
  std::function<void(double percent)> progress = {};
  store::duckdb::ReportStage report = {};
};

// What externaldata reads with; null, so that it is refused, when no host is allowed. The hosts
// were checked where they came in.
[[nodiscard]] std::unique_ptr<ports::ExternalData> external_reader(
    const std::vector<std::string>& hosts, const std::vector<std::string>& more);

using HuntRunner = std::function<kql::Checked<void>(
    const HuntRequest& request, kql::result::Sink& sink, const std::stop_token& stop)>;

// The answering side.
[[nodiscard]] net::ReceiverReply answer_hunt(const net::ReceivedRequest& request,
                                             const HuntRunner& run, const std::stop_token& stop);

// The asking side. What a hunt prints and how it ends.
struct HuntAnswer {
  std::string output, problem;
  int exit_code = 0;
};
// Nothing when no `serve` of that data folder answers. A stop leaves the query to its time limit.
[[nodiscard]] std::optional<HuntAnswer> ask_running_serve(const DataLayout& data,
                                                          const HuntRequest& request,
                                                          const std::stop_token& stop);

}  // namespace vedette::app
