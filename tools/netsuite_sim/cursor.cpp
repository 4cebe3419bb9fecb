#include "tools/netsuite_sim/cursor.hpp"

namespace tidemark::netsuite_sim {

namespace {

std::int64_t first_ordinal(const world& w, const table& t, std::int64_t id) {
  return id == lowest ? 0 : std::min(w.layout(t).rank(id), w.generated(t));
}

std::int64_t end_ordinal(const world& w, const table& t, std::int64_t id) {
  return id == highest ? w.generated(t) : std::min(w.layout(t).rank(id + 1), w.generated(t));
}

} // namespace

cursor::cursor(const world& w, const table& t, const key_range& range)
    : world_(&w),
      table_(&t),
      range_(range),
      patch_(w.changes(t).lower_bound(range.lower)),
      patches_end_(range.upper < range.lower ? patch_ : w.changes(t).upper_bound(range.upper)) {
  if (range.upper < range.lower) return;
  if (t.shape == table_shape::records) {
    ordinal_ = first_ordinal(w, t, range.lower.id);
    ordinal_end_ = end_ordinal(w, t, range.upper.id);
    // Ids have no second part: a range that begins or ends within one keeps or drops it as a whole.
    if (range.lower.id != lowest && range.lower.line > 0) ordinal_ = end_ordinal(w, t, range.lower.id);
    if (range.upper.id != highest && range.upper.line < 0) ordinal_end_ = first_ordinal(w, t, range.upper.id);
  } else if (t.shape == table_shape::lines) {
    const auto& transactions = w.transactions();
    const auto& changes = w.changes(transactions);
    walk_.transactions = &transactions;
    walk_.ordinal = first_ordinal(w, transactions, range.lower.id);
    walk_.ordinal_end = end_ordinal(w, transactions, range.upper.id);
    walk_.patch = changes.lower_bound({range.lower.id, lowest});
    walk_.patches_end = changes.upper_bound({range.upper.id, highest});
    step_transaction();
  }
  has_generated_ = peek_generated();
}

bool cursor::next(row& out) {
  for (;;) {
    auto has_patch = patch_ != patches_end_;
    if (!has_generated_ && !has_patch) return false;
    if (has_generated_ && (!has_patch || generated_.key < patch_->first)) {
      out = generated_;
      has_generated_ = peek_generated();
      return true;
    }
    const auto& [key, patch] = *patch_++;
    auto replaces = has_generated_ && generated_.key == key;
    if (replaces)
      out = generated_;
    else
      out = row{key, -1, world_->row_hash(*table_, key), nullptr};
    if (replaces) has_generated_ = peek_generated();
    if (patch.deleted) continue;
    out.patch = &patch;
    return true;
  }
}

bool cursor::peek_generated() {
  switch (table_->shape) {
  case table_shape::records: return peek_record();
  case table_shape::lines: return peek_line();
  case table_shape::log: return false;
  }
  return false;
}

bool cursor::peek_record() {
  if (ordinal_ >= ordinal_end_) return false;
  row_key key{world_->layout(*table_).id_at(ordinal_), 0};
  generated_ = row{key, ordinal_++, world_->row_hash(*table_, key), nullptr};
  return true;
}

bool cursor::peek_line() {
  while (walk_.valid) {
    if (walk_.index >= walk_.lines.count) {
      step_transaction();
      continue;
    }
    row_key key{walk_.id, walk_.lines.at(walk_.index)};
    if (key > range_.upper) return walk_.valid = false;
    auto index = walk_.index++;
    if (key < range_.lower) continue;
    generated_ = row{key, index, mix(walk_.hash, static_cast<std::uint64_t>(key.line)), nullptr};
    return true;
  }
  return false;
}

void cursor::step_transaction() {
  const auto& transactions = *walk_.transactions;
  for (;;) {
    auto has_patch = walk_.patch != walk_.patches_end;
    auto has_ordinal = walk_.ordinal < walk_.ordinal_end;
    walk_.valid = has_patch || has_ordinal;
    if (!walk_.valid) return;
    auto id = has_ordinal ? world_->layout(transactions).id_at(walk_.ordinal) : highest;
    if (has_patch && walk_.patch->first.id <= id) {
      if (walk_.patch->first.id == id && has_ordinal) ++walk_.ordinal;
      id = walk_.patch->first.id;
      if ((walk_.patch++)->second.deleted) continue;
    } else {
      ++walk_.ordinal;
    }
    walk_.id = id;
    walk_.hash = world_->row_hash(transactions, {id, 0});
    walk_.lines = world_->lines_of(walk_.hash);
    walk_.index = 0;
    return;
  }
}

} // namespace tidemark::netsuite_sim
