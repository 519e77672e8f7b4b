// Owns: libcurl's handles for one exchange at a time, whatever the protocol, what holds for each of
// them (certificates are checked, TLS 1.2 at least, a deadline), and the words for what failed.
// Promises: a stop ends the exchange at once; libcurl is started once for the process; no SIGPIPE
// of its sockets reaches the program; an error holds no address. Must not know: what is exchanged.
// The header shows nothing of libcurl: a handle is its CURL*, a result its CURLcode. One thread; a
// stop token may be used from any other.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/result.h"

struct curl_slist;

namespace vedette::net {

// Texts in the form that libcurl takes.
class CurlTexts {
 public:
  void add(const std::string& text);
  [[nodiscard]] curl_slist* get() const { return list_.get(); }

 private:
  struct Deleter {
    void operator()(curl_slist* list) const;
  };
  std::unique_ptr<curl_slist, Deleter> list_;
};

class CurlExchange {
 private:
  struct Handles;

 public:
  // `ca_file`: a PEM file of trusted certificates; empty: the system's.
  [[nodiscard]] static base::Result<std::unique_ptr<CurlExchange>> create(
      const std::string& ca_file);
  explicit CurlExchange(std::unique_ptr<Handles> handles);  // for `create`
  ~CurlExchange();

  [[nodiscard]] void* handle() const;
  // Forgets the options of the exchange before (its connection is kept) and sets those of all.
  void begin(int timeout_ms) const;
  // What was set on the handle; CURLE_ABORTED_BY_CALLBACK after a stop.
  [[nodiscard]] int perform(const std::stop_token& stop) const;
  // Why `what` ended with that code. refused: an address or a certificate is wrong, another try
  // will fail as this one did; unavailable else.
  [[nodiscard]] base::Error error(int code, const std::string& what) const;

 private:
  std::unique_ptr<Handles> handles_;
};

}  // namespace vedette::net
