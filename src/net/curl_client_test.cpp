#include "net/curl_client.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <zlib.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <thread>

#include "fakes/raw_server.h"
#include "net/system_clock.h"
#include "net/web_address.h"

namespace vedette::net {
namespace {

using base::ErrorCode;
using fakes::RawConnection;
using fakes::RawServer;

std::unique_ptr<CurlClient> client(CurlSettings settings = {}) {
  auto made = CurlClient::create(std::move(settings));
  EXPECT_TRUE(made);
  return *std::move(made);
}

ports::HttpRequest request_to(const std::string& url, int timeout_ms = 10'000) {
  ports::HttpRequest request;
  request.url = base::Secret(url);
  request.body = "{}";
  request.timeout_ms = timeout_ms;
  return request;
}

void read_request(RawConnection& connection) {
  connection.read_until("\r\n\r\n{}");
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(compressBound(text.size()) + 64, '\0');
  std::string in = text;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// What the server answers, and what comes of it, for a request that takes compressed answers.
base::Result<ports::HttpResponse> compressed(const std::string& body, std::size_t bytes_max) {
  RawServer server([&body](RawConnection& connection) {
    const std::string asked = connection.read_until("\r\n\r\n{}");
    EXPECT_NE(asked.find("Accept-Encoding: gzip"), std::string::npos) << asked;
    connection.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
                     std::to_string(body.size()) + "\r\n\r\n" + body);
  });
  auto request = request_to(server.url());
  request.takes_compressed = true;
  request.response_bytes_max = bytes_max;
  return client()->send(request);
}

TEST(CurlClient, ACompressedAnswerComesUnpacked) {
  const std::string text(100'000, 'x');
  const auto response = compressed(gzip(text), 200'000);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body, text);
  EXPECT_FALSE(response->body_truncated);
}

// E17: 16 MB of nothing in 16 kB.
TEST(CurlClient, ABombIsCutAtTheCap) {
  const std::string bomb = gzip(std::string(16'000'000, '\0'));
  ASSERT_LT(bomb.size(), 20'000U);
  const auto response = compressed(bomb, 1'000'000);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->body.size(), 1'000'000U);
  EXPECT_TRUE(response->body_truncated);
}

TEST(CurlClient, ADamagedCompressedAnswerIsUnavailable) {
  std::string body = gzip(std::string(100'000, 'y') + "and more");
  body[0] = 'X';
  const auto response = compressed(body, 200'000);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::unavailable);
  EXPECT_NE(response.error().message.find("the compressed answer is damaged"), std::string::npos)
      << response.error().message;
}

// E16: one byte a while. The deadline counts for the whole exchange, not for each byte.
TEST(CurlClient, ASlowAnswerEndsAtTheDeadline) {
  const SystemClock clock;
  for (const char* start :
       {"HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"}) {
    RawServer server([start](RawConnection& connection) {
      read_request(connection);
      connection.write(start);
      while (connection.write("H") && connection.pause(20)) {
      }
    });
    const base::Duration before = clock.monotonic();
    const auto response = client()->send(request_to(server.url(), 300));
    const base::Duration after = clock.monotonic();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::unavailable);
    EXPECT_EQ(response.error().message,
              "POST to http://127.0.0.1:" + std::to_string(server.port()) +
                  ": no whole answer within 300 ms");
    EXPECT_GE(after, before + base::Duration::milliseconds(290));
    EXPECT_LT(after, before + base::Duration::seconds(30));
  }
}

TEST(CurlClient, AnEndlessAnswerIsCutAndNotDrained) {
  std::atomic<std::uint64_t> written = 0;
  RawServer server([&written](RawConnection& connection) {
    read_request(connection);
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n");
    const std::string block(64 * 1024, 'x');
    while (written < 2'147'483'648 && connection.write(block)) written += block.size();
  });
  const auto response = client()->send(request_to(server.url()));
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(response->body_truncated);
  EXPECT_EQ(response->body.size(), base::limits::response_bytes_max);
  EXPECT_LT(written, 64U * 1024 * 1024);  // what fits into socket buffers, never the 2 GB
}

TEST(CurlClient, EndlessHeadersEnd) {
  RawServer server([](RawConnection& connection) {
    read_request(connection);
    connection.write("HTTP/1.1 200 OK\r\n");
    while (connection.write("X-Filler: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  const auto response = client()->send(request_to(server.url(), 5'000));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::unavailable);
}

TEST(CurlClient, AConnectionThatIsCutIsUnavailable) {
  for (const char* answer :
       {"", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "no HTTP at all\r\n\r\n"}) {
    RawServer server([answer](RawConnection& connection) {
      read_request(connection);
      connection.write(answer);
    });
    const auto response = client()->send(request_to(server.url()));
    ASSERT_FALSE(response) << answer;
    EXPECT_EQ(response.error().code, ErrorCode::unavailable) << answer;
    EXPECT_EQ(response.error().message.find("secret"), std::string::npos)
        << response.error().message;
  }
}

TEST(CurlClient, AStopEndsAnExchangeThatHangs) {
  std::stop_source stop;
  RawServer server([&stop](RawConnection& connection) {
    read_request(connection);
    stop.request_stop();  // the client now waits for the answer
    connection.wait_until_gone();
  });
  auto request = request_to(server.url(), 3'600'000);
  request.stop = stop.get_token();
  const auto response = client()->send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::cancelled);
}

TEST(CurlClient, AConnectionIsUsedAgain) {
  std::atomic<int> connections = 0;
  RawServer server([&connections](RawConnection& connection) {
    ++connections;
    for (int i = 0; i < 3; ++i) {
      read_request(connection);
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  const auto keeps = client();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(keeps->send(request_to(server.url())));
  EXPECT_EQ(connections, 1);
}

TEST(CurlClient, LoopbackNeverGoesThroughAProxy) {
  RawServer server([](RawConnection& connection) {
    read_request(connection);
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect");
  });
  RawServer proxy([](RawConnection& connection) {
    connection.read_until("\r\n\r\n");
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
  });
  ::setenv("http_proxy", proxy.url("").c_str(), 1);
  const auto direct = client()->send(request_to(server.url()));
  const auto proxied = client()->send(request_to("http://192.0.2.1/secret"));
  ::unsetenv("http_proxy");
  ASSERT_TRUE(direct) << direct.error().message;
  EXPECT_EQ(direct->body, "direct");
  ASSERT_TRUE(proxied) << proxied.error().message;
  EXPECT_EQ(proxied->body, "proxy");
}

// Where the metadata service of a cloud's machines is.
TEST(CurlClient, ALinkLocalAddressNeverGoesThroughAProxy) {
  std::atomic<int> asked = 0;
  RawServer proxy([&asked](RawConnection& connection) {
    ++asked;
    connection.read_until("\r\n\r\n");
    connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy");
  });
  ::setenv("http_proxy", proxy.url("").c_str(), 1);
  auto request = request_to("http://169.254.77.7/metadata");
  request.timeout_ms = 50;  // who is there, if anybody, is none of our business
  const auto direct = client()->send(request);
  ::unsetenv("http_proxy");
  EXPECT_TRUE(!direct || direct->body != "proxy");
  EXPECT_EQ(asked, 0);
}

TEST(WebAddress, KnowsWhatIsHere) {
  const auto is_here = [](std::string_view address) {
    return parse_web_address(address)->is_here();
  };
  EXPECT_TRUE(is_here("http://169.254.169.254/metadata/identity"));
  EXPECT_TRUE(is_here("http://[fe80::1]/"));
  EXPECT_TRUE(is_here("http://127.0.0.1:8080/"));
  EXPECT_FALSE(is_here("http://169.253.169.254/"));
  EXPECT_FALSE(is_here("http://10.0.0.1/"));
  EXPECT_FALSE(is_here("http://[fd00::1]/"));
}

TEST(CurlClient, AMissingCertificateFileIsSaidAtOnce) {
  const auto made = CurlClient::create({.ca_file = "/nowhere/ca.pem"});
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message.find("/nowhere/ca.pem"), std::string::npos);
}

// A TLS service with a certificate of its own making for 127.0.0.1.
class TlsService {
 public:
  TlsService() : pem_path_(testing::TempDir() + "vedette_net_test_ca.pem") {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* certificate = X509_new();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(certificate, key, EVP_sha256());
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context_, certificate);
    SSL_CTX_use_PrivateKey(context_, key);
    std::FILE* file = std::fopen(pem_path_.c_str(), "w");
    EXPECT_NE(file, nullptr);
    PEM_write_X509(file, certificate);
    std::fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  ~TlsService() {
    SSL_CTX_free(context_);
    std::remove(pem_path_.c_str());
  }
  void serve(RawConnection& connection) {
    sigset_t pipe;  // this thread writes to a client that hangs up on an unknown certificate
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, connection.socket());
    char buffer[4096];
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, buffer, sizeof buffer) > 0) {
      constexpr std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
      SSL_write(ssl, answer.data(), static_cast<int>(answer.size()));
      SSL_shutdown(ssl);
    }
    SSL_free(ssl);
  }
  [[nodiscard]] const std::string& pem_path() const { return pem_path_; }

 private:
  std::string pem_path_;
  SSL_CTX* context_ = nullptr;
};

TEST(CurlClient, TheCertificateIsChecked) {
  TlsService tls;
  RawServer server([&tls](RawConnection& connection) { tls.serve(connection); });
  const auto unknown = client()->send(request_to(server.url("/secret", "https")));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::refused);
  EXPECT_NE(unknown.error().message.find("certificate"), std::string::npos)
      << unknown.error().message;
  EXPECT_EQ(unknown.error().message.find("secret"), std::string::npos) << unknown.error().message;

  const auto trusting = client({.ca_file = tls.pem_path()});
  const auto known = trusting->send(request_to(server.url("/secret", "https")));
  ASSERT_TRUE(known) << known.error().message;
  EXPECT_EQ(known->body, "ok");

  // The same certificate under a name that is not in it.
  const auto other_name =
      trusting->send(request_to("https://localhost:" + std::to_string(server.port()) + "/secret"));
  ASSERT_FALSE(other_name);
  EXPECT_EQ(other_name.error().code, ErrorCode::refused) << other_name.error().message;
}

}  // namespace
}  // namespace vedette::net
