#include "tools/netsuite_sim/json_text.hpp"

#include <array>
#include <charconv>

namespace tidemark::netsuite_sim {

namespace {

constexpr bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

void append_escape(std::string& out, char c) {
  static constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
  case '"': out += "\\\""; return;
  case '\\': out += "\\\\"; return;
  case '\n': out += "\\n"; return;
  case '\r': out += "\\r"; return;
  case '\t': out += "\\t"; return;
  default:
    out += "\\u00";
    out += hex[static_cast<unsigned char>(c) >> 4];
    out += hex[static_cast<unsigned char>(c) & 15];
  }
}

} // namespace

void append_escaped(std::string& out, std::string_view text) {
  std::size_t clean = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!needs_escape(text[i])) continue;
    out.append(text, clean, i - clean);
    append_escape(out, text[i]);
    clean = i + 1;
  }
  out.append(text, clean, text.size() - clean);
}

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> buffer;
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

std::string item_writer::make_label(std::string_view name) {
  std::string result = ",\"";
  append_escaped(result, name);
  return result + "\":\"";
}

} // namespace tidemark::netsuite_sim
