#include "net/curl_exchange.h"

#include <curl/curl.h>
#include <signal.h>

#include <cerrno>
#include <utility>

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

}  // namespace

struct CurlExchange::Handles {
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

base::Result<std::unique_ptr<CurlExchange>> CurlExchange::create() {
  auto handles = std::make_unique<Handles>();
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

bool CurlExchange::will_not_become_right(int code) {
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

}  // namespace vedette::net
