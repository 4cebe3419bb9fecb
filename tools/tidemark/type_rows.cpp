#include "tools/tidemark/type_rows.hpp"

#include "tools/tidemark/bar.hpp"
#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace tidemark::cli {

namespace {

using types = std::vector<const type_status*>;

/// What of the record types is shown by one line for several of them. Each level includes those before it.
enum class detail : std::uint8_t {
  everything,
  ended_waves,
  waiting_waves,
  ended_types,
  waiting_types,
  only_active
};

enum class phase : std::uint8_t { waiting, active, ended };

phase phase_of(const type_status& type) {
  if (is_final(type.state)) return phase::ended;
  return type.state == type_state::waiting ? phase::waiting : phase::active;
}

/// One line of the picture: a record type, or words about several of one wave.
struct row {
  std::uint32_t wave = 0;
  const type_status* type = nullptr;
  span words = {};
};

/// The states of several types: "3 completed, 1 failed". The worst gives the tone.
span words_for(const types& some) {
  std::map<type_state, std::size_t> counts;
  std::uint64_t stored = 0;
  for (auto* type : some) {
    ++counts[type->state];
    stored += type->records.stored;
  }
  span result;
  for (auto& [state, count] : counts) {
    result.text += fmt::format("{}{} {}", result.text.empty() ? "" : ", ", count, to_string(state));
    result.in = std::max(result.in, tone_of(state));
  }
  if (stored > 0) result.text += ", " + counted(stored, "record");
  return result;
}

void add_wave(std::vector<row>& rows, std::uint32_t wave, const types& members, detail level) {
  auto all = [&](phase wanted) {
    return std::ranges::all_of(members, [&](auto* type) { return phase_of(*type) == wanted; });
  };
  if ((level >= detail::ended_waves && all(phase::ended))
      || (level >= detail::waiting_waves && all(phase::waiting))) {
    rows.push_back({wave, nullptr, words_for(members)});
    return;
  }
  types hidden;
  for (auto* type : members) {
    bool hide = (level >= detail::ended_types && phase_of(*type) == phase::ended)
                || (level >= detail::waiting_types && phase_of(*type) == phase::waiting);
    if (hide)
      hidden.push_back(type);
    else
      rows.push_back({wave, type});
  }
  if (!hidden.empty()) rows.push_back({wave, nullptr, words_for(hidden)});
}

std::vector<row> rows_at(const std::map<std::uint32_t, types>& waves, detail level) {
  std::vector<row> rows;
  if (level == detail::only_active) {
    types others;
    for (auto& [wave, members] : waves)
      for (auto* type : members)
        if (phase_of(*type) == phase::active)
          rows.push_back({wave, type});
        else
          others.push_back(type);
    if (!others.empty()) rows.push_back({waves.rbegin()->first + 1, nullptr, words_for(others)});
    return rows;
  }
  for (auto& [wave, members] : waves) add_wave(rows, wave, members, level);
  return rows;
}

/// The most detailed rows that fit.
std::vector<row> choose_rows(const std::map<std::uint32_t, types>& waves, std::size_t height) {
  std::vector<row> rows;
  for (auto level = detail::everything; level <= detail::only_active;
       level = static_cast<detail>(static_cast<int>(level) + 1)) {
    rows = rows_at(waves, level);
    if (rows.size() <= height) return rows;
  }
  if (height == 0) return {};
  auto left_out = rows.size() - (height - 1);
  rows.resize(height - 1);
  rows.push_back({waves.rbegin()->first + 1, nullptr, {fmt::format("and {} more", left_out), tone::dim}});
  return rows;
}

// -- columns

/// The texts of one record type.
struct cells {
  std::string name;
  std::string state;
  std::string percent;
  std::string records;
  std::string rate;
  std::string batches;
};

std::string batches_text(const batch_counts& batches) {
  if (batches.planned == 0) return {};
  return fmt::format("{}/{}{}", count_text(batches.completed), count_text(batches.planned),
                     batches.failed > 0 ? fmt::format(" {} failed", count_text(batches.failed)) : "");
}

cells cells_of(const type_status& type, const rate_meter& rates, unix_ms now) {
  auto rate = rates.of(type, now);
  return {printable(type.name),
          std::string{to_string(type.state)},
          phase_of(type) == phase::waiting ? "" : percent_text(type.progress),
          type.taken_from.empty() ? records_text(type.records) : "by another import",
          rate > 0 ? rate_text(rate) : "",
          batches_text(type.batches)};
}

/// The columns of a frame: their widths, zero for one that is not shown.
struct columns {
  std::size_t name = 0;
  std::size_t state = 0;
  std::size_t bar = 0;
  std::size_t percent = 0;
  std::size_t records = 0;
  std::size_t rate = 0;
  std::size_t batches = 0;

  std::size_t gap = 1;

  std::size_t total() const {
    std::size_t sum = 0;
    for (auto x : {name, state, bar, percent, records, rate, batches}) sum += x > 0 ? x + gap : 0;
    return sum - gap;
  }
};

constexpr std::size_t least_bar = 6;
constexpr std::size_t widest_bar = 30;
constexpr std::size_t least_name = 8;
constexpr std::size_t widest_name = 28;

columns natural_widths(const std::vector<std::optional<cells>>& all) {
  // The least widths keep columns from moving as numbers grow.
  columns result{least_name, 9, least_bar, 7};
  for (auto& x : all) {
    if (!x) continue;
    result.name = std::max(result.name, std::min(display_width(x->name), widest_name));
    result.state = std::max(result.state, x->state.size());
    result.records = std::max(result.records, x->records.size());
    result.rate = std::max(result.rate, x->rate.size());
    result.batches = std::max(result.batches, x->batches.size());
  }
  return result;
}

columns fit(columns wanted, std::size_t width) {
  for (auto column : {&columns::batches, &columns::rate, &columns::records}) {
    if (wanted.total() <= width) break;
    wanted.*column = 0;
  }
  auto shorten_name = [&] {
    if (auto over = wanted.total(); over > width)
      wanted.name = std::max(least_name, wanted.name - std::min(wanted.name, over - width));
  };
  shorten_name();
  if (wanted.total() > width) {
    wanted.bar = 0;
    shorten_name();
  }
  if (wanted.bar > 0 && wanted.total() < width)
    wanted.bar = std::min(widest_bar, wanted.bar + width - wanted.total());
  // What is left on a wide terminal goes between the columns.
  wanted.gap = 2;
  if (wanted.total() > width) wanted.gap = 1;
  return wanted;
}

line row_line(const type_status& type, const cells& texts, const columns& widths, bool unicode) {
  line result;
  auto add = [&](std::string text, tone in = tone::plain) {
    if (!result.empty()) result.push_back({std::string(widths.gap, ' ')});
    result.push_back({std::move(text), in});
  };
  auto in = tone_of(type.state);
  add(fit_left(texts.name, widths.name));
  add(fit_left(texts.state, widths.state), in);
  if (widths.bar > 0) add(bar_text(widths.bar, type.progress, unicode), in);
  add(fit_right(texts.percent, widths.percent));
  if (widths.records > 0) add(fit_right(texts.records, widths.records));
  if (widths.rate > 0) add(fit_right(texts.rate, widths.rate), tone::dim);
  if (widths.batches > 0) add(fit_right(texts.batches, widths.batches), tone::dim);
  return result;
}

} // namespace

std::string records_text(const record_counts& records) {
  if (records.planned == 0 && records.stored == 0) return {};
  return fmt::format("{}/{}{}", count_text(records.stored), records.estimated ? "~" : "",
                     count_text(records.planned));
}

std::vector<line> type_rows(const import_status& status, const rate_meter& rates, unix_ms now,
                            const frame_shape& shape) {
  if (status.types.empty()) return {};
  std::map<std::uint32_t, types> waves;
  for (auto& type : status.types) waves[type.wave].push_back(&type);
  auto rows = choose_rows(waves, shape.height);

  std::vector<std::optional<cells>> texts;
  for (auto& x : rows)
    texts.push_back(x.type != nullptr ? std::optional{cells_of(*x.type, rates, now)} : std::nullopt);
  // A wave is named at its first line.
  auto wave_name = [&](std::uint32_t wave) {
    if (!waves.contains(wave)) return std::string{};
    return shape.width < 60 ? std::to_string(wave) : fmt::format("wave {}", wave);
  };
  auto margin = wave_name(waves.rbegin()->first).size() + 1;
  auto widths = fit(natural_widths(texts), shape.width - std::min(shape.width, margin));

  std::vector<line> lines;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    bool first = i == 0 || rows[i - 1].wave != rows[i].wave;
    line next{{fit_left(first ? wave_name(rows[i].wave) : "", margin), tone::dim}};
    auto rest = rows[i].type != nullptr ? row_line(*rows[i].type, *texts[i], widths, shape.unicode)
                                        : line{rows[i].words};
    next.insert(next.end(), rest.begin(), rest.end());
    lines.push_back(trimmed(std::move(next)));
  }
  return lines;
}

} // namespace tidemark::cli
