#include "netsuite/misfits.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark {

namespace {

bool repeats(const column_evidence& x) {
  return x.misfits >= least_misfits && x.misfits * 100 > x.values * most_misfit_percent;
}

/// Every value can be text, but for lists and objects.
std::string_view how_to_declare(const column_evidence& found) {
  bool nested = found.example.starts_with('[') || found.example.starts_with('{');
  return nested ? "take the field out of the criteria file"
                : "if that is what the account keeps there, declare the field as text in the criteria file "
                  "(\"type\": \"text\")";
}

} // namespace

void misfit_tally::add(const record_set& page, const projection& what) {
  const auto& names = page.columns();
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto asked = std::ranges::find(what.fields, names[i], &field::name);
    if (asked == what.fields.end()) continue;
    column_evidence seen{asked->column, page.fitting(i), 0, {}, {}};
    auto odd = std::ranges::find(page.misfits(), names[i], &column_evidence::column);
    if (odd != page.misfits().end()) {
      seen.values += odd->values;
      seen.misfits = odd->misfits;
      seen.example = odd->example;
      seen.expected = odd->expected;
    }
    add({&seen, 1});
  }
}

void misfit_tally::add(std::span<const column_evidence> seen) {
  for (auto& x : seen) {
    auto& known = columns_[x.column];
    known.column = x.column;
    known.values += x.values;
    if (known.misfits == 0) {
      known.example = x.example;
      known.expected = x.expected;
    }
    known.misfits += x.misfits;
  }
}

void misfit_tally::add(const misfit_tally& other) {
  for (auto& [column, x] : other.columns_) add({&x, 1});
}

std::vector<column_evidence> misfit_tally::seen() const {
  std::vector<column_evidence> result;
  result.reserve(columns_.size());
  for (auto& [column, x] : columns_) result.push_back(x);
  return result;
}

std::vector<column_evidence> misfit_tally::repeated(const projection& what) const {
  std::vector<column_evidence> result;
  for (std::size_t i = 0; i < what.fields.size(); ++i) {
    auto known = columns_.find(what.fields[i].column);
    if (known != columns_.end() && repeats(known->second) && can_lack(what, i))
      result.push_back(known->second);
  }
  return result;
}

std::string misfit_text(std::string_view record_type, const column_evidence& found) {
  return fmt::format("column {} of {} is left out: {} of {} values looked at are not {}, for example {}; the "
                     "records are stored without it. To have it, {}, and import {} in full",
                     found.column, record_type, found.misfits, found.values, found.expected, found.example,
                     how_to_declare(found), record_type);
}

} // namespace tidemark
