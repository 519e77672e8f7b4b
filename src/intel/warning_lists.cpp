#include "intel/warning_lists.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "intel/indicator_parts.h"
#include "intel/intel_limits.h"

namespace vedette::intel {
namespace {

using base::Result;
using model::Observable;

constexpr std::size_t built_in_list = 0;

// The sites that most is asked of; feeds name them because malware tries its connection there, and
// because reports about malware link to them.
constexpr std::array sites{
    "google.com",        "youtube.com",    "facebook.com",  "microsoft.com",
    "apple.com",         "amazon.com",     "twitter.com",   "x.com",
    "instagram.com",     "linkedin.com",   "wikipedia.org", "github.com",
    "office.com",        "live.com",       "outlook.com",   "microsoftonline.com",
    "windowsupdate.com", "windows.net",    "azure.com",     "office365.com",
    "sharepoint.com",    "skype.com",      "bing.com",      "yahoo.com",
    "duckduckgo.com",    "netflix.com",    "whatsapp.com",  "tiktok.com",
    "reddit.com",        "cloudflare.com", "akamai.net",    "gstatic.com",
    "googleapis.com",    "gmail.com",      "icloud.com",    "dropbox.com",
    "zoom.us",           "adobe.com",      "paypal.com",    "ebay.com",
    "mozilla.org",       "debian.org",     "ubuntu.com",    "virustotal.com",
    "abuse.ch",          "w3.org",         "digicert.com",  "letsencrypt.org",
    "baidu.com",         "yandex.ru",      "example.com",   "example.org",
    "example.net",       "localhost"};

// Of a URL or a mail address its host; of anything else itself.
std::string_view host_of(std::string_view value) {
  if (const std::size_t scheme = value.find("://"); scheme != std::string_view::npos) {
    value.remove_prefix(scheme + 3);
    value = value.substr(0, value.find_first_of("/?"));
    return value.substr(0, value.find(':'));
  }
  const std::size_t at = value.rfind('@');
  return at == std::string_view::npos ? value : value.substr(at + 1);
}

// A site is meant when nothing of it but its front page is.
std::string_view site_of(std::string_view value) {
  const std::size_t scheme = value.find("://");
  if (scheme != std::string_view::npos) {
    const std::size_t path = value.find_first_of("/?", scheme + 3);
    if (path != std::string_view::npos && path + 1 < value.size()) return {};
  }
  if (value.find('@') != std::string_view::npos) return {};
  std::string_view host = host_of(value);
  if (host.starts_with("www.")) host.remove_prefix(4);
  return host;
}

}  // namespace

std::size_t WarningLists::AddressHash::operator()(const base::IpAddress& address) const {
  return base::hash_words(address.high, address.low);
}

WarningLists::WarningLists() {
  names_.emplace_back("the largest sites");
  for (const char* site : sites) sites_.emplace(site, built_in_list);
  entries_ = sites_.size();
}

Result<void> WarningLists::add(std::string_view name, std::string_view text) {
  if (names_.size() >= limits::warning_lists_max)
    return base::failure(base::ErrorCode::limit_exceeded, "there are too many warning lists");
  WarningLists with = *this;
  with.names_.emplace_back(name);
  const std::size_t list = with.names_.size() - 1;
  text = base::trim(text);
  if (text.starts_with('{')) {
    const auto json = VEDETTE_TRY(base::parse_json(text));
    if (!json["name"].text().empty()) with.names_.back() = cut(json["name"].text(), 120);
    const auto* values = json["list"].as_array();
    if (values == nullptr)
      return base::failure(base::ErrorCode::malformed, "has no \"list\": no MISP warning list");
    for (const base::Json& each : *values)
      VEDETTE_TRY_VOID(with.add_entry(json["type"].text(), each.text(), list));
  } else {
    for (const auto line : base::split(text, '\n')) {
      const std::string_view value = base::trim(line.substr(0, line.find('#')));
      if (value.empty()) continue;
      const auto network = base::parse_network(value);
      VEDETTE_TRY_VOID(with.add_entry(network ? "cidr" : "string", value, list));
    }
  }
  *this = std::move(with);
  return {};
}

Result<void> WarningLists::add_entry(std::string_view type, std::string_view value,
                                     std::size_t list) {
  std::string text = base::to_lower_ascii(base::trim(value));
  if (text.empty()) return {};  // blank never equals blank
  if (++entries_ > limits::warning_entries_max)
    return base::failure(base::ErrorCode::limit_exceeded, "too many entries in warning lists");
  const auto network = base::parse_network(text);
  if (type == "cidr" || (network && type != "substring")) {
    if (!network)
      return base::failure(base::ErrorCode::malformed,
                           fmt::format("{} is no network", cut(text, 60)));
    networks_[network->bits].emplace(network->base, list);
  } else if (type == "string" || type.empty()) {
    strings_.emplace(std::move(text), list);
  } else if (type == "hostname") {
    const std::size_t first = text.find_first_not_of("*.");
    if (first != std::string::npos) hostnames_.emplace(text.substr(first), list);
  } else if (type == "substring") {
    if (substrings_.size() >= limits::warning_substrings_max)
      return base::failure(base::ErrorCode::limit_exceeded, "too many substrings to look for");
    substrings_.emplace_back(std::move(text), list);
  } else {
    return base::failure(base::ErrorCode::malformed,
                         fmt::format("lists of type {} are not understood", cut(type, 60)));
  }
  return {};
}

const std::size_t* WarningLists::find_network(const base::IpNetwork& network) const {
  for (const auto& [bits, networks] : networks_) {
    if (bits > network.bits) break;
    const auto found = networks.find(network.base.masked(bits));
    if (found != networks.end()) return &found->second;
  }
  return nullptr;
}

const std::size_t* WarningLists::find(std::string_view value) const {
  if (value.empty()) return nullptr;
  if (const auto network = base::parse_network(value)) return find_network(*network);
  const std::string text = base::to_lower_ascii(value);
  if (const auto found = strings_.find(text); found != strings_.end()) return &found->second;
  if (const auto found = sites_.find(std::string(site_of(text))); found != sites_.end())
    return &found->second;
  const std::string_view host = host_of(text);
  if (const auto network = base::parse_network(host)) return find_network(*network);
  if (!hostnames_.empty())
    for (std::string_view part = host; !part.empty();
         part = part.find('.') == std::string_view::npos ? std::string_view()
                                                         : part.substr(part.find('.') + 1))
      if (const auto found = hostnames_.find(std::string(part)); found != hostnames_.end())
        return &found->second;
  for (const auto& [part, list] : substrings_)
    if (text.find(part) != std::string::npos) return &list;
  return nullptr;
}

std::string_view WarningLists::list_of(const Observable& observed,
                                       std::string_view indicator_value) const {
  const std::size_t* list = find(indicator_value);
  // A site's page may be bad though the site is not: the event's own value counts for lists that
  // say so, and for addresses within a network that is an indicator.
  if (list == nullptr && observed.value != indicator_value) {
    list = find(observed.value);
    if (list != nullptr && *list == built_in_list) list = nullptr;
  }
  return list == nullptr ? std::string_view() : std::string_view(names_[*list]);
}

}  // namespace vedette::intel
