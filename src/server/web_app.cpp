#include "server/web_app.h"

#include <array>
#include <fstream>
#include <utility>

#include "access/key.h"
#include "server/reply.h"

namespace vedette::server {
namespace {

namespace fs = std::filesystem;
using net::ReceiverReply;

constexpr std::size_t files_max = 500;
constexpr std::size_t bytes_max = 32UL * 1024 * 1024;
constexpr std::string_view page_path = "/index.html";
constexpr std::string_view nonce_place = "__NONCE__";  // as in web/vite.config.ts
constexpr std::string_view page_without_app =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Vedette</title>"
    "<h1>Vedette is running, without its web app</h1><p>This build holds no web app: "
    "<code>./dev build</code> makes it (it needs npm). The API and the command line work.</p>";

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> types{{
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".ttf", "font/ttf"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
}};

std::string_view type_of(std::string_view name) {
  for (const auto& [ending, type] : types)
    if (name.ends_with(ending)) return type;
  return "application/octet-stream";
}

std::string policy(std::string_view nonce) {
  return "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
         "font-src 'self'; frame-src 'self'; worker-src 'self'; style-src-elem 'self' 'nonce-" +
         std::string(nonce) +
         "'; style-src-attr 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
         "object-src 'none'; require-trusted-types-for 'script'; trusted-types default "
         "monaco dompurify";
}

std::string with_nonce(std::string page, std::string_view nonce) {
  for (std::size_t at = page.find(nonce_place); at != std::string::npos;
       at = page.find(nonce_place, at + nonce.size()))
    page.replace(at, nonce_place.size(), nonce);
  return page;
}

bool takes_gzip(const net::ReceivedRequest& request) {
  const auto* header = request.header("accept-encoding");
  return header != nullptr && header->find("gzip") != std::string::npos;
}

}  // namespace

base::Result<WebApp> WebApp::load(const fs::path& folder) {
  WebApp app;
  std::error_code error;
  for (fs::recursive_directory_iterator walk(folder, error), end; !error && walk != end;
       walk.increment(error))
    if (walk->is_regular_file(error) && !error) VEDETTE_TRY_VOID(app.add(folder, walk->path()));
  if (error) return base::system_failure("cannot read " + folder.string(), error.value());
  if (!app.files_.contains(page_path))
    return base::failure(base::ErrorCode::not_found, folder.string() + " holds no web app");
  return app;
}

base::Result<void> WebApp::add(const fs::path& folder, const fs::path& file) {
  std::size_t bytes = 0;
  for (const auto& [name, known] : files_) bytes += known.content.size() + known.compressed.size();
  std::error_code error;
  const auto size = fs::file_size(file, error);
  if (error || bytes + size > bytes_max || files_.size() >= files_max)
    return base::failure(base::ErrorCode::limit_exceeded,
                         "the web app in " + folder.string() + " is too large");
  std::string content(size, '\0');
  std::ifstream stream(file, std::ios::binary);
  if (!stream.read(content.data(), static_cast<std::streamsize>(size)))
    return base::failure(base::ErrorCode::unavailable, "cannot read " + file.string());
  std::string name = "/" + file.lexically_relative(folder).generic_string();
  const bool is_compressed = name.ends_with(".gz");
  if (is_compressed) name.resize(name.size() - 3);
  File& kept = files_[name];
  kept.type = type_of(name);
  (is_compressed ? kept.compressed : kept.content) = std::move(content);
  return {};
}

ReceiverReply WebApp::answer(const net::ReceivedRequest& request, std::string_view path) const {
  const auto found = files_.find(path);
  if (found == files_.end() || path == page_path) {
    // The app's own pages have no dot in their last part.
    const bool is_page = path.substr(path.rfind('/') + 1).find('.') == std::string_view::npos;
    return is_page || path == page_path ? page()
                                        : problem(404, "not_found", "there is nothing here");
  }
  const File& file = found->second;
  ReceiverReply made = reply(200, {});
  made.headers.front().second = file.type;
  for (auto& [name, value] : made.headers)
    if (name == "Cache-Control")
      value = path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache";
  made.headers.emplace_back("Vary", "Accept-Encoding");
  if (!file.compressed.empty() && takes_gzip(request)) {
    made.headers.emplace_back("Content-Encoding", "gzip");
    made.body = file.compressed;
  } else {
    made.body = file.content;
  }
  return made;
}

ReceiverReply WebApp::page() const {
  const auto found = files_.find(page_path);
  const base::Secret nonce = access::new_key();
  ReceiverReply made =
      reply(200, found == files_.end() ? std::string(page_without_app)
                                       : with_nonce(found->second.content, nonce.reveal()));
  made.headers.front().second = type_of(page_path);
  for (auto& [name, value] : made.headers)
    if (name == "Content-Security-Policy") value = policy(nonce.reveal());
  return made;
}

}  // namespace vedette::server
