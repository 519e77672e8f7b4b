#include "net/tls_identity.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <array>
#include <fstream>
#include <mutex>

#include "fakes/temporary_folder.h"
#include "net/curl_client.h"
#include "net/http_receiver.h"
#include "net/made_certificate.h"

namespace vedette::net {
namespace {

const auto loopback = *base::parse_ip("127.0.0.1");
// libcurl looks at the machine's own clock.
const auto from = base::Timestamp::from_unix_seconds(1'700'000'000);
const auto until = base::Timestamp::from_unix_seconds(4'000'000'000);

class TlsIdentityTest : public testing::Test {
 protected:
  void make(const std::vector<std::string>& names = {"localhost", "127.0.0.1"}) {
    const auto made = make_certificate(names, from, until);
    ASSERT_TRUE(made) << made.error().message;
    std::ofstream(files_.certificate) << made->certificate;
    std::ofstream(files_.key) << made->key.reveal();
  }
  std::unique_ptr<HttpReceiver> listen() {
    auto identity = TlsIdentity::load(files_, [this](const std::string& words) {
      const std::lock_guard lock(mutex_);
      told_.push_back(words);
    });
    EXPECT_TRUE(identity) << identity.error().message;
    auto receiver = HttpReceiver::listen(
        loopback, 0,
        [](const ReceivedRequest& request, const HttpReceiver::Answer& answer) {
          answer({200,
                  {},
                  (request.is_tls ? "tls " : "plain ") + std::to_string(request.body.size())});
        },
        1'000'000, *std::move(identity));
    EXPECT_TRUE(receiver) << receiver.error().message;
    return *std::move(receiver);
  }
  // A client that trusts the certificate of now.
  base::Result<ports::HttpResponse> ask(std::uint16_t port, const std::string& body = {},
                                        const char* host = "127.0.0.1") {
    const auto client = *CurlClient::create({.ca_file = files_.certificate});
    ports::HttpRequest request;
    request.method = "POST";
    request.url = base::Secret("https://" + std::string(host) + ":" + std::to_string(port) + "/");
    request.body = body;
    request.timeout_ms = 10'000;
    return client->send(request);
  }
  std::vector<std::string> told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }

  fakes::TemporaryFolder folder_;
  TlsFiles files_{folder_.file("certificate.pem"), folder_.file("key.pem")};
  std::mutex mutex_;
  std::vector<std::string> told_;
};

// S19: whoever checks certificates takes ours, and whole bodies pass.
TEST_F(TlsIdentityTest, AMadeCertificateServesTheNamesItSays) {
  make();
  const auto receiver = listen();
  const std::string body(700'000, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto answer = ask(receiver->port(), body);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "tls 700000");
  }
  make({"elsewhere.example"});
  EXPECT_FALSE(ask(receiver->port()));  // another name
}

TEST_F(TlsIdentityTest, ChangedFilesAreTakenAndBrokenOnesAreNot) {
  make();
  const auto receiver = listen();
  const auto before = read_certificate(files_.certificate);
  ASSERT_TRUE(ask(receiver->port()));
  make();
  EXPECT_NE(read_certificate(files_.certificate)->fingerprint, before->fingerprint);
  ASSERT_TRUE(ask(receiver->port()));  // trusts the new one only
  EXPECT_EQ(told(), std::vector<std::string>{"the certificate was read again"});
  const std::string good = folder_.file("good.pem");
  std::filesystem::copy_file(files_.certificate, good);
  std::ofstream(files_.key) << "no key";
  EXPECT_TRUE(ask(receiver->port()));
  EXPECT_TRUE(ask(receiver->port()));
  ASSERT_EQ(told().size(), 2U);
  EXPECT_NE(told()[1].find("the one before stays"), std::string::npos) << told()[1];
}

TEST_F(TlsIdentityTest, WhatDoesNotWorkIsSaidWithItsFile) {
  const auto nothing = TlsIdentity::load(files_, {});
  ASSERT_FALSE(nothing);
  EXPECT_NE(nothing.error().message.find("certificate.pem"), std::string::npos);
  make();
  std::ofstream(files_.key) << "no key";
  const auto broken = TlsIdentity::load(files_, {});
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("key.pem"), std::string::npos);
  EXPECT_FALSE(read_certificate(files_.key));
}

TEST_F(TlsIdentityTest, FactsAreOfTheCertificate) {
  make();
  const auto facts = *read_certificate(files_.certificate);
  EXPECT_EQ(facts.expires, until);
  EXPECT_EQ(facts.fingerprint.size(), 95U);
  EXPECT_EQ(facts.fingerprint[2], ':');
  for (const char* bad : {"", "a b", "x,DNS:evil.example", "*.example", "a\nb"})
    EXPECT_FALSE(make_certificate(std::vector<std::string>{bad}, from, until)) << bad;
}

// What a client offers at most, or with which ciphers, and whether it is let in.
TEST_F(TlsIdentityTest, OnlyModernTls) {
  make();
  const auto receiver = listen();
  const auto gets_in = [&](int version, const char* ciphers) {
    const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_client_method()),
                                                               SSL_CTX_free);
    SSL_CTX_set_security_level(context.get(), 0);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), version);
    if (ciphers != nullptr) SSL_CTX_set_cipher_list(context.get(), ciphers);
    BIO* const bio = BIO_new_ssl_connect(context.get());
    BIO_set_conn_hostname(bio, ("127.0.0.1:" + std::to_string(receiver->port())).c_str());
    const bool is_in = BIO_do_connect(bio) == 1 && BIO_do_handshake(bio) == 1;
    BIO_free_all(bio);
    return is_in;
  };
  EXPECT_TRUE(gets_in(TLS1_3_VERSION, nullptr));
  EXPECT_TRUE(gets_in(TLS1_2_VERSION, nullptr));
  EXPECT_FALSE(gets_in(TLS1_1_VERSION, "ALL:@SECLEVEL=0"));
  EXPECT_FALSE(gets_in(TLS1_2_VERSION, "AES128-SHA:AES256-SHA256:AES128-GCM-SHA256"));
  EXPECT_FALSE(gets_in(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA"));
}

}  // namespace
}  // namespace vedette::net
