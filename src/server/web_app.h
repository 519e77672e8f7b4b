// Owns: the web app's files, as `./dev build` made them (share/vedette/web), and how they are
// served. Promises: read once, at the start, and bounded; nothing else of the disk can be asked
// for; the page carries a policy under which no foreign script, style or address works, with a
// nonce of its own for each answer; files whose names hold their content's hash may be kept for
// ever, the page never. Must not know: what the app does. Any thread once made.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_receiver.h"

namespace vedette::server {

class WebApp {
 public:
  // Without files: a page that says that this build has none.
  WebApp() = default;
  // What lies in that folder; an error when it holds no app, or one that is too large.
  [[nodiscard]] static base::Result<WebApp> load(const std::filesystem::path& folder);

  [[nodiscard]] net::ReceiverReply answer(const net::ReceivedRequest& request,
                                          std::string_view path) const;

 private:
  struct File {
    std::string type, content, compressed;  // `compressed`: by gzip; empty: none
  };
  [[nodiscard]] base::Result<void> add(const std::filesystem::path& folder,
                                       const std::filesystem::path& file);
  [[nodiscard]] net::ReceiverReply page() const;

  std::map<std::string, File, std::less<>> files_;  // by path, from "/"
};

}  // namespace vedette::server
