#include "access/audit_chain.h"

#include "access/access_limits.h"
#include "access/key.h"
#include "base/text.h"

namespace vedette::access {
namespace {

void append(std::string& out, std::string_view text) {
  out += std::to_string(text.size());
  out += ':';
  out += text;
}

AuditReport broken_at(AuditReport report, std::uint64_t number, std::string what) {
  report.broken = number;
  report.what = std::move(what);
  return report;
}

}  // namespace

std::string audit_hash(std::string_view before, const model::AuditEntry& entry) {
  std::string text;
  append(text, before);
  append(text, std::to_string(entry.number));
  append(text, std::to_string(entry.at.ticks));
  append(text, entry.actor);
  append(text, entry.action);
  append(text, entry.object);
  append(text, entry.detail);
  return digest(text);
}

base::Result<AuditReport> verify_audit(ports::AccessStore& store, std::string_view noted) {
  const std::size_t colon = noted.find(':');
  const auto noted_number = base::parse_unsigned(noted.substr(0, colon));
  if (!noted.empty() && (colon == std::string_view::npos || !noted_number))
    return base::failure(base::ErrorCode::invalid_argument,
                         "a noted end is NUMBER:HASH, as an earlier run printed it");
  AuditReport report;
  for (;;) {
    const auto page = VEDETTE_TRY(store.audit_after(report.entries, audit_page_max));
    for (const auto& entry : page) {
      if (entry.number != report.entries + 1)
        return broken_at(report, report.entries + 1, "the entry is missing");
      if (!are_equal(entry.hash, audit_hash(report.head, entry)))
        return broken_at(report, entry.number, "the entry, or one before it, was changed");
      if (noted_number == entry.number && noted.substr(colon + 1) != entry.hash)
        return broken_at(report, entry.number, "the log was written anew: its hash is another one");
      ++report.entries;
      report.head = entry.hash;
    }
    if (page.size() < audit_page_max) break;
  }
  if (noted_number && *noted_number > report.entries)
    return broken_at(report, report.entries + 1, "entries were cut off the end");
  return report;
}

base::Result<std::string> audit_head(ports::AccessStore& store) {
  const auto last = VEDETTE_TRY(store.audit_before(0, 1));
  return last.empty() ? std::string()
                      : std::to_string(last.front().number) + ":" + last.front().hash;
}

}  // namespace vedette::access
