#include "tools/tidemark/help_text.hpp"

#include "config/nearest.hpp"
#include "tools/tidemark/display_text.hpp"
#include "tools/tidemark/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tidemark::cli {

namespace {

// Longer lines are hard to read, and 80 columns are what a file or a pipe is read in.
constexpr std::size_t widest = 88;
constexpr std::size_t default_width = 80;
// A command whose usage is longer than this has its words in the next line.
constexpr std::size_t widest_left = 28;

struct help_item {
  std::string left;
  std::string right;
};

/// A usage in bold; what does not fit goes on further in.
void add_usage(std::vector<line>& to, const std::string& usage, std::size_t indent, std::size_t width) {
  constexpr std::size_t further = 4;
  auto first = true;
  for (auto& part : wrap(usage, width > indent + further + 16 ? width - indent - further : width)) {
    to.push_back({{std::string(indent + (first ? 0 : further), ' ')}, {part, tone::strong}});
    first = false;
  }
}

void add_paragraph(std::vector<line>& to, std::string_view text, std::size_t width) {
  for (auto& part : wrap(text, width)) to.push_back({{part}});
}

std::size_t left_width(const std::vector<help_item>& items) {
  std::size_t left = 2;
  for (auto& x : items)
    if (auto size = display_width(x.left); size <= widest_left) left = std::max(left, size);
  return left;
}

/// Two columns: what is typed, in `left` columns where it fits, and what it is about.
void add_items(std::vector<line>& to, const std::vector<help_item>& items, std::size_t left,
               std::size_t width) {
  constexpr std::size_t indent = 2;
  constexpr std::size_t gap = 2;
  // Too narrow for two columns: the words stand below, a little further in.
  if (width < indent + left + gap + 24) left = 2;
  auto room = width - std::min(width - 1, indent + left + gap);
  for (auto& x : items) {
    auto words = wrap(x.right, room);
    std::size_t next = 0;
    if (auto size = display_width(x.left); size <= left)
      to.push_back({{std::string(indent, ' ')},
                    {x.left, tone::strong},
                    {std::string(left - size + gap, ' ')},
                    {words[next++]}});
    else
      add_usage(to, x.left, indent, width);
    for (; next < words.size(); ++next)
      to.push_back({{std::string(indent + left + gap, ' ')}, {words[next]}});
  }
}

std::vector<help_item> items_of(const grammar::group& group) {
  std::vector<help_item> items;
  for (auto& entry : group.entries) items.push_back({entry.usage(), entry.brief});
  return items;
}

std::vector<line> overview(const grammar& commands, const std::string& program, std::size_t width) {
  std::vector<line> lines;
  if (!program.empty()) {
    add_paragraph(
        lines, "tidemark talks to a tidemark node: starts imports, follows, pauses and cancels them.", width);
    lines.push_back({});
    add_items(lines,
              {{"tidemark", "a prompt for commands"},
               {"tidemark COMMAND", "one command"},
               {"tidemark -c \"COMMAND; COMMAND\"", "several"},
               {"tidemark < FILE", "one in each line; # begins a remark"}},
              widest_left, width);
    lines.push_back({});
  }
  std::size_t left = 0;
  for (auto& group : commands.groups()) left = std::max(left, left_width(items_of(group)));
  for (auto& group : commands.groups()) {
    if (group.in_session && !program.empty()) continue;
    lines.push_back({{group.title, tone::dim}});
    add_items(lines, items_of(group), left, width);
    lines.push_back({});
  }
  if (program.empty()) {
    add_paragraph(
        lines,
        "\"help COMMAND\" says more about one command. A line may hold several, with ; in between. The "
        "tab key completes commands, options, tenants, record types and imports.",
        width);
    return lines;
  }
  lines.push_back({{"for every command", tone::dim}});
  add_items(
      lines,
      {{"--node unix:PATH",
        "the node's socket; without it $TIDEMARK_NODE, then data/control.sock below the current directory"},
       {"--json", "one JSON object per line instead of text, what goes wrong included"},
       {"-q, --quiet", "tells nothing but what goes wrong; the exit code says the rest"},
       {"-e, --stop-at-failure", "of several commands, none behind one that failed"},
       {"--version", "as the command \"version\""}},
      left, width);
  lines.push_back({});
  add_paragraph(
      lines,
      "exit codes: 0 done, 2 usage or refused, 3 completed with errors, or a comparison differs, or a check "
      "found something amiss, 4 failed, "
      "or "
      "not possible now (a database that is locked or missing), or a part of a list is missing, 5 cancelled, "
      "6 node unreachable or lost, 7 paused, 130 detached by Ctrl-C, 143 by a request to end",
      width);
  return lines;
}

std::string typed(const std::string& program, const std::string& words) {
  return program.empty() ? words : program + " " + words;
}

std::vector<line> about_command(const command_entry& entry, const std::string& program, std::size_t width) {
  std::vector<line> lines;
  add_usage(lines, typed(program, entry.usage()), 0, width);
  lines.push_back({});
  auto brief = entry.brief;
  if (!brief.empty()) brief[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(brief[0])));
  add_paragraph(lines, brief + "." + (entry.about.empty() ? "" : " " + entry.about), width);
  std::vector<help_item> items;
  for (auto& x : entry.parameters) {
    auto about = x.choices.empty() ? x.about : fmt::format("{}: {}", x.about, fmt::join(x.choices, ", "));
    auto form = x.value.empty() ? x.name : x.name + " " + x.value;
    if (x.is_flag_with_choices()) form += fmt::format("[={}]", fmt::join(x.choices, "|"));
    items.push_back({form, x.is_flag_with_choices() ? x.about : about});
  }
  if (items.empty()) return lines;
  lines.push_back({});
  add_items(lines, items, left_width(items), width);
  return lines;
}

std::vector<line> about_several(const std::vector<const command_entry*>& entries, const std::string& program,
                                const std::string& first, std::size_t width) {
  std::vector<line> lines{{{typed(program, first) + " ...", tone::strong}}, {}};
  std::vector<help_item> items;
  for (auto* entry : entries) items.push_back({entry->usage(), entry->brief});
  add_items(lines, items, left_width(items), width);
  return lines;
}

} // namespace

attempt<std::vector<line>> help_text(const grammar& commands, const std::vector<std::string>& topic,
                                     const std::string& program, std::size_t width) {
  width = width == any_width ? default_width : std::clamp<std::size_t>(width, 20, widest);
  auto words = fmt::format("{}", fmt::join(topic, " "));
  if (words.empty()) return overview(commands, program, width);
  auto* entry = commands.find(words);
  auto below = commands.below(words);
  if (entry == nullptr && below.empty()) {
    std::vector<std::string_view> known;
    for (auto* x : commands.below("")) known.push_back(x->words);
    auto near = did_you_mean(nearest_names(words, known));
    return std::unexpected(
        trouble{exit_code::refused, fmt::format("there is no command \"{}\"{} see {}", printable(words),
                                                near.empty() ? ";" : near, typed(program, "help"))});
  }
  if (entry == nullptr) return about_several(below, program, words, width);
  auto lines = about_command(*entry, program, width);
  if (below.empty()) return lines;
  lines.push_back({});
  auto more = about_several(below, program, words, width);
  lines.insert(lines.end(), more.begin(), more.end());
  return lines;
}

} // namespace tidemark::cli
