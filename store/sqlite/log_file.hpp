/// What the log beside a database tells by itself. SQLite would take it for that of whatever file stands
/// there.
#pragma once

#include "messages/ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::sqlite {

/// The committed pages of a log that hold the owner's row. Each write of an owner changes that, so there is
/// one of each.
struct log_file {
  struct owner_page {
    std::uint32_t number = 0; ///< in the file, from 1
    owner_in_file owner;
  };

  std::uint32_t page_bytes = 0;
  std::vector<owner_page> owners; ///< oldest first

  std::vector<owner_in_file> writes() const;
};

/// The log of the database at this path. Of one that is missing, empty, not a log, or from before owners had
/// a mark, nothing is told. Somebody may write it meanwhile.
log_file read_log(const std::string& path);

/// The log of the database at this path has something in it.
bool has_log(const std::string& path);

/// The owner in a page that holds the owner's row, and nothing of any other page.
std::optional<owner_in_file> read_owner_page(std::span<const std::byte> page);

/// Whether a file may be the one that such a log belongs to, after which crash ever. A log holds all that was
/// written since it began, and it begins when the file has all from before; some of it may be in the file,
/// too.
bool is_file_of_log(const owner_in_file& file, std::span<const owner_in_file> log) noexcept;

} // namespace tidemark::sqlite
