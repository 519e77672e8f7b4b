#include "net/curl_exchange.h"

#include <curl/curl.h>
#include <signal.h>

#include <unistd.h>

#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

#include "base/encode.h"

namespace vedette::net {
namespace {

struct EasyDeleter {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MultiDeleter {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;
using Multi = std::unique_ptr<CURLM, MultiDeleter>;

// libcurl's global tables, once for the process and before any thread uses them.
bool start_library() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return ready;
}

// libcurl with threads (CURLOPT_NOSIGNAL) leaves SIGPIPE to its caller, and OpenSSL writes to
// sockets that the other side has closed. Held back on this thread alone, so that the program's own
// pipes
// (`vedette watch | head`) keep their meaning.
class NoBrokenPipeSignal {
 public:
  NoBrokenPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending{};
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipeSignal() {
    constexpr timespec no_wait{0, 0};
    if (!was_pending_)
      while (sigtimedwait(&pipe_, nullptr, &no_wait) == -1 && errno == EINTR) {
      }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipeSignal(const NoBrokenPipeSignal&) = delete;
  NoBrokenPipeSignal& operator=(const NoBrokenPipeSignal&) = delete;

 private:
  sigset_t pipe_{}, before_{};
  bool was_pending_ = false;
};

bool will_not_become_right(int code) {
  switch (code) {
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return true;
    default:
      return false;
  }
}

}  // namespace

void CurlTexts::Deleter::operator()(curl_slist* list) const {
  curl_slist_free_all(list);
}

void CurlTexts::add(const std::string& text) {
  curl_slist* const longer = curl_slist_append(list_.get(), text.c_str());
  curl_slist* const before = list_.release();  // it is the beginning of the longer one
  list_.reset(longer != nullptr ? longer : before);
}

struct CurlExchange::Handles {
  std::string ca_file;
  std::array<char, CURL_ERROR_SIZE> words{};  // the library's own, of the last exchange
  Easy easy;  // freed before the multi handle that holds its connections
  Multi multi;

  // Members are destroyed in reverse order, and libcurl wants the easy handle gone first.
  ~Handles() {
    const NoBrokenPipeSignal guard;  // closing a TLS connection says good-bye on it
    easy.reset();
    multi.reset();
  }
};

CurlExchange::CurlExchange(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
CurlExchange::~CurlExchange() = default;

base::Result<std::unique_ptr<CurlExchange>> CurlExchange::create(const std::string& ca_file) {
  if (!ca_file.empty() && ::access(ca_file.c_str(), R_OK) != 0)
    return base::system_failure(
        "cannot read the certificate file " + base::encode_terminal(ca_file), errno);
  auto handles = std::make_unique<Handles>();
  handles->ca_file = ca_file;
  if (start_library()) {
    handles->multi.reset(curl_multi_init());
    handles->easy.reset(curl_easy_init());
  }
  if (!handles->multi || !handles->easy)
    return base::failure(base::ErrorCode::internal, "libcurl cannot be started");
  return std::make_unique<CurlExchange>(std::move(handles));
}

void* CurlExchange::handle() const {
  return handles_->easy.get();
}

void CurlExchange::begin(int timeout_ms) const {
  CURL* const easy = handles_->easy.get();
  const auto set = [easy](CURLoption option, auto value) {
    [[maybe_unused]] const CURLcode code = curl_easy_setopt(easy, option, value);
    assert(code == CURLE_OK);  // an option that libcurl 7.88 does not know is our fault
  };
  curl_easy_reset(easy);
  set(CURLOPT_NOSIGNAL, 1L);
  // A name look-up that hangs is left behind at the deadline, not awaited.
  set(CURLOPT_QUICK_EXIT, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_ms));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!handles_->ca_file.empty()) set(CURLOPT_CAINFO, handles_->ca_file.c_str());
  handles_->words.fill('\0');
  set(CURLOPT_ERRORBUFFER, handles_->words.data());
}

// The multi interface for one exchange: it can be woken from outside, where curl_easy_perform
// cannot.
int CurlExchange::perform(const std::stop_token& stop) const {
  const NoBrokenPipeSignal guard;
  const std::stop_callback wake(stop, [this] { curl_multi_wakeup(handles_->multi.get()); });
  if (curl_multi_add_handle(handles_->multi.get(), handles_->easy.get()) != CURLM_OK)
    return CURLE_FAILED_INIT;
  CURLcode result = CURLE_ABORTED_BY_CALLBACK;
  int running = 1;
  while (running > 0 && !stop.stop_requested()) {
    if (curl_multi_perform(handles_->multi.get(), &running) != CURLM_OK) {
      result = CURLE_FAILED_INIT;
      break;
    }
    if (running > 0) curl_multi_poll(handles_->multi.get(), nullptr, 0, 1000, nullptr);
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(handles_->multi.get(), &left))
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  curl_multi_remove_handle(handles_->multi.get(), handles_->easy.get());
  return result;
}

base::Error CurlExchange::error(int code, const std::string& what) const {
  // libcurl's own words only for certificates, where they tell what is wrong and hold no address.
  const bool certificate =
      code == CURLE_PEER_FAILED_VERIFICATION && handles_->words.front() != '\0';
  const std::string why =
      certificate ? handles_->words.data() : curl_easy_strerror(static_cast<CURLcode>(code));
  return {will_not_become_right(code) ? base::ErrorCode::refused : base::ErrorCode::unavailable,
          what + ": " + base::encode_terminal(why, 300)};
}

}  // namespace vedette::net
