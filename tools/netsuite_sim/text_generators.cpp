/// The generators of texts.
#include "tools/netsuite_sim/generators.hpp"
#include "tools/netsuite_sim/world.hpp"

#include <array>
#include <vector>

namespace tidemark::netsuite_sim::make {

namespace {

constexpr std::array<std::string_view, 32> nouns{
    "Anchor", "Basalt",  "Cedar",          "Delta",   "Ember",    "Fathom", "Granite", "Harbour",
    "Inlet",  "Juniper", "Kelp",           "Lantern", "Meridian", "Nimbus", "Orchard", "Pebble",
    "Quarry", "Ripple",  "Saffron",        "Timber",  "Umber",    "Violet", "Willow",  "Xylem",
    "Yarrow", "Zephyr",  "Müller & Söhne", "O'Brien", "Ångström", "東京",   "Čížek",   "Ωmega"};
constexpr std::array<std::string_view, 8> forms{"Ltd",  "Inc.",  "GmbH",  "LLC",
                                                "S.A.", "Works", "Group", "& Co."};
constexpr std::array<std::string_view, 16> firsts{"Ada",   "Björn", "Chloé", "Dmitri", "Elif", "Farid",
                                                  "Grace", "Håkon", "Inés",  "Jürgen", "Kiri", "Lucía",
                                                  "Mateo", "Noor",  "Oyin",  "Priya"};
constexpr std::array<std::string_view, 16> lasts{
    "Abel",   "Brontë",   "D'Arcy",   "Engström", "Fujita", "García",  "Hopper", "Ito",
    "Jansen", "Kowalski", "Lovelace", "Moreau",   "Núñez",  "O'Neill", "Patel",  "Quist"};
constexpr std::array<std::string_view, 16> words{
    "blue",   "spare", "steel",  "annual", "service", "delivery", "left", "panel",
    "repair", "order", "sample", "fixed",  "large",   "renewal",  "kit",  "filter"};

void append_digits(std::string& out, std::uint64_t value, int width) {
  for (auto i = 0; i < width; ++i, value /= 10) out += static_cast<char>('0' + value % 10);
}

void append_number(std::string& out, std::int64_t value) { out += std::to_string(value); }

/// Texts that have broken importers.
void append_awkward(std::string& out, std::uint64_t h) {
  switch (h % 10) {
  case 0: return;
  case 1: out += "He said \"no\", then 'yes'"; return;
  case 2: out += "first line\nsecond line\r\n\tindented"; return;
  case 3: out += "C:\\temp\\new\\\\share"; return;
  case 4: out += "caf\u00e9 \U0001F980 \U0001F469\u200d\U0001F4BB na\u00efve"; return;
  case 5:
    out += "\u65e5\u672c\u8a9e \u0627\u0644\u0639\u0631\u0628\u064a\u0629 \u05e2\u05d1\u05e8\u05d9\u05ea";
    return;
  case 6: out += "null"; return;
  case 7: out += "  spaces before and after  "; return;
  case 8: out += "<b>&amp;</b>; DROP TABLE customer;-- {\"a\":[1,2]}"; return;
  default:
    while (out.size() < 300 + h % 200) {
      out += words[(h = mix(h)) % words.size()];
      out += (h >> 8) % 5 == 0 ? "; " : " ";
    }
  }
}

void append_phrase(std::string& out, std::uint64_t h) {
  if ((h >> 48) % 16 == 0) return append_awkward(out, h);
  auto many = 2 + (h >> 40) % 4;
  for (std::uint64_t i = 0; i < many; ++i) {
    if (i > 0) out += ' ';
    out += words[(h >> (8 * i)) % words.size()];
  }
}

} // namespace

generator one_of(std::initializer_list<std::string_view> choices) {
  return [list = std::vector<std::string_view>(choices)](const world&, const row&, const column&,
                                                         std::uint64_t h,
                                                         cell& out) { out.set_text(list[h % list.size()]); };
}

generator parallel_to(std::string_view column_name, std::initializer_list<std::string_view> choices) {
  return [column_name, list = std::vector<std::string_view>(choices)](
             const world&, const row& r, const column& c, std::uint64_t, cell& out) {
    // The other column's chance, made from its salt as `world::read` does.
    auto other = salt_of(c.owner, column_name);
    out.set_text(list[mix(r.hash ^ other) % list.size()]);
  };
}

generator numbered(std::string_view prefix) {
  return [prefix](const world&, const row& r, const column&, std::uint64_t, cell& out) {
    auto& text = out.make_text();
    text += prefix;
    append_number(text, r.key.id);
  };
}

generator company_name() {
  return [](const world&, const row&, const column&, std::uint64_t h, cell& out) {
    auto& text = out.make_text();
    text += nouns[h % nouns.size()];
    text += ' ';
    text += nouns[(h >> 8) % 26];
    text += ' ';
    text += forms[(h >> 16) % forms.size()];
  };
}

generator first_name() {
  return [](const world&, const row&, const column&, std::uint64_t h, cell& out) {
    out.set_text(firsts[h % firsts.size()]);
  };
}

generator last_name() {
  return [](const world&, const row&, const column&, std::uint64_t h, cell& out) {
    out.set_text(lasts[h % lasts.size()]);
  };
}

generator email() {
  return [](const world&, const row& r, const column&, std::uint64_t h, cell& out) {
    auto& text = out.make_text();
    text += words[h % words.size()];
    text += '.';
    append_number(text, r.key.id);
    text += "@example.com";
  };
}

generator phone() {
  return [](const world&, const row&, const column&, std::uint64_t h, cell& out) {
    auto& text = out.make_text();
    text += "555-01";
    append_digits(text, h, 2);
    if ((h >> 32) % 8 == 0) {
      text += " x";
      append_digits(text, h >> 8, 3);
    }
  };
}

generator phrase() {
  return [](const world&, const row&, const column&, std::uint64_t h, cell& out) {
    append_phrase(out.make_text(), h);
  };
}

generator external_id() {
  return [](const world&, const row&, const column&, std::uint64_t h, cell& out) {
    auto& text = out.make_text();
    text += "ext-";
    append_digits(text, h, 10);
  };
}

} // namespace tidemark::netsuite_sim::make
