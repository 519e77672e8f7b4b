#include "detect/identity/network_class.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace vedette::detect::identity {
namespace {

using enum NetworkClass;
using Known = std::pair<std::uint32_t, NetworkClass>;

// Sorted. Sources: the registries' names of these numbers; Apple's published egress list of its
// private relay (36183, 13335, 54113); Tor's list of exits by operator. A carrier stands here only
// when its number carries phones alone.
constexpr auto known = std::to_array<Known>({
    {3598, microsoft},      {8068, microsoft},        {8069, microsoft},
    {8075, microsoft},      {8100, hosting},          {8560, hosting},
    {9009, consumer_vpn},   {12012, hosting},         {12576, mobile},
    {12876, hosting},       {13335, relay},           {14061, hosting},
    {14618, hosting},       {15169, hosting},         {16276, hosting},
    {16509, hosting},       {19969, hosting},         {20057, mobile},
    {20473, hosting},       {21859, hosting},         {21928, mobile},
    {22394, mobile},        {22616, company_gateway}, {24940, hosting},
    {25820, hosting},       {26496, hosting},         {29066, hosting},
    {31898, hosting},       {32613, hosting},         {35916, hosting},
    {36183, relay},         {36351, hosting},         {36352, hosting},
    {37963, hosting},       {39351, consumer_vpn},    {40676, hosting},
    {45102, hosting},       {46606, hosting},         {48693, hosting},
    {49981, hosting},       {50304, hosting},         {51167, hosting},
    {51852, hosting},       {53667, hosting},         {53813, company_gateway},
    {54113, relay},         {55256, company_gateway}, {55720, hosting},
    {55836, mobile},        {58061, hosting},         {60068, consumer_vpn},
    {60729, anonymiser},    {60781, hosting},         {62044, company_gateway},
    {62240, consumer_vpn},  {62904, hosting},         {63023, hosting},
    {63949, hosting},       {132203, hosting},        {133752, hosting},
    {136787, consumer_vpn}, {136907, hosting},        {141995, hosting},
    {197540, hosting},      {200052, hosting},        {200651, hosting},
    {202425, hosting},      {204428, hosting},        {206264, hosting},
    {207990, consumer_vpn}, {208294, anonymiser},     {208323, anonymiser},
    {210558, hosting},      {212238, consumer_vpn},   {213230, hosting},
    {396356, hosting},      {396507, anonymiser},     {396982, hosting},
    {398101, hosting},      {399486, hosting},
});
static_assert(std::ranges::is_sorted(known, {}, &Known::first));

struct Word {
  std::string_view text;
  NetworkClass network;
};
constexpr auto words = std::to_array<Word>({
    {"zscaler", company_gateway},
    {"netskope", company_gateway},
    {"cato networks", company_gateway},
    {"microsoft", microsoft},
    {"tor exit", anonymiser},
    {"vpn", consumer_vpn},
    {"proxy", consumer_vpn},
    {"hosting", hosting},
    {"datacenter", hosting},
    {"data center", hosting},
    {"data centre", hosting},
    {"datacentre", hosting},
    {"cloud", hosting},
    {"server", hosting},
    {"colocation", hosting},
    {"vps", hosting},
    {"mobile", mobile},
    {"wireless", mobile},
    {"cellular", mobile},
});

}  // namespace

NetworkClass class_of(std::uint32_t autonomous_system, std::string_view organisation) {
  const auto* found = std::ranges::lower_bound(known, autonomous_system, {}, &Known::first);
  if (found != known.end() && found->first == autonomous_system) return found->second;
  if (organisation.empty()) return unknown;
  const std::string name = base::to_lower_ascii(organisation);
  for (const Word& word : words)
    if (name.find(word.text) != std::string::npos) return word.network;
  return unknown;
}

std::string_view describe(NetworkClass network) {
  switch (network) {
    case mobile:
      return "a mobile carrier, which shows phones at its gateway";
    case hosting:
      return "a network of rented servers";
    case consumer_vpn:
      return "an exit of VPNs that people buy";
    case anonymiser:
      return "a network that hides who comes";
    case relay:
      return "a private relay";
    case company_gateway:
      return "a company's web gateway";
    case microsoft:
      return "Microsoft's own services";
    case unknown:
      break;
  }
  return "a network of no known kind";
}

}  // namespace vedette::detect::identity
