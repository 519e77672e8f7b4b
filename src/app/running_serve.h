// Owns: how a command of this machine reaches the `serve` that has the data folder: its port and
// its token. Promises: this machine's own address only; nothing when no `serve` answers. Must not
// know: what is asked. Any thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "app/data_layout.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/secret.h"
#include "ports/http_client.h"

namespace vedette::app {

class RunningServe {
 public:
  // Nothing when the folder says of no running `serve`.
  [[nodiscard]] static std::optional<RunningServe> find(const DataLayout& data);

  struct Question {
    std::string method = "POST";
    std::string path, body = {};
    int timeout_ms = 0;
    std::size_t answer_bytes_max = base::limits::response_bytes_max;
    std::stop_token stop = {};
  };
  // An error: it does not answer.
  [[nodiscard]] base::Result<ports::HttpResponse> ask(Question question);

 private:
  RunningServe(std::string port, base::Secret token, std::unique_ptr<ports::HttpClient> client)
      : port_(std::move(port)), token_(std::move(token)), client_(std::move(client)) {}

  std::string port_;
  base::Secret token_;
  std::unique_ptr<ports::HttpClient> client_;
};

}  // namespace vedette::app
