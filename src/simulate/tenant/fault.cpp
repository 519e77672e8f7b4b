#include "simulate/tenant/fault.h"

#include <array>
#include <cassert>
#include <vector>

#include "base/text.h"

namespace vedette::simulate::tenant {
namespace {

constexpr auto faults = std::to_array<FaultName>({
    {Fault::throttle_seconds, "throttle-seconds", "429 with Retry-After in seconds"},
    {Fault::throttle_date, "throttle-date", "429 with Retry-After as an HTTP date"},
    {Fault::throttle_bare, "throttle-bare", "429 without Retry-After"},
    {Fault::status_500, "500", "500 with Graph's error shape"},
    {Fault::status_502, "502", "502 with a gateway's HTML page"},
    {Fault::status_503, "503", "503 with Graph's error shape"},
    {Fault::status_504, "504", "504 with Graph's error shape"},
    {Fault::gone, "gone", "410: the delta link is too old, begin again"},
    {Fault::closed, "closed", "the connection is closed without an answer"},
    {Fault::silent, "silent", "no answer at all; the connection stays open"},
    {Fault::silent_header, "silent-header", "half of the header, then silence"},
    {Fault::silent_body, "silent-body", "half of the body, then silence"},
    {Fault::cut_body, "cut-body", "the body ends early: shorter than its Content-Length"},
    {Fault::cut_json, "cut-json", "half of the JSON, with the right Content-Length"},
    {Fault::broken_chunk, "broken-chunk", "chunked, with a chunk size that is no number"},
    {Fault::gzip_corrupt, "gzip-corrupt", "Content-Encoding: gzip, with broken bytes"},
    {Fault::gzip_bomb, "gzip-bomb", "2.5 MB of gzip that unpack to 400 MB"},
    {Fault::html_login, "html-login", "200 with an HTML page that asks to sign in"},
    {Fault::token_expires, "token-expires", "after this page every token is worthless"},
    {Fault::next_foreign, "next-foreign", "@odata.nextLink names another host"},
    {Fault::next_loop, "next-loop", "@odata.nextLink names the page itself"},
    {Fault::empty_page, "empty-page", "a page without rows, but with a next link"},
    {Fault::repeated_page, "repeated-page", "the next page is this page once more"},
    {Fault::same_id_twice, "same-id-twice", "the first record of a page also ends it"},
    {Fault::out_of_order, "out-of-order", "the records of a page from back to front"},
    {Fault::duplicate_keys, "duplicate-keys", "\"value\" twice in one object"},
    {Fault::integer_2_64, "integer-2-64", "a number past 64 bits"},
    {Fault::lone_surrogate, "lone-surrogate", "half of a surrogate pair in a string"},
    {Fault::nul_character, "nul", "\\u0000 in a string"},
    {Fault::deep, "deep", "arrays nested 10,000 deep"},
    {Fault::huge_field, "huge-field", "a string of 10 MB"},
    {Fault::missing_value, "missing-value", "the answer has no \"value\""},
    {Fault::wrong_types, "wrong-types", "\"value\" is a text"},
    {Fault::clock_skew, "clock-skew", "the Date header is 30 minutes ahead"},
    {Fault::beta_fails, "beta-fails", "beta sign-ins answer 400; v1.0 works"},
    {Fault::beta_reshaped, "beta-reshaped", "beta sign-ins have other member names"},
});

}  // namespace

std::span<const FaultName> all_faults() {
  return faults;
}

std::string_view name_of(Fault fault) {
  for (const auto& known : faults)
    if (known.fault == fault) return known.name;
  assert(false);
  return {};
}

base::Result<FaultOrder> parse_fault_order(std::string_view text,
                                           std::span<const FaultName> known_faults) {
  FaultOrder order;
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    order.part = text.substr(at + 1);
    text = text.substr(0, at);
  }
  if (const auto equals = text.find('='); equals != std::string_view::npos) {
    const auto times_text = text.substr(equals + 1);
    const auto times = base::parse_unsigned(times_text);
    if (times_text != "forever" && (!times || *times == 0 || *times >= forever))
      return base::failure(
          base::ErrorCode::invalid_argument,
          "--fault NAME=TIMES takes a number or `forever`, not '" + std::string(times_text) + "'");
    order.times = times ? static_cast<std::uint32_t>(*times) : forever;
    text = text.substr(0, equals);
  }
  std::vector<std::string_view> names;
  for (const auto& known : known_faults) {
    if (known.name == text) {
      order.fault = known.fault;
      return order;
    }
    names.push_back(known.name);
  }
  std::string message = "there is no fault '" + std::string(text) + "'";
  if (const auto near = base::nearest(text, names); !near.empty())
    message += "; did you mean " + std::string(near) + "?";
  return base::failure(base::ErrorCode::not_found, std::move(message));
}

}  // namespace vedette::simulate::tenant
