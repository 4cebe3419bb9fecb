#include "tools/netsuite_sim/generators.hpp"

#include "tools/netsuite_sim/world.hpp"

#include <date/date.h>

#include <array>
#include <charconv>

namespace tidemark::netsuite_sim::make {

namespace {

constexpr std::int64_t first_day = 17897; // 2019-01-01
constexpr std::int64_t days = 2557;       // to 2025-12-31

/// Instants at which clocks change: California and Germany, spring and autumn.
constexpr std::array<std::int64_t, 8> clock_changes{1710064800, 1730624400, 1741514400, 1762074000,
                                                    1711846800, 1729990800, 1743296400, 1761440400};

void append_number(std::string& out, std::int64_t value) {
  std::array<char, 24> buffer;
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

void append_padded(std::string& out, std::uint64_t value, int width) {
  std::array<char, 24> buffer;
  for (auto i = width; i-- > 0; value /= 10)
    buffer[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
  out.append(buffer.data(), static_cast<std::size_t>(width));
}

/// "-" integer "." fraction, with the leading zero unless decimals are odd.
void append_decimal(const world& w, std::string& out, bool negative, std::uint64_t integer,
                    std::uint64_t fraction, int fraction_digits) {
  if (negative && (integer != 0 || fraction != 0)) out += '-';
  if (integer != 0 || fraction_digits == 0 || !w.options().odd_decimals)
    append_number(out, static_cast<std::int64_t>(integer));
  if (fraction_digits == 0) return;
  out += '.';
  append_padded(out, fraction, fraction_digits);
}

constexpr std::uint64_t power_of_ten(int n) {
  std::uint64_t result = 1;
  while (n-- > 0) result *= 10;
  return result;
}

std::int64_t month_day(std::int64_t month, bool last) {
  using namespace ::date;
  auto first = year_month{year{2015}, January} + months{month};
  auto day = last ? sys_days{first / ::date::last} : sys_days{first / 1};
  return day.time_since_epoch().count();
}

} // namespace

generator id() {
  return
      [](const world&, const row& r, const column&, std::uint64_t, cell& out) { out.set_integer(r.key.id); };
}

generator line_id() {
  return [](const world&, const row& r, const column&, std::uint64_t, cell& out) {
    out.set_integer(r.key.line);
  };
}

generator booked_line() {
  return [](const world&, const row& r, const column&, std::uint64_t, cell& out) {
    out.set_integer(r.key.line / 2);
  };
}

generator book_of_line() {
  return [](const world&, const row& r, const column&, std::uint64_t, cell& out) {
    out.set_integer(1 + r.key.line % 2);
  };
}

generator unique_line_key() {
  return [](const world&, const row& r, const column&, std::uint64_t, cell& out) {
    out.set_integer(r.key.id * 4096 + r.key.line);
  };
}

generator integer(std::int64_t low, std::int64_t high) {
  auto span = static_cast<std::uint64_t>(high - low + 1);
  return [low, span](const world&, const row&, const column&, std::uint64_t h, cell& out) {
    out.set_integer(low + static_cast<std::int64_t>(h % span));
  };
}

generator decimal() {
  return [](const world& w, const row&, const column&, std::uint64_t h, cell& out) {
    auto& text = out.make_text();
    auto negative = h % 4 == 0;
    auto fraction_digits = static_cast<int>((h >> 8) % 9);
    auto fraction = mix(h, 1) % power_of_ten(fraction_digits);
    // One in 32 uses all 20 digits; one in 8 is below one.
    auto integer_digits = (h >> 16) % 32 == 0  ? 18 - fraction_digits + (fraction_digits < 2 ? 0 : 2)
                          : (h >> 16) % 8 == 1 ? 0
                                               : static_cast<int>((h >> 24) % 7);
    auto integer = mix(h, 2) % power_of_ten(std::min(integer_digits, 18));
    append_decimal(w, text, negative, integer, fraction, fraction_digits);
  };
}

generator money() {
  return [](const world& w, const row&, const column&, std::uint64_t h, cell& out) {
    auto& text = out.make_text();
    auto magnitude = power_of_ten(static_cast<int>((h >> 8) % 7));
    append_decimal(w, text, h % 5 == 0, mix(h, 1) % magnitude, (h >> 32) % 100, 2);
  };
}

generator flag(unsigned percent_true) {
  return [percent_true](const world&, const row&, const column&, std::uint64_t h, cell& out) {
    out.set_boolean(h % 100 < percent_true);
  };
}

generator is_first_line() {
  return [](const world&, const row& r, const column&, std::uint64_t, cell& out) {
    out.set_boolean(r.key.line == 0);
  };
}

generator date() {
  return [](const world&, const row&, const column&, std::uint64_t h, cell& out) {
    out.set_date(first_day + static_cast<std::int64_t>(h % days));
  };
}

generator datetime() {
  return [](const world&, const row&, const column&, std::uint64_t h, cell& out) {
    if (h % 16 == 0)
      out.set_datetime(clock_changes[(h >> 8) % clock_changes.size()] - 5400
                       + static_cast<std::int64_t>((h >> 16) % 10800));
    else
      out.set_datetime(first_day * 86400 + static_cast<std::int64_t>((h >> 4) % (days * 86400)));
  };
}

generator month_start() {
  return [](const world&, const row& r, const column&, std::uint64_t h, cell& out) {
    out.set_date(month_day(r.ordinal >= 0 ? r.ordinal : static_cast<std::int64_t>(h % 100), false));
  };
}

generator month_end() {
  return [](const world&, const row& r, const column&, std::uint64_t h, cell& out) {
    out.set_date(month_day(r.ordinal >= 0 ? r.ordinal : static_cast<std::int64_t>(h % 100), true));
  };
}

generator month_name() {
  return [](const world&, const row& r, const column&, std::uint64_t h, cell& out) {
    static constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto month = r.ordinal >= 0 ? r.ordinal : static_cast<std::int64_t>(h % 100);
    auto& text = out.make_text();
    text = names[static_cast<std::size_t>(month % 12)];
    text += ' ';
    append_number(text, 2015 + month / 12);
  };
}

generator reference() {
  return [](const world& w, const row&, const column& c, std::uint64_t h, cell& out) {
    auto rows = w.generated(*c.target);
    if (rows == 0) return out.set_null();
    auto dangles = w.options().dangling_references && (h >> 56) % 64 == 0;
    auto ordinal = dangles ? rows + static_cast<std::int64_t>(h % 1000)
                           : static_cast<std::int64_t>(h % static_cast<std::uint64_t>(rows));
    out.set_integer(w.layout(*c.target).id_at(ordinal));
  };
}

generator parent() {
  return [](const world& w, const row& r, const column& c, std::uint64_t h, cell& out) {
    auto rows = w.generated(*c.target);
    const auto& layout = w.layout(*c.target);
    if (r.ordinal < 0 || rows < 2) return out.set_null();
    if (w.options().self_reference_cycles && rows > 12 && (r.ordinal == 10 || r.ordinal == 11))
      return out.set_integer(layout.id_at(21 - r.ordinal));
    if (r.ordinal >= 64 && r.ordinal < 128) return out.set_integer(layout.id_at(r.ordinal - 1));
    switch (h % 6) {
    case 0:
    case 1: return out.set_null();
    case 2: return r.ordinal > 0 ? out.set_integer(layout.id_at(r.ordinal - 1)) : out.set_null();
    case 3:
      return out.set_integer(
          layout.id_at(std::min(rows - 1, r.ordinal + 1 + static_cast<std::int64_t>((h >> 8) % 40))));
    default:
      return r.ordinal > 0 ? out.set_integer(layout.id_at(
                                 static_cast<std::int64_t>((h >> 8) % static_cast<std::uint64_t>(r.ordinal))))
                           : out.set_null();
    }
  };
}

generator ids() {
  return [](const world& w, const row&, const column& c, std::uint64_t h, cell& out) {
    auto rows = w.generated(*c.target);
    if (rows == 0) return out.set_null();
    auto& text = out.make_text();
    auto ordinal = static_cast<std::int64_t>(h % static_cast<std::uint64_t>(rows));
    auto many = 1 + static_cast<int>((h >> 32) % 5);
    for (auto i = 0; i < many && ordinal < rows; ++i, ++ordinal) {
      if (i > 0) text += ", ";
      append_number(text, w.layout(*c.target).id_at(ordinal));
    }
  };
}

generator owner_of(unsigned n) {
  return [n](const world& w, const row& r, const column& c, std::uint64_t h, cell& out) {
    auto count = w.generated(*c.target);
    if (count == 0) return out.set_null();
    auto at =
        r.ordinal < 0 ? static_cast<std::int64_t>(h % static_cast<std::uint64_t>(count)) : r.ordinal / n;
    out.set_integer(w.layout(*c.target).id_at(at));
  };
}

generator one_of_first(unsigned n) {
  return [n](const world& w, const row& r, const column& c, std::uint64_t h, cell& out) {
    auto at = r.ordinal < 0 ? static_cast<std::int64_t>(h % n) : r.ordinal % n;
    out.set_integer(w.layout(*c.target).id_at(at));
  };
}

generator sometimes_null(unsigned n, generator inner) {
  return [n, inner = std::move(inner)](const world& w, const row& r, const column& c, std::uint64_t h,
                                       cell& out) {
    if (one_in(h, n)) return out.set_null();
    inner(w, r, c, h, out);
  };
}

} // namespace tidemark::netsuite_sim::make
