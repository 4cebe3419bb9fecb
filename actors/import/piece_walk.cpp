#include "actors/import/piece_walk.hpp"

namespace tidemark {

std::optional<key_range> piece_walk::arrived(bool has_more, const row_cursor& last) noexcept {
  if (!has_more) return end_piece(piece_end_);
  if (!has_sets_) return end_piece(last.key);
  // A parent's rows are written together, so the piece ends with the parent that the first page ends in.
  if (!cursor_ && has_ranges_) piece_end_ = last.parent;
  cursor_ = last;
  return std::nullopt;
}

key_range piece_walk::end_piece(std::int64_t at) noexcept {
  key_range piece{after_, at};
  after_ = at;
  over_ = at >= end_;
  piece_end_ = end_;
  cursor_.reset();
  return piece;
}

} // namespace tidemark
