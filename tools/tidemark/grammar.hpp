/// The commands: their words, what may stand behind them, what they are about, and what carries them out.
/// Each is declared once, in the file of its group; reading, help and completion all come from here.
///
///   to.add<import_list_words>("import list", "the imports of the node, newest first", run_import_list)
///       .option("--tenant", "TENANT", &import_list_words::tenant, "only those of this tenant",
///       word_kind::tenant)
///
/// A command that only puts one message to the node and tells the answer needs no more than `ask` (ask.hpp).
#pragma once

#include "tools/tidemark/exit_code.hpp"

#include <algorithm>
#include <any>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidemark::cli {

struct console;
struct surroundings;

/// What a word stands for: completion proposes such words.
enum class word_kind : std::uint8_t {
  text,
  tenant,
  record_type,
  import_id,
  schedule,
  flag,
  zone,
  command,
  choice
};

/// What may stand behind the words of a command.
struct parameter {
  std::string name;  ///< "TENANT" for an argument, "--limit" for an option
  std::string value; ///< what an option takes, as help names it: "N"; empty if nothing
  std::string about;
  word_kind kind = word_kind::text;
  std::vector<std::string> choices; ///< of a `choice`; of a flag: what may stand behind an = with it
  bool required = true;             ///< of an argument
  bool many = false;                ///< the last argument may take all words that are left
  /// Puts a word into the command's input. A sentence if the word does not do, such as "is not a number".
  std::function<std::string(std::any& input, const std::string& word)> put;

  bool is_option() const { return name.starts_with("--"); }
  bool takes_value() const { return !is_option() || !value.empty(); }
  bool is_flag_with_choices() const { return !takes_value() && !choices.empty(); }
};

struct command_entry {
  std::string words; ///< "import start"
  std::string brief; ///< half a line, lower case: for lists of commands
  std::string about; ///< whole sentences; empty if `brief` says it all
  std::vector<parameter> parameters;
  std::any blank; ///< the input before any word is read: the defaults
  /// Looks at an input as a whole. A sentence if it does not do.
  std::function<std::string(const std::any& input)> check;
  bool needs_node = true;
  std::function<exit_code(const std::any& input, const surroundings&)> run;
  std::function<exit_code(const std::any& input, const console&)> run_without_node;

  /// "import start TENANT RECORD_TYPE [--wait]".
  std::string usage() const;
};

/// "\"x\" is none of a, b, c", with the nearest of them.
std::string none_of(std::span<const std::string> choices, const std::string& word);
/// "\"x\" is not a number from 1 to 9".
std::string no_number(const std::string& word, const std::string& least, const std::string& most);

/// The whole word as a number from `least` to `most`.
template <std::integral Number>
std::optional<Number> read_number(const std::string& word, Number least, Number most) {
  Number number{};
  auto* end = word.data() + word.size();
  auto [rest, error] = std::from_chars(word.data(), end, number);
  if (error != std::errc{} || rest != end || number < least || number > most) return std::nullopt;
  return number;
}

/// Adds to the command that was declared last. `Input` is a struct that the words fill.
template <class Input>
class entry_builder {
public:
  explicit entry_builder(command_entry& entry) : entry_(entry) {}

  entry_builder& about(std::string text) {
    entry_.about = std::move(text);
    return *this;
  }

  entry_builder& argument(std::string name, std::string Input::* field, std::string about,
                          word_kind kind = word_kind::text) {
    return add({std::move(name), "", std::move(about), kind, {}, true, false, put_text(field)});
  }
  entry_builder& tenant(std::string Input::* field) {
    return argument("TENANT", field, "the tenant's id", word_kind::tenant);
  }
  entry_builder& record_type(std::string Input::* field, std::string about = "the main record type") {
    return argument("RECORD_TYPE", field, std::move(about), word_kind::record_type);
  }
  entry_builder& import_id(std::string Input::* field) {
    return argument("ID", field, "the import: its id, enough of it, or \"last\"", word_kind::import_id);
  }
  /// All words that are left, one at least unless `optional` follows.
  entry_builder& words(std::string name, std::vector<std::string> Input::* field, std::string about,
                       word_kind kind = word_kind::text) {
    return add({std::move(name),
                "",
                std::move(about),
                kind,
                {},
                true,
                true,
                [field](std::any& input, const std::string& word) {
                  (std::any_cast<Input&>(input).*field).push_back(word);
                  return std::string{};
                }});
  }
  /// One of a few words, given to `set`.
  template <class Set>
  entry_builder& choice(std::string name, std::vector<std::string> choices, std::string about, Set set) {
    auto put = [choices, set](std::any& input, const std::string& word) {
      for (auto& known : choices)
        if (known == word) {
          set(std::any_cast<Input&>(input), word);
          return std::string{};
        }
      return none_of(choices, word);
    };
    return add(
        {std::move(name), "", std::move(about), word_kind::choice, std::move(choices), true, false, put});
  }
  /// The same for an option.
  template <class Set>
  entry_builder& choice_option(std::string name, std::string value, std::vector<std::string> choices,
                               std::string about, Set set) {
    choice(std::move(name), std::move(choices), std::move(about), set).optional();
    entry_.parameters.back().value = std::move(value);
    return *this;
  }
  /// A flag that may also be given as NAME=CHOICE: `set` gets the choice, or "" without one.
  template <class Set>
  entry_builder& flag_with(std::string name, std::vector<std::string> choices, std::string about, Set set) {
    auto put = [choices, set](std::any& input, const std::string& word) {
      if (!word.empty() && std::ranges::find(choices, word) == choices.end()) return none_of(choices, word);
      set(std::any_cast<Input&>(input), word);
      return std::string{};
    };
    return add(
        {std::move(name), "", std::move(about), word_kind::choice, std::move(choices), false, false, put});
  }
  /// What the words come to as a whole: `look(const Input&)` returns a sentence if they do not do together.
  template <class Look>
  entry_builder& check(Look look) {
    entry_.check = [look](const std::any& input) { return look(std::any_cast<const Input&>(input)); };
    return *this;
  }
  /// The argument before need not be given.
  entry_builder& optional() {
    entry_.parameters.back().required = false;
    return *this;
  }

  entry_builder& flag(std::string name, bool Input::* field, std::string about) {
    return flag(std::move(name), std::move(about), [field](Input& input) { input.*field = true; });
  }
  /// Calls `set(input)` if the flag is given.
  template <std::invocable<Input&> Set>
  entry_builder& flag(std::string name, std::string about, Set set) {
    return add({std::move(name),
                "",
                std::move(about),
                word_kind::text,
                {},
                false,
                false,
                [set](std::any& input, const std::string&) {
                  set(std::any_cast<Input&>(input));
                  return std::string{};
                }});
  }
  entry_builder& option(std::string name, std::string value, std::string Input::* field, std::string about,
                        word_kind kind = word_kind::text) {
    return add(
        {std::move(name), std::move(value), std::move(about), kind, {}, false, false, put_text(field)});
  }
  template <std::integral Number, class Owner>
    requires std::derived_from<Input, Owner>
  entry_builder& option(std::string name, std::string value, Number Owner::* field, std::string about,
                        std::type_identity_t<Number> least = 0,
                        std::type_identity_t<Number> most = std::numeric_limits<Number>::max()) {
    auto put = [=](std::any& input, const std::string& word) {
      auto number = read_number<Number>(word, least, most);
      if (!number) return no_number(word, std::to_string(least), std::to_string(most));
      std::any_cast<Input&>(input).*field = *number;
      return std::string{};
    };
    return add({std::move(name), std::move(value), std::move(about), word_kind::text, {}, false, false, put});
  }
  /// An option or argument that is read in a way of its own. `put(Input&, word)` returns a sentence if the
  /// word does not do.
  template <class Put>
  entry_builder& value(parameter what, Put put) {
    what.put = [put](std::any& input, const std::string& word) {
      return put(std::any_cast<Input&>(input), word);
    };
    return add(std::move(what));
  }

private:
  entry_builder& add(parameter what) {
    entry_.parameters.push_back(std::move(what));
    return *this;
  }
  static auto put_text(std::string Input::* field) {
    return [field](std::any& input, const std::string& word) {
      if (word.empty()) return std::string{"is empty"};
      std::any_cast<Input&>(input).*field = word;
      return std::string{};
    };
  }
  command_entry& entry_;
};

class grammar {
public:
  struct group {
    std::string title;
    bool in_session = false; ///< only where commands are typed one after the other, or come from a script
    std::deque<command_entry> entries; ///< stay where they are
  };

  /// Commands that are added from here on belong together.
  void begin_group(std::string title, bool in_session = false) {
    groups_.push_back({std::move(title), in_session, {}});
  }

  /// `run(const Input&, const surroundings&)`, or `run(const Input&, const console&)` for a command that is
  /// answered without a node.
  template <class Input, class Run>
  entry_builder<Input> add(std::string words, std::string brief, Run run) {
    auto& entry = groups_.back().entries.emplace_back();
    entry.words = std::move(words);
    entry.brief = std::move(brief);
    entry.blank = Input{};
    if constexpr (std::is_invocable_v<Run, const Input&, const surroundings&>) {
      entry.run = [run](const std::any& input, const surroundings& with) {
        return run(std::any_cast<const Input&>(input), with);
      };
    } else {
      entry.needs_node = false;
      entry.run_without_node = [run](const std::any& input, const console& to) {
        return run(std::any_cast<const Input&>(input), to);
      };
    }
    return entry_builder<Input>{entry};
  }

  const std::deque<group>& groups() const { return groups_; }
  /// The command of exactly these words, or null.
  const command_entry* find(std::string_view words) const;
  /// The commands that begin with these words, whole words only: "import" finds all of the imports.
  std::vector<const command_entry*> below(std::string_view words) const;

private:
  std::deque<group> groups_;
};

} // namespace tidemark::cli
