#include "respond/policy_match.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "respond/policy_limits.h"

namespace vedette::respond {
namespace {

using base::ErrorCode;
using model::Incident;

constexpr std::string_view gap = "...";

// Letters, digits and whatever is not ASCII belong to a word; everything else stands between two.
bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    if (end > at) words.push_back(base::to_lower_ascii(text.substr(at, end - at)));
    at = std::max(end, at + 1);
  }
  return words;
}

bool is_same_word(std::string_view pattern, std::string_view word) {
  if (!pattern.ends_with('*')) return pattern == word;
  return word.starts_with(pattern.substr(0, pattern.size() - 1));
}

// The words stand there one behind the other. The place behind the last; npos: nowhere from `from`
// on.
std::size_t find_run(const std::vector<std::string>& words, std::size_t from,
                     std::span<const std::string> run) {
  for (std::size_t at = from; at + run.size() <= words.size(); ++at)
    if (std::ranges::equal(run, std::span(words).subspan(at, run.size()), is_same_word))
      return at + run.size();
  return std::string::npos;
}

bool holds(const std::vector<std::string>& words, const Phrase& phrase) {
  // Between gaps the first place is as good as any later one.
  std::size_t from = 0;
  const std::span<const std::string> all(phrase.words);
  for (std::size_t at = 0; at < all.size();) {
    std::size_t end = at;
    while (end < all.size() && all[end] != gap) ++end;
    from = find_run(words, from, all.subspan(at, end - at));
    if (from == std::string::npos) return false;
    at = end + 1;
  }
  return true;
}

std::string_view word_for(MatchField field) {
  switch (field) {
    case MatchField::rules:
      return "analytics rule";
    case MatchField::labels:
      return "label";
    case MatchField::alerts:
      return "alert";
    case MatchField::products:
      return "product";
    case MatchField::entities:
      return "entity";
    case MatchField::title:
      break;
  }
  return "title";
}

}  // namespace

base::Result<Phrase> parse_phrase(std::string_view text) {
  Phrase phrase{std::string(text), {}};
  const auto wrong = [&](std::string_view why) {
    return base::failure(ErrorCode::invalid_argument, fmt::format("\"{}\" {}", text, why));
  };
  if (text.size() > policy_phrase_bytes_max) return wrong("is too long");
  for (std::string_view part : base::split(text, ' ')) {
    part = base::trim(part);
    if (part == gap) {
      if (phrase.words.empty() || phrase.words.back() == gap) return wrong("begins with a gap");
      phrase.words.emplace_back(gap);
      continue;
    }
    const bool is_prefix = part.ends_with('*');
    auto words = words_of(part);
    if (is_prefix && !words.empty()) {
      constexpr std::size_t prefix_bytes_min = 3;
      if (words.back().size() < prefix_bytes_min)
        return wrong("would match nearly every word: write at least three letters before the *");
      words.back() += '*';
    }
    for (auto& word : words) phrase.words.push_back(std::move(word));
  }
  if (phrase.words.empty()) return wrong("holds no word");
  if (phrase.words.back() == gap) return wrong("ends with a gap");
  return phrase;
}

bool contains_phrase(std::string_view text, const Phrase& phrase) {
  return holds(words_of(text), phrase);
}

std::vector<std::string> texts_of(const Incident& incident, MatchField field) {
  std::vector<std::string> texts;
  const auto* origin = incident.origin ? &*incident.origin : nullptr;
  switch (field) {
    case MatchField::title:
      return {incident.title};
    case MatchField::labels:
      return origin != nullptr ? origin->labels : texts;
    case MatchField::products:
      return origin != nullptr ? origin->products : texts;
    case MatchField::rules:
      if (origin != nullptr) return origin->rule_ids;
      for (const auto& alert : incident.alerts) texts.push_back(alert.rule);
      return texts;
    case MatchField::alerts:
      if (origin != nullptr) return origin->alert_names;
      for (const auto& alert : incident.alerts) texts.push_back(alert.title);
      return texts;
    case MatchField::entities:
      if (origin != nullptr)
        for (const auto& entity : origin->entities) texts.push_back(entity.value);
      else
        for (const auto& alert : incident.alerts)
          for (const auto& entity : alert.entities) texts.push_back(entity.value);
      return texts;
  }
  return texts;
}

bool has_entity(const Incident& incident, std::string_view kind) {
  if (incident.origin)
    return std::ranges::any_of(incident.origin->entities, [&](const model::OriginEntity& each) {
      return base::equals_ignoring_case(each.kind, kind);
    });
  for (const auto& alert : incident.alerts)
    for (const auto& entity : alert.entities)
      if (base::equals_ignoring_case(model::name_of(entity.type), kind)) return true;
  return false;
}

std::optional<std::string> why_matched(const PolicyMatch& match, const Incident& incident) {
  if (incident.severity < match.least_severity) return std::nullopt;
  if (!match.only_entity.empty() && !has_entity(incident, match.only_entity)) return std::nullopt;
  if (!match.only_products.empty()) {
    const auto products = texts_of(incident, MatchField::products);
    const bool is_one = std::ranges::any_of(products, [&](const std::string& product) {
      return std::ranges::any_of(match.only_products, [&](const Phrase& phrase) {
        return contains_phrase(product, phrase);
      });
    });
    if (!is_one) return std::nullopt;
  }
  for (std::size_t i = 0; i < match_field_count; ++i) {
    const auto field = static_cast<MatchField>(i);
    for (const std::string& text : texts_of(incident, field)) {
      const auto words = words_of(text);
      for (const auto& [in, phrase] : match.any)
        if (in == field && holds(words, phrase))
          return fmt::format("its {} \"{}\" has the words {}", word_for(field), text, phrase.text);
    }
  }
  return std::nullopt;
}

std::vector<model::AccountReference> accounts_of(const Incident& incident) {
  std::vector<model::AccountReference> accounts;
  const auto add = [&](const model::AccountReference& account) {
    if (account.object_id.empty() && account.principal_name.find('@') == std::string::npos) return;
    if (std::ranges::find(accounts, account) == accounts.end()) accounts.push_back(account);
  };
  if (incident.origin) {
    for (const auto& account : incident.origin->accounts) add(account);
    return accounts;
  }
  for (const auto& alert : incident.alerts)
    for (const auto& entity : alert.entities)
      if (entity.type == model::EntityType::account) add({"", entity.value, ""});
  return accounts;
}

std::string affected_of(const Incident& incident) {
  std::string all;
  const auto add = [&](const std::string& name) {
    if (!name.empty()) all += (all.empty() ? "" : ", ") + name;
  };
  if (incident.origin) {
    for (const auto& entity : incident.origin->entities)
      if (base::equals_ignoring_case(entity.kind, "Account")) add(entity.value);
  } else {
    std::vector<std::string> seen;
    for (const auto& alert : incident.alerts)
      for (const auto& entity : alert.entities) {
        if (entity.type != model::EntityType::account) continue;
        if (std::ranges::find(seen, entity.value) != seen.end()) continue;
        seen.push_back(entity.value);
        add(entity.value);
      }
  }
  return all.empty() ? "nobody named" : all;
}

}  // namespace vedette::respond
