// The shipped policies' texts, taken into the program by the assembler, so that the files are what
// is used.
#include "respond/policy.h"

#define VEDETTE_POLICY(name, file)                  \
  asm(".section .rodata\n"                          \
      "vedette_policy_" name                        \
      "_begin:\n"                                   \
      ".incbin \"" VEDETTE_POLICIES_FOLDER "/" file \
      "\"\n"                                        \
      "vedette_policy_" name                        \
      "_end:\n"                                     \
      ".byte 0\n"                                   \
      ".previous\n")

VEDETTE_POLICY("credential_phishing", "credential-phishing.yaml");
VEDETTE_POLICY("twill", "twill.yaml");

#undef VEDETTE_POLICY

extern "C" {
extern const char vedette_policy_credential_phishing_begin[] __attribute__((visibility("hidden")));
extern const char vedette_policy_credential_phishing_end[] __attribute__((visibility("hidden")));
extern const char vedette_policy_twill_begin[] __attribute__((visibility("hidden")));
extern const char vedette_policy_twill_end[] __attribute__((visibility("hidden")));
}

namespace vedette::respond {
namespace {

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace

const std::vector<ShippedPolicy>& shipped_policies() {
  static const std::vector<ShippedPolicy> all{
      {"credential-phishing.yaml",
       between(vedette_policy_credential_phishing_begin, vedette_policy_credential_phishing_end)},
      {"twill.yaml", between(vedette_policy_twill_begin, vedette_policy_twill_end)},
  };
  return all;
}

}  // namespace vedette::respond
