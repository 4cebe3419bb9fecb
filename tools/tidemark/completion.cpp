#include "tools/tidemark/completion.hpp"

#include "tools/tidemark/line_words.hpp"

#include <algorithm>
#include <span>

namespace tidemark::cli {

namespace {

using words = std::vector<std::string>;

std::string joined(std::span<const std::string> parts) {
  std::string text;
  for (auto& x : parts) text += (text.empty() ? "" : " ") + x;
  return text;
}

/// The next words of the commands that begin with these.
void add_command_words(words& to, const grammar& all, std::span<const std::string> typed) {
  auto first = joined(typed);
  auto skip = first.empty() ? 0 : first.size() + 1;
  for (auto* entry : all.below(first)) {
    auto rest = std::string_view{entry->words}.substr(skip);
    to.emplace_back(rest.substr(0, rest.find(' ')));
  }
}

/// The command that the words begin with, and how many of them are its own.
std::pair<const command_entry*, std::size_t> command_in(const grammar& all, const words& typed) {
  for (auto count = typed.size(); count > 0; --count)
    if (auto* entry = all.find(joined(std::span{typed}.first(count)))) return {entry, count};
  return {nullptr, 0};
}

/// What is known about the place of the word behind those that are typed.
class place {
public:
  place(const command_entry& entry, std::span<const std::string> typed) : entry_(entry) {
    for (std::size_t i = 0; i < typed.size(); ++i) {
      if (!typed[i].starts_with("--")) {
        ++arguments_;
        continue;
      }
      auto* option = named(typed[i]);
      if (option == nullptr || option->value.empty()) continue;
      if (i + 1 == typed.size()) value_of_ = option;
      ++i;
    }
    for (auto& x : typed) given_.push_back(x);
  }

  /// The option whose value is due, or null.
  const parameter* due_value() const { return value_of_; }
  /// The argument that is due, or null.
  const parameter* due_argument() const {
    auto left = arguments_;
    for (auto& x : entry_.parameters) {
      if (x.is_option()) continue;
      if (left == 0 || x.many) return &x;
      --left;
    }
    return nullptr;
  }
  words options() const {
    words result;
    for (auto& x : entry_.parameters) {
      if (!x.is_option() || std::ranges::find(given_, x.name) != given_.end()) continue;
      result.push_back(x.name);
      if (x.is_flag_with_choices())
        for (auto& choice : x.choices) result.push_back(x.name + "=" + choice);
    }
    result.insert(result.end(), {"--json", "--quiet"});
    return result;
  }

private:
  const parameter* named(const std::string& name) const {
    auto found = std::ranges::find(entry_.parameters, name, &parameter::name);
    return found == entry_.parameters.end() ? nullptr : &*found;
  }

  const command_entry& entry_;
  std::size_t arguments_ = 0;
  const parameter* value_of_ = nullptr;
  words given_;
};

using abouts = std::map<std::string, std::string>;

void add_values(words& to, abouts& about, const grammar& all, const parameter& of,
                std::span<const std::string> typed, const known_names& names) {
  switch (of.kind) {
  case word_kind::text: break;
  case word_kind::choice: to.insert(to.end(), of.choices.begin(), of.choices.end()); break;
  case word_kind::command: add_command_words(to, all, typed); break;
  default:
    for (auto& known : names(of.kind)) {
      to.push_back(known.name);
      if (!known.about.empty()) about.emplace(known.name, known.about);
    }
  }
}

words candidates(abouts& about, const grammar& all, const unfinished& typed, const known_names& names) {
  words result;
  add_command_words(result, all, typed.words);
  auto [entry, own] = command_in(all, typed.words);
  if (entry == nullptr) return result;
  auto behind = std::span{typed.words}.subspan(own);
  place here{*entry, behind};
  if (auto* option = here.due_value()) {
    add_values(result, about, all, *option, {}, names);
    return result;
  }
  if (typed.word.starts_with('-')) return here.options();
  if (auto* argument = here.due_argument())
    add_values(result, about, all, *argument, behind, names);
  else if (typed.word.empty())
    result = here.options();
  return result;
}

std::string common_start(const words& of) {
  if (of.empty()) return {};
  auto common = of.front();
  for (auto& x : of) {
    auto end = std::ranges::mismatch(common, x).in1;
    common.erase(end, common.end());
  }
  return common;
}

} // namespace

completion complete(const grammar& all, std::string_view line, const known_names& names) {
  auto typed = split_unfinished(line);
  completion result;
  result.begin = typed.begin;
  if (typed.remark) return result;
  result.words = candidates(result.about, all, typed, names);
  std::erase_if(result.words, [&](auto& x) { return !x.starts_with(typed.word); });
  std::ranges::sort(result.words);
  auto [first, last] = std::ranges::unique(result.words);
  result.words.erase(first, last);
  result.common = common_start(result.words);
  return result;
}

} // namespace tidemark::cli
