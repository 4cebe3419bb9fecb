#include "tools/tidemark/grammar.hpp"

#include "config/nearest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark::cli {

std::string none_of(std::span<const std::string> choices, const std::string& word) {
  auto near = nearest_names(word, std::vector<std::string_view>{choices.begin(), choices.end()});
  return fmt::format("\"{}\" is none of {}{}", word, fmt::join(choices, ", "), did_you_mean(near));
}

std::string no_number(const std::string& word, const std::string& least, const std::string& most) {
  return fmt::format("\"{}\" is not a number from {} to {}", word, least, most);
}

std::string command_entry::usage() const {
  auto text = words;
  for (auto& x : parameters) {
    auto one = x.is_option() && !x.value.empty() ? x.name + " " + x.value : x.name;
    if (x.is_flag_with_choices()) one += fmt::format("[={}]", fmt::join(x.choices, "|"));
    if (x.many) one += "...";
    text += x.required ? " " + one : " [" + one + "]";
  }
  return text;
}

const command_entry* grammar::find(std::string_view words) const {
  for (auto& part : groups_)
    for (auto& entry : part.entries)
      if (entry.words == words) return &entry;
  return nullptr;
}

std::vector<const command_entry*> grammar::below(std::string_view words) const {
  std::vector<const command_entry*> found;
  for (auto& part : groups_)
    for (auto& entry : part.entries)
      if (words.empty()
          || (entry.words.starts_with(words) && entry.words.size() > words.size()
              && entry.words[words.size()] == ' '))
        found.push_back(&entry);
  return found;
}

} // namespace tidemark::cli
