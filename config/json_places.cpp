#include "config/json_places.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace tidemark {

namespace {

constexpr std::string_view json_blanks = " \t\r\n";
constexpr std::size_t longest_named = 64;

/// Reads over JSON that a parser has found to be sound; at the end of the text it stays there.
class json_walker {
public:
  json_walker(std::string_view text, std::size_t at) : text_(text), at_(at) { skip_blanks(); }

  std::size_t at() const { return at_; }
  bool is(char c) const { return at_ < text_.size() && text_[at_] == c; }

  /// Past this value.
  void skip_value() {
    int depth = 0;
    do {
      if (is('"')) {
        read_text();
      } else {
        if (is('{') || is('[')) ++depth;
        if (is('}') || is(']')) --depth;
        step();
      }
    } while (at_ < text_.size() && (depth > 0 || !is_end()));
    skip_blanks();
  }

  /// The text in quotes here, as it is written, and past it.
  std::string_view read_text() {
    auto begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_, text_.size());
    auto result = text_.substr(begin, at_ - begin);
    step();
    skip_blanks();
    return result;
  }

  void step() {
    if (at_ < text_.size()) ++at_;
  }
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(json_blanks, at_), text_.size()); }

  /// Past the next character and the json_blanks behind it.
  void next() {
    step();
    skip_blanks();
  }

private:
  bool is_end() const { return is(',') || is('}') || is(']') || is(':'); }

  std::string_view text_;
  std::size_t at_;
};

/// Where the value of a member begins, in the object at `at`.
std::optional<std::size_t> member_of(std::string_view text, std::size_t at, std::string_view name) {
  json_walker in{text, at};
  if (!in.is('{')) return std::nullopt;
  in.next();
  while (in.is('"')) {
    auto found = in.read_text();
    in.next(); // the colon
    if (found == name) return in.at();
    in.skip_value();
    if (!in.is(',')) break;
    in.next();
  }
  return std::nullopt;
}

std::optional<std::size_t> element_of(std::string_view text, std::size_t at, std::size_t index) {
  json_walker in{text, at};
  if (!in.is('[')) return std::nullopt;
  in.next();
  for (; index > 0; --index) {
    in.skip_value();
    if (!in.is(',')) return std::nullopt;
    in.next();
  }
  if (in.is(']')) return std::nullopt;
  return in.at();
}

/// Takes ".name" or "[3]" from the front of a path.
std::optional<std::size_t> follow_step(std::string_view text, std::size_t at, std::string_view& path) {
  if (path.starts_with('.')) {
    auto end = std::min(path.find_first_of(".[", 1), path.size());
    auto name = path.substr(1, end - 1);
    path.remove_prefix(end);
    return member_of(text, at, name);
  }
  auto end = path.find(']');
  std::size_t index = 0;
  if (!path.starts_with('[') || end == std::string_view::npos) return std::nullopt;
  auto digits = path.substr(1, end - 1);
  auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  if (error != std::errc{} || rest != digits.data() + digits.size()) return std::nullopt;
  path.remove_prefix(end + 1);
  return element_of(text, at, index);
}

void add_name(std::string& to, std::string_view text, std::size_t object) {
  auto name = member_of(text, object, "name");
  if (!name) return;
  json_walker in{text, *name};
  if (!in.is('"')) return;
  auto word = in.read_text();
  bool plain = std::ranges::all_of(word, [](char c) { return c > ' ' && c <= '~' && c != '\\'; });
  if (!plain || word.empty() || word.size() > longest_named) return;
  to += (to.empty() ? "" : ".") + std::string{word};
}

} // namespace

json_place find_in_json(std::string_view text, std::string_view path) {
  json_place result;
  auto at = json_walker{text, 0}.at();
  if (path.starts_with('$')) path.remove_prefix(1);
  while (!path.empty()) {
    auto next = follow_step(text, at, path);
    if (!next) break;
    at = *next;
    add_name(result.named, text, at);
  }
  result.line = static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n')) + 1;
  return result;
}

} // namespace tidemark
