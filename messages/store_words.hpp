/// What is wrong with a database, in one word each, whatever kind it is: the `native_code` of failures with
/// `ec::store_unavailable` and `ec::store_defect`, so that whoever tells people of it can tell causes apart.
#pragma once

#include <string_view>

namespace tidemark::store_words {

inline constexpr std::string_view locked = "locked";
inline constexpr std::string_view full = "full";
inline constexpr std::string_view not_writable = "not_writable";
inline constexpr std::string_view not_openable = "not_openable";
inline constexpr std::string_view io_error = "io_error";
inline constexpr std::string_view no_memory = "no_memory";
inline constexpr std::string_view damaged = "damaged";
inline constexpr std::string_view foreign = "foreign";             ///< not tidemark's, or no database at all
inline constexpr std::string_view other_account = "other_account"; ///< holds the records of another one
inline constexpr std::string_view other_tenant = "other_tenant";   ///< holds the imports of another one
inline constexpr std::string_view altered = "altered";             ///< changed by somebody else
inline constexpr std::string_view moved = "moved"; ///< away from where it was while it was in use

} // namespace tidemark::store_words
