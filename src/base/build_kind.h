// Owns: what kind of build this is, for the few places that must do less under a sanitizer: limits
// of memory that its shadow would break, numbers of random tests. Promises: constants, right for
// g++ and clang (clang 19 does not define g++'s __SANITIZE_ADDRESS__). Must not know: who asks.
#pragma once

namespace vedette::base {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif
#else
inline constexpr bool is_sanitized = false;
#endif

#ifdef __OPTIMIZE__
inline constexpr bool is_optimized = true;
#else
inline constexpr bool is_optimized = false;
#endif

// Many random histories fit into a test's time.
inline constexpr bool is_fast = is_optimized && !is_sanitized;

}  // namespace vedette::base
