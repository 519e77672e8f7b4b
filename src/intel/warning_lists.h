// Owns: what is no indicator whatever somebody says: lists of values that stand in many feeds by
// mistake (warning lists). Promises: of MISP's form ("type": string, substring, hostname, cidr;
// regex is refused by its name) or a value a line; applied when something was found, to what the
// event says and to what the indicator says; what is in no list costs a look-up or two. Public
// resolvers and private networks are left out by the snapshot already. Must not know: files, the
// snapshot. Immutable once built; any thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ip.h"
#include "base/result.h"
#include "model/indicator.h"

namespace vedette::intel {

class WarningLists {
 public:
  // With the built-in list of the largest sites.
  WarningLists();

  // `name`: what it is called where it says none. What cannot be read is an error, and nothing of
  // it is taken.
  base::Result<void> add(std::string_view name, std::string_view text);
  // The list that one of both is on; empty: none. Both are in their canonical form; the indicator's
  // may be a network.
  [[nodiscard]] std::string_view list_of(const model::Observable& observed,
                                         std::string_view indicator_value) const;
  [[nodiscard]] std::size_t lists() const { return names_.size(); }
  [[nodiscard]] std::size_t entries() const { return entries_; }

 private:
  struct AddressHash {
    std::size_t operator()(const base::IpAddress& address) const;
  };
  using Texts = std::unordered_map<std::string, std::size_t>;  // to the list

  base::Result<void> add_entry(std::string_view type, std::string_view value, std::size_t list);
  [[nodiscard]] const std::size_t* find(std::string_view value) const;
  [[nodiscard]] const std::size_t* find_network(const base::IpNetwork& network) const;

  std::vector<std::string> names_;
  Texts strings_, hostnames_, sites_;
  std::vector<std::pair<std::string, std::size_t>> substrings_;
  std::map<int, std::unordered_map<base::IpAddress, std::size_t, AddressHash>>
      networks_;  // by bits
  std::size_t entries_ = 0;
};

}  // namespace vedette::intel
