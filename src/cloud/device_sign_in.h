// Owns: signing in as a person through a browser on another device (RFC 8628), and going on from
// there with a refresh token. Promises: those of TokenSource; a person is asked only when nothing
// kept is good any more; the refresh token is kept through the functions given (a private file) and
// goes nowhere else; polling keeps the service's pace. Must not know: how words reach the person.
// One thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cloud/app_sign_in.h"
#include "cloud/token_source.h"
#include "ports/clock.h"
#include "ports/http_client.h"

namespace vedette::cloud {

struct RefreshKeeper {
  std::function<base::Result<base::Secret>()> load;  // not_found: nothing is kept
  std::function<base::Result<void>(const base::Secret& token)> save;
};

// "Open https://microsoft.com/devicelogin and type ABCD": ours, with the service's two texts in it.
using TellPerson = std::function<void(const std::string& text)>;

class DeviceSignIn : public TokenSource {
 public:
  // Without `tell` nobody is there: only what is kept is used. The clock outlives it.
  DeviceSignIn(AppIdentity app, RefreshKeeper keeper, TellPerson tell,
               std::unique_ptr<ports::HttpClient> client, ports::Clock& clock)
      : app_(std::move(app)),
        keeper_(std::move(keeper)),
        tell_(std::move(tell)),
        client_(std::move(client)),
        clock_(clock) {}
  [[nodiscard]] TokenOutcome ask(std::string_view scope, const std::stop_token& stop) override;

 private:
  [[nodiscard]] TokenOutcome refresh(std::string_view scope, const base::Secret& kept,
                                     const std::stop_token& stop);
  [[nodiscard]] TokenOutcome ask_person(std::string_view scope, const std::stop_token& stop);
  [[nodiscard]] TokenOutcome take(const ports::HttpResponse& response);

  const AppIdentity app_;
  const RefreshKeeper keeper_;
  const TellPerson tell_;
  const std::unique_ptr<ports::HttpClient> client_;
  ports::Clock& clock_;
};

}  // namespace vedette::cloud
